//! What a file is by its first bytes, whatever its extension claims.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;

use crate::IntakeError;

/// The kinds of file that hold tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Xlsx,
    Xlsb,
    Xls,
    Ods,
}

/// Tells the format from the beginning of the file (and from its directory, for archives).
///
/// Bytes that look like no text are text all the same if the mapping names their encoding.
///
/// # Errors
/// [`IntakeError::Empty`], [`IntakeError::NotATable`] for web pages, PDF and the like.
pub(crate) fn recognise(
    path: &Path,
    file: &str,
    head: &[u8],
    encoding: Option<&str>,
) -> Result<Format, IntakeError> {
    if head.is_empty() {
        return Err(IntakeError::Empty { file: file.into() });
    }
    if is_archive(head) {
        return archive(path, file);
    }
    if is_compound(head) {
        return Ok(Format::Xls);
    }
    match foreign(head).or_else(|| if encoding.is_none() { binary(head) } else { None }) {
        Some(what) => Err(IntakeError::NotATable { file: file.into(), what: what.into() }),
        None => Ok(Format::Text),
    }
}

/// Whether it begins as a workbook of some kind does; the rest of it was not looked at.
pub(crate) fn begins_like_a_workbook(head: &[u8]) -> bool {
    is_archive(head) || is_compound(head)
}

fn is_archive(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

fn is_compound(head: &[u8]) -> bool {
    head.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
}

fn archive(path: &Path, file: &str) -> Result<Format, IntakeError> {
    let damaged = |_| IntakeError::Damaged {
        file: file.into(),
        sheet: None,
        row: None,
        what: "it begins like a workbook, but its archive is damaged or cut short".into(),
    };
    let opened = File::open(path).map_err(|e| IntakeError::io(file, e))?;
    let zip = ZipArchive::new(BufReader::new(opened)).map_err(damaged)?;
    let mut format = None;
    for name in zip.file_names_raw() {
        let name = name.to_ascii_lowercase();
        match name.as_slice() {
            b"xl/workbook.bin" => format = Some(Format::Xlsb),
            b"[content_types].xml" => format = format.or(Some(Format::Xlsx)),
            b"content.xml" => format = format.or(Some(Format::Ods)),
            b"word/document.xml" | b"ppt/presentation.xml" => format = None,
            _ => {}
        }
    }
    format.ok_or_else(|| IntakeError::NotATable {
        file: file.into(),
        what: "an archive (zip) with no workbook in it".into(),
    })
}

fn foreign(head: &[u8]) -> Option<&'static str> {
    const MARKS: [(&[u8], &str); 7] = [
        (b"%PDF", "a PDF document"),
        (b"\x1F\x8B", "a compressed file (gzip)"),
        (b"7z\xBC\xAF\x27\x1C", "a compressed file (7-Zip)"),
        (b"Rar!", "a compressed file (RAR)"),
        (b"{\\rtf", "a word processor document"),
        (b"SQLite format 3\0", "a database (SQLite)"),
        (b"\xFF\xFE\0\0", "text in UTF-32"),
    ];
    let marked = MARKS.iter().find(|(mark, _)| head.starts_with(mark));
    marked.map(|(_, what)| *what).or_else(|| markup(head))
}

/// Old systems like to save a web page under the name `.xls`.
fn markup(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(&head[..head.len().min(4096)]).to_ascii_lowercase();
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let starts = |marks: &[&str]| marks.iter().any(|mark| text.starts_with(mark));
    if starts(&["<?xml"]) && text.contains("schemas-microsoft-com:office:spreadsheet") {
        Some("an Excel 2003 XML file")
    } else if starts(&["<!doctype html", "<html", "<table", "<head", "<meta", "<body"]) {
        Some("a web page")
    } else if starts(&["<?xml"]) {
        Some("an XML document")
    } else if starts(&["mime-version:"]) {
        Some("a saved web page")
    } else {
        None
    }
}

fn binary(head: &[u8]) -> Option<&'static str> {
    let head = &head[..head.len().min(4096)];
    let utf16 = head.starts_with(b"\xFF\xFE") || head.starts_with(b"\xFE\xFF");
    if head.len() < 64 || utf16 || crate::charset::utf16_without_mark(head).is_some() {
        return None;
    }
    let odd = |b: &&u8| **b < 0x20 && !matches!(**b, b'\t' | b'\n' | b'\r' | 0x0B | 0x0C | 0x1A);
    (head.iter().filter(odd).count() * 10 > head.len()).then_some("binary data")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_not_the_name() {
        let cases: [(&[u8], &str); 6] = [
            (b"%PDF-1.7 ...", "a PDF document"),
            (b"\xEF\xBB\xBF  <HTML><table>", "a web page"),
            (
                b"<?xml version='1.0'?><Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'>",
                "an Excel 2003 XML file",
            ),
            (b"<?xml version='1.0'?><a/>", "an XML document"),
            (&[1; 80], "binary data"),
            (b"\xFF\xFE\0\0a\0\0\0", "text in UTF-32"),
        ];
        for (head, expected) in cases {
            match recognise(Path::new("gifts.xls"), "gifts.xls", head, None) {
                Err(IntakeError::NotATable { what, .. }) => assert_eq!(what, expected),
                other => panic!("{expected}: {other:?}"),
            }
        }
        let text = |head: &[u8], encoding| recognise(Path::new("x.xlsx"), "x.xlsx", head, encoding).unwrap();
        assert_eq!(text(b"id,amount\n1,2\n", None), Format::Text);
        assert_eq!(text(&[1; 80], Some("utf-16le")), Format::Text);
    }
}
