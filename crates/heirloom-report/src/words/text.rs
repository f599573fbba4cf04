//! Text from donor systems made harmless, measured and shortened. The only place that
//! decides which characters may reach a reader.

/// Makes every character of `text` visible and harmless on a terminal and on paper.
///
/// Control characters become their pictures (`␛`, `␊`); C1 controls, direction
/// overrides, line separators and other invisible marks become `�`. No escape
/// sequence, line break or reordering survives.
pub fn safe(text: &str) -> String {
    text.chars().map(safe_char).collect()
}

pub(crate) fn safe_char(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        c if is_hostile(c) => '\u{fffd}',
        c => c,
    }
}

/// Whether a character can move the cursor, reorder its neighbours or hide.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Makes `text` [`safe`] and shortens it to `columns` terminal columns, with an ellipsis where it was cut.
pub fn clip(text: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    let mut fits = 0;
    for c in text.chars().map(safe_char) {
        used += char_width(c);
        if used > columns {
            out.truncate(fits);
            if columns > 0 {
                out.push('…');
            }
            return out;
        }
        out.push(c);
        if used < columns {
            fits = out.len();
        }
    }
    out
}

/// How many terminal columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// Columns of one character: 0 for combining marks, 2 for East Asian wide ones and emoji.
fn char_width(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{20d0}'..='\u{20ff}' => 0,
        '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{303e}' | '\u{3041}'..='\u{a4cf}' => 2,
        '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' => 2,
        '\u{ff01}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' => 2,
        '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hostile_characters_become_visible() {
        let check = |text, expected: &str| assert_eq!(safe(text), expected);
        check("Zoë Müller 山田", "Zoë Müller 山田");
        check("\x1b[2J\x07", "␛[2J␇");
        check("a\r\nb\tc", "a␍␊b␉c");
        check("\u{9b}31m", "\u{fffd}31m");
        check("gift\u{202e}txet", "gift\u{fffd}txet");
    }

    #[test]
    fn a_long_text_is_cut_at_its_columns() {
        let check = |text, columns, expected: &str| assert_eq!(clip(text, columns), expected);
        check("Building", 8, "Building");
        check("Building", 7, "Buildi…");
        check("山田太郎", 5, "山田…");
        check("山田太郎", 4, "山…");
        check("x", 0, "");
    }

    proptest! {
        #[test]
        fn nothing_hostile_survives_and_nothing_is_too_wide(text in ".*", columns in 0usize..40) {
            prop_assert!(!safe(&text).chars().any(is_hostile));
            prop_assert!(width(&clip(&text, columns)) <= columns);
        }
    }
}
