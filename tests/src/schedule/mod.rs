//! Seeded schedules: crashes at commits and lost, late, cut or refused replies, in many kinds of world.
//! The world's own log is the oracle: nothing lost, nothing doubled, whatever happened.

// Proofs stop at what must not be: a panic with its place is what they are for.
#![allow(clippy::unwrap_used)]

mod judge;
mod many;
mod restore;
mod staff;
mod sweep;
mod witness;

use std::path::Path;

use heirloom::approval::approve;
use heirloom::failure::{Exit, Failure, Result};
use heirloom::folder::Folder;
use heirloom::journal::Journal;
use heirloom::line::{Line, VirtualClock, WorldTransport};
use heirloom::migration::Migration;
use heirloom::out::Out;
use heirloom::prepare::prepare;
use heirloom::progress::Progress;
use heirloom::settings::{ContactCalls, Sending};
use heirloom::stages::plan::seal;
use heirloom::stages::reconcile::reconcile;
use heirloom::stages::submit::Submission;
use heirloom::stages::target::read_target;
use heirloom::world::record_facts;
use heirloom_ledger::{CommitSide, Ledger, LedgerError};
use heirloom_model::{ItemKind, ItemState, Moment};
use heirloom_simulator::{Faults, Person, Repeats, Rules, World};
use heirloom_virtuous::{Clock, Guard, PaceTerms, Target, Terms};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use crate::invented::invented_with_details;
use restore::Restore;
use staff::Staff;
use witness::Witness;

pub use many::{Many, Summary, many};
pub use sweep::{Hits, Swept, sweep, sweep_many};

/// Invented donors of every schedule.
const DONORS: usize = 12;
/// Every so many donors are a couple, whose second person goes into a later plan.
const COUPLE_EVERY: usize = 4;
/// Invented gifts of every schedule.
const GIFTS: usize = 36;
/// Crashes of one schedule at most.
const CRASHES: u32 = 3;
/// Nothing is sent so near to the vendor's midnight.
const GUARD_MINUTES: u32 = 15;
/// 2 March 2026; the minute is drawn.
const BEGUN_MS: i64 = 1_772_463_600_000;
/// Days after it on which a schedule begins: at that day itself, and before clocks change in America,
/// in Australia, and back again in America.
const BEGUN_AFTER_DAYS: [i64; 4] = [0, 5, 32, 243];
const HOUR_MS: i64 = 3_600_000;
/// Sets the draw of the plan's calls apart from those of the vendor, the faults and the people.
const SENDING_STREAM: u64 = 0x5e4d_1000;

/// How much goes wrong on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// A bounded number of faults: the migration must finish.
    Live,
    /// Faults without end: only safety is judged.
    Storm,
}

impl Weather {
    /// A live schedule that is not at rest by then is a failure of its own.
    fn nights_max(self) -> u32 {
        match self {
            Weather::Live => 40,
            Weather::Storm => 5,
        }
    }

    fn faults_max(self) -> u32 {
        match self {
            Weather::Live => 12,
            Weather::Storm => u32::MAX,
        }
    }
}

struct Schedule<'m> {
    seed: u64,
    weather: Weather,
    migration: Migration,
    template: &'m Migration,
    line: Line<Witness, VirtualClock>,
    target: Target,
    terms: Terms,
    journal: Journal,
    chance: ChaCha8Rng,
    crashes_left: u32,
    crashes: u32,
    staff: Staff,
    /// A copy of the ledger, and the night after whose sending it is put back.
    copy: Option<Ledger>,
    restore: Restore,
}

/// A migration of invented donors and gifts, read, mapped and linked in `folder`.
pub fn template(folder: &Path) -> Migration {
    invented_with_details(folder, DONORS, GIFTS, COUPLE_EVERY);
    let migration = Migration::open(Folder::new(folder), Moment(1_772_400_000_000)).unwrap();
    prepare(&migration, Out::Json, Progress::Silent).unwrap();
    migration
}

/// The same migration on another ledger.
fn on(ledger: Ledger, template: &Migration) -> Migration {
    Migration {
        folder: template.folder.clone(),
        settings: template.settings.clone(),
        mappings: template.mappings.clone(),
        ledger,
    }
}

/// In which calls donors and gifts go: every fourth schedule asks for imports at once, and every fourth
/// sends its donors one by one. A stream of its own.
fn sending(seed: u64) -> Sending {
    let mut chance = ChaCha8Rng::seed_from_u64(seed ^ SENDING_STREAM);
    let one_by_one = chance.next_u32().is_multiple_of(4);
    let contacts = if one_by_one { ContactCalls::OneByOne } else { ContactCalls::Lists };
    Sending { contacts, create_import: chance.next_u32().is_multiple_of(4) }
}

