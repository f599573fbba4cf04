//! Workbooks through calamine, which may panic on damaged files: every call is guarded.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;

use calamine::{
    Data, DataRef, Ods, OdsError, Range, Reader, Sheet, Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError,
};

use crate::cells::{Value, is_error_text};
use crate::error::Trouble;
use crate::format::Format;
use crate::guard;
use crate::xlsb::{FormulaError, formula_errors};

/// What a cell shows whose formula was saved without a value.
const NO_VALUE: &str = "a formula without a value";

/// Whether whoever receives the cells wants more of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    More,
    Stop,
}

/// Receives the cells of a sheet: row and column from 0, in the order of the file.
pub(crate) type Receive<'a> = dyn FnMut(u32, u32, Value<'_>) -> Result<Flow, Trouble> + 'a;

type ErrorsBySheet = BTreeMap<String, Vec<FormulaError>>;

/// An open workbook.
pub(crate) enum Book {
    Xlsx(Box<Xlsx<BufReader<File>>>),
    Xlsb(Box<Xlsb<BufReader<File>>>, ErrorsBySheet),
    Xls(Box<Xls<BufReader<File>>>),
    Ods(Box<Ods<BufReader<File>>>),
}

impl Book {
    /// Opens a workbook after the limits were checked.
    pub fn open(path: &Path, format: Format) -> Result<Self, Trouble> {
        match format {
            Format::Xls => guard::check_compound(path)?,
            _ => guard::check_archive(path)?,
        }
        guarded(|| match format {
            Format::Xlsx => {
                guard::check_strings(path)?;
                calamine::open_workbook(path).map(|book| Book::Xlsx(Box::new(book))).map_err(xlsx)
            }
            Format::Xlsb => {
                let book = calamine::open_workbook(path).map_err(xlsb)?;
                Ok(Book::Xlsb(Box::new(book), formula_errors(path)?))
            }
            Format::Ods => {
                guard::check_ods(path)?;
                calamine::open_workbook(path).map(|book| Book::Ods(Box::new(book))).map_err(ods)
            }
            Format::Xls | Format::Text => open_compound(path),
        })
    }

    /// All sheets in the order of their tabs.
    pub fn sheets(&self) -> &[Sheet] {
        match self {
            Book::Xlsx(book) => book.sheets_metadata(),
            Book::Xlsb(book, _) => book.sheets_metadata(),
            Book::Xls(book) => book.sheets_metadata(),
            Book::Ods(book) => book.sheets_metadata(),
        }
    }

    /// Whether dates count from 1904.
    pub fn counts_from_1904(&self) -> bool {
        match self {
            Book::Xlsx(book) => book.has_1904_epoch(),
            Book::Xlsb(book, _) => book.has_1904_epoch(),
            Book::Xls(book) => book.has_1904_epoch(),
            Book::Ods(_) => false,
        }
    }

    /// Hands over every cell of a sheet until nobody wants more.
    pub fn read(&mut self, sheet: &str, receive: &mut Receive<'_>) -> Result<(), Trouble> {
        guarded(|| match self {
            Book::Xlsx(book) => {
                let mut cells = book.worksheet_cells_reader(sheet).map_err(xlsx)?;
                while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(xlsx)? {
                    let (row, column) = cell.pos;
                    let value = match &cell.value {
                        // Never calculated, or saved by a program that cannot: not the same as empty.
                        DataRef::Empty if cell.formula.is_some() => Value::ErrorText(NO_VALUE),
                        value => Value::from(value),
                    };
                    if receive(row, column, value)? == Flow::Stop {
                        break;
                    }
                }
                Ok(())
            }
            Book::Xlsb(book, errors) => {
                let errors = errors.get(sheet).map_or(&[][..], Vec::as_slice);
                read_xlsb(book, sheet, errors, receive)
            }
            Book::Xls(book) => {
                let range = book.worksheet_range(sheet).map_err(xls)?;
                grid(&range, receive)
            }
            Book::Ods(book) => {
                let range = book.worksheet_range(sheet).map_err(ods)?;
                grid(&range, &mut |row, column, value| match value {
                    Value::Text(text) if is_error_text(text) => receive(row, column, Value::ErrorText(text)),
                    other => receive(row, column, other),
                })
            }
        })
    }
}

/// A compound file is an old workbook, or the wrapping of an encrypted new one.
fn open_compound(path: &Path) -> Result<Book, Trouble> {
    match calamine::open_workbook::<Xls<_>, _>(path) {
        Ok(book) => Ok(Book::Xls(Box::new(book))),
        Err(XlsError::Cfb(error)) => match calamine::open_workbook::<Xlsx<BufReader<File>>, _>(path) {
            Err(XlsxError::Password) => Err(Trouble::Password),
            _ => Err(xls(XlsError::Cfb(error))),
        },
        Err(error) => Err(xls(error)),
    }
}

