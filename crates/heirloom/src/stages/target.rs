//! What is read from the target before anything is planned: organization, projects, contacts.
//! A failed read is a failure, never an empty answer.

use std::collections::{BTreeSet, HashMap};

use heirloom_ledger::{Ledger, World};
use heirloom_model::TargetContact;
use heirloom_virtuous::{Clock, Organization, PaceTerms, ReadFailure, Reader, Target, Transport};

use super::details::addresses::read_addresses;
use super::details::promises::PROJECT_IDS;
use super::details::promises_there::read_promises;
use super::likeness::match_contacts;
use super::preflight::{PROJECTS, read_lists};
use super::submit::pacer;
use crate::failure::{Exit, Failure, Result};
use crate::line::Line;
use crate::migration::Migration;
use crate::progress::Progress;

/// The fact that holds the zone as the organization names it.
pub const TIME_ZONE: &str = "time zone";

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
    ledger.save_target_fact(TIME_ZONE, &organization.time_zone, now)?;
    let projects = reader.projects().map_err(failed)?;
    let active: Vec<&str> = projects.iter().filter(|p| p.is_active).map(|p| p.code.as_str()).collect();
    ledger.save_target_fact(PROJECTS, &active.join("\n"), now)?;
    let ids = projects.iter().filter(|p| p.is_active && !p.code.is_empty());
    let ids: Vec<String> = ids.map(|p| format!("{} {}", p.id, p.code)).collect();
    ledger.save_target_fact(PROJECT_IDS, &ids.join("\n"), now)?;
    read_lists(ledger, &mut reader, now)?;
    read_promises(migration, &mut reader, now)?;
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
    let ours = super::hidden::ours(migration)?;
    // Only a whole reading says that a contact is gone.
    ledger.forget_target_contacts(now)?;
    super::hidden::read_hidden(migration, &mut reader, &ours, now)?;
    match_contacts(migration)?;
    read_addresses(migration, &mut reader, now)
}

/// Makes sure that the token's organization is the one the ledger is bound to, and names it.
///
/// # Errors
/// [`Failure::Target`] if it cannot be asked; [`Failure::Ledger`] if it is another one.
pub fn check_organization<T: Transport, C: Clock>(
    migration: &Migration,
    line: &mut Line<T, C>,
    target: &Target,
    pace: PaceTerms,
) -> Result<String> {
    let mut pacer = pacer(&migration.ledger, pace, line.clock.now())?;
    let mut reader = Reader::new(&mut line.transport, target, &mut pacer, &mut line.clock);
    let organization = reader.organization().map_err(failed)?;
    bind(&migration.ledger, target, &organization)?;
    Ok(format!("{} ({})", organization.name, organization.user_id))
}

fn bind(ledger: &Ledger, target: &Target, organization: &Organization) -> Result<()> {
    let world = if target.is_live() { World::Live } else { World::Rehearsal };
    Ok(ledger.bind_world(world, &format!("{} ({})", organization.name, organization.user_id))?)
}

pub(crate) fn failed(failure: ReadFailure) -> Failure {
    let exit = match &failure {
        ReadFailure::Credentials => Exit::Credentials,
        ReadFailure::Refused { .. } => Exit::Unexpected,
        // Half an answer, or a proxy's page, is a network that will be better later.
        ReadFailure::Paused { .. } | ReadFailure::Unreachable { .. } | ReadFailure::Unreadable { .. } => {
            Exit::Paused
        }
        ReadFailure::Unrecorded => Exit::Storage,
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

/// Our references at the target: key to contact ids, merges followed; more than one id for a key
/// means that a donor is there more than once.
///
/// # Errors
/// Storage.
pub fn references(ledger: &Ledger, source: &str) -> Result<HashMap<String, BTreeSet<i64>>> {
    let contacts = target_contacts(ledger)?;
    let merged = merges(&contacts);
    let mut found: HashMap<String, BTreeSet<i64>> = HashMap::new();
    for contact in &contacts {
        let id = follow(&merged, contact.id);
        for (theirs, key) in &contact.references {
            if theirs.eq_ignore_ascii_case(source) {
                found.entry(key.clone()).or_default().insert(id);
            }
        }
    }
    Ok(found)
}

pub(crate) fn merges(contacts: &[TargetContact]) -> HashMap<i64, i64> {
    contacts.iter().filter_map(|c| Some((c.id, c.merged_into?))).collect()
}

/// The contact that `id` has become, after all merges.
pub(crate) fn follow(merged: &HashMap<i64, i64>, mut id: i64) -> i64 {
    let mut seen = BTreeSet::from([id]);
    while let Some(&into) = merged.get(&id).filter(|into| seen.insert(**into)) {
        id = into;
    }
    id
}
