//! Bodies as they go over the wire: canonical JSON with a fixed order of keys, no null and
//! no empty keys, amounts as text with two decimals. Checked by `validator` before sealing.

mod contact;
mod detail;
mod gift;
mod promise;
mod recognition;

use heirloom_model::{Money, SourceName};
use validator::{ValidationErrors, ValidationErrorsKind};

pub use contact::{ContactInput, seal_contact};
pub use detail::{Detail, DetailKind, DetailOwner, fold, seal_detail};
pub use gift::{GiftContact, GiftInput, seal_gift};
pub use promise::{PromiseInput, PromiseSeen, promise_key, seal_promise};
pub use recognition::Recognised;

/// Why a body was not sealed. Never holds the value, which may be a donor's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("seal the {field}: {code}")]
pub struct WireProblem {
    /// The field's name on the wire.
    pub field: &'static str,
    /// What the field breaks: `length`, `email`, `amount`, `required` …
    pub code: &'static str,
}

/// Wraps sealed gifts, byte for byte, in the body of `POST /api/v2/Gift/Transactions`.
///
/// `batch` is left out when it is empty. `total` must be given only when this one call
/// carries the whole batch: the vendor takes it as the batch's control total. `import` asks for an
/// import of that name at once; without it, what is sent waits for the vendor's midnight.
pub fn gift_list(
    source: &SourceName,
    batch: &str,
    total: Option<Money>,
    import: Option<&str>,
    bodies: &[&str],
) -> String {
    let mut out = open_list("transactionSource", source, "transactions", bodies);
    if !batch.is_empty() {
        out.push_str(",\"batch\":");
        out.push_str(&quote(batch));
    }
    if let Some(total) = total {
        out.push_str(",\"batchTotal\":");
        out.push_str(&total.to_plain());
    }
    if let Some(name) = import {
        out.push_str(",\"createImport\":true,\"importName\":");
        out.push_str(&quote(name));
    }
    out.push('}');
    out
}

/// Wraps sealed contacts, byte for byte, in the body of `POST /api/Contact/Batch`.
pub fn contact_list(source: &SourceName, bodies: &[&str]) -> String {
    let mut out = open_list("referenceSource", source, "contacts", bodies);
    out.push('}');
    out
}

/// A sealed contact, byte for byte, as the body of `POST /api/Contact/Transaction`.
pub fn one_contact(source: &SourceName, body: &str) -> String {
    let fields = body.strip_prefix('{').unwrap_or(body);
    let comma = if fields.starts_with('}') { "" } else { "," };
    format!("{{\"referenceSource\":{}{comma}{fields}", quote(source.as_str()))
}

fn open_list(source_key: &str, source: &SourceName, list_key: &str, bodies: &[&str]) -> String {
    let bytes: usize = bodies.iter().map(|body| body.len() + 1).sum();
    let mut out = String::with_capacity(bytes + 160);
    out.push_str("{\"");
    out.push_str(source_key);
    out.push_str("\":");
    out.push_str(&quote(source.as_str()));
    out.push_str(",\"");
    out.push_str(list_key);
    out.push_str("\":[");
    for (i, body) in bodies.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(body);
    }
    out.push(']');
    out
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether a key is 1 to 100 characters of the alphabet that is safe in the vendor's paths.
fn is_safe_key(key: &str) -> bool {
    (1..=100).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b))
}

/// The amount with two decimals; currencies without minor units get `.00`, those with three
/// keep them (and are refused by the gate, since a digit would be lost).
fn two_decimals(money: Money) -> String {
    let plain = money.to_plain();
    match money.currency().exponent() {
        0 => format!("{plain}.00"),
        _ => plain,
    }
}

