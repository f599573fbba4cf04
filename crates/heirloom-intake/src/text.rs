//! A text file's records as source rows.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, Terminator};
use encoding_rs::WINDOWS_1252;
use heirloom_model::{CellKind, Code, FileId, RowId, SourceRow};

use crate::charset::Charset;
use crate::decode::{BLOCK, LineStart, Lines};
use crate::mend::Marks;
use crate::odd::{self, Oddity};
use crate::{COLUMNS_MAX, FIELD_BYTES_MAX, IntakeError, RECORD_BYTES_MAX};

/// How a text file is to be read; everything is decided.
#[derive(Clone, Copy)]
pub(crate) struct TextPlan {
    pub charset: Charset,
    /// Byte order marks to skip.
    pub mark_bytes: u64,
    pub marks: Marks,
    /// Whether the first line only names the delimiter, for Excel.
    pub begins_with_hint: bool,
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
    /// The newest row's number.
    newest: u32,
    /// What is odd about the rows so far.
    pub odd: Vec<Oddity>,
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
            .delimiter(plan.marks.delimiter)
            .quoting(plan.marks.quote != 0)
            .quote(plan.marks.quote)
            .escape(plan.marks.escape)
            .buffer_capacity(BLOCK)
            .from_reader(Lines::new(input, plan.charset, plan.marks));
        Ok(TextRows {
            file: file.to_owned(),
            plan,
            reader,
            record: ByteRecord::with_capacity(1024, 32),
            id,
            sequence: 0,
            newest: 0,
            odd: Vec::new(),
        })
    }

    /// The next row that is not blank.
    pub fn next_row(&mut self) -> Result<Option<SourceRow>, IntakeError> {
        while let Some(start) = self.next_record()? {
            let ended = self.reader.position().byte();
            let lines = self.reader.get_mut();
            let (is_broken, strays) = (lines.take_broken(ended), lines.take_strays(ended));
            if is_blank(&self.record) {
                continue;
            }
            if std::mem::take(&mut self.plan.begins_with_hint) {
                continue;
            }
            self.check_width(start.line)?;
            let row = self.row(start.line, is_broken);
            if strays > 0 {
                self.odd.push(Oddity { code: Code::StrayQuote, row_number: start.line, count: strays });
            }
            self.newest = start.line;
            self.sequence = self
                .sequence
                .checked_add(1)
                .ok_or_else(|| self.too_large(start.line, "more than 4,294,967,295 rows".to_owned()))?;
            return Ok(Some(row));
        }
        self.look_at_the_end();
        Ok(None)
    }

    /// A last row that has no line end may have been cut, in the middle of its last value even.
    fn look_at_the_end(&mut self) {
        let row_number = self.newest;
        if self.reader.get_ref().ends_open && self.sequence > 1 {
            self.odd.push(Oddity { code: Code::CutShort, row_number, count: 1 });
        }
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
                return Err(self.damaged(start.line));
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
        Err(IntakeError::Changed { file: self.file.clone() })
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

    fn row(&mut self, line: u32, is_broken: bool) -> SourceRow {
        let bytes = self.record.as_slice();
        let id = RowId::new(self.id, self.sequence);
        let mut row = SourceRow::with_capacity(id, 0, line, self.record.len(), bytes.len());
        if is_broken || !push_whole(&self.record, &mut row) {
            self.push_each(&mut row, is_broken);
        }
        if !bytes.iter().all(|b| matches!(b, b' '..=b'~')) {
            odd::look(&row, &mut self.odd);
        }
        row
    }

    /// The slow way, field by field: for a record that is not UTF-8, or of which the last cell is broken.
    fn push_each(&self, row: &mut SourceRow, is_broken: bool) {
        for (index, field) in self.record.iter().enumerate() {
            let text = match self.plan.charset {
                Charset::Mixed if std::str::from_utf8(field).is_err() => {
                    WINDOWS_1252.decode_without_bom_handling(field).0
                }
                _ => String::from_utf8_lossy(field),
            };
            let is_bad = is_broken && index + 1 == self.record.len();
            row.push(&text, if is_bad { CellKind::Error } else { kind(&text) });
        }
    }

    fn failed(&mut self, error: csv::Error) -> IntakeError {
        let line = self.reader.get_mut().take_start().map_or(1, |s| s.line);
        match error.into_kind() {
            ErrorKind::Io(e) if e.kind() == std::io::ErrorKind::FileTooLarge => self.endless(line),
            ErrorKind::Io(source) => IntakeError::io(&self.file, source),
            _ => self.damaged(line),
        }
    }

    fn damaged(&self, line: u32) -> IntakeError {
        let what = "its records make no sense".to_owned();
        IntakeError::Damaged { file: self.file.clone(), sheet: None, row: Some(line), what }
    }

    fn endless(&self, line: u32) -> IntakeError {
        let what = format!(
            "a record of more than {} MiB (a quotation mark may be left open)",
            RECORD_BYTES_MAX >> 20
        );
        self.too_large(line, what)
    }

    fn too_large(&self, line: u32, what: String) -> IntakeError {
        IntakeError::TooLarge { file: self.file.clone(), sheet: None, row: Some(line), what }
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
    if text.is_empty() { CellKind::Empty } else { CellKind::Text }
}

/// Blank: nothing but white space, or the Ctrl-Z with which old programs end a file.
fn is_blank(record: &ByteRecord) -> bool {
    let bytes = record.as_slice();
    if bytes.first().is_some_and(|b| b.is_ascii_graphic()) {
        return false;
    }
    bytes == b"\x1A" || String::from_utf8_lossy(bytes).trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Folder, plain, read, read_bytes};
    use crate::{ReadAs, SourceFile};
    use proptest::prelude::*;

    fn check(bytes: &[u8], expected: &[(u32, &[&str])]) {
        let rows = read_bytes(bytes, &ReadAs::default()).unwrap();
        let rows: Vec<(u32, Vec<&str>)> =
            rows.iter().map(|(n, cells)| (*n, cells.iter().map(String::as_str).collect())).collect();
        let expected: Vec<(u32, Vec<&str>)> = expected.iter().map(|(n, c)| (*n, c.to_vec())).collect();
        assert_eq!(rows, expected, "{:?}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn row_numbers_are_physical_lines_whatever_ends_them() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("a,b{end}1,2{end}{end},{end}\"x{end}y\",3{end}4,5");
            let inner = format!("x{end}y");
            check(
                text.as_bytes(),
                &[(1, &["a", "b"]), (2, &["1", "2"]), (5, &[&inner, "3"]), (7, &["4", "5"])],
            );
        }
    }

    #[test]
    fn mixed_line_ends_and_leading_blank_lines_keep_the_count() {
        check(
            b"\n\r\n\ra,b\r1,2\r\n3,4\n\n5,6\r",
            &[(4, &["a", "b"]), (5, &["1", "2"]), (6, &["3", "4"]), (8, &["5", "6"])],
        );
    }

    #[test]
    fn ragged_rows_are_kept_and_never_shifted() {
        check(
            b"a,b,c\n1,2\n1,2,3,4\n,,x\n",
            &[(1, &["a", "b", "c"]), (2, &["1", "2"]), (3, &["1", "2", "3", "4"]), (4, &["", "", "x"])],
        );
    }

    #[test]
    fn text_stays_as_it_is() {
        check(
            b"id,note\n 007 ,\"say \"\"hi\"\"\"\n\0,a \"quoted\" word\n\x1A",
            &[(1, &["id", "note"]), (2, &[" 007 ", "say \"hi\""]), (3, &["\0", "a \"quoted\" word"])],
        );
    }

    #[test]
    fn rows_of_white_space_are_left_out_and_not_counted() {
        let folder = Folder::new();
        let path = folder.write("a.csv", "a,b\n , \t\n\u{a0},\n\"\",\n1,2\n".as_bytes());
        let (rows, _) = read(&path, &ReadAs::default()).unwrap();
        let ids: Vec<u32> = rows.iter().map(|r| r.id.sequence()).collect();
        assert_eq!(ids, [0, 1]);
        assert_eq!((rows[1].row_number, rows[1].id.file()), (5, FileId(7)));
        assert_eq!(rows[1].cell(0).kind, CellKind::Text);
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "id,naïve\r\n1,José Muñoz\r\n2,€ 5\r\n";
        let utf16 = |big: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
        };
        let with = |mark: &[u8], body: Vec<u8>| [mark.to_vec(), body].concat();
        let files = [
            text.as_bytes().to_vec(),
            with(b"\xEF\xBB\xBF", text.as_bytes().to_vec()),
            with(b"\xEF\xBB\xBF\xEF\xBB\xBF", text.as_bytes().to_vec()),
            WINDOWS_1252.encode(text).0.into_owned(),
            with(b"\xFF\xFE", utf16(false)),
            with(b"\xFE\xFF", utf16(true)),
            utf16(false),
            utf16(true),
        ];
        for bytes in files {
            check(&bytes, &[(1, &["id", "naïve"]), (2, &["1", "José Muñoz"]), (3, &["2", "€ 5"])]);
        }
    }

    #[test]
    fn a_single_bad_byte_does_not_garble_a_utf8_file() {
        let mut bytes = "é,ü\nñ,ö\nå,ø\n".as_bytes().to_vec();
        bytes.extend(b"caf\xE9,x\n");
        let rows = read_bytes(&bytes, &ReadAs::default()).unwrap();
        assert_eq!(rows[0].1, ["é", "ü"]);
        assert_eq!(rows[3].1, ["café", "x"]);
    }

    #[test]
    fn halves_of_a_character_in_two_cells_are_not_joined() {
        let as_ = ReadAs { encoding: Some("utf-8".into()), ..ReadAs::default() };
        let rows = read_bytes(b"a,b\n\xC3,\xA9\n", &as_).unwrap();
        assert_eq!(rows[1].1, ["\u{FFFD}", "\u{FFFD}"]);
    }

    fn unreadable(row_number: u32, count: u32) -> Oddity {
        Oddity { code: Code::DamagedText, row_number, count }
    }

    #[test]
    fn unreadable_characters_are_counted_by_row() {
        let folder = Folder::new();
        let as_ = ReadAs { encoding: Some("utf-8".into()), ..ReadAs::default() };
        let path = folder.write("a.csv", b"a,b\nok,\xE9\xE9\n1,2\n\x81,x\n");
        let (_, rows) = read(&path, &as_).unwrap();
        assert_eq!(rows.oddities(), [unreadable(2, 2), unreadable(4, 1)]);
        let evidence = SourceFile::open(&path, &as_).unwrap();
        assert!(evidence.evidence().iter().any(|e| e.contains("not UTF-8")));
        let as_ = ReadAs { encoding: Some("windows-1252".into()), ..ReadAs::default() };
        let (_, rows) = read(&path, &as_).unwrap();
        assert_eq!(rows.oddities(), [unreadable(4, 1)], "0x81 means nothing");
    }

    /// Number, texts and whether the last cell is an error, for every row.
    fn kinds(bytes: &[u8]) -> Vec<(u32, Vec<String>, bool)> {
        let folder = Folder::new();
        let (rows, _) = read(&folder.write("a.csv", bytes), &ReadAs::default()).unwrap();
        let is_bad = |r: &SourceRow| r.cells().last().is_some_and(|c| c.kind == CellKind::Error);
        rows.iter().map(|r| (r.row_number, plain(r).1, is_bad(r))).collect()
    }

    #[test]
    fn an_open_quote_costs_its_line_and_not_the_rows_behind_it() {
        for (bytes, row, rest) in [
            (&b"a,b\n1,2\n3,\"4\n5,6\n"[..], ["3", "\"4"], 1),
            (b"a,b\n1,2\n3,\"4", ["3", "\"4"], 0),
            (b"a,b\r1,2\r3,\"\r5,6\r7,8\r", ["3", "\""], 2),
            (b"a,b\r\n1,2\r\n3,\"x\"y,z\r\n5,\"6\"", ["3", "\"x\"y,z"], 1),
        ] {
            let found = kinds(bytes);
            assert_eq!(found.len(), 3 + rest, "{found:?}");
            assert_eq!(found[2], (3, row.map(str::to_owned).to_vec(), true));
            assert!(found[3..].iter().all(|(n, cells, bad)| *n > 3 && cells.len() == 2 && !bad), "{found:?}");
        }
        assert_eq!(kinds(b"a,b\n1,\"2\"")[1], (2, vec!["1".into(), "2".into()], false));
    }

    /// The oddities of a file, as texts.
    fn oddities(bytes: &[u8]) -> Vec<String> {
        let folder = Folder::new();
        let (_, rows) = read(&folder.write("a.csv", bytes), &ReadAs::default()).unwrap();
        rows.oddities().iter().map(|o| format!("{} row {}: {}", o.code, o.row_number, o.count)).collect()
    }

    #[test]
    fn what_is_odd_is_said_with_its_line() {
        assert_eq!(
            oddities(b"a,b\n1,5\" pipe\n\"x\n y\",Robert \"Bob\" Lee\n"),
            ["F007 row 2: 1", "F007 row 3: 2"]
        );
        assert_eq!(oddities("a,b\nD\u{200B}1,\0\n".as_bytes()), ["F011 row 2: 2"]);
        assert_eq!(oddities(b"a,b,c\n1,2,3\n4,5"), ["F009 row 3: 1"]);
        assert!(oddities(b"a,b,c\n1,2,3\n4,5\n").is_empty(), "a short row with a line end is whole");
        // Many programs leave out the last line end; a file that was cut in its last amount looks the same.
        assert_eq!(oddities(b"a,b,c\n1,2,3\n4,5,6"), ["F009 row 3: 1"]);
    }

    #[test]
    fn the_line_that_names_the_delimiter_for_excel_is_no_row() {
        check(b"sep=;\r\na;b\r\n1,5;2\r\n", &[(2, &["a", "b"]), (3, &["1,5", "2"])]);
    }

    #[test]
    fn an_escape_is_understood_if_the_mapping_names_it() {
        let as_ = ReadAs { escape: Some(b'\\'), ..ReadAs::default() };
        let rows = read_bytes(b"a,b\n\"say \\\"hi\\\"\",\"\\\\\"\n", &as_).unwrap();
        assert_eq!(rows[1].1, ["say \"hi\"", "\\"]);
    }

    #[test]
    fn endless_records_are_refused_with_their_row() {
        let long = |n: usize| [b"a,b\n1,2\n3,".to_vec(), vec![b'x'; n]].concat();
        let quoted = [b"a,b\n1,2\n\"".to_vec(), b"x\n".repeat(2 << 20)].concat();
        let wide = [b"a,b\n1,2\n".to_vec(), b"1,".repeat(2_001)].concat();
        for bytes in [long(FIELD_BYTES_MAX + 1), long(3 << 20), wide] {
            match read_bytes(&bytes, &ReadAs::default()) {
                Err(IntakeError::TooLarge { row: Some(3), .. }) => {}
                other => panic!("{:?}", other.map(|rows| rows.len())),
            }
        }
        assert_eq!(read_bytes(&long(FIELD_BYTES_MAX), &ReadAs::default()).unwrap().len(), 3);
        // A cell that is open for longer than any record can be costs its line, as any other.
        assert_eq!(read_bytes(&quoted, &ReadAs::default()).unwrap().len(), 2 + (2 << 20));
    }

    #[test]
    fn megabytes_of_blank_lines_are_no_record() {
        let bytes = [b"a,b\n".to_vec(), b"\r\n".repeat(2 << 20), b"1,2".to_vec()].concat();
        let rows = read_bytes(&bytes, &ReadAs::default()).unwrap();
        assert_eq!(rows[1].0, (2 << 20) + 2);
    }

    #[test]
    fn a_file_that_changes_meanwhile_is_noticed() {
        let folder = Folder::new();
        let path = folder.write("a.csv", b"a,b\n1,2\n");
        let opened = SourceFile::open(&path, &ReadAs::default()).unwrap();
        folder.write("a.csv", b"a,b\n1,2\n3,4\n");
        let last = opened.rows(FileId(1)).last().unwrap();
        assert!(matches!(last, Err(IntakeError::Changed { .. })));
    }

    #[test]
    fn nothing_quotes_if_the_mapping_says_so() {
        let as_ = ReadAs { quote: Some(0), ..ReadAs::default() };
        let rows = read_bytes(b"size,n\n5\" pipe,1\n\"6,2\n", &as_).unwrap();
        assert_eq!(rows[2].1, ["\"6", "2"]);
    }

    /// Cells with everything that hurts; an oracle writes them and counts lines by itself.
    fn cell() -> impl Strategy<Value = String> {
        proptest::string::string_regex("([a-z0-9 ,;\"é€\r\n]|\r\n){0,6}").unwrap()
    }

    fn lines(text: &str) -> u32 {
        let joined = text.replace("\r\n", "\n").replace('\r', "\n");
        joined.matches('\n').count() as u32
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn what_was_written_is_read_at_the_line_where_it_stands(
            table in prop::collection::vec(prop::collection::vec(cell(), 2..5), 1..12),
            end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
            label in prop::sample::select(vec!["utf-8", "windows-1252", "utf-16le"]),
        ) {
            let mut text = String::new();
            let mut expected = Vec::new();
            for row in &table {
                // A quoted cell that ends in CR beside a bare LF cannot arise: the quote parts them.
                if !row.iter().all(|c| c.trim().is_empty()) {
                    expected.push((lines(&text) + 1, row.clone()));
                }
                let cells: Vec<String> =
                    row.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
                text.push_str(&cells.join(","));
                text.push_str(end);
            }
            let bytes = match label {
                "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                "windows-1252" => WINDOWS_1252.encode(&text).0.into_owned(),
                _ => text.clone().into_bytes(),
            };
            let as_ = ReadAs {
                encoding: Some(label.into()),
                delimiter: Some(b','),
                ..ReadAs::default()
            };
            prop_assert_eq!(read_bytes(&bytes, &as_).unwrap(), expected);
        }
    }
}
