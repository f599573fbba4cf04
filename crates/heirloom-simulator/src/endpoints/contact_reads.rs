//! Contacts read: one by one, by e-mail, by reference, by tag, by query, by free text.

use super::tags::tag_of;
use super::{Asked, Route, or_missing};
use crate::body::{Fields, scalar};
use crate::facts::ContactRecord;
use crate::lag::CONTACT;
use crate::operators::options;
use crate::query::Table;
use crate::render_contact::{full_contact, short_contact};
use crate::reply::Reply;
use crate::tables::Contacts;
use crate::world::World;
use serde_json::{Value, json};

pub(super) const ROUTES: [Route; 11] = [
    ("GET", "api/Contact/Find", find),
    ("GET", "api/Contact/{id}", |world, asked| shown(world, world.people.get(asked.id(0)))),
    ("GET", "api/Contact/{referenceSource}/{referenceId}", |world, asked| {
        shown(world, world.people.by_reference(asked.blank(0), asked.blank(1)))
    }),
    // Only signed (HMAC) requests may ask, and nobody signs here.
    ("GET", "api/Contact/ByReference/{referenceId}", |world, _| Reply::unauthorized(&world.rules)),
    ("GET", "api/Contact/ByTag/{tagId}", by_tag),
    ("POST", "api/Contact/Search", search),
    ("POST", "api/Contact/Query", |world, asked| query(world, asked, false)),
    ("POST", "api/Contact/Query/FullContact", |world, asked| query(world, asked, true)),
    ("GET", "api/Contact/QueryOptions", |world, _| {
        let table = Contacts { world, archived: false };
        Reply::json(&options(&table.parameters(), &|parameter| choices(world, parameter)))
    }),
    ("GET", "api/Contact/Types", |world, _| {
        let parents =
            ["Household", "Organization", "Foundation"].map(|one| json!({"parentType": one, "type": one}));
        let custom = world.rules.contact_types.iter();
        let custom = custom.map(|one| json!({"parentType": "Organization", "type": one}));
        Reply::json(&Value::Array(parents.into_iter().chain(custom).collect()))
    }),
    ("GET", "api/Contact/Prefixes", |_, _| Reply::json(&["Mr.", "Mrs.", "Ms.", "Dr.", "Rev."])),
];

/// A contact that was found, or 404.
fn shown(world: &World, found: Option<&ContactRecord>) -> Reply {
    or_missing(world, world.seen_contact(found).map(|contact| full_contact(world, contact)))
}

/// `Contact/Find`: the reference wins over the e-mail.
fn find(world: &mut World, asked: &Asked) -> Reply {
    let parameter = |name: &str| asked.call.parameter(name).filter(|text| !text.is_empty());
    let found = match (parameter("referenceSource"), parameter("referenceId"), parameter("email")) {
        (Some(source), Some(id), _) => world.people.by_reference(&source, &id),
        (_, _, Some(email)) => world.people.by_email(&email),
        _ => {
            return Reply::bad_request(&world.rules, "email", "An email or a reference is required.");
        }
    };
    shown(world, found)
}

/// `Contact/Query` and `Contact/Query/FullContact`.
fn query(world: &mut World, asked: &Asked, whole: bool) -> Reply {
    let archived = Fields::of(&asked.body).is_some_and(|fields| fields.flag("includeArchived"));
    let table = Contacts { world, archived };
    asked.page(world, &table, |at| {
        let contact = &world.people.contacts[at as usize];
        if whole { full_contact(world, contact) } else { short_contact(contact) }
    })
}

/// `Contact/Search`: free text in names, e-mails and phones.
fn search(world: &mut World, asked: &Asked) -> Reply {
    let wanted = asked.search();
    let has = |contact: &Value| {
        let texts = ["name", "email", "phone"].map(|name| contact.get(name).map(scalar).unwrap_or_default());
        texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    };
    let listed = world.people.contacts.iter().filter(|contact| !contact.archived);
    let listed = listed.filter(|contact| world.shows(CONTACT, contact.id));
    asked.cut(listed.map(short_contact).filter(has).collect())
}

/// `Contact/ByTag/{tagId}`.
fn by_tag(world: &mut World, asked: &Asked) -> Reply {
    let Some(tag) = tag_of(world, asked.id(0)) else {
        return Reply::missing(&world.rules);
    };
    let has = |contact: &&ContactRecord| {
        contact.tags.iter().any(|one| one.eq_ignore_ascii_case(tag)) && world.shows(CONTACT, contact.id)
    };
    asked.cut(world.people.contacts.iter().filter(has).map(short_contact).collect())
}

/// What a list parameter of contacts may be.
fn choices(world: &World, parameter: &str) -> Vec<String> {
    match parameter {
        "Contact Type" => {
            let parents = ["Household", "Organization", "Foundation"].map(String::from);
            parents.into_iter().chain(world.rules.contact_types.iter().cloned()).collect()
        }
        "Tag" | "Tags" => world.tags.clone(),
        _ => Vec::new(),
    }
}
