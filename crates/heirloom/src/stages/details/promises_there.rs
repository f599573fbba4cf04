//! Pledges and schedules of the target: those that could be ours are read and kept with their time, and
//! each says of one sealed item at most that it arrived.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heirloom_ledger::{EvidenceOf, ItemLine, Ledger};
use heirloom_model::{Currency, GiftDate, ItemId, ItemKind, ItemState, Moment, Money, PromiseKind};
use heirloom_virtuous::{Clock, DetailKind, PromiseSeen, ReadFailure, Reader, Transport};

use crate::failure::Result;
use crate::migration::Migration;
use crate::stages::there::{failed, follow};

/// Pages of pledges or schedules at most: a million.
const PAGES_MAX: usize = 1_000;

/// Both kinds, with the fact under which what was read is kept.
const KINDS: [(PromiseKind, &str); 2] =
    [(PromiseKind::Pledge, "pledges there"), (PromiseKind::Recurring, "schedules there")];

/// What is kept instead of them where the token may not read them.
const REFUSED: &str = "refused";

/// Reads the pledges and schedules of the target where the files have some: those of our days, or under
/// our source. What the token may not read stays unknown, and is then not sent either.
///
/// # Errors
/// A read that got no answer.
pub(in crate::stages) fn read_promises<T: Transport, C: Clock>(
    migration: &Migration,
    reader: &mut Reader<'_, T, C>,
    now: Moment,
) -> Result<()> {
    let ledger = &migration.ledger;
    let ours = ledger.promises()?;
    let source = migration.settings.source.as_str();
    'kinds: for (kind, fact) in KINDS {
        let days: BTreeSet<GiftDate> =
            ours.iter().filter(|p| p.promise.kind == kind).filter_map(|p| p.known.date).collect();
        if days.is_empty() {
            continue;
        }
        let could_be_ours = |seen: &PromiseSeen| {
            let day = seen.starts.is_some_and(|day| days.contains(&day));
            day || seen.reference.as_ref().is_some_and(|(theirs, _)| theirs.eq_ignore_ascii_case(source))
        };
        let (mut kept, mut read) = (Vec::new(), (0, 0));
        for _ in 0..PAGES_MAX {
            let (page, more) = match reader.promises_page(kind, read, migration.settings.currency) {
                // Nothing is said of the other kind.
                Err(ReadFailure::Refused { .. }) => {
                    ledger.save_target_fact(fact, REFUSED, now)?;
                    continue 'kinds;
                }
                page => page.map_err(failed)?,
            };
            read = (read.0 + page.len(), page.last().map_or(read.1, |last| last.id));
            kept.extend(page.iter().filter(|seen| could_be_ours(seen)).map(line));
            if !more {
                break;
            }
        }
        ledger.save_target_fact(fact, &kept.join("\n"), now)?;
    }
    Ok(())
}

fn line(seen: &PromiseSeen) -> String {
    let plain = |text: &str| text.replace(['\t', '\n', '\r'], " ");
    let (source, key) = seen.reference.clone().unwrap_or_default();
    [
        seen.id.to_string(),
        seen.contact.to_string(),
        seen.amount.map_or(String::new(), |m| m.minor().to_string()),
        seen.amount.map_or(String::new(), |m| m.currency().to_string()),
        seen.starts.map_or(String::new(), |day| day.to_number().to_string()),
        plain(&seen.frequency),
        plain(&source),
        plain(&key),
    ]
    .join("\t")
}

fn opened(line: &str) -> Option<PromiseSeen> {
    let mut parts = line.split('\t');
    let mut next = || parts.next();
    let (id, contact) = (next()?.parse().ok()?, next()?.parse().ok()?);
    let amount = next()?.parse().ok().zip(Currency::new(next()?).ok());
    let starts = next()?.parse().ok().and_then(GiftDate::from_number);
    let frequency = next()?.to_owned();
    let reference = (next()?.to_owned(), next()?.to_owned());
    Some(PromiseSeen {
        id,
        contact,
        amount: amount.map(|(minor, currency)| Money::new(minor, currency)),
        starts,
        frequency,
        reference: (!reference.1.is_empty()).then_some(reference),
    })
}

