//! Corrections after the sending: rows that stay as they were sent, and read otherwise under the mapping of
//! today or in the newer edition of their file. They never go again by themselves: what differs is a list for
//! a person.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_ledger::{EvidenceOf, ItemLine, Ledger, Reread};
use heirloom_model::{Changed, Donor, Gift, ItemKind, ItemState, Pays, Place, Placed, RowId, SoftCredit};
use heirloom_virtuous::{changes, seal_contact, seal_gift};

use super::bodies::{Addressee, Besides, contact_input, gift_input};
use super::groups::ContactGroup;
use crate::failure::Result;
use crate::migration::Migration;

/// What of `kept` rows the mapping of today makes something else of than was sent.
pub(super) fn rereads(
    migration: &Migration,
    kept: &BTreeSet<RowId>,
    sent: &[Placed],
    now: &[Placed],
) -> Vec<Reread> {
    let sent: BTreeMap<RowId, &Place> = sent.iter().map(|p| (p.row, &p.place)).collect();
    let mut found: BTreeMap<RowId, Reread> = BTreeMap::new();
    for Placed { row, place: now, .. } in now.iter().filter(|p| kept.contains(&p.row)) {
        match sent.get(row) {
            Some(sent) if *sent != now => {
                found.extend(reread(migration, *row, sent, now).map(|one| (*row, one)))
            }
            _ => {}
        }
    }
    // A further row that leaves its gift is told of with it: nothing else would say where its money is.
    for Placed { row, place: now, .. } in now.iter().filter(|p| kept.contains(&p.row)) {
        let Some(Place::Part { of, amount }) = sent.get(row).copied() else { continue };
        let stays = matches!(now, Place::Part { of: still, .. } if still == of);
        if let Some(head) = found.get_mut(of).filter(|_| !stays) {
            head.fields.push(changed("its further row", amount.to_string(), stands(now)));
        }
    }
    found.into_values().collect()
}

pub(super) fn reread(migration: &Migration, row: RowId, sent: &Place, now: &Place) -> Option<Reread> {
    let (body, fields) = match (sent, now) {
        (Place::Gift(sent), Place::Gift(now)) => of_gift(migration, sent, now),
        (Place::Donor(sent), Place::Donor(now)) => of_donor(sent, now),
        (Place::Gift(sent), other) => {
            (None, vec![changed("gift", format!("{} on {}", sent.amount(), sent.date), stands(other))])
        }
        (Place::Donor(sent), other) => (None, vec![changed("donor", sent.display_name(), stands(other))]),
        _ => return None,
    };
    let is_left_out = is_left_out(now);
    let (alike, is_said, is_open) = (None, false, true);
    (!fields.is_empty()).then_some(Reread { row, body, fields, alike, is_left_out, is_said, is_open })
}

/// What is to be said of a row that was sent and that the newer edition of its file does not have.
pub(super) fn missing_now(row: RowId, sent: &Place, alike: Option<RowId>) -> Reread {
    let (field, sent) = match sent {
        Place::Gift(gift) => ("gift", format!("{} on {}", gift.amount(), gift.date)),
        Place::Donor(donor) => ("donor", donor.display_name()),
        other => ("row", stands(other)),
    };
    let fields = vec![changed(field, sent, "not in the newer file".to_owned())];
    Reread { row, body: None, fields, alike, is_left_out: false, is_said: false, is_open: true }
}

/// Whether a row is no gift or donor of its own any more, and not for want of being read.
fn is_left_out(place: &Place) -> bool {
    matches!(place, Place::Excluded { .. } | Place::Repeat { .. } | Place::Part { .. })
}

fn changed(field: &str, sent: String, now: String) -> Changed {
    Changed { field: field.to_owned(), sent, now }
}

/// What a row is now that is neither gift nor donor.
fn stands(place: &Place) -> String {
    match place {
        Place::Held { .. } => "held: it cannot be read".to_owned(),
        Place::Excluded { rule, .. } => format!("left out: {rule}"),
        Place::Repeat { .. } => "left out: a repeat of another row".to_owned(),
        Place::Part { .. } => "left out: a part of another gift".to_owned(),
        Place::Gift(gift) => format!("a gift of its own, {}", gift.amount()),
        Place::Donor(_) => "a donor".to_owned(),
    }
}

fn of_gift(migration: &Migration, sent: &Gift, now: &Gift) -> (Option<String>, Vec<Changed>) {
    // Both to one contact, whichever: who gives is compared by itself.
    let besides = Besides::default();
    let seal = |gift: &Gift| {
        seal_gift(&gift_input(migration, gift, Addressee::Id(1), &besides)).map(|sealed| sealed.body).ok()
    };
    let (Some(before), Some(body)) = (seal(sent), seal(now)) else {
        let field = changed("gift", format!("{} on {}", sent.amount(), sent.date), "cannot be sent".into());
        return (None, vec![field]);
    };
    let mut fields = changes(&before, &body);
    // Below the row's own notes stand lines of ours: who is credited, what it pays.
    let with_lines = !now.details.soft_credits.is_empty() || now.details.pays.is_some();
    for notes in fields.iter_mut().filter(|one| one.field == "notes" && with_lines) {
        notes.field = "notes, but for our lines below them".to_owned();
    }
    let mut besides = |name: &str, sent: String, now: String| {
        if sent != now {
            fields.push(changed(name, sent, now));
        }
    };
    let donor = |gift: &Gift| gift.donor.clone().unwrap_or_else(|| "nobody named".to_owned());
    besides("donor", donor(sent), donor(now));
    besides("credited besides", credits(&sent.details.soft_credits), credits(&now.details.soft_credits));
    besides("pays", pays(sent.details.pays.as_ref()), pays(now.details.pays.as_ref()));
    (Some(body), fields)
}

