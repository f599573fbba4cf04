//! Contacts that we know and that the vendor no longer lists: merged into another, or archived. Each is asked
//! for by its id, so that a merge is followed and is not taken for a loss.

use std::collections::BTreeSet;

use heirloom_model::Moment;
use heirloom_virtuous::{Clock, Reader, Transport};

use super::there::{failed, target_contacts};
use crate::failure::Result;
use crate::migration::Migration;

/// Most contacts asked for one by one in one reading; the others stay unlisted.
const ASKED_MAX: usize = 2_000;

/// Contacts of ours by what was read before: those that our items became, and those that carry our references.
///
/// # Errors
/// Storage.
pub(super) fn ours(migration: &Migration) -> Result<BTreeSet<i64>> {
    let source = migration.settings.source.as_str();
    let known = migration.ledger.known_contacts()?.into_iter().map(|(_, id)| id);
    let carries = |c: &heirloom_model::TargetContact| {
        c.references.iter().any(|(theirs, _)| theirs.eq_ignore_ascii_case(source))
    };
    let contacts = target_contacts(&migration.ledger)?;
    Ok(known.chain(contacts.iter().filter(|c| carries(c)).map(|c| c.id)).collect())
}

/// Reads those of ours that were not listed, and keeps them with the rest; whither a merge led, too.
///
/// # Errors
/// A failed read.
pub(super) fn read_hidden<T: Transport, C: Clock>(
    migration: &Migration,
    reader: &mut Reader<'_, T, C>,
    ours: &BTreeSet<i64>,
    now: Moment,
) -> Result<()> {
    let ledger = &migration.ledger;
    let listed: BTreeSet<i64> = target_contacts(ledger)?.into_iter().map(|c| c.id).collect();
    let mut open: Vec<i64> = ours.difference(&listed).copied().take(ASKED_MAX).collect();
    let mut asked = BTreeSet::new();
    while let Some(id) = open.pop() {
        if asked.len() >= ASKED_MAX || !asked.insert(id) {
            continue;
        }
        if let Some(contact) = reader.contact(id).map_err(failed)? {
            open.extend(contact.merged_into.filter(|into| !listed.contains(into)));
            ledger.save_target_contacts(&[contact], now)?;
        }
    }
    Ok(())
}
