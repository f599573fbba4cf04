//! Further addresses of contacts, for a vendor whose list of contacts shows the primary one alone: each
//! contact that has one to be sent, or to be seen, is asked for its own list.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heirloom_model::{ItemState, Moment, RowId, TargetContact};
use heirloom_virtuous::{Clock, DetailKind, Reader, Transport};

use super::{Stand, detail_lines, each_detail, what_is, with_records};
use crate::failure::Result;
use crate::migration::Migration;
use crate::settings::Donors;
use crate::stages::there::{failed, follow, merges, target_contacts};

/// Contacts asked for one by one in one reading; the others wait for the next.
const ASKED_MAX: usize = 2_000;

/// Reads and keeps the addresses of contacts of which a further one is due or was sent and not seen.
///
/// # Errors
/// A failed read.
pub(in crate::stages) fn read_addresses<T: Transport, C: Clock>(
    migration: &Migration,
    reader: &mut Reader<'_, T, C>,
    now: Moment,
) -> Result<()> {
    let ledger = &migration.ledger;
    let contacts = target_contacts(ledger)?;
    // A vendor that lists them once lists them always.
    if migration.settings.donors == Donors::AtTarget || contacts.iter().any(|c| !c.addresses.is_empty()) {
        return Ok(());
    }
    let merged = merges(&contacts);
    let known: BTreeMap<RowId, i64> = ledger.known_contacts()?.into_iter().collect();
    let rows = wanted(migration, &known)?;
    let ids: BTreeSet<i64> =
        rows.iter().filter_map(|row| known.get(row)).map(|id| follow(&merged, *id)).collect();
    let contacts: HashMap<i64, TargetContact> = contacts.into_iter().map(|c| (c.id, c)).collect();
    let mut read = Vec::new();
    for id in ids.into_iter().take(ASKED_MAX) {
        let Some(contact) = contacts.get(&id) else { continue };
        let addresses = reader.addresses(id).map_err(failed)?;
        read.push(TargetContact { addresses, ..contact.clone() });
    }
    if read.is_empty() { Ok(()) } else { Ok(ledger.save_target_contacts(&read, now)?) }
}

/// Rows of contacts with an address that is due, or was sent and not seen.
fn wanted(migration: &Migration, known: &BTreeMap<RowId, i64>) -> Result<BTreeSet<RowId>> {
    let mut rows = BTreeSet::new();
    for line in detail_lines(&migration.ledger)? {
        let open = line.state == ItemState::Waiting || line.state.is_in_doubt();
        if open && DetailKind::of_key(&line.key) == Some(DetailKind::Address) {
            rows.insert(line.row);
        }
    }
    with_records(migration, known, |records| {
        each_detail(migration, records, |one| {
            if matches!(one.stand, Stand::Due(_)) && one.what == what_is(DetailKind::Address) {
                rows.insert(one.row);
            }
            Ok(())
        })
    })?;
    Ok(rows)
}
