//! `heirloom explain`: one gift, donor, row, code, or the total, from the cell to the CRM.

use heirloom_ledger::{AttemptLine, EvidenceOf, FileFacts};
use heirloom_model::{Code, Donor, Gift, ItemState, Place, Placed, RowId, Severity, column_letter};
use heirloom_report::words;
use serde_json::json;

use super::corrected::changes_text;
use super::{Said, Setting};
use crate::batches::batches;
use crate::failure::{Exit, Failure, Result};
use crate::migration::Migration;
use crate::reporting::{self, Occasion};
use crate::stages::CHUNK_ROWS;
use crate::stages::reread::{Corrected, corrected};
use crate::stages::unsealed::Unsealed;

/// Explains what is named.
pub fn explain(setting: &Setting, what: &str) -> Result<Said> {
    if let Some(code) = Code::parse(what) {
        return explain_code(setting, code);
    }
    let migration = setting.look()?;
    match what.split_once(':') {
        None if what == "total" => total(setting, &migration),
        Some(("gift", id)) => match migration.ledger.gift_by_key(id)? {
            Some(gift) => explain_gift(setting, &migration, &gift),
            None => Err(not_found("gift", id)),
        },
        Some(("donor", id)) => match migration.ledger.donor_by_legacy_id(id)? {
            Some(donor) => explain_donor(setting, &migration, &donor),
            None => Err(not_found("donor", id)),
        },
        Some(("row", number)) => explain_rows(setting, &migration, number),
        Some(("batch", name)) => explain_batch(setting, &migration, name),
        _ => Err(Failure::usage(
            format!("\"{what}\" cannot be explained"),
            "say a code such as G012, gift:ID, donor:ID, row:N, batch:NAME, or total",
        )),
    }
}

/// One night's import: what it holds, by state, and the calls in which it was sent.
fn explain_batch(setting: &Setting, migration: &Migration, name: &str) -> Result<Said> {
    let Some(batch) = batches(migration)?.into_iter().find(|batch| batch.name == name) else {
        return Err(Failure::usage(
            format!("no import is called \"{name}\""),
            "run  heirloom handover  for the names of imports",
        ));
    };
    let (out, currency) = (setting.out, migration.settings.currency);
    let all = batch.tally(&ItemState::ALL);
    out.line(&format!("Import {name}"));
    out.stage("sent", &crate::out::tally(all, batch.kind.as_str(), currency));
    let mut states = Vec::new();
    for state in ItemState::ALL {
        let tally = batch.tally(&[state]);
        if tally.rows > 0 {
            let text = crate::out::tally(tally, batch.kind.as_str(), currency);
            out.stage(&format!("  {}", state.as_str()), &text);
            let minor = tally.minor.to_string();
            states.push(json!({ "state": state.as_str(), "items": tally.rows, "minor": minor }));
        }
    }
    let attempts = migration.ledger.attempts()?;
    let calls: Vec<&AttemptLine> = batch.calls(&attempts).collect();
    for call in &calls {
        let outcome = call.outcome.as_deref().unwrap_or("no answer");
        out.stage(
            "  call",
            &format!("{} with {}: {outcome}", call.started, words::count(call.items, "item")),
        );
    }
    setting.next("heirloom handover");
    let rows =
        json!({ "items": all.rows, "minor": all.minor.to_string(), "states": states, "calls": calls.len() });
    Said::new(json!({ "batch": name, "holds": rows }), Exit::Done)
}

fn not_found(what: &str, id: &str) -> Failure {
    Failure::usage(
        format!("no {what} that went on has the id \"{id}\""),
        "it may be held or excluded: look with  heirloom explain row:N",
    )
}

fn explain_code(setting: &Setting, code: Code) -> Result<Said> {
    let blocks = if code.severity() == Severity::Blocks { "holds its row" } else { "warns only" };
    setting.out.line(&format!("{code}: {} ({blocks})", code.title()));
    setting.out.stage("why", code.why());
    setting.out.stage("do", code.fix());
    setting.next("heirloom check");
    Said::new(
        json!({ "code": code.as_str(), "title": code.title(), "why": code.why(), "do": code.fix() }),
        Exit::Done,
    )
}

