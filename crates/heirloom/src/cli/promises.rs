//! `heirloom promises`: pledges and schedules that are no gifts, what was paid of them, and what is
//! still open. They are made at the target after their contacts exist, by the plan of details.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use heirloom_ledger::Promised;
use heirloom_model::{Currency, FileId, Money, PromiseKind, RowId, Tally};
use heirloom_report::{push_csv_line, words};
use serde_json::{Value, json};

use super::{Said, Setting};
use crate::failure::{Exit, Result};
use crate::migration::Migration;
use crate::reporting;
use crate::write::write_whole;

/// How many lines a terminal is shown.
const SHOWN: usize = 20;

/// What `heirloom promises` is given.
#[derive(Args)]
pub struct PromisesArgs {
    /// Write all of them into this CSV file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// One promise with what was paid of it.
struct Line {
    file: String,
    row_number: u32,
    promised: Promised,
    paid: Tally,
}

impl Line {
    /// What was promised, if in this currency.
    fn at_home(&self, currency: Currency) -> Option<Money> {
        self.promised.known.amount.filter(|money| money.currency() == currency)
    }

    /// What is still open of a pledge, nothing if more was paid; a schedule without an end owes nothing.
    fn open_minor(&self) -> Option<i128> {
        let whole = self.promised.known.amount.map(|m| i128::from(m.minor()))?;
        (self.promised.promise.kind == PromiseKind::Pledge)
            .then(|| (whole - self.paid.minor).max(whole.min(0)))
    }
}

/// Lists pledges and schedules with what gifts paid of them.
pub fn promises(setting: &Setting, args: &PromisesArgs) -> Result<Said> {
    let migration = setting.look()?;
    let currency = migration.settings.currency;
    let lines = all_lines(&migration)?;
    say(setting, &lines, currency);
    if let Some(path) = &args.out {
        write_csv(path, &lines)?;
        setting.out.line(&format!("written    {}", path.display()));
    }
    let next = reporting::build(&migration, reporting::Occasion::default())?.next;
    setting.next(&next);
    let list: Vec<Value> = lines.iter().map(document).collect();
    Said::new(json!({ "promises": list, "next": next }), Exit::Done)
}

fn all_lines(migration: &Migration) -> Result<Vec<Line>> {
    let ledger = &migration.ledger;
    let promised = ledger.promises()?;
    let payments = ledger.payments()?;
    let files: BTreeMap<FileId, String> = ledger.files()?.into_iter().map(|f| (f.id, f.name)).collect();
    let rows: Vec<RowId> = promised.iter().map(|p| p.row).collect();
    let numbers: BTreeMap<RowId, u32> =
        ledger.rows_by_id(&rows)?.into_iter().map(|row| (row.id, row.row_number)).collect();
    let promises: BTreeSet<(PromiseKind, String)> =
        promised.iter().map(|p| (p.promise.kind, p.promise.id.clone())).collect();
    let line = |promised: Promised| {
        let own = (promised.promise.kind, promised.promise.id.clone());
        // Where one column names pledges and schedules alike, a payment does not know which it pays.
        let other = (other_kind(own.0), own.1.clone());
        let key = if payments.contains_key(&own) || promises.contains(&other) { &own } else { &other };
        let paid = payments.get(key).copied().filter(|_| !own.1.is_empty()).unwrap_or_default();
        let file = files.get(&promised.row.file()).cloned().unwrap_or_default();
        Line { file, row_number: numbers.get(&promised.row).copied().unwrap_or(0), promised, paid }
    };
    Ok(promised.into_iter().map(line).collect())
}

fn other_kind(kind: PromiseKind) -> PromiseKind {
    match kind {
        PromiseKind::Pledge => PromiseKind::Recurring,
        PromiseKind::Recurring => PromiseKind::Pledge,
    }
}

fn say(setting: &Setting, lines: &[Line], currency: Currency) {
    for kind in [PromiseKind::Pledge, PromiseKind::Recurring] {
        let all: Vec<&Line> = lines.iter().filter(|l| l.promised.promise.kind == kind).collect();
        let promised: i128 =
            all.iter().filter_map(|l| l.at_home(currency)).map(|m| i128::from(m.minor())).sum();
        let paid: i128 = all.iter().map(|l| l.paid.minor).sum();
        let count = words::count(all.len() as u64, kind.as_str());
        let (promised, paid) = (words::money(promised, currency), words::money(paid, currency));
        match kind {
            PromiseKind::Pledge => {
                let at_home = all.iter().filter(|l| l.at_home(currency).is_some());
                let open: i128 = at_home.filter_map(|l| l.open_minor()).sum();
                let open = words::money(open, currency);
                setting
                    .out
                    .stage("pledges", &format!("{count}, {promised} promised, {paid} paid, {open} open"));
            }
            PromiseKind::Recurring => {
                setting.out.stage("schedules", &format!("{count}, {promised} a time, {paid} paid so far"));
            }
        }
    }
    for line in lines.iter().take(SHOWN) {
        let promise = &line.promised.promise;
        let amount = line.promised.known.amount.map(|m| m.to_string()).unwrap_or_default();
        let paid = words::money(line.paid.minor, currency);
        let donor = promise.donor.as_deref().unwrap_or("anonymous");
        let kind = match promise.kind {
            PromiseKind::Pledge => "pledge",
            PromiseKind::Recurring => "schedule",
        };
        setting.out.stage(
            kind,
            &format!(
                "{:<14} donor {donor:<12} {amount:>14}  paid {paid:>14}  {} {}",
                promise.id, promise.frequency, promise.status
            ),
        );
    }
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        setting.out.line(&format!("  and {more} more: --out promises.csv writes them all"));
    }
    setting
        .out
        .line("None of these is sent as a gift. Open pledges and live schedules go in the plan of details.");
}

