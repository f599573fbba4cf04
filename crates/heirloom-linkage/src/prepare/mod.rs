//! Preparation: each record becomes parts that compare by number, in parallel, each on its
//! own. Nothing here depends on other records.

mod address;
mod nicknames;
mod organization;
mod person;
mod reach;
mod text;

use rayon::prelude::*;

pub(crate) use address::Spot;
pub(crate) use nicknames::is_known;
pub(crate) use organization::OrganizationName;
pub(crate) use person::PersonName;
pub(crate) use reach::Mail;
pub(crate) use text::{Word, number_of, soundex};

use crate::{Record, RecordKind};

/// A record as compared.
pub(crate) struct Prepared {
    pub id: i64,
    /// [`Record::filled_fields`].
    pub filled_fields: u32,
    pub household_id: Box<str>,
    pub who: Who,
    pub birth: Birth,
    pub spots: Vec<Spot>,
    pub phones: Vec<u64>,
    pub mails: Vec<Mail>,
}

/// Whom the record is about.
pub(crate) enum Who {
    Person(Box<PersonName>),
    Organization(OrganizationName),
}

/// Date of birth, 0 for what is unknown.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct Birth {
    pub year: i16,
    pub month: i8,
    pub day: i8,
}

impl Birth {
    pub fn is_full(self) -> bool {
        self.year != 0 && self.month != 0 && self.day != 0
    }

    /// Year, month and day as eight digits.
    pub fn digits(self) -> String {
        format!("{:04}{:02}{:02}", self.year, self.month, self.day)
    }
}

/// Prepares all records; the result is in ascending order of id, so that positions in it
/// don't depend on the order in which records were given.
pub(crate) fn prepare(records: &[Record]) -> Vec<Prepared> {
    let mut prepared: Vec<Prepared> = records.par_iter().with_min_len(256).map(prepare_one).collect();
    prepared.sort_unstable_by_key(|p| p.id);
    prepared
}

fn prepare_one(record: &Record) -> Prepared {
    let (year, month, day) = record.birth;
    let mut phones: Vec<u64> = record.phones.iter().filter_map(|p| reach::phone_digits(p)).collect();
    phones.sort_unstable();
    phones.dedup();
    let mut mails: Vec<Mail> = record.emails.iter().flat_map(|e| reach::mails(e)).collect();
    mails.sort_unstable_by_key(|m| m.whole);
    mails.dedup_by_key(|m| m.whole);
    Prepared {
        id: record.id,
        filled_fields: record.filled_fields() as u32,
        household_id: record.household_id.trim().into(),
        who: match record.kind {
            RecordKind::Person => Who::Person(Box::new(PersonName::read(record))),
            RecordKind::Organization => Who::Organization(OrganizationName::read(&record.organization)),
        },
        birth: Birth { year: year.unwrap_or(0), month: month.unwrap_or(0), day: day.unwrap_or(0) },
        spots: record.addresses.iter().filter_map(Spot::read).collect(),
        phones,
        mails,
    }
}
