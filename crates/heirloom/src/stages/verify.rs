//! verify: proves the ledger. Every row is derived again and compared with what is stored; every
//! amount is read again by a reader of its own; every sealed body is opened and compared with its gift.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_ledger::{Ledger, LedgerError};
use heirloom_mapping::{Mapper, RecordKind};
use heirloom_model::{Currency, ItemKind, Pile, Place, Placed, RowId, SourceRow, Tally};
use rayon::prelude::*;

use super::control::{Control, amount_of, control_of};
use super::job::{Job, listed};
use super::prepared::Prepared;
use super::surveys::Earlier;
use crate::failure::{Failure, Result};
use crate::migration::Migration;
use crate::progress::Progress;

/// The verdict.
#[derive(Debug, Default)]
pub struct Verified {
    /// Rows derived again.
    pub rows: u64,
    /// Sealed items opened.
    pub items: u64,
    /// What the files are worth by the independent reader.
    pub controls: Vec<Control>,
    /// What is wrong, one line each; a line names the row wherever there is one.
    pub problems: Vec<String>,
    /// Rows that were sent under an earlier mapping and that today's would make something else of:
    /// no damage, but what went out stays as it was, so a person should know.
    pub sent_otherwise: Vec<String>,
}

impl Verified {
    /// The sum over all gift files, by the independent reader.
    pub fn read(&self) -> Tally {
        let mut sum = Tally::default();
        self.controls.iter().for_each(|c| sum.merge(c.tally));
        sum
    }
}

/// Proves the ledger, row by row.
///
/// # Errors
/// Storage that cannot be read at all; everything else is a line of the verdict.
pub fn verify(migration: &Migration, progress: &Progress) -> Result<Verified> {
    let mut verified = Verified::default();
    for damage in migration.ledger.check()? {
        let place = damage.row.map(|row| format!("{}: ", migration.name_row(row))).unwrap_or_default();
        verified.problems.push(format!("{place}{} ({})", damage.what, damage.table));
    }
    for mapping in &migration.mappings {
        let job = Job::new(migration, mapping)?;
        let changed = job.changed()?;
        if !changed.is_empty() {
            let what = format!("{} changed since rows were mapped", listed(&changed));
            return Err(Failure::usage(
                what,
                "run  heirloom check  first: what is mapped is proved by its mapping",
            ));
        }
        let prepared = job.prepare(progress)?;
        let mapper = job.mapper(&prepared)?;
        verify_mapping(migration, &job, &prepared, &mapper, progress, &mut verified)?;
    }
    verify_items(migration, &mut verified)?;
    verify_conservation(migration, &mut verified)?;
    Ok(verified)
}

fn verify_mapping(
    migration: &Migration,
    job: &Job<'_>,
    prepared: &Prepared,
    mapper: &Mapper<'_>,
    progress: &Progress,
    verified: &mut Verified,
) -> Result<()> {
    let ledger = &migration.ledger;
    let bar = progress.count(&format!("verify {}", job.main().name));
    let kept = ledger.kept_rows(job.main().id)?;
    let mut data_rows = 0u64;
    let chunks: Vec<u32> = (0..ledger.chunks_read(job.main().id)?).collect();
    for batch in chunks.chunks(8) {
        let loaded = batch.iter().map(|&chunk| job.load(prepared, chunk)).collect::<Result<Vec<_>>>()?;
        let expected: Vec<(u32, u64, Vec<Placed>)> = loaded
            .into_par_iter()
            .map(|(chunk, rows, strays)| {
                let data =
                    rows.iter().filter(|row| prepared.survey.is_data(row.id.sequence())).count() as u64;
                Ok((chunk, data, derive(job, prepared, mapper, &rows, &strays)?))
            })
            .collect::<Result<_>>()?;
        for (chunk, data, expected) in expected {
            data_rows += data;
            bar.add(expected.len() as u64);
            verified.rows += expected.len() as u64;
            match ledger.mapped_chunk(job.main().id, chunk) {
                Ok(stored) => compare(migration, &expected, &stored, &kept, verified),
                // What cannot even be read back is named by the ledger's own check, row by row.
                Err(LedgerError::Damaged { what }) => {
                    verified.problems.push(format!("{} chunk {chunk}: {what}", job.main().name));
                }
                Err(other) => return Err(other.into()),
            }
        }
    }
    if data_rows != prepared.survey.data_rows() {
        let counted = prepared.survey.data_rows();
        verified.problems.push(format!("{}: {data_rows} data rows, {counted} surveyed", job.main().name));
    }
    for earlier in prepared.editions.iter().flat_map(|editions| &editions.earlier) {
        verify_earlier(migration, job, prepared, earlier, verified)?;
    }
    let unjoined = mapper.unjoined();
    for file in job.companions() {
        let expected: Vec<Placed> = unjoined.iter().filter(|p| p.row.file() == file.id).cloned().collect();
        let mut stored = Vec::new();
        for chunk in 0..ledger.chunks_read(file.id)? {
            stored.extend(ledger.mapped_chunk(file.id, chunk)?);
        }
        verified.rows += expected.len() as u64;
        compare(migration, &expected, &stored, &BTreeSet::new(), verified);
    }
    if job.mapping().record() == RecordKind::Gift {
        verified.controls.extend(control_of(migration, job, prepared, mapper)?);
    }
    Ok(())
}

