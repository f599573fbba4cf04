//! The vendor's midnight: when not to send, and whether one has passed.

use heirloom_model::Moment;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// Minutes on either side of midnight in which nothing is sent, unless somebody says otherwise.
pub const GUARD_MINUTES: u32 = 15;

/// A band around midnight in which nothing is sent, so that no repeat straddles two imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guard {
    zone: TimeZone,
    minutes: u32,
}

/// Not the name of a zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("find the time zone \"{0}\": use a name such as America/New_York")]
pub struct UnknownZone(pub String);

impl Guard {
    /// A band of so many minutes (at most 6 hours) either side of midnight in an IANA zone.
    ///
    /// # Errors
    /// [`UnknownZone`].
    pub fn new(zone: &str, minutes: u32) -> Result<Self, UnknownZone> {
        let zone = TimeZone::get(zone).map_err(|_| UnknownZone(zone.to_owned()))?;
        Ok(Guard { zone, minutes: minutes.min(360) })
    }

    /// The end of the band that `now` lies in, if it lies in one.
    pub(crate) fn band_end(&self, now: Moment) -> Option<Moment> {
        let band = i64::from(self.minutes) * 60_000;
        let today = self.zoned(now)?.start_of_day().ok()?;
        let tomorrow = today.checked_add(1.day()).ok()?.start_of_day().ok()?;
        [today, tomorrow]
            .iter()
            .map(|midnight| Moment(midnight.timestamp().as_millisecond()))
            .find(|midnight| now.since_ms(*midnight).abs() < band)
            .map(|midnight| midnight.plus_ms(band))
    }

    /// How long nothing is sent between two moments, and after the later one if it lies in a band.
    pub(crate) fn pauses_ms(&self, from: Moment, to: Moment) -> i64 {
        // The band in which it begins counts up to its end; whole ones come after that.
        let begun = self.band_end(from).unwrap_or(from);
        let (Some(mut day), Some(last)) = (self.zoned(begun), self.zoned(to)) else {
            return 0;
        };
        let mut pauses_ms = begun.since_ms(from);
        // A plan of more than a year is no forecast.
        for _ in 0..366 {
            if day.date() >= last.date() {
                break;
            }
            let Ok(next) = day.start_of_day().and_then(|start| start.checked_add(1.day())) else {
                break;
            };
            pauses_ms += 2 * i64::from(self.minutes) * 60_000;
            day = next;
        }
        pauses_ms
    }

    /// Whether a midnight of the zone lies between two moments; when in doubt, yes.
    pub(crate) fn midnight_between(&self, earlier: Moment, later: Moment) -> bool {
        match (self.zoned(earlier), self.zoned(later)) {
            (Some(a), Some(b)) => a.date() != b.date(),
            _ => true,
        }
    }

    fn zoned(&self, at: Moment) -> Option<Zoned> {
        let stamp = Timestamp::from_millisecond(at.0).ok()?;
        Some(stamp.to_zoned(self.zone.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment(text.parse::<Timestamp>().unwrap().as_millisecond())
    }

    #[test]
    fn nothing_is_sent_around_the_vendors_midnight() {
        let guard = Guard::new("America/New_York", 15).unwrap();
        let check = |now: &str, end: Option<&str>| {
            assert_eq!(guard.band_end(at(now)), end.map(at), "{now}");
        };
        check("2026-11-23T04:44:59Z", None);
        check("2026-11-23T04:45:01Z", Some("2026-11-23T05:15:00Z"));
        check("2026-11-23T05:00:00Z", Some("2026-11-23T05:15:00Z"));
        check("2026-11-23T05:14:59Z", Some("2026-11-23T05:15:00Z"));
        check("2026-11-23T05:15:00Z", None);
        check("2026-07-01T03:50:00Z", Some("2026-07-01T04:15:00Z"));
        assert!(Guard::new("Mars/Olympus", 15).is_err());
    }

    #[test]
    fn each_band_pauses_once() {
        let guard = Guard::new("America/New_York", 15).unwrap();
        let minutes = |from: &str, to: &str| guard.pauses_ms(at(from), at(to)) / 60_000;
        assert_eq!(minutes("2026-11-23T01:00:00Z", "2026-11-23T04:00:00Z"), 0);
        assert_eq!(minutes("2026-11-23T01:00:00Z", "2026-11-23T07:00:00Z"), 30);
        assert_eq!(minutes("2026-11-23T04:50:00Z", "2026-11-23T07:00:00Z"), 25, "begun before midnight");
        assert_eq!(minutes("2026-11-23T05:05:00Z", "2026-11-23T07:00:00Z"), 10, "begun after it");
        assert_eq!(minutes("2026-11-23T04:50:00Z", "2026-11-24T07:00:00Z"), 55);
    }

    #[test]
    fn a_midnight_is_the_zones_own() {
        let guard = Guard::new("America/New_York", 15).unwrap();
        let between = |a: &str, b: &str| guard.midnight_between(at(a), at(b));
        assert!(!between("2026-11-22T23:00:00Z", "2026-11-23T04:59:00Z"));
        assert!(between("2026-11-23T04:59:59Z", "2026-11-23T05:00:00Z"));
        assert!(between("2026-11-01T03:59:00Z", "2026-11-01T04:01:00Z"));
    }
}
