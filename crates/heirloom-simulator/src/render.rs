//! Records as the vendor writes them: formatted strings in the short shapes, stamps without a zone, money as text in totals.

use crate::body::{exponent, scalar};
use crate::facts::{ContactRecord, GiftRecord, Individual, PostalAddress, ProjectRecord};
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

/// A total as it stands on a contact: `"$0"` when there is none.
fn total(minor: i64) -> String {
    if minor == 0 { "$0".into() } else { dollars(minor, "USD") }
}

/// `12/7/2023`.
fn short_date(iso: &str) -> String {
    read_day(iso).map_or(String::new(), |day| format!("{}/{}/{}", day.month(), day.day(), day.year()))
}

/// `2023-12-07T00:00:00`; null when there is none.
fn long_date(iso: &str) -> Value {
    read_day(iso).map_or(Value::Null, |day| json!(stamp(day_ms(day))))
}

/// Text, or null when there is none.
fn text(value: &str) -> Value {
    if value.is_empty() { Value::Null } else { json!(value) }
}

/// Custom fields as they are read: an array of names and values.
fn custom(fields: &Map<String, Value>) -> Vec<Value> {
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
fn join(parts: [Value; 2]) -> Value {
    let fields = parts.into_iter().filter_map(|part| match part {
        Value::Object(map) => Some(map),
        _ => None,
    });
    Value::Object(fields.flatten().collect())
}

/// A whole gift.
pub(crate) fn full_gift(gift: &GiftRecord, contact_name: &str, base: &str, project: &dyn Fn(i64) -> String) -> Value {
    let mut body = join([gift_itself(gift, contact_name, base), gift_context(gift, project)]);
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
        let given = gift.extras.get(name).map(scalar).filter(|text| !text.is_empty());
        given.map_or(default, |text| text.eq_ignore_ascii_case("true"))
    };
    let custom_fields = gift.extras.get("customFields").and_then(Value::as_object).map(custom).unwrap_or_default();
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

/// A contact in a list.
pub(crate) fn short_contact(contact: &ContactRecord) -> Value {
    let first = |is_email: bool| {
        let methods = contact.individuals.iter().flat_map(|one| &one.methods);
        let mut found = methods.filter(|method| method.value.contains('@') == is_email);
        found.next().map_or(Value::Null, |method| json!(method.value))
    };
    json!({
        "individualId": contact.individuals.first().map(|one| one.id),
        "name": contact.name,
        "id": contact.id,
        "contactType": contact.contact_type,
        "contactName": contact.name,
        "address": contact.addresses.first().map(one_line),
        "email": first(true),
        "phone": first(false),
        "contactViewUrl": format!("https://app.virtuoussoftware.com/Generosity/Contact/View/{}", contact.id),
    })
}

/// `12 Elm St Mesa, AZ 85201`.
fn one_line(address: &PostalAddress) -> String {
    format!("{} {}, {} {}", address.address1, address.city, address.state, address.postal).trim().to_string()
}

/// A whole contact.
pub(crate) fn full_contact(contact: &ContactRecord) -> Value {
    join([contact_itself(contact), contact_context(contact)])
}

/// A whole contact: names and address.
fn contact_itself(contact: &ContactRecord) -> Value {
    let addresses: Vec<Value> = contact.addresses.iter().enumerate().map(|(at, one)| address(contact.id, at, one)).collect();
    json!({
        "id": contact.id,
        "contactType": contact.contact_type,
        "isPrivate": false,
        "isArchived": contact.merged_into.is_some(),
        "name": contact.name,
        "informalName": contact.individuals.first().map(|one| &one.first),
        "formalContactName": null,
        "alternateContactName": null,
        "preferredSalutationName": null,
        "preferredAddresseeName": null,
        "description": null,
        "website": null,
        "maritalStatus": null,
        "anniversaryMonth": null,
        "anniversaryDay": null,
        "anniversaryYear": null,
        "mergedIntoContactId": contact.merged_into,
        "address": addresses.first(),
        "contactAddresses": addresses,
    })
}

/// A whole contact: giving, people, references, stamps.
fn contact_context(contact: &ContactRecord) -> Value {
    let people = contact.individuals.iter().enumerate().map(|(at, one)| individual(contact, at, one));
    let references = contact.references.iter().map(|(source, id)| json!({"source": source, "id": id}));
    let last_gift = contact.last_gift.as_ref();
    json!({
        "giftAskAmount": "Unavailable",
        "giftAskType": "Unavailable",
        "lifeToDateGiving": total(contact.giving_minor),
        "yearToDateGiving": "$0",
        "lastGiftAmount": last_gift.map_or("Unavailable".into(), |(_, minor)| total(*minor)),
        "lastGiftDate": last_gift.map_or("Unavailable".into(), |(date, _)| short_date(date)),
        "contactIndividuals": people.collect::<Vec<_>>(),
        "contactGiftsUrl": format!("/api/Gift/ByContact/{}", contact.id),
        "contactImportancesUrl": format!("/api/Contact/Importance/{}", contact.id),
        "contactReferences": references.collect::<Vec<_>>(),
        "originSegmentId": null,
        "originSegment": null,
        "createDateTimeUtc": stamp(contact.created_ms),
        "createdByUser": "API User",
        "modifiedDateTimeUtc": stamp(contact.modified_ms),
        "modifiedByUser": "API User",
        "tags": contact.tags,
        "organizationGroups": [],
        "customFields": custom(&contact.custom_fields),
        "customCollections": [],
    })
}

/// A person of a contact.
fn individual(contact: &ContactRecord, at: usize, one: &Individual) -> Value {
    let methods = one.methods.iter().enumerate().map(|(place, method)| {
        json!({
            "id": one.id * 10 + place as i64,
            "type": method.kind,
            "value": method.value,
            "isOptedIn": false,
            "isPrimary": place == 0,
            "canBePrimary": place != 0,
        })
    });
    json!({
        "id": one.id,
        "contactId": contact.id,
        "prefix": text(&one.prefix),
        "firstName": text(&one.first),
        "middleName": text(&one.middle),
        "lastName": text(&one.last),
        "suffix": text(&one.suffix),
        "gender": text(&one.gender),
        "isPrimary": at == 0,
        "canBePrimary": at != 0,
        "isSecondary": at == 1,
        "canBeSecondary": at > 1,
        "birthMonth": one.birth.1.parse::<i64>().ok(),
        "birthDay": one.birth.2.parse::<i64>().ok(),
        "birthYear": one.birth.0.parse::<i64>().ok(),
        "birthDate": "Unavailable",
        "approximateAge": null,
        "isDeceased": false,
        "passion": null,
        "contactMethods": methods.collect::<Vec<_>>(),
        "customFields": [],
        "customCollections": [],
    })
}

/// An address of a contact.
fn address(contact_id: i64, at: usize, one: &PostalAddress) -> Value {
    json!({
        "id": contact_id * 10 + at as i64,
        "label": null,
        "address1": text(&one.address1),
        "address2": text(&one.address2),
        "city": text(&one.city),
        "state": text(&one.state),
        "postal": text(&one.postal),
        "country": text(&one.country),
        "isPrimary": at == 0,
        "canBePrimary": at != 0,
        "startMonth": 1,
        "startDay": 1,
        "endMonth": 12,
        "endDay": 31,
    })
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
