//! The stage *submit*: attempts before the bytes leave, outcomes, look-ups, rulings, and the
//! rate window that survives a restart.

use heirloom_model::{Digest, ItemId, Moment, Outcome, Ruling};
use rusqlite::{Connection, OptionalExtension, params};

use crate::error::{LedgerError, Result};
use crate::load::all;
use crate::read::already;
use crate::{AttemptId, AttemptLine, Ledger, PlanId, RulingLine, Window};

/// The order of attempts, outcomes, look-ups and rulings among each other.
pub(crate) fn next_seq(conn: &Connection) -> Result<i64> {
    Ok(conn
        .prepare_cached(
            "SELECT 1 + max(
                coalesce((SELECT max(seq) FROM attempt), 0), coalesce((SELECT max(seq) FROM outcome), 0),
                coalesce((SELECT max(seq) FROM look), 0), coalesce((SELECT max(seq) FROM ruling), 0),
                coalesce((SELECT max(seq) FROM estranged), 0), coalesce((SELECT max(seq) FROM given_up), 0))
             ORDER BY 1",
        )?
        .query_row([], |r| r.get(0))?)
}

impl Ledger {
    /// Records that a span of items of one closed plan is about to be sent. Durable when it
    /// returns; numbers rise by one.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] if the plan is not closed or the span is not inside it.
    pub fn begin_attempt(
        &self,
        plan: PlanId,
        first: ItemId,
        last: ItemId,
        envelope: &str,
        request_digest: Digest,
        at: Moment,
    ) -> Result<AttemptId> {
        let envelope = envelope.to_owned();
        self.commit("begin an attempt", move |desk| {
            let items = expect_span(desk.conn, plan, first, last)?;
            let seq = next_seq(desk.conn)?;
            desk.conn
                .prepare_cached(
                    "INSERT INTO attempt (seq, plan_id, first_item, last_item, items, envelope, request_digest, started)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .execute(params![
                    seq,
                    plan.0,
                    first.0,
                    last.0,
                    items,
                    envelope,
                    request_digest.0,
                    at.0
                ])?;
            Ok(AttemptId(desk.conn.last_insert_rowid()))
        })
    }

    /// Records what became of an attempt, once.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyDone`] for a second outcome; [`LedgerError::NoSuch`] attempt.
    pub fn end_attempt(&self, attempt: AttemptId, outcome: &Outcome, at: Moment) -> Result<()> {
        let outcome = outcome.clone();
        self.commit("end an attempt", move |desk| {
            let state: Option<bool> = desk
                .conn
                .prepare_cached(
                    "SELECT o.attempt_id IS NOT NULL FROM attempt a
                     LEFT JOIN outcome o ON o.attempt_id = a.attempt_id
                     WHERE a.attempt_id = ?1 ORDER BY a.attempt_id",
                )?
                .query_row([attempt.0], |r| r.get(0))
                .optional()?;
            match state {
                None => return Err(LedgerError::no_such(format!("attempt {}", attempt.0))),
                Some(true) => return Err(already(format!("the outcome of attempt {}", attempt.0))),
                Some(false) => {}
            }
            let (code, text, wait_ms) = parts(&outcome);
            let seq = next_seq(desk.conn)?;
            desk.conn
                .prepare_cached(
                    "INSERT INTO outcome (attempt_id, seq, kind, code, text, wait_ms, ended)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![attempt.0, seq, outcome.as_str(), code, text, wait_ms, at.0])?;
            Ok(())
        })
    }

    /// Records a settled look-up: found under this id, found without one yet (`Some(0)`), or
    /// answered 404 (`None`). A failed look-up is no look-up and must not be saved.
    ///
    /// # Errors
    /// If there is no such item.
    pub fn save_look(&self, item: ItemId, found: Option<i64>, at: Moment) -> Result<()> {
        self.commit("save a look-up", move |desk| {
            let seq = next_seq(desk.conn)?;
            desk.conn
                .prepare_cached("INSERT INTO look (seq, item_id, found, at) VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![seq, item.0, found, at.0])?;
            Ok(())
        })
    }

    /// Records a person's ruling on the item with this key and body; it settles the attempts begun
    /// before it, and outlives every `redo`.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn rule(
        &self,
        item_key: &str,
        body_digest: Digest,
        ruling: Ruling,
        initials: &str,
        note: &str,
        at: Moment,
    ) -> Result<()> {
        let texts = [item_key, initials, note].map(str::to_owned);
        self.commit("record a ruling", move |desk| {
            let seq = next_seq(desk.conn)?;
            let [key, initials, note] = &texts;
            desk.conn.execute(
                "INSERT INTO ruling (seq, item_key, body_digest, ruling, initials, note, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![seq, key, body_digest.0, ruling.as_str(), initials, note, at.0],
            )?;
            Ok(())
        })
    }

    /// All rulings, in the order in which they were made.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn rulings(&self) -> Result<Vec<RulingLine>> {
        self.look("list the rulings", |desk| {
            let sql = "SELECT item_key, body_digest, ruling, initials, note, at FROM ruling ORDER BY seq";
            let raws: Vec<(String, RulingLine)> = all(desk, sql, [], |r| {
                let line = RulingLine {
                    key: r.get(0)?,
                    body_digest: Digest(r.get(1)?),
                    ruling: Ruling::Sent,
                    initials: r.get(3)?,
                    note: r.get(4)?,
                    at: Moment(r.get(5)?),
                };
                Ok((r.get(2)?, line))
            })?;
            let lines = raws.into_iter().map(|(ruling, line)| {
                let ruling = Ruling::parse(&ruling);
                let ruling = ruling.ok_or_else(|| LedgerError::damaged("a ruling"))?;
                Ok(RulingLine { ruling, ..line })
            });
            lines.collect()
        })
    }

    /// All attempts with their outcomes, by number.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn attempts(&self) -> Result<Vec<AttemptLine>> {
        self.look("list the attempts", |desk| {
            let sql = "SELECT a.attempt_id, a.plan_id, a.first_item, a.last_item, a.items, a.request_digest,
                a.started, o.kind, coalesce(o.text, ''), o.ended, a.envelope
                FROM attempt a LEFT JOIN outcome o ON o.attempt_id = a.attempt_id ORDER BY a.attempt_id";
            all(desk, sql, [], |r| {
                Ok(AttemptLine {
                    id: AttemptId(r.get(0)?),
                    plan: PlanId(r.get(1)?),
                    first: ItemId(r.get(2)?),
                    last: ItemId(r.get(3)?),
                    items: r.get::<_, i64>(4)?.unsigned_abs(),
                    envelope: r.get(10)?,
                    request_digest: Digest(r.get(5)?),
                    started: Moment(r.get(6)?),
                    outcome: r.get(7)?,
                    text: r.get(8)?,
                    ended: r.get::<_, Option<i64>>(9)?.map(Moment),
                })
            })
        })
    }

    /// Records a request to the vendor, whatever it was for.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn record_call(&self, at: Moment, what: &str, status: Option<u16>) -> Result<()> {
        let what = what.to_owned();
        self.commit("record a call", move |desk| {
            desk.conn
                .prepare_cached("INSERT INTO call (at, what, status) VALUES (?1, ?2, ?3)")?
                .execute(params![at.0, what, status])?;
            Ok(())
        })
    }

    /// When requests were made, from a moment on, in order.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn calls_since(&self, at: Moment) -> Result<Vec<Moment>> {
        self.look("list the calls", move |desk| {
            let sql = "SELECT at FROM call WHERE at >= ?1 ORDER BY at, call_id";
            all(desk, sql, [at.0], |r| Ok(Moment(r.get(0)?)))
        })
    }

    /// How many requests were ever made: the same number again once no more were.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn calls_made(&self) -> Result<u64> {
        self.look("count the calls", |desk| {
            let sql = "SELECT coalesce(max(call_id), 0) FROM call ORDER BY 1";
            Ok(desk.conn.query_row(sql, [], |r| r.get::<_, i64>(0))?.unsigned_abs())
        })
    }

    /// Keeps the rate window as it was last seen.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn save_window(&self, window: Window) -> Result<()> {
        self.commit("keep the rate window", move |desk| {
            desk.conn
                .prepare_cached(
                    "INSERT INTO rate_window (one, allowed, remaining, reset, at) VALUES (1, ?1, ?2, ?3, ?4)
                     ON CONFLICT (one) DO UPDATE SET allowed = excluded.allowed,
                        remaining = excluded.remaining, reset = excluded.reset, at = excluded.at",
                )?
                .execute(params![window.limit, window.remaining, window.reset.0, window.at.0])?;
            Ok(())
        })
    }

    /// The rate window as it was last seen.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn window(&self) -> Result<Option<Window>> {
        self.look("read the rate window", |desk| {
            let sql = "SELECT allowed, remaining, reset, at FROM rate_window ORDER BY one";
            let window = desk.conn.query_row(sql, [], |r| {
                Ok(Window {
                    limit: r.get(0)?,
                    remaining: r.get(1)?,
                    reset: Moment(r.get(2)?),
                    at: Moment(r.get(3)?),
                })
            });
            Ok(window.optional()?)
        })
    }
}

