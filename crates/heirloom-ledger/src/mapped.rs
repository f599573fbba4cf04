//! What mapping left in the ledger: by chunk, by row, by id.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_model::{Donor, FileId, Finding, Gift, Place, Placed, RowId, escape_id};
use rusqlite::{OptionalExtension, params};

use crate::Ledger;
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::load::{self, Revised};
use crate::read::chunk_id;

impl Ledger {
    /// What [`Ledger::save_mapped`] saved for a chunk, sorted by row; newest revisions.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] if it cannot be read back.
    pub fn mapped_chunk(&self, file: FileId, chunk: u32) -> Result<Vec<Placed>> {
        self.look("read mapped rows", move |desk| {
            let chunk = chunk_id(desk, file, chunk)?;
            placed(desk, chunk)
        })
    }

    /// Rows of a file that an earlier mapping keeps because they were sent, sorted.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn kept_rows(&self, file: FileId) -> Result<BTreeSet<RowId>> {
        self.look("list rows that were sent under an earlier mapping", move |desk| {
            let sql = "SELECT t.row_id FROM map_chunk m JOIN chunk c ON c.chunk_id = m.chunk_id
                JOIN (SELECT row_id, map_id FROM gift UNION ALL SELECT row_id, map_id FROM part
                      UNION ALL SELECT row_id, map_id FROM donor) t ON t.map_id = m.map_id
                WHERE m.kept = 1 AND c.file_id = ?1 ORDER BY t.row_id";
            Ok(load::all(desk, sql, [file.0], |r| r.get(0).map(RowId))?.into_iter().collect())
        })
    }

    /// Donors in the order of their rows: at most `limit`, after a row.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn donors(&self, after: Option<RowId>, limit: u32) -> Result<Vec<Donor>> {
        let raw = self.look("list donors", move |desk| {
            let condition = "WHERE d.row_id > ?1 ORDER BY d.row_id LIMIT ?2";
            load::raw_donors(desk, condition, params![after.map_or(-1, |r| r.0), limit])
        })?;
        raw.into_iter().map(|raw| Ok(raw.decode()?.2)).collect()
    }

    /// Rows of donors, sorted: pages of `limit` of them may be asked for on several threads.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn donor_rows(&self) -> Result<Vec<RowId>> {
        self.look("list the donors' rows", |desk| {
            load::all(desk, "SELECT row_id FROM donor ORDER BY row_id", [], |r| r.get(0).map(RowId))
        })
    }

    /// The donor of a row.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn donor_by_row(&self, row: RowId) -> Result<Option<Donor>> {
        self.look("look for a donor", move |desk| {
            let found = load::donors(desk, "WHERE d.row_id = ?1 ORDER BY d.row_id", [row.0]);
            Ok(bare(found)?.pop())
        })
    }

    /// The donor with a legacy id; of several editions, the newest.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn donor_by_legacy_id(&self, id: &str) -> Result<Option<Donor>> {
        let id = id.to_owned();
        self.look("look for a donor", move |desk| {
            let Some(word) = desk.words.find(desk.conn, &id)? else {
                return Ok(None);
            };
            let condition = "WHERE d.legacy = ?1 ORDER BY d.row_id DESC LIMIT 1";
            Ok(bare(load::donors(desk, condition, [word]))?.pop())
        })
    }

    /// Legacy ids of every donor that is not excluded, sorted, without repeats; of held ones, those
    /// that [`Ledger::note_held_ids`] named.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn donor_ids(&self) -> Result<Vec<String>> {
        self.look("list donor ids", |desk| {
            let sql = "SELECT DISTINCT w.text FROM word w WHERE w.word_id IN (
                SELECT legacy FROM donor UNION
                SELECT h.legacy FROM held_id h JOIN stopped s ON s.row_id = h.row_id WHERE s.rule IS NULL)
                ORDER BY w.text";
            load::all(desk, sql, [], |r| r.get(0))
        })
    }

    /// The gift that stands on a row, also if it is a further row of it.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn gift(&self, row: RowId) -> Result<Option<Gift>> {
        self.look("look for a gift", move |desk| {
            let first = load::gift_row(desk, row)?;
            one_gift(desk, first)
        })
    }

    /// The gift with a key, or else with a legacy id.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn gift_by_key(&self, key_or_legacy_id: &str) -> Result<Option<Gift>> {
        let asked = key_or_legacy_id.to_owned();
        self.look("look for a gift", move |desk| {
            for key in [asked.clone(), escape_id(&asked)] {
                let row: Option<i64> = desk
                    .conn
                    .prepare_cached("SELECT row_id FROM gift_key WHERE key = ?1 ORDER BY row_id")?
                    .query_row([key], |r| r.get(0))
                    .optional()?;
                if let Some(row) = row
                    && let Some(gift) = one_gift(desk, RowId(row))?
                {
                    return Ok(Some(gift));
                }
            }
            Ok(None)
        })
    }

    /// The key assigned to a gift's or donor's row; it stays when the row is mapped again.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn key_of_row(&self, row: RowId) -> Result<Option<String>> {
        self.look("look for a key", move |desk| {
            let sql = "SELECT key FROM (SELECT key, 1 AS place FROM gift_key WHERE row_id = ?1
                UNION ALL SELECT key, 2 FROM donor_key WHERE row_id = ?1) ORDER BY place LIMIT 1";
            let key = desk.conn.prepare_cached(sql)?.query_row([row.0], |r| r.get(0));
            Ok(key.optional()?)
        })
    }
}

