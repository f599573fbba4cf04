//! Gifts and projects as the vendor writes them: formatted strings in the short shapes, stamps without a zone, money as text in totals.

use crate::body::{exponent, scalar};
use crate::facts::{GiftRecord, ProjectRecord};
use crate::time::{day_ms, read_day, stamp};
use serde_json::{Map, Number, Value, json};

/// `"$1,250.50"`, negatives in brackets.
pub(crate) fn dollars(minor: i64, currency: &str) -> String {
    let places = exponent(currency) as usize;
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if places == 0 { "" } else { "." };
    let text = format!("${grouped}{point}{fraction}");
    if minor < 0 { format!("({text})") } else { text }
}

/// An amount as a JSON number.
fn number(minor: i64, currency: &str) -> Value {
    let units = minor as f64 / 10f64.powi(exponent(currency) as i32);
    Number::from_f64(units).map_or(Value::Null, Value::Number)
}

/// `12/7/2023`.
pub(crate) fn short_date(iso: &str) -> String {
    read_day(iso).map_or(String::new(), |day| {
        format!("{}/{}/{}", day.month(), day.day(), day.year())
    })
}

/// `2023-12-07T00:00:00`; null when there is none.
fn long_date(iso: &str) -> Value {
    read_day(iso).map_or(Value::Null, |day| json!(stamp(day_ms(day))))
}

/// Text, or null when there is none.
pub(crate) fn text(value: &str) -> Value {
    if value.is_empty() {
        Value::Null
    } else {
        json!(value)
    }
}

/// Custom fields as they are read: an array of names and values.
pub(crate) fn custom(fields: &Map<String, Value>) -> Vec<Value> {
    let one = |(name, value): (&String, &Value)| json!({"dataType": "Text", "name": name, "value": scalar(value), "displayName": null});
    fields.iter().map(one).collect()
}

/// A gift in a list: formatted strings, no transaction id.
pub(crate) fn short_gift(gift: &GiftRecord, base: &str) -> Value {
    let extra = |name: &str| gift.extras.get(name).cloned().unwrap_or(Value::Null);
    json!({
        "id": gift.id,
        "contactId": gift.contact_id,
        "contactIndividualId": extra("contactIndividualId"),
        "giftType": gift.gift_type,
        "giftDate": short_date(&gift.gift_date),
        "amount": dollars(gift.amount_minor, &gift.currency),
        "segment": extra("segment"),
        "batch": text(&gift.batch),
        "giftUrl": format!("/api/Gift/{}", gift.id),
        "culture": "en-US",
        "exchangeRate": 1.0,
        "currencyCode": gift.currency,
        "baseCurrencyCode": base,
    })
}

/// Puts objects one after the other.
pub(crate) fn join(parts: [Value; 2]) -> Value {
    let fields = parts.into_iter().filter_map(|part| match part {
        Value::Object(map) => Some(map),
        _ => None,
    });
    Value::Object(fields.flatten().collect())
}

/// A whole gift.
pub(crate) fn full_gift(
    gift: &GiftRecord,
    contact_name: &str,
    base: &str,
    project: &dyn Fn(i64) -> String,
) -> Value {
    let mut body = join([
        gift_itself(gift, contact_name, base),
        gift_context(gift, project),
    ]);
    add_details(gift, &mut body);
    body
}

/// A whole gift: who, when, how much.
fn gift_itself(gift: &GiftRecord, contact_name: &str, base: &str) -> Value {
    json!({
        "id": gift.id,
        "transactionSource": text(&gift.source),
        "transactionId": text(&gift.transaction_id),
        "contactId": gift.contact_id,
        "contactName": contact_name,
        "contactUrl": format!("/api/Contact/{}", gift.contact_id),
        "giftType": gift.gift_type,
        "giftTypeFormatted": gift.gift_type,
        "giftDate": long_date(&gift.gift_date),
        "giftDateFormatted": short_date(&gift.gift_date),
        "amount": number(gift.amount_minor, &gift.currency),
        "amountFormatted": dollars(gift.amount_minor, &gift.currency),
        "currencyCode": gift.currency,
        "exchangeRate": 1.0,
        "baseCurrencyCode": base,
        "batch": text(&gift.batch),
        "createDateTimeUtc": stamp(gift.created_ms),
        "createdByUser": "API User",
        "modifiedDateTimeUtc": stamp(gift.modified_ms),
        "modifiedByUser": "API User",
    })
}

