//! What a child process that reads a workbook says: frames of a length (u32), a tag and a body.
//!
//! Numbers are little-endian. The reader of frames trusts nothing: a length beyond the limits or a
//! body that does not add up ends the reading.

use std::borrow::Cow;
use std::io::{self, ErrorKind, Read, Write};

use heirloom_model::{CellKind, Code, FileId, RowId, SourceRow};

use crate::odd::Oddity;
use crate::{IntakeError, SheetChoice};

/// Beyond a batch of rows (1 MiB) and one row of the largest size, with room for lengths.
const FRAME_BYTES_MAX: usize = 16 << 20;

/// One thing that the child says.
#[derive(Debug)]
pub(crate) enum Said {
    /// The workbook is open: names of the sheets that will be read, and the evidence.
    Opened(Vec<String>, Vec<String>),
    /// Rows, in order.
    Rows(Vec<SourceRow>),
    /// All rows were said; these of them are odd.
    Done(Vec<Oddity>),
    /// Nothing more comes, for this reason.
    Failed(IntakeError),
}

/// A body that is being written.
#[derive(Default)]
pub(crate) struct Body(Vec<u8>);

impl Body {
    fn number(&mut self, number: u32) {
        self.0.extend(number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u32);
        self.0.extend(text.as_bytes());
    }

    fn maybe<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T)) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            put(self, value);
        }
    }

    fn texts(&mut self, texts: &[String]) {
        self.number(texts.len() as u32);
        texts.iter().for_each(|text| self.text(text));
    }

    fn send(self, tag: u8, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&(self.0.len() as u32 + 1).to_le_bytes())?;
        out.write_all(&[tag])?;
        out.write_all(&self.0)
    }
}

/// Says which sheets are wanted.
pub(crate) fn ask(choice: &SheetChoice, out: &mut impl Write) -> io::Result<()> {
    let mut body = Body::default();
    let (tag, names) = match choice {
        SheetChoice::First => (b'1', &[][..]),
        SheetChoice::All => (b'*', &[][..]),
        SheetChoice::Named(names) => (b'n', names.as_slice()),
    };
    body.texts(names);
    body.send(tag, out)
}

/// The question that [`ask`] wrote.
pub(crate) fn asked(input: &mut impl Read) -> io::Result<SheetChoice> {
    let (tag, body) = frame(input)?;
    let mut body = Reading(&body);
    let names = body.texts().ok_or_else(nonsense)?;
    match tag {
        b'1' => Ok(SheetChoice::First),
        b'*' => Ok(SheetChoice::All),
        b'n' => Ok(SheetChoice::Named(names)),
        _ => Err(nonsense()),
    }
}

/// Says one thing.
pub(crate) fn say(said: &Said, out: &mut impl Write) -> io::Result<()> {
    let mut body = Body::default();
    let tag = match said {
        Said::Opened(sheets, evidence) => {
            body.texts(sheets);
            body.texts(evidence);
            b'o'
        }
        Said::Rows(rows) => {
            body.number(rows.len() as u32);
            rows.iter().for_each(|row| put_row(&mut body, row));
            b'r'
        }
        Said::Done(odd) => {
            body.number(odd.len() as u32);
            for oddity in odd {
                body.text(oddity.code.as_str());
                body.number(oddity.row_number);
                body.number(oddity.count);
            }
            b'd'
        }
        Said::Failed(error) => {
            put_error(&mut body, error);
            b'e'
        }
    };
    body.send(tag, out)
}

fn put_row(body: &mut Body, row: &SourceRow) {
    body.number(row.id.sequence());
    body.number(u32::from(row.sheet));
    body.number(row.row_number);
    body.number(row.len() as u32);
    for cell in row.cells() {
        body.0.push(kind_number(cell.kind));
        body.text(cell.text);
    }
}

const KINDS: [CellKind; 6] =
    [CellKind::Empty, CellKind::Text, CellKind::Number, CellKind::Date, CellKind::Bool, CellKind::Error];

fn kind_number(kind: CellKind) -> u8 {
    KINDS.iter().position(|k| *k == kind).map_or(0, |at| at as u8)
}

