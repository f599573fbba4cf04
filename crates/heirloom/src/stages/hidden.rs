//! Contacts that we know and that the vendor no longer lists: merged into another, or archived. Each is asked
//! for by its id, so that a merge is followed and is not taken for a loss.

use std::collections::BTreeSet;

use heirloom_model::Moment;
use heirloom_virtuous::{Clock, Reader, Transport};

use super::target::{failed, target_contacts};
use crate::failure::Result;
use crate::migration::Migration;

/// Most contacts asked for one by one in one reading; the others stay unlisted.
const ASKED_MAX: usize = 2_000;

/// Reads what is known and was not listed, and keeps it with the rest; whither a merge led, too.
///
/// # Errors
/// A failed read.
pub(super) fn read_hidden<T: Transport, C: Clock>(
    migration: &Migration,
    reader: &mut Reader<'_, T, C>,
    now: Moment,
) -> Result<()> {
    let ledger = &migration.ledger;
    let listed: BTreeSet<i64> = target_contacts(ledger)?.into_iter().map(|c| c.id).collect();
    let known: BTreeSet<i64> = ledger.known_contacts()?.into_iter().map(|(_, id)| id).collect();
    let mut open: Vec<i64> = known.difference(&listed).copied().take(ASKED_MAX).collect();
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
