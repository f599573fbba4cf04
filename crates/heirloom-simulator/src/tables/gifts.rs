//! Gifts as a table.

use super::{Column, custom_parameters, custom_value, day, day_of, int, nothing, words};
use crate::body::{exponent, scalar};
use crate::credits::credited;
use crate::endpoints::segments::{CAMPAIGN, SEGMENT, by_word, campaign_of, segment_of};
use crate::facts::{GiftRecord, ProjectRecord};
use crate::lag::GIFT;
use crate::operators::Kind::{
    Boolean, Date, Decimal, Int, List, Lookup, Name, Object, SomeInt, Stamp, String,
};
use crate::operators::Operator;
use crate::query::{Condition, Field, Parameter, Table};
use crate::shelf;
use crate::world::World;
use serde_json::Value;
use std::borrow::Cow;

/// What a gift may be asked for; the first is the id.
pub(super) const COLUMNS: [Column<GiftRecord>; 63] = [
    ("Gift Id", Int, |_, gift| int(gift.id)),
    ("Legacy Id", String, nothing),
    ("Transaction Source", String, |_, gift| words(&gift.source)),
    ("Transaction Id", String, |_, gift| words(&gift.transaction_id)),
    ("Create Date", Stamp, |world, gift| day_of(world, gift.created_ms)),
    ("Last Modified Date", Stamp, |world, gift| day_of(world, gift.modified_ms)),
    ("Create DateTime UTC", Stamp, |_, gift| Field::When(gift.created_ms)),
    ("Last Modified DateTime UTC", Stamp, |_, gift| Field::When(gift.modified_ms)),
    ("Gift Type", List, |_, gift| words(&gift.gift_type)),
    ("Gift Date", Stamp, |_, gift| day(&gift.gift_date)),
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
    ("Has Attachment", Boolean, |_, _| Field::Flag(false)),
    ("Check Number", String, |_, gift| extra(gift, "checkNumber")),
    ("Credit Card Type", String, |_, gift| extra(gift, "creditCardType")),
    ("Submission Url", String, |_, gift| extra(gift, "submissionUrl")),
    ("Segment", Object, |_, gift| there(gift, "segment")),
    ("Segment Name", Lookup, |world, gift| segment(world, gift, "name")),
    ("Segment Code", Lookup, |world, gift| segment(world, gift, "code")),
    ("Package Code", Name, |world, gift| segment(world, gift, "packageCode")),
    ("Communication Name", Name, |world, gift| segment(world, gift, "communicationName")),
    ("Media Outlet", Object, |_, gift| there(gift, "mediaOutlet")),
    ("Media Outlet Name", Name, |_, gift| extra(gift, "mediaOutlet")),
    ("Media Outlet Code", Name, |_, gift| extra(gift, "mediaOutlet")),
    ("Receipt Segment", Object, |_, gift| there(gift, "receiptSegment")),
    ("Receipt Segment Name", Lookup, |world, gift| receipt_segment(world, gift, "name")),
    ("Receipt Segment Code", Lookup, |world, gift| receipt_segment(world, gift, "code")),
    ("Campaign Name", Name, |world, gift| {
        let found = segment_of(world, gift).and_then(|segment| campaign_of(world, segment));
        found.map_or(Field::Nothing, |campaign| words(shelf::text(campaign, "name")))
    }),
    ("Project Id", Int, |_, gift| {
        Field::Numbers(gift.designations.iter().map(|part| part.project_id.saturating_mul(10_000)).collect())
    }),
    ("Project Name", Name, |world, gift| of_projects(world, gift, |_, one| Some(&one.name))),
    ("Project Code", Name, |_, gift| {
        Field::Texts(gift.designations.iter().map(|part| part.code.as_str()).collect())
    }),
    ("Project Type", Name, |world, gift| of_projects(world, gift, |_, one| kind_of(one))),
    ("Parent Project Name", Name, |world, gift| {
        of_projects(world, gift, |world, one| Some(&parent_of(world, one)?.name))
    }),
    ("Parent Project Code", Name, |world, gift| {
        of_projects(world, gift, |world, one| Some(&parent_of(world, one)?.code))
    }),
    ("Contact Id", Int, |_, gift| int(gift.contact_id)),
    ("Legacy Contact Id", String, nothing),
    ("Contact Name", Name, |world, gift| of_contact(world, gift, |contact| words(&contact.name))),
    ("Contact Type", List, |world, gift| of_contact(world, gift, |contact| words(&contact.contact_type))),
    ("Contact Archived", Boolean, |world, gift| {
        of_contact(world, gift, |contact| Field::Flag(contact.archived))
    }),
    ("Individual", Object, |_, gift| there(gift, "contactIndividualId")),
    ("Individual First Name", Name, |world, gift| {
        of_contact(world, gift, |contact| {
            Field::Texts(contact.individuals.iter().map(|one| one.first.as_str()).collect())
        })
    }),
    ("Individual Last Name", Name, |world, gift| {
        of_contact(world, gift, |contact| {
            Field::Texts(contact.individuals.iter().map(|one| one.last.as_str()).collect())
        })
    }),
    ("Passthrough Contact", Object, |_, gift| {
        if credited(gift).is_empty() { Field::Nothing } else { Field::Flag(true) }
    }),
    ("Passthrough Contact Id", Int, |_, gift| {
        let ids: Vec<i64> = credited(gift).into_iter().map(|id| id.saturating_mul(10_000)).collect();
        if ids.is_empty() { Field::Nothing } else { Field::Numbers(ids) }
    }),
    ("Passthrough Contact Name", Name, |world, gift| {
        let names = credited(gift).into_iter().filter_map(|id| world.people.get(id));
        Field::Texts(names.map(|contact| contact.name.as_str()).collect())
    }),
    ("Tribute Id", SomeInt, |_, gift| {
        let own = gift.extras.get("tributeId").and_then(|id| scalar(id).parse().ok());
        own.map_or_else(|| dedicated_to(gift, "tributeId"), int)
    }),
    ("Tribute Type", List, |_, gift| match extra(gift, "tributeType") {
        Field::Nothing => dedication(gift, "tributeType"),
        own => own,
    }),
    ("Tribute First Name", Name, |_, gift| dedication(gift, "tributeFirstName")),
    ("Tribute Last Name", Name, |_, gift| dedication(gift, "tributeLastName")),
    ("Tribute City", Name, |_, gift| dedication(gift, "tributeCity")),
    ("Tribute State", Name, |_, gift| dedication(gift, "tributeState")),
    ("Tribute", String, |_, gift| extra(gift, "tribute")),
    ("Acknowledgee Individual Id", SomeInt, |_, gift| dedicated_to(gift, "acknowledgeeIndividualId")),
    ("Acknowledgee First Name", Name, |_, gift| dedication(gift, "acknowledgeeFirstName")),
    ("Acknowledgee Last Name", Name, |_, gift| dedication(gift, "acknowledgeeLastName")),
];

