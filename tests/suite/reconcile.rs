//! Reconciling, handing over, the crosswalk and webhooks, through the real binary against a served simulator.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::support::{
    Simulator, admin, apply, at, binary, copy_folder, gifts_planned, invented_migration, night_and_run, root,
    run,
};

const DONORS: usize = 6;
const GIFTS: usize = 20;

/// One request by hand: status and body.
pub fn request(address: &str, head: &str, body: &[u8]) -> (u16, String) {
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(stream, "{head}\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n")
        .unwrap();
    // A server that refuses a body need not read it to its end.
    let _ = stream.write_all(body);
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    (status, text)
}

fn vendor(simulator: &Simulator, line: &str, body: &Value) -> u16 {
    vendor_says(simulator, line, body).0
}

/// What the vendor answers to one request by hand: status, and JSON if it is some.
pub fn vendor_says(simulator: &Simulator, line: &str, body: &Value) -> (u16, Value) {
    let head = format!(
        "{line} HTTP/1.1\r\nAuthorization: Bearer heirloom-simulator\r\nContent-Type: application/json"
    );
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let (status, text) = request(&simulator.address, &head, body.as_bytes());
    let body = text.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    (status, serde_json::from_str(body).unwrap_or(Value::Null))
}

/// Contacts are there; the gifts' plan is sent and waits for the night.
pub fn gifts_sent(folder: &Path) -> Simulator {
    invented_migration(folder, DONORS, GIFTS);
    gifts_sent_of(folder)
}

/// The same of a migration that is there.
pub fn gifts_sent_of(folder: &Path) -> Simulator {
    let simulator = Simulator::serve(folder, "refused");
    gifts_planned(folder, &simulator);
    run(folder, &apply("002-gifts", &simulator), 12);
    simulator
}

pub fn gifts_there(simulator: &Simulator) -> BTreeMap<String, (i64, i64)> {
    let gifts = admin(simulator, "GET", "gifts", "");
    let ids = |gift: &Value| (gift["id"].as_i64().unwrap(), gift["contact_id"].as_i64().unwrap());
    let gifts = gifts.as_array().unwrap().iter();
    gifts.map(|gift| (gift["transaction_id"].as_str().unwrap().to_owned(), ids(gift))).collect()
}

#[test]
fn an_import_that_was_run_without_a_gift_makes_it_missing_and_not_waiting_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = gifts_sent(folder);
    let page = run(folder, &["handover"], 12);
    assert!(page["pause_first"].as_str().unwrap().contains("pause automations"));
    assert_eq!(page["runs"], 1);
    let import = page["imports"].as_array().unwrap().last().unwrap().clone();
    let total: i64 = (1..=GIFTS).map(heirloom_tests::invented::gift_minor).sum();
    assert_eq!(
        (import["items"].as_u64(), import["minor"].as_str()),
        (Some(GIFTS as u64), Some(&*total.to_string()))
    );
    let told = run(folder, &["explain", &format!("batch:{}", import["name"].as_str().unwrap())], 0);
    assert_eq!(
        (&told["holds"]["items"], &told["holds"]["minor"]),
        (&json!(GIFTS), &json!(total.to_string()))
    );
    admin(&simulator, "POST", "night", "");
    admin(&simulator, "POST", "discard?source=first-steps&id=G-7", "");
    admin(&simulator, "POST", "run", "");

    let found = run(folder, &at(&["reconcile"], &simulator), 12);
    assert_eq!((&found["gifts"]["agree"], &found["gifts"]["waiting"]), (&json!(GIFTS - 1), &json!(1)));
    assert_eq!((&found["gifts"]["missing"], &found["totals_tie"]), (&json!([]), &json!(true)));

    assert!(found["next"].as_str().unwrap().contains("match or complete"), "{}", found["next"]);
    let page = run(folder, &["handover"], 12);
    let left = &page["imports"].as_array().unwrap().last().unwrap()["left"];
    assert_eq!((&page["runs"], left), (&json!(0), &json!(1)), "one row is left for a person");

    let batch = format!("batch:{}", import["name"].as_str().unwrap());
    let ruled = run(folder, &["unresolved", "resolve", &batch, "--as", "run", "--initials", "DK"], 0);
    assert_eq!(ruled["ruled"], json!(["G-7"]));
    let found = run(folder, &at(&["reconcile"], &simulator), 8);
    assert_eq!(found["gifts"]["missing"][0]["key"], "G-7");
    assert_eq!((&found["gifts"]["waiting"], &found["next"]), (&json!(0), &json!("heirloom unresolved")));
    assert_eq!(run(folder, &["unresolved"], 8)["missing"][0]["key"], "G-7");

    run(folder, &["unresolved", "resolve", "G-7", "--as", "discarded", "--initials", "DK"], 0);
    let found = run(folder, &at(&["reconcile"], &simulator), 0);
    assert_eq!((&found["gifts"]["missing"], &found["gifts"]["not_checked"]), (&json!([]), &json!(1)));
    assert_eq!(run(folder, &["unresolved"], 0)["missing"], json!([]));
}

