//! What the files are worth, by a reader of their own over the raw cells: the left side of every sum.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_ledger::{Ledger, OddRow};
use heirloom_mapping::{ControlReader, ControlTotal, Mapper, RecordKind};
use heirloom_model::{Code, Currency, FileId, Finding, Money, Place, Placed, RowId, RowRef, Tally};
use heirloom_report::words;

use super::job::Job;
use super::left_behind::left_behind;
use super::prepared::Prepared;
use super::surveys::Earlier;
use crate::failure::Result;
use crate::migration::Migration;
use crate::progress::Progress;

/// What a file is worth by the independent reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// File name.
    pub file: String,
    /// Sheet, for workbooks.
    pub sheet: Option<String>,
    /// Data rows and the sum of their amounts in the migration's currency, signed corrections included.
    pub tally: Tally,
    /// The sums of amounts in other currencies, never added to those.
    pub foreign: BTreeMap<Currency, i128>,
    /// Of these minor units, what corrections changed.
    pub corrections_minor: i128,
    /// Rows as the file shows them, those that are no data among them; a wide row is one.
    pub lines: u64,
    /// Of these, titles, headers, totals and skipped rows.
    pub not_data: u64,
    /// The edition, if it does not count any more: what was sent of it is worth something, and nothing else.
    pub earlier: Option<FileId>,
}

impl Control {
    /// Adds a row: what it was worth as it was read, and what it is worth as people corrected it.
    fn add(&mut self, before: Option<(Currency, i64)>, now: Option<(Currency, i64)>, home: Currency) {
        let at_home = |worth: Option<(Currency, i64)>| {
            i128::from(worth.filter(|(currency, _)| *currency == home).map_or(0, |(_, minor)| minor))
        };
        self.tally.minor += at_home(now);
        self.corrections_minor += at_home(now) - at_home(before);
        if let Some((currency, minor)) = now.filter(|(currency, _)| *currency != home) {
            *self.foreign.entry(currency).or_default() += i128::from(minor);
        }
    }
}

/// The files as a whole.
#[derive(Debug, Default)]
pub struct Controls {
    /// What they are worth, sheet by sheet.
    pub files: Vec<Control>,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
    /// What a mapping's `[control]` says of a file, and whether it is so: `(file, sentence)`.
    pub totals: Vec<(String, String)>,
    /// What changed since rows were mapped: `mapping gifts.toml` …
    pub changed: BTreeSet<String>,
}

/// What every gift file is worth by the independent reader, without comparing rows; and what is
/// wrong with files as a whole.
///
/// # Errors
/// Storage.
pub fn controls(migration: &Migration) -> Result<Controls> {
    let mut found = Controls::default();
    let mut all = Vec::new();
    for mapping in &migration.mappings {
        let job = Job::new(migration, mapping)?;
        found.changed.extend(job.changed()?);
        let prepared = job.prepare(&Progress::Silent)?;
        all.push((job, prepared));
    }
    found.findings.extend(left_behind(&all));
    for (job, prepared) in &all {
        found.findings.extend(prepared.findings());
        found.findings.extend(job.oddities()?);
        if job.mapping().record() == RecordKind::Gift {
            let mapper = job.mapper(prepared)?;
            let own = control_of(migration, job, prepared, &mapper)?;
            match job.mapping().control().map(|said| said_of(said, &own, job, migration.settings.currency)) {
                None => {}
                Some(Ok(agreed)) => found.totals.push((job.main().name.clone(), agreed)),
                Some(Err(detail)) => {
                    found.totals.push((job.main().name.clone(), format!("DIFFERS: {detail}")));
                    found.findings.push(differs(job, prepared, detail));
                }
            }
            found.files.extend(own);
        }
    }
    Ok(found)
}

