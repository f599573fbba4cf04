//! Contacts as the vendor writes them: the short shape of lists and the whole record.

use crate::body::{scalar, sum_minor};
use crate::custom;
use crate::endpoints::segments::SEGMENT;
use crate::facts::{ContactRecord, Method, PostalAddress};
use crate::people::ORIGIN;
use crate::render::{dollars, join, short_date, text};
use crate::shelf::{self, Record};
use crate::time::{day, zone};
use crate::world::World;
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
pub(crate) fn full_contact(world: &World, contact: &ContactRecord) -> Value {
    let context = contact_context(world, contact);
    let mut whole = join([contact_itself(contact), context]);
    if let Value::Object(fields) = &mut whole {
        if !world.rules.contact_addresses_listed {
            fields.shift_remove("contactAddresses");
        }
        let apart = ["customCollections", "originSegmentId", ORIGIN];
        let known = contact.extras.iter().filter(|(name, _)| !apart.contains(&name.as_str()));
        fields.extend(known.map(|(name, value)| (name.clone(), value.clone())));
    }
    whole
}

/// What a contact has given in the year it is in the organization's zone, minor units.
fn giving_this_year(world: &World, contact: &ContactRecord) -> i64 {
    if contact.giving_minor == 0 {
        return 0;
    }
    let year = day(&zone(&world.rules.zone), world.now_ms).year().to_string();
    let gifts = world.giving.with_contact(contact.id).iter().map(|at| &world.giving.gifts[*at as usize]);
    sum_minor(gifts.filter(|gift| gift.gift_date.starts_with(&year)).map(|gift| gift.amount_minor))
}

/// A whole contact: names and address.
fn contact_itself(contact: &ContactRecord) -> Value {
    let addresses = addresses(contact);
    json!({
        "id": contact.id,
        "contactType": contact.contact_type,
        "isPrivate": false,
        "isArchived": contact.archived || contact.merged_into.is_some(),
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
fn contact_context(world: &World, contact: &ContactRecord) -> Value {
    let people = (0..contact.individuals.len()).map(|at| individual(world, contact, at));
    let references = contact.references.iter().map(|(source, id)| json!({"source": source, "id": id}));
    let last_gift = contact.last_gift.as_ref();
    let origin = origin_of(world, contact);
    json!({
        "giftAskAmount": "Unavailable",
        "giftAskType": "Unavailable",
        "lifeToDateGiving": total(contact.giving_minor),
        "yearToDateGiving": total(giving_this_year(world, contact)),
        "lastGiftAmount": last_gift.map_or("Unavailable".into(), |(_, minor)| total(*minor)),
        "lastGiftDate": last_gift.map_or("Unavailable".into(), |(date, _)| short_date(date)),
        "contactIndividuals": people.collect::<Vec<_>>(),
        "contactGiftsUrl": format!("/api/Gift/ByContact/{}", contact.id),
        "contactImportancesUrl": format!("/api/Contact/Importance/{}", contact.id),
        "contactReferences": references.collect::<Vec<_>>(),
        "originSegmentId": origin.map(|segment| shelf::int(segment, "id")),
        "originSegment": origin.map(|segment| shelf::text(segment, "name")),
        "createDateTimeUtc": world.stamp(contact.created_ms),
        "createdByUser": "API User",
        "modifiedDateTimeUtc": world.stamp(contact.modified_ms),
        "modifiedByUser": "API User",
        "tags": contact.tags,
        "organizationGroups": [],
        "customFields": custom::shown(world, "Contact", &contact.custom_fields),
        "customCollections": contact.extras.get("customCollections").cloned().unwrap_or_else(|| json!([])),
    })
}

/// The segment that brought a contact: by the id of a direct write, or by the code of a transaction.
fn origin_of<'w>(world: &'w World, contact: &ContactRecord) -> Option<&'w Record> {
    let said = |name: &str| contact.extras.get(name).map(scalar).unwrap_or_default();
    let by_id = said("originSegmentId").parse().ok().and_then(|id| world.shelves.get(&SEGMENT, id));
    by_id.or_else(|| world.shelves.with(&SEGMENT, "code", &said(ORIGIN)))
}

/// A person of a contact.
pub(crate) fn individual(world: &World, contact: &ContactRecord, at: usize) -> Value {
    let one = &contact.individuals[at];
    let methods = one.methods.iter().enumerate().map(|(place, one)| method(place, one));
    let extra = |name: &str| one.extras.get(name).cloned();
    let own = one.extras.get("customFields").and_then(Value::as_object);
    let custom_fields = own.map(|own| custom::shown(world, "ContactIndividual", own));
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
        "approximateAge": extra("approximateAge"),
        "isDeceased": extra("isDeceased").unwrap_or(json!(false)),
        "passion": extra("passion"),
        "contactMethods": methods.collect::<Vec<_>>(),
        "customFields": custom_fields.unwrap_or_default(),
        "customCollections": [],
    })
}

/// A way to reach a person.
pub(crate) fn method(at: usize, one: &Method) -> Value {
    json!({
        "id": one.id,
        "type": one.kind,
        "value": one.value,
        "isOptedIn": one.opted_in,
        "isPrimary": at == 0,
        "canBePrimary": at != 0,
    })
}

/// The addresses of a contact.
pub(crate) fn addresses(contact: &ContactRecord) -> Vec<Value> {
    contact.addresses.iter().enumerate().map(|(at, one)| address(at, one)).collect()
}

/// An address of a contact.
pub(crate) fn address(at: usize, one: &PostalAddress) -> Value {
    let extra = |name: &str, default: i64| one.extras.get(name).cloned().unwrap_or(json!(default));
    json!({
        "id": one.id,
        "label": text(&one.label),
        "address1": text(&one.address1),
        "address2": text(&one.address2),
        "city": text(&one.city),
        "state": text(&one.state),
        "postal": text(&one.postal),
        "country": text(&one.country),
        "isPrimary": at == 0,
        "canBePrimary": at != 0,
        "startMonth": extra("startMonth", 1),
        "startDay": extra("startDay", 1),
        "endMonth": extra("endMonth", 12),
        "endDay": extra("endDay", 31),
    })
}
