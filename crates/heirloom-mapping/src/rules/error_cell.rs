//! F003: a mapped cell that holds a spreadsheet error.

use heirloom_model::Code;

use crate::desk::Desk;
use crate::read::Seen;

/// Whether the cell can be used; says so once for each cell if not.
pub(crate) fn is_usable(desk: &mut Desk<'_>, seen: &Seen<'_>) -> bool {
    // Where a quotation mark broke the row, that was said, and is the reason for this too.
    let is_said = desk.has(Code::ErrorCell, seen) || desk.says(Code::BrokenQuote);
    if seen.is_error && !is_said {
        desk.add(Code::ErrorCell, seen, "");
    }
    !seen.is_error
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn an_error_is_not_an_empty_cell() {
        let file = Gifts::new("", &["1|D1|1/31/2020|#N/A|GEN|Cash", "2|D1|1/31/2020|1|#REF!|Cash"]);
        assert_eq!(file.codes(), ["held F003", "held F003"]);
        let listed = Gifts::new("[null]\ntokens = [\"#N/A\"]", &["1|D1|1/31/2020|#N/A|GEN|Cash"]);
        assert_eq!(listed.codes(), ["held G005"]);
    }
}
