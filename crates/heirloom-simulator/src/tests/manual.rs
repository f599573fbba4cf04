//! The manual and the code list the same habits, faults and paths.

use super::*;
use crate::served_paths;
use std::collections::BTreeMap;

fn manual() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/simulator.md");
    std::fs::read_to_string(path).unwrap()
}

/// The rows of the table under a heading: the first two cells.
fn table(heading: &str) -> Vec<(String, String)> {
    let manual = manual();
    let (_, rest) = manual.split_once(&format!("\n## {heading}\n")).unwrap();
    let part = rest.split("\n## ").next().unwrap();
    let rows = part.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let mut cells = line.split(" | ").map(|cell| cell.trim_matches(['|', ' ']).to_string());
        (cells.next().unwrap(), cells.next().unwrap())
    })
    .collect()
}

#[test]
fn every_habit_is_in_the_manual_with_its_default() {
    let Value::Object(habits) = serde_json::to_value(Rules::default()).unwrap() else {
        panic!("habits are an object")
    };
    let shown = |name: &str, value: &Value| match name {
        "faults" => "see below".to_string(),
        _ => format!("`{value}`"),
    };
    let expected: BTreeMap<String, String> =
        habits.iter().map(|(name, value)| (format!("`{name}`"), shown(name, value))).collect();
    let found: BTreeMap<String, String> = table("Habits").into_iter().collect();
    assert_eq!(found, expected);
}

#[test]
fn every_fault_is_in_the_manual() {
    let Value::Object(faults) = serde_json::to_value(Faults::default()).unwrap() else {
        panic!("faults are an object")
    };
    let manual = manual();
    for name in faults.keys() {
        assert!(manual.contains(&format!("`{name}`")), "{name}");
    }
    let named = table("Faults").into_iter().flat_map(|(names, _)| {
        names.split(", ").map(|name| name.trim_matches('`').to_string()).collect::<Vec<_>>()
    });
    for name in named {
        assert!(faults.contains_key(&name), "there is no fault {name}");
    }
}

/// The paths as the manual shows them: one line for each path, with its methods.
fn listed_paths() -> String {
    let mut by_path: Vec<(&str, Vec<&str>)> = Vec::new();
    for (method, path) in served_paths() {
        match by_path.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => methods.push(method),
            None => by_path.push((path, vec![method])),
        }
    }
    let lines = by_path.iter().map(|(path, methods)| format!("{:<18}/{path}", methods.join(" ")));
    format!("```\n{}\n```", lines.collect::<Vec<_>>().join("\n"))
}

#[test]
fn every_path_is_in_the_manual() {
    let expected = listed_paths();
    assert!(manual().contains(&expected), "docs/simulator.md should list\n{expected}");
}

#[test]
fn habits_may_come_from_a_file_that_names_only_some() {
    let rules: Rules = serde_json::from_str(r#"{"limit": 7, "faults": {"lose_reply": 5}}"#).unwrap();
    assert_eq!((rules.limit, rules.faults.lose_reply, rules.list_max), (7, 5, 1000));
    assert!(serde_json::from_str::<Rules>(r#"{"limits": 7}"#).is_err());
}

#[test]
fn one_seed_draws_one_vendor_and_seeds_differ() {
    assert_eq!(Rules::from_seed(7), Rules::from_seed(7));
    let drawn: Vec<Rules> = (0..200).map(Rules::from_seed).collect();
    let some =
        |holds: &dyn Fn(&Rules) -> bool| drawn.iter().any(holds) && drawn.iter().any(|one| !holds(one));
    assert!(some(&|one| one.put == Put::Patches));
    assert!(some(&|one| one.matching == Matching::FirstSignal));
    assert!(some(&|one| one.pending_gifts_shown));
    assert!(some(&|one| one.webhook_lost_percent > 0));
    assert!(some(&|one| one.operators == Operators::Any));
}
