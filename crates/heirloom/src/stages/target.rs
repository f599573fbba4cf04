//! What is read from the target before anything is planned: organization, projects, contacts.
//! A failed read is a failure, never an empty answer.

use heirloom_ledger::{Ledger, World};
use heirloom_virtuous::{Clock, Organization, PaceTerms, Reader, Target, Transport};

use super::details::addresses::read_addresses;
use super::details::promises_there::read_promises;
use super::likeness::match_contacts;
use super::preflight::read_lists;
use super::submit::pacer;
use super::there::{PROJECT_IDS, PROJECTS, TIME_ZONE, failed};
use crate::failure::Result;
use crate::line::Line;
use crate::migration::Migration;
use crate::progress::Progress;

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
