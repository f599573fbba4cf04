//! The crosswalk: for every row of the old files, what it became at Virtuous, or why it became nothing.

use std::collections::HashMap;

use heirloom_ledger::{Cluster, Evidence, EvidenceOf, ItemLine};
use heirloom_mapping::RecordKind;
use heirloom_model::{
    Donor, Finding, Gift, ItemKind, ItemState, Place, Placed, RowId, Severity, TargetContact,
};
use heirloom_report::{Sheet, SheetCell};
use heirloom_virtuous::SentGift;

use crate::failure::Result;
use crate::handover::{RowPlace, each_row};
use crate::migration::Migration;
use crate::stages::bodies::ANONYMOUS_ROW;
use crate::stages::there::{follow, merges, target_contacts};
use crate::stages::unsealed::Unsealed;

/// How many rows are there, and how many are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Matched {
    /// Rows with an id at the target.
    pub matched: u64,
    /// Rows without, each with why.
    pub unmatched: u64,
}

/// The crosswalk of donors and of gifts.
pub struct Crosswalk {
    /// Donor rows.
    pub donors: Sheet,
    /// How many of them are there.
    pub donors_matched: Matched,
    /// Gift rows.
    pub gifts: Sheet,
    /// How many of them are there.
    pub gifts_matched: Matched,
}

/// Makes the crosswalk from the ledger and what was last read from the target.
///
/// # Errors
/// Storage.
pub fn crosswalk(migration: &Migration) -> Result<Crosswalk> {
    let there = There::of(migration)?;
    let mut donors = Table::default();
    each_row(migration, RecordKind::Donor, |at, placed| {
        if stands_elsewhere(&placed) {
            return Ok(());
        }
        donors.push(donor_row(migration, &there, at, &placed)?);
        Ok(())
    })?;
    let mut gifts = Table::default();
    each_row(migration, RecordKind::Gift, |at, placed| {
        if !matches!(placed.place, Place::Donor(_)) && !stands_elsewhere(&placed) {
            gifts.push(gift_row(migration, &there, at, &placed)?);
        }
        Ok(())
    })?;
    let donors_header = &["Legacy id", "Contact id", "Individual id", "Status", "Why", "File", "Row"];
    let gifts_header = &[
        "Legacy id",
        "Key",
        "Gift id",
        "Contact id",
        "Legacy donor id",
        "Date",
        "Amount",
        "Status",
        "Why",
        "File",
        "Row",
    ];
    Ok(Crosswalk {
        donors: Sheet { name: "Donors", header: donors_header, rows: donors.rows },
        donors_matched: donors.matched,
        gifts: Sheet { name: "Gifts", header: gifts_header, rows: gifts.rows },
        gifts_matched: gifts.matched,
    })
}

/// Whether a row was sent from an earlier edition of its file, where it has a line.
fn stands_elsewhere(placed: &Placed) -> bool {
    matches!(placed.place, Place::Repeat { of } if of.file() != placed.row.file())
}

#[derive(Default)]
struct Table {
    rows: Vec<Vec<SheetCell>>,
    matched: Matched,
}

impl Table {
    fn push(&mut self, (row, is_there): (Vec<SheetCell>, bool)) {
        self.rows.push(row);
        *(if is_there { &mut self.matched.matched } else { &mut self.matched.unmatched }) += 1;
    }
}

/// What is known of the target.
struct There<'m> {
    unsealed: Unsealed<'m>,
    clusters: HashMap<RowId, Cluster>,
    known: HashMap<RowId, i64>,
    contacts: HashMap<i64, TargetContact>,
    merged: HashMap<i64, i64>,
    evidence: HashMap<heirloom_model::ItemId, Evidence>,
}

