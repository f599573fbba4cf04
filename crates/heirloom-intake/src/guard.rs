//! Limits that are checked before a workbook is parsed, so that a small file cannot
//! ask for all the memory of this computer.
//!
//! The archive reader refuses an entry that inflates to more than it declares, so
//! the declared sizes are bounds. Spreadsheets that calamine lays out as a grid
//! (OpenDocument) are measured first.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

use crate::error::Trouble;
use crate::{CELLS_MAX, INFLATED_BYTES_MAX, compound};

/// Below this size the ratio does not matter.
const RATIO_FROM_BYTES: u64 = 10 << 20;
/// Most a part may inflate, as a multiple of its size in the archive.
const RATIO_MAX: u64 = 200;
/// Most parts of an archive.
const PARTS_MAX: usize = 10_000;
/// Most bytes of an old workbook, which is held in memory as a whole.
const COMPOUND_BYTES_MAX: u64 = 512 << 20;

/// Refuses an archive that would inflate beyond the limits.
pub(crate) fn check_archive(path: &Path) -> Result<(), Trouble> {
    let mut zip = open(path)?;
    if zip.len() > PARTS_MAX {
        return Err(Trouble::TooLarge(format!("more than {PARTS_MAX} parts")));
    }
    let (mut inflated, mut stored) = (0u64, 0u64);
    for index in 0..zip.len() {
        let part = zip.by_index_raw(index).map_err(|_| damaged())?;
        inflated = inflated.saturating_add(part.size());
        stored = stored.saturating_add(part.compressed_size());
        check_ratio(part.size(), part.compressed_size())?;
    }
    if inflated > INFLATED_BYTES_MAX {
        return Err(Trouble::TooLarge(format!(
            "a workbook of more than {} GiB when unpacked",
            INFLATED_BYTES_MAX >> 30
        )));
    }
    check_ratio(inflated, stored)
}

fn check_ratio(inflated: u64, stored: u64) -> Result<(), Trouble> {
    if inflated > RATIO_FROM_BYTES && inflated / RATIO_MAX > stored {
        return Err(Trouble::TooLarge(format!(
            "a part that unpacks to more than {RATIO_MAX} times its size, as no honest workbook does"
        )));
    }
    Ok(())
}

