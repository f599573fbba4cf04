//! Mapped rows made ready for the tables, on the caller's thread: texts collected, rests encoded.

use std::collections::HashMap;

use heirloom_model::{Donor, Finding, Gift, GiftDate, Known, Money, Place, Placed, RowId, escape_id};

use crate::error::{LedgerError, Result};
use crate::place_codec::{email_kind_is_known, encode_donor, encode_gift};
use crate::promise_codec::encode_promise;

/// A text of the batch, by its place in [`Batch::words`].
pub(crate) type Word = u32;

#[derive(Default)]
struct Lexicon {
    texts: Vec<String>,
    places: HashMap<String, Word, foldhash::fast::RandomState>,
}

impl Lexicon {
    fn word(&mut self, text: &str) -> Word {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = self.texts.len() as Word;
        self.texts.push(text.to_owned());
        self.places.insert(text.to_owned(), place);
        place
    }
}

/// Who a line is about.
#[derive(Clone, Copy)]
pub(crate) struct Who {
    pub row: RowId,
    pub revision: u32,
}

pub(crate) struct GiftLine {
    pub who: Who,
    pub donor: Option<Word>,
    pub date: i32,
    pub minor: i64,
    pub currency: Word,
    pub tender: Word,
    pub project: Option<Word>,
    pub rows: u32,
    pub rest: Vec<u8>,
    pub key: String,
    pub parts: Vec<(Word, i64)>,
    pub is_payment: bool,
}

pub(crate) struct DonorLine {
    pub who: Who,
    pub legacy: Word,
    pub body: Vec<u8>,
    pub key: String,
}

pub(crate) struct PartLine {
    pub who: Who,
    pub of: RowId,
    pub minor: i64,
    pub currency: Word,
}

pub(crate) struct StoppedLine {
    pub who: Who,
    pub rule: Option<Word>,
    pub minor: Option<i64>,
    pub currency: Option<Word>,
    pub date: Option<i32>,
    pub project: Option<Word>,
    pub tender: Option<Word>,
    pub is_donor: bool,
    pub promise: Option<Vec<u8>>,
}

pub(crate) struct FindingLine {
    pub row: RowId,
    pub number: u32,
    pub code: Word,
    pub file: Word,
    pub sheet: Option<Word>,
    pub row_number: u32,
    pub label: Option<Word>,
    pub seen: String,
    pub detail: String,
}

/// Everything one save adds.
#[derive(Default)]
pub(crate) struct Batch {
    lexicon: Lexicon,
    pub gifts: Vec<GiftLine>,
    pub parts: Vec<PartLine>,
    pub donors: Vec<DonorLine>,
    pub stopped: Vec<StoppedLine>,
    pub repeats: Vec<(Who, RowId)>,
    pub findings: Vec<FindingLine>,
    /// Every row, in the caller's order.
    pub rows: Vec<RowId>,
}

impl Batch {
    /// Makes mapped rows ready.
    pub fn of(placed: &[Placed]) -> Result<Batch> {
        let mut batch = Batch::default();
        for one in placed {
            batch.rows.push(one.row);
            batch.add(one)?;
            for (number, finding) in one.findings.iter().enumerate() {
                batch.add_finding(one.row, number as u32, finding);
            }
        }
        Ok(batch)
    }

    /// The texts, by their places.
    pub fn words(&self) -> &[String] {
        &self.lexicon.texts
    }

    fn add(&mut self, placed: &Placed) -> Result<()> {
        let who = Who { row: placed.row, revision: placed.revision };
        match &placed.place {
            Place::Gift(gift) => {
                let line = self.gift(who, gift)?;
                self.gifts.push(line);
            }
            Place::Part { of, amount } => {
                let currency = self.currency(*amount);
                self.parts.push(PartLine { who, of: *of, minor: amount.minor(), currency });
            }
            Place::Donor(donor) => {
                let line = self.donor(who, donor)?;
                self.donors.push(line);
            }
            Place::Excluded { rule, known, promise } => {
                let rule = Some(self.lexicon.word(rule));
                let promise = promise.as_deref().map(encode_promise);
                let line = StoppedLine { promise, ..self.stopped(who, rule, known)? };
                self.stopped.push(line);
            }
            Place::Held { known } => {
                let line = self.stopped(who, None, known)?;
                self.stopped.push(line);
            }
            Place::Repeat { of } => self.repeats.push((who, *of)),
        }
        Ok(())
    }

    fn currency(&mut self, money: Money) -> Word {
        self.lexicon.word(money.currency().as_str())
    }

    fn gift(&mut self, who: Who, gift: &Gift) -> Result<GiftLine> {
        same_row(who.row, gift.row)?;
        let amount = gift.amount();
        let parts = gift.designations.parts();
        let (project, parts) = match parts {
            [one] => (Some(self.lexicon.word(&one.project)), Vec::new()),
            many => {
                let many = many.iter();
                let parts = many.map(|p| (self.lexicon.word(&p.project), p.amount.minor()));
                (None, parts.collect())
            }
        };
        Ok(GiftLine {
            who,
            donor: gift.donor.as_deref().map(|d| self.lexicon.word(d)),
            date: day(gift.date)?,
            minor: amount.minor(),
            currency: self.currency(amount),
            tender: self.lexicon.word(gift.tender.kind().as_str()),
            project,
            rows: gift.rows,
            rest: encode_gift(&gift.identity, &gift.tender, &gift.details),
            key: gift.identity.to_key(),
            parts,
            is_payment: gift.details.pays.is_some(),
        })
    }

    fn donor(&mut self, who: Who, donor: &Donor) -> Result<DonorLine> {
        same_row(who.row, donor.row)?;
        if !donor.reach.emails.iter().all(email_kind_is_known) {
            return Err(LedgerError::refused("save an e-mail of an unknown kind"));
        }
        Ok(DonorLine {
            who,
            legacy: self.lexicon.word(&donor.legacy_id),
            body: encode_donor(donor),
            key: escape_id(&donor.legacy_id),
        })
    }

    fn stopped(&mut self, who: Who, rule: Option<Word>, known: &Known) -> Result<StoppedLine> {
        Ok(StoppedLine {
            who,
            rule,
            minor: known.amount.map(|m| m.minor()),
            currency: known.amount.map(|m| self.currency(m)),
            date: known.date.map(day).transpose()?,
            project: known.project.as_deref().map(|p| self.lexicon.word(p)),
            tender: known.tender.map(|t| self.lexicon.word(t.as_str())),
            is_donor: known.is_donor,
            promise: None,
        })
    }

    fn add_finding(&mut self, row: RowId, number: u32, finding: &Finding) {
        let lexicon = &mut self.lexicon;
        self.findings.push(FindingLine {
            row,
            number,
            code: lexicon.word(finding.code.as_str()),
            file: lexicon.word(&finding.at.file),
            sheet: finding.at.sheet.as_deref().map(|s| lexicon.word(s)),
            row_number: finding.at.row_number,
            label: finding.column.as_deref().map(|c| lexicon.word(c)),
            seen: finding.seen.clone(),
            detail: finding.detail.clone(),
        });
    }
}

/// A day as its number; years before 0 have none.
fn day(date: GiftDate) -> Result<i32> {
    let number = date.to_number();
    if GiftDate::from_number(number) == Some(date) {
        Ok(number)
    } else {
        Err(LedgerError::refused("save a date before the year 0"))
    }
}

fn same_row(placed: RowId, inside: RowId) -> Result<()> {
    if placed == inside {
        Ok(())
    } else {
        Err(LedgerError::refused("save a gift or donor that names another row than its place"))
    }
}
