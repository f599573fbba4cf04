//! Gifts written past the import: made, replaced, patched, reversed, deleted. No matching is done here.

use super::gift_reads::whole_gift;
use super::{Asked, Route, or_missing};
use crate::body::{Fields, exponent, sum_minor};
use crate::custom::{custom_fields, fill};
use crate::draft::{Complaints, check_sign, gift_type, read_amount, read_date, sent_custom_fields};
use crate::facts::{DesignationRecord, EffectKind, GiftRecord};
use crate::habits::Put;
use crate::lag::GIFT;
use crate::render::DETAILS;
use crate::reply::{Complaint, Reply};
use crate::shelf;
use crate::world::World;
use serde_json::{Map, Value, json};

use super::segments::SEGMENT;

pub(super) const ROUTES: [Route; 6] = [
    ("POST", "api/Gift", create),
    ("POST", "api/Gift/Bulk", bulk),
    ("PATCH", "api/Gift", patch),
    ("PUT", "api/Gift/{giftId}", replace),
    ("DELETE", "api/Gift/{giftId}", delete),
    ("POST", "api/Gift/ReversingTransaction", reverse),
];

/// Most gifts of one `Gift/Bulk`.
const BULK_MAX: usize = 100;

/// What is kept of a gift under another name: that of this wire, and that of the transaction endpoints.
const RENAMED: [(&str, &str); 6] = [
    ("receiptSegmentId", "receiptSegment"),
    ("tickerSymbol", "stockTickerSymbol"),
    ("numberOfShares", "stockNumberOfShares"),
    ("description", "nonCashGiftDescription"),
    ("giftPremiums", "premiums"),
    ("tributeDescription", "tribute"),
];

/// What is kept of a gift under the wire's own name; besides these, the details of its type.
const KEPT: [&str; 23] = [
    "mediaOutlet",
    "mediaOutletId",
    "notes",
    "isPrivate",
    "contactIndividualId",
    "contactPassthroughId",
    "cashAccountingCode",
    "isTaxDeductible",
    "giftAskId",
    "passthroughGiftAskId",
    "grantId",
    "contactMembershipId",
    "exchangeRate",
    "checkNumber",
    "creditCardType",
    "iraCustodian",
    "nonCashGiftTypeId",
    "nonCashGiftType",
    "pledgePayments",
    "recurringGiftPayments",
    "tributeType",
    "tributeId",
    "reversedGiftId",
];

