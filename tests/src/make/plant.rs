//! Planted mistakes: rows that must be held, each for one reason.

use super::gift::{Fate, Row, When};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    UnknownFund,
    ZeroAmount,
    NegativeAmount,
    FutureDate,
    OldDate,
    BadDate,
    BadAmount,
    UnknownDonor,
    SameId,
    ErrorCell,
    UnknownMethod,
    UnknownType,
    UnknownAppeal,
    StockWithoutShares,
    /// No mistake: the rows of a split gift stand far apart.
    SplitApart,
}

/// Where they stand among every 2,500 gifts.
const PLACES: &[(u64, Plant)] = &[
    (305, Plant::UnknownFund),
    (411, Plant::ZeroAmount),
    (520, Plant::SplitApart),
    (620, Plant::UnknownFund),
    (705, Plant::OldDate),
    (811, Plant::BadAmount),
    (930, Plant::UnknownFund),
    (1010, Plant::NegativeAmount),
    (1240, Plant::UnknownFund),
    (1333, Plant::BadDate),
    (1501, Plant::UnknownDonor),
    (1550, Plant::UnknownFund),
    (1611, Plant::SameId),
    (1750, Plant::ErrorCell),
    (1820, Plant::UnknownMethod),
    (1821, Plant::UnknownMethod),
    (1905, Plant::UnknownType),
    (1999, Plant::UnknownAppeal),
    (2100, Plant::StockWithoutShares),
    (2210, Plant::FutureDate),
    (2300, Plant::SplitApart),
    (2350, Plant::UnknownDonor),
];

/// The mistake planted in the gift at `number`.
pub fn at(number: u64) -> Option<Plant> {
    PLACES.iter().find(|(place, _)| *place == number % 2_500).map(|(_, plant)| *plant)
}

/// Makes the mistake in an otherwise good gift, and says what must become of it.
pub fn spoil(plant: Plant, rows: &mut Vec<Row>) -> Fate {
    rows.truncate(1);
    let row = &mut rows[0];
    plain(row);
    match plant {
        Plant::UnknownFund => {
            (row.fund, row.project, row.cents) = ("Bldg Fnd 98", "", 500_000);
            Fate::Held("G012")
        }
        Plant::ZeroAmount => {
            row.cents = 0;
            Fate::Held("G005")
        }
        Plant::NegativeAmount => {
            (row.cents, row.said) = (-7_500, Some("($75.00)"));
            Fate::Held("G006")
        }
        Plant::FutureDate => {
            row.when = When::Day(2042, 5, 14);
            Fate::Held("G002")
        }
        Plant::OldDate => {
            row.when = When::Day(1899, 12, 30);
            Fate::Held("G003")
        }
        Plant::BadDate => {
            row.when = When::Text("about Easter");
            Fate::Held("G001")
        }
        Plant::BadAmount => {
            (row.cents, row.said) = (0, Some("12O.OO"));
            Fate::Held("G004")
        }
        Plant::UnknownDonor => {
            (row.donor_id, row.donor_name) = ("99999999".into(), "Lost in 2013".into());
            Fate::Held("G010")
        }
        Plant::SameId => {
            let mut other = row.clone();
            other.donor_id = if row.donor_id == "10001" { "10002".into() } else { "10001".into() };
            other.donor_name = "Somebody else".into();
            rows.push(other);
            Fate::Held("G017")
        }
        Plant::ErrorCell => {
            (row.fund, row.project) = ("#N/A", "");
            Fate::Held("F003")
        }
        Plant::UnknownMethod => {
            row.method = "PayPal";
            Fate::Held("G013")
        }
        Plant::UnknownType => {
            row.kind = "Planned Gift";
            Fate::Held("G014")
        }
        Plant::UnknownAppeal => {
            row.appeal = "Gala Table 7";
            Fate::Held("G018")
        }
        Plant::StockWithoutShares => {
            (row.kind, row.method, row.symbol) = ("Stock/Property", "Other", "DEMO");
            Fate::Held("G019")
        }
        Plant::SplitApart => {
            let mut other = row.clone();
            (other.fund, other.project, other.cents) = ("Mobile Pantry", "MOBILE", 2_550);
            rows.push(other);
            Fate::Ready
        }
    }
}

/// A plain gift, so that the planted mistake is its only one.
fn plain(row: &mut Row) {
    row.kind = "Cash";
    row.cents = 12_000;
    row.method = "Cash";
    (row.fund, row.project) = ("General Operating", "GEN");
    row.check.clear();
    (row.subtype, row.symbol) = ("", "");
    row.units.clear();
}