/// Refuses an old workbook whose sheets would unfold to too many cells.
pub(crate) fn check_compound(path: &Path) -> Result<(), Trouble> {
    let read = |e: std::io::Error| Trouble::Damaged(e.to_string());
    let mut file = File::open(path).map_err(read)?;
    if file.metadata().map_err(read)?.len() > COMPOUND_BYTES_MAX {
        let what = format!("an old workbook of more than {} MiB", COMPOUND_BYTES_MAX >> 20);
        return Err(Trouble::TooLarge(what));
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(read)?;
    compound::check(&bytes)
}

/// Refuses a table of strings that claims more strings than it has bytes: room is made for them all.
pub(crate) fn check_strings(path: &Path) -> Result<(), Trouble> {
    let mut zip = open(path)?;
    let named = |name: &str| name.eq_ignore_ascii_case("xl/sharedStrings.xml");
    let found = zip.file_names_raw().position(|n| std::str::from_utf8(n).is_ok_and(named));
    let Some(index) = found else { return Ok(()) };
    let part = zip.by_index(index).map_err(|_| damaged())?;
    let size = part.size();
    // It stands at the beginning; a later one would be inside a string.
    each_tag(BufReader::new(part.take(64 << 10)), |tag| {
        let claimed = [&b" count="[..], b"uniqueCount="].map(|name| number(tag, name));
        if tag.starts_with(b"sst") && claimed.into_iter().any(|count| count > size) {
            return Err(Trouble::Damaged("its table of strings claims more than it can hold".to_owned()));
        }
        Ok(())
    })
}

/// Refuses an OpenDocument sheet whose grid would have too many cells.
pub(crate) fn check_ods(path: &Path) -> Result<(), Trouble> {
    let mut zip = open(path)?;
    let content = zip.by_name("content.xml").map_err(|_| damaged())?;
    let mut grid = Grid::default();
    let mut open = Unclosed::default();
    each_tag(BufReader::new(content), |tag| {
        open.tag(tag)?;
        grid.tag(tag)
    })?;
    open.none()
}

/// Elements at whose end calamine waits for ever if it never comes.
const WAITED_FOR: [&[u8]; 3] = [b"table:table", b"table:named-expressions", b"office:annotation"];

/// Which of them are open.
#[derive(Default)]
struct Unclosed([bool; WAITED_FOR.len()]);

impl Unclosed {
    fn tag(&mut self, tag: &[u8]) -> Result<(), Trouble> {
        let hides = |begin: &[u8], end: &[u8]| tag.starts_with(begin) && !tag.ends_with(end);
        if hides(b"!--", b"--") || hides(b"![CDATA[", b"]]") {
            return Err(Trouble::Damaged("its XML hides markup, as no spreadsheet program does".to_owned()));
        }
        for (name, open) in WAITED_FOR.iter().zip(&mut self.0) {
            if let Some(rest) = tag.strip_prefix(*name) {
                let is_whole = rest.first().is_none_or(|b| b.is_ascii_whitespace() || *b == b'/');
                *open |= is_whole && !rest.ends_with(b"/");
            } else if tag.strip_prefix(b"/").is_some_and(|end| end.trim_ascii_end() == *name) {
                *open = false;
            }
        }
        Ok(())
    }

    fn none(&self) -> Result<(), Trouble> {
        if self.0.contains(&true) {
            return Err(Trouble::Damaged("its XML ends too early".to_owned()));
        }
        Ok(())
    }
}

fn open(path: &Path) -> Result<ZipArchive<BufReader<File>>, Trouble> {
    let file = File::open(path).map_err(|e| Trouble::Damaged(e.to_string()))?;
    ZipArchive::new(BufReader::new(file)).map_err(|_| damaged())
}

fn damaged() -> Trouble {
    Trouble::Damaged("its archive is damaged or cut short".to_owned())
}

/// The grid a sheet unfolds to: repeated rows and columns count, trailing empty ones do not.
#[derive(Default)]
struct Grid {
    cells: u64,
    rows: u64,
    rows_waiting: u64,
    width_max: u64,
    row_repeats: u64,
    row_width: u64,
    columns_waiting: u64,
    /// Columns of a cell that was opened and may still turn out to hold text.
    open_cell: u64,
}

impl Grid {
    fn tag(&mut self, tag: &[u8]) -> Result<(), Trouble> {
        let name = tag.split(|b| b.is_ascii_whitespace() || *b == b'/').next();
        match name.unwrap_or_default() {
            b"table:table" => {
                *self = Grid { cells: self.cells, ..Grid::default() };
            }
            b"table:table-row" => {
                self.end_row();
                self.row_repeats = number(tag, b"table:number-rows-repeated=");
            }
            b"table:table-cell" | b"table:covered-table-cell" => {
                self.columns_waiting += std::mem::take(&mut self.open_cell);
                self.open_cell = number(tag, b"table:number-columns-repeated=");
                if find(tag, b"office:value").is_some() || find(tag, b"table:formula").is_some() {
                    self.fill();
                }
            }
            b"text:s" if number(tag, b"text:c=") > crate::FIELD_BYTES_MAX as u64 => {
                return Err(Trouble::TooLarge("an endless run of spaces".to_owned()));
            }
            b"text:p" => self.fill(),
            b"" if tag.starts_with(b"/table:table-row") => self.end_row(),
            _ => {}
        }
        // calamine also pads with empty rows up to the last filled one.
        if self.cells > CELLS_MAX {
            return Err(Trouble::TooLarge(format!("more than {CELLS_MAX} cells")));
        }
        Ok(())
    }

    fn fill(&mut self) {
        if self.open_cell > 0 {
            self.row_width += self.columns_waiting + self.open_cell;
            self.columns_waiting = 0;
            self.open_cell = 0;
        }
    }

    fn end_row(&mut self) {
        if self.row_width == 0 {
            self.rows_waiting = self.rows_waiting.saturating_add(self.row_repeats);
        } else {
            let rows = self
                .rows
                .saturating_add(self.row_repeats)
                .saturating_add(std::mem::take(&mut self.rows_waiting));
            let width = self.width_max.max(self.row_width);
            let before = self.rows.saturating_mul(self.width_max);
            self.cells = self.cells.saturating_add(rows.saturating_mul(width).saturating_sub(before));
            (self.rows, self.width_max) = (rows, width);
        }
        (self.row_repeats, self.row_width) = (0, 0);
        (self.columns_waiting, self.open_cell) = (0, 0);
    }
}

/// The number an attribute holds; 1 if it is not there, the largest if it is absurd.
fn number(tag: &[u8], attribute: &[u8]) -> u64 {
    let Some(at) = find(tag, attribute) else {
        return 1;
    };
    let digits = &tag[at + attribute.len()..];
    let digits: String =
        digits.iter().skip(1).take_while(|b| b.is_ascii_digit()).map(|b| char::from(*b)).collect();
    digits.parse().unwrap_or(u64::from(u32::MAX))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|w| w == part)
}

