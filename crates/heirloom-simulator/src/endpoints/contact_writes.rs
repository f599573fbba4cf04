//! Contacts written past the import: made, replaced, archived. No matching is done here.

use super::{Asked, Route};
use crate::body::{Fields, scalar};
use crate::custom::{custom_fields, fill, filled};
use crate::draft::{country, sent_custom_fields};
use crate::facts::{ContactRecord, EffectKind, Individual, Method, PostalAddress, SeedContact};
use crate::habits::Put;
use crate::lag::CONTACT;
use crate::people::{Part, forget_ids};
use crate::render_contact::full_contact;
use crate::reply::{Complaint, Reply};
use crate::world::World;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

pub(super) const ROUTES: [Route; 4] = [
    ("POST", "api/Contact", create),
    ("PUT", "api/Contact/{id}", replace),
    ("PUT", "api/Contact/Archive/{id}", |world, asked| archive(world, asked, true)),
    ("PUT", "api/Contact/Unarchive/{id}", |world, asked| archive(world, asked, false)),
];

/// What is kept of a contact under the wire's own names.
pub(crate) const EXTRAS: [&str; 10] = [
    "informalName",
    "description",
    "website",
    "maritalStatus",
    "anniversaryMonth",
    "anniversaryDay",
    "anniversaryYear",
    "originSegmentId",
    "isPrivate",
    "customCollections",
];

/// What is kept of a person.
pub(crate) const PERSON_EXTRAS: [&str; 5] =
    ["approximateAge", "passion", "isDeceased", "customFields", "customCollections"];

/// What is kept of an address.
pub(crate) const ADDRESS_EXTRAS: [&str; 6] =
    ["startMonth", "startDay", "endMonth", "endDay", "latitude", "longitude"];

/// Picks fields under their own names; numbers and flags that came as text become what they say.
pub(crate) fn pick(fields: Fields, names: &[&str]) -> Map<String, Value> {
    let natural = |value: &Value| match value.as_str().map(str::trim) {
        Some(text) if text.eq_ignore_ascii_case("true") => json!(true),
        Some(text) if text.eq_ignore_ascii_case("false") => json!(false),
        Some(text) => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
        None => value.clone(),
    };
    let found = names.iter().filter_map(|name| Some((name.to_string(), natural(fields.get(name)?))));
    found.collect()
}

/// Reads a person.
pub(crate) fn read_individual(fields: Fields) -> Individual {
    Individual {
        id: fields.int("id").unwrap_or(0),
        prefix: fields.text("prefix"),
        first: fields.text("firstName"),
        middle: fields.text("middleName"),
        last: fields.text("lastName"),
        suffix: fields.text("suffix"),
        gender: fields.text("gender"),
        birth: (fields.text("birthYear"), fields.text("birthMonth"), fields.text("birthDay")),
        methods: primary_first(fields.list("contactMethods"), read_method),
        extras: pick(fields, &PERSON_EXTRAS),
    }
}

/// Reads an e-mail or a phone.
pub(crate) fn read_method(fields: Fields) -> Method {
    Method {
        id: fields.int("id").unwrap_or(0),
        kind: fields.text("type"),
        value: fields.text("value"),
        opted_in: fields.flag("isOptedIn"),
    }
}

/// How an address names its state and country.
#[derive(Clone, Copy)]
pub(crate) enum Places {
    /// `stateCode` and `countryCode`, where a contact is made.
    Codes,
    /// `state` and `country`, everywhere else.
    Plain,
    /// Either, in what may be an echo of what was read.
    Either,
}

/// Reads an address.
pub(crate) fn read_address(fields: Fields, places: Places) -> PostalAddress {
    let of = |code: &str, plain: &str| {
        let (code, plain) = (fields.text(code), fields.text(plain));
        match places {
            Places::Codes => code,
            Places::Plain => plain,
            Places::Either if code.is_empty() => plain,
            Places::Either => code,
        }
    };
    PostalAddress {
        id: fields.int("id").unwrap_or(0),
        label: fields.text("label"),
        address1: fields.text("address1"),
        address2: fields.text("address2"),
        city: fields.text("city"),
        state: of("stateCode", "state"),
        postal: fields.text("postal"),
        country: country(&of("countryCode", "country")),
        extras: pick(fields, &ADDRESS_EXTRAS),
    }
}

/// Puts what is marked primary first.
fn primary_first<T>(items: &[Value], read: impl Fn(Fields) -> T) -> Vec<T> {
    let mut fields: Vec<Fields> = items.iter().filter_map(Fields::of).collect();
    fields.sort_by_key(|one| (!one.flag("isPrimary"), !one.flag("isSecondary")));
    fields.into_iter().map(read).collect()
}

/// What is wrong with a contact as written.
fn complaints(world: &World, contact: &SeedContact, own_id: i64) -> Result<(), Reply> {
    let mut wrong = Vec::new();
    let mut complain = |field: &str, code: &'static str, text: &str| {
        wrong.push(Complaint { field: field.into(), code, text: text.into() });
    };
    let parents = ["Household", "Organization", "Foundation"];
    let mut types = parents.iter().copied().chain(world.rules.contact_types.iter().map(String::as_str));
    if !types.any(|one| one.eq_ignore_ascii_case(&contact.contact_type)) {
        complain("contactType", "UNKNOWN", "The contact type is not valid.");
    }
    if contact.individuals.is_empty() {
        complain("contactIndividuals", "REQUIRED", "A contact needs at least one individual.");
    }
    if !wrong.is_empty() {
        return Err(Reply::refused(&world.rules, &wrong));
    }
    let methods = contact.individuals.iter().flat_map(|one| &one.methods);
    let taken = |value: &str| world.people.by_email(value).is_some_and(|other| other.id != own_id);
    if world.rules.emails_unique && methods.into_iter().any(|method| taken(&method.value)) {
        return Err(Reply::conflict(&world.rules, "email", "The email is in use on another contact."));
    }
    Ok(())
}

