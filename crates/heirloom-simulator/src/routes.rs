//! From a request to an answer: token, window, path, body, endpoint; and the headers that every answer carries.

use crate::body::Fields;
use crate::facts::RequestSeen;
use crate::limit::Standing;
use crate::reads::{
    contact_query, contact_search, contact_types, find, gift_query, gifts_of, or_missing, organization,
    project_query, tag_list, whole_gift,
};
use crate::reply::Reply;
use crate::request::Call;
use crate::rules::ResetHeader;
use crate::tables::{About, options};
use crate::time::http_date;
use crate::world::World;
use crate::{render, render_contact, submit};
use bytes::Bytes;
use serde_json::{Value, json};

/// Answers a request and writes it into the log of requests.
pub(crate) fn answer(world: &mut World, call: &Call) -> http::Response<Bytes> {
    let known = is_known(world, call);
    let now_ms = world.now_ms;
    let standing = world.used.look(&world.rules, now_ms, known);
    let reply = match (known, standing.allowed) {
        (false, _) => Reply::unauthorized(),
        (true, false) => too_many(world, standing),
        (true, true) => route(world, call),
    };
    world.creating_posts += u64::from(call.creates());
    world.requests.push(RequestSeen {
        at_ms: now_ms,
        method: call.method.clone(),
        path: call.path.clone(),
        status: reply.status,
        creates: call.creates(),
        remaining: standing.remaining,
        reset_ms: standing.reset_ms,
        fault: None,
    });
    dress(world, reply, standing)
}

/// Whether the token is right: `Bearer`, one space, the token, nothing more.
fn is_known(world: &World, call: &Call) -> bool {
    let given = call.authorization.as_deref().and_then(|value| value.split_once(' '));
    given.is_some_and(|(scheme, token)| scheme.eq_ignore_ascii_case("Bearer") && token == world.rules.token)
}

/// Seconds until the reset, at least one.
fn seconds_to(standing: Standing, now_ms: i64) -> i64 {
    (standing.reset_ms - now_ms + 999).div_euclid(1000).max(1)
}

/// 429 with the documented body.
fn too_many(world: &World, standing: Standing) -> Reply {
    let seconds = seconds_to(standing, world.now_ms);
    let message = format!("Rate limit exceeded. Retry after {seconds} seconds.");
    let mut reply =
        Reply::status(429, &json!({"error": {"code": "RATE_LIMITED", "message": message, "details": []}}));
    match world.rules.reset_header {
        ResetHeader::Junk => {}
        ResetHeader::HttpDate => {
            let at_ms = standing.reset_ms + world.rules.clock_skew_ms;
            reply.headers.push(("retry-after", http_date(at_ms)));
        }
        _ => reply.headers.push(("retry-after", seconds.to_string())),
    }
    reply
}

