//! Records that are kept, read back and queried without a life of their own: segments, pledges, notes and their neighbours.
//! A family is a table of fields; one small set of functions serves them all.

use crate::body::{AMOUNT_MAX_MINOR, Fields, decimal, scalar};
use crate::habits::Put;
use crate::operators::Kind;
use crate::query::{Field, Parameter, Table};
use crate::reply::Complaint;
use crate::time::{day_ms, read_day, read_instant, stamp};
use crate::world::World;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A record as it is read back.
pub(crate) type Record = Map<String, Value>;

/// What a field must be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Anything, or absent.
    Free,
    /// It must be there.
    Filled,
    /// It must be the id of a contact.
    Contact,
    /// It must be the id of a record of that family.
    Of(&'static Family),
}

/// How records of one kind look.
pub(crate) struct Family {
    /// Its name on the wire and in the log.
    pub name: &'static str,
    /// The key of its id.
    pub id: &'static str,
    /// The first id given.
    pub first_id: i64,
    /// What may be written: name, type, what it must be.
    pub fields: &'static [(&'static str, Kind, Need)],
    /// What may be queried: parameter, type, key; the first is the id.
    pub parameters: &'static [(&'static str, Kind, &'static str)],
    /// Adds what is derived when a record is read.
    pub finish: fn(&World, &mut Record),
}

impl PartialEq for Family {
    fn eq(&self, other: &Family) -> bool {
        self.name == other.name
    }
}

impl Eq for Family {}

/// Adds nothing.
pub(crate) fn as_kept(_world: &World, _record: &mut Record) {}

/// The records of one family.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Shelf {
    records: Vec<Record>,
    given: i64,
}

/// All shelves.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Shelves(BTreeMap<String, Shelf>);

impl Shelves {
    /// The records of a family, by rising id.
    pub(crate) fn all(&self, family: &Family) -> &[Record] {
        self.0.get(family.name).map_or(&[], |shelf| &shelf.records)
    }

    /// How many records there are in all.
    pub(crate) fn len(&self) -> usize {
        self.0.values().map(|shelf| shelf.records.len()).sum()
    }

    /// The record of an id.
    pub(crate) fn get(&self, family: &Family, id: i64) -> Option<&Record> {
        let records = self.all(family);
        records.binary_search_by_key(&id, |record| id_of(family, record)).ok().map(|at| &records[at])
    }

    /// The record of an id, to change.
    pub(crate) fn get_mut(&mut self, family: &Family, id: i64) -> Option<&mut Record> {
        let records = &mut self.0.get_mut(family.name)?.records;
        let found = records.binary_search_by_key(&id, |record| id_of(family, record));
        found.ok().map(|at| &mut records[at])
    }

    /// The first record with a text under a key, letter case aside.
    pub(crate) fn with(&self, family: &Family, key: &str, value: &str) -> Option<&Record> {
        self.all(family).iter().find(|record| text(record, key).eq_ignore_ascii_case(value))
    }

    /// Adds a record; its id is given here and never again.
    pub(crate) fn add(&mut self, family: &Family, record: Record) -> i64 {
        let shelf = self.0.entry(family.name.into()).or_default();
        let id = family.first_id + shelf.given;
        shelf.given += 1;
        let mut whole = Map::from_iter([(family.id.to_string(), json!(id))]);
        whole.extend(record);
        shelf.records.push(whole);
        id
    }

    /// Removes a record; none when it is not there.
    pub(crate) fn remove(&mut self, family: &Family, id: i64) -> Option<Record> {
        let records = &mut self.0.get_mut(family.name)?.records;
        let at = records.binary_search_by_key(&id, |record| id_of(family, record)).ok()?;
        Some(records.remove(at))
    }
}

/// The id of a record.
pub(crate) fn id_of(family: &Family, record: &Record) -> i64 {
    int(record, family.id)
}

/// An integer of a record; 0 when absent.
pub(crate) fn int(record: &Record, key: &str) -> i64 {
    record.get(key).and_then(Value::as_i64).unwrap_or(0)
}

/// A text of a record; empty when absent.
pub(crate) fn text<'r>(record: &'r Record, key: &str) -> &'r str {
    record.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// A value under a field's type, in the form it is read back; none when it is not of that type.
