//! Projects: read, queried, made, changed. They are never deleted.

use super::contact_writes::pick;
use super::{Asked, Route, or_missing};
use crate::body::Fields;
use crate::custom::{custom_fields, fill};
use crate::draft::{Complaints, read_date, sent_custom_fields};
use crate::facts::{EffectKind, ProjectRecord};
use crate::operators::options;
use crate::query::Table;
use crate::render::text;
use crate::reply::{Complaint, Reply};
use crate::world::World;
use serde_json::{Map, Value, json};

pub(super) const ROUTES: [Route; 9] = [
    ("GET", "api/Project/{id}", |world, asked| {
        or_missing(world, world.projects.by_id(asked.id(0)).map(|one| shown(world, one)))
    }),
    ("GET", "api/Project/Code/{code}", |world, asked| {
        let code = asked.blank(0);
        let found = world.projects.by_word(code).filter(|one| one.code.eq_ignore_ascii_case(code));
        or_missing(world, found.map(|one| shown(world, one)))
    }),
    ("POST", "api/Project/Query", |world, asked| {
        asked.page(world, &world.projects, |at| shown(world, &world.projects.all[at as usize]))
    }),
    ("GET", "api/Project/QueryOptions", |world, _| {
        Reply::json(&options(&world.projects.parameters(), &|_| Vec::new()))
    }),
    ("POST", "api/Project/Search", |world, asked| {
        let wanted = asked.search();
        let has = |project: &&ProjectRecord| {
            [&project.name, &project.code].iter().any(|text| text.to_lowercase().contains(&wanted))
        };
        asked.cut(world.projects.all.iter().filter(has).map(|one| shown(world, one)).collect())
    }),
    ("GET", "api/Project/Types", |_, _| Reply::json(&["Program", "Capital", "Endowment", "Event", "Other"])),
    ("POST", "api/Project", create),
    ("PUT", "api/Project/{id}", replace),
    ("PATCH", "api/Project", patch),
];

/// Texts that may be written of a project, and are read back under the same names.
const TEXTS: [&str; 9] = [
    "externalAccountingCode",
    "onlineDisplayName",
    "description",
    "inventoryStatus",
    "type",
    "location",
    "financialNeedType",
    "financialNeedFrequency",
    "durationType",
];

/// Numbers and flags that may be written of a project.
const NUMBERS: [&str; 9] = [
    "parentId",
    "isRestrictedToGiftSpecifications",
    "isLimitedToFinancialNeed",
    "isPublic",
    "isAvailableOnline",
    "isTaxDeductible",
    "treatAsAccountsPayable",
    "beginningBalance",
    "financialNeedAmount",
];

/// What is written of a project besides name, code and state.
struct Written {
    extras: Map<String, Value>,
    custom: Map<String, Value>,
}

/// Reads what is written of a project; gives what is wrong with it.
fn written(world: &World, fields: Fields) -> Result<Written, Vec<Complaint>> {
    let mut wrong = Complaints { prefix: "", found: Vec::new() };
    let mut extras = pick(fields, &NUMBERS);
    let texts = TEXTS.iter().filter(|name| fields.get(name).is_some());
    extras.extend(texts.map(|name| (name.to_string(), text(&fields.text(name)))));
    for name in ["startDate", "endDate"] {
        let text = fields.text(name);
        if !text.is_empty() {
            let day = read_date(&text, name, &mut wrong);
            extras.insert(name.into(), json!(format!("{day}T00:00:00")));
        }
    }
    if extras.get("parentId").and_then(Value::as_i64).is_some_and(|id| world.projects.by_id(id).is_none()) {
        wrong.add("parentId", "NOT_FOUND", "The parent project was not found.".into());
    }
    match custom_fields(world, "Project", sent_custom_fields(fields)) {
        Ok(custom) if wrong.found.is_empty() => Ok(Written { extras, custom }),
        Ok(_) => Err(wrong.found),
        Err(more) => Err(wrong.found.into_iter().chain(more).collect()),
    }
}

/// `POST /api/Project`: the vendor gives the code.
fn create(world: &mut World, asked: &Asked) -> Reply {
    let fields = match asked.fields(world) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    let name = fields.text("name");
    if name.is_empty() {
        return Reply::bad_request(&world.rules, "name", "The field 'name' is required.");
    }
    if let Err(wrong) = written(world, fields) {
        return Reply::refused(&world.rules, &wrong);
    }
    let code = format!("P-{}", world.projects.all.len() + 1);
    let id = world.seed_project(&code, &name, true);
    change(world, id, fields);
    world.note_project(id, "ProjectCreate");
    or_missing(world, world.projects.by_id(id).map(|one| shown(world, one)))
}

