//! Promises: pledges and schedules of gifts. Never money of their own; what was paid of them is gifts.

use crate::{GiftDate, Money};

/// A row that promises money. Its amount, day and project are in the `Known` beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Promise {
    /// A pledge or a schedule.
    pub kind: PromiseKind,
    /// Its id in the old system, by which payments name it; empty if it has none.
    pub id: String,
    /// The legacy id of who promised; `None` is the agreed anonymous donor.
    pub donor: Option<String>,
    /// How often, as the old system writes it; empty if it does not.
    pub frequency: String,
    /// Active, completed, written off …, as the old system writes it; empty if it does not.
    pub status: String,
    /// When the last payment is expected.
    pub ends: Option<GiftDate>,
    /// The payments that were agreed, in the order of the file.
    pub installments: Vec<Installment>,
}

/// One payment that was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Installment {
    /// When it is expected.
    pub date: GiftDate,
    /// How much.
    pub amount: Money,
}

/// What kind of promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PromiseKind {
    /// A sum, to be paid at once or in parts.
    Pledge,
    /// An amount each month, quarter, year, with or without an end.
    Recurring,
}

impl PromiseKind {
    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            PromiseKind::Pledge => "pledge",
            PromiseKind::Recurring => "recurring gift",
        }
    }
}

/// The promise that a gift pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pays {
    /// What kind of promise.
    pub kind: PromiseKind,
    /// Its legacy id.
    pub id: String,
}
