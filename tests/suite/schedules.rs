//! Seeded schedules: crashes at commits and lost, late, cut or refused replies, in many kinds of world.
//! The world's own log is the oracle: nothing lost, nothing doubled, whatever happened.

use std::collections::BTreeMap;
use std::path::Path;

use heirloom::approval::approve;
use heirloom::failure::{Exit, Failure, Result};
use heirloom::folder::Folder;
use heirloom::line::{Line, VirtualClock, WorldLine, WorldTransport};
use heirloom::migration::Migration;
use heirloom::out::Out;
use heirloom::prepare::prepare;
use heirloom::progress::Progress;
use heirloom::stages::plan::seal;
use heirloom::stages::reconcile::reconcile;
use heirloom::stages::submit::Submission;
use heirloom::stages::target::read_target;
use heirloom::world::record_facts;
use heirloom_ledger::{CommitSide, LedgerError};
use heirloom_model::{ItemKind, ItemState, Moment, Pile, Ruling};
use heirloom_simulator::{FaultKind, Faults, Person, Repeats, RequestSeen, Rules, World};
use heirloom_virtuous::{Clock, Guard, PaceTerms, Target, Terms};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use crate::support::invented_migration;

/// Schedules in CI; more on demand with HEIRLOOM_SEEDS=from..to.
const SEEDS: std::ops::Range<u64> = 0..1000;

/// A schedule that is not at rest by then is a failure of its own.
const NIGHTS_MAX: u32 = 40;

const HOUR_MS: i64 = 3_600_000;

struct Schedule<'m> {
    seed: u64,
    migration: Migration,
    template: &'m Migration,
    line: WorldLine,
    target: Target,
    terms: Terms,
    chance: ChaCha8Rng,
    crashes_left: u32,
    crashes: u32,
}

fn reopened(template: &Migration, ledger: heirloom_ledger::Ledger) -> Migration {
    Migration {
        folder: template.folder.clone(),
        settings: template.settings.clone(),
        mappings: template.mappings.clone(),
        ledger,
    }
}

