//! Promises 3 and 4 through the real binary: what may not send does not, and what went stale is refused.

use crate::support::{FAST, Simulator, creating_calls, heirloom, invented_migration, said};

#[test]
fn checking_planning_and_reconciling_create_nothing_at_the_target() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 5, 9);
    let simulator = Simulator::serve(folder, "refused");
    let target = simulator.address.as_str();
    for arguments in [
        &["check"][..],
        &[&["plan", "--target", target][..], &FAST].concat(),
        &["status"],
        &["report"],
        &["report", "--crosswalk"],
        &["handover"],
        &["verify"],
        &[&["reconcile", "--target", target][..], &FAST].concat(),
        &[&["plan", "--target", target][..], &FAST].concat(),
        &["explain", "total"],
        &["unresolved"],
        &["rehearse"],
    ] {
        let (code, text) = said(&heirloom(folder, arguments));
        assert!([0, 3].contains(&code), "{arguments:?} ended {code}: {text}");
        assert_eq!(creating_calls(&simulator), 0, "{arguments:?} created something");
    }
}

#[test]
fn a_stale_plan_is_refused_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 5, 9);
    let simulator = Simulator::serve(folder, "refused");
    let target = simulator.address.as_str();
    assert_eq!(said(&heirloom(folder, &["check"])).0, 0);
    assert_eq!(said(&heirloom(folder, &[&["plan", "--target", target][..], &FAST].concat())).0, 0);
    let path = folder.join("heirloom.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("batch = \"", "batch = \"Another ")).unwrap();
    let output = heirloom(folder, &["apply", "001-contacts", "--target", target]);
    assert_eq!(said(&output).0, 7, "{}", String::from_utf8_lossy(&output.stderr));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let told = "the plan is stale: the settings changed since it was sealed; 5 items of it were not sent yet, 0 were";
    assert!(error.contains(told), "{error}");
    assert_eq!(creating_calls(&simulator), 0);
}

#[test]
fn a_second_copy_is_told_who_holds_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 3, 4);
    assert_eq!(said(&heirloom(folder, &["check"])).0, 0);
    let held = heirloom_ledger::Ledger::open(&folder.join("work/ledger.sqlite")).unwrap();
    let output = heirloom(folder, &["status"]);
    assert_eq!(said(&output).0, 6);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains(&std::process::id().to_string()), "{error}");
    drop(held);
    assert_eq!(said(&heirloom(folder, &["status"])).0, 0);
}

#[test]
fn what_was_sent_under_an_earlier_mapping_is_told_and_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 5, 9);
    let simulator = Simulator::serve(folder, "refused");
    let target = ["--target", simulator.address.as_str()];
    let fast = |arguments: &[&str]| said(&heirloom(folder, &[arguments, &target, &FAST].concat()));
    assert_eq!(said(&heirloom(folder, &["check"])).0, 0);
    assert_eq!(fast(&["plan"]).0, 0);
    let confirmed = ["--confirm-count", "5", "--confirm-total", "0", "--no-guard"];
    let (code, text) = fast(&[&["apply", "001-contacts"][..], &confirmed].concat());
    assert_eq!(code, 12, "{text}");
    let path = folder.join("mappings/donors.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text + "\n[fields]\nlast = { column = [\"City\"] }\n").unwrap();
    let (code, text) = said(&heirloom(folder, &["check"]));
    assert_eq!(code, 3, "what was corrected waits for a person: {text}");
    let (code, text) = said(&heirloom(folder, &["verify"]));
    assert_eq!(code, 0, "{text}");
    assert_eq!(text.matches("sent before the mapping changed").count(), 5, "{text}");
}
