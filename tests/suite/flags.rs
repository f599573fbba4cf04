//! Flags of sending, through the real binary: each test fails if its flag does nothing.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Simulator, admin, apply, at, heirloom, invented_migration, run, said};

/// A seed whose first three lost replies do not follow each other: no minute is waited for.
const SPREAD_LOSSES: u64 = 2;

/// A served simulator with a migration that is planned against it.
fn planned(folder: &Path, donors: usize, habit: &str, change: impl Fn(&mut Value)) -> Simulator {
    invented_migration(folder, donors, donors);
    let simulator = Simulator::serve(folder, habit);
    let mut rules = admin(&simulator, "GET", "rules", "");
    change(&mut rules);
    admin(&simulator, "POST", "rules", &rules.to_string());
    run(folder, &["check"], 0);
    run(folder, &at(&["plan"], &simulator), 0);
    simulator
}

/// Calls to an address that the simulator saw.
fn calls(simulator: &Simulator, path: &str) -> usize {
    let seen = admin(simulator, "GET", "requests", "");
    let posts = |r: &&Value| {
        r["method"] == "POST" && r["path"].as_str().is_some_and(|p| p.to_lowercase().contains(path))
    };
    seen.as_array().unwrap().iter().filter(posts).count()
}

/// Rows that the vendor holds or has bundled for a source: what a person counts.
fn rows_of(simulator: &Simulator, source: &str) -> u64 {
    let imports = admin(simulator, "GET", "imports", "");
    let ours = imports.as_array().unwrap().iter().filter(|i| i["source"] == source);
    ours.map(|import| import["rows"].as_u64().unwrap()).sum()
}

#[test]
fn a_live_probe_sends_two_invented_gifts_and_its_count_becomes_a_fact() {
    for (habit, learned, lists) in [
        ("refused", "recognised", "atomic"),
        ("silent", "recognised", "unknown: the count does not say"),
        ("doubled", "not recognised", "unknown: the count does not say"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let simulator = planned(folder, 3, habit, |_| ());
        let contact =
            admin(&simulator, "POST", "contact", r#"{"individuals":[{"first":"Test","last":"Colleague"}]}"#);
        let contact = contact["id"].as_i64().unwrap_or_else(|| panic!("{contact}")).to_string();
        let name = admin(&simulator, "GET", "", "")["organization"].as_str().unwrap().to_owned();
        let with = |more: &[&'static str]| -> Vec<String> {
            let command = at(&[&["probe"][..], more].concat(), &simulator);
            command.into_iter().map(str::to_owned).collect()
        };
        let go =
            |all: Vec<String>, exit| run(folder, &all.iter().map(String::as_str).collect::<Vec<_>>(), exit);
        // Without --live nothing leaves; a wrong name is no word that lets it go.
        assert_eq!(go(with(&[]), 0)["sent"], false);
        let live = |named: &str| {
            let mut all = with(&["--live", "--project", "GEN"]);
            all.extend(["--contact", &contact, "--organization", named].map(str::to_owned));
            all
        };
        let refused = live("Another Organization");
        let refused: Vec<&str> = refused.iter().map(String::as_str).collect();
        assert_eq!(said(&heirloom(folder, &refused)).0, 2);
        assert_eq!(calls(&simulator, "gift/transaction"), 0, "{habit}: something left");

        let sent = go(live(&name), 12);
        assert_eq!(calls(&simulator, "gift/transaction"), 3, "{habit}: {sent}");
        assert_eq!(sent["answers"][0], "taken");
        admin(&simulator, "POST", "night", "");
        let counted = rows_of(&simulator, "heirloom-probe").to_string();
        let said = run(folder, &["probe", "--rows", &counted, "--initials", "DK"], 0);
        assert_eq!(said["repeats_held"], learned, "{habit} with {counted} rows");
        assert_eq!(said["lists"], lists, "{habit} with {counted} rows");
        // The fact stands with its evidence; that of rows already imported does not follow.
        let facts = run(folder, &["facts"], 0).to_string();
        assert!(facts.contains(&format!("{counted} rows counted")) && facts.contains("DK"), "{facts}");
        assert_eq!(rows_of(&simulator, "first-steps"), 0, "a row of the migration was sent");
    }
}

#[test]
fn the_pilot_begins_with_two_and_ten_and_without_it_lists_are_whole_at_once() {
    // 2, then 10, then the other 13; or all 25.
    for (more, expected) in [(&[][..], 3), (&["--no-pilot"][..], 1)] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let simulator = planned(folder, 25, "refused", |_| ());
        let ended = run(folder, &[&apply("001-contacts", &simulator)[..], more].concat(), 12);
        assert_eq!(calls(&simulator, "contact/batch"), expected, "{more:?}: {ended}");
    }
}

/// A zone in which it is between three and four in the morning.
fn three_in_the_morning() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let behind = (seconds / 3600 % 24) as i64 - 3;
    let behind = if behind > 12 { behind - 24 } else { behind };
    // The names of these zones count westwards.
    format!("Etc/GMT{}{}", if behind < 0 { "-" } else { "+" }, behind.abs())
}

