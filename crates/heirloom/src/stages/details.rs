//! What a contact has beyond its first body: second people, further addresses, e-mails, phones and
//! references. They need a contact that exists, so they are sealed once it was seen, sent one by one,
//! and read back. What no endpoint takes is counted for a person: nothing is dropped.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use heirloom_ledger::{Cluster, Evidence, Ledger};
use heirloom_model::{Donor, ItemKind, ItemState, Moment, RowId, TargetContact, escape_id};
use heirloom_virtuous::{Detail, DetailKind, DetailOwner, fold, seal_detail};

use super::groups::{ContactGroup, contact_groups};
use super::plan_writer::PlanWriter;
use super::target::{follow, merges, target_contacts};
use crate::failure::Result;
use crate::migration::Migration;

/// What became of everything that contacts have beyond their first bodies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// In the donors' records, each once a contact: what the first body carries apart.
    pub all: u64,
    /// Sealed, now or before.
    pub sealed: u64,
    /// At the target already, without our doing.
    pub there: u64,
    /// Waits until its contact is seen at the target.
    pub waiting: u64,
    /// For a person, by what it is.
    pub by_hand: BTreeMap<&'static str, u64>,
}

impl Details {
    /// Everything that is for a person.
    pub fn by_hand(&self) -> u64 {
        self.by_hand.values().sum()
    }
}

/// Details that were sealed and not given up: rows with the detail's number.
type Sealed = HashSet<(RowId, i64)>;

/// What is asked of the target for every contact.
struct World<'a> {
    known: &'a BTreeMap<RowId, i64>,
    contacts: HashMap<i64, TargetContact>,
    merged: HashMap<i64, i64>,
    /// Contacts that were sent by us: their first bodies carried the first of everything.
    sent: BTreeSet<RowId>,
    source: &'a str,
}

/// Seals the details that are due into a plan of their own; counts the others.
///
/// # Errors
/// Storage.
pub fn seal_details(
    migration: &Migration,
    donors: &[Donor],
    clusters: &[Cluster],
    known: &BTreeMap<RowId, i64>,
    now: Moment,
) -> Result<(Option<heirloom_ledger::PlanFacts>, Details)> {
    let world = World::new(migration, known)?;
    let before = sealed_before(&migration.ledger)?;
    let mut details = Details::default();
    let mut writer = PlanWriter::new(migration, ItemKind::Detail, now);
    for group in contact_groups(donors, clusters) {
        count_by_hand(&group, &world, &mut details);
        let there = world.contact_of(group.contact);
        let key = group.key();
        let mut seen = BTreeSet::new();
        for (owner_name, detail) in world.beyond_the_first(&group) {
            if !seen.insert(detail.key(&key)) {
                continue;
            }
            details.all += 1;
            let Some(contact) = there else {
                details.waiting += 1;
                continue;
            };
            let owner =
                DetailOwner { key: &key, contact: contact.id, individual: person_of(contact, &owner_name) };
            match seal_detail(owner, &detail) {
                Ok(sealed) if before.contains(&(group.contact, sealed.part)) => details.sealed += 1,
                Ok(_) if is_there(contact, &detail) => details.there += 1,
                Ok(sealed) => {
                    details.sealed += 1;
                    writer.push(group.contact, sealed)?;
                }
                Err(_) => *details.by_hand.entry(detail.kind().as_str()).or_default() += 1,
            }
        }
    }
    Ok((writer.close()?, details))
}

/// What no endpoint takes, and flags of contacts that staff had made before: for a person.
fn count_by_hand(group: &ContactGroup<'_>, world: &World<'_>, details: &mut Details) {
    let mut add = |what: &'static str, count: usize| {
        details.all += count as u64;
        if count > 0 {
            *details.by_hand.entry(what).or_default() += count as u64;
        }
    };
    let people = || group.members.iter().flat_map(|d| d.kind.people());
    add("note", group.members.iter().map(|d| d.notes.len()).sum());
    add("nickname", people().filter(|p| p.nickname.is_some()).count());
    add("maiden name", people().filter(|p| p.maiden.is_some()).count());
    if !world.sent.contains(&group.contact) {
        let tags = world.contact_of(group.contact).map(|c| c.tags.as_slice()).unwrap_or_default();
        let has = |flag: &str| tags.iter().any(|tag| tag.eq_ignore_ascii_case(flag));
        let matched = world.known.contains_key(&group.contact);
        add("flag", group.flags().iter().filter(|f| matched && !has(f.as_str())).count());
    }
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