fn put_error(body: &mut Body, error: &IntakeError) {
    let simple = |body: &mut Body, tag: u8, file: &str| {
        body.0.push(tag);
        body.text(file);
    };
    match error {
        IntakeError::Io { file, source } => {
            simple(body, 0, file);
            body.maybe(source.raw_os_error(), |b, code| b.number(code as u32));
            body.text(&source.to_string());
        }
        IntakeError::Empty { file } => simple(body, 1, file),
        IntakeError::NotATable { file, what } => {
            simple(body, 2, file);
            body.text(what);
        }
        IntakeError::Password { file } => simple(body, 3, file),
        IntakeError::Damaged { file, sheet, row, what } => {
            simple(body, 4, file);
            put_place(body, sheet.as_deref(), *row, what);
        }
        IntakeError::TooLarge { file, sheet, row, what } => {
            simple(body, 5, file);
            put_place(body, sheet.as_deref(), *row, what);
        }
        IntakeError::UnknownEncoding { file, label } => {
            simple(body, 6, file);
            body.text(label);
        }
        IntakeError::NoSuchSheet { file, sheet, has } => {
            simple(body, 7, file);
            body.text(sheet);
            body.texts(has);
        }
        IntakeError::NoSheet { file } => simple(body, 8, file),
        IntakeError::Changed { file } => simple(body, 9, file),
    }
}

fn put_place(body: &mut Body, sheet: Option<&str>, row: Option<u32>, what: &str) {
    body.maybe(sheet, |b, sheet| b.text(sheet));
    body.maybe(row, |b, row| b.number(row));
    body.text(what);
}

/// Hears one thing; rows get their ids in `file`.
pub(crate) fn hear(input: &mut impl Read, file: FileId) -> io::Result<Said> {
    let (tag, body) = frame(input)?;
    let mut body = Reading(&body);
    let said = match tag {
        b'o' => body.texts().zip(body.texts()).map(|(sheets, evidence)| Said::Opened(sheets, evidence)),
        b'r' => body.list(|b| b.row(file)).map(Said::Rows),
        b'd' => body.list(Reading::oddity).map(Said::Done),
        b'e' => body.error().map(Said::Failed),
        _ => None,
    };
    said.filter(|_| body.0.is_empty()).ok_or_else(nonsense)
}

fn frame(input: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    if length == 0 || length > FRAME_BYTES_MAX {
        return Err(nonsense());
    }
    let mut tag = [0];
    input.read_exact(&mut tag)?;
    let mut body = vec![0; length - 1];
    input.read_exact(&mut body)?;
    Ok((tag[0], body))
}

fn nonsense() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "a message that makes no sense")
}

/// A body that is being read; `None` where it is too short or wrong.
struct Reading<'a>(&'a [u8]);

