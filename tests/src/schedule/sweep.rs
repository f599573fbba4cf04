//! A crash at each failpoint once: both sides of every commit, and of every line of the send journal.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use heirloom::journal::JournalSide;
use heirloom::migration::Migration;
use heirloom_ledger::CommitSide;

use super::{Schedule, Weather};

/// The failpoints of one schedule, with what each is called.
pub fn sweep(seed: u64, template: &Migration) -> BTreeSet<String> {
    let seen: Arc<Mutex<BTreeSet<&'static str>>> = Arc::default();
    let mut quiet = Schedule::new(seed, Weather::Live, template);
    quiet.without_crashes();
    let names = seen.clone();
    let note = move |name: &'static str, _: CommitSide| {
        names.lock().unwrap().insert(name);
        true
    };
    quiet.migration.ledger.watch_commits(Some(Box::new(note))).unwrap();
    quiet.run();
    quiet.judge();
    let ending = quiet.piles();
    let mut swept = BTreeSet::new();
    let mut crash_at = |name: String, arm: &dyn Fn(&mut Schedule<'_>)| {
        let mut schedule = Schedule::new(seed, Weather::Live, template);
        schedule.without_crashes();
        schedule.crashes_left = 1;
        arm(&mut schedule);
        schedule.run();
        schedule.judge();
        assert_eq!(schedule.crashes, 1, "no crash {name}");
        assert_eq!(schedule.piles(), ending, "a crash {name} changed the ending");
        swept.insert(name);
    };
    for name in seen.lock().unwrap().iter().copied() {
        for side in [CommitSide::Before, CommitSide::After] {
            crash_at(format!("{side:?} the commit that is to {name}"), &|schedule| {
                let mut hit = false;
                let hook = move |at: &'static str, of: CommitSide| {
                    // The disk stays away until the process is gone: some callers go on to the next commit.
                    hit |= at == name && of == side;
                    !hit
                };
                schedule.migration.ledger.watch_commits(Some(Box::new(hook))).unwrap();
            });
        }
    }
    for side in [JournalSide::Before, JournalSide::After] {
        crash_at(format!("{side:?} a line of the journal"), &|schedule| {
            let mut hit = false;
            let hook = move |of| {
                let stop = !hit && of == side;
                hit |= stop;
                !stop
            };
            schedule.journal.watch(Some(Box::new(hook)));
        });
    }
    swept
}