/// `PUT /api/Project/{id}`.
fn replace(world: &mut World, asked: &Asked) -> Reply {
    let id = asked.id(0);
    let fields = match asked.fields(world) {
        Ok(fields) => fields,
        Err(refusal) => return refusal,
    };
    if world.projects.by_id(id).is_none() {
        return Reply::missing(&world.rules);
    }
    if let Err(wrong) = written(world, fields) {
        return Reply::refused(&world.rules, &wrong);
    }
    change(world, id, fields);
    world.note_project(id, "ProjectUpdate");
    or_missing(world, world.projects.by_id(id).map(|one| shown(world, one)))
}

/// Changes what is said of a project.
fn change(world: &mut World, id: i64, fields: Fields) {
    let Ok(Written { extras, custom }) = written(world, fields) else { return };
    let Some(project) = world.projects.all.iter_mut().find(|project| project.id == id) else { return };
    for (name, to) in [("name", &mut project.name), ("projectCode", &mut project.code)] {
        let text = fields.text(name);
        if !text.is_empty() {
            *to = text;
        }
    }
    project.active = fields.get("isActive").map_or(project.active, |_| fields.flag("isActive"));
    project.extras.extend(extras);
    let own = project.extras.entry("customFields").or_insert_with(|| json!({}));
    if let Value::Object(own) = own {
        fill(own, custom);
    }
    world.projects.reindex();
}

/// `PATCH /api/Project`: an array of changes, each with its id.
fn patch(world: &mut World, asked: &Asked) -> Reply {
    let Some(items) = asked.body.as_array() else {
        return Reply::bad_request(&world.rules, "body", "The request body must be an array.");
    };
    let pairs = items.iter().filter_map(Fields::of).map(|fields| (fields.int("id").unwrap_or(0), fields));
    let (known, unknown): (Vec<_>, Vec<_>) = pairs.partition(|(id, _)| world.projects.by_id(*id).is_some());
    if !unknown.is_empty() {
        return Reply::bad_request(&world.rules, "id", "A project was not found.");
    }
    let wrong = known.iter().filter_map(|(_, fields)| written(world, *fields).err()).flatten();
    let wrong: Vec<Complaint> = wrong.collect();
    if !wrong.is_empty() {
        return Reply::refused(&world.rules, &wrong);
    }
    for (id, fields) in &known {
        change(world, *id, *fields);
        world.note_project(*id, "ProjectUpdate");
    }
    Reply::json(&known.iter().map(|(id, _)| json!({ "id": id })).collect::<Vec<_>>())
}

/// A project as it is read: what was written, and what the vendor adds.
pub(crate) fn shown(world: &World, one: &ProjectRecord) -> Value {
    let parent = one.said("parentId").as_i64().and_then(|id| world.projects.by_id(id));
    let mut whole = json!({
        "id": one.id,
        "name": one.name,
        "projectCode": one.code,
        "externalAccountingCode": null,
        "onlineDisplayName": null,
        "description": null,
        "photoUrl": null,
        "parentId": null,
        "parentName": parent.map(|parent| &parent.name),
        "isSubProject": parent.is_some(),
        "inventoryStatus": null,
        "type": null,
        "location": null,
        "isRestrictedToGiftSpecifications": false,
        "isLimitedToFinancialNeed": false,
        "isPublic": true,
        "isActive": one.active,
        "isAvailableOnline": false,
        "isTaxDeductible": true,
        "treatAsAccountsPayable": false,
        "beginningBalance": 0.0,
        "currentBalance": 0.0,
        "financialNeedType": null,
        "financialNeedFrequency": null,
        "financialNeedAmount": 0.0,
        "startDate": null,
        "endDate": null,
        "durationType": null,
        "lifeToDateGiving": null,
        "lifeToDateGiftCount": null,
        "lifeToDateGiversCount": null,
        "lifeToDateExpenseTotal": null,
        "calendarYearToDateGiving": null,
        "calendarYearToDateGiftCount": null,
        "calendarYearToDateGiversCount": null,
        "calendarYearToDateExpenseTotal": null,
        "giftSpecifications": [],
        "customFields": {},
    });
    if let Value::Object(fields) = &mut whole {
        fields.extend(one.extras.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    whole
}

impl World {
    /// Writes a change of a project into the log and tells who listens.
    fn note_project(&mut self, id: i64, event: &str) {
        self.note_direct(EffectKind::OtherRecord, Some(id), "", "Project", 0);
        self.happened(event, id);
    }
}
