//! map: rows become donors, gifts, exclusions or held rows. Surveyed whole, applied in chunks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::sync_channel;

use heirloom_ledger::{Correction, FileFacts, Ledger, Ready, Stage};
use heirloom_mapping::{Companion, Context, DonorIndex, Mapper, Mapping, Part, RecordKind, Survey};
use heirloom_model::{Digest, FileId, Finding, Hasher, Place, Placed, RowId, SourceRow};
use rayon::prelude::*;

use super::CHUNK_ROWS;
use super::editions::{Editions, Paired};
use super::reread::rereads;
use super::surveys::Surveys;
use crate::failure::{Failure, Result};
use crate::migration::Migration;
use crate::progress::Progress;
use crate::settings::Donors;

/// Changes when the rules of mapping change in a way that alters results.
const RULES_VERSION: u32 = 2;

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

/// One mapping with its files in the ledger.
pub struct Job<'m> {
    pub(super) migration: &'m Migration,
    pub(super) mapping: &'m Mapping,
    pub(super) main: FileFacts,
    pub(super) companions: Vec<FileFacts>,
    /// Editions of the main file that do not count any more, and of which something was sent.
    pub(super) earlier: Vec<FileFacts>,
    pub(super) digest: Digest,
    pub(super) inputs: String,
    pub(super) corrections: BTreeMap<RowId, Vec<Correction>>,
}

/// What a mapper is made of.
pub struct Prepared {
    pub(super) recipe: i64,
    /// The main file's survey.
    pub survey: Survey,
    pub(super) companions: Vec<Survey>,
    known_donors: Option<DonorIndex>,
    /// Editions of the main file of which something was sent before.
    pub(super) editions: Option<Editions>,
}

impl Prepared {
    /// What the files' own totals say against their rows.
    pub fn findings(&self) -> Vec<Finding> {
        std::iter::once(&self.survey).chain(&self.companions).flat_map(Survey::findings).collect()
    }
}

