//! What one cell is, by its text alone.

use heirloom_model::CellKind;

use super::numbers::EXPONENT;
use super::times;
use crate::number::{Mark, read};

/// What a cell is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CellType {
    /// Digits, perhaps with a sign or groups.
    Integer,
    /// A number with decimals or a currency.
    Decimal,
    /// A day of the calendar.
    Date,
    /// A word for yes or no.
    Truth,
    /// An e-mail address.
    Email,
    /// A phone number, with its punctuation.
    Phone,
    /// Letters and digits without spaces.
    Code,
    /// Any other text.
    Text,
    /// A spreadsheet's error.
    Error,
    /// A word that means nothing is there.
    Null,
}

impl CellType {
    /// All of them.
    pub const ALL: [CellType; 10] = [
        CellType::Integer,
        CellType::Decimal,
        CellType::Date,
        CellType::Truth,
        CellType::Email,
        CellType::Phone,
        CellType::Code,
        CellType::Text,
        CellType::Error,
        CellType::Null,
    ];

    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            CellType::Integer => "integer",
            CellType::Decimal => "decimal",
            CellType::Date => "date",
            CellType::Truth => "yes/no",
            CellType::Email => "e-mail",
            CellType::Phone => "phone",
            CellType::Code => "code",
            CellType::Text => "text",
            CellType::Error => "error",
            CellType::Null => "null word",
        }
    }
}

const ERRORS: [&str; 7] = ["#N/A", "#REF!", "#DIV/0!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!"];

const NULLS: [&str; 21] = [
    "NA",
    "N/A",
    "NULL",
    "NONE",
    "NAN",
    "NIL",
    "-",
    "--",
    "---",
    "?",
    "??",
    "****",
    "...",
    "UNKNOWN",
    "TBD",
    "(blank)",
    "(none)",
    "[blank]",
    "[pre-sumac]",
    "SEE_SPLIT",
    "ANON",
];

/// A word that old systems write where nothing is known.
pub(super) fn null_word(text: &str) -> Option<&'static str> {
    NULLS.into_iter().find(|null| null.eq_ignore_ascii_case(text))
}

/// Judges a trimmed text.
pub(crate) fn cell_type(text: &str, kind: CellKind) -> CellType {
    match kind {
        CellKind::Error => return CellType::Error,
        CellKind::Date => return CellType::Date,
        CellKind::Bool => return CellType::Truth,
        CellKind::Number => {
            return if text.contains(['.', 'e', 'E']) { CellType::Decimal } else { CellType::Integer };
        }
        CellKind::Text | CellKind::Empty => {}
    }
    if ERRORS.iter().any(|e| e.eq_ignore_ascii_case(text)) {
        return CellType::Error;
    }
    if null_word(text).is_some() {
        return CellType::Null;
    }
    if times::is_day(text) {
        return CellType::Date;
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return CellType::Integer;
    }
    if is_truth(text) {
        return CellType::Truth;
    }
    if is_email(text) {
        return CellType::Email;
    }
    if is_phone(text) {
        return CellType::Phone;
    }
    if let Some(found) = number_type(text) {
        return found;
    }
    let is_code = text.len() <= 40
        && !text.contains(char::is_whitespace)
        && text.contains(|c: char| c.is_ascii_digit());
    if is_code { CellType::Code } else { CellType::Text }
}

fn is_truth(text: &str) -> bool {
    ["yes", "no", "y", "n", "true", "false", "t", "f"].iter().any(|w| w.eq_ignore_ascii_case(text))
}

fn is_email(text: &str) -> bool {
    let Some((user, domain)) = text.split_once('@') else { return false };
    !user.is_empty() && domain.contains('.') && !domain.contains('@') && !text.contains(char::is_whitespace)
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let allowed = |c: char| c.is_ascii_digit() || " ()-.+/x".contains(c);
    let separators = text.chars().filter(|c| "()-. /".contains(*c)).count();
    (matches!(digits, 10 | 11) || text.starts_with('+') && (10..=15).contains(&digits))
        && separators >= 2
        && text.chars().all(allowed)
        && number_type(text).is_none()
}

/// Letters that may stand beside a number; `12 Oak` is no amount.
const CURRENCIES: [&str; 14] =
    ["USD", "CAD", "EUR", "GBP", "AUD", "NZD", "JPY", "CHF", "MXN", "US", "CA", "C", "A", "CR"];

/// Whether a text is a number in either way of writing, and of which type.
fn number_type(text: &str) -> Option<CellType> {
    let letters: String = text.chars().filter(|c| c.is_alphabetic()).collect();
    if !letters.is_empty() && !CURRENCIES.iter().any(|c| c.eq_ignore_ascii_case(&letters)) {
        return None;
    }
    let fits = |mark| {
        read(text, CellKind::Text, mark, 18).is_ok() || read(text, CellKind::Text, mark, EXPONENT).is_ok()
    };
    if !fits(Mark::Point) && !fits(Mark::Comma) {
        return None;
    }
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | '+'));
    Some(if is_plain { CellType::Integer } else { CellType::Decimal })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_judged_by_its_text() {
        for (text, expected) in [
            ("20931", CellType::Integer),
            ("00042", CellType::Integer),
            ("$1,250.00", CellType::Decimal),
            ("(50.00)", CellType::Decimal),
            ("1.250,00", CellType::Decimal),
            ("3/7/1998", CellType::Date),
            ("1998-03-07 10:00", CellType::Date),
            ("19980307", CellType::Date),
            ("19981307", CellType::Integer),
            ("yes", CellType::Truth),
            ("ada@example.org", CellType::Email),
            ("(512) 555-0142", CellType::Phone),
            ("512.555.0142", CellType::Phone),
            ("L-20931", CellType::Code),
            ("00001-079-0000001", CellType::Code),
            ("4.92E+17", CellType::Code),
            ("Ada Dunmore", CellType::Text),
            ("12 Oak", CellType::Text),
            ("12.50 USD", CellType::Decimal),
            ("#N/A", CellType::Error),
            ("n/a", CellType::Null),
        ] {
            assert_eq!(cell_type(text, CellKind::Text), expected, "{text}");
        }
        assert_eq!(cell_type("12.5", CellKind::Number), CellType::Decimal);
        assert_eq!(cell_type("TRUE", CellKind::Bool), CellType::Truth);
    }
}
