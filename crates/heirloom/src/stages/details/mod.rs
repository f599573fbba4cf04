//! What a contact has beyond its first body: second people, further addresses, e-mails, phones and
//! references, and what it promised. They need a contact that exists, so they are sealed once it was
//! seen, sent one by one, and read back. What no endpoint takes is counted for a person: nothing is
//! dropped.

pub mod account;
pub(super) mod addresses;
mod fate;
pub(super) mod promises;
pub(super) mod promises_there;
pub(super) mod seen;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use heirloom_ledger::{Cluster, ItemLine, Ledger, PlanFacts};
use heirloom_model::{Donor, ItemKind, Moment, RowId, Sealed, TargetContact, escape_id};
use heirloom_virtuous::{Detail, DetailKind, DetailOwner, fold, seal_detail};
use rayon::prelude::*;

use self::promises::each_promise;
use self::seen::is_there;
use super::addressees::Addressees;
use super::groups::{ContactGroup, contact_groups};
use super::link::all_donors;
use super::plan_writer::PlanWriter;
use super::preflight::Lacking;
use super::there::{follow, merges, target_contacts};
use crate::failure::Result;
use crate::migration::Migration;

/// What became of everything that contacts have beyond their first bodies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// In the files' records, each once a contact: what the first body carries apart.
    pub all: u64,
    /// Sealed, now or before.
    pub sealed: u64,
    /// At the target already, without our doing.
    pub there: u64,
    /// Waits until its contact is seen at the target, or its project is made there.
    pub waiting: u64,
    /// For a person, by what it is and why.
    pub by_hand: BTreeMap<String, u64>,
    /// Promises of which nothing is left to come, by why.
    pub over: BTreeMap<String, u64>,
}

impl Details {
    /// Everything that is for a person.
    pub fn by_hand(&self) -> u64 {
        self.by_hand.values().sum()
    }

    fn count(&mut self, one: &One) {
        self.all += 1;
        match &one.stand {
            Stand::Due(_) | Stand::Sealed => self.sealed += 1,
            Stand::There => self.there += 1,
            Stand::Waits | Stand::Lacks(_) => self.waiting += 1,
            Stand::ByHand(why) => *self.by_hand.entry(named(one.what, why)).or_default() += 1,
            Stand::Over(why) => *self.over.entry(named(one.what, why)).or_default() += 1,
        }
    }
}

fn named(what: &str, why: &str) -> String {
    if why.is_empty() { what.to_owned() } else { format!("{what} {why}") }
}

/// One detail of the files' records.
pub(super) struct One {
    /// What it is, for a table: [`what_is`] of its kind, or what no endpoint takes.
    pub(super) what: &'static str,
    /// The row under which it is sealed.
    pub(super) row: RowId,
    /// Its key; empty for what no endpoint takes.
    pub(super) key: String,
    /// Where it stands.
    pub(super) stand: Stand,
}

/// Where a detail stands before a plan.
pub(super) enum Stand {
    /// It may be sent now.
    Due(Box<Sealed>),
    /// It was sealed before.
    Sealed,
    /// It is at the target already.
    There,
    /// Its contact was not seen at the target yet.
    Waits,
    /// Its project is not at the target.
    Lacks(String),
    /// For a person: why, if that does not go without saying.
    ByHand(&'static str),
    /// Nothing of it is left to come: why.
    Over(&'static str),
}

/// How a table names details of a kind.
pub(super) fn what_is(kind: DetailKind) -> &'static str {
    match kind {
        DetailKind::Individual => "individuals",
        DetailKind::Address => "addresses",
        DetailKind::Method => "e-mails and phones",
        DetailKind::Reference => "references",
        DetailKind::Pledge => "pledges",
        DetailKind::Schedule => "schedules",
    }
}

/// The records that details are taken from.
#[derive(Clone, Copy)]
pub(super) struct Records<'a> {
    pub(super) donors: &'a [Donor],
    pub(super) clusters: &'a [Cluster],
    pub(super) known: &'a BTreeMap<RowId, i64>,
    pub(super) at: &'a Addressees<'a>,
}

