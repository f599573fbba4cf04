//! Commands that look, beside a run that sends: they show how it stands, and change nothing.

use std::path::Path;
use std::process::Child;
use std::time::Duration;

use serde_json::Value;

use crate::kill::{apply_arguments, document, night_run_reconcile, run};
use crate::support::{FAST, Simulator, at, gifts_planned, heirloom, invented_migration, said, started};

/// Commands that only look, each with its exit code beside a run that sends.
const LOOKING: [(&[&str], i32); 10] = [
    (&["status"], 6),
    (&["report"], 6),
    (&["report", "--crosswalk"], 6),
    (&["handover", "--out", "page.html"], 6),
    (&["explain", "total"], 0),
    (&["unresolved"], 6),
    (&["dedupe"], 0),
    (&["dedupe", "explain", "D-1", "D-2"], 0),
    (&["promises"], 0),
    (&["verify"], 0),
];

/// Runs a command that looks; its document says that somebody is at work.
fn look(folder: &Path, command: &[&str], exit: i32) -> Value {
    let (code, text) = said(&heirloom(folder, &[command, &["--json"]].concat()));
    assert_eq!(code, exit, "{command:?}: {text}");
    let document: Value = serde_json::from_str(&text).unwrap();
    assert!(document["at_work"].is_string() && document["error"].is_null(), "{command:?}: {text}");
    document
}

/// So few requests an hour that a plan of gifts is sent for longer than a test takes.
fn sending_slowly(folder: &Path, simulator: &Simulator) -> Child {
    let mut slow = apply_arguments("002-gifts", &simulator.address);
    slow.truncate(slow.len() - FAST.len());
    slow.extend(["--requests-per-hour", "1200", "--reserve", "0"]);
    started(folder, &slow)
}

