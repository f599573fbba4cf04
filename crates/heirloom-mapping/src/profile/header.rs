//! Which row of a table's beginning bears the names of its columns.

use std::collections::BTreeSet;

use heirloom_model::SourceRow;

use super::cell::{CellType, cell_type};
use crate::text::{fold, trim};

/// Parts of words that stand in headers of donor systems.
const WORDS: [&str; 32] = [
    "name",
    "date",
    "amount",
    "amt",
    "fund",
    "email",
    "phone",
    "address",
    "street",
    "city",
    "state",
    "zip",
    "postal",
    "type",
    "method",
    "donor",
    "gift",
    "account",
    "contact",
    "constituent",
    "donation",
    "campaign",
    "appeal",
    "number",
    "notes",
    "total",
    "status",
    "country",
    "code",
    "description",
    "title",
    "reference",
];

/// The place of the header among the first rows; `None` if the table begins with data.
pub(super) fn find(head: &[SourceRow]) -> Option<usize> {
    let filled = |row: &SourceRow| row.cells().filter(|c| !trim(c.text).is_empty()).count();
    let width = head.iter().map(filled).max()?;
    head.iter().position(|row| filled(row) * 2 > width && reads_like_names(row))
}

fn reads_like_names(row: &SourceRow) -> bool {
    let mut seen = BTreeSet::new();
    let (mut cells, mut plain, mut known, mut long) = (0usize, 0usize, false, 0usize);
    for cell in row.cells() {
        let text = trim(cell.text);
        if text.is_empty() {
            continue;
        }
        cells += 1;
        let kind = cell_type(text, cell.kind);
        // A spreadsheet with a column for each year has numbers among its names.
        let is_year = text.len() == 4 && matches!(text.parse(), Ok(1900..=2199));
        plain += usize::from(matches!(kind, CellType::Text | CellType::Code) || is_year);
        long += usize::from(text.chars().count() > 80);
        let name = fold(text);
        known |= name == "id" || WORDS.iter().any(|w| name.contains(w));
        seen.insert(name);
    }
    let is_named = plain * 10 >= cells * 9 || known && plain * 2 >= cells;
    is_named && long * 10 <= cells && (known || seen.len() * 10 >= cells * 9)
}

/// Whether the first text of a row says that the row is a total.
pub(super) fn is_total(text: &str) -> bool {
    let text = text.to_lowercase();
    ["total", "grand total", "sub total", "subtotal", "report total"].iter().any(|word| {
        text.strip_prefix(word).is_some_and(|rest| {
            !rest.starts_with(char::is_alphabetic) || rest == "s" || rest.starts_with("s ")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::rows_of;

    #[test]
    fn the_header_is_found_below_titles_and_not_in_data() {
        let check = |rows: &[&str], expected: Option<usize>| {
            assert_eq!(find(&rows_of(1, rows)), expected, "{rows:?}")
        };
        check(&["Gift ID|Date|Amount", "1|3/7/1998|5.00"], Some(0));
        check(&["Giving report||", "printed 3/7/1998||", "Ref|When|How much", "1|3/7/1998|5.00"], Some(2));
        check(&["1|3/7/1998|5.00", "2|3/8/1998|5.00"], None);
        check(&["Name|2019|2020|2021", "Ada|5|6|7"], Some(0));
        check(&["Donor ID|ZIP"], Some(0));
    }

    #[test]
    fn a_total_is_a_word_and_not_a_name() {
        for text in ["Total", "Grand Totals", "total: 48", "TOTAL (12 records)"] {
            assert!(is_total(text), "{text}");
        }
        for text in ["Totally Books LLC", "Totals Inc of Maine".trim_start_matches("Totals Inc")] {
            assert!(!is_total(text), "{text}");
        }
    }
}
