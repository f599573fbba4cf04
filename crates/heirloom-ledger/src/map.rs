//! The stage *map*: one transaction a chunk writes gifts, parts, donors, what stopped, repeats,
//! findings and keys.

use std::collections::HashSet;

use heirloom_model::{FileId, Placed, RowId};
use rusqlite::{Connection, OptionalExtension, params};

use crate::Ledger;
use crate::batch::Batch;
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::keys::{self, Scheme};
use crate::read::{already, chunk_id};
use crate::reread::{self, Reread};

/// What mapping made of a chunk, made ready for the tables on the caller's thread.
pub struct Ready {
    batch: Batch,
    rereads: Vec<Reread>,
    namesakes: Vec<Reread>,
}

impl Ready {
    /// Makes mapped rows ready.
    ///
    /// # Errors
    /// If one of them is none that a ledger can keep.
    pub fn of(placed: &[Placed]) -> Result<Ready> {
        Ok(Ready { batch: Batch::of(placed)?, rereads: Vec::new(), namesakes: Vec::new() })
    }

    /// The same, with what rows that were sent read as now.
    #[must_use]
    pub fn with_rereads(self, rereads: Vec<Reread>) -> Ready {
        Ready { rereads, ..self }
    }

    /// The same, with what rows that were sent would read as if nothing else in the newer edition of their
    /// file stood for them: rows that are no gift or donor and have their key.
    #[must_use]
    pub fn with_namesakes(self, namesakes: Vec<Reread>) -> Ready {
        Ready { namesakes, ..self }
    }

    pub(crate) fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Writes what sent rows read as now.
    pub(crate) fn insert_rereads(&self, conn: &Connection) -> Result<()> {
        reread::stood_for(conn, &self.batch.repeats)?;
        reread::insert(conn, &self.rereads)?;
        reread::insert_namesakes(conn, &self.namesakes)
    }

    /// Rows in it.
    pub fn rows(&self) -> usize {
        self.batch.rows.len()
    }
}

impl Ledger {
    /// Saves what mapping made of a chunk: gifts, parts, donors, exclusions, holds, repeats,
    /// findings, keys and the chunk's presence, in one transaction.
    ///
    /// Rows of earlier mappings on which an attempt hangs stay as they were.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyDone`] if the chunk is mapped, [`LedgerError::OtherRecipe`] if under
    /// another recipe; [`LedgerError::KeyTaken`]; [`LedgerError::Attempted`] if a group of rows
    /// is in part sent already.
    pub fn save_mapped(&self, file: FileId, chunk: u32, recipe: i64, placed: &[Placed]) -> Result<()> {
        self.save_ready(file, chunk, recipe, Ready::of(placed)?)
    }

    /// [`Ledger::save_mapped`] of rows that another thread made ready.
    ///
    /// # Errors
    /// As [`Ledger::save_mapped`].
    pub fn save_ready(&self, file: FileId, chunk: u32, recipe: i64, ready: Ready) -> Result<()> {
        self.commit("save mapped rows", move |desk| {
            let chunk_id = chunk_id(desk, file, chunk)?;
            expect_unmapped(desk.conn, chunk_id, (file, chunk), recipe)?;
            let ready = Ready { batch: without_sent(desk.conn, ready.batch)?, ..ready };
            let batch = ready.batch();
            desk.conn
                .prepare_cached(
                    "INSERT INTO map_chunk (chunk_id, recipe_id, kept, placed) VALUES (?1, ?2, 0, ?3)",
                )?
                .execute(params![chunk_id, recipe, batch.rows.len() as u32])?;
            let map_id = desk.conn.last_insert_rowid();
            insert(desk, batch, |_| map_id)?;
            ready.insert_rereads(desk.conn)
        })
    }

