//! What belongs to a contact, written one by one: people, addresses, e-mails and phones, references.
//! Writes say `setAsPrimary`, reads say `isPrimary`: the first is primary, the second of the people is secondary.

use super::contact_writes::{Places, read_address, read_individual, read_method};
use super::{Asked, Route, list, or_missing};
use crate::body::Fields;
use crate::facts::{ContactRecord, EffectKind, Method};
use crate::lag::CONTACT;
use crate::likeness::fold;
use crate::render_contact::{address, addresses, individual, method};
use crate::reply::Reply;
use crate::world::World;
use serde_json::{Value, json};

pub(super) const ROUTES: [Route; 15] = [
    ("POST", "api/ContactIndividual", |world, asked| individual_in(world, asked, None)),
    ("PUT", "api/ContactIndividual/{id}", |world, asked| individual_in(world, asked, Some(asked.id(0)))),
    ("GET", "api/ContactIndividual/{id}", |world, asked| {
        let found = world.people.individual(asked.id(0));
        let contact = world.seen_contact(found.and_then(|(contact, _)| world.people.get(contact)));
        or_missing(world, contact.and_then(|contact| shown_individual(world, contact, asked.id(0))))
    }),
    ("GET", "api/ContactIndividual/ByContact/{contactId}", |world, asked| {
        of_contact(world, asked, |contact| {
            (0..contact.individuals.len()).map(|at| individual(world, contact, at)).collect()
        })
    }),
    ("DELETE", "api/ContactIndividual/{id}", |world, asked| {
        let id = asked.id(0);
        let owner = world.people.individual(id).map(|(contact, _)| contact);
        let last =
            owner.and_then(|owner| world.people.get(owner)).is_some_and(|one| one.individuals.len() == 1);
        if last {
            let text = "A contact needs at least one individual.";
            return Reply::bad_request(&world.rules, "contactIndividuals", text);
        }
        remove(world, owner, |contact| contact.individuals.retain(|one| one.id != id))
    }),
    ("POST", "api/ContactAddress", |world, asked| address_in(world, asked, None)),
    ("PUT", "api/ContactAddress/{id}", |world, asked| address_in(world, asked, Some(asked.id(0)))),
    ("GET", "api/ContactAddress/ByContact/{contactId}", |world, asked| {
        match world.seen_contact(world.people.get(asked.id(0))) {
            Some(contact) if world.rules.addresses_bare => Reply::json(&addresses(contact)),
            _ => of_contact(world, asked, addresses),
        }
    }),
    ("DELETE", "api/ContactAddress/{id}", |world, asked| {
        let id = asked.id(0);
        let owner = owner_of(world, |contact| contact.addresses.iter().any(|one| one.id == id));
        remove(world, owner, |contact| contact.addresses.retain(|one| one.id != id))
    }),
    ("POST", "api/ContactMethod", |world, asked| method_in(world, asked, None)),
    ("PUT", "api/ContactMethod/{id}", |world, asked| method_in(world, asked, Some(asked.id(0)))),
    ("GET", "api/ContactMethod/{id}", |world, asked| {
        let contacts = world.people.contacts.iter().filter(|contact| world.shows(CONTACT, contact.id));
        let mut people = contacts.flat_map(|contact| &contact.individuals);
        let found = people.find_map(|one| {
            one.methods.iter().position(|method| method.id == asked.id(0)).map(|at| (at, one))
        });
        or_missing(world, found.and_then(|(at, one)| Some(method(at, one.methods.get(at)?))))
    }),
    ("DELETE", "api/ContactMethod/{id}", |world, asked| {
        let id = asked.id(0);
        let owner = owner_of(world, |contact| methods(contact).any(|method| method.id == id));
        remove(world, owner, |contact| {
            contact.individuals.iter_mut().for_each(|one| one.methods.retain(|method| method.id != id));
        })
    }),
    ("POST", "api/ContactReference", reference_in),
    ("DELETE", "api/ContactReference/{source}", |world, asked| {
        let id = asked.call.parameter("referenceId").unwrap_or_default();
        let pair = fold(asked.blank(0), &id);
        let owner = world.people.by_reference(asked.blank(0), &id).map(|contact| contact.id);
        remove(world, owner, |contact| contact.references.retain(|(source, id)| fold(source, id) != pair))
    }),
];

