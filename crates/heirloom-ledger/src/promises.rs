//! Pledges and schedules among the excluded rows, and what gifts paid of them.

use std::collections::BTreeMap;

use heirloom_model::{Known, Pays, Place, Promise, PromiseKind, RowId, Tally};

use crate::Ledger;
use crate::error::Result;
use crate::load;
use crate::newest::not_superseded;
use crate::piles::Decisions;

/// A row that promises money.
#[derive(Clone, Debug, PartialEq)]
pub struct Promised {
    /// The row.
    pub row: RowId,
    /// The rule that keeps it out of the gifts.
    pub rule: String,
    /// Amount, day and project.
    pub known: Known,
    /// What it promises.
    pub promise: Promise,
}

impl Ledger {
    /// Every pledge and schedule, in the order of rows: of the newest edition of each file, and
    /// nobody has set them aside.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn promises(&self) -> Result<Vec<Promised>> {
        self.look("list promises", |desk| {
            let decisions = Decisions::of(desk)?;
            let rows = load::stopped(desk, "WHERE p.row_id IS NOT NULL ORDER BY s.row_id", [])?;
            let mut found = Vec::new();
            for (row, _, place) in rows {
                if let Place::Excluded { rule, known, promise: Some(promise) } = place
                    && decisions.pile(row.0, None).is_none()
                {
                    found.push(Promised { row, rule, known, promise: *promise });
                }
            }
            Ok(found)
        })
    }

    /// What gifts say they pay, by promise: how many, and how much.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn payments(&self) -> Result<BTreeMap<(PromiseKind, String), Tally>> {
        self.look("add up payments", |desk| {
            let decisions = Decisions::of(desk)?;
            let mut paid: BTreeMap<(PromiseKind, String), Tally> = BTreeMap::new();
            let counts = not_superseded(desk)?;
            let condition =
                format!("WHERE g.row_id IN (SELECT row_id FROM payment) AND {counts} ORDER BY g.row_id");
            for (row, _, gift) in load::gifts(desk, &condition, [])? {
                if let (Some(Pays { kind, id }), None) = (&gift.details.pays, decisions.aside(row.0)) {
                    let key = (*kind, id.clone());
                    paid.entry(key).or_default().add(Some(gift.amount()));
                }
            }
            Ok(paid)
        })
    }
}
