//! Opening a file: what it is, how it will be read, and the evidence for both.

use std::path::{Path, PathBuf};

use encoding_rs::{UTF_8, WINDOWS_1252};
use heirloom_model::{Digest, FileId};

use crate::apart::{ApartRows, Workbooks};
use crate::book::Book;
use crate::charset::{self, Charset};
use crate::format::{Format, begins_like_a_workbook, recognise};
use crate::mend::Marks;
use crate::pick::pick;
use crate::read_as::{ReadAs, SheetChoice, SheetInfo};
use crate::rows::{Rows, Source};
use crate::scan::{Scan, file_name, scan};
use crate::sheet::SheetRows;
use crate::text::{TextPlan, TextRows};
use crate::{IntakeError, delimiter};

/// An opened file. What it holds was found out; no row was read yet.
pub struct SourceFile {
    path: PathBuf,
    file: String,
    digest: Digest,
    bytes: u64,
    sheets: Vec<SheetInfo>,
    evidence: Vec<String>,
    opened: Opened,
}

enum Opened {
    Text(TextPlan),
    Book(Book),
    Apart(Box<ApartRows>),
}

impl SourceFile {
    /// Opens a file by its content: `.xlsx`, `.xlsm`, `.xlsb`, `.xls`, `.ods`, else text.
    ///
    /// Reads it once as a whole, for its digest and its encoding.
    ///
    /// # Errors
    /// A file that is empty, no table, encrypted, damaged or beyond the limits; a label or a
    /// sheet that does not exist.
    pub fn open(path: &Path, as_: &ReadAs) -> Result<SourceFile, IntakeError> {
        Self::open_by(path, as_, &Workbooks::Here)
    }

    /// The same, with a choice of the process in which workbooks are taken apart.
    ///
    /// # Errors
    /// As [`SourceFile::open`]; a child process that cannot be started, or met its limits.
    pub fn open_by(path: &Path, as_: &ReadAs, workbooks: &Workbooks) -> Result<SourceFile, IntakeError> {
        let file = file_name(path);
        let scan = scan(path, &file)?;
        let (opened, sheets, evidence) = match workbooks {
            Workbooks::Apart(program) if begins_like_a_workbook(&scan.head) => {
                let (rows, names, evidence) = ApartRows::open(program, path, &file, &as_.sheets)?;
                (Opened::Apart(Box::new(rows)), named_sheets(names), evidence)
            }
            _ => match recognise(path, &file, &scan.head, as_.encoding.as_deref())? {
                Format::Text => open_text(path, &file, &scan, as_)?,
                format => {
                    let (book, names, evidence) = open_book(path, &file, format, &as_.sheets)?;
                    (Opened::Book(book), named_sheets(names), evidence)
                }
            },
        };
        Ok(SourceFile {
            path: path.to_owned(),
            file,
            digest: scan.digest,
            bytes: scan.bytes,
            sheets,
            evidence,
            opened,
        })
    }

    /// The digest of the file's bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The file's size.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// What kind of file it is, in words: by its content, and by its name where kinds of workbook
    /// begin alike.
    pub fn kind(&self) -> &'static str {
        let extension = self.path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match (&self.opened, extension.as_deref()) {
            (Opened::Text(_), _) => "text",
            (_, Some("ods")) => "OpenDocument spreadsheet",
            (_, Some("xls")) => "Excel workbook (xls)",
            (_, Some("xlsb")) => "Excel workbook (xlsb)",
            _ => "Excel workbook",
        }
    }

    /// The sheets that will be read, in the order of [`SourceRow::sheet`](heirloom_model::SourceRow).
    pub fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    /// What was found out and why, one sentence fragment each.
    pub fn evidence(&self) -> &[String] {
        &self.evidence
    }

    /// Reads the rows. If reading cannot begin, the first item says why.
    pub fn rows(self, file: FileId) -> Rows {
        let started = match self.opened {
            Opened::Text(plan) => {
                TextRows::open(&self.path, &self.file, plan, file).map(|rows| Source::Text(Box::new(rows)))
            }
            Opened::Book(book) => {
                let names = self.sheets.into_iter().filter_map(|s| s.name).collect();
                SheetRows::start(book, &self.file, names, file).map(Source::Sheets)
            }
            Opened::Apart(rows) => Ok(Source::Apart(rows, file)),
        };
        Rows::new(started)
    }
}

type Found = (Opened, Vec<SheetInfo>, Vec<String>);

/// A workbook's cells, the names of the sheets to read, and the evidence.
pub(crate) fn open_book(
    path: &Path,
    file: &str,
    format: Format,
    choice: &SheetChoice,
) -> Result<(Book, Vec<String>, Vec<String>), IntakeError> {
    let mut book = Book::open(path, format).map_err(|t| t.at(file, None, None))?;
    let (names, evidence) = pick(&mut book, file, choice)?;
    Ok((book, names, evidence))
}

fn named_sheets(names: Vec<String>) -> Vec<SheetInfo> {
    names.into_iter().map(|name| SheetInfo { name: Some(name) }).collect()
}

fn open_text(path: &Path, file: &str, scan: &Scan, as_: &ReadAs) -> Result<Found, IntakeError> {
    let decision = charset::decide(path, file, scan, as_)?;
    let misnamed = named_as_workbook(path);
    let sample = sample(scan, decision.charset, decision.mark_bytes);
    let quote = as_.quote.unwrap_or(b'"');
    let shape = match as_.delimiter {
        Some(given) => delimiter::shape(&sample, given, quote),
        None => delimiter::sniff(&sample, quote),
    };
    if misnamed && shape.columns < 2 && as_.delimiter.is_none() {
        return Err(IntakeError::NotATable {
            file: file.into(),
            what: "plain text of one column under the name of a workbook".into(),
        });
    }
    let mut evidence = decision.evidence;
    if misnamed {
        evidence.push("text, although its name is a workbook's".to_owned());
    }
    evidence.push(delimiter::describe(shape));
    if sample.contains('\r') && !sample.contains('\n') {
        evidence.push("line ends of the old Macintosh (CR)".to_owned());
    }
    let begins_with_hint = delimiter::excel_hint(&sample).is_some();
    if begins_with_hint {
        evidence.push("its first line only names the delimiter, for Excel".to_owned());
    }
    let plan = TextPlan {
        charset: decision.charset,
        mark_bytes: decision.mark_bytes,
        marks: Marks { delimiter: shape.delimiter, quote, escape: as_.escape },
        begins_with_hint,
        bytes: scan.bytes,
    };
    Ok((Opened::Text(plan), vec![SheetInfo { name: None }], evidence))
}

fn named_as_workbook(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    matches!(extension.as_deref(), Some("xls" | "xlsx" | "xlsm" | "xlsb" | "ods"))
}

/// The beginning of the text; a line that the sample cuts in two is left out.
fn sample(scan: &Scan, charset: Charset, mark_bytes: u64) -> String {
    let encoding = match charset {
        Charset::Utf8 => UTF_8,
        Charset::Mixed => WINDOWS_1252,
        Charset::Other(encoding) => encoding,
    };
    let head = &scan.head[(mark_bytes as usize).min(scan.head.len())..];
    let mut text = encoding.decode_without_bom_handling(head).0.into_owned();
    if (scan.head.len() as u64) < scan.bytes {
        let end = text.rfind(['\n', '\r']).map_or(text.len(), |at| at + 1);
        text.truncate(end);
    }
    text
}
