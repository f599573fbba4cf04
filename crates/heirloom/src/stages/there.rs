//! What was read from the target and is in the ledger: names of facts, contacts with their merges followed.

use std::collections::{BTreeSet, HashMap};

use heirloom_ledger::Ledger;
use heirloom_model::TargetContact;
use heirloom_virtuous::ReadFailure;

use crate::failure::{Exit, Failure, Result};

/// The fact that holds the zone as the organization names it.
pub const TIME_ZONE: &str = "time zone";

/// The fact that holds the codes of active projects.
pub(super) const PROJECTS: &str = "active projects";

/// The fact that holds the ids of active projects by code.
pub(super) const PROJECT_IDS: &str = "project ids";

/// A reading that failed, in words, with the exit code that fits.
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
