//! Whether everything is as it was written, and nothing contradicts anything else.

use heirloom_model::{Digest, FileId, RowId};
use rusqlite::params;

use crate::codec::unpack;
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::load::{self, all};
use crate::plan_end::{facts, sums};
use crate::{Damage, Ledger, PlanId, rows_codec};

/// Gifts and donors decoded at a time.
const PAGE: u32 = 10_000;

/// Tables of which a row may be in one only.
const PLACES: [&str; 5] = ["gift", "part", "donor", "stopped", "repeat"];

impl Ledger {
    /// Looks for damage: SQLite's own checks, digests of chunks, items and plans, gaps in what is
    /// numbered, rows in two places, counts and sums that disagree. An empty list is good news.
    ///
    /// # Errors
    /// If the ledger cannot be read at all.
    pub fn check(&self) -> Result<Vec<Damage>> {
        self.look("check the ledger", |desk| {
            let mut damage = Vec::new();
            sqlite(desk, &mut damage)?;
            chunks(desk, &mut damage)?;
            places(desk, &mut damage)?;
            contents(desk, &mut damage)?;
            contradictions(desk, &mut damage)?;
            bodies(desk, &mut damage)?;
            plans(desk, &mut damage)?;
            Ok(damage)
        })
    }
}

fn note(damage: &mut Vec<Damage>, table: &str, row: Option<i64>, what: impl Into<String>) {
    damage.push(Damage { table: table.to_owned(), row: row.map(RowId), what: what.into() });
}

fn sqlite(desk: &Desk<'_>, damage: &mut Vec<Damage>) -> Result<()> {
    for line in all(desk, "PRAGMA integrity_check", [], |r| r.get::<_, String>(0))? {
        if line != "ok" {
            note(damage, "sqlite", None, line);
        }
    }
    let broken =
        all(desk, "PRAGMA foreign_key_check", [], |r| Ok((r.get::<_, String>(0)?, r.get::<_, String>(2)?)))?;
    for (table, parent) in broken {
        note(damage, &table, None, format!("refers to a missing {parent}"));
    }
    Ok(())
}

fn chunks(desk: &Desk<'_>, damage: &mut Vec<Damage>) -> Result<()> {
    let mut statement = desk.conn.prepare_cached(
        "SELECT file_id, number, rows, digest, body,
                row_number() OVER (PARTITION BY file_id ORDER BY number) - 1
         FROM chunk ORDER BY file_id, number",
    )?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        let (file, number, count): (u32, i64, usize) = (r.get(0)?, r.get(1)?, r.get::<_, u32>(2)? as usize);
        let (digest, body): ([u8; 32], Vec<u8>) = (r.get(3)?, r.get(4)?);
        let name = format!("chunk {number} of file {file}");
        if r.get::<_, i64>(5)? != number {
            note(damage, "chunk", None, format!("{name} follows a gap"));
        }
        if Digest::of(&body).0 != digest {
            note(damage, "chunk", None, format!("{name} is not as it was written"));
        } else if rows_codec::decode(FileId(file), &body).is_none_or(|rows| rows.len() != count) {
            note(damage, "chunk", None, format!("{name} cannot be read"));
        }
    }
    Ok(())
}