/// What is there, and what each of it is evidence of.
pub(in crate::stages) struct PromisesThere {
    /// Without a kind that could not be read.
    by_kind: BTreeMap<PromiseKind, Vec<PromiseSeen>>,
    /// Records that an item of ours has made, by kind and id.
    ours: BTreeSet<(PromiseKind, i64)>,
    /// Items that were open and are there, with the record's id.
    pub(in crate::stages) arrived: Vec<(ItemId, i64)>,
}

impl PromisesThere {
    /// Gives each record to at most one item: to what was confirmed before, then to what the vendor took,
    /// then to what is in doubt.
    ///
    /// # Errors
    /// Storage.
    pub(in crate::stages) fn of(
        ledger: &Ledger,
        merged: &HashMap<i64, i64>,
        currency: Currency,
    ) -> Result<PromisesThere> {
        let facts = ledger.target_facts()?;
        let mut there =
            PromisesThere { by_kind: BTreeMap::new(), ours: BTreeSet::new(), arrived: Vec::new() };
        for (kind, fact) in KINDS {
            let text = facts.iter().find(|(name, _, _)| name == fact).map(|(_, text, _)| text.as_str());
            let Some(text) = text.filter(|text| *text != REFUSED) else { continue };
            let seen = text.lines().filter_map(opened);
            let moved = seen.map(|one| PromiseSeen { contact: follow(merged, one.contact), ..one });
            there.by_kind.insert(kind, moved.collect());
        }
        let evidence: HashMap<ItemId, i64> = ledger
            .evidence(EvidenceOf::Kind(ItemKind::Detail))?
            .into_iter()
            .map(|e| (e.item, e.target))
            .collect();
        let mut open: Vec<(u8, PromiseKind, ItemLine)> = Vec::new();
        for plan in ledger.plans()?.into_iter().filter(|p| p.kind == ItemKind::Detail) {
            for line in ledger.item_states(plan.id)? {
                let Some(kind) = DetailKind::of_key(&line.key).and_then(DetailKind::promise) else {
                    continue;
                };
                match (line.state, evidence.get(&line.item)) {
                    (_, Some(id)) if *id > 0 => _ = there.ours.insert((kind, *id)),
                    (ItemState::Waiting, _) => open.push((0, kind, line)),
                    (ItemState::InDoubt | ItemState::Parked, _) => open.push((1, kind, line)),
                    _ => {}
                }
            }
        }
        open.sort_by_key(|(sureness, _, line)| (*sureness, line.item));
        for (_, kind, line) in open {
            let sealed = ledger.bodies(line.item, line.item)?;
            let seen = sealed.first().and_then(|s| PromiseSeen::open(&s.key, &s.body, currency));
            let Some(seen) = seen else { continue };
            let seen = PromiseSeen { contact: follow(merged, seen.contact), ..seen };
            if let Some(id) = there.unclaimed(kind, &seen) {
                there.ours.insert((kind, id));
                there.arrived.push((line.item, id));
            }
        }
        Ok(there)
    }

    /// Whether those of a kind could be read: else what staff entered might be entered again.
    pub(in crate::stages) fn is_read(&self, kind: PromiseKind) -> bool {
        self.by_kind.contains_key(&kind)
    }

    /// Takes a record that is this promise and that no item of ours has made: staff made it.
    pub(in crate::stages) fn claim(&mut self, kind: PromiseKind, seen: &PromiseSeen) -> bool {
        let found = self.unclaimed(kind, seen);
        found.is_some_and(|id| self.ours.insert((kind, id)))
    }

    /// The id of a record that is this promise and that no item has.
    fn unclaimed(&self, kind: PromiseKind, seen: &PromiseSeen) -> Option<i64> {
        let all = self.by_kind.get(&kind)?;
        all.iter().find(|one| seen.is(one) && !self.ours.contains(&(kind, one.id))).map(|one| one.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_kept_as_it_was() {
        let seen = PromiseSeen {
            id: 9001,
            contact: 42,
            amount: Some(Money::new(30_000, Currency::USD)),
            starts: GiftDate::new(2019, 1, 31),
            frequency: "Quarterly".into(),
            reference: Some(("old".into(), "P-1".into())),
        };
        assert_eq!(opened(&line(&seen)), Some(seen.clone()));
        let bare =
            PromiseSeen { amount: None, starts: None, frequency: String::new(), reference: None, ..seen };
        assert_eq!(opened(&line(&bare)), Some(bare));
    }
}
