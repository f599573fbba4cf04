//! Contacts to be that exist at the target already: by our reference, else by a person's ruling,
//! else by likeness. One to one; what is not sure waits for a person, and is not sent meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heirloom_ledger::{ContactMatch, MatchDoubt, PairRuling, RuledMatch};
use heirloom_linkage::{File, Model, Place, Record, RecordKind, Scored, Scores};
use heirloom_model::{Donor, RowId, TargetContact, escape_id};

use super::groups::{ContactGroup, contact_groups};
use super::link::{all_donors, record_of};
use super::link_model;
use super::there::{references, target_contacts};
use crate::failure::Result;
use crate::migration::Migration;

/// Another contact that comes this near to the best, in bits, makes a tie.
const TIE_BITS: f64 = 4.0;

/// What looking for our donors at the target came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Contacts to be that are at the target, under whatever name.
    pub known: u64,
    /// Contacts to be that wait until a person says whether they are there.
    pub held: u64,
}

/// Looks for every contact that was not sent yet among the contacts read from the target.
///
/// # Errors
/// Storage.
pub fn match_contacts(migration: &Migration) -> Result<Matched> {
    let ledger = &migration.ledger;
    let theirs = target_contacts(ledger)?;
    let rulings = ledger.match_rulings()?;
    if theirs.is_empty() && rulings.is_empty() {
        ledger.save_doubts(&[])?;
        return Ok(Matched::default());
    }
    let donors = all_donors(migration)?;
    let groups = contact_groups(&donors, &ledger.clusters()?);
    let sent: BTreeSet<RowId> = sent_contacts(migration)?;
    let mut found = Found::new(ledger.matches()?, &groups, &sent);
    found.by_reference(&references(ledger, migration.settings.source.as_str())?);
    found.by_ruling(&rulings);
    let source = migration.settings.source.as_str();
    let ours = |c: &TargetContact| c.references.iter().any(|(theirs, _)| theirs.eq_ignore_ascii_case(source));
    let free: Vec<&TargetContact> = theirs
        .iter()
        .filter(|c| c.merged_into.is_none() && !found.taken.contains(&c.id) && !ours(c))
        .collect();
    if !free.is_empty() && found.open().next().is_some() {
        let model = link_model::stored(ledger)?.map(|(model, _)| model);
        found.by_likeness(&donors, &free, model.as_ref(), &rulings);
    }
    let Found { mut matches, doubts, .. } = found;
    matches.sort_unstable_by_key(|m| m.contact);
    ledger.save_matches(&matches)?;
    ledger.save_doubts(&doubts)?;
    let held: BTreeSet<RowId> = doubts.iter().map(|d| d.contact).collect();
    Ok(Matched { known: ledger.matches()?.len() as u64, held: held.len() as u64 })
}

/// Contact clusters that went out, or are about to, as contacts of their own.
fn sent_contacts(migration: &Migration) -> Result<BTreeSet<RowId>> {
    let ledger = &migration.ledger;
    let matched: BTreeSet<RowId> = ledger.matches()?.into_iter().map(|m| m.contact).collect();
    let mut sent: BTreeSet<RowId> = ledger
        .known_contacts()?
        .into_iter()
        .map(|(row, _)| row)
        .filter(|row| !matched.contains(row))
        .collect();
    for plan in ledger.plans()?.iter().filter(|p| p.kind == heirloom_model::ItemKind::Contact) {
        let lines = ledger.item_states(plan.id)?;
        // Of a plan that was begun the rest will go out too; any other is sealed anew.
        if lines.iter().any(|l| l.attempts > 0) {
            sent.extend(lines.into_iter().map(|l| l.row));
        }
    }
    Ok(sent)
}

struct Found<'g> {
    all: &'g [ContactGroup<'g>],
    /// Those that were not sent, and are not about to be.
    groups: Vec<&'g ContactGroup<'g>>,
    matched: BTreeSet<RowId>,
    taken: BTreeSet<i64>,
    matches: Vec<ContactMatch>,
    doubts: Vec<MatchDoubt>,
}

