//! Contacts by their reference: seen once or several times, with what was sent of them, or not at all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heirloom_ledger::Evidence;
use heirloom_model::{ItemKind, Moment, Sealed, TargetContact};
use heirloom_virtuous::{Difference, Ours, SentContact};

use super::unseen::count;
use super::{Compared, Differing, Joined, Known, Reading};
use crate::failure::Result;
use crate::migration::Migration;
use crate::stages::target::{references, target_contacts};

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
    for page in known.lines.chunk_by(|a, b| a.plan == b.plan).flat_map(|plan| plan.chunks(PAGE)) {
        let (Some(first), Some(last)) = (page.first(), page.last()) else { continue };
        for (line, sealed) in page.iter().zip(ledger.bodies(first.item, last.item)?) {
            let Some(ids) = found.get(&line.key) else {
                evidence.extend(count(&known, line, reading, now, &mut compared).1);
                continue;
            };
            let target = ids.first().copied().unwrap_or_default();
            let fields = differences(&sealed, source, ids, contacts.get(&target));
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
    Ok(compared)
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
        let refs = || contact.references.iter().filter(|(theirs, _)| theirs.eq_ignore_ascii_case(source));
        let ours = match (refs().any(|(_, own)| *own == sealed.key), refs().count()) {
            (false, _) => Ours::Merged,
            (true, 1) => Ours::Alone,
            (true, _) => Ours::Joined,
        };
        fields.extend(sent.differences(contact, ours));
    }
    fields
}
