//! What mapping made of a row: the place it went to, with what is known of it there.

use crate::{Donor, Finding, Gift, GiftDate, Money, Promise, RowId, TenderKind};

/// One row's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The row.
    pub row: RowId,
    /// Which revision of it (0 is the file's own text; each correction adds one).
    pub revision: u32,
    /// Where it went.
    pub place: Place,
    /// What was noticed on the way. Held rows have at least one that blocks.
    pub findings: Vec<Finding>,
}

/// Where a row of a counted file can go.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// It is a gift, or the first row of one that stands on several rows.
    Gift(Box<Gift>),
    /// It is a further row of the gift that begins at `of`; its `amount` is inside that gift's.
    Part {
        /// The gift's first row.
        of: RowId,
        /// This row's own amount.
        amount: Money,
    },
    /// It is a donor.
    Donor(Box<Donor>),
    /// A named rule leaves it out.
    Excluded {
        /// The rule's name in the mapping.
        rule: String,
        /// What is known of it.
        known: Known,
        /// What it promises, if it is a pledge or a schedule of gifts.
        promise: Option<Box<Promise>>,
    },
    /// It waits for a person.
    Held {
        /// What is known of it.
        known: Known,
    },
    /// It repeats another row and is worth nothing by itself.
    Repeat {
        /// The row it repeats.
        of: RowId,
    },
}

/// A field of a row that was sent, and that reads otherwise now.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Changed {
    /// Its name, for people.
    pub field: String,
    /// What was sent.
    pub sent: String,
    /// What it reads as now.
    pub now: String,
}

/// What could be read of a row that does not go on, for tables by year, fund and type.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Known {
    /// The row's amount, if it can be read.
    pub amount: Option<Money>,
    /// The gift's date, if it can be read.
    pub date: Option<GiftDate>,
    /// The project code, if there is exactly one and it is mapped.
    pub project: Option<String>,
    /// The gift type, if it is mapped.
    pub tender: Option<TenderKind>,
    /// Whether the row is a donor's rather than a gift's.
    pub is_donor: bool,
}
