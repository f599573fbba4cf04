//! CSV that a spreadsheet can open without running what stands in it. (Reading is `intake`'s.)

use std::fmt::Write as _;

/// Appends one line of cells, each guarded and quoted where need be.
pub fn push_line(out: &mut String, cells: &[&str]) {
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push_cell(out, cell);
    }
    out.push_str("\r\n");
}

/// A cell that begins like a formula gets an apostrophe before it, as spreadsheets show text;
/// plain numbers stay as they are.
fn push_cell(out: &mut String, cell: &str) {
    let guard = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number(cell);
    let quoted = cell.contains([',', '"', '\r', '\n', ';']) || cell.starts_with(' ') || cell.ends_with(' ');
    let apostrophe = if guard { "'" } else { "" };
    let _ = if quoted {
        write!(out, "\"{apostrophe}{}\"", cell.replace('"', "\"\""))
    } else {
        write!(out, "{apostrophe}{cell}")
    };
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, part].iter().all(|side| !side.is_empty() && side.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_formula_becomes_text() {
        let check = |cell: &str, expected: &str| {
            let mut line = String::new();
            push_line(&mut line, &[cell, "x"]);
            assert_eq!(line, format!("{expected},x\r\n"), "{cell}");
        };
        check("plain", "plain");
        check("=1+1", "'=1+1");
        check("+44 20", "'+44 20");
        check("-2.5", "-2.5");
        check("-2+3", "'-2+3");
        check("@SUM(A1)", "'@SUM(A1)");
        check("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"");
        check("a, \"b\"", "\"a, \"\"b\"\"\"");
    }
}
