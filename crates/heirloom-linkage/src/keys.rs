//! Blocking keys: by what two records must agree exactly before they are compared.

use crate::fields::{BIRTH, FIRST, HOUSEHOLD, LAST, SPOUSE, TEXT};
use crate::prepare::{OrganizationName, PersonName, Prepared, Spot, Texts, Who, number_of, soundex};

/// A blocking rule.
pub(crate) struct Rule {
    pub name: &'static str,
    /// The comparisons that the rule forces to agree, one bit each: a pair that no other
    /// rule met says nothing about how often they agree in pairs of one person.
    pub forces: u16,
    /// By what a block that is too large is split, in this order.
    pub splits: [Split; 4],
    /// Whether the rule is used only where it makes few pairs.
    pub loose: bool,
}

const fn rule(name: &'static str, forces: &[usize], splits: [Split; 4]) -> Rule {
    let mut bits = 0;
    let mut at = 0;
    while at < forces.len() {
        bits |= 1 << forces[at];
        at += 1;
    }
    Rule { name, forces: bits, splits, loose: false }
}

const fn loose(name: &'static str, forces: &[usize], splits: [Split; 4]) -> Rule {
    Rule { loose: true, ..rule(name, forces, splits) }
}

const BY_NAME: [Split; 4] = [Split::LastName, Split::FirstName, Split::Postal, Split::BirthYear];
const BY_PLACE: [Split; 4] = [Split::State, Split::Postal, Split::BirthYear, Split::Middle];
const BY_FIRST: [Split; 4] = [Split::FirstName, Split::LastName, Split::Postal, Split::House];
const BY_LAST: [Split; 4] = [Split::LastName, Split::FirstName, Split::BirthYear, Split::Middle];
const BY_HOUSE: [Split; 4] = [Split::State, Split::Postal, Split::House, Split::FirstName];
const BY_ORGANIZATION: [Split; 4] = [Split::OrganizationName, Split::State, Split::Postal, Split::House];

/// The blocking rules, strictest first. A pair is credited to the first rule that met.
pub(crate) const RULES: [Rule; 26] = [
    rule("e-mail", &[HOUSEHOLD], BY_NAME),
    rule("phone", &[HOUSEHOLD], BY_NAME),
    rule("name", &[FIRST, LAST], BY_PLACE),
    rule("address", &[HOUSEHOLD], BY_NAME),
    rule("birth date and last name", &[BIRTH, LAST], BY_FIRST),
    rule("birth date and first name", &[BIRTH, FIRST], BY_FIRST),
    rule("first name and house", &[FIRST, HOUSEHOLD], BY_PLACE),
    rule("last name and house number", &[LAST, HOUSEHOLD], BY_NAME),
    rule("first name and spouse", &[FIRST, SPOUSE], BY_PLACE),
    rule("first name and sound of last name", &[FIRST, LAST], BY_PLACE),
    rule("initial, last name and postal code", &[FIRST, LAST, HOUSEHOLD], BY_PLACE),
    loose("first name and postal code", &[FIRST, HOUSEHOLD], BY_LAST),
    rule("organization e-mail domain", &[HOUSEHOLD], BY_ORGANIZATION),
    rule("organization phone", &[HOUSEHOLD], BY_ORGANIZATION),
    rule("organization name", &[FIRST], BY_HOUSE),
    rule("organization address", &[HOUSEHOLD], BY_ORGANIZATION),
    loose("organization word and area", &[FIRST, HOUSEHOLD], BY_ORGANIZATION),
    loose("birth date", &[BIRTH], BY_LAST),
    rule("birth date and city", &[BIRTH, HOUSEHOLD], BY_LAST),
    rule("other text 1", &[TEXT], BY_NAME),
    rule("other text 2", &[TEXT + 1], BY_NAME),
    rule("other text 3", &[TEXT + 2], BY_NAME),
    rule("other text 4", &[TEXT + 3], BY_NAME),
    loose("last name and city", &[LAST, HOUSEHOLD], BY_FIRST),
    loose("first name and city", &[FIRST, HOUSEHOLD], BY_LAST),
    loose("sound of both names", &[FIRST, LAST], BY_PLACE),
];

/// The first of the rules for other texts.
const TEXT_RULE: u8 = 19;

/// A field that splits a block.
#[derive(Clone, Copy)]
pub(crate) enum Split {
    FirstName,
    LastName,
    Middle,
    State,
    Postal,
    House,
    BirthYear,
    OrganizationName,
}

impl Split {
    /// The record's value of the field; records without one stay together.
    pub fn value(self, record: &Prepared, texts: &Texts) -> u64 {
        let spot = record.spots.first();
        match (self, &record.who) {
            (Split::State, _) => spot.map_or(0, |s| s.state.into()),
            (Split::Postal, _) => spot.map_or(0, |s| s.postal.id.into()),
            (Split::House, _) => spot.map_or(0, |s| number_of(&(s.number.id, s.street.id))),
            (Split::BirthYear, _) => record.birth.year.unsigned_abs().into(),
            (Split::FirstName, Who::Person(p)) => p.names(texts).next().unwrap_or(p.first.id).into(),
            (Split::LastName, Who::Person(p)) => p.last.id.into(),
            (Split::Middle, Who::Person(p)) => p.middle.initial().unwrap_or(0).into(),
            (Split::OrganizationName, Who::Organization(o)) => o.core.id.into(),
            _ => 0,
        }
    }
}

