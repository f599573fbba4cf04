//! Walking over items with their derived states, in order, without keeping them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heirloom_model::{Digest, ItemId, ItemState, Moment, RowId, Ruling};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::load::{all, money};
use crate::state::{Ended, ItemEvent, Seen, state_of};
use crate::{ItemLine, PlanId};

/// Which items.
#[derive(Clone, Copy)]
pub(crate) enum Scope {
    All,
    Plan(PlanId),
    Item(ItemId),
}

/// An item as its table has it.
pub(crate) struct RawItem {
    pub item: i64,
    pub plan: i64,
    pub key: String,
    pub row: i64,
    pub bytes: u32,
    pub digest: [u8; 32],
    pub minor: Option<i64>,
    pub currency: Option<i64>,
    /// Which detail of the contact; 0 for a gift or contact as a whole.
    pub part: i64,
    /// What was ruled up to here concerns an earlier item of the row.
    since: i64,
    seen: Seen,
    /// When it was given up, in the order of events.
    given_up: Option<i64>,
    /// Whether a later item of the same row took its place.
    pub replaced: bool,
}

/// What is derived of an item.
#[derive(Clone, Copy)]
pub(crate) struct Standing {
    pub state: ItemState,
    pub attempts: u32,
    pub last_attempt: Option<Moment>,
    pub estranged: Option<Moment>,
    pub doubtful_sends: u32,
    pub elsewhere: u32,
    /// Given up, and not seen at the target: its row is free for a later plan.
    pub free: bool,
}

struct Attempt {
    id: i64,
    seq: i64,
    first: i64,
    last: i64,
    started: Moment,
    end: Option<(i64, Ended)>,
}

/// Look-ups of each item, with their order.
type Looks = BTreeMap<i64, Vec<(i64, Option<i64>)>>;
/// Rulings on each key: order, body's digest, ruling.
type Rulings = HashMap<String, Vec<(i64, [u8; 32], Ruling)>>;
/// Attempt, order, first and last item, start, and the order and kind of its outcome.
type RawAttempt = (i64, i64, i64, i64, i64, Option<i64>, Option<String>);

/// A moment at which the ledger was found not to know all that was sent.
struct Estranged {
    seq: i64,
    at: Moment,
    /// The plans concerned; `None` for all.
    plans: Option<BTreeSet<i64>>,
}

/// Everything that happened to the items of a range.
struct History {
    /// By first item.
    attempts: Vec<Attempt>,
    looks: Looks,
    rulings: Rulings,
    estranged: Vec<Estranged>,
}

/// The attempts that may cover the item at which the walk is.
struct Sweep<'h> {
    history: &'h History,
    next: usize,
    active: Vec<&'h Attempt>,
}

