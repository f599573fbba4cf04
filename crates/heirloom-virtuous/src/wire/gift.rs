//! The body of one gift inside `Gift/Transactions`.

use std::collections::BTreeMap;

use heirloom_model::{Gift, GiftDate, Sealed, Tender, TenderKind, TributeKind};
use serde::Serialize;
use validator::{Validate, ValidationError};

use super::contact::{Carried, carried};
use super::recognition::{Dedication, PassthroughBody, PassthroughContact, Recognised, dedication};
use super::{ContactInput, WireProblem, filled, is_safe_key, problems, two_decimals};

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
    /// Who else is recognised for it, as contacts of the target.
    pub recognised: &'a Recognised,
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
    #[validate(nested)]
    tribute_dedication: Option<Dedication<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_private: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_tax_deductible: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passthrough_contact: Option<PassthroughContact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[validate(length(max = 100))]
    gift_passthroughs: Vec<PassthroughBody>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    custom_fields: BTreeMap<&'a str, &'a str>,
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
    #[validate(length(min = 1, max = 100))]
    ira_custodian: Option<&'a str>,
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
    if is_safe_key(key) { Ok(()) } else { Err(ValidationError::new("key")) }
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
    Ok(Sealed::new(input.key.clone(), text, Some(input.gift.amount())))
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
        tribute_dedication: gift.details.tribute.as_ref().and_then(dedication),
        is_private: gift.details.is_private.then_some(true),
        is_tax_deductible: gift.details.is_tax_deductible,
        passthrough_contact: input.recognised.contact(),
        gift_passthroughs: input.recognised.passthroughs(),
        custom_fields: gift
            .details
            .custom
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect(),
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
        GiftContact::Id(_) => Err(vec![WireProblem { field: "contact.id", code: "range" }]),
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
    let lacks = |field| WireProblem { field, code: "required" };
    Ok(match tender {
        Tender::Check { number } => {
            TenderBody { check_number: number.as_deref().and_then(filled), ..nothing }
        }
        Tender::Credit { kind } => {
            TenderBody { credit_card_type: kind.as_deref().and_then(filled), ..nothing }
        }
        Tender::Qcd { custodian } => {
            TenderBody { ira_custodian: custodian.as_deref().and_then(filled), ..nothing }
        }
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
        return Err(WireProblem { field: "nonCashGiftDescription", code: "required" });
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
    whole
        .parse()
        .ok()
        .filter(|_| plain)
        .ok_or(WireProblem { field: "stockNumberOfShares", code: "whole_number" })
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

fn notes(own: Option<&str>, extra: &[String]) -> Option<String> {
    let lines: Vec<&str> =
        own.into_iter().chain(extra.iter().map(String::as_str)).filter_map(filled).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use heirloom_model::{
        Acknowledgee, Currency, Designation, Designations, FileId, GiftDetails, GiftIdentity, Money, Person,
        RowId, Tribute,
    };

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    fn gift(minor: i64, tender: Tender) -> Gift {
        Gift {
            row: RowId::new(FileId(1), 1),
            rows: 1,
            identity: GiftIdentity::Legacy("G-1".into()),
            donor: Some("D-1".into()),
            date: GiftDate::new(2016, 11, 29).unwrap(),
            tender,
            designations: Designations::single("GEN-FUND".into(), usd(minor)),
            details: GiftDetails::default(),
        }
    }

    fn input<'a>(gift: &'a Gift, notes_extra: &'a [String]) -> GiftInput<'a> {
        GiftInput {
            key: "G-1".into(),
            gift,
            contact: GiftContact::Id(4_711),
            batch: "H-2016-11",
            receipt_date: None,
            notes_extra,
            recognised: &Recognised::Nobody,
        }
    }

    fn body(gift: &Gift) -> String {
        seal_gift(&input(gift, &[])).unwrap().body
    }

    #[test]
    fn a_gift_is_written_in_one_order_without_empty_keys() {
        let mut full = gift(15_000, Tender::Check { number: Some("1087".into()) });
        let part = |project: &str, minor| Designation { project: project.into(), amount: usd(minor) };
        full.designations =
            Designations::new(usd(15_000), vec![part("GEN-FUND", 10_000), part("WELLS", 5_000)]).unwrap();
        full.details = GiftDetails {
            segment: Some("YE16-A".into()),
            notes: Some(" first ".into()),
            receipt_date: GiftDate::new(2016, 12, 5),
            is_private: true,
            is_tax_deductible: Some(false),
            tribute: Some(Tribute {
                kind: TributeKind::Memory,
                name: "Grandma \"Jo\"".into(),
                acknowledgee: None,
            }),
            ..GiftDetails::default()
        };
        let extra = ["Legacy appeal: NEWSLETTER-3".to_owned(), " ".to_owned()];
        let sealed = seal_gift(&input(&full, &extra)).unwrap();
        assert_eq!(
            sealed.body,
            r#"{"transactionId":"G-1","contact":{"id":4711},"giftDate":"2016-11-29","giftType":"Check","amount":"150.00","currencyCode":"USD","checkNumber":"1087","batch":"H-2016-11","notes":"first\nLegacy appeal: NEWSLETTER-3","segment":"YE16-A","receiptDate":"2016-12-05","tribute":"In memory of Grandma \"Jo\"","isPrivate":true,"isTaxDeductible":false,"designations":[{"code":"GEN-FUND","amountDesignated":"100.00"},{"code":"WELLS","amountDesignated":"50.00"}]}"#
        );
        assert_eq!((sealed.key.as_str(), sealed.amount), ("G-1", Some(usd(15_000))));
        assert_eq!(
            body(&gift(5, Tender::Cash)),
            r#"{"transactionId":"G-1","contact":{"id":4711},"giftDate":"2016-11-29","giftType":"Cash","amount":"0.05","currencyCode":"USD","batch":"H-2016-11","designations":[{"code":"GEN-FUND","amountDesignated":"0.05"}]}"#
        );
    }

    #[test]
    fn who_is_recognised_told_or_noted_in_custom_fields_goes_where_the_vendor_keeps_it() {
        let mut kind = gift(10_000, Tender::Cash);
        kind.details.custom = vec![("Fee".into(), "3.20".into()), ("Check date".into(), "2016-11-28".into())];
        kind.details.tribute = Some(Tribute {
            kind: TributeKind::Memory,
            name: "Ruth Ann Calder".into(),
            acknowledgee: Some(Acknowledgee {
                first: "Amos".into(),
                last: "Calder".into(),
                city: "Rockland".into(),
                ..Acknowledgee::default()
            }),
        });
        let sealed =
            |recognised: &Recognised| seal_gift(&GiftInput { recognised, ..input(&kind, &[]) }).unwrap().body;
        let several = sealed(&Recognised::Several(vec![(7, usd(10_000)), (9, usd(2_500))]));
        let tribute = r#""tribute":"In memory of Ruth Ann Calder","tributeDedication":{"tributeType":"In Memory Of","tributeFirstName":"Ruth Ann","tributeLastName":"Calder","acknowledgeeFirstName":"Amos","acknowledgeeLastName":"Calder","acknowledgeeCity":"Rockland"},"#;
        assert!(several.contains(tribute), "{several}");
        let credits = r#""giftPassthroughs":[{"contactId":7,"amount":"100.00"},{"contactId":9,"amount":"25.00"}],"customFields":{"Check date":"2016-11-28","Fee":"3.20"},"designations""#;
        assert!(several.contains(credits), "{several}");
        let one = sealed(&Recognised::One(7));
        assert!(one.contains(r#""passthroughContact":{"id":7},"customFields""#), "{one}");
        let crowd = Recognised::Several((1..=101).map(|id| (id, usd(1))).collect());
        let refused = seal_gift(&GiftInput { recognised: &crowd, ..input(&kind, &[]) }).unwrap_err();
        assert_eq!((refused[0].field, refused[0].code), ("giftPassthroughs", "length"));
    }

    #[test]
    fn each_tender_is_spelt_as_the_vendor_reads_it_with_what_it_needs() {
        let check = |tender: Tender, expected: &str| {
            let minor = if tender == Tender::Reversing { -100 } else { 100 };
            let body = body(&gift(minor, tender));
            assert!(body.contains(expected), "{body}");
        };
        check(Tender::Eft, r#""giftType":"EFT","#);
        check(Tender::Qcd { custodian: None }, r#""giftType":"Qualified Charitable Distribution","#);
        check(Tender::Qcd { custodian: Some(" Harbor Trust ".into()) }, r#""iraCustodian":"Harbor Trust""#);
        check(Tender::Crypto, r#""giftType":"Cryptocoin","#);
        check(Tender::Other, r#""giftType":"Other","#);
        check(Tender::Reversing, r#""giftType":"ReversingTransaction","amount":"-1.00","#);
        check(Tender::Credit { kind: Some("Visa".into()) }, r#""creditCardType":"Visa""#);
        check(
            Tender::Check { number: None },
            r#""giftType":"Check","amount":"1.00","currencyCode":"USD","batch""#,
        );
        check(
            Tender::Stock { ticker: "VTI".into(), shares: "12.00".into() },
            r#""stockTickerSymbol":"VTI","stockNumberOfShares":12"#,
        );
        check(
            Tender::NonCash { kind: "Car".into(), what: "A van".into() },
            r#""giftType":"NonCash","amount":"1.00","currencyCode":"USD","nonCashGiftType":"Car","nonCashGiftDescription":"A van""#,
        );
    }

    #[test]
    fn what_breaks_a_rule_is_not_sealed() {
        let check = |gift: Gift, field: &str, code: &str| {
            let found = seal_gift(&input(&gift, &[])).unwrap_err();
            let named = found.iter().any(|p| p.field == field && p.code == code);
            assert!(named, "{field} {code}: {found:?}");
        };
        check(gift(0, Tender::Cash), "amount", "zero");
        check(gift(-5, Tender::Cash), "amount", "negative");
        check(gift(-5, Tender::Cash), "amountDesignated", "negative");
        check(
            gift(5, Tender::Stock { ticker: " ".into(), shares: "1".into() }),
            "stockTickerSymbol",
            "required",
        );
        for shares in ["12.5", "", "1,000", "-3", "1e3"] {
            check(
                gift(5, Tender::Stock { ticker: "VTI".into(), shares: shares.into() }),
                "stockNumberOfShares",
                "whole_number",
            );
        }
        check(
            gift(5, Tender::NonCash { kind: "Other".into(), what: String::new() }),
            "nonCashGiftDescription",
            "required",
        );
        let mut long = gift(5, Tender::Cash);
        long.details.notes = Some("é".repeat(8_001));
        check(long, "notes", "length");
        let mut fundless = gift(5, Tender::Cash);
        fundless.designations = Designations::single(" ".into(), usd(5));
        check(fundless, "designations.code", "length");
        let mut dinar = gift(5, Tender::Cash);
        dinar.designations =
            Designations::single("GEN".into(), Money::new(1_234, Currency::new("KWD").unwrap()));
        check(dinar, "amount", "amount");
        let cash = gift(5, Tender::Cash);
        let found = |input: GiftInput| seal_gift(&input).unwrap_err()[0].field;
        assert_eq!(found(GiftInput { contact: GiftContact::Id(0), ..input(&cash, &[]) }), "contact.id");
        assert_eq!(found(GiftInput { key: "a b".into(), ..input(&cash, &[]) }), "transactionId");
    }

    #[test]
    fn notes_of_exactly_the_limit_and_yen_go_out_whole() {
        let mut long = gift(5, Tender::Cash);
        long.details.notes = Some("é".repeat(8_000));
        assert!(body(&long).contains(&"é".repeat(8_000)));
        let mut yen = gift(5, Tender::Cash);
        yen.designations =
            Designations::single("GEN".into(), Money::new(1_234, Currency::new("JPY").unwrap()));
        assert!(body(&yen).contains(r#""amount":"1234.00","currencyCode":"JPY""#));
    }

    #[test]
    fn a_gift_can_carry_its_donor() {
        let (cash, ada) = (
            gift(5, Tender::Cash),
            Person { first: "Ada".into(), last: "Example".into(), ..Person::default() },
        );
        let contact = GiftContact::Carried(ContactInput {
            reference_id: "D-1".into(),
            contact_type: "Household",
            name: None,
            person: Some(&ada),
            address: None,
            email: None,
            phone: None,
            tags: vec!["Migrated"],
        });
        let sealed = seal_gift(&GiftInput { contact, ..input(&cash, &[]) }).unwrap();
        assert!(sealed.body.contains(
            r#""contact":{"referenceId":"D-1","type":"Household","firstname":"Ada","lastname":"Example","tags":"Migrated"}"#
        ));
    }
}
