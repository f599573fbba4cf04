//! What is sent, read but not yet believed: gift and contact items as drafts, with what is wrong at once and what a person must mend.

use crate::body::{AMOUNT_MAX_MINOR, Fields, decimal, exponent, scalar, sum_minor};
use crate::credits;
use crate::reply::Complaint;
use crate::rules::Rules;
use crate::time::read_day;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A contact as sent, in a gift or by itself; empty fields are absent.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct ContactDraft {
    pub id: Option<i64>,
    pub reference: String,
    pub contact_type: String,
    pub name: String,
    pub title: String,
    pub first: String,
    pub middle: String,
    pub last: String,
    pub suffix: String,
    pub gender: String,
    pub birth: (String, String, String),
    pub email_type: String,
    pub email: String,
    pub phone_type: String,
    pub phone: String,
    pub address1: String,
    pub address2: String,
    pub city: String,
    pub state: String,
    pub postal: String,
    pub country: String,
    pub tags: Vec<String>,
    pub custom_fields: Map<String, Value>,
    #[serde(default)]
    pub origin_segment: String,
}

/// A part of a gift as sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DesignationDraft {
    pub project_id: Option<i64>,
    pub code: String,
    pub amount_minor: i64,
}

/// A gift as sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct GiftDraft {
    pub contact: ContactDraft,
    pub gift_type: String,
    pub gift_date: String,
    pub amount_minor: i64,
    pub currency: String,
    pub batch: String,
    pub receipt_date: String,
    pub designations: Vec<DesignationDraft>,
    pub extras: Map<String, Value>,
    /// Whether the import tool shows a mandatory error (red).
    pub red: bool,
}

/// What a list says for items that leave it out.
#[derive(Default)]
pub(crate) struct Defaults {
    pub batch: String,
    pub gift_date: String,
    pub gift_type: String,
}

/// Fields kept under the wire's own names.
const EXTRAS: [&str; 29] = [
    "segment",
    "mediaOutlet",
    "receiptSegment",
    "cashAccountingCode",
    "notes",
    "tribute",
    "tributeDedication",
    "isPrivate",
    "isTaxDeductible",
    "checkNumber",
    "creditCardType",
    "nonCashGiftTypeId",
    "nonCashGiftType",
    "nonCashGiftDescription",
    "stockTickerSymbol",
    "stockNumberOfShares",
    "iraCustodian",
    "submissionUrl",
    "exchangeRate",
    "frequency",
    "recurringGiftTransactionId",
    "pledgeTransactionId",
    "pledgeFrequency",
    "passthroughContact",
    "passthroughContactId",
    "giftPassthroughs",
    "premiums",
    "contactIndividualId",
    "customFields",
];

/// The types as they are read back.
pub(crate) const GIFT_TYPES: [&str; 11] = [
    "Cash",
    "Check",
    "Credit",
    "Cryptocoin",
    "Electronic Funds Transfer",
    "Non-Cash",
    "Stock",
    "Other",
    "Reversing Transaction",
    "Qualified Charitable Distribution",
    "PayPal",
];

/// The types, by their letters in lower case, as they are read back.
pub(crate) fn gift_type(text: &str) -> Option<&'static str> {
    let letters: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let squeezed = match letters.as_str() {
        "eft" | "electronicfundtransfer" => "electronicfundstransfer",
        other => other,
    };
    let is = |name: &&&str| name.replace([' ', '-'], "").eq_ignore_ascii_case(squeezed);
    GIFT_TYPES.iter().find(is).copied()
}

/// Collects what is wrong with one item.
pub(crate) struct Complaints<'p> {
    pub prefix: &'p str,
    pub found: Vec<Complaint>,
}

impl Complaints<'_> {
    /// Notes one thing wrong.
    pub(crate) fn add(&mut self, field: &str, code: &'static str, text: String) {
        self.found.push(Complaint { field: format!("{}{field}", self.prefix), code, text });
    }
}

impl ContactDraft {
    /// Reads a contact that travels inside a gift: its `type`, and an `address` object.
    pub(crate) fn carried(fields: Fields) -> ContactDraft {
        let nothing = Map::new();
        let place = fields.object("address").unwrap_or(Fields(&nothing));
        ContactDraft::read(fields, place, fields.text("type"))
    }

    /// Reads a contact that is sent by itself: flat, with a `contactType`.
    pub(crate) fn flat(fields: Fields) -> ContactDraft {
        ContactDraft::read(fields, fields, fields.text("contactType"))
    }

