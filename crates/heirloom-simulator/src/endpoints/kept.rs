//! What every shelved family answers to; and the families that need nothing else: asks, premiums, tributes, relationships.

use super::{Asked, Route, or_missing};
use crate::facts::EffectKind;
use crate::operators::Kind::{Boolean, Date, Decimal, Int, Object, String};
use crate::operators::options;
use crate::query::Table;
use crate::reply::Reply;
use crate::shelf::{self, Family, Need, Shelved, as_kept, text};
use crate::world::World;
use serde_json::{Value, json};

/// Makes a record and shows it.
pub(crate) fn create(world: &mut World, family: &'static Family, asked: &Asked) -> Reply {
    let read = asked.fields(world).map(|fields| shelf::read(world, family, fields, None));
    match read {
        Err(refusal) => refusal,
        Ok(Err(wrong)) => Reply::refused(&world.rules, &wrong),
        Ok(Ok(mut record)) => {
            let now = json!(world.stamp(world.now_ms));
            record.insert("createDateTimeUtc".into(), now.clone());
            record.insert("modifiedDateTimeUtc".into(), now);
            let id = world.shelves.add(family, record);
            world.note_record(family, id);
            show(world, family, id)
        }
    }
}

/// Changes a record and shows it.
pub(crate) fn replace(world: &mut World, family: &'static Family, asked: &Asked) -> Reply {
    let id = asked.id(0);
    let Some(before) = world.shelves.get(family, id) else {
        return Reply::missing(&world.rules);
    };
    let read = asked.fields(world).map(|fields| shelf::read(world, family, fields, Some(before)));
    match read {
        Err(refusal) => refusal,
        Ok(Err(wrong)) => Reply::refused(&world.rules, &wrong),
        Ok(Ok(record)) => {
            let now = json!(world.stamp(world.now_ms));
            if let Some(kept) = world.shelves.get_mut(family, id) {
                kept.extend(record);
                kept.insert("modifiedDateTimeUtc".into(), now);
            }
            world.note_record(family, id);
            show(world, family, id)
        }
    }
}

/// Sets some values of a record, as cancelling and writing off do, and shows it.
pub(crate) fn set(world: &mut World, family: &'static Family, id: i64, values: &[(&str, Value)]) -> Reply {
    let now = json!(world.stamp(world.now_ms));
    if let Some(kept) = world.shelves.get_mut(family, id) {
        kept.extend(values.iter().map(|(key, value)| (key.to_string(), value.clone())));
        kept.insert("modifiedDateTimeUtc".into(), now);
        world.note_record(family, id);
    }
    show(world, family, id)
}

/// Removes the record in the blank.
pub(crate) fn remove(world: &mut World, family: &'static Family, asked: &Asked) -> Reply {
    let id = asked.id(0);
    if family.name == "ContactNote" {
        world.happened("ContactNoteDelete", id);
    }
    match world.shelves.remove(family, id) {
        Some(_) => {
            world.note_record(family, id);
            Reply::gone(&world.rules)
        }
        None => Reply::missing(&world.rules),
    }
}

/// Shows a record, or 404.
pub(crate) fn show(world: &World, family: &'static Family, id: i64) -> Reply {
    or_missing(world, world.shelves.get(family, id).map(|record| shelf::shown(world, family, record)))
}

/// Shows the record in the blank.
pub(crate) fn read(world: &World, family: &'static Family, asked: &Asked) -> Reply {
    let id = asked.id(0);
    if world.shows(family.name, id) { show(world, family, id) } else { Reply::missing(&world.rules) }
}

/// Shows the record whose `code` is in the blank.
pub(crate) fn by_code(world: &World, family: &'static Family, asked: &Asked) -> Reply {
    let found = world.shelves.with(family, "code", asked.blank(0));
    or_missing(world, found.map(|record| shelf::shown(world, family, record)))
}

/// A page of what a query finds.
pub(crate) fn query(world: &World, family: &'static Family, asked: &Asked) -> Reply {
    let table = Shelved { world, family };
    asked.page(world, &table, |at| shelf::shown(world, family, &world.shelves.all(family)[at as usize]))
}

