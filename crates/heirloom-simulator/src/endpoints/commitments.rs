//! Promises to give: recurring gifts, pledges, planned gifts; and the payments by which gifts keep them.

use super::kept::{by_contact, create, query, query_options, read, replace, set, show, with_contact_name};
use super::{Asked, Route};
use crate::body::{Fields, scalar};
use crate::draft::GiftDraft;
use crate::operators::Kind::{Boolean, Date, Decimal, Int, Object, String as Text};
use crate::render::units;
use crate::reply::Reply;
use crate::shelf::{self, Family, Need, Record, as_kept, text};
use crate::world::World;
use serde_json::{Map, Value, json};

/// The status of a promise that is kept.
const UP_TO_DATE: &str = "UpToDate";

pub(crate) const RECURRING: Family = Family {
    name: "RecurringGift",
    id: "id",
    first_id: 8001,
    fields: &[
        ("contactId", Int, Need::Contact),
        ("startDate", Date, Need::Filled),
        ("frequency", Text, Need::Filled),
        ("amount", Decimal, Need::Filled),
        ("nextExpectedPaymentDate", Date, Need::Free),
        ("anticipatedEndDate", Date, Need::Free),
        ("thankYouDate", Date, Need::Free),
        ("segmentId", Int, Need::Free),
        ("automatedPayments", Boolean, Need::Free),
        ("trackPayments", Boolean, Need::Free),
        ("isPrivate", Boolean, Need::Free),
        ("transactionSource", Text, Need::Free),
        ("transactionId", Text, Need::Free),
        ("designations", Object, Need::Free),
        ("customFields", Object, Need::Free),
    ],
    parameters: &[
        ("Recurring Gift Id", Int, "id"),
        ("Contact Id", Int, "contactId"),
        ("Amount", Decimal, "amount"),
        ("Frequency", Text, "frequency"),
        ("Start Date", Date, "startDate"),
        ("Status", Text, "status"),
        ("Transaction Source", Text, "transactionSource"),
        ("Transaction Id", Text, "transactionId"),
        ("Create DateTime UTC", Date, "createDateTimeUtc"),
        ("Last Modified DateTime UTC", Date, "modifiedDateTimeUtc"),
    ],
    finish: with_contact_name,
};

const PAYMENT: Family = Family {
    name: "RecurringGiftPayment",
    id: "id",
    first_id: 8501,
    fields: &[],
    parameters: &[("Recurring Gift Payment Id", Int, "id")],
    finish: as_kept,
};

pub(crate) const PLEDGE: Family = Family {
    name: "Pledge",
    id: "id",
    first_id: 9001,
    fields: &[
        ("contactId", Int, Need::Contact),
        ("amountPledged", Decimal, Need::Filled),
        ("frequency", Text, Need::Filled),
        ("pledgeDate", Date, Need::Filled),
        ("expectedFulfillmentDate", Date, Need::Free),
        ("payments", Object, Need::Free),
        ("giftAskId", Int, Need::Free),
        ("segmentId", Int, Need::Free),
        ("projectId", Int, Need::Free),
        ("isPrivate", Boolean, Need::Free),
        ("currencyCode", Text, Need::Free),
        ("transactionSource", Text, Need::Free),
        ("transactionId", Text, Need::Free),
        ("customFields", Object, Need::Free),
    ],
    parameters: &[
        ("Pledge Id", Int, "id"),
        ("Contact Id", Int, "contactId"),
        ("Amount Pledged", Decimal, "amountPledged"),
        ("Frequency", Text, "frequency"),
        ("Pledge Date", Date, "pledgeDate"),
        ("Status", Text, "status"),
        ("Create DateTime UTC", Date, "createDateTimeUtc"),
        ("Last Modified DateTime UTC", Date, "modifiedDateTimeUtc"),
    ],
    finish: with_contact_name,
};