/// Calls `each` with the inside of every tag, `<` and `>` left out. As for calamine, a `>` between
/// quotation marks does not end an opening tag. Tags longer than 64 KiB are refused.
fn each_tag(mut xml: impl Read, mut each: impl FnMut(&[u8]) -> Result<(), Trouble>) -> Result<(), Trouble> {
    const TAG_MAX: usize = 64 << 10;
    let mut buffer = vec![0; TAG_MAX];
    let mut tag = Vec::new();
    let mut inside = false;
    let mut quote = None;
    loop {
        let n = xml.read(&mut buffer).map_err(|_| damaged())?;
        if n == 0 {
            return Ok(());
        }
        for &byte in &buffer[..n] {
            match (inside, quote) {
                (false, _) => inside = byte == b'<',
                (true, None) if byte == b'>' => {
                    each(&tag)?;
                    tag.clear();
                    inside = false;
                }
                (true, open) => {
                    let quotes = !matches!(tag.first(), Some(b'/' | b'!' | b'?'));
                    quote = match open {
                        None if quotes && matches!(byte, b'"' | b'\'') => Some(byte),
                        Some(mark) if mark == byte => None,
                        other => other,
                    };
                    tag.push(byte);
                    if tag.len() > TAG_MAX {
                        return Err(Trouble::TooLarge("a tag of more than 64 KiB".to_owned()));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IntakeError;
    use crate::fixture::{Folder, all, plain, read};
    use heirloom_model::CellKind;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in parts {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn ods(rows: &str) -> Vec<u8> {
        ods_of(&ods_content(rows))
    }

    fn ods_content(rows: &str) -> Vec<u8> {
        format!(
            "<?xml version=\"1.0\"?><office:document-content><office:body><office:spreadsheet>\
             <table:table table:name=\"S\">{rows}</table:table>\
             </office:spreadsheet></office:body></office:document-content>"
        )
        .into_bytes()
    }

    fn ods_of(content: &[u8]) -> Vec<u8> {
        archive(&[
            ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
            ("META-INF/manifest.xml", b"<manifest:manifest></manifest:manifest>"),
            ("content.xml", content),
        ])
    }

    fn cell(value: &str) -> String {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{value}</text:p></table:table-cell>")
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_parsed() {
        let folder = Folder::new();
        let bomb = archive(&[
            ("[Content_Types].xml", b"<Types/>"),
            ("xl/worksheets/sheet1.xml", &vec![b' '; 16 << 20]),
        ]);
        assert!(bomb.len() < 64 << 10);
        let met = read(&folder.write("bomb.xlsx", &bomb), &all());
        assert!(matches!(met, Err(IntakeError::TooLarge { .. })));
    }

    #[test]
    fn a_part_that_lies_about_its_size_is_cut_off() {
        let folder = Folder::new();
        let size = 16u32 << 20;
        let mut bomb =
            archive(&[("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", &vec![b' '; size as usize])]);
        let honest = size.to_le_bytes();
        let mut at = 0;
        while let Some(found) = find(&bomb[at..], &honest) {
            bomb[at + found..at + found + 4].copy_from_slice(&100u32.to_le_bytes());
            at += found + 4;
        }
        let met = read(&folder.write("lie.xlsx", &bomb), &all());
        assert!(matches!(met, Err(IntakeError::Damaged { .. })), "{:?}", met.err());
    }

    #[test]
    fn a_table_of_strings_that_claims_a_billion_is_refused() {
        let folder = Folder::new();
        let strings = "<sst uniqueCount=\"999999999999\"><si><t>x</t></si></sst>";
        let path = folder.write(
            "claims.xlsx",
            &archive(&[("[Content_Types].xml", b"<Types/>"), ("xl/sharedStrings.xml", strings.as_bytes())]),
        );
        let error = read(&path, &all()).err().unwrap().to_string();
        assert!(error.contains("claims more than it can hold"), "{error}");
    }

    #[test]
    fn an_archive_without_a_workbook_is_named_as_such() {
        let folder = Folder::new();
        let path = folder.write("gifts.xlsx", &archive(&[("gifts.csv", b"a,b\n")]));
        let met = read(&path, &all());
        assert!(matches!(met, Err(IntakeError::NotATable { .. })));
    }

    #[test]
    fn an_open_document_is_read_with_gaps_repeats_and_errors() {
        let folder = Folder::new();
        let rows = format!(
            "<table:table-row>{}<table:table-cell table:number-columns-repeated=\"2\"/>{}</table:table-row>\
             <table:table-row table:number-rows-repeated=\"3\"><table:table-cell table:number-columns-repeated=\"1000\"/></table:table-row>\
             <table:table-row><table:table-cell office:value-type=\"date\" office:date-value=\"1998-03-07\"/>\
             <table:table-cell office:value-type=\"float\" office:value=\"12.5\"/></table:table-row>\
             <table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>",
            cell("id"),
            cell("#N/A")
        );
        let (rows, _) = read(&folder.write("a.ods", &ods(&rows)), &all()).unwrap();
        let texts: Vec<_> = rows.iter().map(plain).collect();
        let strings = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        assert_eq!(texts[0], (1, strings(&["id", "", "", "#N/A"])));
        assert_eq!(texts[1], (5, strings(&["1998-03-07", "12.5"])));
        assert_eq!(rows[0].cell(3).kind, CellKind::Error);
        assert_eq!(rows[1].cell(0).kind, CellKind::Date);
    }

    #[test]
    fn an_open_document_that_never_closes_its_table_is_refused_instead_of_awaited() {
        let folder = Folder::new();
        let whole = format!("<table:table-row>{}</table:table-row>", cell("id"));
        let unended = format!("{whole}</table:<!");
        let hidden = format!("{whole}</table:t><!-- > </table:table> -->");
        let note = "<table:table-row><table:table-cell><office:annotation><text:p>x</text:p>\
             </table:table-cell></table:table-row>";
        for (rows, words) in
            [(unended, "ends too early"), (hidden, "hides markup"), (note.into(), "ends too early")]
        {
            // What the archive helper closes is broken here.
            let content = String::from_utf8(ods_content(&rows)).unwrap().replace("</table:table></", "</");
            let met = read(&folder.write("a.ods", &ods_of(content.as_bytes())), &all());
            let error = met.err().unwrap_or_else(|| panic!("{rows} was read")).to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn an_open_document_that_unfolds_to_a_monster_is_refused() {
        let folder = Folder::new();
        let repeated = "<table:table-row table:number-rows-repeated=\"1000000\">\
             <table:table-cell table:number-columns-repeated=\"100\" office:value-type=\"float\" office:value=\"1\"/>\
             </table:table-row>";
        let far = format!(
            "<table:table-row>{}</table:table-row>\
             <table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell/></table:table-row>\
             <table:table-row><table:table-cell table:number-columns-repeated=\"16000\"/>{}</table:table-row>",
            cell("a"),
            cell("b")
        );
        let spaces = "<table:table-row><table:table-cell office:value-type=\"string\">\
             <text:p><text:s text:c=\"4000000000\"/></text:p></table:table-cell></table:table-row>";
        for rows in [repeated, &far, spaces] {
            let met = read(&folder.write("a.ods", &ods(rows)), &all());
            assert!(matches!(met, Err(IntakeError::TooLarge { .. })), "{:?}", met.err());
        }
    }
}