/// What may be queried.
pub(crate) fn query_options(world: &World, family: &'static Family) -> Reply {
    Reply::json(&options(&Shelved { world, family }.parameters(), &|_| Vec::new()))
}

/// A page of the records of the contact in the blank.
pub(crate) fn by_contact(world: &World, family: &'static Family, asked: &Asked) -> Reply {
    let table = Shelved { world, family };
    asked.page_of(world, &table, "Contact Id", |at| {
        shelf::shown(world, family, &world.shelves.all(family)[at as usize])
    })
}

/// What a free-text search over some keys finds.
pub(crate) fn search(world: &World, family: &'static Family, asked: &Asked, keys: &[&str]) -> Reply {
    let wanted = asked.search();
    let has =
        |record: &&shelf::Record| keys.iter().any(|key| text(record, key).to_lowercase().contains(&wanted));
    let found = world.shelves.all(family).iter().filter(has);
    asked.cut(found.map(|record| shelf::shown(world, family, record)).collect())
}

/// Adds the name of a record's contact.
pub(crate) fn with_contact_name(world: &World, record: &mut shelf::Record) {
    let contact = world.people.get(shelf::int(record, "contactId"));
    record.insert("contactName".into(), json!(contact.map(|contact| &contact.name)));
}

const GIFT_ASK: Family = Family {
    name: "GiftAsk",
    id: "id",
    first_id: 6001,
    fields: &[
        ("contactId", Int, Need::Contact),
        ("askAmount", Decimal, Need::Filled),
        ("askDate", Date, Need::Filled),
        ("expectedFulfillmentDate", Date, Need::Free),
        ("notes", String, Need::Free),
        ("askType", String, Need::Free),
        ("frequency", String, Need::Free),
        ("declined", Boolean, Need::Free),
        ("projectId", Int, Need::Free),
        ("segmentId", Int, Need::Free),
        ("assignedUserId", Int, Need::Free),
        ("secondaryAssignedUserId", Int, Need::Free),
        ("status", String, Need::Free),
        ("customFields", Object, Need::Free),
    ],
    parameters: &[
        ("Gift Ask Id", Int, "id"),
        ("Contact Id", Int, "contactId"),
        ("Ask Amount", Decimal, "askAmount"),
        ("Ask Date", Date, "askDate"),
        ("Status", String, "status"),
    ],
    finish: with_contact_name,
};

pub(crate) const PREMIUM: Family = Family {
    name: "Premium",
    id: "id",
    first_id: 6501,
    fields: &[
        ("name", String, Need::Filled),
        ("code", String, Need::Free),
        ("description", String, Need::Free),
        ("value", Decimal, Need::Free),
        ("isActive", Boolean, Need::Free),
    ],
    parameters: &[
        ("Premium Id", Int, "id"),
        ("Premium Name", String, "name"),
        ("Premium Code", String, "code"),
    ],
    finish: as_kept,
};

const TRIBUTE: Family = Family {
    name: "Tribute",
    id: "id",
    first_id: 7001,
    fields: &[
        ("tributeType", String, Need::Filled),
        ("firstName", String, Need::Free),
        ("lastName", String, Need::Filled),
        ("city", String, Need::Free),
        ("state", String, Need::Free),
    ],
    parameters: &[("Tribute Id", Int, "id")],
    finish: as_kept,
};

const RELATIONSHIP: Family = Family {
    name: "Relationship",
    id: "id",
    first_id: 7501,
    fields: &[
        ("contactId", Int, Need::Contact),
        ("contactIndividualId", Int, Need::Free),
        ("relatedContactId", Int, Need::Contact),
        ("relatedContactIndividualId", Int, Need::Free),
        ("relationshipType", String, Need::Filled),
        ("notes", String, Need::Free),
    ],
    parameters: &[("Relationship Id", Int, "id"), ("Contact Id", Int, "contactId")],
    finish: as_kept,
};

