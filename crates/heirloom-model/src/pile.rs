//! Piles: the closed list of places in which a row can be, and sums over them.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Currency, Money};

/// Where a row is. Every row of a counted file is in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Pile {
    /// Left out by a named rule of the mapping.
    Excluded,
    /// Waits for a person to correct the data or the mapping.
    Held,
    /// Left out by a person, with a reason.
    SetAside,
    /// Replaced by the same row of a newer edition of its file.
    Superseded,
    /// A repeat of another row, worth nothing by itself.
    Repeat,
    /// Mapped and due in the next plan.
    Ready,
    /// Mapped; its donor is not yet known to exist at the vendor.
    WaitingForDonor,
    /// In a plan, not yet sent.
    Unsent,
    /// Sent, and nobody knows whether it arrived.
    InDoubt,
    /// In doubt, looked for, not found: a person must rule.
    Parked,
    /// Refused by the vendor with a reason.
    Refused,
    /// Accepted; waits at the vendor for the night, for Run, or for a person's match.
    Waiting,
    /// Seen at the vendor under its own id.
    Confirmed,
    /// Discarded at the vendor by a person.
    Discarded,
}

impl Pile {
    /// All piles, in the order in which reports show them.
    pub const ALL: [Pile; 14] = [
        Pile::Excluded,
        Pile::Held,
        Pile::SetAside,
        Pile::Superseded,
        Pile::Repeat,
        Pile::Ready,
        Pile::WaitingForDonor,
        Pile::Unsent,
        Pile::InDoubt,
        Pile::Parked,
        Pile::Refused,
        Pile::Waiting,
        Pile::Confirmed,
        Pile::Discarded,
    ];

    /// The one text form: database, command line and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Pile::Excluded => "excluded",
            Pile::Held => "held",
            Pile::SetAside => "set aside",
            Pile::Superseded => "superseded",
            Pile::Repeat => "repeat",
            Pile::Ready => "ready",
            Pile::WaitingForDonor => "waiting for donor",
            Pile::Unsent => "unsent",
            Pile::InDoubt => "in doubt",
            Pile::Parked => "parked",
            Pile::Refused => "refused",
            Pile::Waiting => "waiting at the vendor",
            Pile::Confirmed => "confirmed",
            Pile::Discarded => "discarded",
        }
    }

    /// The inverse of [`Pile::as_str`].
    pub fn parse(text: &str) -> Option<Pile> {
        Pile::ALL.into_iter().find(|p| p.as_str() == text)
    }
}

impl fmt::Display for Pile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a row is counted under; `None` is the bucket *unknown*.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Bucket {
    /// Currency of the amount.
    pub currency: Option<Currency>,
    /// Calendar year of the gift.
    pub year: Option<i16>,
    /// Project code; a split gift counts under each of its designations.
    pub fund: Option<String>,
    /// Gift type, by its text form.
    pub gift_type: Option<String>,
}

/// A count and a total in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// Rows (or designations, in fund tables).
    pub rows: u64,
    /// Minor units; rows whose amount cannot be read add nothing.
    pub minor: i128,
}

impl Tally {
    /// Adds one row.
    pub fn add(&mut self, amount: Option<Money>) {
        self.rows += 1;
        self.minor += amount.map_or(0, |m| i128::from(m.minor()));
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: Tally) {
        self.rows += other.rows;
        self.minor += other.minor;
    }
}

/// One line of a table of piles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PileLine {
    /// The pile.
    pub pile: Pile,
    /// The rule's name, for [`Pile::Excluded`]; the reason, for [`Pile::SetAside`].
    pub rule: Option<String>,
    /// What the rows are counted under.
    pub bucket: Bucket,
    /// How many and how much.
    pub tally: Tally,
    /// How many gifts the rows make; fewer where a gift stands on several, none where a row is no gift.
    pub gifts: u64,
}

impl PileLine {
    /// Sums lines by a key.
    pub fn sum_by<K: Ord>(lines: &[PileLine], key: impl Fn(&PileLine) -> K) -> BTreeMap<K, Tally> {
        let mut sums: BTreeMap<K, Tally> = BTreeMap::new();
        for line in lines {
            sums.entry(key(line)).or_default().merge(line.tally);
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pile_has_one_text_form() {
        for pile in Pile::ALL {
            assert_eq!(Pile::parse(pile.as_str()), Some(pile));
        }
    }
}
