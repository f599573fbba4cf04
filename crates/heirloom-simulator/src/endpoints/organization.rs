//! Who is asked: the organization, and what this token may do there.

use super::{Route, list};
use crate::reply::Reply;
use crate::world::World;
use serde_json::{Value, json};

pub(super) const ROUTES: [Route; 5] = [
    ("GET", "api/Organization/Current", |world, _| Reply::json(&organization(world))),
    ("GET", "api/Organization", |world, _| list(vec![organization(world)], 1)),
    ("PUT", "api/Organization/Switch", |world, asked| {
        let wanted = asked.fields(world).ok().and_then(|fields| fields.int("organizationUserId"));
        if wanted == Some(world.rules.organization_id) {
            Reply::json(&organization(world))
        } else {
            Reply::missing(&world.rules)
        }
    }),
    ("GET", "api/Permission", |world, _| Reply::json(&permissions(world))),
    ("GET", "api/Health", |_, _| Reply::json(&json!({"status": "Healthy"}))),
];

/// The organization.
fn organization(world: &World) -> Value {
    json!({
        "organizationUserId": world.rules.organization_id,
        "organizationName": world.rules.organization_name(),
        "organizationTimeZone": world.rules.zone,
        "organizationCulture": "en-US",
        "currentUserTimeZone": world.rules.zone,
        "isAdministrator": true,
        "isEnabled": true,
    })
}

/// Modules and actions, each allowed or not.
fn permissions(world: &World) -> Vec<Value> {
    let modules = ["Contact", "Gift", "Project", "Campaign", "Segment", "Webhook"];
    let actions = ["View", "Create", "Edit", "Delete"];
    let allowed = |module: &str| !world.rules.no_access.iter().any(|one| one.eq_ignore_ascii_case(module));
    let pairs = modules.into_iter().flat_map(|module| actions.map(|action| (module, action)));
    pairs
        .map(|(module, action)| json!({"module": module, "action": action, "allowed": allowed(module)}))
        .collect()
}
