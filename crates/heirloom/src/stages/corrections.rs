//! Rows that people corrected since they were mapped are mapped again, and nothing else.

use std::collections::BTreeSet;

use heirloom_ledger::Ready;
use heirloom_mapping::Mapper;
use heirloom_model::{Place, Placed, RowId};

use super::CHUNK_ROWS;
use super::editions::Paired;
use super::job::Job;
use super::prepared::Prepared;
use crate::failure::Result;

impl Job<'_> {
    /// Rows that people corrected since they were mapped: each touched group is mapped again, nothing else.
    pub(super) fn apply_corrections(&self, prepared: &Prepared, mapper: &Mapper<'_>) -> Result<()> {
        let ledger = &self.migration.ledger;
        let due = ledger.due_revisions()?;
        let due: BTreeSet<RowId> =
            due.into_iter().map(|(row, _)| row).filter(|r| r.file() == self.main.id).collect();
        let chunks: BTreeSet<u32> = due.iter().map(|row| row.sequence() / CHUNK_ROWS as u32).collect();
        for chunk in chunks {
            let (_, rows, strays) = self.load(prepared, chunk)?;
            let Paired { placed, rereads, namesakes } = self.place(prepared, mapper, &rows, &strays)?;
            let touched: BTreeSet<RowId> =
                placed.iter().filter(|p| due.contains(&p.row)).map(group_head).collect();
            let again: Vec<Placed> =
                placed.into_iter().filter(|p| touched.contains(&group_head(p))).collect();
            let ready = Ready::of(&again)?.with_rereads(rereads).with_namesakes(namesakes);
            ledger.save_revised(prepared.recipe, ready)?;
        }
        Ok(())
    }
}

/// The first row of the gift that a row belongs to.
fn group_head(placed: &Placed) -> RowId {
    match placed.place {
        Place::Part { of, .. } | Place::Repeat { of } => of,
        _ => placed.row,
    }
}
