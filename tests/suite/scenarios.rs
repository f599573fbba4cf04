//! Stories told through the real binary: a folder each, with what must come of it.

use std::collections::BTreeMap;

use heirloom_model::Code;
use serde::Deserialize;
use serde_json::Value;

use crate::support::{copy_folder, heirloom, root, said};

/// What a story must come to.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// One line for the reader.
    story: String,
    /// A sample to take the inputs from; else the story's own folder.
    sample: Option<String>,
    /// The command line.
    command: Vec<String>,
    /// The exit code.
    exit: i32,
    /// Pile → rows and minor units.
    #[serde(default)]
    piles: BTreeMap<String, (u64, i64)>,
    /// Excluding rule → rows and minor units.
    #[serde(default)]
    excluded: BTreeMap<String, (u64, i64)>,
    /// Finding code → rows.
    #[serde(default)]
    findings: BTreeMap<String, u64>,
    /// Texts that standard output or error must hold.
    #[serde(default)]
    says: Vec<String>,
}

fn tally(value: &Value) -> (u64, i64) {
    let minor = &value["amount"]["minor"];
    let minor = minor.as_i64().or_else(|| minor.as_str()?.parse().ok()).unwrap_or(i64::MIN);
    (value["rows"].as_u64().unwrap_or(u64::MAX), minor)
}

#[test]
fn every_story_ends_as_told() {
    let scenarios = root().join("tests/scenarios");
    let mut stories: Vec<_> = std::fs::read_dir(&scenarios).unwrap().flatten().map(|e| e.path()).collect();
    stories.sort();
    assert!(stories.len() >= 5, "only {} stories", stories.len());
    let mut failed = Vec::new();
    for story in stories {
        let name = story.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(story.join("expected.toml")).unwrap();
        let expected: Expected = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let workshop = tempfile::tempdir().unwrap();
        let folder = workshop.path().join("migration");
        let origin = expected.sample.as_ref().map_or(story.clone(), |s| root().join("samples").join(s));
        copy_folder(&origin, &folder);
        let problems = play(&folder, &expected);
        failed.extend(problems.into_iter().map(|p| format!("{name} ({}): {p}", expected.story)));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn play(folder: &std::path::Path, expected: &Expected) -> Vec<String> {
    let mut problems = Vec::new();
    let arguments: Vec<&str> = expected.command.iter().map(String::as_str).collect();
    if !expected.says.is_empty() {
        let output = heirloom(folder, &arguments);
        let all = said(&output).1 + &String::from_utf8_lossy(&output.stderr);
        for text in expected.says.iter().filter(|t| !all.contains(t.as_str())) {
            problems.push(format!("does not say {text:?}; it says:\n{all}"));
        }
    }
    let mut with_json = arguments.clone();
    with_json.push("--json");
    let (code, text) = said(&heirloom(folder, &with_json));
    if code != expected.exit {
        problems.push(format!("exit {code} instead of {}: {text}", expected.exit));
    }
    let Ok(document) = serde_json::from_str::<Value>(&text) else {
        problems.push(format!("prints no document: {text}"));
        return problems;
    };
    let report = &document["report"];
    compare(&mut problems, "pile", &expected.piles, &named(&report["piles"], "pile"));
    compare(&mut problems, "rule", &expected.excluded, &named(&report["excluded"], "rule"));
    let findings: BTreeMap<String, u64> = report["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|f| (f["code"].as_str().unwrap_or_default().to_owned(), f["rows"].as_u64().unwrap_or(0)))
        .collect();
    if (!expected.findings.is_empty() || !expected.piles.is_empty()) && findings != expected.findings {
        problems.push(format!("findings {findings:?} instead of {:?}", expected.findings));
    }
    for code in findings.keys() {
        assert!(Code::parse(code).is_some(), "{code} is no code");
    }
    problems
}

fn named(list: &Value, key: &str) -> BTreeMap<String, (u64, i64)> {
    let entries = list.as_array().into_iter().flatten();
    entries.map(|e| (e[key].as_str().unwrap_or_default().to_owned(), tally(e))).collect()
}

fn compare(
    problems: &mut Vec<String>,
    what: &str,
    expected: &BTreeMap<String, (u64, i64)>,
    found: &BTreeMap<String, (u64, i64)>,
) {
    if !expected.is_empty() && expected != found {
        problems.push(format!("{what}s {found:?} instead of {expected:?}"));
    }
}
