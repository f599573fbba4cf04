//! Projects that exist, and how a designation finds its own.

use crate::facts::ProjectRecord;
use crate::operators::Kind;
use crate::query::{Field, Parameter, Table};
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};
use serde_json::Map;
use std::borrow::Cow;
use std::collections::HashMap;

const FIRST_PROJECT: i64 = 101;

/// A parameter of projects.
type Column = (&'static str, Kind, for<'a> fn(&'a ProjectRecord) -> Field<'a>);

/// What a project may be asked for; the first is the id.
const COLUMNS: [Column; 4] = [
    ("Project Id", Kind::Int, |project| Field::Number(project.id * 10_000)),
    ("Project Name", Kind::String, |project| Field::Text(Cow::Borrowed(&project.name))),
    ("Project Code", Kind::String, |project| Field::Text(Cow::Borrowed(&project.code))),
    ("Active", Kind::Boolean, |project| Field::Flag(project.active)),
];

/// All projects, by rising id.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Projects {
    pub all: Vec<ProjectRecord>,
    #[serde(skip)]
    by_word: HashMap<String, usize, FixedState>,
}

impl Projects {
    /// Builds the index again after a snapshot was read.
    pub(crate) fn reindex(&mut self) {
        self.by_word.clear();
        for at in (0..self.all.len()).rev() {
            self.by_word.insert(self.all[at].name.to_lowercase(), at);
        }
        for at in (0..self.all.len()).rev() {
            self.by_word.insert(self.all[at].code.to_lowercase(), at);
        }
    }

    /// Makes a project, or changes the one with that code.
    pub(crate) fn seed(&mut self, code: &str, name: &str, active: bool) -> i64 {
        if let Some(project) = self.all.iter_mut().find(|project| project.code.eq_ignore_ascii_case(code)) {
            (project.name, project.active) = (name.into(), active);
            let id = project.id;
            self.reindex();
            return id;
        }
        let id = FIRST_PROJECT + self.all.len() as i64;
        self.all.push(ProjectRecord { id, code: code.into(), name: name.into(), active, extras: Map::new() });
        let at = self.all.len() - 1;
        self.by_word.entry(name.to_lowercase()).or_insert(at);
        self.by_word.insert(code.to_lowercase(), at);
        id
    }

    /// The project of a code, or else of a name.
    pub(crate) fn by_word(&self, word: &str) -> Option<&ProjectRecord> {
        self.by_word.get(&word.to_lowercase()).map(|at| &self.all[*at])
    }

    /// The project of an id.
    pub(crate) fn by_id(&self, id: i64) -> Option<&ProjectRecord> {
        let at = usize::try_from(id.checked_sub(FIRST_PROJECT)?).ok()?;
        self.all.get(at)
    }

    /// The project a designation names, by id or else by word.
    pub(crate) fn of(&self, id: Option<i64>, word: &str) -> Option<&ProjectRecord> {
        match id {
            Some(id) => self.by_id(id),
            None => self.by_word(word),
        }
    }
}

impl Table for Projects {
    fn len(&self) -> usize {
        self.all.len()
    }

    fn place(&self, id: i64) -> usize {
        self.all.partition_point(|project| project.id < id)
    }

    fn parameters(&self) -> Vec<Parameter<'_>> {
        COLUMNS.iter().map(|(name, kind, _)| (*name, *kind)).collect()
    }

    fn field(&self, at: u32, column: usize) -> Field<'_> {
        COLUMNS[column].2(&self.all[at as usize])
    }
}