/// A relationship and what it is from the other side.
const RELATIONS: [(&str, &str); 5] = [
    ("Spouse", "Spouse"),
    ("Parent", "Child"),
    ("Child", "Parent"),
    ("Employer", "Employee"),
    ("Employee", "Employer"),
];

pub(super) const ROUTES: [Route; 14] = [
    ("POST", "api/GiftAsk", |world, asked| create(world, &GIFT_ASK, asked)),
    ("GET", "api/GiftAsk/{id}", |world, asked| read(world, &GIFT_ASK, asked)),
    ("PUT", "api/GiftAsk/{id}", |world, asked| replace(world, &GIFT_ASK, asked)),
    ("GET", "api/GiftAsk/ByContact/{contactId}", |world, asked| by_contact(world, &GIFT_ASK, asked)),
    ("POST", "api/GiftAsk/Query", |world, asked| query(world, &GIFT_ASK, asked)),
    ("POST", "api/Premium", |world, asked| create(world, &PREMIUM, asked)),
    ("GET", "api/Premium/Code/{code}", |world, asked| by_code(world, &PREMIUM, asked)),
    ("POST", "api/Premium/Query", |world, asked| query(world, &PREMIUM, asked)),
    ("POST", "api/Premium/Search", |world, asked| search(world, &PREMIUM, asked, &["name", "code"])),
    ("POST", "api/Tribute", |world, asked| create(world, &TRIBUTE, asked)),
    ("GET", "api/Tribute/Search", |world, asked| {
        let keys = ["firstName", "lastName", "city", "state", "tributeType"];
        let wanted = keys.map(|key| (key, asked.call.parameter(key).unwrap_or_default()));
        let has = |record: &&shelf::Record| {
            wanted
                .iter()
                .all(|(key, value)| value.is_empty() || text(record, key).eq_ignore_ascii_case(value))
        };
        asked.cut(world.shelves.all(&TRIBUTE).iter().filter(has).collect())
    }),
    ("POST", "api/Relationship", |world, asked| {
        let reply = create(world, &RELATIONSHIP, asked);
        if reply.status == 200 {
            write_inverse(world);
        }
        reply
    }),
    ("GET", "api/Relationship/Types", |_, _| Reply::json(&RELATIONS.map(|(name, _)| name))),
    ("GET", "api/Relationship/ByContact/{contactId}", |world, asked| by_contact(world, &RELATIONSHIP, asked)),
];

/// Writes the newest relationship from the other side.
fn write_inverse(world: &mut World) {
    let Some(mut other) = world.shelves.all(&RELATIONSHIP).last().cloned() else { return };
    let kind = text(&other, "relationshipType").to_string();
    let inverse = RELATIONS.iter().find(|(name, _)| *name == kind).map_or(&*kind, |(_, inverse)| *inverse);
    for (one, two) in
        [("contactId", "relatedContactId"), ("contactIndividualId", "relatedContactIndividualId")]
    {
        let (a, b) = (other.get(one).cloned(), other.get(two).cloned());
        other.insert(one.into(), b.unwrap_or(Value::Null));
        other.insert(two.into(), a.unwrap_or(Value::Null));
    }
    other.insert("relationshipType".into(), json!(inverse));
    other.shift_remove("id");
    let id = world.shelves.add(&RELATIONSHIP, other);
    world.note_record(&RELATIONSHIP, id);
}

impl World {
    /// Writes a change of a shelved record into the log.
    pub(crate) fn note_record(&mut self, family: &Family, id: i64) {
        self.note_direct(EffectKind::OtherRecord, Some(id), "", family.name, 0);
        if family.name == "ContactNote" {
            let record = self.shelves.get(family, id);
            let stamps = record.map(|note| (note.get("createDateTimeUtc"), note.get("modifiedDateTimeUtc")));
            let fresh = stamps.is_some_and(|(made, changed)| made == changed);
            self.happened(if fresh { "ContactNoteCreate" } else { "ContactNoteUpdate" }, id);
        }
    }
}
