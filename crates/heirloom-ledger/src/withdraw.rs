//! Taking unsent items back out of plans, and keeping the plans' closing rows true.

use heirloom_model::{ItemId, ItemState, Moment, RowId};
use rusqlite::params;

use crate::PlanId;
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::items::{self, Scope};
use crate::load::all;
use crate::plan_end::write_end;
use crate::submit::next_seq;

/// Items on which nothing hangs: no attempt, no look-up, no evidence.
pub(crate) const FREE: &str = "
    NOT EXISTS (SELECT 1 FROM attempt a WHERE a.last_item >= item.item_id AND a.first_item <= item.item_id)
    AND NOT EXISTS (SELECT 1 FROM look l WHERE l.item_id = item.item_id)
    AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.item_id = item.item_id)
    AND NOT EXISTS (SELECT 1 FROM given_up u WHERE u.item_id = item.item_id)
    AND NOT EXISTS (SELECT 1 FROM estranged_plan x JOIN body xb ON xb.plan_id = x.plan_id
        WHERE xb.body_id = item.body_id)";

/// Plans of which nothing was ever sent or seen.
pub(crate) const UNTOUCHED: &str = "
    NOT EXISTS (SELECT 1 FROM attempt a WHERE a.plan_id = plan.plan_id)
    AND NOT EXISTS (SELECT 1 FROM estranged_plan x WHERE x.plan_id = plan.plan_id)
    AND NOT EXISTS (SELECT 1 FROM body b JOIN item i ON i.body_id = b.body_id
        WHERE b.plan_id = plan.plan_id AND (
            EXISTS (SELECT 1 FROM evidence e WHERE e.item_id = i.item_id)
            OR EXISTS (SELECT 1 FROM look l WHERE l.item_id = i.item_id)))";

/// Takes the items of a row back, if it has some. A donor row answers for its whole contact. What was
/// refused or discarded is given up: a corrected row may go again.
pub(crate) fn withdraw_row(desk: &mut Desk<'_>, row: RowId) -> Result<()> {
    let rows = "(SELECT ?1 UNION SELECT contact FROM cluster WHERE row_id = ?1)";
    let sql = format!("DELETE FROM item WHERE row_id IN {rows} AND {FREE}");
    desk.conn.prepare_cached(&sql)?.execute([row.0])?;
    let sql = format!(
        "SELECT item_id FROM item WHERE row_id IN {rows}
         AND item_id NOT IN (SELECT item_id FROM given_up) ORDER BY item_id"
    );
    for item in all(desk, &sql, [row.0], |r| r.get::<_, i64>(0))? {
        if !give_up(desk, ItemId(item), "", "corrected", Moment(0))? {
            let what = format!("row {} of file {}", row.sequence(), row.file().0);
            return Err(LedgerError::Attempted { what });
        }
    }
    Ok(())
}

/// Gives up, of plans that `recipe` does not describe, what is unsent and was not taken back: a sending of
/// it had no effect, or a person said that it did not arrive. Its rows may go again. Says how many.
pub(crate) fn give_up_unsent(desk: &mut Desk<'_>, recipe: Option<[u8; 32]>) -> Result<u64> {
    let sql = "SELECT plan_id FROM plan WHERE ?1 IS NULL OR recipe <> ?1 ORDER BY plan_id";
    let mut unsent = Vec::new();
    for plan in all(desk, sql, [recipe], |r| r.get(0))? {
        items::walk(desk, Scope::Plan(PlanId(plan)), |_, raw, standing| {
            if standing.state == ItemState::Unsent {
                unsent.push(ItemId(raw.item));
            }
            Ok(())
        })?;
    }
    for item in &unsent {
        note_given_up(desk, *item, "", "its plan was made of something else", Moment(0))?;
    }
    Ok(unsent.len() as u64)
}

fn note_given_up(desk: &mut Desk<'_>, item: ItemId, initials: &str, note: &str, at: Moment) -> Result<()> {
    let seq = next_seq(desk.conn)?;
    desk.conn.execute(
        "INSERT INTO given_up (item_id, seq, initials, note, at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (item_id) DO NOTHING",
        params![item.0, seq, initials, note, at.0],
    )?;
    Ok(())
}

/// Gives up an item that was refused or discarded; `false` if it is neither.
pub(crate) fn give_up(
    desk: &mut Desk<'_>,
    item: ItemId,
    initials: &str,
    note: &str,
    at: Moment,
) -> Result<bool> {
    let mut over = false;
    items::walk(desk, Scope::Item(item), |_, _, standing| {
        over = matches!(standing.state, ItemState::Refused | ItemState::Discarded);
        Ok(())
    })?;
    if over {
        note_given_up(desk, item, initials, note, at)?;
    }
    Ok(over)
}

/// Takes back every item on which nothing hangs; says how many went and how many stay.
pub(crate) fn withdraw_all(desk: &mut Desk<'_>) -> Result<(u64, u64)> {
    let went = desk.conn.execute(&format!("DELETE FROM item WHERE {FREE}"), [])?;
    let stay: i64 = desk.conn.query_row("SELECT count(*) FROM item ORDER BY 1", [], |r| r.get(0))?;
    settle_plans(desk)?;
    Ok((went as u64, stay.unsigned_abs()))
}

/// Makes plans agree with their items again: those left empty go, closing rows follow.
pub(crate) fn settle_plans(desk: &mut Desk<'_>) -> Result<()> {
    desk.conn.execute_batch(
        "DELETE FROM body WHERE NOT EXISTS (SELECT 1 FROM item i WHERE i.body_id = body.body_id);",
    )?;
    let empty = format!(
        "DELETE FROM plan WHERE {UNTOUCHED}
         AND EXISTS (SELECT 1 FROM plan_end e WHERE e.plan_id = plan.plan_id AND e.items > 0)
         AND NOT EXISTS (SELECT 1 FROM body b WHERE b.plan_id = plan.plan_id)"
    );
    desk.conn.execute(&empty, [])?;
    let sql = "SELECT plan_id, name, items FROM plan_end ORDER BY plan_id";
    let plans: Vec<(i64, String, i64)> = all(desk, sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    for (id, name, items) in plans {
        let plan = PlanId(id);
        let count: i64 = desk.conn.query_row(
            "SELECT count(*) FROM body b JOIN item i ON i.body_id = b.body_id
             WHERE b.plan_id = ?1 ORDER BY 1",
            [id],
            |r| r.get(0),
        )?;
        if count != items {
            write_end(desk, plan, &name)?;
        }
    }
    Ok(())
}