/// Reads a gift out of a body; `before` is the gift that a PUT changes.
fn read(world: &World, fields: Fields, before: Option<&GiftRecord>) -> Result<GiftRecord, Vec<Complaint>> {
    let mut wrong = Complaints { prefix: "", found: Vec::new() };
    let old = before.filter(|_| world.rules.put == Put::Patches);
    let or = |name: &str, kept: Option<&str>, default: &str| match fields.text(name) {
        text if text.is_empty() => kept.unwrap_or(default).to_string(),
        text => text,
    };
    let contact_id = fields.int("contactId").or(old.map(|gift| gift.contact_id)).unwrap_or(0);
    if world.people.get(contact_id).is_none() {
        wrong.add("contactId", "NOT_FOUND", "The contact was not found.".into());
    }
    let currency =
        or("currencyCode", old.map(|gift| &*gift.currency), &world.rules.currency).to_ascii_uppercase();
    let places = exponent(&currency);
    let amount_minor = match (fields.get("amount"), old) {
        (None, Some(gift)) => gift.amount_minor,
        _ => read_amount(&fields.text("amount"), places, "amount", &mut wrong),
    };
    // The type cannot be changed once a gift is saved.
    let kind = match before {
        Some(gift) => gift.gift_type.clone(),
        None => gift_type(&fields.text("giftType")).unwrap_or_default().to_string(),
    };
    if kind.is_empty() {
        wrong.add("giftType", "UNKNOWN", "The gift type is not valid.".into());
    }
    check_sign(amount_minor, &kind, &mut wrong);
    let date = |name: &str, kept: Option<&str>, needed: bool, wrong: &mut Complaints| match or(name, kept, "")
    {
        text if text.is_empty() && !needed => text,
        text => read_date(&text, name, wrong),
    };
    let gift_date = date("giftDate", old.map(|gift| &*gift.gift_date), true, &mut wrong);
    let receipt_date = date("receiptDate", old.map(|gift| &*gift.receipt_date), false, &mut wrong);
    let designations = match (fields.get("giftDesignations"), old) {
        (None, Some(gift)) => gift.designations.clone(),
        _ => {
            let keys = if before.is_some() { AMOUNT_ECHOED } else { AMOUNT };
            read_designations(world, fields, places, keys, &mut wrong)
        }
    };
    let sum = sum_minor(designations.iter().map(|part| part.amount_minor));
    if world.rules.sums_checked && wrong.found.is_empty() && sum != amount_minor {
        wrong.add("giftDesignations", "SUM_MISMATCH", "Designations must equal the gift amount.".into());
    }
    let extras = read_extras(world, fields, old, &mut wrong);
    if !wrong.found.is_empty() {
        return Err(wrong.found);
    }
    Ok(GiftRecord {
        id: before.map_or(0, |gift| gift.id),
        source: or("transactionSource", old.map(|gift| &*gift.source), ""),
        transaction_id: or("transactionId", old.map(|gift| &*gift.transaction_id), ""),
        contact_id,
        gift_type: kind,
        gift_date,
        amount_minor,
        currency,
        batch: or("batch", old.map(|gift| &*gift.batch), ""),
        receipt_date,
        designations,
        extras,
        import_id: before.map_or(0, |gift| gift.import_id),
        created_ms: before.map_or(world.now_ms, |gift| gift.created_ms),
        modified_ms: world.now_ms,
    })
}

/// What else the gift has: as before, as sent, and its custom fields.
fn read_extras(
    world: &World,
    fields: Fields,
    old: Option<&GiftRecord>,
    wrong: &mut Complaints,
) -> Map<String, Value> {
    let mut extras = old.map(|gift| gift.extras.clone()).unwrap_or_default();
    extras.extend(kept(world, fields));
    let own = extras.entry("customFields").or_insert_with(|| json!({}));
    match (own, custom_fields(world, "Gift", sent_custom_fields(fields))) {
        (Value::Object(own), Ok(sent)) => fill(own, sent),
        (_, Ok(_)) => {}
        (_, Err(more)) => wrong.found.extend(more),
    }
    extras
}

/// What else is kept, under the transaction endpoints' names; the segment by its id.
fn kept(world: &World, fields: Fields) -> Map<String, Value> {
    let same = KEPT.iter().chain(&DETAILS).chain(&["acknowledgeeId"]).map(|name| (*name, *name));
    let names = RENAMED.into_iter().chain(same);
    let found = names.filter_map(|(here, there)| Some((there.to_string(), fields.get(here)?.clone())));
    let segment = fields.int("segmentId").and_then(|id| world.shelves.get(&SEGMENT, id));
    let segment = segment.map(|segment| ("segment".to_string(), json!(shelf::text(segment, "code"))));
    found.chain(segment).collect()
}

/// The keys under which a part may say its amount: a PUT may echo what was read.
const AMOUNT: &[&str] = &["amount"];
const AMOUNT_ECHOED: &[&str] = &["amount", "amountDesignated"];

/// Reads `giftDesignations`; a part marked `Deleted` is left out.
fn read_designations(
    world: &World,
    fields: Fields,
    places: u32,
    keys: &[&str],
    wrong: &mut Complaints,
) -> Vec<DesignationRecord> {
    let mut parts = Vec::new();
    for part in fields.list("giftDesignations").iter().filter_map(Fields::of) {
        if part.text("state").eq_ignore_ascii_case("Deleted") {
            continue;
        }
        let amount = keys.iter().find(|key| part.get(key).is_some()).map_or("amount", |key| *key);
        let amount_minor = read_amount(&part.text(amount), places, "giftDesignations", wrong);
        match part.int("projectId").and_then(|id| world.projects.by_id(id)) {
            Some(project) if project.active => {
                parts.push(DesignationRecord {
                    project_id: project.id,
                    code: project.code.clone(),
                    amount_minor,
                });
            }
            Some(_) => wrong.add("giftDesignations", "INACTIVE_PROJECT", "The project is not active.".into()),
            None => wrong.add("giftDesignations", "UNKNOWN_PROJECT", "The project was not found.".into()),
        }
    }
    parts
}

