//! Commands that look, and the one that goes back: status, report, verify, redo.

use heirloom_ledger::Stage;
use heirloom_report::words;
use serde_json::{Value, json};

use super::args::StageName;
use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::reporting::{self, Occasion};
use crate::stages::read::partial_roles;
use crate::stages::verify::verify as prove;
use crate::write::write_report;

/// Where everything stands.
pub fn status(setting: &Setting) -> Result<Said> {
    let migration = setting.look()?;
    let report = reporting::build(&migration, Occasion::default())?;
    setting.out.line(heirloom_report::terminal(&report, setting.colour).trim_end());
    let document: Value = serde_json::from_str(&heirloom_report::json(&report)).unwrap_or_default();
    Said::new(json!({ "report": document }), reporting::standing(&migration)?)
}

/// Writes the report as files.
pub fn report(setting: &Setting) -> Result<Said> {
    let migration = setting.look()?;
    let report = reporting::build(&migration, Occasion::default())?;
    let (html, json) = write_report(&migration.folder, &report)?;
    setting.out.line(&report.answer);
    setting.out.line(&format!("Report: {}", html.display()));
    setting.next(&report.next);
    let paths = json!({ "html": html.display().to_string(), "json": json.display().to_string() });
    Said::new(json!({ "written": paths }), reporting::standing(&migration)?)
}

/// Proves the ledger.
pub fn verify(setting: &Setting) -> Result<Said> {
    let migration = setting.look()?;
    let verified = prove(&migration, &setting.progress)?;
    let currency = migration.settings.currency;
    setting
        .out
        .stage("derived", &format!("{} again from the files' cells", words::count(verified.rows, "row")));
    setting.out.stage("opened", &words::count(verified.items, "sealed gift"));
    for control in &verified.controls {
        let sheet = control.sheet.as_ref().map(|s| format!(" sheet {s}")).unwrap_or_default();
        let text = crate::out::tally(control.tally, "row", currency);
        let edition = if control.earlier.is_some() { ", what was sent of an earlier edition" } else { "" };
        setting.out.stage("counted", &format!("{text}  {}{sheet}{edition}", control.file));
    }
    for line in verified.sent_otherwise.iter().take(50) {
        setting.out.line(&format!("  sent before the mapping changed: {line}"));
    }
    for problem in verified.problems.iter().take(50) {
        setting.out.line(&format!("  wrong: {problem}"));
    }
    let (exit, words) = if let (Some(_), false) = (migration.ledger.worker(), verified.problems.is_empty()) {
        (
            Exit::InUse,
            "Another run is at work, and this may be of what it has not ended: verify again once it has."
                .to_owned(),
        )
    } else if verified.problems.is_empty() {
        (
            Exit::Done,
            "Nothing is lost and nothing is doubled here: what was read is what stands in the piles. What is at \
             Virtuous, heirloom reconcile says."
                .to_owned(),
        )
    } else {
        let count = words::count(verified.problems.len() as u64, "problem");
        (Exit::VerifyFailed, format!("The ledger cannot be trusted: {count}."))
    };
    setting.out.line(&words);
    let report = reporting::build(&migration, reporting::Occasion::default())?;
    let next = match (exit, report.next.as_str()) {
        (Exit::InUse, next) => next,
        (Exit::Done, "heirloom verify") => "heirloom report --crosswalk    # for whoever looks up old ids",
        (Exit::Done, next) => next,
        _ => "heirloom explain total",
    };
    setting.next(next);
    let read = verified.read();
    Said::new(
        json!({
            "rows": verified.rows,
            "items": verified.items,
            "read": { "rows": read.rows, "minor": read.minor.to_string() },
            "problems": verified.problems,
            "sent_otherwise": verified.sent_otherwise,
        }),
        exit,
    )
}

/// Goes back to before a stage.
pub fn redo(setting: &Setting, stage: StageName, partial: bool) -> Result<Said> {
    let migration = setting.migration()?;
    let (stage, name) = match stage {
        StageName::Read => (Stage::Read, "read"),
        StageName::Map => (Stage::Map, "map"),
        StageName::Link => (Stage::Link, "link"),
        StageName::Plan => (Stage::Plan, "plan"),
    };
    let redone = match (stage, partial) {
        (Stage::Read, _) => migration.ledger.redo_partly(&partial_roles(&migration, partial)?)?,
        (_, false) => migration.ledger.redo(stage)?,
        (_, true) => {
            let what = "--partial says something of files, and only  redo read  reads them";
            return Err(Failure::usage(what, "leave it out"));
        }
    };
    if stage == Stage::Link {
        crate::stages::link_model::forget(&migration.ledger)?;
    }
    setting.out.line(&format!(
        "Gone back to before {name}: {} taken back, {} stay because they were sent. Decisions stay.",
        words::count(redone.rows, "result"),
        words::number(redone.kept)
    ));
    setting.next("heirloom check");
    Said::new(json!({ "stage": name, "taken_back": redone.rows, "kept": redone.kept }), Exit::Done)
}
