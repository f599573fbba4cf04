//! Files for people: reports and plan files, written whole or not at all, and readable by their owner alone.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use heirloom_ledger::{OrgFact, OrgFactRow, PlanFacts};
use heirloom_report::Report;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::folder::Folder;
use crate::platform::private_file;

/// From this age on a half-written file is a rest.
const REST_AGE: Duration = Duration::from_secs(3_600);

/// Writes `report.html` and `report.json`; gives their paths.
///
/// # Errors
/// [`Failure::Write`].
pub fn write_report(folder: &Folder, report: &Report) -> Result<(PathBuf, PathBuf)> {
    let html = folder.reports().join("report.html");
    let json = folder.reports().join("report.json");
    write_whole(&html, &heirloom_report::html(report))?;
    write_whole(&json, &heirloom_report::json(report))?;
    Ok((html, json))
}

/// What a plan's file says besides the plan.
pub struct Beside<'a> {
    /// The organization's name and id, as the ledger is bound to it.
    pub organization: &'a str,
    /// What is known of it.
    pub facts: &'a [(OrgFact, Option<OrgFactRow>)],
}

/// Writes the file by which a person names and reviews a plan.
///
/// # Errors
/// [`Failure::Write`].
pub fn write_plan(folder: &Folder, plan: &PlanFacts, beside: &Beside<'_>) -> Result<PathBuf> {
    let path = folder.plans().join(format!("{}.plan.json", plan.name));
    let totals: Vec<_> = plan
        .total
        .iter()
        .map(|(currency, minor)| json!({ "currency": currency.as_str(), "minor": minor.to_string() }))
        .collect();
    let facts = beside.facts.iter().map(|(fact, row)| match row {
        Some(row) => json!({
            "fact": fact.as_str(), "value": row.value, "evidence": row.evidence, "initials": row.initials,
            "at": row.at.to_string(),
        }),
        None => json!({ "fact": fact.as_str(), "value": "unknown" }),
    });
    let document = json!({
        "version": 1,
        "plan": plan.name,
        "kind": plan.kind.as_str(),
        "items": plan.items,
        "totals": totals,
        "digest": plan.digest.to_string(),
        "organization": beside.organization,
        "sealed_at": plan.created.to_string(),
        "facts": facts.collect::<Vec<_>>(),
    });
    write_whole(&path, &format!("{document:#}\n"))?;
    Ok(path)
}

/// Writes a file that only its owner can read, beside the target first, so that a stop leaves the old file
/// or the new one, never half.
///
/// # Errors
/// [`Failure::Write`].
pub fn write_whole(path: &Path, text: &str) -> Result<()> {
    write_bytes(path, text.as_bytes())
}

/// The same for any bytes.
///
/// # Errors
/// [`Failure::Write`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    let (beside, mut file) = private_beside(path)?;
    file.write_all(bytes).map_err(|error| Failure::write(&beside, error))?;
    drop(file);
    std::fs::rename(&beside, path).map_err(|error| Failure::write(path, error))
}

/// Opens a new file beside the target that only its owner can read, and makes the folder if it is missing.
///
/// # Errors
/// [`Failure::Write`].
pub fn private_beside(path: &Path) -> Result<(PathBuf, File)> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Two that write the same file, one of them beside another's work, each write their own.
    let own = path.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{own}.{}.part", std::process::id());
    let beside = folder.join(&name);
    let failed = |error| Failure::write(&beside, error);
    remove_rests(folder, &own);
    // A rest of an earlier run may be readable by others.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let file = private_file(folder, &name).map_err(failed)?;
    Ok((beside, file))
}

/// What runs that were stopped while they wrote this file left behind; nobody writes for so long.
fn remove_rests(folder: &Path, own: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let rest = name.strip_prefix(own).and_then(|rest| rest.strip_prefix('.'));
        let process = rest.and_then(|rest| rest.strip_suffix(".part"));
        if !process.is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit())) {
            continue;
        }
        let age = path.metadata().and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > REST_AGE) {
            // One that stays is in nobody's way.
            let _ = std::fs::remove_file(&path);
        }
    }
}
