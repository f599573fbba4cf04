//! A workbook's rows, read by a thread of their own: calamine's streaming reader
//! borrows the workbook, so the two live together there and rows arrive in batches.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, JoinHandle};

use heirloom_model::{CellKind, FileId, RowId, SourceRow};

use crate::book::{Book, Flow};
use crate::cells::{Value, render};
use crate::error::Trouble;
use crate::odd::{self, Oddity};
use crate::{CELLS_MAX, COLUMNS_MAX, FIELD_BYTES_MAX, IntakeError, RECORD_BYTES_MAX};

/// Rows are kept whole, so that a few cells in the last column could ask for all the memory.
const FAR_CELLS_MAX: u64 = 1_000_000;
const BATCH_ROWS: usize = 512;
const BATCH_BYTES: usize = 1 << 20;
const BATCHES_WAITING: usize = 3;

/// Puts cells together into rows; rows of nothing but white space are left out.
pub(crate) struct RowBuilder {
    file: FileId,
    sheet: u16,
    sequence: u32,
    cells: u64,
    /// Blank cells before others in far columns.
    far: u64,
    /// The row being filled, its number from 0 and its bytes.
    open: Option<(u32, SourceRow, usize)>,
    filled: bool,
    text: String,
}

impl RowBuilder {
    /// A builder that numbers the rows of `file` from 0.
    pub fn new(file: FileId) -> Self {
        RowBuilder {
            file,
            sheet: 0,
            sequence: 0,
            cells: 0,
            far: 0,
            open: None,
            filled: false,
            text: String::new(),
        }
    }

    /// Cells from now on belong to this sheet.
    pub fn begin_sheet(&mut self, sheet: u16) {
        self.sheet = sheet;
        self.open = None;
    }

    /// The number, as the spreadsheet shows it, of the row being filled.
    pub fn row_number(&self) -> Option<u32> {
        self.open.as_ref().map(|(row, ..)| row + 1)
    }

    /// Takes a cell; gives the row before it, if that is now complete.
    pub fn add(&mut self, row: u32, column: u32, value: Value<'_>) -> Result<Option<SourceRow>, Trouble> {
        let kind = render(value, &mut self.text);
        if kind == CellKind::Empty {
            return Ok(None);
        }
        let same = self.open.as_ref().is_some_and(|(open, ..)| *open == row);
        let done = if same { None } else { self.turn_to(row)? };
        let Some((_, open, bytes)) = &mut self.open else {
            return Ok(done);
        };
        let gap = (column as usize).checked_sub(open.len()).ok_or_else(out_of_order)?;
        self.cells += gap as u64 + 1;
        if column as usize >= COLUMNS_MAX {
            self.far += gap as u64;
        }
        *bytes += self.text.len();
        check(self.cells, self.far, self.text.len(), *bytes)?;
        for _ in 0..gap {
            open.push("", CellKind::Empty);
        }
        open.push(&self.text, kind);
        self.filled |= kind != CellKind::Text || !self.text.trim().is_empty();
        Ok(done)
    }

    /// The last row of the sheet.
    pub fn end_sheet(&mut self) -> Result<Option<SourceRow>, Trouble> {
        self.close()
    }

    fn turn_to(&mut self, row: u32) -> Result<Option<SourceRow>, Trouble> {
        let width = self.open.as_ref().map_or(0, |(_, open, _)| open.len());
        if self.open.as_ref().is_some_and(|(open, ..)| *open > row) {
            return Err(out_of_order());
        }
        let done = self.close()?;
        let id = RowId::new(self.file, self.sequence);
        let next = SourceRow::with_capacity(id, self.sheet, row + 1, width, width * 8);
        self.open = Some((row, next, 0));
        self.filled = false;
        Ok(done)
    }

    fn close(&mut self) -> Result<Option<SourceRow>, Trouble> {
        let Some((_, row, _)) = self.open.take().filter(|_| self.filled) else {
            return Ok(None);
        };
        self.sequence = self
            .sequence
            .checked_add(1)
            .ok_or_else(|| Trouble::TooLarge("more than 4,294,967,295 rows".to_owned()))?;
        Ok(Some(row))
    }
}

fn out_of_order() -> Trouble {
    Trouble::Damaged("its cells are not in order, or one is there twice".to_owned())
}

