//! F001, F008, F010: a row of a text file whose cells do not stand under the header.

use heirloom_model::{CellKind, Code, SourceRow};

use crate::desk::Desk;

pub(crate) fn check(desk: &mut Desk<'_>, row: &SourceRow) {
    let ground = desk.ground();
    let sheet = usize::from(row.sheet);
    let is_workbook = ground.sheets.get(sheet).is_some_and(Option::is_some);
    if is_workbook {
        return;
    }
    let width = ground.headers.get(sheet).map_or(0, Vec::len);
    // Reading gives a text file no other errors; what follows in the line is in the broken cell.
    if let Some(broken) = row.cells().find(|cell| cell.kind == CellKind::Error) {
        let text = broken.text.to_owned();
        desk.add_text(Code::BrokenQuote, &text, format!("after {} whole cells", row.len() - 1));
    } else if row.len() < width {
        desk.add_text(Code::ShortRow, "", format!("{} cells under {width} headers", row.len()));
    } else if width > 0
        && let Some(index) = (width..row.len()).find(|&i| row.cell(i).kind != CellKind::Empty)
    {
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
