//! Texts as people type them: trimming, case- and punctuation-blind keys, nearness of names.

use std::borrow::Cow;

/// Removes white space at both ends, also no-break spaces, byte-order marks and zero-width spaces.
pub(crate) fn trim(text: &str) -> &str {
    let bytes = text.as_bytes();
    let is_clean = |b: u8| b > b' ' && b < 0x7f;
    if let (Some(&first), Some(&last)) = (bytes.first(), bytes.last())
        && is_clean(first)
        && is_clean(last)
    {
        return text;
    }
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\0'))
}

/// Letters and digits only, lower case: how column names are compared.
pub(crate) fn fold(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Lower case with single spaces: how values are compared.
pub(crate) fn fold_value(text: &str) -> String {
    collapse(text).to_lowercase()
}

/// Every run of white space becomes one space.
pub(crate) fn collapse(text: &str) -> Cow<'_, str> {
    let plain = !text.contains("  ") && !text.chars().any(|c| c.is_whitespace() && c != ' ');
    if plain {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether two texts are equal when letter case is ignored.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || (!a.is_ascii() && a.to_lowercase() == b.to_lowercase())
}

/// At most `max` characters of a text, with `…` where it was cut.
pub(crate) fn shorten(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The candidates nearest to `wanted`, nearest first, at most `max`, none that is far off.
pub(crate) fn nearest<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    max: usize,
) -> Vec<&'a str> {
    let target = fold(wanted);
    let mut scored: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|name| {
            let folded = fold(name);
            let away = if folded.len() >= 3 && (folded.contains(&target) || target.contains(&folded)) {
                1
            } else {
                distance(&target, &folded)
            };
            (!folded.is_empty() && away * 2 <= target.chars().count().max(2)).then_some((away, name))
        })
        .collect();
    scored.sort();
    scored.dedup();
    scored.into_iter().take(max).map(|(_, name)| name).collect()
}

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(80).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(80).enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let swap = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = swap.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_comes_first_and_strangers_not_at_all() {
        let names = ["Gift Amount", "Gift Date", "Fund", "Zebra"];
        assert_eq!(nearest("Gift Amt", names, 2)[0], "Gift Amount");
        assert_eq!(nearest("fnud", names, 2), ["Fund"]);
        assert!(nearest("Spouse", names, 2).is_empty());
    }

    #[test]
    fn no_break_spaces_are_white_space() {
        assert_eq!(trim("\u{a0} x y \u{feff}"), "x y");
        assert_eq!(trim("plain"), "plain");
        assert_eq!(fold("Gift-Amount (US$)"), "giftamountus");
        assert_eq!(shorten("abcd", 2), "ab…");
    }
}
