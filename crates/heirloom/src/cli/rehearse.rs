//! `heirloom rehearse`: the whole migration against a fresh simulated world.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::args::FaultLevel as Asked;
use super::{Said, Setting};
use crate::failure::Result;
use crate::prepare::finding_lines;
use crate::rehearse;
use crate::world::FaultLevel;
use crate::write::write_report;

/// Kinds of findings shown on the screen; the report has all.
const KINDS_SHOWN: usize = 3;

/// Rehearses and writes the report.
pub fn rehearse(setting: &Setting, dir: Option<PathBuf>, seed: Option<u64>, faults: Asked) -> Result<Said> {
    let dir = dir.unwrap_or_else(|| setting.common.folder.clone());
    let level = match faults {
        Asked::None => FaultLevel::None,
        Asked::Mild => FaultLevel::Mild,
        Asked::Nasty => FaultLevel::Nasty,
    };
    let rehearsed = rehearse::rehearse(&dir, seed, level, setting.out, setting.progress)?;
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
