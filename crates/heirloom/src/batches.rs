//! Nights and their imports: what was sent before one midnight of the vendor's is one import, one Run.

use std::collections::BTreeMap;

use heirloom_ledger::{AttemptLine, ItemLine, PlanFacts};
use heirloom_model::{ItemKind, ItemState, Moment, Tally};
use heirloom_virtuous::LATE_MS;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::failure::{Failure, Result};
use crate::migration::Migration;
use crate::stages::there::TIME_ZONE;

/// Everything of one kind that one midnight bundles.
pub struct Batch {
    /// `gifts-2026-11-23`: what, and the day that ends at that midnight.
    pub name: String,
    /// What it holds.
    pub kind: ItemKind,
    /// Its items, in the order of sending.
    pub lines: Vec<ItemLine>,
}

impl Batch {
    /// What of it is in one of some states.
    pub fn tally(&self, states: &[ItemState]) -> Tally {
        let mut sum = Tally::default();
        self.lines.iter().filter(|line| states.contains(&line.state)).for_each(|line| sum.add(line.amount));
        sum
    }

    /// The calls in which any of it was sent, whatever became of them.
    pub fn calls<'a>(&'a self, attempts: &'a [AttemptLine]) -> impl Iterator<Item = &'a AttemptLine> {
        attempts.iter().filter(|attempt| {
            let first = self.lines.partition_point(|line| line.item < attempt.first);
            self.lines.get(first).is_some_and(|line| line.item <= attempt.last)
        })
    }
}

/// Names the import into which an item goes that was last sent at a moment.
pub struct Nights {
    zone: TimeZone,
}

impl Nights {
    /// By the organization's zone; universal time until that is known.
    ///
    /// # Errors
    /// Storage.
    pub fn of(migration: &Migration) -> Result<Nights> {
        let zone = zone_of(migration)?.known;
        Ok(Nights { zone: zone.and_then(|zone| TimeZone::get(&zone).ok()).unwrap_or(TimeZone::UTC) })
    }

    /// How many imports sendings between two moments go into.
    pub fn between(&self, begun: Moment, done: Moment) -> u64 {
        let day = |at: Moment| {
            let at = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
            at.to_zoned(self.zone.clone()).date()
        };
        let days = (day(done) - day(begun)).get_days();
        1 + u64::try_from(days).unwrap_or_default()
    }

    /// The import's name.
    pub fn name(&self, kind: ItemKind, sent: Moment) -> String {
        let at = Timestamp::from_millisecond(sent.0).unwrap_or(Timestamp::UNIX_EPOCH);
        format!("{}s-{}", kind.as_str(), at.to_zoned(self.zone.clone()).date())
    }

    /// The import into which an item went: that of its last sending. What may have been sent from another
    /// copy of the ledger since then lies in some import since its plan was made: `gifts-since-2026-11-23`.
    pub fn import_of(&self, plan: &PlanFacts, line: &ItemLine) -> Option<String> {
        if line.state.is_in_doubt() && line.estranged > line.last_attempt {
            return Some(self.name(plan.kind, plan.created).replacen('-', "-since-", 1));
        }
        Some(self.name(plan.kind, line.last_attempt?))
    }

    /// From when on a person can see that something sent at a moment did not arrive: what is on its way
    /// for hours is in the import that the next midnight after them closes. Details are in no import.
    pub fn shown(&self, kind: ItemKind, sent: Moment) -> Moment {
        let latest = sent.plus_ms(LATE_MS);
        if kind == ItemKind::Detail {
            return latest;
        }
        let at = Timestamp::from_millisecond(latest.0).unwrap_or(Timestamp::UNIX_EPOCH);
        let next = at.to_zoned(self.zone.clone()).tomorrow().and_then(|day| day.start_of_day());
        next.map_or(latest, |midnight| Moment(midnight.timestamp().as_millisecond()))
    }

    /// A moment as the organization's clock shows it.
    pub fn clock(&self, at: Moment) -> String {
        let at = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned(self.zone.clone()).strftime("%H:%M on %-d %B (%Z)").to_string()
    }
}

/// The organization's zone: what was said with `--zone`, else what it names itself.
pub struct Zone {
    /// A name that can be found.
    pub known: Option<String>,
    /// What the organization itself says, as it is.
    pub named: String,
}