impl Job<'_> {
    /// What was odd about rows when the files were read.
    ///
    /// # Errors
    /// Storage.
    fn oddities(&self) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        for file in std::iter::once(&self.main).chain(&self.companions) {
            let end = file.finished.as_ref();
            for odd in end.into_iter().flat_map(|end| &end.odd) {
                let row_number = odd.row_number;
                findings.push(Finding {
                    code: odd.code,
                    at: RowRef { file: file.name.as_str().into(), sheet: None, row_number },
                    column: None,
                    seen: String::new(),
                    detail: odd_detail(odd),
                });
            }
        }
        Ok(findings)
    }
}

fn odd_detail(odd: &OddRow) -> String {
    match odd.code {
        Code::DamagedText | Code::HiddenCharacters => format!("{} of its characters", odd.count),
        Code::StrayQuote => format!("{} of them", odd.count),
        _ => String::new(),
    }
}

/// What the old system's report says of the main file, beside what stands there.
fn said_of(
    said: ControlTotal,
    controls: &[Control],
    job: &Job<'_>,
    home: Currency,
) -> std::result::Result<String, String> {
    let own = controls.iter().filter(|control| control.file == job.main().name && control.earlier.is_none());
    let mut sum = Tally::default();
    let mut foreign: BTreeMap<Currency, i128> = BTreeMap::new();
    for control in own {
        sum.merge(control.tally);
        control.foreign.iter().for_each(|(currency, minor)| *foreign.entry(*currency).or_default() += minor);
    }
    let unit = 10i128.pow(ControlTotal::DECIMALS.saturating_sub(home.exponent()));
    let rows_agree = said.rows.is_none_or(|rows| rows == sum.rows);
    let money_agrees = said.amount.is_none_or(|amount| amount == sum.minor * unit);
    let both = |rows: Option<u64>, minor: Option<i128>| {
        let rows = rows.map(|rows| words::count(rows, "row"));
        let money = minor.map(|minor| words::money(minor, home));
        rows.into_iter().chain(money).collect::<Vec<_>>().join(" and ")
    };
    // What the report says beyond the currency's decimals cannot agree, and is shown without them.
    let expected = both(said.rows, said.amount.map(|amount| amount / unit));
    if rows_agree && money_agrees {
        return Ok(format!("{expected}, as [control] of {} says", job.mapping().name()));
    }
    let found = both(said.rows.map(|_| sum.rows), said.amount.map(|_| sum.minor));
    let others: Vec<String> =
        foreign.iter().map(|(currency, minor)| words::money(*minor, *currency)).collect();
    let others =
        if others.is_empty() { String::new() } else { format!(", and beside that {}", others.join(", ")) };
    Err(format!("[control] of {} says {expected}, the file has {found}{others}", job.mapping().name()))
}

fn differs(job: &Job<'_>, prepared: &Prepared, detail: String) -> Finding {
    let header = prepared.survey.structure().sheets.iter().find_map(|sheet| sheet.header.as_ref());
    let row_number = header.map_or(1, |(row, _)| *row);
    let at = RowRef { file: job.main().name.as_str().into(), sheet: None, row_number };
    Finding { code: Code::TotalDiffers, at, column: None, seen: String::new(), detail }
}

