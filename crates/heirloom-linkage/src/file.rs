//! A file of records, prepared once: blocking, scoring and clustering all look at this.

use crate::prepare::{Prepared, Who, prepare};
use crate::{Record, RecordKind};

/// Donor records as linkage compares them. Reading is the costly part: do it once.
pub struct File {
    /// In ascending order of id.
    pub(crate) records: Vec<Prepared>,
    /// The ids of `records`, side by side for quick search.
    pub(crate) ids: Vec<i64>,
}

impl File {
    /// Prepares records in parallel. Their order changes nothing; ids must be unique.
    pub fn read(records: &[Record]) -> File {
        let records = prepare(records);
        File { ids: records.iter().map(|r| r.id).collect(), records }
    }

    /// The position of a record.
    pub(crate) fn position(&self, id: i64) -> Option<u32> {
        self.ids.binary_search(&id).ok().map(|at| at as u32)
    }

    pub(crate) fn find(&self, id: i64) -> Option<&Prepared> {
        self.position(id).map(|at| &self.records[at as usize])
    }

    pub(crate) fn kind(&self, at: u32) -> RecordKind {
        match self.records[at as usize].who {
            Who::Person(_) => RecordKind::Person,
            Who::Organization(_) => RecordKind::Organization,
        }
    }

    /// `(record, group)` by ids, from the position of each record's group.
    pub(crate) fn with_ids(&self, group_of: &[u32]) -> Vec<(i64, i64)> {
        let groups = group_of.iter().map(|&group| self.ids[group as usize]);
        self.ids.iter().copied().zip(groups).collect()
    }
}
