//! One problem as a compiler would print it: what, where, why, what to do.

use std::fmt::Write;

use heirloom_model::{Currency, Finding, RowRef, Severity};

use super::{clip, count, money, number};
use crate::FindingGroup;

/// Longest text of donor data on one line, in terminal columns.
const SEEN_MAX: usize = 60;

/// Prints one example of a group with the rows and money behind its value.
///
/// ```text
/// fix[G012] the fund is not in the mapping: "Bldg Fnd 98"
///   file   gifts.xlsx   sheet Gifts   row 20,417   column H "Fund Desc"
///   why    every gift needs a project code before it can be sent; 131 rows, $28,450.00, are held by this
///   do     add a line to [values.fund] in the mapping
///          heirloom explain G012
/// ```
/// The numbers are those of the example's value where the group lists it, else the
/// group's. Ends with `\n`; donor text in it is harmless and short.
pub fn finding_block(group: &FindingGroup, example: &Finding, currency: Currency) -> String {
    let code = group.code;
    let verb = match code.severity() {
        Severity::Blocks => "fix",
        Severity::Warns => "note",
    };
    let mut out = format!("{verb}[{code}] {}", code.title());
    if !example.seen.is_empty() {
        let _ = write!(out, ": \"{}\"", clip(&example.seen, SEEN_MAX));
    }
    let _ = writeln!(out, "\n  file   {}", place(&example.at, example.column.as_deref()));
    let _ = writeln!(out, "  why    {}; {}", code.why(), weight(group, example, currency));
    if !example.detail.is_empty() {
        let _ = writeln!(out, "  here   {}", clip(&example.detail, 120));
    }
    let _ = writeln!(out, "  do     {}\n         heirloom explain {code}", code.fix());
    out
}

/// Where a finding stands, as the spreadsheet labels it.
pub(crate) fn place(at: &RowRef, column: Option<&str>) -> String {
    let mut out = clip(&at.file, SEEN_MAX);
    if let Some(sheet) = &at.sheet {
        let _ = write!(out, "   sheet {}", clip(sheet, SEEN_MAX));
    }
    let _ = write!(out, "   row {}", number(u64::from(at.row_number)));
    if let Some(column) = column {
        let _ = write!(out, "   column {}", clip(column, SEEN_MAX));
    }
    out
}

fn weight(group: &FindingGroup, example: &Finding, currency: Currency) -> String {
    let listed = group.values.iter().find(|(seen, ..)| *seen == example.seen);
    let (rows, minor) = listed.map_or((group.rows, group.minor), |&(_, rows, minor)| (rows, minor));
    let verb = match (group.code.severity(), rows) {
        (Severity::Blocks, 1) => "is held by this",
        (Severity::Blocks, _) => "are held by this",
        (Severity::Warns, 1) => "is like this",
        (Severity::Warns, _) => "are like this",
    };
    let rows = count(rows, "row");
    if minor == 0 { format!("{rows} {verb}") } else { format!("{rows}, {}, {verb}", money(minor, currency)) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use heirloom_model::Code;

    use super::*;

    fn example(seen: &str) -> (FindingGroup, Finding) {
        let finding = Finding {
            code: Code::UnmappedFund,
            at: RowRef { file: Arc::from("gifts.xlsx"), sheet: Some(Arc::from("Gifts")), row_number: 20_417 },
            column: Some("H \"Fund Desc\"".to_owned()),
            seen: seen.to_owned(),
            detail: String::new(),
        };
        let group = FindingGroup {
            code: Code::UnmappedFund,
            rows: 140,
            minor: 3_000_000,
            values: vec![("Bldg Fnd 98".to_owned(), 131, 2_845_000)],
            examples: vec![finding.clone()],
        };
        (group, finding)
    }

    #[test]
    fn a_finding_says_what_where_why_and_what_to_do() {
        let (group, finding) = example("Bldg Fnd 98");
        assert_eq!(
            finding_block(&group, &finding, Currency::USD),
            "fix[G012] the fund is not in the mapping: \"Bldg Fnd 98\"\n  \
               file   gifts.xlsx   sheet Gifts   row 20,417   column H \"Fund Desc\"\n  \
               why    every gift needs a project code before it can be sent; 131 rows, $28,450.00, are held by this\n  \
               do     add a line to [values.fund] in the mapping\n         heirloom explain G012\n"
        );
    }

    #[test]
    fn hostile_text_stays_on_its_line() {
        let (group, finding) = example("a\n\x1b[31mfix[G001]");
        let block = finding_block(&group, &finding, Currency::USD);
        assert_eq!(block.lines().count(), 5);
        assert!(!block.contains('\x1b'));
        assert!(block.contains("140 rows, $30,000.00"));
    }
}
