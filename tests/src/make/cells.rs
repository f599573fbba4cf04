//! How a gift row is written: one list of columns, two kinds of files.

use std::error::Error;
use std::io::Write;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Formula, Workbook, Worksheet};

use super::constituents::windows_1252;
use super::gift::{Row, When};

const HEADER: [&str; 18] = [
    "Gift ID",
    "Constituent ID",
    "Constituent Name",
    "Gift Date",
    "Gift Type",
    "Gift Amount",
    "Payment Method",
    "Fund Description",
    "Appeal Description",
    "Check Number",
    "Gift Subtype",
    "Issuer Symbol",
    "Number of Units",
    "Gift Reference",
    "Gift is Anonymous",
    "Tribute Type",
    "Tribute Name",
    "Soft Credit Constituent ID",
];
const DATE: u16 = 3;
const AMOUNT: u16 = 5;
const FUND: u16 = 7;

/// The two sheets of the workbook, before and from 2017.
pub const SHEETS: [&str; 2] = ["Gifts 2009-2016", "Gifts 2017-2024"];

/// Somewhere to write gift rows to.
pub trait Table {
    /// Writes one row.
    ///
    /// # Errors
    /// Those of writing.
    fn row(&mut self, row: &Row) -> Result<(), Box<dyn Error>>;
}

/// A comma-separated file; memory does not grow with it.
pub struct Text<W: Write>(csv::Writer<W>);

impl<W: Write> Text<W> {
    /// Begins with the header.
    ///
    /// # Errors
    /// Those of writing.
    pub fn new(file: W) -> Result<Text<W>, Box<dyn Error>> {
        let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
        table.write_record(HEADER)?;
        Ok(Text(table))
    }
}

impl<W: Write> Table for Text<W> {
    fn row(&mut self, row: &Row) -> Result<(), Box<dyn Error>> {
        Ok(self.0.write_record(texts(row).iter().map(|text| windows_1252(text)))?)
    }
}

/// A workbook with titles, two sheets and grand totals.
pub struct Book {
    book: Workbook,
    rows: [u32; 2],
    sums: [i64; 2],
    day: Format,
}

impl Book {
    /// Begins both sheets: three title lines, and the header in row 4.
    ///
    /// # Errors
    /// Those of the workbook writer.
    pub fn new(name: &str) -> Result<Book, Box<dyn Error>> {
        let mut book = Workbook::new();
        let made = ExcelDateTime::from_ymd(2026, 3, 2)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let bold = Format::new().set_bold();
        for title in SHEETS {
            let sheet = book.add_worksheet().set_name(title)?;
            sheet.write_with_format(0, 0, name, &bold)?;
            sheet.write(1, 0, format!("Gift detail report, all gift types: {title}"))?;
            sheet.write(2, 0, "Printed 3/2/2026 8:05 AM by dana")?;
            for (column, label) in (0u16..).zip(HEADER) {
                sheet.write_with_format(3, column, label, &bold)?;
                sheet.set_column_width(column, 16)?;
            }
        }
        let day = Format::new().set_num_format("m/d/yyyy");
        Ok(Book { book, rows: [4, 4], sums: [0, 0], day })
    }

    /// Writes the grand totals and gives the file's bytes.
    ///
    /// # Errors
    /// Those of the workbook writer.
    pub fn finish(mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        for ((title, row), sum) in SHEETS.iter().zip(self.rows).zip(self.sums) {
            let sheet = self.book.worksheet_from_name(title)?;
            sheet.write(row, 0, "Grand Total")?;
            sheet.write(row, AMOUNT, units(sum))?;
            sheet.write(row + 1, 0, "Report generated for the board; not for the auditor")?;
        }
        Ok(self.book.save_to_buffer()?)
    }
}

