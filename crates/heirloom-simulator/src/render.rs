//! Gifts and projects as the vendor writes them: formatted strings in the short shapes, stamps without a zone, money as text in totals.

use crate::body::{Fields, exponent, scalar};
use crate::custom;
use crate::endpoints::kept::PREMIUM;
use crate::endpoints::segments::segment_of;
use crate::facts::{DesignationRecord, GiftRecord};
use crate::shelf;
use crate::time::{day_ms, read_day, stamp};
use crate::world::World;
use serde::Serialize;
use serde_json::{Map, Value, json};

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

/// An amount as a number, as the vendor writes it on whole gifts.
pub(crate) fn units(minor: i64, currency: &str) -> f64 {
    minor as f64 / 10f64.powi(exponent(currency) as i32)
}

/// `12/7/2023`.
pub(crate) fn short_date(iso: &str) -> String {
    read_day(iso).map_or(String::new(), |day| format!("{}/{}/{}", day.month(), day.day(), day.year()))
}

/// `2023-12-07T00:00:00`; none when there is no date.
fn long_date(iso: &str) -> Option<String> {
    read_day(iso).map(|day| stamp(day_ms(day)))
}

/// Text, unless it is empty.
fn filled(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Text, or null when there is none.
pub(crate) fn text(value: &str) -> Value {
    if value.is_empty() { Value::Null } else { json!(value) }
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
        "exchangeRate": exchange_rate(gift),
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

/// A whole gift as it is read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GiftRead<'g> {
    id: i64,
    transaction_source: Option<&'g str>,
    transaction_id: Value,
    contact_id: i64,
    contact_name: &'g str,
    contact_url: String,
    gift_type: &'g str,
    gift_type_formatted: &'g str,
    gift_date: Option<String>,
    gift_date_formatted: String,
    amount: f64,
    amount_formatted: String,
    currency_code: &'g str,
    exchange_rate: Value,
    base_currency_code: &'g str,
    batch: Option<&'g str>,
    create_date_time_utc: String,
    created_by_user: &'static str,
    modified_date_time_utc: String,
    modified_by_user: &'static str,
    segment_id: Option<i64>,
    segment: Option<&'g Value>,
    segment_code: Option<&'g Value>,
    media_outlet_id: Value,
    media_outlet: Option<&'g Value>,
    grant_id: Value,
    notes: Option<&'g Value>,
    tribute: Option<&'g Value>,
    tribute_id: Option<&'g Value>,
    tribute_type: Option<&'g Value>,
    acknowledgee_individual_id: Value,
    is_acknowledged_gift: bool,
    receipt_date: Option<String>,
    contact_passthrough_id: Option<&'g Value>,
    contact_individual_id: Option<&'g Value>,
    cash_accounting_code: Option<&'g Value>,
    gift_ask_id: Value,
    contact_membership_id: Value,
    gift_designations: Vec<DesignationRead<'g>>,
    gift_premiums: Vec<Value>,
    pledge_payments: Value,
    recurring_gift_payments: Value,
    gift_passthroughs: Value,
    gift_url: String,
    is_private: bool,
    is_tax_deductible: bool,
    custom_fields: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_number: Option<&'g Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_card_type: Option<&'g Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    non_cash_gift_type: Option<&'g Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'g Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticker_symbol: Option<&'g Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_of_shares: Option<&'g Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ira_custodian: Option<&'g Value>,
    #[serde(flatten)]
    details: Map<String, Value>,
}

/// The details of some types of gifts that direct writes have and transactions have not, as they are written and read.
pub(crate) const DETAILS: [&str; 13] = [
    "stockSoldForCash",
    "dateStockWasSold",
    "stockSaleAmount",
    "cryptocoinType",
    "transactionHash",
    "coinSoldForCash",
    "coinAmount",
    "dateCoinWasSold",
    "coinSaleAmount",
    "nonCashSoldForCash",
    "dateNonCashWasSold",
    "nonCashOriginalAmount",
    "nonCashSaleAmount",
];

/// A number that came as text becomes one.
fn number(sent: Option<&Value>) -> Value {
    let natural = |value: &Value| scalar(value).parse::<i64>().map_or_else(|_| value.clone(), |id| json!(id));
    sent.map_or(Value::Null, natural)
}

/// The rate that was sent, or that of the organization's own currency.
fn exchange_rate(gift: &GiftRecord) -> Value {
    let sent = gift.extras.get("exchangeRate").and_then(|rate| scalar(rate).parse::<f64>().ok());
    json!(sent.unwrap_or(1.0))
}

/// A part of a gift as it is read.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DesignationRead<'g> {
    id: i64,
    project_id: i64,
    project: &'g str,
    project_code: &'g str,
    external_accounting_code: Value,
    project_type: Value,
    project_location: Value,
    project_url: String,
    amount_designated: f64,
    display: String,
}