impl<'g> Found<'g> {
    fn new(known: Vec<ContactMatch>, groups: &'g [ContactGroup<'g>], sent: &BTreeSet<RowId>) -> Found<'g> {
        Found {
            all: groups,
            groups: groups.iter().filter(|g| !sent.contains(&g.contact)).collect(),
            matched: known.iter().map(|m| m.contact).collect(),
            taken: known.iter().map(|m| m.target).collect(),
            matches: Vec::new(),
            doubts: Vec::new(),
        }
    }

    /// Contacts to be that were not found yet.
    fn open(&self) -> impl Iterator<Item = &'g ContactGroup<'g>> + '_ {
        self.groups.iter().copied().filter(|g| !self.matched.contains(&g.contact))
    }

    fn is(&mut self, contact: RowId, target: i64, how: String) {
        if !self.matched.contains(&contact) && self.taken.insert(target) {
            self.matched.insert(contact);
            self.matches.push(ContactMatch { contact, target, how });
        }
    }

    fn by_reference(&mut self, references: &std::collections::HashMap<String, BTreeSet<i64>>) {
        let open: Vec<&ContactGroup<'_>> = self.open().collect();
        for group in open {
            let keys = group.members.iter().map(|d| escape_id(&d.legacy_id));
            let target = keys.filter_map(|key| references.get(&key)?.first().copied()).next();
            if let Some(target) = target {
                self.is(group.contact, target, "reference".into());
            }
        }
    }

    /// What was ruled one, even if it lies in a plan that was begun: the ledger takes no ruling on
    /// what was sent, and an unsent item of a stale plan is sealed anew, or not at all.
    fn by_ruling(&mut self, rulings: &[RuledMatch]) {
        let all = self.all.iter().flat_map(|g| g.members.iter().map(|d| (d.row, g.contact)));
        let contact_of: HashMap<RowId, RowId> = all.collect();
        for ruled in rulings.iter().filter(|r| r.ruling == PairRuling::Same) {
            if let Some(contact) = contact_of.get(&ruled.row) {
                let how = match ruled.initials.is_empty() {
                    true => ruled.note.clone(),
                    false => format!("ruled by {}", ruled.initials),
                };
                self.is(*contact, ruled.target, how);
            }
        }
    }

    fn by_likeness(
        &mut self,
        donors: &[Donor],
        free: &[&TargetContact],
        model: Option<&Model>,
        rulings: &[RuledMatch],
    ) {
        let likely = likely(donors, free, model);
        let contact_of: BTreeMap<i64, RowId> =
            self.open().flat_map(|g| g.members.iter().map(|d| (d.row.0, g.contact))).collect();
        let differ: BTreeSet<(RowId, i64)> = rulings
            .iter()
            .filter(|r| r.ruling == PairRuling::Different)
            .filter_map(|r| Some((*contact_of.get(&r.row.0)?, r.target)))
            .collect();
        let mut best: BTreeMap<(RowId, i64), &Scored> = BTreeMap::new();
        for (pair, donor, target) in &likely.pairs {
            let Some(&contact) = contact_of.get(donor) else { continue };
            if differ.contains(&(contact, *target)) {
                continue;
            }
            let kept = best.entry((contact, *target)).or_insert(pair);
            if pair.bits > kept.bits {
                *kept = pair;
            }
        }
        self.decide(&best, &likely.scores);
    }

    /// A pair that is sure, and far ahead of any other on both sides, is a match; whatever else is
    /// likely is for a person.
    fn decide(&mut self, best: &BTreeMap<(RowId, i64), &Scored>, scores: &Scores) {
        let cuts = scores.model.thresholds;
        let rivals = Rivals::of(best);
        let sure: Vec<(RowId, i64, f64)> = best
            .iter()
            .filter(|(of, pair)| pair.probability() >= cuts.merge && !rivals.near(of, pair.bits))
            .map(|(of, pair)| (of.0, of.1, pair.probability()))
            .collect();
        for (contact, target, probability) in sure {
            self.is(contact, target, format!("likeness, {:.2} %", probability * 100.0));
        }
        for (of, pair) in best {
            let (contact, target) = *of;
            let open = !self.matched.contains(&contact) && !self.taken.contains(&target);
            if !open || pair.probability() < cuts.review {
                continue;
            }
            let why = match pair.probability() >= cuts.merge {
                true => "another is as like",
                false => "not sure enough",
            };
            let levels = scores.model.explain(pair.pattern);
            let told = levels.iter().filter(|l| l.level != "missing");
            let reasons: Vec<String> =
                told.map(|l| format!("{} {} {:+.1}", l.field, l.level, l.bits)).collect();
            self.doubts.push(MatchDoubt {
                contact,
                target,
                probability_ppm: (pair.probability() * 1e6).round() as u32,
                why: why.into(),
                reasons: format!("{}; {:+.1} bits", reasons.join(", "), pair.bits),
            });
        }
    }
}

