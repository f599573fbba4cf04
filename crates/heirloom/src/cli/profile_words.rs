//! What a profile says in words, on the screen and on its page alike.

use heirloom_mapping::{ColumnProfile, ColumnType, Distinct, Oddity, Range, SheetProfile};
use heirloom_model::column_letter;
use heirloom_report::words;

/// Values of a column that are shown.
const VALUES_SHOWN: usize = 5;

/// Whether cells are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    Hidden,
    Shown,
}

/// Header, rows and columns of a sheet, and what stands below them.
pub(super) fn sheet_in_words(sheet: &SheetProfile) -> (String, Vec<String>) {
    let name = sheet.name.as_ref().map(|n| format!("sheet \"{}\": ", words::safe(n))).unwrap_or_default();
    let header = match sheet.header_row {
        Some(row) => format!("header in row {row}"),
        None => "no header found: address columns by letter (no_header = true)".to_owned(),
    };
    let titles = if sheet.titles > 0 {
        format!(", {} above it", words::count(sheet.titles, "title line"))
    } else {
        String::new()
    };
    let about = format!(
        "{name}{header}{titles}; {} of data, {}",
        words::count(sheet.rows, "row"),
        words::count(sheet.columns.len() as u64, "column")
    );
    let total = |row: &u32| {
        format!("row {row} says total: name it under [file] total, and it is compared with the sum")
    };
    let mut notes: Vec<String> = sheet.totals.iter().map(total).collect();
    for (count, rows, what) in [
        (sheet.lonely_rows, &sheet.lonely, "one filled cell only (a footer, or a note)"),
        (sheet.long_rows, &sheet.long, "cells beyond the header's last"),
    ] {
        if count > 0 {
            let rows = rows_in_words(rows, count);
            notes.push(format!("{} with {what}: {rows}", words::count(count, "row")));
        }
    }
    (about, notes)
}

/// Letter, header, type, fill, different values, range and shape.
pub(super) fn line(column: &ColumnProfile, rows: u64, values: Values) -> [String; 7] {
    let filled = match column.filled {
        0 => "-".to_owned(),
        filled if filled == rows => "all".to_owned(),
        filled if filled * 100 < rows => format!("{} cells", words::number(filled)),
        _ => format!("{} %", column.fill_percent(rows)),
    };
    let distinct = match column.distinct {
        _ if column.is_unique(rows) => "unique".to_owned(),
        Distinct::Exact(count) => words::number(count),
        Distinct::About(count) => format!("about {}", words::number(count)),
    };
    let shapes: Vec<&str> = column.shapes.iter().take(2).map(|(shape, _)| shape.as_str()).collect();
    let covered: u64 = column.shapes.iter().take(2).map(|(_, count)| count).sum();
    let shape = if covered * 2 >= column.filled.max(1) { shapes.join("  ") } else { "many".to_owned() };
    [
        column_letter(column.index),
        words::clip(&column.header, 34),
        column.kind.as_str().to_owned(),
        filled,
        distinct,
        range(column, values),
        shape,
    ]
}

/// From when to when, or from how much to how much; of texts only their length.
fn range(column: &ColumnProfile, values: Values) -> String {
    if let Some(span) = column.dates {
        return match values {
            Values::Shown => format!("{} to {}", span.first, span.last),
            Values::Hidden => format!("{} to {}", span.first.year(), span.last.year()),
        };
    }
    match column.numbers.filter(|_| column.kind == ColumnType::Amount) {
        Some(range) => format!(
            "{} to {}, sum {}",
            Range::plain(range.min.into()),
            Range::plain(range.max.into()),
            Range::plain(range.sum)
        ),
        None if column.filled == 0 => String::new(),
        None => format!("up to {}", words::count(column.length_max as u64, "character")),
    }
}

/// What is odd about a column, with the first rows that show it.
pub(super) fn odd_in_words(odd: &Oddity) -> String {
    let detail =
        if odd.detail.is_empty() { String::new() } else { format!(" ({})", words::safe(&odd.detail)) };
    let rows = rows_in_words(&odd.rows, odd.count);
    let rows = if rows.is_empty() { rows } else { format!("; {rows}") };
    format!("{}{detail}: {}{rows}", odd.kind.title(), words::count(odd.count, "cell"))
}

fn rows_in_words(rows: &[u32], count: u64) -> String {
    let list: Vec<String> = rows.iter().map(|row| words::number(u64::from(*row))).collect();
    let more = if (rows.len() as u64) < count { " …" } else { "" };
    match list.len() {
        0 => String::new(),
        1 => format!("row {}{more}", list[0]),
        _ => format!("rows {}{more}", list.join(", ")),
    }
}

/// First and last text, and frequent values.
pub(super) fn seen(column: &ColumnProfile) -> String {
    let texts = column.texts.as_ref();
    let span = texts.map(|(a, b)| format!("\"{}\" to \"{}\"", words::clip(a, 40), words::clip(b, 40)));
    let values =
        column.values.as_ref().filter(|list| list.len() <= 20 || list.first().is_some_and(|(_, n)| *n > 1));
    let values: Vec<String> = values
        .into_iter()
        .flatten()
        .take(VALUES_SHOWN)
        .map(|(text, count)| format!("\"{}\" {}", words::clip(text, 30), words::number(*count)))
        .collect();
    format!("{}   {}", span.unwrap_or_default(), values.join(", ")).trim_end().to_owned()
}
