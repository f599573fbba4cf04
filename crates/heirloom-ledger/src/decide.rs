//! What people decide about rows: corrections and set-asides. They outlive every `redo`.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_model::{FileId, Moment, Placed, RowId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::load::{all, gift_row};
use crate::withdraw::{self, withdraw_row};
use crate::{Correction, Ledger, Ready, SetAside, map};

impl Ledger {
    /// Records a cell's corrected text; gives the row's new revision, which is due until
    /// [`Ledger::save_revision`] stores its result.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn correct(&self, row: RowId, column: u32, text: &str, initials: &str, at: Moment) -> Result<u32> {
        let (text, initials) = (text.to_owned(), initials.to_owned());
        self.commit("record a correction", move |desk| {
            let revision: u32 = desk.conn.query_row(
                "SELECT coalesce(max(revision), 0) + 1 FROM correction WHERE row_id = ?1 ORDER BY 1",
                [row.0],
                |r| r.get(0),
            )?;
            desk.conn.execute(
                "INSERT INTO correction (row_id, revision, col, text, initials, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![row.0, revision, column, text, initials, at.0],
            )?;
            Ok(revision)
        })
    }

    /// All corrections of a file's rows, by row and revision.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn corrections(&self, file: FileId) -> Result<Vec<Correction>> {
        self.look("list the corrections", move |desk| {
            let sql = "SELECT row_id, revision, col, text, initials, at FROM correction
                WHERE row_id BETWEEN ?1 AND ?2 ORDER BY row_id, revision";
            let span = [RowId::new(file, 0).0, RowId::new(file, u32::MAX).0];
            all(desk, sql, span, |r| {
                Ok(Correction {
                    row: RowId(r.get(0)?),
                    revision: r.get(1)?,
                    column: r.get(2)?,
                    text: r.get(3)?,
                    initials: r.get(4)?,
                    at: Moment(r.get(5)?),
                })
            })
        })
    }

    /// Leaves a row out, with a reason; of a gift on several rows, the whole gift. What is sealed
    /// already stays where it is.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn set_aside(&self, row: RowId, reason: &str, initials: &str, at: Moment) -> Result<()> {
        self.note_set_aside(row, Some(reason.to_owned()), initials, at)
    }

    /// Undoes [`Ledger::set_aside`].
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn take_back(&self, row: RowId, initials: &str, at: Moment) -> Result<()> {
        self.note_set_aside(row, None, initials, at)
    }

    fn note_set_aside(&self, row: RowId, reason: Option<String>, initials: &str, at: Moment) -> Result<()> {
        let initials = initials.to_owned();
        self.commit("record what is set aside", move |desk| {
            let row = gift_row(desk, row)?;
            desk.conn.execute(
                "INSERT INTO set_aside (row_id, reason, initials, at) VALUES (?1, ?2, ?3, ?4)",
                params![row.0, reason, initials, at.0],
            )?;
            Ok(())
        })
    }

    /// Rows that are set aside now, by row.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn set_asides(&self) -> Result<Vec<SetAside>> {
        self.look("list what is set aside", |desk| set_asides(desk))
    }

    /// Rows whose newest revision has no result yet, by row. Rows that were never mapped wait for
    /// their chunk instead.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn due_revisions(&self) -> Result<Vec<(RowId, u32)>> {
        self.look("list the corrections to map", |desk| {
            let sql = "SELECT c.row_id, c.newest FROM
                  (SELECT row_id, max(revision) AS newest FROM correction GROUP BY row_id) c
                WHERE coalesce(
                    (SELECT revision FROM gift t WHERE t.row_id = c.row_id),
                    (SELECT revision FROM part t WHERE t.row_id = c.row_id),
                    (SELECT revision FROM donor t WHERE t.row_id = c.row_id),
                    (SELECT revision FROM stopped t WHERE t.row_id = c.row_id),
                    (SELECT revision FROM repeat t WHERE t.row_id = c.row_id)) < c.newest
                ORDER BY c.row_id";
            all(desk, sql, [], |r| Ok((RowId(r.get(0)?), r.get(1)?)))
        })
    }

    /// Stores the results of corrected rows in place of those they had, in one transaction. All
    /// rows of each group that is touched must be there. Unsent items of these rows leave their
    /// plan, whose count, total and digest follow.
    ///
    /// # Errors
    /// [`LedgerError::Attempted`] if one of the rows was sent; [`LedgerError::NoSuch`] if one was
    /// never mapped; [`LedgerError::Refused`] if only a part of a group is there.
    pub fn save_revision(&self, recipe: i64, placed: &[Placed]) -> Result<()> {
        self.save_revised(recipe, Ready::of(placed)?)
    }

    /// [`Ledger::save_revision`] of rows with what others that were sent read as now.
    ///
    /// # Errors
    /// As [`Ledger::save_revision`].
    pub fn save_revised(&self, recipe: i64, ready: Ready) -> Result<()> {
        self.commit("save corrected rows", move |desk| {
            let batch = ready.batch();
            let homes = homes(desk.conn, &batch.rows, recipe)?;
            let at = |row: RowId| homes.get(&row).copied().unwrap_or_default();
            let clusters = clusters_of(desk, &batch.rows)?;
            for row in &batch.rows {
                withdraw_row(desk, *row)?;
            }
            let known: BTreeSet<i64> = batch.rows.iter().map(|r| r.0).collect();
            for row in &batch.rows {
                expect_whole_group(desk.conn, *row, &known)?;
            }
            for row in &batch.rows {
                delete_results(desk.conn, *row)?;
            }
            map::insert(desk, batch, at)?;
            ready.insert_rereads(desk.conn)?;
            restore_clusters(desk.conn, &clusters)?;
            withdraw::settle_plans(desk)
        })
    }
}

