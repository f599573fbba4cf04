//! Editions of a file: one counts, and of the earlier ones what was sent stays where it is. A row of a newer
//! edition is paired with what was sent by its key.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_model::{FileId, Place, RowId};
use rusqlite::{OptionalExtension, params};

use crate::door::Desk;
use crate::error::Result;
use crate::keys::Scheme;
use crate::load::{self, all};
use crate::newest::{KEPT, is_partial, newest};
use crate::read::{FILE_COLUMNS, as_i64, file_facts};
use crate::reread::{self, Reread};
use crate::{FileFacts, Ledger};

/// A derived key that was assigned: its place among gifts that are equal in every identity column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twin {
    /// From 1.
    pub ordinal: u32,
    /// The row that has it.
    pub row: RowId,
    /// Whether that row was sent.
    pub is_sent: bool,
}

/// Whether `g` is more than what was given up: that goes again, as the newer edition says it if it can.
const STANDS: &str = "(NOT EXISTS (SELECT 1 FROM item i WHERE i.row_id = g.row_id)
    OR EXISTS (SELECT 1 FROM standing_item s WHERE s.row_id = g.row_id))";

impl Ledger {
    /// The edition of a file that counts; none while it is to be read anew.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn edition(&self, role: &str) -> Result<Option<FileFacts>> {
        let role = role.to_owned();
        self.look("look for a file", move |desk| {
            newest(desk, &role)?.map(|id| by_number(desk, id)).transpose()
        })
    }

    /// The edition of a file that counted last, and whether it was a partial one.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn last_edition(&self, role: &str) -> Result<Option<(FileFacts, bool)>> {
        let role = role.to_owned();
        self.look("look for a file", move |desk| {
            let sql = "SELECT file_id, is_partial FROM edition WHERE role = ?1 AND file_id IS NOT NULL
                ORDER BY number DESC LIMIT 1";
            let last =
                desk.conn.query_row(sql, [role], |r| Ok((r.get::<_, i64>(0)?, r.get(1)?))).optional()?;
            last.map(|(id, is_partial)| Ok((by_number(desk, id)?, is_partial))).transpose()
        })
    }

    /// Earlier editions of which something was sent, in the order in which they were added.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn earlier_editions(&self, role: &str) -> Result<Vec<FileFacts>> {
        let role = role.to_owned();
        self.look("look for earlier editions", move |desk| {
            let counts = newest(desk, &role)?;
            let sql = format!(
                "{FILE_COLUMNS} WHERE f.role = ?1 AND f.file_id IS NOT ?2 AND EXISTS (
                    SELECT 1 FROM map_chunk m JOIN chunk c ON c.chunk_id = m.chunk_id
                    WHERE c.file_id = f.file_id AND m.kept = 1) ORDER BY f.file_id"
            );
            all(desk, &sql, params![role, counts], |r| Ok(file_facts(r)))?.into_iter().collect()
        })
    }

    /// Of these keys of gifts or donors, those that belong to rows of earlier editions that were sent.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn sent_under(
        &self,
        of_gifts: bool,
        earlier: &[FileId],
        keys: Vec<String>,
    ) -> Result<BTreeMap<String, RowId>> {
        let earlier: BTreeSet<FileId> = earlier.iter().copied().collect();
        let table = if of_gifts { Scheme::Gift } else { Scheme::Donor }.table();
        self.look("look for what was sent before", move |desk| {
            let sql = format!(
                "SELECT g.row_id FROM {table}_key k JOIN {table} g ON g.row_id = k.row_id
                 WHERE k.key = ?1 AND {KEPT} AND {STANDS} ORDER BY g.row_id"
            );
            let mut statement = desk.conn.prepare_cached(&sql)?;
            let mut found = BTreeMap::new();
            for key in keys {
                let row = statement.query_row([&key], |r| r.get(0).map(RowId)).optional()?;
                if let Some(row) = row.filter(|row| earlier.contains(&row.file())) {
                    found.insert(key, row);
                }
            }
            Ok(found)
        })
    }

    /// The keys of a span of rows, of gifts or of donors.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn keys_between(&self, of_gifts: bool, first: RowId, last: RowId) -> Result<BTreeMap<RowId, String>> {
        let table = if of_gifts { Scheme::Gift } else { Scheme::Donor }.table();
        self.look("list keys", move |desk| {
            let sql =
                format!("SELECT row_id, key FROM {table}_key WHERE row_id BETWEEN ?1 AND ?2 ORDER BY row_id");
            let keys = all(desk, &sql, [first.0, last.0], |r| Ok((RowId(r.get(0)?), r.get(1)?)))?;
            Ok(keys.into_iter().collect())
        })
    }

    /// The gifts and donors of rows, whichever file they are of.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn places(&self, rows: BTreeSet<RowId>) -> Result<BTreeMap<RowId, Place>> {
        self.look("read mapped rows", move |desk| {
            let mut places = BTreeMap::new();
            for row in rows {
                let gifts = load::gifts(desk, "WHERE g.row_id = ?1 ORDER BY g.row_id", [row.0])?;
                places.extend(gifts.into_iter().map(|(row, _, gift)| (row, Place::Gift(Box::new(gift)))));
                let donors = load::donors(desk, "WHERE d.row_id = ?1 ORDER BY d.row_id", [row.0])?;
                places.extend(donors.into_iter().map(|(row, _, donor)| (row, Place::Donor(Box::new(donor)))));
            }
            Ok(places)
        })
    }

    /// Rows of a file whose gifts or donors were sent from an earlier edition, sorted.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn rows_sent_before(&self, file: FileId) -> Result<Vec<RowId>> {
        self.look("list what was sent before", move |desk| {
            let sql = "SELECT row_id FROM repeat WHERE row_id BETWEEN ?1 AND ?2
                AND of_row NOT BETWEEN ?1 AND ?2 ORDER BY row_id";
            all(desk, sql, span(file), |r| r.get(0).map(RowId))
        })
    }

    /// Every derived key that was assigned for identities that several gifts have or had, or for one of
    /// `asked`: by the key's part before the ordinal.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn twins(&self, asked: BTreeSet<String>) -> Result<BTreeMap<String, Vec<Twin>>> {
        self.look("look for gifts that cannot be told apart", move |desk| {
            // What follows "H-" in the order of bytes is "H.".
            let sql = format!(
                "SELECT k.key, k.row_id, EXISTS (SELECT 1 FROM gift g WHERE g.row_id = k.row_id AND {KEPT})
                 FROM gift_key k WHERE k.key >= 'H-' AND k.key < 'H.' ORDER BY k.key"
            );
            let mut statement = desk.conn.prepare_cached(&sql)?;
            let mut rows = statement.query([])?;
            let mut found: BTreeMap<String, Vec<Twin>> = BTreeMap::new();
            let mut group: (String, Vec<Twin>) = Default::default();
            let mut keep = |(base, twins): (String, Vec<Twin>)| {
                if twins.len() > 1 || twins.iter().any(|t| t.ordinal > 1) || asked.contains(&base) {
                    found.insert(base, twins);
                }
            };
            while let Some(row) = rows.next()? {
                let key: String = row.get(0)?;
                let Some((base, ordinal)) = key.rsplit_once('-') else { continue };
                let Ok(ordinal) = ordinal.parse() else { continue };
                if group.0 != base {
                    keep(std::mem::replace(&mut group, (base.to_owned(), Vec::new())));
                }
                group.1.push(Twin { ordinal, row: RowId(row.get(1)?), is_sent: row.get(2)? });
            }
            keep(group);
            found.values_mut().for_each(|twins| twins.sort_by_key(|t| t.ordinal));
            Ok(found)
        })
    }

    /// Keeps how many rows of data an earlier edition holds.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn note_superseded(&self, file: FileId, rows: u64, is_donor: bool) -> Result<()> {
        self.commit("keep what an earlier edition held", move |desk| {
            desk.conn.execute(
                "INSERT INTO superseded (file_id, rows, is_donor) VALUES (?1, ?2, ?3)
                 ON CONFLICT (file_id) DO UPDATE SET rows = excluded.rows, is_donor = excluded.is_donor",
                params![file.0, as_i64(rows), is_donor],
            )?;
            Ok(())
        })
    }

    /// Whether every row of a file was mapped.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn is_mapped(&self, file: FileId) -> Result<bool> {
        self.look("look whether a file is mapped", move |desk| {
            let sql = "SELECT NOT EXISTS (SELECT 1 FROM chunk c WHERE c.file_id = ?1 AND NOT EXISTS (
                SELECT 1 FROM map_chunk m WHERE m.chunk_id = c.chunk_id AND m.kept = 0)) ORDER BY 1";
            Ok(desk.conn.query_row(sql, [file.0], |r| r.get(0))?)
        })
    }

    /// How many gifts, donors and held rows of a file are in no item that was begun, not at the target, and not
    /// set aside: what a newer edition supersedes.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn not_sent_of(&self, file: FileId) -> Result<u64> {
        self.look("count what was not sent", move |desk| {
            let sent = "SELECT i.row_id FROM item i
                WHERE EXISTS (SELECT 1 FROM attempt a WHERE i.item_id BETWEEN a.first_item AND a.last_item)";
            let open =
                "row_id BETWEEN ?1 AND ?2 AND (SELECT s.reason FROM set_aside s WHERE s.row_id = t.row_id
                ORDER BY s.number DESC LIMIT 1) IS NULL";
            let sql = format!(
                "SELECT (SELECT count(*) FROM gift t WHERE {open} AND row_id NOT IN ({sent}))
                    + (SELECT count(*) FROM stopped t WHERE {open} AND rule IS NULL)
                    + (SELECT count(*) FROM donor t WHERE {open} AND row_id NOT IN ({sent}) AND NOT EXISTS (
                        SELECT 1 FROM cluster c WHERE c.row_id = t.row_id AND (c.contact IN ({sent})
                            OR EXISTS (SELECT 1 FROM contact_match m WHERE m.contact = c.contact))))
                 ORDER BY 1"
            );
            Ok(desk.conn.query_row(&sql, span(file), |r| r.get::<_, i64>(0))?.unsigned_abs())
        })
    }

    /// Whether the edition that counts was said to hold only a part of what its file holds.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn is_partial(&self, role: &str) -> Result<bool> {
        let role = role.to_owned();
        self.look("look at an edition", move |desk| is_partial(desk, &role))
    }

    /// How many gifts or donors of these files were sent.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn sent_of(&self, files: &[FileId]) -> Result<u64> {
        let files = files.to_vec();
        self.look("count what was sent", move |desk| {
            let mut sent = 0;
            for (file, table) in files.into_iter().flat_map(|file| [(file, "gift"), (file, "donor")]) {
                let sql = format!(
                    "SELECT count(*) FROM {table} g WHERE g.row_id BETWEEN ?1 AND ?2 AND {KEPT} ORDER BY 1"
                );
                sent += desk.conn.query_row(&sql, span(file), |r| r.get::<_, i64>(0))?.unsigned_abs();
            }
            Ok(sent)
        })
    }

    /// Keeps what rows that were sent read as now, where no row was mapped for it.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn note_rereads(&self, rereads: Vec<Reread>) -> Result<()> {
        if rereads.is_empty() {
            return Ok(());
        }
        self.commit("keep what a newer file lacks", move |desk| reread::insert(desk.conn, &rereads))
    }
}

/// The first and the last row that a file may have.
pub(crate) fn span(file: FileId) -> [i64; 2] {
    [RowId::new(file, 0).0, RowId::new(file, u32::MAX).0]
}

fn by_number(desk: &Desk<'_>, id: i64) -> Result<FileFacts> {
    let sql = format!("{FILE_COLUMNS} WHERE f.file_id = ?1 ORDER BY f.file_id");
    desk.conn.query_row(&sql, [id], |r| Ok(file_facts(r)))?
}
