//! Companion rows by their key, and the order in which a row leads to them.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use heirloom_model::SourceRow;

use crate::read::{Reader, Scene, Seen};
use crate::spec::{CellSource, Mapping};
use crate::survey::Survey;

/// A companion file, whole: its survey and its rows.
pub struct Companion<'a> {
    /// Its survey.
    pub survey: &'a Survey,
    /// All its rows, in order.
    pub rows: Vec<SourceRow>,
}

/// One companion file, indexed.
pub(crate) struct Joined {
    pub rows: Vec<SourceRow>,
    /// Sequence numbers of its rows that are not data.
    not_data: Vec<u32>,
    index: HashMap<Box<str>, Vec<u32>, FixedState>,
    key: CellSource,
}

impl Joined {
    pub fn new(reader: &Reader<'_>, join: usize, companion: Companion<'_>) -> Self {
        let survey: &Survey = companion.survey;
        let mut joined = Joined {
            rows: companion.rows,
            not_data: survey.not_data.clone(),
            index: HashMap::default(),
            key: CellSource {
                table: join + 1,
                column: reader.mapping.companions[join].key,
                fact: None,
                steps: Vec::new(),
            },
        };
        let mut index: HashMap<Box<str>, Vec<u32>, FixedState> = HashMap::default();
        for (place, row) in joined.rows.iter().enumerate() {
            let key = joined.key(reader, row);
            if joined.is_data(row) && !key.is_blank() {
                index.entry(key.text.into()).or_default().push(place as u32);
            }
        }
        joined.index = index;
        joined
    }

    pub fn is_data(&self, row: &SourceRow) -> bool {
        self.not_data.binary_search(&row.id.sequence()).is_err()
    }

    pub fn key<'r>(&'r self, reader: &Reader<'r>, row: &'r SourceRow) -> Seen<'r> {
        reader.cell(&self.key, &Scene::of(self.key.table, row))
    }

    pub fn places(&self, key: &str) -> &[u32] {
        self.index.get(key).map_or(&[], Vec::as_slice)
    }
}

/// A filled reference that leads to no row, or to several where one is meant.
pub(crate) struct Dangling<'r> {
    pub join: usize,
    pub seen: Seen<'r>,
    /// How many rows it leads to.
    pub rows: usize,
}

/// Joins with one row each that hang on the main row, parents before children.
pub(crate) fn main_joins(mapping: &Mapping) -> Vec<usize> {
    joins_below(mapping, 0)
}

pub(crate) fn joins_below(mapping: &Mapping, table: usize) -> Vec<usize> {
    let mut reached = vec![table];
    let mut order = Vec::new();
    loop {
        let next = mapping.companions.iter().position(|j| {
            !j.many && reached.contains(&j.on_table) && !order.contains(&index_of(mapping, &j.name))
        });
        let Some(next) = next else { return order };
        order.push(next);
        reached.push(next + 1);
    }
}

fn index_of(mapping: &Mapping, name: &str) -> usize {
    mapping.companions.iter().position(|j| j.name == name).unwrap_or(usize::MAX)
}
