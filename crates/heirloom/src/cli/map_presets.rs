//! `heirloom map presets`: what each preset expects, and which one fits a file.

use std::path::Path;

use heirloom_mapping::{Fit, Mapping, RecordKind, fits};
use heirloom_report::words::{self, Align};
use serde_json::{Value, json};

use super::map_args::PresetsArgs;
use super::{Said, Setting};
use crate::failure::{Exit, Result};
use crate::look::look;
use crate::presets::{PRESETS, preset};

/// Columns that are named for a preset.
const NAMED: usize = 4;

/// Lists the presets, or those that fit a file.
pub fn presets(setting: &Setting, args: &PresetsArgs) -> Result<Said> {
    match &args.file {
        Some(file) => fitting(setting, file),
        None => list(setting),
    }
}

fn list(setting: &Setting) -> Result<Said> {
    let known = PRESETS.iter().filter_map(|(name, text)| heirloom_mapping::parse(name, text, &preset).ok());
    let known: Vec<Mapping> = known.collect();
    let mut table = vec![["preset", "of", "system", "needs", "known by"].map(str::to_owned).to_vec()];
    let mut documents = Vec::new();
    for mapping in &known {
        let needed = mapping.needed_columns();
        let mut marks: Vec<(usize, &String)> = needed.iter().map(|c| (sharers(&known, c), c)).collect();
        marks.sort_by_key(|(others, _)| *others);
        let marks: Vec<&str> = marks.into_iter().take(NAMED).map(|(_, c)| c.as_str()).collect();
        let record = record(mapping.record());
        table.push(vec![
            mapping.name().to_owned(),
            record.to_owned(),
            mapping.system().to_owned(),
            words::count(needed.len() as u64, "column"),
            marks.join(", "),
        ]);
        let companions: Vec<&str> = mapping.companions().iter().map(|c| c.name.as_str()).collect();
        documents.push(json!({
            "preset": mapping.name(), "record": record, "system": mapping.system(), "needs": needed,
            "known_by": marks, "companions": companions,
        }));
    }
    for line in words::table(&table, &[Align::Left]).lines() {
        setting.out.line(line);
    }
    setting.out.line(&format!("{}.", words::count(known.len() as u64, "preset")));
    setting.next_in(Path::new("."), "heirloom map presets FILE");
    Said::new(json!({ "presets": documents }), Exit::Done)
}

/// How many presets need a column of this name.
fn sharers(known: &[Mapping], column: &str) -> usize {
    known.iter().filter(|m| m.needed_columns().iter().any(|c| c.eq_ignore_ascii_case(column))).count()
}

fn fitting(setting: &Setting, file: &Path) -> Result<Said> {
    let looked = look(file)?;
    let mut documents = Vec::new();
    let mut any = false;
    for sheet in looked.profile.sheets.iter().filter(|s| s.rows > 0) {
        let found = fits(sheet, PRESETS);
        let name = sheet.name.as_ref().map(|n| format!(" sheet \"{}\"", words::safe(n))).unwrap_or_default();
        setting.out.line(&format!(
            "{}{name}, {}",
            words::safe(&looked.name),
            words::count(sheet.rows, "row")
        ));
        let (whole, near): (Vec<&Fit>, Vec<&Fit>) = found.iter().partition(|f| f.missing.is_empty());
        any |= !whole.is_empty();
        for fit in &whole {
            setting.out.line(&format!(
                "  fits      {} ({} of {}): all {} needed columns in row {}; {} of {} columns mapped or ignored",
                fit.preset, record(fit.record), fit.system, fit.needed, fit.header_row, fit.covered, fit.columns
            ));
        }
        if whole.is_empty() {
            setting.out.line("  no preset fits");
        }
        for fit in near.iter().take(3) {
            let missing: Vec<String> = fit.missing.iter().take(5).map(|m| format!("\"{m}\"")).collect();
            setting.out.line(&format!(
                "  nearly    {} ({} of {}): lacks {}",
                fit.preset,
                record(fit.record),
                fit.system,
                missing.join(", ")
            ));
        }
        let fits: Vec<Value> = found
            .iter()
            .map(|f| json!({
                "preset": f.preset, "record": record(f.record), "system": f.system, "fits": f.missing.is_empty(),
                "header_row": f.header_row, "needed": f.needed, "missing": f.missing, "covered": f.covered, "columns": f.columns,
            }))
            .collect();
        documents.push(json!({ "sheet": sheet.name.as_deref(), "rows": sheet.rows, "presets": fits }));
    }
    setting.next_in(Path::new("."), &format!("heirloom map suggest {}", file.display()));
    Said::new(json!({ "file": looked.name, "fits": any, "sheets": documents }), Exit::Done)
}

/// The word for a kind of record.
pub fn record(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Gift => "gift",
        RecordKind::Donor => "donor",
    }
}
