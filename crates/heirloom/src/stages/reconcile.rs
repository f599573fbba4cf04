//! reconcile: compares what was sealed with what now exists at the target, page by page.
//! A failed read ends the stage; it never says that something is missing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heirloom_ledger::{Evidence, EvidenceOf, ItemLine, Ledger, Unexpected};
use heirloom_model::{GiftDate, ItemId, ItemKind, ItemState, Moment, Money, TargetGift};
use heirloom_virtuous::{Clock, PaceTerms, Reader, Target, Transport};

use super::submit::pacer;
use super::target::{failed, follow, merges, read_target, references, target_contacts};
use crate::failure::Result;
use crate::line::Line;
use crate::migration::Migration;
use crate::progress::Progress;

/// How one kind of item compares with the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Items in plans.
    pub items: u64,
    /// Seen, and equal in every field compared.
    pub agree: (u64, i128),
    /// Accepted and not yet seen.
    pub waiting: (u64, i128),
    /// Seen, with fields that differ: key and the differences.
    pub differs: Vec<(String, Vec<String>)>,
    /// Confirmed earlier and no longer there.
    pub missing: Vec<String>,
    /// Under our source with a key that was never sealed here.
    pub unexpected: Vec<String>,
    /// Not sent, refused, in doubt or discarded: nothing to compare.
    pub not_checked: u64,
    /// Contacts that the vendor's matching made one with another of ours.
    pub joined: u64,
}

/// Compares contacts by reference and gifts by key, and saves what was seen as evidence.
///
/// # Errors
/// [`Failure::Target`] if a read failed.
pub fn reconcile<T: Transport, C: Clock>(
    migration: &Migration,
    line: &mut Line<T, C>,
    target: &Target,
    pace: PaceTerms,
    progress: Progress,
) -> Result<(Compared, Compared)> {
    read_target(migration, line, target, pace, progress)?;
    let contacts = compare_contacts(migration, line.clock.now())?;
    super::details::confirm_details(migration, line.clock.now())?;
    let gifts = read_gifts(migration, line, target, pace, progress)?;
    let gifts = compare_gifts(migration, gifts, line.clock.now())?;
    Ok((contacts, gifts))
}

fn compare_contacts(migration: &Migration, now: Moment) -> Result<Compared> {
    let ledger = &migration.ledger;
    let found = references(ledger, migration.settings.source.as_str())?;
    let (lines, earlier) = sealed_lines(ledger, ItemKind::Contact)?;
    let mut compared = Compared { items: lines.len() as u64, ..Compared::default() };
    let mut evidence = Vec::new();
    for line in &lines {
        match found.get(&line.key) {
            Some(targets) => {
                let mut differs = Vec::new();
                if targets.len() > 1 {
                    differs.push(format!("it is there {} times", targets.len()));
                    compared.differs.push((line.key.clone(), differs.clone()));
                } else {
                    compared.agree.0 += 1;
                }
                let target = targets.first().copied().unwrap_or_default();
                evidence.push(Evidence { item: line.item, target, differs, at: now });
            }
            None => unseen(line, earlier.contains(&line.item.0), &mut compared),
        }
    }
    let distinct: BTreeSet<i64> = evidence.iter().map(|e| e.target).collect();
    compared.joined = (evidence.len() - distinct.len()) as u64;
    ledger.save_evidence(&evidence)?;
    Ok(compared)
}

fn unseen(line: &ItemLine, was_seen: bool, compared: &mut Compared) {
    let minor = line.amount.map_or(0, |m| i128::from(m.minor()));
    if was_seen {
        compared.missing.push(line.key.clone());
    } else if line.state == ItemState::Waiting {
        compared.waiting.0 += 1;
        compared.waiting.1 += minor;
    } else {
        compared.not_checked += 1;
    }
}

/// Lines of every item of a kind, and the items that were seen before.
fn sealed_lines(ledger: &Ledger, kind: ItemKind) -> Result<(Vec<ItemLine>, BTreeSet<i64>)> {
    let mut lines = Vec::new();
    for plan in ledger.plans()?.iter().filter(|p| p.kind == kind) {
        // Of a row that went again, only its newest item is compared.
        lines.extend(ledger.item_states(plan.id)?.into_iter().filter(|line| !line.replaced));
    }
    let evidence = ledger.evidence(EvidenceOf::Kind(kind))?;
    Ok((lines, evidence.into_iter().map(|e| e.item.0).collect()))
}

fn read_gifts<T: Transport, C: Clock>(
    migration: &Migration,
    line: &mut Line<T, C>,
    target: &Target,
    pace: PaceTerms,
    progress: Progress,
) -> Result<Vec<TargetGift>> {
    let mut pacer = pacer(&migration.ledger, pace, line.clock.now())?;
    let mut reader = Reader::new(&mut line.transport, target, &mut pacer, &mut line.clock);
    let bar = progress.count("read gifts back");
    let mut gifts: Vec<TargetGift> = Vec::new();
    let mut after = 0;
    loop {
        let (page, more) = reader.gifts_page(&migration.settings.source, after).map_err(failed)?;
        bar.add(page.len() as u64);
        after = page.iter().map(|g| g.id).max().unwrap_or(after);
        gifts.extend(page);
        if !more {
            return Ok(gifts);
        }
    }
}