/// An absent key instead of an empty one.
fn filled(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

/// Flattens validator's tree to sorted problems; nested bodies keep their own field names.
fn problems(errors: &ValidationErrors) -> Vec<WireProblem> {
    let mut found = Vec::new();
    collect(errors, &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect(errors: &ValidationErrors, found: &mut Vec<WireProblem>) {
    for (field, kind) in errors.errors() {
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, found),
            ValidationErrorsKind::List(items) => {
                items.values().for_each(|inner| collect(inner, found));
            }
            ValidationErrorsKind::Field(list) => {
                found.extend(
                    list.iter().map(|e| WireProblem { field: wire_name(field), code: known_code(&e.code) }),
                );
            }
        }
    }
}

/// The wire's spelling of a field's Rust name.
fn wire_name(field: &str) -> &'static str {
    const NAMES: &[(&str, &str)] = &[
        ("reference_id", "referenceId"),
        ("transaction_id", "transactionId"),
        ("contact_type", "contactType"),
        ("name", "name"),
        ("title", "title"),
        ("first_name", "firstName"),
        ("middle_name", "middleName"),
        ("last_name", "lastName"),
        ("suffix", "suffix"),
        ("gender", "gender"),
        ("email", "email"),
        ("phone", "phone"),
        ("address1", "address1"),
        ("address2", "address2"),
        ("city", "city"),
        ("state", "state"),
        ("postal", "postal"),
        ("country", "country"),
        ("tags", "tags"),
        ("contact", "contact"),
        ("id", "contact.id"),
        ("gift_date", "giftDate"),
        ("receipt_date", "receiptDate"),
        ("amount", "amount"),
        ("amount_designated", "amountDesignated"),
        ("code", "designations.code"),
        ("designations", "designations"),
        ("check_number", "checkNumber"),
        ("credit_card_type", "creditCardType"),
        ("ira_custodian", "iraCustodian"),
        ("non_cash_gift_type", "nonCashGiftType"),
        ("non_cash_gift_description", "nonCashGiftDescription"),
        ("stock_ticker_symbol", "stockTickerSymbol"),
        ("stock_number_of_shares", "stockNumberOfShares"),
        ("batch", "batch"),
        ("notes", "notes"),
        ("segment", "segment"),
        ("tribute", "tribute"),
        ("tribute_first_name", "tributeDedication.tributeFirstName"),
        ("tribute_last_name", "tributeDedication.tributeLastName"),
        ("acknowledgee_first_name", "tributeDedication.acknowledgeeFirstName"),
        ("acknowledgee_last_name", "tributeDedication.acknowledgeeLastName"),
        ("gift_passthroughs", "giftPassthroughs"),
        ("birth_month", "birthMonth"),
        ("birth_day", "birthDay"),
        ("birth_year", "birthYear"),
        ("contact_id", "contactId"),
        ("project_id", "projectId"),
        ("frequency", "frequency"),
    ];
    NAMES.iter().find(|(rust, _)| *rust == field).map_or("body", |(_, wire)| wire)
}

fn known_code(code: &str) -> &'static str {
    const CODES: &[&str] = &[
        "length",
        "email",
        "range",
        "amount",
        "negative",
        "zero",
        "date",
        "key",
        "required",
        "separator",
        "whole_number",
        "kind",
    ];
    CODES.iter().find(|c| **c == code).copied().unwrap_or("form")
}

#[cfg(test)]
mod tests {
    use super::*;
    use heirloom_model::Currency;

    #[test]
    fn sealed_bodies_stay_as_they_are_byte_for_byte() {
        let source = SourceName::new("old-system").unwrap();
        let total = Money::new(123_450, Currency::USD);
        assert_eq!(
            gift_list(&source, "H-\"1\"", Some(total), None, &["{\"a\": 1}", "{}"]),
            "{\"transactionSource\":\"old-system\",\"transactions\":[{\"a\": 1},{}],\"batch\":\"H-\\\"1\\\"\",\"batchTotal\":1234.50}"
        );
        assert_eq!(
            gift_list(&source, "", None, None, &["{}"]),
            "{\"transactionSource\":\"old-system\",\"transactions\":[{}]}"
        );
        assert_eq!(
            gift_list(&source, "", None, Some("a \"day\""), &["{}"]),
            "{\"transactionSource\":\"old-system\",\"transactions\":[{}],\"createImport\":true,\"importName\":\"a \\\"day\\\"\"}"
        );
        assert_eq!(
            contact_list(&source, &["{}", "{}"]),
            "{\"referenceSource\":\"old-system\",\"contacts\":[{},{}]}"
        );
        assert_eq!(one_contact(&source, "{\"a\": 1}"), "{\"referenceSource\":\"old-system\",\"a\": 1}");
        assert_eq!(one_contact(&source, "{}"), "{\"referenceSource\":\"old-system\"}");
    }

    #[test]
    fn a_key_that_could_not_be_looked_up_is_not_safe() {
        for good in ["A", "LRE-0001", "a~_1", &"x".repeat(100)] {
            assert!(is_safe_key(good), "{good}");
        }
        for bad in ["", "a/b", "a b", "é", &"x".repeat(101)] {
            assert!(!is_safe_key(bad), "{bad}");
        }
    }
}