/// A whole gift.
pub(crate) fn full_gift<'g>(world: &'g World, gift: &'g GiftRecord) -> GiftRead<'g> {
    let base = &*world.rules.currency;
    let contact_name = world.people.get(gift.contact_id).map_or("", |contact| &*contact.name);
    let segment = segment_of(world, gift);
    let dedication = |key: &str| gift.extras.get("tributeDedication").and_then(|sent| sent.get(key));
    let listed = |name: &str| gift.extras.get(name).cloned().unwrap_or_else(|| Value::Array(Vec::new()));
    let extra = |name: &str| gift.extras.get(name);
    let sent = extra("customFields").and_then(Value::as_object);
    let custom_fields = sent.map(|sent| custom::shown(world, "Gift", sent)).unwrap_or_default();
    GiftRead {
        id: gift.id,
        transaction_source: filled(&gift.source),
        transaction_id: transaction_id(world, &gift.transaction_id),
        contact_id: gift.contact_id,
        contact_name,
        contact_url: format!("/api/Contact/{}", gift.contact_id),
        gift_type: &gift.gift_type,
        gift_type_formatted: &gift.gift_type,
        gift_date: long_date(&gift.gift_date),
        gift_date_formatted: short_date(&gift.gift_date),
        amount: units(gift.amount_minor, &gift.currency),
        amount_formatted: dollars(gift.amount_minor, &gift.currency),
        currency_code: &gift.currency,
        exchange_rate: exchange_rate(gift),
        base_currency_code: base,
        batch: filled(&gift.batch),
        create_date_time_utc: world.stamp(gift.created_ms),
        created_by_user: "API User",
        modified_date_time_utc: world.stamp(gift.modified_ms),
        modified_by_user: "API User",
        segment_id: segment.map(|one| shelf::int(one, "id")),
        segment: segment.map_or_else(|| extra("segment"), |one| one.get("name")),
        segment_code: segment.map_or_else(|| extra("segment"), |one| one.get("code")),
        media_outlet_id: number(extra("mediaOutletId")),
        media_outlet: extra("mediaOutlet"),
        grant_id: number(extra("grantId")),
        notes: extra("notes"),
        tribute: extra("tribute"),
        tribute_id: extra("tributeId").or_else(|| dedication("tributeId")),
        tribute_type: extra("tributeType").or_else(|| dedication("tributeType")),
        acknowledgee_individual_id: number(
            extra("acknowledgeeId").or_else(|| dedication("acknowledgeeIndividualId")),
        ),
        is_acknowledged_gift: false,
        receipt_date: long_date(&gift.receipt_date),
        contact_passthrough_id: extra("contactPassthroughId"),
        contact_individual_id: extra("contactIndividualId"),
        cash_accounting_code: extra("cashAccountingCode"),
        gift_ask_id: number(extra("giftAskId")),
        contact_membership_id: number(extra("contactMembershipId")),
        gift_designations: designations(world, gift),
        gift_premiums: premiums(world, gift),
        pledge_payments: listed("pledgePayments"),
        recurring_gift_payments: listed("recurringGiftPayments"),
        gift_passthroughs: listed("giftPassthroughs"),
        gift_url: format!("/api/Gift/{}", gift.id),
        is_private: flag(gift, "isPrivate", false),
        is_tax_deductible: flag(gift, "isTaxDeductible", true),
        custom_fields,
        check_number: extra("checkNumber"),
        credit_card_type: extra("creditCardType"),
        non_cash_gift_type: extra("nonCashGiftType"),
        description: extra("nonCashGiftDescription"),
        ticker_symbol: extra("stockTickerSymbol"),
        number_of_shares: extra("stockNumberOfShares"),
        ira_custodian: extra("iraCustodian"),
        details: DETAILS.iter().filter_map(|name| Some((name.to_string(), extra(name)?.clone()))).collect(),
    }
}

/// A transaction id as it is read back; null when there is none.
fn transaction_id(world: &World, id: &str) -> Value {
    match id.parse::<i64>() {
        // A number with leading zeros or a plus sign would not come back as it was.
        Ok(number) if world.rules.numeric_ids_as_numbers && number.to_string() == id => json!(number),
        _ => text(id),
    }
}

/// The premiums of a gift.
fn premiums(world: &World, gift: &GiftRecord) -> Vec<Value> {
    let sent = gift.extras.get("premiums").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let shown = sent.iter().filter_map(Fields::of).enumerate().map(|(at, one)| {
        let known = world.shelves.with(&PREMIUM, "code", &one.text("code"));
        let known = known.or_else(|| world.shelves.with(&PREMIUM, "name", &one.text("name")));
        let id = one.int("premiumId").or(one.int("id"));
        let known = id.and_then(|id| world.shelves.get(&PREMIUM, id)).or(known);
        let said =
            ["code", "name", "premium"].map(|key| one.text(key)).into_iter().find(|text| !text.is_empty());
        let known_name = known.map(|premium| shelf::text(premium, "name").to_string());
        let name = known_name.or(said).unwrap_or_default();
        let quantity = one.int("quantity").unwrap_or(1);
        json!({
            "id": gift.id * 100 + at as i64,
            "premiumId": known.map(|premium| shelf::int(premium, "id")),
            "premium": name,
            "quantity": quantity,
            "display": format!("{name} ({quantity})"),
        })
    });
    shown.collect()
}

/// A flag as it was sent, or what it is when nothing was.
pub(crate) fn flag(gift: &GiftRecord, name: &str, default: bool) -> bool {
    let sent = gift.extras.get(name).map(scalar);
    let sent = sent.filter(|text| !text.is_empty());
    sent.map_or(default, |text| text.eq_ignore_ascii_case("true"))
}

/// The parts of a gift.
fn designations<'g>(world: &'g World, gift: &'g GiftRecord) -> Vec<DesignationRead<'g>> {
    let read = |(at, part): (usize, &'g DesignationRecord)| {
        let project = world.projects.by_id(part.project_id);
        let name = project.map_or("", |project| &*project.name);
        let said = |key: &str| project.map_or(Value::Null, |project| project.said(key));
        DesignationRead {
            id: gift.id * 100 + at as i64,
            project_id: part.project_id,
            project: name,
            project_code: &part.code,
            external_accounting_code: said("externalAccountingCode"),
            project_type: said("type"),
            project_location: said("location"),
            project_url: format!("/api/Project/{}", part.project_id),
            amount_designated: units(part.amount_minor, &gift.currency),
            display: format!("{name}: {}", dollars(part.amount_minor, &gift.currency)),
        }
    };
    gift.designations.iter().enumerate().map(read).collect()
}