fn compare_gifts(migration: &Migration, gifts: Vec<TargetGift>, now: Moment) -> Result<Compared> {
    let ledger = &migration.ledger;
    let (lines, earlier) = sealed_lines(ledger, ItemKind::Gift)?;
    let mut by_key: BTreeMap<String, Vec<TargetGift>> = BTreeMap::new();
    for gift in gifts {
        by_key.entry(gift.key.clone()).or_default().push(gift);
    }
    let contacts = sealed_contacts(ledger, &lines)?;
    let merged = merges(&target_contacts(ledger)?);
    let mut compared = Compared { items: lines.len() as u64, ..Compared::default() };
    let mut evidence = Vec::new();
    for line in &lines {
        let Some(found) = by_key.remove(&line.key) else {
            unseen(line, earlier.contains(&line.item.0), &mut compared);
            continue;
        };
        let mut differs = differences(migration, line, &found[0])?;
        let meant = contacts.get(&line.item).map(|&id| follow(&merged, id));
        if meant.is_some_and(|id| id != follow(&merged, found[0].contact_id)) {
            differs.push(format!("it hangs on contact {}", found[0].contact_id));
        }
        if found.len() > 1 {
            differs.push(format!("it is there {} times", found.len()));
        }
        if differs.is_empty() {
            compared.agree.0 += 1;
            compared.agree.1 += line.amount.map_or(0, |m| i128::from(m.minor()));
        } else {
            compared.differs.push((line.key.clone(), differs.clone()));
        }
        evidence.push(Evidence { item: line.item, target: found[0].id, differs, at: now });
    }
    ledger.save_evidence(&evidence)?;
    let unexpected: Vec<Unexpected> = by_key
        .into_values()
        .flatten()
        .map(|gift| Unexpected { kind: ItemKind::Gift, key: gift.key, target: gift.id, at: now })
        .collect();
    compared.unexpected = unexpected.iter().map(|u| u.key.clone()).collect();
    ledger.save_unexpected(&unexpected)?;
    Ok(compared)
}

/// Fields of one gift that differ from what was sealed, in words.
fn differences(migration: &Migration, line: &ItemLine, found: &TargetGift) -> Result<Vec<String>> {
    let Some(gift) = migration.ledger.gift(line.row)? else {
        return Ok(vec!["its row is gone".into()]);
    };
    let mut differs = Vec::new();
    let text = |m: Option<Money>| m.map_or("nothing".to_owned(), |m| m.to_string());
    if found.amount != Some(gift.amount()) {
        differs.push(format!("amount {} instead of {}", text(found.amount), gift.amount()));
    }
    if found.date != Some(gift.date) {
        let there = found.date.map_or("none".to_owned(), |d: GiftDate| d.to_string());
        differs.push(format!("date {there} instead of {}", gift.date));
    }
    if !same_type(&found.gift_type, gift.tender.kind().as_str()) {
        differs.push(format!("type {} instead of {}", found.gift_type, gift.tender.kind().as_str()));
    }
    let mut there: Vec<(String, Option<Money>)> = found.designations.clone();
    let mut here: Vec<(String, Option<Money>)> =
        gift.designations.parts().iter().map(|p| (p.project.clone(), Some(p.amount))).collect();
    there.sort();
    here.sort();
    if there != here {
        differs.push("its projects differ".into());
    }
    Ok(differs)
}

/// The contact that each sealed gift names.
fn sealed_contacts(ledger: &Ledger, lines: &[ItemLine]) -> Result<HashMap<ItemId, i64>> {
    let mut contacts = HashMap::new();
    for page in lines.chunk_by(|a, b| a.plan == b.plan).flat_map(|plan| plan.chunks(1000)) {
        let (Some(first), Some(last)) = (page.first(), page.last()) else {
            continue;
        };
        for (line, sealed) in page.iter().zip(ledger.bodies(first.item, last.item)?) {
            let body: serde_json::Value = serde_json::from_str(&sealed.body).unwrap_or_default();
            contacts.extend(body["contact"]["id"].as_i64().map(|id| (line.item, id)));
        }
    }
    Ok(contacts)
}

/// Whether two gift types are the same, whatever the spelling: `EFT` reads back as `Electronic Funds Transfer`.
fn same_type(there: &str, here: &str) -> bool {
    let fold = |text: &str| {
        let plain: String =
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if plain == "electronicfundstransfer" { "eft".to_owned() } else { plain }
    };
    fold(there) == fold(here)
}
