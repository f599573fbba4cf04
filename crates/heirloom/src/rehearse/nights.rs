//! The nights of a rehearsal: plan, apply, wait for the vendor's midnight, press Run, reconcile, again.

use heirloom_model::{Currency, ItemState, Moment, Ruling};
use heirloom_report::{Rehearsal, words};
use heirloom_simulator::{Rules, World};
use heirloom_virtuous::{Clock, GUARD_MINUTES, Guard, LATE_MS, Target, Terms};

use crate::approval::{approve, unexpected};
use crate::failure::{Failure, Result};
use crate::journal::Journal;
use crate::line::{Line, VirtualClock, WorldLine, WorldTransport};
use crate::migration::Migration;
use crate::out::{Out, details_text, plan_lines};
use crate::progress::Progress;
use crate::settings::Donors;
use crate::stages::plan::seal;
use crate::stages::reconcile::{Compared, reconcile};
use crate::stages::submit::Submission;
use crate::stages::target::read_target;
use crate::world::{seed_givers, seed_lists};

/// Nights after which a rehearsal that gets nowhere is ended.
const NIGHTS_MAX: u32 = 20;

/// Tries at reading a target that does not answer.
const READS_MAX: u32 = 24;

/// From the vendor's midnight to the morning on which somebody presses Run.
const UNTIL_RUN_MS: i64 = 9 * 3_600_000;

/// A rehearsal on its way.
pub(super) struct Rehearsing<'m> {
    migration: &'m Migration,
    line: WorldLine,
    target: Target,
    terms: Terms,
    journal: Journal,
    out: Out,
    progress: Progress,
    nights: u32,
    runs: u32,
    begun: Moment,
    /// The latest midnight whose imports were run.
    closed: Moment,
}

impl<'m> Rehearsing<'m> {
    /// A fresh world of these rules, and nothing sent yet.
    pub(super) fn new(
        migration: &'m Migration,
        rules: Rules,
        begun: Moment,
        out: Out,
        progress: Progress,
    ) -> Result<Self> {
        let zone = rules.zone.clone();
        let token = rules.token.clone();
        let mut world = World::new(rules);
        seed_lists(&mut world, &migration.settings.rehearsal);
        if migration.settings.donors == Donors::WithGifts {
            seed_givers(migration, &mut world)?;
        }
        let clock = VirtualClock::new(migration.ledger.clone(), begun);
        let transport = WorldTransport::new(world, &clock);
        let base = url::Url::parse("http://127.0.0.1:1").map_err(|e| unexpected(&e))?;
        let target = Target::new(base, token.into()).map_err(|e| unexpected(&e))?;
        let guard = Guard::new(&zone, GUARD_MINUTES).map_err(|e| unexpected(&e))?;
        let terms = Terms { guard: Some(guard), ..Terms::default() };
        let line = Line { transport, clock };
        let journal = Journal::in_memory();
        Ok(Rehearsing {
            migration,
            line,
            target,
            terms,
            journal,
            out,
            progress,
            nights: 0,
            runs: 0,
            begun,
            closed: Moment(0),
        })
    }

    /// Plans, applies, lets night and Run come, and reconciles, until nothing moves any more.
    pub(super) fn until_settled(&mut self) -> Result<Compared> {
        let pace = self.terms.pace;
        let mut compared = Compared::default();
        let mut stood = None;
        for _ in 0..NIGHTS_MAX {
            self.patiently(|this| {
                read_target(this.migration, &mut this.line, &this.target, pace, this.progress)
            })?;
            let planned = seal(self.migration, self.line.clock.now(), &self.progress)?;
            plan_lines(self.out, &planned, self.currency());
            let sent = self.apply_all()?;
            let stands = self.open_items()?;
            // What was sent just now wants a night, even if as many items are open as before it.
            if planned.plans.is_empty() && sent == 0 && (stands.0 == 0 || stood == Some(stands)) {
                break;
            }
            stood = Some(stands);
            self.night_and_run();
            let done = self.patiently(|this| {
                reconcile(this.migration, &mut this.line, &this.target, pace, this.progress)?.whole()
            })?;
            self.say_compared(&done.contacts, &done.gifts);
            if !done.details.is_empty() {
                self.out.stage("  details", &format!("{:>16}  {}", "", details_text(&done.details)));
            }
            compared = done.gifts;
            if self.rule_on_absent()? > 0 {
                // What may be in the next import is worth another night.
                stood = None;
            }
        }
        Ok(compared)
    }

    /// Reads that fail are tried again an hour later, as a person would.
    fn patiently<T>(&mut self, mut read: impl FnMut(&mut Self) -> Result<T>) -> Result<T> {
        for _ in 1..READS_MAX {
            match read(self) {
                Err(Failure::Target { .. }) => {
                    let later = self.line.clock.now().plus_ms(3_600_000);
                    self.line.clock.jump_to(later);
                }
                done => return done,
            }
        }
        read(self)
    }

    fn currency(&self) -> Currency {
        self.migration.settings.currency
    }

