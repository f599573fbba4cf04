//! `heirloom handover` and `heirloom report --crosswalk`: pages that go to somebody else.

use std::path::PathBuf;

use heirloom_report::{Handover, WORKBOOK_ROWS_MAX, csv, handover_html, handover_text, words, workbook};
use serde_json::{Value, json};

use super::{Said, Setting};
use crate::crosswalk::{Matched, crosswalk as build};
use crate::failure::{Failure, Result};
use crate::handover::handover as fill;
use crate::reporting;
use crate::write::{write_bytes, write_whole};

/// Arguments of `handover`.
#[derive(clap::Args)]
pub struct HandoverArgs {
    /// Write the page as a file to print as well
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// One page for the person who presses Run.
pub fn handover(setting: &Setting, asked: &HandoverArgs) -> Result<Said> {
    let migration = setting.look()?;
    let page = fill(&migration)?;
    setting.out.line(handover_text(&page).trim_end());
    if let Some(path) = &asked.out {
        write_whole(path, &handover_html(&page))?;
        setting.out.line(&format!("To print: {}", path.display()));
    }
    let report = reporting::build(&migration, reporting::Occasion::default())?;
    let all_sent = page.unsent.0 == 0;
    let next = match page.runs > 0 && all_sent && page.at_work.is_none() {
        true => "heirloom reconcile    # once Run was pressed",
        false => report.next.as_str(),
    };
    setting.next(next);
    let mut document = page_json(&page);
    document["written"] = json!(asked.out);
    document["next"] = json!(next);
    Said::new(document, reporting::standing(&migration)?)
}

fn page_json(page: &Handover) -> Value {
    let list = |lines: &[(String, u64)]| -> Vec<Value> {
        lines.iter().map(|(what, count)| json!({ "what": what, "count": count })).collect()
    };
    let imports = page.imports.iter().map(|one| {
        json!({
            "name": one.name,
            "items": one.items,
            "minor": one.minor.to_string(),
            "calls": one.calls,
            "waiting": one.waiting,
            "left": one.left,
            "missing": one.missing,
            "discarded": one.discarded,
            "in_doubt": one.in_doubt,
            "in_doubt_minor": one.in_doubt_minor.to_string(),
            "to_do": one.to_do(),
        })
    });
    json!({
        "pause_first": heirloom_report::PAUSE_FIRST,
        "organization": page.organization,
        "rehearsal": page.is_rehearsal,
        "imports": imports.collect::<Vec<_>>(),
        "runs": page.runs,
        "unsent": { "items": page.unsent.0, "minor": page.unsent.1.to_string() },
        "flags": list(&page.flags),
        "not_carried": list(&page.not_carried),
    })
}

/// Writes the crosswalk as two CSV files and one workbook.
pub fn crosswalk(setting: &Setting) -> Result<Said> {
    let migration = setting.look()?;
    let walk = build(&migration)?;
    let folder = migration.folder.reports();
    let mut written = Vec::new();
    for (name, sheet) in [("crosswalk-donors.csv", &walk.donors), ("crosswalk-gifts.csv", &walk.gifts)] {
        let path = folder.join(name);
        write_whole(&path, &csv(sheet))?;
        written.push(path);
    }
    let (donors, gifts) = (walk.donors_matched, walk.gifts_matched);
    let fits = walk.donors.rows.len().max(walk.gifts.rows.len()) <= WORKBOOK_ROWS_MAX;
    if fits {
        let path = folder.join("crosswalk.xlsx");
        let bytes = workbook(&[walk.donors, walk.gifts]).map_err(|error| {
            Failure::usage(format!("cannot make the workbook: {error}"), "use the CSV files beside it")
        })?;
        write_bytes(&path, &bytes)?;
        written.push(path);
    }
    for (what, matched) in [("donors", donors), ("gifts", gifts)] {
        let text = format!(
            "{} have their ids at Virtuous, {} have not, each with why",
            words::count(matched.matched, "row"),
            words::number(matched.unmatched)
        );
        setting.out.stage(what, &text);
    }
    for path in &written {
        setting.out.stage("written", &path.display().to_string());
    }
    if !fits {
        setting.out.line("Too many rows for a workbook: the CSV files have them all.");
    }
    let report = reporting::build(&migration, reporting::Occasion::default())?;
    setting.next(&report.next);
    let counts = |m: Matched| json!({ "matched": m.matched, "unmatched": m.unmatched });
    Said::new(
        json!({ "donors": counts(donors), "gifts": counts(gifts), "written": written, "next": report.next }),
        reporting::standing(&migration)?,
    )
}
