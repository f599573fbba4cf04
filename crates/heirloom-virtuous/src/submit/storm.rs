//! Seeded storms: the core against an adversarial vendor and crashes anywhere, with a ledger
//! and a vendor of the test's own as oracle.

use heirloom_model::{ItemKind, ItemState, Lists, Moment, OrgFacts, Repeats};

use super::storm_world::*;
use super::*;
use crate::pacer::Pacer;

const START: Moment = Moment(1_795_435_200_000);

struct Storm {
    dice: Dice,
    n: i64,
    terms: Terms,
    facts: OrgFacts,
    book: Book,
    vendor: Vendor,
    now: Moment,
    crashes: u64,
    window: Option<crate::pacer::WindowSeen>,
    /// Calls in the air, with when they come back.
    in_air: Vec<(Moment, Event)>,
}

impl Storm {
    fn new(seed: u64) -> Storm {
        let mut dice = Dice(seed);
        let n = 1 + dice.roll(60) as i64;
        let recognises = (dice.percent(60), dice.percent(60));
        let lists = if dice.percent(50) { Lists::Atomic } else { Lists::PerItem };
        let known = if dice.percent(50) { lists } else { Lists::Unknown };
        let facts = OrgFacts {
            repeats_held: repeats(dice.percent(60), recognises.0),
            repeats_imported: repeats(dice.percent(60), recognises.1),
            repeats_discarded: Repeats::Unknown,
            lists: known,
            contact_lists: known,
        };
        let kind = if dice.percent(80) { ItemKind::Gift } else { ItemKind::Contact };
        let guard = dice.percent(70).then(|| Guard::new("UTC", 15).unwrap());
        let banded = guard.is_some();
        let at_once = kind == ItemKind::Gift && dice.percent(25);
        let terms = Terms {
            pilot: dice.percent(50),
            cautious: dice.percent(10),
            guard,
            imports_at_once: at_once,
            in_air_max: 1 + dice.roll(5) as u32,
            ..Terms::default()
        };
        let now = START.plus_ms(dice.roll(DAY as u64) as i64);
        let poison = (1..=n).filter(|_| dice.percent(5)).collect();
        Storm {
            vendor: Vendor {
                kind,
                rows: vec![],
                late: vec![],
                day: now.0 / DAY,
                recognises,
                silent: dice.percent(30),
                lists,
                poison,
                too_large: [100, 100, 20, 1][dice.roll(4) as usize],
                faults: dice.roll(60),
                faults_left: 30,
                requests: vec![],
                banded,
                at_once,
            },
            crashes: dice.roll(6),
            window: None,
            in_air: vec![],
            dice,
            n,
            terms,
            facts,
            book: Book::default(),
            now,
        }
    }

    /// One process: until it finishes (`Some`) or dies (`None`).
    fn process(&mut self) -> Option<Ending> {
        let kind = self.vendor.kind;
        let items = self.book.items(self.n);
        let mut watch = Watch::new(&items, self.facts, kind, &self.terms);
        let pacer = Pacer::new(self.terms.pace, &self.vendor.requests, self.window, self.now);
        let mut state = State::new(kind, self.terms.clone(), self.facts, items, pacer);
        let mut event = Event::Begin;
        self.in_air.clear();
        for _ in 0..3_000 {
            watch.event(&event);
            let actions = step(&mut state, event, self.now);
            watch.actions(&actions, self.now).unwrap_or_else(|e| panic!("{e}"));
            self.agree(&state);
            self.window = state.window();
            let mut follows = None;
            for action in actions {
                assert!(follows.is_none(), "an action after one that asks for an event");
                if self.dies() {
                    return None;
                }
                follows = match action {
                    Action::Finish(ending) => {
                        assert!(self.in_air.is_empty(), "an end with calls in the air");
                        return Some(ending);
                    }
                    action => self.act(action),
                };
            }
            event = follows.expect("an event");
            if self.dies() {
                return None;
            }
        }
        panic!("it does not end");
    }

    fn dies(&mut self) -> bool {
        let dies = self.crashes > 0 && self.dice.percent(3);
        self.crashes -= u64::from(dies);
        dies
    }

    /// What comes back first, up to a moment.
    fn lands(&mut self, until: Option<Moment>) -> Option<Event> {
        let first = (0..self.in_air.len()).min_by_key(|i| self.in_air[*i].0)?;
        if until.is_some_and(|until| self.in_air[first].0 > until) {
            return None;
        }
        let (at, event) = self.in_air.remove(first);
        self.now = self.now.max(at);
        Some(event)
    }