fn check(cells: u64, far: u64, field: usize, record: usize) -> Result<(), Trouble> {
    let what = if cells > CELLS_MAX {
        format!("more than {CELLS_MAX} cells in the workbook")
    } else if far > FAR_CELLS_MAX {
        format!("more than {FAR_CELLS_MAX} blank cells before cells beyond column {COLUMNS_MAX}")
    } else if field > FIELD_BYTES_MAX {
        format!("a cell of more than {} KiB", FIELD_BYTES_MAX >> 10)
    } else if record > RECORD_BYTES_MAX {
        format!("a row of more than {} MiB", RECORD_BYTES_MAX >> 20)
    } else {
        return Ok(());
    };
    Err(Trouble::TooLarge(what))
}

enum Told {
    Rows(Vec<SourceRow>),
    End(Vec<Oddity>),
}

/// The rows that a reading thread delivers; it ends when this is dropped.
pub(crate) struct SheetRows {
    batches: Option<Receiver<Result<Told, IntakeError>>>,
    batch: std::vec::IntoIter<SourceRow>,
    thread: Option<JoinHandle<()>>,
    file: String,
    /// What is odd about the rows, once all were read.
    pub odd: Vec<Oddity>,
}

impl SheetRows {
    /// Starts to read the named sheets in this order.
    pub fn start(book: Book, file: &str, sheets: Vec<String>, id: FileId) -> Result<Self, IntakeError> {
        let (sender, batches) = sync_channel(BATCHES_WAITING);
        let name = file.to_owned();
        let thread = Builder::new()
            .name("heirloom-workbook".to_owned())
            .spawn(move || {
                // A refusal to take something means that nobody listens any more.
                let mut deliver = |rows| match sender.send(Ok(Told::Rows(rows))) {
                    Ok(()) => Flow::More,
                    Err(_) => Flow::Stop,
                };
                let end = read_sheets(book, &name, &sheets, id, &mut deliver);
                let _ = sender.send(end.map(Told::End));
            })
            .map_err(|e| IntakeError::io(file, e))?;
        Ok(SheetRows {
            batches: Some(batches),
            batch: Vec::new().into_iter(),
            thread: Some(thread),
            file: file.to_owned(),
            odd: Vec::new(),
        })
    }

    /// The next row that is not blank.
    pub fn next_row(&mut self) -> Result<Option<SourceRow>, IntakeError> {
        loop {
            if let Some(row) = self.batch.next() {
                return Ok(Some(row));
            }
            let Some(batches) = &self.batches else {
                return Ok(None);
            };
            match batches.recv() {
                Ok(Ok(Told::Rows(rows))) => self.batch = rows.into_iter(),
                Ok(Ok(Told::End(odd))) => {
                    self.odd = odd;
                    self.batches = None;
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    let what = "reading it stopped without a reason".to_owned();
                    return Err(Trouble::Damaged(what).at(&self.file, None, None));
                }
            }
        }
    }
}

impl Drop for SheetRows {
    fn drop(&mut self) {
        self.batches = None;
        if let Some(thread) = self.thread.take() {
            // The thread cannot panic past its guard, and there is nobody left to tell.
            let _ = thread.join();
        }
    }
}

/// Reads the named sheets in order and delivers their rows in batches, until nobody wants more.
///
/// Gives what is odd about the rows.
pub(crate) fn read_sheets(
    mut book: Book,
    file: &str,
    sheets: &[String],
    id: FileId,
    deliver: &mut dyn FnMut(Vec<SourceRow>) -> Flow,
) -> Result<Vec<Oddity>, IntakeError> {
    let mut builder = RowBuilder::new(id);
    let mut out = Outbox { deliver, batch: Vec::new(), bytes: 0, odd: Vec::new() };
    for (index, sheet) in sheets.iter().enumerate() {
        builder.begin_sheet(index as u16);
        let read = book.read(sheet, &mut |row, column, value| {
            let done = builder.add(row, column, value)?;
            Ok(done.map_or(Flow::More, |row| out.post(row)))
        });
        match read.and_then(|()| builder.end_sheet()) {
            Ok(row) => {
                if row.is_some_and(|row| out.post(row) == Flow::Stop) {
                    return Ok(out.odd);
                }
            }
            Err(trouble) => {
                out.flush();
                return Err(trouble.at(file, Some(sheet), builder.row_number()));
            }
        }
    }
    out.flush();
    Ok(out.odd)
}

/// Collects rows into batches. A refusal means that nobody listens any more.
struct Outbox<'a> {
    deliver: &'a mut dyn FnMut(Vec<SourceRow>) -> Flow,
    batch: Vec<SourceRow>,
    bytes: usize,
    odd: Vec<Oddity>,
}