impl<'a> Reading<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u32> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*first))
    }

    fn str(&mut self) -> Option<&'a str> {
        let length = self.number()? as usize;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn text(&mut self) -> Option<String> {
        self.str().map(str::to_owned)
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()? as usize;
        // Every item takes at least a byte, so a lie about their number asks for no memory.
        let mut list = Vec::with_capacity(count.min(self.0.len()).min(1024));
        for _ in 0..count {
            list.push(item(self)?);
        }
        Some(list)
    }

    fn texts(&mut self) -> Option<Vec<String>> {
        self.list(Self::text)
    }

    fn maybe<T>(&mut self, item: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            _ => item(self).map(Some),
        }
    }

    fn row(&mut self, file: FileId) -> Option<SourceRow> {
        let id = RowId::new(file, self.number()?);
        let sheet = u16::try_from(self.number()?).ok()?;
        let row_number = self.number()?;
        let cells = self.number()? as usize;
        if cells > self.0.len() {
            return None;
        }
        let mut row = SourceRow::with_capacity(id, sheet, row_number, cells, cells * 8);
        for _ in 0..cells {
            let kind = *KINDS.get(usize::from(self.byte()?))?;
            row.push(self.str()?, kind);
        }
        Some(row)
    }

    fn oddity(&mut self) -> Option<Oddity> {
        Some(Oddity { code: Code::parse(self.str()?)?, row_number: self.number()?, count: self.number()? })
    }

    fn error(&mut self) -> Option<IntakeError> {
        let tag = self.byte()?;
        let file = self.text()?;
        Some(match tag {
            0 => {
                let code = self.maybe(Self::number)?;
                let words = self.text()?;
                let source = match code {
                    Some(code) => io::Error::from_raw_os_error(code as i32),
                    None => io::Error::other(words),
                };
                IntakeError::Io { file, source }
            }
            1 => IntakeError::Empty { file },
            2 => IntakeError::NotATable { file, what: Cow::Owned(self.text()?) },
            3 => IntakeError::Password { file },
            4 | 5 => {
                let sheet = self.maybe(Self::text)?;
                let row = self.maybe(Self::number)?;
                let what = self.text()?;
                match tag {
                    4 => IntakeError::Damaged { file, sheet, row, what },
                    _ => IntakeError::TooLarge { file, sheet, row, what },
                }
            }
            6 => IntakeError::UnknownEncoding { file, label: self.text()? },
            7 => IntakeError::NoSuchSheet { file, sheet: self.text()?, has: self.texts()? },
            8 => IntakeError::NoSheet { file },
            9 => IntakeError::Changed { file },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there_and_back(said: &Said) -> String {
        let mut bytes = Vec::new();
        say(said, &mut bytes).unwrap();
        format!("{:?}", hear(&mut bytes.as_slice(), FileId(3)).unwrap())
    }

    #[test]
    fn what_is_said_is_heard() {
        let mut row = SourceRow::new(RowId::new(FileId(3), 7), 2, 41);
        KINDS.iter().for_each(|kind| row.push("né\0", *kind));
        let place = || (Some("Gifts".to_owned()), Some(9), "its XML is broken".to_owned());
        let file = || "gifts.xlsx".to_owned();
        let ((sheet, row_9, what), (no_sheet, no_row)) = (place(), (None, None));
        for said in [
            Said::Opened(vec!["Gifts".into()], vec![]),
            Said::Rows(vec![row.clone(), row]),
            Said::Done(vec![Oddity { code: Code::DamagedText, row_number: 4, count: 2 }]),
            Said::Failed(IntakeError::Io { file: file(), source: io::Error::from_raw_os_error(2) }),
            Said::Failed(IntakeError::Empty { file: file() }),
            Said::Failed(IntakeError::NotATable { file: file(), what: "a picture".into() }),
            Said::Failed(IntakeError::Password { file: file() }),
            Said::Failed(IntakeError::Damaged { file: file(), sheet, row: row_9, what: what.clone() }),
            Said::Failed(IntakeError::TooLarge { file: file(), sheet: no_sheet, row: no_row, what }),
            Said::Failed(IntakeError::UnknownEncoding { file: file(), label: "x".into() }),
            Said::Failed(IntakeError::NoSuchSheet {
                file: file(),
                sheet: "A".into(),
                has: vec!["B".into(), "C".into()],
            }),
            Said::Failed(IntakeError::NoSheet { file: file() }),
            Said::Failed(IntakeError::Changed { file: file() }),
        ] {
            assert_eq!(there_and_back(&said), format!("{said:?}"));
        }
    }

    #[test]
    fn a_question_arrives_as_it_was_asked() {
        for choice in [SheetChoice::First, SheetChoice::All, SheetChoice::Named(vec!["A".into(), "é".into()])]
        {
            let mut bytes = Vec::new();
            ask(&choice, &mut bytes).unwrap();
            assert_eq!(asked(&mut bytes.as_slice()).unwrap(), choice);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_heard_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 5..200)) {
            let length = bytes.len() as u32 - 4;
            bytes[..4].copy_from_slice(&length.to_le_bytes());
            bytes[4] = b"orde"[usize::from(bytes[4] % 4)];
            let _ = hear(&mut bytes.as_slice(), FileId(1));
        }
    }
}
