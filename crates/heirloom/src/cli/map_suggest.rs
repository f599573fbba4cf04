//! `heirloom map suggest`: a first mapping of a file, to be read before it is used.

use std::path::Path;

use heirloom_mapping::{Ask, Confidence, Suggestion, Tallier, suggest};
use heirloom_model::column_letter;
use heirloom_report::words;
use serde_json::{Value, json};

use super::map_args::SuggestArgs;
use super::map_presets::record;
use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::look::{again, look};
use crate::presets::{PRESETS, preset};
use crate::write::write_whole;

/// Drafts a mapping; the draft goes to standard output, or to a file.
pub fn suggest_mapping(setting: &Setting, args: &SuggestArgs) -> Result<Said> {
    let looked = look(&args.file)?;
    let wanted = |name: Option<&str>| args.sheet.as_deref().is_none_or(|s| name == Some(s));
    let sheets = looked.profile.sheets.iter().enumerate();
    let found =
        sheets.filter(|(_, s)| wanted(s.name.as_deref())).find(|(_, s)| s.rows > 0 || args.sheet.is_some());
    let Some((index, sheet)) = found else {
        return Err(Failure::usage(
            format!("{} has no such sheet, or no rows below a header", looked.name),
            format!("look at it with  heirloom profile {}", args.file.display()),
        ));
    };
    let ask = Ask { record: args.record.map(|r| r.kind()), without_preset: args.no_preset };
    let suggestion = suggest(&looked.name, sheet, PRESETS, ask);
    let mut tallier = Tallier::new(&suggestion, index as u16);
    again(&args.file, |row| tallier.add(row))?;
    let draft = suggestion.draft(&tallier);
    if let Err(problems) = heirloom_mapping::parse("the draft", &draft, &preset) {
        return Err(Failure::Mapping(problems));
    }
    let document = document(&suggestion, &draft);
    match &args.out {
        None => setting.out.line(draft.trim_end()),
        Some(path) => {
            write(path, &draft)?;
            tell(setting, &suggestion, path);
            setting.next_in(Path::new("."), &format!("read {}, put it into mappings/ and its name into heirloom.toml, then  heirloom map check", path.display()));
        }
    }
    Said::new(document, Exit::Done)
}

/// Writes a new file; never over another.
fn write(path: &Path, text: &str) -> Result<()> {
    if path.exists() {
        return Err(Failure::usage(
            format!("{} exists already, and a draft never overwrites a mapping", path.display()),
            "name another file after --out",
        ));
    }
    write_whole(path, text)
}

fn tell(setting: &Setting, suggestion: &Suggestion<'_>, path: &Path) {
    let count = |c: Confidence| suggestion.guesses.iter().filter(|g| g.confidence == c).count();
    match &suggestion.fit {
        Some(fit) => setting
            .out
            .line(&format!("Recognised {} by {} columns that {} needs.", fit.system, fit.needed, fit.preset)),
        None => setting.out.line("No preset fits: guessed from names and content."),
    }
    setting.out.line(&format!(
        "{}: a {} mapping; {} fields: {} sure, {} likely, {} to look at; {} left unmapped and reported.",
        path.display(),
        record(suggestion.record),
        suggestion.guesses.len(),
        count(Confidence::Sure),
        count(Confidence::Likely),
        count(Confidence::Guess),
        words::count(suggestion.unmapped.len() as u64, "column"),
    ));
}

fn document(suggestion: &Suggestion<'_>, draft: &str) -> Value {
    let guesses: Vec<Value> = suggestion
        .guesses
        .iter()
        .map(|g| {
            let column = suggestion.column(&g.field).map(|c| c.header.clone());
            json!({
                "field": g.field, "letter": column_letter(g.column), "column": column,
                "confidence": g.confidence.as_str(), "percent": g.percent, "reason": g.reason,
            })
        })
        .collect();
    let unmapped: Vec<String> = suggestion.unmapped.iter().map(|c| column_letter(*c)).collect();
    json!({
        "file": suggestion.file, "record": record(suggestion.record),
        "preset": suggestion.fit.as_ref().map(|f| f.preset.clone()),
        "guesses": guesses, "unmapped": unmapped, "draft": draft,
    })
}
