//! Companion rows by their key, and the scene of a main row with all that is joined to it.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use heirloom_model::SourceRow;

use super::{Companion, Mapper};
use crate::identity::hash64;
use crate::read::{Reader, Scene, Seen};
use crate::spec::{CellSource, Mapping};
use crate::survey::Survey;

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

    fn places(&self, key: &str) -> &[u32] {
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

fn joins_below(mapping: &Mapping, table: usize) -> Vec<usize> {
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

impl<'a> Mapper<'a> {
    /// A main row with every row that follows from it.
    pub(crate) fn scene<'r>(&'r self, row: &'r SourceRow) -> (Scene<'r>, Vec<Dangling<'r>>)
    where
        'a: 'r,
    {
        let mut scene = Scene::of(0, row);
        let mut dangling = Vec::new();
        for &join in &self.main_joins {
            self.follow(join, &mut scene, &mut dangling);
        }
        (scene, dangling)
    }

    /// The scene inside a block: with one row of a many-join, and what follows from it.
    pub(crate) fn inside<'r>(
        &'r self,
        scene: &Scene<'r>,
        table: usize,
        row: &'r SourceRow,
    ) -> (Scene<'r>, Vec<Dangling<'r>>)
    where
        'a: 'r,
    {
        let mut inner = *scene;
        inner.rows[table] = Some(row);
        let mut dangling = Vec::new();
        if self.joined.len() > 1 {
            for join in joins_below(self.mapping, table) {
                self.follow(join, &mut inner, &mut dangling);
            }
        }
        (inner, dangling)
    }

    fn follow<'r>(&'r self, join: usize, scene: &mut Scene<'r>, dangling: &mut Vec<Dangling<'r>>)
    where
        'a: 'r,
    {
        let spec = &self.mapping.companions[join];
        let seen = self.reader.read(&spec.on, scene);
        if seen.is_blank() {
            return;
        }
        match self.joined[join].places(&seen.text) {
            [one] => scene.rows[join + 1] = Some(&self.joined[join].rows[*one as usize]),
            [] if spec.missing_blank => {}
            several => dangling.push(Dangling { join, rows: several.len(), seen }),
        }
    }

    /// The rows of a many-join that belong to a scene, in the order of their file.
    pub(crate) fn rows_of<'r>(
        &'r self,
        table: usize,
        scene: &Scene<'r>,
    ) -> impl Iterator<Item = &'r SourceRow>
    where
        'a: 'r,
    {
        let joined = &self.joined[table - 1];
        let seen = self.reader.read(&self.mapping.companions[table - 1].on, scene);
        let places = if seen.is_blank() { &[][..] } else { joined.places(&seen.text) };
        places.iter().map(|&place| &joined.rows[place as usize])
    }

    /// Hashes of the keys of companion `join` that anything refers to, sorted.
    pub(super) fn references(&self, join: usize) -> Vec<u64> {
        let spec = &self.mapping.companions[join];
        let Some(parent) = spec.on_table.checked_sub(1) else {
            return self.survey.references.get(join).cloned().unwrap_or_default();
        };
        let mut hashes: Vec<u64> = self.joined[parent]
            .rows
            .iter()
            .map(|row| self.reader.read(&spec.on, &Scene::of(parent + 1, row)))
            .filter(|seen| !seen.is_blank())
            .map(|seen| hash64(&seen.text))
            .collect();
        hashes.sort_unstable();
        hashes
    }
}
