//! Dates as people and spreadsheets write them: the shape of a text is judged first, then read.

use heirloom_model::GiftDate;

/// The order of day, month and year in dates such as `3/7/1998`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Mdy,
    Dmy,
    Ymd,
}

impl Order {
    pub const ALL: [Order; 3] = [Order::Mdy, Order::Dmy, Order::Ymd];

    pub fn in_words(self) -> &'static str {
        match self {
            Order::Mdy => "month/day/year",
            Order::Dmy => "day/month/year",
            Order::Ymd => "year/month/day",
        }
    }
}

/// A year as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Year {
    Full(i16),
    Short(u8),
}

/// What a text says, before it is decided which number is the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Year, month and day are told apart by the text itself.
    Certain(Year, i8, i8),
    /// Two numbers and a year after them.
    Two(u8, u8, Year),
    /// Three short numbers: the year may also come first.
    Three(u8, u8, u8),
}

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadDate {
    /// No shape of a date.
    Unreadable,
    /// A date's shape, but no day of the calendar in this order.
    NoSuchDay,
    /// A two-digit year, and no pivot.
    ShortYear,
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Number(u32, usize),
    Word(&'a str),
}

/// Judges a text; `None` if it has no shape of a date.
pub(crate) fn shape(text: &str) -> Option<Shape> {
    if let Some(iso) = iso(text.as_bytes()) {
        return Some(iso);
    }
    let (tokens, count) = tokens(without_time(text))?;
    let mut rest = &tokens[..count];
    if let [Token::Word(word), after @ ..] = rest
        && after.len() == 3
        && is_weekday(word)
    {
        rest = after;
    }
    match *rest {
        [Token::Number(n, 8)] => {
            let (y, m, d) = (n / 10_000, n / 100 % 100, n % 100);
            (y >= 1000).then_some(Shape::Certain(Year::Full(y as i16), m as i8, d as i8))
        }
        [Token::Number(y, 4), Token::Number(m, 1 | 2), Token::Number(d, 1 | 2)] => {
            Some(Shape::Certain(Year::Full(y as i16), m as i8, d as i8))
        }
        [Token::Number(a, 1 | 2), Token::Number(b, 1 | 2), Token::Number(y, 4)] => {
            Some(Shape::Two(a as u8, b as u8, Year::Full(y as i16)))
        }
        [Token::Number(a, 1 | 2), Token::Number(b, 1 | 2), Token::Number(c, 2)] => {
            Some(Shape::Three(a as u8, b as u8, c as u8))
        }
        [Token::Word(m), Token::Number(d, 1 | 2), y] | [Token::Number(d, 1 | 2), Token::Word(m), y] => {
            Some(Shape::Certain(year(y)?, month(m)?, d as i8))
        }
        [y @ Token::Number(_, 4), Token::Word(m), Token::Number(d, 1 | 2)] => {
            Some(Shape::Certain(year(y)?, month(m)?, d as i8))
        }
        _ => None,
    }
}

/// `YYYY-MM-DD`, alone or before a time.
fn iso(bytes: &[u8]) -> Option<Shape> {
    if bytes.len() < 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    if bytes.len() > 10 && !matches!(bytes[10], b'T' | b' ') {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| {
        bytes[range]
            .iter()
            .try_fold(0u16, |sum, b| b.is_ascii_digit().then(|| sum * 10 + u16::from(b - b'0')))
    };
    let (y, m, d) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    Some(Shape::Certain(Year::Full(y as i16), m as i8, d as i8))
}

/// The part before a time of day.
fn without_time(text: &str) -> &str {
    let bytes = text.as_bytes();
    if let Some(colon) = bytes.iter().position(|&b| b == b':') {
        let hour = bytes[..colon].iter().rposition(|b| !b.is_ascii_digit());
        return hour.map_or("", |p| {
            text[..=p].trim_end_matches(|c: char| {
                c == ' ' || c == 'T' || c == ',' || c == '\u{a0}' || !c.is_ascii()
            })
        });
    }
    match bytes.iter().position(|&b| b == b'T') {
        Some(8) if bytes[..8].iter().all(u8::is_ascii_digit) => &text[..8],
        _ => text,
    }
}

fn tokens(text: &str) -> Option<([Token<'_>; 5], usize)> {
    let bytes = text.as_bytes();
    let mut found = [Token::Word(""); 5];
    let (mut count, mut at) = (0, 0);
    while at < bytes.len() {
        let start = at;
        let token = if bytes[at].is_ascii_digit() {
            while at < bytes.len() && bytes[at].is_ascii_digit() {
                at += 1;
            }
            if at - start > 8 {
                return None;
            }
            Token::Number(text[start..at].parse().ok()?, at - start)
        } else if bytes[at].is_ascii_alphabetic() {
            while at < bytes.len() && bytes[at].is_ascii_alphabetic() {
                at += 1;
            }
            let word = &text[start..at];
            let ordinal = ["st", "nd", "rd", "th"].iter().any(|o| word.eq_ignore_ascii_case(o));
            if ordinal && count > 0 && matches!(found[count - 1], Token::Number(..)) {
                continue;
            }
            Token::Word(word)
        } else if matches!(bytes[at], b'-' | b'/' | b'.' | b' ' | b',') {
            at += 1;
            continue;
        } else {
            return None;
        };
        if count == found.len() {
            return None;
        }
        found[count] = token;
        count += 1;
    }
    Some((found, count))
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month(word: &str) -> Option<i8> {
    if word.len() < 3 {
        return None;
    }
    let begins = |name: &&str| name.len() >= word.len() && name[..word.len()].eq_ignore_ascii_case(word);
    let found = MONTHS.iter().position(begins);
    let found = found.or_else(|| word.eq_ignore_ascii_case("sept").then_some(8));
    found.map(|index| index as i8 + 1)
}

fn is_weekday(word: &str) -> bool {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    word.len() >= 3
        && days.iter().any(|day| day.len() >= word.len() && day[..word.len()].eq_ignore_ascii_case(word))
}

fn year(token: Token<'_>) -> Option<Year> {
    match token {
        Token::Number(y, 4) => Some(Year::Full(y as i16)),
        Token::Number(y, 2) => Some(Year::Short(y as u8)),
        _ => None,
    }
}

/// The day a shape means in a column of this order.
pub(crate) fn resolve(shape: Shape, order: Order, pivot: Option<u8>) -> Result<GiftDate, BadDate> {
    let (year, month, day) = match (shape, order) {
        (Shape::Certain(year, month, day), _) => (year, month, day),
        (Shape::Two(a, b, year), Order::Mdy) => (year, a as i8, b as i8),
        (Shape::Two(a, b, year), Order::Dmy) => (year, b as i8, a as i8),
        (Shape::Two(..), Order::Ymd) => return Err(BadDate::NoSuchDay),
        (Shape::Three(a, b, c), Order::Mdy) => (Year::Short(c), a as i8, b as i8),
        (Shape::Three(a, b, c), Order::Dmy) => (Year::Short(c), b as i8, a as i8),
        (Shape::Three(a, b, c), Order::Ymd) => (Year::Short(a), b as i8, c as i8),
    };
    let year = match (year, pivot) {
        (Year::Full(year), _) => year,
        (Year::Short(short), Some(pivot)) if short < pivot => 2000 + i16::from(short),
        (Year::Short(short), Some(_)) => 1900 + i16::from(short),
        (Year::Short(_), None) => return Err(BadDate::ShortYear),
    };
    GiftDate::new(year, month, day).ok_or(BadDate::NoSuchDay)
}

/// Reads a trimmed text as a date of a column with this order.
pub(crate) fn read(text: &str, order: Order, pivot: Option<u8>) -> Result<GiftDate, BadDate> {
    resolve(shape(text).ok_or(BadDate::Unreadable)?, order, pivot)
}

/// A date of birth, of which day or month may be missing.
pub(crate) fn read_birth(
    text: &str,
    order: Order,
    pivot: Option<u8>,
) -> Option<(Option<i16>, Option<i8>, Option<i8>)> {
    if let Ok(date) = read(text, order, pivot) {
        let date = date.date();
        return Some((Some(date.year()), Some(date.month()), Some(date.day())));
    }
    let (tokens, count) = tokens(text)?;
    let fits = |y: u32, m: u32| (1..=12).contains(&m) && (1800..2200).contains(&y);
    match tokens[..count] {
        [Token::Number(y, 4)] if fits(y, 1) => Some((Some(y as i16), None, None)),
        [Token::Number(m, 1 | 2), Token::Number(y, 4)] | [Token::Number(y, 4), Token::Number(m, 1 | 2)]
            if fits(y, m) =>
        {
            Some((Some(y as i16), Some(m as i8), None))
        }
        [Token::Word(word), Token::Number(y, 4)] if fits(y, 1) => {
            Some((Some(y as i16), Some(month(word)?), None))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_written() {
        let check = |text: &str, order, expected: &str| {
            let read = read(text, order, Some(30)).map_or_else(|e| format!("{e:?}"), |d| d.to_string());
            assert_eq!(read, expected, "{text}");
        };
        check("1998-03-07", Order::Dmy, "1998-03-07");
        check("1998-03-07T00:00:00Z", Order::Dmy, "1998-03-07");
        check("1998-03-07 12:30", Order::Dmy, "1998-03-07");
        check("1998/3/7", Order::Dmy, "1998-03-07");
        check("3/7/1998", Order::Mdy, "1998-03-07");
        check("3/7/1998 12:00:00 AM", Order::Mdy, "1998-03-07");
        check("3.7.1998", Order::Dmy, "1998-07-03");
        check("03-07-98", Order::Mdy, "1998-03-07");
        check("03/07/29", Order::Mdy, "2029-03-07");
        check("98/3/07", Order::Ymd, "1998-03-07");
        check("19980307", Order::Mdy, "1998-03-07");
        check("19980307T101112", Order::Mdy, "1998-03-07");
        check("Mar 7, 1998", Order::Dmy, "1998-03-07");
        check("March 7th, 1998", Order::Dmy, "1998-03-07");
        check("7-Mar-98", Order::Mdy, "1998-03-07");
        check("7Mar1998", Order::Mdy, "1998-03-07");
        check("1998-Mar-7", Order::Mdy, "1998-03-07");
        check("Sat, 7 Mar 1998", Order::Mdy, "1998-03-07");
        check("Sept 3 2001", Order::Mdy, "2001-09-03");
        check("2/30/2001", Order::Mdy, "NoSuchDay");
        check("13/1/2001", Order::Mdy, "NoSuchDay");
        check("1998-02-30", Order::Mdy, "NoSuchDay");
        for bad in ["", "38289", "soon", "1998", "3/7", "07031998", "1/2/3/4", "3/7/199", "x-3-7"] {
            check(bad, Order::Mdy, "Unreadable");
        }
        assert_eq!(read_short("3/7/98"), Err(BadDate::ShortYear));
    }

    fn read_short(text: &str) -> Result<GiftDate, BadDate> {
        read(text, Order::Mdy, None)
    }

    #[test]
    fn a_birthday_may_be_known_in_part() {
        let birth = |text| read_birth(text, Order::Mdy, None);
        assert_eq!(birth("3/7/1950"), Some((Some(1950), Some(3), Some(7))));
        assert_eq!(birth("1950"), Some((Some(1950), None, None)));
        assert_eq!(birth("Mar 1950"), Some((Some(1950), Some(3), None)));
        assert_eq!(birth("13/1950"), None);
    }
}
