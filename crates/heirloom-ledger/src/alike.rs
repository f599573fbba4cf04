//! What was sent and no row of a newer edition stands for, and which gift there may be it under another key.

use std::collections::{BTreeMap, HashMap, HashSet};

use heirloom_model::{FileId, RowId};
use rusqlite::Row;

use crate::Ledger;
use crate::editions::span;
use crate::error::Result;
use crate::load::all;
use crate::newest::KEPT;

impl Ledger {
    /// Gifts and donors of earlier editions that were sent, and that no row of the newer one stands for: each
    /// with a gift of the newer one that was not sent and has its donor, day and amount. Where keys are made of
    /// these, two of them are enough.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn unpaired(
        &self,
        earlier: &[FileId],
        newer: FileId,
        are_derived: bool,
    ) -> Result<BTreeMap<RowId, Option<RowId>>> {
        let earlier = earlier.to_vec();
        self.look("look for what a newer file lacks", move |desk| {
            let mut rows = BTreeMap::new();
            let mut alike = Alike::default();
            for file in earlier {
                let lone = "g.row_id BETWEEN ?1 AND ?2
                    AND NOT EXISTS (SELECT 1 FROM repeat r WHERE r.of_row = g.row_id)
                    AND NOT EXISTS (SELECT 1 FROM reread r WHERE r.row_id = g.row_id)";
                let sql = format!("SELECT g.row_id FROM donor g WHERE {lone} AND {KEPT} ORDER BY g.row_id");
                rows.extend(all(desk, &sql, span(file), |r| Ok((RowId(r.get(0)?), None)))?);
                let sql = format!("{LIKENESS} WHERE {lone} AND {KEPT} ORDER BY g.row_id");
                for (row, likeness) in all(desk, &sql, span(file), likeness)? {
                    rows.insert(row, None);
                    alike.add(row, likeness, are_derived);
                }
            }
            let sql = format!("{LIKENESS} WHERE g.row_id BETWEEN ?1 AND ?2 AND NOT {KEPT} ORDER BY g.row_id");
            for whole in [true, false] {
                let mut statement = desk.conn.prepare_cached(&sql)?;
                let mut newer = statement.query(span(newer))?;
                while let Some(row) = newer.next()? {
                    let (row, likeness) = likeness(row)?;
                    if let Some(lone) = alike.take(row, likeness, whole) {
                        rows.insert(lone, Some(row));
                    }
                }
            }
            Ok(rows)
        })
    }
}

/// By what a gift is known whose id has changed: donor, day, and amount with its currency.
type Likeness = (Option<i64>, i64, (i64, i64));

/// Gifts that no row stands for, by what they are, and by two parts of it where less is enough.
#[derive(Default)]
struct Alike {
    lone: HashMap<(u8, Likeness), Vec<RowId>>,
    /// Of both sides, each is told of once.
    told: HashSet<RowId>,
}

impl Alike {
    fn keys((donor, date, amount): Likeness) -> [(u8, Likeness); 4] {
        let none = (0, 0);
        [
            (0, (donor, date, amount)),
            (1, (donor, date, none)),
            (2, (donor, 0, amount)),
            (3, (None, date, amount)),
        ]
    }

    fn add(&mut self, row: RowId, likeness: Likeness, in_part: bool) {
        for key in Alike::keys(likeness).into_iter().take(if in_part { 4 } else { 1 }) {
            self.lone.entry(key).or_default().push(row);
        }
    }

    /// The gift that this one may be, if neither was told of before.
    fn take(&mut self, newer: RowId, likeness: Likeness, whole: bool) -> Option<RowId> {
        if self.told.contains(&newer) {
            return None;
        }
        for key in Alike::keys(likeness).into_iter().filter(|key| (key.0 == 0) == whole) {
            let Some(lone) = self.lone.get_mut(&key) else { continue };
            while let Some(row) = lone.pop() {
                if self.told.insert(row) {
                    self.told.insert(newer);
                    return Some(row);
                }
            }
        }
        None
    }
}

const LIKENESS: &str = "SELECT g.row_id, g.donor, g.date, g.minor, g.currency FROM gift g";

fn likeness(row: &Row<'_>) -> rusqlite::Result<(RowId, Likeness)> {
    Ok((RowId(row.get(0)?), (row.get(1)?, row.get(2)?, (row.get(3)?, row.get(4)?))))
}