    /// Keeps the legacy ids of held donor rows, which the model's `Known` has no place for, so
    /// that [`Ledger::donor_ids`] names them. They go with the held row.
    ///
    /// # Errors
    /// If one of the rows is neither held nor excluded.
    pub fn note_held_ids(&self, ids: &[(RowId, String)]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids = ids.to_vec();
        self.commit("keep the ids of held donors", move |desk| {
            for (row, id) in &ids {
                let word = desk.word(id)?;
                desk.conn
                    .prepare_cached(
                        "INSERT INTO held_id (row_id, legacy) VALUES (?1, ?2)
                         ON CONFLICT (row_id) DO UPDATE SET legacy = excluded.legacy",
                    )?
                    .execute(params![row.0, word])?;
            }
            Ok(())
        })
    }
}

fn expect_unmapped(
    conn: &Connection,
    chunk_id: i64,
    (file, chunk): (FileId, u32),
    recipe: i64,
) -> Result<()> {
    let mapped: Option<i64> = conn
        .prepare_cached("SELECT recipe_id FROM map_chunk WHERE chunk_id = ?1 AND kept = 0 ORDER BY map_id")?
        .query_row([chunk_id], |r| r.get(0))
        .optional()?;
    match mapped {
        None => Ok(()),
        Some(same) if same == recipe => {
            Err(already(format!("the mapping of chunk {chunk} of file {}", file.0)))
        }
        Some(_) => Err(LedgerError::OtherRecipe { file, chunk }),
    }
}

/// Leaves out rows that an earlier mapping keeps because they were sent.
fn without_sent(conn: &Connection, mut batch: Batch) -> Result<Batch> {
    let any_kept: bool = conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM map_chunk WHERE kept = 1) ORDER BY 1")?
        .query_row([], |r| r.get(0))?;
    if !any_kept {
        return Ok(batch);
    }
    let mut sent = HashSet::new();
    let mut statement = conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM gift WHERE row_id = ?1)
             OR EXISTS (SELECT 1 FROM part WHERE row_id = ?1)
             OR EXISTS (SELECT 1 FROM donor WHERE row_id = ?1) ORDER BY 1",
    )?;
    for row in &batch.rows {
        if statement.query_row([row.0], |r| r.get(0))? {
            sent.insert(*row);
        }
    }
    if let Some(part) = batch.parts.iter().find(|p| sent.contains(&p.who.row) != sent.contains(&p.of)) {
        return Err(LedgerError::Attempted {
            what: format!("the gift on row {} of file {}", part.of.sequence(), part.of.file().0),
        });
    }
    batch.gifts.retain(|g| !sent.contains(&g.who.row));
    batch.parts.retain(|p| !sent.contains(&p.who.row));
    batch.donors.retain(|d| !sent.contains(&d.who.row));
    batch.stopped.retain(|s| !sent.contains(&s.who.row));
    batch.repeats.retain(|r| !sent.contains(&r.0.row));
    batch.findings.retain(|f| !sent.contains(&f.row));
    batch.rows.retain(|r| !sent.contains(r));
    Ok(batch)
}

/// Writes a batch; `map_of` says to which mapping a row belongs.
pub(crate) fn insert(desk: &mut Desk<'_>, batch: &Batch, map_of: impl Fn(RowId) -> i64) -> Result<()> {
    let words = batch.words().iter().map(|text| desk.word(text)).collect::<Result<Vec<i64>>>()?;
    let conn = desk.conn;
    keys::assign(conn, &batch.gifts, Scheme::Gift, |g| (g.who.row, &g.key))?;
    keys::assign(conn, &batch.donors, Scheme::Donor, |d| (d.who.row, &d.key))?;
    insert_gifts(conn, batch, &words, &map_of)?;
    insert_donors(conn, batch, &words, &map_of)?;
    insert_parts(conn, batch, &words, &map_of)?;
    insert_stopped(conn, batch, &words, &map_of)?;
    insert_findings(conn, batch, &words, &map_of)
}

