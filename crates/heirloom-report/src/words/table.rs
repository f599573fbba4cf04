//! Tables of aligned columns for terminals.

use super::{safe, width};

/// How a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Lays rows out in columns as wide as their widest cell, two spaces apart.
///
/// Cells are made [`safe`]; lines end in `\n` without trailing spaces; columns beyond
/// `align` stand left; rows may have different lengths.
pub fn table<R: AsRef<[String]>>(rows: &[R], align: &[Align]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.as_ref().iter().map(|cell| safe(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|i| rows.iter().filter_map(|r| r.get(i)).map(|c| width(c)).max())
        .map(Option::unwrap_or_default)
        .collect();
    rows.iter().map(|row| line(row, &widths, align)).collect()
}

fn line(row: &[String], widths: &[usize], align: &[Align]) -> String {
    let mut out = String::new();
    for (i, cell) in row.iter().enumerate() {
        let gap = " ".repeat(widths[i] - width(cell));
        if i > 0 {
            out.push_str("  ");
        }
        match align.get(i) {
            Some(Align::Right) => out.extend([gap.as_str(), cell]),
            _ => out.extend([cell.as_str(), &gap]),
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_stands_in_them() {
        let rows = [
            vec!["read".to_owned(), "48,214".to_owned(), "山田".to_owned()],
            vec!["ready".to_owned(), "2".to_owned()],
            vec!["e\x1b".to_owned(), String::new(), "end".to_owned()],
        ];
        assert_eq!(
            table(&rows, &[Align::Left, Align::Right]),
            "read   48,214  山田\nready       2\ne␛             end\n"
        );
        assert_eq!(table::<Vec<String>>(&[], &[]), "");
    }
}
