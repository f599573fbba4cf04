//! Failpoints: at either side of every commit, and of every line of the send journal, the process goes,
//! the disk refuses, or the computer sleeps. The ending must be that of the run that was left alone.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use heirloom::migration::Migration;

use super::many::{Many, each_seed, words};
use super::{Schedule, Weather};

/// The computer sleeps past the guard band, or past the midnight and all that can be late.
const SLEEPS_MS: [i64; 2] = [20 * 60_000, 5 * super::HOUR_MS];

/// Which hits of a failpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hits {
    /// The first of each, where the process goes.
    First,
    /// Every one, with every blow.
    All,
}

/// What happens at a failpoint.
#[derive(Clone, Copy, Debug)]
enum Blow {
    /// The process is gone: nothing is written from there on.
    Gone,
    /// The disk refuses once; what comes after is written again.
    Refused,
    /// The computer sleeps so long.
    Asleep { ms: i64 },
}

/// What a sweep came to.
#[derive(Debug, Default)]
pub struct Swept {
    /// The failpoints, by name.
    pub points: BTreeSet<String>,
    /// How often a blow fell.
    pub blows: u64,
    /// What did not end as it should.
    pub failures: Vec<String>,
}

/// Sweeps the failpoints of one schedule.
pub fn sweep(seed: u64, hits: Hits, template: &Migration) -> Swept {
    let passed: Arc<Mutex<Vec<String>>> = Arc::default();
    let mut quiet = Schedule::new(seed, Weather::Live, template);
    quiet.without_crashes();
    let names = passed.clone();
    quiet.watch(move |name| {
        names.lock().unwrap().push(name);
        true
    });
    quiet.run();
    quiet.judge();
    assert_eq!(quiet.crashes, 0, "seed {seed}: a crash of nobody's making");
    let ending = quiet.piles();
    let mut swept = Swept::default();
    let passed = std::mem::take(&mut *passed.lock().unwrap());
    for (nth, name) in passed.into_iter().enumerate() {
        let first = swept.points.insert(name.clone());
        let asleep = Blow::Asleep { ms: SLEEPS_MS[nth % SLEEPS_MS.len()] };
        let blows = match hits {
            Hits::First if !first => continue,
            Hits::First => vec![Blow::Gone],
            Hits::All => vec![Blow::Gone, Blow::Refused, asleep],
        };
        for blow in blows {
            swept.blows += 1;
            let after = catch_unwind(AssertUnwindSafe(|| struck(seed, nth, blow, template)));
            let wrong = match after {
                Ok(after) if after == ending => continue,
                Ok(_) => "another ending".to_owned(),
                Err(panic) => words(&*panic),
            };
            swept.failures.push(format!("seed {seed}, {blow:?} at hit {nth}, {name}: {wrong}"));
        }
    }
    swept
}

/// Sweeps the failpoints of many schedules, each hit of each with each blow.
pub fn sweep_many(what: &Many, template: &Migration) -> Swept {
    let sum = Mutex::new(Swept::default());
    each_seed(what, template, |seed, template| {
        let one = sweep(seed, Hits::All, template);
        let caught = what.until_caught && !one.failures.is_empty();
        let mut sum = sum.lock().unwrap();
        sum.points.extend(one.points);
        sum.blows += one.blows;
        sum.failures.extend(one.failures);
        !caught
    });
    sum.into_inner().unwrap()
}

/// How the schedule ends if the blow falls at the nth failpoint that it passes.
fn struck(seed: u64, nth: usize, blow: Blow, template: &Migration) -> BTreeMap<String, (u64, i128)> {
    let mut schedule = Schedule::new(seed, Weather::Live, template);
    schedule.without_crashes();
    let sleep = schedule.line.clock.sleeper();
    let mut passed = 0;
    schedule.watch(move |_| {
        let here = passed == nth;
        passed += 1;
        match blow {
            // The disk stays away until the process is gone: some callers go on to the next commit.
            Blow::Gone => passed <= nth,
            Blow::Refused => !here,
            Blow::Asleep { ms } => {
                if here {
                    sleep(ms);
                }
                true
            }
        }
    });
    schedule.run();
    schedule.judge();
    match blow {
        Blow::Gone => assert_eq!(schedule.crashes, 1, "no crash"),
        Blow::Refused => {}
        Blow::Asleep { .. } => assert_eq!(schedule.crashes, 0, "a crash in its sleep"),
    }
    schedule.piles()
}

impl Schedule<'_> {
    /// Asks `at` at every failpoint whether it may be passed, until the process is gone.
    fn watch(&mut self, at: impl FnMut(String) -> bool + Send + 'static) {
        let at = Arc::new(Mutex::new(at));
        let of_commits = at.clone();
        self.migration
            .ledger
            .watch_commits(Some(Box::new(move |name, side| {
                of_commits.lock().unwrap()(format!("{side:?} the commit that is to {name}"))
            })))
            .unwrap();
        self.journal
            .watch(Some(Box::new(move |side| at.lock().unwrap()(format!("{side:?} a line of the journal")))));
    }
}
