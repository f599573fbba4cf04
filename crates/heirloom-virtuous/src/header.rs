//! Rate headers in every form seen or feared, read to bounded moments on our own clock.

use heirloom_model::Moment;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;

/// One hour: the vendor's window.
pub(crate) const HOUR_MS: i64 = 3_600_000;
/// A number up to this is seconds to go, above it an epoch.
const RELATIVE_MAX_S: i64 = 172_800;
/// A number above this is epoch milliseconds.
const EPOCH_MS_MIN: i64 = 100_000_000_000;
/// No header can make us wait longer.
const WAIT_MAX_MS: i64 = 24 * HOUR_MS;
/// A `Date` further away than this says nothing about clock skew.
const SKEW_MAX_MS: i64 = 48 * HOUR_MS;
/// A reset this little in the past is a matter of rounding.
const JUST_NOW_MS: i64 = 5 * 60_000;
const LIMIT_MAX: i64 = 10_000_000;

/// What one reply says about pace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RateHeaders {
    /// Requests in a window.
    pub limit: Option<u32>,
    /// Requests left in it.
    pub remaining: Option<u32>,
    /// When it ends; always after `now`, at most a day ahead.
    pub reset: Option<Moment>,
    /// `Retry-After`; never before `now`, at most a day ahead.
    pub retry_after: Option<Moment>,
}

/// Reads the headers of a reply that came at `now`; names are lower case.
pub(crate) fn read(headers: &[(String, String)], now: Moment) -> RateHeaders {
    let skew = get(headers, &["date"])
        .and_then(stamp)
        .map(|server| server.since_ms(now))
        .filter(|ms| ms.abs() <= SKEW_MAX_MS)
        .unwrap_or(0);
    let when = |names: &[&str]| get(headers, names).and_then(|text| moment(text, now, skew));
    RateHeaders {
        limit: get(headers, &["x-ratelimit-limit", "x-rate-limit-limit"])
            .and_then(number)
            .filter(|n| (1..=LIMIT_MAX).contains(n))
            .and_then(|n| u32::try_from(n).ok()),
        remaining: get(headers, &["x-ratelimit-remaining", "x-rate-limit-remaining"])
            .and_then(number)
            .map(|n| u32::try_from(n.clamp(0, LIMIT_MAX)).unwrap_or(0)),
        reset: when(&["x-ratelimit-reset", "x-rate-limit-reset"]).and_then(|at| reset(at, now)),
        retry_after: when(&["retry-after"]).map(|at| Moment(at.0.clamp(now.0, now.plus_ms(WAIT_MAX_MS).0))),
    }
}

fn get<'a>(headers: &'a [(String, String)], names: &[&str]) -> Option<&'a str> {
    headers.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.trim())
}

/// A reset in the future, or none: one far in the past or beyond a day is junk.
fn reset(at: Moment, now: Moment) -> Option<Moment> {
    match at.since_ms(now) {
        ms if (-JUST_NOW_MS..=WAIT_MAX_MS).contains(&ms) => Some(now.plus_ms(ms.max(1_000))),
        _ => None,
    }
}

/// Leading digits, so that `5000;w=3600` and `847.5` are read too.
fn number(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let tail = &rest[end..];
    let clean = tail.is_empty() || tail.starts_with(['.', ';', ',', ' ']);
    rest[..end].parse::<i64>().ok().filter(|_| clean).map(|n| n * sign)
}

/// A point in time on our clock, from seconds to go, epoch seconds, epoch milliseconds, an
/// HTTP date or ISO 8601. `skew_ms` is how far the server's clock is ahead of ours.
fn moment(text: &str, now: Moment, skew_ms: i64) -> Option<Moment> {
    let ours = |server_ms: i64| Moment(server_ms.saturating_sub(skew_ms));
    if let Some(stamp) = stamp(text) {
        return Some(ours(stamp.0));
    }
    match number(text)? {
        n if n < 0 => None,
        n if n > EPOCH_MS_MIN => Some(ours(n)),
        n if n > RELATIVE_MAX_S => Some(ours(n.saturating_mul(1_000))),
        n => Some(now.plus_ms(n * 1_000)),
    }
}

/// An HTTP date or ISO 8601 (without a zone: UTC).
pub(crate) fn stamp(text: &str) -> Option<Moment> {
    if let Ok(stamp) = DateTimeParser::new().parse_timestamp(text) {
        return Some(Moment(stamp.as_millisecond()));
    }
    if !text.contains('-') || text.starts_with('-') {
        return None;
    }
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(Moment(stamp.as_millisecond()));
    }
    let civil = text.parse::<DateTime>().ok()?;
    let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
    Some(Moment(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T12:00:00Z
    const NOW: Moment = Moment(1_795_435_200_000);

    fn headers(pairs: &[(&str, &str)]) -> RateHeaders {
        let owned: Vec<(String, String)> =
            pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        read(&owned, NOW)
    }

    #[test]
    fn every_form_of_reset_is_read_or_known_to_be_junk() {
        let check = |text: &str, expected_s: Option<i64>| {
            let seen = headers(&[("x-ratelimit-reset", text)]).reset;
            assert_eq!(seen.map(|m| m.since_ms(NOW) / 1_000), expected_s, "{text}");
        };
        check("1795435500", Some(300));
        check("1795435500000", Some(300));
        check("300", Some(300));
        check("0", Some(1));
        check("300.7", Some(300));
        check("Mon, 23 Nov 2026 12:05:00 GMT", Some(300));
        check("2026-11-23T12:05:00Z", Some(300));
        check("2026-11-23T12:05:00.1234567", Some(300));
        check("2026-11-23T07:05:00-05:00", Some(300));
        check("1795435100", Some(1));
        for junk in ["", "soon", "-5", "1695435500", "4102444800", "99999999999999999999", "12abc"] {
            check(junk, None);
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_and_never_endless() {
        let check = |text: &str, expected_s: Option<i64>| {
            let seen = headers(&[("retry-after", text)]).retry_after;
            assert_eq!(seen.map(|m| m.since_ms(NOW) / 1_000), expected_s, "{text}");
        };
        check("847", Some(847));
        check("Mon, 23 Nov 2026 12:14:07 GMT", Some(847));
        check("Mon, 23 Nov 2020 12:14:07 GMT", Some(0));
        check("170000", Some(86_400));
        check("never", None);
    }

    #[test]
    fn a_wrong_clock_does_not_move_the_reset() {
        let seen = headers(&[
            ("date", "Mon, 23 Nov 2026 12:10:00 GMT"),
            ("x-ratelimit-reset", "1795436100"),
            ("x-ratelimit-limit", "5000"),
            ("x-rate-limit-remaining", "4,999"),
        ]);
        assert_eq!(seen.reset, Some(NOW.plus_ms(300_000)));
        assert_eq!((seen.limit, seen.remaining), (Some(5_000), Some(4)));
    }
}
