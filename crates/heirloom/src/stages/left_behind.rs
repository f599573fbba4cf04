//! Filled columns of input files that no mapping takes: reported, so that nothing stays behind unseen.

use std::collections::BTreeSet;

use heirloom_mapping::{FileSpec, Survey};
use heirloom_model::Finding;

use super::job::Job;
use super::prepared::Prepared;

/// Filled columns of input files that no mapping uses. Several mappings may read one file: a column
/// is left behind only if none of them takes it.
pub fn left_behind(all: &[(Job<'_>, Prepared)]) -> Vec<Finding> {
    let uses: Vec<Use<'_>> = all.iter().flat_map(|(job, prepared)| uses_of(job, prepared)).collect();
    let mut used: BTreeSet<(&str, usize, String)> = BTreeSet::new();
    for one in &uses {
        used.extend(one.survey.used_columns().map(|(sheet, name)| (one.file, sheet, name)));
    }
    let mut findings: Vec<Finding> = Vec::new();
    for one in &uses {
        let found = one.survey.unmapped(|sheet, name| {
            used.contains(&(one.file, sheet, name.to_owned()))
                || uses.iter().any(|other| other.file == one.file && other.layout.ignores(name))
        });
        for finding in found {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    findings
}

/// One file as one mapping reads it.
struct Use<'a> {
    file: &'a str,
    layout: &'a FileSpec,
    survey: &'a Survey,
}

fn uses_of<'a>(job: &'a Job<'_>, prepared: &'a Prepared) -> Vec<Use<'a>> {
    let main = Use { file: &job.main().name, layout: job.mapping().main(), survey: &prepared.survey };
    let specs = job.mapping().companions().iter().map(|c| &c.file);
    let sides = job.companions().iter().zip(specs).zip(&prepared.companions);
    let sides = sides.map(|((facts, layout), survey)| Use { file: &facts.name, layout, survey });
    std::iter::once(main).chain(sides).collect()
}
