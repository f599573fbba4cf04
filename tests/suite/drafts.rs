//! Files looked at and mappings drafted: held against the mappings that the samples were given by hand.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use heirloom::folder::Folder;
use heirloom::look::{again, look};
use heirloom::presets::{PRESETS, preset};
use heirloom_mapping::{Ask, Mapping, RecordKind, Suggestion, Tallier, suggest};

use crate::support::{binary, heirloom, root, said};

/// What a mapping cannot do without.
const GIFT: [&str; 4] = ["id", "donor", "date", "amount"];

fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Every mapping of every sample, with its main file.
fn mappings() -> Vec<(Mapping, PathBuf)> {
    let mut list = Vec::new();
    let mut samples: Vec<PathBuf> =
        std::fs::read_dir(root().join("samples")).unwrap().flatten().map(|e| e.path()).collect();
    samples.sort();
    for sample in samples.iter().filter(|s| s.join("heirloom.toml").is_file()) {
        let folder = Folder::new(sample);
        for name in &folder.settings().unwrap().mappings {
            let text = std::fs::read_to_string(folder.mappings().join(name)).unwrap();
            let shown = format!("{}/{name}", sample.file_name().unwrap().to_string_lossy());
            let mapping = heirloom_mapping::parse(&shown, &text, &preset).unwrap();
            let file = folder.find_input(&mapping.main().name, name).unwrap();
            list.push((mapping, file));
        }
    }
    assert!(list.len() >= 30, "only {} mappings", list.len());
    list
}

