//! A whole file looked at once: where its table lies, how its columns are written, which rows
//! belong together. What a survey keeps is small and survives as bytes.

mod bytes;
mod court;
mod court_room;
mod gather;
mod header;
mod rows;
#[cfg(test)]
mod tests;
mod totals;
mod work;

use std::sync::Arc;

use heirloom_model::{Code, Digest, Finding, RowId, SourceRow};

use crate::ground::{Ground, Structure, Twin, Unmapped, Verdict};
use crate::number::Mark;
pub(crate) use header::{Names, matched};
pub use work::Surveyor;

/// What mapping needs to know of a whole file.
#[derive(Clone, Debug, PartialEq)]
pub struct Survey {
    pub(crate) ground: Ground,
    pub(crate) structure: Structure,
    pub(crate) data_rows: u64,
    /// Sequence numbers of rows that are not data, sorted.
    pub(crate) not_data: Vec<u32>,
    pub(crate) verdicts: Vec<Verdict>,
    /// `(first row, further row)` of groups, sorted.
    pub(crate) members: Vec<(u32, u32)>,
    /// Whether further rows of a group repeat the first and are worth nothing.
    pub(crate) members_repeat: bool,
    /// Hashes of ids that several rows claim, sorted.
    pub(crate) duplicates: Vec<u64>,
    /// Equal gifts, by row.
    pub(crate) twins: Vec<Twin>,
    /// For each join, the hashes of what rows refer to, sorted; empty where nobody asks.
    pub(crate) references: Vec<Vec<u64>>,
    pub(crate) amount_columns: Vec<Vec<u32>>,
    pub(crate) unmapped: Vec<Unmapped>,
}

impl Survey {
    /// How many rows are data.
    pub fn data_rows(&self) -> u64 {
        self.data_rows
    }

    /// Titles, headers, skipped rows and totals.
    pub fn structure(&self) -> &Structure {
        &self.structure
    }

    /// Its bytes, for keeping.
    pub fn to_bytes(&self) -> Vec<u8> {
        bytes::write(self)
    }

    /// The inverse of [`Survey::to_bytes`]; `None` for bytes of another version.
    pub fn from_bytes(bytes: &[u8]) -> Option<Survey> {
        bytes::read(bytes)
    }

    /// The digest of all it found; the names of file and sheets do not count.
    pub fn digest(&self) -> Digest {
        let mut nameless = self.clone();
        nameless.ground.file = Arc::from("");
        nameless.ground.sheets = vec![None; nameless.ground.sheets.len()];
        nameless.structure.sheets.iter_mut().for_each(|s| s.name = None);
        Digest::of(&nameless.to_bytes())
    }

    /// The place of a row among its equals, if there are several and it is still the same gift.
    pub(crate) fn twin(&self, sequence: u32, hash: u64) -> Option<u32> {
        let found = self.twins.binary_search_by_key(&sequence, |t| t.sequence).ok()?;
        let twin = self.twins[found];
        (twin.hash == hash).then_some(twin.ordinal)
    }

    /// `(first, row)` for every further row of the group that begins at `first`.
    pub(crate) fn members_of(&self, first: u32) -> &[(u32, u32)] {
        let from = self.members.partition_point(|(group, _)| *group < first);
        let rest = &self.members[from..];
        &rest[..rest.partition_point(|(group, _)| *group == first)]
    }

    /// Sequence numbers of the rows that are mapped together with this one, itself among them, sorted.
    pub fn group_of(&self, sequence: u32) -> Vec<u32> {
        let first =
            self.members.iter().find(|(_, row)| *row == sequence).map_or(sequence, |(first, _)| *first);
        let mut rows = vec![first];
        rows.extend(self.members_of(first).iter().map(|(_, row)| *row));
        rows.sort_unstable();
        rows
    }

