//! A plan's closing row: how many items, what they amount to, and their digest.

use std::collections::BTreeMap;

use heirloom_model::{Currency, Digest, Hasher, ItemId, ItemKind, Moment};
use rusqlite::params;

use crate::codec::{Reader, Writer};
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::items::{self, Scope};
use crate::load::{self, all};
use crate::{PlanFacts, PlanId};

/// What a plan's items amount to.
pub(crate) struct Sums {
    pub items: u64,
    pub totals: BTreeMap<Currency, i128>,
    pub digest: Digest,
}

/// Adds up a plan's items as they are now.
pub(crate) fn sums(desk: &mut Desk<'_>, plan: PlanId) -> Result<Sums> {
    let (mut items, mut hasher) = (0, Hasher::new());
    let mut totals: BTreeMap<Currency, i128> = BTreeMap::new();
    let conn = desk.conn;
    // Items of one body lie side by side: to walk along them is quicker than to look for each.
    let bodies = "SELECT b.body_id, min(i.item_id), max(i.item_id) FROM body b
        JOIN item i ON i.body_id = b.body_id WHERE b.plan_id = ?1 GROUP BY b.body_id ORDER BY b.body_id";
    let bodies: Vec<[i64; 3]> = all(desk, bodies, [plan.0], |r| Ok([r.get(0)?, r.get(1)?, r.get(2)?]))?;
    let mut statement = conn.prepare_cached(
        "SELECT key, digest, minor, currency FROM item
         WHERE +body_id = ?1 AND item_id BETWEEN ?2 AND ?3 ORDER BY item_id",
    )?;
    for body in bodies {
        let mut rows = statement.query(body)?;
        while let Some(row) = rows.next()? {
            items += 1;
            hasher.field(row.get_ref(0)?.as_str().unwrap_or_default().as_bytes());
            hasher.field(&row.get::<_, [u8; 32]>(1)?);
            if let Some(amount) = load::money(desk, row.get(2)?, row.get(3)?)? {
                *totals.entry(amount.currency()).or_default() += i128::from(amount.minor());
            }
        }
    }
    Ok(Sums { items, totals, digest: hasher.finish() })
}

/// Writes a plan's closing row for the items it has now.
pub(crate) fn write_end(desk: &mut Desk<'_>, plan: PlanId, name: &str) -> Result<()> {
    let sums = sums(desk, plan)?;
    let mut totals = Writer::default();
    totals.list(sums.totals.iter(), |w, (currency, minor)| {
        w.text(currency.as_str());
        w.wide(*minor);
    });
    desk.conn.execute(
        "INSERT INTO plan_end (plan_id, name, items, totals, digest) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (plan_id) DO UPDATE
         SET items = excluded.items, totals = excluded.totals, digest = excluded.digest",
        params![plan.0, name, crate::read::as_i64(sums.items), totals.0, sums.digest.0],
    )?;
    Ok(())
}

fn decode_totals(bytes: &[u8]) -> Option<Vec<(Currency, i128)>> {
    let mut r = Reader(bytes);
    let totals = r.list(|r| Some((Currency::new(&r.text()?).ok()?, r.wide()?)))?;
    r.end(totals)
}

pub(crate) fn facts(desk: &mut Desk<'_>, plan: PlanId) -> Result<Option<PlanFacts>> {
    let ends = items::range(desk.conn, Scope::Plan(plan))?;
    let sql = "SELECT p.kind, p.recipe, p.terms, p.created, e.name, e.items, e.totals, e.digest
        FROM plan p JOIN plan_end e ON e.plan_id = p.plan_id WHERE p.plan_id = ?1 ORDER BY p.plan_id";
    let mut statement = desk.conn.prepare_cached(sql)?;
    let mut rows = statement.query([plan.0])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let damaged = || LedgerError::damaged(format!("the closing row of plan {}", plan.0));
    Ok(Some(PlanFacts {
        id: plan,
        name: row.get(4)?,
        kind: parse_kind(&row.get::<_, String>(0)?)?,
        items: row.get::<_, i64>(5)?.unsigned_abs(),
        total: decode_totals(&row.get::<_, Vec<u8>>(6)?).ok_or_else(damaged)?,
        digest: Digest(row.get(7)?),
        recipe: Digest(row.get(1)?),
        terms: row.get(2)?,
        created: Moment(row.get(3)?),
        first: ends.map(|(first, _)| ItemId(first)),
        last: ends.map(|(_, last)| ItemId(last)),
    }))
}

pub(crate) fn parse_kind(text: &str) -> Result<ItemKind> {
    ItemKind::ALL
        .into_iter()
        .find(|k| k.as_str() == text)
        .ok_or_else(|| LedgerError::damaged("the kind of a plan"))
}
