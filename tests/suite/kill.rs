//! kill -9 of the real binary against a served simulator, at random moments, in two kinds of world.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use serde_json::Value;

use crate::support::{
    FAST, Simulator, binary, copy_folder, heirloom, invented_migration, said, started, state_of,
};

/// Kills in each kind of world; more on demand with HEIRLOOM_KILLS.
const KILLS: u32 = 25;

pub fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = heirloom(folder, arguments);
    let (code, text) = said(&output);
    assert!(
        ![1, 2, 11, 13, 101].contains(&code),
        "{arguments:?} ended {code}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (code, text)
}

pub fn document(folder: &Path, arguments: &[&str]) -> Value {
    let mut arguments = arguments.to_vec();
    arguments.push("--json");
    serde_json::from_str(&run(folder, &arguments).1).unwrap()
}

pub fn apply_arguments<'a>(plan: &'a str, address: &'a str) -> Vec<&'a str> {
    [
        vec!["apply", plan, "--target", address, "--settle", "0", "--no-guard", "--list-size", "10"],
        FAST.to_vec(),
    ]
    .concat()
}

/// A night, Run, and a reading in which nothing differs, by the command.
pub fn night_run_reconcile(folder: &Path, address: &str) {
    run(folder, &["sim", "night", "--target", address]);
    run(folder, &["sim", "run", "--target", address]);
    let (code, text) = run(folder, &[&["reconcile", "--target", address][..], &FAST].concat());
    assert_ne!(code, 8, "something differs: {text}");
}

/// A person looks into the import: what is not there after Run did not arrive.
pub fn rule(folder: &Path) {
    if run(folder, &["unresolved"]).0 == 9 {
        let said = [
            "unresolved",
            "resolve",
            "all",
            "--as",
            "not-sent",
            "--early",
            "--initials",
            "PR",
            "--note",
            "import read",
        ];
        run(folder, &said);
    }
}

/// The report without what may differ: attempts, times, decisions, names of plans.
pub fn essence(folder: &Path) -> Value {
    let mut report = document(folder, &["status"])["report"].take();
    let fields = report.as_object_mut().unwrap();
    for name in ["decisions", "provenance", "reconcile", "in_doubt", "next", "plans"] {
        fields.remove(name);
    }
    report
}

/// Facts that say what this world does with a repeat.
pub fn record_facts(folder: &Path, recognised: bool) {
    let value = if recognised { "recognised" } else { "not-recognised" };
    for fact in ["repeats-held", "repeats-imported", "repeats-discarded"] {
        run(
            folder,
            &["facts", "record", fact, value, "--evidence", "the test's own world", "--initials", "PR"],
        );
    }
}

/// A folder whose contacts are confirmed and whose gift plan is sealed, with the world beside it.
fn prepared(folder: &Path, habit: &str) -> String {
    invented_migration(folder, 40, 300);
    let simulator = Simulator::serve(folder, habit);
    run(folder, &["check"]);
    let plan = |folder: &Path| -> String {
        let planned = document(folder, &[&["plan", "--target", &simulator.address][..], &FAST].concat());
        planned["plans"][0].as_str().unwrap().to_owned()
    };
    let contacts = plan(folder);
    record_facts(folder, habit == "refused");
    run(folder, &apply_arguments(&contacts, &simulator.address));
    night_run_reconcile(folder, &simulator.address);
    plan(folder)
}

/// What the world says became of one kind.
pub fn there(folder: &Path, address: &str, kind: &str) -> Vec<Value> {
    let log = document(folder, &["sim", "log", "--target", address]);
    let effects = log["answer"].as_array().or_else(|| log["answer"]["effects"].as_array()).unwrap().clone();
    effects.into_iter().filter(|e| e["kind"].as_str().is_some_and(|k| k.eq_ignore_ascii_case(kind))).collect()
}

fn finish(folder: &Path, plan: &str, address: &str) {
    for _ in 0..6 {
        run(folder, &apply_arguments(plan, address));
        night_run_reconcile(folder, address);
        rule(folder);
        let piles = document(folder, &["status"])["report"]["piles"].take();
        let at_rest = piles.as_array().unwrap().iter().all(|p| p["pile"] == "confirmed");
        if at_rest {
            return;
        }
    }
    panic!("not finished after six nights");
}

