//! Taking unsent items back out of plans, and keeping the plans' closing rows true.

use heirloom_model::RowId;

use crate::PlanId;
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::load::all;
use crate::plan::{UNTOUCHED, write_end};

/// Items on which nothing hangs: no attempt, no look-up, no evidence.
pub(crate) const FREE: &str = "
    NOT EXISTS (SELECT 1 FROM attempt a WHERE a.last_item >= item.item_id AND a.first_item <= item.item_id)
    AND NOT EXISTS (SELECT 1 FROM look l WHERE l.item_id = item.item_id)
    AND NOT EXISTS (SELECT 1 FROM evidence e WHERE e.item_id = item.item_id)";

/// Takes the item of a row back, if it has one. A donor row answers for its whole contact.
pub(crate) fn withdraw_row(desk: &Desk<'_>, row: RowId) -> Result<()> {
    let rows = "(SELECT ?1 UNION SELECT contact FROM cluster WHERE row_id = ?1)";
    let sql = format!("DELETE FROM item WHERE row_id IN {rows} AND {FREE}");
    desk.conn.prepare_cached(&sql)?.execute([row.0])?;
    let sql = format!("SELECT item_id FROM item WHERE row_id IN {rows} ORDER BY item_id");
    let left: Vec<i64> = all(desk, &sql, [row.0], |r| r.get(0))?;
    if left.is_empty() {
        return Ok(());
    }
    Err(LedgerError::Attempted { what: format!("row {} of file {}", row.sequence(), row.file().0) })
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