/// Adds the headers of every answer.
fn dress(world: &World, reply: Reply, standing: Standing) -> http::Response<Bytes> {
    let skewed_ms = standing.reset_ms + world.rules.clock_skew_ms;
    let reset = match world.rules.reset_header {
        ResetHeader::Epoch => skewed_ms.div_euclid(1000).to_string(),
        ResetHeader::EpochMs => skewed_ms.to_string(),
        ResetHeader::Relative => seconds_to(standing, world.now_ms).to_string(),
        ResetHeader::HttpDate => http_date(skewed_ms),
        ResetHeader::Junk => "soon".into(),
    };
    let common = [
        ("server", "heirloom-simulator".to_string()),
        ("date", http_date(world.now_ms + world.rules.clock_skew_ms)),
        ("x-ratelimit-limit", standing.limit.to_string()),
        ("x-ratelimit-remaining", standing.remaining.to_string()),
        ("x-ratelimit-reset", reset),
    ];
    let kind = (!reply.kind.is_empty()).then(|| ("content-type", reply.kind.to_string()));
    let mut response = http::Response::new(Bytes::from(reply.body));
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in common.into_iter().chain(kind).chain(reply.headers) {
        if let Ok(value) = http::HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Finds the endpoint.
fn route(world: &mut World, call: &Call) -> Reply {
    let Some(parts) = call.segments() else {
        return Reply::html(400, "A potentially dangerous Request.Path value was detected from the client.");
    };
    let folded: Vec<String> = parts.iter().map(|part| part.to_ascii_lowercase()).collect();
    let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
    let ["api", words @ ..] = folded.as_slice() else {
        return Reply::no_route(&call.path);
    };
    match call.method.as_str() {
        "GET" => get(world, call, words, &parts[1..]),
        "POST" => post(world, call, words),
        _ => Reply::no_route(&call.path),
    }
}

/// Answers a GET.
fn get(world: &World, call: &Call, words: &[&str], parts: &[String]) -> Reply {
    match (words, parts) {
        (["organization", "current"], _) => organization(world),
        (["gift", "queryoptions"], _) => Reply::json(&options(About::Gifts)),
        (["contact", "queryoptions"], _) => Reply::json(&options(About::Contacts)),
        (["contact", "types"], _) => contact_types(world),
        (["contact", "find"], _) => find(world, call),
        (["tag"], _) => Reply::json(&tag_list(world, "")),
        (["project", "code", _], [.., code]) => or_missing(
            world,
            world
                .projects
                .by_word(code)
                .filter(|one| one.code.eq_ignore_ascii_case(code))
                .map(render::project),
        ),
        (["project", id], _) => {
            or_missing(world, number(id).and_then(|id| world.projects.by_id(id)).map(render::project))
        }
        (["gift", "bycontact", id], _) => gifts_of(world, call, id),
        (["gift", id], _) => or_missing(
            world,
            number(id).and_then(|id| world.giving.get(id)).map(|gift| whole_gift(world, gift)),
        ),
        (["gift", _, _], [_, source, id]) => {
            or_missing(world, world.giving.find(source, id).map(|gift| whole_gift(world, gift)))
        }
        (["contact", id], _) => or_missing(
            world,
            number(id).and_then(|id| world.people.get(id)).map(render_contact::full_contact),
        ),
        (["contact", _, _], [_, source, id]) => {
            or_missing(world, world.people.by_reference(source, id).map(render_contact::full_contact))
        }
        _ => Reply::no_route(&call.path),
    }
}

/// Answers a POST.
fn post(world: &mut World, call: &Call, words: &[&str]) -> Reply {
    if call.body.len() > world.rules.body_max as usize {
        return Reply::html(413, "Request Entity Too Large");
    }
    let kind = call.content_type.to_ascii_lowercase();
    if !kind.contains("json") {
        let text = format!("The request entity's media type '{kind}' is not supported for this resource.");
        return Reply::status(415, &json!({ "message": text }));
    }
    let body: Value = match serde_json::from_slice(&call.body) {
        Ok(body) => body,
        Err(_) => {
            return Reply::bad_request(&world.rules, "body", "The request body is not valid JSON.");
        }
    };
    match words {
        ["v2", "gift", "transaction"] => submit::gift(world, &body),
        ["v2", "gift", "transactions"] => submit::gifts(world, &body),
        ["contact", "transaction"] => submit::contact(world, &body),
        ["contact", "batch"] => submit::contacts(world, &body),
        ["gift", "query"] => gift_query(world, call, &body, false),
        ["gift", "query", "fullgift"] => gift_query(world, call, &body, true),
        ["contact", "query"] => contact_query(world, call, &body, false),
        ["contact", "query", "fullcontact"] => contact_query(world, call, &body, true),
        ["contact", "search"] => contact_search(world, call, &body),
        ["project", "query"] => project_query(world, call, &body),
        ["tag", "search"] => Reply::json(&tag_list(
            world,
            &Fields::of(&body).map(|fields| fields.text("search")).unwrap_or_default(),
        )),
        _ => Reply::no_route(&call.path),
    }
}

/// A number in a path.
fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}