    /// Rows that continue a group begun in an earlier chunk, where chunks have so many rows; sorted.
    pub fn rows_of_earlier_chunks(&self, chunk_rows: usize) -> Vec<u32> {
        let chunk = |sequence: u32| sequence as usize / chunk_rows;
        let is_apart = |(first, row): &&(u32, u32)| chunk(*first) != chunk(*row);
        let mut rows: Vec<u32> = self.members.iter().filter(is_apart).map(|(_, row)| *row).collect();
        rows.sort_unstable();
        rows
    }

    /// Sequence numbers of the rows that repeat an earlier gift and are worth nothing, sorted.
    pub fn repeats(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = Vec::new();
        if self.members_repeat {
            rows.extend(self.members.iter().map(|(_, row)| *row));
        }
        rows.sort_unstable();
        rows
    }

    /// Rows outside this chunk that belong to groups beginning in it, sorted.
    pub fn strays(&self, rows: &[SourceRow]) -> Vec<RowId> {
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Vec::new();
        };
        let (from, to) = (first.id.sequence(), last.id.sequence());
        let start = self.members.partition_point(|(group, _)| *group < from);
        let mut strays: Vec<RowId> = self.members[start..]
            .iter()
            .take_while(|(group, _)| *group <= to)
            .filter(|(_, row)| *row > to)
            .map(|(_, row)| RowId::new(first.id.file(), *row))
            .collect();
        strays.sort_unstable();
        strays
    }

    /// The column that holds the main amount of a sheet, for the independent reader; `None` if
    /// the amount comes from elsewhere.
    pub fn amount_column(&self, sheet: u16) -> Option<usize> {
        self.amount_columns(sheet).first().map(|&c| c as usize)
    }

    /// Every column that may hold it, where the mapping takes the first filled one.
    pub fn amount_columns(&self, sheet: u16) -> &[u32] {
        self.amount_columns.get(usize::from(sheet)).map_or(&[], Vec::as_slice)
    }

    /// Whether the main amount column is written with a decimal comma.
    pub fn has_decimal_comma(&self) -> bool {
        self.verdicts
            .iter()
            .find_map(|v| match v {
                Verdict::Amount(mark) => Some(*mark == Mark::Comma),
                Verdict::Date(_) => None,
            })
            .unwrap_or(false)
    }

    /// Whether the row with this sequence number is data.
    pub fn is_data(&self, sequence: u32) -> bool {
        self.not_data.binary_search(&sequence).is_err()
    }

    /// The names of the columns that the mapping uses, folded, with their sheet.
    pub fn used_columns(&self) -> impl Iterator<Item = (usize, String)> + '_ {
        let sheets = self.ground.headers.iter().zip(&self.ground.columns).enumerate();
        sheets.flat_map(|(sheet, (header, columns))| {
            let names = columns.iter().filter_map(|&c| header.get(c as usize));
            names.map(move |name| (sheet, crate::text::fold(name)))
        })
    }

    /// Filled columns that neither this mapping maps nor, as `is_used` knows, another one that reads
    /// the same file (F012).
    pub fn unmapped(&self, is_used: impl Fn(usize, &str) -> bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        for unmapped in &self.unmapped {
            let sheet = usize::from(unmapped.sheet);
            let name = self.ground.headers[sheet].get(unmapped.column as usize).cloned().unwrap_or_default();
            if !is_used(sheet, &crate::text::fold(&name)) {
                let at = self.ground.row_ref(unmapped.sheet, unmapped.row_number);
                findings.push(crate::rules::unmapped_column::finding(at, unmapped, &name));
            }
        }
        findings
    }

    /// What the file's own totals say against its rows (F004).
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (index, sheet) in self.structure.sheets.iter().enumerate() {
            for total in sheet.totals.iter().filter(|t| !t.agrees) {
                findings.push(crate::rules::total_differs::finding(
                    self.ground.row_ref(index as u16, total.row_number),
                    total,
                ));
            }
        }
        debug_assert!(findings.iter().all(|f| f.code == Code::TotalDiffers));
        findings
    }
}
