//! Which items go into the next list, and whether an item in doubt may go again at all.

use heirloom_model::{ItemKind, Moment, Repeats};

use super::state::{Span, State};

/// Bytes of bodies in one list at most (the vendor's platform takes 4 MB by default).
const LIST_BYTES_MAX: u64 = 1_000_000;
/// A sending may still take effect so many milliseconds after it left, though its answer was lost. Near
/// midnight a repeat could be bundled first, and the late original then meet an imported row.
pub const LATE_MS: i64 = 4 * 3_600_000;
/// A doubtful list is cut into this many when it was refused: three repeats suffice to
/// leave one item of a hundred alone, within the number of repeats allowed.
pub(super) const DOUBT_SPLIT: u32 = 5;

impl State {
    /// The next list of items that were never sent, or certainly without effect.
    pub(super) fn fresh_span(&self) -> Option<Span> {
        let first = *self.unsent.first()?;
        let limit = self.list_size().min(self.entries[first].cap);
        let cap = self.entries[first].cap;
        let last = self.extend(first, limit, |state, index| {
            let fits = state.unsent.contains(&index) && state.entries[index].cap == cap;
            fits.then_some(limit)
        });
        Some(Span { first, last, doubtful: false })
    }

    /// The next list of items in doubt that may be sent again now.
    pub(super) fn resend_span(&self, now: Moment) -> Option<Span> {
        if self.kind != ItemKind::Gift || self.facts.repeats_held != Repeats::Recognised {
            return None;
        }
        let first = self
            .doubts
            .iter()
            .take_while(|(due, _)| *due <= now)
            .find(|(_, index)| self.may_resend(*index, now))
            .map(|(_, index)| *index)?;
        let last = self.extend(first, self.resend_limit(first), |state, index| {
            let due = state.entries[index].due <= now;
            let queued = state.doubts.contains(&(state.entries[index].due, index));
            (due && queued && state.may_resend(index, now)).then(|| state.resend_limit(index))
        });
        Some(Span { first, last, doubtful: true })
    }

    /// Extends a span while ids are consecutive, `limit_of` allows it and the list is not full.
    fn extend(&self, first: usize, limit: u32, limit_of: impl Fn(&Self, usize) -> Option<u32>) -> usize {
        let mut last = first;
        let mut limit = limit;
        let mut bytes = u64::from(self.entries[first].bytes);
        while let Some(next) = self.entries.get(last + 1) {
            bytes += u64::from(next.bytes) + 1;
            let consecutive = next.id == self.entries[last].id + 1;
            let Some(allowed) = limit_of(self, last + 1).filter(|_| consecutive) else {
                break;
            };
            limit = limit.min(allowed);
            let len = u32::try_from(last + 2 - first).unwrap_or(u32::MAX);
            if len > limit || bytes > LIST_BYTES_MAX {
                break;
            }
            last += 1;
        }
        last
    }

    /// Repeats left for an item in doubt.
    fn resends_left(&self, index: usize) -> u32 {
        let used = self.entries[index].doubtful_sends.saturating_sub(1);
        self.terms.resend_max.saturating_sub(used)
    }

    /// A list this long can be cut down to one item within the repeats that are left.
    fn resend_limit(&self, index: usize) -> u32 {
        let cuts = self.resends_left(index).saturating_sub(1);
        let by_count = DOUBT_SPLIT.saturating_pow(cuts);
        by_count.min(self.entries[index].cap).min(self.ceiling).max(1)
    }

    /// Whether the vendor is known to recognise a repeat of this item, in every state that
    /// its row may be in by now, and the repeats are not used up.
    pub(super) fn may_resend(&self, index: usize, now: Moment) -> bool {
        let entry = &self.entries[index];
        if entry.spent || self.resends_left(index) == 0 {
            return false;
        }
        let night = match (&self.terms.guard, entry.first_doubt) {
            _ if self.terms.imports_at_once => true,
            (Some(guard), Some(since)) => guard.midnight_between(since, now.plus_ms(LATE_MS)),
            _ => true,
        };
        let facts = &self.facts;
        let by_day = facts.repeats_held == Repeats::Recognised;
        let after_night = facts.repeats_imported == Repeats::Recognised
            && facts.repeats_discarded != Repeats::NotRecognised;
        by_day && (!night || after_night)
    }

    /// The item in doubt that is due for a look.
    pub(super) fn due_look(&self, now: Moment) -> Option<usize> {
        let (due, index) = self.doubts.first()?;
        (*due <= now).then_some(*index)
    }
}
