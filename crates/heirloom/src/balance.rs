//! Donors balance too: every record, address, phone, e-mail and flag is somewhere.

use std::collections::BTreeSet;

use heirloom_model::{Pile, RowId};
use heirloom_report::{DonorBalance, Ways};

use crate::failure::Result;
use crate::migration::Migration;
use crate::stages::groups::{ContactGroup, contact_groups};
use crate::stages::link::all_donors;

/// Donor rows = contacts + merged into + second individuals + excluded + held; and the ways to reach them.
///
/// # Errors
/// Storage.
pub fn donor_balance(migration: &Migration) -> Result<DonorBalance> {
    let ledger = &migration.ledger;
    let donors = all_donors(migration)?;
    let clusters = ledger.clusters()?;
    let mut balance = DonorBalance::default();
    for (pile, _, rows) in ledger.donor_piles()? {
        balance.records += rows;
        match pile {
            Pile::Held => balance.held += rows,
            Pile::Excluded | Pile::SetAside | Pile::Superseded | Pile::Repeat => balance.excluded += rows,
            _ => {}
        }
    }
    balance.persons = clusters.iter().map(|c| c.person).collect::<BTreeSet<_>>().len() as u64;
    for group in contact_groups(&donors, &clusters) {
        count_group(&group, &mut balance);
    }
    Ok(balance)
}

fn count_group(group: &ContactGroup<'_>, balance: &mut DonorBalance) {
    balance.contacts += 1;
    let mut seen: BTreeSet<RowId> = group.persons.first().copied().into_iter().collect();
    for person in group.persons.iter().skip(1) {
        if seen.insert(*person) {
            balance.second_individuals += 1;
        } else {
            balance.merged_into += 1;
        }
    }
    let split = |all: usize| (u64::from(all > 0), all.saturating_sub(1) as u64);
    let (addresses, more_addresses) = split(group.addresses().len());
    let (phones, more_phones) = split(group.phones().len());
    let (emails, more_emails) = split(group.emails().len());
    let ids: usize = group.members.iter().map(|d| 1 + d.other_ids.len()).sum();
    add(
        &mut balance.sent,
        Ways { addresses, phones, emails, flags: group.flags().len() as u64, references: 1 },
    );
    add(
        &mut balance.due_later,
        Ways {
            addresses: more_addresses,
            phones: more_phones,
            emails: more_emails,
            flags: 0,
            references: ids.saturating_sub(1) as u64,
        },
    );
    // Texts that are no address or number go to a person: they cannot be sent anywhere.
    let unusable = |what: &str| {
        group
            .members
            .iter()
            .flat_map(|d| &d.notes)
            .filter(|n| n.starts_with(&format!("unusable {what}")))
            .count() as u64
    };
    add(
        &mut balance.handed_over,
        Ways { phones: unusable("phone"), emails: unusable("e-mail"), ..Ways::default() },
    );
}

fn add(sum: &mut Ways, more: Ways) {
    sum.addresses += more.addresses;
    sum.phones += more.phones;
    sum.emails += more.emails;
    sum.flags += more.flags;
    sum.references += more.references;
}
