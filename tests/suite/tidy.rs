//! The tree keeps its own promises: arrows as drawn, side effects in one room each, codes documented and shown.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use heirloom_model::Code;

use crate::support::root;

pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|e| e.path()) {
            if path.is_dir() && path.file_name().is_some_and(|n| n != "target") {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The lines before the file's own tests; modules of tests that lie in other files end nothing.
fn own_lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let opens_tests = |at: usize| {
        let mut below = lines[at + 1..].iter().map(|l| l.trim_start()).skip_while(|l| l.starts_with("#["));
        lines[at].trim_start().starts_with("#[cfg(test)]")
            && below.next().is_some_and(|item| item.contains("mod ") && item.ends_with('{'))
    };
    let end = (0..lines.len()).find(|&at| opens_tests(at));
    lines.truncate(end.unwrap_or(lines.len()));
    lines
}

/// The file's code without its tests and comments.
pub fn code_of(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let lines = own_lines(&text).into_iter();
    lines.filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn only_tests_in_the_file_itself_end_what_is_looked_at() {
    let declared = "//! A file.\n#[cfg(test)]\nmod tests;\nmod more;\nfn last() {}";
    assert_eq!(own_lines(declared).last(), Some(&"fn last() {}"));
    let inside = format!("{declared}\n#[cfg(test)]\n#[allow(missing_docs)]\nmod here {{\n}}");
    assert_eq!(own_lines(&inside), own_lines(declared));
}

pub fn crates() -> BTreeMap<String, PathBuf> {
    let entries = std::fs::read_dir(root().join("crates")).unwrap().flatten();
    entries.map(|e| (e.file_name().into_string().unwrap(), e.path())).collect()
}

fn dependencies(manifest: &Path) -> BTreeSet<String> {
    let table: toml::Table = toml::from_str(&std::fs::read_to_string(manifest).unwrap()).unwrap();
    let dependencies = table.get("dependencies").and_then(|d| d.as_table()).cloned().unwrap_or_default();
    dependencies.keys().cloned().collect()
}

#[test]
fn arrows_between_crates_are_as_drawn() {
    for (name, path) in crates() {
        let ours: BTreeSet<String> = dependencies(&path.join("Cargo.toml"))
            .into_iter()
            .filter(|d| d.starts_with("heirloom"))
            .collect();
        let allowed: BTreeSet<String> = match name.as_str() {
            "heirloom" => crates().into_keys().filter(|c| c != "heirloom").collect(),
            "heirloom-model" | "heirloom-simulator" => BTreeSet::new(),
            _ => BTreeSet::from(["heirloom-model".to_owned()]),
        };
        assert!(ours.is_subset(&allowed), "{name} knows {ours:?} and may know {allowed:?}");
    }
}

#[test]
fn each_side_effect_has_one_room() {
    let rooms: &[(&str, &[&str])] = &[
        ("rusqlite", &["heirloom-ledger"]),
        ("zstd", &["heirloom-ledger"]),
        ("reqwest", &["heirloom-virtuous"]),
        ("axum", &["heirloom-simulator", "heirloom"]),
        ("rust_xlsxwriter", &["heirloom-report"]),
        ("hmac", &["heirloom-simulator", "heirloom"]),
        ("calamine", &["heirloom-intake"]),
        ("csv", &["heirloom-intake"]),
        ("encoding_rs", &["heirloom-intake"]),
        ("strsim", &["heirloom-linkage"]),
        ("askama", &["heirloom-report"]),
        ("clap", &["heirloom"]),
        ("indicatif", &["heirloom"]),
        ("validator", &["heirloom-virtuous"]),
    ];
    for (name, path) in crates() {
        let uses = dependencies(&path.join("Cargo.toml"));
        for (dependency, owners) in rooms {
            if uses.contains(*dependency) {
                assert!(owners.contains(&name.as_str()), "{name} must not use {dependency}");
            }
        }
    }
}

#[test]
fn sockets_and_sql_stay_where_they_belong() {
    for (name, path) in crates() {
        for file in rust_files(&path.join("src")) {
            let code = code_of(&file);
            let shown = file.display();
            if name != "heirloom-ledger" {
                for word in ["SELECT ", "INSERT INTO", "DELETE FROM", "PRAGMA "] {
                    assert!(!code.contains(word), "{shown} holds SQL");
                }
            }
            let listens = file.ends_with("heirloom/src/listen/server.rs");
            if !listens && !matches!(name.as_str(), "heirloom-virtuous" | "heirloom-simulator") {
                for word in ["TcpStream", "TcpListener", "UdpSocket", "std::net::"] {
                    assert!(!code.contains(word), "{shown} opens sockets");
                }
            }
        }
    }
}

#[test]
fn every_transaction_takes_the_write_lock_at_once() {
    for file in rust_files(&root().join("crates/heirloom-ledger/src")) {
        let code = code_of(&file);
        let shown = file.display();
        for word in ["TransactionBehavior::Deferred", ".transaction()", "BEGIN DEFERRED", "BEGIN;"] {
            assert!(!code.contains(word), "{shown} begins a transaction that may fail half-way: {word}");
        }
        // The door's words: how to begin a snapshot, where one looks, and where one writes.
        let door = usize::from(shown.to_string().ends_with("door.rs"));
        for word in ["\"BEGIN\"", ", SNAPSHOT)", ", WRITE)"] {
            assert_eq!(code.matches(word).count(), door, "{shown}: uses of {word}");
        }
    }
}

/// The failpoints sit in one commit door and one send door: nothing may go around them.
#[test]
fn nothing_goes_around_the_commit_door_and_the_send_door() {
    let doors: &[(&str, &[&str])] = &[
        ("transaction_with_behavior", &["heirloom-ledger/src/door.rs", "heirloom-ledger/src/schema.rs"]),
        ("Transaction::begin(", &["heirloom-ledger/src/door.rs"]),
        (".commit()", &["heirloom-ledger/src/door.rs", "heirloom-ledger/src/schema.rs"]),
        ("insert(Approved)", &["heirloom-virtuous/src/target.rs"]),
        (".creation(", &["heirloom-virtuous/src/approval.rs"]),
        ("Sender::new(", &["heirloom/src/stages/submit.rs", "heirloom/src/stages/probe.rs"]),
        (".begin_attempt(", &["heirloom/src/stages/submit.rs"]),
        ("journal.note(", &["heirloom/src/stages/submit.rs"]),
    ];
    for (word, allowed) in doors {
        let mut uses = 0;
        for file in crates().values().flat_map(|path| rust_files(&path.join("src"))) {
            if !code_of(&file).contains(word) || is_test_module(&file) {
                continue;
            }
            uses += 1;
            let shown = file.display().to_string().replace('\\', "/");
            assert!(allowed.iter().any(|end| shown.ends_with(end)), "{shown} goes around a door: {word}");
        }
        assert!(uses > 0, "nothing uses {word} any more: this test watches the wrong door");
    }
    // The attempt is durable, then noted in the journal, then made ready to leave: in this order.
    let code = code_of(&root().join("crates/heirloom/src/stages/submit.rs"));
    let order: Vec<_> = [".begin_attempt(", "journal.note(", ".saved.insert("].map(|w| code.find(w)).into();
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?}");
}

#[test]
fn waits_are_counted_on_the_monotonic_clock() {
    let code = code_of(&root().join("crates/heirloom/src/line.rs"));
    let wait =
        code.split("impl Clock for WallClock").nth(1).and_then(|s| s.split("fn wait(").nth(1)).unwrap();
    let turning = wait.split("loop {").nth(1).and_then(|s| s.split("fn ").next()).unwrap();
    assert!(turning.contains("Instant::now()"), "the wait is not counted on the monotonic clock");
    assert!(
        !turning.contains("self.now()") && !turning.contains("wall_clock"),
        "a moved clock ends the wait"
    );
}

#[test]
fn money_knows_no_floats() {
    for file in rust_files(&root().join("crates/heirloom-model/src")) {
        let code = code_of(&file);
        assert!(!code.contains("f64") && !code.contains("f32"), "{} holds a float", file.display());
    }
}

#[test]
fn files_fit_in_a_head_and_nothing_is_left_undone() {
    let mut problems = Vec::new();
    for (_, path) in crates() {
        for file in rust_files(&path.join("src")) {
            let code = code_of(&file);
            let lines = std::fs::read_to_string(&file).unwrap();
            let own = own_lines(&lines).len();
            if own > 400 && !is_test_module(&file) {
                problems.push(format!("{} has {own} lines", file.display()));
            }
            if !lines.starts_with("//!") {
                problems.push(format!("{} does not say what it is for", file.display()));
            }
            for word in ["todo!", "unimplemented!", "TODO:", "FIXME", "unsafe "] {
                if code.contains(word) {
                    problems.push(format!("{} holds {word}", file.display()));
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Whether the file is compiled for tests only: its parent says so, or it lies in a folder of tests.
pub fn is_test_module(file: &Path) -> bool {
    let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
    let folder = file.parent().unwrap();
    let declares = |parent: PathBuf| {
        let text = std::fs::read_to_string(parent).unwrap_or_default();
        text.contains(&format!("#[cfg(test)]\nmod {stem};"))
    };
    let parents = [folder.join("mod.rs"), folder.join("lib.rs"), folder.with_extension("rs")];
    folder.ends_with("tests") || parents.into_iter().any(declares)
}

#[test]
fn every_finding_code_is_documented_and_shown_by_a_scenario() {
    let page = std::fs::read_to_string(root().join("docs/findings.md")).unwrap();
    let mut expected = String::new();
    let scenarios = std::fs::read_dir(root().join("tests/scenarios")).unwrap().flatten();
    for scenario in scenarios {
        expected += &std::fs::read_to_string(scenario.path().join("expected.toml")).unwrap_or_default();
    }
    for code in Code::ALL {
        assert!(page.contains(&format!("## {code} ")), "docs/findings.md lacks {code}");
        assert!(page.contains(code.title()), "docs/findings.md words {code} differently");
        assert!(expected.contains(code.as_str()), "no scenario shows {code}");
    }
}

#[test]
fn the_pages_name_tests_that_exist() {
    let pages =
        ["ARCHITECTURE.md", "docs/proofs.md"].map(|name| std::fs::read_to_string(root().join(name)).unwrap());
    let page = pages.join("\n");
    let mut tests = String::new();
    for folder in ["crates", "tests"] {
        for file in rust_files(&root().join(folder)) {
            tests += &std::fs::read_to_string(file).unwrap();
        }
    }
    let named: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|w| w.matches('_').count() >= 3 && !w.contains(' '))
        .collect();
    assert!(named.len() >= 10, "the pages name too few tests");
    for name in named {
        let last = name.rsplit("::").next().unwrap_or(name);
        assert!(tests.contains(&format!("fn {last}(")), "a page names {name}, and there is no such test");
    }
}