fn document(line: &Line) -> Value {
    let Promised { rule, known, promise, .. } = &line.promised;
    let plain = |money: Option<Money>| money.map(|m| m.to_plain());
    let parts = promise.installments.iter();
    json!({
        "file": line.file,
        "row": line.row_number,
        "kind": promise.kind.as_str(),
        "rule": rule,
        "id": promise.id,
        "donor": promise.donor,
        "date": known.date.map(|d| d.to_string()),
        "amount": plain(known.amount),
        "project": known.project,
        "frequency": promise.frequency,
        "status": promise.status,
        "ends": promise.ends.map(|d| d.to_string()),
        "installments": parts.map(|i| json!({ "date": i.date.to_string(), "amount": i.amount.to_plain() })).collect::<Vec<_>>(),
        "payments": line.paid.rows,
        "paid_minor": line.paid.minor.to_string(),
        "open_minor": line.open_minor().map(|minor| minor.to_string()),
    })
}

const COLUMNS: [&str; 15] = [
    "file",
    "row",
    "kind",
    "id",
    "donor",
    "date",
    "amount",
    "project",
    "frequency",
    "status",
    "ends",
    "installments",
    "payments",
    "paid",
    "open",
];

fn write_csv(path: &Path, lines: &[Line]) -> Result<()> {
    let mut text = COLUMNS.join(",") + "\r\n";
    for line in lines {
        let Promised { known, promise, .. } = &line.promised;
        let currency = known.amount.map_or(Currency::USD, |m| m.currency());
        let plain =
            |minor: i128| i64::try_from(minor).map_or(String::new(), |m| Money::new(m, currency).to_plain());
        let parts = promise.installments.iter().map(|i| format!("{} {}", i.date, i.amount.to_plain()));
        let cells = [
            line.file.clone(),
            line.row_number.to_string(),
            promise.kind.as_str().to_owned(),
            promise.id.clone(),
            promise.donor.clone().unwrap_or_default(),
            known.date.map(|d| d.to_string()).unwrap_or_default(),
            known.amount.map(|m| m.to_plain()).unwrap_or_default(),
            known.project.clone().unwrap_or_default(),
            promise.frequency.clone(),
            promise.status.clone(),
            promise.ends.map(|d| d.to_string()).unwrap_or_default(),
            parts.collect::<Vec<_>>().join("; "),
            line.paid.rows.to_string(),
            plain(line.paid.minor),
            line.open_minor().map(plain).unwrap_or_default(),
        ];
        push_csv_line(&mut text, &cells.each_ref().map(String::as_str));
    }
    write_whole(path, &text)
}
