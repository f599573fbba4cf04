//! A file of records, prepared once: blocking, scoring and clustering all look at this.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::prepare::{Lexicon, Prepared, Texts, Who};
use crate::{Record, RecordKind};

/// Donor records as linkage compares them.
pub struct File {
    /// In ascending order of id.
    pub(crate) records: Vec<Prepared>,
    /// The ids of `records`, side by side for quick search.
    ids: Vec<i64>,
    pub(crate) texts: Texts,
}

/// A file that is being read, part by part, so that the records as given need never be in
/// memory all at once. Several threads may add parts at once.
pub struct Reading {
    records: Mutex<Vec<Prepared>>,
    lexicon: Lexicon,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading { records: Mutex::default(), lexicon: Lexicon::new() }
    }
}

impl Reading {
    /// Makes room for so many records at once; a wrong guess costs no more than time.
    pub fn expect(&self, records: usize) {
        let mut known = self.records();
        let more = records.saturating_sub(known.len());
        known.reserve_exact(more);
    }

    /// Makes records of rows and prepares them in parallel: each record is let go as soon as
    /// it is prepared. Ids must be unique over all parts.
    pub fn add_rows<T: Sync>(&self, rows: &[T], record: impl Fn(&T) -> Record + Sync) {
        let lexicon = &self.lexicon;
        let prepared = rows.par_iter().with_min_len(256).map(|row| Prepared::read(&record(row), lexicon));
        let prepared: Vec<Prepared> = prepared.collect();
        self.records().extend(prepared);
    }

    /// Prepares records on the thread that asks. Ids must be unique over all parts.
    pub fn add(&self, records: impl Iterator<Item = Record>) {
        let prepared: Vec<Prepared> = records.map(|r| Prepared::read(&r, &self.lexicon)).collect();
        self.records().extend(prepared);
    }

    fn records(&self) -> MutexGuard<'_, Vec<Prepared>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no record was added yet.
    pub fn is_empty(&self) -> bool {
        self.records().is_empty()
    }

    /// Ends the reading. The order in which records were added changes nothing.
    pub fn finish(self) -> File {
        let mut records = self.records.into_inner().unwrap_or_else(PoisonError::into_inner);
        if !records.is_sorted_by_key(|r| r.id) {
            records.par_sort_unstable_by_key(|r| r.id);
        }
        records.shrink_to_fit();
        let ids = records.iter().map(|r| r.id).collect();
        File { records, ids, texts: self.lexicon.finish() }
    }
}

impl File {
    /// Prepares records in parallel. Their order changes nothing; ids must be unique.
    pub fn read(records: &[Record]) -> File {
        let lexicon = Lexicon::new();
        let mut prepared: Vec<Prepared> = Vec::with_capacity(records.len());
        let read = records.par_iter().with_min_len(256).map(|r| Prepared::read(r, &lexicon));
        prepared.par_extend(read);
        Reading { records: Mutex::new(prepared), lexicon }.finish()
    }

    /// Records in the file.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether the file has no records.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The position of a record.
    pub(crate) fn position(&self, id: i64) -> Option<u32> {
        // Ids that follow one another tell where they stand.
        let guess = usize::try_from(id.checked_sub(*self.ids.first()?)?).ok()?;
        if self.ids.get(guess) == Some(&id) {
            return Some(guess as u32);
        }
        self.ids.binary_search(&id).ok().map(|at| at as u32)
    }

    pub(crate) fn id(&self, at: u32) -> i64 {
        self.ids[at as usize]
    }

    pub(crate) fn kind(&self, at: u32) -> RecordKind {
        match self.records[at as usize].who {
            Who::Person(_) => RecordKind::Person,
            Who::Organization(_) => RecordKind::Organization,
        }
    }

    /// `(record, group)` by ids, from the position of each record's group.
    pub(crate) fn with_ids(&self, group_of: &[u32]) -> Vec<(i64, i64)> {
        self.ids.iter().zip(group_of).map(|(&id, &group)| (id, self.id(group))).collect()
    }
}