impl<'m> Schedule<'m> {
    fn new(seed: u64, template: &'m Migration) -> Self {
        let migration = reopened(template, template.ledger.copy_in_memory().unwrap());
        let begun = Moment(1_772_463_600_000);
        let mut rules = Rules::from_seed(seed);
        rules.faults = Faults::from_seed(seed, 12);
        // Somebody who leaves rows unmatched, or discards them, is another story than a network that fails.
        rules.person = Person::AcceptAll;
        // A proxy that doubles a request is no sending of ours; without recognition nobody could undo it.
        if rules.repeats == Repeats::NotRecognised || rules.repeats_blind.held || rules.repeats_blind.imported
        {
            rules.faults.doubled = 0;
        }
        record_facts(&migration, &rules, begun).unwrap();
        let guard = Guard::new(&rules.zone, 15).unwrap();
        let (zone_terms, token) = (Terms { guard: Some(guard), ..Terms::default() }, rules.token.clone());
        let mut world = World::new(rules);
        for code in &migration.settings.rehearsal.projects {
            world.seed_project(code, code, true);
        }
        let clock = VirtualClock::new(migration.ledger.clone(), begun);
        let transport = WorldTransport::new(world, &clock);
        let target = Target::new("http://127.0.0.1:1".parse().unwrap(), token.into()).unwrap();
        let mut schedule = Schedule {
            seed,
            migration,
            template,
            line: Line { transport, clock },
            target,
            terms: zone_terms,
            chance: ChaCha8Rng::seed_from_u64(seed),
            crashes_left: 3,
            crashes: 0,
        };
        schedule.arm();
        schedule
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

    /// Everything in memory is gone; the ledger is what was durable.
    fn crash(&mut self) {
        self.crashes += 1;
        self.crashes_left -= 1;
        let durable = self.migration.ledger.copy_in_memory().unwrap();
        self.migration = reopened(self.template, durable);
        let now = self.line.clock.now();
        let clock = VirtualClock::new(self.migration.ledger.clone(), now);
        let world = std::mem::replace(&mut self.line.transport.world, World::new(Rules::default()));
        self.line = Line { transport: WorldTransport::new(world, &clock), clock };
        self.arm();
    }

    /// Does `work` until it is not interrupted by a crash; reads that fail are tried again an hour later.
    fn persist<T>(&mut self, mut work: impl FnMut(&mut Self) -> Result<T>) -> T {
        for _ in 0..60 {
            match work(self) {
                Ok(done) => return done,
                Err(Failure::Ledger(LedgerError::Failpoint { .. } | LedgerError::Broken { .. })) => {
                    self.crash()
                }
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
                let contacts_in_doubt = plan.kind == ItemKind::Contact;
                let open = lines
                    .iter()
                    .any(|l| due(l.state) && !(contacts_in_doubt && l.state == ItemState::InDoubt));
                if !open {
                    break;
                }
                self.persist(|s| {
                    let submission = Submission {
                        ledger: &s.migration.ledger,
                        plan: &plan,
                        source: &s.migration.settings.source,
                        batch: &s.migration.settings.batch,
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

    fn night_and_run(&mut self) {
        let now = self.line.clock.now();
        let world = &mut self.line.transport.world;
        world.advance(now.0);
        let midnight = world.next_midnight_ms().unwrap_or(now.0 + 24 * HOUR_MS).max(now.0);
        self.line.clock.jump_to(Moment(midnight + 9 * HOUR_MS));
        let world = &mut self.line.transport.world;
        world.advance(midnight + 9 * HOUR_MS);
        world.run_imports(midnight + 9 * HOUR_MS);
    }

    /// A person who looks into the import and says what is there.
    fn rule_honestly(&mut self) {
        let now = self.line.clock.now();
        let here: Vec<(String, String)> = {
            let world = &self.line.transport.world;
            let source = self.migration.settings.source.as_str();
            let gifts = world.gifts().iter().filter(|g| g.source.eq_ignore_ascii_case(source));
            let gifts = gifts.map(|g| ("gift".to_owned(), g.transaction_id.clone()));
            let references = world.contacts().iter().flat_map(|c| c.references.iter());
            let contacts = references.map(|(_, id)| ("contact".to_owned(), id.clone()));
            gifts.chain(contacts).collect()
        };
        self.persist(|s| {
            for plan in s.migration.ledger.plans()? {
                for line in s.migration.ledger.item_states(plan.id)? {
                    if !matches!(line.state, ItemState::InDoubt | ItemState::Parked) {
                        continue;
                    }
                    let there = here.iter().any(|(kind, id)| kind == plan.kind.as_str() && *id == line.key);
                    let ruling = if there { Ruling::Sent } else { Ruling::NotSent };
                    s.migration.ledger.rule(
                        &line.key,
                        line.digest,
                        ruling,
                        "PR",
                        "looked into the import",
                        now,
                    )?;
                }
            }
            Ok(())
        });
    }

    fn run(&mut self) {
        for _ in 0..NIGHTS_MAX {
            self.persist(|s| {
                read_target(&s.migration, &mut s.line, &s.target, PaceTerms::default(), Progress::Silent)
            });
            let waiting = self.persist(|s| {
                let now = s.line.clock.now();
                Ok(seal(&s.migration, now, &Progress::Silent)?.waiting.0)
            });
            self.apply_all();
            self.night_and_run();
            self.persist(|s| {
                reconcile(&s.migration, &mut s.line, &s.target, PaceTerms::default(), Progress::Silent)
            });
            self.rule_honestly();
            if waiting == 0 && self.at_rest() {
                return;
            }
        }
        let mut left = Vec::new();
        for plan in self.migration.ledger.plans().unwrap() {
            let lines = self.migration.ledger.item_states(plan.id).unwrap();
            let open = lines.into_iter().filter(|l| l.state != ItemState::Confirmed);
            left.extend(open.map(|l| format!("{} {:?} after {} attempts", l.key, l.state, l.attempts)));
        }
        let world = &self.line.transport.world;
        panic!(
            "seed {}: not at rest after {NIGHTS_MAX} nights: {left:?} in {:?} with {:?}",
            self.seed,
            world.rules(),
            world.imports()
        );
    }

    fn at_rest(&mut self) -> bool {
        self.persist(|s| {
            for plan in s.migration.ledger.plans()? {
                let resting = |s: ItemState| matches!(s, ItemState::Confirmed | ItemState::Refused);
                if !s.migration.ledger.item_states(plan.id)?.iter().all(|l| resting(l.state)) {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// What the world's own log and the ledger say of one key.
    fn history(&self, key: &str) -> String {
        let world = &self.line.transport.world;
        let mut story = vec![format!("{:?}", world.rules())];
        for effect in world.log().iter().filter(|e| e.id == key) {
            story.push(format!("{} {:?} by request {}", effect.at_ms, effect.kind, effect.request_no));
            story.extend(
                world
                    .requests()
                    .iter()
                    .skip(effect.request_no as usize - 1)
                    .take(1)
                    .map(|r| format!("  {r:?}")),
            );
        }
        let line = self
            .migration
            .ledger
            .plans()
            .unwrap()
            .into_iter()
            .flat_map(|p| self.migration.ledger.item_states(p.id).unwrap());
        let item = line.filter(|l| l.key == key).map(|l| l.item).next().unwrap();
        for attempt in
            self.migration.ledger.attempts().unwrap().iter().filter(|a| a.first <= item && item <= a.last)
        {
            story.push(format!(
                "{:?} {} {:?} {:?} {}",
                attempt.id, attempt.started.0, attempt.outcome, attempt.ended, attempt.text
            ));
        }
        for ruling in self.migration.ledger.rulings().unwrap().iter().filter(|r| r.key == key) {
            story.push(format!("{:?} at {}", ruling.ruling, ruling.at.0));
        }
        story.join("\n")
    }

    /// The oracle: the world's own records against the ledger's piles.
    fn judge(&mut self) {
        self.migration.ledger.watch_commits(None).unwrap();
        let seed = self.seed;
        let world = &self.line.transport.world;
        let mut there: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for gift in world.gifts() {
            there.entry(gift.transaction_id.clone()).or_default().push(gift.amount_minor);
        }
        let mut confirmed = 0;
        for plan in self.migration.ledger.plans().unwrap().iter().filter(|p| p.kind == ItemKind::Gift) {
            for line in self.migration.ledger.item_states(plan.id).unwrap() {
                let found = there.remove(&line.key).unwrap_or_default();
                assert!(
                    found.len() <= 1,
                    "seed {seed}: {} is doubled: {}",
                    line.key,
                    self.history(&line.key)
                );
                match line.state {
                    ItemState::Confirmed => {
                        confirmed += 1;
                        let minor = line.amount.unwrap().minor();
                        assert_eq!(found, [minor], "seed {seed}: {} is confirmed and not so there", line.key);
                    }
                    ItemState::Refused => {
                        assert!(found.is_empty(), "seed {seed}: {} is refused and there", line.key)
                    }
                    other => panic!("seed {seed}: {} ended {other:?}", line.key),
                }
            }
        }
        assert!(there.is_empty(), "seed {seed}: gifts nobody sent: {there:?}");
        let mut references: BTreeMap<&str, u32> = BTreeMap::new();
        for (_, id) in world.contacts().iter().filter(|c| c.merged_into.is_none()).flat_map(|c| &c.references)
        {
            *references.entry(id).or_default() += 1;
        }
        let doubled: Vec<_> = references.iter().filter(|(_, times)| **times > 1).collect();
        // A proxy that doubles a list of contacts is no sending of ours, and the vendor has no word for it.
        let by_proxy = |r: &RequestSeen| r.fault == Some(FaultKind::Doubled) && r.path.contains("Contact");
        let proxied = world.requests().iter().any(by_proxy);
        if let Some((key, times)) = doubled.first().filter(|_| !proxied) {
            panic!("seed {seed}: donor {key} is there {times} times: {}", self.history(key));
        }
        assert_eq!(references.len(), 12, "seed {seed}: donors lost");
        let piles = self.migration.ledger.piles().unwrap();
        let lost = piles.iter().filter(|l| matches!(l.pile, Pile::Ready | Pile::WaitingForDonor));
        assert_eq!(lost.map(|l| l.tally.rows).sum::<u64>(), 0, "seed {seed}: gifts were left behind");
        assert!(confirmed > 0, "seed {seed}: nothing arrived at all: {}", self.history("G-4"));
    }
}

fn template(folder: &Path) -> Migration {
    let migration = Migration::open(Folder::new(folder), Moment(1_772_400_000_000)).unwrap();
    prepare(&migration, Out::Json, Progress::Silent).unwrap();
    migration
}

#[test]
fn a_thousand_schedules_lose_nothing_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    invented_migration(folder.path(), 12, 36);
    let template = template(folder.path());
    let seeds = match std::env::var("HEIRLOOM_SEEDS") {
        Ok(range) => {
            let (from, to) = range.split_once("..").expect("HEIRLOOM_SEEDS is from..to");
            from.parse().unwrap()..to.parse().unwrap()
        }
        Err(_) => SEEDS,
    };
    let mut crashes = 0u64;
    let mut faults = 0usize;
    for seed in seeds.clone() {
        let mut schedule = Schedule::new(seed, &template);
        schedule.run();
        schedule.judge();
        crashes += u64::from(schedule.crashes);
        faults += schedule.line.transport.world.requests().iter().filter(|r| r.fault.is_some()).count();
    }
    // A harness that never hurts anybody proves nothing.
    let schedules = seeds.end - seeds.start;
    assert!(crashes >= schedules, "only {crashes} crashes in {schedules} schedules");
    assert!(faults as u64 >= schedules, "only {faults} faults in {schedules} schedules");
}

#[test]
fn one_seed_gives_one_trace() {
    let folder = tempfile::tempdir().unwrap();
    invented_migration(folder.path(), 6, 15);
    let template = template(folder.path());
    let trace = |seed| {
        let mut schedule = Schedule::new(seed, &template);
        schedule.run();
        format!("{:?}", schedule.line.transport.world.requests())
    };
    for seed in [3, 7, 11] {
        assert_eq!(trace(seed), trace(seed));
    }
}
