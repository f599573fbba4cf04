//! Files that nobody here shaped: what is known about them must come out.
//! Skipped, and said so, where the shared folder is not present.

use std::collections::BTreeMap;
use std::path::PathBuf;

use heirloom_intake::{IntakeError, ReadAs, SheetChoice, SourceFile};
use heirloom_model::{CellKind, FileId, SourceRow};

fn folder() -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real-files");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: {} is not present", path.display());
    None
}

fn all() -> ReadAs {
    ReadAs { sheets: SheetChoice::All, ..ReadAs::default() }
}

/// The rows, or why there are none; nothing if the folder is not present.
fn read(name: &str) -> Option<Result<Vec<SourceRow>, IntakeError>> {
    let path = folder()?.join(name);
    Some(SourceFile::open(&path, &all()).and_then(|opened| opened.rows(FileId(1)).collect()))
}

/// File, number of rows, index of a row, its number in the file, a column, its kind and text; found
/// out by other programs (Python's csv, and the XML of workbooks by eye).
type Known = (&'static str, usize, usize, u32, usize, CellKind, &'static str);

#[rustfmt::skip]
const KNOWN: &[Known] = &[
    ("csv-spectrum/newlines.csv", 4, 3, 5, 0, CellKind::Text, "7"),
    ("csvkit/mac_newlines.csv", 3, 2, 3, 0, CellKind::Text, "Once upon\ra time"),
    ("csvkit/null_byte.csv", 2, 1, 2, 0, CellKind::Text, "\0"),
    ("csvkit/test_utf16_little.csv", 3, 2, 3, 2, CellKind::Text, "ʤ"),
    ("csvkit/bad.csv", 4, 1, 2, 3, CellKind::Text, "I'm too long!"),
    ("csvkit/ne_1033_data.xlsx", 1037, 1, 2, 9, CellKind::Date, "2008-07-11"),
    ("febrl/dataset1.csv", 1001, 1, 2, 2, CellKind::Text, " waller"),
    ("frictionless/bom.csv", 3, 0, 1, 0, CellKind::Text, "id"),
    ("frictionless/latin1.csv", 3, 2, 3, 1, CellKind::Text, "©"),
    ("frictionless/leading-zeros.csv", 4, 2, 3, 0, CellKind::Text, "002"),
    ("frictionless/blank-rows-multiple.csv", 3, 2, 3, 1, CellKind::Text, "Julie"),
    ("frictionless/issue-1009-semicolon.csv", 2, 1, 2, 0, CellKind::Text, "0123"),
    ("frictionless/table-with-accents.csv", 639, 0, 1, 3, CellKind::Text, "Année"),
    ("frictionless/adjust-floating-point-error.xlsx", 6, 2, 3, 1, CellKind::Number, "68.66499999999999"),
    ("frictionless/cast-int-to-string-issue-1251.xls", 3, 2, 3, 2, CellKind::Number, "1"),
    ("messytables/utf-16le_encoded.csv", 328, 1, 2, 0, CellKind::Text, "5C1"),
    ("messytables/spanish_chars.csv", 116, 0, 1, 7, CellKind::Text, "Descripción"),
    ("messytables/long.csv", 4000, 3999, 4000, 0, CellKind::Text, "foo"),
    ("openrefine/dates.xls", 12, 0, 1, 0, CellKind::Date, "2021-04-18"),
    ("qsv/FCOServices_TransparencySpend_May2011.csv", 5, 4, 5, 7, CellKind::Text, "78,389.21"),
    ("qsv/excel-1904-epoch.xlsx", 3, 1, 2, 1, CellKind::Date, "2024-01-15"),
    ("qsv/excel-large-floats.xlsx", 2, 1, 2, 0, CellKind::Number, "9.22337203685478E+19"),
    ("readxl/dates-1904.xls", 1, 0, 1, 0, CellKind::Date, "2000-01-01"),
    ("readxl/deaths.xlsx", 38, 5, 6, 4, CellKind::Date, "1947-01-08"),
    ("calamine/errors.xlsx", 7, 0, 1, 0, CellKind::Error, "#DIV/0!"),
    ("calamine/date_1904.xlsx", 3, 0, 1, 0, CellKind::Date, "2021-01-01"),
    ("calamine/header-row.xlsx", 3, 1, 9, 0, CellKind::Text, "Columns"),
    ("calamine/has_x000D_.xlsx", 1, 0, 1, 0, CellKind::Text, "ABC\r\nDEF"),
    ("calamine/OOM_alloc2.xls", 192, 1, 2, 0, CellKind::Number, "25885"),
    ("calamine/xls_wrong_decimals.xls", 1, 0, 1, 0, CellKind::Number, "0.525625"),
    ("sheetjs/ErrorTypes.xlsx", 14, 2, 3, 0, CellKind::Error, "#DIV/0!"),
    ("sheetjs/ErrorTypes.csv", 14, 2, 3, 0, CellKind::Text, "#DIV/0!"),
    ("calamine/merge_cells.xlsx", 2, 1, 2, 1, CellKind::Text, "Chunk Merged"),
    ("csv-spectrum/comma_in_quotes.csv", 2, 1, 2, 4, CellKind::Text, "08123"),
    ("csv-spectrum/empty.csv", 3, 1, 2, 1, CellKind::Empty, ""),
    ("csv-spectrum/escaped_quotes.csv", 3, 1, 2, 1, CellKind::Text, "ha \"ha\" ha"),
    ("csv-spectrum/quotes_and_newlines.csv", 3, 2, 5, 1, CellKind::Text, "4"),
    ("csv-spectrum/simple.csv", 2, 1, 2, 2, CellKind::Text, "3"),
    ("csvkit/Datagov_FY10_EDU_recp_by_State.csv", 57, 1, 3, 0, CellKind::Text, "State Name"),
    ("csvkit/test_header_newline.csv", 2, 1, 8, 2, CellKind::Text, "f"),
    ("csvkit/test_locale.csv", 2, 1, 2, 1, CellKind::Text, "200.000.000"),
    ("frictionless/defective-rows.csv", 3, 2, 3, 3, CellKind::Text, "Potatoes"),
    ("frictionless/doublequote.csv", 6, 5, 6, 16, CellKind::Text, ".001586"),
    ("frictionless/duplicate-headers.csv", 3, 2, 3, 4, CellKind::Text, "001102"),
    ("frictionless/merged-cells.xlsx", 1, 0, 1, 0, CellKind::Text, "data"),
    ("frictionless/number-test.csv", 14, 13, 14, 5, CellKind::Text, "4e4"),
    ("frictionless/sheets.xlsx", 6, 3, 2, 1, CellKind::Text, "paris"),
    ("frictionless/skip-rows.xlsx", 4, 3, 4, 1, CellKind::Text, "TOTAL"),
    ("messytables/complex.csv", 4, 3, 4, 2, CellKind::Text, "6,000,000"),
    ("messytables/excel_pasting.csv", 19, 2, 4, 0, CellKind::Text, "Year"),
    ("messytables/span_rich.xls", 6, 1, 2, 1, CellKind::Text, "MERGE"),
    ("messytables/unicode_sheet_name.xls", 1, 0, 1, 1, CellKind::Empty, ""),
    ("npsp/NPSP_Data_Import_Template_csv.csv", 5, 4, 6, 66, CellKind::Text, "NPSP__PAYMENTIMPORTED__C"),
    ("npsp_trailhead/Account.csv", 116, 115, 116, 47, CellKind::Text, "false"),
    ("npsp_trailhead/Campaign.csv", 18, 17, 18, 9, CellKind::Text, "7016g000000gmWZAAY"),
    ("npsp_trailhead/Contact.csv", 167, 166, 167, 75, CellKind::Text, "a0e6g000000OuHTAA0"),
    ("npsp_trailhead/Opportunity.csv", 103, 102, 103, 52, CellKind::Text, "0036g000006JcekAAC"),
    ("npsp_trailhead/OpportunityContactRole.csv", 223, 222, 223, 4, CellKind::Text, "0066g00001COGTGAA5"),
    ("npsp_trailhead/npe01__OppPayment__c.csv", 105, 104, 105, 11, CellKind::Text, "0066g00000p2SN0AAM"),
    (
            "npsp_trailhead/npe03__Recurring_Donation__c.csv",
            3,
            2,
            3,
            16,
            CellKind::Text,
            "7016g000000gmWNAAY",
        ),
    ("npsp_trailhead/npe4__Relationship__c.csv", 19, 18, 19, 8, CellKind::Text, "0036g000006JchGAAS"),
    ("npsp_trailhead/npsp__Allocation__c.csv", 106, 105, 106, 5, CellKind::Text, "0066g00000p2SN0AAM"),
    ("npsp_trailhead/npsp__General_Accounting_Unit__c.csv", 5, 4, 5, 18, CellKind::Text, "0.0"),
    ("npsp_trailhead/npsp__Partial_Soft_Credit__c.csv", 6, 5, 6, 4, CellKind::Text, "0066g00001COGSMAA5"),
    ("openrefine/example-linebreaks-in-cells.csv", 3, 2, 4, 2, CellKind::Text, "1769"),
    ("openrefine/example-utf16le-bom.tsv", 3, 2, 3, 10, CellKind::Text, "2002-0752"),
    ("orgnames/ciob_official_fundraising.csv", 2337, 1, 2, 2, CellKind::Text, "Children’s Village"),
    ("qsv/excel-xlsx.xlsx", 61, 2, 3, 3, CellKind::Text, "not a date"),
    ("readxl/big-texty-numbers-xlsx.xlsx", 7, 3, 4, 0, CellKind::Number, "2147483648"),
    ("readxl/currency-formats-xlsx.xlsx", 3, 2, 3, 2, CellKind::Number, "10000"),
    ("readxl/iris-google-doc.xlsx", 151, 3, 4, 4, CellKind::Text, "setosa"),
    ("readxl/names-need-repair-xlsx.xlsx", 3, 0, 1, 3, CellKind::Text, "c%&$"),
    ("readxl/type-me.xlsx", 34, 2, 3, 1, CellKind::Text, "0 (numeric)"),
    ("sheetjs/DataTypesFormats.xlsx", 6, 3, 4, 1, CellKind::Number, "0.9876"),
    ("calamine/any_sheets.xlsx", 4, 2, 3, 1, CellKind::Number, "6"),
];

