//! Gifts as a table.

use super::{Column, custom_parameters, custom_value, day, day_of, int, nothing, words};
use crate::body::{exponent, scalar};
use crate::credits::credited;
use crate::endpoints::segments::{campaign_of, segment_of};
use crate::facts::GiftRecord;
use crate::operators::Kind::{Boolean, Date, Decimal, Int, List, Object, String};
use crate::operators::Operator;
use crate::query::{Condition, Field, Parameter, Table};
use crate::shelf;
use crate::world::World;
use serde_json::Value;
use std::borrow::Cow;

/// What a gift may be asked for; the first is the id.
pub(super) const COLUMNS: [Column<GiftRecord>; 47] = [
    ("Gift Id", Int, |_, gift| int(gift.id)),
    ("Legacy Id", String, nothing),
    ("Transaction Source", String, |_, gift| words(&gift.source)),
    ("Transaction Id", String, |_, gift| words(&gift.transaction_id)),
    ("Create Date", Date, |world, gift| day_of(world, gift.created_ms)),
    ("Last Modified Date", Date, |world, gift| day_of(world, gift.modified_ms)),
    ("Create DateTime UTC", Date, |_, gift| Field::When(gift.created_ms)),
    ("Last Modified DateTime UTC", Date, |_, gift| Field::When(gift.modified_ms)),
    ("Gift Type", List, |_, gift| words(&gift.gift_type)),
    ("Gift Date", Date, |_, gift| day(&gift.gift_date)),
    ("Amount", Decimal, |_, gift| money(gift.amount_minor, &gift.currency)),
    ("Currency Code", List, |_, gift| words(&gift.currency)),
    ("Batch", String, |_, gift| words(&gift.batch)),
    ("Receipt Date", Date, |_, gift| day(&gift.receipt_date)),
    ("Thank You Date", Date, nothing),
    ("Cash Accounting Code", String, |_, gift| extra(gift, "cashAccountingCode")),
    ("State", String, |world, gift| {
        let contact = world.people.get(gift.contact_id);
        contact.and_then(|contact| contact.addresses.first()).map_or(Field::Nothing, |one| words(&one.state))
    }),
    ("Notes", String, |_, gift| extra(gift, "notes")),
    ("Private", Boolean, |_, gift| flag(gift, "isPrivate", false)),
    ("Gift Tax-Deductible", Boolean, |_, gift| flag(gift, "isTaxDeductible", true)),
    ("Has Attachment", Object, nothing),
    ("Check Number", String, |_, gift| extra(gift, "checkNumber")),
    ("Credit Card Type", List, |_, gift| extra(gift, "creditCardType")),
    ("Submission Url", String, |_, gift| extra(gift, "submissionUrl")),
    ("Segment Name", String, |world, gift| segment(world, gift, "name")),
    ("Segment Code", String, |world, gift| segment(world, gift, "code")),
    ("Communication Name", String, |world, gift| segment(world, gift, "communicationName")),
    ("Media Outlet Name", String, |_, gift| extra(gift, "mediaOutlet")),
    ("Receipt Segment Name", String, |_, gift| extra(gift, "receiptSegment")),
    ("Campaign Name", String, |world, gift| {
        let found = segment_of(world, gift).and_then(|segment| campaign_of(world, segment));
        found.map_or(Field::Nothing, |campaign| words(shelf::text(campaign, "name")))
    }),
    ("Project Id", Int, |_, gift| {
        gift.designations.first().map_or(Field::Nothing, |part| int(part.project_id))
    }),
    ("Project Name", String, |world, gift| {
        let names = gift.designations.iter().filter_map(|part| world.projects.by_id(part.project_id));
        Field::Texts(names.map(|project| project.name.as_str()).collect())
    }),
    ("Project Code", String, |_, gift| {
        Field::Texts(gift.designations.iter().map(|part| part.code.as_str()).collect())
    }),
    ("Contact Id", Int, |_, gift| int(gift.contact_id)),
    ("Legacy Contact Id", String, nothing),
    ("Contact Name", String, |world, gift| of_contact(world, gift, |contact| words(&contact.name))),
    ("Contact Type", List, |world, gift| of_contact(world, gift, |contact| words(&contact.contact_type))),
    ("Contact Archived", Boolean, |world, gift| {
        of_contact(world, gift, |contact| Field::Flag(contact.archived))
    }),
    ("Individual First Name", String, |world, gift| {
        of_contact(world, gift, |contact| {
            Field::Texts(contact.individuals.iter().map(|one| one.first.as_str()).collect())
        })
    }),
    ("Individual Last Name", String, |world, gift| {
        of_contact(world, gift, |contact| {
            Field::Texts(contact.individuals.iter().map(|one| one.last.as_str()).collect())
        })
    }),
    ("Passthrough Contact Id", Int, |_, gift| {
        let ids: Vec<i64> = credited(gift).into_iter().map(|id| id.saturating_mul(10_000)).collect();
        if ids.is_empty() { Field::Nothing } else { Field::Numbers(ids) }
    }),
    ("Tribute Type", List, |_, gift| dedication(gift, "tributeType")),
    ("Tribute First Name", String, |_, gift| dedication(gift, "tributeFirstName")),
    ("Tribute Last Name", String, |_, gift| dedication(gift, "tributeLastName")),
    ("Recurring Gift", Object, |_, gift| there(gift, "recurringGiftPayments")),
    ("Pledge", Object, |_, gift| there(gift, "pledgePayments")),
    ("Passthrough", Object, |_, gift| there(gift, "giftPassthroughs")),
];

