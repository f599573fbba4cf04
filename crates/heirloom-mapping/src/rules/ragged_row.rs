//! F001: a row of a text file that has more filled cells than the header.

use heirloom_model::{CellKind, Code, SourceRow};

use crate::apply::Desk;

pub(crate) fn check(desk: &mut Desk<'_>, row: &SourceRow) {
    let ground = desk.ground();
    let sheet = usize::from(row.sheet);
    let width = ground.headers.get(sheet).map_or(0, Vec::len);
    let is_workbook = ground.sheets.get(sheet).is_some_and(Option::is_some);
    if width == 0 || row.len() <= width || is_workbook {
        return;
    }
    let beyond = (width..row.len()).find(|&i| row.cell(i).kind != CellKind::Empty);
    if let Some(index) = beyond {
        let text = row.cell(index).text.to_owned();
        desk.add_text(Code::RaggedRow, &text, format!("{} cells under {width} headers", row.len()));
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn a_row_longer_than_the_header_is_held() {
        let file = Gifts::new("", &["1|D1|1/31/2020|10.00|GEN|Cash|||", "2|D1|1/31/2020|10.00|GEN|Cash||x"]);
        assert_eq!(file.codes(), ["gift", "held F001"]);
    }
}