#[test]
fn the_guard_band_is_as_wide_as_it_is_told_and_nothing_leaves_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let zone = three_in_the_morning();
    let simulator = planned(folder, 4, "refused", |rules| rules["zone"] = json!(zone.clone()));
    let command = |guard: &'static [&'static str]| {
        let command = at(&["apply", "001-contacts", "--settle", "0"], &simulator);
        command.into_iter().chain(guard.iter().copied()).collect::<Vec<_>>()
    };
    let ended = run(folder, &command(&["--guard", "360"]), 4);
    assert!(ended["ending"].as_str().unwrap().contains("Paused until"), "{ended}");
    assert_eq!(calls(&simulator, "contact/batch"), 0, "something left in the band");
    let ended = run(folder, &command(&["--guard", "15"]), 12);
    assert_eq!(calls(&simulator, "contact/batch"), 2, "2, then the rest: {ended}");
}

#[test]
fn a_cautious_run_stops_at_the_third_call_that_nobody_answered() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = planned(folder, 12, "refused", |rules| {
        rules["faults"]["seed"] = json!(SPREAD_LOSSES);
        rules["faults"]["faults_max"] = json!(3);
        rules["faults"]["creating_only"] = json!(true);
        rules["faults"]["lose_reply"] = json!(500);
    });
    let command = [&apply("001-contacts", &simulator)[..], &["--no-pilot", "--list-size", "1"]].concat();
    let ended = run(folder, &[&command[..], &["--cautious"]].concat(), 9);
    assert!(ended["ending"].as_str().unwrap().contains("3 doubtful calls"), "{ended}");
    let seen = admin(&simulator, "GET", "requests", "");
    let creating =
        |r: &&Value| r["method"] == "POST" && r["path"].as_str().unwrap().contains("Contact/Batch");
    let lost: Vec<bool> =
        seen.as_array().unwrap().iter().filter(creating).map(|r| !r["fault"].is_null()).collect();
    assert_eq!(lost.iter().filter(|lost| **lost).count(), 3, "{lost:?}");
    assert_eq!(lost.last(), Some(&true), "it went on after the third: {lost:?}");
    // Without the flag the rest leaves too, and what was lost stays a person's to look at.
    run(folder, &command, 9);
    assert_eq!(calls(&simulator, "contact/batch"), 12);
}

#[test]
fn contacts_without_half_of_their_name_are_forecast_as_the_vendor_counts_them() {
    for made_by_themselves in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let simulator = planned(folder, 12, "refused", |rules| {
            rules["create_new_contacts"] = json!(made_by_themselves);
        });
        let donors = folder.join("input/donors.csv");
        let text = std::fs::read_to_string(&donors).unwrap().replace("Given3,", ",").replace("Family7,", ",");
        std::fs::write(&donors, text).unwrap();
        run(folder, &["redo", "read"], 0);
        run(folder, &["check"], 0);
        let clicks = run(folder, &at(&["plan"], &simulator), 0)["clicks"].take();
        let counts = |name: &str| clicks[name].as_u64().unwrap();
        assert_eq!((counts("match_needed"), counts("half_named")), (12, 2), "{clicks}");
        run(folder, &apply("002-contacts", &simulator), 12);
        admin(&simulator, "POST", "night", "");
        let imports = admin(&simulator, "GET", "imports", "");
        let there = |bucket: &str| -> u64 {
            imports.as_array().unwrap().iter().map(|import| import[bucket].as_u64().unwrap()).sum()
        };
        // The setting spares a click for everybody but those.
        let expected = if made_by_themselves { (10, 0, 2) } else { (0, 12, 0) };
        assert_eq!((there("ready"), there("match_needed"), there("update_needed")), expected, "{imports}");
    }
}

