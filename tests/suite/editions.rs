//! A newer edition of a file after something of an earlier one was sent: nothing goes twice, nothing is lost.

use std::collections::BTreeMap;
use std::path::Path;

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use heirloom_tests::invented::{gift_minor, invented_migration, invented_with_details};
use serde_json::{Value, json};

use crate::reconcile::gifts_sent;
use crate::support::{Simulator, admin, apply, at, creating_calls, heirloom, night_and_run, run, said};

const GIFTS: usize = 20;

/// Changes a file of the migration, line by line; none takes the line away.
fn edit(folder: &Path, name: &str, mut line: impl FnMut(&str) -> Option<String>) {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let edited: String = text.lines().filter_map(|one| line(one).map(|one| one + "\n")).collect();
    assert_ne!(text, edited);
    std::fs::write(&path, edited).unwrap();
}

fn add(folder: &Path, name: &str, lines: &str) {
    let path = folder.join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text + lines).unwrap();
}

/// Every gift at the vendor by its key: how many records, and their cents.
fn there(simulator: &Simulator) -> BTreeMap<String, (usize, i64)> {
    let mut found: BTreeMap<String, (usize, i64)> = BTreeMap::new();
    for gift in admin(simulator, "GET", "gifts", "").as_array().unwrap() {
        let one = found.entry(gift["transaction_id"].as_str().unwrap().to_owned()).or_default();
        one.0 += 1;
        one.1 += gift["amount_minor"].as_i64().unwrap_or_else(|| panic!("{gift}"));
    }
    found
}

/// Everything that is ready goes, as often as there is something.
fn send_all(folder: &Path, simulator: &Simulator) {
    for _ in 0..4 {
        let output = heirloom(folder, &at(&["plan", "--json"], simulator));
        let (code, text) = said(&output);
        assert!([0, 3, 8].contains(&code), "{text}");
        let planned: Value = serde_json::from_str(&text).unwrap();
        let plans: Vec<String> =
            planned["plans"].as_array().unwrap().iter().map(|p| p.as_str().unwrap().to_owned()).collect();
        if plans.is_empty() {
            return;
        }
        for plan in &plans {
            let (code, text) = said(&heirloom(folder, &apply(plan, simulator)));
            assert!([0, 3, 12].contains(&code), "{text}");
        }
        night_and_run(simulator);
        heirloom(folder, &at(&["reconcile"], simulator));
    }
    panic!("there is always something more to send");
}

fn corrected(folder: &Path, code: i32) -> BTreeMap<String, (String, String)> {
    let listed = run(folder, &["unresolved"], code);
    let one = |one: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let now = one["fields"].as_array().unwrap().iter().map(|field| text(&field["now"]));
        let now = now.chain(one["alike"].as_str().map(|key| format!("{key} is alike")));
        (text(&one["key"]), (text(&one["do"]), now.collect::<Vec<_>>().join("; ")))
    };
    listed["corrected"].as_array().unwrap().iter().map(one).collect()
}

