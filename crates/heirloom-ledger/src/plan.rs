//! Plans: items sealed chunk by chunk, closed by one row with count, totals and digest.

use heirloom_model::{Digest, Gift, ItemId, ItemKind, Moment, RowId, Sealed};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::items::{self, Scope};
use crate::load::{self, all};
use crate::newest::not_superseded;
use crate::plan_end::{facts, parse_kind, write_end};
use crate::sealed::{self, Chunk};
use crate::withdraw::{FREE, UNTOUCHED, give_up_unsent, settle_plans};
use crate::{ItemLine, Ledger, PlanFacts, PlanId, StaleItem};

impl Ledger {
    /// Opens a plan, and drops plans without attempts: those never closed, and those of this kind.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn open_plan(&self, kind: ItemKind, recipe: Digest, terms: &str, at: Moment) -> Result<PlanId> {
        let terms = terms.to_owned();
        self.commit("open a plan", move |desk| {
            let sql = format!(
                "DELETE FROM plan WHERE (kind = ?1 OR NOT EXISTS (
                    SELECT 1 FROM plan_end e WHERE e.plan_id = plan.plan_id)) AND {UNTOUCHED}"
            );
            desk.conn.execute(&sql, [kind.as_str()])?;
            desk.conn.execute(
                "INSERT INTO plan (kind, recipe, terms, created) VALUES (?1, ?2, ?3, ?4)",
                params![kind.as_str(), recipe.0, terms, at.0],
            )?;
            Ok(PlanId(desk.conn.last_insert_rowid()))
        })
    }

    /// Makes room for a new plan: plans of which nothing was sent are dropped, closed or not, and of
    /// started plans that `recipe` no longer describes the items that were never sent are taken
    /// back, and those whose sending had no effect are given up. Their rows are ready again. Gives the
    /// names of dropped plans and the number of items taken back or given up.
    ///
    /// # Errors
    /// Storage.
    pub fn make_room(&self, recipe: Digest) -> Result<(Vec<String>, u64)> {
        self.commit("make room for a plan", move |desk| {
            let sql = format!(
                "SELECT e.name FROM plan JOIN plan_end e ON e.plan_id = plan.plan_id
                 WHERE {UNTOUCHED} ORDER BY plan.plan_id"
            );
            let dropped: Vec<String> = all(desk, &sql, [], |r| r.get(0))?;
            desk.conn.execute(&format!("DELETE FROM plan WHERE {UNTOUCHED}"), [])?;
            let taken_back = desk.conn.execute(
                &format!(
                    "DELETE FROM item WHERE {} AND body_id IN (SELECT b.body_id FROM body b
                     JOIN plan p ON p.plan_id = b.plan_id WHERE p.recipe <> ?1)",
                    FREE
                ),
                [recipe.0],
            )?;
            if taken_back > 0 {
                settle_plans(desk)?;
            }
            let given_up = give_up_unsent(desk, Some(recipe.0))?;
            Ok((dropped, taken_back as u64 + given_up))
        })
    }

    /// Seals items into an open plan, in sending order, in one transaction. Their rows are gifts'
    /// or contacts' rows.
    ///
    /// # Errors
    /// [`LedgerError::InPlan`] for a row that has an item already; [`LedgerError::Refused`] if the
    /// plan is closed, a row has no such result, or a gift's key is not the one assigned to it.
    pub fn seal(&self, plan: PlanId, items: &[(RowId, Sealed)]) -> Result<()> {
        self.seal_chunks(plan, Chunk::all_of(items))
    }

    /// [`Ledger::seal`] of items that other threads made ready.
    ///
    /// # Errors
    /// As [`Ledger::seal`].
    pub fn seal_chunks(&self, plan: PlanId, chunks: Vec<Chunk>) -> Result<()> {
        self.commit("seal items", move |desk| {
            let kind = open_kind(desk.conn, plan)?;
            chunks.iter().try_for_each(|chunk| sealed::insert(desk, plan, kind, chunk))
        })
    }

    /// Closes a plan: from now on it can be sent.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] if it is closed or the name is taken.
    pub fn close_plan(&self, plan: PlanId, name: &str) -> Result<PlanFacts> {
        let name = name.to_owned();
        self.commit("close a plan", move |desk| {
            open_kind(desk.conn, plan)?;
            let taken: bool = desk.conn.query_row(
                "SELECT EXISTS (SELECT 1 FROM plan_end WHERE name = ?1) ORDER BY 1",
                [&name],
                |r| r.get(0),
            )?;
            if taken {
                return Err(LedgerError::refused(format!("call a plan {name}: another plan has that name")));
            }
            write_end(desk, plan, &name)?;
            facts(desk, plan)?.ok_or_else(|| no_plan(plan))
        })
    }

    /// All closed plans, in the order in which they were opened.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn plans(&self) -> Result<Vec<PlanFacts>> {
        self.look("list the plans", |desk| {
            let sql = "SELECT plan_id FROM plan_end ORDER BY plan_id";
            let ids: Vec<i64> = all(desk, sql, [], |r| r.get(0))?;
            let plans = ids.into_iter().map(|id| facts(desk, PlanId(id)));
            Ok(plans.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
        })
    }

    /// A closed plan.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn plan(&self, plan: PlanId) -> Result<Option<PlanFacts>> {
        self.look("look for a plan", move |desk| facts(desk, plan))
    }

    /// Drops a plan; its gifts and contacts are ready again.
    ///
    /// # Errors
    /// [`LedgerError::Attempted`] once an attempt hangs on it or one of its items was seen.
    pub fn drop_plan(&self, plan: PlanId) -> Result<()> {
        self.commit("drop a plan", move |desk| {
            let sql = format!("DELETE FROM plan WHERE plan_id = ?1 AND {UNTOUCHED}");
            if desk.conn.execute(&sql, [plan.0])? == 1 {
                return Ok(());
            }
            plan_kind(desk.conn, plan)?;
            Err(LedgerError::Attempted { what: format!("plan {}", plan.0) })
        })
    }

    /// Unsent items of a plan whose row a person changed after they were sealed, by item: their
    /// correction waits to be mapped, or the row was set aside.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn stale_items(&self, plan: PlanId) -> Result<Vec<StaleItem>> {
        self.look("look for changed items", move |desk| {
            let mut stale = Vec::new();
            items::walk(desk, Scope::Plan(plan), |desk, raw, standing| {
                if standing.state != heirloom_model::ItemState::Unsent {
                    return Ok(());
                }
                let Some(why) = change(desk.conn, raw.row)? else {
                    return Ok(());
                };
                let line = items::line(desk, raw, standing)?;
                stale.push(StaleItem { item: line.item, row: line.row, amount: line.amount, why });
                Ok(())
            })?;
            Ok(stale)
        })
    }

    /// All items of a plan with their states, by item.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn item_states(&self, plan: PlanId) -> Result<Vec<ItemLine>> {
        self.look("list the items", move |desk| {
            let mut lines = Vec::new();
            items::walk(desk, Scope::Plan(plan), |desk, raw, standing| {
                lines.push(items::line(desk, raw, standing)?);
                Ok(())
            })?;
            Ok(lines)
        })
    }

    /// The item of a gift's or contact's row; the newest, if earlier ones were given up.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn item_of_row(&self, row: RowId) -> Result<Option<ItemLine>> {
        self.look("look for an item", move |desk| {
            let sql = "SELECT item_id FROM item WHERE row_id = ?1 AND part = 0 ORDER BY since";
            let found: Vec<i64> = all(desk, sql, [row.0], |r| r.get(0))?;
            let mut line = None;
            if let Some(item) = found.last() {
                items::walk(desk, Scope::Item(ItemId(*item)), |desk, raw, standing| {
                    line = Some(items::line(desk, raw, standing)?);
                    Ok(())
                })?;
            }
            Ok(line)
        })
    }

    /// The sealed items of a span, by item, each compared with its digest on the way out.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if one is not as it was sealed.
    pub fn bodies(&self, first: ItemId, last: ItemId) -> Result<Vec<Sealed>> {
        self.look("read sealed items", move |desk| sealed::bodies(desk, first, last))
    }

    /// Gifts that no plan has and nobody set aside, by row: at most `limit`, after a row. Whether
    /// their donor is known is the caller's question.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn gifts_ready(&self, after: Option<RowId>, limit: u32) -> Result<Vec<Gift>> {
        self.look("list the gifts that are ready", move |desk| {
            let condition = format!("{} AND g.row_id > ?1 ORDER BY g.row_id LIMIT ?2", is_ready(desk)?);
            let after = after.map_or(-1, |r| r.0);
            let gifts = load::gifts(desk, &condition, params![after, limit])?;
            Ok(gifts.into_iter().map(|(_, _, gift)| gift).collect())
        })
    }

    /// Whether any gift that is ready names no donor.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn has_ready_gift_without_donor(&self) -> Result<bool> {
        self.look("look for gifts without a donor", move |desk| {
            let sql = format!(
                "SELECT EXISTS (SELECT 1 FROM gift g {} AND g.donor IS NULL) ORDER BY 1",
                is_ready(desk)?
            );
            Ok(desk.conn.query_row(&sql, [], |r| r.get(0))?)
        })
    }
}

