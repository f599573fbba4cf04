//! The endpoints that only tell: the organization, records, lists, pages.

use crate::body::{Fields, scalar};
use crate::facts::GiftRecord;
use crate::people::People;
use crate::query::Query;
use crate::render::GiftRead;
use crate::reply::Reply;
use crate::request::Call;
use crate::tables::{Contacts, Gifts};
use crate::world::World;
use crate::{render, render_contact};
use serde::Serialize;
use serde_json::{Value, json};

/// A record, or 404.
pub(crate) fn or_missing(world: &World, found: Option<impl Serialize>) -> Reply {
    found.map_or_else(|| Reply::missing(&world.rules), |value| Reply::json(&value))
}

/// `Organization/Current`.
pub(crate) fn organization(world: &World) -> Reply {
    Reply::json(&json!({
        "organizationUserId": world.rules.organization_id,
        "organizationName": world.rules.organization_name(),
        "organizationTimeZone": world.rules.zone,
        "organizationCulture": "en-US",
        "currentUserTimeZone": world.rules.zone,
        "isAdministrator": true,
        "isEnabled": true,
    }))
}

/// `Contact/Types`.
pub(crate) fn contact_types(world: &World) -> Reply {
    let parents =
        ["Household", "Organization", "Foundation"].map(|one| json!({"parentType": one, "type": one}));
    let custom =
        world.rules.contact_types.iter().map(|one| json!({"parentType": "Organization", "type": one}));
    Reply::json(&Value::Array(parents.into_iter().chain(custom).collect()))
}

/// `Contact/Find`: the reference wins over the e-mail.
pub(crate) fn find(world: &World, call: &Call) -> Reply {
    let people: &People = &world.people;
    let found =
        match (call.parameter("referenceSource"), call.parameter("referenceId"), call.parameter("email")) {
            (Some(source), Some(id), _) => people.by_reference(&source, &id),
            (_, _, Some(email)) => people.by_email(&email),
            _ => {
                return Reply::bad_request(&world.rules, "email", "An email or a reference is required.");
            }
        };
    or_missing(world, found.map(render_contact::full_contact))
}

/// A whole gift.
pub(crate) fn whole_gift<'w>(world: &'w World, gift: &'w GiftRecord) -> GiftRead<'w> {
    let contact = world.people.get(gift.contact_id);
    let project = |id: i64| world.projects.by_id(id).map_or("", |project| &project.name);
    let name = contact.map_or("", |contact| &contact.name);
    render::full_gift(gift, name, &world.rules.currency, &project)
}

/// `{list, total}`.
pub(crate) fn list(items: Vec<impl Serialize>, total: usize) -> Reply {
    #[derive(Serialize)]
    struct Page<T> {
        list: Vec<T>,
        total: usize,
    }
    Reply::json(&Page { list: items, total })
}

/// `Gift/Query` and `Gift/Query/FullGift`.
pub(crate) fn gift_query(world: &World, call: &Call, body: &Value, whole: bool) -> Reply {
    let table = Gifts(world);
    let query = match Query::read(body, &table, &|name| call.parameter(name)) {
        Ok(query) => query,
        Err(text) => return Reply::bad_request(&world.rules, "query", &text),
    };
    let (page, total) = query.run(&table);
    let gifts = page.iter().map(|at| &world.giving.gifts[*at as usize]);
    if whole {
        return list(gifts.map(|gift| whole_gift(world, gift)).collect(), total);
    }
    let short = gifts.map(|gift| render::short_gift(gift, &world.rules.currency));
    list(short.collect(), total)
}

/// `Gift/ByContact/{id}`.
pub(crate) fn gifts_of(world: &World, call: &Call, id: &str) -> Reply {
    let body =
        json!({"groups": [{"conditions": [{"parameter": "Contact Id", "operator": "Is", "value": id}]}]});
    gift_query(world, call, &body, false)
}

/// `Contact/Query` and `Contact/Query/FullContact`.
pub(crate) fn contact_query(world: &World, call: &Call, body: &Value, whole: bool) -> Reply {
    let table = Contacts(world);
    let query = match Query::read(body, &table, &|name| call.parameter(name)) {
        Ok(query) => query,
        Err(text) => return Reply::bad_request(&world.rules, "query", &text),
    };
    let (page, total) = query.run(&table);
    let contacts = page.iter().map(|at| &world.people.contacts[*at as usize]);
    let items = contacts.map(|contact| {
        if whole { render_contact::full_contact(contact) } else { render_contact::short_contact(contact) }
    });
    list(items.collect(), total)
}

/// `skip` and `take` of the URL.
pub(crate) fn window(call: &Call) -> (usize, usize) {
    let count =
        |name: &str, default| call.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    (count("skip", 0), count("take", 10).min(1000))
}

/// `Contact/Search`: free text in names, e-mails and phones.
pub(crate) fn contact_search(world: &World, call: &Call, body: &Value) -> Reply {
    let wanted = Fields::of(body).map(|fields| fields.text("search").to_lowercase()).unwrap_or_default();
    let contacts = world.people.contacts.iter().map(render_contact::short_contact);
    let has = |contact: &Value| {
        let texts = ["name", "email", "phone"].map(|name| contact.get(name).map(scalar).unwrap_or_default());
        texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    };
    let found: Vec<Value> = contacts.filter(has).collect();
    let (skip, take) = window(call);
    let total = found.len();
    list(found.into_iter().skip(skip).take(take).collect(), total)
}

/// `Project/Query`.
pub(crate) fn project_query(world: &World, call: &Call, body: &Value) -> Reply {
    let table = &world.projects;
    let query = match Query::read(body, table, &|name| call.parameter(name)) {
        Ok(query) => query,
        Err(text) => return Reply::bad_request(&world.rules, "query", &text),
    };
    let (page, total) = query.run(table);
    let projects = page.iter().map(|at| &table.all[*at as usize]);
    list(projects.map(render::project).collect(), total)
}

/// `Tag` and `Tag/Search`.
pub(crate) fn tag_list(world: &World, search: &str) -> Value {
    let wanted = search.to_lowercase();
    let tags = world.tags.iter().enumerate().filter(|(_, tag)| tag.to_lowercase().contains(&wanted));
    let items: Vec<Value> = tags.map(|(at, tag)| json!({"id": at + 1, "tagName": tag})).collect();
    let total = items.len();
    json!({"list": items, "total": total})
}