fn insert_gifts(
    conn: &Connection,
    batch: &Batch,
    words: &[i64],
    map_of: &impl Fn(RowId) -> i64,
) -> Result<()> {
    let word = |place: u32| words[place as usize];
    let mut gift = conn.prepare_cached(
        "INSERT INTO gift (row_id, revision, map_id, donor, date, minor, currency, tender, project, rows, rest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut designation = conn
        .prepare_cached("INSERT INTO designation (row_id, number, project, minor) VALUES (?1, ?2, ?3, ?4)")?;
    for g in &batch.gifts {
        gift.execute(params![
            g.who.row.0,
            g.who.revision,
            map_of(g.who.row),
            g.donor.map(word),
            g.date,
            g.minor,
            word(g.currency),
            word(g.tender),
            g.project.map(word),
            g.rows,
            g.rest
        ])?;
        for (number, (project, minor)) in g.parts.iter().enumerate() {
            designation.execute(params![g.who.row.0, number as u32, word(*project), minor])?;
        }
    }
    let mut payment = conn.prepare_cached("INSERT INTO payment (row_id) VALUES (?1)")?;
    for g in batch.gifts.iter().filter(|g| g.is_payment) {
        payment.execute([g.who.row.0])?;
    }
    Ok(())
}

fn insert_donors(
    conn: &Connection,
    batch: &Batch,
    words: &[i64],
    map_of: &impl Fn(RowId) -> i64,
) -> Result<()> {
    let mut donor = conn.prepare_cached(
        "INSERT INTO donor (row_id, revision, map_id, legacy, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for d in &batch.donors {
        donor.execute(params![
            d.who.row.0,
            d.who.revision,
            map_of(d.who.row),
            words[d.legacy as usize],
            d.body
        ])?;
    }
    Ok(())
}

fn insert_parts(
    conn: &Connection,
    batch: &Batch,
    words: &[i64],
    map_of: &impl Fn(RowId) -> i64,
) -> Result<()> {
    let mut part = conn.prepare_cached(
        "INSERT INTO part (row_id, revision, map_id, gift_row, minor, currency)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for p in &batch.parts {
        part.execute(params![
            p.who.row.0,
            p.who.revision,
            map_of(p.who.row),
            p.of.0,
            p.minor,
            words[p.currency as usize]
        ])?;
    }
    let mut repeat =
        conn.prepare_cached("INSERT INTO repeat (row_id, revision, map_id, of_row) VALUES (?1, ?2, ?3, ?4)")?;
    for (who, of) in &batch.repeats {
        repeat.execute(params![who.row.0, who.revision, map_of(who.row), of.0])?;
    }
    Ok(())
}

fn insert_stopped(
    conn: &Connection,
    batch: &Batch,
    words: &[i64],
    map_of: &impl Fn(RowId) -> i64,
) -> Result<()> {
    let word = |place: u32| words[place as usize];
    let mut stopped = conn.prepare_cached(
        "INSERT INTO stopped (row_id, revision, map_id, rule, minor, currency, date, project, tender, is_donor)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for s in &batch.stopped {
        stopped.execute(params![
            s.who.row.0,
            s.who.revision,
            map_of(s.who.row),
            s.rule.map(word),
            s.minor,
            s.currency.map(word),
            s.date,
            s.project.map(word),
            s.tender.map(word),
            s.is_donor
        ])?;
    }
    let mut promise = conn.prepare_cached("INSERT INTO promise (row_id, body) VALUES (?1, ?2)")?;
    for s in &batch.stopped {
        if let Some(body) = &s.promise {
            promise.execute(params![s.who.row.0, body])?;
        }
    }
    Ok(())
}

fn insert_findings(
    conn: &Connection,
    batch: &Batch,
    words: &[i64],
    map_of: &impl Fn(RowId) -> i64,
) -> Result<()> {
    let word = |place: u32| words[place as usize];
    let mut finding = conn.prepare_cached(
        "INSERT INTO finding (row_id, number, map_id, code, file, sheet, row_number, label, seen, detail)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for f in &batch.findings {
        finding.execute(params![
            f.row.0,
            f.number,
            map_of(f.row),
            word(f.code),
            word(f.file),
            f.sheet.map(word),
            f.row_number,
            f.label.map(word),
            f.seen,
            f.detail
        ])?;
    }
    Ok(())
}