/// What is named a `DateTime` keeps its time.
fn typed(name: &str, kind: Kind, value: &Value) -> Option<Value> {
    let words = scalar(value);
    match kind {
        Kind::Int | Kind::SomeInt => words.parse::<i64>().ok().map(|number| json!(number)),
        Kind::Decimal => {
            let number = decimal(&words, 4).filter(|number| number.unsigned_abs() / 100 <= AMOUNT_MAX_MINOR);
            number.map(|number| json!(number as f64 / 10_000.0))
        }
        Kind::Date if name.ends_with("DateTime") => read_instant(&words).map(|ms| json!(stamp(ms))),
        Kind::Date | Kind::Stamp => read_day(&words).map(|day| json!(stamp(day_ms(day)))),
        Kind::Boolean => match words.to_ascii_lowercase().as_str() {
            "true" => Some(json!(true)),
            "false" => Some(json!(false)),
            _ => None,
        },
        Kind::String | Kind::Name | Kind::Lookup | Kind::List => Some(json!(words)),
        Kind::Object => Some(value.clone()),
    }
}

/// Reads what is written of a record; what is wrong with it goes to the complaints.
/// `before` is the record that a PUT changes.
pub(crate) fn read(
    world: &World,
    family: &Family,
    fields: Fields,
    before: Option<&Record>,
) -> Result<Record, Vec<Complaint>> {
    let mut wrong = Vec::new();
    let mut record = Record::new();
    let keeps = world.rules.put == Put::Patches;
    for (name, kind, need) in family.fields {
        let mut complain = |code: &'static str, text: String| {
            wrong.push(Complaint { field: (*name).to_string(), code, text });
        };
        let sent = fields.get(name).filter(|value| **value != json!(""));
        let kept = before.filter(|_| keeps).and_then(|record| record.get(*name)).cloned();
        let value = match sent.map(|value| typed(name, *kind, value)) {
            Some(None) => {
                complain("INVALID", format!("The field '{name}' is not valid."));
                continue;
            }
            Some(Some(value)) => value,
            None => kept.unwrap_or(Value::Null),
        };
        let there = match need {
            Need::Free => true,
            Need::Filled => !value.is_null(),
            Need::Contact => value.as_i64().is_some_and(|id| world.people.get(id).is_some()),
            Need::Of(other) => value.as_i64().is_none_or(|id| world.shelves.get(other, id).is_some()),
        };
        match (there, value.is_null()) {
            (false, true) => complain("REQUIRED", format!("The field '{name}' is required.")),
            (false, false) => complain("NOT_FOUND", format!("'{name}' names nothing that exists.")),
            (true, _) => {
                record.insert((*name).to_string(), value);
            }
        }
    }
    if wrong.is_empty() { Ok(record) } else { Err(wrong) }
}

/// A record as it is shown.
pub(crate) fn shown(world: &World, family: &Family, record: &Record) -> Value {
    let mut shown = record.clone();
    (family.finish)(world, &mut shown);
    Value::Object(shown)
}

/// A family as a table.
pub(crate) struct Shelved<'w> {
    pub world: &'w World,
    pub family: &'static Family,
}

impl Table for Shelved<'_> {
    fn len(&self) -> usize {
        self.world.shelves.all(self.family).len()
    }

    fn place(&self, id: i64) -> usize {
        self.world.shelves.all(self.family).partition_point(|record| id_of(self.family, record) < id)
    }

    fn parameters(&self) -> Vec<Parameter<'_>> {
        self.family.parameters.iter().map(|(name, kind, _)| (*name, *kind)).collect()
    }

    fn hides(&self, at: u32) -> bool {
        let record = &self.world.shelves.all(self.family)[at as usize];
        !self.world.shows(self.family.name, id_of(self.family, record))
    }

    fn hides_any(&self) -> bool {
        self.world.any_unseen(self.family.name)
    }

    fn field(&self, at: u32, column: usize) -> Field<'_> {
        let (_, kind, key) = self.family.parameters[column];
        let record = &self.world.shelves.all(self.family)[at as usize];
        let Some(value) = record.get(key).filter(|value| !value.is_null()) else {
            return Field::Nothing;
        };
        match kind {
            Kind::Int | Kind::SomeInt | Kind::Decimal => {
                decimal(&scalar(value), 4).map_or(Field::Nothing, Field::Number)
            }
            Kind::Date | Kind::Stamp => {
                value.as_str().and_then(read_instant).map_or(Field::Nothing, Field::When)
            }
            Kind::Boolean => Field::Flag(value == &json!(true)),
            Kind::String | Kind::Name | Kind::Lookup | Kind::List => {
                value.as_str().map_or(Field::Nothing, |text| Field::Text(Cow::Borrowed(text)))
            }
            Kind::Object => Field::Flag(true),
        }
    }
}