fn total(setting: &Setting, migration: &Migration) -> Result<Said> {
    let report = reporting::build(migration, Occasion::default())?;
    for line in &report.chain {
        let tally = heirloom_model::Tally { rows: line.rows, minor: line.minor };
        setting
            .out
            .stage("", &format!("{}  {}", crate::out::tally(tally, "row", report.currency), line.label));
    }
    let sum = report.check_chain();
    setting.out.line(&match (&sum, &report.unsettled) {
        (Ok(()), _) => "It adds up.".to_owned(),
        (Err(_), Some(why)) => format!("It does not add up yet: {why}."),
        (Err(_), None) => "IT DOES NOT ADD UP; run  heirloom verify  to find the rows.".to_owned(),
    });
    for row in held_rows(migration)? {
        setting.out.stage("held", &row);
    }
    setting.next(&report.next);
    let chain: Vec<_> = report
        .chain
        .iter()
        .map(|l| json!({ "label": l.label, "rows": l.rows, "minor": l.minor.to_string() }))
        .collect();
    Said::new(
        json!({ "chain": chain, "adds_up": sum.is_ok() }),
        match sum {
            Ok(()) => Exit::Done,
            Err(_) if report.at_work.is_some() => Exit::InUse,
            Err(_) if report.unsettled.is_some() => Exit::NeedsPerson,
            Err(_) => Exit::VerifyFailed,
        },
    )
}

/// Held rows with their codes, by file and row; at most forty.
fn held_rows(migration: &Migration) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for found in migration.ledger.findings()?.iter().filter(|f| f.finding.blocks()) {
        let amount = found.amount.map(|m| m.to_string()).unwrap_or_else(|| "no amount".into());
        let seen = words::clip(&found.finding.seen, 30);
        lines.push(format!(
            "{} {:>14}  {}  {} \"{seen}\"",
            found.finding.code,
            amount,
            found.finding.at,
            found.finding.code.title()
        ));
    }
    let more = lines.len().saturating_sub(40);
    lines.truncate(40);
    if more > 0 {
        lines.push(format!("and {} more, in the report", words::number(more as u64)));
    }
    Ok(lines)
}

fn explain_gift(setting: &Setting, migration: &Migration, gift: &Gift) -> Result<Said> {
    let ledger = &migration.ledger;
    let out = setting.out;
    out.line(&format!("Gift {}", gift.identity.to_key()));
    out.stage("stands at", &migration.name_row(gift.row));
    show_cells(setting, migration, gift.row)?;
    out.stage("read as", &format!("{} on {}, {}", gift.amount(), gift.date, gift.tender.kind().as_str()));
    for part in gift.designations.parts() {
        out.stage("  for", &format!("{} {}", part.project, part.amount));
    }
    let donor_id = gift.donor.clone().unwrap_or_else(|| "the anonymous donor".into());
    let donor = ledger.donor_by_legacy_id(&donor_id)?;
    let name = donor.as_ref().map(|d| words::safe(&d.display_name())).unwrap_or_default();
    out.stage("donor", &format!("{donor_id}  {name}"));
    for finding in findings_of(migration, gift.row)? {
        out.stage("noticed", &finding);
    }
    let state = show_item(setting, migration, gift.row)?;
    setting.next("heirloom status");
    Said::new(
        json!({
            "gift": gift.identity.to_key(),
            "at": migration.name_row(gift.row),
            "minor": gift.amount().minor(),
            "date": gift.date.to_string(),
            "donor": donor_id,
            "state": state,
        }),
        Exit::Done,
    )
}

fn explain_donor(setting: &Setting, migration: &Migration, donor: &Donor) -> Result<Said> {
    let ledger = &migration.ledger;
    let out = setting.out;
    out.line(&format!("Donor {}  {}", donor.legacy_id, words::safe(&donor.display_name())));
    out.stage("stands at", &migration.name_row(donor.row));
    let mut members = Vec::new();
    if let Some(own) = ledger.cluster_of_row(donor.row)? {
        for other in ledger.clusters()?.into_iter().filter(|c| c.contact == own.contact && c.row != donor.row)
        {
            let how = if other.person == own.person { "same donor" } else { "same contact" };
            let Some(found) = ledger.donor_by_row(other.row)? else {
                continue;
            };
            out.stage(how, &format!("{}  {}", found.legacy_id, words::safe(&found.display_name())));
            members.push(found.legacy_id);
        }
        for pair in ledger.pairs(None)?.iter().filter(|p| p.a == donor.row || p.b == donor.row) {
            let other = if pair.a == donor.row { pair.b } else { pair.a };
            let percent = pair.probability_ppm / 10_000;
            out.stage(
                pair.verdict.as_str(),
                &format!("{}: {percent} %: {}", migration.name_row(other), pair.reasons),
            );
        }
    }
    let state = show_item(setting, migration, donor.row)?;
    setting.next("heirloom status");
    Said::new(json!({ "donor": donor.legacy_id, "with": members, "state": state }), Exit::Done)
}

/// Explains every row of that number, whichever file it is in.
fn explain_rows(setting: &Setting, migration: &Migration, number: &str) -> Result<Said> {
    let wanted: u32 = number.replace(',', "").parse().map_err(|_| {
        Failure::usage(format!("\"{number}\" is not a row number"), "say row:N as the spreadsheet shows it")
    })?;
    let mut found = 0;
    for mapping in &migration.mappings {
        let input = migration.input(mapping, heirloom_mapping::Part::Main)?;
        for file in migration.editions(&input.role)? {
            found += explain_rows_of(setting, migration, &file, wanted)?;
        }
    }
    setting.next("heirloom status");
    Said::new(json!({ "row": wanted, "found": found }), Exit::Done)
}