/// Rows that are set aside now, by row.
pub(crate) fn set_asides(desk: &Desk<'_>) -> Result<Vec<SetAside>> {
    let sql = "SELECT s.row_id, s.reason, s.initials, s.at FROM set_aside s
        WHERE s.reason IS NOT NULL
          AND s.number = (SELECT max(n.number) FROM set_aside n WHERE n.row_id = s.row_id)
        ORDER BY s.row_id";
    all(desk, sql, [], |r| {
        Ok(SetAside { row: RowId(r.get(0)?), reason: r.get(1)?, initials: r.get(2)?, at: Moment(r.get(3)?) })
    })
}

/// The mapping to which each row belongs.
fn homes(conn: &Connection, rows: &[RowId], recipe: i64) -> Result<BTreeMap<RowId, i64>> {
    let mut statement = conn.prepare_cached(
        "SELECT m.map_id, m.recipe_id FROM map_chunk m WHERE m.map_id = coalesce(
            (SELECT map_id FROM gift WHERE row_id = ?1), (SELECT map_id FROM part WHERE row_id = ?1),
            (SELECT map_id FROM donor WHERE row_id = ?1), (SELECT map_id FROM stopped WHERE row_id = ?1),
            (SELECT map_id FROM repeat WHERE row_id = ?1)) ORDER BY m.map_id",
    )?;
    let mut homes = BTreeMap::new();
    for row in rows {
        let name = || format!("row {} of file {}", row.sequence(), row.file().0);
        let take = |r: &Row<'_>| Ok((r.get(0)?, r.get::<_, i64>(1)?));
        let home: Option<(i64, i64)> = statement.query_row([row.0], take).optional()?;
        let (map_id, under) = home.ok_or_else(|| LedgerError::no_such(format!("a result of {}", name())))?;
        if under != recipe {
            return Err(LedgerError::refused(format!(
                "save a correction of {}: it was mapped under another recipe",
                name()
            )));
        }
        homes.insert(*row, map_id);
    }
    Ok(homes)
}

/// A gift takes its parts along when it goes, so all of them must be saved again.
fn expect_whole_group(conn: &Connection, row: RowId, known: &BTreeSet<i64>) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "SELECT row_id FROM part WHERE gift_row = ?1
         UNION SELECT gift_row FROM part WHERE row_id = ?1 ORDER BY 1",
    )?;
    let group =
        statement.query_map([row.0], |r| r.get::<_, i64>(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
    if group.iter().all(|r| known.contains(r)) {
        return Ok(());
    }
    Err(LedgerError::refused(format!(
        "save a correction of row {} of file {} without the other rows of its gift",
        row.sequence(),
        row.file().0
    )))
}

/// Deletes what a row had.
fn delete_results(conn: &Connection, row: RowId) -> Result<()> {
    for table in ["finding", "part", "gift", "donor", "stopped", "repeat"] {
        let sql = format!("DELETE FROM {table} WHERE row_id = ?1");
        conn.prepare_cached(&sql)?.execute([row.0])?;
    }
    Ok(())
}

type ClusterRow = (i64, i64, i64, bool);

/// The clusters of donors that are about to be replaced: a corrected donor stays linked until the
/// link itself is done again.
fn clusters_of(desk: &Desk<'_>, rows: &[RowId]) -> Result<Vec<ClusterRow>> {
    let sql = "SELECT row_id, person, contact, survivor FROM cluster WHERE row_id = ?1 ORDER BY 1";
    let mut clusters = Vec::new();
    for row in rows {
        clusters.extend(all(desk, sql, [row.0], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?);
    }
    Ok(clusters)
}

fn restore_clusters(conn: &Connection, clusters: &[ClusterRow]) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO cluster (row_id, person, contact, survivor)
         SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM donor WHERE row_id = ?1)",
    )?;
    for (row, person, contact, survivor) in clusters {
        statement.execute(params![row, person, contact, survivor])?;
    }
    Ok(())
}
