//! Data at rest, through the real binary: whatever holds donors' names is its owner's alone.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::{binary, invented_migration, root, said, state_of};

/// Who may do what with a file or folder.
pub fn mode(path: &Path) -> u32 {
    let found = std::fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    found.permissions().mode() & 0o777
}

/// Runs where everybody may read what a program does not keep from them.
fn run_openly(folder: &Path, arguments: &[&str]) {
    let output = Command::new("sh")
        .args(["-c", "umask 000; exec \"$0\" \"$@\""])
        .arg(binary())
        .args(arguments)
        .current_dir(folder)
        .env("HEIRLOOM_STATE", state_of(folder))
        .output()
        .unwrap();
    let (code, text) = said(&output);
    assert!([0, 3].contains(&code), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn only_the_owner_can_read_reports_crosswalks_and_what_is_written_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    invented_migration(folder, 4, 6);
    let roster = root().join("mappings/dedupe/raisers-edge.toml");
    let people = root().join("samples/harbor-light/input/constituents.csv");
    // The rest of a run that was stopped, when these files were still for all.
    std::fs::create_dir(folder.join("out")).unwrap();
    let rest = std::fs::File::create(folder.join("out/page.html.1.part")).unwrap();
    rest.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(7_200)).unwrap();
    let (roster, people) = (roster.to_str().unwrap(), people.to_str().unwrap());
    for arguments in [
        &["check"][..],
        &["report"],
        &["report", "--crosswalk"],
        &["handover", "--out", "out/page.html"],
        &["promises", "--out", "out/promises.csv"],
        &["profile", "input/donors.csv", "--html", "out/profile.html"],
        &["map", "suggest", "input/donors.csv", "--out", "new/draft.toml"],
        &["dedupe", "file", people, "--mapping", roster, "--out", "out/c.csv", "--pairs", "out/p.csv"],
    ] {
        run_openly(folder, arguments);
    }
    for name in ["reports", "new", "work"] {
        assert_eq!(mode(&folder.join(name)), 0o700, "{name}");
    }
    let mut files = Vec::new();
    for name in ["reports", "new", "work", "out"] {
        files.extend(std::fs::read_dir(folder.join(name)).unwrap().map(|entry| entry.unwrap().path()));
    }
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
    let made = |name: &str| files.contains(&folder.join(name));
    let reports = ["reports/report.html", "reports/crosswalk-donors.csv", "reports/crosswalk.xlsx"];
    assert!(reports.into_iter().all(made) && made("out/page.html") && made("out/p.csv"), "{files:?}");
}
