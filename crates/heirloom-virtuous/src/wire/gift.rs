//! The body of one gift inside `Gift/Transactions`.

use heirloom_model::{Gift, GiftDate, Money, Sealed, Tender, TenderKind, TributeKind};
use serde::Serialize;
use validator::{Validate, ValidationError};

use super::contact::{Carried, carried};
use super::{ContactInput, WireProblem, filled, is_safe_key, problems};

/// The longest text that goes into a gift's notes; longer ones are a problem, never cut.
const NOTES_MAX: u64 = 8_000;

/// What one gift transaction is made of.
pub struct GiftInput<'a> {
    /// Our key (`transactionId`).
    pub key: String,
    /// The gift.
    pub gift: &'a Gift,
    /// Whose it is.
    pub contact: GiftContact<'a>,
    /// Batch label.
    pub batch: &'a str,
    /// Sent as receipt date when the gift itself knows none, so that it is not receipted again.
    pub receipt_date: Option<GiftDate>,
    /// Lines added to the gift's notes.
    pub notes_extra: &'a [String],
}

/// The giver of a gift transaction.
pub enum GiftContact<'a> {
    /// A contact that exists at the target, by its id there.
    Id(i64),
    /// A contact that travels with the gift (single-wave mode).
    Carried(ContactInput<'a>),
}

#[derive(Serialize)]
#[serde(untagged)]
enum Giver<'a> {
    Id { id: i64 },
    Carried(Box<Carried<'a>>),
}

#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[validate(custom(function = "safe_key"))]
    transaction_id: &'a str,
    contact: Giver<'a>,
    #[validate(custom(function = "iso_date"))]
    gift_date: String,
    gift_type: &'static str,
    #[validate(custom(function = "amount"))]
    amount: String,
    currency_code: String,
    #[serde(flatten)]
    #[validate(nested)]
    tender: TenderBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    batch: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = NOTES_MAX))]
    notes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    segment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(custom(function = "iso_date"))]
    receipt_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 500))]
    tribute: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_private: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_tax_deductible: Option<bool>,
    #[validate(length(min = 1), nested)]
    designations: Vec<DesignationBody<'a>>,
}

#[derive(Serialize, Validate, Default)]
#[serde(rename_all = "camelCase")]
struct TenderBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    check_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    credit_card_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 100))]
    non_cash_gift_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 1000))]
    non_cash_gift_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 20))]
    stock_ticker_symbol: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 1))]
    stock_number_of_shares: Option<i64>,
}

#[derive(Serialize, Validate)]
#[serde(rename_all = "camelCase")]
struct DesignationBody<'a> {
    #[validate(length(min = 1, max = 100))]
    code: &'a str,
    #[validate(custom(function = "amount"))]
    amount_designated: String,
}

fn safe_key(key: &str) -> Result<(), ValidationError> {
    if is_safe_key(key) {
        Ok(())
    } else {
        Err(ValidationError::new("key"))
    }
}

/// `^-?\d+\.\d{2}$`
fn amount(text: &str) -> Result<(), ValidationError> {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    match text.strip_prefix('-').unwrap_or(text).split_once('.') {
        Some((whole, part)) if digits(whole) && digits(part) && part.len() == 2 => Ok(()),
        _ => Err(ValidationError::new("amount")),
    }
}

fn iso_date(text: &str) -> Result<(), ValidationError> {
    match text.parse::<jiff::civil::Date>() {
        Ok(date) if date.to_string() == text && date.year() > 0 => Ok(()),
        _ => Err(ValidationError::new("date")),
    }
}

/// Seals one gift.
///
/// # Errors
/// Every field that the last gate refuses, without its value: among them an amount that two
/// decimals cannot hold, a negative one that reverses nothing, a share count that is not
/// whole (the vendor takes none other), notes too long to send whole.
pub fn seal_gift(input: &GiftInput) -> Result<Sealed, Vec<WireProblem>> {
    let mut found = signs(input.gift);
    let tender = tender(&input.gift.tender).unwrap_or_else(|problem| {
        found.push(problem);
        TenderBody::default()
    });
    let contact = giver(&input.contact).unwrap_or_else(|more| {
        found.extend(more);
        Giver::Id { id: 0 }
    });
    let body = body(input, contact, tender);
    if let Err(errors) = body.validate() {
        found.extend(problems(&errors));
    }
    if !found.is_empty() {
        found.sort();
        found.dedup();
        return Err(found);
    }
    let text = serde_json::to_string(&body).expect("a gift's body is plain text and keys");
    Ok(Sealed::new(
        input.key.clone(),
        text,
        Some(input.gift.amount()),
    ))
}

