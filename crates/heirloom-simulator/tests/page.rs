//! The simulator against the documentation, page section by page section: raw HTTP in, raw HTTP out.
//!
//! The rows stand in `page/*.http`, written by hand in the words of the documentation and not of any code here; this file
//! only carries them over a loopback socket with the standard library. A row:
//!
//! ```text
//! ## 4.1 [C] a transaction is answered with an empty 200      section of the page, confidence of the fact, claim
//! ! world {"limit": 2}                                        habits of the world, where they are not the likeliest
//! > POST /api/v2/Gift/Transaction                             request: line, headers, body
//! {"transactionId": "1"}
//! < 200                                                       reply: status, headers, body
//! < Content-Length: 0
//! @ token = /access_token                                     keeps a part of the reply for {token} further on
//! ! night                                                     what a person at the vendor's screen does: /_sim/night
//! ```
//!
//! An expected body that begins with `=` is the whole body, `~` a part of its text, `-` none at all; JSON must be in the
//! reply with at least these fields (`"<any>"` is any value, `"<none>"` a field that must not be there).

#![allow(clippy::unwrap_used)]

use heirloom_simulator::serve::{ServeOptions, Served, start};
use heirloom_simulator::{Rules, SeedContact, World, served_paths};
use hmac::{KeyInit, Mac};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

/// The sections of the page that every reader of it will want to see held.
const SECTIONS: [&str; 20] = [
    "1", "1.1", "1.2", "1.3", "1.4", "2", "3.1", "3.2", "3.3", "4.1", "4.1.1", "4.1.2", "4.2", "4.3", "4.4",
    "4.5", "4.6", "4.7", "4.8", "4.9",
];
const MORE_SECTIONS: [&str; 7] = ["4.10", "4.11", "4.12", "5.1", "5.2", "5.3", "6"];

/// How sure the page is: official, a digest of the official pages, seen in clients, inferred.
const MARKS: [&str; 4] = ["D", "D2", "C", "I"];

/// A row of a file.
struct Row {
    section: String,
    mark: String,
    claim: String,
    steps: Vec<Step>,
}

/// What happens in a row.
#[derive(Debug)]
enum Step {
    World(String),
    Admin(String),
    Send { line: String, headers: Vec<String>, body: String },
    Expect { status: u16, headers: Vec<String>, body: String },
    Keep { name: String, pointer: String },
}

/// Reads a file of rows.
fn read(text: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("## ") {
            let (section, rest) = head.split_once(" [").expect(line);
            let (mark, claim) = rest.split_once("] ").expect(line);
            rows.push(Row {
                section: section.into(),
                mark: mark.into(),
                claim: claim.into(),
                steps: Vec::new(),
            });
            continue;
        }
        let Some(row) = rows.last_mut() else { continue };
        let of = |mark: &str| line.strip_prefix(mark).map(str::to_string);
        if let Some(rest) = of("! ") {
            row.steps.push(match rest.strip_prefix("world ") {
                Some(rules) => Step::World(rules.into()),
                None => Step::Admin(rest),
            });
        } else if let Some(rest) = of("> ") {
            let starts =
                ["GET ", "POST ", "PUT ", "PATCH ", "DELETE "].iter().any(|verb| rest.starts_with(verb));
            match row.steps.last_mut() {
                Some(Step::Send { headers, .. }) if !starts => headers.push(rest),
                _ => row.steps.push(Step::Send { line: rest, headers: Vec::new(), body: String::new() }),
            }
        } else if let Some(rest) = of("< ") {
            match (row.steps.last_mut(), rest.parse()) {
                (_, Ok(status)) => {
                    row.steps.push(Step::Expect { status, headers: Vec::new(), body: String::new() });
                }
                (Some(Step::Expect { headers, .. }), _) => headers.push(rest),
                _ => panic!("a header without a status: {line}"),
            }
        } else if let Some(rest) = of("@ ") {
            let (name, pointer) = rest.split_once(" = ").expect(line);
            row.steps.push(Step::Keep { name: name.into(), pointer: pointer.into() });
        } else if !line.trim().is_empty() {
            match row.steps.last_mut() {
                Some(Step::Send { body, .. } | Step::Expect { body, .. }) => {
                    body.push_str(line);
                    body.push('\n');
                }
                _ => panic!("a line that belongs to nothing: {line}"),
            }
        }
    }
    rows
}

