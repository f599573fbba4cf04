//! A roster read for linkage: one CSV (or workbook) of people and organizations, without a
//! migration around it.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use heirloom_intake::{ReadAs, Rows, SourceFile};
use heirloom_linkage::{File, Place, Reading, Record, RecordKind};
use heirloom_mapping::{BoundRoster, Roster, RosterRow};
use heirloom_model::{FileId, Hasher, SourceRow};
use rayon::prelude::*;

use crate::apart;
use crate::failure::{Failure, Result};
use crate::progress::Progress;

/// Rows that are read into records together.
const PART_ROWS: usize = 4_096;

/// A roster in memory: what linkage compares, and how the records are called.
pub struct Read {
    /// The records, by numbers that follow from their ids: the order of rows changes nothing.
    pub file: File,
    /// The records' ids in the order of the file, with their numbers.
    pub ids: Vec<(Box<str>, i64)>,
    /// The numbers in ascending order, as the engine has them, each with its place in `ids`.
    pub by_number: Vec<(i64, u32)>,
    /// Rows without a record id; they are left out.
    pub unnamed: u64,
}

impl Read {
    /// The id of a record by its number.
    pub fn id(&self, number: i64) -> &str {
        self.at(number).map_or("", |at| self.ids[self.by_number[at].1 as usize].0.as_ref())
    }

    /// Where a number stands in [`Read::by_number`].
    pub fn at(&self, number: i64) -> Option<usize> {
        self.by_number.binary_search_by_key(&number, |(known, _)| *known).ok()
    }
}

/// Reads a whole roster: one thread takes rows off the file, all cores prepare them.
///
/// # Errors
/// A file that cannot be read, columns that are not there, two rows with one record id.
pub fn read(path: &Path, roster: Roster, progress: &Progress) -> Result<Read> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let read_as =
        ReadAs { encoding: roster.encoding.clone(), delimiter: roster.delimiter, ..ReadAs::default() };
    let source = SourceFile::open_by(path, &read_as, &apart::workbooks())?;
    let mut rows = source.rows(FileId(1));
    let Some(header) = rows.next().transpose()? else {
        return Err(Failure::usage(
            format!("{name} has no rows"),
            "give a file whose first row names its columns",
        ));
    };
    let bound = roster.bind(&name, &header).map_err(Failure::Mapping)?;
    let bar = progress.count(&format!("read {name}"));
    let reading = Reading::default();
    let (sender, parts) = sync_channel::<(u32, Vec<SourceRow>)>(2);
    let named = std::thread::scope(|scope| {
        let reader = scope.spawn(move || send_parts(rows, &sender));
        let parts = parts.into_iter().par_bridge();
        let named: Vec<Named> = parts
            .map(|(number, rows)| {
                bar.add(rows.len() as u64);
                add(&reading, &bound, number, &rows)
            })
            .collect();
        let panicked = |_| Failure::usage(format!("reading {name} ended in a panic"), "please report this");
        reader.join().map_err(panicked)?.map(|()| named)
    })?;
    gathered(&name, named, reading)
}

fn send_parts(rows: Rows, parts: &SyncSender<(u32, Vec<SourceRow>)>) -> Result<()> {
    let mut part = Vec::with_capacity(PART_ROWS);
    let mut number = 0;
    for row in rows {
        part.push(row?);
        if part.len() == PART_ROWS {
            let whole = std::mem::replace(&mut part, Vec::with_capacity(PART_ROWS));
            // Nobody closes the channel before its end.
            let _ = parts.send((number, whole));
            number += 1;
        }
    }
    let _ = parts.send((number, part));
    Ok(())
}

/// How the records of a part are called.
struct Named {
    part: u32,
    ids: Vec<(Box<str>, i64)>,
    row_numbers: Vec<u32>,
    unnamed: u64,
}

fn add(reading: &Reading, bound: &BoundRoster, part: u32, rows: &[SourceRow]) -> Named {
    let mut named = Named { part, ids: Vec::new(), row_numbers: Vec::new(), unnamed: 0 };
    let records = rows.iter().filter_map(|row| {
        let mut read = bound.read(row);
        let id = std::mem::take(&mut read.id);
        if id.is_empty() {
            named.unnamed += 1;
            return None;
        }
        let number = number_of(&id);
        named.ids.push((id.into(), number));
        named.row_numbers.push(row.row_number);
        Some(record(number, read))
    });
    reading.add(records);
    named
}

fn gathered(file: &str, mut parts: Vec<Named>, reading: Reading) -> Result<Read> {
    parts.sort_unstable_by_key(|part| part.part);
    let unnamed = parts.iter().map(|part| part.unnamed).sum();
    let row_numbers: Vec<u32> = parts.iter().flat_map(|part| &part.row_numbers).copied().collect();
    let mut ids = Vec::with_capacity(row_numbers.len());
    parts.into_iter().for_each(|part| ids.extend(part.ids));
    let mut by_number: Vec<(i64, u32)> = ids.iter().map(|(_, number)| *number).zip(0..).collect();
    by_number.par_sort_unstable();
    if let Some(same) = by_number.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let of = |(_, place): (i64, u32)| (ids[place as usize].0.as_ref(), row_numbers[place as usize]);
        return Err(twice(file, of(same[0]), of(same[1])));
    }
    Ok(Read { file: reading.finish(), ids, by_number, unnamed })
}

fn twice(file: &str, (id, first): (&str, u32), (other, second): (&str, u32)) -> Failure {
    let what = match id == other {
        true => format!("{file} has one record id twice: rows {first} and {second}"),
        false => format!("{file} has two record ids that cannot be told apart: rows {first} and {second}"),
    };
    Failure::usage(what, "record_id must name a column whose values are never repeated")
}

/// A number that follows from the id alone, so that rows may stand in any order.
fn number_of(id: &str) -> i64 {
    let digest = Hasher::new().field(id.as_bytes()).finish().0;
    let head: [u8; 8] = std::array::from_fn(|at| digest[at]);
    i64::from_le_bytes(head) & i64::MAX
}

fn record(id: i64, row: RosterRow) -> Record {
    let kind = if row.organization.is_some() { RecordKind::Organization } else { RecordKind::Person };
    let second = row.second.unwrap_or_default();
    let place = |a: heirloom_model::Address| Place {
        line1: a.line1,
        line2: a.line2,
        city: a.city,
        state: a.state,
        postal: a.postal,
    };
    Record {
        title: row.first.title.unwrap_or_default(),
        first: row.first.first,
        middle: row.first.middle.unwrap_or_default(),
        last: row.first.last,
        suffix: row.first.suffix.unwrap_or_default(),
        nickname: row.first.nickname.unwrap_or_default(),
        maiden: row.first.maiden.unwrap_or_default(),
        gender: row.first.gender.unwrap_or_default(),
        second_first: second.first,
        second_last: second.last,
        organization: row.organization.unwrap_or_default(),
        birth: row.first.birth,
        addresses: row.addresses.into_iter().map(place).collect(),
        phones: row.phones,
        emails: row.emails,
        household_id: row.household_id,
        texts: row.other,
        ..Record::new(id, kind)
    }
}
