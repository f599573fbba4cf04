//! Wide rows taken apart as they are read: a donor's row with twelve date and amount columns becomes
//! a row for each filled pair, so that everything after it sees one gift in a row.

use heirloom_model::{CellKind, RowId, SourceRow};

use crate::spec::{Mapping, Part};
use crate::survey::{Names, matched};
use crate::text::trim;

/// The header is expected among this many rows of a sheet.
const HEADER_ROWS_MAX: u32 = 30;

/// Takes the rows of one file apart where its mapping says so; other files pass unchanged.
///
/// Every filled cell of a row that has several gifts comes back in exactly one row if it belongs to
/// a gift, and in all of them if it does not. All rows keep the number that the spreadsheet shows.
pub struct Unfolder<'m> {
    mapping: &'m Mapping,
    is_wide: bool,
    sheet: Option<SheetState>,
    next: u32,
}

struct SheetState {
    index: u16,
    rows: u32,
    /// The columns of each gift; empty until the header is found.
    sets: Vec<Vec<usize>>,
}

impl<'m> Unfolder<'m> {
    /// For one file of a mapping.
    pub fn new(mapping: &'m Mapping, which: Part) -> Self {
        let is_wide = which == Part::Main && !mapping.sets.is_empty();
        Unfolder { mapping, is_wide, sheet: None, next: 0 }
    }

    /// Appends the row, or the rows that it becomes, to `out`.
    pub fn unfold(&mut self, row: SourceRow, out: &mut Vec<SourceRow>) {
        if !self.is_wide {
            return out.push(row);
        }
        if self.sheet.as_ref().is_none_or(|s| s.index != row.sheet) {
            self.sheet = Some(SheetState { index: row.sheet, rows: 0, sets: Vec::new() });
        }
        let first = out.len();
        self.parts(row, out);
        for part in &mut out[first..] {
            part.id = RowId::new(part.id.file(), self.next);
            self.next += 1;
        }
    }

    fn parts(&mut self, row: SourceRow, out: &mut Vec<SourceRow>) {
        let Some(sheet) = &mut self.sheet else { return };
        sheet.rows += 1;
        if sheet.sets.is_empty() {
            sheet.sets = sets_of(self.mapping, sheet.rows, &row);
            return out.push(row);
        }
        let is_filled = |set: &&Vec<usize>| set.iter().any(|&c| !trim(row.cell(c).text).is_empty());
        let filled: Vec<&Vec<usize>> = sheet.sets.iter().filter(is_filled).collect();
        if filled.len() < 2 {
            return out.push(row);
        }
        for own in filled {
            let mut part = SourceRow::new(row.id, row.sheet, row.row_number);
            for (index, cell) in row.cells().enumerate() {
                let is_other = !own.contains(&index) && sheet.sets.iter().any(|set| set.contains(&index));
                if is_other { part.push("", CellKind::Empty) } else { part.push(cell.text, cell.kind) }
            }
            out.push(part);
        }
    }
}

/// Where each gift's columns stand, if this row is the header.
fn sets_of(mapping: &Mapping, rows: u32, row: &SourceRow) -> Vec<Vec<usize>> {
    let found = matched(&mapping.tables[0], &Names::of(row));
    let is_header = match mapping.file.header_row {
        Some(number) => row.row_number == number,
        None => rows <= HEADER_ROWS_MAX && found.is_whole(),
    };
    if !is_header {
        return Vec::new();
    }
    let place = |column: &usize| found.columns[*column].map(|c| c as usize);
    mapping.sets.iter().map(|set| set.iter().filter_map(place).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Gifts;

    const WIDE: &str = r#"
[grain]
row = "wide"
repeat = 3
[fields]
id = { derive = ["donor", "date", "amount"] }
date = { column = "Gift {n} Date" }
amount = { column = "Gift {n} Amt" }
"#;
    const HEADER: &str =
        "donor|fund|method|Gift 1 Date|Gift 1 Amt|Gift 2 Date|Gift 2 Amt|Gift 3 Date|Gift 3 Amt";

    fn unfolded(rows: &[&str]) -> Gifts {
        let mut lines = vec![HEADER];
        lines.extend(rows);
        let whole = Gifts::with_header(WIDE, HEADER, rows);
        let mapping = whole.mapping();
        let mut unfolder = Unfolder::new(&mapping, Part::Main);
        let mut out = Vec::new();
        for row in crate::testing::rows_of(1, &lines) {
            unfolder.unfold(row, &mut out);
        }
        whole.with_rows(out)
    }

    #[test]
    fn a_row_with_three_gifts_becomes_three_rows_of_the_same_number() {
        let file = unfolded(&[
            "D1|GEN|Cash|3/14/2019|5.00|4/1/2020|6.00|5/2/2021|7.00",
            "D2|GEN|Cash|||4/30/2020|8.00||",
            "D3|GEN|Cash||||||",
        ]);
        assert_eq!(file.codes(), ["gift", "gift", "gift", "gift", "held G001 G005"]);
        let gifts: Vec<(String, i64)> =
            (0..4).map(|i| (file.gift(i).date.to_string(), file.gift(i).amount().minor())).collect();
        let expected = [("2019-03-14", 500), ("2020-04-01", 600), ("2021-05-02", 700), ("2020-04-30", 800)];
        assert_eq!(gifts, expected.map(|(date, minor)| (date.to_owned(), minor)));
    }

    #[test]
    fn the_columns_of_one_field_are_judged_together() {
        let file = unfolded(&["D1|GEN|Cash|1/2/2019|5.00|25/12/2020|6.00||"]);
        assert_eq!(file.gift(0).date.to_string(), "2019-02-01");
    }
}
