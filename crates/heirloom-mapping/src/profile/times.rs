//! What the dates of a column say: in which order they are written, and from when to when they reach.

use heirloom_model::{CellKind, GiftDate};

use super::oddity::Votes;
use crate::dates::{Order, Shape, Year, resolve, shape};

/// Years that a date of a donor system may have; outside of them it is some other number.
const YEARS: std::ops::RangeInclusive<i16> = 1800..=2199;

/// First and last day of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateSpan {
    /// The first.
    pub first: GiftDate,
    /// The last.
    pub last: GiftDate,
}

/// The pivot with which two-digit years are shown; a mapping has to say its own.
const SHOWN_PIVOT: u8 = 40;

/// The dates of a column.
#[derive(Default)]
pub(super) struct Times {
    month_first: Option<DateSpan>,
    day_first: Option<DateSpan>,
    pub month: Votes,
    pub day: Votes,
    pub open: Votes,
    pub short_years: Votes,
    pub placeholders: Votes,
}

/// Whether a text is a day, in some order.
pub(super) fn is_day(text: &str) -> bool {
    let Some(found) = shape(text) else { return false };
    [Order::Mdy, Order::Dmy, Order::Ymd].into_iter().any(|order| {
        resolve(found, order, Some(SHOWN_PIVOT)).is_ok_and(|day| YEARS.contains(&day.date().year()))
    })
}

impl Times {
    pub fn add(&mut self, text: &str, kind: CellKind, row_number: u32) {
        let Some(found) = shape(text) else { return };
        for (order, span) in [(Order::Mdy, &mut self.month_first), (Order::Dmy, &mut self.day_first)] {
            if let Ok(day) = resolve(found, order, Some(SHOWN_PIVOT)) {
                let span = span.get_or_insert(DateSpan { first: day, last: day });
                span.first = span.first.min(day);
                span.last = span.last.max(day);
                if order == Order::Mdy && is_placeholder(day) {
                    self.placeholders.add(row_number);
                }
            }
        }
        if kind == CellKind::Date {
            return;
        }
        let (a, b, year) = match found {
            Shape::Two(a, b, year) => (a, b, year),
            Shape::Three(a, b, c) => (a, b, Year::Short(c)),
            Shape::Certain(year, _, _) => (0, 0, year),
        };
        if matches!(year, Year::Short(_)) {
            self.short_years.add(row_number);
        }
        match (a, b) {
            (13..=31, 1..=12) => self.day.add(row_number),
            (1..=12, 13..=31) => self.month.add(row_number),
            (1..=12, 1..=12) if a != b => self.open.add(row_number),
            _ => {}
        }
    }

    /// How the column is written, where it says so.
    pub fn order(&self) -> Option<Order> {
        match (self.month.count, self.day.count) {
            (0, 0) => None,
            (month, day) if day > month => Some(Order::Dmy),
            _ => Some(Order::Mdy),
        }
    }

    /// From when to when it reaches, in the order that prevails.
    pub fn span(&self) -> Option<DateSpan> {
        match self.order() {
            Some(Order::Dmy) => self.day_first,
            _ => self.month_first.or(self.day_first),
        }
    }
}

/// Days that systems write for "unknown".
fn is_placeholder(day: GiftDate) -> bool {
    let date = day.date();
    let (year, month, day) = (date.year(), date.month(), date.day());
    matches!((year, month, day), (1900, 1, 0..=2) | (1899, 12, 30 | 31) | (1800 | 1753 | 1901, 1, 1))
        || year >= 2150
}
