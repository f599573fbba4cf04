//! Projects: read, queried, made, changed. They are never deleted.

use super::{Asked, Route, or_missing};
use crate::body::Fields;
use crate::facts::{EffectKind, ProjectRecord};
use crate::operators::options;
use crate::query::Table;
use crate::reply::Reply;
use crate::world::World;
use serde_json::{Value, json};

pub(crate) use crate::render::project as shown;

pub(super) const ROUTES: [Route; 9] = [
    ("GET", "api/Project/{id}", |world, asked| {
        or_missing(world, world.projects.by_id(asked.id(0)).map(shown))
    }),
    ("GET", "api/Project/Code/{code}", |world, asked| {
        let code = asked.blank(0);
        let found = world.projects.by_word(code).filter(|one| one.code.eq_ignore_ascii_case(code));
        or_missing(world, found.map(shown))
    }),
    ("POST", "api/Project/Query", |world, asked| {
        asked.page(world, &world.projects, |at| shown(&world.projects.all[at as usize]))
    }),
    ("GET", "api/Project/QueryOptions", |world, _| {
        Reply::json(&options(&world.projects.parameters(), &|_| Vec::new()))
    }),
    ("POST", "api/Project/Search", |world, asked| {
        let wanted = asked.search();
        let has = |project: &&ProjectRecord| {
            [&project.name, &project.code].iter().any(|text| text.to_lowercase().contains(&wanted))
        };
        asked.cut(world.projects.all.iter().filter(has).map(shown).collect())
    }),
    ("GET", "api/Project/Types", |_, _| Reply::json(&["Program", "Capital", "Endowment", "Event", "Other"])),
    ("POST", "api/Project", create),
    ("PUT", "api/Project/{id}", |world, asked| {
        let id = asked.id(0);
        match asked.fields(world).map(|fields| change(world, id, fields)) {
            Err(refusal) => refusal,
            Ok(false) => Reply::missing(&world.rules),
            Ok(true) => or_missing(world, world.projects.by_id(id).map(shown)),
        }
    }),
    ("PATCH", "api/Project", patch),
];

/// `POST /api/Project`: the vendor gives the code.
fn create(world: &mut World, asked: &Asked) -> Reply {
    let name = asked.fields(world).map(|fields| (fields.text("name"), active(fields)));
    let (name, active) = match name {
        Ok((name, active)) if !name.is_empty() => (name, active),
        Ok(_) => return Reply::bad_request(&world.rules, "name", "The field 'name' is required."),
        Err(refusal) => return refusal,
    };
    let code = format!("P-{}", world.projects.all.len() + 1);
    let id = world.seed_project(&code, &name, active.unwrap_or(true));
    world.note_project(id, "ProjectCreate");
    or_missing(world, world.projects.by_id(id).map(shown))
}

/// `isActive`, when it is said.
fn active(fields: Fields) -> Option<bool> {
    fields.get("isActive").map(|_| fields.flag("isActive"))
}

/// Changes what is said of a project; false when it is not there.
fn change(world: &mut World, id: i64, fields: Fields) -> bool {
    let Some(project) = world.projects.all.iter_mut().find(|project| project.id == id) else {
        return false;
    };
    for (name, to) in [("name", &mut project.name), ("projectCode", &mut project.code)] {
        let text = fields.text(name);
        if !text.is_empty() {
            *to = text;
        }
    }
    project.active = active(fields).unwrap_or(project.active);
    world.projects.reindex();
    world.note_project(id, "ProjectUpdate");
    true
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
    let changed: Vec<Value> = known
        .into_iter()
        .filter(|(id, fields)| change(world, *id, *fields))
        .map(|(id, _)| json!({ "id": id }))
        .collect();
    Reply::json(&changed)
}

impl World {
    /// Writes a change of a project into the log and tells who listens.
    fn note_project(&mut self, id: i64, event: &str) {
        self.note_direct(EffectKind::OtherRecord, Some(id), "", "Project", 0);
        self.happened(event, id);
    }
}