impl<'m> There<'m> {
    fn of(migration: &'m Migration) -> Result<There<'m>> {
        let ledger = &migration.ledger;
        let contacts = target_contacts(ledger)?;
        let merged = merges(&contacts);
        let mut evidence = ledger.evidence(EvidenceOf::Kind(ItemKind::Gift))?;
        evidence.extend(ledger.evidence(EvidenceOf::Kind(ItemKind::Contact))?);
        Ok(There {
            unsealed: Unsealed::of(ledger)?,
            clusters: ledger.clusters()?.into_iter().map(|c| (c.row, c)).collect(),
            known: ledger.known_contacts()?.into_iter().collect(),
            contacts: contacts.into_iter().map(|c| (c.id, c)).collect(),
            merged,
            evidence: evidence.into_iter().map(|e| (e.item, e)).collect(),
        })
    }

    /// The contact that a cluster became, merges followed.
    fn contact(&self, cluster: RowId) -> Option<i64> {
        self.known.get(&cluster).map(|id| follow(&self.merged, *id))
    }

    /// The individual of a contact who bears the name of the donor's first person; the only one if there is one.
    fn individual(&self, contact: i64, donor: &Donor) -> i64 {
        let Some(found) = self.contacts.get(&contact) else { return 0 };
        if let [only] = found.individuals.as_slice() {
            return *only;
        }
        let fold = |first: &str, last: &str| format!("{first} {last}").trim().to_lowercase();
        let person = donor.kind.people().next();
        let wanted = person.map(|p| fold(&p.first, &p.last)).unwrap_or_default();
        let mut named = found.people.iter().zip(&found.individuals);
        named.find(|((first, last), _)| fold(first, last) == wanted).map_or(0, |(_, id)| *id)
    }
}

fn donor_row(
    migration: &Migration,
    there: &There<'_>,
    at: &RowPlace,
    placed: &Placed,
) -> Result<(Vec<SheetCell>, bool)> {
    let mut ids = (0, 0);
    let (legacy, status, why) = match &placed.place {
        Place::Donor(donor) => {
            let own = there.clusters.get(&donor.row);
            let contact = own.and_then(|c| there.contact(c.contact));
            ids = contact.map_or((0, 0), |id| (id, there.individual(id, donor)));
            let (status, why) = match contact {
                Some(_) => ("there".to_owned(), shared(own, ids.1)),
                None => absent(migration, there, own.map_or(donor.row, |c| c.contact))?,
            };
            (donor.legacy_id.clone(), status, why)
        }
        other => stopped(other, &placed.findings),
    };
    let row = vec![
        SheetCell::Text(legacy),
        SheetCell::id(ids.0),
        SheetCell::id(ids.1),
        SheetCell::Text(status),
        SheetCell::Text(why),
        SheetCell::Text(at.file.clone()),
        SheetCell::Text(at.row_number.to_string()),
    ];
    Ok((row, ids.0 > 0))
}

fn shared(own: Option<&Cluster>, individual: i64) -> String {
    let with = match own {
        Some(c) if !c.survivor && c.person == c.row => "in the contact of another record",
        Some(c) if !c.survivor => "the same as another record",
        _ => "",
    };
    match (with, individual) {
        ("", 0) => "which individual it is cannot be told".to_owned(),
        (with, 0) => format!("{with}; which individual it is cannot be told"),
        (with, _) => with.to_owned(),
    }
}

fn gift_row(
    migration: &Migration,
    there: &There<'_>,
    at: &RowPlace,
    placed: &Placed,
) -> Result<(Vec<SheetCell>, bool)> {
    let mut facts = GiftIds::default();
    let (legacy, status, why) = match &placed.place {
        Place::Gift(gift) => {
            facts = gift_ids(migration, there, gift)?;
            let (status, why) = match facts.gift {
                0 => absent(migration, there, gift.row)?,
                _ => ("there".to_owned(), facts.differs.join("; ")),
            };
            (legacy_of(gift), status, why)
        }
        Place::Part { .. } => {
            (String::new(), "part".to_owned(), "inside the gift that begins above".to_owned())
        }
        other => stopped(other, &placed.findings),
    };
    let gift = match &placed.place {
        Place::Gift(gift) => Some(gift),
        _ => None,
    };
    let text =
        |text: Option<String>| text.filter(|t| !t.is_empty()).map_or(SheetCell::Empty, SheetCell::Text);
    let amount = match &placed.place {
        Place::Excluded { known, .. } | Place::Held { known } => known.amount,
        _ => gift.map(|g| g.amount()),
    };
    let row = vec![
        SheetCell::Text(legacy),
        text(gift.map(|g| g.identity.to_key())),
        SheetCell::id(facts.gift),
        SheetCell::id(facts.contact),
        text(gift.and_then(|g| g.donor.clone())),
        text(gift.map(|g| g.date.to_string())),
        amount.map_or(SheetCell::Empty, SheetCell::Amount),
        SheetCell::Text(status),
        SheetCell::Text(why),
        SheetCell::Text(at.file.clone()),
        SheetCell::Text(at.row_number.to_string()),
    ];
    Ok((row, facts.gift > 0))
}

fn legacy_of(gift: &Gift) -> String {
    match &gift.identity {
        heirloom_model::GiftIdentity::Legacy(id) => id.clone(),
        heirloom_model::GiftIdentity::Derived { .. } => String::new(),
    }
}

#[derive(Default)]
struct GiftIds {
    gift: i64,
    contact: i64,
    differs: Vec<String>,
}

fn gift_ids(migration: &Migration, there: &There<'_>, gift: &Gift) -> Result<GiftIds> {
    let Some(line) = migration.ledger.item_of_row(gift.row)? else { return Ok(GiftIds::default()) };
    let Some(seen) = there.evidence.get(&line.item).filter(|e| e.target > 0) else {
        return Ok(GiftIds::default());
    };
    let sealed = migration.ledger.bodies(line.item, line.item)?;
    let contact = sealed.first().and_then(|s| SentGift::open(&s.body)?.contact);
    Ok(GiftIds {
        gift: seen.target,
        contact: contact.map_or(0, |id| follow(&there.merged, id)),
        differs: seen.differs.clone(),
    })
}

/// Why something that was mapped is not there.
fn absent(migration: &Migration, there: &There<'_>, row: RowId) -> Result<(String, String)> {
    let line: Option<ItemLine> = migration.ledger.item_of_row(row)?;
    let Some(line) = line else {
        let why = match row == ANONYMOUS_ROW {
            true => "no gift needs it".to_owned(),
            false => there.unsealed.why(row)?,
        };
        return Ok(("not sent".into(), why));
    };
    let missing = there.evidence.get(&line.item).filter(|e| e.target == 0).and_then(|e| e.differs.first());
    if let Some(why) = missing {
        return Ok(("missing".into(), why.clone()));
    }
    let why = match line.state {
        ItemState::Unsent => "in a plan, not sent",
        ItemState::InDoubt | ItemState::Parked => "nobody knows whether it arrived",
        ItemState::Refused => "the vendor refused it",
        ItemState::Waiting => "accepted; waits for Run or for a person's match",
        ItemState::Confirmed => "seen by a look-up, not in a reading yet",
        ItemState::Discarded => "thrown away at the vendor",
    };
    Ok((line.state.as_str().into(), why.into()))
}

/// Why a row went no further than mapping.
fn stopped(place: &Place, findings: &[Finding]) -> (String, String, String) {
    let blocking = findings.iter().filter(|f| f.code.severity() == Severity::Blocks);
    let codes: Vec<String> = blocking.map(|f| format!("{} {}", f.code, f.code.title())).collect();
    let (status, why) = match place {
        Place::Excluded { rule, .. } => ("excluded", format!("rule {rule}")),
        Place::Held { .. } => ("held", codes.join("; ")),
        Place::Repeat { .. } => ("repeat", "repeats another row".to_owned()),
        _ => ("", String::new()),
    };
    (String::new(), status.to_owned(), why)
}