/// What was sent of an earlier edition, derived again from its cells as the mapping of today reads them.
fn verify_earlier(
    migration: &Migration,
    job: &Job<'_>,
    prepared: &Prepared,
    earlier: &Earlier,
    verified: &mut Verified,
) -> Result<()> {
    let (ledger, file) = (&migration.ledger, earlier.facts.id);
    let mapper = job.mapper_over(prepared, &earlier.survey)?;
    let kept = ledger.kept_rows(file)?;
    for chunk in 0..ledger.chunks_read(file)? {
        let rows = job.corrected(ledger.rows(file, chunk)?);
        let strays = job.corrected(ledger.rows_by_id(&earlier.survey.strays(&rows))?);
        let mut expected = job.revised(mapper.apply(&rows, &strays));
        expected.retain(|placed| kept.contains(&placed.row));
        expected.sort_by_key(|placed| placed.row);
        // The place of a twin is told over all editions, and what is noticed of it with it.
        let stored = ledger.mapped_chunk(file, chunk)?;
        for one in &mut expected {
            let found =
                stored.binary_search_by_key(&one.row, |placed| placed.row).map(|at| &stored[at].place);
            if let (Place::Gift(gift), Ok(Place::Gift(sent))) = (&mut one.place, found) {
                gift.identity = sent.identity.clone();
            }
        }
        verified.rows += expected.len() as u64;
        compare(migration, &expected, &stored, &kept, verified);
    }
    Ok(())
}

fn derive(
    job: &Job<'_>,
    prepared: &Prepared,
    mapper: &Mapper<'_>,
    rows: &[SourceRow],
    strays: &[SourceRow],
) -> Result<Vec<Placed>> {
    let mut placed = job.place(prepared, mapper, rows, strays)?.placed;
    placed.sort_by_key(|p| p.row);
    Ok(placed)
}

/// Names every row that one side has and the other lacks, or that differs. Of a row that an earlier
/// mapping keeps only the difference is told: it was sent as that mapping said.
fn compare(
    migration: &Migration,
    expected: &[Placed],
    stored: &[Placed],
    kept: &BTreeSet<RowId>,
    verified: &mut Verified,
) {
    let mut stored_by_row: BTreeMap<RowId, Vec<&Placed>> = BTreeMap::new();
    for placed in stored {
        stored_by_row.entry(placed.row).or_default().push(placed);
    }
    for placed in expected {
        let (otherwise, problem) = match stored_by_row.remove(&placed.row).as_deref() {
            None => (None, Some("has no place in the ledger".to_owned())),
            Some([one]) if **one == *placed => (None, None),
            Some([one]) if kept.contains(&placed.row) => (Some(difference(placed, one)), None),
            Some([one]) => (None, Some(difference(placed, one))),
            Some(_) => (None, Some("is in two places".to_owned())),
        };
        let name = || migration.name_row(placed.row);
        verified.problems.extend(problem.map(|what| format!("{} {what}", name())));
        verified.sent_otherwise.extend(otherwise.map(|what| format!("{} {what}", name())));
    }
    for row in stored_by_row.into_keys() {
        verified.problems.push(format!("{} is in the ledger and not in the file", migration.name_row(row)));
    }
}