fn kills(habit: &str, seed: u64) {
    let workshop = tempfile::tempdir().unwrap();
    let origin = workshop.path().join("origin");
    let plan = prepared(&origin, habit);
    let baseline_folder = copy(&origin, workshop.path(), "baseline");
    let (baseline, took) = {
        let simulator = Simulator::serve(&baseline_folder, habit);
        let begun = std::time::Instant::now();
        run(&baseline_folder, &apply_arguments(&plan, &simulator.address));
        let took = begun.elapsed();
        finish(&baseline_folder, &plan, &simulator.address);
        (essence(&baseline_folder), took)
    };
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let kills = std::env::var("HEIRLOOM_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    let mut number = 0;
    for attempt in 0..kills * 5 {
        if number == kills {
            break;
        }
        let folder = copy(&origin, workshop.path(), &format!("kill-{attempt}"));
        let simulator = Simulator::serve(&folder, habit);
        let mut child = started(&folder, &apply_arguments(&plan, &simulator.address));
        let share = f64::from(chance.next_u32()) / f64::from(u32::MAX);
        std::thread::sleep(Duration::from_secs_f64(took.as_secs_f64() * share));
        // Only a kill that hits a running apply counts.
        number += u32::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        child.wait().unwrap();
        finish(&folder, &plan, &simulator.address);
        assert_eq!(essence(&folder), baseline, "kill {number} of world {habit} ended otherwise");
        assert_eq!(run(&folder, &["verify"]).0, 0, "kill {number}: verify");
        let gifts = there(&folder, &simulator.address, "ImportedGift");
        assert_eq!(gifts.len(), 300, "kill {number} of world {habit}: lost or doubled");
        let again = document(&folder, &apply_arguments(&plan, &simulator.address));
        assert_eq!(again["requests"], 0, "kill {number}: a further apply sent something");
        drop(simulator);
        std::fs::remove_dir_all(&folder).unwrap();
    }
    assert_eq!(number, kills, "too few kills hit a running apply");
}

/// Runs `apply` where no file may grow beyond so many blocks: a disk that is full.
#[cfg(unix)]
fn apply_on_a_full_disk(folder: &Path, plan: &str, address: &str, blocks: u32) -> (i32, String) {
    // A file that would grow further is an error of the write, and no signal that ends the process.
    let limited = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &limited])
        .arg(binary())
        .args(apply_arguments(plan, address))
        .current_dir(folder)
        .env("HEIRLOOM_STATE", state_of(folder))
        .output()
        .unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn a_full_disk_stops_before_what_could_not_be_recorded_is_sent_and_nothing_is_lost() {
    let workshop = tempfile::tempdir().unwrap();
    let origin = workshop.path().join("origin");
    let plan = prepared(&origin, "doubled");
    let mut stopped = 0;
    for blocks in [32, 100, 200, 400] {
        let folder = copy(&origin, workshop.path(), &format!("full-{blocks}"));
        let simulator = Simulator::serve(&folder, "doubled");
        let (code, error) = apply_on_a_full_disk(&folder, &plan, &simulator.address, blocks);
        assert!([9, 11, 12].contains(&code), "{blocks} blocks: {code}: {error}");
        stopped += u32::from(code == 11);
        assert!(code != 11 || error.contains("disk I/O error"), "{error}");
        finish(&folder, &plan, &simulator.address);
        assert_eq!(
            there(&folder, &simulator.address, "ImportedGift").len(),
            300,
            "{blocks} blocks: lost or doubled"
        );
        assert_eq!(run(&folder, &["verify"]).0, 0);
    }
    assert!(stopped > 0, "no run met the end of the disk");
}

fn copy(origin: &Path, workshop: &Path, name: &str) -> PathBuf {
    let folder = workshop.join(name);
    copy_folder(origin, &folder);
    for part in ["work", "plans"] {
        copy_folder(&origin.join(part), &folder.join(part));
    }
    folder
}

#[test]
fn twenty_five_kills_lose_and_double_nothing_where_repeats_are_recognised() {
    kills("refused", 1);
}

#[test]
fn twenty_five_kills_lose_and_double_nothing_where_repeats_are_not_recognised() {
    kills("doubled", 2);
}
