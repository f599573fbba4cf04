//! A workbook's rows, read by a thread of their own: calamine's streaming reader
//! borrows the workbook, so the two live together there and rows arrive in batches.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use heirloom_model::{CellKind, FileId, RowId, SourceRow};

use crate::book::{Book, Flow, Trouble};
use crate::cells::{Value, render};
use crate::{CELLS_MAX, FIELD_BYTES_MAX, IntakeError, RECORD_BYTES_MAX};

const BATCH_ROWS: usize = 512;
const BATCH_BYTES: usize = 1 << 20;
const BATCHES_WAITING: usize = 3;

/// Puts cells together into rows; rows of nothing but white space are left out.
pub(crate) struct RowBuilder {
    file: FileId,
    sheet: u16,
    sequence: u32,
    cells: u64,
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
    pub fn add(
        &mut self,
        row: u32,
        column: u32,
        value: Value<'_>,
    ) -> Result<Option<SourceRow>, Trouble> {
        let kind = render(value, &mut self.text);
        if kind == CellKind::Empty {
            return Ok(None);
        }
        let same = self.open.as_ref().is_some_and(|(open, ..)| *open == row);
        let done = if same { None } else { self.turn_to(row)? };
        let Some((_, open, bytes)) = &mut self.open else {
            return Ok(done);
        };
        let gap = (column as usize)
            .checked_sub(open.len())
            .ok_or_else(out_of_order)?;
        self.cells += gap as u64 + 1;
        *bytes += self.text.len();
        check(self.cells, self.text.len(), *bytes)?;
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

fn check(cells: u64, field: usize, record: usize) -> Result<(), Trouble> {
    let what = if cells > CELLS_MAX {
        format!("more than {CELLS_MAX} cells in the workbook")
    } else if field > FIELD_BYTES_MAX {
        format!("a cell of more than {} KiB", FIELD_BYTES_MAX >> 10)
    } else if record > RECORD_BYTES_MAX {
        format!("a row of more than {} MiB", RECORD_BYTES_MAX >> 20)
    } else {
        return Ok(());
    };
    Err(Trouble::TooLarge(what))
}

type Batch = Result<Vec<SourceRow>, IntakeError>;

/// The rows that a reading thread delivers; it ends when this is dropped.
pub(crate) struct SheetRows {
    batches: Option<Receiver<Batch>>,
    batch: std::vec::IntoIter<SourceRow>,
    thread: Option<JoinHandle<()>>,
    file: String,
}

impl SheetRows {
    /// Starts to read the named sheets in this order.
    pub fn start(
        book: Book,
        file: &str,
        sheets: Vec<String>,
        id: FileId,
    ) -> Result<Self, IntakeError> {
        let (sender, batches) = sync_channel(BATCHES_WAITING);
        let name = file.to_owned();
        let thread = Builder::new()
            .name("heirloom-workbook".to_owned())
            .spawn(move || read_sheets(book, &name, &sheets, id, &sender))
            .map_err(|e| IntakeError::io(file, e))?;
        Ok(SheetRows {
            batches: Some(batches),
            batch: Vec::new().into_iter(),
            thread: Some(thread),
            file: file.to_owned(),
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
                // An empty batch says that all sheets were read.
                Ok(Ok(batch)) if batch.is_empty() => self.batches = None,
                Ok(Ok(batch)) => self.batch = batch.into_iter(),
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

fn read_sheets(
    mut book: Book,
    file: &str,
    sheets: &[String],
    id: FileId,
    sender: &SyncSender<Batch>,
) {
    let mut builder = RowBuilder::new(id);
    let mut out = Outbox {
        sender,
        batch: Vec::new(),
        bytes: 0,
    };
    for (index, sheet) in sheets.iter().enumerate() {
        builder.begin_sheet(index as u16);
        let read = book.read(sheet, &mut |row, column, value| {
            let done = builder.add(row, column, value)?;
            Ok(done.map_or(Flow::More, |row| out.post(row)))
        });
        let last = read.and_then(|()| builder.end_sheet());
        match last {
            Ok(row) => {
                if row.is_some_and(|row| out.post(row) == Flow::Stop) {
                    return;
                }
            }
            Err(trouble) => {
                out.flush();
                let _ = sender.send(Err(trouble.at(file, Some(sheet), builder.row_number())));
                return;
            }
        }
    }
    if out.flush() == Flow::More {
        let _ = sender.send(Ok(Vec::new()));
    }
}

/// Collects rows into batches. A refusal means that nobody listens any more.
struct Outbox<'a> {
    sender: &'a SyncSender<Batch>,
    batch: Vec<SourceRow>,
    bytes: usize,
}

impl Outbox<'_> {
    fn post(&mut self, row: SourceRow) -> Flow {
        self.bytes += row.cells().map(|cell| cell.text.len() + 8).sum::<usize>();
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
        match self.sender.send(Ok(std::mem::take(&mut self.batch))) {
            Ok(()) => Flow::More,
            Err(_) => Flow::Stop,
        }
    }
}