/// Files that hold no table, and the words that say so.
const REFUSED: [(&str, &str); 2] = [
    ("calamine/pass_protected.xlsx", "protected by a password"),
    ("calamine/too_small.xls", "plain text of one column"),
];

/// A workbook without a filled cell.
const BLANK: &str = "calamine/empty_sheet.xlsx";

#[test]
fn every_real_file_is_in_the_table() {
    let Some(folder) = folder() else { return };
    let mut listed: Vec<String> = KNOWN.iter().map(|k| k.0.to_owned()).collect();
    listed.extend(REFUSED.iter().map(|r| r.0.to_owned()));
    listed.push(BLANK.to_owned());
    listed.sort();
    let mut found = Vec::new();
    for part in std::fs::read_dir(&folder).unwrap().flatten().filter(|e| e.path().is_dir()) {
        for file in std::fs::read_dir(part.path()).unwrap().flatten() {
            let name = format!("{}/{}", part.file_name().display(), file.file_name().display());
            // The expected parses of csv-spectrum are no input.
            found.extend((!name.ends_with(".json")).then_some(name));
        }
    }
    found.sort();
    assert_eq!(listed, found);
}

#[test]
fn csv_spectrum_is_read_as_it_expects() {
    let Some(folder) = folder() else { return };
    for part in std::fs::read_dir(folder.join("csv-spectrum")).unwrap().flatten() {
        let path = part.path();
        if path.extension().is_none_or(|e| e != "csv") {
            continue;
        }
        let expected = std::fs::read_to_string(path.with_extension("json")).unwrap();
        let expected: Vec<BTreeMap<String, String>> = serde_json::from_str(&expected).unwrap();
        let rows: Vec<SourceRow> =
            SourceFile::open(&path, &all()).unwrap().rows(FileId(1)).map(Result::unwrap).collect();
        let (header, rows) = rows.split_first().unwrap();
        let found: Vec<BTreeMap<String, String>> = rows
            .iter()
            .map(|row| {
                let cells = (0..header.len()).map(|i| (header.cell(i).text.into(), row.cell(i).text.into()));
                cells.collect()
            })
            .collect();
        assert_eq!(found, expected, "{}", path.display());
    }
}

