//! Clusters: records of one person, and persons who share a contact. Best links first;
//! what must not meet is kept apart, by rulings before anything else.

use std::cmp::Reverse;
use std::collections::HashMap;

use foldhash::fast::FixedState;
use rayon::prelude::*;

use crate::contacts::contacts;
use crate::groups::Groups;
use crate::model::Thresholds;
use crate::neighbours::Neighbours;
use crate::prepare::{Prepared, Who};
use crate::{File, Scored};

/// A person's ruling on two records. It goes before every score and every other rule, but
/// for two: a person never becomes an organization, and `Different` goes before `Same`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Constraint {
    /// One person.
    Same(i64, i64),
    /// Two persons; they may still share a household.
    Different(i64, i64),
}

/// Why two records that would have been joined were not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Apart {
    /// A person ruled that they, or others of their clusters, are different.
    Ruling,
    /// One is a person, the other an organization.
    Kind,
    /// Sr. and Jr., or the like, somewhere in the two clusters.
    Suffix,
    /// Two of their clusters live together and were scored as different people.
    Household,
    /// The pairs between the two clusters speak against it on average.
    Cohesion,
    /// The cluster would be larger than [`PERSON_RECORDS_MAX`].
    Size,
}

impl Apart {
    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Apart::Ruling => "ruled different",
            Apart::Kind => "a person and an organization",
            Apart::Suffix => "different suffixes",
            Apart::Household => "two people of one household",
            Apart::Cohesion => "too few of the two clusters' pairs agree",
            Apart::Size => "the cluster would be too large",
        }
    }
}

/// Who is who.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Clusters {
    /// `(record, person)`: the person is the smallest record id of the cluster; by record.
    pub persons: Vec<(i64, i64)>,
    /// `(record, contact)`: the contact is the smallest record id in it; by record.
    pub contacts: Vec<(i64, i64)>,
    /// `(contact, record kept)`: the record with the most filled fields
    /// ([`crate::Record::filled_fields`]), of equals the one with the smallest id; by contact.
    pub survivors: Vec<(i64, i64)>,
    /// The pairs `(a, b)`, `a < b`, that joined person clusters, sorted: each person
    /// cluster's records hang together by exactly these.
    pub links: Vec<(i64, i64)>,
    /// Indexes into `scored` of what a person should decide, ascending: at least the
    /// review threshold, not joined, and not kept apart by a ruling or a suffix.
    pub review: Vec<usize>,
    /// Pairs above the merge threshold or ruled the same that were kept apart, and why.
    pub kept_apart: Vec<(i64, i64, Apart)>,
    /// Household ids that too many people share to be believed, with the number of people.
    pub households_not_believed: Vec<(String, u64)>,
}

/// Records in a person cluster at most.
pub const PERSON_RECORDS_MAX: u32 = 30;

impl File {
    /// Groups records into persons and contacts. `scored` is what [`File::score`] gave.
    /// Rulings on unknown ids are passed over. The order of records and `rulings` and the
    /// number of threads change nothing.
    pub fn cluster(&self, scored: &[Scored], thresholds: &Thresholds, rulings: &[Constraint]) -> Clusters {
        let mut work = Work::new(self, scored);
        work.rule(rulings);
        work.join_best_first(scored, thresholds);
        let person_of = work.groups.smallest();
        let contacts = || {
            let contacts = contacts(self, &person_of, scored);
            let contact_of = self.with_ids(&contacts.contact_of);
            (self.survivors(&contact_of), contact_of, contacts.not_believed)
        };
        let (review, (survivors, contact_of, not_believed)) =
            rayon::join(|| work.undecided(scored, thresholds), contacts);
        work.links.par_sort_unstable();
        work.kept_apart.sort_unstable();
        work.kept_apart.dedup();
        Clusters {
            persons: self.with_ids(&person_of),
            survivors,
            contacts: contact_of,
            links: work.links,
            review,
            kept_apart: work.kept_apart,
            households_not_believed: not_believed,
        }
    }

    /// For each contact the record with the most filled fields, of equals the smallest id.
    fn survivors(&self, contacts: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let mut members: Vec<(i64, Reverse<u32>, i64)> = contacts
            .iter()
            .zip(&self.records)
            .map(|(&(record, contact), prepared)| (contact, Reverse(prepared.filled_fields), record))
            .collect();
        members.par_sort_unstable();
        members.dedup_by_key(|(contact, _, _)| *contact);
        members.into_iter().map(|(contact, _, record)| (contact, record)).collect()
    }
}

/// The generation a record names, as one bit; 0 if none. An organization has a bit of its own.
fn generation_bit(record: &Prepared) -> u8 {
    match &record.who {
        Who::Person(person) => 1 << person.generation >> 1,
        Who::Organization(_) => ORGANIZATION_BIT,
    }
}

const ORGANIZATION_BIT: u8 = 1 << 7;

