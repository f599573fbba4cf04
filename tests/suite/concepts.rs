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

/// The first cells of the lines of a table, from its heading to the next one.
fn concepts_of(page: &str, heading: &str) -> Vec<String> {
    let section = page.split(heading).nth(1).unwrap_or_else(|| panic!("no {heading}"));
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    let cells = lines.filter_map(|line| Some(line.split('|').nth(1)?.trim().to_owned()));
    cells.filter(|cell| !cell.starts_with("---")).collect()
}

#[test]
fn every_concept_of_the_manual_has_an_example_that_holds() {
    let manual = std::fs::read_to_string(root().join("docs/mapping.md")).unwrap();
    let concepts = concepts_of(&manual, "## Where each concept goes");
    assert!(concepts.len() >= 25, "{concepts:?}");
    let mut names: Vec<String> = Vec::new();
    for file in ["gifts.toml", "donors.toml"] {
        let text =
            std::fs::read_to_string(root().join("tests/scenarios/concepts/mappings").join(file)).unwrap();
        let table: toml::Table = toml::from_str(&text).unwrap();
        let examples = table["example"].as_array().unwrap();
        names.extend(examples.iter().map(|e| e["name"].as_str().unwrap().to_owned()));
    }
    for concept in &concepts {
        let has = names.iter().any(|name| name == concept || name.starts_with(&format!("{concept}: ")));
        assert!(has, "no example shows {concept}");
    }
    let workshop = tempfile::tempdir().unwrap();
    copy_folder(&root().join("tests/scenarios/concepts"), workshop.path());
    let (code, text) = said(&heirloom(workshop.path(), &["map", "check", "--json"]));
    assert_eq!(code, 0, "{text}");
    // What old systems hand over is listed in a page beside this repository.
    match std::fs::read_to_string(root().join("../shared/legacy-exports.md")) {
        Ok(page) => {
            let known = concepts_of(&page, "## 4. How each concept appears");
            let missing: Vec<&String> = known.iter().filter(|c| !concepts.contains(c)).collect();
            assert!(missing.is_empty() && known.len() > 20, "the manual lacks {missing:?}");
        }
        Err(_) => println!("skipped: ../shared/legacy-exports.md is not here"),
    }
}

#[test]
fn a_donorperfect_pledge_without_a_total_is_a_schedule_with_its_payments() {
    let workshop = tempfile::tempdir().unwrap();
    copy_folder(&root().join("samples/donorperfect"), workshop.path());
    let (code, text) = said(&heirloom(workshop.path(), &["check", "--json"]));
    assert_eq!(code, 3, "{text}");
    let (_, text) = said(&heirloom(workshop.path(), &["promises", "--json"]));
    let document: Value = serde_json::from_str(&text).unwrap();
    let list = document["promises"].as_array().unwrap();
    let schedules: Vec<&Value> = list.iter().filter(|p| p["kind"] == "recurring gift").collect();
    // 551 is 25.00 a month without an end; 552 and 553 are two months of it.
    assert_eq!(schedules.len(), 1, "{text}");
    assert_eq!((schedules[0]["id"].as_str(), schedules[0]["frequency"].as_str()), (Some("551"), Some("M")));
    assert_eq!(
        (schedules[0]["payments"].as_u64(), schedules[0]["paid_minor"].as_str()),
        (Some(2), Some("5000"))
    );
    assert_eq!(list.len() - schedules.len(), 4, "pledges with a total stay pledges");
}