/// Gathers the records as they are now, for what is asked of them between plans.
///
/// # Errors
/// Storage, and what `ask` meets.
pub(super) fn with_records<T>(
    migration: &Migration,
    known: &BTreeMap<RowId, i64>,
    ask: impl FnOnce(Records<'_>) -> Result<T>,
) -> Result<T> {
    let (donors, clusters) = (all_donors(migration)?, migration.ledger.clusters()?);
    let at = Addressees::new(migration, &donors, &clusters, known)?;
    ask(Records { donors: &donors, clusters: &clusters, known, at: &at })
}

/// Details that were sealed and not given up.
pub(super) struct SealedBefore {
    /// By row and number.
    places: HashSet<(RowId, i64)>,
    /// Promises by key, with their row.
    pub(super) promises: HashMap<String, RowId>,
}

/// What is asked of the target for every contact.
pub(super) struct World<'a> {
    known: &'a BTreeMap<RowId, i64>,
    contacts: HashMap<i64, TargetContact>,
    pub(super) merged: HashMap<i64, i64>,
    /// Contacts that were sent by us: their first bodies carried the first of everything.
    sent: BTreeSet<RowId>,
    source: &'a str,
}

/// Seals the details that are due into a plan of their own; counts the others.
///
/// # Errors
/// Storage.
pub(super) fn seal_details(
    migration: &Migration,
    records: Records<'_>,
    lacking: &mut Lacking,
    now: Moment,
) -> Result<(Option<PlanFacts>, Details)> {
    let mut details = Details::default();
    let mut writer = PlanWriter::new(migration, ItemKind::Detail, now);
    each_detail(migration, records, |one| {
        details.count(&one);
        match one.stand {
            Stand::Due(sealed) => writer.push(one.row, *sealed)?,
            Stand::Lacks(code) => lacking.entry((PROMISED_PROJECT, code)).or_default().add(one.row),
            _ => {}
        }
        Ok(())
    })?;
    Ok((writer.close()?, details))
}

/// What a promise lacks at the target.
pub const PROMISED_PROJECT: &str = "project of pledges and schedules";

/// Visits every detail of every contact, then every promise, each once.
pub(super) fn each_detail(
    migration: &Migration,
    records: Records<'_>,
    mut visit: impl FnMut(One) -> Result<()>,
) -> Result<()> {
    let world = World::new(migration, records.known)?;
    let before = sealed_before(&migration.ledger)?;
    for groups in contact_groups(records.donors, records.clusters).chunks(GROUPS_AT_ONCE) {
        let found: Vec<Vec<One>> = groups.par_iter().map(|group| of_group(group, &world, &before)).collect();
        found.into_iter().flatten().try_for_each(&mut visit)?;
    }
    each_promise(migration, records.at, &world, &before, &mut visit)
}

/// Contacts whose details are worked out by all cores together.
const GROUPS_AT_ONCE: usize = 4_096;

/// Every detail of a contact, each once.
fn of_group(group: &ContactGroup<'_>, world: &World<'_>, before: &SealedBefore) -> Vec<One> {
    let mut all = by_hand(group, world);
    let there = world.contact_of(group.contact);
    let key = group.key();
    let mut seen = BTreeSet::new();
    for (owner_name, detail) in world.beyond_the_first(group) {
        let own_key = detail.key(&key);
        if !seen.insert(own_key.clone()) {
            continue;
        }
        let stand = match there {
            None => Stand::Waits,
            Some(contact) => {
                let individual = person_of(contact, &owner_name);
                let owner = DetailOwner { key: &key, contact: contact.id, individual };
                stand_of(before, group.contact, contact, owner, &detail)
            }
        };
        all.push(One { what: what_is(detail.kind()), row: group.contact, key: own_key, stand });
    }
    all
}

fn stand_of(
    before: &SealedBefore,
    row: RowId,
    contact: &TargetContact,
    owner: DetailOwner<'_>,
    detail: &Detail<'_>,
) -> Stand {
    match seal_detail(owner, detail) {
        Ok(sealed) if before.places.contains(&(row, sealed.part)) => Stand::Sealed,
        Ok(_) if is_there(contact, detail) => Stand::There,
        Ok(sealed) => Stand::Due(Box::new(sealed)),
        Err(_) => Stand::ByHand("that no call takes as they are written"),
    }
}

/// What no endpoint takes, and flags of contacts that staff had made before: for a person.
fn by_hand(group: &ContactGroup<'_>, world: &World<'_>) -> Vec<One> {
    let people = || group.members.iter().flat_map(|d| d.kind.people());
    let mut flags = 0;
    if !world.sent.contains(&group.contact) {
        let tags = world.contact_of(group.contact).map(|c| c.tags.as_slice()).unwrap_or_default();
        let has = |flag: &str| tags.iter().any(|tag| tag.eq_ignore_ascii_case(flag));
        let matched = world.known.contains_key(&group.contact);
        flags = group.flags().iter().filter(|f| matched && !has(f.as_str())).count();
    }
    let all = [
        ("notes", group.members.iter().map(|d| d.notes.len()).sum()),
        ("nicknames", people().filter(|p| p.nickname.is_some()).count()),
        ("maiden names", people().filter(|p| p.maiden.is_some()).count()),
        ("flags", flags),
    ];
    let one = |what| One { what, row: group.contact, key: String::new(), stand: Stand::ByHand("") };
    all.into_iter().flat_map(|(what, count)| (0..count).map(move |_| one(what))).collect()
}