/// All ways to reach a contact.
fn methods(contact: &ContactRecord) -> impl Iterator<Item = &Method> {
    contact.individuals.iter().flat_map(|one| &one.methods)
}

/// The contact that has something.
fn owner_of(world: &World, has: impl Fn(&&ContactRecord) -> bool) -> Option<i64> {
    world.people.contacts.iter().find(has).map(|contact| contact.id)
}

/// A list of what belongs to the contact in the blank.
fn of_contact(world: &World, asked: &Asked, items: impl Fn(&ContactRecord) -> Vec<Value>) -> Reply {
    match world.seen_contact(world.people.get(asked.id(0))) {
        Some(contact) => {
            let items = items(contact);
            let total = items.len();
            list(items, total)
        }
        None => Reply::missing(&world.rules),
    }
}

/// Takes something from a contact.
fn remove(world: &mut World, owner: Option<i64>, take: impl Fn(&mut ContactRecord)) -> Reply {
    let Some(contact) = owner.and_then(|id| world.people.get_mut(id)) else {
        return Reply::missing(&world.rules);
    };
    take(contact);
    let id = contact.id;
    world.people.reindex();
    world.note_contact(EffectKind::ChangedContact, id);
    Reply::gone(&world.rules)
}

/// Changes a contact: indexes, stamps and the log follow.
fn change(world: &mut World, id: i64, with: impl FnOnce(&mut ContactRecord)) {
    if let Some(contact) = world.people.get_mut(id) {
        with(contact);
    }
    world.people.renew(id);
    world.people.reindex();
    world.note_contact(EffectKind::ChangedContact, id);
}

/// Where something goes among its like: in front when it is to be primary, second when secondary.
fn place_in<T>(items: &mut Vec<T>, item: T, before: Option<usize>, fields: Fields) -> usize {
    let at = match before {
        Some(at) => {
            items.remove(at);
            at
        }
        None => items.len(),
    };
    let asks = |name: &str| fields.flag(name);
    let at = match (asks("setAsPrimary"), asks("setAsSecondary")) {
        (true, _) => 0,
        (_, true) => 1.min(items.len()),
        _ => at,
    };
    items.insert(at, item);
    at
}

/// A person as it is shown.
fn shown_individual(world: &World, contact: &ContactRecord, id: i64) -> Option<Value> {
    contact.individuals.iter().position(|one| one.id == id).map(|at| individual(world, contact, at))
}

/// `POST` and `PUT` of a person.
fn individual_in(world: &mut World, asked: &Asked, id: Option<i64>) -> Reply {
    let fields = match asked.fields(world) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let owner = match id {
        Some(id) => world.people.individual(id).map(|(contact, _)| contact),
        None => fields.int("contactId"),
    };
    let Some(owner) = owner.filter(|owner| world.people.get(*owner).is_some()) else {
        return no_owner(world, id, "contactId");
    };
    let mut person = read_individual(fields);
    person.id = id.unwrap_or(0);
    person.methods.iter_mut().for_each(|method| method.id = 0);
    let mut at = 0;
    change(world, owner, |contact| {
        let before = contact.individuals.iter().position(|one| Some(one.id) == id);
        if let Some(before) = before {
            person.methods = contact.individuals[before].methods.clone();
        }
        at = place_in(&mut contact.individuals, person, before, fields);
    });
    or_missing(world, world.people.get(owner).map(|contact| individual(world, contact, at)))
}

