//! Amounts as people write them, read to exact minor units; floats have no part in it.

use heirloom_model::CellKind;

/// The decimal mark of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Point,
    Comma,
}

impl Mark {
    fn byte(self) -> u8 {
        match self {
            Mark::Point => b'.',
            Mark::Comma => b',',
        }
    }
}

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadAmount {
    /// Not a number in this way of writing.
    Unreadable,
    /// More decimals than the currency has, and they are not zeros.
    TooManyDecimals,
}

/// A text without sign, brackets and currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peeled<'a> {
    pub negative: bool,
    pub body: &'a str,
    /// The currency as written: `$`, `EUR`, `US$` …
    pub currency: Option<&'a str>,
}

/// Takes sign, brackets and currency off; `None` if there are two of a kind.
pub(crate) fn peel(text: &str) -> Option<Peeled<'_>> {
    if let (Some(first), Some(last)) = (text.bytes().next(), text.bytes().next_back())
        && first.is_ascii_digit()
        && last.is_ascii_digit()
    {
        return Some(Peeled { negative: false, body: text, currency: None });
    }
    let mut peeled = Peeled { negative: false, body: blank_trim(text), currency: None };
    let mut signed = false;
    loop {
        let body = peeled.body;
        if let Some(inner) = body.strip_prefix('(').and_then(|b| b.strip_suffix(')')) {
            peeled.negative = true;
            peeled.body = inner;
            if std::mem::replace(&mut signed, true) {
                return None;
            }
        } else if let Some((negative, rest)) = sign(body) {
            peeled.negative = negative;
            peeled.body = rest;
            if std::mem::replace(&mut signed, true) {
                return None;
            }
        } else if let Some((currency, rest)) = currency(body) {
            if peeled.currency.replace(currency).is_some() {
                return None;
            }
            peeled.body = rest;
        } else {
            return Some(peeled);
        }
        peeled.body = blank_trim(peeled.body);
    }
}

fn blank_trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace())
}

fn sign(text: &str) -> Option<(bool, &str)> {
    for minus in ['-', '\u{2212}'] {
        if let Some(rest) = text.strip_prefix(minus).or_else(|| text.strip_suffix(minus)) {
            return Some((true, rest));
        }
    }
    text.strip_prefix('+').map(|rest| (false, rest))
}

const SYMBOLS: [char; 4] = ['$', '€', '£', '¥'];

fn currency(text: &str) -> Option<(&str, &str)> {
    let first = text.chars().next()?;
    if first.is_ascii_digit() {
        return trailing_currency(text);
    }
    if SYMBOLS.contains(&first) {
        return Some(text.split_at(first.len_utf8()));
    }
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    if (1..=3).contains(&letters) && text[letters..].starts_with('$') {
        return Some(text.split_at(letters + 1));
    }
    if letters == 3 {
        return Some(text.split_at(3));
    }
    trailing_currency(text)
}

fn trailing_currency(text: &str) -> Option<(&str, &str)> {
    let last = text.chars().next_back()?;
    if SYMBOLS.contains(&last) {
        let (rest, currency) = text.split_at(text.len() - last.len_utf8());
        return Some((currency, rest));
    }
    let letters = text.bytes().rev().take_while(u8::is_ascii_alphabetic).count();
    (letters == 3).then(|| {
        let (rest, currency) = text.split_at(text.len() - 3);
        (currency, rest)
    })
}

/// Reads an amount to minor units of a currency with `exponent` decimals.
///
/// Cells of kind Number have a point and may carry binary noise: they are rounded when they
/// lie within a millionth of a whole minor unit.
pub(crate) fn read(text: &str, kind: CellKind, mark: Mark, exponent: u32) -> Result<i64, BadAmount> {
    let mark = match kind {
        CellKind::Text => mark,
        CellKind::Number => Mark::Point,
        _ => return Err(BadAmount::Unreadable),
    };
    let peeled = peel(text).ok_or(BadAmount::Unreadable)?;
    let noise = if kind == CellKind::Number { Noise::Rounded } else { Noise::Refused };
    let units = digits(peeled.body, mark, exponent, noise)?;
    let units = if peeled.negative { -units } else { units };
    i64::try_from(units).map_err(|_| BadAmount::Unreadable)
}

