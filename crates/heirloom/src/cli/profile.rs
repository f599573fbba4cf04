//! `heirloom profile`: what files hold, column by column, before there is a mapping.

use std::path::PathBuf;

use clap::Args;
use heirloom_mapping::{ColumnProfile, ColumnType, Distinct, Range, SheetProfile};
use heirloom_model::column_letter;
use heirloom_report::words::{self, Align};
use serde_json::{Value, json};

use super::profile_words::{Values, line, odd_in_words, seen, sheet_in_words};
use super::{Said, Setting, profile_page};
use crate::failure::{Exit, Result};
use crate::look::{Looked, look};
use crate::out::Out;

/// What `profile` is told.
#[derive(Args)]
pub struct ProfileArgs {
    /// The exports: CSV files or workbooks
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write the profile as a page too, without script or network
    #[arg(long, value_name = "PAGE")]
    pub html: Option<PathBuf>,
    /// Show cells too: first and last texts, frequent values. Donor data: not for tickets or mail
    #[arg(long)]
    pub show_values: bool,
}

/// Profiles each file. A file that cannot be read is said so, and the others go on.
pub fn profile(setting: &Setting, args: &ProfileArgs) -> Result<Said> {
    let values = if args.show_values { Values::Shown } else { Values::Hidden };
    let (mut documents, mut rows, mut failed) = (Vec::new(), 0, None);
    let mut pages = Vec::new();
    for path in &args.files {
        match look(path) {
            Ok(looked) => {
                rows += looked.profile.sheets.iter().map(|s| s.rows).sum::<u64>();
                print(setting.out, &looked, values);
                documents.push(document(&looked, values));
                pages.push(profile_page::file(&looked, values));
            }
            Err(failure) if args.files.len() > 1 => {
                setting.out.line(&format!("{}\n  {failure}\n", path.display()));
                let file = path.file_name().map(|n| n.to_string_lossy().into_owned());
                pages.push(profile_page::unread(file.as_deref().unwrap_or_default(), &failure));
                documents.push(json!({ "file": file, "error": failure.to_string() }));
                failed.get_or_insert(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    let files = words::count(args.files.len() as u64, "file");
    setting.out.line(&format!("{files}, {}.", words::count(rows, "row")));
    if let Some(path) = &args.html {
        profile_page::write(path, pages, values)?;
        setting.out.line(&format!("Page: {}", path.display()));
    }
    if let Some(first) = args.files.first() {
        setting.next_in(std::path::Path::new("."), &format!("heirloom map suggest {}", first.display()));
    }
    let exit = if failed.is_some() { Exit::Usage } else { Exit::Done };
    Said::new(json!({ "files": documents, "rows": rows, "page": args.html }), exit)
}

fn print(out: Out, looked: &Looked, values: Values) {
    out.line(&format!(
        "{}   {}, {} bytes",
        words::safe(&looked.name),
        looked.kind,
        words::number(looked.bytes)
    ));
    for line in &looked.evidence {
        out.line(&format!("  {}", words::safe(line)));
    }
    for (code, count, row) in &looked.odd {
        let title = code.title();
        out.line(&format!("  {code} {title}: {}, first in row {row}", words::count(*count, "row")));
    }
    for sheet in &looked.profile.sheets {
        print_sheet(out, sheet, values);
    }
    out.line("");
}

fn print_sheet(out: Out, sheet: &SheetProfile, values: Values) {
    let (about, notes) = sheet_in_words(sheet);
    out.line(&format!("  {about}"));
    notes.iter().for_each(|note| out.line(&format!("  {note}")));
    let mut table =
        vec![["", "header", "type", "filled", "distinct", "range", "shape"].map(str::to_owned).to_vec()];
    table.extend(sheet.columns.iter().map(|column| line(column, sheet.rows, values).to_vec()));
    let align = [Align::Left, Align::Left, Align::Left, Align::Right, Align::Right];
    for line in words::table(&table, &align).lines() {
        out.line(&format!("  {line}"));
    }
    for column in &sheet.columns {
        let letter = column_letter(column.index);
        for odd in &column.oddities {
            let header = words::clip(&column.header, 34);
            out.line(&format!("  odd  {letter} \"{header}\": {}", odd_in_words(odd)));
        }
        if values == Values::Shown {
            out.line(&format!("  seen {letter} {}", seen(column)));
        }
    }
}

/// A look at a file as a document.
fn document(looked: &Looked, values: Values) -> Value {
    let sheets: Vec<Value> =
        looked.profile.sheets.iter().map(|sheet| sheet_document(sheet, values)).collect();
    let odd: Vec<Value> = looked
        .odd
        .iter()
        .map(|(code, rows, first)| json!({ "code": code.as_str(), "rows": rows, "first_row": first }))
        .collect();
    json!({
        "file": looked.name, "kind": looked.kind, "bytes": looked.bytes, "evidence": looked.evidence,
        "odd": odd, "sheets": sheets,
    })
}

fn sheet_document(sheet: &SheetProfile, values: Values) -> Value {
    let columns: Vec<Value> = sheet.columns.iter().map(|c| column_document(c, sheet.rows, values)).collect();
    json!({
        "sheet": sheet.name.as_deref(), "header_row": sheet.header_row, "title_rows": sheet.titles,
        "rows": sheet.rows, "total_rows": sheet.totals,
        "lonely_rows": sheet.lonely_rows, "long_rows": sheet.long_rows, "columns": columns,
    })
}

fn column_document(column: &ColumnProfile, rows: u64, values: Values) -> Value {
    let (distinct, exact) = match column.distinct {
        Distinct::Exact(count) => (count, true),
        Distinct::About(count) => (count, false),
    };
    let types: serde_json::Map<String, Value> =
        column.types.iter().map(|(kind, count)| (kind.as_str().to_owned(), json!(count))).collect();
    let shapes: Vec<Value> = column.shapes.iter().map(|(s, n)| json!({ "shape": s, "cells": n })).collect();
    let odd: Vec<Value> = column
        .oddities
        .iter()
        .map(|o| json!({ "kind": o.kind.code(), "title": o.kind.title(), "cells": o.count, "detail": o.detail, "rows": o.rows }))
        .collect();
    let mut document = json!({
        "letter": column_letter(column.index), "header": column.header, "type": column.kind.as_str(),
        "filled": column.filled, "blank": rows.saturating_sub(column.filled),
        "distinct": distinct, "distinct_is_exact": exact, "unique": column.is_unique(rows),
        "types": types, "length_max": column.length_max, "shapes": shapes, "oddities": odd,
    });
    if let Some(span) = column.dates {
        document["years"] = json!([span.first.year(), span.last.year()]);
    }
    if let Some(range) = column.numbers.filter(|_| column.kind == ColumnType::Amount) {
        document["range"] = json!({
            "min": Range::plain(range.min.into()), "max": Range::plain(range.max.into()),
            "sum": Range::plain(range.sum), "negative": range.negative, "zero": range.zero,
        });
    }
    if values == Values::Shown {
        document["first"] = json!(column.texts.as_ref().map(|(first, _)| first));
        document["last"] = json!(column.texts.as_ref().map(|(_, last)| last));
        let list = column.values.as_ref();
        document["values"] = json!(list.map(|l| l.iter().map(|(t, n)| json!([t, n])).collect::<Vec<_>>()));
    }
    document
}
