//! Blocking keys: by what two records must agree exactly before they are compared.

use crate::prepare::{OrganizationName, PersonName, Prepared, Spot, Who, number_of, soundex};

/// The blocking rules, strictest first. A pair is credited to the first rule that met.
pub const RULES: [&str; 19] = [
    "e-mail",
    "phone",
    "name",
    "address",
    "birth date and last name",
    "birth date and first name",
    "first name and house",
    "last name and house number",
    "first name and spouse",
    "first name and sound of last name",
    "initial, last name and postal code",
    "first name and postal code",
    "organization e-mail domain",
    "organization phone",
    "organization name",
    "organization address",
    "organization word and area",
    "e-mail before the @",
    "birth date and city",
];

/// Shorter names before the @ are shared by too many (`info`, `jim`).
const LOCAL_LETTERS_MIN: usize = 6;

/// By what a block that is too large is split, in this order.
pub(crate) fn splits(rule: u8) -> [Split; 3] {
    match rule {
        0 | 1 | 3 | 7 => [Split::LastName, Split::FirstName, Split::Postal],
        2 | 6 | 8 | 9 | 10 => [Split::Postal, Split::BirthYear, Split::Middle],
        4 | 5 => [Split::FirstName, Split::LastName, Split::Postal],
        11 | 17 | 18 => [Split::LastName, Split::BirthYear, Split::Middle],
        14 => [Split::Postal, Split::House, Split::FirstName],
        _ => [Split::OrganizationName, Split::Postal, Split::House],
    }
}

/// A field that splits a block.
#[derive(Clone, Copy)]
pub(crate) enum Split {
    FirstName,
    LastName,
    Middle,
    Postal,
    House,
    BirthYear,
    OrganizationName,
}

impl Split {
    /// The record's value of the field; records without one stay together.
    pub fn value(self, record: &Prepared) -> u64 {
        let spot = record.spots.first();
        match (self, &record.who) {
            (Split::Postal, _) => spot.map_or(0, |s| s.postal),
            (Split::House, _) => spot.map_or(0, |s| number_of(&(s.number, s.street.id))),
            (Split::BirthYear, _) => record.birth.year.unsigned_abs().into(),
            (Split::FirstName, Who::Person(p)) => p.names.first().copied().unwrap_or(p.first.id),
            (Split::LastName, Who::Person(p)) => p.last.id,
            (Split::Middle, Who::Person(p)) => p.middle.initial().unwrap_or(0).into(),
            (Split::OrganizationName, Who::Organization(o)) => o.core.id,
            _ => 0,
        }
    }
}

/// Gathers the keys of one record as `(rule, key)`.
pub(crate) fn keys(record: &Prepared, out: &mut Vec<(u8, u64)>) {
    let from = out.len();
    match &record.who {
        Who::Person(person) => person_keys(record, person, out),
        Who::Organization(name) => organization_keys(record, name, out),
    }
    out[from..].sort_unstable();
    let mut last = None;
    let mut kept = from;
    for at in from..out.len() {
        if last != Some(out[at]) {
            last = Some(out[at]);
            out[kept] = out[at];
            kept += 1;
        }
    }
    out.truncate(kept);
}

/// Appends a key made of parts, unless a part is unknown (0).
fn push(out: &mut Vec<(u8, u64)>, rule: u8, parts: &[u64]) {
    if !parts.contains(&0) {
        out.push((rule, number_of(parts)));
    }
}

fn person_keys(record: &Prepared, person: &PersonName, out: &mut Vec<(u8, u64)>) {
    for mail in &record.mails {
        push(out, 0, &[mail.whole]);
        if mail.local.len() >= LOCAL_LETTERS_MIN {
            push(out, 17, &[mail.local.id]);
        }
    }
    for &phone in &record.phones {
        push(out, 1, &[phone]);
    }
    let names = &person.names[..person.names.len().min(4)];
    for &name in names {
        for last in person.lasts() {
            // unordered, so that swapped names meet
            push(out, 2, &[name.min(last.id), name.max(last.id)]);
        }
    }
    birth_keys(record, person, names, out);
    for spot in &record.spots {
        place_keys(spot, person, names, out);
    }
    let state = record.spots.first().map_or(1, |s| s.state.max(1));
    let sound = sound_of(person);
    for &name in names {
        for &spouse in person.spouse_names.iter().take(3) {
            push(out, 8, &[name, spouse, state]);
        }
        push(out, 9, &[name, sound, state]);
    }
}

fn sound_of(person: &PersonName) -> u64 {
    if person.last.is_empty() {
        return 0;
    }
    u32::from_be_bytes(soundex(person.last.text())).into()
}

fn birth_keys(record: &Prepared, person: &PersonName, names: &[u64], out: &mut Vec<(u8, u64)>) {
    if !record.birth.is_full() {
        return;
    }
    let birth = number_of(&record.birth);
    for last in person.lasts() {
        push(out, 4, &[birth, last.id]);
    }
    for &name in names {
        push(out, 5, &[birth, name]);
    }
    for spot in &record.spots {
        push(out, 18, &[birth, spot.city.id]);
    }
}

fn place_keys(spot: &Spot, person: &PersonName, names: &[u64], out: &mut Vec<(u8, u64)>) {
    let area = if spot.area == 0 { spot.city.id } else { spot.area };
    push(out, 3, &[spot.number, spot.street.id, area]);
    for &name in names {
        push(out, 6, &[name, spot.number, spot.street.id]);
        push(out, 11, &[name, spot.postal]);
    }
    for last in person.lasts() {
        push(out, 7, &[last.id, spot.number, area]);
        let initial = person.first.initial().unwrap_or(0);
        push(out, 10, &[initial.into(), last.id, spot.postal]);
    }
}

fn organization_keys(record: &Prepared, name: &OrganizationName, out: &mut Vec<(u8, u64)>) {
    for mail in &record.mails {
        push(out, 12, &[if mail.public { mail.whole } else { mail.domain }]);
    }
    for &phone in &record.phones {
        push(out, 13, &[phone]);
    }
    push(out, 14, &[name.core.id]);
    for spot in &record.spots {
        let area = if spot.area == 0 { spot.city.id } else { spot.area };
        push(out, 15, &[spot.number, spot.street.id, area]);
        for &token in name.tokens.iter().take(8) {
            push(out, 16, &[token, area]);
        }
    }
}