/// Another order, one amount put right, one gift gone, one spoilt, two more, one of them of a new donor.
fn the_old_system_goes_on(folder: &Path, older: &str) {
    let mut rows: Vec<String> = older.lines().skip(1).map(str::to_owned).collect();
    rows.reverse();
    let header = older.lines().next().unwrap();
    std::fs::write(folder.join("input/gifts.csv"), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    edit(folder, "input/gifts.csv", |line| match line.split(',').next() {
        Some("G-3") => Some(line.replace(",21.03,", ",12.03,")),
        Some("G-4") => None,
        Some("G-7") => Some(line.replace("2019-03-08", "some day")),
        _ => Some(line.to_owned()),
    });
    add(
        folder,
        "input/gifts.csv",
        "G-21,D-2,2020-01-02,5.00,Check,General Fund\nG-22,D-77,2020-01-03,6.00,Check,General Fund\n",
    );
    add(
        folder,
        "input/donors.csv",
        "D-77,,Given77,Family77,77 Elm St,Mesa,AZ,85201,512-555-0077,person77@example.org\n",
    );
}

#[test]
fn what_was_sent_is_known_again_in_a_newer_file_and_only_what_is_new_goes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = gifts_sent(folder);
    night_and_run(&simulator);
    run(folder, &at(&["reconcile"], &simulator), 0);
    let older = std::fs::read_to_string(folder.join("input/gifts.csv")).unwrap();
    the_old_system_goes_on(folder, &older);
    let refused = run(folder, &["check"], 7);
    assert!(refused["error"].to_string().contains("is not the file that was read before"), "{refused}");
    assert!(refused.to_string().contains("redo read"), "{refused}");
    run(folder, &["redo", "read"], 0);
    let report = run(folder, &["check"], 3)["report"].take();

    // One row of the newer file is held; the others were sent, or go now.
    let rows = &report["rows"];
    assert_eq!(
        (&rows["gifts"], &rows["sent_before"], &rows["held"], &rows["repeats"], &rows["superseded"]),
        (&json!(GIFTS + 2), &json!(GIFTS - 2), &json!(1), &json!(0), &json!(0)),
        "{rows}"
    );
    let listed = corrected(folder, 3);
    let told_of = |key: &str| listed.get(key).map(|(what, now)| (what.as_str(), now.as_str()));
    assert_eq!(listed.len(), 3, "{listed:?}");
    assert_eq!(told_of("G-3"), Some(("change", "12.03; GARDEN 12.03")), "{listed:?}");
    assert_eq!(told_of("G-4"), Some(("look at", "not in the newer file")));
    assert_eq!(told_of("G-7"), Some(("look at", "held: it cannot be read")));
    run(folder, &["verify"], 0);

    send_all(folder, &simulator);
    let sent: BTreeMap<String, (usize, i64)> = (1..=GIFTS)
        .map(|n| (format!("G-{n}"), (1, gift_minor(n))))
        .chain([("G-21".into(), (1, 500)), ("G-22".into(), (1, 600))])
        .collect();
    assert_eq!(there(&simulator), sent);
    run(folder, &["verify"], 0);
    let found = run(folder, &at(&["reconcile"], &simulator), 3);
    assert_eq!(
        (&found["gifts"]["agree"], &found["totals_tie"]),
        (&json!(GIFTS + 2), &json!(true)),
        "{found}"
    );

    // Back to the older file: what the newer one brought was sent, and is not in it.
    std::fs::write(folder.join("input/gifts.csv"), &older).unwrap();
    run(folder, &["redo", "read"], 0);
    run(folder, &["check"], 3);
    let listed = corrected(folder, 3);
    let missing = ("look at".to_owned(), "not in the newer file".to_owned());
    assert_eq!(listed, BTreeMap::from([("G-21".into(), missing.clone()), ("G-22".into(), missing)]));
    assert_eq!(run(folder, &at(&["plan"], &simulator), 3)["plans"], json!([]));
    run(folder, &["verify"], 0);
    let (_, again) = said_of(folder, &["check"]);
    assert!(!again.contains("mapped again"), "{again}");
}

/// The exit code of a command, and what it prints.
fn said_of(folder: &Path, command: &[&str]) -> (i32, String) {
    said(&heirloom(folder, command))
}

#[test]
fn gifts_that_cannot_be_told_apart_are_paired_by_all_that_they_say_and_then_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 3, 1);
    add(folder, "mappings/gifts.toml", "\n[fields]\nid = { derive = [\"donor\", \"date\", \"amount\"] }\n");
    let gifts = |rows: &[&str]| {
        let header = "Donor ID,Gift Date,Gift Amount,Payment Method,Fund";
        std::fs::write(folder.join("input/gifts.csv"), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    };
    let (check, cash) = ("D-1,2020-01-02,5.00,Check,General Fund", "D-1,2020-01-02,5.00,Cash,General Fund");
    let other = "D-2,2020-01-02,5.00,Cash,General Fund";
    gifts(&[check, cash, other]);
    let simulator = all_sent(folder);
    let before = there(&simulator);
    assert_eq!(before.len(), 3);

    // One twin is as it was, one is for another fund now, and a gift has got a twin.
    let garden = "D-1,2020-01-02,5.00,Check,School Garden";
    gifts(&[cash, other, garden, other]);
    run(folder, &["redo", "read"], 0);
    run(folder, &["check"], 3);
    let listed = corrected(folder, 3);
    let changed: Vec<&(String, String)> = listed.values().collect();
    assert_eq!(changed, [&("change".to_owned(), "GARDEN 5.00".to_owned())]);
    send_all(folder, &simulator);
    let after = there(&simulator);
    assert_eq!((after.len(), after.values().all(|one| *one == (1, 500))), (4, true), "{after:?}");
    assert!(before.keys().all(|key| after.contains_key(key)));
    run(folder, &["verify"], 0);
    // What was sent of this edition keeps its place when it is mapped anew.
    run(folder, &["redo", "map"], 0);
    run(folder, &["check"], 3);
    assert_eq!(corrected(folder, 3), listed);
    assert_eq!(run(folder, &at(&["plan"], &simulator), 3)["plans"], json!([]));
    run(folder, &["verify"], 0);

    // One of two is gone: which, only the other one says.
    gifts(&[cash, other, other]);
    run(folder, &["redo", "read"], 0);
    run(folder, &["check"], 3);
    let gone = corrected(folder, 3);
    assert_eq!(gone.keys().collect::<Vec<_>>(), listed.keys().collect::<Vec<_>>());
    assert_eq!(gone.values().next().unwrap().1, "not in the newer file");

    // Two come anew: one stands for what was gone, and only the other one is a gift that was not sent.
    gifts(&[garden, other, cash, "D-1,2020-01-02,5.00,Credit Card,General Fund", other]);
    run(folder, &["redo", "read"], 0);
    run(folder, &["check"], 3);
    assert_eq!(corrected(folder, 3), listed);
    send_all(folder, &simulator);
    assert_eq!(there(&simulator).len(), 5);
    run(folder, &["verify"], 0);
}