/// Puts a new gift in its place.
fn add(world: &mut World, gift: GiftRecord) -> i64 {
    let contact_id = gift.contact_id;
    let id = world.giving.add(gift);
    world.retotal(contact_id);
    world.note_gift(EffectKind::DirectGift, id);
    world.made_now(GIFT, id);
    id
}

/// `POST /api/Gift`: made at once, matched with nothing.
fn create(world: &mut World, asked: &Asked) -> Reply {
    let read = asked.fields(world).map(|fields| read(world, fields, None));
    match read {
        Err(refusal) => refusal,
        Ok(Err(wrong)) => Reply::refused(&world.rules, &wrong),
        Ok(Ok(gift)) => {
            let id = add(world, gift);
            or_missing(world, world.giving.get(id).map(|gift| whole_gift(world, gift)))
        }
    }
}

/// `POST /api/Gift/Bulk`: an array of at most 100; one bad gift refuses them all.
fn bulk(world: &mut World, asked: &Asked) -> Reply {
    let Some(items) = asked.body.as_array() else {
        return Reply::bad_request(&world.rules, "body", "The request body must be an array.");
    };
    if items.len() > BULK_MAX {
        return Reply::bad_request(&world.rules, "body", "No more than 100 gifts can be created at once.");
    }
    let (mut gifts, mut wrong) = (Vec::new(), Vec::new());
    for (at, item) in items.iter().enumerate() {
        let read = Fields::of(item).map(|fields| read(world, fields, None));
        match read {
            Some(Ok(gift)) => gifts.push(gift),
            Some(Err(found)) => wrong.extend(
                found.into_iter().map(|one| Complaint { field: format!("gifts[{at}].{}", one.field), ..one }),
            ),
            None => wrong.push(Complaint {
                field: format!("gifts[{at}]"),
                code: "INVALID",
                text: "The item must be an object.".into(),
            }),
        }
    }
    if !wrong.is_empty() {
        return Reply::refused(&world.rules, &wrong);
    }
    let ids: Vec<i64> = gifts.into_iter().map(|gift| add(world, gift)).collect();
    let made: Vec<_> =
        ids.iter().filter_map(|id| world.giving.get(*id)).map(|gift| whole_gift(world, gift)).collect();
    Reply::json(&made)
}

/// Puts a changed gift back in its place.
fn put_back(world: &mut World, gift: GiftRecord) {
    let (id, contact_id) = (gift.id, gift.contact_id);
    let Some(at) = world.giving.position(id) else { return };
    let before = std::mem::replace(&mut world.giving.gifts[at], gift);
    world.giving.reindex();
    world.retotal(before.contact_id);
    world.retotal(contact_id);
    world.note_gift(EffectKind::ChangedGift, id);
}

/// `PUT /api/Gift/{giftId}`.
fn replace(world: &mut World, asked: &Asked) -> Reply {
    let id = asked.id(0);
    let Some(before) = world.giving.get(id) else {
        return Reply::missing(&world.rules);
    };
    let read = asked.fields(world).map(|fields| read(world, fields, Some(before)));
    match read {
        Err(refusal) => refusal,
        Ok(Err(wrong)) => Reply::refused(&world.rules, &wrong),
        Ok(Ok(gift)) => {
            put_back(world, gift);
            or_missing(world, world.giving.get(id).map(|gift| whole_gift(world, gift)))
        }
    }
}

