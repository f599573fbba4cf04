//! Bodies of items: compressed chunk by chunk, each item a slice of one, digests on both ways.

use heirloom_model::{Digest, ItemId, ItemKind, Moment, Money, RowId, Sealed};
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use crate::PlanId;
use crate::codec::{pack, unpack};
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::load::{self, all};
use crate::submit::next_seq;
use crate::withdraw::give_up;

/// Bodies that are compressed together.
const CHUNK_ITEMS: usize = 256;

/// Items compressed together, made ready on the caller's thread.
pub struct Chunk {
    bytes: Vec<u8>,
    items: Vec<Slice>,
}

/// An item without its body, which is a slice of the chunk.
struct Slice {
    row: RowId,
    key: String,
    length: usize,
    digest: Digest,
    amount: Option<Money>,
    /// Which detail of the contact; 0 for a gift or contact as a whole.
    part: i64,
}

impl Chunk {
    /// Makes items ready, [`CHUNK_ITEMS`] together. Digests are taken anew: what is kept is true
    /// of the bytes that are kept.
    pub(crate) fn all_of(items: &[(RowId, Sealed)]) -> Vec<Chunk> {
        items.chunks(CHUNK_ITEMS).map(Chunk::of).collect()
    }

    /// Makes the items of one chunk ready: a few hundred compress best.
    pub fn of(items: &[(RowId, Sealed)]) -> Chunk {
        let bodies: String = items.iter().map(|(_, s)| s.body.as_str()).collect();
        let slices = items.iter().map(|(row, sealed)| Slice {
            row: *row,
            key: sealed.key.clone(),
            length: sealed.body.len(),
            digest: Digest::of(sealed.body.as_bytes()),
            amount: sealed.amount,
            part: sealed.part,
        });
        Chunk { bytes: pack(bodies.as_bytes()), items: slices.collect() }
    }

    /// Items in it.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Writes a chunk and its items.
pub(crate) fn insert(desk: &mut Desk<'_>, plan: PlanId, kind: ItemKind, chunk: &Chunk) -> Result<()> {
    let conn = desk.conn;
    conn.prepare_cached("INSERT INTO body (plan_id, bytes) VALUES (?1, ?2)")?
        .execute(params![plan.0, chunk.bytes])?;
    let body = conn.last_insert_rowid();
    expect_results(conn, kind, &chunk.items)?;
    let mut add = conn.prepare_cached(
        "INSERT INTO item (body_id, row_id, part, since, key, start, length, digest, minor, currency)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (row_id, part, since) DO NOTHING",
    )?;
    let mut start = 0usize;
    for item in &chunk.items {
        if !insert_item(desk, &mut add, (body, start), item, 0)? {
            let since = make_way(desk, item)?;
            insert_item(desk, &mut add, (body, start), item, since)?;
        }
        start += item.length;
    }
    Ok(())
}

/// Writes one item at its place in a body; `false` if the row has such an item already.
fn insert_item(
    desk: &mut Desk<'_>,
    add: &mut CachedStatement<'_>,
    (body, start): (i64, usize),
    item: &Slice,
    since: i64,
) -> Result<bool> {
    let currency = match item.amount {
        Some(amount) => Some(desk.word(amount.currency().as_str())?),
        None => None,
    };
    let added = add.execute(params![
        body,
        item.row.0,
        item.part,
        since,
        item.key,
        start as i64,
        item.length as i64,
        item.digest.0,
        item.amount.map(|m| m.minor()),
        currency
    ])?;
    Ok(added == 1)
}

/// Lets a row go again: every earlier item of it must have been given up and still be refused or
/// discarded. Gives the point in the order of events from which the new item stands.
fn make_way(desk: &mut Desk<'_>, item: &Slice) -> Result<i64> {
    let sql =
        "SELECT i.item_id, u.item_id IS NOT NULL FROM item i LEFT JOIN given_up u ON u.item_id = i.item_id
        WHERE i.row_id = ?1 AND i.part = ?2 ORDER BY i.item_id";
    let earlier: Vec<(i64, bool)> = all(desk, sql, [item.row.0, item.part], |r| Ok((r.get(0)?, r.get(1)?)))?;
    for (id, given_up) in earlier {
        if !given_up || !give_up(desk, ItemId(id), "", "", Moment(0))? {
            return Err(LedgerError::InPlan { row: item.row, item: ItemId(id) });
        }
    }
    Ok(next_seq(desk.conn)? - 1)
}

/// A sealed row is a mapped one; a gift is sent under the key assigned to its row and no other.
fn expect_results(conn: &Connection, kind: ItemKind, items: &[Slice]) -> Result<()> {
    let mut wanted: Vec<&Slice> = items.iter().collect();
    wanted.sort_by_key(|item| item.row);
    let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else {
        return Ok(());
    };
    let mut statement = conn.prepare_cached(results(kind))?;
    let mut rows = statement.query([first.row.0, last.row.0])?;
    let mut wanted = wanted.into_iter().peekable();
    while let Some(row) = rows.next()? {
        let found = RowId(row.get(0)?);
        // Items come by row, and so do results: one behind the results has none.
        while let Some(item) = wanted.next_if(|item| item.row <= found) {
            if item.row < found {
                return Err(no_result(kind, item.row));
            }
            let key = row.get_ref(1)?.as_str_or_null().unwrap_or_default();
            if key.is_some_and(|key| key != item.key)
                || item.key.is_empty()
                || (kind == ItemKind::Gift && key.is_none())
            {
                let what = "its key is not the one assigned to it";
                return Err(LedgerError::refused(format!("seal {}: {what}", place(item.row))));
            }
        }
    }
    wanted.next().map_or(Ok(()), |item| Err(no_result(kind, item.row)))
}

/// The mapped rows of a span, with the keys that their items must have.
fn results(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Gift => {
            "SELECT g.row_id, k.key FROM gift g LEFT JOIN gift_key k ON k.row_id = g.row_id
             WHERE g.row_id BETWEEN ?1 AND ?2 ORDER BY g.row_id"
        }
        // Row 0 is no row of a file: the one agreed contact of gifts without a donor.
        ItemKind::Contact => {
            "SELECT 0, NULL WHERE ?1 = 0
             UNION ALL SELECT row_id, NULL FROM donor WHERE row_id BETWEEN ?1 AND ?2 ORDER BY 1"
        }
        // A pledge or schedule is a detail of its donor's contact.
        ItemKind::Detail => {
            "SELECT 0, NULL WHERE ?1 = 0
             UNION ALL SELECT row_id, NULL FROM donor WHERE row_id BETWEEN ?1 AND ?2
             UNION ALL SELECT row_id, NULL FROM promise WHERE row_id BETWEEN ?1 AND ?2 ORDER BY 1"
        }
    }
}

