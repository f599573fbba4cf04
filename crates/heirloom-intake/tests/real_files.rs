//! Files that nobody here shaped: what is known about them must come out.
//! Skipped, and said so, where the shared folder is not present.

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

#[test]
fn real_files_have_the_rows_and_cells_they_are_known_for() {
    // File, number of rows, index of a row, its number in the file, a column, its kind and text.
    let cases = [
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
    ];
    for (name, count, index, number, column, kind, text) in cases {
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
    for (name, words) in [
        ("calamine/pass_protected.xlsx", "protected by a password"),
        ("calamine/too_small.xls", "plain text of one column"),
    ] {
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
