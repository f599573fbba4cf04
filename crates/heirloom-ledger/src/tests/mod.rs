//! Tests of the ledger as a whole, and what they are made of.

mod again;
mod bench;
mod books;
mod crash;
mod decisions;
mod files;
mod mapped;
mod plans;
mod power;
mod worlds;

use heirloom_model::{
    Code, Currency, Digest, FileId, Gift, GiftDate, GiftDetails, GiftIdentity, Known, Moment, Money, Place,
    Placed, RowId, Sealed, SourceRow, Tender, TenderKind,
};
use heirloom_model::{Contactable, Designations, Donor, DonorKind, Person};

use crate::{FileEnd, Identity, Ledger, OddRow};

pub fn identity() -> Identity {
    Identity {
        ledger_id: "l-1".into(),
        name: "Food bank".into(),
        source: "raisers-edge".into(),
        currency: "USD".into(),
        world: None,
        created: Moment(1_000),
        exported_on: 20_260_301,
    }
}

pub fn ledger() -> Ledger {
    Ledger::in_memory(&identity()).unwrap()
}

pub fn dollars(minor: i64) -> Money {
    Money::new(minor, Currency::USD)
}

pub fn day(number: i32) -> GiftDate {
    GiftDate::from_number(number).unwrap()
}

pub fn row(file: FileId, sequence: u32) -> RowId {
    RowId::new(file, sequence)
}

pub fn gift(row: RowId, id: &str, donor: Option<&str>, minor: i64) -> Gift {
    Gift {
        row,
        rows: 1,
        identity: GiftIdentity::Legacy(id.into()),
        donor: donor.map(str::to_owned),
        date: day(20_240_305),
        tender: Tender::Cash,
        designations: Designations::single("GEN".into(), dollars(minor)),
        details: GiftDetails::default(),
    }
}

pub fn placed(gift: Gift) -> Placed {
    Placed { row: gift.row, revision: 0, place: Place::Gift(Box::new(gift)), findings: vec![] }
}

pub fn held(row: RowId, minor: i64) -> Placed {
    let known = Known {
        amount: Some(dollars(minor)),
        date: Some(day(20_230_101)),
        project: None,
        tender: Some(TenderKind::Check),
        is_donor: false,
    };
    Placed { row, revision: 0, place: Place::Held { known }, findings: vec![] }
}

pub fn donor(row: RowId, id: &str) -> Placed {
    let first = Person { first: "Pat".into(), last: "Morgan".into(), ..Person::default() };
    let donor = Donor {
        row,
        legacy_id: id.into(),
        other_ids: vec![],
        kind: DonorKind::Household { first, second: None },
        household_id: None,
        reach: Contactable::default(),
        flags: Default::default(),
        notes: vec![],
    };
    Placed { row, revision: 0, place: Place::Donor(Box::new(donor)), findings: vec![] }
}

pub fn source_rows(file: FileId, rows: std::ops::Range<u32>) -> Vec<SourceRow> {
    rows.map(|i| {
        let id = i.to_string();
        SourceRow::of_texts(row(file, i), i + 2, [id.as_str(), "25.00", "Müller"])
    })
    .collect()
}

/// A file with one chunk of `rows` rows, read to its end.
pub fn file_of(ledger: &Ledger, role: &str, bytes: &[u8], rows: u32) -> FileId {
    let digest = Digest::of(bytes);
    let file = ledger.add_file(role, "export.csv", digest, bytes.len() as u64, &[None]).unwrap();
    ledger.save_chunk(file, 0, &source_rows(file, 0..rows)).unwrap();
    let end = FileEnd { rows: u64::from(rows), ..FileEnd::default() };
    ledger.finish_file(file, &end).unwrap();
    file
}

pub fn recipe(ledger: &Ledger, text: &str) -> i64 {
    ledger.recipe("map gifts", Digest::of(text.as_bytes()), text).unwrap()
}

pub fn seal(gift: &Gift) -> (RowId, Sealed) {
    let key = gift.identity.to_key();
    let body = format!("{{\"transactionId\":\"{key}\"}}");
    (gift.row, Sealed::new(key, body, Some(gift.amount())))
}

/// A ledger with gifts of ids `A1`, `A2` … of anonymous donors, mapped.
pub fn with_gifts(count: u32) -> (Ledger, FileId, Vec<Gift>) {
    let ledger = ledger();
    let file = file_of(&ledger, "gifts:main", b"one", count);
    let gifts: Vec<Gift> =
        (0..count).map(|i| gift(row(file, i), &format!("A{}", i + 1), None, 1_000 + i64::from(i))).collect();
    let all: Vec<Placed> = gifts.iter().cloned().map(placed).collect();
    ledger.save_mapped(file, 0, recipe(&ledger, "m"), &all).unwrap();
    (ledger, file, gifts)
}
