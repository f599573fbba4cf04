//! A stop at either side of a commit leaves all of it or nothing.

use std::sync::{Arc, Mutex};

use heirloom_model::{ItemKind, Outcome, Ruling};

use super::*;
use crate::{CommitSide, LedgerError, Result};

pub type Step = Box<dyn Fn(&Ledger) -> Result<()>>;

/// One step of a small migration; each is one commit.
pub fn steps() -> Vec<Step> {
    let file = FileId(1);
    let now = Moment(1);
    let gifts = move || -> Vec<Gift> {
        (0..3).map(|i| gift(row(file, i), &format!("A{i}"), Some("L1"), 500)).collect()
    };
    vec![
        Box::new(move |l| {
            let digest = Digest::of(b"x");
            l.add_file("gifts:main", "a.csv", digest, 1, &[None]).map(|_| ())
        }),
        Box::new(move |l| l.save_chunk(file, 0, &source_rows(file, 0..3))),
        Box::new(move |l| {
            let end = FileEnd { rows: 3, ..FileEnd::default() };
            l.finish_file(file, &end)
        }),
        Box::new(|l| l.recipe("map gifts", Digest::of(b"m"), "m").map(|_| ())),
        Box::new(move |l| {
            let all: Vec<Placed> = gifts().into_iter().map(placed).collect();
            l.save_mapped(file, 0, 1, &all)
        }),
        Box::new(move |l| l.open_plan(ItemKind::Gift, Digest::of(b"r"), "{}", now).map(|_| ())),
        Box::new(move |l| {
            let items: Vec<_> = gifts().iter().map(seal).collect();
            l.seal(crate::PlanId(1), &items)
        }),
        Box::new(|l| l.close_plan(crate::PlanId(1), "p").map(|_| ())),
        Box::new(move |l| {
            let (first, last) = (heirloom_model::ItemId(1), heirloom_model::ItemId(3));
            let digest = Digest::of(b"q");
            l.begin_attempt(crate::PlanId(1), first, last, "{}", digest, now).map(|_| ())
        }),
        Box::new(move |l| l.end_attempt(crate::AttemptId(1), &Outcome::Accepted, now)),
        Box::new(move |l| l.rule("A1", Digest::of(b"b"), Ruling::Sent, "DK", "", now)),
    ]
}

/// Every table's content, as text.
pub fn dump(ledger: &Ledger) -> String {
    ledger
        .look("dump", |desk| {
            let mut out = String::new();
            let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
            for table in crate::load::all(desk, sql, [], |r| r.get::<_, String>(0))? {
                let mut statement = desk.conn.prepare(&format!("SELECT * FROM {table}"))?;
                let columns = statement.column_count();
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    let cells: Vec<_> = (0..columns).map(|i| row.get_ref(i)).collect();
                    out.push_str(&format!("{table} {cells:?}\n"));
                }
            }
            Ok(out)
        })
        .unwrap()
}

/// Runs the steps on a file that is reopened after a stop at one side of commit number `at`.
fn run_with_stop(at: usize, side: CommitSide, panics: bool) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let mut ledger = Ledger::create(&path, &identity()).unwrap();
    let seen = Arc::new(Mutex::new(0usize));
    let count = seen.clone();
    let hook = move |_: &'static str, now: CommitSide| {
        if now != side {
            return true;
        }
        let mut seen = count.lock().unwrap();
        *seen += 1;
        let stops = *seen == at + 1;
        drop(seen);
        assert!(!(stops && panics), "the process is gone");
        !stops
    };
    ledger.watch_commits(Some(Box::new(hook))).unwrap();
    for (n, step) in steps().iter().enumerate() {
        let before = dump(&ledger);
        let done = step(&ledger);
        if n != at {
            done.unwrap();
            continue;
        }
        match done.unwrap_err() {
            LedgerError::Failpoint { .. } => assert!(!panics),
            LedgerError::Stopped => assert!(panics),
            other => panic!("{other}"),
        }
        drop(ledger);
        ledger = Ledger::open(&path).unwrap();
        match side {
            CommitSide::Before => {
                assert_eq!(dump(&ledger), before, "step {n} left something behind");
                step(&ledger).unwrap();
            }
            CommitSide::After => assert_ne!(dump(&ledger), before, "step {n} was lost"),
        }
    }
    assert_eq!(ledger.check().unwrap(), []);
    dump(&ledger)
}

#[test]
fn a_stop_at_either_side_of_any_commit_changes_nothing_in_the_end() {
    let straight = run_with_stop(usize::MAX - 1, CommitSide::Before, false);
    for at in 0..steps().len() {
        for side in [CommitSide::Before, CommitSide::After] {
            for panics in [false, true] {
                let stopped = run_with_stop(at, side, panics);
                assert_eq!(stopped, straight, "step {at} {side:?}");
            }
        }
    }
}

#[test]
fn a_failed_write_leaves_no_half_and_no_false_word() {
    let ledger = ledger();
    let file = file_of(&ledger, "gifts:main", b"one", 2);
    let recipe = recipe(&ledger, "m");
    let mut all = vec![placed(gift(row(file, 0), "A", Some("new word"), 5))];
    all.push(all[0].clone());
    let before = dump(&ledger);
    assert!(ledger.save_mapped(file, 0, recipe, &all).is_err());
    assert_eq!(dump(&ledger), before);
    ledger.save_mapped(file, 0, recipe, &all[..1]).unwrap();
    assert_eq!(ledger.mapped_chunk(file, 0).unwrap(), all[..1]);
    let torn = Placed {
        row: row(file, 1),
        revision: 0,
        place: Place::Part { of: row(file, 9), amount: dollars(1) },
        findings: vec![],
    };
    let other = file_of(&ledger, "more:main", b"two", 2);
    assert!(ledger.save_mapped(other, 0, recipe, &[torn]).is_err(), "a part of nothing");
    assert_eq!(ledger.check().unwrap(), []);
}

#[test]
fn one_handle_serves_many_threads() {
    let (ledger, file, _) = with_gifts(50);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            let ledger = ledger.clone();
            scope.spawn(move || {
                for n in 0..50 {
                    assert!(ledger.gift(row(file, n)).unwrap().is_some());
                    ledger.correct(row(file, n), 0, "x", "DK", Moment(1)).unwrap();
                }
            });
        }
    });
    let due = ledger.due_revisions().unwrap();
    assert!(due.iter().all(|(_, revision)| *revision == 8));
}