#[test]
fn contacts_that_run_left_wait_for_a_match_and_are_not_missing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, DONORS, GIFTS);
    let simulator = Simulator::serve(folder, "refused");
    let mut rules = admin(&simulator, "GET", "rules", "");
    rules["person"] = json!("ReadyOnly");
    admin(&simulator, "POST", "rules", &rules.to_string());
    run(folder, &["check"], 0);
    run(folder, &at(&["plan"], &simulator), 0);
    run(folder, &apply("001-contacts", &simulator), 12);
    let before = run(folder, &["handover"], 12);
    assert_eq!((&before["runs"], &before["imports"][0]["left"]), (&json!(1), &json!(0)));
    assert!(before["imports"][0]["to_do"].as_str().unwrap().contains("press Run (or 2 imports"), "{before}");
    night_and_run(&simulator);
    let found = run(folder, &at(&["reconcile"], &simulator), 12);
    assert_eq!(found["contacts"]["waiting"], json!(DONORS), "nobody is like them: they wait in Match Needed");
    let batch = format!("batch:{}", before["imports"][0]["name"].as_str().unwrap());
    run(folder, &["unresolved", "resolve", &batch, "--as", "run", "--initials", "DK"], 0);
    let found = run(folder, &at(&["reconcile"], &simulator), 12);
    assert_eq!((&found["contacts"]["missing"], &found["contacts"]["waiting"]), (&json!([]), &json!(DONORS)));
    assert!(found["next"].as_str().unwrap().contains("match or complete"), "{}", found["next"]);
    let after = run(folder, &["handover"], 12);
    assert_eq!((&after["runs"], &after["imports"][0]["left"]), (&json!(0), &json!(DONORS)));
}

#[test]
fn what_people_do_at_the_vendor_is_listed_and_a_failed_reading_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = gifts_sent(folder);
    night_and_run(&simulator);
    run(folder, &at(&["reconcile"], &simulator), 0);
    let there = gifts_there(&simulator);

    // Merged contacts are followed, even where the vendor no longer lists them: nothing differs.
    let mut rules = admin(&simulator, "GET", "rules", "");
    rules["merged_contacts_listed"] = json!(false);
    admin(&simulator, "POST", "rules", &rules.to_string());
    let (from, into) = (there["G-1"].1, there["G-2"].1);
    assert_ne!(from, into);
    assert_eq!(admin(&simulator, "POST", &format!("merge?from={from}&into={into}"), "")["done"], true);
    for _ in 0..2 {
        let found = run(folder, &at(&["reconcile"], &simulator), 0);
        assert_eq!((&found["gifts"]["agree"], &found["contacts"]["agree"]), (&json!(GIFTS), &json!(DONORS)));
    }

    // Edits and deletions are listed.
    let edit = json!([{ "id": there["G-3"].0, "notes": "called on Monday" }]);
    assert_eq!(vendor(&simulator, "PATCH /api/Gift", &edit), 200);
    let deleted = vendor(&simulator, &format!("DELETE /api/Gift/{}", there["G-4"].0), &Value::Null);
    assert!((200..300).contains(&deleted), "{deleted}");
    let found = run(folder, &at(&["reconcile"], &simulator), 8);
    let differs = &found["gifts"]["differs"];
    assert_eq!(differs.as_array().unwrap().len(), 1, "{differs}");
    assert_eq!(differs[0]["key"], "G-3");
    assert_eq!(
        differs[0]["fields"],
        json!([{ "field": "notes", "sent": "nothing", "there": "called on Monday" }])
    );
    assert_eq!(found["gifts"]["missing"][0]["key"], "G-4");
    assert_eq!(found["totals_tie"], true);

    // Every answer is a captive portal's page: nothing was read, so nothing more is missing.
    let mut rules = admin(&simulator, "GET", "rules", "");
    rules["faults"]["faults_max"] = json!(1000);
    rules["faults"]["foreign_200"] = json!(1000);
    admin(&simulator, "POST", "rules", &rules.to_string());
    let found = run(folder, &at(&["reconcile"], &simulator), 8);
    for kind in ["contacts", "gifts"] {
        assert_eq!(found[kind]["missing"], json!([]), "{found}");
        assert_eq!(found[kind]["not_checked"], found[kind]["items"]);
    }
    assert!(found["failed"].as_str().is_some_and(|why| why.contains("not understood")), "{found}");
}

