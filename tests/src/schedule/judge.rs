//! What must hold when a schedule is over, by the world's own records.

use std::collections::BTreeMap;

use heirloom_model::{Digest, ItemId, ItemKind, ItemState, Moment, Pile};
use heirloom_simulator::{Effect, EffectKind, FaultKind, Person, RequestSeen};
use heirloom_virtuous::Clock;

use super::staff::LATE_MS;
use super::{COUPLE_EVERY, DONORS, GIFTS, HOUR_MS, Schedule, Weather};
use crate::invented::{PROMISED_MINOR, gift_minor};

impl Schedule<'_> {
    /// What the world's own log and the ledger say of one key.
    fn history(&self, key: &str) -> String {
        let world = self.world();
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
    pub(super) fn judge(&mut self) {
        self.migration.ledger.watch_commits(None).unwrap();
        let seed = self.seed;
        let breaches = self.line.transport.breaches();
        assert!(breaches.is_empty(), "seed {seed}: {breaches:?}");
        self.let_all_arrive();
        self.one_body_a_key();
        let arrived = self.gifts_once();
        self.donors_once();
        self.details_once();
        self.conserved();
        if self.weather == Weather::Live {
            assert!(arrived > 0, "seed {seed}: nothing arrived at all: {}", self.history("G-4"));
        }
    }

    /// Whatever is on its way or waits in an import becomes a record before anything is counted: a second
    /// one that nobody has run yet is one too many.
    fn let_all_arrive(&mut self) {
        for _ in 0..2 {
            let now = self.line.clock.now().plus_ms(LATE_MS);
            let world = self.world_mut();
            world.advance(now.0);
            let midnight = world.next_midnight_ms().unwrap_or(now.0).max(now.0);
            world.run_imports_as(Person::AcceptAll, midnight + HOUR_MS);
            self.line.clock.jump_to(Moment(midnight + HOUR_MS));
        }
    }

    /// I4: no key has two effects; what is confirmed has one, what is refused has none, and what is
    /// discarded has one that a person threw away.
    fn gifts_once(&self) -> u64 {
        let (seed, thrown) = (self.seed, self.thrown_away());
        let mut there: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        for gift in self.world().gifts() {
            there.entry(&gift.transaction_id).or_default().push(gift.amount_minor);
        }
        let mut arrived = 0;
        for plan in self.migration.ledger.plans().unwrap().iter().filter(|p| p.kind == ItemKind::Gift) {
            for line in self.migration.ledger.item_states(plan.id).unwrap() {
                let key = &line.key;
                let found = there.remove(key.as_str()).unwrap_or_default();
                assert!(found.len() <= 1, "seed {seed}: {key} is doubled: {}", self.history(key));
                match line.state {
                    ItemState::Confirmed => {
                        arrived += 1;
                        let minor = line.amount.unwrap().minor();
                        assert_eq!(found, [minor], "seed {seed}: {key} is confirmed and not so there");
                    }
                    // In a storm nobody may have read that it is there, which the vendor said.
                    ItemState::Refused
                        if self.weather == Weather::Storm && self.was_brought_twice(key, line.item) => {}
                    ItemState::Refused => {
                        assert!(
                            found.is_empty(),
                            "seed {seed}: {key} is refused and there: {}",
                            self.history(key)
                        )
                    }
                    ItemState::Discarded => {
                        arrived += 1;
                        assert!(
                            found.is_empty(),
                            "seed {seed}: {key} is discarded and there: {}",
                            self.history(key)
                        );
                        assert!(thrown.contains(key), "seed {seed}: {key} is discarded, and nobody did that");
                    }
                    other => assert!(self.weather == Weather::Storm, "seed {seed}: {key} ended {other:?}"),
                }
            }
        }
        assert!(there.is_empty(), "seed {seed}: gifts nobody sent: {there:?}");
        arrived
    }

    /// Whether a proxy brought our one sending of a gift twice, and the answer to its second copy, that its id is
    /// taken, is the one that came back.
    fn was_brought_twice(&self, key: &str, item: ItemId) -> bool {
        let attempts = self.migration.ledger.attempts().unwrap();
        let last = attempts.iter().rfind(|attempt| attempt.first <= item && item <= attempt.last);
        let world = self.world();
        let by_proxy = |effect: &Effect| {
            world.requests()[effect.request_no as usize - 1].fault == Some(FaultKind::Doubled)
        };
        let mut made = world.log().iter().filter(|e| e.id == key && e.kind == EffectKind::HeldGift);
        last.is_some_and(|attempt| attempt.outcome.as_deref() == Some("conflict")) && made.all(by_proxy)
    }

    /// I4 for donors.
    fn donors_once(&self) {
        let (seed, world) = (self.seed, self.world());
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
        for plan in self.migration.ledger.plans().unwrap().iter().filter(|p| p.kind == ItemKind::Contact) {
            for line in self.migration.ledger.item_states(plan.id).unwrap() {
                let (key, is_there) = (&line.key, references.contains_key(&*line.key));
                match line.state {
                    ItemState::Confirmed => {
                        assert!(is_there, "seed {seed}: {key} is confirmed and not there")
                    }
                    ItemState::Refused => assert!(!is_there, "seed {seed}: {key} is refused and there"),
                    _ => {}
                }
            }
        }
        if self.weather == Weather::Live {
            // The second record of the first donor is an id of the same contact.
            assert_eq!(references.len(), DONORS + 1, "seed {seed}: donors lost");
        }
    }

    /// I4 for what is added to contacts: the second person of each couple, the address of a second record,
    /// the pledge and the schedule, once.
    fn details_once(&self) {
        let (seed, world) = (self.seed, self.world());
        let mut people: BTreeMap<(i64, &str, &str), u32> = BTreeMap::new();
        for contact in world.contacts().iter().filter(|c| c.merged_into.is_none()) {
            for one in &contact.individuals {
                *people.entry((contact.id, &one.first, &one.last)).or_default() += 1;
            }
        }
        let proxied = world.requests().iter().any(|r| r.fault == Some(FaultKind::Doubled));
        for family in ["Pledge", "RecurringGift"] {
            let made = |e: &&Effect| e.kind == EffectKind::OtherRecord && e.id == family;
            let times = world.log().iter().filter(made).count();
            let enough = times == 1 || (times == 0 && self.weather == Weather::Storm);
            assert!(enough || (times > 1 && proxied), "seed {seed}: {times} records of {family}");
        }
        let doubled = people.iter().find(|(_, times)| **times > 1);
        assert!(doubled.is_none() || proxied, "seed {seed}: a person is there twice: {doubled:?}");
        if self.weather == Weather::Live {
            let mates = people.keys().filter(|(_, first, _)| first.starts_with("Mate")).count();
            assert_eq!(mates, DONORS / COUPLE_EVERY, "seed {seed}: second people lost");
            let addresses: usize = world.contacts().iter().map(|c| c.addresses.len()).sum();
            assert!(addresses == DONORS + 1 || proxied, "seed {seed}: {addresses} addresses");
        }
    }

    /// I1: every source gift is in one named pile, and their cents are those of the file.
    fn conserved(&self) {
        let seed = self.seed;
        let piles = self.migration.ledger.piles().unwrap();
        let rows: u64 = piles.iter().map(|l| l.tally.rows).sum();
        let minor: i128 = piles.iter().map(|l| l.tally.minor).sum();
        let gifts: i128 = (1..=GIFTS).map(|n| i128::from(gift_minor(n))).sum();
        // The pledge and the schedule are rows of the same file.
        let expected = (GIFTS as u64 + 2, gifts + i128::from(PROMISED_MINOR));
        assert_eq!((rows, minor), expected, "seed {seed}: rows and cents of all piles");
        if self.weather == Weather::Live {
            let open = piles.iter().filter(|l| matches!(l.pile, Pile::Ready | Pile::WaitingForDonor));
            assert_eq!(open.map(|l| l.tally.rows).sum::<u64>(), 0, "seed {seed}: gifts were left behind");
        }
    }

    /// I2: one key, one body, for ever, as the vendor saw them.
    fn one_body_a_key(&self) {
        let mut bodies: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        // A contact that is added to has one body for each detail.
        let added = |e: &&Effect| matches!(e.kind, EffectKind::ChangedContact | EffectKind::OtherRecord);
        for effect in self.world().log().iter().filter(|e| !added(e)) {
            let kind = if format!("{:?}", effect.kind).contains("Contact") { "contact" } else { "gift" };
            let first = *bodies.entry((kind, &effect.id)).or_insert(effect.body_digest);
            assert_eq!(
                first, effect.body_digest,
                "seed {}: {} was sent with two bodies",
                self.seed, effect.id
            );
        }
    }

    /// Where every row ended: what a resumed run must share with an uninterrupted one. Which gifts lie
    /// in the import that somebody throws away hangs on the day they were sent: there, both count as one;
    /// and so does what the world threw away though its sending was answered with a conflict, as a proxy's
    /// second delivery is.
    pub(super) fn piles(&self) -> BTreeMap<String, (u64, i128)> {
        const EITHER: &str = "confirmed or discarded";
        let thrown = self.thrown_away();
        let mut piles = BTreeMap::new();
        let mut add = |name: &str, rows: i64, minor: i128| {
            let sum: &mut (u64, i128) = piles.entry(name.to_owned()).or_default();
            *sum = (sum.0.checked_add_signed(rows).unwrap(), sum.1 + minor);
        };
        for line in self.migration.ledger.piles().unwrap() {
            let either = self.staff.discards && matches!(line.pile, Pile::Confirmed | Pile::Discarded);
            let name = if either { EITHER.to_owned() } else { format!("{:?}", line.pile) };
            add(&name, i64::try_from(line.tally.rows).unwrap(), line.tally.minor);
        }
        for plan in self.migration.ledger.plans().unwrap().iter().filter(|plan| plan.kind == ItemKind::Gift) {
            let refused = self.migration.ledger.item_states(plan.id).unwrap().into_iter();
            for item in refused.filter(|item| item.state == ItemState::Refused && thrown.contains(&item.key))
            {
                let minor = item.amount.map_or(0, |amount| i128::from(amount.minor()));
                add(&format!("{:?}", Pile::Refused), -1, -minor);
                add(EITHER, 1, minor);
            }
        }
        piles.retain(|_, sum| *sum != (0, 0));
        piles
    }

    /// Every request and attempt, as one digest.
    pub(super) fn trace(&self) -> Digest {
        let attempts = self.migration.ledger.attempts().unwrap();
        Digest::of(format!("{:?} {attempts:?} {:?}", self.world().requests(), self.world().log()).as_bytes())
    }
}
