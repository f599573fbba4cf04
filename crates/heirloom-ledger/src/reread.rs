//! Rows that were sent and read otherwise now: the mapping was corrected after them, or their file. What was
//! sent never changes; what it should be is a list for a person.

use std::collections::BTreeMap;

use heirloom_model::{Changed, Digest, Hasher, Moment, RowId};
use rusqlite::{Connection, params};

use crate::Ledger;
use crate::batch::Who;
use crate::codec::{Reader, Writer};
use crate::error::{LedgerError, Result};
use crate::load::all;

/// A row that was sent, and what it reads as now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reread {
    /// The row.
    pub row: RowId,
    /// The body that would be sealed now; `None` if the row would not go.
    pub body: Option<String>,
    /// What differs.
    pub fields: Vec<Changed>,
    /// A gift of a newer edition that may be this one under another key.
    pub alike: Option<RowId>,
    /// Whether a rule, or another row, leaves it out now.
    pub is_left_out: bool,
    /// Whether somebody said, since it was last seen otherwise, that it was changed there.
    pub is_said: bool,
    /// Whether it is still to be changed there: neither seen to be so nor said.
    pub is_open: bool,
}

impl Reread {
    fn digest(&self) -> Digest {
        let mut hasher = Hasher::new();
        hasher.field(self.body.as_deref().unwrap_or_default().as_bytes());
        for one in &self.fields {
            [&one.field, &one.sent, &one.now].into_iter().for_each(|text| {
                hasher.field(text.as_bytes());
            });
        }
        hasher.finish()
    }
}

impl Ledger {
    /// Every row that was sent and reads otherwise now, by row.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn rereads(&self) -> Result<Vec<Reread>> {
        self.look("list what reads otherwise now", |desk| {
            let sql = "SELECT r.row_id, r.body, r.fields, l.is_so IS NULL OR l.is_so = 0,
                    EXISTS (SELECT 1 FROM corrected_there c WHERE c.row_id = r.row_id AND c.digest = r.digest
                        AND (l.at IS NULL OR c.at > l.at)), r.is_left_out, r.alike
                FROM reread r LEFT JOIN reread_look l ON l.row_id = r.row_id AND l.digest = r.digest
                ORDER BY r.row_id";
            let raws: Vec<(Vec<u8>, Reread)> = all(desk, sql, [], |r| {
                let (not_seen, is_said): (bool, bool) = (r.get(3)?, r.get(4)?);
                let is_open = not_seen && !is_said;
                let (row, is_left_out) = (RowId(r.get(0)?), r.get(5)?);
                let (fields, body, alike) = (Vec::new(), r.get(1)?, r.get::<_, Option<i64>>(6)?.map(RowId));
                Ok((r.get(2)?, Reread { row, body, fields, alike, is_left_out, is_said, is_open }))
            })?;
            let read = |(fields, one): (Vec<u8>, Reread)| {
                let damaged = || LedgerError::damaged(format!("what row {} reads as now", one.row.0));
                Ok(Reread { fields: unpack(&fields).ok_or_else(damaged)?, ..one })
            };
            raws.into_iter().map(read).collect()
        })
    }

    /// Keeps which of them a reading of the target showed as they should be, and which not.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn reread_seen(&self, rows: &BTreeMap<RowId, bool>, at: Moment) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let rows = rows.clone();
        self.commit("keep what was changed at the target", move |desk| {
            let mut statement = desk.conn.prepare_cached(
                "INSERT INTO reread_look (row_id, digest, is_so, at)
                 SELECT row_id, digest, ?2, ?3 FROM reread WHERE row_id = ?1
                 ON CONFLICT (row_id, digest) DO UPDATE SET is_so = excluded.is_so, at = excluded.at",
            )?;
            for (row, is_so) in &rows {
                statement.execute(params![row.0, is_so, at.0])?;
            }
            Ok(())
        })
    }

    /// Records that a person changed rows at the target to what they read as now.
    ///
    /// # Errors
    /// [`LedgerError::NoSuch`] if one of them reads as it was sent.
    pub fn say_corrected(&self, rows: &[RowId], initials: &str, note: &str, at: Moment) -> Result<()> {
        let rows = rows.to_vec();
        let texts = [initials, note].map(str::to_owned);
        self.commit("record what was changed at the target", move |desk| {
            let [initials, note] = &texts;
            let mut statement = desk.conn.prepare_cached(
                "INSERT INTO corrected_there (row_id, digest, initials, note, at)
                 SELECT row_id, digest, ?2, ?3, ?4 FROM reread WHERE row_id = ?1
                 ON CONFLICT (row_id, digest) DO UPDATE SET initials = excluded.initials,
                    note = excluded.note, at = excluded.at",
            )?;
            for row in &rows {
                if statement.execute(params![row.0, initials, note, at.0])? == 0 {
                    return Err(LedgerError::no_such(format!("correction of row {}", row.0)));
                }
            }
            Ok(())
        })
    }
}

/// Writes what a mapping made of rows that stay as they were sent.
pub(crate) fn insert(conn: &Connection, rereads: &[Reread]) -> Result<()> {
    let mut statement = conn.prepare_cached(
        "INSERT OR REPLACE INTO reread (row_id, body, fields, digest, is_left_out, alike)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for one in rereads {
        let mut fields = Writer::default();
        fields.list(one.fields.iter(), |w, field| {
            [&field.field, &field.sent, &field.now].into_iter().for_each(|text| w.text(text));
        });
        let alike = one.alike.map(|row| row.0);
        statement.execute(params![one.row.0, one.body, fields.0, one.digest().0, one.is_left_out, alike])?;
    }
    Ok(())
}

/// Rows of an earlier edition that a row of the newer one stands for: what its namesakes say does not count.
pub(crate) fn stood_for(conn: &Connection, repeats: &[(Who, RowId)]) -> Result<()> {
    let mut statement = conn.prepare_cached("DELETE FROM reread WHERE row_id = ?1")?;
    for (_, of) in repeats.iter().filter(|(who, of)| who.row.file() != of.file()) {
        statement.execute([of.0])?;
    }
    Ok(())
}

/// Writes what rows say that are no gift or donor, of what was sent under their key and nothing stands for.
pub(crate) fn insert_namesakes(conn: &Connection, rereads: &[Reread]) -> Result<()> {
    let mut stands =
        conn.prepare_cached("SELECT EXISTS (SELECT 1 FROM repeat WHERE of_row = ?1) ORDER BY 1")?;
    let mut lone = Vec::new();
    for one in rereads {
        if !stands.query_row([one.row.0], |r| r.get::<_, bool>(0))? {
            lone.push(one.clone());
        }
    }
    insert(conn, &lone)
}

fn unpack(bytes: &[u8]) -> Option<Vec<Changed>> {
    let mut reader = Reader(bytes);
    let fields = reader.list(|r| Some(Changed { field: r.text()?, sent: r.text()?, now: r.text()? }))?;
    reader.end(fields)
}