    /// Sends what may be sent; says in how many requests.
    fn apply_all(&mut self) -> Result<u64> {
        let mut sent = 0;
        for plan in self.migration.ledger.plans()? {
            let due = |s: ItemState| matches!(s, ItemState::Unsent | ItemState::InDoubt);
            if !self.migration.ledger.item_states(plan.id)?.iter().any(|l| due(l.state)) {
                continue;
            }
            let submission = Submission {
                migration: self.migration,
                journal: &self.journal,
                plan: &plan,
                target: &self.target,
                terms: self.terms.clone(),
            };
            let submitted = submission.run(&mut self.line, approve(&plan)?, self.progress)?;
            sent += submitted.sends;
            let p = &submitted.progress;
            let doubt = p.in_doubt + p.parked;
            let mut text = format!(
                "{:>16}  accepted of {} in {}",
                words::number(p.waiting + p.confirmed),
                words::number(p.items),
                words::count(submitted.sends, "request"),
            );
            if doubt > 0 {
                text += &format!(", {} in doubt", words::number(doubt));
            }
            if p.refused > 0 {
                text += &format!(", {} refused", words::number(p.refused));
            }
            self.out.stage("apply", &text);
        }
        Ok(sent)
    }

    fn night_and_run(&mut self) {
        let currency = self.currency();
        let now = self.line.clock.now();
        let world = &mut self.line.transport.world;
        world.advance(now.0);
        let midnight = world.next_midnight_ms().unwrap_or(now.0 + 24 * 3_600_000);
        self.line.clock.jump_to(Moment(midnight + 60_000));
        world.advance(midnight + 60_000);
        self.nights += 1;
        let bundled: Vec<_> =
            world.imports().into_iter().filter(|i| i.imported + i.discarded < i.rows).collect();
        let rows: u64 = bundled.iter().map(|i| u64::from(i.rows)).sum();
        let minor: i128 = bundled.iter().map(|i| i128::from(i.total_minor)).sum();
        let money = words::money(minor, currency);
        self.out.stage(
            "night",
            &format!(
                "{:>16}  {:>16}  bundled into {}",
                words::count(rows, "row"),
                money,
                words::count(bundled.len() as u64, "import")
            ),
        );
        self.line.clock.jump_to(Moment(midnight + UNTIL_RUN_MS));
        self.closed = Moment(midnight);
        let before = (world.contacts().len(), world.gifts().len());
        world.run_imports(midnight + UNTIL_RUN_MS);
        self.runs += bundled.len() as u32;
        let made = (world.contacts().len() - before.0, world.gifts().len() - before.1);
        self.out.stage(
            "Run",
            &format!(
                "{:>16}  and {} made",
                words::count(made.0 as u64, "contact"),
                words::count(made.1 as u64, "gift")
            ),
        );
    }

    fn say_compared(&self, contacts: &Compared, gifts: &Compared) {
        let text = format!(
            "{:>16}  of {} seen; {} of {} agree, {}",
            words::count(contacts.agree.0, "contact"),
            words::number(contacts.items),
            words::count(gifts.agree.0, "gift"),
            words::number(gifts.items),
            words::money(gifts.agree.1, self.currency()),
        );
        self.out.stage("reconcile", &text);
        if contacts.joined_away() > 0 {
            let joined = words::count(contacts.joined_away(), "contact");
            self.out.stage(
                "  joined",
                &format!("{joined:>16}  made one with another of ours by the vendor's matching"),
            );
        }
        for one in contacts.differs.iter().take(5).chain(gifts.differs.iter().take(5)) {
            self.out.stage("  differs", &one.to_string());
        }
    }

    /// The rehearsal's own person: the import was run, so what is not there did not arrive. What was
    /// sent shortly before that midnight may be in the next import, and is left; says how many.
    fn rule_on_absent(&mut self) -> Result<u64> {
        let now = self.line.clock.now();
        let (mut ruled, mut left) = (0, 0);
        for plan in self.migration.ledger.plans()? {
            for line in self.migration.ledger.item_states(plan.id)? {
                if !line.state.is_in_doubt() {
                    continue;
                }
                if line.latest().is_some_and(|at| self.closed.since_ms(at) < LATE_MS) {
                    left += 1;
                    continue;
                }
                let note = "the import was run, and it is not there";
                let ledger = &self.migration.ledger;
                ledger.rule(&line.key, line.digest, Ruling::NotSent, "rehearsal", note, now)?;
                ruled += 1;
            }
        }
        for (items, said) in [
            (ruled, "not there after Run: to be sent again"),
            (left, "sent less than 4 hours before midnight: they may be in the next import"),
        ] {
            if items > 0 {
                self.out.stage("ruling", &format!("{:>16}  {said}", words::count(items, "item")));
            }
        }
        Ok(left)
    }

    /// Items that are not at rest, and gifts there.
    fn open_items(&self) -> Result<(u64, u64)> {
        let mut open = 0;
        for plan in self.migration.ledger.plans()? {
            let resting =
                |s: ItemState| matches!(s, ItemState::Confirmed | ItemState::Refused | ItemState::Discarded);
            open += self.migration.ledger.item_states(plan.id)?.iter().filter(|l| !resting(l.state)).count()
                as u64;
        }
        Ok((open, self.line.transport.world.gifts().len() as u64))
    }

    /// What it took, for the report.
    pub(super) fn account(&mut self, seed: u64, world: String) -> Rehearsal {
        Rehearsal {
            seed,
            world,
            on_the_way: self.on_the_way(),
            simulated_ms: self.line.clock.now().since_ms(self.begun),
            requests: self.line.transport.world.requests().len() as u64,
            nights: self.nights,
            runs: self.runs,
        }
    }

    fn on_the_way(&self) -> Vec<String> {
        let mut counts: std::collections::BTreeMap<String, u64> = Default::default();
        for request in self.line.transport.world.requests() {
            if let Some(fault) = request.fault {
                *counts.entry(format!("{fault:?}")).or_default() += 1;
            }
        }
        counts.into_iter().map(|(fault, times)| format!("{fault}: {times}")).collect()
    }
}
