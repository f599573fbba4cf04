//! Surveys: what the files of a mapping are like as wholes, once each and kept in the ledger.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use heirloom_ledger::FileFacts;
use heirloom_mapping::{Part, Survey, SurveyProblem, Surveyor};

use super::job::Job;
use super::read::sheet_names;
use crate::failure::{Failure, Result};
use crate::progress::Progress;

/// The surveys of a mapping's files.
pub(super) struct Surveys {
    pub(super) recipe: i64,
    pub(super) main: Survey,
    pub(super) companions: Vec<Survey>,
    pub(super) earlier: Vec<Earlier>,
}

/// An edition that does not count any more, and of which something was sent.
pub(super) struct Earlier {
    pub(super) facts: FileFacts,
    /// As the mapping of today reads it.
    pub(super) survey: Survey,
}

impl Job<'_> {
    /// Surveys the main file and its companions.
    pub(super) fn surveys(&self, progress: &Progress) -> Result<Surveys> {
        let recipe = self.migration.ledger.recipe(&self.stage(), self.digest, &self.inputs)?;
        let main = self.survey(&self.main, Part::Main, recipe, progress)?;
        let mut companions = Vec::new();
        for (index, file) in self.companions.iter().enumerate() {
            companions.push(self.survey(file, Part::Companion(index), recipe, progress)?);
        }
        let mut earlier = Vec::new();
        for file in &self.earlier {
            let survey = self.survey(file, Part::Main, recipe, progress).map_err(|error| match error {
                Failure::Survey(problems) => self.reads_only_the_newer(&problems),
                other => other,
            })?;
            earlier.push(Earlier { facts: file.clone(), survey });
        }
        Ok(Surveys { recipe, main, companions, earlier })
    }

    fn reads_only_the_newer(&self, problems: &[SurveyProblem]) -> Failure {
        let what = problems.first().map(|problem| problem.message.clone()).unwrap_or_default();
        Failure::usage(
            format!(
                "the earlier edition of {}, of which rows were sent, does not fit {}: {what}. It is read to know \
                 them again in the newer one",
                self.main.name,
                self.mapping.name()
            ),
            "let the mapping read both: give a column that has another name now both names, and write \
             optional = true where only one edition has it",
        )
    }

    fn survey(&self, file: &FileFacts, part: Part, recipe: i64, progress: &Progress) -> Result<Survey> {
        let ledger = &self.migration.ledger;
        if let Some(survey) = ledger.survey(file.id, recipe)?.and_then(|bytes| Survey::from_bytes(&bytes)) {
            return Ok(survey);
        }
        let bar = progress.count(&format!("survey {}", file.name));
        let name: Arc<str> = Arc::from(file.name.as_str());
        let mut surveyor = Surveyor::new(self.mapping, &name, &sheet_names(ledger, file.id)?, part);
        let chunks = ledger.chunks_read(file.id)?;
        // The next chunks are decoded while one is looked at.
        std::thread::scope(|scope| -> Result<()> {
            let (sender, decoded) = sync_channel(2);
            scope.spawn(move || {
                for rows in (0..chunks).map(|chunk| ledger.rows(file.id, chunk)) {
                    if sender.send(rows).is_err() {
                        return;
                    }
                }
            });
            for rows in decoded {
                let rows = rows?;
                bar.add(rows.len() as u64);
                surveyor.add(&rows);
            }
            Ok(())
        })?;
        let survey = surveyor.finish().map_err(Failure::Survey)?;
        ledger.save_survey(file.id, recipe, &survey.to_bytes())?;
        Ok(survey)
    }
}