/// An answer as it came over the wire.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// One HTTP/1.1 exchange over a connection of its own.
fn exchange(at: SocketAddr, line: &str, headers: &[String], body: &str) -> Answer {
    let named = |name: &str| headers.iter().any(|header| header.to_lowercase().starts_with(name));
    let mut head = format!("{line} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n");
    if !named("authorization") {
        head += "Authorization: Bearer heirloom-simulator\r\n";
    }
    if !named("content-type") && !body.is_empty() {
        head += "Content-Type: application/json\r\n";
    }
    for header in headers {
        head += &format!("{header}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut raw = Vec::new();
    stream.read_to_end(&mut raw).unwrap();
    let text = String::from_utf8(raw).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Answer { status: head[9..12].parse().unwrap(), head: head.into(), body: body.into() }
}

/// A served world with three projects and one donor.
fn serve(rules: &str) -> Served {
    let rules: Rules = serde_json::from_str(rules).expect(rules);
    let mut world = World::new(rules);
    world.seed_project("GEN", "General Fund", true);
    world.seed_project("WELLS", "Clean Wells", true);
    world.seed_project("OLD", "Closed Fund", false);
    world.seed_tag("Migrated");
    world.seed_campaign("Year End 2016");
    let donor = SeedContact::person("Ada", "Example").email("ada@example.org").phone("480-555-0142");
    world.seed_contact(donor.reference("Legacy", "D-1").address("12 Elm St", "Mesa", "AZ", "85201"));
    start(world, 0, ServeOptions::default()).unwrap()
}

/// Whether a reply has what was expected of it.
fn has(expected: &Value, found: &Value, at: &str) -> Result<(), String> {
    match (expected, found) {
        (Value::String(any), found) if any == "<any>" && !found.is_null() => Ok(()),
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                match (value.as_str(), found.get(key)) {
                    (Some("<none>"), None) => {}
                    (_, Some(found)) => has(value, found, &format!("{at}/{key}"))?,
                    (_, None) => return Err(format!("{at}/{key} is not there")),
                }
            }
            Ok(())
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let mut pairs = expected.iter().zip(found).enumerate();
            pairs.try_for_each(|(place, (one, other))| has(one, other, &format!("{at}/{place}")))
        }
        (expected, found) if expected == found => Ok(()),
        _ => Err(format!("{at}: {found} is not {expected}")),
    }
}

/// Checks a reply.
fn check(answer: &Answer, status: u16, headers: &[String], body: &str) -> Result<(), String> {
    if answer.status != status {
        return Err(format!("{} is not {status}", answer.status));
    }
    for header in headers {
        let (name, value) = header.split_once(": ").expect(header);
        let lines = answer.head.lines().filter_map(|line| line.split_once(": "));
        let found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next();
        match (value, found) {
            ("<any>", Some(_)) | ("<none>", None) => {}
            (_, Some(found)) if found == value => {}
            _ => return Err(format!("the header {name} is {found:?}, not {value}")),
        }
    }
    let body = body.trim();
    if body.is_empty() {
        Ok(())
    } else if body == "-" {
        if answer.body.is_empty() { Ok(()) } else { Err("the body is not empty".into()) }
    } else if let Some(part) = body.strip_prefix("~ ") {
        if answer.body.contains(part) { Ok(()) } else { Err(format!("{part} is not said")) }
    } else if let Some(whole) = body.strip_prefix("= ") {
        if answer.body == whole { Ok(()) } else { Err(format!("it is not {whole}")) }
    } else {
        let expected: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {body}"));
        let found = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
        has(&expected, &found, "")
    }
}

