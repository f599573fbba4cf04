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

use crate::book::Trouble;
use crate::{CELLS_MAX, INFLATED_BYTES_MAX};

/// Below this size the ratio does not matter.
const RATIO_FROM_BYTES: u64 = 10 << 20;
/// Most a part may inflate, as a multiple of its size in the archive.
const RATIO_MAX: u64 = 200;
/// Most parts of an archive.
const PARTS_MAX: usize = 10_000;

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

/// Refuses an OpenDocument sheet whose grid would have too many cells.
pub(crate) fn check_ods(path: &Path) -> Result<(), Trouble> {
    let mut zip = open(path)?;
    let content = zip.by_name("content.xml").map_err(|_| damaged())?;
    let mut grid = Grid::default();
    each_tag(BufReader::new(content), |tag| grid.tag(tag))
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
                *self = Grid {
                    cells: self.cells,
                    ..Grid::default()
                };
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
            self.cells = self
                .cells
                .saturating_add(rows.saturating_mul(width).saturating_sub(before));
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
    let digits: String = digits
        .iter()
        .skip(1)
        .take_while(|b| b.is_ascii_digit())
        .map(|b| char::from(*b))
        .collect();
    digits.parse().unwrap_or(u64::from(u32::MAX))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|w| w == part)
}

/// Calls `each` with the inside of every tag, `<` and `>` left out. Tags longer than 64 KiB
/// are refused.
fn each_tag(
    mut xml: impl Read,
    mut each: impl FnMut(&[u8]) -> Result<(), Trouble>,
) -> Result<(), Trouble> {
    const TAG_MAX: usize = 64 << 10;
    let mut buffer = vec![0; TAG_MAX];
    let mut tag = Vec::new();
    let mut inside = false;
    loop {
        let n = xml.read(&mut buffer).map_err(|_| damaged())?;
        if n == 0 {
            return Ok(());
        }
        let mut rest = &buffer[..n];
        while !rest.is_empty() {
            let stop = if inside { b'>' } else { b'<' };
            let at = rest.iter().position(|b| *b == stop);
            let text = &rest[..at.unwrap_or(rest.len())];
            if inside {
                tag.extend_from_slice(text);
            }
            if tag.len() > TAG_MAX {
                return Err(Trouble::TooLarge("a tag of more than 64 KiB".to_owned()));
            }
            let Some(at) = at else { break };
            if inside {
                each(&tag)?;
                tag.clear();
            }
            inside = !inside;
            rest = &rest[at + 1..];
        }
    }
}