    fn takes_off(&mut self, call: Call, reply: Reply) {
        let back = self.now.plus_ms(self.dice.roll(60_000) as i64);
        self.in_air.push((back, Event::Answered { call, reply }));
    }

    fn act(&mut self, action: Action) -> Option<Event> {
        self.now = self.now.plus_ms(self.dice.roll(2_000) as i64);
        if !matches!(action, Action::Send { .. }) && self.dice.percent(1) {
            // The laptop sleeps.
            self.now = self.now.plus_ms(self.dice.roll(10 * 60 * MINUTE as u64) as i64);
        }
        Some(match action {
            Action::SaveAttempt { first, last } => {
                self.book.attempts.push((first.0, last.0, self.now, None));
                Event::AttemptSaved { attempt: self.book.attempts.len() as i64 }
            }
            Action::Send { attempt, first, last, .. } => {
                assert_eq!(attempt, self.book.attempts.len() as i64, "I3");
                let reply = self.vendor.send(&mut self.dice, first.0, last.0, self.now);
                self.takes_off(Call::Send { attempt }, reply);
                return None;
            }
            Action::SaveOutcome { attempt, outcome } => {
                let row = &mut self.book.attempts[attempt as usize - 1];
                assert!(row.3.replace(outcome).is_none(), "two outcomes");
                Event::OutcomeSaved
            }
            Action::Look { item, .. } => {
                let reply = self.vendor.look(&mut self.dice, item.0, self.now);
                self.takes_off(Call::Look { item }, reply);
                return None;
            }
            Action::SaveLook { item, found } => {
                self.book.looks.push((item.0, self.book.attempts.len(), found));
                Event::LookSaved
            }
            Action::Wait { until, .. } => self.lands(Some(until)).unwrap_or_else(|| {
                self.now = self.now.max(until);
                Event::Woke
            }),
            Action::Await => self.lands(None).expect("a call in the air"),
            Action::Finish(_) => unreachable!("handled by the caller"),
        })
    }

    /// Whenever the core rests, it and the ledger say the same.
    fn agree(&self, state: &State) {
        let rests = matches!(state.phase, super::state::Phase::Waiting | super::state::Phase::Done);
        if !rests || !state.flights.is_empty() {
            return;
        }
        for entry in &state.entries {
            let kept = self.book.item(entry.id).state;
            let contact_in_doubt = self.vendor.kind == ItemKind::Contact && kept == ItemState::InDoubt;
            let same = kept == entry.state || contact_in_doubt && entry.state == ItemState::Parked;
            assert!(same, "item {}: {kept:?} and {:?}", entry.id, entry.state);
        }
    }

    /// I4 and conservation, from the vendor's own record of effects.
    fn check(&mut self) {
        let late: Vec<(Moment, i64, i64)> = std::mem::take(&mut self.vendor.late);
        for (_, first, last) in late {
            self.vendor.take(first, last);
        }
        for id in 1..=self.n {
            let (effects, item) = (self.vendor.effects(id), self.book.item(id));
            assert!(effects <= 1, "item {id} has {effects} effects");
            match item.state {
                ItemState::Waiting | ItemState::Confirmed => {
                    assert_eq!(effects, 1, "item {id} lost")
                }
                ItemState::Refused | ItemState::Unsent => {
                    assert_eq!(effects, 0, "item {id} is {:?} and has an effect", item.state);
                }
                _ => {}
            }
        }
    }

    fn run(&mut self) {
        for _ in 0..60 {
            let ending = self.process();
            self.check_hours();
            match ending {
                Some(Ending::AllSent | Ending::Parked { .. }) => {
                    self.check();
                    return;
                }
                _ => self.now = self.now.plus_ms(1 + self.dice.roll(20 * MINUTE as u64) as i64),
            }
        }
        panic!("bounded faults, and it never finishes");
    }

    fn check_hours(&self) {
        let calls = &self.vendor.requests;
        for (i, at) in calls.iter().enumerate() {
            let hour = calls[..i].iter().filter(|c| at.since_ms(**c) < 3_600_000).count();
            assert!(hour < 1_200, "over our share");
        }
    }
}

fn storms(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let result = std::panic::catch_unwind(|| Storm::new(seed).run());
        assert!(result.is_ok(), "seed {seed}");
    }
}

#[test]
fn no_storm_doubles_or_loses_a_gift() {
    storms(0..10_000);
}

#[test]
#[ignore = "minutes: cargo test --workspace --lib -- --ignored a_million_storms"]
fn a_million_storms_neither() {
    storms(10_000..1_010_000);
}
