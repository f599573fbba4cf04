//! What is no gift is kept and said: promises with what was paid of them, by hand-made figures.

use serde_json::Value;

use crate::support::{copy_folder, heirloom, root, said};

fn after_check(scenario: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let workshop = tempfile::tempdir().unwrap();
    let folder = workshop.path().join("migration");
    copy_folder(&root().join("tests/scenarios").join(scenario), &folder);
    let (code, text) = said(&heirloom(&folder, &["check", "--json"]));
    assert_eq!(code, 0, "{text}");
    (workshop, folder)
}

#[test]
fn promises_are_listed_with_what_was_paid_and_what_is_open() {
    let (_workshop, folder) = after_check("pledges-and-schedules");
    let (code, text) = said(&heirloom(&folder, &["promises", "--json", "--out", "promises.csv"]));
    assert_eq!(code, 0, "{text}");
    let document: Value = serde_json::from_str(&text).unwrap();
    let list = document["promises"].as_array().unwrap();
    let fact = |n: usize, key: &str| list[n][key].as_str().unwrap_or("null").to_owned();
    assert_eq!(list.len(), 2, "{text}");
    // P-1 promises 1,200.00; g-1 and g-2 paid 600.00 and 300.00 of it.
    assert_eq!(
        (fact(0, "id"), fact(0, "amount"), fact(0, "paid_minor")),
        ("P-1".into(), "1200.00".into(), "90000".into())
    );
    assert_eq!(
        (fact(0, "open_minor"), fact(0, "frequency"), fact(0, "ends")),
        ("30000".into(), "Quarterly".into(), "2019-12-31".into())
    );
    assert_eq!(list[0]["installments"].as_array().unwrap().len(), 2);
    // R-1 is 25.00 a month without an end; two came.
    assert_eq!(
        (fact(1, "kind"), fact(1, "paid_minor"), fact(1, "open_minor")),
        ("recurring gift".into(), "5000".into(), "null".into())
    );
    let csv = std::fs::read_to_string(folder.join("promises.csv")).unwrap();
    let first = csv.lines().nth(1).unwrap();
    assert!(first.contains("P-1,D-1,2019-01-31,1200.00") && first.ends_with("2,900.00,300.00"), "{first}");
    let (code, text) = said(&heirloom(&folder, &["promises"]));
    assert_eq!(code, 0);
    assert!(text.contains("1 pledge, $1,200.00 promised, $900.00 paid, $300.00 open"), "{text}");
    assert!(text.trim_end().lines().last().unwrap().starts_with("Next:"), "{text}");
    let (code, text) = said(&heirloom(&folder, &["verify", "--json"]));
    assert_eq!(code, 0, "{text}");
}
