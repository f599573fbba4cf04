//! The vendor's records as read back: organization, projects, contacts, gifts, pages.

use heirloom_model::{Currency, Moment, Money, TargetContact, TargetGift};
use serde_json::Value;

use crate::found::{Organization, Project};
use crate::value::{date, get, id, list, money, plain, text, truth};

/// JSON of a whole answer.
pub(crate) fn json(body: &[u8]) -> Result<Value, &'static str> {
    let text = std::str::from_utf8(body).map_err(|_| "it is not text")?;
    serde_json::from_str(text.trim_start_matches('\u{feff}').trim()).map_err(|_| "it is not whole JSON")
}

/// The rows of `{list, total}`.
pub(crate) fn page(value: &Value) -> Result<(&[Value], Option<u64>), &'static str> {
    let rows = get(value, "list").and_then(Value::as_array).ok_or("it has no list")?;
    let total = text(value, "total").parse().ok();
    Ok((rows, total))
}

pub(crate) fn organization(value: &Value) -> Option<Organization> {
    let found = Organization {
        user_id: id(value, "organizationUserId")?,
        name: text(value, "organizationName"),
        time_zone: text(value, "organizationTimeZone"),
    };
    (!found.name.is_empty()).then_some(found)
}

pub(crate) fn project(value: &Value) -> Option<Project> {
    Some(Project {
        id: id(value, "id")?,
        name: text(value, "name"),
        code: text(value, "projectCode"),
        is_active: truth(value, "isActive").unwrap_or(true),
    })
}

pub(crate) fn contact(value: &Value) -> Option<TargetContact> {
    let people = list(value, "contactIndividuals");
    let methods = || people.iter().flat_map(|p| list(p, "contactMethods"));
    let of_kind = |wanted: &str| -> Vec<String> {
        methods()
            .filter(|m| text(m, "type").to_ascii_lowercase().contains(wanted))
            .map(|m| text(m, "value"))
            .filter(|v| !v.is_empty())
            .collect()
    };
    Some(TargetContact {
        id: id(value, "id")?,
        contact_type: text(value, "contactType"),
        name: text(value, "name"),
        references: list(value, "contactReferences")
            .iter()
            .map(|r| (text(r, "source"), text(r, "id")))
            .collect(),
        people: names(people),
        emails: of_kind("email"),
        phones: of_kind("phone"),
        address: get(value, "address").and_then(address),
        addresses: list(value, "contactAddresses").iter().filter_map(address).collect(),
        individuals: primary_first(people).into_iter().map(|p| id(p, "id").unwrap_or(0)).collect(),
        tags: list(value, "tags").iter().map(tag).collect(),
        merged_into: id(value, "mergedIntoContactId"),
    })
}

/// A row of a short list: the text itself, or its field of that name.
pub(crate) fn listed(row: &Value, key: &str) -> String {
    if row.is_string() { plain(row) } else { text(row, key) }
}

/// First and last names, the primary person's first.
fn names(people: &[Value]) -> Vec<(String, String)> {
    primary_first(people).into_iter().map(|p| (text(p, "firstName"), text(p, "lastName"))).collect()
}

fn primary_first(people: &[Value]) -> Vec<&Value> {
    let mut sorted: Vec<&Value> = people.iter().collect();
    sorted.sort_by_key(|p| truth(p, "isPrimary") != Some(true));
    sorted
}

pub(crate) fn address(value: &Value) -> Option<(String, String, String, String)> {
    let part = |key| text(value, key);
    let found = (part("address1"), part("city"), part("state"), part("postal"));
    let empty = [&found.0, &found.1, &found.2, &found.3].iter().all(|s| s.is_empty());
    (!empty).then_some(found)
}

fn tag(value: &Value) -> String {
    match value {
        Value::Object(_) => {
            let name = text(value, "tagName");
            if name.is_empty() { text(value, "name") } else { name }
        }
        other => plain(other),
    }
}

pub(crate) fn gift(value: &Value, read_at: Moment) -> Option<TargetGift> {
    let currency = Currency::new(&text(value, "currencyCode")).unwrap_or(Currency::USD);
    let designations = list(value, "giftDesignations")
        .iter()
        .map(|d| (text(d, "projectCode"), money(d, "amountDesignated", currency)))
        .collect();
    Some(TargetGift {
        id: id(value, "id")?,
        key: text(value, "transactionId"),
        contact_id: id(value, "contactId")?,
        date: date(&text(value, "giftDate")),
        amount: money(value, "amount", currency),
        gift_type: text(value, "giftType"),
        batch: text(value, "batch"),
        designations,
        notes: get(value, "notes").map(plain),
        check_number: get(value, "checkNumber").map(plain),
        receipt_date: get(value, "receiptDate").map(plain),
        tribute: get(value, "tribute").map(plain),
        tribute_type: get(value, "tributeType").map(plain),
        passthroughs: passthroughs(value, currency),
        custom_fields: get(value, "customFields").map(custom_fields),
        read_at,
    })
}

/// Who is credited besides: in the list, else in the one field of before.
fn passthroughs(value: &Value, currency: Currency) -> Option<Vec<(i64, Option<Money>)>> {
    let one = get(value, "contactPassthroughId");
    let several = get(value, "giftPassthroughs");
    if one.is_none() && several.is_none() {
        return None;
    }
    let listed = list(value, "giftPassthroughs").iter();
    let mut all: Vec<_> =
        listed.filter_map(|p| Some((id(p, "contactId")?, money(p, "amount", currency)))).collect();
    if all.is_empty() {
        all.extend(id(value, "contactPassthroughId").map(|contact| (contact, None)));
    }
    Some(all)
}

/// Custom fields, whether as a list or as a map.
pub(crate) fn custom_fields(value: &Value) -> Vec<(String, String)> {
    match value {
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        Value::Array(rows) => rows.iter().map(|row| (text(row, "name"), text(row, "value"))).collect(),
        _ => Vec::new(),
    }
}

/// The id of a record, if the answer to a look-up is one; 0 for a gift that is none yet: it is named by
/// its key, and waits at the vendor.
pub(crate) fn found_id(body: &[u8]) -> Option<i64> {
    id_found(&json(body).ok()?)
}

fn id_found(value: &Value) -> Option<i64> {
    let named = |field: &str| !text(value, field).is_empty();
    let waits = || named("transactionId") && named("transactionSource");
    id(value, "id").or_else(|| waits().then_some(0))
}

/// Whether an answer is the gift with this key; a field that is absent does not speak against it.
pub(crate) fn is_gift(value: &Value, source: &str, key: &str) -> bool {
    let same = |field: &str, wanted: &str| match get(value, field) {
        None | Some(Value::Null) => true,
        Some(Value::Number(n)) => n.to_string() == wanted.trim_start_matches('0'),
        Some(found) => plain(found).eq_ignore_ascii_case(wanted),
    };
    id_found(value).is_some() && same("transactionId", key) && same("transactionSource", source)
}

/// Whether an answer is the contact with this reference (or lists no references at all).
pub(crate) fn is_contact(value: &Value, source: &str, key: &str) -> bool {
    let Some(found) = contact(value) else { return false };
    found.references.is_empty()
        || found.references.iter().any(|(s, k)| s.eq_ignore_ascii_case(source) && k.eq_ignore_ascii_case(key))
}