/// A vendor and what goes wrong on the way to it.
fn rules(seed: u64, weather: Weather) -> Rules {
    let mut rules = Rules::from_seed(seed);
    rules.faults = Faults::from_seed(seed, weather.faults_max());
    if weather == Weather::Live {
        // With somebody who leaves rows unmatched, no migration comes to rest.
        rules.person = Person::AcceptAll;
    }
    // A proxy that doubles a request is no sending of ours; without recognition nobody could undo it.
    if rules.repeats == Repeats::NotRecognised || rules.repeats_blind.held || rules.repeats_blind.imported {
        rules.faults.doubled = 0;
    }
    rules
}

impl<'m> Schedule<'m> {
    fn new(seed: u64, weather: Weather, template: &'m Migration) -> Self {
        let mut migration = on(template.ledger.copy_in_memory().unwrap(), template);
        migration.settings.sending = sending(seed);
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        let begun = Moment(BEGUN_MS + i64::from(chance.next_u32() % (24 * 60)) * 60_000);
        let begun = begun.plus_ms(BEGUN_AFTER_DAYS[chance.next_u32() as usize % 4] * 24 * HOUR_MS);
        let rules = rules(seed, weather);
        let staff = Staff::drawn(seed, &rules);
        record_facts(&migration, &rules, &staff.known, begun).unwrap();
        let guard = Guard::new(&rules.zone, GUARD_MINUTES).unwrap();
        let per_hour = [1_200, 1_200, 40, 12][chance.next_u32() as usize % 4];
        let pace = PaceTerms { per_hour, reserve: staff.reserve, ..PaceTerms::default() };
        // Short lists and a slow vendor put several calls in the air.
        let list_max = [100, 100, 5, 3][chance.next_u32() as usize % 4];
        let terms = Terms { guard: Some(guard), pace, list_max, ..Terms::default() };
        let token = rules.token.clone();
        let mut world = World::new(rules);
        for code in &migration.settings.rehearsal.projects {
            world.seed_project(code, code, true);
        }
        let clock = VirtualClock::new(migration.ledger.clone(), begun);
        let mut transport = WorldTransport::new(world, &clock);
        transport.latency_ms = [150, 150, 5_000, 20_000][chance.next_u32() as usize % 4];
        let witness = Witness::new(transport, &clock, migration.ledger.clone(), pace);
        let target = Target::new("http://127.0.0.1:1".parse().unwrap(), token.into()).unwrap();
        let mut schedule = Schedule {
            seed,
            weather,
            migration,
            template,
            line: Line { transport: witness, clock },
            target,
            terms,
            journal: Journal::in_memory(),
            chance,
            crashes_left: CRASHES,
            crashes: 0,
            staff,
            copy: None,
            restore: Restore::drawn(seed),
        };
        schedule.arm();
        schedule
    }

    /// The simulated vendor.
    fn world(&self) -> &World {
        &self.line.transport.inner.world
    }

    fn world_mut(&mut self) -> &mut World {
        &mut self.line.transport.inner.world
    }

