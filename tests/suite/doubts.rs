//! Gifts whose answers were lost, through the real binary: what looking shows, and what a person may say when.

use std::path::Path;

use heirloom_ledger::Ledger;
use heirloom_model::ItemKind;
use serde_json::{Value, json};

use crate::support::{
    Simulator, admin, apply, at, gifts_planned, heirloom, invented_migration, night_and_run, run,
};

const GIFTS: u64 = 12;

/// Donors are there; every answer to the gifts' sending is lost, at a vendor that takes repeats for new gifts.
fn lost(folder: &Path, change: impl Fn(&mut Value)) -> (Simulator, Value) {
    invented_migration(folder, 4, GIFTS as usize);
    let simulator = Simulator::serve(folder, "doubled");
    gifts_planned(folder, &simulator);
    let mut rules = admin(&simulator, "GET", "rules", "");
    rules["faults"]["creating_only"] = json!(true);
    rules["faults"]["faults_max"] = json!(1000);
    rules["faults"]["lose_reply"] = json!(1000);
    change(&mut rules);
    admin(&simulator, "POST", "rules", &rules.to_string());
    let shown = rules["pending_gifts_shown"] == true;
    let whole_lists = [&apply("002-gifts", &simulator)[..], &["--no-pilot"]].concat();
    let ended = run(folder, &whole_lists, if shown { 12 } else { 9 });
    (simulator, ended)
}

/// Items of a state, as `apply --json` names it.
fn of(ended: &Value, state: &str) -> u64 {
    ended["states"][state]["items"].as_u64().unwrap_or_default()
}

#[test]
fn a_gift_that_a_look_up_shows_without_an_id_waits_and_is_in_no_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let (_simulator, ended) = lost(folder.path(), |rules| rules["pending_gifts_shown"] = json!(true));
    assert_eq!(
        (of(&ended, "waiting at the vendor"), of(&ended, "in doubt") + of(&ended, "parked")),
        (GIFTS, 0),
        "{ended}"
    );
}

#[test]
fn nobody_can_say_that_a_gift_did_not_arrive_before_the_import_is_closed_that_would_show_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (simulator, ended) = lost(folder, |_| ());
    assert_eq!(of(&ended, "in doubt") + of(&ended, "parked"), GIFTS, "{ended}");
    let listed = heirloom(folder, &["unresolved"]);
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(text.contains("can be seen from") && !text.contains("not-sent"), "{text}");

    // They did arrive. Said now that they did not, they would go again, and be there twice.
    for ruling in ["not-sent", "discarded"] {
        let output = heirloom(folder, &["unresolved", "resolve", "all", "--as", ruling, "--initials", "DK"]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("nobody can see yet that 12 items did not arrive"), "{error}");
    }
    let still = run(folder, &["unresolved"], 9);
    assert_eq!(still["unresolved"].as_array().unwrap().len() as u64, GIFTS);

    // What is there can be said at any time; and early, where somebody knows that nothing is on its way.
    let rule = |what: &str, more: &[&str]| {
        let words = ["unresolved", "resolve", what, "--initials", "DK", "--as"];
        run(folder, &[&words[..], more].concat(), 0)
    };
    assert_eq!(rule("G-1", &["sent"])["ruled"], json!(["G-1"]));
    // The rest of that import means the rest: what was said of a gift before stands.
    let batch = format!("batch:{}", still["unresolved"][0]["batch"].as_str().unwrap());
    let early = rule(&batch, &["not-sent", "--early"]);
    let ruled = early["ruled"].as_array().unwrap();
    assert!(ruled.len() as u64 == GIFTS - 1 && !ruled.contains(&json!("G-1")), "{early}");
    // By its own id it can be taken back.
    assert_eq!(rule("gift:G-1", &["not-sent", "--early"])["ruled"], json!(["G-1"]));
    drop(simulator);
}

