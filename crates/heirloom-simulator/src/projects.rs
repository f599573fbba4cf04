//! Projects that exist, and how a designation finds its own.

use crate::facts::ProjectRecord;
use crate::query::{Condition, Field, Table};
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;

const FIRST_PROJECT: i64 = 101;

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
        self.all.push(ProjectRecord { id, code: code.into(), name: name.into(), active });
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
        usize::try_from(id - FIRST_PROJECT).ok().and_then(|at| self.all.get(at))
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

    fn first_id(&self) -> i64 {
        FIRST_PROJECT
    }

    fn id_parameter(&self) -> &'static str {
        "Project Id"
    }

    fn knows(&self, parameter: &str) -> bool {
        ["Project Id", "Project Name", "Project Code", "Active"].contains(&parameter)
    }

    fn field(&self, at: u32, parameter: &str) -> Field<'_> {
        let project = &self.all[at as usize];
        match parameter {
            "Project Id" => Field::Number(project.id * 10_000),
            "Project Name" => Field::Text(Cow::Borrowed(&project.name)),
            "Project Code" => Field::Text(Cow::Borrowed(&project.code)),
            "Active" => Field::Flag(project.active),
            _ => Field::Nothing,
        }
    }

    fn index(&self, _conditions: &[Condition]) -> Option<(&[u32], Vec<usize>)> {
        None
    }

    fn compare(&self, key: &str, a: u32, b: u32) -> Option<Ordering> {
        let name = |at: u32| self.all.get(at as usize).map(|project| &project.name);
        match key.to_ascii_lowercase().as_str() {
            "id" => Some(a.cmp(&b)),
            "name" => Some(name(a).cmp(&name(b))),
            _ => None,
        }
    }
}
