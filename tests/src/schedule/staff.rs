//! What the organization's people do in a schedule: what they know of their vendor, when they press Run,
//! which import they throw away, and how they rule on what is in doubt.

use std::collections::BTreeSet;

use heirloom_ledger::OrgFact;
use heirloom_model::{ItemKind, ItemState, Moment, Ruling};
use heirloom_simulator::{EffectKind, ImportKind, ImportState, Rules};
use heirloom_virtuous::{Clock, PaceTerms};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use super::{HOUR_MS, Schedule};

/// Sets this stream apart from those of the vendor, the faults and the crashes.
const STREAM: u64 = 0x57af_f000;
/// A lost request may still arrive so long after it was sent.
pub(super) const LATE_MS: i64 = 4 * HOUR_MS;

/// The people, as the seed draws them.
pub(super) struct Staff {
    /// What is known about the vendor; the rest is unknown, and nothing known is wrong.
    pub known: Vec<OrgFact>,
    /// What the plan leaves of each window to others.
    pub reserve: u32,
    /// Whether somebody throws away a whole import of gifts in place of running it.
    pub discards: bool,
    discard_from: u32,
    chance: ChaCha8Rng,
    night: u32,
    /// The latest midnight whose import was run or thrown away.
    closed: Moment,
}

impl Staff {
    pub fn drawn(seed: u64, rules: &Rules) -> Staff {
        let mut chance = ChaCha8Rng::seed_from_u64(seed ^ STREAM);
        let how_much = chance.next_u32() % 3;
        let coins = chance.next_u32();
        let known = |(at, _): &(usize, OrgFact)| match how_much {
            0 => false,
            1 => coins >> at & 1 == 1,
            _ => true,
        };
        let known = OrgFact::ALL.into_iter().enumerate().filter(known).map(|(_, fact)| fact).collect();
        let tight = chance.next_u32().is_multiple_of(5);
        let left = 15 + chance.next_u32() % 30;
        let lowest = rules.limit_changes.iter().map(|c| c.limit).fold(rules.limit, u32::min);
        let spare = lowest.saturating_sub(rules.others_per_hour + left);
        let reserve = if tight { spare } else { PaceTerms::default().reserve };
        let discards = chance.next_u32().is_multiple_of(6);
        let discard_from = chance.next_u32() % 4;
        Staff { known, reserve, discards, discard_from, chance, night: 0, closed: Moment(0) }
    }

    /// How long after the vendor's midnight it is morning for them, and whether anybody presses Run then.
    fn run_after_ms(&mut self) -> (i64, bool) {
        let (kind, hours) = (self.chance.next_u32() % 10, self.chance.next_u32());
        let hours = match kind {
            0..=5 => 1 + hours % 12,
            6 | 7 => 12 + hours % 12,
            _ => 24 + hours % 25,
        };
        let minutes = self.chance.next_u32() % 60;
        (i64::from(hours) * HOUR_MS + i64::from(minutes) * 60_000, !self.chance.next_u32().is_multiple_of(5))
    }
}

impl Schedule<'_> {
    /// The night comes, and mostly a person who presses Run, hours or days later.
    pub(super) fn night_and_run(&mut self) {
        let now = self.line.clock.now();
        let (after_ms, comes) = self.staff.run_after_ms();
        let world = self.world_mut();
        world.advance(now.0);
        let mut midnight = world.next_midnight_ms().unwrap_or(now.0 + 24 * HOUR_MS).max(now.0);
        let at = midnight + after_ms;
        // Whoever comes late finds the imports of later midnights, too.
        loop {
            world.advance(midnight);
            match world.next_midnight_ms() {
                Some(next) if next > midnight && next <= at => midnight = next,
                _ => break,
            }
        }
        world.advance(at);
        self.line.clock.jump_to(Moment(at));
        let night = self.staff.night;
        self.staff.night += 1;
        if !comes {
            return;
        }
        if self.staff.discards && night >= self.staff.discard_from && self.throw_away(at) {
            self.staff.discard_from = u32::MAX;
        }
        self.world_mut().run_imports(at);
        self.staff.closed = Moment(midnight);
    }

    /// Throws away the oldest import of gifts in which anything waits; false if there is none.
    fn throw_away(&mut self, at: i64) -> bool {
        let waits = |i: &heirloom_simulator::ImportFacts| {
            i.kind == ImportKind::Gifts && i.state == ImportState::Bundled
        };
        let world = self.world_mut();
        let import = world.imports().into_iter().find(waits);
        import.is_some_and(|import| world.discard_import(&import.id.to_string(), at))
    }

    /// A person who looks into the imports and says what is there, and what was thrown away. What
    /// was sent shortly before that midnight may be in the next import: they wait for it. Some
    /// evenings they get through half of the list.
    pub(super) fn rule_honestly(&mut self) {
        let now = self.line.clock.now();
        let (there, thrown) = (self.there(), self.thrown_away());
        let halves = self.staff.chance.next_u32().is_multiple_of(4);
        let salt = self.staff.chance.next_u32();
        let closed = self.staff.closed;
        self.persist(|s| {
            let ledger = &s.migration.ledger;
            let mut gone = Vec::new();
            for plan in ledger.plans()? {
                for line in ledger.item_states(plan.id)? {
                    let settled = line.latest().is_some_and(|at| closed.since_ms(at) >= LATE_MS);
                    let here = there.contains(&(plan.kind, line.key.clone()));
                    let thrown = plan.kind == ItemKind::Gift && !here && thrown.contains(&line.key);
                    if thrown {
                        let open = line.state.is_in_doubt() || line.state == ItemState::Waiting;
                        gone.extend((settled && open).then_some((line.key, line.digest)));
                        continue;
                    }
                    let later = halves && (line.item.0 as u32 ^ salt).wrapping_mul(0x9e37_79b9) >> 31 == 1;
                    if !line.state.is_in_doubt() || later || !(here || settled) {
                        continue;
                    }
                    let ruling = if here { Ruling::Sent } else { Ruling::NotSent };
                    ledger.rule(&line.key, line.digest, ruling, "PR", "looked into the import", now)?;
                }
            }
            if !gone.is_empty() {
                ledger.rule_all(&gone, Ruling::Discarded, "PR", "threw the import away", now)?;
            }
            Ok(())
        });
    }

    /// Gifts and donors of this source that are records there, or rows that wait in an import.
    fn there(&self) -> BTreeSet<(ItemKind, String)> {
        let (world, source) = (self.world(), self.migration.settings.source.as_str());
        let gifts = world.gifts().iter().filter(|g| g.source.eq_ignore_ascii_case(source));
        let gifts = gifts.map(|g| (ItemKind::Gift, g.transaction_id.clone()));
        let references = world.contacts().iter().flat_map(|c| c.references.iter());
        let records = gifts.chain(references.map(|(_, id)| (ItemKind::Contact, id.clone())));
        let rows = world.waiting_rows().filter(|(_, theirs, _)| theirs.eq_ignore_ascii_case(source));
        let rows = rows.map(|(kind, _, id)| match kind {
            ImportKind::Gifts => (ItemKind::Gift, id.to_owned()),
            ImportKind::Contacts => (ItemKind::Contact, id.to_owned()),
        });
        records.chain(rows).collect()
    }

    /// Gifts whose row somebody threw away, by the world's own log.
    pub(super) fn thrown_away(&self) -> BTreeSet<String> {
        let effects = self.world().log().iter().filter(|e| e.kind == EffectKind::DiscardedGift);
        effects.map(|e| e.id.clone()).collect()
    }
}
