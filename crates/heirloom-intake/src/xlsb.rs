//! What calamine leaves out of `.xlsb` sheets: formulas whose value is an error
//! (record `BrtFmlaError`). Left out they would look empty, which an error never is.
//!
//! Records after MS-XLSB 2.1.4: a type and a length of 7 bits a byte, then the content.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use calamine::CellErrorType;
use zip::ZipArchive;

use crate::CELLS_MAX;
use crate::error::Trouble;

/// Place (row and column from 0) and value of a formula's error.
pub(crate) type FormulaError = (u32, u32, CellErrorType);

const RECORD_BYTES_MAX: usize = 16 << 20;
const ROW_HEADER: u16 = 0x0000;
const FORMULA_ERROR: u16 = 0x000B;
const BUNDLE_SHEET: u16 = 0x009C;
const END_OF_SHEETS: u16 = 0x0090;

/// The errors of every sheet, by the sheet's name, in the order of the file.
pub(crate) fn formula_errors(path: &Path) -> Result<BTreeMap<String, Vec<FormulaError>>, Trouble> {
    let file = File::open(path).map_err(|e| Trouble::Damaged(e.to_string()))?;
    let mut zip = ZipArchive::new(BufReader::new(file)).map_err(|_| damaged())?;
    let mut targets = String::new();
    if let Ok(part) = zip.by_name("xl/_rels/workbook.bin.rels") {
        part.take(1 << 20).read_to_string(&mut targets).map_err(|_| damaged())?;
    }
    let mut found = BTreeMap::new();
    for (id, name) in sheets(&mut zip)? {
        let Some(target) = target(&targets, &id) else {
            continue;
        };
        let errors = sheet_errors(&mut zip, &format!("xl/{target}"))?;
        found.insert(name, errors);
    }
    Ok(found)
}

fn damaged() -> Trouble {
    Trouble::Damaged("its archive is damaged or cut short".to_owned())
}

/// Relationship id and name of every sheet.
fn sheets(zip: &mut ZipArchive<BufReader<File>>) -> Result<Vec<(String, String)>, Trouble> {
    let mut found = Vec::new();
    each_record(zip, "xl/workbook.bin", |kind, data| {
        if kind == BUNDLE_SHEET {
            found.extend(wide(data, 8).and_then(|(id, at)| Some((id, wide(data, at)?.0))));
        }
        Ok(kind != END_OF_SHEETS)
    })?;
    Ok(found)
}

fn sheet_errors(zip: &mut ZipArchive<BufReader<File>>, part: &str) -> Result<Vec<FormulaError>, Trouble> {
    let mut row = 0;
    let mut errors = Vec::new();
    each_record(zip, part, |kind, data| {
        match kind {
            ROW_HEADER => row = word(data, 0).unwrap_or(u32::MAX),
            FORMULA_ERROR => {
                let column = word(data, 0).ok_or_else(damaged)?;
                let code = *data.get(8).ok_or_else(damaged)?;
                errors.push((row, column, error(code)));
            }
            _ => {}
        }
        if errors.len() as u64 > CELLS_MAX {
            return Err(Trouble::TooLarge(format!("more than {CELLS_MAX} cells")));
        }
        Ok(true)
    })?;
    Ok(errors)
}

/// MS-XLSB 2.5.97.2 BErr; a code of a later Excel is an error all the same.
fn error(code: u8) -> CellErrorType {
    match code {
        0x00 => CellErrorType::Null,
        0x07 => CellErrorType::Div0,
        0x17 => CellErrorType::Ref,
        0x1D => CellErrorType::Name,
        0x24 => CellErrorType::Num,
        0x2A => CellErrorType::NA,
        0x2B => CellErrorType::GettingData,
        _ => CellErrorType::Value,
    }
}

/// Calls `each` with type and content of every record until it says `false`.
/// A part that is not there has no records.
fn each_record(
    zip: &mut ZipArchive<BufReader<File>>,
    part: &str,
    mut each: impl FnMut(u16, &[u8]) -> Result<bool, Trouble>,
) -> Result<(), Trouble> {
    let Ok(part) = zip.by_name(part) else {
        return Ok(());
    };
    let mut input = BufReader::new(part);
    let mut data = Vec::new();
    while let Some(kind) = number(&mut input, 2)? {
        let length = number(&mut input, 4)?.unwrap_or(0) as usize;
        if length > RECORD_BYTES_MAX {
            return Err(Trouble::Damaged("a record has an absurd length".to_owned()));
        }
        data.resize(length, 0);
        input.read_exact(&mut data).map_err(|_| damaged())?;
        if !each(kind as u16, &data)? {
            break;
        }
    }
    Ok(())
}

