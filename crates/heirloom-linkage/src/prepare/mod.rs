//! Preparation: each record becomes parts that compare by number, in parallel, each on its
//! own. Nothing here depends on other records.

mod address;
mod lexicon;
mod nicknames;
mod organization;
mod person;
mod reach;
mod text;

pub(crate) use address::Spot;
pub(crate) use lexicon::{Lexicon, Texts, Word};
pub(crate) use organization::OrganizationName;
pub(crate) use person::PersonName;
pub(crate) use reach::Mail;
pub(crate) use text::{number_of, soundex};

use crate::few::Few;
use crate::{Record, RecordKind};
use text::words;

/// A record as compared.
pub(crate) struct Prepared {
    pub id: i64,
    /// [`Record::filled_fields`].
    pub filled_fields: u32,
    /// The old system's id of the household, as it is written.
    pub household: Word,
    pub birth: Birth,
    pub who: Who,
    pub spots: Few<Spot>,
    pub phones: Few<u64>,
    pub mails: Few<Mail>,
    /// [`Record::texts`], normalised.
    pub texts: Few<Word>,
}

/// Whom the record is about.
pub(crate) enum Who {
    Person(PersonName),
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

    /// The date as one number.
    pub fn number(self) -> u32 {
        u32::from(self.year as u16) << 16 | u32::from(self.month as u8) << 8 | u32::from(self.day as u8)
    }

    /// Year, month and day as eight digits.
    pub fn digits(self) -> [u8; 8] {
        let (y, m, d) = (self.year.unsigned_abs(), self.month.unsigned_abs(), self.day.unsigned_abs());
        let (m, d) = (u16::from(m), u16::from(d));
        [y / 1000 % 10, y / 100 % 10, y / 10 % 10, y % 10, m / 10, m % 10, d / 10, d % 10].map(|n| n as u8)
    }
}

impl Prepared {
    pub fn read(record: &Record, lexicon: &Lexicon) -> Prepared {
        let (year, month, day) = record.birth;
        let mut phones: Vec<u64> = record.phones.iter().filter_map(|p| reach::phone_digits(p)).collect();
        phones.sort_unstable();
        phones.dedup();
        let mut mails: Vec<Mail> = record.emails.iter().flat_map(|e| reach::mails(e, lexicon)).collect();
        mails.sort_unstable_by_key(Mail::whole);
        mails.dedup_by_key(|m| m.whole());
        let text = |text: &String| lexicon.word(&words(text).list().join(" "));
        Prepared {
            id: record.id,
            filled_fields: record.filled_fields() as u32,
            household: lexicon.word(record.household_id.trim()),
            birth: Birth { year: year.unwrap_or(0), month: month.unwrap_or(0), day: day.unwrap_or(0) },
            who: match record.kind {
                RecordKind::Person => Who::Person(PersonName::read(record, lexicon)),
                RecordKind::Organization => {
                    Who::Organization(OrganizationName::read(&record.organization, lexicon))
                }
            },
            spots: record.addresses.iter().filter_map(|a| Spot::read(a, lexicon)).collect(),
            phones: phones.into(),
            mails: mails.into(),
            texts: record.texts.iter().take(crate::TEXTS_MAX).map(text).collect(),
        }
    }
}
