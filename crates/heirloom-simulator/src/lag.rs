//! What was made directly a moment ago: it exists, and for `index_lag_ms` no read and no query shows it.

use crate::facts::{ContactRecord, GiftRecord};
use crate::world::World;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How contacts are called here.
pub(crate) const CONTACT: &str = "Contact";
/// How gifts are called here; shelved records go by the names of their families.
pub(crate) const GIFT: &str = "Gift";

/// Until when each record stays unseen, by kind and id, milliseconds since 1970.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Unseen(BTreeMap<String, BTreeMap<i64, i64>>);

impl World {
    /// Notes that a record was made directly.
    pub(crate) fn made_now(&mut self, kind: &str, id: i64) {
        let lag_ms = i64::from(self.rules.index_lag_ms);
        if lag_ms > 0 {
            let now_ms = self.now_ms;
            let unseen = self.unseen.0.entry(kind.into()).or_default();
            unseen.retain(|_, until_ms| *until_ms > now_ms);
            unseen.insert(id, now_ms.saturating_add(lag_ms));
        }
    }

    /// Whether reads show a record by now.
    pub(crate) fn shows(&self, kind: &str, id: i64) -> bool {
        let until_ms = self.unseen.0.get(kind).and_then(|unseen| unseen.get(&id));
        until_ms.is_none_or(|until_ms| *until_ms <= self.now_ms)
    }

    /// Whether there may be records of a kind that reads do not show.
    pub(crate) fn any_unseen(&self, kind: &str) -> bool {
        self.unseen.0.get(kind).is_some_and(|unseen| unseen.values().any(|until_ms| *until_ms > self.now_ms))
    }

    /// A contact, if reads show it by now.
    pub(crate) fn seen_contact<'w>(&self, found: Option<&'w ContactRecord>) -> Option<&'w ContactRecord> {
        found.filter(|contact| self.shows(CONTACT, contact.id))
    }

    /// A gift, if reads show it by now.
    pub(crate) fn seen_gift<'w>(&self, found: Option<&'w GiftRecord>) -> Option<&'w GiftRecord> {
        found.filter(|gift| self.shows(GIFT, gift.id))
    }
}
