//! Contacts by their reference: seen once or several times, with what was sent of them, or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heirloom_ledger::{Evidence, Reread};
use heirloom_model::{ItemKind, Moment, RowId, Sealed, TargetContact};
use heirloom_virtuous::{Difference, Ours, SentContact, is_contact_corrected};

use super::unseen::count;
use super::{Compared, Differing, Joined, Known, Reading};
use crate::failure::Result;
use crate::migration::Migration;
use crate::stages::there::{references, target_contacts};

/// Items whose bodies are opened at a time.
const PAGE: usize = 1000;

/// Compares every sealed contact with the contacts that were read.
pub(super) fn compare(migration: &Migration, reading: Reading, now: Moment) -> Result<Compared> {
    let ledger = &migration.ledger;
    let source = migration.settings.source.as_str();
    let known = Known::of(ledger, ItemKind::Contact)?;
    let mut compared = Compared { items: known.lines.len() as u64, ..Compared::default() };
    let mut evidence = Vec::new();
    if reading == Reading::Partial {
        known.lines.iter().for_each(|line| _ = count(&known, line, reading, now, &mut compared));
        return Ok(compared);
    }
    let found = references(ledger, source)?;
    let contacts: HashMap<i64, TargetContact> =
        target_contacts(ledger)?.into_iter().map(|c| (c.id, c)).collect();
    let mut keys: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    let rereads: HashMap<RowId, Reread> = ledger.rereads()?.into_iter().map(|one| (one.row, one)).collect();
    let mut looked_at = BTreeMap::new();
    for page in known.lines.chunk_by(|a, b| a.plan == b.plan).flat_map(|plan| plan.chunks(PAGE)) {
        let (Some(first), Some(last)) = (page.first(), page.last()) else { continue };
        for (line, sealed) in page.iter().zip(ledger.bodies(first.item, last.item)?) {
            let Some(ids) = found.get(&line.key) else {
                evidence.extend(count(&known, line, reading, now, &mut compared).1);
                continue;
            };
            let target = ids.first().copied().unwrap_or_default();
            let contact = contacts.get(&target);
            let mut fields = differences(&sealed, source, ids, contact);
            let reread = rereads.get(&line.row).filter(|one| is_of(one, &sealed.key));
            if let Some((reread, contact)) = reread.zip(contact) {
                let ours = ours_of(contact, source, &sealed.key);
                let before = fields.len();
                fields.retain(|d| !is_as_it_reads_now(d, reread, contact, ours));
                compared.corrected.rows += u64::from(fields.is_empty() && before > 0);
                let body = reread.body.as_deref().unwrap_or_default();
                let is_so = is_contact_corrected(body, &reread.fields, contact, ours);
                looked_at.extend(is_so.map(|is_so| (reread.row, is_so)));
            }
            if fields.is_empty() {
                compared.agree.0 += 1;
            } else {
                let fields = fields.clone();
                compared.differs.push(Differing { key: line.key.clone(), target, fields });
            }
            keys.entry(target).or_default().push(line.key.clone());
            let differs = fields.iter().map(ToString::to_string).collect();
            evidence.push(Evidence { item: line.item, target, differs, at: now });
        }
    }
    compared.joined = keys
        .into_iter()
        .filter(|(_, keys)| keys.len() > 1)
        .map(|(target, keys)| Joined { target, keys })
        .collect();
    ledger.save_evidence(&evidence)?;
    ledger.reread_seen(&looked_at, now)?;
    Ok(compared)
}

/// Whether it is the record that the contact carries on, whose body was sent.
fn is_of(reread: &Reread, key: &str) -> bool {
    reread.body.as_ref().is_some_and(|body| body.contains(&format!("\"referenceId\":\"{key}\"")))
}

/// Whether what differs was corrected here after it was sent, and is there as it reads now.
fn is_as_it_reads_now(d: &Difference, reread: &Reread, contact: &TargetContact, ours: Ours) -> bool {
    let now = reread.body.as_deref().and_then(SentContact::open);
    let stays = |now: SentContact| now.differences(contact, ours).iter().any(|still| still.field == d.field);
    d.field != "copies" && now.is_some_and(|now| !stays(now))
}

/// Whether a contact carries our reference alone, others of ours beside it, or not at all.
fn ours_of(contact: &TargetContact, source: &str, key: &str) -> Ours {
    let refs = || contact.references.iter().filter(|(theirs, _)| theirs.eq_ignore_ascii_case(source));
    match (refs().any(|(_, own)| own == key), refs().count()) {
        (false, _) => Ours::Merged,
        (true, 1) => Ours::Alone,
        (true, _) => Ours::Joined,
    }
}

fn differences(
    sealed: &Sealed,
    source: &str,
    ids: &BTreeSet<i64>,
    contact: Option<&TargetContact>,
) -> Vec<Difference> {
    let mut fields = Vec::new();
    if ids.len() > 1 {
        let found = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(" and ");
        fields.push(Difference { field: "copies", sent: "once".into(), found: format!("as {found}") });
    }
    if let Some((sent, contact)) = SentContact::open(&sealed.body).zip(contact) {
        fields.extend(sent.differences(contact, ours_of(contact, source, &sealed.key)));
    }
    fields
}