#[derive(Clone, Copy, PartialEq)]
enum Noise {
    Rounded,
    Refused,
}

fn digits(body: &str, mark: Mark, exponent: u32, noise: Noise) -> Result<i128, BadAmount> {
    let bytes = body.as_bytes();
    let mark_at = bytes.iter().rposition(|&b| b == mark.byte());
    let (whole, part) = match mark_at {
        Some(at) => (&body[..at], &bytes[at + 1..]),
        None => (body, &[][..]),
    };
    if whole.is_empty() && part.is_empty() || !part.iter().all(u8::is_ascii_digit) || part.len() > 30 {
        return Err(BadAmount::Unreadable);
    }
    let whole = grouped(whole, mark)?;
    let exponent = exponent as usize;
    let mut units = whole;
    for place in 0..exponent {
        units = units * 10 + i128::from(part.get(place).map_or(0, |b| b - b'0'));
    }
    let beyond = part.get(exponent..).unwrap_or(&[]);
    if beyond.iter().all(|&b| b == b'0') {
        return Ok(units);
    }
    let near = |digit: u8| beyond.len() >= 6 && beyond[..6].iter().all(|&b| b == digit);
    match noise {
        Noise::Rounded if near(b'0') => Ok(units),
        Noise::Rounded if near(b'9') => Ok(units + 1),
        _ => Err(BadAmount::TooManyDecimals),
    }
}

/// Whole units, plain or in groups of three with one kind of separator.
fn grouped(text: &str, mark: Mark) -> Result<i128, BadAmount> {
    let (mut units, mut group, mut separator, mut total) = (0i128, 0usize, None, 0usize);
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            units = units * 10 + i128::from(digit);
            group += 1;
            total += 1;
            if total > 18 {
                return Err(BadAmount::Unreadable);
            }
            continue;
        }
        let is_separator = match c {
            ',' => mark == Mark::Point,
            '.' => mark == Mark::Comma,
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' | '\'' | '\u{2019}' => true,
            _ => false,
        };
        let fits = match separator {
            None => (1..=3).contains(&group),
            Some(before) => before == c && group == 3,
        };
        if !is_separator || !fits {
            return Err(BadAmount::Unreadable);
        }
        separator = Some(c);
        group = 0;
    }
    if separator.is_some() && group != 3 {
        return Err(BadAmount::Unreadable);
    }
    Ok(units)
}

/// What one text says about the decimal mark of its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkEvidence {
    /// Both readings are the same, or neither is one.
    None,
    /// `1,234`: one thousand or one and a bit.
    Either,
    /// Only this mark makes sense.
    Only(Mark),
}

/// Judges one text.
pub(crate) fn evidence(text: &str, kind: CellKind) -> MarkEvidence {
    if kind != CellKind::Text {
        return MarkEvidence::None;
    }
    let Some(peeled) = peel(text) else {
        return MarkEvidence::None;
    };
    let body = peeled.body;
    let as_point = digits(body, Mark::Point, 18, Noise::Refused);
    let as_comma = digits(body, Mark::Comma, 18, Noise::Refused);
    match (as_point, as_comma) {
        (Ok(a), Ok(b)) if a == b => MarkEvidence::None,
        (Ok(_), Ok(_)) => MarkEvidence::Either,
        (Ok(_), Err(_)) => MarkEvidence::Only(Mark::Point),
        (Err(_), Ok(_)) => MarkEvidence::Only(Mark::Comma),
        (Err(_), Err(_)) => MarkEvidence::None,
    }
}

