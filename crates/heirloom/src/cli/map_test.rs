//! `heirloom map test ROW`: one row before and after, step by step. The ledger is not opened.

use heirloom_mapping::{Mapping, RecordKind, Traced, outcome};
use heirloom_model::{Finding, Placed, SourceRow, column_letter};
use heirloom_report::words;
use serde_json::{Value, json};

use super::map_args::TestArgs;
use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::migration::load_mappings;
use crate::trial::{Trial, known_donors};

/// Maps one row (and the rows that are mapped together with it) and shows how.
pub fn test(setting: &Setting, args: &TestArgs) -> Result<Said> {
    let folder = setting.folder();
    let settings = folder.settings()?;
    let mappings = load_mappings(&folder, &settings)?;
    let mapping = choose(&mappings, args)?;
    let known = match mapping.record() {
        RecordKind::Gift => known_donors(&folder, &settings, &mappings)?,
        RecordKind::Donor => None,
    };
    let trial = Trial::new(&folder, &settings, mapping, known.as_ref())?;
    let sheets = &trial.survey.structure().sheets;
    let in_sheet = |row: &SourceRow| {
        let name = sheets.get(usize::from(row.sheet)).and_then(|s| s.name.as_deref());
        args.sheet.is_none() || name == args.sheet.as_deref()
    };
    let mut found: Vec<SourceRow> = Vec::new();
    trial.rows(|row| {
        if row.row_number == args.row && in_sheet(&row) {
            found.push(row);
        }
    })?;
    if found.is_empty() {
        return Err(Failure::usage(
            format!("{} has no filled row {}", mapping.main().name, args.row),
            "say the number that Excel shows; --mapping and --sheet choose the file and the sheet",
        ));
    }
    let mut documents = Vec::new();
    let mut held = false;
    for row in &found {
        let wanted = trial.survey.group_of(row.id.sequence());
        let mut group: Vec<SourceRow> = Vec::new();
        trial.rows(|other| {
            if wanted.contains(&other.id.sequence()) {
                group.push(other);
            }
        })?;
        let mapper = trial.mapper()?;
        let is_data = trial.survey.is_data(row.id.sequence());
        let placed = if is_data { mapper.apply(&group, &[]) } else { Vec::new() };
        let placed = placed.into_iter().find(|p| p.row == row.id);
        let sheet = sheets.get(usize::from(row.sheet));
        let header = sheet.and_then(|s| s.header.as_ref()).map_or(&[][..], |(_, cells)| cells.as_slice());
        let trace = if is_data { mapper.trace(row) } else { Vec::new() };
        held |= placed.as_ref().is_some_and(|p| p.findings.iter().any(Finding::blocks));
        show(setting, mapping, row, header, &trace, placed.as_ref(), group.len());
        documents.push(document(row, header, &trace, placed.as_ref()));
    }
    setting.next("heirloom map check");
    let exit = if held { Exit::NeedsPerson } else { Exit::Done };
    Said::new(json!({ "mapping": mapping.name(), "row": args.row, "rows": documents }), exit)
}

fn choose<'m>(mappings: &'m [Mapping], args: &TestArgs) -> Result<&'m Mapping> {
    let names = || mappings.iter().map(Mapping::name).collect::<Vec<_>>().join(", ");
    match &args.mapping {
        Some(name) => mappings.iter().find(|m| m.name() == name).ok_or_else(|| {
            Failure::usage(
                format!("heirloom.toml names no mapping \"{name}\""),
                format!("it names {}", names()),
            )
        }),
        None => {
            let gifts: Vec<&Mapping> = mappings.iter().filter(|m| m.record() == RecordKind::Gift).collect();
            match gifts.as_slice() {
                [one] => Ok(one),
                _ => Err(Failure::usage(
                    "it is not clear which mapping is meant",
                    format!("say --mapping: {}", names()),
                )),
            }
        }
    }
}

fn show(
    setting: &Setting,
    mapping: &Mapping,
    row: &SourceRow,
    header: &[String],
    trace: &[Traced],
    placed: Option<&Placed>,
    together: usize,
) {
    let out = setting.out;
    out.line(&format!(
        "Row {} of {}, by {}",
        words::number(u64::from(row.row_number)),
        mapping.main().name,
        mapping.name()
    ));
    out.line("  cells");
    for (index, cell) in row.cells().enumerate().filter(|(_, c)| !c.text.trim().is_empty()) {
        let name = header.get(index).map_or("", String::as_str);
        out.line(&format!(
            "    {:<3} {:<28} {}",
            column_letter(index),
            words::clip(name, 28),
            words::clip(cell.text, 70)
        ));
    }
    let Some(placed) = placed else {
        out.line("  becomes nothing: it is a title, a header, a total or a row that the mapping skips");
        return;
    };
    out.line("  fields");
    let mut blank = Vec::new();
    for traced in trace {
        if traced.text.is_empty() && traced.raw.trim().is_empty() {
            blank.push(traced.field.as_str());
            continue;
        }
        out.line(&format!(
            "    {:<18} {}: \"{}\"",
            words::clip(&traced.field, 30),
            traced.from,
            words::clip(traced.raw.trim(), 60)
        ));
        for (step, text) in &traced.steps {
            out.line(&format!("    {:<18}   {step} -> \"{}\"", "", words::clip(text, 60)));
        }
    }
    if !blank.is_empty() {
        out.line(&format!("    blank              {}", blank.join(", ")));
    }
    if together > 1 {
        out.line(&format!(
            "  with {} more, that are mapped together with it",
            words::count(together as u64 - 1, "row")
        ));
    }
    out.line("  becomes");
    for (name, text) in
        outcome(placed).into_iter().filter(|(name, text)| !text.is_empty() && *name != "findings")
    {
        out.line(&format!("    {name:<18} {}", words::clip(&text, 90)));
    }
    show_findings(setting, placed);
}

fn show_findings(setting: &Setting, placed: &Placed) {
    let out = setting.out;
    for finding in &placed.findings {
        let verb = if finding.blocks() { "fix" } else { "note" };
        let column =
            finding.column.as_ref().map(|c| format!(" in column {}", words::safe(c))).unwrap_or_default();
        let detail = if finding.detail.is_empty() {
            String::new()
        } else {
            format!("; {}", words::clip(&finding.detail, 120))
        };
        out.line(&format!(
            "  {verb}[{}] {}: \"{}\"{column}{detail}",
            finding.code,
            finding.code.title(),
            words::clip(&finding.seen, 60)
        ));
        out.line(&format!("    do     {}", finding.code.fix()));
    }
}

fn document(row: &SourceRow, header: &[String], trace: &[Traced], placed: Option<&Placed>) -> Value {
    let cells: Vec<Value> = row
        .cells()
        .enumerate()
        .map(|(i, c)| json!({ "letter": column_letter(i), "header": header.get(i), "text": c.text }))
        .collect();
    let fields: Vec<Value> = trace
        .iter()
        .map(|t| json!({ "field": t.field, "from": t.from, "raw": t.raw, "steps": t.steps, "text": t.text }))
        .collect();
    let became: serde_json::Map<String, Value> =
        placed.map(outcome).unwrap_or_default().into_iter().map(|(k, v)| (k.to_owned(), json!(v))).collect();
    let findings: Vec<Value> = placed
        .iter()
        .flat_map(|p| &p.findings)
        .map(|f| json!({ "code": f.code.as_str(), "blocks": f.blocks(), "column": f.column, "seen": f.seen, "detail": f.detail }))
        .collect();
    json!({ "cells": cells, "fields": fields, "becomes": became, "findings": findings })
}