/// Visits items with their standing, by item.
pub(crate) fn walk(
    desk: &mut Desk<'_>,
    scope: Scope,
    mut visit: impl FnMut(&mut Desk<'_>, RawItem, Standing) -> Result<()>,
) -> Result<()> {
    let Some((first, last)) = range(desk.conn, scope)? else {
        return Ok(());
    };
    let history = history(desk, first, last)?;
    let mut sweep = Sweep { history: &history, next: 0, active: Vec::new() };
    let plan = match scope {
        Scope::Plan(plan) => Some(plan.0),
        Scope::All | Scope::Item(_) => None,
    };
    let conn = desk.conn;
    let mut statement = conn.prepare_cached(
        "SELECT i.item_id, b.plan_id, i.key, i.row_id, i.length, i.digest, i.minor, i.currency,
                e.target, length(e.differs), i.part, i.since, u.seq,
                u.seq IS NOT NULL AND EXISTS (
                    SELECT 1 FROM item n WHERE n.row_id = i.row_id AND n.part = i.part AND n.since > i.since)
         FROM item i JOIN body b ON b.body_id = i.body_id LEFT JOIN evidence e ON e.item_id = i.item_id
         LEFT JOIN given_up u ON u.item_id = i.item_id
         WHERE i.item_id BETWEEN ?1 AND ?2 AND (?3 IS NULL OR b.plan_id = ?3) ORDER BY i.item_id",
    )?;
    let mut rows = statement.query(params![first, last, plan])?;
    while let Some(row) = rows.next()? {
        let item = raw_item(row)?;
        let standing = sweep.standing(&item);
        visit(desk, item, standing)?;
    }
    Ok(())
}

/// One item as a line.
pub(crate) fn line(desk: &mut Desk<'_>, raw: RawItem, standing: Standing) -> Result<ItemLine> {
    Ok(ItemLine {
        item: ItemId(raw.item),
        plan: PlanId(raw.plan),
        row: RowId(raw.row),
        bytes: raw.bytes,
        amount: money(desk, raw.minor, raw.currency)?,
        digest: Digest(raw.digest),
        key: raw.key,
        state: standing.state,
        attempts: standing.attempts,
        last_attempt: standing.last_attempt,
        estranged: standing.estranged,
        doubtful_sends: standing.doubtful_sends,
        elsewhere: standing.elsewhere,
        free: standing.free,
        given_up: raw.given_up.is_some(),
        replaced: raw.replaced,
        part: raw.part,
    })
}

fn raw_item(row: &Row<'_>) -> rusqlite::Result<RawItem> {
    Ok(RawItem {
        item: row.get(0)?,
        plan: row.get(1)?,
        key: row.get(2)?,
        row: row.get(3)?,
        bytes: row.get(4)?,
        digest: row.get(5)?,
        minor: row.get(6)?,
        currency: row.get(7)?,
        seen: seen(row.get(8)?, row.get(9)?),
        part: row.get(10)?,
        since: row.get(11)?,
        given_up: row.get(12)?,
        replaced: row.get(13)?,
    })
}

/// How an empty list is encoded: as its length alone.
const EMPTY_LIST_BYTES: i64 = 1;

/// What the newest evidence says: a target without an id and with a reason is an absence.
fn seen(target: Option<i64>, reason_bytes: Option<i64>) -> Seen {
    match (target, reason_bytes) {
        (Some(id), _) if id > 0 => Seen::There,
        (Some(_), Some(bytes)) if bytes > EMPTY_LIST_BYTES => Seen::Gone,
        _ => Seen::Never,
    }
}

/// First and last item of a scope.
pub(crate) fn range(conn: &Connection, scope: Scope) -> Result<Option<(i64, i64)>> {
    let ends = |r: &Row<'_>| {
        let first: Option<i64> = r.get(0)?;
        Ok(first.zip(r.get::<_, Option<i64>>(1)?))
    };
    match scope {
        Scope::Item(item) => Ok(Some((item.0, item.0))),
        Scope::All => {
            let sql = "SELECT (SELECT min(item_id) FROM item), (SELECT max(item_id) FROM item) ORDER BY 1";
            Ok(conn.prepare_cached(sql)?.query_row([], ends)?)
        }
        Scope::Plan(plan) => {
            let sql = "SELECT
                (SELECT min(item_id) FROM item WHERE body_id = (SELECT min(body_id) FROM body WHERE plan_id = ?1)),
                (SELECT max(item_id) FROM item WHERE body_id = (SELECT max(body_id) FROM body WHERE plan_id = ?1))
                ORDER BY 1";
            Ok(conn.prepare_cached(sql)?.query_row([plan.0], ends).optional()?.flatten())
        }
    }
}

fn history(desk: &Desk<'_>, first: i64, last: i64) -> Result<History> {
    let raws: Vec<RawAttempt> = all(
        desk,
        "SELECT a.attempt_id, a.seq, a.first_item, a.last_item, a.started, o.seq, o.kind
         FROM attempt a LEFT JOIN outcome o ON o.attempt_id = a.attempt_id
         WHERE a.last_item >= ?1 AND a.first_item <= ?2 ORDER BY a.first_item, a.attempt_id",
        [first, last],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?, r.get(5)?, r.get(6)?)),
    )?;
    let attempts = raws.into_iter().map(|(id, seq, first, last, started, end_seq, kind)| {
        let wrong = || LedgerError::damaged(format!("the outcome of attempt {id}"));
        let end = kind.map(|kind| Ended::parse(&kind).zip(end_seq).ok_or_else(wrong)).transpose()?;
        Ok(Attempt {
            id,
            seq,
            first,
            last,
            started: Moment(started),
            end: end.map(|(ended, seq)| (seq, ended)),
        })
    });
    Ok(History {
        attempts: attempts.collect::<Result<_>>()?,
        looks: looks(desk, first, last)?,
        rulings: rulings(desk)?,
        estranged: estranged(desk)?,
    })
}