#[test]
fn who_is_credited_besides_is_compared_and_merged_contacts_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    copy_folder(&root().join("tests/scenarios/credits-and-tributes"), folder);
    let simulator = Simulator::serve(folder, "refused");
    run(folder, &["check"], 0);
    run(folder, &at(&["plan"], &simulator), 0);
    let night = |plan: &str| {
        run(folder, &apply(plan, &simulator), 12);
        night_and_run(&simulator);
        run(folder, &at(&["reconcile"], &simulator), 0)
    };
    night("001-contacts");
    run(folder, &at(&["plan"], &simulator), 0);
    // One gift is credited to one other donor, one to two, with an amount for each.
    let sent = night("002-gifts");
    assert_eq!((&sent["gifts"]["agree"], &sent["gifts"]["differs"]), (&json!(3), &json!([])), "{sent}");

    let there = gifts_there(&simulator);
    let (credited, other) = (there["c-3~_1"].1, there["c-2~_1"].1);
    assert_eq!(admin(&simulator, "POST", &format!("merge?from={credited}&into={other}"), "")["done"], true);
    let found = run(folder, &at(&["reconcile"], &simulator), 0);
    assert_eq!(found["gifts"]["agree"], 3, "{found}");

    // Somebody credits a gift that credited nobody.
    let mut rules = admin(&simulator, "GET", "rules", "");
    rules["put"] = json!("Patches");
    admin(&simulator, "POST", "rules", &rules.to_string());
    let line = format!("PUT /api/Gift/{}", there["c-3~_1"].0);
    assert_eq!(vendor(&simulator, &line, &json!({ "contactPassthroughId": 1002 })), 200);
    let found = run(folder, &at(&["reconcile"], &simulator), 8);
    let differs = json!([{ "field": "credited besides", "sent": "nobody", "there": "contact 1002" }]);
    assert_eq!(found["gifts"]["differs"][0]["key"], "c-3~_1");
    assert_eq!(found["gifts"]["differs"][0]["fields"], differs);
}