/// All of a migration is sent.
fn all_sent(folder: &Path) -> Simulator {
    let simulator = Simulator::serve(folder, "refused");
    run(folder, &["check"], 0);
    send_all(folder, &simulator);
    simulator
}

#[test]
fn a_mapping_that_would_call_what_was_sent_by_other_ids_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = gifts_sent(folder);
    let mut number = 100;
    edit(folder, "input/gifts.csv", |line| {
        number += 1;
        Some(format!(
            "{line},{}",
            if line.starts_with("Gift ID") { "Number".to_owned() } else { number.to_string() }
        ))
    });
    add(folder, "mappings/gifts.toml", "\n[fields]\nid = { column = \"Number\" }\n");
    run(folder, &["redo", "read"], 0);
    let refused = run(folder, &["check"], 2);
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("earlier edition") && message.contains("\"Number\""), "{refused}");
    edit(folder, "mappings/gifts.toml", |line| {
        Some(line.replace("column = \"Number\"", "column = [\"Number\", \"Gift ID\"]"))
    });
    // A mapping that reads the older file as it was and gives the newer one other ids.
    let refused = run(folder, &["check"], 2);
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("gifts.csv lacks 20 of the 20 rows that were sent before"), "{refused}");
    run(folder, &["check"], 2);
    run(folder, &at(&["plan"], &simulator), 2);
    edit(folder, "mappings/gifts.toml", |line| {
        Some(line.replace(
            "column = [\"Number\", \"Gift ID\"]",
            "first_of = [{ column = \"Number\", optional = true }, { column = \"Gift Date\" }]",
        ))
    });
    let refused = run(folder, &["check"], 2);
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("was sent as G-1,") && message.contains("a second time"), "{refused}");
    let calls = creating_calls(&simulator);
    heirloom(folder, &at(&["plan"], &simulator));
    assert_eq!(creating_calls(&simulator), calls);
}

/// Everything is sent; somebody throws G-5 and G-6 away and runs the rest.
fn two_are_thrown_away(folder: &Path) -> Simulator {
    let simulator = gifts_sent(folder);
    admin(&simulator, "POST", "night", "");
    for id in ["G-5", "G-6"] {
        admin(&simulator, "POST", &format!("discard?source=first-steps&id={id}"), "");
    }
    admin(&simulator, "POST", "run", "");
    heirloom(folder, &at(&["reconcile"], &simulator));
    simulator
}

fn they_may_go_again(folder: &Path) {
    for id in ["G-5", "G-6"] {
        run(folder, &["unresolved", "resolve", id, "--as", "discarded", "--initials", "DK"], 0);
        run(folder, &["unresolved", "resolve", id, "--as", "again", "--initials", "DK"], 0);
    }
}