/// What `status` says once it shows that something was sent.
fn status_of_what_is_sent(folder: &Path) -> Value {
    for _ in 0..600 {
        let status: Value = serde_json::from_str(&said(&heirloom(folder, &["status", "--json"])).1).unwrap();
        let piles = status["report"]["piles"].as_array().unwrap_or_else(|| panic!("{status}"));
        if piles.iter().any(|pile| pile["pile"] == "waiting at the vendor") {
            return status;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("nothing was seen to be sent");
}

#[test]
fn what_looks_can_be_run_beside_what_sends() {
    let workshop = tempfile::tempdir().unwrap();
    let folder = workshop.path();
    invented_migration(folder, 40, 300);
    let simulator = Simulator::serve(folder, "refused");
    gifts_planned(folder, &simulator);
    let mut sending = sending_slowly(folder, &simulator);
    let status = status_of_what_is_sent(folder);
    let report = &status["report"];
    assert_eq!(status["exit"], 6, "{status}");
    assert!(report["at_work"].as_str().unwrap().contains(&sending.id().to_string()), "{status}");
    let left = |kind: &str| -> i64 {
        let lines = report["chain"].as_array().unwrap().iter().filter(|line| line["kind"] == kind);
        lines.map(|line| line["amount"]["minor"].as_i64().unwrap()).sum()
    };
    assert_eq!(left("start") - left("minus"), left("end"), "{report}");

    for (command, exit) in LOOKING {
        look(folder, command, exit);
    }
    let page = std::fs::read_to_string(folder.join("page.html")).unwrap();
    assert!(page.contains("AT WORK") && page.contains("may be filling still"), "{page}");
    let output = heirloom(folder, &["status"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("is at work"), "{errors}");
    // A mapping that is edited meanwhile is not kept, and hides nothing.
    let path = folder.join("mappings/gifts.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}\n# a remark\n")).unwrap();
    for command in [&["status"][..], &["handover"]] {
        look(folder, command, 6);
    }
    std::fs::write(&path, text).unwrap();
    // What would change something waits for its turn.
    for command in [&["check"][..], &["redo", "map"], &at(&["plan"], &simulator)] {
        let (code, text) = said(&heirloom(folder, command));
        assert_eq!(code, 6, "{command:?}: {text}");
    }
    assert!(sending.try_wait().unwrap().is_none(), "it ended before it was looked at");

    sending.kill().unwrap();
    sending.wait().unwrap();
    let after = document(folder, &["status"]);
    assert!(after["report"]["at_work"].is_null());
    run(folder, &apply_arguments("002-gifts", &simulator.address));
    night_run_reconcile(folder, &simulator.address);
    assert_eq!(run(folder, &["verify"]).0, 0);
}

#[test]
fn what_is_half_mapped_is_no_alarm_for_who_looks_meanwhile() {
    let workshop = tempfile::tempdir().unwrap();
    let folder = workshop.path();
    invented_migration(folder, 3, 4);
    run(folder, &["check"]);
    let working = heirloom_ledger::Ledger::open(&folder.join("work/ledger.sqlite")).unwrap();
    working.redo(heirloom_ledger::Stage::Map).unwrap();
    for (command, exit) in [
        (&["verify"][..], 6),
        (&["explain", "total"], 6),
        (&["status"], 6),
        (&["report"], 6),
        (&["dedupe"], 2),
    ] {
        let (code, text) = said(&heirloom(folder, command));
        assert_eq!(code, exit, "{command:?}: {text}");
        assert!(!text.contains("DO NOT ADD UP") && !text.contains("cannot be trusted"), "{text}");
    }
    working.redo(heirloom_ledger::Stage::Read).unwrap();
    assert_eq!(said(&heirloom(folder, &["status"])).0, 6);
    drop(working);
    run(folder, &["check"]);
    assert_eq!(run(folder, &["verify"]).0, 0);
}

#[test]
fn whoever_works_does_not_wait_for_who_looks() {
    let workshop = tempfile::tempdir().unwrap();
    let folder = workshop.path();
    invented_migration(folder, 3, 4);
    run(folder, &["check"]);
    let looking = heirloom_ledger::Ledger::open(&folder.join("work/ledger.sqlite")).unwrap();
    let looking = looking.only_look().unwrap();
    assert_eq!(run(folder, &["redo", "map"]).0, 0);
    assert_eq!(run(folder, &["check"]).0, 0);
    assert!(run(folder, &["status"]).0 != 6, "one who looks is not at work");
    assert_eq!(looking.plans().unwrap().len(), 0);
}

#[test]
fn a_mapping_that_is_edited_is_named_by_who_looks_and_mapped_by_the_next_check() {
    let workshop = tempfile::tempdir().unwrap();
    let folder = workshop.path();
    invented_migration(folder, 5, 9);
    let simulator = Simulator::serve(folder, "refused");
    run(folder, &["check"]);
    let planned = document(folder, &at(&["plan"], &simulator));
    run(folder, &apply_arguments(planned["plans"][0].as_str().unwrap(), &simulator.address));
    let path = folder.join("mappings/gifts.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let rule =
        "\n[[exclude]]\nrule = \"checks\"\nwhen = [{ column = \"Payment Method\", is = [\"Check\"] }]\n";
    std::fs::write(&path, text + rule).unwrap();
    // Whoever looks, and whoever reads the target, leaves the mapping to check.
    for command in [&["status"][..], &["explain", "total"], &["report"]] {
        let (_, said) = run(folder, command);
        assert!(!said.contains("DO NOT ADD UP") && !said.contains("DOES NOT ADD UP"), "{command:?}: {said}");
    }
    let report = document(folder, &["status"])["report"].take();
    assert_eq!((&report["next"], report["unsettled"].is_string()), (&"heirloom check".into(), true));
    let verified = heirloom(folder, &["verify"]);
    assert_eq!(verified.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&verified.stderr).contains("gifts.toml changed since"));
    night_run_reconcile(folder, &simulator.address);
    let checked = run(folder, &["check"]).1;
    assert!(checked.contains("gifts.toml changed"), "{checked}");
    assert_eq!(run(folder, &["verify"]).0, 0);
    let report = document(folder, &["status"])["report"].take();
    assert!(report["unsettled"].is_null() && report["excluded"][0]["rule"] == "checks", "{report}");
}