/// A percentage in millionths of a percent; at most six decimals count, further ones are cut.
pub(crate) fn read_percent(text: &str, kind: CellKind, mark: Mark) -> Option<i64> {
    let text = blank_trim(text.trim_end_matches('%'));
    let mark = if kind == CellKind::Number { Mark::Point } else { mark };
    let peeled = peel(text)?;
    if peeled.negative || peeled.currency.is_some() {
        return None;
    }
    let body = match peeled.body.bytes().rposition(|b| b == mark.byte()) {
        Some(at) if peeled.body.len() - at > 7 && peeled.body.is_char_boundary(at + 7) => {
            &peeled.body[..at + 7]
        }
        _ => peeled.body,
    };
    digits(body, mark, 6, Noise::Refused).ok().and_then(|units| i64::try_from(units).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_cent() {
        let check = |text: &str, mark, expected: Result<i64, BadAmount>| {
            assert_eq!(read(text, CellKind::Text, mark, 2), expected, "{text}");
        };
        let (point, comma) = (Mark::Point, Mark::Comma);
        for text in [
            "$1,234.50",
            "1234.5",
            " 1,234.50 ",
            "USD 1234.50",
            "1234.50 USD",
            "US$1,234.5",
            "1 234.50",
            "+1234.50",
            "1'234.50",
            "$ 1,234.500",
        ] {
            check(text, point, Ok(123_450));
        }
        for text in ["(50.00)", "50.00-", "-50", "-$50.00", "$-50", "($50.00)", "$(50.00)", "\u{2212}50"] {
            check(text, point, Ok(-5_000));
        }
        for text in ["1.234,50", "1234,5", "€1.234,50", "1.234,50 €", "1 234,50", "1\u{a0}234,50"] {
            check(text, comma, Ok(123_450));
        }
        check(".5", point, Ok(50));
        check("5.", point, Ok(500));
        check("0.005", point, Err(BadAmount::TooManyDecimals));
        check("1,234", comma, Err(BadAmount::TooManyDecimals));
        for text in [
            "",
            "$",
            "abc",
            "1,23",
            "1,2345.00",
            "12,34,567",
            "(-5)",
            "--5",
            "1.2.3",
            "1e5",
            "5 0",
            "1,234 567",
            "$5$",
            "NaN",
            ".",
            "99999999999999999999",
        ] {
            check(text, point, Err(BadAmount::Unreadable));
        }
        assert_eq!(read("1,234", CellKind::Text, point, 0), Ok(1_234));
        assert_eq!(read("1.5", CellKind::Text, point, 0), Err(BadAmount::TooManyDecimals));
    }

    #[test]
    fn binary_noise_of_a_workbook_is_rounded_and_no_more() {
        let number = |text| read(text, CellKind::Number, Mark::Comma, 2);
        assert_eq!(number("68.65999999999999"), Ok(6_866));
        assert_eq!(number("68.66000000000001"), Ok(6_866));
        assert_eq!(number("68.66499999999999"), Err(BadAmount::TooManyDecimals));
        assert_eq!(number("12.5"), Ok(1_250));
        assert_eq!(number("4.9E+17"), Err(BadAmount::Unreadable));
    }

    #[test]
    fn a_text_says_what_it_can_about_the_mark() {
        let check = |text, expected| assert_eq!(evidence(text, CellKind::Text), expected, "{text}");
        check("1,234.50", MarkEvidence::Only(Mark::Point));
        check("1.234,50", MarkEvidence::Only(Mark::Comma));
        check("12.5", MarkEvidence::Only(Mark::Point));
        check("12,50", MarkEvidence::Only(Mark::Comma));
        check("1,234,567", MarkEvidence::Only(Mark::Point));
        check("1,234", MarkEvidence::Either);
        check("1.234", MarkEvidence::Either);
        check("1234.567", MarkEvidence::Only(Mark::Point));
        check("500", MarkEvidence::None);
        check("n/a", MarkEvidence::None);
    }

    #[test]
    fn percentages_keep_six_decimals() {
        assert_eq!(read_percent("33.3333333333", CellKind::Text, Mark::Point), Some(33_333_333));
        assert_eq!(read_percent("50%", CellKind::Text, Mark::Point), Some(50_000_000));
        assert_eq!(read_percent("-5", CellKind::Text, Mark::Point), None);
    }
}
