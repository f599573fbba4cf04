//! From a request to an answer: token, window, path, body, endpoint; and the headers that every answer carries.

use crate::body::{Fields, scalar};
use crate::facts::RequestSeen;
use crate::limit::Standing;
use crate::people::People;
use crate::query::Query;
use crate::reply::Reply;
use crate::request::Call;
use crate::rules::ResetHeader;
use crate::tables::{About, Contacts, Gifts, options};
use crate::time::http_date;
use crate::world::World;
use crate::{render, submit};
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
    let mut reply = Reply::status(429, &json!({"error": {"code": "RATE_LIMITED", "message": message, "details": []}}));
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
    *response.status_mut() = http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
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
    let ["api", words @ ..] = folded.as_slice() else { return Reply::no_route(&call.path) };
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
        (["project", "code", _], [.., code]) => or_missing(world, world.projects.by_word(code).filter(|one| one.code.eq_ignore_ascii_case(code)).map(render::project)),
        (["project", id], _) => or_missing(world, number(id).and_then(|id| world.projects.by_id(id)).map(render::project)),
        (["gift", "bycontact", id], _) => gifts_of(world, call, id),
        (["gift", id], _) => or_missing(world, number(id).and_then(|id| world.giving.get(id)).map(|gift| whole_gift(world, gift))),
        (["gift", _, _], [_, source, id]) => or_missing(world, world.giving.find(source, id).map(|gift| whole_gift(world, gift))),
        (["contact", id], _) => or_missing(world, number(id).and_then(|id| world.people.get(id)).map(render::full_contact)),
        (["contact", _, _], [_, source, id]) => or_missing(world, world.people.by_reference(source, id).map(render::full_contact)),
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
        Err(_) => return Reply::bad_request(&world.rules, "body", "The request body is not valid JSON."),
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
        ["tag", "search"] => Reply::json(&tag_list(world, &Fields::of(&body).map(|fields| fields.text("search")).unwrap_or_default())),
        _ => Reply::no_route(&call.path),
    }
}

/// A number in a path.
fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// A record, or 404.
fn or_missing(world: &World, found: Option<Value>) -> Reply {
    found.map_or_else(|| Reply::missing(&world.rules), |value| Reply::json(&value))
}

/// `Organization/Current`.
fn organization(world: &World) -> Reply {
    Reply::json(&json!({
        "organizationUserId": world.rules.organization_id,
        "organizationName": world.rules.organization_name(),
        "organizationTimeZone": world.rules.zone,
        "organizationCulture": "en-US",
        "currentUserTimeZone": world.rules.zone,
        "isAdministrator": true,
        "isEnabled": true,
    }))
}

/// `Contact/Types`.
fn contact_types(world: &World) -> Reply {
    let parents = ["Household", "Organization", "Foundation"].map(|one| json!({"parentType": one, "type": one}));
    let custom = world.rules.contact_types.iter().map(|one| json!({"parentType": "Organization", "type": one}));
    Reply::json(&Value::Array(parents.into_iter().chain(custom).collect()))
}

/// `Contact/Find`: the reference wins over the e-mail.
fn find(world: &World, call: &Call) -> Reply {
    let people: &People = &world.people;
    let found = match (call.parameter("referenceSource"), call.parameter("referenceId"), call.parameter("email")) {
        (Some(source), Some(id), _) => people.by_reference(&source, &id),
        (_, _, Some(email)) => people.by_email(&email),
        _ => return Reply::bad_request(&world.rules, "email", "An email or a reference is required."),
    };
    or_missing(world, found.map(render::full_contact))
}

/// A whole gift.
fn whole_gift(world: &World, gift: &crate::facts::GiftRecord) -> Value {
    let name = world.people.get(gift.contact_id).map_or("", |contact| contact.name.as_str());
    let project = |id: i64| world.projects.by_id(id).map_or(String::new(), |project| project.name.clone());
    render::full_gift(gift, name, &world.rules.currency, &project)
}

