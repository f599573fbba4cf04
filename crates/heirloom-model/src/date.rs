//! A gift's date: a calendar day, without time or zone.

use std::fmt;

use jiff::civil::Date;

/// The civil day on which a gift was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GiftDate(Date);

impl GiftDate {
    /// A day of the proleptic Gregorian calendar; `None` for 30 February and the like.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        Date::new(year, month, day).ok().map(GiftDate)
    }

    /// The day as `year * 10,000 + month * 100 + day`: sorts as the calendar does.
    pub fn to_number(self) -> i32 {
        i32::from(self.0.year()) * 10_000 + i32::from(self.0.month()) * 100 + i32::from(self.0.day())
    }

    /// The inverse of [`GiftDate::to_number`].
    pub fn from_number(number: i32) -> Option<Self> {
        let year = i16::try_from(number / 10_000).ok()?;
        let month = i8::try_from(number / 100 % 100).ok()?;
        let day = i8::try_from(number % 100).ok()?;
        Self::new(year, month, day)
    }

    /// The calendar year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The civil date itself.
    pub fn date(self) -> Date {
        self.0
    }
}

impl From<Date> for GiftDate {
    fn from(date: Date) -> Self {
        GiftDate(date)
    }
}

impl fmt::Display for GiftDate {
    /// ISO: `2026-03-14`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_survives_its_number() {
        let day = GiftDate::new(1998, 3, 7).unwrap();
        assert_eq!(day.to_number(), 19_980_307);
        assert_eq!(GiftDate::from_number(19_980_307), Some(day));
        assert_eq!(day.to_string(), "1998-03-07");
        assert_eq!(GiftDate::from_number(20_250_230), None);
    }
}