/// Something of each project of a gift.
fn of_projects<'w>(
    world: &'w World,
    gift: &GiftRecord,
    of: impl Fn(&'w World, &'w ProjectRecord) -> Option<&'w str>,
) -> Field<'w> {
    let projects = gift.designations.iter().filter_map(|part| world.projects.by_id(part.project_id));
    Field::Texts(projects.filter_map(|one| of(world, one)).collect())
}

/// The type of a project.
pub(super) fn kind_of(project: &ProjectRecord) -> Option<&str> {
    project.extras.get("type").and_then(Value::as_str)
}

/// The project that a project is a part of.
pub(super) fn parent_of<'w>(world: &'w World, project: &ProjectRecord) -> Option<&'w ProjectRecord> {
    project.extras.get("parentId").and_then(Value::as_i64).and_then(|id| world.projects.by_id(id))
}

/// Something of the segment that a gift's receipt came with; the text that was sent when there is no such segment.
fn receipt_segment<'w>(world: &'w World, gift: &'w GiftRecord, key: &str) -> Field<'w> {
    let sent = gift.extras.get("receiptSegment").map(scalar).unwrap_or_default();
    let by_id = sent.parse().ok().and_then(|id| world.shelves.get(&SEGMENT, id));
    match by_id.or_else(|| by_word(world, &sent)) {
        Some(record) => words(shelf::text(record, key)),
        None => extra(gift, "receiptSegment"),
    }
}

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
        None if ["communicationName", "packageCode"].contains(&key) => Field::Nothing,
        None => extra(gift, "segment"),
    }
}

/// Something of the tribute that was sent.
fn dedication<'g>(gift: &'g GiftRecord, key: &str) -> Field<'g> {
    let sent = gift.extras.get("tributeDedication").and_then(|value| value.get(key)).and_then(Value::as_str);
    sent.map_or(Field::Nothing, words)
}

/// An id of the tribute that was sent.
fn dedicated_to(gift: &GiftRecord, key: &str) -> Field<'static> {
    let sent = gift.extras.get("tributeDedication").and_then(|value| value.get(key)).map(scalar);
    sent.and_then(|id| id.parse().ok()).map_or(Field::Nothing, int)
}

/// Something of the gift's contact.
fn of_contact<'w>(
    world: &'w World,
    gift: &GiftRecord,
    of: impl FnOnce(&'w crate::facts::ContactRecord) -> Field<'w>,
) -> Field<'w> {
    world.people.get(gift.contact_id).map_or(Field::Nothing, of)
}

/// Whether a name that is asked for is that of a project or a campaign; other parameters know every value.
pub(super) fn knows(world: &World, parameter: &str, folded: &str) -> bool {
    match parameter {
        "Project Name" => world.projects.all.iter().any(|one| one.name.to_lowercase() == folded),
        "Campaign Name" => {
            world.shelves.all(&CAMPAIGN).iter().any(|one| shelf::text(one, "name").to_lowercase() == folded)
        }
        _ => true,
    }
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

    fn knows(&self, parameter: &str, folded: &str) -> bool {
        knows(self.0, parameter, folded)
    }

    fn hides(&self, at: u32) -> bool {
        !self.0.shows(GIFT, self.0.giving.gifts[at as usize].id)
    }

    fn hides_any(&self) -> bool {
        self.0.any_unseen(GIFT)
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