#[test]
fn what_was_thrown_away_goes_again_as_the_newer_file_says_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = two_are_thrown_away(folder);
    edit(folder, "input/gifts.csv", |line| {
        Some(if line.starts_with("G-5,") { line.replace(",35.05,", ",53.50,") } else { line.to_owned() })
    });
    run(folder, &["redo", "read"], 0);
    heirloom(folder, &["check"]);
    they_may_go_again(folder);
    send_all(folder, &simulator);
    let found = there(&simulator);
    assert_eq!((found.len(), found["G-5"], found["G-6"]), (GIFTS, (1, 5_350), (1, gift_minor(6))));
    run(folder, &["verify"], 0);
    assert_eq!(corrected(folder, 0), BTreeMap::new());
}

#[test]
fn donors_pledges_and_what_a_contact_has_besides_are_not_sent_again_from_a_newer_file() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_with_details(folder, 6, 9, 2);
    let simulator = all_sent(folder);
    let (calls, gifts) = (creating_calls(&simulator), there(&simulator).len());
    let rows = run(folder, &["check"], 0)["report"]["rows"].take();

    // Read again as it is, nothing is anything else.
    run(folder, &["redo", "read"], 0);
    assert_eq!(run(folder, &["check"], 0)["report"]["rows"], rows);
    assert_eq!(run(folder, &at(&["plan"], &simulator), 0)["plans"], json!([]));

    // Both files are new editions: every donor has moved, and there is one gift more.
    edit(folder, "input/donors.csv", |line| Some(line.replace(",Mesa,", ",Tempe,")));
    add(folder, "input/gifts.csv", "G-10,D-1,2020-01-02,5.00,Check,General Fund,Cash,,,\n");
    run(folder, &["redo", "read"], 0);
    run(folder, &["check"], 3);
    let listed = corrected(folder, 3);
    assert!(
        listed.len() >= 6 && listed.values().all(|(what, now)| what == "change" && now.contains("Tempe")),
        "{listed:?}"
    );
    send_all(folder, &simulator);
    assert_eq!((creating_calls(&simulator), there(&simulator).len()), (calls + 1, gifts + 1));
    run(folder, &["verify"], 0);
}

#[test]
fn a_file_of_only_what_is_new_or_changed_says_nothing_of_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = gifts_sent(folder);
    night_and_run(&simulator);
    run(folder, &at(&["reconcile"], &simulator), 0);
    let whole = std::fs::read_to_string(folder.join("input/gifts.csv")).unwrap();
    edit(folder, "input/gifts.csv", |line| match line.split(',').next() {
        Some("Gift ID") => Some(line.to_owned()),
        Some("G-3") => Some(line.replace(",21.03,", ",12.03,")),
        _ => None,
    });
    add(folder, "input/gifts.csv", "G-21,D-2,2020-01-02,5.00,Check,General Fund\n");
    run(folder, &["redo", "read"], 0);
    let refused = run(folder, &["check"], 2);
    assert!(refused.to_string().contains("redo read --partial"), "{refused}");
    run(folder, &["redo", "map", "--partial"], 2);
    // It was read as a whole already: what was not sent of the older file would be forgotten.
    let partial = std::fs::read_to_string(folder.join("input/gifts.csv")).unwrap();
    let late = run(folder, &["redo", "read", "--partial"], 2);
    assert!(late.to_string().contains("put the older file back"), "{late}");
    std::fs::write(
        folder.join("input/gifts.csv"),
        format!("{whole}G-20b,D-1,some day,1.00,Check,General Fund\n"),
    )
    .unwrap();
    run(folder, &["redo", "read"], 0);
    run(folder, &["check"], 3);
    std::fs::write(folder.join("input/gifts.csv"), &partial).unwrap();
    let left = run(folder, &["redo", "read", "--partial"], 2);
    assert!(left.to_string().contains("1 row of the gifts.csv"), "{left}");
    std::fs::write(folder.join("input/gifts.csv"), &whole).unwrap();
    run(folder, &["redo", "read"], 0);
    run(folder, &["check"], 0);
    std::fs::write(folder.join("input/gifts.csv"), &partial).unwrap();
    run(folder, &["redo", "read", "--partial"], 0);
    run(folder, &["check"], 3);
    assert_eq!(corrected(folder, 3).keys().collect::<Vec<_>>(), ["G-3"]);
    send_all(folder, &simulator);
    let found = there(&simulator);
    assert_eq!((found.len(), found["G-3"], found["G-21"]), (GIFTS + 1, (1, gift_minor(3)), (1, 500)));
    run(folder, &["verify"], 0);
}

