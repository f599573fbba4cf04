//! Gifts read: one by one, by key, by contact, by query; and one row for each designation.

use super::{Asked, Route, list, or_missing};
use crate::draft::GiftDraft;
use crate::facts::{DesignationRecord, GiftRecord, ImportKind, ProjectRecord};
use crate::operators::options;
use crate::query::Table;
use crate::render::{self, GiftRead, short_date, units};
use crate::reply::Reply;
use crate::rows::{Payload, Row, RowState};
use crate::shelf;
use crate::tables::{Designations, Gifts, Part};
use crate::time;
use crate::world::World;
use serde_json::{Value, json};

use super::segments::segment_of;

pub(super) const ROUTES: [Route; 10] = [
    ("GET", "api/Gift/{giftId}", |world, asked| {
        let found = world.seen_gift(world.giving.get(asked.id(0)));
        or_missing(world, found.map(|gift| whole_gift(world, gift)))
    }),
    ("GET", "api/Gift/{transactionSource}/{transactionId}", by_key),
    // Only signed (HMAC) requests may ask, and nobody signs here.
    ("GET", "api/Gift/ByReference/{reference}", |world, _| Reply::unauthorized(&world.rules)),
    ("GET", "api/Gift/ByContact/{contactId}", |world, asked| {
        let write = |at: u32| render::short_gift(&world.giving.gifts[at as usize], &world.rules.currency);
        asked.page_of(world, &Gifts(world), "Contact Id", write)
    }),
    ("GET", "api/Gift/Passthrough/ByContact/{contactId}", |world, asked| {
        let write = |at: u32| render::short_gift(&world.giving.gifts[at as usize], &world.rules.currency);
        asked.page_of(world, &Gifts(world), "Passthrough Contact Id", write)
    }),
    ("POST", "api/Gift/Query", |world, asked| {
        asked.page(world, &Gifts(world), |at| {
            render::short_gift(&world.giving.gifts[at as usize], &world.rules.currency)
        })
    }),
    ("POST", "api/Gift/Query/FullGift", |world, asked| {
        asked.page(world, &Gifts(world), |at| whole_gift(world, &world.giving.gifts[at as usize]))
    }),
    ("GET", "api/Gift/QueryOptions", |world, _| {
        Reply::json(&options(&Gifts(world).parameters(), &|parameter| choices(world, parameter)))
    }),
    ("POST", "api/GiftDesignation/Query", |world, asked| {
        let table = Designations::of(world);
        match asked.query(world, &table, &asked.body) {
            Ok((page, total)) => {
                list(page.into_iter().map(|at| designation(world, table.part(at))).collect(), total)
            }
            Err(refusal) => refusal,
        }
    }),
    ("GET", "api/GiftDesignation/QueryOptions", |world, _| {
        Reply::json(&options(&Designations::of(world).parameters(), &|parameter| choices(world, parameter)))
    }),
];

/// A whole gift.
pub(crate) fn whole_gift<'w>(world: &'w World, gift: &'w GiftRecord) -> GiftRead<'w> {
    render::full_gift(world, gift)
}

/// A gift by source and id: 404 until it is imported, unless this organization shows what is pending.
fn by_key(world: &mut World, asked: &Asked) -> Reply {
    let (source, id) = (asked.blank(0), asked.blank(1));
    if let Some(gift) = world.seen_gift(world.giving.find(source, id)) {
        return Reply::json(&whole_gift(world, gift));
    }
    if !world.rules.pending_gifts_shown {
        return Reply::missing(&world.rules);
    }
    let rows = world.rows.with_key(ImportKind::Gifts, source, id).iter().map(|at| &world.rows.all[*at]);
    let mut waiting = rows.filter(|row| matches!(row.state, RowState::Held | RowState::Bundled));
    let found = waiting.find_map(|row| match &row.payload {
        Payload::Gift(gift) => Some(pending(row, gift)),
        _ => None,
    });
    or_missing(world, found)
}