fn places(desk: &Desk<'_>, damage: &mut Vec<Damage>) -> Result<()> {
    for (i, a) in PLACES.iter().enumerate() {
        for b in &PLACES[i + 1..] {
            let sql =
                format!("SELECT a.row_id FROM {a} a JOIN {b} b ON b.row_id = a.row_id ORDER BY a.row_id");
            for row in all(desk, &sql, [], |r| r.get::<_, i64>(0))? {
                note(damage, a, Some(row), format!("the row is also in {b}"));
            }
        }
    }
    let counted: Vec<String> =
        PLACES.iter().map(|t| format!("(SELECT count(*) FROM {t} t WHERE t.map_id = m.map_id)")).collect();
    let sql = format!(
        "SELECT map_id, placed, found FROM (SELECT m.map_id, m.placed, {} AS found FROM map_chunk m)
         WHERE placed <> found ORDER BY map_id",
        counted.join(" + ")
    );
    let wrong: Vec<(i64, i64, i64)> = all(desk, &sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    for (map, placed, found) in wrong {
        let what = format!("mapping {map} placed {placed} rows, {found} are there");
        note(damage, "map_chunk", None, what);
    }
    Ok(())
}

/// Decodes every gift and donor; a split gift's parts must add up.
fn contents(desk: &mut Desk<'_>, damage: &mut Vec<Damage>) -> Result<()> {
    for table in ["gift", "donor"] {
        let mut after = -1i64;
        loop {
            let sql = format!("SELECT row_id FROM {table} WHERE row_id > ?1 ORDER BY row_id LIMIT ?2");
            let page: Vec<i64> = all(desk, &sql, params![after, PAGE], |r| r.get(0))?;
            let Some(last) = page.last().copied() else {
                break;
            };
            if read_page(desk, table, (after, last)).is_err() {
                for row in page {
                    if read_page(desk, table, (row - 1, row)).is_err() {
                        note(damage, table, Some(row), "the row cannot be read back");
                    }
                }
            }
            after = last;
        }
    }
    Ok(())
}

fn read_page(desk: &mut Desk<'_>, table: &str, (after, last): (i64, i64)) -> Result<()> {
    if table == "gift" {
        let condition = "WHERE g.row_id > ?1 AND g.row_id <= ?2 ORDER BY g.row_id";
        load::gifts(desk, condition, [after, last]).map(|_| ())
    } else {
        let condition = "WHERE d.row_id > ?1 AND d.row_id <= ?2 ORDER BY d.row_id";
        load::donors(desk, condition, [after, last]).map(|_| ())
    }
}

/// Statements that find rows which must not be, with what to say of them.
const CONTRADICTIONS: [(&str, &str, &str); 6] = [
    (
        "gift",
        "SELECT g.row_id FROM gift g
         WHERE g.rows <> 1 + (SELECT count(*) FROM part p WHERE p.gift_row = g.row_id) ORDER BY 1",
        "the gift says that it stands on another number of rows",
    ),
    (
        "gift_key",
        "SELECT g.row_id FROM gift g LEFT JOIN gift_key k ON k.row_id = g.row_id
         WHERE k.key IS NULL AND NOT EXISTS (
            SELECT 1 FROM superseded_file o WHERE o.file_id = g.row_id >> 32) ORDER BY 1",
        "the gift has no key",
    ),
    (
        "item",
        "SELECT i.row_id FROM item i JOIN gift_key k ON k.row_id = i.row_id
         JOIN gift g ON g.row_id = i.row_id WHERE k.key <> i.key ORDER BY 1",
        "the item has another key than its row",
    ),
    (
        "item",
        "SELECT i.row_id FROM item i WHERE i.row_id <> 0
         AND NOT (i.part > 0 AND (EXISTS (SELECT 1 FROM promise p WHERE p.row_id = i.row_id)
            OR EXISTS (SELECT 1 FROM chunk c JOIN superseded_file o ON o.file_id = c.file_id
                WHERE c.file_id = i.row_id >> 32)))
         AND NOT EXISTS (SELECT 1 FROM given_up u WHERE u.item_id = i.item_id)
         AND NOT EXISTS (SELECT 1 FROM gift g WHERE g.row_id = i.row_id)
         AND NOT EXISTS (SELECT 1 FROM donor d WHERE d.row_id = i.row_id) ORDER BY 1",
        "the item stands on nothing",
    ),
    (
        "item",
        "SELECT i.row_id FROM item i JOIN gift g ON g.row_id = i.row_id
         WHERE i.minor IS NOT NULL AND (i.minor <> g.minor OR i.currency <> g.currency)
         AND NOT EXISTS (SELECT 1 FROM given_up u WHERE u.item_id = i.item_id) ORDER BY 1",
        "the item has another amount than its gift",
    ),
    (
        "item",
        "SELECT i.row_id FROM item i JOIN item n ON n.row_id = i.row_id AND n.part = i.part AND n.since > i.since
         WHERE NOT EXISTS (SELECT 1 FROM given_up u WHERE u.item_id = i.item_id) ORDER BY 1",
        "the row went again although its first item was not given up",
    ),
];

fn contradictions(desk: &Desk<'_>, damage: &mut Vec<Damage>) -> Result<()> {
    for (table, sql, what) in CONTRADICTIONS {
        for row in all(desk, sql, [], |r| r.get::<_, i64>(0))? {
            note(damage, table, Some(row), what);
        }
    }
    let sql = "SELECT attempt_id FROM attempt ORDER BY attempt_id";
    for (expected, id) in (1i64..).zip(all(desk, sql, [], |r| r.get::<_, i64>(0))?) {
        if expected != id {
            note(damage, "attempt", None, format!("attempt {expected} is missing"));
            break;
        }
    }
    Ok(())
}

fn bodies(desk: &Desk<'_>, damage: &mut Vec<Damage>) -> Result<()> {
    let mut chunks = desk.conn.prepare_cached("SELECT body_id, bytes FROM body ORDER BY body_id")?;
    let items = "SELECT item_id, row_id, start, length, digest FROM item WHERE body_id = ?1 ORDER BY item_id";
    let mut rows = chunks.query([])?;
    while let Some(r) = rows.next()? {
        let body: i64 = r.get(0)?;
        let bytes = unpack(&r.get::<_, Vec<u8>>(1)?).unwrap_or_default();
        let slices: Vec<(i64, i64, usize, usize, [u8; 32])> = all(desk, items, [body], |r| {
            let (start, length): (u32, u32) = (r.get(2)?, r.get(3)?);
            Ok((r.get(0)?, r.get(1)?, start as usize, length as usize, r.get(4)?))
        })?;
        for (item, row, start, length, digest) in slices {
            let slice = bytes.get(start..start + length);
            if slice.is_none_or(|s| Digest::of(s).0 != digest) {
                let what = format!("the body of item {item} is not as it was sealed");
                note(damage, "item", Some(row), what);
            }
        }
    }
    Ok(())
}

fn plans(desk: &mut Desk<'_>, damage: &mut Vec<Damage>) -> Result<()> {
    let sql = "SELECT plan_id FROM plan_end ORDER BY plan_id";
    for id in all(desk, sql, [], |r| r.get::<_, i64>(0))? {
        let plan = PlanId(id);
        let written = match facts(desk, plan) {
            Ok(Some(written)) => written,
            Ok(None) => continue,
            Err(LedgerError::Damaged { what }) => {
                note(damage, "plan_end", None, what);
                continue;
            }
            Err(other) => return Err(other),
        };
        let now = sums(desk, plan)?;
        let total: Vec<_> = now.totals.into_iter().collect();
        if (written.items, &written.total, written.digest) != (now.items, &total, now.digest) {
            let what = format!("plan {id} is not what was closed");
            note(damage, "plan_end", None, what);
        }
    }
    Ok(())
}
