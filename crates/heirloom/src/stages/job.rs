//! One mapping with its files in the ledger, and what its results depend on.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_ledger::{Correction, FileFacts, LedgerError};
use heirloom_mapping::{Mapping, Part, RecordKind};
use heirloom_model::{Digest, FileId, Hasher, Placed, RowId, SourceRow};

use crate::failure::{Failure, Result};
use crate::migration::Migration;

/// Changes when the rules of mapping change in a way that alters results.
const RULES_VERSION: u32 = 2;

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

    /// What is not as it was when its rows were mapped, in words: `mapping gifts.toml`, `exported on` …; nothing
    /// where all is, or none were.
    ///
    /// # Errors
    /// Storage.
    pub(super) fn changed(&self) -> Result<BTreeSet<String>> {
        let newest = self.migration.ledger.newest_recipe(&self.stage())?;
        let Some((_, _, before)) = newest.filter(|(_, digest, _)| *digest != self.digest) else {
            return Ok(BTreeSet::new());
        };
        let [now, before] = [&self.inputs, &before].map(|inputs| inputs.lines().collect::<BTreeSet<&str>>());
        let names = now.symmetric_difference(&before).filter_map(|line| line.rsplit_once(':'));
        let mut names: BTreeSet<String> = names.map(|(what, _)| what.to_owned()).collect();
        if names.is_empty() {
            names.insert("the order of mappings".to_owned());
        }
        Ok(names)
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

    /// Rows as people corrected them.
    pub fn corrected(&self, rows: Vec<SourceRow>) -> Vec<SourceRow> {
        if self.corrections.is_empty() {
            return rows;
        }
        let correct = |row: SourceRow| match self.corrections.get(&row.id) {
            None => row,
            Some(list) => list.iter().fold(row, |row, c| row.with_cell(c.column as usize, &c.text)),
        };
        rows.into_iter().map(correct).collect()
    }

    /// Results with the revision of the row that they come from.
    pub fn revised(&self, mut placed: Vec<Placed>) -> Vec<Placed> {
        for result in &mut placed {
            let newest = self.corrections.get(&result.row).and_then(|list| list.last());
            result.revision = newest.map_or(0, |c| c.revision);
        }
        placed
    }
}

/// What changed, in one line.
pub fn listed(changed: &BTreeSet<String>) -> String {
    changed.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn find(migration: &Migration, mapping: &Mapping, part: Part) -> Result<FileFacts> {
    let input = migration.input(mapping, part)?;
    let facts = migration.file(&input.role)?;
    facts.filter(|f| f.finished.is_some()).ok_or_else(|| match migration.ledger.worker() {
        Some(holder) => Failure::Ledger(LedgerError::InUse { holder: holder.to_owned() }),
        None => Failure::usage(format!("{} has not been read to its end", input.name), "run  heirloom check"),
    })
}