/// `POST` and `PUT` of an address.
fn address_in(world: &mut World, asked: &Asked, id: Option<i64>) -> Reply {
    let fields = match asked.fields(world) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let owner = match id {
        Some(id) => owner_of(world, |contact| contact.addresses.iter().any(|one| one.id == id)),
        None => fields.int("contactId"),
    };
    let Some(owner) = owner.filter(|owner| world.people.get(*owner).is_some()) else {
        return no_owner(world, id, "contactId");
    };
    let mut new = read_address(fields, Places::Plain);
    new.id = id.unwrap_or(0);
    let mut at = 0;
    change(world, owner, |contact| {
        let before = contact.addresses.iter().position(|one| Some(one.id) == id);
        at = place_in(&mut contact.addresses, new, before, fields);
    });
    let made = world.people.get(owner).and_then(|contact| contact.addresses.get(at));
    or_missing(world, made.map(|one| address(at, one)))
}

/// `POST` and `PUT` of an e-mail or a phone.
fn method_in(world: &mut World, asked: &Asked, id: Option<i64>) -> Reply {
    let fields = match asked.fields(world) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let owner = match id {
        Some(id) => owner_of(world, |contact| methods(contact).any(|method| method.id == id)),
        None => {
            let person = fields.int("contactIndividualId").unwrap_or(0);
            world.people.individual(person).map(|(contact, _)| contact)
        }
    };
    let Some(owner) = owner else {
        return no_owner(world, id, "contactIndividualId");
    };
    let mut new = read_method(fields);
    let taken = world.people.by_email(&new.value).is_some_and(|other| other.id != owner);
    if world.rules.emails_unique && taken {
        return Reply::conflict(&world.rules, "value", "The email is in use on another contact.");
    }
    new.id = id.unwrap_or(0);
    let (mut person_id, mut at) = (0, 0);
    change(world, owner, |contact| {
        let has = |one: &&mut crate::facts::Individual| match id {
            Some(id) => one.methods.iter().any(|method| method.id == id),
            None => Some(one.id) == fields.int("contactIndividualId"),
        };
        if let Some(person) = contact.individuals.iter_mut().find(has) {
            let before = person.methods.iter().position(|method| Some(method.id) == id);
            person_id = person.id;
            at = place_in(&mut person.methods, new, before, fields);
        }
    });
    let owner = world.people.get(owner);
    let person = owner.and_then(|contact| contact.individuals.iter().find(|one| one.id == person_id));
    or_missing(world, person.and_then(|one| one.methods.get(at)).map(|one| method(at, one)))
}

/// `POST /api/ContactReference`: a pair belongs to one contact only.
fn reference_in(world: &mut World, asked: &Asked) -> Reply {
    let fields = match asked.fields(world) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let contact_id = fields.int("contactId").unwrap_or(0);
    let (source, id) = (fields.text("referenceSource"), fields.text("referenceId"));
    if world.people.get(contact_id).is_none() {
        return no_owner(world, None, "contactId");
    }
    if source.is_empty() || id.is_empty() {
        return Reply::bad_request(&world.rules, "referenceId", "A reference needs a source and an id.");
    }
    match world.people.by_reference(&source, &id).map(|contact| contact.id) {
        Some(other) if other != contact_id => {
            return Reply::conflict(
                &world.rules,
                "referenceId",
                "The reference is in use on another contact.",
            );
        }
        Some(_) => {}
        None => change(world, contact_id, |contact| contact.references.push((source.clone(), id.clone()))),
    }
    Reply::json(&json!({"contactId": contact_id, "referenceSource": source, "referenceId": id}))
}

/// 404 for a change of something that is not there; 400 for something new that belongs to nobody.
fn no_owner(world: &World, id: Option<i64>, field: &str) -> Reply {
    match id {
        Some(_) => Reply::missing(&world.rules),
        None => Reply::bad_request(
            &world.rules,
            field,
            &format!("The field '{field}' names nothing that exists."),
        ),
    }
}