/// The fact under which a zone is kept that somebody gave.
const ZONE_SAID: &str = "time zone said";

/// Where the organization's midnight is.
///
/// # Errors
/// Storage.
pub fn zone_of(migration: &Migration) -> Result<Zone> {
    let facts = migration.ledger.target_facts()?;
    let fact = |of: &str| facts.iter().find(|(name, _, _)| name == of).map(|(_, value, _)| value.clone());
    let named = fact(TIME_ZONE).unwrap_or_default();
    let can_be_found = |zone: &String| TimeZone::get(zone).is_ok();
    let known = fact(ZONE_SAID).into_iter().chain([named.clone()]).find(can_be_found);
    Ok(Zone { known, named })
}

/// Keeps the zone that somebody gives, from now on.
///
/// # Errors
/// [`Failure::Usage`] if it is no zone; storage.
pub fn say_zone(migration: &Migration, zone: &str, now: Moment) -> Result<()> {
    if TimeZone::get(zone).is_err() {
        return Err(Failure::usage(
            format!("\"{zone}\" is not the name of a time zone"),
            "give one such as America/New_York",
        ));
    }
    Ok(migration.ledger.save_target_fact(ZONE_SAID, zone, now)?)
}

/// What was sent and may be in an import at the vendor, the oldest first. Details are in none.
///
/// # Errors
/// Storage.
pub fn batches(migration: &Migration) -> Result<Vec<Batch>> {
    let nights = Nights::of(migration)?;
    let mut found: BTreeMap<(Moment, String), Batch> = BTreeMap::new();
    let mut order: BTreeMap<String, Moment> = BTreeMap::new();
    for plan in migration.ledger.plans()?.into_iter().filter(|plan| plan.kind != ItemKind::Detail) {
        for line in migration.ledger.item_states(plan.id)? {
            if matches!(line.state, ItemState::Unsent | ItemState::Refused) {
                continue;
            }
            let Some((name, sent)) = nights.import_of(&plan, &line).zip(line.latest()) else { continue };
            let first = *order.entry(name.clone()).or_insert(sent);
            let batch = found.entry((first, name.clone()));
            batch.or_insert_with(|| Batch { name, kind: plan.kind, lines: Vec::new() }).lines.push(line);
        }
    }
    Ok(found.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_is_the_day_that_ends_at_the_vendors_midnight() {
        let nights = Nights { zone: TimeZone::get("America/Phoenix").unwrap() };
        let name = |text: &str| {
            let at: Timestamp = text.parse().unwrap();
            nights.name(ItemKind::Gift, Moment(at.as_millisecond()))
        };
        assert_eq!(name("2026-11-24T06:59:00Z"), "gifts-2026-11-23");
        assert_eq!(name("2026-11-24T07:01:00Z"), "gifts-2026-11-24");
    }

    #[test]
    fn what_is_sent_in_the_evening_is_shown_by_the_import_of_the_night_after() {
        let nights = Nights { zone: TimeZone::get("America/Phoenix").unwrap() };
        let moment = |text: &str| Moment(text.parse::<Timestamp>().unwrap().as_millisecond());
        let shown = |kind, text: &str| nights.shown(kind, moment(text));
        // 19:59 and 20:01 in Phoenix; a request may be four hours late.
        assert_eq!(shown(ItemKind::Gift, "2026-11-24T02:59:00Z"), moment("2026-11-24T07:00:00Z"));
        assert_eq!(shown(ItemKind::Contact, "2026-11-24T03:01:00Z"), moment("2026-11-25T07:00:00Z"));
        assert_eq!(shown(ItemKind::Detail, "2026-11-24T03:01:00Z"), moment("2026-11-24T07:01:00Z"));
        assert_eq!(nights.clock(moment("2026-11-24T07:00:00Z")), "00:00 on 24 November (MST)");
        let between = |a: &str, b: &str| nights.between(moment(a), moment(b));
        assert_eq!(between("2026-11-24T02:59:00Z", "2026-11-24T06:59:00Z"), 1);
        assert_eq!(between("2026-11-24T02:59:00Z", "2026-11-26T07:01:00Z"), 4);
    }
}