#[test]
fn a_gift_that_has_another_id_in_the_newer_file_is_named_beside_the_one_that_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = gifts_sent(folder);
    edit(folder, "input/gifts.csv", |line| Some(line.replace("G-4,", "G-104,")));
    run(folder, &["redo", "read"], 0);
    run(folder, &["check"], 3);
    let said = ("look at".to_owned(), "not in the newer file; G-104 is alike".to_owned());
    assert_eq!(corrected(folder, 3), BTreeMap::from([("G-4".to_owned(), said)]));
    let planned = run(folder, &at(&["plan"], &simulator), 3);
    assert_eq!((&planned["plans"], &planned["alike"]), (&json!([]), &json!(1)));
    let report = run(folder, &["check"], 3)["report"].take();
    let todo = report["todo"].as_array().unwrap();
    let word = todo.iter().find(|one| one["what"] == "say whether it was sent under another id").unwrap();
    assert_eq!((&word["rows"], &word["amount"]["minor"]), (&json!(1), &json!(gift_minor(4))));
    assert!(!todo.iter().any(|one| one["what"] == "seal what is ready"), "{report}");
    let (_, told) = said_of(folder, &["explain", "gift:G-104"]);
    assert!(told.contains("held: may be G-4, which was sent"), "{told}");
    // It is another gift, and the first is seen to there.
    run(folder, &["unresolved", "resolve", "G-4", "--as", "corrected", "--initials", "DK"], 0);
    send_all(folder, &simulator);
    assert_eq!((there(&simulator).len(), there(&simulator)["G-104"]), (GIFTS + 1, (1, gift_minor(4))));
    // Mapped anew, it is not asked for again.
    run(folder, &["redo", "map"], 0);
    run(folder, &["check"], 0);
    assert_eq!(corrected(folder, 0), BTreeMap::new());
    run(folder, &["verify"], 0);
}

/// A gift as the invented old system has it at some moment.
#[derive(Clone)]
struct Held {
    minor: i64,
    /// Its rows, each with what it is for; one row, or two that add up.
    rows: Vec<i64>,
    is_spoilt: bool,
}

/// What must be true of any number of editions, whatever they change: written without looking at how it is done.
struct OldSystem {
    dice: ChaCha8Rng,
    gifts: BTreeMap<String, Held>,
    /// What was sent, as it then was.
    sent: BTreeMap<String, i64>,
    next: usize,
}

impl OldSystem {
    fn roll(&mut self, sides: u32) -> u32 {
        self.dice.next_u32() % sides
    }

    fn add(&mut self) {
        self.next += 1;
        let minor = i64::from(self.roll(90_000)) + 200;
        let first = i64::from(self.roll(100)) + 1;
        let rows = if self.roll(3) == 0 { vec![first, minor - first] } else { vec![minor] };
        self.gifts.insert(format!("S-{}", self.next), Held { minor, rows, is_spoilt: false });
    }

    /// A while later: something is changed, spoilt or put right, taken away, added, and all of it is in another order.
    fn goes_on(&mut self, folder: &Path) {
        let ids: Vec<String> = self.gifts.keys().cloned().collect();
        for id in ids {
            match self.roll(12) {
                0 => drop(self.gifts.remove(&id)),
                1 | 2 => {
                    let more = i64::from(self.roll(500)) + 1;
                    let gift = self.gifts.get_mut(&id).unwrap();
                    gift.minor += more;
                    gift.rows[0] += more;
                }
                3 => self.gifts.get_mut(&id).unwrap().is_spoilt ^= true,
                _ => {}
            }
        }
        for _ in 0..=self.roll(3) {
            self.add();
        }
        self.write(folder);
    }

    fn write(&mut self, folder: &Path) {
        let mut all: Vec<(u32, String)> = Vec::new();
        for (id, gift) in self.gifts.clone() {
            let day = if gift.is_spoilt { "some day" } else { "2020-05-06" };
            for (minor, fund) in gift.rows.into_iter().zip(["General Fund", "School Garden"]) {
                let row = format!("{id},D-1,{day},{}.{:02},Check,{fund}", minor / 100, minor % 100);
                all.push((self.dice.next_u32(), row));
            }
        }
        all.sort();
        let rows: String = all.into_iter().map(|(_, row)| row + "\n").collect();
        let header = "Gift ID,Donor ID,Gift Date,Gift Amount,Payment Method,Fund\n";
        std::fs::write(folder.join("input/gifts.csv"), format!("{header}{rows}")).unwrap();
    }

