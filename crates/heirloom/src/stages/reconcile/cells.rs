//! Totals by year, fund and type, on both sides: sealed here, and there.

use std::collections::BTreeMap;

use heirloom_model::{GiftDate, Money, Tally};
use heirloom_virtuous::{Parts, common_type};

use super::unseen::Unseen;

/// Year, fund and type; what cannot be read is `unknown`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Calendar year.
    pub year: Option<i16>,
    /// Project code, as sealed or as read.
    pub fund: String,
    /// Gift type, as tables show it.
    pub gift_type: String,
}

/// One cell: designations and minor units on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Sealed here.
    pub sealed: Tally,
    /// There, under our keys.
    pub there: Tally,
    /// Sealed, accepted, and not there yet.
    pub waiting: Tally,
    /// Sealed, and missing there.
    pub missing: Tally,
    /// Sealed, and nothing to compare or not read.
    pub not_checked: Tally,
    /// There under our source, never sealed here.
    pub unexpected: Tally,
}

impl Cell {
    /// Whether every designation and every cent sealed is accounted for.
    pub fn ties(&self) -> bool {
        let mut sum = self.there;
        [self.waiting, self.missing, self.not_checked].into_iter().for_each(|tally| sum.merge(tally));
        sum == self.sealed
    }
}

/// All cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cells(pub BTreeMap<Place, Cell>);

/// A gift as both sides can say it.
pub(super) struct Said<'a> {
    pub date: Option<GiftDate>,
    pub gift_type: &'a str,
    pub designations: &'a Parts,
}

impl Cells {
    /// The cells that do not tie.
    pub fn untied(&self) -> impl Iterator<Item = (&Place, &Cell)> {
        self.0.iter().filter(|(_, cell)| !cell.ties())
    }

    /// The sum of one side over all cells.
    pub fn sum(&self, side: impl Fn(&Cell) -> Tally) -> Tally {
        let mut sum = Tally::default();
        self.0.values().for_each(|cell| sum.merge(side(cell)));
        sum
    }

    pub(super) fn sealed(&mut self, said: &Said<'_>, unseen: Option<Unseen>) {
        self.each(said, |cell, amount| {
            cell.sealed.add(amount);
            match unseen {
                None => {}
                Some(Unseen::Waiting) => cell.waiting.add(amount),
                Some(Unseen::Missing) => cell.missing.add(amount),
                Some(Unseen::NotChecked) => cell.not_checked.add(amount),
            }
        });
    }

    pub(super) fn there(&mut self, said: &Said<'_>) {
        self.each(said, |cell, amount| cell.there.add(amount));
    }

    pub(super) fn unexpected(&mut self, said: &Said<'_>) {
        self.each(said, |cell, amount| cell.unexpected.add(amount));
    }

    fn each(&mut self, said: &Said<'_>, mut add: impl FnMut(&mut Cell, Option<Money>)) {
        for (fund, amount) in said.designations {
            let place = Place {
                year: said.date.map(|date| date.year()),
                fund: fund.to_uppercase(),
                gift_type: common_type(said.gift_type),
            };
            add(self.0.entry(place).or_default(), *amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heirloom_model::Currency;

    #[test]
    fn a_cell_ties_only_if_every_cent_sealed_is_accounted_for() {
        let parts = |minor| vec![("GEN".to_owned(), Some(Money::new(minor, Currency::USD)))];
        let (here, edited, code) = (parts(500), parts(501), parts(500));
        let date = GiftDate::new(2019, 3, 1);
        let said = |gift_type, designations| Said { date, gift_type, designations };
        let mut cells = Cells::default();
        cells.sealed(&said("EFT", &here), None);
        assert_eq!(cells.untied().count(), 1);
        cells.there(&said("Electronic Funds Transfer", &code));
        assert_eq!(cells.untied().count(), 0);
        cells.sealed(&said("EFT", &here), Some(Unseen::Missing));
        cells.unexpected(&said("EFT", &here));
        assert_eq!(cells.untied().count(), 0);
        cells.sealed(&said("EFT", &here), None);
        cells.there(&said("EFT", &edited));
        assert_eq!(cells.untied().count(), 1);
        let mut moved = Cells::default();
        moved.sealed(&said("EFT", &here), None);
        moved.there(&said("Check", &here));
        assert_eq!(moved.untied().count(), 2);
    }
}
