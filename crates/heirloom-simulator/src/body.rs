//! Reads JSON as the vendor's binder does: keys in any case, numbers as text and text as numbers, null as absent.

use serde_json::{Map, Value};

/// The fields of one JSON object.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(pub &'a Map<String, Value>);

impl<'a> Fields<'a> {
    /// The fields of a value that is an object.
    pub(crate) fn of(value: &'a Value) -> Option<Fields<'a>> {
        value.as_object().map(Fields)
    }

    /// The value under a name in any case; null is absent.
    pub(crate) fn get(self, name: &str) -> Option<&'a Value> {
        let exact = self.0.get(name);
        let found = exact.or_else(|| {
            self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        });
        found.filter(|value| !value.is_null())
    }

    /// The scalar under a name as trimmed text; empty when absent or no scalar.
    pub(crate) fn text(self, name: &str) -> String {
        self.get(name).map(scalar).unwrap_or_default()
    }

    /// The integer under a name.
    pub(crate) fn int(self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    /// Whether the value under a name is true, `"true"` or `"TRUE"`.
    pub(crate) fn flag(self, name: &str) -> bool {
        self.text(name).eq_ignore_ascii_case("true")
    }

    /// The array under a name; empty when absent.
    pub(crate) fn list(self, name: &str) -> &'a [Value] {
        self.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The object under a name.
    pub(crate) fn object(self, name: &str) -> Option<Fields<'a>> {
        self.get(name).and_then(Fields::of)
    }
}

/// A scalar as trimmed text.
pub(crate) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_string(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        _ => String::new(),
    }
}

/// Reads a decimal as an integer of `1 / 10^places`; more digits than that must be zeros.
pub(crate) fn decimal(text: &str, places: u32) -> Option<i64> {
    let (negative, digits) = match text.trim().strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.trim()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) || digits.ends_with('.') {
        return None;
    }
    let places = places as usize;
    let (kept, rest) = fraction.split_at(places.min(fraction.len()));
    if rest.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let joined: i64 = format!("{whole}{kept:0<places$}").parse().ok()?;
    Some(if negative { -joined } else { joined })
}

/// The most an amount may be, either way, minor units: thousands of gifts of it can still be added up.
pub(crate) const AMOUNT_MAX_MINOR: u64 = 1_000_000_000_000_000;

/// Adds amounts up, minor units; a sum beyond what can be held is as near to it as can be.
pub(crate) fn sum_minor(amounts: impl Iterator<Item = i64>) -> i64 {
    let sum: i128 = amounts.map(i128::from).sum();
    i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
}

/// How many decimal places a currency has.
pub(crate) fn exponent(currency: &str) -> u32 {
    match currency.to_ascii_uppercase().as_str() {
        "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "XAF" | "XOF" | "UGX" | "PYG" | "RWF" => 0,
        "KWD" | "BHD" | "OMR" | "JOD" | "TND" | "IQD" | "LYD" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_match_in_any_case_and_scalars_in_any_type() {
        let body: Value =
            serde_json::from_str(r#"{"FirstName":"Ada","amount":150.5,"isPrivate":"TRUE","x":null}"#)
                .unwrap();
        let fields = Fields::of(&body).unwrap();
        assert_eq!(fields.text("firstname"), "Ada");
        assert_eq!(fields.text("Amount"), "150.5");
        assert!(fields.flag("ISPRIVATE"));
        assert!(fields.get("x").is_none());
    }

    #[test]
    fn a_sum_beyond_what_can_be_held_is_as_near_as_can_be() {
        for (amounts, expected) in [
            (vec![1, -3, 5], 3),
            (vec![i64::MAX, 1, -1], i64::MAX),
            (vec![i64::MAX, 1], i64::MAX),
            (vec![i64::MIN, -1], i64::MIN),
        ] {
            assert_eq!(sum_minor(amounts.iter().copied()), expected, "{amounts:?}");
        }
    }

    #[test]
    fn decimals_are_exact() {
        for (text, places, expected) in [
            ("150.00", 2, Some(15000)),
            ("150.5", 2, Some(15050)),
            ("150", 2, Some(15000)),
            ("-0.01", 2, Some(-1)),
            ("150.000", 2, Some(15000)),
            ("150.005", 2, None),
            ("1e3", 2, None),
            ("1,000.00", 2, None),
            (".5", 2, None),
            ("5.", 2, None),
            ("1234.00", 0, Some(1234)),
            ("99999999999999999999", 2, None),
        ] {
            assert_eq!(decimal(text, places), expected, "{text}");
        }
    }
}
