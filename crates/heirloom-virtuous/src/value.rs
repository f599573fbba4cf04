//! Tolerant reading of the vendor's JSON: fields in any case, numbers or strings, formatted
//! money, dates in the forms that were seen.

use heirloom_model::{Currency, GiftDate, Money};
use serde_json::Value;

pub(crate) use crate::reading::get;

/// A field's text: a string trimmed, a number as written, a truth value; empty if absent.
pub(crate) fn text(value: &Value, key: &str) -> String {
    get(value, key).map(plain).unwrap_or_default()
}

/// A value as text.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        _ => String::new(),
    }
}

/// A field that holds a positive id, as number or string.
pub(crate) fn id(value: &Value, key: &str) -> Option<i64> {
    let text = text(value, key);
    let whole = text.strip_suffix(".0").unwrap_or(&text);
    whole.parse().ok().filter(|id| *id > 0)
}

/// A truth value, as such or as text.
pub(crate) fn truth(value: &Value, key: &str) -> Option<bool> {
    match text(value, key).to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// A list field; absent or null is an empty one.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    get(value, key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// An amount from `10.5`, `"10.50"`, `"$1,234.50"`, `"($3.00)"`, `"-$3.00"`; `None` if it does
/// not fit the currency's decimals exactly.
pub(crate) fn money(value: &Value, key: &str, currency: Currency) -> Option<Money> {
    let raw = text(value, key);
    let bracketed = raw.starts_with('(') && raw.ends_with(')');
    let kept: String =
        raw.chars().filter(|c| !matches!(c, '$' | ',' | ' ' | '(' | ')' | '\u{a0}' | '€' | '£')).collect();
    let (minus, digits) = match kept.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (bracketed, kept.as_str()),
    };
    let minor = minor_units(digits, currency.exponent() as usize)?;
    Some(Money::new(if minus { -minor } else { minor }, currency))
}

fn minor_units(digits: &str, exponent: usize) -> Option<i64> {
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let numeric = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !numeric(whole) || !numeric(part) {
        return None;
    }
    let (kept, beyond) = part.split_at(part.len().min(exponent));
    if beyond.bytes().any(|b| b != b'0') {
        return None;
    }
    format!("{whole}{kept:0<exponent$}").parse().ok()
}

/// A day from `2023-12-07`, `2023-12-07T00:00:00.000`, `12/7/2023` (month first).
pub(crate) fn date(text: &str) -> Option<GiftDate> {
    let day = text.split(['T', ' ']).next().filter(|day| !day.is_empty())?;
    if day.contains('/') {
        let mut parts = day.splitn(3, '/');
        let month = parts.next()?.parse().ok()?;
        let dom = parts.next()?.parse().ok()?;
        return GiftDate::new(parts.next()?.parse().ok()?, month, dom);
    }
    day.parse::<jiff::civil::Date>().ok().map(GiftDate::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn money_is_read_to_the_cent_or_not_at_all() {
        let check = |value: Value, expected: Option<i64>| {
            let found = money(&json!({"Amount": value}), "amount", Currency::USD);
            assert_eq!(found.map(|m| m.minor()), expected, "{value}");
        };
        check(json!(10.5), Some(1_050));
        check(json!(10), Some(1_000));
        check(json!(-3.25), Some(-325));
        check(json!("$1,234.50"), Some(123_450));
        check(json!("($3.00)"), Some(-300));
        check(json!("-$3.00"), Some(-300));
        check(json!("1234.5000"), Some(123_450));
        check(json!(999_999_999.99), Some(99_999_999_999));
        for bad in [json!("1.005"), json!("ten"), json!(""), json!(null), json!(1e30)] {
            check(bad, None);
        }
    }

    #[test]
    fn days_are_read_in_the_forms_that_were_seen() {
        let day = GiftDate::new(2023, 12, 7);
        for text in ["2023-12-07", "2023-12-07T00:00:00", "2023-12-07T23:59:59.1234567", "12/7/2023"] {
            assert_eq!(date(text), day, "{text}");
        }
        for text in ["", "Unavailable", "13/7/2023", "2023-02-30"] {
            assert_eq!(date(text), None, "{text}");
        }
    }

    #[test]
    fn fields_are_found_in_any_case_and_type() {
        let value = json!({"TransactionId": 815, "isActive": "TRUE", "ID": "42"});
        assert_eq!(text(&value, "transactionId"), "815");
        assert_eq!(truth(&value, "IsActive"), Some(true));
        assert_eq!(id(&value, "id"), Some(42));
        assert_eq!(id(&value, "transactionid"), Some(815));
    }
}
