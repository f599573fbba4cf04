//! What may be written where: custom fields, non-cash types, kinds of e-mail and phone.

use super::{Route, list};
use crate::reply::Reply;
use crate::world::World;
use serde_json::{Value, json};

pub(super) const ROUTES: [Route; 7] = [
    ("GET", "api/Gift/CustomFields", |world, _| custom(world, "Gift")),
    ("GET", "api/Contact/CustomFields", |world, _| custom(world, "Contact")),
    ("GET", "api/ContactIndividual/CustomFields", |world, _| custom(world, "ContactIndividual")),
    ("GET", "api/Project/CustomFields", |world, _| custom(world, "Project")),
    ("GET", "api/Contact/CustomCollections", |_, _| Reply::json(&[(); 0])),
    ("GET", "api/Gift/NonCashGiftTypes", |world, _| {
        let types = world.rules.non_cash_types.iter().enumerate();
        let types: Vec<Value> =
            types.map(|(at, name)| json!({"id": at + 1, "name": name, "isEnabled": true})).collect();
        let total = types.len();
        list(types, total)
    }),
    ("GET", "api/ContactMethod/Types", |_, _| Reply::json(&METHODS)),
];

/// Kinds of e-mail, phone and other methods.
const METHODS: [&str; 16] = [
    "Home Email",
    "Work Email",
    "Other Email",
    "Home Phone",
    "Mobile Phone",
    "Work Phone",
    "Other Phone",
    "Fax",
    "Facebook",
    "Instagram",
    "Twitter",
    "LinkedIn",
    "Skype",
    "Web",
    "RSS",
    "Other",
];

/// The custom fields of a resource.
fn custom(world: &World, resource: &str) -> Reply {
    let own = world.rules.custom_fields.iter().filter(|one| one.resource.eq_ignore_ascii_case(resource));
    let shown = own.map(|one| {
        json!({"name": one.name, "displayName": one.name, "dataType": one.data_type, "options": one.options})
    });
    Reply::json(&shown.collect::<Vec<_>>())
}