fn place(row: RowId) -> String {
    format!("row {} of file {}", row.sequence(), row.file().0)
}

fn no_result(kind: ItemKind, row: RowId) -> LedgerError {
    LedgerError::refused(format!("seal {}: it is no {} of this ledger", place(row), kind.as_str()))
}

/// The items of a span with their bodies.
pub(crate) fn bodies(desk: &mut Desk<'_>, first: ItemId, last: ItemId) -> Result<Vec<Sealed>> {
    let conn = desk.conn;
    let mut statement = conn.prepare_cached(
        "SELECT item_id, body_id, key, start, length, digest, minor, currency, part FROM item
         WHERE item_id BETWEEN ?1 AND ?2 ORDER BY item_id",
    )?;
    let mut rows = statement.query([first.0, last.0])?;
    let mut open: (i64, Vec<u8>) = (0, Vec::new());
    let mut sealed = Vec::new();
    while let Some(row) = rows.next()? {
        let (item, body): (i64, i64) = (row.get(0)?, row.get(1)?);
        let damaged = || LedgerError::damaged(format!("item {item}"));
        if open.0 != body {
            open = (body, chunk_bytes(conn, body)?.ok_or_else(damaged)?);
        }
        let (start, length): (i64, i64) = (row.get(3)?, row.get(4)?);
        let slice = slice(&open.1, start, length).ok_or_else(damaged)?;
        let digest = Digest(row.get(5)?);
        if Digest::of(slice.as_bytes()) != digest {
            return Err(damaged());
        }
        sealed.push(Sealed {
            key: row.get(2)?,
            body: slice.to_owned(),
            digest,
            amount: load::money(desk, row.get(6)?, row.get(7)?)?,
            part: row.get(8)?,
        });
    }
    Ok(sealed)
}

fn slice(bytes: &[u8], start: i64, length: i64) -> Option<&str> {
    let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
    std::str::from_utf8(bytes.get(start..start.checked_add(length)?)?).ok()
}

fn chunk_bytes(conn: &Connection, body: i64) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT bytes FROM body WHERE body_id = ?1 ORDER BY body_id";
    let packed: Option<Vec<u8>> = conn.prepare_cached(sql)?.query_row([body], |r| r.get(0)).optional()?;
    Ok(packed.and_then(|bytes| unpack(&bytes)))
}
