//! Contacts: people who share a household are one contact and stay several persons.

use std::collections::BTreeMap;

use crate::groups::Groups;
use crate::{File, RecordKind, Scored};

/// Persons in one contact at most; a household id or an address shared by more is an
/// institution's.
pub const CONTACT_PERSONS_MAX: u32 = 12;

/// The partition into contacts.
pub(crate) struct Contacts {
    /// For each position the smallest position of its contact.
    pub contact_of: Vec<u32>,
    pub not_believed: Vec<(String, u64)>,
}

/// Joins persons into contacts: first by the old system's household ids, then by pairs of
/// one household in the order of their ids. `person_of` gives for each position the
/// smallest position of its person.
pub(crate) fn contacts(file: &File, person_of: &[u32], scored: &[Scored]) -> Contacts {
    let mut groups = Groups::new(person_of.len());
    let mut not_believed = Vec::new();
    for (household, members) in households(file, person_of) {
        if members.len() > CONTACT_PERSONS_MAX as usize {
            not_believed.push((household.to_owned(), members.len() as u64));
            continue;
        }
        for pair in members.windows(2) {
            join_within_limit(&mut groups, pair[0], pair[1]);
        }
    }
    for pair in scored.iter().filter(|s| s.same_household()) {
        if let (Some(p), Some(q)) = (file.position(pair.a), file.position(pair.b)) {
            join_within_limit(&mut groups, person_of[p as usize], person_of[q as usize]);
        }
    }
    // Only the first record of each person was joined; the others follow it.
    let smallest = groups.smallest();
    Contacts { contact_of: person_of.iter().map(|&first| smallest[first as usize]).collect(), not_believed }
}

/// Joins unless the contact would hold too many persons. Sizes count persons, as only the
/// first record of each person is ever joined.
fn join_within_limit(groups: &mut Groups, p: u32, q: u32) {
    let apart = groups.root(p) != groups.root(q);
    if apart && groups.size(p) + groups.size(q) <= CONTACT_PERSONS_MAX {
        groups.join(p, q);
    }
}

/// Household ids with the persons that have them, ascending and unique.
fn households<'a>(file: &'a File, person_of: &[u32]) -> BTreeMap<&'a str, Vec<u32>> {
    let mut households: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (record, at) in file.records.iter().zip(0..) {
        if file.kind(at) == RecordKind::Person && !record.household.is_empty() {
            let name = file.texts.get(record.household);
            households.entry(name).or_default().push(person_of[at as usize]);
        }
    }
    for members in households.values_mut() {
        members.sort_unstable();
        members.dedup();
    }
    households
}