fn is_there(contact: &TargetContact, detail: &Detail<'_>) -> bool {
    let wanted = detail.folded();
    let any = |texts: &[String]| texts.iter().any(|text| fold(&[text]) == wanted);
    match detail {
        Detail::Individual(_) => contact.people.iter().any(|(first, last)| fold(&[first, last]) == wanted),
        Detail::Address(a) => has_address(contact, &a.line1, &a.postal),
        Detail::Email(_) => any(&contact.emails),
        Detail::Phone(_) => any(&contact.phones),
        Detail::Reference { .. } => {
            contact.references.iter().any(|(source, id)| fold(&[source, id]) == wanted)
        }
    }
}

fn has_address(contact: &TargetContact, street: &str, postal: &str) -> bool {
    let wanted = fold(&[street, postal]);
    contact.addresses.iter().chain(&contact.address).any(|a| fold(&[&a.0, &a.3]) == wanted)
}

fn sealed_before(ledger: &Ledger) -> Result<Sealed> {
    let mut sealed = Sealed::new();
    for plan in ledger.plans()?.iter().filter(|p| p.kind == ItemKind::Detail) {
        let lines = ledger.item_states(plan.id)?.into_iter();
        sealed.extend(lines.filter(|l| !l.free).map(|line| (line.row, line.part)));
    }
    Ok(sealed)
}

/// Looks for sent details in the contacts that were read, and keeps what is seen as evidence. What is
/// not seen says nothing.
///
/// # Errors
/// Storage.
pub fn confirm_details(migration: &Migration, now: Moment) -> Result<()> {
    let ledger = &migration.ledger;
    let plans: Vec<_> = ledger.plans()?.into_iter().filter(|p| p.kind == ItemKind::Detail).collect();
    if plans.is_empty() {
        return Ok(());
    }
    let contacts = target_contacts(ledger)?;
    let merged = merges(&contacts);
    let contacts: HashMap<i64, TargetContact> = contacts.into_iter().map(|c| (c.id, c)).collect();
    let known: BTreeMap<RowId, i64> = ledger.known_contacts()?.into_iter().collect();
    let mut evidence = Vec::new();
    for plan in plans {
        for line in ledger.item_states(plan.id)? {
            let open = matches!(line.state, ItemState::Waiting | ItemState::InDoubt | ItemState::Parked);
            let contact = known.get(&line.row).and_then(|id| contacts.get(&follow(&merged, *id)));
            let Some(contact) = contact.filter(|_| open) else { continue };
            let sealed = ledger.bodies(line.item, line.item)?;
            if sealed.first().is_some_and(|s| is_seen(contact, &line.key, &s.body)) {
                evidence.push(Evidence { item: line.item, target: contact.id, differs: Vec::new(), at: now });
            }
        }
    }
    Ok(ledger.save_evidence(&evidence)?)
}

/// Whether a contact shows what a sealed body says.
fn is_seen(contact: &TargetContact, key: &str, body: &str) -> bool {
    let Ok(said) = serde_json::from_str::<serde_json::Value>(body) else { return false };
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    match DetailKind::of_key(key) {
        Some(DetailKind::Individual) => {
            let wanted = fold(&[&text("firstName"), &text("lastName")]);
            contact.people.iter().any(|(first, last)| fold(&[first, last]) == wanted)
        }
        Some(DetailKind::Address) => has_address(contact, &text("address1"), &text("postal")),
        Some(DetailKind::Method) => {
            let wanted = fold(&[&text("value")]);
            contact.emails.iter().chain(&contact.phones).any(|there| fold(&[there]) == wanted)
        }
        Some(DetailKind::Reference) => {
            let wanted = fold(&[&text("referenceSource"), &text("referenceId")]);
            contact.references.iter().any(|(source, id)| fold(&[source, id]) == wanted)
        }
        None => false,
    }
}
