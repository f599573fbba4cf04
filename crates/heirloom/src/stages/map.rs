//! map: rows become donors, gifts, exclusions or held rows. Surveyed whole, applied in chunks.

use std::collections::BTreeSet;
use std::sync::mpsc::sync_channel;

use heirloom_ledger::{Ready, Stage};
use heirloom_mapping::Mapper;
use heirloom_model::{FileId, Place, Placed, RowId, SourceRow};
use rayon::prelude::*;

use super::CHUNK_ROWS;
use super::editions::Paired;
use super::job::{Job, listed};
use super::prepared::Prepared;
use super::reread::rereads;
use crate::failure::{Failure, Result};
use crate::migration::Migration;
use crate::progress::Progress;

/// Chunks mapped at once: enough for every core, few enough to stay small in memory.
const AT_ONCE: usize = 8;

/// What mapping did in this run.
#[derive(Default)]
pub struct Mapped {
    /// Rows given a place in this run.
    pub rows: u64,
    /// What had to be mapped again because its recipe changed, in words.
    pub again: Vec<String>,
}

/// Maps every row that has no result yet: donor files first, since gifts must find their donors.
///
/// # Errors
/// [`Failure::Survey`] if a file does not fit its mapping.
pub fn map(migration: &Migration, progress: &Progress) -> Result<Mapped> {
    let mut mapped = Mapped::default();
    // Going back is for all mappings at once, so it comes before any of them is applied.
    for mapping in &migration.mappings {
        Job::new(migration, mapping)?.renew_recipe(&mut mapped)?;
    }
    let jobs = migration.mappings.iter().map(|m| Job::new(migration, m)).collect::<Result<Vec<_>>>()?;
    // The files of the next mapping are surveyed while one is applied.
    std::thread::scope(|scope| -> Result<()> {
        let (sender, surveyed) = sync_channel(1);
        let jobs = &jobs;
        scope.spawn(move || {
            for surveys in jobs.iter().map(|job| job.surveys(progress)) {
                let failed = surveys.is_err();
                if sender.send(surveys).is_err() || failed {
                    return;
                }
            }
        });
        for (job, surveys) in jobs.iter().zip(surveyed) {
            let prepared = job.prepared(surveys?)?;
            let mapper = job.mapper(&prepared)?;
            mapped.rows += job.apply_all(&prepared, &mapper, progress)?;
        }
        Ok(())
    })?;
    Ok(mapped)
}

