//! What queries may ask of gifts, contacts and projects.

use crate::body::exponent;
use crate::facts::{ContactRecord, GiftRecord, Method};
use crate::giving::FIRST_GIFT;
use crate::people::FIRST_CONTACT;
use crate::query::{Condition, Field, Operator, Table};
use crate::time::{DAY_MS, read_instant};
use crate::world::World;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::cmp::Ordering;

/// Parameters of gift queries, with their types.
const GIFT: [(&str, &str); 20] = [
    ("Gift Id", "Int"),
    ("Transaction Source", "String"),
    ("Transaction Id", "String"),
    ("Batch", "String"),
    ("Gift Type", "List"),
    ("Gift Date", "Date"),
    ("Amount", "Decimal"),
    ("Currency Code", "List"),
    ("Receipt Date", "Date"),
    ("Contact Id", "Int"),
    ("Contact Name", "String"),
    ("Project Code", "String"),
    ("Segment Code", "String"),
    ("Check Number", "String"),
    ("Notes", "String"),
    ("Private", "Boolean"),
    ("Create Date", "Date"),
    ("Create DateTime UTC", "Date"),
    ("Last Modified Date", "Date"),
    ("Last Modified DateTime UTC", "Date"),
];

/// Parameters of contact queries, with their types.
const CONTACT: [(&str, &str); 17] = [
    ("Contact Id", "Int"),
    ("Contact Name", "String"),
    ("Contact Type", "List"),
    ("First Name", "String"),
    ("Last Name", "String"),
    ("Email Address", "String"),
    ("Phone Number", "String"),
    ("Address Line 1", "String"),
    ("City", "String"),
    ("State", "String"),
    ("Postal", "String"),
    ("Tag", "List"),
    ("Reference Source", "String"),
    ("Create Date", "Date"),
    ("Create DateTime UTC", "Date"),
    ("Last Modified Date", "Date"),
    ("Last Modified DateTime UTC", "Date"),
];

/// Which records a query is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    Gifts,
    Contacts,
}

/// A date written `YYYY-MM-DD` as a field.
fn day(iso: &str) -> Field<'_> {
    read_instant(iso).map_or(Field::Nothing, Field::When)
}

/// The day (UTC) of an instant as a field.
fn day_of(ms: i64) -> Field<'static> {
    Field::When(ms - ms.rem_euclid(DAY_MS))
}

/// An integer as a field.
fn int(number: i64) -> Field<'static> {
    Field::Number(number.saturating_mul(10_000))
}

/// A text as a field.
fn words(text: &str) -> Field<'_> {
    Field::Text(Cow::Borrowed(text))
}

/// Gifts as a table.
pub(crate) struct Gifts<'w>(pub &'w World);

impl Gifts<'_> {
    fn at(&self, at: u32) -> &GiftRecord {
        &self.0.giving.gifts[at as usize]
    }
}