/// The condition on `g` of a gift that no plan has and nobody set aside.
fn is_ready(desk: &mut Desk<'_>) -> Result<String> {
    let counts = not_superseded(desk)?;
    Ok(format!(
        "WHERE NOT EXISTS (SELECT 1 FROM standing_item s WHERE s.row_id = g.row_id)
           AND {counts}
           AND (SELECT s.reason FROM set_aside s WHERE s.row_id = g.row_id
                ORDER BY s.number DESC LIMIT 1) IS NULL"
    ))
}

fn no_plan(plan: PlanId) -> LedgerError {
    LedgerError::no_such(format!("plan {}", plan.0))
}

fn plan_kind(conn: &Connection, plan: PlanId) -> Result<ItemKind> {
    let sql = "SELECT kind FROM plan WHERE plan_id = ?1 ORDER BY plan_id";
    let kind: Option<String> = conn.query_row(sql, [plan.0], |r| r.get(0)).optional()?;
    parse_kind(&kind.ok_or_else(|| no_plan(plan))?)
}

/// The kind of a plan that is still open.
fn open_kind(conn: &Connection, plan: PlanId) -> Result<ItemKind> {
    let kind = plan_kind(conn, plan)?;
    let closed: bool = conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM plan_end WHERE plan_id = ?1) ORDER BY 1")?
        .query_row([plan.0], |r| r.get(0))?;
    if closed {
        return Err(LedgerError::refused(format!("add to plan {}: it is closed", plan.0)));
    }
    Ok(kind)
}

/// What a person changed about a sealed row, if anything.
fn change(conn: &Connection, row: i64) -> Result<Option<&'static str>> {
    let sql = "SELECT
        (SELECT max(c.revision) FROM correction c WHERE c.row_id = ?1) > coalesce(
            (SELECT revision FROM gift WHERE row_id = ?1),
            (SELECT revision FROM donor WHERE row_id = ?1), 0),
        (SELECT s.reason FROM set_aside s WHERE s.row_id = ?1 ORDER BY s.number DESC LIMIT 1) IS NOT NULL
        ORDER BY 1";
    let take = |r: &Row<'_>| Ok((r.get::<_, Option<bool>>(0)?, r.get(1)?));
    Ok(match conn.prepare_cached(sql)?.query_row([row], take)? {
        (Some(true), _) => Some("corrected"),
        (_, true) => Some("set aside"),
        _ => None,
    })
}