    /// Makes some later commit fail, before or after it is durable.
    fn arm(&mut self) {
        if self.crashes_left == 0 {
            self.migration.ledger.watch_commits(None).unwrap();
            return;
        }
        let mut commits_left = self.chance.next_u32() % 40;
        let before = self.chance.next_u32().is_multiple_of(2);
        let hook = move |_: &'static str, side: CommitSide| {
            if before != matches!(side, CommitSide::Before) {
                return true;
            }
            let go_on = commits_left > 0;
            commits_left = commits_left.saturating_sub(1);
            go_on
        };
        self.migration.ledger.watch_commits(Some(Box::new(hook))).unwrap();
    }

    /// The same schedule, uninterrupted.
    fn without_crashes(&mut self) {
        self.crashes_left = 0;
        self.arm();
    }

    /// Everything in memory is gone; the ledger is what was durable.
    fn crash(&mut self) {
        self.crashes += 1;
        self.crashes_left = self.crashes_left.saturating_sub(1);
        self.journal.watch(None);
        let durable = self.migration.ledger.crash_in_memory().unwrap();
        self.go_on_with(durable);
    }

    fn go_on_with(&mut self, durable: Ledger) {
        self.migration = on(durable, self.template);
        self.migration.settings.sending = sending(self.seed);
        let clock = VirtualClock::new(self.migration.ledger.clone(), self.line.clock.now());
        let world = std::mem::replace(self.world_mut(), World::new(Rules::default()));
        let mut transport = WorldTransport::new(world, &clock);
        transport.latency_ms = self.line.transport.inner.latency_ms;
        self.line.transport.after_a_crash(transport, &clock, self.migration.ledger.clone());
        self.line.clock = clock;
        self.arm();
    }

    /// Does `work` until it is not interrupted by a crash; reads that fail are tried again an hour later.
    fn persist<T>(&mut self, mut work: impl FnMut(&mut Self) -> Result<T>) -> T {
        for _ in 0..60 {
            match work(self) {
                Ok(done) => return done,
                Err(
                    Failure::Ledger(LedgerError::Failpoint { .. } | LedgerError::Broken { .. })
                    | Failure::Journal { .. }
                    | Failure::Target { exit: Exit::Storage, .. },
                ) => self.crash(),
                Err(Failure::Target { exit, .. }) if exit != Exit::Unexpected => {
                    let later = self.line.clock.now().plus_ms(HOUR_MS);
                    self.line.clock.jump_to(later);
                }
                Err(other) => panic!("seed {}: {other}", self.seed),
            }
        }
        panic!("seed {}: no progress in 60 tries", self.seed);
    }

    fn apply_all(&mut self) {
        let plans = self.persist(|s| Ok(s.migration.ledger.plans()?));
        for plan in plans {
            for _ in 0..30 {
                let due = |s: ItemState| matches!(s, ItemState::Unsent | ItemState::InDoubt);
                let lines = self.persist(|s| Ok(s.migration.ledger.item_states(plan.id)?));
                let contacts_in_doubt = plan.kind != ItemKind::Gift;
                let open = lines
                    .iter()
                    .any(|l| due(l.state) && !(contacts_in_doubt && l.state == ItemState::InDoubt));
                if !open {
                    break;
                }
                self.persist(|s| {
                    let submission = Submission {
                        migration: &s.migration,
                        journal: &s.journal,
                        plan: &plan,
                        target: &s.target,
                        terms: s.terms.clone(),
                    };
                    submission.run(&mut s.line, approve(&plan)?, Progress::Silent)
                });
                let later = self.line.clock.now().plus_ms(HOUR_MS);
                self.line.clock.jump_to(later);
            }
        }
    }

    fn run(&mut self) {
        for night in 0..self.weather.nights_max() {
            self.persist(|s| {
                read_target(&s.migration, &mut s.line, &s.target, s.terms.pace, Progress::Silent)
            });
            let waiting = self.persist(|s| {
                let now = s.line.clock.now();
                Ok(seal(&s.migration, now, &Progress::Silent)?.waiting.0)
            });
            if night == self.restore.copied {
                self.copy = Some(self.migration.ledger.copy_in_memory().unwrap());
            }
            self.apply_all();
            let put_back = night == self.restore.put_back && self.copy.is_some();
            if put_back {
                self.put_back();
            }
            self.night_and_run();
            self.persist(|s| {
                reconcile(&s.migration, &mut s.line, &s.target, s.terms.pace, Progress::Silent)?.whole()
            });
            self.rule_honestly();
            // A ledger that was put back may know less than was waited for.
            if waiting == 0 && !put_back && self.at_rest() {
                return;
            }
        }
        if self.weather == Weather::Storm {
            return;
        }
        let mut left = Vec::new();
        for plan in self.migration.ledger.plans().unwrap() {
            let lines = self.migration.ledger.item_states(plan.id).unwrap();
            let open = lines.into_iter().filter(|l| l.state != ItemState::Confirmed);
            left.extend(open.map(|l| format!("{} {:?} after {} attempts", l.key, l.state, l.attempts)));
        }
        let world = self.world();
        panic!(
            "seed {}: not at rest after its nights: {left:?} in {:?} with {:?}",
            self.seed,
            world.rules(),
            world.imports()
        );
    }

    fn at_rest(&mut self) -> bool {
        self.persist(|s| {
            for plan in s.migration.ledger.plans()? {
                let resting = |s: ItemState| {
                    matches!(s, ItemState::Confirmed | ItemState::Refused | ItemState::Discarded)
                };
                if !s.migration.ledger.item_states(plan.id)?.iter().all(|l| resting(l.state)) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }
}
