//! Keys: assigned once, kept when a row is corrected or mapped again, outside every cascade.
//!
//! Until the first attempt of their kind they follow the mapping; from then on a row keeps the
//! key it has. A key held by a row that has no result any more, or by the same gift of an older
//! edition of the file that was never sent, passes to the row that asks. What was given up goes with it:
//! whatever is said of a key is said of the row that has it.

use heirloom_model::RowId;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use crate::error::{LedgerError, Result};
use crate::newest::COUNT_KEPT;

/// Whose keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Gift,
    Donor,
}

impl Scheme {
    pub(crate) fn table(self) -> &'static str {
        match self {
            Scheme::Gift => "gift",
            Scheme::Donor => "donor",
        }
    }

    fn item_kind(self) -> &'static str {
        match self {
            Scheme::Gift => "gift",
            Scheme::Donor => "contact",
        }
    }
}

struct Desk<'c> {
    any: CachedStatement<'c>,
    of_row: CachedStatement<'c>,
    owner: CachedStatement<'c>,
    give: CachedStatement<'c>,
    free: CachedStatement<'c>,
    in_use: CachedStatement<'c>,
    follow: CachedStatement<'c>,
    goes: CachedStatement<'c>,
    count: CachedStatement<'c>,
}

fn desk(conn: &Connection, scheme: Scheme) -> Result<Desk<'_>> {
    let t = scheme.table();
    let prepare = |sql: String| conn.prepare_cached(&sql);
    Ok(Desk {
        any: prepare(format!(
            "SELECT EXISTS (SELECT 1 FROM {t}_key WHERE row_id BETWEEN ?1 AND ?2) ORDER BY 1"
        ))?,
        of_row: prepare(format!("SELECT key FROM {t}_key WHERE row_id = ?1 ORDER BY row_id"))?,
        owner: prepare(format!("SELECT row_id FROM {t}_key WHERE key = ?1 ORDER BY row_id"))?,
        give: prepare(format!(
            "INSERT INTO {t}_key (row_id, key) VALUES (?1, ?2) ON CONFLICT (key) DO NOTHING"
        ))?,
        free: prepare(format!("DELETE FROM {t}_key WHERE row_id = ?1"))?,
        in_use: prepare(format!(
            "SELECT EXISTS (SELECT 1 FROM standing_item WHERE row_id = ?1),
                    EXISTS (SELECT 1 FROM {t} WHERE row_id = ?1),
                    EXISTS (SELECT 1 FROM file o JOIN file n ON n.role = o.role
                            WHERE o.file_id = ?1 >> 32 AND n.file_id = ?2 >> 32 AND n.file_id <> o.file_id),
                    (?1 >> 32) < (?2 >> 32)
             ORDER BY 1"
        ))?,
        follow: prepare("UPDATE item SET row_id = ?2 WHERE row_id = ?1".to_owned())?,
        goes: prepare(format!(
            "DELETE FROM {t} WHERE row_id = ?1
             AND EXISTS (SELECT 1 FROM map_chunk m WHERE m.map_id = {t}.map_id AND m.kept = 1)"
        ))?,
        count: prepare(format!("{COUNT_KEPT} WHERE kept = 1"))?,
    })
}

/// Gives each line its key.
pub(crate) fn assign<T>(
    conn: &Connection,
    lines: &[T],
    scheme: Scheme,
    of: impl Fn(&T) -> (RowId, &String),
) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let fixed = is_fixed(conn, scheme)?;
    let mut desk = desk(conn, scheme)?;
    let rows = lines.iter().map(|line| of(line).0.0);
    let span = (rows.clone().min(), rows.max());
    // Rows that are mapped for the first time have no key, and are most.
    let is_new: bool = !desk.any.query_row(params![span.0, span.1], |r| r.get::<_, bool>(0))?;
    let mut wanting = Vec::with_capacity(lines.len());
    for line in lines {
        let (row, key) = of(line);
        if is_new {
            wanting.push((row, key));
            continue;
        }
        let has: Option<String> = desk.of_row.query_row([row.0], |r| r.get(0)).optional()?;
        match has {
            Some(has) if has == *key || fixed => {}
            Some(_) => {
                desk.free.execute([row.0])?;
                wanting.push((row, key));
            }
            None => wanting.push((row, key)),
        }
    }
    for (row, key) in wanting {
        if desk.give.execute(params![row.0, key])? == 0 {
            settle(&mut desk, row, key)?;
        }
    }
    Ok(())
}

/// Decides who keeps a key that has an owner already.
fn settle(desk: &mut Desk<'_>, row: RowId, key: &str) -> Result<()> {
    let owner: i64 = desk.owner.query_row([key], |r| r.get(0))?;
    let (sealed, mapped, edition, older): (bool, bool, bool, bool) =
        desk.in_use.query_row(params![owner, row.0], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
    // Sealed and not mapped is what was given up, mapped anew, and then seen at the target after all.
    let passes = !mapped || (!sealed && edition && older);
    if passes {
        // What an edition before kept of it goes with its key.
        if mapped && desk.goes.execute([owner])? > 0 {
            desk.count.execute([])?;
        }
        desk.free.execute([owner])?;
        desk.give.execute(params![row.0, key])?;
        desk.follow.execute([owner, row.0])?;
        return Ok(());
    }
    if edition && !older {
        // An old edition is mapped after its successor: it is superseded and needs no key.
        return Ok(());
    }
    Err(LedgerError::KeyTaken { row, owner: RowId(owner) })
}

/// Whether anything of this kind was ever sent: from then on the scheme is fixed.
fn is_fixed(conn: &Connection, scheme: Scheme) -> Result<bool> {
    Ok(conn
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM attempt a JOIN plan p ON p.plan_id = a.plan_id
                            WHERE p.kind = ?1) ORDER BY 1",
        )?
        .query_row([scheme.item_kind()], |r| r.get(0))?)
}
