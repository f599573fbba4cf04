//! Folding of text to plain lower-case words.

use std::borrow::Cow;
use std::hash::BuildHasher;

use deunicode::deunicode;
use foldhash::fast::FixedState;

/// A number for a value: equal values have equal numbers within one run. Never stored.
pub(crate) fn number_of<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    FixedState::with_seed(0x4865_6972).hash_one(value).max(1)
}

/// Plain lower-case words, separated by spaces in one text.
pub(crate) struct Words(String);

impl Words {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(' ').filter(|w| !w.is_empty())
    }

    pub fn list(&self) -> Vec<&str> {
        self.iter().collect()
    }
}

/// Splits text into plain lower-case words of ASCII letters and digits. Accents are dropped
/// (`José` gives `jose`), apostrophes and the periods of abbreviations join (`O'Brien`,
/// `L.L.C.`), `&` and `+` become `and`, everything else separates.
pub(crate) fn words(text: &str) -> Words {
    let plain = if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(deunicode(text)) };
    let bytes = plain.as_bytes();
    if bytes.iter().all(|b| b.is_ascii_alphanumeric() || *b == b' ') {
        return Words(plain.to_ascii_lowercase());
    }
    let mut out = String::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte.to_ascii_lowercase())),
            b'\'' | b'`' => {}
            b'.' if is_abbreviation(bytes, at) => {}
            b'&' | b'+' => out.push_str(" and "),
            _ => out.push(' '),
        }
    }
    Words(out)
}

/// Whether the period at `at` stands inside something like `P.O.` or `L.L.C.`: letters one
/// by one, unlike `Dr.John` or `J.Smith`.
fn is_abbreviation(bytes: &[u8], at: usize) -> bool {
    let letter = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_alphabetic);
    let alone_before = at >= 1 && letter(at - 1) && (at < 2 || !letter(at - 2));
    alone_before && letter(at + 1) && !letter(at + 2)
}

/// The words of a text written together.
pub(crate) fn joined(text: &str) -> String {
    let words = words(text);
    if words.0.contains(' ') { words.iter().collect() } else { words.0 }
}

/// The Soundex code of a plain lower-case word: how it roughly sounds in English.
pub(crate) fn soundex(word: &str) -> [u8; 4] {
    let code = |c: u8| match c {
        b'b' | b'f' | b'p' | b'v' => b'1',
        b'c' | b'g' | b'j' | b'k' | b'q' | b's' | b'x' | b'z' => b'2',
        b'd' | b't' => b'3',
        b'l' => b'4',
        b'm' | b'n' => b'5',
        b'r' => b'6',
        b'h' | b'w' => b'-',
        _ => b'0',
    };
    let mut out = [b'0'; 4];
    let mut bytes = word.bytes();
    let Some(first) = bytes.next() else {
        return out;
    };
    out[0] = first;
    let (mut at, mut last) = (1, code(first));
    for digit in bytes.map(code) {
        if digit == b'-' {
            continue;
        }
        if digit != b'0' && digit != last && at < 4 {
            out[at] = digit;
            at += 1;
        }
        last = digit;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_plain_words() {
        for (text, expected) in [
            ("José  GARCÍA", "jose garcia"),
            ("O’Brien", "obrien"),
            ("O'Brien-Smith", "obrien smith"),
            ("John & Mary", "john and mary"),
            ("Acme, L.L.C.", "acme llc"),
            ("P.O. Box 12", "po box 12"),
            ("St. Mary", "st mary"),
            ("Dr.John", "dr john"),
            ("J.Smith", "j smith"),
            ("  ", ""),
        ] {
            assert_eq!(words(text).list().join(" "), expected, "{text}");
        }
    }

    #[test]
    fn soundex_agrees_with_the_published_examples() {
        for (word, code) in [
            ("robert", "r163"),
            ("rupert", "r163"),
            ("ashcraft", "a261"),
            ("tymczak", "t522"),
            ("pfister", "p236"),
            ("honeyman", "h555"),
        ] {
            assert_eq!(&soundex(word)[..], code.as_bytes(), "{word}");
        }
    }
}
