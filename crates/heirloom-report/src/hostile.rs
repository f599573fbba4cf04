//! The invented report with every text hostile.

use std::sync::Arc;

use heirloom_model::Finding;

use crate::Report;
use crate::invented::food_bank;

/// The same report with every text hostile: to pages, terminals and eyes.
pub fn report() -> Report {
    let mut report = food_bank();
    report.at_work = Some("laptop process 4711".to_owned());
    let hostile = &mut |text: &mut String| {
        if !text.is_empty() {
            *text = HOSTILE.to_owned();
        }
    };
    each_text(&mut report, hostile);
    report
}

/// What each text of [`report`] says.
pub const HOSTILE: &str = "</title></style><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;{{7*7}}\x1b[2J\x1b]0;x\x07\r\n\u{9b}31m\u{202e}gnp\u{0}";

fn each_text(r: &mut Report, change: &mut impl FnMut(&mut String)) {
    [&mut r.migration, &mut r.organization, &mut r.source, &mut r.answer, &mut r.next]
        .into_iter()
        .for_each(&mut *change);
    if let Some(rehearsal) = &mut r.rehearsal {
        change(&mut rehearsal.world);
        rehearsal.on_the_way.iter_mut().for_each(&mut *change);
    }
    r.at_work.iter_mut().chain(&mut r.unsettled).for_each(&mut *change);
    r.tiles.iter_mut().for_each(|t| change(&mut t.label));
    for line in &mut r.chain {
        [&mut line.label, &mut line.note].into_iter().for_each(&mut *change);
    }
    for todo in &mut r.todo {
        [&mut todo.what, &mut todo.owner, &mut todo.command].into_iter().for_each(&mut *change);
    }
    for file in &mut r.files {
        [&mut file.name, &mut file.digest].into_iter().for_each(&mut *change);
        file.sheet.iter_mut().chain(&mut file.notes).for_each(&mut *change);
    }
    for lines in [&mut r.by_year, &mut r.by_fund, &mut r.by_type] {
        lines.iter_mut().for_each(|l| change(&mut l.label));
    }
    for lines in [&mut r.excluded, &mut r.blanks] {
        lines.iter_mut().for_each(|l| change(&mut l.rule));
    }
    for group in &mut r.findings {
        group.values.iter_mut().for_each(|v| change(&mut v.0));
        group.examples.iter_mut().for_each(|e| each_finding_text(e, change));
    }
    r.duplicates.largest.iter_mut().for_each(|l| change(&mut l.0));
    for pair in &mut r.duplicates.examples {
        [&mut pair.a, &mut pair.b, &mut pair.reasons].into_iter().for_each(&mut *change);
    }
    for plan in &mut r.plans {
        [&mut plan.name, &mut plan.batch, &mut plan.digest].into_iter().for_each(&mut *change);
    }
    r.reconcile.iter_mut().flat_map(|l| &mut l.differences).for_each(&mut *change);
    for doubt in &mut r.in_doubt {
        [&mut doubt.key, &mut doubt.since].into_iter().for_each(&mut *change);
    }
    r.decisions.iter_mut().for_each(&mut *change);
    for (what, value) in &mut r.provenance {
        [what, value].into_iter().for_each(&mut *change);
    }
}

fn each_finding_text(finding: &mut Finding, change: &mut impl FnMut(&mut String)) {
    let (mut file, mut sheet) = ("file".to_owned(), "sheet".to_owned());
    [&mut file, &mut sheet, &mut finding.seen, &mut finding.detail].into_iter().for_each(&mut *change);
    finding.at.file = Arc::from(file);
    finding.at.sheet = Some(Arc::from(sheet));
    finding.column.iter_mut().for_each(change);
}
