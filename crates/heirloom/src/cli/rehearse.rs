//! `heirloom rehearse`: the whole migration against a fresh simulated world.

use serde_json::{Value, json};

use super::rehearse_args::RehearseArgs;
use super::{Said, Setting};
use crate::failure::Result;
use crate::imagined::{Habits, Imagined, KnownFacts};
use crate::prepare::finding_lines;
use crate::rehearse;
use crate::write::write_report;

/// Kinds of findings shown on the screen; the report has all.
const KINDS_SHOWN: usize = 3;

/// Rehearses and writes the report.
pub fn rehearse(setting: &Setting, asked: RehearseArgs) -> Result<Said> {
    let dir = asked.dir.unwrap_or_else(|| setting.common.folder.clone());
    let habits = if asked.seed.is_some() { Habits::Drawn } else { Habits::Likeliest };
    let faults = asked.faults.plan()?;
    let known = if asked.unknown { KnownFacts::Nothing } else { KnownFacts::All };
    let imagined = Imagined { seed: asked.seed, habits, faults, others: asked.others, known };
    let rehearsed = rehearse::rehearse_as(&dir, &imagined, setting.out, setting.progress)?;
    let report = &rehearsed.report;
    finding_lines(setting.out, report, KINDS_SHOWN);
    let paths = write_report(&rehearsed.folder, report)?;
    setting.out.line("");
    for line in crate::out::agreement_lines(report) {
        setting.out.line(&line);
    }
    setting.out.line(&report.answer);
    setting.out.line(&format!("Report: {} (and report.json beside it)", paths.0.display()));
    setting.next_in(&dir, &report.next);
    let document: Value = serde_json::from_str(&heirloom_report::json(report)).unwrap_or_default();
    Said::new(json!({ "report": document }), rehearsed.exit)
}
