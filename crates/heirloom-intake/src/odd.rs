//! Rows that can be read and are odd all the same: what nobody can see, or nobody could read.

use heirloom_model::{Code, SourceRow};

/// What is odd about a row, without being a reason not to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oddity {
    /// The finding it is.
    pub code: Code,
    /// The row, as the spreadsheet shows it.
    pub row_number: u32,
    /// How often it is there.
    pub count: u32,
}

/// Notes characters of a row that stand for bytes nobody could read, and characters nobody sees.
pub(crate) fn look(row: &SourceRow, odd: &mut Vec<Oddity>) {
    let (mut unreadable, mut invisible) = (0, 0);
    for cell in row.cells() {
        let (bad, hidden) = count(cell.text);
        unreadable += bad;
        invisible += hidden;
    }
    for (code, count) in [(Code::DamagedText, unreadable), (Code::HiddenCharacters, invisible)] {
        if count > 0 {
            odd.push(Oddity { code, row_number: row.row_number, count });
        }
    }
}

/// How many characters are unreadable (U+FFFD, or a C1 control that a wrong encoding leaves
/// behind), and how many cannot be seen.
fn count(text: &str) -> (u32, u32) {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return (0, 0);
    }
    let (mut unreadable, mut invisible) = (0, 0);
    for c in text.chars() {
        unreadable += u32::from(matches!(c, '\u{FFFD}' | '\u{80}'..='\u{9F}'));
        invisible += u32::from(is_invisible(c));
    }
    (unreadable, invisible)
}

/// Controls that are no white space, and marks of width zero or of writing direction. Joiners are
/// part of some scripts and of emoji, and are left alone.
fn is_invisible(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{B}' | '\u{C}' => false,
        '\0'..='\u{1F}' | '\u{7F}' => true,
        '\u{AD}' | '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2060}' | '\u{FEFF}' => true,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_counted_and_what_can_is_not() {
        for (text, expected) in [
            ("Pat Lee", (0, 0)),
            ("José\r\n\tMuñoz\u{A0}", (0, 0)),
            ("a\0b\u{1B}[31m", (0, 2)),
            ("D-1\u{200B}", (0, 1)),
            ("\u{202E}evil\u{202C}", (0, 2)),
            ("caf\u{FFFD}\u{81}", (2, 0)),
            ("👩\u{200D}👧 क्\u{200D}ष", (0, 0)),
        ] {
            assert_eq!(count(text), expected, "{text:?}");
        }
    }
}