#[test]
fn a_plan_says_its_nights_its_runs_and_what_is_known_of_the_organization() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = planned(folder, 40, "refused", |rules| rules["zone"] = json!(three_in_the_morning()));
    run(folder, &["plan", "--drop", "001-contacts"], 0);
    let known =
        ["facts", "record", "lists", "atomic", "--evidence", "the probe of 3 March", "--initials", "DK"];
    run(folder, &known, 0);
    let planned = run(folder, &at(&["plan"], &simulator), 0);
    let forecast = &planned["forecasts"][0];
    assert_eq!((&forecast["plan"], &forecast["runs"]), (&json!("002-contacts"), &json!(1)), "{planned}");
    assert!(forecast["why"].as_str().unwrap().contains("requests an hour"), "{planned}");
    let text = std::fs::read_to_string(folder.join("plans/002-contacts.plan.json")).unwrap();
    let plan: Value = serde_json::from_str(&text).unwrap();
    let facts: Vec<_> = plan["facts"].as_array().unwrap().iter().map(|f| &f["value"]).collect();
    assert_eq!(facts.iter().filter(|value| **value == "atomic").count(), 1, "{facts:?}");
    assert_eq!(facts.iter().filter(|value| **value == "unknown").count(), 4, "{facts:?}");
    // As many calls as it said, by the vendor's own log.
    run(folder, &apply("002-contacts", &simulator), 12);
    assert_eq!(forecast["calls"].as_u64(), Some(calls(&simulator, "contact/batch") as u64), "{planned}");
}

#[test]
fn without_a_zone_that_is_known_nothing_is_sent_until_somebody_says_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = planned(folder, 4, "refused", |rules| rules["zone"] = json!("Mountain Standard Time"));
    let apply = |more: &[&'static str]| {
        let command = [at(&["apply", "001-contacts", "--settle", "0"], &simulator), more.to_vec()].concat();
        heirloom(folder, &command)
    };
    let refused = apply(&[]);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{error}");
    assert!(error.contains("Mountain Standard Time") && error.contains("--zone"), "{error}");
    assert_eq!(apply(&["--zone", "Mountain Time"]).status.code(), Some(2));
    assert_eq!(calls(&simulator, "contact/batch"), 0);
    // Far from midnight it sends, and knows the zone from then on.
    let zone: &'static str = three_in_the_morning().leak();
    assert_eq!(said(&apply(&["--zone", zone, "--guard", "360"])).0, 4, "it is three in the morning there");
    assert_eq!(said(&apply(&["--guard", "15"])).0, 12);
    assert_eq!(calls(&simulator, "contact/batch"), 2);
}

#[test]
fn requests_of_a_run_are_counted_over_a_renewed_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = planned(folder, 12, "refused", |_| ());
    let sign_in = ["sign-in", "--user", "dana@example.org", "--token-file", "token", "--target"];
    let signed = std::process::Command::new(crate::support::binary())
        .args(sign_in)
        .arg(&simulator.address)
        .current_dir(folder)
        .env("HEIRLOOM_PASSWORD", "heirloom-simulator")
        .output()
        .unwrap();
    assert_eq!(said(&signed).0, 0, "{}", String::from_utf8_lossy(&signed.stderr));
    // The first list is refused for its sign-in, and counts.
    let mut rules = admin(&simulator, "GET", "rules", "");
    rules["faults"]["creating_only"] = json!(true);
    rules["faults"]["faults_max"] = json!(1);
    rules["faults"]["spurious_401"] = json!(1000);
    admin(&simulator, "POST", "rules", &rules.to_string());
    let command = ["apply", "001-contacts", "--token-file", "token", "--no-guard", "--no-pilot"];
    // Whose token it is is asked twice, once with the renewed one.
    let allowed = ["--list-size", "1", "--max-requests", "5"];
    let ended = run(folder, &[&at(&command, &simulator)[..], &allowed].concat(), 4);
    assert!(ended["ending"].as_str().unwrap().contains("requests given for this run"), "{ended}");
    // Three left; the vendor turned the first away at its door, and has it in no log.
    assert_eq!((ended["requests"].as_u64(), calls(&simulator, "contact/batch")), (Some(3), 2), "{ended}");
}
