//! Two sealings of one row against each other: what a mapping that was corrected makes of what was sent.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_model::{Changed, TargetContact, TargetGift};
use serde_json::Value;

use crate::compare::{Ours, SentContact, SentGift};

/// What the fields of two bodies are called where the wire's own word is not plain, or not the one under
/// which a reading of the target compares them.
const NAMES: [(&str, &str); 5] = [
    ("giftDate", "date"),
    ("giftType", "type"),
    ("email", "e-mail"),
    ("tributeDedication.tributeType", "tribute type"),
    ("address1", "address"),
];

/// Fields of a contact that a reading of the target compares.
const OF_CONTACT: [&str; 12] = [
    "contact type",
    "name",
    "first name",
    "last name",
    "e-mail",
    "phone",
    "address",
    "city",
    "state",
    "postal",
    "country",
    "tags",
];

/// Every field in which two sealings of one row differ. Whom it is about is not compared.
pub fn changes(sent: &str, now: &str) -> Vec<Changed> {
    let (sent, now) = (fields(sent), fields(now));
    let names: BTreeSet<&String> = sent.keys().chain(now.keys()).collect();
    let text = |of: &BTreeMap<String, String>, name: &String| of.get(name).cloned().unwrap_or_default();
    let changed = names.into_iter().map(|name| Changed {
        field: name.clone(),
        sent: text(&sent, name),
        now: text(&now, name),
    });
    changed.filter(|one| one.sent != one.now).collect()
}

/// Whether a gift at the target carries what `now`, its newest sealing, has in every field that changed;
/// `None` if one of them is not to be seen there.
pub fn is_gift_corrected(now: &str, changed: &[Changed], found: &TargetGift) -> Option<bool> {
    let differs = SentGift::open(now)?.differences(found);
    let is_seen = |one: &Changed| match one.field.as_str() {
        "amount" | "date" | "type" | "designations" => true,
        "notes" => found.notes.is_some(),
        "check number" => found.check_number.is_some(),
        "tribute" => found.tribute.is_some(),
        // These the vendor may fill by itself: nothing of ours is not compared.
        "receipt date" => found.receipt_date.is_some() && !one.now.is_empty(),
        _ => false,
    };
    let is_seen = changed.iter().all(|one| is_seen(one) && is_more_than_spelling(one));
    is_seen.then(|| changed.iter().all(|one| differs.iter().all(|d| d.field != one.field)))
}

/// The same of a contact.
pub fn is_contact_corrected(
    now: &str,
    changed: &[Changed],
    found: &TargetContact,
    ours: Ours,
) -> Option<bool> {
    let now = SentContact::open(now)?;
    let is_seen = |one: &Changed| OF_CONTACT.contains(&one.field.as_str()) && !one.now.is_empty();
    let is_seen = ours == Ours::Alone && changed.iter().all(|one| is_seen(one) && is_more_than_spelling(one));
    is_seen.then(|| now.differences(found, ours).is_empty())
}

/// Case and blanks are not compared with the target.
fn is_more_than_spelling(one: &Changed) -> bool {
    let plain = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    plain(&one.sent) != plain(&one.now)
}

/// The fields of a body, by the names that people know.
fn fields(body: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Ok(Value::Object(top)) = serde_json::from_str::<Value>(body) {
        let own =
            top.iter().filter(|(key, _)| !["transactionId", "referenceId", "contact"].contains(&&***key));
        own.for_each(|(key, value)| walk(key, value, &mut found));
    }
    found
}

fn walk(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(parts) => {
            parts.iter().for_each(|(key, value)| walk(&format!("{path}.{key}"), value, found))
        }
        other => {
            found.insert(name(path), shown(other));
        }
    }
}

/// `checkNumber` is a check number; a custom field keeps its own name.
fn name(path: &str) -> String {
    if let Some(custom) = path.strip_prefix("customFields.") {
        return format!("custom field {custom}");
    }
    if let Some((_, known)) = NAMES.iter().find(|(wire, _)| *wire == path) {
        return (*known).to_owned();
    }
    let last = path.rsplit('.').next().unwrap_or(path);
    let mut words = String::new();
    for c in last.chars() {
        if c.is_uppercase() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

/// Parts in an order of their own: in which order the rows of a gift stand is no difference.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let mut parts: Vec<String> = parts.iter().map(part).collect();
            parts.sort_unstable();
            parts.join(" + ")
        }
        other => other.to_string(),
    }
}

