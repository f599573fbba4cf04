//! Nights and their imports: what was sent before one midnight of the vendor's is one import, one Run.

use std::collections::BTreeMap;

use heirloom_ledger::ItemLine;
use heirloom_model::{ItemKind, ItemState, Moment};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::failure::Result;
use crate::migration::Migration;

/// Everything of one kind that one midnight bundles.
pub struct Batch {
    /// `gifts-2026-11-23`: what, and the day that ends at that midnight.
    pub name: String,
    /// What it holds.
    pub kind: ItemKind,
    /// Its items, in the order of sending.
    pub lines: Vec<ItemLine>,
}

/// Names the import into which an item goes that was last sent at a moment.
pub struct Nights {
    zone: TimeZone,
}

impl Nights {
    /// By the zone that the organization names as its own; universal time until that is known.
    ///
    /// # Errors
    /// Storage.
    pub fn of(migration: &Migration) -> Result<Nights> {
        let facts = migration.ledger.target_facts()?;
        let zone = facts.iter().find(|(name, _, _)| name == "time zone").map(|(_, zone, _)| zone.as_str());
        Ok(Nights { zone: zone.and_then(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC) })
    }

    /// The import's name.
    pub fn name(&self, kind: ItemKind, sent: Moment) -> String {
        let at = Timestamp::from_millisecond(sent.0).unwrap_or(Timestamp::UNIX_EPOCH);
        format!("{}s-{}", kind.as_str(), at.to_zoned(self.zone.clone()).date())
    }
}

/// What was sent and may be at the vendor, by import, the oldest first.
///
/// # Errors
/// Storage.
pub fn batches(migration: &Migration) -> Result<Vec<Batch>> {
    let nights = Nights::of(migration)?;
    let mut found: BTreeMap<(Moment, String), Batch> = BTreeMap::new();
    let mut order: BTreeMap<String, Moment> = BTreeMap::new();
    for plan in migration.ledger.plans()? {
        for line in migration.ledger.item_states(plan.id)? {
            let Some(sent) = line.last_attempt else { continue };
            if matches!(line.state, ItemState::Unsent | ItemState::Refused) {
                continue;
            }
            let name = nights.name(plan.kind, sent);
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
}