impl Table for Gifts<'_> {
    fn len(&self) -> usize {
        self.0.giving.gifts.len()
    }

    fn first_id(&self) -> i64 {
        FIRST_GIFT
    }

    fn id_parameter(&self) -> &'static str {
        "Gift Id"
    }

    fn knows(&self, parameter: &str) -> bool {
        GIFT.iter().any(|(known, _)| *known == parameter)
    }

    fn field(&self, at: u32, parameter: &str) -> Field<'_> {
        let gift = self.at(at);
        let extra = |name: &str| {
            gift.extras
                .get(name)
                .map_or(Field::Nothing, |value| Field::Text(crate::body::scalar(value).into()))
        };
        match parameter {
            "Gift Id" => int(gift.id),
            "Transaction Source" => words(&gift.source),
            "Transaction Id" => words(&gift.transaction_id),
            "Batch" => words(&gift.batch),
            "Gift Type" => words(&gift.gift_type),
            "Gift Date" => day(&gift.gift_date),
            "Amount" => {
                Field::Number(gift.amount_minor.saturating_mul(10i64.pow(4 - exponent(&gift.currency))))
            }
            "Currency Code" => words(&gift.currency),
            "Receipt Date" => day(&gift.receipt_date),
            "Contact Id" => int(gift.contact_id),
            "Contact Name" => {
                self.0.people.get(gift.contact_id).map_or(Field::Nothing, |contact| words(&contact.name))
            }
            "Project Code" => Field::Texts(gift.designations.iter().map(|part| part.code.as_str()).collect()),
            "Segment Code" => extra("segment"),
            "Check Number" => extra("checkNumber"),
            "Notes" => extra("notes"),
            "Private" => Field::Flag(
                gift.extras
                    .get("isPrivate")
                    .map(crate::body::scalar)
                    .is_some_and(|text| text.eq_ignore_ascii_case("true")),
            ),
            "Create Date" => day_of(gift.created_ms),
            "Create DateTime UTC" => Field::When(gift.created_ms),
            "Last Modified Date" => day_of(gift.modified_ms),
            "Last Modified DateTime UTC" => Field::When(gift.modified_ms),
            _ => Field::Nothing,
        }
    }

    fn index(&self, conditions: &[Condition]) -> Option<(&[u32], Vec<usize>)> {
        let giving = &self.0.giving;
        let is = |name: &str| {
            conditions.iter().position(|one| one.parameter == name && one.operator == Operator::Is)
        };
        let value = |at: usize| conditions[at].value.folded.as_str();
        let (source, id) = (is("Transaction Source"), is("Transaction Id"));
        if let (Some(source), Some(id)) = (source, id) {
            return Some((giving.with_key(value(source), value(id)), vec![source, id]));
        }
        let contact = is("Contact Id").and_then(|at| Some((at, conditions[at].value.number? / 10_000)));
        let lists = [
            contact.map(|(at, id)| (giving.with_contact(id), vec![at])),
            is("Batch").map(|at| (giving.with_batch(value(at)), vec![at])),
            source.map(|at| (giving.with_source(value(at)), vec![at])),
        ];
        lists.into_iter().flatten().min_by_key(|(list, _)| list.len())
    }

    fn compare(&self, key: &str, a: u32, b: u32) -> Option<Ordering> {
        let key: String =
            key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let known = [
            "id",
            "amount",
            "giftdate",
            "receiptdate",
            "batch",
            "createdatetimeutc",
            "createddatetime",
            "lastmodifieddate",
        ];
        if !known.contains(&key.as_str()) {
            return None;
        }
        if self.len() == 0 {
            return Some(Ordering::Equal);
        }
        let (x, y) = (self.at(a), self.at(b));
        Some(match key.as_str() {
            "amount" => x.amount_minor.cmp(&y.amount_minor),
            "giftdate" => x.gift_date.cmp(&y.gift_date),
            "receiptdate" => x.receipt_date.cmp(&y.receipt_date),
            "batch" => x.batch.cmp(&y.batch),
            "createdatetimeutc" | "createddatetime" => x.created_ms.cmp(&y.created_ms),
            "lastmodifieddate" => x.modified_ms.cmp(&y.modified_ms),
            _ => x.id.cmp(&y.id),
        })
    }
}

/// Contacts as a table.
pub(crate) struct Contacts<'w>(pub &'w World);

impl Contacts<'_> {
    fn at(&self, at: u32) -> &ContactRecord {
        &self.0.people.contacts[at as usize]
    }
}

/// The e-mails or phones of a contact.
fn reached(contact: &ContactRecord, is_email: bool) -> Field<'_> {
    let methods = contact.individuals.iter().flat_map(|one| &one.methods);
    let wanted = methods.filter(|method: &&Method| method.value.contains('@') == is_email);
    Field::Texts(wanted.map(|method| method.value.as_str()).collect())
}