fn bare<T>(found: Result<Vec<Revised<T>>>) -> Result<Vec<T>> {
    Ok(found?.into_iter().map(|(_, _, value)| value).collect())
}

fn one_gift(desk: &mut Desk<'_>, row: RowId) -> Result<Option<Gift>> {
    let found = load::gifts(desk, "WHERE g.row_id = ?1 ORDER BY g.row_id", [row.0]);
    Ok(bare(found)?.pop())
}

/// Everything that the mappings of a chunk left, sorted by row.
fn placed(desk: &mut Desk<'_>, chunk: i64) -> Result<Vec<Placed>> {
    let of = |letter: &str| {
        format!(
            "WHERE {letter}.map_id IN (SELECT map_id FROM map_chunk WHERE chunk_id = ?1)
             ORDER BY {letter}.row_id"
        )
    };
    let mut findings: BTreeMap<RowId, Vec<Finding>> = BTreeMap::new();
    let condition = format!("{}, f.number", of("f"));
    for (row, finding) in load::findings(desk, &condition, [chunk])? {
        findings.entry(row).or_default().push(finding);
    }
    let mut places: Vec<Revised<Place>> = Vec::new();
    let gifts = load::gifts(desk, &of("g"), [chunk])?;
    places
        .extend(gifts.into_iter().map(|(row, revision, gift)| (row, revision, Place::Gift(Box::new(gift)))));
    let donors = load::donors(desk, &of("d"), [chunk])?;
    places.extend(
        donors.into_iter().map(|(row, revision, donor)| (row, revision, Place::Donor(Box::new(donor)))),
    );
    places.extend(load::parts(desk, &of("p"), [chunk])?);
    places.extend(load::stopped(desk, &of("s"), [chunk])?);
    let sql = format!("SELECT r.row_id, r.revision, r.of_row FROM repeat r {}", of("r"));
    places.extend(load::all(desk, &sql, [chunk], |r| {
        let of = RowId(r.get(2)?);
        Ok((RowId(r.get(0)?), r.get(1)?, Place::Repeat { of }))
    })?);
    places.sort_by_key(|(row, _, _)| *row);
    if places.windows(2).any(|w| w[0].0 == w[1].0) {
        return Err(LedgerError::damaged("a row that is in two places"));
    }
    let placed = places.into_iter().map(|(row, revision, place)| Placed {
        row,
        revision,
        place,
        findings: findings.remove(&row).unwrap_or_default(),
    });
    Ok(placed.collect())
}