#[test]
fn what_never_arrived_goes_in_a_new_plan_as_it_is_mapped_by_then() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let lose_before = |rules: &mut Value, per_mille: u64| {
        rules["faults"]["lose_reply"] = json!(0);
        rules["faults"]["drop_before"] = json!(per_mille);
    };
    let (simulator, ended) = lost(folder, |rules| lose_before(rules, 1000));
    assert_eq!(of(&ended, "in doubt") + of(&ended, "parked"), GIFTS, "{ended}");
    run(folder, &["unresolved", "resolve", "all", "--as", "not-sent", "--early", "--initials", "DK"], 0);

    // Somebody mends the mapping: the plan is stale, and its gifts are mapped anew.
    let mapping = folder.join("mappings/gifts.toml");
    let text = std::fs::read_to_string(&mapping).unwrap();
    std::fs::write(&mapping, text.replace("\"School Garden\" = \"GARDEN\"", "\"School Garden\" = \"GEN\""))
        .unwrap();
    run(folder, &apply("002-gifts", &simulator), 7);
    let mut rules = admin(&simulator, "GET", "rules", "");
    lose_before(&mut rules, 0);
    admin(&simulator, "POST", "rules", &rules.to_string());
    let planned = run(folder, &at(&["plan"], &simulator), 0);
    let plan = planned["plans"][0].as_str().unwrap();
    // In one list, as large as the plan: still not the whole of its batch.
    run(folder, &[&apply(plan, &simulator)[..], &["--no-pilot"]].concat(), 12);
    night_and_run(&simulator);
    let found = run(folder, &at(&["reconcile"], &simulator), 0);
    assert_eq!(found["gifts"]["agree"], json!(GIFTS));

    let gifts = admin(&simulator, "GET", "gifts", "");
    let gifts = gifts.as_array().unwrap();
    assert_eq!(gifts.len() as u64, GIFTS, "each once");
    assert!(gifts.iter().all(|gift| !gift["designations"].to_string().contains("GARDEN")), "{gifts:?}");
    run(folder, &["verify"], 0);

    // The control total went with the first plan of the label alone, of which it was true.
    let ledger = Ledger::open(&folder.join("work/ledger.sqlite")).unwrap();
    let gift_plans = ledger.plans().unwrap().into_iter().filter(|plan| plan.kind == ItemKind::Gift);
    let totals: Vec<Vec<bool>> = gift_plans
        .map(|plan| {
            let attempts = ledger.attempts().unwrap().into_iter().filter(|a| a.plan == plan.id);
            let envelopes = attempts.map(|a| serde_json::from_str::<Value>(&a.envelope).unwrap());
            envelopes.map(|envelope| envelope["total"].is_string()).collect()
        })
        .collect();
    assert_eq!(totals[0].first(), Some(&true), "{totals:?}");
    assert!(!totals[1].is_empty() && totals[1].iter().all(|total| !total), "{totals:?}");
}

#[test]
fn an_id_that_is_taken_there_is_no_refusal_and_is_confirmed_once_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 2, 8);
    let simulator = Simulator::serve(folder, "refused");
    gifts_planned(folder, &simulator);
    // A proxy brings each sending twice; of some the answer to the second copy is the one that comes back.
    let mut rules = admin(&simulator, "GET", "rules", "");
    rules["faults"]["creating_only"] = json!(true);
    rules["faults"]["faults_max"] = json!(8);
    rules["faults"]["doubled"] = json!(1000);
    admin(&simulator, "POST", "rules", &rules.to_string());
    let one_by_one = ["--no-pilot", "--list-size", "1"];
    run(folder, &[&apply("002-gifts", &simulator)[..], &one_by_one].concat(), 12);
    let todo = |folder: &Path, exit: i32| -> Vec<(String, Value)> {
        let report = run(folder, &["status"], exit)["report"].take();
        let todo = report["todo"].as_array().unwrap().iter();
        todo.map(|one| (one["what"].as_str().unwrap().to_owned(), one["rows"].clone())).collect()
    };
    let listed = todo(folder, 12);
    assert!(
        listed
            .iter()
            .any(|(what, rows)| what.contains("its id is taken") && (1..8).contains(&rows.as_u64().unwrap())),
        "{listed:?}"
    );
    assert!(!listed.iter().any(|(what, _)| what.contains("the vendor refused")), "{listed:?}");
    night_and_run(&simulator);
    run(folder, &at(&["reconcile"], &simulator), 0);
    assert_eq!(todo(folder, 0), []);
    assert_eq!(admin(&simulator, "GET", "gifts", "").as_array().unwrap().len(), 8);
    run(folder, &["verify"], 0);
}
