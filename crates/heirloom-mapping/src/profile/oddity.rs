//! What is odd about a column, with the rows that show it.

use std::collections::BTreeMap;

use super::{ColumnProfile, ColumnType};

/// Rows that show an oddity.
const ROWS_MAX: usize = 3;

/// A kind of oddity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OddKind {
    /// Digits with zeros in front.
    LeadingZeros,
    /// Fewer digits than the others: zeros may be lost.
    LostZeros,
    /// An id in scientific notation.
    Scientific,
    /// An id that became a number with a point.
    FloatId,
    /// An id with more digits than a spreadsheet keeps.
    TooManyDigits,
    /// Dates in two orders.
    MixedDateOrders,
    /// Dates that can be read in two orders, and no row decides.
    OpenDates,
    /// Years of two digits.
    ShortYears,
    /// A spreadsheet's day number among dates.
    SerialDates,
    /// A date that means "unknown".
    PlaceholderDates,
    /// Two decimal marks.
    MixedDecimalMarks,
    /// Numbers that can be read with either mark.
    OpenDecimalMark,
    /// A word that means nothing is there.
    NullWord,
    /// A spreadsheet's error.
    ErrorCells,
    /// Control characters.
    ControlCharacters,
    /// Line breaks inside cells.
    LineBreaks,
    /// Characters that were lost when the file was written.
    LostCharacters,
    /// UTF-8 that was read as Windows-1252 once: `Ã©`.
    TwiceEncoded,
    /// A card number.
    CardNumbers,
    /// Blanks before or after the text.
    OuterBlanks,
    /// Cells of another type than most.
    OtherType,
    /// An id that nearly never repeats, and does.
    Repeats,
    /// Texts that differ in capitals or blanks only.
    CaseVariants,
    /// Amounts below zero.
    Negative,
    /// The same name over two columns.
    NameTwice,
    /// A filled column without a name.
    NoName,
}

impl OddKind {
    /// A word for it that stays the same.
    pub fn code(self) -> &'static str {
        match self {
            OddKind::LeadingZeros => "leading-zeros",
            OddKind::LostZeros => "lost-zeros",
            OddKind::Scientific => "scientific",
            OddKind::FloatId => "float-id",
            OddKind::TooManyDigits => "too-many-digits",
            OddKind::MixedDateOrders => "mixed-date-orders",
            OddKind::OpenDates => "open-dates",
            OddKind::ShortYears => "short-years",
            OddKind::SerialDates => "serial-dates",
            OddKind::PlaceholderDates => "placeholder-dates",
            OddKind::MixedDecimalMarks => "mixed-decimal-marks",
            OddKind::OpenDecimalMark => "open-decimal-mark",
            OddKind::NullWord => "null-word",
            OddKind::ErrorCells => "error-cells",
            OddKind::ControlCharacters => "control-characters",
            OddKind::LineBreaks => "line-breaks",
            OddKind::LostCharacters => "lost-characters",
            OddKind::TwiceEncoded => "twice-encoded",
            OddKind::CardNumbers => "card-numbers",
            OddKind::OuterBlanks => "outer-blanks",
            OddKind::OtherType => "other-type",
            OddKind::Repeats => "repeats",
            OddKind::CaseVariants => "case-variants",
            OddKind::Negative => "negative",
            OddKind::NameTwice => "name-twice",
            OddKind::NoName => "no-name",
        }
    }

    /// What it is, and what that means for a mapping.
    pub fn title(self) -> &'static str {
        match self {
            OddKind::LeadingZeros => {
                "zeros in front: keep this column as text, never open and save it in Excel"
            }
            OddKind::LostZeros => "fewer digits than the others: zeros in front may be lost",
            OddKind::Scientific => {
                "an id in scientific notation (1.2E+15): Excel damaged it, ask for a new export"
            }
            OddKind::FloatId => "an id with .0 behind it: it was a number once, zeros in front may be lost",
            OddKind::TooManyDigits => {
                "an id of 16 or more digits kept as a number: Excel keeps 15, the rest is lost"
            }
            OddKind::MixedDateOrders => {
                "month/day and day/month in one column: split it or correct these rows"
            }
            OddKind::OpenDates => "month/day or day/month? no row decides: write order under [date]",
            OddKind::ShortYears => "years of two digits: write pivot under [date]",
            OddKind::SerialDates => "day numbers of a spreadsheet (38289) among dates",
            OddKind::PlaceholderDates => "a date that means \"unknown\" (such as 1900-01-01)",
            OddKind::MixedDecimalMarks => "decimal point and decimal comma in one column",
            OddKind::OpenDecimalMark => "thousands or decimals? no row decides: write decimal under [number]",
            OddKind::NullWord => "a word that means empty: list it under [null] tokens",
            OddKind::ErrorCells => "spreadsheet errors: correct them in the source",
            OddKind::ControlCharacters => "control characters inside",
            OddKind::LineBreaks => "line breaks inside cells",
            OddKind::LostCharacters => "characters were lost when the file was written",
            OddKind::TwiceEncoded => "letters such as Ã©: the file was encoded twice",
            OddKind::CardNumbers => "card numbers: they are masked when the file is read",
            OddKind::OuterBlanks => "blanks around the text: they are trimmed",
            OddKind::OtherType => "cells of another type than the rest",
            OddKind::Repeats => "nearly unique, and some repeat: parts of one gift, or the same row twice",
            OddKind::CaseVariants => "values that differ only in capitals or blanks",
            OddKind::Negative => "amounts below zero: refunds or corrections",
            OddKind::NameTwice => "the same name over two columns: address them by letter",
            OddKind::NoName => "a filled column without a name: address it by letter",
        }
    }
}

/// Something odd about a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// What.
    pub kind: OddKind,
    /// How often.
    pub count: u64,
    /// Which word, where that is no donor data.
    pub detail: String,
    /// The first rows that show it.
    pub rows: Vec<u32>,
}

impl Oddity {
    /// From rows that were counted; `None` if there are none.
    pub(super) fn of(kind: OddKind, votes: &Votes) -> Option<Oddity> {
        (votes.count > 0).then(|| Oddity {
            kind,
            count: votes.count,
            detail: String::new(),
            rows: votes.rows.clone(),
        })
    }
}

/// Rows that were counted, and the first of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes {
    pub count: u64,
    pub rows: Vec<u32>,
}

impl Votes {
    pub fn add(&mut self, row_number: u32) {
        self.count += 1;
        if self.rows.len() < ROWS_MAX {
            self.rows.push(row_number);
        }
    }
}

/// Names that stand twice, and columns without one.
pub(super) fn of_headers(columns: &mut [ColumnProfile], header_row: Option<u32>) {
    let Some(row) = header_row else { return };
    let mut places: BTreeMap<String, u64> = BTreeMap::new();
    for column in columns.iter() {
        *places.entry(crate::text::fold(&column.header)).or_default() += 1;
    }
    for column in columns.iter_mut() {
        let kind = match places.get(&crate::text::fold(&column.header)) {
            _ if column.header.is_empty() && column.kind == ColumnType::Empty => continue,
            _ if column.header.is_empty() => OddKind::NoName,
            Some(&count) if count > 1 => OddKind::NameTwice,
            _ => continue,
        };
        let filled = column.filled.max(1);
        column.oddities.push(Oddity { kind, count: filled, detail: String::new(), rows: vec![row] });
    }
}
