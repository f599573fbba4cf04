//! read, map and link in order: what every command needs before it can look at a migration.

use heirloom_report::Report;
use heirloom_report::words::{self, finding_block};

use crate::failure::Result;
use crate::migration::Migration;
use crate::out::{Out, link_line, map_lines, read_lines};
use crate::progress::Progress;
use crate::stages::reread::corrected;
use crate::stages::{link, map, read};

/// Brings the ledger up to date with the input files and mappings; prints counts and totals.
///
/// # Errors
/// Unreadable files, mistakes in mappings, storage.
pub fn prepare(migration: &Migration, out: Out, progress: Progress) -> Result<()> {
    let files = read::read(migration, &progress)?;
    read_lines(out, &files);
    let mapped = map::map(migration, &progress)?;
    map_lines(out, migration, &mapped)?;
    let changed = corrected(&migration.ledger)?.len() as u64;
    if changed > 0 {
        let count = words::count(changed, "item");
        out.stage(
            "corrected",
            &format!("{count} that were sent read otherwise now: heirloom unresolved lists them"),
        );
    }
    let linked = link::link(migration, &progress)?;
    link_line(out, linked);
    Ok(())
}

/// Shows the findings that hold rows, most money first, one example each; the rest is in the report.
pub fn finding_lines(out: Out, report: &Report, kinds_max: usize) {
    let blocking: Vec<_> = report
        .findings
        .iter()
        .filter_map(|g| Some((g, g.examples.first().filter(|e| e.blocks())?)))
        .collect();
    for (group, example) in blocking.iter().take(kinds_max) {
        out.line("");
        out.line(finding_block(group, example, report.currency).trim_end());
    }
    let more = blocking.len().saturating_sub(kinds_max);
    if more > 0 {
        let kinds = words::count(more as u64, "more kind");
        out.line(&format!("\nThe report shows {kinds} of rows that need a person, and the warnings."));
    }
}
