//! Source rows: cells as the file had them, each row knowing where it stood.

use std::fmt;
use std::sync::Arc;

/// A file in the ledger (one edition of it).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// One row of one file for ever: the file and the row's place among its non-blank rows.
///
/// `file << 32 | sequence`, so that rows of a file are a range of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub i64);

impl RowId {
    /// The row with this sequence number (from 0, blank rows not counted) in `file`.
    pub fn new(file: FileId, sequence: u32) -> Self {
        RowId(i64::from(file.0) << 32 | i64::from(sequence))
    }

    /// The file.
    pub fn file(self) -> FileId {
        FileId((self.0 >> 32) as u32)
    }

    /// The sequence number within the file.
    pub fn sequence(self) -> u32 {
        (self.0 & 0xffff_ffff) as u32
    }
}

/// What kind of value a cell held in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CellKind {
    /// Nothing, or an empty string.
    Empty,
    /// Text (every filled cell of a CSV).
    Text,
    /// A number of a workbook; the text is its shortest exact decimal form.
    Number,
    /// A date cell of a workbook; the text is ISO, with a time only if it had one.
    Date,
    /// A truth value of a workbook; the text is `TRUE` or `FALSE`.
    Bool,
    /// An error value (`#N/A`, `#REF!` …): present and invalid, never empty.
    Error,
}

/// A look at one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellRef<'a> {
    /// The text as described at its kind.
    pub text: &'a str,
    /// The kind.
    pub kind: CellKind,
}

/// One non-blank row of a file: its cells, packed, and its number as the spreadsheet shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// Its identity in the ledger.
    pub id: RowId,
    /// The sheet's place among the sheets that were read (0 for a text file).
    pub sheet: u16,
    /// From 1, as Excel shows it; in a text file the physical line on which the record begins.
    pub row_number: u32,
    text: String,
    ends: Vec<(u32, CellKind)>,
}

impl SourceRow {
    /// An empty row; fill it with [`SourceRow::push`].
    pub fn new(id: RowId, sheet: u16, row_number: u32) -> Self {
        SourceRow { id, sheet, row_number, text: String::new(), ends: Vec::new() }
    }

    /// An empty row with room for `cells` cells and `text_bytes` bytes of text.
    pub fn with_capacity(id: RowId, sheet: u16, row_number: u32, cells: usize, text_bytes: usize) -> Self {
        SourceRow {
            id,
            sheet,
            row_number,
            text: String::with_capacity(text_bytes),
            ends: Vec::with_capacity(cells),
        }
    }

    /// A row of text cells, for tests and small tables.
    pub fn of_texts<'a>(id: RowId, row_number: u32, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut row = Self::new(id, 0, row_number);
        for text in texts {
            row.push(text, if text.is_empty() { CellKind::Empty } else { CellKind::Text });
        }
        row
    }

    /// Appends a cell.
    pub fn push(&mut self, text: &str, kind: CellKind) {
        self.text.push_str(text);
        self.ends.push((self.text.len() as u32, kind));
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no cell at all.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The cell in column `index` (from 0); beyond the row's end every cell is empty.
    pub fn cell(&self, index: usize) -> CellRef<'_> {
        let Some(&(end, kind)) = self.ends.get(index) else {
            return CellRef { text: "", kind: CellKind::Empty };
        };
        let start = if index == 0 { 0 } else { self.ends[index - 1].0 };
        CellRef { text: &self.text[start as usize..end as usize], kind }
    }

    /// The cells in order.
    pub fn cells(&self) -> impl Iterator<Item = CellRef<'_>> {
        (0..self.len()).map(|i| self.cell(i))
    }

    /// The same row with one cell replaced by corrected text (padded with empty cells if it was short).
    pub fn with_cell(&self, index: usize, text: &str) -> SourceRow {
        let mut row = SourceRow::new(self.id, self.sheet, self.row_number);
        for i in 0..self.len().max(index + 1) {
            let cell = self.cell(i);
            if i == index {
                row.push(text, if text.is_empty() { CellKind::Empty } else { CellKind::Text });
            } else {
                row.push(cell.text, cell.kind);
            }
        }
        row
    }
}

/// Where a row stands, in words a spreadsheet user can follow.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowRef {
    /// File name without its folder.
    pub file: Arc<str>,
    /// Sheet name, for workbooks.
    pub sheet: Option<Arc<str>>,
    /// From 1, as the spreadsheet shows it.
    pub row_number: u32,
}

impl fmt::Display for RowRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(sheet) = &self.sheet {
            write!(f, " sheet {sheet}")?;
        }
        write!(f, " row {}", self.row_number)
    }
}

/// The letter by which a spreadsheet labels a column: 0 is `A`, 26 is `AA`.
pub fn column_letter(index: usize) -> String {
    let mut letters = Vec::new();
    let mut rest = index + 1;
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.reverse();
    String::from_utf8(letters).expect("letters are ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_lettered_as_excel_does() {
        for (index, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(column_letter(index), letters);
        }
    }

    #[test]
    fn a_row_keeps_its_cells_apart() {
        let row = SourceRow::of_texts(RowId::new(FileId(3), 7), 12, ["a", "", "b c"]);
        assert_eq!(row.cell(0).text, "a");
        assert_eq!(row.cell(1).kind, CellKind::Empty);
        assert_eq!(row.cell(2).text, "b c");
        assert_eq!(row.cell(9).kind, CellKind::Empty);
        assert_eq!(row.with_cell(4, "x").cell(4).text, "x");
        assert_eq!((row.id.file(), row.id.sequence()), (FileId(3), 7));
    }
}