/// Which fields of the hand-made mapping the suggestion found in the same column.
fn agreement(mapping: &Mapping, suggestion: &Suggestion<'_>) -> BTreeMap<&'static str, bool> {
    let fields: &[&'static str] = if mapping.record() == RecordKind::Gift { &GIFT } else { &GIFT[..1] };
    let uses = mapping.uses();
    let mut agreed = BTreeMap::new();
    for field in fields {
        let names = uses.iter().filter(|(f, _)| f == field).flat_map(|(_, columns)| columns.iter().flatten());
        let names: Vec<String> = names.map(|n| fold(n)).collect();
        // An id made of other fields, or a donor named by a joined file, stands in no column.
        if !names.is_empty() {
            let found = suggestion.column(field).map(|c| fold(&c.header));
            agreed.insert(*field, found.is_some_and(|f| names.contains(&f)));
        }
    }
    agreed
}

fn draft_parses(suggestion: &Suggestion<'_>, file: &Path, index: usize, name: &str) {
    let mut tallier = Tallier::new(suggestion, index as u16);
    again(file, |row| tallier.add(row)).unwrap();
    let draft = suggestion.draft(&tallier);
    if let Err(problems) = heirloom_mapping::parse(name, &draft, &preset) {
        panic!("{name}: {}\n{draft}", problems[0]);
    }
}

#[test]
fn the_draft_for_each_sample_finds_the_columns_that_its_own_mapping_uses() {
    let (mut fields, mut missed) = (0, Vec::new());
    for (mapping, file) in mappings() {
        let looked = look(&file).unwrap();
        let (index, sheet) = looked.profile.sheets.iter().enumerate().find(|(_, s)| s.rows > 0).unwrap();
        let ask = Ask { record: Some(mapping.record()), without_preset: false };
        let suggestion = suggest(&looked.name, sheet, PRESETS, ask);
        draft_parses(&suggestion, &file, index, mapping.name());
        for (field, agrees) in agreement(&mapping, &suggestion) {
            fields += 1;
            if !agrees {
                missed.push(format!("{} {field}", mapping.name()));
            }
        }
    }
    assert!(fields >= 60, "only {fields} fields compared");
    assert!(missed.is_empty(), "{} of {fields}: {}", missed.len(), missed.join(", "));
}

/// The same without the preset of the file's own system: a system that nobody wrote a preset for.
#[test]
fn a_file_of_an_unknown_system_is_drafted_from_names_and_content() {
    let (mut fields, mut missed) = (0, Vec::new());
    for (mapping, file) in mappings() {
        let looked = look(&file).unwrap();
        let (index, sheet) = looked.profile.sheets.iter().enumerate().find(|(_, s)| s.rows > 0).unwrap();
        let system = mapping.system();
        let others: Vec<(&str, &str)> = PRESETS
            .iter()
            .copied()
            .filter(|(_, text)| !text.contains(&format!("system = \"{system}\"")))
            .collect();
        let ask = Ask { record: Some(mapping.record()), without_preset: true };
        let suggestion = suggest(&looked.name, sheet, &others, ask);
        draft_parses(&suggestion, &file, index, mapping.name());
        for (field, agrees) in agreement(&mapping, &suggestion) {
            fields += 1;
            if !agrees {
                missed.push(format!("{} {field}", mapping.name()));
            }
        }
    }
    println!("{} of {fields} fields found; missed: {}", fields - missed.len(), missed.join(", "));
    assert!(missed.len() * 3 <= fields, "{} of {fields}: {}", missed.len(), missed.join(", "));
}

#[test]
fn a_drafted_mapping_is_accepted_by_map_check_and_overwrites_nothing() {
    let workshop = tempfile::tempdir().unwrap();
    let folder = workshop.path();
    let sample = root().join("samples/first-steps");
    crate::support::copy_folder(&sample, folder);
    std::fs::remove_file(folder.join("mappings/gifts.toml")).unwrap();
    let arguments = ["map", "suggest", "input/gifts.csv", "--out", "mappings/gifts.toml"];
    assert_eq!(said(&heirloom(folder, &arguments)).0, 0);
    let (code, text) = said(&heirloom(folder, &["map", "check"]));
    assert_eq!(code, 0, "{text}");
    let (code, text) = said(&heirloom(folder, &["check"]));
    assert_eq!(code, 3, "every row is held until its fund is said: {text}");
    assert!(text.contains("held") && text.contains("$7,595.50"), "{text}");
    assert_eq!(said(&heirloom(folder, &arguments)).0, 2, "a draft never overwrites a mapping");
}

#[test]
fn a_profile_shows_no_cell_unless_it_is_asked_for() {
    let file = root().join("samples/first-steps/input/donors.csv");
    let text = std::fs::read_to_string(&file).unwrap();
    let names: Vec<&str> = text.lines().skip(1).flat_map(|l| l.split(',')).filter(|c| c.len() > 5).collect();
    assert!(names.len() > 5);
    let shows = |extra: &[&str]| {
        let mut arguments = vec!["profile", file.to_str().unwrap()];
        arguments.extend(extra);
        let (code, text) = said(&heirloom(&root(), &arguments));
        assert_eq!(code, 0);
        names.iter().any(|name| text.contains(name))
    };
    assert!(!shows(&[]) && !shows(&["--json"]));
    assert!(shows(&["--show-values"]) && shows(&["--show-values", "--json"]));
}

#[test]
fn every_real_file_is_profiled_or_refused_in_one_line() {
    let shared = root().join("../shared/data/real-files");
    if !shared.is_dir() {
        println!("skipped: ../shared/data/real-files is not here");
        return;
    }
    let mut open = vec![shared];
    let mut files = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().flatten().map(|e| e.path()));
            continue;
        }
        let kinds = ["csv", "tsv", "txt", "xls", "xlsx", "xlsb", "ods"];
        if !path.extension().is_some_and(|e| kinds.iter().any(|k| e == *k)) {
            continue;
        }
        files += 1;
        let output = Command::new(binary()).arg("profile").arg(&path).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => assert!(error.is_empty(), "{}: {error}", path.display()),
            Some(2) => assert!(error.starts_with("error: cannot read"), "{}: {error}", path.display()),
            other => panic!("{}: {other:?} {error}", path.display()),
        }
    }
    assert!(files >= 60, "only {files} files");
}