/// For each contact to be, and for each contact of the target, its two most likely partners.
struct Rivals {
    of_ours: BTreeMap<RowId, [Option<(f64, i64)>; 2]>,
    of_theirs: BTreeMap<i64, [Option<(f64, RowId)>; 2]>,
}

impl Rivals {
    fn of(best: &BTreeMap<(RowId, i64), &Scored>) -> Rivals {
        let mut rivals = Rivals { of_ours: BTreeMap::new(), of_theirs: BTreeMap::new() };
        for (&(ours, theirs), pair) in best {
            enter(rivals.of_ours.entry(ours).or_default(), (pair.bits, theirs));
            enter(rivals.of_theirs.entry(theirs).or_default(), (pair.bits, ours));
        }
        rivals
    }

    /// Whether another partner of either side comes near.
    fn near(&self, (ours, theirs): &(RowId, i64), bits: f64) -> bool {
        let near = |rival: f64| rival > bits - TIE_BITS;
        let mine = self.of_ours[ours].iter().flatten().any(|(bits, other)| other != theirs && near(*bits));
        mine || self.of_theirs[theirs].iter().flatten().any(|(bits, other)| other != ours && near(*bits))
    }
}

/// Keeps the two highest, the highest first.
fn enter<T: Copy>(top: &mut [Option<(f64, T)>; 2], new: (f64, T)) {
    let beats = |old: Option<(f64, T)>| old.is_none_or(|(bits, _)| new.0 > bits);
    if beats(top[0]) {
        top[1] = top[0];
        top[0] = Some(new);
    } else if beats(top[1]) {
        top[1] = Some(new);
    }
}

struct Likely {
    scores: Scores,
    /// A scored pair, our donor's row, the target's contact.
    pairs: Vec<(Scored, i64, i64)>,
}

/// Compares our donors with the target's contacts as one file, by the model of our donors.
fn likely(donors: &[Donor], free: &[&TargetContact], model: Option<&Model>) -> Likely {
    let mut records: Vec<Record> = donors.iter().map(record_of).collect();
    let mut target_of: Vec<i64> = Vec::new();
    for contact in free {
        for record in records_of(contact) {
            // Ours are positive: theirs count down from -1.
            target_of.push(contact.id);
            records.push(Record { id: -(target_of.len() as i64), ..record });
        }
    }
    let mut scores = File::read(&records).score(model);
    let pairs = std::mem::take(&mut scores.pairs);
    let across = pairs.into_iter().filter(|p| p.a < 0 && p.b > 0);
    let pairs = across.map(|p| (p, p.b, target_of[(-p.a - 1) as usize])).collect();
    Likely { scores, pairs }
}

/// One record for each individual of a contact, or one for an organization.
fn records_of(contact: &TargetContact) -> Vec<Record> {
    let household = contact.contact_type.eq_ignore_ascii_case("household");
    let kind = if household { RecordKind::Person } else { RecordKind::Organization };
    let mut whole = Record::new(0, kind);
    whole.emails = contact.emails.clone();
    whole.phones = contact.phones.clone();
    if let Some((line1, city, state, postal)) = &contact.address {
        let [line1, city, state, postal] = [line1, city, state, postal].map(String::clone);
        whole.addresses = vec![Place { line1, line2: String::new(), city, state, postal }];
    }
    if !household {
        whole.organization = contact.name.clone();
        return vec![whole];
    }
    let of_person = |at: usize| {
        let (first, last) = contact.people[at].clone();
        let other = contact.people.iter().enumerate().find(|(other, _)| *other != at);
        let (second_first, second_last) = other.map(|(_, name)| name.clone()).unwrap_or_default();
        Record { first, last, second_first, second_last, ..whole.clone() }
    };
    (0..contact.people.len()).map(of_person).collect()
}
