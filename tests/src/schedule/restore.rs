//! A copy of the ledger that takes its place: it knows nothing of what was sent since. The journal does.

use heirloom::journal::Opened;
use heirloom_virtuous::Clock;

use super::{HOUR_MS, Schedule};

/// In every so many schedules an earlier copy of the ledger is put back, and goes on.
const RESTORE_EVERY: u64 = 4;
/// When a copy is made, and when it takes the ledger's place: nights from the first.
#[derive(Clone, Copy)]
pub(super) struct Restore {
    pub copied: u32,
    pub put_back: u32,
}

impl Restore {
    pub fn drawn(seed: u64) -> Restore {
        if !seed.is_multiple_of(RESTORE_EVERY) {
            return Restore { copied: u32::MAX, put_back: u32::MAX };
        }
        let copied = (seed / RESTORE_EVERY % 3) as u32;
        Restore { copied, put_back: copied + (seed / RESTORE_EVERY / 3 % 2) as u32 }
    }
}

impl Schedule<'_> {
    /// Somebody puts a copy of the ledger back, an hour later at the soonest: it knows nothing of
    /// what was sent since. The journal does.
    pub(super) fn put_back(&mut self) {
        let Some(copy) = self.copy.take() else { return };
        let later = self.line.clock.now().plus_ms(2 * HOUR_MS);
        self.line.clock.jump_to(later);
        self.go_on_with(copy);
        self.persist(|s| s.journal.settle(&s.migration.ledger, Opened::AsLeft, s.line.clock.now()));
    }
}
