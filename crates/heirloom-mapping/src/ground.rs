//! What is found on the ground of a file: where its columns are, which rows are no data, how columns are
//! written.

use std::sync::Arc;

use heirloom_model::RowRef;

use crate::dates::Order;
use crate::number::Mark;

/// A filled column that a mapping neither maps nor ignores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unmapped {
    pub sheet: u16,
    /// The header's row.
    pub row_number: u32,
    /// From 0.
    pub column: u32,
    /// How many of its cells are filled.
    pub cells: u64,
}

/// Where a file's columns are, sheet by sheet.
#[derive(Clone, Debug, PartialEq, Default)]
pub(crate) struct Ground {
    pub file: Arc<str>,
    pub sheets: Vec<Option<Arc<str>>>,
    /// `[sheet][column of the mapping]`, `u32::MAX` where the sheet was not read.
    pub columns: Vec<Vec<u32>>,
    /// `[sheet]` the header's cells; empty without a header.
    pub headers: Vec<Vec<String>>,
    /// `[column of the mapping]` texts to repeat downwards: from which row on, and what.
    pub fills: Vec<Vec<(u32, String)>>,
}

impl Ground {
    pub fn column(&self, sheet: u16, column: usize) -> Option<usize> {
        let index = *self.columns.get(usize::from(sheet))?.get(column)?;
        (index != u32::MAX).then_some(index as usize)
    }

    /// The text that a blank cell of this row repeats.
    pub fn above(&self, column: usize, sequence: u32) -> Option<&str> {
        let fills = self.fills.get(column)?;
        let after = fills.partition_point(|(from, _)| *from <= sequence);
        let (_, text) = fills.get(after.checked_sub(1)?)?;
        (!text.is_empty()).then_some(text.as_str())
    }

    pub fn row_ref(&self, sheet: u16, row_number: u32) -> RowRef {
        RowRef {
            file: self.file.clone(),
            sheet: self.sheets.get(usize::from(sheet)).cloned().flatten(),
            row_number,
        }
    }
}

/// How one column is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Date(Order),
    Amount(Mark),
}

/// One of several gifts that are the same in every identity column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Twin {
    pub sequence: u32,
    pub hash: u64,
    /// From 1.
    pub ordinal: u32,
}

/// The rows of a file that are not data, sheet by sheet.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Structure {
    /// In order.
    pub sheets: Vec<SheetStructure>,
}

/// The rows of one sheet that are not data.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SheetStructure {
    /// The sheet's name, in a workbook.
    pub name: Option<Arc<str>>,
    /// Lines above the header: row number and text.
    pub titles: Vec<(u32, String)>,
    /// The header: row number and cells. `None` without one.
    pub header: Option<(u32, Vec<String>)>,
    /// Rows that the mapping skips, and repeated headers: row number and text.
    pub skipped: Vec<(u32, String)>,
    /// Total rows.
    pub totals: Vec<TotalRow>,
    /// How many rows are data.
    pub data_rows: u64,
}

/// A total that the file itself states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalRow {
    /// Its place in the file.
    pub row_number: u32,
    /// What it says, as written; empty if it names no amount.
    pub said: String,
    /// The sum of the rows above it, as plain digits.
    pub sum: String,
    /// Whether both agree (also true if the row names no amount).
    pub agrees: bool,
}
