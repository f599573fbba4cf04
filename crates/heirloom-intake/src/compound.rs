//! Old workbooks (`.xls`) measured before they are parsed: calamine lays out every
//! sheet as a grid and believes the size a sheet declares, so a file of some
//! kilobytes could ask for more memory than there is.
//!
//! Follows MS-CFB for the container and MS-XLS for the records, as far as needed to
//! find where cells lie. What cannot be followed is left for calamine to refuse.

use crate::CELLS_MAX;
use crate::error::Trouble;

const END_OF_CHAIN: u32 = 0xFFFF_FFFA;
/// More sheets than any export has; each may point to the same cells.
const SHEETS_MAX: usize = 1_000;

/// Refuses an old workbook whose grids would have too many cells.
pub(crate) fn check(file: &[u8]) -> Result<(), Trouble> {
    let stream = Container::open(file).and_then(|container| {
        let found = container.stream("Workbook");
        found.or_else(|| container.stream("Book"))
    });
    stream.map_or(Ok(()), |stream| check_records(&stream))
}

/// The container: sectors chained by a table.
struct Container<'a> {
    file: &'a [u8],
    sector: usize,
    table: Vec<u32>,
    directory: Vec<u8>,
}

impl<'a> Container<'a> {
    fn open(file: &'a [u8]) -> Option<Self> {
        let sector = 1usize.checked_shl(u32::from(u16_at(file, 30)?))?;
        if !matches!(sector, 512 | 4096) {
            return None;
        }
        let mut container = Container { file, sector, table: Vec::new(), directory: Vec::new() };
        let mut ids: Vec<u32> = (0..109).filter_map(|i| u32_at(file, 76 + 4 * i)).collect();
        let mut next = u32_at(file, 68)?;
        let sectors_max = file.len() / sector + 1;
        while next < END_OF_CHAIN && ids.len() < sectors_max + 109 {
            let numbers = words(container.sector_bytes(next)?);
            let (last, more) = numbers.split_last()?;
            ids.extend_from_slice(more);
            next = *last;
        }
        for id in ids.into_iter().filter(|id| *id < END_OF_CHAIN) {
            let numbers = container.sector_bytes(id).map(words)?;
            container.table.extend(numbers);
        }
        container.directory = container.chain(u32_at(file, 48)?, usize::MAX);
        Some(container)
    }

    fn sector_bytes(&self, id: u32) -> Option<&'a [u8]> {
        let start = (id as usize).checked_add(1)?.checked_mul(self.sector)?;
        let end = start.saturating_add(self.sector).min(self.file.len());
        self.file.get(start..end)
    }

    fn chain(&self, first: u32, length: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut id = first;
        // A chain cannot be longer than the file, whatever loops it has.
        while id < END_OF_CHAIN && bytes.len() <= self.file.len() {
            let Some(sector) = self.sector_bytes(id) else {
                break;
            };
            bytes.extend_from_slice(sector);
            let Some(next) = self.table.get(id as usize) else {
                break;
            };
            id = *next;
        }
        bytes.truncate(length);
        bytes
    }

    fn stream(&self, name: &str) -> Option<Vec<u8>> {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut entries = self.directory.chunks_exact(128);
        let root = self.directory.get(..128)?;
        let entry = entries.find(|entry| {
            entry[..wide.len()].eq_ignore_ascii_case(&wide) && entry[wide.len()..][..2] == [0, 0]
        })?;
        let (first, length) = (u32_at(entry, 116)?, u32_at(entry, 120)? as usize);
        if length >= 4096 {
            return Some(self.chain(first, length));
        }
        self.small_stream(root, first, length)
    }

    /// Streams below 4 KiB lie in sectors of 64 bytes inside the root's own stream.
    fn small_stream(&self, root: &[u8], first: u32, length: usize) -> Option<Vec<u8>> {
        let body = self.chain(u32_at(root, 116)?, u32_at(root, 120)? as usize);
        let table = words(&self.chain(u32_at(self.file, 60)?, usize::MAX));
        let (mut bytes, mut id) = (Vec::new(), first);
        while id < END_OF_CHAIN && bytes.len() < length {
            let start = id as usize * 64;
            let Some(part) = body.get(start..(start + 64).min(body.len())) else {
                break;
            };
            bytes.extend_from_slice(part);
            let Some(next) = table.get(id as usize) else {
                break;
            };
            id = *next;
        }
        bytes.truncate(length);
        Some(bytes)
    }
}

