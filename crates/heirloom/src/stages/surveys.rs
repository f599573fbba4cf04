//! Surveys: what the files of a mapping are like as wholes, once each and kept in the ledger.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use heirloom_ledger::FileFacts;
use heirloom_mapping::{Part, Survey, SurveyProblem, Surveyor};

use super::job::Job;
use super::read::sheet_names;
use crate::failure::{Failure, Result};
use crate::progress::Progress;

/// The number of a recipe under which nothing is kept.
const NOT_KEPT: i64 = 0;

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
    /// Surveys the main file and its companions, and keeps that. A kept survey says that its recipe is the one
    /// that counts: only map, which goes back first where that is a new one, may say so.
    pub(super) fn surveys(&self, progress: &Progress) -> Result<Surveys> {
        let recipe = self.migration.ledger.recipe(&self.stage(), self.digest, &self.inputs)?;
        self.surveys_of(recipe, true, progress)
    }

    /// The same for whoever looks at what was mapped: nothing is kept.
    pub(super) fn surveys_to_look(&self, progress: &Progress) -> Result<Surveys> {
        let recipe = self.migration.ledger.recipe_number(&self.stage(), self.digest)?;
        self.surveys_of(recipe.unwrap_or(NOT_KEPT), false, progress)
    }

    fn surveys_of(&self, recipe: i64, keeps: bool, progress: &Progress) -> Result<Surveys> {
        let survey = |file: &FileFacts, part| -> Result<Survey> {
            let ledger = &self.migration.ledger;
            let known = ledger.survey(file.id, recipe)?.and_then(|bytes| Survey::from_bytes(&bytes));
            if let Some(known) = known {
                return Ok(known);
            }
            let survey = self.survey(file, part, progress)?;
            if keeps {
                ledger.save_survey(file.id, recipe, &survey.to_bytes())?;
            }
            Ok(survey)
        };
        let main = survey(&self.main, Part::Main)?;
        let mut companions = Vec::new();
        for (index, file) in self.companions.iter().enumerate() {
            companions.push(survey(file, Part::Companion(index))?);
        }
        let mut earlier = Vec::new();
        for file in &self.earlier {
            let survey = survey(file, Part::Main).map_err(|error| match error {
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

    fn survey(&self, file: &FileFacts, part: Part, progress: &Progress) -> Result<Survey> {
        let ledger = &self.migration.ledger;
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
        surveyor.finish().map_err(Failure::Survey)
    }
}
