//! `heirloom profile --html`: the same figures as a page.

use std::path::Path;

use heirloom_mapping::{ColumnProfile, SheetProfile};
use heirloom_report::{ProfileColumn, ProfileFile, ProfilePage, ProfileSheet, profile_html, words};

use super::profile_words::{Values, line, odd_in_words, seen, sheet_in_words};
use crate::failure::{Failure, Result};
use crate::look::Looked;
use crate::write::write_whole;

/// Writes the page.
pub(super) fn write(path: &Path, files: Vec<ProfileFile>, values: Values) -> Result<()> {
    let page = ProfilePage { shows_values: values == Values::Shown, files };
    write_whole(path, &profile_html(&page))
}

/// A file as the page shows it.
pub(super) fn file(looked: &Looked, values: Values) -> ProfileFile {
    let odd = looked.odd.iter().map(|(code, count, row)| {
        format!("{code} {}: {}, first in row {row}", code.title(), words::count(*count, "row"))
    });
    ProfileFile {
        name: looked.name.clone(),
        about: format!("{}, {} bytes", looked.kind, words::number(looked.bytes)),
        notes: looked.evidence.iter().cloned().chain(odd).collect(),
        sheets: looked.profile.sheets.iter().map(|one| sheet(one, values)).collect(),
    }
}

/// A file that cannot be read.
pub(super) fn unread(name: &str, failure: &Failure) -> ProfileFile {
    ProfileFile { name: name.to_owned(), about: failure.to_string(), ..ProfileFile::default() }
}

fn sheet(sheet: &SheetProfile, values: Values) -> ProfileSheet {
    let (about, notes) = sheet_in_words(sheet);
    let columns = sheet.columns.iter().map(|one| column(one, sheet.rows, values)).collect();
    ProfileSheet { about, notes, columns }
}

fn column(column: &ColumnProfile, rows: u64, values: Values) -> ProfileColumn {
    let [letter, header, kind, filled, distinct, range, shape] = line(column, rows, values);
    ProfileColumn {
        letter,
        header,
        kind,
        filled,
        filled_percent: (column.filled * 100).checked_div(rows).unwrap_or(0).min(100) as u32,
        distinct,
        range,
        shape,
        odd: column.oddities.iter().map(odd_in_words).collect(),
        seen: if values == Values::Shown { seen(column) } else { String::new() },
    }
}