    /// Whatever can be read and was not sent goes now.
    fn sends(&mut self) {
        for (id, gift) in self.gifts.iter().filter(|(_, gift)| !gift.is_spoilt) {
            self.sent.entry(id.clone()).or_insert(gift.minor);
        }
    }

    /// What of what was sent it says otherwise now.
    fn otherwise(&self) -> BTreeMap<String, &'static str> {
        let what = |(id, minor): (&String, &i64)| {
            let what = match self.gifts.get(id) {
                None => "not in the newer file",
                Some(gift) if gift.is_spoilt => "held: it cannot be read",
                Some(gift) if gift.minor != *minor => "changed",
                Some(_) => return None,
            };
            Some((id.clone(), what))
        };
        self.sent.iter().filter_map(what).collect()
    }
}

#[test]
fn whatever_editions_bring_each_gift_is_there_once_as_it_was_sent_and_every_difference_is_listed() {
    for seed in 1..=4 {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        invented_migration(folder, 2, 1);
        add(folder, "mappings/gifts.toml", "\n[grain]\nrow = \"part\"\n");
        let mut system = OldSystem {
            dice: ChaCha8Rng::seed_from_u64(seed),
            gifts: BTreeMap::new(),
            sent: BTreeMap::new(),
            next: 0,
        };
        (0..14).for_each(|_| system.add());
        system.write(folder);
        let simulator = all_sent(folder);
        system.sends();
        for edition in 0..5 {
            let place = format!("seed {seed}, edition {edition}");
            system.goes_on(folder);
            run(folder, &["redo", "read"], 0);
            heirloom(folder, &["check"]);
            if system.roll(3) > 0 {
                send_all(folder, &simulator);
                system.sends();
            }
            let expected = system.otherwise();
            let listed = corrected(folder, if expected.is_empty() { 0 } else { 3 });
            let listed: BTreeMap<String, &str> = listed
                .iter()
                .map(|(id, (what, now))| {
                    (id.clone(), if what == "change" { "changed" } else { now.as_str() })
                })
                .collect();
            assert_eq!(listed, expected, "{place}");
            let sent = system.sent.iter().map(|(id, minor)| (id.clone(), (1, *minor)));
            assert_eq!(there(&simulator), sent.collect(), "{place}");
            run(folder, &["verify"], 0);
        }
    }
}

#[test]
fn a_gift_that_is_corrected_in_what_its_id_is_made_of_does_not_go_a_second_time_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 3, 4);
    add(folder, "mappings/gifts.toml", "\n[fields]\nid = { derive = [\"donor\", \"date\", \"amount\"] }\n");
    let simulator = all_sent(folder);
    edit(folder, "input/gifts.csv", |line| Some(line.replace(",21.03,", ",12.03,")));
    run(folder, &["redo", "read"], 0);
    run(folder, &["check"], 3);
    let listed = corrected(folder, 3);
    assert!(listed.len() == 1 && listed.values().all(|(_, now)| now.contains("is alike")), "{listed:?}");
    let planned = run(folder, &at(&["plan"], &simulator), 3);
    assert_eq!((&planned["plans"], &planned["alike"]), (&json!([]), &json!(1)));
    assert_eq!(there(&simulator).len(), 4);
    // A file of a part cannot say which of such gifts it means.
    edit(folder, "input/gifts.csv", |line| (!line.starts_with("G-1,")).then(|| line.to_owned()));
    let refused = run(folder, &["redo", "read", "--partial"], 2);
    assert!(refused.to_string().contains("made of other columns"), "{refused}");
}

