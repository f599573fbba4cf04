//! What rows are mapped with: the surveys of their files, the donors that are known, earlier editions.

use heirloom_ledger::Ledger;
use heirloom_mapping::{Companion, Context, DonorIndex, Mapper, RecordKind, Survey};
use heirloom_model::{FileId, Finding, SourceRow};

use super::editions::{Editions, Paired};
use super::job::Job;
use super::surveys::Surveys;
use crate::failure::{Failure, Result};
use crate::progress::Progress;
use crate::settings::Donors;

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

impl Job<'_> {
    /// Surveys the files, as far as that is not kept, and gathers what else a mapper needs to look at what was
    /// mapped.
    ///
    /// # Errors
    /// [`Failure::Survey`] if a file does not fit its mapping.
    pub fn prepare(&self, progress: &Progress) -> Result<Prepared> {
        self.prepared(self.surveys_to_look(progress)?)
    }

    /// Every donor must be mapped by now: gifts must find them.
    pub(super) fn prepared(&self, surveys: Surveys) -> Result<Prepared> {
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

    /// What the mapping makes of a chunk, beside what was sent of earlier editions.
    pub(super) fn place(
        &self,
        prepared: &Prepared,
        mapper: &Mapper<'_>,
        rows: &[SourceRow],
        strays: &[SourceRow],
    ) -> Result<Paired> {
        let placed = self.revised(mapper.apply(rows, strays));
        let Some(editions) = &prepared.editions else {
            return Ok(Paired { placed, rereads: Vec::new(), namesakes: Vec::new() });
        };
        let cells = rows.iter().chain(strays).map(|row| (row.id, row)).collect();
        editions.pair(self, &prepared.survey, &cells, placed)
    }
}

fn all_rows(ledger: &Ledger, file: FileId) -> Result<Vec<SourceRow>> {
    let mut rows = Vec::new();
    for chunk in 0..ledger.chunks_read(file)? {
        rows.extend(ledger.rows(file, chunk)?);
    }
    Ok(rows)
}
