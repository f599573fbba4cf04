//! Many schedules on all cores, and what they came to.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use heirloom::migration::Migration;
use heirloom_model::Digest;

use super::{Schedule, Weather, on};

/// Every so many schedules, one is run twice and must leave the same trace (I8's other half).
const TWICE_EVERY: u64 = 50;
/// Every so many schedules, one is compared with the run without crashes.
const UNINTERRUPTED_EVERY: u64 = 10;

/// Which schedules.
#[derive(Clone, Debug)]
pub struct Many {
    /// The seeds.
    pub seeds: std::ops::Range<u64>,
    /// How much goes wrong.
    pub weather: Weather,
    /// How many at a time.
    pub threads: usize,
    /// Whether the first failure is enough.
    pub until_caught: bool,
}

/// What they came to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Schedules judged.
    pub schedules: u64,
    /// Crashes in them.
    pub crashes: u64,
    /// Requests that met a fault on the way.
    pub faults: u64,
    /// Requests that arrived.
    pub requests: u64,
    /// Schedules run twice, and found the same.
    pub twice: u64,
    /// Schedules compared with the run without crashes.
    pub compared: u64,
    /// The same for the same seeds, whatever the threads.
    pub trace: u64,
    /// The failures: seed and words, by seed.
    pub failures: Vec<(u64, String)>,
}

/// Runs and judges schedules.
pub fn many(what: &Many, template: &Migration) -> Summary {
    let sum = Mutex::new(Summary::default());
    each_seed(what, template, |seed, template| {
        let one = catch_unwind(AssertUnwindSafe(|| one(seed, what.weather, template)));
        let mut sum = sum.lock().unwrap();
        match one {
            Ok(one) => {
                sum.add(&one);
                true
            }
            Err(panic) => {
                sum.schedules += 1;
                sum.failures.push((seed, words(&*panic)));
                !what.until_caught
            }
        }
    });
    let mut sum = sum.into_inner().unwrap();
    sum.failures.sort();
    sum
}

/// Hands every seed to one of the threads, with a template of that thread's own, until one says no.
pub(super) fn each_seed(what: &Many, template: &Migration, work: impl Fn(u64, &Migration) -> bool + Sync) {
    let next = AtomicU64::new(what.seeds.start);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..what.threads.max(1) {
            // A pool of one, so that nothing leaves its thread: a schedule is so small that handing its
            // parts to others costs more than the parts.
            let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            let worker = || {
                let template = on(template.ledger.copy_in_memory().unwrap(), template);
                while !over.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= what.seeds.end {
                        break;
                    }
                    over.fetch_or(!work(seed, &template), Ordering::Relaxed);
                }
            };
            scope.spawn(move || alone.install(worker));
        }
    });
}

impl Summary {
    fn add(&mut self, other: &Summary) {
        self.schedules += other.schedules;
        self.crashes += other.crashes;
        self.faults += other.faults;
        self.requests += other.requests;
        self.twice += other.twice;
        self.compared += other.compared;
        // A sum: the order in which threads finish must not matter.
        self.trace = self.trace.wrapping_add(other.trace);
    }
}

fn one(seed: u64, weather: Weather, template: &Migration) -> Summary {
    let mut schedule = Schedule::new(seed, weather, template);
    schedule.run();
    // The judge lets more nights come.
    let trace = schedule.trace();
    schedule.judge();
    let twice = seed.is_multiple_of(TWICE_EVERY);
    if twice {
        let mut again = Schedule::new(seed, weather, template);
        again.run();
        assert_eq!(again.trace(), trace, "seed {seed}: the same seed left another trace");
    }
    let compared = weather == Weather::Live && seed.is_multiple_of(UNINTERRUPTED_EVERY);
    if compared {
        let mut uninterrupted = Schedule::new(seed, weather, template);
        uninterrupted.without_crashes();
        uninterrupted.run();
        assert_eq!(uninterrupted.crashes, 0, "seed {seed}: a crash of nobody's making");
        assert_eq!(schedule.piles(), uninterrupted.piles(), "I8: seed {seed}: crashes changed the ending");
    }
    let requests = schedule.world().requests();
    Summary {
        schedules: 1,
        crashes: u64::from(schedule.crashes),
        faults: requests.iter().filter(|r| r.fault.is_some()).count() as u64,
        requests: requests.len() as u64,
        twice: u64::from(twice),
        compared: u64::from(compared),
        trace: number(trace),
        failures: Vec::new(),
    }
}

/// A digest's first eight bytes.
fn number(digest: Digest) -> u64 {
    digest.0.iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

pub(super) fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words").to_owned()
}
