//! Profiles of small files.

use heirloom_model::SourceRow;

use super::*;
use crate::testing::rows_of;

fn profile(rows: &[&str]) -> SheetProfile {
    let mut profiler = Profiler::new(&[None]);
    rows_of(1, rows).into_iter().for_each(|row: SourceRow| profiler.add(row));
    profiler.finish().sheets.remove(0)
}

fn odd(sheet: &SheetProfile, column: usize) -> Vec<(OddKind, u64)> {
    sheet.columns[column].oddities.iter().map(|o| (o.kind, o.count)).collect()
}

#[test]
fn a_column_says_what_it_holds() {
    let sheet = profile(&[
        "Giving report|||||",
        "Gift ID|Date|Amount|Fund|Email|Thanked",
        "G-001|3/25/1998|$1,250.00|General|ada@example.org|yes",
        "G-002|4/1/1998|$5.50|General||no",
        "G-003|12/31/1998|($5.50)|Roof|ben@example.org|no",
        "Total||$1,250.00|||",
    ]);
    assert_eq!((sheet.header_row, sheet.titles, sheet.rows), (Some(2), 1, 3));
    assert_eq!(sheet.totals, [6]);
    let kinds: Vec<&str> = sheet.columns.iter().map(|c| c.kind.as_str()).collect();
    assert_eq!(kinds, ["code", "date", "amount", "text", "e-mail", "yes/no"]);
    assert!(sheet.columns[0].is_unique(3));
    assert_eq!(sheet.columns[0].shapes, [("A-999".to_owned(), 3)]);
    let span = sheet.columns[1].dates.unwrap();
    assert_eq!((span.first.to_string(), span.last.to_string()), ("1998-03-25".into(), "1998-12-31".into()));
    let range = sheet.columns[2].numbers.unwrap();
    assert_eq!(Range::plain(range.sum), "1,250.00");
    assert_eq!(odd(&sheet, 2), [(OddKind::Negative, 1)]);
    assert_eq!(sheet.columns[3].values, Some(vec![("General".to_owned(), 2), ("Roof".to_owned(), 1)]));
    assert_eq!(sheet.columns[4].fill_percent(3), 66);
}

#[test]
fn damage_is_named_with_its_rows() {
    let sheet = profile(&[
        "Donor ID|ZIP|Date|Amount|Card|Note",
        "4.92E+17|06417|25/3/1998|1,50|4111111111111111|N/A",
        "1234|6417|3/25/1998|1.50|x|a\u{1}b",
        "1235|12345|38289|2.50|y|Ã©",
        "1236|12346|1/1/1900|2.50|z|#REF!",
        "1237|12347|1/2/98|2.50|z|",
        "1238|12348|5/6/1998|2.50|z|",
    ]);
    let ids = odd(&sheet, 0);
    assert!(ids.contains(&(OddKind::Scientific, 1)), "{ids:?}");
    assert_eq!(odd(&sheet, 1), [(OddKind::LeadingZeros, 1), (OddKind::LostZeros, 1)]);
    let dates = odd(&sheet, 2);
    for wanted in
        [OddKind::MixedDateOrders, OddKind::SerialDates, OddKind::PlaceholderDates, OddKind::ShortYears]
    {
        assert!(dates.contains(&(wanted, 1)), "{wanted:?}: {dates:?}");
    }
    let mixed = sheet.columns[2].oddities.iter().find(|o| o.kind == OddKind::MixedDateOrders).unwrap();
    assert!(mixed.detail.contains("row 3") && mixed.detail.contains("row 2"), "{}", mixed.detail);
    assert!(odd(&sheet, 3).contains(&(OddKind::MixedDecimalMarks, 1)));
    assert_eq!(odd(&sheet, 4), [(OddKind::CardNumbers, 1)]);
    let values = sheet.columns[4].values.clone().unwrap();
    assert!(values.iter().all(|(text, _)| !text.contains("411111")), "cards are never shown: {values:?}");
    let notes = odd(&sheet, 5);
    for wanted in [OddKind::NullWord, OddKind::ControlCharacters, OddKind::TwiceEncoded, OddKind::ErrorCells]
    {
        assert!(notes.contains(&(wanted, 1)), "{wanted:?}: {notes:?}");
    }
}

#[test]
fn dates_that_nobody_decides_are_left_open() {
    let sheet = profile(&["Date|Amount", "3/7/1998|1,234", "4/5/1998|5,678"]);
    assert_eq!(odd(&sheet, 0), [(OddKind::OpenDates, 2)]);
    assert_eq!(odd(&sheet, 1), [(OddKind::OpenDecimalMark, 2)]);
}

#[test]
fn a_file_without_a_header_has_columns_all_the_same() {
    let sheet = profile(&["1|1998-03-25|5.00", "2|1998-03-26|6.00"]);
    assert_eq!((sheet.header_row, sheet.rows, sheet.columns.len()), (None, 2, 3));
    assert_eq!(sheet.columns[2].kind, ColumnType::Amount);
    assert_eq!(profile(&["a|b"]).rows, 0);
}

#[test]
fn names_that_stand_twice_and_cells_beyond_the_header_are_named() {
    let sheet = profile(&["Name|Name|City", "a|b|c|d", "e|f|g"]);
    assert_eq!(odd(&sheet, 1), [(OddKind::NameTwice, 2)]);
    assert_eq!(odd(&sheet, 3), [(OddKind::NoName, 1)]);
    assert_eq!((sheet.long_rows, sheet.long), (1, vec![2]));
}
