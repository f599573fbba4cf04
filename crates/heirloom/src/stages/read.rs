//! read: a file becomes chunks of typed cells in the ledger, bound to the file's digest.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use heirloom_intake::{SourceFile, digest_of};
use heirloom_ledger::{FileEnd, FileFacts, Ledger, OddRow};
use heirloom_mapping::{Masker, RecordKind, Unfolder};
use heirloom_model::{FileId, SourceRow};
use heirloom_report::words;

use super::CHUNK_ROWS;
use super::details::account::details_account;
use crate::apart;
use crate::failure::{Failure, Result};
use crate::migration::{Input, Migration};
use crate::progress::Progress;

/// What reading one file came to.
pub struct FileRead {
    /// The file as the ledger knows it.
    pub facts: FileFacts,
    /// Non-blank rows, titles and headers included.
    pub rows: u64,
    /// Whether everything was there already.
    pub already: bool,
}

/// Reads every input file that is not in the ledger yet.
///
/// # Errors
/// [`Failure::SourceChanged`] if a file is no longer the one that was read; unreadable files.
pub fn read(migration: &Migration, progress: &Progress) -> Result<Vec<FileRead>> {
    let inputs = migration.inputs()?;
    // The next file is opened, which looks through all of it, while one is read.
    std::thread::scope(|scope| {
        let (sender, opened) = sync_channel(0);
        let to_open = &inputs;
        scope.spawn(move || {
            for found in to_open.iter().map(|input| open(migration, input)) {
                let failed = found.is_err();
                if sender.send(found).is_err() || failed {
                    return;
                }
            }
        });
        inputs.iter().zip(opened).map(|(input, found)| read_one(migration, input, found?, progress)).collect()
    })
}

/// A file before it is read.
enum Found {
    /// All of it is in the ledger.
    Already(FileRead),
    /// It is to be read, from its beginning or on.
    Open(Box<SourceFile>),
}

fn open(migration: &Migration, input: &Input<'_>) -> Result<Found> {
    let ledger = &migration.ledger;
    let known = migration.file(&input.role)?;
    if let Some(facts) = &known {
        let (digest, _) = digest_of(&input.path)?;
        let is_kept = facts.finished.is_some() || ledger.chunks_read(facts.id)? > 0;
        if is_kept && (digest != facts.digest || facts.name != *input.name) {
            let sent = sent_rows(ledger, facts.id)?;
            return Err(Failure::SourceChanged { file: input.name.to_string(), sent });
        }
        if let Some(end) = &facts.finished {
            return Ok(Found::Already(FileRead { rows: end.rows, already: true, facts: facts.clone() }));
        }
    }
    let file = SourceFile::open_by(&input.path, &input.read_as, &apart::workbooks())?;
    Ok(Found::Open(Box::new(file)))
}

fn read_one(migration: &Migration, input: &Input<'_>, found: Found, progress: &Progress) -> Result<FileRead> {
    let ledger = &migration.ledger;
    let file = match found {
        Found::Already(read) => return Ok(read),
        Found::Open(file) => file,
    };
    let known = migration.file(&input.role)?;
    let sheets: Vec<Option<String>> = file.sheets().iter().map(|s| s.name.clone()).collect();
    let id = match known.filter(|facts| facts.digest == file.digest() && facts.name == *input.name) {
        Some(facts) => facts.id,
        None => ledger.add_file(&input.role, &input.name, file.digest(), file.bytes(), &sheets)?,
    };
    // An edition that was read before, and of which something was sent, is whole.
    if let Some((facts, end)) =
        migration.file(&input.role)?.and_then(|f| f.finished.clone().map(|end| (f, end)))
    {
        return Ok(FileRead { rows: end.rows, already: true, facts });
    }
    let end = stream(ledger, input, *file, id, progress)?;
    ledger.finish_file(id, &end)?;
    let facts = migration.file(&input.role)?.ok_or_else(|| lost(&input.role))?;
    Ok(FileRead { rows: end.rows, already: false, facts })
}

/// The roles in which the file that is there now holds only a part of what it held: those that do already, and
/// where it is asked for those that are others now than were read, if nothing is left behind by that.
///
/// # Errors
/// [`Failure::Usage`] if something would be left behind, or if that cannot be told.
pub fn partial_roles(migration: &Migration, asked: bool) -> Result<Vec<String>> {
    let mut roles = Vec::new();
    let mut is_other = false;
    let inputs = match migration.inputs() {
        // What of them is partial cannot be told without the files.
        Err(error) if asked || any_partial(&migration.ledger)? => return Err(error),
        Err(_) => return Ok(roles),
        Ok(inputs) => inputs,
    };
    for input in inputs {
        let Some((facts, is_partial)) = migration.ledger.last_edition(&input.role)? else { continue };
        if digest_of(&input.path)?.0 == facts.digest {
            roles.extend(is_partial.then_some(input.role));
        } else if asked {
            if migration.file(&input.role)?.is_none() || !migration.ledger.is_mapped(facts.id)? {
                return Err(read_too_soon());
            }
            nothing_left_behind(migration, &input, &facts)?;
            is_other = true;
            roles.push(input.role);
        }
    }
    if asked && !is_other { Err(read_too_soon()) } else { Ok(roles) }
}