/// Person clusters in the making.
struct Work<'a> {
    file: &'a File,
    groups: Groups,
    /// Generations named in the group, one bit each; right at roots.
    generations: Vec<u8>,
    /// For each position, those it must not meet by rulings.
    apart: HashMap<u32, Vec<u32>, FixedState>,
    neighbours: Neighbours,
    links: Vec<(i64, i64)>,
    kept_apart: Vec<(i64, i64, Apart)>,
}

/// Whether a person's ruling asks for the link, or a score.
#[derive(Clone, Copy, PartialEq)]
enum Asked {
    ByRuling,
    ByScore,
}

impl<'a> Work<'a> {
    fn new(file: &'a File, scored: &[Scored]) -> Work<'a> {
        Work {
            file,
            groups: Groups::new(file.len()),
            generations: file.records.iter().map(generation_bit).collect(),
            apart: HashMap::default(),
            neighbours: Neighbours::new(file, scored),
            links: Vec::new(),
            kept_apart: Vec::new(),
        }
    }

    fn keep_apart(&mut self, a: i64, b: i64) {
        let (Some(a), Some(b)) = (self.file.position(a), self.file.position(b)) else {
            return;
        };
        if a != b {
            self.apart.entry(a).or_default().push(b);
            self.apart.entry(b).or_default().push(a);
        }
    }

    /// Obeys the rulings, `Different` first.
    fn rule(&mut self, rulings: &[Constraint]) {
        let mut same = Vec::new();
        for ruling in rulings {
            match *ruling {
                Constraint::Different(a, b) => self.keep_apart(a, b),
                Constraint::Same(a, b) => same.push((a.min(b), a.max(b))),
            }
        }
        same.sort_unstable();
        for (a, b) in same {
            self.try_join(a, b, Asked::ByRuling);
        }
    }

    fn join_best_first(&mut self, scored: &[Scored], thresholds: &Thresholds) {
        let mut edges: Vec<&Scored> = scored.iter().filter(|s| s.probability() >= thresholds.merge).collect();
        edges.par_sort_unstable_by(|x, y| y.bits.total_cmp(&x.bits).then((x.a, x.b).cmp(&(y.a, y.b))));
        for edge in edges {
            self.try_join(edge.a, edge.b, Asked::ByScore);
        }
    }

    fn try_join(&mut self, a: i64, b: i64, asked: Asked) {
        let (Some(p), Some(q)) = (self.file.position(a), self.file.position(b)) else {
            return;
        };
        let (p, q) = (self.groups.root(p), self.groups.root(q));
        if p == q {
            return;
        }
        if let Some(why) = self.obstacle(p, q, asked) {
            self.kept_apart.push((a, b, why));
            return;
        }
        let generations = self.generations[p as usize] | self.generations[q as usize];
        let root = self.groups.join(p, q);
        self.generations[root as usize] = generations;
        self.links.push((a, b));
    }

    /// What keeps two groups apart; a ruling to join yields only to a ruling and to kind.
    fn obstacle(&mut self, p: u32, q: u32, asked: Asked) -> Option<Apart> {
        let (one, other) = (self.generations[p as usize], self.generations[q as usize]);
        if (one ^ other) & ORGANIZATION_BIT != 0 {
            return Some(Apart::Kind);
        }
        let (small, large) = if self.groups.size(p) <= self.groups.size(q) { (p, q) } else { (q, p) };
        if self.ruled_apart(small, large) {
            return Some(Apart::Ruling);
        }
        if asked == Asked::ByRuling {
            return None;
        }
        if one != 0 && other != 0 && one != other {
            return Some(Apart::Suffix);
        }
        let size = self.groups.size(p) + self.groups.size(q);
        if size == 2 {
            return None; // the pair itself was good enough
        }
        let between = self.neighbours.between(&mut self.groups, small, large);
        match between {
            _ if between.two_of_a_household => Some(Apart::Household),
            _ if size > PERSON_RECORDS_MAX => Some(Apart::Size),
            _ if between.mean_bits < 0.0 => Some(Apart::Cohesion),
            _ => None,
        }
    }

    /// Whether a ruling keeps a member of one group from one of the other.
    fn ruled_apart(&mut self, small: u32, large: u32) -> bool {
        if self.apart.is_empty() {
            return false;
        }
        let members: Vec<u32> = self.groups.members(small).collect();
        let enemies = members.iter().filter_map(|member| self.apart.get(member)).flatten();
        let enemies: Vec<u32> = enemies.copied().collect();
        enemies.into_iter().any(|enemy| self.groups.root(enemy) == large)
    }

    fn undecided(&mut self, scored: &[Scored], thresholds: &Thresholds) -> Vec<usize> {
        let mut review = Vec::new();
        for (index, pair) in scored.iter().enumerate().filter(|(_, p)| p.probability() >= thresholds.review) {
            let (Some(p), Some(q)) = (self.file.position(pair.a), self.file.position(pair.b)) else {
                continue;
            };
            let (p, q) = (self.groups.root(p), self.groups.root(q));
            if p == q {
                continue;
            }
            let decided = self.obstacle(p, q, Asked::ByScore);
            if !matches!(decided, Some(Apart::Ruling | Apart::Kind | Apart::Suffix)) {
                review.push(index);
            }
        }
        review
    }
}
