//! Doing a stage again: its rows go, and what follows from them, but for what was sent. Keys,
//! decisions and rulings stay.

use crate::door::Desk;
use crate::error::Result;
use crate::newest::{COUNT_KEPT, forget_newest};
use crate::withdraw::{give_up_unsent, withdraw_all};
use crate::{Ledger, Redone, Stage};

impl Ledger {
    /// Drops the results of a stage, and of those after it, on which no attempt hangs. A file keeps
    /// its number, a row its key, and people's decisions stay.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn redo(&self, stage: Stage) -> Result<Redone> {
        self.lock_chunks().clear();
        self.commit("go back a stage", move |desk| match stage {
            Stage::Plan => redo_plan(desk),
            Stage::Link => redo_link(desk),
            Stage::Map => redo_map(desk),
            Stage::Read => redo_read(desk, &[]),
        })
    }

    /// [`Ledger::redo`] of reading, where the next editions in these roles hold only a part of what the file
    /// held: what they lack is as it was sent.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn redo_partly(&self, roles: &[String]) -> Result<Redone> {
        self.lock_chunks().clear();
        let roles = roles.to_vec();
        self.commit("go back a stage", move |desk| redo_read(desk, &roles))
    }
}

/// Rows that stand on what was sent; what was given up and never seen stands on nothing, but where a partial
/// edition counts: that may lack the row, and nothing else would bring it back.
const SENT: &str = "SELECT row_id FROM standing_item
    UNION SELECT i.row_id FROM item i JOIN superseded_file o ON o.file_id = i.row_id >> 32
        JOIN file f ON f.file_id = o.file_id JOIN edition e ON e.role = f.role
    WHERE e.is_partial = 1 AND e.number = (SELECT max(n.number) FROM edition n WHERE n.role = f.role)";

/// Tables of mapped rows: one line for each row of the source.
const RESULTS: [&str; 5] = ["part", "gift", "donor", "stopped", "repeat"];

fn count(desk: &Desk<'_>, sql: &str) -> Result<u64> {
    let count: i64 = desk.conn.query_row(sql, [], |r| r.get(0))?;
    Ok(count.unsigned_abs())
}

/// Whom gifts were sent to they stay with, whatever a donor reads as from now on.
const KEEP_MATCHES: &str = "
    INSERT INTO match_ruling (donor_key, target, ruling, initials, note, at)
    SELECT k.key, m.target, 'same', '', 'gifts were sent to it', 0
    FROM contact_match m JOIN cluster c ON c.contact = m.contact
    JOIN donor d ON d.row_id = c.row_id JOIN donor_key k ON k.row_id = d.row_id
    WHERE d.legacy IN (SELECT g.donor FROM gift g JOIN item i ON i.row_id = g.row_id
        WHERE EXISTS (SELECT 1 FROM attempt a WHERE a.last_item >= i.item_id AND a.first_item <= i.item_id))
    AND NOT EXISTS (SELECT 1 FROM match_ruling r WHERE r.ruling <> 'undone' AND r.number = (
        SELECT max(n.number) FROM match_ruling n WHERE n.donor_key = k.key AND n.target = m.target))
    ORDER BY k.key;";

fn redo_plan(desk: &mut Desk<'_>) -> Result<Redone> {
    desk.conn.execute_batch(KEEP_MATCHES)?;
    let (rows, kept) = withdraw_all(desk)?;
    desk.conn.execute_batch("DELETE FROM contact_match; DELETE FROM match_doubt;")?;
    Ok(Redone { rows, kept })
}

fn redo_link(desk: &mut Desk<'_>) -> Result<Redone> {
    redo_plan(desk)?;
    // What was learned from the donors is kept: only a person forgets it (`forget_phase`).
    desk.conn.execute_batch(
        "DELETE FROM link_end; DELETE FROM pair;
         DELETE FROM link_phase WHERE recipe_id IN (SELECT recipe_id FROM recipe WHERE stage = 'link');",
    )?;
    let rows = desk.conn.execute(&format!("DELETE FROM cluster WHERE contact NOT IN ({SENT})"), [])?;
    Ok(Redone { rows: rows as u64, kept: count(desk, "SELECT count(*) FROM cluster ORDER BY 1")? })
}

fn mapped_rows(desk: &Desk<'_>) -> Result<u64> {
    let mut rows = 0;
    for table in RESULTS {
        rows += count(desk, &format!("SELECT count(*) FROM {table} ORDER BY 1"))?;
    }
    Ok(rows)
}

/// What was sent stays under its mapping, which from then on counts as no chunk's result. What had no
/// effect is given up, and mapped anew.
fn redo_map(desk: &mut Desk<'_>) -> Result<Redone> {
    withdraw_all(desk)?;
    give_up_unsent(desk, None)?;
    redo_link(desk)?;
    let before = mapped_rows(desk)?;
    desk.conn.execute_batch(&format!(
        "UPDATE map_chunk SET kept = 1 WHERE map_id IN (
            SELECT g.map_id FROM gift g WHERE g.row_id IN ({SENT})
            UNION SELECT d.map_id FROM donor d WHERE d.row_id IN ({SENT})
            UNION SELECT d.map_id FROM cluster c JOIN donor d ON d.row_id = c.row_id);
         DELETE FROM map_chunk WHERE kept = 0;
         DELETE FROM gift WHERE row_id NOT IN ({SENT});
         DELETE FROM donor WHERE row_id NOT IN ({SENT})
            AND NOT EXISTS (SELECT 1 FROM cluster c WHERE c.row_id = donor.row_id);
         DELETE FROM stopped;
         DELETE FROM reread;
         DELETE FROM repeat;
         DELETE FROM finding WHERE NOT EXISTS (SELECT 1 FROM gift g WHERE g.row_id = finding.row_id)
            AND NOT EXISTS (SELECT 1 FROM part p WHERE p.row_id = finding.row_id)
            AND NOT EXISTS (SELECT 1 FROM donor d WHERE d.row_id = finding.row_id);
         DELETE FROM survey WHERE NOT EXISTS (
            SELECT 1 FROM map_chunk m JOIN chunk c ON c.chunk_id = m.chunk_id
            WHERE c.file_id = survey.file_id AND m.recipe_id = survey.recipe_id);
         {COUNT_KEPT};"
    ))?;
    let kept = mapped_rows(desk)?;
    Ok(Redone { rows: before - kept, kept })
}

/// Chunks that nothing sent stands on go; their file keeps its number. Another edition may come now.
fn redo_read(desk: &mut Desk<'_>, partial: &[String]) -> Result<Redone> {
    forget_newest(desk, partial)?;
    redo_map(desk)?;
    let all_rows = "SELECT coalesce(sum(rows), 0) FROM chunk ORDER BY 1";
    let before = count(desk, all_rows)?;
    let standing = "SELECT c.file_id FROM map_chunk m JOIN chunk c ON c.chunk_id = m.chunk_id
        UNION SELECT row_id >> 32 FROM item";
    desk.conn.execute_batch(&format!(
        "DELETE FROM file_end WHERE file_id NOT IN ({standing});
         DELETE FROM chunk WHERE file_id NOT IN ({standing});"
    ))?;
    let kept = count(desk, all_rows)?;
    Ok(Redone { rows: before - kept, kept })
}
