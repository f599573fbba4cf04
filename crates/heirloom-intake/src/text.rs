//! A text file's records as source rows.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, Terminator};
use encoding_rs::WINDOWS_1252;
use heirloom_model::{CellKind, FileId, RowId, SourceRow};

use crate::charset::Charset;
use crate::decode::{BLOCK, LineStart, Lines};
use crate::{COLUMNS_MAX, FIELD_BYTES_MAX, IntakeError, RECORD_BYTES_MAX};

/// How a text file is to be read; everything is decided.
#[derive(Clone, Copy)]
pub(crate) struct TextPlan {
    pub charset: Charset,
    /// Byte order marks to skip.
    pub mark_bytes: u64,
    pub delimiter: u8,
    /// 0 if no character quotes.
    pub quote: u8,
    /// Size of the file when it was opened.
    pub bytes: u64,
}

/// An open text file, read record by record.
pub(crate) struct TextRows {
    file: String,
    plan: TextPlan,
    reader: Reader<Lines>,
    record: ByteRecord,
    id: FileId,
    sequence: u32,
    /// Row number and count of characters that could not be read, in order.
    pub replaced: Vec<(u32, u32)>,
}

impl TextRows {
    /// Opens the file at its first character.
    pub fn open(path: &Path, file: &str, plan: TextPlan, id: FileId) -> Result<Self, IntakeError> {
        let io = |e| IntakeError::io(file, e);
        let mut input = File::open(path).map_err(io)?;
        input.seek(SeekFrom::Start(plan.mark_bytes)).map_err(io)?;
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::CRLF)
            .delimiter(plan.delimiter)
            .quoting(plan.quote != 0)
            .quote(plan.quote)
            .buffer_capacity(BLOCK)
            .from_reader(Lines::new(input, plan.charset));
        Ok(TextRows {
            file: file.to_owned(),
            plan,
            reader,
            record: ByteRecord::with_capacity(1024, 32),
            id,
            sequence: 0,
            replaced: Vec::new(),
        })
    }

    /// The next row that is not blank.
    pub fn next_row(&mut self) -> Result<Option<SourceRow>, IntakeError> {
        while let Some(start) = self.next_record()? {
            if is_blank(&self.record) {
                continue;
            }
            self.check_width(start.line)?;
            let row = self.row(start.line)?;
            self.sequence = self.sequence.checked_add(1).ok_or_else(|| {
                self.too_large(start.line, "more than 4,294,967,295 rows".to_owned())
            })?;
            return Ok(Some(row));
        }
        Ok(None)
    }

    /// Reads one record into `self.record`; `None` at the end of the text.
    fn next_record(&mut self) -> Result<Option<LineStart>, IntakeError> {
        let begun = self.reader.position().byte();
        self.reader.get_mut().forget_before(begun);
        let more = match self.reader.read_byte_record(&mut self.record) {
            Ok(more) => more,
            Err(error) => return Err(self.failed(error)),
        };
        let ended = self.reader.position().byte();
        let lines = self.reader.get_mut();
        let start = lines.take_start();
        let (Some(start), true) = (start, more) else {
            return self.check_unchanged().map(|()| None);
        };
        if let Some(length) = lines.length() {
            if start.offset >= length {
                return self.check_unchanged().map(|()| None);
            }
            if ended > length + 1 {
                return Err(IntakeError::UnclosedQuote {
                    file: self.file.clone(),
                    row: start.line,
                });
            }
        }
        if ended - start.offset > RECORD_BYTES_MAX as u64 {
            return Err(self.endless(start.line));
        }
        Ok(Some(start))
    }

    fn check_unchanged(&self) -> Result<(), IntakeError> {
        if self.reader.get_ref().bytes_read + self.plan.mark_bytes == self.plan.bytes {
            return Ok(());
        }
        Err(IntakeError::Changed {
            file: self.file.clone(),
        })
    }

    fn check_width(&self, line: u32) -> Result<(), IntakeError> {
        if self.record.len() > COLUMNS_MAX {
            return Err(self.too_large(line, format!("a row of more than {COLUMNS_MAX} columns")));
        }
        if self.record.as_slice().len() > FIELD_BYTES_MAX
            && self.record.iter().any(|f| f.len() > FIELD_BYTES_MAX)
        {
            let what = format!("a cell of more than {} KiB", FIELD_BYTES_MAX >> 10);
            return Err(self.too_large(line, what));
        }
        Ok(())
    }

    fn row(&mut self, line: u32) -> Result<SourceRow, IntakeError> {
        let bytes = self.record.as_slice();
        let id = RowId::new(self.id, self.sequence);
        let mut row = SourceRow::with_capacity(id, 0, line, self.record.len(), bytes.len());
        if !push_whole(&self.record, &mut row) {
            self.push_each(&mut row);
        }
        if !bytes.is_ascii() {
            let count: u32 = row.cells().map(|c| unreadable(c.text)).sum();
            if count > 0 {
                self.replaced.push((line, count));
            }
        }
        Ok(row)
    }

    /// The slow way, for a record that is not UTF-8: field by field.
    fn push_each(&self, row: &mut SourceRow) {
        for field in &self.record {
            let text = match self.plan.charset {
                Charset::Mixed if std::str::from_utf8(field).is_err() => {
                    WINDOWS_1252.decode_without_bom_handling(field).0
                }
                _ => String::from_utf8_lossy(field),
            };
            row.push(&text, kind(&text));
        }
    }

    fn failed(&mut self, error: csv::Error) -> IntakeError {
        let line = self.reader.get_mut().take_start().map_or(1, |s| s.line);
        match error.into_kind() {
            ErrorKind::Io(e) if e.kind() == std::io::ErrorKind::FileTooLarge => self.endless(line),
            ErrorKind::Io(source) => IntakeError::io(&self.file, source),
            _ => IntakeError::Damaged {
                file: self.file.clone(),
                sheet: None,
                row: Some(line),
                what: "its records make no sense".to_owned(),
            },
        }
    }

    fn endless(&self, line: u32) -> IntakeError {
        let what = format!(
            "a record of more than {} MiB (a quotation mark may be left open)",
            RECORD_BYTES_MAX >> 20
        );
        self.too_large(line, what)
    }

    fn too_large(&self, line: u32, what: String) -> IntakeError {
        IntakeError::TooLarge {
            file: self.file.clone(),
            sheet: None,
            row: Some(line),
            what,
        }
    }
}

