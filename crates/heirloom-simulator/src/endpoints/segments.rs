//! Campaigns, their communications, and the segments that gifts name.

use super::kept::{by_code, create, query, query_options, read, replace, search};
use super::{Route, list};
use crate::body::scalar;
use crate::facts::GiftRecord;
use crate::operators::Kind::{Boolean, Date, Decimal, Int, String};
use crate::shelf::{self, Family, Need, Record, as_kept, int, text};
use crate::world::World;
use serde_json::{Value, json};

pub(crate) const CAMPAIGN: Family = Family {
    name: "Campaign",
    id: "campaignId",
    first_id: 401,
    fields: &[
        ("name", String, Need::Filled),
        ("description", String, Need::Free),
        ("startDate", Date, Need::Free),
        ("endDate", Date, Need::Free),
        ("goal", Decimal, Need::Free),
    ],
    parameters: &[
        ("Campaign Id", Int, "campaignId"),
        ("Campaign Name", String, "name"),
        ("Start Date", Date, "startDate"),
    ],
    finish: as_kept,
};

pub(crate) const COMMUNICATION: Family = Family {
    name: "Communication",
    id: "communicationId",
    first_id: 501,
    fields: &[
        ("name", String, Need::Filled),
        ("campaignId", Int, Need::Of(&CAMPAIGN)),
        ("communicationType", String, Need::Free),
        ("channelType", String, Need::Free),
        ("startDate", Date, Need::Free),
    ],
    parameters: &[
        ("Communication Id", Int, "communicationId"),
        ("Communication Name", String, "name"),
        ("Campaign Id", Int, "campaignId"),
    ],
    finish: as_kept,
};

pub(crate) const SEGMENT: Family = Family {
    name: "Segment",
    id: "id",
    first_id: 601,
    fields: &[
        ("name", String, Need::Filled),
        ("code", String, Need::Filled),
        ("communicationId", Int, Need::Of(&COMMUNICATION)),
        ("description", String, Need::Free),
        ("totalContacts", Int, Need::Free),
        ("costPerContact", Decimal, Need::Free),
        ("packageCode", String, Need::Free),
        ("isActive", Boolean, Need::Free),
    ],
    parameters: &[
        ("Segment Id", Int, "id"),
        ("Segment Name", String, "name"),
        ("Segment Code", String, "code"),
    ],
    finish: with_campaign,
};

/// Adds the communication and the campaign that a segment belongs to.
fn with_campaign(world: &World, record: &mut Record) {
    let communication = world.shelves.get(&COMMUNICATION, int(record, "communicationId"));
    let campaign = campaign_of(world, record);
    let name = |found: Option<&Record>| json!(found.map(|one| text(one, "name")));
    let (communication_name, campaign_name) = (name(communication), name(campaign));
    let campaign_id = json!(campaign.map(|one| int(one, "campaignId")));
    record.insert("communicationName".into(), communication_name);
    record.insert("campaignId".into(), campaign_id);
    record.insert("campaignName".into(), campaign_name);
}

/// The campaign of a segment.
pub(crate) fn campaign_of<'w>(world: &'w World, segment: &Record) -> Option<&'w Record> {
    let communication = world.shelves.get(&COMMUNICATION, int(segment, "communicationId"))?;
    world.shelves.get(&CAMPAIGN, int(communication, "campaignId"))
}

/// The segment of a code, or else of a name.
pub(crate) fn by_word<'w>(world: &'w World, word: &str) -> Option<&'w Record> {
    let with = |key: &str| world.shelves.with(&SEGMENT, key, word);
    with("code").or_else(|| with("name"))
}

/// The segment that a gift names.
pub(crate) fn segment_of<'w>(world: &'w World, gift: &GiftRecord) -> Option<&'w Record> {
    gift.extras.get("segment").map(scalar).and_then(|word| by_word(world, &word))
}

/// `Segment/Search` heeds `skip` only where the rules say so; `take` has no cap.
fn segment_search(world: &mut World, asked: &super::Asked) -> crate::reply::Reply {
    let wanted = asked.search();
    let has = |record: &&Record| {
        ["name", "code"].iter().any(|key| text(record, key).to_lowercase().contains(&wanted))
    };
    let found: Vec<Value> = world
        .shelves
        .all(&SEGMENT)
        .iter()
        .filter(has)
        .map(|one| shelf::shown(world, &SEGMENT, one))
        .collect();
    let total = found.len();
    let (skip, take) = asked.window(usize::MAX);
    let skip = if world.rules.segment_paging_works { skip } else { 0 };
    list(found.into_iter().skip(skip).take(take).collect(), total)
}

pub(super) const ROUTES: [Route; 15] = [
    ("GET", "api/Campaign/{campaignId}", |world, asked| read(world, &CAMPAIGN, asked)),
    ("POST", "api/Campaign/Query", |world, asked| query(world, &CAMPAIGN, asked)),
    ("GET", "api/Campaign/QueryOptions", |world, _| query_options(world, &CAMPAIGN)),
    ("POST", "api/Communication", |world, asked| create(world, &COMMUNICATION, asked)),
    ("GET", "api/Communication/{communicationId}", |world, asked| read(world, &COMMUNICATION, asked)),
    ("PUT", "api/Communication/{communicationId}", |world, asked| replace(world, &COMMUNICATION, asked)),
    ("POST", "api/Communication/Query", |world, asked| query(world, &COMMUNICATION, asked)),
    ("POST", "api/Communication/Search", |world, asked| search(world, &COMMUNICATION, asked, &["name"])),
    ("GET", "api/Communication", |world, asked| {
        let (skip, take) = asked.window(100);
        let all = world.shelves.all(&COMMUNICATION);
        list(all.iter().skip(skip).take(take).collect(), all.len())
    }),
    ("POST", "api/Segment", |world, asked| create(world, &SEGMENT, asked)),
    ("GET", "api/Segment/{id}", |world, asked| read(world, &SEGMENT, asked)),
    ("PUT", "api/Segment/{id}", |world, asked| replace(world, &SEGMENT, asked)),
    ("GET", "api/Segment/Code/{code}", |world, asked| by_code(world, &SEGMENT, asked)),
    ("POST", "api/Segment/Search", segment_search),
    ("POST", "api/Segment/Query", |world, asked| query(world, &SEGMENT, asked)),
];
