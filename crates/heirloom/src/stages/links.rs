//! What links leave besides clusters: which pairs joined them; and how later records join what
//! was sent.

use std::collections::VecDeque;
use std::collections::btree_map::{BTreeMap, Entry};

use heirloom_ledger::{Cluster, Ledger};
use heirloom_linkage::Clusters;
use heirloom_model::RowId;

use crate::failure::Result;

const PHASE: &str = "links";

/// Keeps the pairs that joined persons, and those that were kept apart, with the reason.
///
/// # Errors
/// Storage.
pub(super) fn keep(ledger: &Ledger, recipe: i64, clusters: &Clusters) -> Result<()> {
    if ledger.link_phase(recipe, PHASE)?.is_some() {
        return Ok(()); // a run that was stopped had the same
    }
    let mut text = String::new();
    for (a, b) in &clusters.links {
        text += &format!("{a} {b}\n");
    }
    for (a, b, why) in &clusters.kept_apart {
        text += &format!("{a} {b} {}\n", why.as_str());
    }
    Ok(ledger.save_link_phase(recipe, PHASE, text.as_bytes())?)
}

/// The pairs that joined persons, and those that were kept apart although they scored high.
#[derive(Default)]
pub struct Links {
    joined: BTreeMap<RowId, Vec<RowId>>,
    apart: BTreeMap<(RowId, RowId), String>,
}

impl Links {
    /// Those of the finished link.
    ///
    /// # Errors
    /// Storage.
    pub fn read(ledger: &Ledger) -> Result<Links> {
        let mut links = Links::default();
        let Some(recipe) = ledger.linked()? else { return Ok(links) };
        let bytes = ledger.link_phase(recipe, PHASE)?.unwrap_or_default();
        for line in String::from_utf8_lossy(&bytes).lines() {
            let mut words = line.splitn(3, ' ');
            let mut row = || words.next().and_then(|w| w.parse().ok()).map(RowId);
            let (Some(a), Some(b)) = (row(), row()) else { continue };
            match words.next() {
                Some(why) => {
                    links.apart.insert((a, b), why.to_owned());
                }
                None => {
                    links.joined.entry(a).or_default().push(b);
                    links.joined.entry(b).or_default().push(a);
                }
            }
        }
        Ok(links)
    }

    /// Why a pair that scored high was kept apart.
    pub fn kept_apart(&self, a: RowId, b: RowId) -> Option<&str> {
        self.apart.get(&(a.min(b), a.max(b))).map(String::as_str)
    }

    /// The links from one record to another, in order; empty if they do not hang together.
    pub fn path(&self, from: RowId, to: RowId) -> Vec<(RowId, RowId)> {
        let mut came_from = BTreeMap::from([(from, from)]);
        let mut open = VecDeque::from([from]);
        while let Some(here) = open.pop_front() {
            for &next in self.joined.get(&here).into_iter().flatten() {
                if let Entry::Vacant(place) = came_from.entry(next) {
                    place.insert(here);
                    open.push_back(next);
                }
            }
        }
        let mut path = Vec::new();
        let mut at = to;
        while let Some(&before) = came_from.get(&at).filter(|before| **before != at) {
            path.push((before, at));
            at = before;
        }
        path.reverse();
        path
    }
}

/// Clusters of donors that were sent stay as they were; a later record joins the one it belongs
/// to: its own person's, else its household's, and of several the earliest.
pub(super) fn join_sent(mut rows: Vec<Cluster>, sent: &[Cluster]) -> Vec<Cluster> {
    if sent.is_empty() {
        return rows;
    }
    let sent_of: BTreeMap<RowId, Cluster> = sent.iter().map(|c| (c.row, *c)).collect();
    let (mut by_person, mut by_contact): (BTreeMap<RowId, Cluster>, BTreeMap<RowId, Cluster>) =
        Default::default();
    for row in &rows {
        let Some(known) = sent_of.get(&row.row) else { continue };
        for (place, map) in [(row.person, &mut by_person), (row.contact, &mut by_contact)] {
            let first = map.entry(place).or_insert(*known);
            if known.contact < first.contact {
                *first = *known;
            }
        }
    }
    for row in &mut rows {
        if sent_of.contains_key(&row.row) {
            continue;
        }
        if let Some(known) = by_person.get(&row.person) {
            (row.person, row.contact, row.survivor) = (known.person, known.contact, false);
        } else if let Some(known) = by_contact.get(&row.contact) {
            (row.contact, row.survivor) = (known.contact, false);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(row: i64, person: i64, contact: i64, survivor: bool) -> Cluster {
        Cluster { row: RowId(row), person: RowId(person), contact: RowId(contact), survivor }
    }

    #[test]
    fn a_later_record_joins_what_was_sent_and_changes_nothing_of_it() {
        // 5 and 9 were sent as two contacts. An earlier row, 2, is corrected later and is 5's twin;
        // 11 lives with 9; 20 and 21 are new.
        let sent = [cluster(5, 5, 5, true), cluster(9, 9, 9, true)];
        let rows = vec![
            cluster(2, 2, 2, true),
            cluster(5, 2, 2, false),
            cluster(9, 9, 9, true),
            cluster(11, 11, 9, false),
            cluster(20, 20, 20, true),
            cluster(21, 20, 20, false),
        ];
        let joined = join_sent(rows, &sent);
        assert_eq!(joined[0], cluster(2, 5, 5, false));
        assert_eq!(joined[3], cluster(11, 11, 9, false));
        assert_eq!(joined[4..], [cluster(20, 20, 20, true), cluster(21, 20, 20, false)]);
    }

    #[test]
    fn the_path_between_two_records_goes_by_the_pairs_that_joined_them() {
        let mut links = Links::default();
        for (a, b) in [(1, 4), (4, 7), (7, 9), (20, 21)] {
            links.joined.entry(RowId(a)).or_default().push(RowId(b));
            links.joined.entry(RowId(b)).or_default().push(RowId(a));
        }
        let pairs = |list: &[(i64, i64)]| list.iter().map(|&(a, b)| (RowId(a), RowId(b))).collect::<Vec<_>>();
        assert_eq!(links.path(RowId(9), RowId(1)), pairs(&[(9, 7), (7, 4), (4, 1)]));
        assert_eq!(links.path(RowId(1), RowId(20)), []);
        assert_eq!(links.path(RowId(1), RowId(1)), []);
    }
}