/// Counts the items of a span; all of them must be of this closed plan.
fn expect_span(conn: &Connection, plan: PlanId, first: ItemId, last: ItemId) -> Result<i64> {
    let (items, foreign, closed): (i64, i64, bool) = conn
        .prepare_cached(
            "SELECT count(*), coalesce(sum(b.plan_id <> ?1), 0),
                    EXISTS (SELECT 1 FROM plan_end WHERE plan_id = ?1)
             FROM item i JOIN body b ON b.body_id = i.body_id
             WHERE i.item_id BETWEEN ?2 AND ?3 ORDER BY 1",
        )?
        .query_row(params![plan.0, first.0, last.0], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    let ends: i64 = conn
        .prepare_cached("SELECT count(*) FROM item WHERE item_id IN (?1, ?2) ORDER BY 1")?
        .query_row([first.0, last.0], |r| r.get(0))?;
    let whole = ends == if first == last { 1 } else { 2 };
    if !closed || items == 0 || foreign != 0 || !whole {
        return Err(LedgerError::refused(format!(
            "send items {} to {}: they are not a span of the closed plan {}",
            first.0, last.0, plan.0
        )));
    }
    Ok(items)
}

/// Status, words and wait of an outcome.
fn parts(outcome: &Outcome) -> (Option<u16>, &str, Option<i64>) {
    match outcome {
        Outcome::Accepted | Outcome::AlreadyThere => (None, "", None),
        Outcome::Conflict { text } => (None, text, None),
        Outcome::Refused { code, text } => (Some(*code), text, None),
        Outcome::NoEffect { why, wait_ms } => (None, why, Some(*wait_ms)),
        Outcome::InDoubt { why } => (None, why, None),
    }
}