/// An amount as a field.
pub(super) fn money(minor: i64, currency: &str) -> Field<'static> {
    Field::Number(minor.saturating_mul(10i64.pow(4 - exponent(currency))))
}

/// Something else that was sent, as text.
fn extra<'g>(gift: &'g GiftRecord, name: &str) -> Field<'g> {
    let sent = gift.extras.get(name).map(scalar).filter(|text| !text.is_empty());
    sent.map_or(Field::Nothing, |text| Field::Text(Cow::Owned(text)))
}

/// Whether something else was sent.
fn there<'g>(gift: &'g GiftRecord, name: &str) -> Field<'g> {
    gift.extras.get(name).map_or(Field::Nothing, |_| Field::Flag(true))
}

/// A flag that was sent, or its default.
fn flag<'g>(gift: &'g GiftRecord, name: &str, default: bool) -> Field<'g> {
    let sent = gift.extras.get(name).map(scalar).filter(|text| !text.is_empty());
    Field::Flag(sent.map_or(default, |text| text.eq_ignore_ascii_case("true")))
}

/// Something of the gift's segment; the text that was sent when there is no such segment.
fn segment<'g>(world: &'g World, gift: &'g GiftRecord, key: &str) -> Field<'g> {
    match segment_of(world, gift) {
        Some(record) => words(shelf::text(record, key)),
        None if key == "communicationName" => Field::Nothing,
        None => extra(gift, "segment"),
    }
}

/// Something of the tribute that was sent.
fn dedication<'g>(gift: &'g GiftRecord, key: &str) -> Field<'g> {
    let sent = gift.extras.get("tributeDedication").and_then(|value| value.get(key)).and_then(Value::as_str);
    sent.map_or(Field::Nothing, words)
}

/// Something of the gift's contact.
fn of_contact<'w>(
    world: &'w World,
    gift: &GiftRecord,
    of: impl FnOnce(&'w crate::facts::ContactRecord) -> Field<'w>,
) -> Field<'w> {
    world.people.get(gift.contact_id).map_or(Field::Nothing, of)
}

/// Gifts as a table.
pub(crate) struct Gifts<'w>(pub &'w World);

impl Table for Gifts<'_> {
    fn len(&self) -> usize {
        self.0.giving.gifts.len()
    }

    fn place(&self, id: i64) -> usize {
        self.0.giving.place(id)
    }

    fn parameters(&self) -> Vec<Parameter<'_>> {
        let own = COLUMNS.iter().map(|(name, kind, _)| (*name, *kind));
        own.chain(custom_parameters(self.0, "Gift")).collect()
    }

    fn field(&self, at: u32, column: usize) -> Field<'_> {
        let gift = &self.0.giving.gifts[at as usize];
        match COLUMNS.get(column) {
            Some((_, _, of)) => of(self.0, gift),
            None => {
                let values = gift.extras.get("customFields").and_then(Value::as_object);
                custom_value(self.0, "Gift", column - COLUMNS.len(), values)
            }
        }
    }

    fn index(&self, conditions: &[Condition]) -> Option<(&[u32], Vec<usize>)> {
        let giving = &self.0.giving;
        let named = |column: usize| COLUMNS.get(column).map_or("", |(name, ..)| *name);
        let is = |name: &str| {
            conditions.iter().position(|one| named(one.column) == name && one.operator == Operator::Is)
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
}