/// `{list, total}`.
fn list(items: Vec<Value>, total: usize) -> Reply {
    Reply::json(&json!({"list": items, "total": total}))
}

/// `Gift/Query` and `Gift/Query/FullGift`.
fn gift_query(world: &World, call: &Call, body: &Value, whole: bool) -> Reply {
    let table = Gifts(world);
    let query = match Query::read(body, &table, &|name| call.parameter(name)) {
        Ok(query) => query,
        Err(text) => return Reply::bad_request(&world.rules, "query", &text),
    };
    let (page, total) = query.run(&table);
    let gifts = page.iter().map(|at| &world.giving.gifts[*at as usize]);
    let items = gifts.map(|gift| if whole { whole_gift(world, gift) } else { render::short_gift(gift, &world.rules.currency) });
    list(items.collect(), total)
}

/// `Gift/ByContact/{id}`.
fn gifts_of(world: &World, call: &Call, id: &str) -> Reply {
    let body = json!({"groups": [{"conditions": [{"parameter": "Contact Id", "operator": "Is", "value": id}]}]});
    gift_query(world, call, &body, false)
}

/// `Contact/Query` and `Contact/Query/FullContact`.
fn contact_query(world: &World, call: &Call, body: &Value, whole: bool) -> Reply {
    let table = Contacts(world);
    let query = match Query::read(body, &table, &|name| call.parameter(name)) {
        Ok(query) => query,
        Err(text) => return Reply::bad_request(&world.rules, "query", &text),
    };
    let (page, total) = query.run(&table);
    let contacts = page.iter().map(|at| &world.people.contacts[*at as usize]);
    let items = contacts.map(|contact| if whole { render::full_contact(contact) } else { render::short_contact(contact) });
    list(items.collect(), total)
}

/// `skip` and `take` of the URL.
fn window(call: &Call) -> (usize, usize) {
    let count = |name: &str, default| call.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    (count("skip", 0), count("take", 10).min(1000))
}

/// `Contact/Search`: free text in names, e-mails and phones.
fn contact_search(world: &World, call: &Call, body: &Value) -> Reply {
    let wanted = Fields::of(body).map(|fields| fields.text("search").to_lowercase()).unwrap_or_default();
    let contacts = world.people.contacts.iter().map(render::short_contact);
    let has = |contact: &Value| {
        let texts = ["name", "email", "phone"].map(|name| contact.get(name).map(scalar).unwrap_or_default());
        texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    };
    let found: Vec<Value> = contacts.filter(has).collect();
    let (skip, take) = window(call);
    let total = found.len();
    list(found.into_iter().skip(skip).take(take).collect(), total)
}

/// `Project/Query`: conditions on code, name and activity; anything else is ignored.
fn project_query(world: &World, call: &Call, body: &Value) -> Reply {
    let fields = Fields::of(body);
    let body_count = |name: &str| fields.and_then(|fields| fields.int(name)).and_then(|count| usize::try_from(count).ok());
    let url_count = |name: &str| call.parameter(name).and_then(|text| text.parse::<usize>().ok());
    let take = url_count("take").or(body_count("take")).unwrap_or(10);
    if take > 1000 {
        return Reply::bad_request(&world.rules, "query", "'take' must not exceed 1000.");
    }
    let skip = url_count("skip").or(body_count("skip")).unwrap_or(0);
    let all = &world.projects.all;
    list(all.iter().skip(skip).take(take).map(render::project).collect(), all.len())
}

/// `Tag` and `Tag/Search`.
fn tag_list(world: &World, search: &str) -> Value {
    let wanted = search.to_lowercase();
    let tags = world.tags.iter().enumerate().filter(|(_, tag)| tag.to_lowercase().contains(&wanted));
    let items: Vec<Value> = tags.map(|(at, tag)| json!({"id": at + 1, "tagName": tag})).collect();
    let total = items.len();
    json!({"list": items, "total": total})
}
