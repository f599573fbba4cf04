//! What queries may ask of gifts, designations and contacts: tables of parameters, each with how its value is found.

mod contacts;
mod designations;
mod gifts;

pub(crate) use contacts::Contacts;
pub(crate) use designations::{Designations, Part};
pub(crate) use gifts::Gifts;

use crate::body::scalar;
use crate::operators::Kind;
use crate::query::Field;
use crate::time::{self, day_ms, read_instant};
use crate::world::World;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A parameter, its type, and its value of a record.
pub(crate) type Column<R> = (&'static str, Kind, for<'a> fn(&'a World, &'a R) -> Field<'a>);

/// The custom fields of a resource, which are parameters too.
fn custom_parameters<'w>(world: &'w World, resource: &str) -> Vec<(&'w str, Kind)> {
    let own = world.rules.custom_fields.iter().filter(|one| one.resource.eq_ignore_ascii_case(resource));
    let kind = |word: &str| match word {
        "Number" | "Currency" => Kind::Decimal,
        "Date" => Kind::Date,
        "Boolean" => Kind::Boolean,
        "Dropdown" | "List" => Kind::List,
        _ => Kind::String,
    };
    own.map(|one| (one.name.as_str(), kind(&one.data_type))).collect()
}

/// The value of the custom field that stands at `at` among those of its resource.
fn custom_value<'w>(
    world: &'w World,
    resource: &str,
    at: usize,
    values: Option<&'w Map<String, Value>>,
) -> Field<'w> {
    let Some((name, kind)) = custom_parameters(world, resource).get(at).copied() else {
        return Field::Nothing;
    };
    let Some(text) = values.and_then(|values| values.get(name)).map(scalar).filter(|text| !text.is_empty())
    else {
        return Field::Nothing;
    };
    match kind {
        Kind::Decimal => crate::body::decimal(&text, 4).map_or(Field::Nothing, Field::Number),
        Kind::Date => day(&text),
        Kind::Boolean => Field::Flag(text.eq_ignore_ascii_case("true")),
        _ => Field::Text(Cow::Owned(text)),
    }
}

/// A date written `YYYY-MM-DD` as a field.
fn day(iso: &str) -> Field<'static> {
    read_instant(iso).map_or(Field::Nothing, Field::When)
}

/// The day of an instant in the organization's zone, as a field.
fn day_of(world: &World, ms: i64) -> Field<'static> {
    Field::When(day_ms(time::day(world.zone(), ms)))
}

/// An integer as a field.
fn int(number: i64) -> Field<'static> {
    Field::Number(number.saturating_mul(10_000))
}

/// A text as a field; empty is nothing.
fn words(text: &str) -> Field<'_> {
    if text.is_empty() { Field::Nothing } else { Field::Text(Cow::Borrowed(text)) }
}

/// No value, whatever the record.
fn nothing<'a, R>(_world: &'a World, _record: &'a R) -> Field<'a> {
    Field::Nothing
}
