//! Which edition of a file counts, and what that leaves of the earlier ones.

use std::collections::BTreeSet;

use rusqlite::{OptionalExtension, params};

use crate::door::Desk;
use crate::error::Result;
use crate::load::all;

/// Whether `g` lies under a mapping that is kept because something of it was sent.
pub(crate) const KEPT: &str = "EXISTS (SELECT 1 FROM map_chunk m WHERE m.map_id = g.map_id AND m.kept = 1)";

/// Counts what mappings hold that are kept for what was sent: all else of them is gone.
pub(crate) const COUNT_KEPT: &str = "UPDATE map_chunk SET placed =
      (SELECT count(*) FROM gift t WHERE t.map_id = map_chunk.map_id)
    + (SELECT count(*) FROM part t WHERE t.map_id = map_chunk.map_id)
    + (SELECT count(*) FROM donor t WHERE t.map_id = map_chunk.map_id)";

/// The number of the edition of a role that counts.
pub(crate) fn newest(desk: &Desk<'_>, role: &str) -> Result<Option<i64>> {
    let sql = "SELECT file_id FROM edition WHERE role = ?1 ORDER BY number DESC LIMIT 1";
    Ok(desk.conn.prepare_cached(sql)?.query_row([role], |r| r.get(0)).optional()?.flatten())
}

/// Makes an edition of its file the one that counts, partial if it was said to be.
pub(crate) fn make_newest(desk: &Desk<'_>, role: &str, file: i64) -> Result<()> {
    if newest(desk, role)? != Some(file) {
        let is_partial = is_partial(desk, role)?;
        desk.conn.execute(
            "INSERT INTO edition (role, file_id, is_partial) VALUES (?1, ?2, ?3)",
            params![role, file, is_partial],
        )?;
    }
    Ok(())
}

/// From now on no edition of any file counts, until it is read again; in some roles a partial one.
pub(crate) fn forget_newest(desk: &Desk<'_>, partial: &[String]) -> Result<()> {
    for role in all(desk, "SELECT DISTINCT role FROM file ORDER BY role", [], |r| r.get::<_, String>(0))? {
        desk.conn.execute(
            "INSERT INTO edition (role, file_id, is_partial) VALUES (?1, NULL, ?2)",
            params![role, partial.contains(&role)],
        )?;
    }
    Ok(())
}

pub(crate) fn is_partial(desk: &Desk<'_>, role: &str) -> Result<bool> {
    let sql = "SELECT is_partial FROM edition WHERE role = ?1 ORDER BY number DESC LIMIT 1";
    Ok(desk.conn.prepare_cached(sql)?.query_row([role], |r| r.get(0)).optional()?.unwrap_or_default())
}

/// Files of which another edition counts.
pub(crate) fn superseded_files(desk: &Desk<'_>) -> Result<BTreeSet<u32>> {
    let sql = "SELECT file_id FROM superseded_file ORDER BY file_id";
    Ok(all(desk, sql, [], |r| r.get(0))?.into_iter().collect())
}

/// The condition on `g` of a row that no newer edition of its file supersedes: what was sent never is.
pub(crate) fn not_superseded(desk: &Desk<'_>) -> Result<String> {
    let old: Vec<String> = superseded_files(desk)?.iter().map(u32::to_string).collect();
    match old.is_empty() {
        true => Ok("1".to_owned()),
        false => Ok(format!("(g.row_id >> 32 NOT IN ({}) OR {KEPT})", old.join(","))),
    }
}

/// Rows of data of earlier editions that a newer one supersedes, of gifts or of donors.
pub(crate) fn superseded_rows(desk: &Desk<'_>, is_donor: bool) -> Result<u64> {
    let sql = "SELECT s.rows
            - (SELECT count(*) FROM gift g WHERE g.row_id BETWEEN s.file_id << 32 AND (s.file_id + 1 << 32) - 1)
            - (SELECT count(*) FROM part p WHERE p.row_id BETWEEN s.file_id << 32 AND (s.file_id + 1 << 32) - 1)
            - (SELECT count(*) FROM donor d WHERE d.row_id BETWEEN s.file_id << 32 AND (s.file_id + 1 << 32) - 1)
        FROM superseded s JOIN superseded_file o ON o.file_id = s.file_id
        WHERE s.is_donor = ?1 ORDER BY s.file_id";
    let rows: Vec<i64> = all(desk, sql, [is_donor], |r| r.get(0))?;
    Ok(rows.into_iter().map(|rows| rows.max(0)).sum::<i64>().unsigned_abs())
}