const PLANNED: Family = Family {
    name: "PlannedGift",
    id: "id",
    first_id: 9501,
    fields: &[
        ("contactId", Int, Need::Contact),
        ("plannedGiftDate", Date, Need::Filled),
        ("plannedGiftType", Text, Need::Filled),
        ("frequency", Text, Need::Free),
        ("anticipatedAmount", Decimal, Need::Free),
        ("anticipatedStartDate", Date, Need::Free),
        ("numberOfOccurrences", Int, Need::Free),
        ("currentValue", Decimal, Need::Free),
        ("contactIndividualId", Int, Need::Free),
        ("assignedUserId", Int, Need::Free),
        ("projectId", Int, Need::Free),
        ("segmentId", Int, Need::Free),
        ("thankYouDate", Date, Need::Free),
        ("customFields", Object, Need::Free),
    ],
    parameters: &[
        ("Planned Gift Id", Int, "id"),
        ("Contact Id", Int, "contactId"),
        ("Planned Gift Date", Date, "plannedGiftDate"),
        ("Planned Gift Type", Text, "plannedGiftType"),
    ],
    finish: misspelt,
};

/// The type of a planned gift is read under a misspelt name.
fn misspelt(world: &World, record: &mut Record) {
    with_contact_name(world, record);
    if let Some(kind) = record.shift_remove("plannedGiftType") {
        record.insert("pkannedGiftType".into(), kind);
    }
}

/// A text of the body.
fn sent(asked: &Asked, name: &str) -> Value {
    Fields::of(&asked.body).map_or(Value::Null, |fields| json!(fields.text(name)))
}

pub(super) const ROUTES: [Route; 20] = [
    ("POST", "api/RecurringGift", |world, asked| promise(world, &RECURRING, asked)),
    ("GET", "api/RecurringGift/{id}", |world, asked| read(world, &RECURRING, asked)),
    ("PUT", "api/RecurringGift/{id}", |world, asked| replace(world, &RECURRING, asked)),
    ("PUT", "api/RecurringGift/Cancel/{id}", |world, asked| {
        let values = [("status", json!("Cancelled")), ("cancelReason", sent(asked, "cancelReason"))];
        set(world, &RECURRING, asked.id(0), &values)
    }),
    ("GET", "api/RecurringGift/ByContact/{contactId}", |world, asked| by_contact(world, &RECURRING, asked)),
    ("POST", "api/RecurringGift/Query", |world, asked| query(world, &RECURRING, asked)),
    ("GET", "api/RecurringGift/QueryOptions", |world, _| query_options(world, &RECURRING)),
    ("GET", "api/RecurringGiftPayment/{id}", |world, asked| read(world, &PAYMENT, asked)),
    ("POST", "api/v2/Pledge", |world, asked| promise(world, &PLEDGE, asked)),
    ("GET", "api/v2/Pledge/{id}", |world, asked| read(world, &PLEDGE, asked)),
    ("PUT", "api/v2/Pledge/{id}", |world, asked| replace(world, &PLEDGE, asked)),
    ("PUT", "api/v2/Pledge/WriteOff/{id}", write_off),
    ("GET", "api/v2/Pledge/ByContact/{contactId}", |world, asked| by_contact(world, &PLEDGE, asked)),
    ("POST", "api/v2/Pledge/Query", |world, asked| query(world, &PLEDGE, asked)),
    ("GET", "api/v2/Pledge/QueryOptions", |world, _| query_options(world, &PLEDGE)),
    ("POST", "api/PlannedGift", |world, asked| create(world, &PLANNED, asked)),
    ("GET", "api/PlannedGift/{id}", |world, asked| read(world, &PLANNED, asked)),
    ("PUT", "api/PlannedGift/{id}", |world, asked| replace(world, &PLANNED, asked)),
    ("GET", "api/PlannedGift/ByContact/{contactId}", |world, asked| by_contact(world, &PLANNED, asked)),
    ("POST", "api/PlannedGift/Query", |world, asked| query(world, &PLANNED, asked)),
];

