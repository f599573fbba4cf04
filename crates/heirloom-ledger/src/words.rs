//! Codes and ids that repeat, kept once: text to number and back, with a bounded cache.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension};

use crate::error::{LedgerError, Result};

/// Beyond this many words the cache starts anew.
const CACHED_MAX: usize = 100_000;

type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// The table `word` with what was lately used of it.
#[derive(Default)]
pub(crate) struct Words {
    ids: Map<Arc<str>, i64>,
    texts: Map<i64, Arc<str>>,
}

impl Words {
    /// The number of a text, if it has one.
    pub fn find(&mut self, conn: &Connection, text: &str) -> Result<Option<i64>> {
        if let Some(id) = self.ids.get(text) {
            return Ok(Some(*id));
        }
        let found = conn
            .prepare_cached("SELECT word_id FROM word WHERE text = ?1 ORDER BY word_id")?
            .query_row([text], |r| r.get(0))
            .optional()?;
        if let Some(id) = found {
            self.keep(id, text.into());
        }
        Ok(found)
    }

    /// The number of a text, given to it now if need be.
    pub fn id(&mut self, conn: &Connection, text: &str) -> Result<i64> {
        if let Some(id) = self.find(conn, text)? {
            return Ok(id);
        }
        conn.prepare_cached("INSERT INTO word (text) VALUES (?1)")?.execute([text])?;
        let id = conn.last_insert_rowid();
        self.keep(id, text.into());
        Ok(id)
    }

    /// The text of a number.
    pub fn text(&mut self, conn: &Connection, id: i64) -> Result<Arc<str>> {
        if let Some(text) = self.texts.get(&id) {
            return Ok(text.clone());
        }
        let text: Option<String> = conn
            .prepare_cached("SELECT text FROM word WHERE word_id = ?1 ORDER BY word_id")?
            .query_row([id], |r| r.get(0))
            .optional()?;
        let text: Arc<str> = text.ok_or_else(|| LedgerError::damaged(format!("word {id}")))?.into();
        self.keep(id, text.clone());
        Ok(text)
    }

    /// Forgets everything: after a rollback, numbers may be gone.
    pub fn forget(&mut self) {
        self.ids.clear();
        self.texts.clear();
    }

    fn keep(&mut self, id: i64, text: Arc<str>) {
        if self.texts.len() >= CACHED_MAX {
            self.forget();
        }
        self.ids.insert(text.clone(), id);
        self.texts.insert(id, text);
    }
}
