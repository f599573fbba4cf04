//! What keeps gifts out of plans, through the real binary: that it is said, by whom it can be mended, and
//! that there is a way on.

use std::path::Path;

use serde_json::{Value, json};

use heirloom_tests::invented::gift_minor;

use crate::support::{Simulator, apply, at, heirloom, invented_migration, night_and_run, run, said};

/// What `explain` prints.
fn explained(folder: &Path, what: &str) -> String {
    said(&heirloom(folder, &["explain", what])).1
}

/// The gift's reason in the crosswalk.
fn crosswalk(folder: &Path, key: &str) -> String {
    heirloom(folder, &["report", "--crosswalk"]);
    let text = std::fs::read_to_string(folder.join("reports/crosswalk-gifts.csv")).unwrap();
    text.lines().find(|line| line.split(',').any(|cell| cell == key)).unwrap().to_owned()
}

fn next(document: &Value) -> &str {
    document["next"].as_str().unwrap()
}

#[test]
fn a_project_that_is_lacking_is_named_before_donors_are_sent_and_needs_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 4, 12);
    let mapping = folder.join("mappings/gifts.toml");
    let text = std::fs::read_to_string(&mapping).unwrap();
    std::fs::write(&mapping, text.replace("\"GARDEN\"", "\"NOWHERE\"")).unwrap();
    let simulator = Simulator::serve(folder, "refused");
    run(folder, &["check"], 0);
    // Every third gift is for the garden.
    let planned = run(folder, &at(&["plan"], &simulator), 3);
    assert_eq!(planned["plans"], json!(["001-contacts"]));
    assert_eq!(
        (&planned["lacking"][0]["code"], &planned["lacking"][0]["rows"]),
        (&json!("NOWHERE"), &json!(4)),
        "{planned}"
    );
    let answer = |folder: &Path| said(&heirloom(folder, &["status"])).1;
    let garden: i64 = [3, 6, 9, 12].into_iter().map(gift_minor).sum();
    let held = format!("4 rows worth ${}.{:02}", garden / 100, garden % 100);
    assert!(answer(folder).contains(&format!("{held} need a person")), "{}", answer(folder));
    assert!(explained(folder, "gift:G-3").contains("Virtuous lacks the project \"NOWHERE\""));
    assert!(crosswalk(folder, "G-3").contains("Virtuous lacks the project"));

    run(folder, &apply("001-contacts", &simulator), 12);
    night_and_run(&simulator);
    run(folder, &at(&["reconcile"], &simulator), 3);
    run(folder, &at(&["plan"], &simulator), 3);
    run(folder, &apply("002-gifts", &simulator), 12);
    night_and_run(&simulator);
    let found = run(folder, &at(&["reconcile"], &simulator), 3);
    assert_eq!(found["gifts"]["agree"], json!(8));
    assert!(answer(folder).contains(&format!("Held for a person: {held}.")), "{}", answer(folder));
    assert!(next(&found).contains("make in Virtuous what is lacking"), "{}", next(&found));
}

#[test]
fn donors_that_were_discarded_need_a_word_and_then_go_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 4, 12);
    let simulator = Simulator::serve(folder, "refused");
    run(folder, &["check"], 0);
    run(folder, &at(&["plan"], &simulator), 0);
    run(folder, &apply("001-contacts", &simulator), 12);
    let sheet = run(folder, &["handover"], 12);
    let batch = format!("batch:{}", sheet["imports"][0]["name"].as_str().unwrap());
    run(folder, &["unresolved", "resolve", &batch, "--as", "discarded", "--initials", "DK"], 0);

    let sheet = run(folder, &["handover"], 3);
    assert_eq!(sheet["imports"][0]["to_do"], json!("discarded"));
    let again = "heirloom unresolved resolve plan:001-contacts --as again --initials XX";
    assert!(next(&sheet).starts_with(again), "{}", next(&sheet));
    assert!(explained(folder, "gift:G-1").contains("waits for its donor, who is discarded"));

    run(folder, &["unresolved", "resolve", "plan:001-contacts", "--as", "again", "--initials", "DK"], 0);
    let planned = run(folder, &at(&["plan"], &simulator), 0);
    assert_eq!(planned["plans"], json!(["002-contacts"]));
}
