//! Tags, which cannot be made here, and which contacts have them.

use super::{Asked, Route, list};
use crate::facts::EffectKind;
use crate::operators::Kind::Int;
use crate::reply::Reply;
use crate::shelf::{Family, Need, Record, as_kept, int};
use crate::world::World;
use serde_json::{Value, json};

/// A tag on a contact: what was attached here, so that it can be taken away by its id.
const CONTACT_TAG: Family = Family {
    name: "ContactTag",
    id: "contactTagId",
    first_id: 11_001,
    fields: &[("contactId", Int, Need::Contact), ("tagId", Int, Need::Filled)],
    parameters: &[("Contact Tag Id", Int, "contactTagId"), ("Contact Id", Int, "contactId")],
    finish: as_kept,
};

pub(super) const ROUTES: [Route; 5] = [
    ("GET", "api/Tag", |world, asked| listed(world, asked, "")),
    ("POST", "api/Tag/Search", |world, asked| listed(world, asked, &asked.search())),
    ("POST", "api/ContactTag", attach),
    ("GET", "api/ContactTag/ByContact/{contactId}", of_contact),
    ("DELETE", "api/ContactTag/{contactTagId}", detach),
];

/// The tag of an id: its place among all, from 1.
pub(super) fn tag_of(world: &World, id: i64) -> Option<&String> {
    world.tags.get(usize::try_from(id.checked_sub(1)?).ok()?)
}

/// Tags whose name has a text in it.
fn listed(world: &World, asked: &Asked, search: &str) -> Reply {
    let tags = world.tags.iter().enumerate().filter(|(_, tag)| tag.to_lowercase().contains(search));
    let items: Vec<Value> = tags.map(|(at, tag)| json!({"id": at + 1, "tagName": tag})).collect();
    // All of them unless a page is asked for.
    if asked.call.parameter("take").is_some() {
        return asked.cut(items);
    }
    let total = items.len();
    list(items, total)
}

/// The id under which a contact's tag is known; given when it is first shown.
fn id_of(world: &mut World, contact_id: i64, tag_id: i64) -> i64 {
    let is = |record: &&Record| int(record, "contactId") == contact_id && int(record, "tagId") == tag_id;
    if let Some(found) = world.shelves.all(&CONTACT_TAG).iter().find(is) {
        return int(found, CONTACT_TAG.id);
    }
    let pair = [("contactId", contact_id), ("tagId", tag_id)];
    world.shelves.add(&CONTACT_TAG, pair.into_iter().map(|(key, id)| (key.to_string(), json!(id))).collect())
}

/// `POST /api/ContactTag`.
fn attach(world: &mut World, asked: &Asked) -> Reply {
    let fields = match asked.fields(world) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let (contact_id, tag_id) = (fields.int("contactId").unwrap_or(0), fields.int("tagId").unwrap_or(0));
    let tag = tag_of(world, tag_id).cloned();
    let (Some(tag), Some(contact)) = (tag, world.people.get_mut(contact_id)) else {
        return Reply::bad_request(&world.rules, "tagId", "The contact or the tag was not found.");
    };
    if !contact.tags.iter().any(|one| one.eq_ignore_ascii_case(&tag)) {
        contact.tags.push(tag.clone());
        world.note_contact(EffectKind::ChangedContact, contact_id);
    }
    let id = id_of(world, contact_id, tag_id);
    Reply::json(&json!({"contactTagId": id, "contactId": contact_id, "tagId": tag_id, "tagName": tag}))
}

/// `GET /api/ContactTag/ByContact/{contactId}`.
fn of_contact(world: &mut World, asked: &Asked) -> Reply {
    let contact_id = asked.id(0);
    let Some(contact) = world.seen_contact(world.people.get(contact_id)) else {
        return Reply::missing(&world.rules);
    };
    let mut items = Vec::new();
    for tag in contact.tags.clone() {
        let at = world.tags.iter().position(|known| known.eq_ignore_ascii_case(&tag));
        if let Some(at) = at {
            let tag_id = at as i64 + 1;
            let id = id_of(world, contact_id, tag_id);
            items.push(json!({"contactTagId": id, "contactId": contact_id, "tagId": tag_id, "tagName": tag}));
        }
    }
    let total = items.len();
    list(items, total)
}

/// `DELETE /api/ContactTag/{contactTagId}`.
fn detach(world: &mut World, asked: &Asked) -> Reply {
    let Some(pair) = world.shelves.remove(&CONTACT_TAG, asked.id(0)) else {
        return Reply::missing(&world.rules);
    };
    let tag = tag_of(world, int(&pair, "tagId")).cloned();
    if let (Some(tag), Some(contact)) = (tag, world.people.get_mut(int(&pair, "contactId"))) {
        contact.tags.retain(|one| !one.eq_ignore_ascii_case(&tag));
    }
    world.note_contact(EffectKind::ChangedContact, int(&pair, "contactId"));
    Reply::gone(&world.rules)
}
