//! Which sheets of a workbook are read, and what is said about the others.

use calamine::{SheetType, SheetVisible};
use heirloom_model::FileId;

use crate::book::{Book, Flow};
use crate::sheet::RowBuilder;
use crate::{IntakeError, SheetChoice};

/// Rows of a sheet that is not read are counted up to here.
const COUNT_MAX: u64 = 10_000;

/// The names of the sheets to read, in order, and a line for each that holds something and is not.
///
/// # Errors
/// [`IntakeError::NoSuchSheet`], [`IntakeError::NoSheet`].
pub(crate) fn pick(
    book: &mut Book,
    file: &str,
    choice: &SheetChoice,
) -> Result<(Vec<String>, Vec<String>), IntakeError> {
    let sheets: Vec<(String, bool)> = book
        .sheets()
        .iter()
        .filter(|s| s.typ == SheetType::WorkSheet)
        .map(|s| (s.name.clone(), s.visible == SheetVisible::Visible))
        .collect();
    let visible = || sheets.iter().filter(|(_, v)| *v).map(|(name, _)| name.clone());
    let chosen: Vec<String> = match choice {
        SheetChoice::First => visible().take(1).collect(),
        SheetChoice::All => visible().collect(),
        SheetChoice::Named(names) => named(names, &sheets, file)?,
    };
    if chosen.is_empty() {
        return Err(IntakeError::NoSheet { file: file.into() });
    }
    let mut evidence = Vec::new();
    if book.counts_from_1904() {
        evidence.push("dates count from 1904, as the workbook says".to_owned());
    }
    for (name, visible) in &sheets {
        let hidden = if *visible { "" } else { "hidden " };
        if chosen.contains(name) {
            if !visible {
                evidence.push(format!("{hidden}sheet {name:?} is read, because it is named"));
            }
            continue;
        }
        if let Some(rows) = count(book, name) {
            evidence.push(format!("{hidden}sheet {name:?} was not read: {rows}"));
        }
    }
    Ok((chosen, evidence))
}

/// Sheets by name: as written, else without regard to case and outer spaces. No sheet twice.
fn named(names: &[String], sheets: &[(String, bool)], file: &str) -> Result<Vec<String>, IntakeError> {
    let plain = |name: &str| name.trim().to_lowercase();
    let mut chosen: Vec<String> = Vec::new();
    for name in names {
        let found = sheets
            .iter()
            .find(|(sheet, _)| sheet == name)
            .or_else(|| sheets.iter().find(|(sheet, _)| plain(sheet) == plain(name)));
        let Some((sheet, _)) = found else {
            return Err(IntakeError::NoSuchSheet {
                file: file.into(),
                sheet: name.clone(),
                has: sheets.iter().map(|(sheet, _)| sheet.clone()).collect(),
            });
        };
        if !chosen.contains(sheet) {
            chosen.push(sheet.clone());
        }
    }
    Ok(chosen)
}

/// How many rows a sheet has, in words; nothing for an empty one.
fn count(book: &mut Book, sheet: &str) -> Option<String> {
    let mut builder = RowBuilder::new(FileId(0));
    let mut rows = 0u64;
    let read = book.read(sheet, &mut |row, column, value| {
        rows += u64::from(builder.add(row, column, value)?.is_some());
        Ok(if rows > COUNT_MAX { Flow::Stop } else { Flow::More })
    });
    let Ok(last) = read.and_then(|()| builder.end_sheet()) else {
        return Some("it is damaged".to_owned());
    };
    rows += u64::from(last.is_some());
    match rows {
        0 => None,
        1 => Some("1 row".to_owned()),
        n if n > COUNT_MAX => Some(format!("more than {COUNT_MAX} rows")),
        n => Some(format!("{n} rows")),
    }
}
