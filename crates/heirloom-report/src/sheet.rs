//! Tables as files for a spreadsheet: guarded CSV, and a workbook whose texts stay texts.

use heirloom_model::Money;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

/// Most rows of one sheet of a workbook; a longer table is a CSV file.
pub const WORKBOOK_ROWS_MAX: usize = 500_000;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetCell {
    /// Text, whatever it looks like: zeros in front survive, nothing becomes a formula.
    Text(String),
    /// An amount that can be summed.
    Amount(Money),
    /// Nothing.
    Empty,
}

impl SheetCell {
    /// An id of the target; 0 is none.
    pub fn id(id: i64) -> SheetCell {
        if id > 0 { SheetCell::Text(id.to_string()) } else { SheetCell::Empty }
    }
}

/// A table with a name and a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its name, for people.
    pub name: &'static str,
    /// Its columns.
    pub header: &'static [&'static str],
    /// Its rows, as long as the header.
    pub rows: Vec<Vec<SheetCell>>,
}

/// Writes a table as CSV: UTF-8 with a byte order mark, so that Excel keeps accents.
///
/// A text that a spreadsheet would take for a formula gets an apostrophe in front.
pub fn csv(sheet: &Sheet) -> String {
    let mut out = String::from("\u{feff}");
    let header: Vec<String> = sheet.header.iter().map(|name| quoted(name)).collect();
    out.push_str(&header.join(","));
    out.push_str("\r\n");
    for row in &sheet.rows {
        let cells: Vec<String> = row.iter().map(csv_cell).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    out
}

/// Appends one line of CSV; cells as in [`csv`], but that a plain number stays one.
pub fn push_csv_line(out: &mut String, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&if is_number(cell) { (*cell).to_owned() } else { quoted(&guarded(cell)) });
    }
    out.push_str("\r\n");
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part].iter().all(|side| !side.is_empty() && side.bytes().all(|b| b.is_ascii_digit()))
}

fn csv_cell(cell: &SheetCell) -> String {
    match cell {
        SheetCell::Text(text) => quoted(&guarded(text)),
        SheetCell::Amount(money) => money.to_plain(),
        SheetCell::Empty => String::new(),
    }
}

/// Text that no spreadsheet takes for a formula.
fn guarded(text: &str) -> String {
    let formula =
        |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    if text.trim_start_matches([' ', '\u{a0}', '\u{feff}']).starts_with(formula) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\r', '\n', ';', '\t']) || text != text.trim() {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// Writes tables as one workbook; texts are text cells, amounts are numbers.
///
/// # Errors
/// More rows than [`WORKBOOK_ROWS_MAX`], a text longer than a cell holds (32,767 characters).
pub fn workbook(sheets: &[Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let (bold, text) = (Format::new().set_bold(), Format::new().set_num_format("@"));
    for sheet in sheets {
        if sheet.rows.len() > WORKBOOK_ROWS_MAX {
            return Err(XlsxError::RowColumnLimitError);
        }
        let page = book.add_worksheet().set_name(sheet.name)?;
        page.set_freeze_panes(1, 0)?;
        for (column, name) in (0u16..).zip(sheet.header) {
            page.write_string_with_format(0, column, *name, &bold)?;
            page.set_column_width(column, 18)?;
        }
        for (row, cells) in (1u32..).zip(&sheet.rows) {
            for (column, cell) in (0u16..).zip(cells) {
                write_cell(page, row, column, cell, &text)?;
            }
        }
    }
    book.save_to_buffer()
}

fn write_cell(
    page: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &SheetCell,
    text: &Format,
) -> Result<(), XlsxError> {
    match cell {
        SheetCell::Empty => {}
        SheetCell::Text(value) => {
            page.write_string_with_format(row, column, value, text)?;
        }
        SheetCell::Amount(money) => {
            let places = money.currency().exponent();
            let cents = "0".repeat(places as usize);
            let shown = if places == 0 { "#,##0".to_owned() } else { format!("#,##0.{cents}") };
            // Exact to the cent below 2^53 minor units, and a spreadsheet knows no other numbers.
            let value = money.minor() as f64 / 10f64.powi(places as i32);
            page.write_number_with_format(row, column, value, &Format::new().set_num_format(shown))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use heirloom_model::Currency;

    fn sheet(texts: &[&str]) -> Sheet {
        let mut row: Vec<SheetCell> = texts.iter().map(|t| SheetCell::Text((*t).to_owned())).collect();
        row.push(SheetCell::Amount(Money::new(-1_250, Currency::USD)));
        Sheet { name: "Gifts", header: &["a", "b"], rows: vec![row] }
    }

    #[test]
    fn no_cell_of_a_csv_file_is_a_formula() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-5", "'-5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" =1", "' =1"),
            ("\t=1", "\"'\t=1\""),
            ("=\"a,b\"", "\"'=\"\"a,b\"\"\""),
            ("00107", "00107"),
            ("a=1", "a=1"),
            ("O'Hara", "O'Hara"),
        ] {
            let written = csv(&sheet(&[text]));
            assert_eq!(written, format!("\u{feff}a,b\r\n{expected},-12.50\r\n"), "{text:?}");
        }
    }

    #[test]
    fn a_line_guards_formulas_and_keeps_numbers() {
        for (cell, expected) in [
            ("plain", "plain"),
            ("+44 20", "'+44 20"),
            ("-2.5", "-2.5"),
            ("-2+3", "'-2+3"),
            ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
            ("a, \"b\"", "\"a, \"\"b\"\"\""),
            ("00042", "00042"),
        ] {
            let mut line = String::new();
            push_csv_line(&mut line, &[cell, "x"]);
            assert_eq!(line, format!("{expected},x\r\n"), "{cell}");
        }
    }

    #[test]
    fn a_workbook_is_made_of_any_text() {
        let bytes = workbook(&[sheet(&["=cmd|' /C calc'!A0"])]).unwrap();
        assert!(bytes.starts_with(b"PK"));
    }
}
