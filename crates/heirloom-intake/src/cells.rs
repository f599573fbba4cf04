//! A workbook's cell value as text and kind.

use std::fmt::Write;

use calamine::{CellErrorType, Data, DataRef, ExcelDateTime, ExcelDateTimeType};
use heirloom_model::{CellKind, GiftDate};

/// From here on a binary float no longer holds every integer, so an id is damaged.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
/// Smaller numbers are noise of binary arithmetic and are shown as Excel shows them.
const PLAIN_MIN: f64 = 1e-6;
/// The first serial after 9999-12-31, in the 1900 and the 1904 date system.
const SERIAL_END_1900: f64 = 2_958_466.0;
const SERIAL_END_1904: f64 = 2_957_004.0;
const DAY_SECONDS: f64 = 86_400.0;

/// A cell's value, whichever way calamine hands it over.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Empty,
    Text(&'a str),
    Int(i64),
    Float(f64),
    Bool(bool),
    Serial(ExcelDateTime),
    Iso(&'a str),
    Error(&'a CellErrorType),
    /// An error that its format keeps as text.
    ErrorText(&'a str),
}

impl<'a> From<&'a DataRef<'_>> for Value<'a> {
    fn from(value: &'a DataRef<'_>) -> Self {
        match value {
            DataRef::Empty => Value::Empty,
            DataRef::String(text) => Value::Text(text),
            DataRef::SharedString(text) => Value::Text(text),
            DataRef::Int(number) => Value::Int(*number),
            DataRef::Float(number) => Value::Float(*number),
            DataRef::Bool(truth) => Value::Bool(*truth),
            DataRef::DateTime(serial) => Value::Serial(*serial),
            DataRef::DateTimeIso(text) => Value::Iso(text),
            DataRef::DurationIso(text) => Value::Text(text),
            DataRef::Error(error) => Value::Error(error),
        }
    }
}

impl<'a> From<&'a Data> for Value<'a> {
    fn from(value: &'a Data) -> Self {
        match value {
            Data::Empty => Value::Empty,
            Data::String(text) => Value::Text(text),
            Data::Int(number) => Value::Int(*number),
            Data::Float(number) => Value::Float(*number),
            Data::Bool(truth) => Value::Bool(*truth),
            Data::DateTime(serial) => Value::Serial(*serial),
            Data::DateTimeIso(text) => Value::Iso(text),
            Data::DurationIso(text) => Value::Text(text),
            Data::Error(error) => Value::Error(error),
        }
    }
}

/// Writes the value's text into `out` (cleared first) and tells its kind.
pub(crate) fn render(value: Value<'_>, out: &mut String) -> CellKind {
    out.clear();
    match value {
        Value::Empty | Value::Text("") => CellKind::Empty,
        Value::Text(text) => {
            out.push_str(text);
            CellKind::Text
        }
        Value::Int(number) if number.unsigned_abs() < EXACT_MAX as u64 => {
            put(out, format_args!("{number}"));
            CellKind::Number
        }
        Value::Int(number) => float(number as f64, out),
        Value::Float(number) => float(number, out),
        Value::Bool(truth) => {
            out.push_str(if truth { "TRUE" } else { "FALSE" });
            CellKind::Bool
        }
        Value::Serial(serial) => date(serial, out),
        Value::Iso(text) => iso(text, out),
        Value::Error(error) => {
            put(out, format_args!("{error}"));
            CellKind::Error
        }
        Value::ErrorText(text) => {
            out.push_str(text);
            CellKind::Error
        }
    }
}

/// Whether a text is what a spreadsheet shows for an error. OpenDocument keeps errors as text.
pub(crate) fn is_error_text(text: &str) -> bool {
    matches!(text, "#DIV/0!" | "#N/A" | "#NAME?" | "#NULL!" | "#NUM!" | "#REF!" | "#VALUE!")
        || text
            .strip_prefix("Err:")
            .is_some_and(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()))
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a string cannot fail");
}

/// The shortest decimal that reads back as the same number; exponents only where digits were lost.
fn float(number: f64, out: &mut String) -> CellKind {
    let size = number.abs();
    if !number.is_finite() {
        out.push_str("#NUM!");
        return CellKind::Error;
    }
    if number == 0.0 {
        out.push('0');
    } else if !(PLAIN_MIN..EXACT_MAX).contains(&size) {
        let text = format!("{number:E}");
        match text.split_once('E') {
            Some((digits, exponent)) if !exponent.starts_with('-') => {
                put(out, format_args!("{digits}E+{exponent}"));
            }
            _ => out.push_str(&text),
        }
    } else {
        put(out, format_args!("{number}"));
    }
    CellKind::Number
}

fn date(serial: ExcelDateTime, out: &mut String) -> CellKind {
    let value = serial.as_f64();
    if serial.is_duration() {
        return float(value, out);
    }
    let is_1904 = serial == ExcelDateTime::new(value, ExcelDateTimeType::DateTime, true);
    let end = if is_1904 { SERIAL_END_1904 } else { SERIAL_END_1900 };
    let seconds = (value * DAY_SECONDS).round();
    let rounded = seconds / DAY_SECONDS;
    if !(0.0..end).contains(&rounded) {
        return impossible(value, out);
    }
    let whole = ExcelDateTime::new(rounded, ExcelDateTimeType::DateTime, is_1904);
    let (year, month, day, hour, minute, second, _) = whole.to_ymd_hms_milli();
    let time = (hour, minute, second);
    if !is_1904 && rounded < 1.0 {
        // Day 0 is no day: Excel shows a time of day, or the impossible 1900-01-00.
        if time == (0, 0, 0) {
            return impossible(value, out);
        }
        put(out, format_args!("{hour:02}:{minute:02}:{second:02}"));
        return CellKind::Text;
    }
    if !exists(i32::from(year), month, day) {
        return impossible(value, out);
    }
    put(out, format_args!("{year:04}-{month:02}-{day:02}"));
    if time != (0, 0, 0) {
        put(out, format_args!("T{hour:02}:{minute:02}:{second:02}"));
    }
    CellKind::Date
}

fn impossible(value: f64, out: &mut String) -> CellKind {
    let mut number = String::new();
    float(value, &mut number);
    put(out, format_args!("impossible date {number}"));
    CellKind::Error
}

fn exists(year: i32, month: u8, day: u8) -> bool {
    let year = i16::try_from(year).ok();
    let (month, day) = (i8::try_from(month).ok(), i8::try_from(day).ok());
    matches!((year, month, day), (Some(y), Some(m), Some(d)) if GiftDate::new(y, m, d).is_some())
}

/// `2021-01-01`, with a time only if it is not midnight; anything else stays text.
fn iso(text: &str, out: &mut String) -> CellKind {
    let parsed = text.get(..10).and_then(|day| {
        let mut parts = day.split('-');
        let year = parts.next()?.parse::<i32>().ok()?;
        let month = parts.next()?.parse::<u8>().ok()?;
        let number = parts.next()?.parse::<u8>().ok()?;
        (parts.next().is_none() && day.is_ascii()).then_some((day, year, month, number))
    });
    let Some((day, year, month, number)) = parsed else {
        out.push_str(text);
        return CellKind::Text;
    };
    out.push_str(if exists(year, month, number) { day } else { text });
    if !exists(year, month, number) {
        return CellKind::Error;
    }
    let time = text[10..].trim_start_matches(['T', ' ']).get(..8);
    if let Some(time) = time.filter(|t| *t != "00:00:00" && t.is_ascii()) {
        put(out, format_args!("T{time}"));
    }
    CellKind::Date
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(value: Value<'_>, text: &str, kind: CellKind) {
        let mut out = String::from("left over");
        assert_eq!((render(value, &mut out), out.as_str()), (kind, text));
    }

    #[test]
    fn numbers_print_shortest_and_damaged_ids_show_it() {
        for (number, text) in [
            (125.0, "125"),
            (-0.0, "0"),
            (0.1 + 0.2, "0.30000000000000004"),
            (68.66499999999999, "68.66499999999999"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (9_007_199_254_740_992.0, "9.007199254740992E+15"),
            (9.22337203685478e19, "9.22337203685478E+19"),
            (1e-17, "1E-17"),
            (0.000001, "0.000001"),
        ] {
            check(Value::Float(number), text, CellKind::Number);
        }
        check(Value::Int(42), "42", CellKind::Number);
        check(Value::Int(i64::MAX), "9.223372036854776E+18", CellKind::Number);
        check(Value::Float(f64::NAN), "#NUM!", CellKind::Error);
    }

    #[test]
    fn serials_are_days_of_their_own_epoch_or_errors() {
        let serial =
            |value, epoch| Value::Serial(ExcelDateTime::new(value, ExcelDateTimeType::DateTime, epoch));
        for (value, epoch, text, kind) in [
            (45943.0, false, "2025-10-13", CellKind::Date),
            (45943.541, false, "2025-10-13T12:59:02", CellKind::Date),
            (44_197.999_999_9, false, "2021-01-02", CellKind::Date),
            (1.0, false, "1900-01-01", CellKind::Date),
            (59.0, false, "1900-02-28", CellKind::Date),
            (60.0, false, "impossible date 60", CellKind::Error),
            (61.0, false, "1900-03-01", CellKind::Date),
            (0.0, false, "impossible date 0", CellKind::Error),
            (0.604_166_666_7, false, "14:30:00", CellKind::Text),
            (0.0, true, "1904-01-01", CellKind::Date),
            (-1.0, false, "impossible date -1", CellKind::Error),
            (2_958_465.0, false, "9999-12-31", CellKind::Date),
            (2_958_466.0, false, "impossible date 2958466", CellKind::Error),
            (2_957_003.0, true, "9999-12-31", CellKind::Date),
            (2_957_004.0, true, "impossible date 2957004", CellKind::Error),
        ] {
            check(serial(value, epoch), text, kind);
        }
    }

    #[test]
    fn iso_dates_keep_a_time_only_if_they_have_one() {
        for (given, text, kind) in [
            ("2021-01-01", "2021-01-01", CellKind::Date),
            ("2021-01-01T00:00:00", "2021-01-01", CellKind::Date),
            ("2021-01-01T10:20:30.5Z", "2021-01-01T10:20:30", CellKind::Date),
            ("2021-02-30", "2021-02-30", CellKind::Error),
            ("soon", "soon", CellKind::Text),
        ] {
            check(Value::Iso(given), text, kind);
        }
    }

    #[test]
    fn an_error_is_never_empty() {
        check(Value::Error(&CellErrorType::NA), "#N/A", CellKind::Error);
        assert!(is_error_text("#DIV/0!") && is_error_text("Err:502"));
        assert!(!is_error_text("Err:x02") && !is_error_text("N/A"));
    }

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            any::<f64>(),
            any::<u64>().prop_map(f64::from_bits),
            -5.0e6..5.0e6_f64,
            (-10_i64..3_000_000, 0_i64..=86_400).prop_map(|(d, s)| d as f64 + s as f64 / DAY_SECONDS),
        ]
    }

    proptest! {
        // More cases: PROPTEST_CASES=100000000.
        #[test]
        fn any_number_reads_back_as_itself(value in number()) {
            let mut out = String::new();
            if render(Value::Float(value), &mut out) == CellKind::Number {
                prop_assert_eq!(out.parse::<f64>().unwrap(), value);
            } else {
                prop_assert!(!value.is_finite());
            }
        }

        #[test]
        fn any_serial_is_a_day_that_exists_or_an_error(value in number(), is_1904 in any::<bool>(), span in any::<bool>()) {
            let kind = if span { ExcelDateTimeType::TimeDelta } else { ExcelDateTimeType::DateTime };
            let mut out = String::new();
            if render(Value::Serial(ExcelDateTime::new(value, kind, is_1904)), &mut out) == CellKind::Date {
                let mut parts = out[..10].split('-').map(|p| p.parse::<i16>().unwrap());
                let mut next = || parts.next().unwrap();
                let (y, m, d) = (next(), next(), next());
                prop_assert!(GiftDate::new(y, m as i8, d as i8).is_some(), "{out}");
            }
        }

        #[test]
        fn any_text_that_claims_to_be_a_date_is_one_or_stays_text(text in "\\PC{0,24}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]?[0-9:.Z]{0,12}") {
            let mut out = String::new();
            render(Value::Iso(&text), &mut out);
        }
    }
}
