//! Custom fields: which names an organization takes, what their values must be, and how they are read back.

use crate::body::scalar;
use crate::habits::{CustomField, Unknown};
use crate::reply::Complaint;
use crate::time::read_iso_day;
use crate::world::World;
use serde_json::{Map, Value, json};

/// The custom field of a resource by its name in any case.
fn known<'w>(world: &'w World, resource: &str, name: &str) -> Option<&'w CustomField> {
    let mut own = world.rules.custom_fields.iter();
    own.find(|one| one.resource.eq_ignore_ascii_case(resource) && one.name.eq_ignore_ascii_case(name))
}

/// Whether a value has the form that its field's type asks for; an empty one clears any field.
fn fits(field: &CustomField, value: &str) -> bool {
    match field.data_type.as_str() {
        _ if value.is_empty() => true,
        "Date" => read_iso_day(value).is_some(),
        "Boolean" => ["true", "false"].contains(&value),
        "Dropdown" => field.options.iter().any(|option| option == value),
        _ => true,
    }
}

/// Custom fields as the organization takes them: known ones under their own names, unknown ones and values that do not fit
/// as its rules say. An empty value is kept, for `fill` to clear what stood there.
pub(crate) fn custom_fields(
    world: &World,
    resource: &str,
    sent: Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Complaint>> {
    let mut taken = Map::new();
    let mut wrong = Vec::new();
    let mut complain = |code: &'static str, text: String| {
        wrong.push(Complaint { field: "customFields".into(), code, text });
    };
    for (name, value) in sent {
        let field = known(world, resource, &name);
        let (odd, rule) = match field {
            None => (true, world.rules.unknown_custom_fields),
            Some(field) => (!fits(field, &scalar(&value)), world.rules.wrong_custom_values),
        };
        match (odd, rule) {
            (true, Unknown::Ignored) => {}
            (true, Unknown::Refused) if field.is_some() => {
                complain("INVALID", format!("The value of the custom field '{name}' is not valid."));
            }
            (true, Unknown::Refused) => {
                complain("UNKNOWN_CUSTOM_FIELD", format!("The custom field '{name}' does not exist."));
            }
            _ => {
                taken.insert(field.map_or(name, |field| field.name.clone()), value);
            }
        }
    }
    if wrong.is_empty() { Ok(taken) } else { Err(wrong) }
}

/// Puts values into what there is; an empty one clears its field.
pub(crate) fn fill(own: &mut Map<String, Value>, sent: Map<String, Value>) {
    own.extend(sent);
    own.retain(|_, value| !scalar(value).is_empty());
}

/// Values as they are kept of something new.
pub(crate) fn filled(sent: Map<String, Value>) -> Map<String, Value> {
    let mut own = Map::new();
    fill(&mut own, sent);
    own
}

/// Custom fields as they are read: an array of names and values.
pub(crate) fn shown(world: &World, resource: &str, fields: &Map<String, Value>) -> Vec<Value> {
    let one = |(name, value): (&String, &Value)| {
        let kind = known(world, resource, name).map_or("Text", |field| &field.data_type);
        json!({"dataType": kind, "name": name, "value": scalar(value), "displayName": null})
    };
    fields.iter().map(one).collect()
}