/// `GEN 100.00`
fn part(value: &Value) -> String {
    match value {
        Value::Object(fields) => fields.values().map(shown).collect::<Vec<_>>().join(" "),
        other => shown(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_said_in_the_words_of_people() {
        let sent = r#"{"transactionId":"G-1","contact":{"id":7},"giftDate":"2020-05-02","amount":"50.00","checkNumber":"9",
            "tributeDedication":{"tributeLastName":"Lee"},"customFields":{"Legacy Appeal":"A"},
            "designations":[{"code":"GEN","amountDesignated":"50.00"}]}"#;
        let now = r#"{"transactionId":"G-1","contact":{"id":8},"giftDate":"2020-05-03","amount":"50.00",
            "tributeDedication":{"tributeLastName":"Li"},"customFields":{"Legacy Appeal":"B"},
            "designations":[{"code":"GEN","amountDesignated":"20.00"},{"code":"WELLS","amountDesignated":"30.00"}]}"#;
        let said: Vec<String> =
            changes(sent, now).iter().map(|c| format!("{}: {} > {}", c.field, c.sent, c.now)).collect();
        let turned = now.replace(
            r#"{"code":"GEN","amountDesignated":"20.00"},{"code":"WELLS","amountDesignated":"30.00"}"#,
            r#"{"code":"WELLS","amountDesignated":"30.00"},{"code":"GEN","amountDesignated":"20.00"}"#,
        );
        assert_ne!(turned, now);
        assert_eq!(changes(now, &turned), [], "the order of parts is none");
        assert_eq!(
            said,
            [
                "check number: 9 > ",
                "custom field Legacy Appeal: A > B",
                "date: 2020-05-02 > 2020-05-03",
                "designations: GEN 50.00 > GEN 20.00 + WELLS 30.00",
                "tribute last name: Lee > Li",
            ]
        );
        assert_eq!(changes(sent, sent), []);
    }

    #[test]
    fn a_gift_is_corrected_once_every_changed_field_is_there() {
        let now = r#"{"transactionId":"G-1","contact":{"id":7},"giftDate":"2020-05-03","giftType":"Check","amount":"50.00",
            "currencyCode":"USD","notes":"ours alone","designations":[{"code":"GEN","amountDesignated":"50.00"}]}"#;
        let there = |day: &str| {
            let text = format!(
                r#"{{"id":9,"transactionSource":"old","transactionId":"G-1","contactId":7,"giftType":"Check",
                "giftDate":"{day}","amount":50.0,"notes":"theirs","giftDesignations":[{{"projectCode":"GEN","amountDesignated":50.0}}]}}"#
            );
            let value: Value = serde_json::from_str(&text).unwrap();
            crate::parse::gift(&value, heirloom_model::Moment(0)).unwrap()
        };
        let change = |field: &str| vec![Changed { field: field.into(), sent: "a".into(), now: "b".into() }];
        assert_eq!(is_gift_corrected(now, &change("date"), &there("2020-05-03")), Some(true));
        assert_eq!(is_gift_corrected(now, &change("date"), &there("2020-05-02")), Some(false));
        assert_eq!(
            is_gift_corrected(now, &change("segment"), &there("2020-05-03")),
            None,
            "no reading shows it"
        );
        for absent in ["check number", "receipt date", "tribute"] {
            assert_eq!(
                is_gift_corrected(now, &change(absent), &there("2020-05-03")),
                None,
                "{absent} is not in the answer"
            );
        }
        let spelling = vec![Changed { field: "notes".into(), sent: "A b".into(), now: "a  B".into() }];
        assert_eq!(is_gift_corrected(now, &spelling, &there("2020-05-03")), None, "spelling is not compared");
    }
}