/// The fast way: one check for the whole record. False if it (or a field alone) is not UTF-8.
fn push_whole(record: &ByteRecord, row: &mut SourceRow) -> bool {
    let Ok(text) = std::str::from_utf8(record.as_slice()) else {
        return false;
    };
    let whole = text.is_ascii() || ends_between_characters(record, text);
    if whole {
        let mut from = 0;
        for field in record {
            let to = from + field.len();
            let cell = &text[from..to];
            row.push(cell, kind(cell));
            from = to;
        }
    }
    whole
}

/// Two broken halves side by side look whole; a field must be UTF-8 by itself.
fn ends_between_characters(record: &ByteRecord, text: &str) -> bool {
    let mut end = 0;
    record.iter().all(|field| {
        end += field.len();
        text.is_char_boundary(end)
    })
}

fn kind(text: &str) -> CellKind {
    if text.is_empty() {
        CellKind::Empty
    } else {
        CellKind::Text
    }
}

/// Blank: nothing but white space, or the Ctrl-Z with which old programs end a file.
fn is_blank(record: &ByteRecord) -> bool {
    let bytes = record.as_slice();
    if bytes.first().is_some_and(|b| b.is_ascii_graphic()) {
        return false;
    }
    bytes == b"\x1A" || String::from_utf8_lossy(bytes).trim().is_empty()
}

/// Characters that stand for bytes nobody could read: U+FFFD and the C1 controls.
fn unreadable(text: &str) -> u32 {
    let odd = |c: &char| matches!(*c, '\u{FFFD}' | '\u{80}'..='\u{9F}');
    text.chars().filter(odd).count() as u32
}