/// A number of 7 bits a byte, the lowest first; `None` at the end of the part.
fn number(input: &mut impl Read, bytes_max: u32) -> Result<Option<u32>, Trouble> {
    let mut value = 0;
    for index in 0..bytes_max {
        let mut byte = [0];
        if input.read(&mut byte).map_err(|_| damaged())? == 0 {
            return if index == 0 { Ok(None) } else { Err(damaged()) };
        }
        value |= u32::from(byte[0] & 0x7F) << (7 * index);
        if byte[0] & 0x80 == 0 {
            break;
        }
    }
    Ok(Some(value))
}

fn word(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

/// A string of 16-bit characters with its length before it, and the place behind it.
fn wide(data: &[u8], at: usize) -> Option<(String, usize)> {
    let end = at + 4 + 2 * word(data, at)? as usize;
    let units = data.get(at + 4..end)?.chunks_exact(2);
    let units: Vec<u16> = units.map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
    Some((String::from_utf16_lossy(&units), end))
}

fn target(relationships: &str, id: &str) -> Option<String> {
    let quoted = format!("Id=\"{id}\"");
    let element = relationships.split('<').find(|element| element.contains(&quoted))?;
    let value = element.split("Target=\"").nth(1)?.split('"').next()?;
    Some(value.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Folder, all, plain, read};
    use heirloom_model::CellKind;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = match kind {
            0..0x80 => vec![kind as u8],
            _ => vec![kind as u8 | 0x80, (kind >> 7) as u8],
        };
        assert!(data.len() < 0x80);
        bytes.push(data.len() as u8);
        bytes.extend(data);
        bytes
    }

    fn wide(text: &str) -> Vec<u8> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut bytes = (units.len() as u32).to_le_bytes().to_vec();
        bytes.extend(units.iter().flat_map(|u| u.to_le_bytes()));
        bytes
    }

    fn cell(kind: u16, column: u32, value: &[u8]) -> Vec<u8> {
        let mut data = column.to_le_bytes().to_vec();
        data.extend([0; 4]);
        data.extend(value);
        record(kind, &data)
    }

    /// A binary workbook of one sheet, written by the specification.
    fn workbook() -> Vec<u8> {
        let bundle = [vec![0; 8], wide("rId1"), wide("Gifts")].concat();
        let book = [record(0x0083, &[]), record(0x009C, &bundle), record(0x0090, &[]), record(0x0084, &[])];
        let row = |n: u32| record(0x0000, &[n.to_le_bytes().to_vec(), vec![0; 13]].concat());
        let sheet = [
            record(0x0081, &[]),
            record(0x0094, &[0; 16]),
            record(0x0091, &[]),
            row(1),
            cell(0x0006, 0, &wide("id")),
            cell(0x000B, 1, &[0x2A, 0, 0]),
            cell(0x0005, 3, &1250.5f64.to_le_bytes()),
            row(4),
            cell(0x0003, 0, &[0x07]),
            cell(0x0004, 1, &[1]),
            cell(0x000B, 2, &[0x17, 0, 0]),
            record(0x0092, &[]),
        ];
        let rels = "<?xml version=\"1.0\"?><Relationships><Relationship Id=\"rId1\" \
            Type=\"t\" Target=\"worksheets/sheet1.bin\"/></Relationships>";
        let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in [
            ("[Content_Types].xml", b"<Types/>".to_vec()),
            ("xl/workbook.bin", book.concat()),
            ("xl/_rels/workbook.bin.rels", rels.as_bytes().to_vec()),
            ("xl/worksheets/sheet1.bin", sheet.concat()),
        ] {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(&bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    #[test]
    fn a_formula_that_fails_is_an_error_and_not_an_empty_cell() {
        let folder = Folder::new();
        let (rows, _) = read(&folder.write("a.xlsb", &workbook()), &all()).unwrap();
        let strings = |cells: &[&str]| cells.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>();
        assert_eq!(plain(&rows[0]), (2, strings(&["id", "#N/A", "", "1250.5"])));
        assert_eq!(plain(&rows[1]), (5, strings(&["#DIV/0!", "TRUE", "#REF!"])));
        assert_eq!(rows[0].cell(1).kind, CellKind::Error);
        assert_eq!(rows[1].cell(2).kind, CellKind::Error);
    }

    #[test]
    fn a_damaged_binary_workbook_never_panics() {
        let folder = Folder::new();
        let whole = workbook();
        for step in (0..whole.len() * 2).step_by(3) {
            let mut bytes = whole.clone();
            bytes[step / 2] ^= if step % 2 == 0 { 0xFF } else { 0x11 };
            let _ = read(&folder.write("hurt.xlsb", &bytes), &all());
        }
    }
}
