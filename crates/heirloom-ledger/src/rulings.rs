//! What people rule about donors who may be the same, or may be a contact of the target already.
//! Rulings hang on the donors' keys, so no `redo` loses them; the newest counts.

use std::collections::BTreeMap;

use heirloom_model::{Currency, Moment, RowId};
use rusqlite::{OptionalExtension, params};

use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::load::all;
use crate::{Giving, Ledger, PairRuling, Ruled, RuledMatch, RuledPair};

/// The text of a line that takes back what was ruled before.
const UNDONE: &str = "undone";

/// An attempt that covers an item of the row.
const ATTEMPTED: &str =
    "SELECT 1 FROM item i JOIN attempt a ON a.last_item >= i.item_id AND a.first_item <= i.item_id
    WHERE i.row_id =";

impl Ledger {
    /// Records a person's ruling on two donors, or takes it back.
    ///
    /// # Errors
    /// [`LedgerError::NoSuch`] if one of the rows was never a donor; [`LedgerError::Attempted`] if
    /// one of them, or of their clusters, was sent.
    pub fn rule_pair(&self, a: RowId, b: RowId, ruled: Ruled<'_>) -> Result<()> {
        let (line, at) = (Line::of(&ruled), ruled.at);
        self.commit("record a ruling on a pair", move |desk| {
            let (a_key, b_key) = (donor_key(desk, a.min(b))?, donor_key(desk, a.max(b))?);
            refuse_sent(desk, a)?;
            refuse_sent(desk, b)?;
            desk.conn.execute(
                "INSERT INTO pair_ruling (a_key, b_key, ruling, initials, note, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![a_key, b_key, line.ruling, line.initials, line.note, at.0],
            )?;
            Ok(())
        })
    }

    /// The newest ruling on each pair whose donors are here, by rows; none where it was taken back.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn pair_rulings(&self) -> Result<Vec<RuledPair>> {
        self.look("list the rulings on pairs", |desk| {
            let sql = "SELECT a.row_id, b.row_id, p.ruling, p.initials, p.note, p.at FROM pair_ruling p
                JOIN donor_key a ON a.key = p.a_key JOIN donor_key b ON b.key = p.b_key
                ORDER BY p.number";
            let mut newest = BTreeMap::new();
            for (a, b, line, at) in lines(desk, sql)? {
                let (a, b) = (RowId(a.min(b)), RowId(a.max(b)));
                newest.remove(&(a, b));
                if let Some(ruling) = line.parsed()? {
                    let Line { initials, note, .. } = line;
                    newest.insert((a, b), RuledPair { a, b, ruling, initials, note, at: Moment(at) });
                }
            }
            Ok(newest.into_values().collect())
        })
    }

    /// Records a person's ruling whether a donor is a contact of the target, or takes it back. A
    /// match that was made otherwise goes at once.
    ///
    /// # Errors
    /// As [`Ledger::rule_pair`].
    pub fn rule_match(&self, row: RowId, target: i64, ruled: Ruled<'_>) -> Result<()> {
        let (line, at) = (Line::of(&ruled), ruled.at);
        self.commit("record a ruling on a match", move |desk| {
            let key = donor_key(desk, row)?;
            refuse_sent(desk, row)?;
            desk.conn.execute(
                "INSERT INTO match_ruling (donor_key, target, ruling, initials, note, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![key, target, line.ruling, line.initials, line.note, at.0],
            )?;
            for table in ["contact_match", "match_doubt"] {
                let sql = format!(
                    "DELETE FROM {table} WHERE contact = (SELECT contact FROM cluster WHERE row_id = ?1)"
                );
                desk.conn.execute(&sql, [row.0])?;
            }
            Ok(())
        })
    }

    /// The newest ruling on each donor and contact of the target, by row and contact.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn match_rulings(&self) -> Result<Vec<RuledMatch>> {
        self.look("list the rulings on matches", |desk| {
            let sql = "SELECT d.row_id, m.target, m.ruling, m.initials, m.note, m.at FROM match_ruling m
                JOIN donor_key d ON d.key = m.donor_key ORDER BY m.number";
            let mut newest = BTreeMap::new();
            for (row, target, line, at) in lines(desk, sql)? {
                newest.remove(&(row, target));
                if let Some(ruling) = line.parsed()? {
                    let Line { initials, note, .. } = line;
                    let ruled =
                        RuledMatch { row: RowId(row), target, ruling, initials, note, at: Moment(at) };
                    newest.insert((row, target), ruled);
                }
            }
            Ok(newest.into_values().collect())
        })
    }

    /// What each donor gave, by legacy id and currency.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn giving(&self) -> Result<Vec<Giving>> {
        self.look("add up what donors gave", |desk| {
            let sql = "SELECT w.text, c.text, count(*), sum(g.minor) FROM gift g
                JOIN word w ON w.word_id = g.donor JOIN word c ON c.word_id = g.currency
                GROUP BY g.donor, g.currency ORDER BY w.text, c.text";
            let raws: Vec<(String, String, i64, i64)> =
                all(desk, sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
            let giving = raws.into_iter().map(|(donor, currency, gifts, minor)| {
                let currency = Currency::new(&currency).map_err(|_| LedgerError::damaged("a currency"))?;
                Ok(Giving { donor, currency, gifts: gifts.unsigned_abs(), minor: minor.into() })
            });
            giving.collect()
        })
    }
}

