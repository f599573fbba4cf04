//! Names and ids that the target will meet in URLs and must never confuse.

use std::fmt;

/// Literal segments of the vendor's routes; an id equal to one of them could not be looked up.
const ROUTE_WORDS: &[&str] = &[
    "batch",
    "bulk",
    "bycontact",
    "byreference",
    "bytag",
    "collection",
    "customcollections",
    "customfields",
    "find",
    "noncashgifttypes",
    "passthrough",
    "prefixes",
    "query",
    "queryoptions",
    "receipts",
    "reversingtransaction",
    "search",
    "transaction",
    "transactions",
    "types",
];

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

fn is_route_word(text: &str) -> bool {
    ROUTE_WORDS.contains(&text.to_ascii_lowercase().as_str())
}

/// The constant under which a source system's gifts and donors are known at the target:
/// `transactionSource` of its gifts and `referenceSource` of its contacts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceName(String);

/// Why a text cannot name a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" cannot name a source: use 1 to 40 letters, digits, dots, dashes or underscores, and no word that is part of the vendor's addresses"
)]
pub struct SourceNameError(String);

impl SourceName {
    /// Checks a name.
    ///
    /// # Errors
    /// If it is empty, longer than 40 bytes, holds anything but `[A-Za-z0-9._-]`, or is a route word.
    pub fn new(text: &str) -> Result<Self, SourceNameError> {
        let fits = (1..=40).contains(&text.len()) && text.bytes().all(is_plain) && !is_route_word(text);
        if fits { Ok(SourceName(text.to_owned())) } else { Err(SourceNameError(text.to_owned())) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes a legacy id in `[A-Za-z0-9._~-]`, injectively, and so that two ids stay distinct
/// when letter case is folded.
///
/// Other bytes become `~XX`. Where the id has lower-case letters, `~_` and the hexadecimal
/// mask of their places follow, so that `ab` and `AB` differ even to a system that ignores
/// case. An id that would be a word of the vendor's routes has its first byte escaped.
pub fn escape_id(id: &str) -> String {
    let mut out = String::with_capacity(id.len() + 8);
    let mut lower_places = Vec::new();
    let guard_first = is_route_word(id) || id == "." || id == "..";
    for (i, byte) in id.bytes().enumerate() {
        if is_plain(byte) && !(i == 0 && guard_first) {
            lower_places.push(byte.is_ascii_lowercase());
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("~{byte:02X}"));
        }
    }
    if lower_places.contains(&true) {
        out.push_str("~_");
        for four in lower_places.chunks(4) {
            let nibble = four.iter().enumerate().fold(0u8, |bits, (i, &lower)| bits | u8::from(lower) << i);
            out.push_str(&format!("{nibble:X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_without_lower_case_stay_readable() {
        assert_eq!(escape_id("LRE-000123"), "LRE-000123");
        assert_eq!(escape_id("0815"), "0815");
        assert_eq!(escape_id("A/7 é"), "A~2F7~20~C3~A9");
        assert_ne!(escape_id("Query").to_ascii_lowercase(), "query");
    }

    #[test]
    fn a_source_must_not_be_a_route() {
        assert!(SourceName::new("raisers-edge").is_ok());
        for bad in ["", "Query", "has space", "bycontact", "a/b"] {
            assert!(SourceName::new(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn escaping_is_injective_even_with_case_folded(a in "[a-cA-C~_/ 0]{0,6}", b in "[a-cA-C~_/ 0]{0,6}") {
            let (x, y) = (escape_id(&a), escape_id(&b));
            prop_assert_eq!(a == b, x == y);
            prop_assert_eq!(a == b, x.eq_ignore_ascii_case(&y));
            prop_assert!(x.bytes().all(|c| c.is_ascii_alphanumeric() || b"._~-".contains(&c)));
        }
    }
}