impl Outbox<'_> {
    fn post(&mut self, row: SourceRow) -> Flow {
        self.bytes += row.cells().map(|cell| cell.text.len() + 8).sum::<usize>();
        odd::look(&row, &mut self.odd);
        self.batch.push(row);
        if self.batch.len() < BATCH_ROWS && self.bytes < BATCH_BYTES {
            return Flow::More;
        }
        self.flush()
    }

    fn flush(&mut self) -> Flow {
        self.bytes = 0;
        if self.batch.is_empty() {
            return Flow::More;
        }
        (self.deliver)(std::mem::take(&mut self.batch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Folder, all, plain, read};
    use crate::{IntakeError, ReadAs, SheetChoice, SourceFile};
    use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

    /// A workbook with one cell of every kind, gaps, a blank row and a formula.
    fn workbook(folder: &Folder) -> std::path::PathBuf {
        let mut book = Workbook::new();
        let day = Format::new().set_num_format("yyyy-mm-dd hh:mm");
        let sheet = book.add_worksheet().set_name("Gifts").unwrap();
        sheet.write_string(2, 1, "id").unwrap();
        sheet.write_string(2, 3, " note ").unwrap();
        sheet.write_string(4, 0, "   ").unwrap();
        sheet.write_number(6, 1, 1250.5).unwrap();
        sheet.write_boolean(6, 2, true).unwrap();
        let date = |y, m, d| ExcelDateTime::from_ymd(y, m, d).unwrap();
        sheet.write_datetime_with_format(6, 3, date(1998, 3, 7), &day).unwrap();
        let noon = date(2020, 2, 29).and_hms(12, 30, 0).unwrap();
        sheet.write_datetime_with_format(7, 3, noon, &day).unwrap();
        sheet.write_formula(7, 1, Formula::new("=A1+1").set_result("41.5")).unwrap();
        sheet.write_formula(7, 2, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
        sheet.write_number_with_format(8, 1, 60.0, &day).unwrap();
        let path = folder.path("a.xlsx");
        book.save(&path).unwrap();
        path
    }

    #[test]
    fn cells_keep_their_place_and_kind() {
        let folder = Folder::new();
        let (rows, _) = read(&workbook(&folder), &ReadAs::default()).unwrap();
        let found: Vec<(u32, Vec<(&str, CellKind)>)> =
            rows.iter().map(|r| (r.row_number, r.cells().map(|c| (c.text, c.kind)).collect())).collect();
        let empty = ("", CellKind::Empty);
        let expected = vec![
            (3, vec![empty, ("id", CellKind::Text), empty, (" note ", CellKind::Text)]),
            (
                7,
                vec![
                    empty,
                    ("1250.5", CellKind::Number),
                    ("TRUE", CellKind::Bool),
                    ("1998-03-07", CellKind::Date),
                ],
            ),
            (
                8,
                vec![
                    empty,
                    ("41.5", CellKind::Number),
                    ("#DIV/0!", CellKind::Error),
                    ("2020-02-29T12:30:00", CellKind::Date),
                ],
            ),
            (9, vec![empty, ("impossible date 60", CellKind::Error)]),
        ];
        assert_eq!(found, expected);
        assert_eq!(rows[3].id, RowId::new(FileId(7), 3));
    }

    #[test]
    fn ten_thousand_rows_on_two_sheets_come_in_order() {
        let folder = Folder::new();
        let path = folder.path("a.xlsx");
        let mut book = Workbook::new();
        for name in ["A", "B"] {
            let sheet = book.add_worksheet().set_name(name).unwrap();
            for row in 0..5_000 {
                sheet.write_number(row * 2, 0, f64::from(row)).unwrap();
                sheet.write_string(row * 2, 1, format!("{name}{row}")).unwrap();
            }
        }
        book.save(&path).unwrap();
        let (rows, _) = read(&path, &all()).unwrap();
        assert_eq!(rows.len(), 10_000);
        for (n, row) in rows.iter().enumerate() {
            let (sheet, at) = (n / 5_000, n % 5_000);
            assert_eq!((row.id.sequence(), row.sheet), (n as u32, sheet as u16));
            let text = format!("{}{at}", ["A", "B"][sheet]);
            assert_eq!(plain(row), (at as u32 * 2 + 1, vec![at.to_string(), text]));
        }
    }

    #[test]
    fn rows_may_be_dropped_before_their_end() {
        let folder = Folder::new();
        let path = folder.path("a.xlsx");
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for row in 0..20_000 {
            sheet.write_number(row, 0, 1.0).unwrap();
        }
        book.save(&path).unwrap();
        let mut rows = SourceFile::open(&path, &all()).unwrap().rows(FileId(1));
        assert!(rows.next().unwrap().is_ok());
        drop(rows);
    }

    #[test]
    fn a_cell_in_the_last_corner_costs_one_row() {
        let folder = Folder::new();
        let path = folder.path("a.xlsx");
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write_string(0, 0, "id").unwrap();
        sheet.write_string(1_048_575, 16_383, "far").unwrap();
        book.save(&path).unwrap();
        let (rows, _) = read(&path, &all()).unwrap();
        assert_eq!((rows.len(), rows[1].len()), (2, 16_384));
        assert_eq!(rows[1].row_number, 1_048_576);
    }

    #[test]
    fn many_far_cells_meet_the_limit_instead_of_the_memory() {
        let mut builder = RowBuilder::new(FileId(1));
        let met = (0..2_000).find_map(|row| builder.add(row, 16_383, Value::Int(1)).err());
        assert!(matches!(met, Some(Trouble::TooLarge(_))));
        assert_eq!(builder.row_number(), Some(62));
    }

    #[test]
    fn cells_that_go_back_are_refused() {
        for (row, column) in [(5, 2), (5, 3), (4, 9)] {
            let mut builder = RowBuilder::new(FileId(1));
            builder.add(5, 3, Value::Text("x")).unwrap();
            assert!(builder.add(row, column, Value::Text("y")).is_err());
        }
    }

    #[test]
    fn damage_anywhere_is_an_error_and_never_a_panic() {
        let folder = Folder::new();
        let whole = std::fs::read(workbook(&folder)).unwrap();
        for step in 0..400usize {
            let mut bytes = whole.clone();
            if step < 40 {
                bytes.truncate(whole.len() * step / 40);
            } else {
                let at = (step * 7_919) % whole.len();
                bytes[at] ^= 0x5A;
            }
            let path = folder.write("hurt.xlsx", &bytes);
            if let Err(error) = read(&path, &all()) {
                assert!(!format!("{error:?}").contains("note"), "{error:?}");
            }
        }
        let half = folder.write("half.xlsx", &whole[..whole.len() / 2]);
        assert!(matches!(read(&half, &all()), Err(IntakeError::Damaged { .. })));
    }

    #[test]
    fn names_choose_sheets_and_a_wrong_name_lists_the_right_ones() {
        let folder = Folder::new();
        let path = folder.path("a.xlsx");
        let mut book = Workbook::new();
        for (name, hidden, rows) in [("Notes", true, 2), ("2019", false, 1), ("Pivot", false, 31)] {
            let sheet = book.add_worksheet().set_name(name).unwrap();
            sheet.set_hidden(hidden).set_active(name == "2019");
            for row in 0..rows {
                sheet.write_string(row, 0, name).unwrap();
            }
        }
        book.save(&path).unwrap();
        let open = |sheets| SourceFile::open(&path, &ReadAs { sheets, ..ReadAs::default() });
        let first = open(SheetChoice::First).unwrap();
        assert_eq!(first.sheets()[0].name.as_deref(), Some("2019"));
        let evidence = first.evidence().join("\n");
        assert!(evidence.contains("hidden sheet \"Notes\" was not read: 2 rows"), "{evidence}");
        assert!(evidence.contains("sheet \"Pivot\" was not read: 31 rows"), "{evidence}");
        assert_eq!(open(SheetChoice::All).unwrap().sheets().len(), 2);
        let named = vec!["pivot ".to_owned(), "Notes".to_owned(), "Pivot".to_owned()];
        let named = open(SheetChoice::Named(named)).unwrap();
        let names: Vec<_> = named.sheets().iter().filter_map(|s| s.name.as_deref()).collect();
        assert_eq!(names, ["Pivot", "Notes"]);
        let rows: Vec<_> = named.rows(FileId(1)).map(Result::unwrap).collect();
        assert_eq!((rows.len(), rows[31].sheet, rows[31].row_number), (33, 1, 1));
        let error = open(SheetChoice::Named(vec!["2018".into()])).err().unwrap();
        assert_eq!(error.help(), "Its sheets are: Notes, 2019, Pivot.");
    }
}