    /// Reads what both shapes share.
    fn read(fields: Fields, place: Fields, contact_type: String) -> ContactDraft {
        ContactDraft {
            id: fields.int("id").filter(|id| *id > 0),
            reference: fields.text("referenceId"),
            contact_type,
            name: fields.text("name"),
            title: fields.text("title"),
            first: fields.text("firstName"),
            middle: fields.text("middleName"),
            last: fields.text("lastName"),
            suffix: fields.text("suffix"),
            gender: fields.text("gender"),
            birth: (fields.text("birthYear"), fields.text("birthMonth"), fields.text("birthDay")),
            email_type: fields.text("emailType"),
            email: fields.text("email"),
            phone_type: fields.text("phoneType"),
            phone: fields.text("phone"),
            address1: place.text("address1"),
            address2: place.text("address2"),
            city: place.text("city"),
            state: place.text("state"),
            postal: place.text("postal"),
            country: country(&place.text("country")),
            tags: fields
                .text("tags")
                .split(';')
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .map(String::from)
                .collect(),
            custom_fields: sent_custom_fields(fields),
            origin_segment: fields.text("originSegmentCode"),
        }
    }

    /// Whether nothing is said of it but, perhaps, its id.
    pub(crate) fn is_bare(&self) -> bool {
        [&self.reference, &self.name, &self.last, &self.email, &self.phone].iter().all(|text| text.is_empty())
    }

    /// Whether the import tool shows a mandatory error for a contact that has to be made of this: its type, first and
    /// last name, and the name of whatever is no household, are demanded.
    pub(crate) fn is_red(&self, rules: &Rules) -> bool {
        let parents = ["Household", "Organization", "Foundation"];
        let kind = self.contact_type.as_str();
        let known = parents.iter().any(|parent| parent.eq_ignore_ascii_case(kind))
            || rules.contact_types.iter().any(|custom| custom.eq_ignore_ascii_case(kind));
        let named = kind.eq_ignore_ascii_case("Household") || !self.name.is_empty();
        let person = !self.first.is_empty() && !self.last.is_empty();
        let reachable = self.email.is_empty() || looks_like_email(&self.email);
        !(known && named && person && reachable)
    }
}

/// `x@y.z`, and no more is asked.
fn looks_like_email(text: &str) -> bool {
    text.split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !text.contains(' '))
}

/// A country as it is read back.
pub(crate) fn country(text: &str) -> String {
    match text {
        "US" | "USA" => "United States".into(),
        other => other.into(),
    }
}

/// Custom fields, as a map or as an array of `{name, value}`.
pub(crate) fn sent_custom_fields(fields: Fields) -> Map<String, Value> {
    let pairs = fields.list("customFields").iter().filter_map(Fields::of);
    let listed = pairs.map(|pair| (pair.text("name"), Value::String(pair.text("value"))));
    match fields.object("customFields") {
        Some(map) => map.0.iter().map(|(name, value)| (name.clone(), Value::String(scalar(value)))).collect(),
        None => listed.collect(),
    }
}

impl GiftDraft {
    /// Reads one gift; what is wrong with it at once goes to `wrong`.
    pub(crate) fn read(
        fields: Fields,
        defaults: &Defaults,
        rules: &Rules,
        wrong: &mut Complaints,
    ) -> GiftDraft {
        let or = |name: &str, default: &str| {
            Some(fields.text(name)).filter(|text| !text.is_empty()).unwrap_or(default.into())
        };
        let currency = or("currencyCode", &rules.currency).to_ascii_uppercase();
        let places = exponent(&currency);
        let amount_minor = read_amount(&fields.text("amount"), places, "amount", wrong);
        let gift_type = read_type(&or("giftType", &defaults.gift_type), amount_minor, wrong);
        let receipt_date = fields.text("receiptDate");
        let mut draft = GiftDraft {
            contact: fields.object("contact").map(ContactDraft::carried).unwrap_or_default(),
            gift_type,
            gift_date: read_date(&or("giftDate", &defaults.gift_date), "giftDate", wrong),
            amount_minor,
            currency,
            batch: or("batch", &defaults.batch),
            receipt_date: if receipt_date.is_empty() {
                receipt_date
            } else {
                read_date(&receipt_date, "receiptDate", wrong)
            },
            designations: read_designations(fields, places, rules, wrong),
            extras: read_extras(fields, rules),
            red: false,
        };
        draft.red = draft.lacks_details();
        credits::check(fields, wrong);
        if rules.frequency_required && fields.text("frequency").is_empty() {
            wrong.add("frequency", "REQUIRED", "The frequency is required.".into());
        }
        if rules.sums_checked && wrong.found.is_empty() {
            draft.check_sum(wrong);
        }
        draft
    }

