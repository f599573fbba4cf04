//! Details that are there: by what a contact shows of itself, and promises by the records of the target.

use std::collections::{BTreeMap, HashMap};

use heirloom_ledger::Evidence;
use heirloom_model::{ItemState, Moment, RowId, TargetContact};
use heirloom_virtuous::{Detail, DetailKind, fold};

use super::detail_lines;
use super::promises_there::PromisesThere;
use crate::failure::Result;
use crate::migration::Migration;
use crate::stages::there::{follow, merges, target_contacts};

/// Whether a contact has a detail already.
pub(in crate::stages) fn is_there(contact: &TargetContact, detail: &Detail<'_>) -> bool {
    let wanted = detail.folded();
    let any = |texts: &[String]| texts.iter().any(|text| fold(&[text]) == wanted);
    match detail {
        Detail::Individual(_) => contact.people.iter().any(|(first, last)| fold(&[first, last]) == wanted),
        Detail::Address(a) => has_address(contact, &a.line1, &a.postal),
        Detail::Email(_) => any(&contact.emails),
        Detail::Phone(_) => any(&contact.phones),
        Detail::Reference { .. } => {
            contact.references.iter().any(|(source, id)| fold(&[source, id]) == wanted)
        }
    }
}

fn has_address(contact: &TargetContact, street: &str, postal: &str) -> bool {
    let wanted = fold(&[street, postal]);
    contact.addresses.iter().chain(&contact.address).any(|a| fold(&[&a.0, &a.3]) == wanted)
}

/// Looks for sent details in what was read, and keeps what is seen as evidence. What is not seen says
/// nothing.
///
/// # Errors
/// Storage.
pub fn confirm_details(migration: &Migration, now: Moment) -> Result<()> {
    let ledger = &migration.ledger;
    let lines = detail_lines(ledger)?;
    if lines.is_empty() {
        return Ok(());
    }
    let contacts = target_contacts(ledger)?;
    let merged = merges(&contacts);
    let contacts: HashMap<i64, TargetContact> = contacts.into_iter().map(|c| (c.id, c)).collect();
    let known: BTreeMap<RowId, i64> = ledger.known_contacts()?.into_iter().collect();
    let mut evidence = Vec::new();
    for line in lines {
        let open = line.state == ItemState::Waiting || line.state.is_in_doubt();
        let contact = known.get(&line.row).and_then(|id| contacts.get(&follow(&merged, *id)));
        let Some(contact) = contact.filter(|_| open) else { continue };
        let sealed = ledger.bodies(line.item, line.item)?;
        if sealed.first().is_some_and(|s| is_seen(contact, &line.key, &s.body)) {
            evidence.push(Evidence { item: line.item, target: contact.id, differs: Vec::new(), at: now });
        }
    }
    let promises = PromisesThere::of(ledger, &merged, migration.settings.currency)?;
    let arrived = promises.arrived.iter();
    evidence.extend(arrived.map(|(item, id)| Evidence {
        item: *item,
        target: *id,
        differs: Vec::new(),
        at: now,
    }));
    Ok(ledger.save_evidence(&evidence)?)
}

/// Whether a contact shows what a sealed body says.
fn is_seen(contact: &TargetContact, key: &str, body: &str) -> bool {
    let Ok(said) = serde_json::from_str::<serde_json::Value>(body) else { return false };
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    match DetailKind::of_key(key) {
        Some(DetailKind::Individual) => {
            let wanted = fold(&[&text("firstName"), &text("lastName")]);
            contact.people.iter().any(|(first, last)| fold(&[first, last]) == wanted)
        }
        Some(DetailKind::Address) => has_address(contact, &text("address1"), &text("postal")),
        Some(DetailKind::Method) => {
            let wanted = fold(&[&text("value")]);
            contact.emails.iter().chain(&contact.phones).any(|there| fold(&[there]) == wanted)
        }
        Some(DetailKind::Reference) => {
            let wanted = fold(&[&text("referenceSource"), &text("referenceId")]);
            contact.references.iter().any(|(source, id)| fold(&[source, id]) == wanted)
        }
        // Promises are records of their own.
        Some(DetailKind::Pledge | DetailKind::Schedule) | None => false,
    }
}