impl Job<'_> {
    /// If results were made by another recipe, says what changed and takes back what was never sent.
    fn renew_recipe(&self, mapped: &mut Mapped) -> Result<()> {
        let changed = self.changed()?;
        if changed.is_empty() {
            return Ok(());
        }
        let redone = self.migration.ledger.redo(Stage::Map)?;
        mapped.again.push(format!(
            "{} changed: {} rows that were never sent are mapped again, {} that were sent stay as they are",
            listed(&changed),
            redone.rows,
            redone.kept
        ));
        Ok(())
    }

    /// Applies the mapping to every chunk without a result: decoded and mapped on all cores by one
    /// thread's lead, saved by another.
    fn apply_all(&self, prepared: &Prepared, mapper: &Mapper<'_>, progress: &Progress) -> Result<u64> {
        let ledger = &self.migration.ledger;
        let due = ledger.unmapped_chunks(self.main.id, prepared.recipe)?;
        self.follow_on(prepared.editions.as_ref().filter(|_| !due.is_empty()))?;
        let kept = &if due.is_empty() { BTreeSet::new() } else { ledger.kept_rows(self.main.id)? };
        let bar = progress.count(&format!("map {}", self.main.name));
        let rows = std::thread::scope(|scope| {
            let (sender, results) = sync_channel::<Applied>(AT_ONCE);
            let worker = scope.spawn(move || -> Result<()> {
                for batch in due.chunks(AT_ONCE) {
                    let placed = self.apply_batch(prepared, mapper, batch, kept)?;
                    if placed.into_iter().any(|result| sender.send(result).is_err()) {
                        break;
                    }
                }
                Ok(())
            });
            let mut rows = 0u64;
            let saved = results.into_iter().try_for_each(|applied| -> Result<()> {
                rows += applied.ready.rows() as u64;
                bar.add(applied.ready.rows() as u64);
                ledger.save_ready(self.main.id, applied.chunk, prepared.recipe, applied.ready)?;
                Ok(ledger.note_held_ids(&applied.held_ids)?)
            });
            let worked = worker.join().map_err(|_| panicked(&self.main.name))?;
            saved.and(worked).map(|()| rows)
        })?;
        self.apply_corrections(prepared, mapper)?;
        self.note_missing(prepared.editions.as_ref())?;
        Ok(rows + self.save_unjoined(prepared, mapper)?)
    }

    /// Maps some chunks; what of `kept`, the rows that stay as they were sent, reads otherwise now comes with them.
    fn apply_batch(
        &self,
        prepared: &Prepared,
        mapper: &Mapper<'_>,
        batch: &[u32],
        kept: &BTreeSet<RowId>,
    ) -> Result<Vec<Applied>> {
        let loaded = batch.iter().map(|&chunk| self.load(prepared, chunk)).collect::<Result<Vec<_>>>()?;
        loaded
            .into_par_iter()
            .map(|(chunk, rows, strays)| {
                let Paired { placed, rereads: mut otherwise, namesakes } =
                    self.place(prepared, mapper, &rows, &strays)?;
                let held_ids = held_ids(mapper, &rows, &placed);
                let again = placed.iter().any(|p| kept.contains(&p.row));
                let sent =
                    if again { self.migration.ledger.mapped_chunk(self.main.id, chunk)? } else { Vec::new() };
                otherwise.extend(rereads(self.migration, kept, &sent, &placed));
                // Made ready here, where it was mapped: on all cores, and freed by the core that asked for it.
                Ok(Applied {
                    chunk,
                    ready: Ready::of(&placed)?.with_rereads(otherwise).with_namesakes(namesakes),
                    held_ids,
                })
            })
            .collect()
    }

    /// Companion rows that nothing refers to are rows too: they go to a pile of their own.
    fn save_unjoined(&self, prepared: &Prepared, mapper: &Mapper<'_>) -> Result<u64> {
        let ledger = &self.migration.ledger;
        let unjoined = mapper.unjoined();
        let mut saved = 0;
        for file in &self.companions {
            for chunk in ledger.unmapped_chunks(file.id, prepared.recipe)? {
                let placed: Vec<Placed> =
                    unjoined.iter().filter(|p| lies_in(p.row, file.id, chunk)).cloned().collect();
                saved += placed.len() as u64;
                ledger.save_mapped(file.id, chunk, prepared.recipe, &placed)?;
            }
        }
        Ok(saved)
    }
}

/// What became of one chunk.
struct Applied {
    chunk: u32,
    ready: Ready,
    /// Legacy ids of held donors: their gifts wait for them, and are not without a donor.
    held_ids: Vec<(RowId, String)>,
}

fn held_ids(mapper: &Mapper<'_>, rows: &[SourceRow], placed: &[Placed]) -> Vec<(RowId, String)> {
    let is_held = |p: &&Placed| matches!(&p.place, Place::Held { known } if known.is_donor);
    let held: BTreeSet<RowId> = placed.iter().filter(is_held).map(|p| p.row).collect();
    let rows = rows.iter().filter(|row| held.contains(&row.id));
    rows.filter_map(|row| Some((row.id, mapper.donor_id(row)?))).collect()
}

fn lies_in(row: RowId, file: FileId, chunk: u32) -> bool {
    row.file() == file && row.sequence() as usize / CHUNK_ROWS == chunk as usize
}

fn panicked(name: &str) -> Failure {
    Failure::usage(format!("mapping {name} ended in a panic"), "nothing was lost; please report this")
}