/// Plays a row; what is wrong with the first reply that is not as expected.
fn play(row: &Row) -> Result<(), String> {
    let mut served: Option<Served> = None;
    let mut kept: BTreeMap<String, String> = BTreeMap::new();
    let mut answer = Answer { status: 0, head: String::new(), body: String::new() };
    let fill = |text: &str, kept: &BTreeMap<String, String>| {
        kept.iter().fold(text.to_string(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    };
    let mut asked = String::new();
    for step in &row.steps {
        if let Step::World(rules) = step {
            served = Some(serve(rules));
            continue;
        }
        let at = served.get_or_insert_with(|| serve("{}")).address;
        match step {
            Step::World(_) => {}
            Step::Admin(what) => {
                let (what, body) = what.split_once(' ').unwrap_or((what, ""));
                let line = format!("POST /_sim/{}", fill(what, &kept));
                assert_eq!(exchange(at, &line, &[], body).status, 200, "{line}");
            }
            Step::Send { line, headers, body } => {
                asked = fill(line, &kept);
                let headers: Vec<String> = headers.iter().map(|header| fill(header, &kept)).collect();
                answer = exchange(at, &asked, &headers, fill(body, &kept).trim_end());
            }
            Step::Expect { status, headers, body } => {
                check(&answer, *status, headers, &fill(body, &kept))
                    .map_err(|why| format!("{asked}: {why}\n{}\n\n{}", answer.head, answer.body))?;
            }
            Step::Keep { name, pointer } => {
                let body: Value = serde_json::from_str(&answer.body).map_err(|error| error.to_string())?;
                let found = body.pointer(pointer).ok_or_else(|| format!("there is no {pointer}"))?;
                kept.insert(name.clone(), found.as_str().map_or(found.to_string(), String::from));
            }
        }
    }
    served.map_or(Ok(()), |served| served.stop().map_err(|error| error.to_string()))
}

/// Every row of every file.
fn rows() -> Vec<Row> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/page");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| read(&std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn each_row_of_the_page_is_answered_as_it_says() {
    let rows = rows();
    let mut wrong = Vec::new();
    for row in &rows {
        assert!(
            row.steps.iter().any(|step| matches!(step, Step::Expect { .. })),
            "{} expects nothing",
            row.claim
        );
        if let Err(why) = play(row) {
            wrong.push(format!("## {} [{}] {}\n{why}", row.section, row.mark, row.claim));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n\n{}", wrong.len(), rows.len(), wrong.join("\n\n"));
}

#[test]
fn every_section_has_rows_and_every_row_says_how_sure_the_page_is() {
    let rows = rows();
    let known: BTreeSet<&str> = SECTIONS.into_iter().chain(MORE_SECTIONS).collect();
    let held: BTreeSet<&str> = rows.iter().map(|row| row.section.as_str()).collect();
    assert_eq!(held, known);
    for row in &rows {
        assert!(row.mark.split(", ").all(|mark| MARKS.contains(&mark)), "{}: [{}]", row.claim, row.mark);
    }
}

#[test]
fn every_path_that_is_served_is_asked_for_in_some_row() {
    let mut asked: BTreeSet<(String, Vec<String>)> = BTreeSet::new();
    for row in rows() {
        for step in row.steps {
            if let Step::Send { line, .. } = step {
                let (method, path) = line.split_once(' ').unwrap();
                let path = path.split('?').next().unwrap().trim_matches('/').to_ascii_lowercase();
                asked.insert((method.into(), path.split('/').map(String::from).collect()));
            }
        }
    }
    let is_asked = |method: &str, path: &str| {
        let words: Vec<String> = path.split('/').map(str::to_ascii_lowercase).collect();
        asked.iter().any(|(verb, parts)| {
            verb == method
                && parts.len() == words.len()
                && parts.iter().zip(&words).all(|(part, word)| word.starts_with('{') || part == word)
        })
    };
    let missing: Vec<String> = served_paths()
        .filter(|(method, path)| !is_asked(method, path))
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert!(missing.is_empty(), "no row asks for\n{}", missing.join("\n"));
}

#[test]
fn a_webhook_is_delivered_signed_over_its_bytes_and_again_when_it_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = listener.local_addr().unwrap();
    let served = serve("{}");
    let at = served.address;
    let hook = format!(
        r#"{{"payloadUrl": "http://{own}/hook", "secret": "s3cret", "active": "true", "giftCreate": true}}"#
    );
    assert_eq!(exchange(at, "POST /api/Webhook", &[], &hook).status, 200);
    let gift = r#"{"contactId": 1001, "giftType": "Cash", "giftDate": "2016-11-29", "amount": "5.00",
        "giftDesignations": [{"projectId": 101, "amount": "5.00"}]}"#;
    assert_eq!(exchange(at, "POST /api/Gift", &[], gift).status, 200);
    for status in ["500 Later", "200 OK"] {
        let (mut stream, _) = listener.accept().unwrap();
        let request = read_request(&mut stream);
        stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes()).unwrap();
        drop(stream);
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /hook HTTP/1.1"), "{head}");
        let signature = head.lines().find_map(|line| line.strip_prefix("X-Virtuous-Signature: ")).unwrap();
        let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"s3cret").unwrap();
        mac.update(body.as_bytes());
        mac.verify_slice(
            &base64::Engine::decode(&base64::engine::general_purpose::STANDARD, signature).unwrap(),
        )
        .unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["event"], "GiftCreate");
        assert_eq!(body["models"][0]["gift"]["contactId"], 1001);
        // The second try is due a minute after the first.
        if status.starts_with("500") {
            wait_for_answer(at, false);
            exchange(at, "POST /_sim/clock?advance_ms=61000", &[], "");
        }
    }
    wait_for_answer(at, true);
    served.stop().unwrap();
}

/// Reads a whole request.
fn read_request(stream: &mut TcpStream) -> String {
    let mut raw = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&raw).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
            if body.len() >= length.parse::<usize>().unwrap() {
                return text;
            }
        }
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the request was cut off");
        raw.extend_from_slice(&buffer[..read]);
    }
}

/// Waits until the simulator has noted how its only webhook was answered.
fn wait_for_answer(at: SocketAddr, taken: bool) {
    for _ in 0..600 {
        let log = exchange(at, "GET /_sim/webhooks", &[], "").body;
        let log: Value = serde_json::from_str(&log).unwrap();
        if log[0]["taken"] == taken {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the answer was not noted");
}