/// Streams a sheet and puts the errors that calamine leaves out back in their places.
fn read_xlsb(
    book: &mut Xlsb<BufReader<File>>,
    sheet: &str,
    errors: &[FormulaError],
    receive: &mut Receive<'_>,
) -> Result<(), Trouble> {
    let mut errors = errors.iter().peekable();
    let mut cells = book.worksheet_cells_reader(sheet).map_err(xlsb)?;
    loop {
        let cell = cells.next_cell().map_err(xlsb)?;
        let at = cell.as_ref().map_or((u32::MAX, 0), |c| c.get_position());
        while let Some((row, column, error)) = errors.next_if(|e| (e.0, e.1) < at) {
            if receive(*row, *column, Value::Error(error))? == Flow::Stop {
                return Ok(());
            }
        }
        let Some(cell) = cell else { return Ok(()) };
        if receive(at.0, at.1, Value::from(cell.get_value()))? == Flow::Stop {
            return Ok(());
        }
    }
}

fn grid(range: &Range<Data>, receive: &mut Receive<'_>) -> Result<(), Trouble> {
    let Some((top, left)) = range.start() else {
        return Ok(());
    };
    for (row, column, value) in range.used_cells() {
        let at = (top + row as u32, left + column as u32);
        if receive(at.0, at.1, Value::from(value))? == Flow::Stop {
            break;
        }
    }
    Ok(())
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs a call that may panic. The panic's own message could quote a cell, so it is not printed.
pub(crate) fn guarded<T>(call: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                previous(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let result = catch_unwind(AssertUnwindSafe(call));
    QUIET.set(before);
    result.unwrap_or_else(|_| {
        Err(Trouble::Damaged("it is damaged in a way the workbook reader does not understand".to_owned()))
    })
}

/// Words for an error of the reader, without anything a cell could hold.
fn xlsx(error: XlsxError) -> Trouble {
    Trouble::Damaged(match error {
        XlsxError::Password => return Trouble::Password,
        XlsxError::Zip(_) | XlsxError::Io(_) => "its archive is damaged or cut short".to_owned(),
        XlsxError::Xml(_) | XlsxError::XmlAttr(_) | XlsxError::Encoding(_) => "its XML is broken".to_owned(),
        XlsxError::XmlEof(element) => format!("its XML ends before </{element}>"),
        XlsxError::CellError(_) => {
            "the next row has an error value that is not known (not one of #N/A, #REF! …)".to_owned()
        }
        XlsxError::FileNotFound(part) => format!("its part {part} is missing"),
        XlsxError::WorksheetNotFound(_) => "the sheet's own part is missing".to_owned(),
        XlsxError::NotAWorksheet(_) => "the sheet is not a worksheet".to_owned(),
        XlsxError::RowNumberOverflow | XlsxError::ColumnNumberOverflow => {
            "a cell lies outside of any sheet".to_owned()
        }
        XlsxError::Unexpected(what) => format!("the workbook reader says: {what}"),
        XlsxError::Unrecognized { typ, .. } => format!("it has an unknown {typ}"),
        _ => "its structure makes no sense".to_owned(),
    })
}

fn xlsb(error: XlsbError) -> Trouble {
    Trouble::Damaged(match error {
        XlsbError::Password => return Trouble::Password,
        XlsbError::Zip(_) | XlsbError::Io(_) => "its archive is damaged or cut short".to_owned(),
        XlsbError::Xml(_) | XlsbError::XmlAttr(_) | XlsbError::Encoding(_) => "its XML is broken".to_owned(),
        XlsbError::CellError(code) => format!("the next row has an unknown error value ({code})"),
        XlsbError::FileNotFound(part) => format!("its part {part} is missing"),
        _ => "its structure makes no sense".to_owned(),
    })
}

fn xls(error: XlsError) -> Trouble {
    Trouble::Damaged(match error {
        XlsError::Password => return Trouble::Password,
        XlsError::Io(_) => "it is cut short".to_owned(),
        XlsError::Cfb(_) => "it begins like an Excel 97 workbook, but is damaged or cut short".to_owned(),
        _ => "its structure makes no sense".to_owned(),
    })
}

fn ods(error: OdsError) -> Trouble {
    Trouble::Damaged(match error {
        OdsError::Password => return Trouble::Password,
        OdsError::CellLimitExceeded { max, .. } => {
            return Trouble::TooLarge(format!("more than {max} cells"));
        }
        OdsError::Zip(_) | OdsError::Io(_) => "its archive is damaged or cut short".to_owned(),
        OdsError::Xml(_) | OdsError::XmlAttr(_) => "its XML is broken".to_owned(),
        OdsError::InvalidMime(_) => "it is an OpenDocument file, but no spreadsheet".to_owned(),
        _ => "its structure makes no sense".to_owned(),
    })
}
