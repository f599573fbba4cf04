//! Corrections after the sending: rows that stay as they were sent, and read otherwise under the mapping of
//! today. They never go again by themselves: what differs is a list for a person.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_ledger::{ItemLine, Ledger, Reread};
use heirloom_model::{Changed, Donor, Gift, ItemKind, ItemState, Pays, Place, Placed, RowId, SoftCredit};
use heirloom_virtuous::{changes, seal_contact, seal_gift};

use super::addressees::{Addressee, Besides};
use super::groups::ContactGroup;
use super::plan::{contact_input, gift_input};
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
    let again = now.iter().filter(|p| kept.contains(&p.row));
    again.filter_map(|p| reread(migration, p.row, sent.get(&p.row)?, &p.place)).collect()
}

fn reread(migration: &Migration, row: RowId, sent: &Place, now: &Place) -> Option<Reread> {
    if sent == now {
        return None;
    }
    let (body, fields) = match (sent, now) {
        (Place::Gift(sent), Place::Gift(now)) => of_gift(migration, sent, now),
        (Place::Donor(sent), Place::Donor(now)) => of_donor(sent, now),
        (Place::Gift(sent), other) => {
            (None, vec![changed("gift", format!("{} on {}", sent.amount(), sent.date), stands(other))])
        }
        (Place::Donor(sent), other) => (None, vec![changed("donor", sent.display_name(), stands(other))]),
        // Further rows of a gift are told of with its first.
        _ => return None,
    };
    (!fields.is_empty()).then_some(Reread { row, body, fields, is_open: true })
}

fn changed(field: &str, sent: String, now: String) -> Changed {
    Changed { field: field.to_owned(), sent, now }
}

/// What a row is now that is neither gift nor donor.
fn stands(place: &Place) -> String {
    match place {
        Place::Held { .. } => "held".to_owned(),
        Place::Excluded { rule, .. } => format!("left out: {rule}"),
        Place::Repeat { .. } => "a repeat of another row".to_owned(),
        Place::Part { .. } => "a part of another gift".to_owned(),
        Place::Gift(_) | Place::Donor(_) => "something else".to_owned(),
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
    all.iter().map(one).collect::<Vec<_>>().join(" + ")
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
    if fields.is_empty() && before != after {
        fields.push(changed("further data", apart(&before, &after), apart(&after, &before)));
    }
    (Some(body), fields)
}

/// What a contact carries beyond its first body.
fn further(donor: &Donor) -> BTreeSet<String> {
    let people = donor.kind.people().map(|person| person.display_name());
    let reach = &donor.reach;
    let places = reach
        .addresses
        .iter()
        .map(|a| format!("{} {} {} {} {}", a.line1, a.line2, a.city, a.state, a.postal));
    let phones = reach.phones.iter().map(|phone| phone.number.clone());
    let mails = reach.emails.iter().map(|mail| mail.address.clone());
    let ids = donor.other_ids.iter().map(|(name, id)| format!("{name} {id}"));
    people.chain(places).chain(phones).chain(mails).chain(ids).chain(donor.notes.iter().cloned()).collect()
}

/// A row that was sent and is to be changed at the target by a person.
pub struct Corrected {
    /// Its item.
    pub line: ItemLine,
    /// Gift or donor.
    pub kind: ItemKind,
    /// What it reads as now.
    pub reread: Reread,
    /// The target's id, if it was seen.
    pub target: Option<i64>,
}

impl Corrected {
    /// Whether nothing of it would be sent now: what is there is to be reversed, not changed.
    pub fn must_go(&self) -> bool {
        self.reread.body.is_none()
    }
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
    // A donor's item stands on the row by which its contact is known.
    let contact_of: BTreeMap<RowId, RowId> =
        ledger.clusters()?.into_iter().map(|one| (one.row, one.contact)).collect();
    let mut open: BTreeMap<RowId, Vec<Reread>> = BTreeMap::new();
    for one in all {
        open.entry(contact_of.get(&one.row).copied().unwrap_or(one.row)).or_default().push(one);
    }
    for plan in ledger.plans()?.into_iter().filter(|plan| plan.kind != ItemKind::Detail) {
        let evidence = ledger.evidence(heirloom_ledger::EvidenceOf::Plan(plan.id))?;
        let seen: BTreeMap<_, _> =
            evidence.into_iter().filter(|e| e.target > 0).map(|e| (e.item, e.target)).collect();
        for line in ledger.item_states(plan.id)?.into_iter().filter(|line| !line.free && !line.replaced) {
            // Of what was refused or thrown away nothing is there.
            let there = !matches!(line.state, ItemState::Refused | ItemState::Discarded | ItemState::Unsent);
            let target = seen.get(&line.item).copied();
            for reread in open.get(&line.row).into_iter().flatten().filter(|_| there) {
                found.push(Corrected { line: line.clone(), kind: plan.kind, reread: reread.clone(), target });
            }
        }
    }
    Ok(found)
}
