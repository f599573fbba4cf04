//! What the numbers of a column come to, under either decimal mark, in exact ten-thousandths.

use heirloom_model::CellKind;

use super::oddity::Votes;
use crate::number::{Mark, MarkEvidence, evidence, read};

/// Decimals that are counted; finer ones leave the sum open.
pub(super) const EXPONENT: u32 = 4;

/// Smallest, largest and sum of a column, in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The smallest.
    pub min: i64,
    /// The largest.
    pub max: i64,
    /// All together.
    pub sum: i128,
    /// How many cells were read.
    pub cells: u64,
    /// Cells below zero.
    pub negative: u64,
    /// Cells that are zero.
    pub zero: u64,
}

impl Range {
    fn add(range: &mut Option<Range>, value: i64) {
        let range =
            range.get_or_insert(Range { min: value, max: value, sum: 0, cells: 0, negative: 0, zero: 0 });
        range.min = range.min.min(value);
        range.max = range.max.max(value);
        range.sum += i128::from(value);
        range.cells += 1;
        range.negative += u64::from(value < 0);
        range.zero += u64::from(value == 0);
    }

    /// A number of ten-thousandths with its decimals: two where two are enough.
    pub fn plain(value: i128) -> String {
        let sign = if value < 0 { "-" } else { "" };
        let digits = format!("{:05}", value.unsigned_abs());
        let (whole, part) = digits.split_at(digits.len() - EXPONENT as usize);
        let part = match part.trim_end_matches('0') {
            long if long.len() > 2 => long.to_owned(),
            _ => part[..2].to_owned(),
        };
        format!("{sign}{}.{part}", heirloom_model::group_thousands(whole))
    }
}

/// The numbers of a column.
#[derive(Default)]
pub(super) struct Numbers {
    point: Option<Range>,
    comma: Option<Range>,
    /// Cells that only make sense with a decimal point, a comma, or with either.
    pub points: Votes,
    pub commas: Votes,
    pub open: Votes,
}

impl Numbers {
    pub fn add(&mut self, text: &str, kind: CellKind, row_number: u32) {
        if let Ok(value) = read(text, kind, Mark::Point, EXPONENT) {
            Range::add(&mut self.point, value);
        }
        if let Ok(value) = read(text, kind, Mark::Comma, EXPONENT) {
            Range::add(&mut self.comma, value);
        }
        match evidence(text, kind) {
            MarkEvidence::None => {}
            MarkEvidence::Either => self.open.add(row_number),
            MarkEvidence::Only(Mark::Point) => self.points.add(row_number),
            MarkEvidence::Only(Mark::Comma) => self.commas.add(row_number),
        }
    }

    pub fn has_comma(&self) -> bool {
        self.commas.count > self.points.count
    }

    /// The range under the mark for which more cells speak.
    pub fn range(&self) -> Option<Range> {
        if self.has_comma() { self.comma } else { self.point }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact_under_the_mark_that_prevails() {
        let mut numbers = Numbers::default();
        for (row, text) in ["$1,234.50", "(4.25)", "0.00", "0.1"].into_iter().enumerate() {
            numbers.add(text, CellKind::Text, row as u32);
        }
        let range = numbers.range().unwrap();
        assert_eq!(Range::plain(range.sum), "1,230.35");
        assert_eq!((Range::plain(range.min.into()), range.negative, range.zero), ("-4.25".to_owned(), 1, 1));
        let mut numbers = Numbers::default();
        for text in ["1.234,50", "4,25"] {
            numbers.add(text, CellKind::Text, 2);
        }
        assert_eq!(Range::plain(numbers.range().unwrap().sum), "1,238.75");
    }
}
