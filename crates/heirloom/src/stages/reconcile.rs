//! reconcile: compares what was sealed with what now exists at the target, page by page.
//! A failed read ends the stage; it never says that something is missing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heirloom_ledger::{ContactMatch, Evidence, ItemLine, Ledger, Unexpected, World};
use heirloom_model::{GiftDate, ItemId, ItemKind, ItemState, Money, Moment, TargetContact, TargetGift};
use heirloom_virtuous::{Clock, Organization, PaceTerms, ReadFailure, Reader, Target, Transport};

use super::plan::contact_groups;
use super::submit::pacer;
use crate::failure::{Exit, Failure, Result};
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

/// Reads organization, projects and contacts, as a plan needs them; keeps them with their time.
///
/// # Errors
/// [`Failure::Target`] if a read failed.
pub fn read_target<T: Transport, C: Clock>(
    migration: &Migration,
    line: &mut Line<T, C>,
    target: &Target,
    pace: PaceTerms,
    progress: Progress,
) -> Result<()> {
    let ledger = &migration.ledger;
    let now = line.clock.now();
    let mut pacer = pacer(ledger, pace, now)?;
    let mut reader = Reader::new(&mut line.transport, target, &mut pacer, &mut line.clock);
    let organization = reader.organization().map_err(failed)?;
    bind(ledger, target, &organization)?;
    ledger.save_target_fact("organization", &organization.name, now)?;
    ledger.save_target_fact("time zone", &organization.time_zone, now)?;
    let projects = reader.projects().map_err(failed)?;
    let active: Vec<&str> = projects.iter().filter(|p| p.is_active).map(|p| p.code.as_str()).collect();
    ledger.save_target_fact("active projects", &active.join("\n"), now)?;
    let bar = progress.count("read contacts");
    let mut after = 0;
    loop {
        let (page, more) = reader.contacts_page(after).map_err(failed)?;
        bar.add(page.len() as u64);
        after = page.iter().map(|c| c.id).max().unwrap_or(after);
        ledger.save_target_contacts(&page, now)?;
        if !more {
            break;
        }
    }
    match_contacts(migration)
}

/// Makes sure that the token's organization is the one the ledger is bound to.
///
/// # Errors
/// [`Failure::Target`] if it cannot be asked; [`Failure::Ledger`] if it is another one.
pub fn check_organization<T: Transport, C: Clock>(
    migration: &Migration,
    line: &mut Line<T, C>,
    target: &Target,
    pace: PaceTerms,
) -> Result<()> {
    let mut pacer = pacer(&migration.ledger, pace, line.clock.now())?;
    let mut reader = Reader::new(&mut line.transport, target, &mut pacer, &mut line.clock);
    let organization = reader.organization().map_err(failed)?;
    bind(&migration.ledger, target, &organization)
}

fn bind(ledger: &Ledger, target: &Target, organization: &Organization) -> Result<()> {
    let world = if target.is_live() { World::Live } else { World::Rehearsal };
    Ok(ledger.bind_world(world, &format!("{} ({})", organization.name, organization.user_id))?)
}

fn failed(failure: ReadFailure) -> Failure {
    let exit = match &failure {
        ReadFailure::Credentials => Exit::Credentials,
        ReadFailure::Refused { .. } => Exit::Unexpected,
        // Half an answer, or a proxy's page, is a network that will be better later.
        ReadFailure::Paused { .. } | ReadFailure::Unreachable { .. } | ReadFailure::Unreadable { .. } => {
            Exit::Paused
        }
        ReadFailure::Interrupted => Exit::Interrupted,
    };
    Failure::Target { what: format!("cannot read the target: {failure}"), exit }
}

/// Every contact read from the target so far.
///
/// # Errors
/// Storage.
pub fn target_contacts(ledger: &Ledger) -> Result<Vec<TargetContact>> {
    let mut all: Vec<TargetContact> = Vec::new();
    loop {
        let page = ledger.target_contacts(all.last().map(|c| c.id), 1000)?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// Our references at the target: key to contact id, merges followed.
///
/// # Errors
/// Storage.
pub fn references(ledger: &Ledger, source: &str) -> Result<HashMap<String, i64>> {
    let contacts = target_contacts(ledger)?;
    let merged = merges(&contacts);
    let mut found = HashMap::new();
    for contact in &contacts {
        let id = follow(&merged, contact.id);
        for (theirs, key) in &contact.references {
            if theirs.eq_ignore_ascii_case(source) {
                found.insert(key.clone(), id);
            }
        }
    }
    Ok(found)
}

fn merges(contacts: &[TargetContact]) -> HashMap<i64, i64> {
    contacts.iter().filter_map(|c| Some((c.id, c.merged_into?))).collect()
}

/// The contact that `id` has become, after all merges.
fn follow(merged: &HashMap<i64, i64>, mut id: i64) -> i64 {
    let mut seen = BTreeSet::from([id]);
    while let Some(&into) = merged.get(&id).filter(|into| seen.insert(**into)) {
        id = into;
    }
    id
}

/// Clusters that exist at the target already under one of our references; one to one.
fn match_contacts(migration: &Migration) -> Result<()> {
    let ledger = &migration.ledger;
    let found = references(ledger, migration.settings.source.as_str())?;
    if found.is_empty() {
        return Ok(());
    }
    let donors = super::link::all_donors(migration)?;
    let mut taken: BTreeSet<i64> = ledger.matches()?.into_iter().map(|m| m.target).collect();
    let sealed: BTreeSet<_> = ledger.known_contacts()?.into_iter().map(|(row, _)| row).collect();
    let mut matches = Vec::new();
    for group in contact_groups(&donors, &ledger.clusters()?) {
        let keys = group.members.iter().map(|d| heirloom_model::escape_id(&d.legacy_id));
        let Some(target) = keys.filter_map(|key| found.get(&key).copied()).next() else { continue };
        if !sealed.contains(&group.contact) && taken.insert(target) {
            matches.push(ContactMatch { contact: group.contact, target, how: "reference".into() });
        }
    }
    Ok(ledger.save_matches(&matches)?)
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
            Some(&target) => {
                compared.agree.0 += 1;
                evidence.push(Evidence { item: line.item, target, differs: Vec::new(), at: now });
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
        lines.extend(ledger.item_states(plan.id)?);
    }
    let evidence = ledger.evidence(heirloom_ledger::EvidenceOf::Kind(kind))?;
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
    let Some(gift) = migration.ledger.gift(line.row)? else { return Ok(vec!["its row is gone".into()]) };
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
        let (Some(first), Some(last)) = (page.first(), page.last()) else { continue };
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
        let plain: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        if plain == "electronicfundstransfer" { "eft".to_owned() } else { plain }
    };
    fold(there) == fold(here)
}
