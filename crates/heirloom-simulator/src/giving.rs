//! Gifts that exist, and the indexes by which they are found.

use crate::facts::GiftRecord;
use crate::likeness::fold;
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The first gift's id.
pub(crate) const FIRST_GIFT: i64 = 50_001;

type Positions<K> = HashMap<K, Vec<u32>, FixedState>;

/// All gifts, by rising id; a deleted one leaves a gap.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Giving {
    pub gifts: Vec<GiftRecord>,
    #[serde(default)]
    deleted: i64,
    #[serde(skip)]
    by_key: Positions<String>,
    #[serde(skip)]
    by_source: Positions<String>,
    #[serde(skip)]
    by_batch: Positions<String>,
    #[serde(skip)]
    by_contact: Positions<i64>,
}

impl Giving {
    /// Builds the indexes again after a snapshot was read, a merge, a change or a delete.
    pub(crate) fn reindex(&mut self) {
        self.by_key.clear();
        self.by_source.clear();
        self.by_batch.clear();
        self.by_contact.clear();
        for at in 0..self.gifts.len() {
            self.index(at);
        }
    }

    /// Adds a gift; its id is given here and never again.
    pub(crate) fn add(&mut self, gift: GiftRecord) -> i64 {
        let id = FIRST_GIFT + self.gifts.len() as i64 + self.deleted;
        self.gifts.push(GiftRecord { id, ..gift });
        self.index(self.gifts.len() - 1);
        id
    }

    /// Removes a gift.
    pub(crate) fn remove(&mut self, id: i64) -> Option<GiftRecord> {
        let at = self.position(id)?;
        let gift = self.gifts.remove(at);
        self.deleted += 1;
        self.reindex();
        Some(gift)
    }

    /// How many gifts have a smaller id.
    pub(crate) fn place(&self, id: i64) -> usize {
        self.gifts.partition_point(|gift| gift.id < id)
    }

    /// Where the gift of an id is.
    pub(crate) fn position(&self, id: i64) -> Option<usize> {
        self.gifts.binary_search_by_key(&id, |gift| gift.id).ok()
    }

    /// The gift of an id.
    pub(crate) fn get(&self, id: i64) -> Option<&GiftRecord> {
        self.position(id).map(|at| &self.gifts[at])
    }

    /// The first gift with a key.
    pub(crate) fn find(&self, source: &str, id: &str) -> Option<&GiftRecord> {
        self.with_key(source, id).first().map(|at| &self.gifts[*at as usize])
    }

    /// Where the gifts with a key are.
    pub(crate) fn with_key(&self, source: &str, id: &str) -> &[u32] {
        self.by_key.get(&fold(source, id)).map_or(&[], Vec::as_slice)
    }

    /// Where the gifts of a source are.
    pub(crate) fn with_source(&self, source: &str) -> &[u32] {
        self.by_source.get(&source.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Where the gifts of a batch are.
    pub(crate) fn with_batch(&self, batch: &str) -> &[u32] {
        self.by_batch.get(&batch.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Where the gifts of a contact are.
    pub(crate) fn with_contact(&self, contact_id: i64) -> &[u32] {
        self.by_contact.get(&contact_id).map_or(&[], Vec::as_slice)
    }

    /// Enters a gift into the indexes.
    fn index(&mut self, at: usize) {
        let gift = &self.gifts[at];
        let at = at as u32;
        self.by_key.entry(fold(&gift.source, &gift.transaction_id)).or_default().push(at);
        self.by_source.entry(gift.source.to_lowercase()).or_default().push(at);
        self.by_batch.entry(gift.batch.to_lowercase()).or_default().push(at);
        self.by_contact.entry(gift.contact_id).or_default().push(at);
    }
}