/// `PATCH /api/Gift`: an array of what to stamp on gifts; what is left out stays.
fn patch(world: &mut World, asked: &Asked) -> Reply {
    let Some(items) = asked.body.as_array() else {
        return Reply::bad_request(&world.rules, "body", "The request body must be an array.");
    };
    let mut wrong = Complaints { prefix: "", found: Vec::new() };
    let mut changed = Vec::new();
    for fields in items.iter().filter_map(Fields::of) {
        let Some(mut gift) = fields.int("id").and_then(|id| world.giving.get(id)).cloned() else {
            wrong.add("id", "NOT_FOUND", "The gift was not found.".into());
            continue;
        };
        if fields.get("receiptDateUtc").is_some() {
            gift.receipt_date = read_date(&fields.text("receiptDateUtc"), "receiptDateUtc", &mut wrong);
        }
        let segment = fields.int("segmentId").and_then(|id| world.shelves.get(&SEGMENT, id));
        if let Some(segment) = segment {
            gift.extras.insert("segment".into(), json!(shelf::text(segment, "code")));
        }
        if let Some(notes) = fields.get("notes") {
            gift.extras.insert("notes".into(), notes.clone());
        }
        let own = gift.extras.entry("customFields").or_insert_with(|| json!({}));
        match (own, custom_fields(world, "Gift", sent_custom_fields(fields))) {
            (Value::Object(own), Ok(sent)) => fill(own, sent),
            (_, Ok(_)) => {}
            (_, Err(more)) => wrong.found.extend(more),
        }
        gift.modified_ms = world.now_ms;
        changed.push(gift);
    }
    if !wrong.found.is_empty() {
        return Reply::refused(&world.rules, &wrong.found);
    }
    changed.into_iter().for_each(|gift| put_back(world, gift));
    Reply::empty()
}

/// `DELETE /api/Gift/{giftId}`.
fn delete(world: &mut World, asked: &Asked) -> Reply {
    let id = asked.id(0);
    if world.giving.get(id).is_none() {
        return Reply::missing(&world.rules);
    }
    world.note_gift(EffectKind::DeletedGift, id);
    if let Some(gift) = world.giving.remove(id) {
        world.retotal(gift.contact_id);
    }
    Reply::gone(&world.rules)
}

/// `POST /api/Gift/ReversingTransaction`: a second gift that takes the first back, whole.
fn reverse(world: &mut World, asked: &Asked) -> Reply {
    let fields = match asked.fields(world) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let Some(gift) = fields.int("reversedGiftId").and_then(|id| world.giving.get(id)).cloned() else {
        return Reply::missing(&world.rules);
    };
    let mut wrong = Complaints { prefix: "", found: Vec::new() };
    let gift_date = read_date(&fields.text("giftDate"), "giftDate", &mut wrong);
    let is_reversed = |other: &GiftRecord| other.extras.get("reversedGiftId") == Some(&json!(gift.id));
    if world.giving.gifts.iter().any(is_reversed) {
        wrong.add("reversedGiftId", "CONFLICT", "The gift has been reversed already.".into());
    }
    if !wrong.found.is_empty() {
        return Reply::refused(&world.rules, &wrong.found);
    }
    let mut extras = Map::from_iter([("reversedGiftId".to_string(), json!(gift.id))]);
    extras.extend(fields.get("notes").map(|notes| ("notes".to_string(), notes.clone())));
    let back =
        |part: &DesignationRecord| DesignationRecord { amount_minor: -part.amount_minor, ..part.clone() };
    let id = add(
        world,
        GiftRecord {
            source: String::new(),
            transaction_id: String::new(),
            gift_type: "Reversing Transaction".into(),
            gift_date,
            amount_minor: -gift.amount_minor,
            receipt_date: String::new(),
            designations: gift.designations.iter().map(back).collect(),
            extras,
            import_id: 0,
            created_ms: world.now_ms,
            modified_ms: world.now_ms,
            ..gift
        },
    );
    or_missing(world, world.giving.get(id).map(|gift| whole_gift(world, gift)))
}
