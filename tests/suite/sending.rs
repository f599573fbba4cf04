//! In which calls donors and gifts go, as the settings say: through the real binary against a served simulator.

use std::path::Path;

use serde_json::Value;

use crate::support::{Simulator, admin, apply, at, invented_migration, night_and_run, run};

const DONORS: usize = 6;
const GIFTS: usize = 30;

/// Donors and gifts, checked, with a line of settings of the plan's calls.
fn checked(folder: &Path, line: &str) -> Simulator {
    invented_migration(folder, DONORS, GIFTS);
    let path = folder.join("heirloom.toml");
    let settings = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{settings}\n[sending]\n{line}\n")).unwrap();
    run(folder, &["check"], 0);
    Simulator::serve(folder, "refused")
}

/// Paths of what was sent of contacts.
fn creating(simulator: &Simulator) -> Vec<String> {
    let seen = admin(simulator, "GET", "requests", "");
    let posts = seen.as_array().unwrap().iter().filter(|r| r["method"] == "POST");
    let paths = posts.map(|r| r["path"].as_str().unwrap().to_owned());
    paths.filter(|path| path.contains("Contact") && !path.contains("/Query")).collect()
}

fn imports_of_gifts(simulator: &Simulator) -> Vec<Value> {
    let imports = admin(simulator, "GET", "imports", "");
    let gifts = imports.as_array().unwrap().iter().filter(|one| one["kind"] == "Gifts");
    gifts.cloned().collect()
}

fn forecast<'a>(document: &'a Value, plan: &str) -> &'a Value {
    document["forecasts"].as_array().unwrap().iter().find(|one| one["plan"] == plan).unwrap()
}

#[test]
fn donors_go_one_by_one_where_the_settings_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = checked(folder, "contacts = \"one-by-one\"");
    let planned = run(folder, &at(&["plan"], &simulator), 0);
    assert_eq!(forecast(&planned, "001-contacts")["calls"], DONORS);
    run(folder, &apply("001-contacts", &simulator), 12);
    assert_eq!(creating(&simulator), vec!["/api/Contact/Transaction"; DONORS]);
    let page = run(folder, &["handover"], 12);
    assert_eq!((&page["runs"], &page["imports"][0]["calls"]), (&1.into(), &0.into()), "{page}");
    night_and_run(&simulator);
    run(folder, &at(&["reconcile"], &simulator), 0);
    run(folder, &at(&["plan"], &simulator), 0);
    run(folder, &apply("002-gifts", &simulator), 12);
    night_and_run(&simulator);
    let read = run(folder, &at(&["reconcile"], &simulator), 0);
    assert_eq!((&read["contacts"]["agree"], &read["gifts"]["agree"]), (&DONORS.into(), &GIFTS.into()));
}

#[test]
fn gifts_ask_for_an_import_of_the_name_that_the_handover_sheet_counts_by() {
    for (habit, at_once) in [("PerCall", true), ("JoinedByName", true), ("Ignored", false)] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let simulator = checked(folder, "create_import = true");
        let mut rules = admin(&simulator, "GET", "rules", "");
        rules["create_import"] = habit.into();
        admin(&simulator, "POST", "rules", &rules.to_string());
        run(folder, &at(&["plan"], &simulator), 0);
        run(folder, &apply("001-contacts", &simulator), 12);
        night_and_run(&simulator);
        run(folder, &at(&["reconcile"], &simulator), 0);
        let planned = run(folder, &at(&["plan"], &simulator), 0);
        run(folder, &apply("002-gifts", &simulator), 12);
        let page = run(folder, &["handover"], 12);
        let ours = page["imports"].as_array().unwrap().last().unwrap();
        let theirs = imports_of_gifts(&simulator);
        assert_eq!(theirs.is_empty(), !at_once, "{habit}");
        assert_eq!(ours["calls"], forecast(&planned, "002-gifts")["calls"], "{habit}");
        let expected = if habit == "PerCall" { ours["calls"].as_u64().unwrap() } else { u64::from(at_once) };
        assert_eq!(theirs.len() as u64, expected, "{habit}");
        for import in &theirs {
            let name = format!("first-steps {}", ours["name"].as_str().unwrap());
            assert_eq!(import["name"], name.as_str(), "{habit}");
        }
        let sum = |field: &str| theirs.iter().map(|one| one[field].as_i64().unwrap()).sum::<i64>();
        // What is seen of one import says nothing of another: of several calls, all must be meant.
        let batch = format!("batch:{}", ours["name"].as_str().unwrap());
        let said = ["unresolved", "resolve", &batch, "--as", "run", "--initials", "DK"];
        run(folder, &said, 2);
        run(folder, &[&said[..], &["--every-import"]].concat(), 0);
        if at_once {
            let counted = (ours["items"].as_i64().unwrap(), ours["minor"].as_str().unwrap().to_owned());
            assert_eq!((sum("rows"), sum("total_minor").to_string()), counted, "{habit}");
            // No midnight in between.
            admin(&simulator, "POST", "run", "");
        } else {
            night_and_run(&simulator);
        }
        let read = run(folder, &at(&["reconcile"], &simulator), 0);
        assert_eq!(read["gifts"]["agree"], GIFTS, "{habit}");
    }
}