/// What one gift file is worth, sheet by sheet.
pub(super) fn control_of(
    migration: &Migration,
    job: &Job<'_>,
    prepared: &Prepared,
    mapper: &Mapper<'_>,
) -> Result<Vec<Control>> {
    let ledger = &migration.ledger;
    let home = migration.settings.currency;
    let mut controls: BTreeMap<u16, (Control, Option<ControlReader<'_>>)> = BTreeMap::new();
    let repeats = prepared.survey.repeats();
    let sent_before = sent_before(ledger, job, prepared)?;
    let mut line_before = None;
    for chunk in 0..ledger.chunks_read(job.main().id)? {
        let raw = ledger.rows(job.main().id, chunk)?;
        let corrected = job.corrected(raw.clone());
        for (raw, row) in raw.iter().zip(&corrected) {
            let (control, reader) = controls.entry(row.sheet).or_insert_with(|| {
                (Control::default(), ControlReader::new(job.mapping(), &prepared.survey, row.sheet, home))
            });
            let line = Some((row.sheet, row.row_number));
            control.lines += u64::from(line != line_before);
            line_before = line;
            if !prepared.survey.is_data(row.id.sequence()) {
                control.not_data += 1;
                continue;
            }
            control.tally.rows += 1;
            // A row that repeats an earlier gift is worth nothing by itself, whichever edition that is of.
            if repeats.binary_search(&row.id.sequence()).is_err() && !sent_before.contains(&row.id) {
                let worth = |row| reader.as_ref().and_then(|reader| reader.worth(row));
                control.add(worth(raw), worth(row), home);
            }
        }
    }
    let sheets = ledger.sheets(job.main().id)?;
    let named = |(sheet, (control, _)): (u16, (Control, Option<ControlReader<'_>>))| Control {
        file: job.main().name.clone(),
        sheet: sheets.get(usize::from(sheet)).cloned().flatten(),
        ..control
    };
    let mut all: Vec<Control> = controls.into_iter().map(named).collect();
    all.extend(unjoined_controls(job, mapper));
    for earlier in prepared.editions.iter().flat_map(|editions| &editions.earlier) {
        all.push(earlier_control(ledger, job, earlier, home)?);
    }
    Ok(all)
}

/// Rows whose gifts were sent from an earlier edition.
fn sent_before(ledger: &Ledger, job: &Job<'_>, prepared: &Prepared) -> Result<BTreeSet<RowId>> {
    if prepared.editions.is_none() {
        return Ok(BTreeSet::new());
    }
    Ok(ledger.rows_sent_before(job.main().id)?.into_iter().collect())
}

/// What was sent of an earlier edition is worth what its own cells say; its other rows are superseded.
fn earlier_control(ledger: &Ledger, job: &Job<'_>, earlier: &Earlier, home: Currency) -> Result<Control> {
    let Earlier { facts, survey } = earlier;
    let kept = ledger.kept_rows(facts.id)?;
    let mut control = Control { file: facts.name.clone(), earlier: Some(facts.id), ..Control::default() };
    let mut readers: BTreeMap<u16, Option<ControlReader<'_>>> = BTreeMap::new();
    for chunk in 0..ledger.chunks_read(facts.id)? {
        let raw = ledger.rows(facts.id, chunk)?;
        let corrected = job.corrected(raw.clone());
        for (raw, row) in raw.iter().zip(&corrected).filter(|(_, row)| survey.is_data(row.id.sequence())) {
            control.lines += 1;
            control.tally.rows += 1;
            if kept.contains(&row.id) {
                let reader = readers
                    .entry(row.sheet)
                    .or_insert_with(|| ControlReader::new(job.mapping(), survey, row.sheet, home));
                let worth = |row| reader.as_ref().and_then(|reader| reader.worth(row));
                control.add(worth(raw), worth(row), home);
            }
        }
    }
    Ok(control)
}

/// Companion rows that nothing refers to are counted with the gifts, at what they say they are worth.
fn unjoined_controls(job: &Job<'_>, mapper: &Mapper<'_>) -> Vec<Control> {
    let mut sums: BTreeMap<FileId, Tally> = BTreeMap::new();
    for placed in mapper.unjoined() {
        sums.entry(placed.row.file()).or_default().add(amount_of(&placed));
    }
    let control = |(file, tally): (FileId, Tally)| Control {
        file: job.companion_name(file),
        tally,
        lines: tally.rows,
        ..Control::default()
    };
    sums.into_iter().map(control).collect()
}

/// What a placed row is worth by itself.
pub(super) fn amount_of(placed: &Placed) -> Option<Money> {
    match &placed.place {
        Place::Gift(gift) => Some(gift.amount()),
        Place::Excluded { known, .. } | Place::Held { known } => known.amount,
        _ => None,
    }
}