#[test]
fn the_crosswalk_names_every_row_with_its_ids_or_why_it_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = gifts_sent(folder);
    admin(&simulator, "POST", "night", "");
    admin(&simulator, "POST", "discard?source=first-steps&id=G-7", "");
    admin(&simulator, "POST", "run", "");
    run(folder, &at(&["reconcile"], &simulator), 12);
    let made = run(folder, &["report", "--crosswalk"], 12);
    assert_eq!(made["gifts"], json!({ "matched": GIFTS - 1, "unmatched": 1 }));
    assert_eq!(made["donors"], json!({ "matched": DONORS, "unmatched": 0 }));
    let there = gifts_there(&simulator);
    let text = std::fs::read_to_string(folder.join("reports/crosswalk-gifts.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut rows = 0;
    for row in reader.records() {
        let row = row.unwrap();
        rows += 1;
        match there.get(&row[0]) {
            Some((gift, contact)) => {
                assert_eq!((&row[2], &row[3]), (&*gift.to_string(), &*contact.to_string()), "{row:?}");
                assert_eq!(&row[7], "there");
            }
            None => assert_eq!((&row[0], &row[2], &row[7]), ("G-7", "", "waiting at the vendor")),
        }
    }
    assert_eq!(rows, GIFTS);
    let people = admin(&simulator, "GET", "contacts", "");
    let text = std::fs::read_to_string(folder.join("reports/crosswalk-donors.csv")).unwrap();
    for contact in people.as_array().unwrap() {
        let legacy = contact["references"][0][1].as_str().unwrap();
        let line = format!("{legacy},{},{},there", contact["id"], contact["individuals"][0]["id"]);
        assert!(text.contains(&line), "{line} is not in {text}");
    }
    assert!(std::fs::read(folder.join("reports/crosswalk.xlsx")).unwrap().starts_with(b"PK"));
}

/// A listener of its own, with a secret in its folder: the process, what it says, and where it hears.
fn listening(folder: &Path) -> (Child, BufReader<ChildStdout>, String) {
    let secret = folder.join("webhook.secret");
    std::fs::write(&secret, "a-secret-for-this-test-alone\n").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut ear = Command::new(binary())
        .args(["listen", "--port", "0", "--secret-file", "webhook.secret"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(ear.stdout.take().unwrap());
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    let address = first.split_whitespace().find(|w| w.starts_with("http://")).unwrap().to_owned();
    (ear, lines, address)
}

#[test]
fn webhooks_of_the_simulator_become_hints_and_nothing_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = gifts_sent(folder);
    let (mut ear, mut lines, address) = listening(folder);

    let post = "POST / HTTP/1.1\r\nX-Virtuous-Signature: W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";
    assert_eq!(request(&address, post, b"{}").0, 401);
    assert_eq!(request(&address, "GET / HTTP/1.1", b"").0, 405);
    let huge = vec![b' '; 8 * 1024 * 1024 + 1];
    let (status, _) = request(&address, post, &huge);
    assert!(status == 413 || status == 0, "a huge body was answered {status}");

    let target = ["--target", simulator.address.as_str()];
    let register =
        ["webhook", "register", "--url", &format!("{address}/hook"), "--secret-file", "webhook.secret"];
    let id = run(folder, &[&register[..], &target].concat(), 0)["id"].clone();
    let listed = run(folder, &[&["webhook", "list"][..], &target].concat(), 0);
    assert_eq!(listed["webhooks"][0]["state"], "active");
    night_and_run(&simulator);
    let there = gifts_there(&simulator);
    let mut keys = BTreeSet::new();
    for _ in 0..600 {
        let hints = std::fs::read_to_string(folder.join("work/hints.jsonl")).unwrap_or_default();
        keys = hints
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|hint| hint["kind"] == "gift" && hint["event"] == "GiftCreate")
            .map(|hint| hint["key"].as_str().unwrap().to_owned())
            .collect();
        if keys.len() == GIFTS {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(keys, there.keys().cloned().collect::<BTreeSet<_>>());
    #[cfg(unix)]
    assert_eq!(crate::at_rest::mode(&folder.join("work/hints.jsonl")), 0o600);
    if cfg!(unix) {
        Command::new("kill").args(["-INT", &ear.id().to_string()]).status().unwrap();
    } else {
        ear.kill().unwrap();
        ear.wait().unwrap();
    }
    let ended = ear.wait().unwrap();
    if cfg!(unix) {
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        assert!(ended.success() && rest.contains("hints;") && rest.contains("heirloom reconcile"), "{rest}");
    }
    // Hints confirm nothing; the reading does, and looks at what they spoke of first.
    let found = run(folder, &at(&["reconcile"], &simulator), 0);
    assert_eq!((&found["gifts"]["agree"], &found["hinted"]), (&json!(GIFTS), &json!(GIFTS)));
    assert_eq!(run(folder, &at(&["reconcile"], &simulator), 0)["hinted"], 0);
    run(folder, &[&["webhook", "remove", &id.to_string()][..], &target].concat(), 0);
    assert_eq!(run(folder, &[&["webhook", "list"][..], &target].concat(), 0)["webhooks"], json!([]));
}
