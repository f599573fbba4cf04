//! Tables: by year, fund and type; exclusions, blanks, findings, files.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_ledger::Ledger;
use heirloom_mapping::RecordKind;
use heirloom_model::{Code, Currency, Finding, Money as Amount, Pile, PileLine, RowId, RowRef, Tally};
use heirloom_report::{Agreement, FileLine, FindingGroup, RuleLine, words};

use super::{EXAMPLES_MAX, Money};
use crate::failure::Result;
use crate::migration::Migration;
use crate::stages::control::Control;
use crate::stages::preflight::lacking_found;

/// One line a label; a label of which something differs at the target does not agree, whatever the sums.
pub(super) fn agreements(
    lines: &[PileLine],
    differing: &BTreeSet<String>,
    key: impl Fn(&PileLine) -> Option<String>,
) -> Vec<Agreement> {
    let mut table: BTreeMap<(bool, String), Agreement> = BTreeMap::new();
    for line in lines {
        let key = key(line);
        let label = key.clone().unwrap_or_else(|| "unknown".into());
        let row = table.entry((key.is_none(), label.clone())).or_insert_with(|| Agreement {
            label,
            agrees: true,
            ..Agreement::default()
        });
        row.file.merge(line.tally);
        match line.pile {
            Pile::Excluded | Pile::SetAside | Pile::Superseded | Pile::Repeat => {
                row.excluded.merge(line.tally)
            }
            // Gifts of a donor who is held himself wait for a person as much as held ones do.
            Pile::Held | Pile::WaitingForDonor => row.held.merge(line.tally),
            Pile::Ready => {}
            sealed => {
                row.sent.merge(line.tally);
                if sealed == Pile::Confirmed {
                    row.confirmed.merge(line.tally);
                }
            }
        }
    }
    let mut rows: Vec<Agreement> = table.into_values().collect();
    for row in &mut rows {
        row.agrees = !differing.contains(&row.label)
            && row.confirmed == row.sent
            && row.file.rows == row.excluded.rows + row.held.rows + row.sent.rows
            && row.file.minor == row.excluded.minor + row.held.minor + row.sent.minor;
    }
    rows
}

pub(super) fn rules(lines: &[PileLine], pile: Pile) -> Vec<RuleLine> {
    let of_pile: Vec<PileLine> = lines.iter().filter(|l| l.pile == pile).cloned().collect();
    PileLine::sum_by(&of_pile, |l| l.rule.clone().unwrap_or_default())
        .into_iter()
        .map(|(rule, tally)| RuleLine { rule, rows: tally.rows, minor: tally.minor })
        .collect()
}

pub(super) fn blanks(ledger: &Ledger) -> Result<Vec<RuleLine>> {
    let mut sums: BTreeMap<String, Tally> = BTreeMap::new();
    for found in ledger.findings()?.iter().filter(|f| f.finding.code == Code::BlankMapped) {
        let column = found.finding.column.clone().unwrap_or_default();
        sums.entry(format!("{column} {}", found.finding.detail).trim().to_owned())
            .or_default()
            .add(found.amount);
    }
    Ok(sums.into_iter().map(|(rule, t)| RuleLine { rule, rows: t.rows, minor: t.minor }).collect())
}

