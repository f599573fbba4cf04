//! `heirloom check`: the dry run. It is handed no way to reach a network.

use serde_json::{Value, json};

use super::{Said, Setting};
use crate::failure::{Exit, Result};
use crate::line::wall_clock;
use crate::migration::Migration;
use crate::prepare::{finding_lines, prepare};
use crate::reporting::{self, Occasion};
use crate::write::write_report;

/// Kinds of findings shown on the screen; the report has all.
const KINDS_SHOWN: usize = 5;

/// Reads, maps and links; writes the report.
pub fn check(setting: &Setting) -> Result<Said> {
    let migration = Migration::open(setting.folder(), wall_clock())?;
    prepare(&migration, setting.out, setting.progress)?;
    let report = reporting::build(&migration, Occasion::default())?;
    finding_lines(setting.out, &report, KINDS_SHOWN);
    let paths = write_report(&migration.folder, &report)?;
    setting.out.line("");
    setting.out.line(&report.answer);
    setting.out.line(&format!("Report: {}", paths.0.display()));
    setting.next(&report.next);
    // What is on its way is none of a dry run's business; what waits for a person here is.
    let exit = if reporting::needs_person(&migration)? { Exit::NeedsPerson } else { Exit::Done };
    let document: Value = serde_json::from_str(&heirloom_report::json(&report)).unwrap_or_default();
    Said::new(json!({ "report": document }), exit)
}
