//! From a request to an answer: token, window, path, body, endpoint; and the headers that every answer carries.

use crate::endpoints::{Asked, ROUTES, Route};
use crate::facts::RequestSeen;
use crate::habits::ResetHeader;
use crate::lenient;
use crate::limit::Standing;
use crate::reply::Reply;
use crate::request::Call;
use crate::time::http_date;
use crate::world::World;
use bytes::Bytes;
use serde_json::{Value, json};

/// Answers a request and writes it into the log of requests.
pub(crate) fn answer(world: &mut World, call: &Call) -> http::Response<Bytes> {
    let known = call.is_token_request() || world.keys.opens(&world.rules, call.bearer(), world.now_ms);
    let now_ms = world.now_ms;
    let standing = world.used.look(&world.rules, now_ms, known);
    let reply = match (known, standing.allowed) {
        (false, _) => Reply::unauthorized(&world.rules),
        (true, false) => too_many(world, standing),
        (true, true) => route(world, call),
    };
    world.publish();
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

/// Finds the endpoint and asks it.
fn route(world: &mut World, call: &Call) -> Reply {
    let Some(parts) = call.segments() else {
        return Reply::html(400, "A potentially dangerous Request.Path value was detected from the client.");
    };
    let found = ROUTES.iter().copied().flatten().filter_map(|route| Some((route, captured(route, &parts)?)));
    let mut fitting: Vec<(&Route, Vec<String>)> = found.collect();
    // A literal path is preferred to one with blanks in it.
    fitting.sort_by_key(|(_, blanks)| blanks.len());
    let Some((_, blanks)) = fitting.first() else {
        return Reply::no_route(&call.path);
    };
    let fewest = blanks.len();
    let method = call.method.as_str();
    let of_method = fitting.into_iter().find(|(route, blanks)| route.0 == method && blanks.len() == fewest);
    let Some((route, blanks)) = of_method else {
        let text = format!("The requested resource does not support http method '{method}'.");
        return Reply::status(405, &json!({ "message": text }));
    };
    if world.rules.no_access.iter().any(|resource| is_of(route, resource)) {
        return Reply::forbidden(&world.rules);
    }
    match read_body(world, call) {
        Ok(body) => (route.2)(world, &Asked { call, blanks, body }),
        Err(refusal) => refusal,
    }
}

/// Whether a route belongs to a resource.
fn is_of(route: &Route, resource: &str) -> bool {
    let words = route.1.trim_start_matches("api/").trim_start_matches("v2/");
    words.split('/').next().is_some_and(|word| word.eq_ignore_ascii_case(resource))
}

/// What stands in the blanks of a route; none when the path is another.
fn captured(route: &Route, parts: &[String]) -> Option<Vec<String>> {
    let mut words = route.1.split('/');
    let mut blanks = Vec::new();
    for part in parts {
        let word = words.next()?;
        if word.starts_with('{') {
            blanks.push(part.clone());
        } else if !word.eq_ignore_ascii_case(part) {
            return None;
        }
    }
    words.next().is_none().then_some(blanks)
}

/// Reads a body as tolerantly as the vendor's platform does; no body is null.
fn read_body(world: &World, call: &Call) -> Result<Value, Reply> {
    if call.body.len() > world.rules.body_max as usize {
        return Err(Reply::html(413, "Request Entity Too Large"));
    }
    if call.body.is_empty() || call.is_token_request() || call.method == "GET" {
        return Ok(Value::Null);
    }
    let kind = call.content_type.to_ascii_lowercase();
    if !kind.contains("json") {
        let text = format!("The request entity's media type '{kind}' is not supported for this resource.");
        return Err(Reply::status(415, &json!({ "message": text })));
    }
    lenient::read(&call.body)
        .ok_or_else(|| Reply::bad_request(&world.rules, "body", "The request body is not valid JSON."))
}