fn looks(desk: &Desk<'_>, first: i64, last: i64) -> Result<Looks> {
    let raws: Vec<(i64, i64, Option<i64>)> = all(
        desk,
        "SELECT item_id, seq, found FROM look WHERE item_id BETWEEN ?1 AND ?2 ORDER BY item_id, seq",
        [first, last],
        |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)),
    )?;
    let mut looks: Looks = BTreeMap::new();
    for (item, seq, found) in raws {
        looks.entry(item).or_default().push((seq, found));
    }
    Ok(looks)
}

fn estranged(desk: &Desk<'_>) -> Result<Vec<Estranged>> {
    let sql = "SELECT seq, everything, at FROM estranged ORDER BY seq";
    let raws: Vec<(i64, bool, i64)> = all(desk, sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    let mut found = Vec::with_capacity(raws.len());
    for (seq, everything, at) in raws {
        let sql = "SELECT plan_id FROM estranged_plan WHERE seq = ?1 ORDER BY plan_id";
        let plans: BTreeSet<i64> = all(desk, sql, [seq], |r| r.get(0))?.into_iter().collect();
        found.push(Estranged { seq, at: Moment(at), plans: (!everything).then_some(plans) });
    }
    Ok(found)
}

fn rulings(desk: &Desk<'_>) -> Result<Rulings> {
    let raws: Vec<(i64, String, [u8; 32], String)> =
        all(desk, "SELECT seq, item_key, body_digest, ruling FROM ruling ORDER BY seq", [], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
        })?;
    let mut rulings: Rulings = HashMap::new();
    for (seq, key, digest, ruling) in raws {
        let ruling = Ruling::parse(&ruling).ok_or_else(|| LedgerError::damaged(format!("ruling {seq}")))?;
        rulings.entry(key).or_default().push((seq, digest, ruling));
    }
    Ok(rulings)
}

impl Sweep<'_> {
    fn standing(&mut self, item: &RawItem) -> Standing {
        let attempts = &self.history.attempts;
        while let Some(attempt) = attempts.get(self.next).filter(|a| a.first <= item.item) {
            self.active.push(attempt);
            self.next += 1;
        }
        self.active.retain(|a| a.last >= item.item);
        let mut events: Vec<(i64, ItemEvent)> = Vec::with_capacity(2 * self.active.len());
        for a in &self.active {
            events.push((a.seq, ItemEvent::Begun { attempt: a.id }));
            if let Some((seq, result)) = a.end {
                let attempt = a.id;
                events.push((seq, ItemEvent::Ended { attempt, result }));
            }
        }
        let looks = self.history.looks.get(&item.item);
        for (seq, found) in looks.into_iter().flatten() {
            events.push((*seq, ItemEvent::Looked { found: *found }));
        }
        if !self.history.rulings.is_empty() {
            let rulings = self.history.rulings.get(&item.key);
            let of_body = rulings.into_iter().flatten().filter(|r| r.1 == item.digest && r.0 > item.since);
            events.extend(of_body.map(|(seq, _, ruling)| (*seq, ItemEvent::Ruled(*ruling))));
        }
        let of_plan = |e: &&Estranged| e.plans.as_ref().is_none_or(|plans| plans.contains(&item.plan));
        let estranged: Vec<&Estranged> = self.history.estranged.iter().filter(of_plan).collect();
        events.extend(estranged.iter().map(|e| (e.seq, ItemEvent::Estranged { mark: e.seq })));
        events.extend(item.given_up.map(|seq| (seq, ItemEvent::GivenUp)));
        events.sort_by_key(|(seq, _)| *seq);
        let events: Vec<ItemEvent> = events.into_iter().map(|(_, event)| event).collect();
        let doubtful = |a: &&&Attempt| matches!(a.end, None | Some((_, Ended::Doubt)));
        let state = state_of(item.seen, &events);
        let last = self.active.iter().max_by_key(|a| a.id).map(|a| a.started);
        Standing {
            state,
            attempts: self.active.len() as u32,
            elsewhere: estranged.len() as u32,
            last_attempt: last,
            estranged: estranged.iter().map(|e| e.at).max(),
            free: item.given_up.is_some() && matches!(state, ItemState::Refused | ItemState::Discarded),
            doubtful_sends: self.active.iter().filter(doubtful).count() as u32,
        }
    }
}