fn difference(expected: &Placed, stored: &Placed) -> String {
    let (should, is) = (amount_of(expected), amount_of(stored));
    if should != is {
        let text = |m: Option<heirloom_model::Money>| m.map_or("nothing".to_owned(), |m| m.to_string());
        return format!("is worth {} in the file and {} in the ledger", text(should), text(is));
    }
    "is not what its cells say".to_owned()
}

/// Opens every sealed gift: its amount and its designations must be the gift's own.
fn verify_items(migration: &Migration, verified: &mut Verified) -> Result<()> {
    let ledger = &migration.ledger;
    for plan in ledger.plans()?.iter().filter(|p| p.kind == ItemKind::Gift) {
        let lines = ledger.item_states(plan.id)?;
        for page in lines.chunks(1000) {
            let (Some(first), Some(last)) = (page.first(), page.last()) else {
                continue;
            };
            let bodies = ledger.bodies(first.item, last.item)?;
            for (line, sealed) in page.iter().zip(&bodies) {
                verified.items += 1;
                // What was given up was true of the row as it then was.
                if line.free || line.replaced {
                    continue;
                }
                if let Some(problem) = body_problem(ledger, line.row, &sealed.body)? {
                    let name = migration.name_row(line.row);
                    let problem = format!("{name}: the sealed gift {} {problem}", line.key);
                    // What is there after all is what was sent, and not what its row was mapped to since.
                    if line.given_up { &mut verified.sent_otherwise } else { &mut verified.problems }
                        .push(problem);
                }
            }
        }
    }
    Ok(())
}

fn body_problem(ledger: &Ledger, row: RowId, body: &str) -> Result<Option<String>> {
    let Some(gift) = ledger.gift(row)? else {
        return Ok(Some("has no gift behind it".into()));
    };
    let Ok(json) = serde_json::from_str::<serde_json::Value>(body) else {
        return Ok(Some("cannot be opened".into()));
    };
    let plain = gift.amount().to_plain();
    if json["amount"].as_str() != Some(plain.as_str()) {
        return Ok(Some(format!("does not say {plain}")));
    }
    let parts = json["designations"].as_array().cloned().unwrap_or_default();
    let same = parts.len() == gift.designations.parts().len()
        && parts.iter().zip(gift.designations.parts()).all(|(sealed, part)| {
            sealed["code"].as_str() == Some(part.project.as_str())
                && sealed["amountDesignated"].as_str() == Some(part.amount.to_plain().as_str())
        });
    Ok((!same).then(|| "designates otherwise than the gift".to_owned()))
}

/// Promise 1: what was read is what stands in the piles, in rows and in cents of each currency.
fn verify_conservation(migration: &Migration, verified: &mut Verified) -> Result<()> {
    let home = migration.settings.currency;
    let mut rows = 0;
    let mut piles: BTreeMap<Currency, i128> = BTreeMap::from([(home, 0)]);
    for line in migration.ledger.piles()? {
        let worthless = matches!(line.pile, Pile::Repeat | Pile::Superseded);
        rows += line.tally.rows;
        let minor = if worthless { 0 } else { line.tally.minor };
        *piles.entry(line.bucket.currency.unwrap_or(home)).or_default() += minor;
    }
    let read = verified.read();
    let mut files: BTreeMap<Currency, i128> = BTreeMap::from([(home, read.minor)]);
    for (currency, minor) in verified.controls.iter().flat_map(|c| &c.foreign) {
        *files.entry(*currency).or_default() += minor;
    }
    files.retain(|currency, minor| *minor != 0 || *currency == home);
    piles.retain(|currency, minor| *minor != 0 || *currency == home);
    if (read.rows, &files) != (rows, &piles) {
        verified.problems.push(format!(
            "the files hold {} rows worth {}, the piles {rows} rows worth {}",
            read.rows,
            in_words(&files),
            in_words(&piles)
        ));
    }
    Ok(())
}

fn in_words(sums: &BTreeMap<Currency, i128>) -> String {
    let sums: Vec<String> =
        sums.iter().map(|(currency, minor)| heirloom_report::words::money(*minor, *currency)).collect();
    sums.join(" and ")
}
