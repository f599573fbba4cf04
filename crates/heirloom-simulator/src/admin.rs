//! The door for the person and the test at `/_sim/`: nights, Run, discards, seeds, the clock, and what the world knows.

use crate::facts::SeedContact;
use crate::request::Call;
use crate::rules::Rules;
use crate::serve::Kept;
use crate::world::World;
use bytes::Bytes;
use http::Request;
use serde::Serialize;
use serde_json::{Value, json};

/// Answers an admin request with JSON; 404 with the list of doors for a path that is none.
pub(crate) fn answer(kept: &mut Kept, request: &Request<Bytes>) -> http::Response<Bytes> {
    let call = Call::of(request.clone());
    let name = call.path.trim_start_matches("/_sim/").trim_end_matches('/').to_string();
    let (status, body) = match call.method.as_str() {
        "GET" => ask(&kept.world, &call, &name),
        "POST" => act(kept, &call, &name),
        _ => (405, problem("only GET and POST")),
    };
    let mut response = http::Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::BAD_REQUEST);
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    response.headers_mut().insert("server", http::HeaderValue::from_static("heirloom-simulator"));
    response
}

/// A sentence about what is wrong.
fn problem(text: &str) -> Value {
    json!({ "message": text })
}

/// Tells what the world knows; lists may be asked from a place on with `?from=`.
fn ask(world: &World, call: &Call, name: &str) -> (u16, Value) {
    let from = call.parameter("from").and_then(|text| text.parse().ok()).unwrap_or(0);
    let found = match name {
        "log" => list(world.log(), from),
        "requests" => list(world.requests(), from),
        "imports" => list(&world.imports(), from),
        "gifts" => list(world.gifts(), from),
        "contacts" => list(world.contacts(), from),
        "projects" => list(world.projects(), from),
        "tags" => list(world.tags(), from),
        "webhooks" => list(world.deliveries(), from),
        "rules" => serde_json::to_value(world.rules()).unwrap_or(Value::Null),
        "" => summary(world),
        _ => return (404, doors()),
    };
    (200, found)
}

/// A part of a list.
fn list<T: Serialize>(items: &[T], from: usize) -> Value {
    serde_json::to_value(items.get(from..).unwrap_or_default()).unwrap_or(Value::Null)
}

/// Counts.
fn summary(world: &World) -> Value {
    json!({
        "organization": world.rules().organization_name(),
        "requests": world.requests().len(),
        "creatingPosts": world.creating_posts(),
        "held": world.held(),
        "imports": world.imports().len(),
        "gifts": world.gifts().len(),
        "contacts": world.contacts().len(),
        "otherRecords": world.shelves.len(),
        "webhooks": world.deliveries().len(),
        "nextMidnightMs": world.next_midnight_ms(),
    })
}

/// What there is.
fn doors() -> Value {
    json!({
        "GET": ["", "log", "requests", "imports", "gifts", "contacts", "projects", "tags", "webhooks", "rules"],
        "POST": ["night", "run", "run?import=", "discard?import=", "discard?source=&id=", "clock?advance_ms=", "project", "contact", "tag?name=", "merge?from=&into=", "trigger?event=&id=", "campaign?name=", "signout", "rules", "reset", "stop"],
    })
}

/// Does what a person would.
fn act(kept: &mut Kept, call: &Call, name: &str) -> (u16, Value) {
    let now_ms = kept.now_ms();
    let world = &mut kept.world;
    let number = |name: &str| call.parameter(name).and_then(|text| text.parse::<i64>().ok());
    let done = |done: bool| (if done { 200 } else { 404 }, json!({ "done": done }));
    match name {
        "night" => {
            world.advance(now_ms);
            world.midnight(now_ms);
            (200, summary(world))
        }
        "run" => match call.parameter("import") {
            Some(import) => done(import.parse().is_ok_and(|id| world.run_import(id, now_ms))),
            None => {
                world.run_imports(now_ms);
                (200, summary(world))
            }
        },
        "discard" => match (call.parameter("import"), call.parameter("source"), call.parameter("id")) {
            (Some(import), ..) => done(world.discard_import(&import, now_ms)),
            (None, Some(source), Some(id)) => done(world.discard_row(&source, &id, now_ms)),
            _ => (400, problem("name an import, or a source and an id")),
        },
        "clock" => {
            kept.ahead_ms = kept.ahead_ms.saturating_add(number("advance_ms").unwrap_or(0).max(0));
            let now_ms = kept.now_ms();
            kept.world.advance(now_ms);
            (200, json!({ "nowMs": now_ms }))
        }
        "merge" => done(
            number("from")
                .zip(number("into"))
                .is_some_and(|(from, into)| world.merge_contacts(from, into, now_ms)),
        ),
        "trigger" => {
            let event = call.parameter("event").unwrap_or_default();
            match world.trigger(&event, number("id"), now_ms) {
                Some(deliveries) => (200, json!({ "deliveries": deliveries })),
                None => (404, problem("there is no such event, or no record that it could be about")),
            }
        }
        "campaign" => {
            (200, json!({ "id": world.seed_campaign(&call.parameter("name").unwrap_or_default()) }))
        }
        "signout" => {
            world.keys.revoke();
            done(true)
        }
        "tag" => {
            world.seed_tag(&call.parameter("name").unwrap_or_default());
            done(true)
        }
        _ => set(world, call, name),
    }
}

/// Takes a JSON body: a project, a contact, other rules, or a new world.
fn set(world: &mut World, call: &Call, name: &str) -> (u16, Value) {
    let wrong = |error: serde_json::Error| (400, problem(&format!("the body will not do: {error}")));
    match name {
        "project" => match serde_json::from_slice::<Value>(&call.body) {
            Ok(body) => {
                let text =
                    |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_string();
                let active = body.get("active").and_then(Value::as_bool).unwrap_or(true);
                (200, json!({ "id": world.seed_project(&text("code"), &text("name"), active) }))
            }
            Err(error) => wrong(error),
        },
        "contact" => match serde_json::from_slice::<SeedContact>(&call.body) {
            Ok(contact) => (200, json!({ "id": world.seed_contact(contact) })),
            Err(error) => wrong(error),
        },
        "rules" | "reset" => {
            let kept = if call.body.is_empty() {
                Ok(world.rules().clone())
            } else {
                serde_json::from_slice::<Rules>(&call.body)
            };
            match kept {
                Ok(rules) if name == "reset" => *world = World::new(rules),
                Ok(rules) => *world.rules_mut() = rules,
                Err(error) => return wrong(error),
            }
            (200, summary(world))
        }
        _ => (404, doors()),
    }
}
