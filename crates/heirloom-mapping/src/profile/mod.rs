//! A file looked at before there is a mapping: where its table lies, and what each column holds.
//! One pass; what it keeps does not grow with the file.

mod cell;
mod column;
mod distinct;
mod header;
mod numbers;
mod oddity;
mod shapes;
#[cfg(test)]
mod tests;
mod times;

use std::sync::Arc;

use heirloom_model::{CellKind, SourceRow};

pub use cell::CellType;
use column::Column;
use distinct::Budget;
pub use distinct::Distinct;
pub use numbers::Range;
pub use oddity::{OddKind, Oddity};
pub use times::DateSpan;

use crate::text::{shorten, trim};

/// A header is looked for among this many rows of a sheet.
const HEAD_ROWS_MAX: usize = 30;

/// Columns that are looked at; a file has no more in it than `intake` lets through.
const COLUMNS_MAX: usize = 2_000;

/// What a file holds.
#[derive(Clone, Debug)]
pub struct Profile {
    /// In order.
    pub sheets: Vec<SheetProfile>,
}

/// What a sheet holds; a text file is one sheet without a name.
#[derive(Clone, Debug)]
pub struct SheetProfile {
    /// Its name, in a workbook.
    pub name: Option<Arc<str>>,
    /// The header's row number; `None` if no row looks like one.
    pub header_row: Option<u32>,
    /// Rows above the header.
    pub titles: u64,
    /// Rows that hold data.
    pub rows: u64,
    /// Rows below the data that begin with "total".
    pub totals: Vec<u32>,
    /// Rows with one filled cell where others have many: a footer, or a note. At most eight.
    pub lonely: Vec<u32>,
    /// How many rows have one filled cell only.
    pub lonely_rows: u64,
    /// Rows with filled cells beyond the header's last. At most eight.
    pub long: Vec<u32>,
    /// How many rows are longer than the header.
    pub long_rows: u64,
    /// In order.
    pub columns: Vec<ColumnProfile>,
    pub(crate) head: Vec<SourceRow>,
}

/// What a column holds.
#[derive(Clone, Debug)]
pub struct ColumnProfile {
    /// From 0.
    pub index: usize,
    /// Its name; empty if it has none.
    pub header: String,
    /// What most of its cells are.
    pub kind: ColumnType,
    /// Cells that hold something; null tokens count.
    pub filled: u64,
    /// Different texts.
    pub distinct: Distinct,
    /// How many cells are of each type, most first.
    pub types: Vec<(CellType, u64)>,
    /// The longest text, in characters.
    pub length_max: usize,
    /// Smallest, largest and sum, where numbers prevail.
    pub numbers: Option<Range>,
    /// First and last day, where dates prevail.
    pub dates: Option<DateSpan>,
    /// The first and the last text in alphabetical order, shortened, card numbers masked. Donor data.
    pub texts: Option<(String, String)>,
    /// How texts are shaped (`A-9999`), most frequent first; at most five.
    pub shapes: Vec<(String, u64)>,
    /// Whether there are more shapes than were counted.
    pub many_shapes: bool,
    /// Every value with its count, most frequent first, if there are few. Donor data.
    pub values: Option<Vec<(String, u64)>>,
    /// What is odd about it.
    pub oddities: Vec<Oddity>,
    /// Whether its numbers are written with a decimal comma.
    pub comma: bool,
}

/// What a column is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Nothing at all.
    Empty,
    /// Whole numbers.
    Integer,
    /// Numbers with decimals or a currency.
    Amount,
    /// Days.
    Date,
    /// Yes and no.
    Truth,
    /// E-mail addresses.
    Email,
    /// Phone numbers.
    Phone,
    /// Short texts of letters and digits without spaces.
    Code,
    /// Everything else.
    Text,
}

impl ColumnType {
    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            ColumnType::Empty => "empty",
            ColumnType::Integer => "integer",
            ColumnType::Amount => "amount",
            ColumnType::Date => "date",
            ColumnType::Truth => "yes/no",
            ColumnType::Email => "e-mail",
            ColumnType::Phone => "phone",
            ColumnType::Code => "code",
            ColumnType::Text => "text",
        }
    }
}

impl ColumnProfile {
    /// Whether every row has it and no text comes twice.
    pub fn is_unique(&self, rows: u64) -> bool {
        rows > 0 && self.filled == rows && self.distinct == Distinct::Exact(rows)
    }

    /// Its share of filled rows in percent, rounded down.
    pub fn fill_percent(&self, rows: u64) -> u64 {
        (self.filled * 100).checked_div(rows).unwrap_or(0)
    }
}

/// Looks at the rows of one file, in order.
pub struct Profiler {
    names: Vec<Option<Arc<str>>>,
    done: Vec<SheetProfile>,
    open: Option<Open>,
}

