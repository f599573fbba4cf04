//! Items go into a plan chunk by chunk, several chunks a transaction.

use heirloom_ledger::{Chunk, PlanFacts, PlanId};
use heirloom_model::{ItemKind, Moment, RowId, Sealed};

use super::recipe::keep_recipe;
use crate::failure::{Failure, Result};
use crate::migration::Migration;

/// Items whose bodies are compressed together.
pub(super) const CHUNK_ITEMS: usize = 256;

/// Chunks saved in one transaction.
const CHUNKS_AT_ONCE: usize = 16;

/// Writes items into a plan that is opened with the first of them; no items, no plan.
pub(super) struct PlanWriter<'m> {
    migration: &'m Migration,
    kind: ItemKind,
    now: Moment,
    plan: Option<PlanId>,
    items: Vec<(RowId, Sealed)>,
    chunks: Vec<Chunk>,
}

impl<'m> PlanWriter<'m> {
    pub(super) fn new(migration: &'m Migration, kind: ItemKind, now: Moment) -> Self {
        PlanWriter { migration, kind, now, plan: None, items: Vec::new(), chunks: Vec::new() }
    }

    pub(super) fn push(&mut self, row: RowId, sealed: Sealed) -> Result<()> {
        self.items.push((row, sealed));
        if self.items.len() == CHUNK_ITEMS { self.pack() } else { Ok(()) }
    }

    fn pack(&mut self) -> Result<()> {
        let items = std::mem::take(&mut self.items);
        if items.is_empty() { Ok(()) } else { self.push_chunk(Chunk::of(&items)) }
    }

    pub(super) fn push_chunk(&mut self, chunk: Chunk) -> Result<()> {
        self.chunks.push(chunk);
        if self.chunks.len() == CHUNKS_AT_ONCE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let ledger = &self.migration.ledger;
        if self.chunks.is_empty() {
            return Ok(());
        }
        let plan = match self.plan {
            Some(plan) => plan,
            None => {
                let terms = serde_json::json!({ "batch": self.migration.settings.batch }).to_string();
                ledger.open_plan(self.kind, keep_recipe(self.migration)?, &terms, self.now)?
            }
        };
        self.plan = Some(plan);
        Ok(ledger.seal_chunks(plan, std::mem::take(&mut self.chunks))?)
    }

    pub(super) fn close(mut self) -> Result<Option<PlanFacts>> {
        self.pack()?;
        self.flush()?;
        let Some(plan) = self.plan else {
            return Ok(None);
        };
        let name = format!("{:03}-{}s", plan.0, self.kind.as_str());
        self.migration.ledger.close_plan(plan, &name).map(Some).map_err(Failure::from)
    }
}
