//! Tests at the door: hand-written HTTP in, bytes and effects out. Helpers here, claims in the files beside.

mod anything;
mod credits;
mod faults;
mod lag;
mod manual;
mod nights;
mod queries;
mod repeats;
mod robust;
mod served;
mod shapes;
mod speed;
mod writes;

use crate::*;
use bytes::Bytes;
use serde_json::{Value, json};

/// Sunday 2026-11-22, 18:00 in Phoenix.
pub(crate) const T0: i64 = 1_795_395_600_000;
pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 24 * HOUR;
pub(crate) const TOKEN: &str = "Bearer heirloom-simulator";

/// A world with two projects, one closed project, and a donor who exists.
pub(crate) fn world_of(rules: Rules) -> World {
    let mut world = World::new(rules);
    world.seed_project("GEN", "General Fund", true);
    world.seed_project("BLDG", "Building", true);
    world.seed_project("OLD", "Closed Fund", false);
    world.seed_contact(
        SeedContact::person("Ada", "Example").email("ada@example.org").phone("480-555-0142").address(
            "12 Elm St",
            "Mesa",
            "AZ",
            "85201",
        ),
    );
    world
}

pub(crate) fn world() -> World {
    world_of(Rules::default())
}

pub(crate) fn request(method: &str, path: &str, body: &str) -> http::Request<Bytes> {
    http::Request::builder()
        .method(method)
        .uri(path)
        .header("Authorization", TOKEN)
        .header("Content-Type", "application/json")
        .body(Bytes::from(body.to_string()))
        .unwrap()
}

/// Status and body.
pub(crate) fn send(world: &mut World, now: i64, method: &str, path: &str, body: &str) -> (u16, String) {
    let response = world.handle(now, request(method, path, body));
    (response.status().as_u16(), String::from_utf8(response.into_body().to_vec()).unwrap())
}

pub(crate) fn post(world: &mut World, path: &str, body: &Value) -> (u16, String) {
    send(world, T0, "POST", path, &body.to_string())
}

pub(crate) fn get(world: &mut World, path: &str) -> (u16, Value) {
    let (status, body) = send(world, T0, "GET", path, "");
    (status, serde_json::from_str(&body).unwrap_or(Value::Null))
}

/// A gift of Ada's.
pub(crate) fn gift(id: &str, amount: &str) -> Value {
    json!({
        "transactionSource": "Legacy", "transactionId": id,
        "contact": {"referenceId": "D-1", "firstname": "Ada", "lastname": "Example", "email": "ada@example.org"},
        "giftDate": "2016-11-29", "giftType": "Check", "amount": amount, "checkNumber": "1087", "batch": "B-1",
        "designations": [{"code": "GEN", "amountDesignated": amount}]
    })
}

pub(crate) fn gift_list(items: &[Value]) -> Value {
    json!({"transactionSource": "Legacy", "transactions": items})
}

/// A gift of a donor nobody knows.
pub(crate) fn stranger_gift(id: &str, donor: &str) -> Value {
    let mut body = gift(id, "10.00");
    body["contact"] = json!({"referenceId": donor, "type": "Household", "firstname": "New", "lastname": donor, "email": format!("{donor}@example.net")});
    body
}

pub(crate) fn contact(reference: &str, first: &str, last: &str) -> Value {
    json!({"referenceId": reference, "contactType": "Household", "firstName": first, "lastName": last})
}

pub(crate) fn contact_list(items: &[Value]) -> Value {
    json!({"referenceSource": "Legacy", "contacts": items})
}

/// How often an effect happened.
pub(crate) fn count(world: &World, kind: EffectKind) -> usize {
    world.log().iter().filter(|effect| effect.kind == kind).count()
}

pub(crate) const GIFT: &str = "/api/v2/Gift/Transaction";
pub(crate) const GIFTS: &str = "/api/v2/Gift/Transactions";
pub(crate) const CONTACT: &str = "/api/Contact/Transaction";
pub(crate) const CONTACTS: &str = "/api/Contact/Batch";