/// The texts of a ruling's line.
struct Line {
    ruling: String,
    initials: String,
    note: String,
}

impl Line {
    fn of(ruled: &Ruled<'_>) -> Line {
        Line {
            ruling: ruled.ruling.map_or(UNDONE, PairRuling::as_str).to_owned(),
            initials: ruled.initials.to_owned(),
            note: ruled.note.to_owned(),
        }
    }

    /// The ruling; `None` if the line takes one back.
    fn parsed(&self) -> Result<Option<PairRuling>> {
        match PairRuling::parse(&self.ruling) {
            None if self.ruling != UNDONE => Err(LedgerError::damaged("a ruling")),
            found => Ok(found),
        }
    }
}

/// Rulings with what they are about, oldest first.
fn lines(desk: &Desk<'_>, sql: &str) -> Result<Vec<(i64, i64, Line, i64)>> {
    all(desk, sql, [], |r| {
        let line = Line { ruling: r.get(2)?, initials: r.get(3)?, note: r.get(4)? };
        Ok((r.get(0)?, r.get(1)?, line, r.get(5)?))
    })
}

/// Refuses if the contact of a donor, or a gift of anybody in it, was sent.
fn refuse_sent(desk: &Desk<'_>, row: RowId) -> Result<()> {
    let sql = format!(
        "SELECT c.row_id FROM cluster c
         WHERE c.contact = (SELECT contact FROM cluster WHERE row_id = ?1) AND (
            EXISTS ({ATTEMPTED} c.row_id)
            OR EXISTS (SELECT 1 FROM donor d JOIN gift g ON g.donor = d.legacy
                       WHERE d.row_id = c.row_id AND EXISTS ({ATTEMPTED} g.row_id)))
         ORDER BY c.row_id LIMIT 1"
    );
    let sent: Option<i64> = desk.conn.query_row(&sql, [row.0], |r| r.get(0)).optional()?;
    match sent {
        None => Ok(()),
        Some(sent) => {
            let sent = RowId(sent);
            let (row, file) = (sent.sequence(), sent.file().0);
            let what = format!("what is ruled about the donor on row {row} of file {file}");
            Err(LedgerError::Attempted { what })
        }
    }
}

fn donor_key(desk: &Desk<'_>, row: RowId) -> Result<String> {
    let sql = "SELECT key FROM donor_key WHERE row_id = ?1 ORDER BY row_id";
    let key = desk.conn.query_row(sql, [row.0], |r| r.get(0)).optional()?;
    key.ok_or_else(|| {
        LedgerError::no_such(format!("a donor on row {} of file {}", row.sequence(), row.file().0))
    })
}