/// A whole gift: what it was for and what belongs to it.
fn gift_context(gift: &GiftRecord, project: &dyn Fn(i64) -> String) -> Value {
    let extra = |name: &str| gift.extras.get(name).cloned().unwrap_or(Value::Null);
    let flag = |name: &str, default: bool| {
        let given = gift
            .extras
            .get(name)
            .map(scalar)
            .filter(|text| !text.is_empty());
        given.map_or(default, |text| text.eq_ignore_ascii_case("true"))
    };
    let custom_fields = gift
        .extras
        .get("customFields")
        .and_then(Value::as_object)
        .map(custom)
        .unwrap_or_default();
    json!({
        "segmentId": null,
        "segment": extra("segment"),
        "segmentCode": extra("segment"),
        "mediaOutletId": null,
        "mediaOutlet": extra("mediaOutlet"),
        "grantId": null,
        "notes": extra("notes"),
        "tribute": extra("tribute"),
        "tributeId": null,
        "tributeType": null,
        "acknowledgeeIndividualId": null,
        "isAcknowledgedGift": false,
        "receiptDate": long_date(&gift.receipt_date),
        "contactPassthroughId": null,
        "contactIndividualId": extra("contactIndividualId"),
        "cashAccountingCode": extra("cashAccountingCode"),
        "giftAskId": null,
        "contactMembershipId": null,
        "giftDesignations": designations(gift, project),
        "giftPremiums": [],
        "pledgePayments": [],
        "recurringGiftPayments": [],
        "giftPassthroughs": [],
        "giftUrl": format!("/api/Gift/{}", gift.id),
        "isPrivate": flag("isPrivate", false),
        "isTaxDeductible": flag("isTaxDeductible", true),
        "customFields": custom_fields,
    })
}

/// The parts of a gift.
fn designations(gift: &GiftRecord, project: &dyn Fn(i64) -> String) -> Vec<Value> {
    let parts = gift.designations.iter().enumerate();
    parts
        .map(|(at, part)| {
            let name = project(part.project_id);
            let display = format!("{name}: {}", dollars(part.amount_minor, &gift.currency));
            json!({
                "id": gift.id * 100 + at as i64,
                "projectId": part.project_id,
                "project": name,
                "projectCode": part.code,
                "externalAccountingCode": null,
                "projectType": null,
                "projectLocation": null,
                "projectUrl": format!("/api/Project/{}", part.project_id),
                "amountDesignated": number(part.amount_minor, &gift.currency),
                "display": display,
            })
        })
        .collect()
}

/// Adds what only some types have.
fn add_details(gift: &GiftRecord, body: &mut Value) {
    let pairs = [
        ("checkNumber", "checkNumber"),
        ("creditCardType", "creditCardType"),
        ("nonCashGiftType", "nonCashGiftType"),
        ("nonCashGiftDescription", "description"),
        ("stockTickerSymbol", "tickerSymbol"),
        ("stockNumberOfShares", "numberOfShares"),
        ("iraCustodian", "iraCustodian"),
    ];
    for (sent, read) in pairs {
        if let (Some(value), Some(map)) = (gift.extras.get(sent), body.as_object_mut()) {
            map.insert(read.into(), value.clone());
        }
    }
}

/// A project.
pub(crate) fn project(one: &ProjectRecord) -> Value {
    json!({
        "id": one.id,
        "name": one.name,
        "projectCode": one.code,
        "externalAccountingCode": null,
        "onlineDisplayName": one.name,
        "description": null,
        "parentId": null,
        "parentName": null,
        "isSubProject": false,
        "inventoryStatus": "Unlimited",
        "type": "Program",
        "location": null,
        "isRestrictedToGiftSpecifications": false,
        "isLimitedToFinancialNeed": false,
        "isPublic": true,
        "isActive": one.active,
        "isAvailableOnline": false,
        "isTaxDeductible": true,
        "treatAsAccountsPayable": false,
        "beginningBalance": 0.0,
        "currentBalance": 0.0,
        "startDate": null,
        "endDate": null,
        "giftSpecifications": [],
        "customFields": {},
    })
}