/// Walks the workbook's records, then those of each sheet.
fn check_records(stream: &[u8]) -> Result<(), Trouble> {
    let mut sheets = Vec::new();
    for (kind, data) in records(stream) {
        match kind {
            0x0085 => sheets.extend(u32_at(data, 0)),
            0x000A => break,
            _ => {}
        }
    }
    if sheets.len() > SHEETS_MAX {
        return Err(Trouble::TooLarge(format!("more than {SHEETS_MAX} sheets")));
    }
    let mut cells = 0u64;
    for at in sheets {
        let Some(sheet) = stream.get(at as usize..) else {
            continue;
        };
        let mut grid = Grid::default();
        for (kind, data) in records(sheet) {
            if kind == 0x000A {
                break;
            }
            too_many(grid.record(kind, data))?;
        }
        cells = cells.saturating_add(grid.cells());
        too_many(cells)?;
    }
    Ok(())
}

fn too_many(cells: u64) -> Result<(), Trouble> {
    if cells <= CELLS_MAX {
        return Ok(());
    }
    Err(Trouble::TooLarge(format!("more than {CELLS_MAX} cells in the workbook")))
}

/// The rectangle that the cells of a sheet span.
#[derive(Default)]
struct Grid {
    span: Option<([u64; 2], [u64; 2])>,
}

impl Grid {
    /// Takes a record; gives the cells that it alone makes the reader ask room for.
    fn record(&mut self, kind: u16, data: &[u8]) -> u64 {
        match kind {
            0x0200 => declared(data),
            0x00BD | 0x0006 | 0x0203..=0x0205 | 0x00D6 | 0x00FD | 0x027E => {
                if let (Some(row), Some(column)) = (u16_at(data, 0), u16_at(data, 2)) {
                    self.include(u64::from(row), u64::from(column));
                    let last = data.len().checked_sub(2).and_then(|at| u16_at(data, at));
                    if let (0x00BD, Some(last)) = (kind, last) {
                        self.include(u64::from(row), u64::from(last));
                    }
                }
                0
            }
            _ => 0,
        }
    }

    fn include(&mut self, row: u64, column: u64) {
        let ([top, left], [bottom, right]) = self.span.unwrap_or(([row, column], [row, column]));
        self.span = Some(([top.min(row), left.min(column)], [bottom.max(row), right.max(column)]));
    }

    fn cells(&self) -> u64 {
        self.span.map_or(0, |([top, left], [bottom, right])| (bottom - top + 1) * (right - left + 1))
    }
}

/// The size a sheet declares for itself.
fn declared(data: &[u8]) -> u64 {
    let (rows, columns) = if data.len() == 10 {
        (u16_at(data, 2).map(u32::from), u16_at(data, 6))
    } else {
        (u32_at(data, 4), u16_at(data, 10))
    };
    u64::from(rows.unwrap_or(0)) * u64::from(columns.unwrap_or(0))
}

/// The records of a stream: kind and content.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let kind = u16_at(stream, at)?;
        let length = usize::from(u16_at(stream, at + 2)?);
        let data = stream.get(at + 4..at + 4 + length)?;
        at += 4 + length;
        Some((kind, data))
    })
}

fn words(bytes: &[u8]) -> Vec<u32> {
    (0..bytes.len() / 4).filter_map(|i| u32_at(bytes, 4 * i)).collect()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend((data.len() as u16).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    /// A stream whose `sheets` bound sheets all point to one sheet with these records.
    fn stream(sheets: usize, records: &[Vec<u8>]) -> Vec<u8> {
        let start = (sheets * 12 + 4) as u32;
        let mut bound = start.to_le_bytes().to_vec();
        bound.extend([0; 4]);
        let mut bytes = record(0x0085, &bound).repeat(sheets);
        bytes.extend(record(0x000A, &[]));
        records.iter().for_each(|r| bytes.extend(r));
        bytes.extend(record(0x000A, &[]));
        bytes
    }

    fn number(row: u16, column: u16) -> Vec<u8> {
        let mut data = row.to_le_bytes().to_vec();
        data.extend(column.to_le_bytes());
        data.extend([0; 10]);
        record(0x0203, &data)
    }

    #[test]
    fn a_far_corner_counts_as_the_whole_rectangle() {
        let corners = [number(0, 0), number(65_535, 255)];
        assert!(check_records(&stream(1, &corners)).is_ok());
        assert!(matches!(check_records(&stream(2, &corners)), Err(Trouble::TooLarge(_))));
    }

    #[test]
    fn a_declared_size_that_no_sheet_has_is_refused() {
        let mut data = vec![0; 4];
        data.extend(u32::MAX.to_le_bytes());
        data.extend([0, 0, 0xFF, 0xFF, 0, 0]);
        assert!(check_records(&stream(1, &[record(0x0200, &data)])).is_err());
    }

    #[test]
    fn rubbish_is_left_to_the_reader() {
        assert!(check(b"").is_ok());
        assert!(check(&[0xFF; 4096]).is_ok());
        let mut looped = vec![0; 4096];
        looped[30] = 9;
        assert!(check(&looped).is_ok());
    }
}
