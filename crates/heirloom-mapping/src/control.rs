//! The independent amount reader: written apart from the mapper's own, over raw text, so that
//! conservation never compares a number with itself. It shares no code with `number`.

use heirloom_model::CellKind;

/// Reads one amount cell to minor units; `None` if it is empty or no amount.
///
/// The way of writing is the same as the mapper's: groups of three, one sign in front, behind
/// or as brackets, one currency as a symbol or three letters; decimals beyond the currency's
/// must be zeros, or noise below a millionth of a unit in a number cell.
pub fn read_cents(text: &str, kind: CellKind, decimal_comma: bool, exponent: u32) -> Option<i64> {
    let decimal = match kind {
        CellKind::Number => '.',
        CellKind::Text if decimal_comma => ',',
        CellKind::Text => '.',
        _ => return None,
    };
    let marked = strip_currency(text)?;
    let (negative, number) = strip_sign(&marked)?;
    let (whole, part) = match number.split_once(decimal) {
        Some((whole, part)) => (whole.to_owned(), part.to_owned()),
        None => (number, String::new()),
    };
    if (whole.is_empty() && part.is_empty()) || part.len() > 30 {
        return None;
    }
    let whole = ungroup(&whole, if decimal == '.' { ',' } else { '.' })?;
    let units = scale(&whole, &part, exponent as usize, kind == CellKind::Number)?;
    i64::try_from(if negative { -units } else { units }).ok()
}

/// Removes one currency and keeps the rest; brackets and signs may stand around it.
fn strip_currency(text: &str) -> Option<String> {
    let is_symbol = |c: char| ['$', '€', '£', '¥'].contains(&c);
    let belongs = |c: char| c.is_ascii_alphabetic() || is_symbol(c);
    let Some(start) = text.find(belongs) else {
        return Some(text.to_owned());
    };
    let run: String = text[start..].chars().take_while(|&c| belongs(c)).collect();
    let (before, after) = (&text[..start], &text[start + run.len()..]);
    let letters = run.chars().filter(char::is_ascii_alphabetic).count();
    let symbols = run.chars().count() - letters;
    let is_prefix = (1..=3).contains(&letters) && symbols == 1 && run.ends_with('$');
    let is_known = (letters, symbols) == (0, 1) || (letters, symbols) == (3, 0) || is_prefix;
    let counts = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let is_inside = before.contains(counts) && (after.contains(counts) || is_prefix);
    if !is_known || is_inside || after.contains(belongs) {
        return None;
    }
    // The gap keeps "5 USD 0" from becoming "50".
    Some(format!("{before} {after}"))
}

/// Takes the one sign off; what is left has digits at both ends or a decimal mark.
fn strip_sign(text: &str) -> Option<(bool, String)> {
    let squeezed = text.trim();
    let opening = squeezed.matches('(').count();
    let minus = squeezed.matches(['-', '\u{2212}']).count();
    let plus = squeezed.matches('+').count();
    if opening + minus + plus > 1 || opening != squeezed.matches(')').count() {
        return None;
    }
    let bare = if opening == 1 {
        squeezed.strip_prefix('(')?.strip_suffix(')')?
    } else if minus == 1 {
        let minuses = ['-', '\u{2212}'];
        squeezed.strip_prefix(minuses).or_else(|| squeezed.strip_suffix(minuses))?
    } else {
        squeezed.strip_prefix('+').unwrap_or(squeezed)
    };
    Some((opening + minus == 1, bare.trim().to_owned()))
}

/// Joins groups of three digits; every separator must be the same.
fn ungroup(whole: &str, thousands: char) -> Option<String> {
    let separator = whole.chars().find(|c| !c.is_ascii_digit());
    let Some(separator) = separator else {
        return Some(whole.to_owned());
    };
    let known = [thousands, ' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '\u{2019}'];
    if !known.contains(&separator) {
        return None;
    }
    let groups: Vec<&str> = whole.split(separator).collect();
    let all_digits = groups.iter().all(|g| g.bytes().all(|b| b.is_ascii_digit()));
    let first_fits = (1..=3).contains(&groups[0].len());
    let rest_fits = groups[1..].iter().all(|g| g.len() == 3);
    (all_digits && first_fits && rest_fits).then(|| groups.concat())
}

fn scale(whole: &str, part: &str, exponent: usize, is_number: bool) -> Option<i128> {
    if whole.len() > 18 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{part:0<exponent$}");
    let (kept, rest) = padded.split_at(exponent);
    let units: i128 = format!("0{whole}{kept}").parse().ok()?;
    if rest.trim_matches('0').is_empty() {
        return Some(units);
    }
    match rest.get(..6) {
        Some("000000") if is_number => Some(units),
        Some("999999") if is_number => Some(units + 1),
        _ => None,
    }
}