fn explain_rows_of(setting: &Setting, migration: &Migration, file: &FileFacts, wanted: u32) -> Result<u64> {
    let mut found = 0;
    for chunk in 0..migration.ledger.chunks_read(file.id)? {
        let rows = migration.ledger.rows(file.id, chunk)?;
        for row in rows.iter().filter(|r| r.row_number == wanted) {
            found += 1;
            setting.out.line(&migration.name_row(row.id));
            show_cells(setting, migration, row.id)?;
            setting.out.stage("went to", &place_text(migration, row.id)?);
            for finding in findings_of(migration, row.id)? {
                setting.out.stage("noticed", &finding);
            }
        }
    }
    Ok(found)
}

fn place_text(migration: &Migration, row: RowId) -> Result<String> {
    let chunk = row.sequence() / CHUNK_ROWS as u32;
    let placed = migration.ledger.mapped_chunk(row.file(), chunk)?;
    Ok(match placed.iter().find(|p| p.row == row) {
        None => "a title, header or total of the file, or not mapped yet".into(),
        Some(Placed { place, .. }) => match place {
            Place::Gift(gift) => format!("gift {}, {}", gift.identity.to_key(), gift.amount()),
            Place::Part { of, amount } => {
                format!("{amount} of the gift at {}", migration.name_row(*of))
            }
            Place::Donor(donor) => format!("donor {}", donor.legacy_id),
            Place::Excluded { rule, .. } => format!("excluded: {rule}"),
            Place::Held { .. } => "held".into(),
            Place::Repeat { of } if of.file() != row.file() => {
                format!("sent before, from {} of an earlier edition", migration.name_row(*of))
            }
            Place::Repeat { of } => format!("a repeat of {}", migration.name_row(*of)),
        },
    })
}

fn show_cells(setting: &Setting, migration: &Migration, row: RowId) -> Result<()> {
    for found in migration.ledger.rows_by_id(&[row])? {
        for (index, cell) in found.cells().enumerate().filter(|(_, c)| !c.text.trim().is_empty()) {
            setting
                .out
                .stage("  cell", &format!("{:<3} {}", column_letter(index), words::clip(cell.text, 60)));
        }
    }
    Ok(())
}

fn findings_of(migration: &Migration, row: RowId) -> Result<Vec<String>> {
    let all = migration.ledger.findings()?;
    let of_row = all.iter().filter(|f| f.row == row).map(|f| {
        let column = f.finding.column.clone().unwrap_or_default();
        format!(
            "{} {} {column} \"{}\"",
            f.finding.code,
            f.finding.code.title(),
            words::clip(&f.finding.seen, 40)
        )
    });
    Ok(of_row.collect())
}

/// What reads otherwise now than it was sent.
fn out_corrected(setting: &Setting, one: &Corrected) {
    setting
        .out
        .stage("  corrected", &format!("after the sending, to change in Virtuous: {}", changes_text(one)));
}

fn show_item(setting: &Setting, migration: &Migration, row: RowId) -> Result<Option<String>> {
    let Some(line) = migration.ledger.item_of_row(row)? else {
        setting.out.stage("sent", &Unsealed::of(&migration.ledger)?.why(row)?);
        return Ok(None);
    };
    let plan = migration.ledger.plan(line.plan)?.map(|p| p.name).unwrap_or_default();
    setting.out.stage(
        "sent",
        &format!("{} in {plan}, {}", line.state.as_str(), words::count(u64::from(line.attempts), "attempt")),
    );
    for attempt in migration
        .ledger
        .attempts()?
        .iter()
        .filter(|a| a.plan == line.plan && a.first <= line.item && line.item <= a.last)
    {
        let outcome = attempt.outcome.as_deref().unwrap_or("no answer");
        setting.out.stage(
            "  attempt",
            &format!(
                "{} with {}: {outcome} {}",
                attempt.started,
                words::count(attempt.items, "item"),
                attempt.text
            ),
        );
    }
    for one in corrected(&migration.ledger)?.iter().filter(|one| one.line.item == line.item) {
        out_corrected(setting, one);
    }
    let evidence = migration.ledger.evidence(EvidenceOf::Plan(line.plan))?;
    for found in evidence.iter().filter(|e| e.item == line.item) {
        let there = if found.target > 0 { format!("as {}", found.target) } else { "not there".to_owned() };
        let fields = match found.differs.is_empty() {
            true => String::new(),
            false => format!(": {}", words::clip(&found.differs.join("; "), 200)),
        };
        setting.out.stage("  read", &format!("{} {there}{fields}", found.at));
    }
    Ok(Some(line.state.as_str().to_owned()))
}