struct Open {
    index: u16,
    head: Vec<SourceRow>,
    body: Option<Body>,
}

struct Body {
    header_row: Option<u32>,
    titles: u64,
    width: usize,
    names: Vec<String>,
    columns: Vec<Column>,
    budget: Budget,
    rows: u64,
    totals: Vec<u32>,
    lonely: (Vec<u32>, u64),
    long: (Vec<u32>, u64),
}

impl Profiler {
    /// For a file with these sheets.
    pub fn new(sheets: &[Option<Arc<str>>]) -> Profiler {
        Profiler { names: sheets.to_vec(), done: Vec::new(), open: None }
    }

    /// Looks at a further row.
    pub fn add(&mut self, row: SourceRow) {
        if self.open.as_ref().is_none_or(|open| open.index != row.sheet) {
            self.close();
            self.open = Some(Open { index: row.sheet, head: Vec::new(), body: None });
        }
        let Some(open) = &mut self.open else { return };
        match &mut open.body {
            Some(body) => body.add(&row),
            None => {
                open.head.push(row);
                if open.head.len() == HEAD_ROWS_MAX {
                    open.begin();
                }
            }
        }
    }

    /// What the file holds.
    pub fn finish(mut self) -> Profile {
        self.close();
        Profile { sheets: self.done }
    }

    fn close(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        if open.body.is_none() {
            open.begin();
        }
        let name = self.names.get(usize::from(open.index)).cloned().flatten();
        if let Some(body) = open.body {
            self.done.push(body.finish(name, open.head));
        }
    }
}

impl Open {
    /// Decides where the header is and looks at the rows that waited for that.
    fn begin(&mut self) {
        let found = header::find(&self.head);
        let first = found.map_or(0, |at| at + 1);
        let names: Vec<String> = found
            .map_or_else(Vec::new, |at| self.head[at].cells().map(|c| shorten(trim(c.text), 120)).collect());
        let mut body = Body {
            header_row: found.map(|at| self.head[at].row_number),
            titles: found.unwrap_or(0) as u64,
            width: names.iter().rposition(|n| !n.is_empty()).map_or(0, |last| last + 1),
            columns: names.iter().take(COLUMNS_MAX).map(|_| Column::default()).collect(),
            names,
            budget: Budget::default(),
            rows: 0,
            totals: Vec::new(),
            lonely: (Vec::new(), 0),
            long: (Vec::new(), 0),
        };
        for row in &self.head[first..] {
            body.add(row);
        }
        self.body = Some(body);
    }
}

const SAMPLE_ROWS_MAX: usize = 8;

fn note(list: &mut (Vec<u32>, u64), row_number: u32) {
    list.1 += 1;
    if list.0.len() < SAMPLE_ROWS_MAX {
        list.0.push(row_number);
    }
}

impl Body {
    fn add(&mut self, row: &SourceRow) {
        let filled: Vec<usize> = (0..row.len()).filter(|&i| !trim(row.cell(i).text).is_empty()).collect();
        let Some((&first, &last)) = filled.first().zip(filled.last()) else { return };
        if header::is_total(trim(row.cell(first).text)) && filled.len() * 2 <= self.width.max(2) {
            self.totals.push(row.row_number);
            self.totals.truncate(SAMPLE_ROWS_MAX);
            return;
        }
        if self.width > 0 && last >= self.width {
            note(&mut self.long, row.row_number);
        }
        if self.width >= 4 && filled.len() == 1 {
            note(&mut self.lonely, row.row_number);
        }
        self.rows += 1;
        while self.columns.len() <= last.min(COLUMNS_MAX - 1) {
            self.columns.push(Column::default());
        }
        for index in filled.into_iter().filter(|&i| i < COLUMNS_MAX) {
            let cell = row.cell(index);
            let kind = if cell.kind == CellKind::Empty { CellKind::Text } else { cell.kind };
            self.columns[index].add(trim(cell.text), cell.text, kind, row.row_number, &mut self.budget);
        }
    }

    fn finish(self, name: Option<Arc<str>>, head: Vec<SourceRow>) -> SheetProfile {
        let headers = self.names;
        let rows = self.rows;
        let mut columns = Vec::with_capacity(self.columns.len());
        for (index, column) in self.columns.into_iter().enumerate() {
            let header = headers.get(index).cloned().unwrap_or_default();
            columns.push(column.finish(index, header, rows));
        }
        oddity::of_headers(&mut columns, self.header_row);
        SheetProfile {
            name,
            header_row: self.header_row,
            titles: self.titles,
            rows,
            totals: self.totals,
            lonely: self.lonely.0,
            lonely_rows: self.lonely.1,
            long: self.long.0,
            long_rows: self.long.1,
            columns,
            head,
        }
    }
}
