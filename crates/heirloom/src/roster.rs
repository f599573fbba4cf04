//! A roster read for linkage: one CSV (or workbook) of people and organizations, without a
//! migration around it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::sync_channel;

use foldhash::fast::FixedState;
use heirloom_intake::{ReadAs, SourceFile};
use heirloom_linkage::{File, Place, Reading, Record, RecordKind};
use heirloom_mapping::{BoundRoster, Roster, RosterRow};
use heirloom_model::{FileId, Hasher, SourceRow};
use rayon::prelude::*;

use crate::apart;
use crate::failure::{Failure, Result};
use crate::progress::Progress;

/// Rows that are read into records together.
const PART_ROWS: usize = 16_384;

/// A roster in memory: what linkage compares, and how the records are called.
pub struct Read {
    /// The records, by numbers that follow from their ids: the order of rows changes nothing.
    pub file: File,
    /// The records' ids in the order of the file, with their numbers.
    pub ids: Vec<(Box<str>, i64)>,
    /// For each number its place in `ids`.
    pub place_of: HashMap<i64, u32, FixedState>,
    /// Rows without a record id; they are left out.
    pub unnamed: u64,
}

impl Read {
    /// The id of a record by its number.
    pub fn id(&self, number: i64) -> &str {
        self.place_of.get(&number).map_or("", |&place| self.ids[place as usize].0.as_ref())
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
    let (parts, received) = sync_channel::<Vec<SourceRow>>(4);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || -> Result<()> {
            let mut part = Vec::with_capacity(PART_ROWS);
            for row in rows {
                part.push(row?);
                if part.len() == PART_ROWS && parts.send(std::mem::take(&mut part)).is_err() {
                    break;
                }
            }
            // A closed channel means that the other side met an error; that one is reported.
            let _ = parts.send(part);
            Ok(())
        });
        let mut gathering = Gathering { name: &name, ..Gathering::default() };
        let gathered = received.into_iter().try_for_each(|part| {
            bar.add(part.len() as u64);
            gathering.add(&bound, &part)
        });
        let panicked = |_| Failure::usage(format!("reading {name} ended in a panic"), "please report this");
        reader.join().map_err(panicked)??;
        gathered.map(|()| gathering.finish())
    })
}

#[derive(Default)]
struct Gathering<'n> {
    name: &'n str,
    reading: Reading,
    ids: Vec<(Box<str>, i64)>,
    row_numbers: Vec<u32>,
    place_of: HashMap<i64, u32, FixedState>,
    unnamed: u64,
}

impl Gathering<'_> {
    fn add(&mut self, bound: &BoundRoster, part: &[SourceRow]) -> Result<()> {
        let read: Vec<(String, Record)> = part
            .par_iter()
            .with_min_len(256)
            .map(|row| {
                let read = bound.read(row);
                (read.id.clone(), record(number_of(&read.id), read))
            })
            .collect();
        let mut records = Vec::with_capacity(read.len());
        for ((id, record), row) in read.into_iter().zip(part) {
            if id.is_empty() {
                self.unnamed += 1;
                continue;
            }
            let place = self.ids.len() as u32;
            if let Some(earlier) = self.place_of.insert(record.id, place) {
                return Err(self.twice(&id, earlier, row.row_number));
            }
            self.ids.push((id.into(), record.id));
            self.row_numbers.push(row.row_number);
            records.push(record);
        }
        self.reading.add(&records);
        Ok(())
    }

    fn twice(&self, id: &str, earlier: u32, row_number: u32) -> Failure {
        let (known, first) = (&self.ids[earlier as usize].0, self.row_numbers[earlier as usize]);
        let what = if known.as_ref() == id {
            format!("{} has one record id twice: rows {first} and {row_number}", self.name)
        } else {
            format!(
                "{} has two record ids that cannot be told apart: rows {first} and {row_number}",
                self.name
            )
        };
        Failure::usage(what, "record_id must name a column whose values are never repeated")
    }

    fn finish(self) -> Read {
        Read { file: self.reading.finish(), ids: self.ids, place_of: self.place_of, unnamed: self.unnamed }
    }
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