#[test]
fn a_workbook_without_a_filled_cell_has_no_rows() {
    let Some(result) = read(BLANK) else { return };
    assert!(result.unwrap().is_empty());
}

#[test]
fn real_files_have_the_rows_and_cells_they_are_known_for() {
    for (name, count, index, number, column, kind, text) in KNOWN.iter().copied() {
        let Some(result) = read(name) else { return };
        let rows = result.unwrap_or_else(|e| panic!("{name}: cannot {e}"));
        assert_eq!(rows.len(), count, "{name}");
        let row = &rows[index];
        let cell = row.cell(column);
        assert_eq!((row.row_number, cell.kind, cell.text), (number, kind, text), "{name}");
    }
}

#[test]
fn real_files_that_cannot_be_read_say_why() {
    for (name, words) in REFUSED {
        let Some(result) = read(name) else { return };
        let error = result.err().unwrap_or_else(|| panic!("{name} was read"));
        assert!(error.to_string().contains(words), "{name}: {error}");
    }
}

#[test]
fn sheets_that_are_hidden_stay_out() {
    let Some(result) = read("calamine/any_sheets.xlsx") else {
        return;
    };
    let rows = result.unwrap();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().all(|row| row.sheet == 0));
}

#[test]
fn the_csv_and_the_xlsx_of_one_sheet_agree() {
    let (Some(csv), Some(xlsx)) = (read("sheetjs/ErrorTypes.csv"), read("sheetjs/ErrorTypes.xlsx")) else {
        return;
    };
    let texts = |rows: Vec<SourceRow>| -> Vec<Vec<String>> {
        rows.iter()
            .map(|row| {
                // The CSV shows a date as Excel displays it.
                let cells = row.cells().map(|cell| cell.text.trim_end().replace("2014-10-11", "10/11/14"));
                let mut cells: Vec<String> = cells.collect();
                while cells.last().is_some_and(String::is_empty) {
                    cells.pop();
                }
                cells
            })
            .collect()
    };
    assert_eq!(texts(csv.unwrap()), texts(xlsx.unwrap()));
}

#[test]
fn damage_to_an_old_workbook_is_an_error_and_never_a_panic() {
    let Some(folder) = folder() else { return };
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let path = scratch.path().join("hurt.xls");
    for name in ["openrefine/dates.xls", "messytables/span_rich.xls"] {
        let whole = std::fs::read(folder.join(name)).unwrap();
        for step in 0..600 {
            let mut bytes = whole.clone();
            match step {
                ..20 => bytes.truncate(whole.len() * step / 20),
                _ => {
                    // Headers and record lengths are few; hit them more often than the padding.
                    let span = if step % 2 == 0 { 2048 } else { whole.len() };
                    bytes[(step * 7_919) % span] ^= [0xFF, 0x80, 0x01][step % 3];
                }
            }
            std::fs::write(&path, &bytes).unwrap();
            let opened = SourceFile::open(&path, &all());
            if let Ok(opened) = opened {
                opened.rows(FileId(1)).take_while(Result::is_ok).count();
            }
        }
    }
}