fn any_partial(ledger: &Ledger) -> Result<bool> {
    for file in ledger.files()? {
        if ledger.last_edition(&file.role)?.is_some_and(|(_, is_partial)| is_partial) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn nothing_left_behind(migration: &Migration, input: &Input<'_>, facts: &FileFacts) -> Result<()> {
    if input.mapping.derives_ids() {
        return Err(Failure::usage(
            format!(
                "the ids of {} are made of other columns: by these a gift that is new cannot be told from one that \
                 was sent, unless the file has both",
                input.name
            ),
            "put a whole export there, and say  heirloom redo read",
        ));
    }
    let mut left = migration.ledger.not_sent_of(facts.id)?;
    if input.mapping.record() == RecordKind::Gift {
        left += details_account(migration)?
            .iter()
            .filter(|(what, _)| ["pledges", "schedules"].contains(what))
            .map(|(_, places)| places.due + places.waiting + places.unsent)
            .sum::<u64>();
    }
    if left == 0 {
        return Ok(());
    }
    let left = words::count(left, "row");
    Err(Failure::usage(
        format!(
            "{left} of the {} that was read before were not sent, and a partial file would leave them behind",
            facts.name
        ),
        "put the older file back and send them, or mend what holds them; or put a whole export there, and say  \
         heirloom redo read",
    ))
}

fn read_too_soon() -> Failure {
    Failure::usage(
        "what a partial file would leave behind can only be told before it is read, of a file that was read and \
         mapped and is another one now",
        "put the older file back, say  heirloom redo read  and  heirloom check , then put the partial one there",
    )
}

/// Rows of a file that an attempt hangs on.
fn sent_rows(ledger: &Ledger, file: FileId) -> Result<u64> {
    let mut sent = 0;
    for plan in ledger.plans()? {
        let lines = ledger.item_states(plan.id)?;
        sent += lines.iter().filter(|l| l.attempts > 0 && l.row.file() == file).count() as u64;
    }
    Ok(sent)
}

fn lost(role: &str) -> Failure {
    Failure::usage(
        format!("the ledger lost the file it was just given for {role}"),
        "run the same command again",
    )
}

/// Decodes on one thread and saves on another; chunks that were saved before are skipped.
fn stream(
    ledger: &Ledger,
    input: &Input<'_>,
    file: SourceFile,
    id: FileId,
    progress: &Progress,
) -> Result<FileEnd> {
    let done = ledger.chunks_read(id)?;
    let notes = file.evidence().to_vec();
    let bar = progress.count(&format!("read {}", input.name));
    std::thread::scope(|scope| {
        let (sender, chunks) = sync_channel::<Vec<SourceRow>>(4);
        let reader = scope.spawn(move || -> Result<FileEnd> {
            let mut rows = file.rows(id);
            let mut masker = Masker::new(input.mapping, input.part);
            let mut unfolder = Unfolder::new(input.mapping, input.part);
            let mut chunk = Vec::with_capacity(CHUNK_ROWS);
            let mut count = 0u64;
            'rows: for row in rows.by_ref() {
                unfolder.unfold(masker.mask(row?), &mut chunk);
                // A wide row may bring more rows than a chunk has room for.
                while chunk.len() >= CHUNK_ROWS {
                    let rest = chunk.split_off(CHUNK_ROWS);
                    count += CHUNK_ROWS as u64;
                    if sender.send(std::mem::replace(&mut chunk, rest)).is_err() {
                        break 'rows;
                    }
                }
            }
            count += chunk.len() as u64;
            if !chunk.is_empty() {
                // A closed channel means that saving failed; its error is the one to report.
                let _ = sender.send(chunk);
            }
            let odd = rows.oddities().iter().map(|o| OddRow {
                code: o.code,
                row_number: o.row_number,
                count: o.count,
            });
            Ok(FileEnd { rows: count, notes, masked: masker.counts(), odd: odd.collect() })
        });
        let saved = (0u32..).zip(chunks).try_for_each(|(number, chunk)| -> Result<()> {
            bar.add(chunk.len() as u64);
            if number >= done {
                ledger.save_chunk(id, number, &chunk)?;
            }
            Ok(())
        });
        let end = reader.join().map_err(|_| {
            Failure::usage(
                format!("reading {} ended in a panic", input.name),
                "check the file; please report this",
            )
        })?;
        saved.and(end)
    })
}

/// Sheets of a file as shared names, for row references.
///
/// # Errors
/// Storage.
pub fn sheet_names(ledger: &Ledger, file: FileId) -> Result<Vec<Option<Arc<str>>>> {
    Ok(ledger.sheets(file)?.into_iter().map(|name| name.map(Arc::from)).collect())
}
