//! Seeded schedules on all cores: nothing lost, nothing doubled, whatever happens on the way.

use heirloom_tests::schedule::{Hits, Many, Summary, Weather, many, sweep, template};

/// Schedules in CI; more with the command `run_schedules`.
const SEEDS: u64 = 10_000;
/// Storms in CI.
const STORMS: u64 = 2_000;

fn run(seeds: std::ops::Range<u64>, weather: Weather) -> Summary {
    let folder = tempfile::tempdir().unwrap();
    let template = template(folder.path());
    // A schedule's ledgers lie in memory and work on its own thread: one keeps a core busy.
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let sum = many(&Many { seeds, weather, threads, until_caught: false }, &template);
    assert!(sum.failures.is_empty(), "{} failed: {:?}", sum.failures.len(), sum.failures.first());
    // A harness that never hurts anybody proves nothing.
    assert!(sum.crashes >= sum.schedules && sum.faults >= sum.schedules, "{sum:?}");
    sum
}

#[test]
fn ten_thousand_schedules_lose_nothing_and_double_nothing() {
    let sum = run(0..SEEDS, Weather::Live);
    assert_eq!(sum.schedules, SEEDS);
    assert!(sum.twice >= SEEDS / 100 && sum.compared >= SEEDS / 20, "{sum:?}");
}

#[test]
fn a_crash_at_either_side_of_every_commit_and_journal_line_changes_no_ending() {
    let folder = tempfile::tempdir().unwrap();
    let swept = sweep(1, Hits::First, &template(folder.path()));
    assert!(swept.failures.is_empty(), "{:?}", swept.failures);
    for name in ["begin an attempt", "end an attempt", "close a plan", "seal items", "keep evidence"] {
        for side in ["Before", "After"] {
            let wanted = format!("{side} the commit that is to {name}");
            assert!(swept.points.contains(&wanted), "{wanted} is not among {:?}", swept.points);
        }
    }
    let of_journal = |side: &str| swept.points.contains(&format!("{side} a line of the journal"));
    assert!(of_journal("Before") && of_journal("After"));
}

#[test]
fn two_thousand_storms_without_end_double_nothing_and_hide_nothing() {
    assert_eq!(run(0..STORMS, Weather::Storm).schedules, STORMS);
}

#[test]
fn one_seed_gives_one_trace_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let template = template(folder.path());
    let trace = |threads| {
        many(&Many { seeds: 3..13, weather: Weather::Live, threads, until_caught: false }, &template).trace
    };
    assert_eq!(trace(1), trace(3));
}