impl<'a> World<'a> {
    fn new(migration: &'a Migration, known: &'a BTreeMap<RowId, i64>) -> Result<Self> {
        let contacts = target_contacts(&migration.ledger)?;
        let mut sent = BTreeSet::new();
        for plan in migration.ledger.plans()?.iter().filter(|p| p.kind == ItemKind::Contact) {
            let lines = migration.ledger.item_states(plan.id)?.into_iter();
            sent.extend(lines.filter(|l| !l.free).map(|line| line.row));
        }
        Ok(World {
            known,
            merged: merges(&contacts),
            contacts: contacts.into_iter().map(|c| (c.id, c)).collect(),
            sent,
            source: migration.settings.source.as_str(),
        })
    }

    fn contact_of(&self, row: RowId) -> Option<&TargetContact> {
        self.contacts.get(&follow(&self.merged, *self.known.get(&row)?))
    }

    /// Everything that the first body does not carry, with the name of the person it belongs to. A
    /// contact that staff had made before got no first body from us.
    fn beyond_the_first<'d>(&self, group: &ContactGroup<'d>) -> Vec<(String, Detail<'d>)>
    where
        'a: 'd,
    {
        let ours =
            usize::from(self.sent.contains(&group.contact) || !self.known.contains_key(&group.contact));
        let mut found: Vec<(String, Detail<'d>)> = Vec::new();
        let first = group.person().map(|p| Detail::Individual(&p).folded());
        for (member, person_row) in group.members.iter().zip(&group.persons) {
            for (place, person) in member.kind.people().enumerate() {
                let detail = Detail::Individual(person);
                // Records of one person are one individual, however each writes the name.
                let same = place == 0 && ours == 1 && Some(person_row) == group.persons.first();
                if !same && (ours == 0 || Some(detail.folded()) != first) {
                    found.push((String::new(), detail));
                }
            }
        }
        found.extend(
            group.addresses().into_iter().skip(ours).map(|kept| (String::new(), Detail::Address(kept.value))),
        );
        let owner_of = |from: &Donor| {
            let person = from.kind.people().next();
            person.map(|p| fold(&[&p.first, &p.last])).unwrap_or_default()
        };
        for kept in group.emails().into_iter().skip(ours) {
            found.push((owner_of(kept.from), Detail::Email(kept.value)));
        }
        for kept in group.phones().into_iter().skip(ours) {
            found.push((owner_of(kept.from), Detail::Phone(kept.value)));
        }
        for member in group.members.iter().skip(ours) {
            found.push((
                String::new(),
                Detail::Reference { source: self.source, id: escape_id(&member.legacy_id) },
            ));
        }
        for (name, id) in group.members.iter().flat_map(|d| &d.other_ids) {
            found.push((String::new(), Detail::Reference { source: name, id: id.clone() }));
        }
        found
    }
}

/// The individual of a name, else the contact's primary one.
fn person_of(contact: &TargetContact, folded: &str) -> Option<i64> {
    let named = contact.people.iter().position(|(first, last)| fold(&[first, last]) == folded);
    contact.individuals.get(named.unwrap_or(0)).copied().filter(|id| *id > 0)
}

fn sealed_before(ledger: &Ledger) -> Result<SealedBefore> {
    let mut before = SealedBefore { places: HashSet::new(), promises: HashMap::new() };
    for line in detail_lines(ledger)?.into_iter().filter(|line| !line.free) {
        before.places.insert((line.row, line.part));
        if DetailKind::of_key(&line.key).is_some_and(|kind| kind.promise().is_some()) {
            before.promises.insert(line.key, line.row);
        }
    }
    Ok(before)
}

/// The newest item of every detail that was ever sealed.
pub(super) fn detail_lines(ledger: &Ledger) -> Result<Vec<ItemLine>> {
    let mut lines = Vec::new();
    for plan in ledger.plans()?.iter().filter(|p| p.kind == ItemKind::Detail) {
        lines.extend(ledger.item_states(plan.id)?.into_iter().filter(|line| !line.replaced));
    }
    Ok(lines)
}
