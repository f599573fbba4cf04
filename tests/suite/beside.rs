//! Commands that look, beside a run that sends: they show how it stands, and change nothing.

use std::time::Duration;

use serde_json::Value;

use crate::kill::{apply_arguments, document, night_run_reconcile, run};
use crate::support::{FAST, Simulator, at, heirloom, invented_migration, said, started};

/// Commands that only look.
const LOOKING: [&[&str]; 8] = [
    &["status"],
    &["report"],
    &["report", "--crosswalk"],
    &["handover"],
    &["explain", "total"],
    &["unresolved"],
    &["dedupe"],
    &["verify"],
];

#[test]
fn what_looks_can_be_run_beside_what_sends() {
    let workshop = tempfile::tempdir().unwrap();
    let folder = workshop.path();
    invented_migration(folder, 40, 300);
    let simulator = Simulator::serve(folder, "refused");
    run(folder, &["check"]);
    let plan = || -> String {
        document(folder, &at(&["plan"], &simulator))["plans"][0].as_str().unwrap().to_owned()
    };
    let contacts = plan();
    run(folder, &apply_arguments(&contacts, &simulator.address));
    night_run_reconcile(folder, &simulator.address);
    let gifts = plan();

    // So few requests an hour that it works for longer than this test.
    let mut slow = apply_arguments(&gifts, &simulator.address);
    slow.truncate(slow.len() - FAST.len());
    slow.extend(["--requests-per-hour", "1200", "--reserve", "0"]);
    let mut sending = started(folder, &slow);
    let sent = |report: &Value| {
        let piles = report["piles"].as_array().unwrap().clone();
        piles.iter().any(|pile| pile["pile"] == "waiting at the vendor")
    };
    let mut status = Value::Null;
    for _ in 0..600 {
        status = serde_json::from_str(&said(&heirloom(folder, &["status", "--json"])).1).unwrap();
        assert!(status["report"].is_object(), "{status}");
        if sent(&status["report"]) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let report = &status["report"];
    assert!(sent(report), "nothing was seen to be sent: {report}");
    assert_eq!(status["exit"], 6, "{status}");
    assert!(report["at_work"].as_str().unwrap().contains(&sending.id().to_string()), "{status}");
    let left = |kind: &str| -> i64 {
        let lines = report["chain"].as_array().unwrap().iter().filter(|line| line["kind"] == kind);
        lines.map(|line| line["amount"]["minor"].as_i64().unwrap()).sum()
    };
    assert_eq!(left("start") - left("minus"), left("end"), "{report}");

    for command in LOOKING {
        let output = heirloom(folder, command);
        let (code, text) = said(&output);
        assert!([0, 3, 6].contains(&code), "{command:?} ended {code}: {text}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.contains("is at work"), "{command:?}: {errors}");
    }
    // What would change something waits for its turn.
    for command in [&["check"][..], &["redo", "map"], &["plan", "--offline"]] {
        let (code, text) = said(&heirloom(folder, command));
        assert!(code == 6 || (code == 2 && command[0] == "plan"), "{command:?} ended {code}: {text}");
    }
    assert!(sending.try_wait().unwrap().is_none(), "it ended before it was looked at");

    sending.kill().unwrap();
    sending.wait().unwrap();
    let after = document(folder, &["status"]);
    assert!(after["report"]["at_work"].is_null());
    run(folder, &apply_arguments(&gifts, &simulator.address));
    night_run_reconcile(folder, &simulator.address);
    assert_eq!(run(folder, &["verify"]).0, 0);
}
