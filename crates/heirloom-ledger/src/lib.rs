//! One SQLite file holds everything that must survive. The only place for SQL.
//!
//! Stages only add rows to their own tables; what is left to do is what has no result yet, and
//! every readable state is derived. One thread owns the connection; every write goes through one
//! commit door, durable when it returns. A [`Ledger`] is a handle: clone it, send it, share it.

mod alike;
mod batch;
mod check;
mod codec;
mod decide;
mod door;
mod editions;
mod error;
mod estranged;
mod evidence;
mod found;
mod items;
mod keys;
mod likeness;
mod link;
mod load;
mod lock;
mod map;
mod mapped;
mod newest;
mod open;
mod piles;
mod place_codec;
mod plan;
mod plan_end;
mod platform;
mod promise_codec;
mod promises;
mod read;
mod recipe;
mod redo;
mod reread;
mod rows_codec;
mod rule_many;
mod rulings;
mod schema;
mod sealed;
mod sending;
mod state;
mod submit;
mod target;
#[cfg(test)]
mod tests;
mod types;
mod withdraw;
mod words;

use std::sync::{Arc, Mutex};

pub use door::{CommitHook, CommitSide};
pub use editions::Twin;
pub use error::{LedgerError, Result};
pub use map::Ready;
pub use piles::SENT_BEFORE;
pub use promises::Promised;
pub use reread::Reread;
pub use sealed::Chunk;
pub use sending::*;
pub use state::{Ended, ItemEvent, Seen, state_of};
pub use types::*;

use door::{Desk, Door};

/// A handle to one ledger. The last handle closes it and frees its lock.
#[derive(Clone)]
pub struct Ledger {
    /// Reads a file beside the writer, on a thread and connection of its own; closed before it.
    reader: Option<Arc<Door>>,
    door: Arc<Door>,
    chunks: Arc<Mutex<read::ChunkCache>>,
    /// For a handle that only looks.
    look: Option<Look>,
}

/// One moment of a ledger, looked at.
#[derive(Clone)]
struct Look {
    /// Who works with it meanwhile, if anybody did as the look began.
    worker: Option<Arc<str>>,
}

impl std::fmt::Debug for Ledger {
    /// Says nothing of what it holds.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ledger")
    }
}

impl Ledger {
    fn look<T: Send + 'static>(
        &self,
        doing: &'static str,
        query: impl FnOnce(&mut Desk<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let door = self.reader.as_ref().unwrap_or(&self.door);
        door.call(move |core| core.look(doing, query))
    }

    fn commit<T: Send + 'static>(
        &self,
        doing: &'static str,
        write: impl FnOnce(&mut Desk<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match &self.look {
            None => {}
            Some(Look { worker: Some(holder) }) => {
                return Err(LedgerError::InUse { holder: holder.to_string() });
            }
            Some(Look { worker: None }) => return Err(LedgerError::refused("change what is only looked at")),
        }
        self.door.call(move |core| core.commit(doing, write))
    }
}