#[test]
fn what_only_an_older_file_has_goes_again_from_it_behind_a_partial_one() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = two_are_thrown_away(folder);
    let whole = std::fs::read_to_string(folder.join("input/gifts.csv")).unwrap();
    edit(folder, "input/gifts.csv", |line| line.starts_with("Gift ID").then(|| line.to_owned()));
    add(
        folder,
        "input/gifts.csv",
        "G-6,D-1,2019-03-07,66.00,Check,General Fund\nG-21,D-2,2020-01-02,5.00,Check,General Fund\n",
    );
    // Before it is mapped, nobody knows what a partial file would leave behind.
    run(folder, &["redo", "map"], 0);
    run(folder, &["redo", "read", "--partial"], 2);
    let partial = std::fs::read_to_string(folder.join("input/gifts.csv")).unwrap();
    std::fs::write(folder.join("input/gifts.csv"), &whole).unwrap();
    heirloom(folder, &["check"]);
    std::fs::write(folder.join("input/gifts.csv"), &partial).unwrap();
    run(folder, &["redo", "read", "--partial"], 0);
    heirloom(folder, &["check"]);
    // The other file goes on, and what is partial stays so.
    add(
        folder,
        "input/donors.csv",
        "D-77,,Given77,Family77,77 Elm St,Mesa,AZ,85201,512-555-0077,person77@example.org\n",
    );
    run(folder, &["redo", "read"], 0);
    heirloom(folder, &["check"]);
    they_may_go_again(folder);
    run(folder, &["redo", "map"], 0);
    send_all(folder, &simulator);
    let found = there(&simulator);
    assert_eq!((found.len(), found["G-5"], found["G-21"]), (GIFTS + 1, (1, gift_minor(5)), (1, 500)));
    // What it has goes as it says it.
    assert_eq!(found["G-6"], (1, 6_600));
    run(folder, &["verify"], 0);
    assert_eq!(corrected(folder, 0), BTreeMap::new());
}

#[test]
fn what_was_given_up_too_early_and_is_there_after_all_stands_and_does_not_go_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = gifts_sent(folder);
    edit(folder, "input/gifts.csv", |line| {
        Some(if line.starts_with("G-5,") { line.replace(",35.05,", ",53.50,") } else { line.to_owned() })
    });
    run(folder, &["redo", "read"], 0);
    heirloom(folder, &["check"]);
    let wrong = ["unresolved", "resolve", "G-5", "--as", "discarded", "--initials", "DK", "--early"];
    run(folder, &wrong, 0);
    run(folder, &["unresolved", "resolve", "G-5", "--as", "again", "--initials", "DK"], 0);
    night_and_run(&simulator);
    heirloom(folder, &at(&["reconcile"], &simulator));
    send_all(folder, &simulator);
    let sent = (1..=GIFTS).map(|n| (format!("G-{n}"), (1, gift_minor(n))));
    assert_eq!(there(&simulator), sent.collect());
    run(folder, &["verify"], 0);
}

#[test]
fn a_donor_who_was_known_there_by_likeness_stays_that_contact_when_a_newer_file_changes_him() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 6, 12);
    let simulator = Simulator::serve(folder, "refused");
    let known = json!({
        "individuals": [{ "first": "Given2", "last": "Family2", "methods": [
            { "kind": "Home Email", "value": "person2@example.org", "id": 0, "opted_in": true },
            { "kind": "Home Phone", "value": "512-555-0002", "id": 0, "opted_in": true },
        ] }],
        "addresses": [{ "address1": "2 Elm St", "city": "Mesa", "state": "AZ", "postal": "85201" }],
    });
    let contact = admin(&simulator, "POST", "contact", &known.to_string())["id"].as_i64().unwrap();
    run(folder, &["check"], 0);
    // Only his gifts went, when the newer file came.
    let planned = run(folder, &at(&["plan"], &simulator), 0);
    let gifts = planned["plans"].as_array().unwrap().iter().map(|p| p.as_str().unwrap());
    let gifts = gifts.filter(|name| name.ends_with("gifts")).collect::<Vec<_>>();
    assert_eq!(gifts.len(), 1, "{planned}");
    run(folder, &apply(gifts[0], &simulator), 0);
    edit(folder, "input/donors.csv", |line| {
        Some(if line.starts_with("D-2,") {
            "D-2,,Beatrix,Vandermeer,77 Far Away Road,Reno,NV,89501,775-555-9999,bea@example.net".to_owned()
        } else {
            line.to_owned()
        })
    });
    run(folder, &["redo", "read"], 0);
    heirloom(folder, &["check"]);
    send_all(folder, &simulator);
    let all = admin(&simulator, "GET", "gifts", "");
    let of = |gift: &&Value| gift["contact_id"] == contact;
    let keys: Vec<&str> =
        all.as_array().unwrap().iter().filter(of).map(|g| g["transaction_id"].as_str().unwrap()).collect();
    assert_eq!(keys.len(), 2, "{keys:?} of 12, six donors");
    assert_eq!(admin(&simulator, "GET", "contacts", "").as_array().unwrap().len(), 6);
    run(folder, &["verify"], 0);
}
