//! Civil time: stamps as the vendor writes them, days in the organization's zone, and when the next midnight is.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Milliseconds of a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// An instant, clamped to what a calendar can hold.
fn timestamp(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(if ms < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// The instant's date and time in UTC.
fn utc(ms: i64) -> DateTime {
    TimeZone::UTC.to_datetime(timestamp(ms))
}

/// The zone of that IANA name; UTC when there is none.
pub(crate) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// The day at an instant in a zone.
pub(crate) fn day(zone: &TimeZone, ms: i64) -> Date {
    zone.to_datetime(timestamp(ms)).date()
}

/// The first instant of the day after, in milliseconds.
pub(crate) fn next_midnight(zone: &TimeZone, ms: i64) -> i64 {
    let tomorrow = day(zone, ms).saturating_add(1.day());
    match tomorrow.to_zoned(zone.clone()) {
        Ok(start) if start.timestamp().as_millisecond() > ms => start.timestamp().as_millisecond(),
        _ => ms.saturating_add(DAY_MS),
    }
}

/// `2026-11-23T00:34:12.25`: UTC without a zone, 0 to 3 fraction digits.
pub(crate) fn stamp(ms: i64) -> String {
    let at = utc(ms);
    let whole = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    );
    let fraction = ms.rem_euclid(1000);
    if fraction == 0 { whole } else { format!("{whole}.{fraction:03}").trim_end_matches('0').to_string() }
}

/// A stamp with up to `digits` fraction digits: what is finer than the clock follows from the instant itself.
pub(crate) fn stamp_to(ms: i64, digits: u8) -> String {
    let whole = stamp(ms - ms.rem_euclid(1000));
    let finer = ms.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let fraction = format!("{:03}{:04}", ms.rem_euclid(1000), finer % 10_000);
    let fraction = fraction[..usize::from(digits.min(7))].trim_end_matches('0');
    if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") }
}

/// `Mon, 23 Nov 2026 00:34:12 GMT`.
pub(crate) fn http_date(ms: i64) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = utc(ms);
    let weekday = DAYS[at.weekday().to_monday_zero_offset() as usize % 7];
    let month = MONTHS[(at.month() as usize + 11) % 12];
    format!(
        "{weekday}, {:02} {month} {:04} {:02}:{:02}:{:02} GMT",
        at.day(),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// Reads a date as the vendor does: ISO (a time after it is ignored), `M/D/YYYY` or `M.D.YYYY`.
pub(crate) fn read_day(text: &str) -> Option<Date> {
    let text = text.trim();
    let text = text.split(['T', ' ']).next()?;
    let separator = ['-', '/', '.'].into_iter().find(|mark| text.contains(*mark))?;
    let parts: Vec<i32> = text.split(separator).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [a, b, c] = parts[..] else { return None };
    let (year, month, day) = if separator == '-' { (a, b, c) } else { (c, a, b) };
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Reads a date in ISO form (a time after it is ignored), and in no other.
pub(crate) fn read_iso_day(text: &str) -> Option<Date> {
    read_day(text).filter(|day| text.trim().starts_with(&day.to_string()))
}

/// Milliseconds since 1970 of the day's first instant, as if its zone were UTC.
pub(crate) fn day_ms(day: Date) -> i64 {
    let start = day.to_datetime(jiff::civil::Time::midnight());
    TimeZone::UTC.to_timestamp(start).map_or(0, |at| at.as_millisecond())
}

/// Reads a date, or a date with `THH:MM[:SS[.fff]][Z]`, as an instant in UTC.
pub(crate) fn read_instant(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches('Z');
    if text.contains('-') && (text.contains('T') || text.contains(' ')) {
        let at: DateTime = text.replace(' ', "T").parse().ok()?;
        return TimeZone::UTC.to_timestamp(at).ok().map(|at| at.as_millisecond());
    }
    read_day(text).map(day_ms)
}

/// Reads what a query may say for a date: an instant, a day, or a word such as `30 Days Ago`.
/// A word that names a span (`This Calendar Year`) stands for its first day.
pub(crate) fn read_literal(text: &str, today: Date) -> Option<i64> {
    let day = match text.to_ascii_lowercase().as_str() {
        "today" => today,
        "yesterday" => today.saturating_sub(1.day()),
        "tomorrow" => today.saturating_add(1.day()),
        "last sunday" => {
            let since = i64::from(today.weekday().to_sunday_zero_offset());
            today.saturating_sub(if since == 0 { 7 } else { since }.days())
        }
        "one week from now" => today.saturating_add(7.days()),
        "start of this month" => today.first_of_month(),
        "this calendar year" => today.first_of_year(),
        "30 days ago" => today.saturating_sub(30.days()),
        "60 days ago" => today.saturating_sub(60.days()),
        "90 days ago" => today.saturating_sub(90.days()),
        "180 days ago" => today.saturating_sub(180.days()),
        "270 days ago" => today.saturating_sub(270.days()),
        "one year ago" => today.saturating_sub(1.year()),
        "two years ago" => today.saturating_sub(2.years()),
        _ => return read_instant(text),
    };
    Some(day_ms(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_three_spellings() {
        for (text, expected) in [
            ("2016-11-29", Some("2016-11-29")),
            ("2016-11-29T00:00:00", Some("2016-11-29")),
            ("7/1/2018", Some("2018-07-01")),
            ("7.1.2018", Some("2018-07-01")),
            ("2016-02-30", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(read_day(text).map(|day| day.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn words_for_days_are_read_from_today() {
        let today = read_day("2026-11-23").unwrap(); // a Monday
        for (word, expected) in [
            ("Today", "2026-11-23"),
            ("Yesterday", "2026-11-22"),
            ("Tomorrow", "2026-11-24"),
            ("Last Sunday", "2026-11-22"),
            ("One week from now", "2026-11-30"),
            ("Start Of This Month", "2026-11-01"),
            ("This Calendar Year", "2026-01-01"),
            ("30 Days Ago", "2026-10-24"),
            ("270 Days Ago", "2026-02-26"),
            ("Two Years Ago", "2024-11-23"),
            ("11/23/2016", "2016-11-23"),
        ] {
            assert_eq!(read_literal(word, today), read_instant(expected), "{word}");
        }
        assert_eq!(read_literal("Someday", today), None);
    }

    #[test]
    fn stamps_have_no_zone_and_no_trailing_zeros() {
        assert_eq!(stamp(1_700_000_000_000), "2023-11-14T22:13:20");
        assert_eq!(stamp(1_700_000_000_250), "2023-11-14T22:13:20.25");
        for digits in 0..=7 {
            let at = stamp_to(1_700_000_000_251, digits);
            assert!(at.len() <= 20 + usize::from(digits), "{at}");
            let expected = [0, 200, 250, 251][usize::from(digits.min(3))];
            assert_eq!(read_instant(&at), Some(1_700_000_000_000 + expected), "{at}");
        }
        assert_eq!(stamp_to(1_700_000_000_251, 7).len(), 27);
        assert_eq!(http_date(1_700_000_000_000), "Tue, 14 Nov 2023 22:13:20 GMT");
        assert_eq!(read_instant(&stamp(1_700_000_000_250)), Some(1_700_000_000_250));
    }

    #[test]
    fn midnight_follows_the_zone_through_a_change_of_clocks() {
        let zone = zone("America/New_York");
        let evening = read_instant("2026-03-08T04:30:00").unwrap(); // 7 March, 23:30
        let first = next_midnight(&zone, evening);
        assert_eq!(stamp(first), "2026-03-08T05:00:00");
        assert_eq!(stamp(next_midnight(&zone, first)), "2026-03-09T04:00:00");
    }
}