/// Findings of rows and of whole files, those that hold rows first, most money first.
pub(super) fn findings(ledger: &Ledger, of_files: &[Finding], home: Currency) -> Result<Vec<FindingGroup>> {
    let mut examples: BTreeMap<Code, Vec<Finding>> = BTreeMap::new();
    let mut tallies: BTreeMap<Code, Tally> = BTreeMap::new();
    let mut last: BTreeMap<Code, RowId> = BTreeMap::new();
    let mut count = |finding: Finding, row: Option<RowId>, amount: Option<Amount>| {
        // Two findings of one kind in one row are one row, and its money once.
        if row.is_none() || last.get(&finding.code) != row.as_ref() {
            tallies.entry(finding.code).or_default().add(amount.filter(|m| m.currency() == home));
            last.extend(row.map(|row| (finding.code, row)));
        }
        let list = examples.entry(finding.code).or_default();
        if list.len() < EXAMPLES_MAX {
            list.push(finding);
        }
    };
    ledger.findings()?.into_iter().for_each(|found| count(found.finding, Some(found.row), found.amount));
    of_files.iter().for_each(|finding| count(finding.clone(), None, None));
    let mut values: BTreeMap<Code, Vec<(String, u64, i128)>> = BTreeMap::new();
    for group in ledger.finding_groups(home)? {
        values.entry(group.code).or_default().push((group.seen, group.rows, group.minor));
    }
    for (code, what, found) in lacking_found(ledger)? {
        tallies.entry(code).or_default().merge(Tally { rows: found.rows, minor: found.minor });
        values.entry(code).or_default().push((what.clone(), found.rows, found.minor));
        let list = examples.entry(code).or_default();
        let row = found.example.filter(|_| list.len() < EXAMPLES_MAX);
        if let Some(at) = row.map(|row| place_of(ledger, row)).transpose()?.flatten() {
            list.push(Finding { code, at, column: None, seen: what, detail: String::new() });
        }
    }
    let group_of = |(code, tally): (Code, Tally)| FindingGroup {
        code,
        rows: tally.rows,
        minor: tally.minor,
        values: values.remove(&code).unwrap_or_default(),
        examples: examples.remove(&code).unwrap_or_default(),
    };
    let mut groups: Vec<FindingGroup> = tallies.into_iter().map(group_of).collect();
    groups.sort_by_key(|g| (g.code.severity(), std::cmp::Reverse(g.minor), g.code));
    Ok(groups)
}

/// Where a row stands in its file.
fn place_of(ledger: &Ledger, row: RowId) -> Result<Option<RowRef>> {
    let files = ledger.files()?;
    let name = files.iter().find(|file| file.id == row.file()).map(|file| file.name.as_str());
    let found = ledger.rows_by_id(&[row])?;
    Ok(found.first().zip(name).map(|(found, name)| RowRef {
        file: name.into(),
        sheet: None,
        row_number: found.row_number,
    }))
}

pub(super) fn files(migration: &Migration, money: &Money) -> Result<Vec<FileLine>> {
    let mut lines = Vec::new();
    for file in migration.ledger.files()? {
        let end = file.finished.clone().unwrap_or_default();
        let mut notes = end.notes.clone();
        notes.extend(end.masked.iter().map(|(column, cells)| {
            format!("{} of column \"{column}\" masked and not kept", words::count(*cells, "cell"))
        }));
        let counts = migration.file(&file.role)?.is_some_and(|newest| newest.id == file.id);
        let earlier = (!counts).then_some(file.id);
        if counts {
            let totals = money.control_totals.iter().filter(|(name, _)| *name == file.name);
            notes.extend(totals.map(|(_, said)| said.clone()));
        } else if migration.editions(&file.role)?.iter().any(|edition| edition.id == file.id) {
            notes.push(
                "an earlier edition: what was sent of it stays, its other rows are superseded".to_owned(),
            );
        } else {
            continue;
        }
        let worth: Vec<&Control> =
            money.controls.iter().filter(|c| c.file == file.name && c.earlier == earlier).collect();
        let is_gifts = migration
            .mappings_of(RecordKind::Gift)
            .any(|m| file.role.starts_with(&format!("{}:main", m.name())));
        let digest = file.digest.short();
        if worth.is_empty() || !is_gifts {
            lines.push(FileLine { name: file.name, sheet: None, rows: end.rows, minor: 0, notes, digest });
            continue;
        }
        for control in worth {
            lines.push(FileLine {
                name: file.name.clone(),
                sheet: control.sheet.clone(),
                rows: control.tally.rows,
                minor: control.tally.minor,
                notes: std::mem::take(&mut notes),
                digest: digest.clone(),
            });
        }
    }
    Ok(lines)
}