/// A gift that is no gift yet: it has no id.
fn pending(row: &Row, gift: &GiftDraft) -> Value {
    json!({
        "id": null,
        "transactionSource": row.source,
        "transactionId": row.id,
        "giftType": gift.gift_type,
        "giftDate": gift.gift_date,
        "amount": units(gift.amount_minor, &gift.currency),
        "currencyCode": gift.currency,
        "batch": render::text(&gift.batch),
    })
}

/// A row of `GiftDesignation/Query`: no transaction id in it.
fn designation(world: &World, part: Part) -> Value {
    let (gift, record) = (part.gift, part.record());
    let contact = world.people.get(gift.contact_id);
    let segment = segment_of(world, gift);
    let custom = gift.extras.get("customFields").cloned().unwrap_or_else(|| json!({}));
    let made = time::day(world.zone(), gift.created_ms);
    let row = json!({
        "id": part.id(),
        "createDate": short_date(&made.to_string()),
        "amountDesignated": units(record.amount_minor, &gift.currency),
        "giftId": gift.id,
        "giftDate": short_date(&gift.gift_date),
        "giftType": gift.gift_type,
        "giftIsPrivate": render::flag(gift, "isPrivate", false),
        "giftCustomFields": custom,
        "giftUrl": format!("/api/Gift/{}", gift.id),
        "contactId": gift.contact_id,
        "contactName": contact.map(|contact| &contact.name),
        "contactType": contact.map(|contact| &contact.contact_type),
        "contactUrl": format!("/api/Contact/{}", gift.contact_id),
    });
    let rest = json!({
        "batch": render::text(&gift.batch),
        "segmentName": segment.map(|segment| shelf::text(segment, "name")),
        "segmentCode": segment.map(|segment| shelf::text(segment, "code")),
    });
    render::join([render::join([row, designated(world, record)]), rest])
}

/// The project of a row, and that project's parent.
fn designated(world: &World, part: &DesignationRecord) -> Value {
    let project = world.projects.by_id(part.project_id);
    let parent = project.and_then(|one| one.said("parentId").as_i64());
    let parent = parent.and_then(|id| world.projects.by_id(id));
    let said = |of: Option<&ProjectRecord>, key: &str| of.map_or(Value::Null, |one| one.said(key));
    let or = |value: Value, other: Value| if value.is_null() { other } else { value };
    let unspecified = |of: Option<&ProjectRecord>, key: &str| match of {
        Some(one) => or(one.said(key), json!("Unspecified")),
        None => Value::Null,
    };
    json!({
        "projectId": part.project_id,
        "project": project.map(|project| &project.name),
        "projectCode": part.code,
        "projectExternalAccountingCode": said(project, "externalAccountingCode"),
        "projectType": unspecified(project, "type"),
        "projectLocation": unspecified(project, "location"),
        "projectCustomFields": or(said(project, "customFields"), json!({})),
        "projectUrl": format!("/api/Project/{}", part.project_id),
        "parentProjectId": parent.map(|one| one.id),
        "parentProject": parent.map(|one| &one.name),
        "parentProjectCode": parent.map(|one| &one.code),
        "parentProjectExternalAccountingCode": said(parent, "externalAccountingCode"),
        "parentProjectType": unspecified(parent, "type"),
        "parentProjectLocation": unspecified(parent, "location"),
        "parentProjectCustomFields": parent.map(|one| or(one.said("customFields"), json!({}))),
        "parentProjectUrl": parent.map(|one| format!("/api/Project/{}", one.id)),
    })
}

/// What a list parameter of gifts may be.
fn choices(world: &World, parameter: &str) -> Vec<String> {
    let words = |of: &[&str]| -> Vec<String> { of.iter().map(ToString::to_string).collect() };
    match parameter {
        "Gift Type" => words(&crate::draft::GIFT_TYPES),
        "Currency Code" => vec![world.rules.currency.clone()],
        "Contact Type" => {
            let custom = world.rules.contact_types.iter().cloned();
            words(&["Foundation", "Household", "Organization"]).into_iter().chain(custom).collect()
        }
        "Tribute Type" => words(&["In Honor Of", "In Memory Of"]),
        _ => Vec::new(),
    }
}