/// Makes a promise: it is up to date until somebody ends it.
fn promise(world: &mut World, family: &'static Family, asked: &Asked) -> Reply {
    let before = world.shelves.all(family).len();
    let reply = create(world, family, asked);
    let made = world.shelves.all(family).get(before).map(|record| shelf::id_of(family, record));
    let Some(id) = made else { return reply };
    if let Some(record) = world.shelves.get_mut(family, id) {
        record.insert("status".into(), json!(UP_TO_DATE));
        // That a pledge takes an id of ours is said nowhere: it is a habit.
        if *family == PLEDGE && !world.rules.pledge_keys {
            record.insert("transactionSource".into(), Value::Null);
            record.insert("transactionId".into(), Value::Null);
        }
    }
    world.made_now(family.name, id);
    show(world, family, id)
}

/// `PUT /api/v2/Pledge/WriteOff/{id}`.
fn write_off(world: &mut World, asked: &Asked) -> Reply {
    let values = [("status", json!("WrittenOff")), ("writeOffReason", sent(asked, "reason"))];
    set(world, &PLEDGE, asked.id(0), &values)
}

/// What a gift of the import pays: a schedule that it begins (`frequency`) or names, a pledge that it names.
/// Gives what whole gifts show of it.
pub(crate) fn pay(
    world: &mut World,
    gift: &GiftDraft,
    source: &str,
    transaction_id: &str,
    contact_id: i64,
) -> Map<String, Value> {
    let word = |name: &str| gift.extras.get(name).map(scalar).unwrap_or_default();
    let amount = json!(units(gift.amount_minor, &gift.currency));
    let mut shown = Map::new();
    let schedule = match word("recurringGiftTransactionId") {
        id if !id.is_empty() => named(world, &RECURRING, source, &id),
        _ => begins(&word("frequency")).then(|| begin(world, gift, source, transaction_id, contact_id)),
    };
    if let Some(schedule) = schedule {
        let payment = Map::from_iter([
            ("recurringGiftId".to_string(), json!(schedule)),
            ("amount".to_string(), amount.clone()),
            ("paymentDate".to_string(), json!(gift.gift_date)),
        ]);
        let id = world.shelves.add(&PAYMENT, payment);
        shown.insert(
            "recurringGiftPayments".into(),
            json!([{"id": id, "recurringGiftId": schedule, "amount": amount}]),
        );
    }
    let pledge = word("pledgeTransactionId");
    if let Some(id) = named(world, &PLEDGE, source, &pledge) {
        shown.insert("pledgePayments".into(), json!([{"id": id, "amount": amount}]));
    }
    shown
}

/// Whether a frequency begins a schedule: one-off gifts may say that they are.
fn begins(frequency: &str) -> bool {
    !frequency.is_empty() && !["OneTime", "Once"].iter().any(|one| one.eq_ignore_ascii_case(frequency))
}

/// The promise with a key; none for an empty one.
fn named(world: &World, family: &Family, source: &str, id: &str) -> Option<i64> {
    let is = |record: &&Record| {
        text(record, "transactionSource").eq_ignore_ascii_case(source)
            && text(record, "transactionId").eq_ignore_ascii_case(id)
    };
    let found = world.shelves.all(family).iter().find(is).filter(|_| !id.is_empty())?;
    Some(shelf::id_of(family, found))
}

/// Makes the schedule that a gift begins.
fn begin(world: &mut World, gift: &GiftDraft, source: &str, transaction_id: &str, contact_id: i64) -> i64 {
    let now = json!(world.stamp(world.now_ms));
    let frequency = gift.extras.get("frequency").map(scalar).unwrap_or_default();
    let record = [
        ("contactId", json!(contact_id)),
        ("startDate", json!(format!("{}T00:00:00", gift.gift_date))),
        ("frequency", json!(frequency)),
        ("amount", json!(units(gift.amount_minor, &gift.currency))),
        ("automatedPayments", json!(true)),
        ("trackPayments", json!(true)),
        ("transactionSource", json!(source)),
        ("transactionId", json!(transaction_id)),
        ("status", json!(UP_TO_DATE)),
        ("createDateTimeUtc", now.clone()),
        ("modifiedDateTimeUtc", now),
    ];
    let record = record.into_iter().map(|(key, value)| (key.to_string(), value)).collect();
    let id = world.shelves.add(&RECURRING, record);
    world.note_record(&RECURRING, id);
    id
}