/// Reads a contact's parts out of a body.
fn read_contact(fields: Fields, places: Places) -> SeedContact {
    let source = fields.text("referenceSource");
    let id = fields.text("referenceId");
    SeedContact {
        contact_type: fields.text("contactType"),
        name: fields.text("name"),
        individuals: primary_first(fields.list("contactIndividuals"), read_individual),
        addresses: primary_first(fields.list("contactAddresses"), |one| read_address(one, places)),
        references: if id.is_empty() { Vec::new() } else { vec![(source, id)] },
        ..SeedContact::default()
    }
}

/// `POST /api/Contact`: made as it is written, whoever exists already.
fn create(world: &mut World, asked: &Asked) -> Reply {
    let fields = match asked.fields(world) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let contact = SeedContact { created_ms: world.now_ms, ..read_contact(fields, Places::Codes) };
    if let Err(refusal) = complaints(world, &contact, 0) {
        return refusal;
    }
    let custom = match custom_fields(world, "Contact", sent_custom_fields(fields)) {
        Ok(custom) => custom,
        Err(wrong) => return Reply::refused(&world.rules, &wrong),
    };
    let id = world.seed_contact(contact);
    if let Some(made) = world.people.get_mut(id) {
        made.extras = pick(fields, &EXTRAS);
        made.custom_fields = filled(custom);
        made.archived = fields.flag("isArchived");
    }
    world.note_contact(EffectKind::DirectContact, id);
    world.made_now(CONTACT, id);
    shown(world, id)
}

/// The ids that a PUT of a contact may say: those of its own parts.
fn own_ids(contact: &ContactRecord) -> BTreeSet<(Part, i64)> {
    let people = contact.individuals.iter().map(|one| (Part::Individual, one.id));
    let methods = contact.individuals.iter().flat_map(|one| &one.methods).map(|one| (Part::Method, one.id));
    let addresses = contact.addresses.iter().map(|one| (Part::Address, one.id));
    people.chain(methods).chain(addresses).collect()
}

/// `PUT /api/Contact/{id}`: what is left out is cleared, or stays, as the rules say.
fn replace(world: &mut World, asked: &Asked) -> Reply {
    let id = asked.id(0);
    let fields = match asked.fields(world) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let Some(before) = world.people.get(id).cloned() else {
        return Reply::missing(&world.rules);
    };
    let sent = read_contact(fields, Places::Either);
    let patches = world.rules.put == Put::Patches;
    let has = |name: &str| fields.get(name).is_some() || !patches;
    // A contact's type, name and people cannot be cleared: a contact without them is none.
    let mut written = SeedContact {
        contact_type: if sent.contact_type.is_empty() {
            before.contact_type.clone()
        } else {
            sent.contact_type
        },
        name: if sent.name.is_empty() { before.name.clone() } else { sent.name },
        individuals: if sent.individuals.is_empty() { before.individuals.clone() } else { sent.individuals },
        addresses: if has("contactAddresses") { sent.addresses } else { before.addresses.clone() },
        ..SeedContact::default()
    };
    if let Err(refusal) = complaints(world, &written, id) {
        return refusal;
    }
    forget_ids(&mut written.individuals, &mut written.addresses, &own_ids(&before));
    let custom = match custom_fields(world, "Contact", sent_custom_fields(fields)) {
        Ok(custom) => custom,
        Err(wrong) => return Reply::refused(&world.rules, &wrong),
    };
    let mut own = if patches { before.custom_fields.clone() } else { Map::new() };
    fill(&mut own, custom);
    let mut extras = if patches { before.extras.clone() } else { Map::new() };
    extras.extend(pick(fields, &EXTRAS));
    if let Some(contact) = world.people.get_mut(id) {
        *contact = ContactRecord {
            contact_type: written.contact_type,
            name: written.name,
            individuals: written.individuals,
            addresses: written.addresses,
            custom_fields: own,
            extras,
            ..before
        };
    }
    world.people.reindex();
    world.people.renew(id);
    world.note_contact(EffectKind::ChangedContact, id);
    shown(world, id)
}

/// `PUT /api/Contact/Archive/{id}` and `Unarchive`.
fn archive(world: &mut World, asked: &Asked, archived: bool) -> Reply {
    let id = asked.id(0);
    let fields = Fields::of(&asked.body);
    let reason = fields.and_then(|fields| fields.get("archiveReason").or_else(|| fields.get("reason")));
    let Some(contact) = world.people.get_mut(id) else {
        return Reply::missing(&world.rules);
    };
    contact.archived = archived;
    match reason.map(scalar).filter(|_| archived) {
        Some(reason) => contact.extras.insert("archiveReason".into(), json!(reason)),
        None => contact.extras.shift_remove("archiveReason"),
    };
    world.people.any_hidden = true;
    world.note_contact(EffectKind::ChangedContact, id);
    shown(world, id)
}

/// A contact as it is now.
pub(super) fn shown(world: &World, id: i64) -> Reply {
    super::or_missing(world, world.people.get(id).map(|contact| full_contact(world, contact)))
}
