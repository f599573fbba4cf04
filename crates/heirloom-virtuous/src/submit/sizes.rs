//! How many items go into one list: a pilot, growth, and what the vendor's refusals teach.

use super::state::{PILOT, Span, State};

const GROWTH: u32 = 3;
/// Accepted lists in a row after which a list size that time-outs had cut is doubled again.
const RECOVER_AFTER: u32 = 20;

impl State {
    /// Calls for so many items that were never sent, with lists that grow as they do.
    pub fn calls_for(&self, items: u64) -> u64 {
        let (mut left, mut size, mut accepted) = (items, self.list_size(), self.accepted_calls);
        let mut calls = 0;
        while left > 0 && size < self.ceiling {
            left = left.saturating_sub(u64::from(size));
            calls += 1;
            accepted += 1;
            size =
                PILOT.get(accepted).copied().unwrap_or(size.saturating_mul(GROWTH)).min(self.ceiling).max(1);
        }
        calls + left.div_ceil(u64::from(self.ceiling.max(1)))
    }

    /// After an accepted list of `len`: larger ones, if it was as large as lists are now.
    pub(super) fn grow(&mut self, len: u32) {
        self.proven = self.proven.max(len);
        if len < self.list_size() {
            return;
        }
        self.accepted_calls += 1;
        self.row.accepted += 1;
        let most = self.too_large - 1;
        if self.row.accepted >= RECOVER_AFTER && self.ceiling < most {
            self.ceiling = (self.ceiling * 2).min(most);
            self.row.accepted = 0;
        }
        let next = match PILOT.get(self.accepted_calls) {
            Some(&pilot) => pilot.max(self.list_size),
            None => self.list_size.saturating_mul(GROWTH),
        };
        self.list_size = self.between(next).min(self.ceiling).max(1);
    }

    /// A size between what was accepted and what was too large, once the latter is known; the
    /// accepted one when there is little left to learn.
    fn between(&self, wanted: u32) -> u32 {
        let known = self.too_large <= self.terms.list_max.max(1);
        let gap = self.too_large.saturating_sub(self.proven);
        match known {
            true if gap <= (self.proven / 8).max(1) => self.proven,
            true => wanted.min(self.proven + gap / 2),
            false => wanted,
        }
    }

    /// After a list of `len` that got no certain answer.
    pub(super) fn shrink(&mut self, len: u32) {
        let half = (len / 2).max(1);
        self.row.accepted = 0;
        self.ceiling = self.ceiling.min(half);
        self.list_size = self.list_size.min(half);
    }

    /// After a list that was too large. One no longer than others that were accepted says
    /// something of its items, not of lists: only those go on in halves.
    pub(super) fn too_large(&mut self, span: Span) {
        let len = span.len();
        if len <= self.proven {
            for entry in &mut self.entries[span.first..=span.last] {
                entry.cap = len.div_ceil(2);
            }
            return;
        }
        self.row.accepted = 0;
        self.too_large = self.too_large.min(len.max(2));
        self.ceiling = self.ceiling.min(self.too_large - 1);
        let size = self.proven + (self.too_large - self.proven) / 2;
        self.list_size = size.min(self.ceiling).max(1);
    }
}
