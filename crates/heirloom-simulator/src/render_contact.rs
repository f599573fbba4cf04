//! Contacts as the vendor writes them: the short shape of lists and the whole record.

use crate::facts::{ContactRecord, Individual, PostalAddress};
use crate::render::{custom, dollars, join, short_date, text};
use crate::time::stamp;
use serde_json::{Value, json};

/// A total as it stands on a contact: `"$0"` when there is none.
fn total(minor: i64) -> String {
    if minor == 0 { "$0".into() } else { dollars(minor, "USD") }
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
    let addresses: Vec<Value> =
        contact.addresses.iter().enumerate().map(|(at, one)| address(contact.id, at, one)).collect();
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