    /// Whether details that the type demands are missing.
    fn lacks_details(&self) -> bool {
        let has = |name: &str| self.extras.get(name).is_some_and(|value| !scalar(value).is_empty());
        match self.gift_type.as_str() {
            "Stock" => !(has("stockTickerSymbol") && has("stockNumberOfShares")),
            "Non-Cash" => !(has("nonCashGiftType") || has("nonCashGiftTypeId")) || self.undescribed(),
            _ => false,
        }
    }

    /// Whether a non-cash gift of type Other says nothing more: a description is asked for.
    fn undescribed(&self) -> bool {
        let word = |name: &str| self.extras.get(name).map(scalar).unwrap_or_default();
        word("nonCashGiftType").eq_ignore_ascii_case("Other") && word("nonCashGiftDescription").is_empty()
    }

    /// Designations must be there and add up.
    fn check_sum(&self, wrong: &mut Complaints) {
        let sum = sum_minor(self.designations.iter().map(|part| part.amount_minor));
        if self.designations.is_empty() {
            wrong.add("designations", "REQUIRED", "At least one designation is required.".into());
        } else if sum != self.amount_minor {
            wrong.add("designations", "SUM_MISMATCH", "Designations must equal the gift amount.".into());
        }
    }
}

/// Reads an amount; 0 when it cannot be read, or is more than any gift.
pub(crate) fn read_amount(text: &str, places: u32, field: &str, wrong: &mut Complaints) -> i64 {
    let read = decimal(text, places).filter(|minor| minor.unsigned_abs() <= AMOUNT_MAX_MINOR);
    if read.is_none() {
        wrong.add(field, "INVALID", "The amount is not valid.".into());
    }
    read.unwrap_or(0)
}

/// Reads a type; only reversing transactions may be negative.
fn read_type(text: &str, amount_minor: i64, wrong: &mut Complaints) -> String {
    let Some(known) = gift_type(text) else {
        wrong.add("giftType", "UNKNOWN", "The gift type is not valid.".into());
        return String::new();
    };
    check_sign(amount_minor, known, wrong);
    known.into()
}

/// Only reversing transactions may be other than positive; what could not be read has been complained of.
pub(crate) fn check_sign(amount_minor: i64, kind: &str, wrong: &mut Complaints) {
    let unread = wrong.found.iter().any(|one| one.field.ends_with("amount"));
    if amount_minor <= 0 && kind != "Reversing Transaction" && !unread {
        wrong.add("amount", "MUST_BE_POSITIVE", "The amount must be positive.".into());
    }
}

/// Reads a date as ISO text.
pub(crate) fn read_date(text: &str, field: &str, wrong: &mut Complaints) -> String {
    match read_day(text) {
        Some(day) => day.to_string(),
        None => {
            wrong.add(field, "INVALID", "The date is not valid.".into());
            String::new()
        }
    }
}

/// Reads `designations`; the narrative pages' `giftDesignations` only where the rules say so.
fn read_designations(
    fields: Fields,
    places: u32,
    rules: &Rules,
    wrong: &mut Complaints,
) -> Vec<DesignationDraft> {
    let narrative = rules.narrative_names_read && fields.get("designations").is_none();
    let (list, own_code) =
        if narrative { ("giftDesignations", "projectCode") } else { ("designations", "code") };
    let parts = fields.list(list).iter().filter_map(Fields::of);
    parts
        .map(|part| {
            let code = part.text(own_code);
            DesignationDraft {
                project_id: part.int("id"),
                code: if code.is_empty() { part.text("name") } else { code },
                amount_minor: read_amount(&part.text("amountDesignated"), places, "designations", wrong),
            }
        })
        .collect()
}

/// Keeps what else was sent.
fn read_extras(fields: Fields, rules: &Rules) -> Map<String, Value> {
    let mut kept = Map::new();
    let narrative = [("inKindDescription", "nonCashGiftDescription"), ("giftPremiums", "premiums")];
    for (theirs, ours) in narrative.iter().filter(|_| rules.narrative_names_read) {
        kept.extend(fields.get(theirs).map(|value| (ours.to_string(), value.clone())));
    }
    for name in EXTRAS {
        match (name, fields.get(name)) {
            (_, None) => {}
            ("customFields", Some(_)) => {
                kept.insert(name.into(), Value::Object(sent_custom_fields(fields)));
            }
            (_, Some(value)) => {
                kept.insert(name.into(), value.clone());
            }
        }
    }
    kept
}