fn body<'a>(input: &'a GiftInput<'a>, contact: Giver<'a>, tender: TenderBody<'a>) -> Body<'a> {
    let gift = input.gift;
    let receipt = gift.details.receipt_date.or(input.receipt_date);
    Body {
        transaction_id: &input.key,
        contact,
        gift_date: gift.date.to_string(),
        gift_type: gift_type(gift.tender.kind()),
        amount: two_decimals(gift.amount()),
        currency_code: gift.amount().currency().to_string(),
        tender,
        batch: filled(input.batch),
        notes: notes(gift.details.notes.as_deref(), input.notes_extra),
        segment: gift.details.segment.as_deref().and_then(filled),
        receipt_date: receipt.map(|date| date.to_string()),
        tribute: gift.details.tribute.as_ref().map(|tribute| {
            let how = match tribute.kind {
                TributeKind::Honor => "In honor of",
                TributeKind::Memory => "In memory of",
            };
            format!("{how} {}", tribute.name.trim())
        }),
        is_private: gift.details.is_private.then_some(true),
        is_tax_deductible: gift.details.is_tax_deductible,
        designations: designations(gift),
    }
}

fn designations(gift: &Gift) -> Vec<DesignationBody<'_>> {
    gift.designations
        .parts()
        .iter()
        .map(|part| DesignationBody {
            code: part.project.trim(),
            amount_designated: two_decimals(part.amount),
        })
        .collect()
}

fn giver<'a>(contact: &'a GiftContact<'a>) -> Result<Giver<'a>, Vec<WireProblem>> {
    match contact {
        GiftContact::Id(id) if *id > 0 => Ok(Giver::Id { id: *id }),
        GiftContact::Id(_) => Err(vec![WireProblem {
            field: "contact.id",
            code: "range",
        }]),
        GiftContact::Carried(input) => carried(input).map(|c| Giver::Carried(Box::new(c))),
    }
}

/// The vendor's spelling in transactions, which differs from the one that people read.
fn gift_type(kind: TenderKind) -> &'static str {
    match kind {
        TenderKind::Cash => "Cash",
        TenderKind::Check => "Check",
        TenderKind::Credit => "Credit",
        TenderKind::Eft => "EFT",
        TenderKind::Stock => "Stock",
        TenderKind::NonCash => "NonCash",
        TenderKind::Crypto => "Cryptocoin",
        TenderKind::Qcd => "Qualified Charitable Distribution",
        TenderKind::Other => "Other",
        TenderKind::Reversing => "ReversingTransaction",
    }
}

fn tender(tender: &Tender) -> Result<TenderBody<'_>, WireProblem> {
    let nothing = TenderBody::default();
    let lacks = |field| WireProblem {
        field,
        code: "required",
    };
    Ok(match tender {
        Tender::Check { number } => TenderBody {
            check_number: number.as_deref().and_then(filled),
            ..nothing
        },
        Tender::Credit { kind } => TenderBody {
            credit_card_type: kind.as_deref().and_then(filled),
            ..nothing
        },
        Tender::Stock { ticker, shares } => TenderBody {
            stock_ticker_symbol: Some(filled(ticker).ok_or(lacks("stockTickerSymbol"))?),
            stock_number_of_shares: Some(whole_shares(shares)?),
            ..nothing
        },
        Tender::NonCash { kind, what } => TenderBody {
            non_cash_gift_type: Some(filled(kind).ok_or(lacks("nonCashGiftType"))?),
            non_cash_gift_description: described(kind, what)?,
            ..nothing
        },
        _ => nothing,
    })
}

/// The vendor asks for a description where the type is `Other`.
fn described<'a>(kind: &str, what: &'a str) -> Result<Option<&'a str>, WireProblem> {
    let what = filled(what);
    if what.is_none() && kind.trim().eq_ignore_ascii_case("other") {
        return Err(WireProblem {
            field: "nonCashGiftDescription",
            code: "required",
        });
    }
    Ok(what)
}

fn whole_shares(text: &str) -> Result<i64, WireProblem> {
    let text = text.trim();
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|b| b == b'0') => whole,
        _ => text,
    };
    let plain = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    whole.parse().ok().filter(|_| plain).ok_or(WireProblem {
        field: "stockNumberOfShares",
        code: "whole_number",
    })
}

/// Only reversing transactions may be negative, as a whole or in a part; nothing may be zero.
fn signs(gift: &Gift) -> Vec<WireProblem> {
    let problem = |field, code| WireProblem { field, code };
    let reversing = gift.tender.kind() == TenderKind::Reversing;
    let mut found = Vec::new();
    if gift.amount().minor() == 0 {
        found.push(problem("amount", "zero"));
    }
    if gift.amount().minor() < 0 && !reversing {
        found.push(problem("amount", "negative"));
    }
    let parts = gift.designations.parts();
    if parts.iter().any(|part| part.amount.minor() < 0) && !reversing {
        found.push(problem("amountDesignated", "negative"));
    }
    found
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

fn notes(own: Option<&str>, extra: &[String]) -> Option<String> {
    let lines: Vec<&str> = own
        .into_iter()
        .chain(extra.iter().map(String::as_str))
        .filter_map(filled)
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
