//! Transactions before they are records: in holding, then in an import, then run or discarded.

use crate::body::sum_minor;
use crate::draft::{ContactDraft, GiftDraft};
use crate::facts::{ImportFacts, ImportKind, ImportState};
use crate::habits::RepeatsBlind;
use crate::likeness::fold;
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RowState {
    Held,
    Bundled,
    Imported,
    Discarded,
    Dropped,
}

/// The import tool's three buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Bucket {
    Ready,
    UpdateNeeded,
    MatchNeeded,
}

/// What was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Payload {
    Gift(Box<GiftDraft>),
    Contact(Box<ContactDraft>),
    /// It was run or discarded.
    Gone,
}

/// One transaction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Row {
    pub request_no: u64,
    pub kind: ImportKind,
    pub source: String,
    pub id: String,
    pub amount_minor: i64,
    pub digest: u64,
    pub state: RowState,
    pub bucket: Bucket,
    /// The import it is in; 0 while held.
    pub import_id: i64,
    /// The contact it matched.
    pub suggestion: Option<i64>,
    pub payload: Payload,
}

impl Row {
    /// The contact in it.
    pub(crate) fn contact(&self) -> Option<&ContactDraft> {
        match &self.payload {
            Payload::Gift(gift) => Some(&gift.contact),
            Payload::Contact(contact) => Some(contact),
            Payload::Gone => None,
        }
    }
}

/// Rows bundled together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Import {
    pub id: i64,
    pub name: String,
    pub source: String,
    pub kind: ImportKind,
    pub rows: Vec<usize>,
    pub state: ImportState,
}

/// All rows ever taken, and the imports made of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Rows {
    pub all: Vec<Row>,
    pub held: Vec<usize>,
    pub imports: Vec<Import>,
    #[serde(skip)]
    by_key: HashMap<String, Vec<usize>, FixedState>,
}

impl Rows {
    /// Builds the index again after a snapshot was read.
    pub(crate) fn reindex(&mut self) {
        for at in 0..self.all.len() {
            self.index(at);
        }
    }

    /// Takes a row into holding; gives its place.
    pub(crate) fn hold(&mut self, row: Row) -> usize {
        let at = self.all.len();
        self.all.push(row);
        self.index(at);
        self.held.push(at);
        at
    }

    /// Enters a row into the index; a gift without an id has no key.
    fn index(&mut self, at: usize) {
        let row = &self.all[at];
        if !row.id.is_empty() {
            self.by_key.entry(key(row.kind, &row.source, &row.id)).or_default().push(at);
        }
    }

    /// Where the rows with a key are, in the order they came.
    pub(crate) fn with_key(&self, kind: ImportKind, source: &str, id: &str) -> &[usize] {
        self.by_key.get(&key(kind, source, id)).map_or(&[], Vec::as_slice)
    }

    /// Whether a gift's key is known to the repeat check, among rows before `before`.
    pub(crate) fn knows_gift(&self, source: &str, id: &str, blind: RepeatsBlind, before: usize) -> bool {
        let rows = self.with_key(ImportKind::Gifts, source, id).iter().filter(|at| **at < before);
        rows.map(|at| self.all[*at].state).any(|state| match state {
            RowState::Held | RowState::Bundled => !blind.held,
            RowState::Imported => !blind.imported,
            RowState::Discarded => !blind.discarded,
            RowState::Dropped => false,
        })
    }

    /// An import as the tool shows it.
    pub(crate) fn facts(&self, import: &Import) -> ImportFacts {
        let rows = || import.rows.iter().map(|at| &self.all[*at]);
        let count = |which: &dyn Fn(&Row) -> bool| rows().filter(|row| which(row)).count() as u32;
        let waiting = |bucket: Bucket| count(&|row| row.state == RowState::Bundled && row.bucket == bucket);
        ImportFacts {
            id: import.id,
            name: import.name.clone(),
            source: import.source.clone(),
            kind: import.kind,
            rows: import.rows.len() as u32,
            total_minor: sum_minor(rows().map(|row| row.amount_minor)),
            ready: waiting(Bucket::Ready),
            update_needed: waiting(Bucket::UpdateNeeded),
            match_needed: waiting(Bucket::MatchNeeded),
            imported: count(&|row| row.state == RowState::Imported),
            discarded: count(&|row| row.state == RowState::Discarded),
            state: import.state,
        }
    }
}

/// A key with its kind.
fn key(kind: ImportKind, source: &str, id: &str) -> String {
    let folded = fold(source, id);
    match kind {
        ImportKind::Gifts => folded,
        ImportKind::Contacts => format!("c\u{1f}{folded}"),
    }
}