impl<'m> Job<'m> {
    /// Finds the mapping's files, which must have been read.
    ///
    /// # Errors
    /// Missing files, storage.
    pub fn new(migration: &'m Migration, mapping: &'m Mapping) -> Result<Job<'m>> {
        let main = find(migration, mapping, Part::Main)?;
        let companions = (0..mapping.companions().len())
            .map(|index| find(migration, mapping, Part::Companion(index)))
            .collect::<Result<Vec<_>>>()?;
        let mut corrections: BTreeMap<RowId, Vec<Correction>> = BTreeMap::new();
        let earlier = migration.ledger.earlier_editions(&main.role)?;
        for file in earlier.iter().chain([&main]) {
            for correction in migration.ledger.corrections(file.id)? {
                corrections.entry(correction.row).or_default().push(correction);
            }
        }
        let (digest, inputs) = (Digest::of(b""), String::new());
        let mut job = Job { migration, mapping, main, companions, earlier, digest, inputs, corrections };
        (job.digest, job.inputs) = job.recipe_parts()?;
        Ok(job)
    }

    /// The companion files.
    pub fn companions(&self) -> &[FileFacts] {
        &self.companions
    }

    /// A companion's file name.
    pub fn companion_name(&self, file: FileId) -> String {
        self.companions.iter().find(|c| c.id == file).map(|c| c.name.clone()).unwrap_or_default()
    }

    /// The main file.
    pub fn main(&self) -> &FileFacts {
        &self.main
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        self.mapping
    }

    pub(super) fn stage(&self) -> String {
        format!("map {}", self.mapping.name())
    }

    /// What the results depend on besides the rows: one line each, so that a change can be named.
    fn recipe_parts(&self) -> Result<(Digest, String)> {
        let settings = &self.migration.settings;
        let mut lines = vec![
            format!("rules: {RULES_VERSION}"),
            format!("mapping {}: {}", self.mapping.name(), self.mapping.digest().short()),
            format!("currency: {}", settings.currency),
            format!("exported on: {}", settings.exported_on),
        ];
        for file in std::iter::once(&self.main).chain(&self.companions) {
            lines.push(format!("file {}: {}", file.name, file.digest.short()));
        }
        if self.mapping.record() == RecordKind::Gift {
            lines.push(format!("donors: {:?}", settings.donors));
            for donors in self.migration.mappings_of(RecordKind::Donor) {
                let job = Job::new(self.migration, donors)?;
                lines.push(format!("donor file {}: {}", job.main.name, job.digest.short()));
            }
        }
        let text = lines.join("\n");
        let mut hasher = Hasher::new();
        lines.iter().for_each(|line| {
            hasher.field(line.as_bytes());
        });
        Ok((hasher.finish(), text))
    }

    /// If results were made by another recipe, says what changed and takes back what was never sent.
    fn renew_recipe(&self, mapped: &mut Mapped) -> Result<()> {
        let ledger = &self.migration.ledger;
        let Some((_, digest, old)) = ledger.newest_recipe(&self.stage())? else {
            return Ok(());
        };
        if digest == self.digest {
            return Ok(());
        }
        let changed: Vec<&str> = self
            .inputs
            .lines()
            .filter(|line| !old.lines().any(|before| before == *line))
            .filter_map(|line| line.rsplit_once(':').map(|(what, _)| what))
            .collect();
        let redone = ledger.redo(Stage::Map)?;
        mapped.again.push(format!(
            "{} changed: {} rows that were never sent are mapped again, {} that were sent stay as they are",
            changed.join(", "),
            redone.rows,
            redone.kept
        ));
        Ok(())
    }

    /// Surveys the files, each once, and gathers what else a mapper needs.
    ///
    /// # Errors
    /// [`Failure::Survey`] if a file does not fit its mapping.
    pub fn prepare(&self, progress: &Progress) -> Result<Prepared> {
        self.prepared(self.surveys(progress)?)
    }

    /// Every donor must be mapped by now: gifts must find them.
    fn prepared(&self, surveys: Surveys) -> Result<Prepared> {
        let Surveys { recipe, main, companions, earlier } = surveys;
        let editions = Editions::of(self, &main, earlier)?;
        Ok(Prepared { recipe, survey: main, companions, known_donors: self.known_donors()?, editions })
    }

    /// The mapper, with the companion files' rows in memory.
    ///
    /// # Errors
    /// [`Failure::Survey`], storage.
    pub fn mapper<'a>(&'a self, prepared: &'a Prepared) -> Result<Mapper<'a>> {
        self.mapper_over(prepared, &prepared.survey)
    }

    /// The same over another edition of the main file.
    pub(super) fn mapper_over<'a>(&'a self, prepared: &'a Prepared, main: &'a Survey) -> Result<Mapper<'a>> {
        let mut companions = Vec::new();
        for (file, survey) in self.companions.iter().zip(&prepared.companions) {
            companions.push(Companion { survey, rows: all_rows(&self.migration.ledger, file.id)? });
        }
        let settings = &self.migration.settings;
        let context = Context {
            currency: settings.currency,
            exported_on: settings.exported_on,
            known_donors: prepared.known_donors.as_ref(),
        };
        Mapper::new(self.mapping, main, companions, context).map_err(Failure::Survey)
    }

    fn known_donors(&self) -> Result<Option<DonorIndex>> {
        let gifts = self.mapping.record() == RecordKind::Gift;
        if !gifts || self.migration.settings.donors == Donors::AtTarget {
            return Ok(None);
        }
        Ok(Some(DonorIndex::new(self.migration.ledger.donor_ids()?.into_iter())))
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

    /// A chunk's rows, corrected, with the rows of other chunks that belong to its groups.
    ///
    /// # Errors
    /// Storage; a chunk whose digest differs.
    pub fn load(&self, prepared: &Prepared, chunk: u32) -> Result<(u32, Vec<SourceRow>, Vec<SourceRow>)> {
        let ledger = &self.migration.ledger;
        let rows = self.corrected(ledger.rows(self.main.id, chunk)?);
        let strays = self.corrected(ledger.rows_by_id(&prepared.survey.strays(&rows))?);
        Ok((chunk, rows, strays))
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

fn find(migration: &Migration, mapping: &Mapping, part: Part) -> Result<FileFacts> {
    let input = migration.input(mapping, part)?;
    let facts = migration.file(&input.role)?;
    facts.filter(|f| f.finished.is_some()).ok_or_else(|| {
        Failure::usage(format!("{} has not been read to its end", input.name), "run  heirloom check")
    })
}

fn all_rows(ledger: &Ledger, file: FileId) -> Result<Vec<SourceRow>> {
    let mut rows = Vec::new();
    for chunk in 0..ledger.chunks_read(file)? {
        rows.extend(ledger.rows(file, chunk)?);
    }
    Ok(rows)
}

fn panicked(name: &str) -> Failure {
    Failure::usage(format!("mapping {name} ended in a panic"), "nothing was lost; please report this")
}