fn credits(all: &[SoftCredit]) -> String {
    let one = |credit: &SoftCredit| match credit.amount {
        Some(amount) => format!("{} {amount}", credit.donor),
        None => credit.donor.clone(),
    };
    let mut all: Vec<String> = all.iter().map(one).collect();
    all.sort_unstable();
    all.join(" + ")
}

fn pays(pays: Option<&Pays>) -> String {
    pays.map(|one| format!("{} {}", one.kind.as_str(), one.id)).unwrap_or_default()
}

/// A donor alone, as if no other record were his: what is merged with him does not change by a mapping.
fn of_donor(sent: &Donor, now: &Donor) -> (Option<String>, Vec<Changed>) {
    let seal = |donor: &Donor| {
        let group = ContactGroup { contact: donor.row, members: vec![donor], persons: vec![donor.row] };
        seal_contact(&contact_input(&group, group.person().as_ref())).map(|sealed| sealed.body).ok()
    };
    let (Some(before), Some(body)) = (seal(sent), seal(now)) else {
        return (None, vec![changed("donor", sent.display_name(), "cannot be sent".into())]);
    };
    let mut fields = changes(&before, &body);
    let (before, after) = (further(sent), further(now));
    let apart =
        |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect::<Vec<_>>().join("; ");
    if before != after {
        fields.push(changed("further data", apart(&before, &after), apart(&after, &before)));
    }
    (Some(body), fields)
}

/// What a contact carries beyond its first body.
fn further(donor: &Donor) -> BTreeSet<String> {
    let people = donor.kind.people().skip(1).map(|person| person.display_name());
    let reach = &donor.reach;
    let places = reach.addresses.iter().skip(1);
    let places = places.map(|a| [&*a.line1, &a.line2, &a.city, &a.state, &a.postal].join(" "));
    let phones = reach.phones.iter().skip(1).map(|phone| phone.number.clone());
    let mails = reach.emails.iter().skip(1).map(|mail| mail.address.clone());
    let ids = donor.other_ids.iter().map(|(name, id)| format!("{name} {id}"));
    people.chain(places).chain(phones).chain(mails).chain(ids).chain(donor.notes.iter().cloned()).collect()
}

/// A row that was sent and is to be changed at the target by a person.
pub struct Corrected {
    /// Its item.
    pub line: ItemLine,
    /// Gift or donor.
    pub kind: ItemKind,
    /// The gift's key, or the donor's own: what is sent of a donor may go by that of another record of his.
    pub key: String,
    /// What it reads as now.
    pub reread: Reread,
    /// The target's id, if it was seen.
    pub target: Option<i64>,
    /// The key of a gift of a newer file that may be this one, and waits for a word.
    pub alike: Option<String>,
}

impl Corrected {
    /// What somebody does about it.
    pub fn what_to_do(&self) -> &'static str {
        match (&self.reread.body, self.kind) {
            (Some(_), _) => "change",
            // It is no gift any more, and what is there is one too many.
            (None, ItemKind::Gift) if self.reread.is_left_out => "reverse",
            (None, _) => "look at",
        }
    }
}

/// Gifts of a newer file that may be one that was sent under another key, each with that one, until a person
/// has said what became of it.
///
/// # Errors
/// Storage.
pub fn alike(ledger: &Ledger) -> Result<BTreeMap<RowId, RowId>> {
    if ledger.rereads()?.iter().all(|one| one.alike.is_none()) {
        return Ok(BTreeMap::new());
    }
    let pairs = corrected(ledger)?.into_iter().filter_map(|one| Some((one.reread.alike?, one.reread.row)));
    Ok(pairs.collect())
}

/// What is still to be changed at the target, in the order of sending: corrected here after it was sent.
///
/// # Errors
/// Storage.
pub fn corrected(ledger: &Ledger) -> Result<Vec<Corrected>> {
    let all: Vec<Reread> = ledger.rereads()?.into_iter().filter(|one| one.is_open).collect();
    let mut found = Vec::new();
    if all.is_empty() {
        return Ok(found);
    }
    // What is sent of a donor stands on the row by which his contact is known.
    let contact_of: BTreeMap<RowId, RowId> =
        ledger.clusters()?.into_iter().map(|one| (one.row, one.contact)).collect();
    let mut open: BTreeMap<RowId, Vec<Reread>> = BTreeMap::new();
    for one in all {
        open.entry(contact_of.get(&one.row).copied().unwrap_or(one.row)).or_default().push(one);
    }
    for plan in ledger.plans()? {
        let evidence = ledger.evidence(EvidenceOf::Plan(plan.id))?;
        let seen = evidence.into_iter().filter(|e| e.target > 0 && plan.kind != ItemKind::Detail);
        let seen: BTreeMap<_, _> = seen.map(|e| (e.item, e.target)).collect();
        for line in ledger.item_states(plan.id)?.into_iter().filter(|line| !line.free && !line.replaced) {
            // Of what was refused or thrown away nothing is there.
            if matches!(line.state, ItemState::Refused | ItemState::Discarded | ItemState::Unsent) {
                continue;
            }
            // Of a contact that was there before, only details were sent.
            for reread in open.remove(&line.row).into_iter().flatten() {
                let key = ledger.key_of_row(reread.row)?.unwrap_or_else(|| line.key.clone());
                let kind = if plan.kind == ItemKind::Gift { ItemKind::Gift } else { ItemKind::Contact };
                let target = seen.get(&line.item).copied();
                let alike = reread.alike.map(|row| ledger.key_of_row(row)).transpose()?.flatten();
                found.push(Corrected { line: line.clone(), kind, key, reread, target, alike });
            }
        }
    }
    Ok(found)
}