/// The keys of one record, by those rules that are wanted.
pub(crate) struct Keys {
    /// The rules, one bit each.
    pub wanted: u32,
    /// `(rule, key)`, sorted, each once.
    pub found: Vec<(u8, u64)>,
}

impl Keys {
    fn add(&mut self, rule: u8, parts: &[u32]) {
        if self.wants(&[rule]) {
            self.found.push((rule, number_of(parts)));
        }
    }

    /// Whether any of the rules is wanted.
    fn wants(&self, rules: &[u8]) -> bool {
        rules.iter().any(|rule| self.wanted >> rule & 1 == 1)
    }
}

/// Gathers the keys of one record.
pub(crate) fn keys(record: &Prepared, texts: &Texts, out: &mut Keys) {
    out.found.clear();
    match &record.who {
        Who::Person(person) => person_keys(record, person, texts, out),
        Who::Organization(name) => organization_keys(record, name, out),
    }
    for (rule, text) in (TEXT_RULE..).zip(record.texts.iter()) {
        push_some(out, rule, &[text.id, matches!(record.who, Who::Person(_)).into()]);
    }
    out.found.sort_unstable();
    out.found.dedup();
}

/// Appends a key made of parts, unless the first of them is unknown (0).
fn push_some(out: &mut Keys, rule: u8, parts: &[u32]) {
    if parts[0] != 0 {
        out.add(rule, parts);
    }
}

/// Appends a key made of parts, unless a part is unknown (0).
fn push(out: &mut Keys, rule: u8, parts: &[u32]) {
    if !parts.contains(&0) {
        out.add(rule, parts);
    }
}

fn phone_key(phone: u64) -> [u32; 2] {
    [(phone >> 32) as u32 + 1, phone as u32]
}

fn person_keys(record: &Prepared, person: &PersonName, texts: &Texts, out: &mut Keys) {
    for mail in &record.mails {
        push(out, 0, &[mail.local.id, mail.domain]);
    }
    for &phone in &record.phones {
        push_some(out, 1, &phone_key(phone));
    }
    let mut four = [0; 4];
    let count = four.iter_mut().zip(person.names(texts)).map(|(place, name)| *place = name).count();
    let names = &four[..count];
    if out.wants(&[2]) {
        for &name in names {
            for last in person.lasts() {
                // unordered, so that swapped names meet
                push(out, 2, &[name.min(last.id), name.max(last.id)]);
            }
            if texts.is_given_name(person.last) {
                for &form in texts.stands_for(&person.last).iter().take(4) {
                    push(out, 2, &[name.min(form), name.max(form)]);
                }
            }
        }
    }
    if record.birth.is_full() && out.wants(&[4, 5, 17, 18]) {
        birth_keys(record, person, names, out);
    }
    if out.wants(&[3, 6, 7, 10, 11, 23, 24]) {
        for spot in &record.spots {
            place_keys(spot, person, names, out);
        }
    }
    if out.wants(&[8, 9, 25]) {
        sound_keys(record, person, names, texts, out);
    }
}

fn sound_keys(record: &Prepared, person: &PersonName, names: &[u32], texts: &Texts, out: &mut Keys) {
    let state = record.spots.first().map_or(1, |s| s.state.max(1));
    let sound = sound_of(person, texts);
    for &name in names {
        for spouse in person.spouse_names(texts).take(3) {
            push(out, 8, &[name, spouse, state]);
        }
        push(out, 9, &[name, sound, state]);
    }
    if person.first.len() > 1 && out.wants(&[25]) {
        let first = u32::from_be_bytes(soundex(texts.get(person.first)));
        push(out, 25, &[first, sound]);
    }
}

fn sound_of(person: &PersonName, texts: &Texts) -> u32 {
    if person.last.is_empty() {
        return 0;
    }
    u32::from_be_bytes(soundex(texts.get(person.last)))
}

fn birth_keys(record: &Prepared, person: &PersonName, names: &[u32], out: &mut Keys) {
    let birth = record.birth.number();
    push(out, 17, &[birth]);
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

fn place_keys(spot: &Spot, person: &PersonName, names: &[u32], out: &mut Keys) {
    let area = if spot.area == 0 { spot.city.id } else { spot.area };
    push(out, 3, &[spot.number.id, spot.street.id, area]);
    for &name in names {
        push(out, 6, &[name, spot.number.id, spot.street.id]);
        push(out, 24, &[name, spot.city.id]);
        push(out, 11, &[name, spot.postal.id]);
    }
    for last in person.lasts() {
        push(out, 7, &[last.id, spot.number.id, area]);
        push(out, 23, &[last.id, spot.city.id]);
        let initial = person.first.initial().unwrap_or(0);
        push(out, 10, &[initial.into(), last.id, spot.postal.id]);
    }
}

fn organization_keys(record: &Prepared, name: &OrganizationName, out: &mut Keys) {
    for mail in &record.mails {
        push(out, 12, &[if mail.public { mail.local.id } else { u32::MAX }, mail.domain]);
    }
    for &phone in &record.phones {
        push_some(out, 13, &phone_key(phone));
    }
    push(out, 14, &[name.core.id]);
    for spot in &record.spots {
        let area = if spot.area == 0 { spot.city.id } else { spot.area };
        push(out, 15, &[spot.number.id, spot.street.id, area]);
        for &token in name.tokens.iter().take(8) {
            push(out, 16, &[token, area]);
        }
    }
}