impl Table for Contacts<'_> {
    fn len(&self) -> usize {
        self.0.people.contacts.len()
    }

    fn first_id(&self) -> i64 {
        FIRST_CONTACT
    }

    fn id_parameter(&self) -> &'static str {
        "Contact Id"
    }

    fn knows(&self, parameter: &str) -> bool {
        CONTACT.iter().any(|(known, _)| *known == parameter)
    }

    fn field(&self, at: u32, parameter: &str) -> Field<'_> {
        let contact = self.at(at);
        let people = || contact.individuals.iter();
        let places = || contact.addresses.iter();
        match parameter {
            "Contact Id" => int(contact.id),
            "Contact Name" => words(&contact.name),
            "Contact Type" => words(&contact.contact_type),
            "First Name" => Field::Texts(people().map(|one| one.first.as_str()).collect()),
            "Last Name" => Field::Texts(people().map(|one| one.last.as_str()).collect()),
            "Email Address" => reached(contact, true),
            "Phone Number" => reached(contact, false),
            "Address Line 1" => Field::Texts(places().map(|one| one.address1.as_str()).collect()),
            "City" => Field::Texts(places().map(|one| one.city.as_str()).collect()),
            "State" => Field::Texts(places().map(|one| one.state.as_str()).collect()),
            "Postal" => Field::Texts(places().map(|one| one.postal.as_str()).collect()),
            "Tag" => Field::Texts(contact.tags.iter().map(String::as_str).collect()),
            "Reference Source" => {
                Field::Texts(contact.references.iter().map(|(source, _)| source.as_str()).collect())
            }
            "Create Date" => day_of(contact.created_ms),
            "Create DateTime UTC" => Field::When(contact.created_ms),
            "Last Modified Date" => day_of(contact.modified_ms),
            "Last Modified DateTime UTC" => Field::When(contact.modified_ms),
            _ => Field::Nothing,
        }
    }

    fn index(&self, _conditions: &[Condition]) -> Option<(&[u32], Vec<usize>)> {
        None
    }

    fn compare(&self, key: &str, a: u32, b: u32) -> Option<Ordering> {
        let key: String =
            key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let known = ["id", "contactid", "name", "contactname", "createdatetimeutc", "lastmodifieddate"];
        if !known.contains(&key.as_str()) {
            return None;
        }
        if self.len() == 0 {
            return Some(Ordering::Equal);
        }
        let (x, y) = (self.at(a), self.at(b));
        Some(match key.as_str() {
            "name" | "contactname" => x.name.cmp(&y.name),
            "createdatetimeutc" => x.created_ms.cmp(&y.created_ms),
            "lastmodifieddate" => x.modified_ms.cmp(&y.modified_ms),
            _ => x.id.cmp(&y.id),
        })
    }
}

/// The operators of a type.
fn operators(kind: &str) -> &'static [&'static str] {
    match kind {
        "Int" | "Decimal" => {
            &["Is", "LessThan", "LessThanOrEqual", "GreaterThan", "GreaterThanOrEqual", "Between"]
        }
        "Date" => &[
            "Is",
            "LessThan",
            "LessThanOrEqual",
            "GreaterThan",
            "GreaterThanOrEqual",
            "Between",
            "Before",
            "OnOrBefore",
            "After",
            "OnOrAfter",
            "IsKnown",
            "IsNotKnown",
        ],
        "Boolean" => &["IsTrue", "IsFalse"],
        "List" => &["Is", "IsNot"],
        _ => &["Is", "IsNot", "IsKnown", "IsNotKnown", "Contains", "StartsWith", "EndsWith", "In", "NotIn"],
    }
}

/// The answer of `QueryOptions`.
pub(crate) fn options(about: About) -> Value {
    let parameters: &[(&str, &str)] = if about == About::Gifts { &GIFT } else { &CONTACT };
    let one = |(parameter, kind): &(&str, &str)| {
        let choices = operators(kind).iter().map(|operator| {
            let many = matches!(*operator, "In" | "NotIn");
            let valued =
                !operator.starts_with("IsK") && !operator.starts_with("IsNotK") && *kind != "Boolean";
            json!({"operator": operator, "multipleValuesAllowed": many, "valueRequired": valued})
        });
        json!({"parameter": parameter, "type": kind, "operatorOptions": choices.collect::<Vec<_>>(), "valueOptions": []})
    };
    json!({"options": parameters.iter().map(one).collect::<Vec<_>>(), "operatorOptions": []})
}