impl Table for Book {
    fn row(&mut self, row: &Row) -> Result<(), Box<dyn Error>> {
        let of = usize::from(row.late_sheet);
        let at = self.rows[of];
        self.rows[of] += 1;
        self.sums[of] += row.cents;
        let sheet = self.book.worksheet_from_index(of)?;
        for (column, text) in (0u16..).zip(texts(row)) {
            match column {
                DATE => date(sheet, at, row, &text, &self.day)?,
                AMOUNT => amount(sheet, at, row, &text)?,
                FUND if text.starts_with('#') => {
                    sheet.write_formula(at, FUND, Formula::new("=NA()").set_result(text))?;
                }
                1 | 9 | 12 if row.style.is_multiple_of(3) && !text.is_empty() => {
                    sheet.write(at, column, text.parse::<u32>()?)?;
                }
                _ if text.is_empty() => {}
                _ => {
                    sheet.write_string(at, column, text)?;
                }
            }
        }
        Ok(())
    }
}

/// Half of the dates are dates; Excel has none before 1900.
fn date(
    sheet: &mut Worksheet,
    at: u32,
    row: &Row,
    text: &str,
    format: &Format,
) -> Result<(), Box<dyn Error>> {
    match row.when {
        When::Day(year @ 1900.., month, day) if row.style % 4 < 2 => {
            let (year, month, day) = (u16::try_from(year)?, u8::try_from(month)?, u8::try_from(day)?);
            sheet.write_with_format(at, DATE, &ExcelDateTime::from_ymd(year, month, day)?, format)?;
        }
        _ => {
            sheet.write_string(at, DATE, text)?;
        }
    }
    Ok(())
}

/// Three amounts of four are numbers; the rest are texts such as `$1,234.50`.
fn amount(sheet: &mut Worksheet, at: u32, row: &Row, text: &str) -> Result<(), Box<dyn Error>> {
    if row.said.is_some() || text.starts_with('$') || row.style == 97 {
        sheet.write_string(at, AMOUNT, text)?;
    } else {
        sheet.write(at, AMOUNT, units(row.cents))?;
    }
    Ok(())
}

/// The float that Excel keeps for an amount.
fn units(cents: i64) -> f64 {
    cents as f64 / 100.0
}

fn texts(row: &Row) -> [String; 18] {
    [
        row.gift_id.clone(),
        row.donor_id.clone(),
        row.donor_name.clone(),
        date_text(row),
        row.kind.into(),
        row.said.map_or_else(|| amount_text(row.cents, row.style), str::to_owned),
        row.method.into(),
        row.fund.into(),
        row.appeal.into(),
        row.check.clone(),
        row.subtype.into(),
        row.symbol.into(),
        row.units.clone(),
        row.reference.clone(),
        if row.anonymous { "Yes" } else { "No" }.into(),
        row.tribute.0.into(),
        row.tribute.1.clone(),
        row.soft_credit.clone(),
    ]
}

/// `M/d/yyyy`, or `MM/dd/yyyy` for every fourth.
fn date_text(row: &Row) -> String {
    match row.when {
        When::Day(year, month, day) if row.style % 4 == 3 => format!("{month:02}/{day:02}/{year}"),
        When::Day(year, month, day) => format!("{month}/{day}/{year}"),
        When::Text(text) => text.into(),
        When::Blank => String::new(),
    }
}

fn amount_text(cents: i64, style: u64) -> String {
    let plain = format!("{}.{:02}", cents / 100, cents % 100);
    if !(style / 4).is_multiple_of(4) {
        return plain;
    }
    let (whole, rest) = plain.split_at(plain.len() - 3);
    let mut grouped = String::from("$");
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_volunteers_write_them() {
        for (cents, style, expected) in [
            (123_450, 0, "$1,234.50"),
            (5, 1, "$0.05"),
            (100_000_000, 0, "$1,000,000.00"),
            (99_999, 4, "999.99"),
        ] {
            assert_eq!(amount_text(cents, style), expected);
        }
    }
}
