//! What a stage's results depend on besides its rows, and surveys of whole files.

use heirloom_model::{Digest, FileId};
use rusqlite::{OptionalExtension, params};

use crate::codec::{pack, unpack};
use crate::error::{LedgerError, Result};
use crate::{Ledger, read};

impl Ledger {
    /// The number of a recipe, if it is kept.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn recipe_number(&self, stage: &str, digest: Digest) -> Result<Option<i64>> {
        let stage = stage.to_owned();
        self.look("look for a recipe", move |desk| {
            let sql = "SELECT recipe_id FROM recipe WHERE stage = ?1 AND digest = ?2 ORDER BY recipe_id";
            Ok(desk.conn.query_row(sql, params![stage, digest.0], |r| r.get(0)).optional()?)
        })
    }

    /// Finds or adds a recipe; gives its number.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn recipe(&self, stage: &str, digest: Digest, text: &str) -> Result<i64> {
        if let Some(found) = self.recipe_number(stage, digest)? {
            return Ok(found);
        }
        let (stage, body) = (stage.to_owned(), pack(text.as_bytes()));
        self.commit("keep a recipe", move |desk| {
            let sql = "INSERT INTO recipe (stage, digest, body) VALUES (?1, ?2, ?3)";
            desk.conn.execute(sql, params![stage, digest.0, body])?;
            Ok(desk.conn.last_insert_rowid())
        })
    }

    /// The newest recipe of a stage under which there are results: number, digest and text.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn newest_recipe(&self, stage: &str) -> Result<Option<(i64, Digest, String)>> {
        let stage = stage.to_owned();
        let found = self.look("look for a recipe", move |desk| {
            let found = desk
                .conn
                .query_row(
                    "SELECT recipe_id, digest, body FROM recipe r WHERE stage = ?1 AND (
                        EXISTS (SELECT 1 FROM map_chunk m WHERE m.recipe_id = r.recipe_id AND m.kept = 0)
                        OR EXISTS (SELECT 1 FROM survey s WHERE s.recipe_id = r.recipe_id
                            AND s.file_id NOT IN (SELECT file_id FROM superseded_file))
                        OR EXISTS (SELECT 1 FROM link_phase p WHERE p.recipe_id = r.recipe_id)
                        OR EXISTS (SELECT 1 FROM link_end e WHERE e.recipe_id = r.recipe_id))
                     ORDER BY recipe_id DESC LIMIT 1",
                    [stage],
                    |r| Ok((r.get::<_, i64>(0)?, r.get(1)?, r.get::<_, Vec<u8>>(2)?)),
                )
                .optional()?;
            Ok(found)
        })?;
        let decoded = found.map(|(id, digest, body)| {
            let text = unpack(&body).and_then(|b| String::from_utf8(b).ok());
            let text = text.ok_or_else(|| LedgerError::damaged(format!("recipe {id}")))?;
            Ok((id, Digest(digest), text))
        });
        decoded.transpose()
    }

    /// The text of a recipe of a stage, whether there are results under it or not.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn recipe_text(&self, stage: &str, digest: Digest) -> Result<Option<String>> {
        let stage = stage.to_owned();
        self.look("read a recipe", move |desk| {
            let sql = "SELECT body FROM recipe WHERE stage = ?1 AND digest = ?2 ORDER BY recipe_id";
            let body: Option<Vec<u8>> =
                desk.conn.query_row(sql, params![stage, digest.0], |r| r.get(0)).optional()?;
            let text = |body: Vec<u8>| unpack(&body).and_then(|bytes| String::from_utf8(bytes).ok());
            body.map(|body| text(body).ok_or_else(|| LedgerError::damaged("a recipe"))).transpose()
        })
    }

    /// Saves the survey of a whole file.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyDone`] if there is one of this file and recipe.
    pub fn save_survey(&self, file: FileId, recipe: i64, bytes: &[u8]) -> Result<()> {
        let body = pack(bytes);
        self.commit("save a survey", move |desk| {
            let added = desk.conn.execute(
                "INSERT INTO survey (file_id, recipe_id, body) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![file.0, recipe, body],
            )?;
            if added == 0 {
                return Err(read::already(format!("the survey of file {}", file.0)));
            }
            Ok(())
        })
    }

    /// The survey of a file under a recipe.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn survey(&self, file: FileId, recipe: i64) -> Result<Option<Vec<u8>>> {
        let found = self.look("read a survey", move |desk| {
            let sql = "SELECT body FROM survey WHERE file_id = ?1 AND recipe_id = ?2 ORDER BY file_id";
            let found = desk.conn.query_row(sql, params![file.0, recipe], |r| r.get::<_, Vec<u8>>(0));
            Ok(found.optional()?)
        })?;
        let what = || LedgerError::damaged(format!("the survey of file {}", file.0));
        found.map(|body| unpack(&body).ok_or_else(what)).transpose()
    }

    /// Chunks of a file that have no result under this recipe, in order.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn unmapped_chunks(&self, file: FileId, recipe: i64) -> Result<Vec<u32>> {
        self.look("list the chunks to map", move |desk| {
            let mut statement = desk.conn.prepare_cached(
                "SELECT c.number FROM chunk c
                 LEFT JOIN map_chunk m ON m.chunk_id = c.chunk_id AND m.kept = 0 AND m.recipe_id = ?2
                 WHERE c.file_id = ?1 AND m.map_id IS NULL ORDER BY c.number",
            )?;
            let numbers = statement.query_map(params![file.0, recipe], |r| r.get(0))?;
            Ok(numbers.collect::<rusqlite::Result<_>>()?)
        })
    }
}
