//! The stage *read*: files, their chunks of rows, and rows by id.

use std::sync::Arc;

use heirloom_model::{Code, Digest, FileId, RowId, SourceRow};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::codec::{Reader, Writer};
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::newest::make_newest;
use crate::{FileEnd, FileFacts, Ledger, OddRow, rows_codec};

/// Decoded chunks kept for [`Ledger::rows_by_id`].
const CACHED_CHUNKS: usize = 4;

/// The last few decoded chunks, newest last.
pub(crate) type ChunkCache = Vec<((FileId, u32), Arc<Vec<SourceRow>>)>;

pub(crate) const FILE_COLUMNS: &str = "SELECT f.file_id, f.role, f.name, f.digest, f.bytes, e.body
    FROM file f LEFT JOIN file_end e ON e.file_id = f.file_id";

impl Ledger {
    /// Adds an edition of a file, which counts from then on. The same role, name and digest again give
    /// the same id, also after a `redo`.
    ///
    /// # Errors
    /// If the ledger cannot be written.
    pub fn add_file(
        &self,
        role: &str,
        name: &str,
        digest: Digest,
        bytes: u64,
        sheets: &[Option<String>],
    ) -> Result<FileId> {
        let (role, name, sheets) = (role.to_owned(), name.to_owned(), sheets.to_vec());
        self.commit("add a file", move |desk| {
            desk.conn.execute(
                "INSERT INTO file (role, name, digest, bytes) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO NOTHING",
                params![role, name, digest.0, as_i64(bytes)],
            )?;
            let id: i64 = desk.conn.query_row(
                "SELECT file_id FROM file WHERE role = ?1 AND name = ?2 AND digest = ?3
                 ORDER BY file_id",
                params![role, name, digest.0],
                |r| r.get(0),
            )?;
            let file = file_id(id)?;
            make_newest(desk, &role, id)?;
            put_sheets(desk.conn, file, &sheets)?;
            Ok(file)
        })
    }

    /// All editions of all files, in the order in which they were added.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn files(&self) -> Result<Vec<FileFacts>> {
        self.look("list the files", |desk| {
            let sql = format!("{FILE_COLUMNS} ORDER BY f.file_id");
            let mut statement = desk.conn.prepare_cached(&sql)?;
            let mut rows = statement.query([])?;
            let mut files = Vec::new();
            while let Some(row) = rows.next()? {
                files.push(file_facts(row)?);
            }
            Ok(files)
        })
    }

    /// The sheets of a file that are read, in order; one unnamed for a text file.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn sheets(&self, file: FileId) -> Result<Vec<Option<String>>> {
        self.look("list the sheets", move |desk| {
            let mut statement =
                desk.conn.prepare_cached("SELECT name FROM sheet WHERE file_id = ?1 ORDER BY number")?;
            let names = statement.query_map([file.0], |r| r.get(0))?;
            Ok(names.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many chunks are saved: 0 to this, without gaps.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn chunks_read(&self, file: FileId) -> Result<u32> {
        self.look("count the chunks", move |desk| chunks_read(desk.conn, file))
    }

    /// Saves one chunk of rows with a digest of its own. Rows rise and follow those before.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyDone`] if it is there, [`LedgerError::Refused`] if it is not the next
    /// one or holds rows of another file.
    pub fn save_chunk(&self, file: FileId, chunk: u32, rows: &[SourceRow]) -> Result<()> {
        let rising = rows.windows(2).all(|w| w[0].id < w[1].id);
        if !rising || rows.iter().any(|r| r.id.file() != file) {
            return Err(LedgerError::refused("save a chunk whose rows are out of order or of another file"));
        }
        let span = (rows.first().map(|r| r.id.0), rows.last().map(|r| r.id.0));
        let count = rows.len() as u32;
        let body = rows_codec::encode(rows);
        let digest = Digest::of(&body);
        self.commit("save a chunk of rows", move |desk| {
            expect_next(desk.conn, file, chunk)?;
            desk.conn
                .prepare_cached(
                    "INSERT INTO chunk (file_id, number, first_row, last_row, rows, digest, body)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute(params![file.0, chunk, span.0, span.1, count, digest.0, body])?;
            Ok(())
        })
    }

    /// Ends reading a file.
    ///
    /// # Errors
    /// [`LedgerError::AlreadyDone`] if it has ended, [`LedgerError::Refused`] if its rows are not
    /// as many as were saved.
    pub fn finish_file(&self, file: FileId, end: &FileEnd) -> Result<()> {
        let end = end.clone();
        self.commit("end a file", move |desk| {
            if is_finished(desk.conn, file)? {
                return Err(already(format!("the end of file {}", file.0)));
            }
            let saved: i64 = desk.conn.query_row(
                "SELECT coalesce(sum(rows), 0) FROM chunk WHERE file_id = ?1 ORDER BY 1",
                [file.0],
                |r| r.get(0),
            )?;
            if as_i64(end.rows) != saved {
                return Err(LedgerError::refused(format!(
                    "end file {} with {} rows: {saved} were saved",
                    file.0, end.rows
                )));
            }
            desk.conn.execute(
                "INSERT INTO file_end (file_id, body) VALUES (?1, ?2)",
                params![file.0, encode_end(&end)],
            )?;
            Ok(())
        })
    }

    /// The rows of one chunk.
    ///
    /// # Errors
    /// [`LedgerError::NoSuch`], or [`LedgerError::Damaged`] if its bytes are not those written.
    pub fn rows(&self, file: FileId, chunk: u32) -> Result<Vec<SourceRow>> {
        let blob = self.look("read a chunk of rows", move |desk| {
            let mut statement = desk.conn.prepare_cached(
                "SELECT body, digest FROM chunk WHERE file_id = ?1 AND number = ?2 ORDER BY chunk_id",
            )?;
            let found = statement.query_row(params![file.0, chunk], |r| {
                Ok((r.get::<_, Vec<u8>>(0)?, r.get::<_, [u8; 32]>(1)?))
            });
            Ok(found.optional()?)
        })?;
        let name = || format!("chunk {chunk} of file {}", file.0);
        let (body, digest) = blob.ok_or_else(|| LedgerError::no_such(name()))?;
        if Digest::of(&body).0 != digest {
            return Err(LedgerError::damaged(name()));
        }
        rows_codec::decode(file, &body).ok_or_else(|| LedgerError::damaged(name()))
    }

    /// Rows by id, as the file had them (corrections not applied), sorted by id, without repeats.
    ///
    /// # Errors
    /// [`LedgerError::NoSuch`] if one is not there.
    pub fn rows_by_id(&self, ids: &[RowId]) -> Result<Vec<SourceRow>> {
        let mut wanted = ids.to_vec();
        wanted.sort_unstable();
        wanted.dedup();
        let mut found = Vec::with_capacity(wanted.len());
        let mut held: Option<Arc<Vec<SourceRow>>> = None;
        for id in wanted {
            let missing = || LedgerError::no_such(format!("row {} of file {}", id.sequence(), id.file().0));
            let in_held = held.as_ref().and_then(|rows| find_row(rows, id));
            let row = match in_held {
                Some(row) => row,
                None => {
                    let rows = self.chunk_with(id)?.ok_or_else(missing)?;
                    let row = find_row(&rows, id).ok_or_else(missing)?;
                    held = Some(rows);
                    row
                }
            };
            found.push(row);
        }
        Ok(found)
    }

    fn chunk_with(&self, id: RowId) -> Result<Option<Arc<Vec<SourceRow>>>> {
        let place = self.look("look for a row", move |desk| {
            let mut statement = desk.conn.prepare_cached(
                "SELECT number, last_row FROM chunk WHERE first_row <= ?1 ORDER BY first_row DESC LIMIT 1",
            )?;
            let found = statement.query_row([id.0], |r| Ok((r.get(0)?, r.get::<_, i64>(1)?)));
            Ok(found.optional()?)
        })?;
        let Some(chunk) = place.filter(|p: &(u32, i64)| p.1 >= id.0).map(|p| p.0) else {
            return Ok(None);
        };
        let name = (id.file(), chunk);
        let cached = self.lock_chunks().iter().find(|(n, _)| *n == name).map(|(_, rows)| rows.clone());
        if let Some(rows) = cached {
            return Ok(Some(rows));
        }
        let rows = Arc::new(self.rows(id.file(), chunk)?);
        let mut cache = self.lock_chunks();
        if cache.len() >= CACHED_CHUNKS {
            cache.remove(0);
        }
        cache.push((name, rows.clone()));
        Ok(Some(rows))
    }

    pub(crate) fn lock_chunks(&self) -> std::sync::MutexGuard<'_, ChunkCache> {
        // A cache is whole at every moment: a panic elsewhere cannot have spoilt it.
        self.chunks.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn find_row(rows: &[SourceRow], id: RowId) -> Option<SourceRow> {
    let at = rows.binary_search_by_key(&id, |r| r.id).ok()?;
    Some(rows[at].clone())
}

/// A `u64` count as SQLite keeps it; counts never reach 2^63.
pub(crate) fn as_i64(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(crate) fn file_id(id: i64) -> Result<FileId> {
    let id = u32::try_from(id).map_err(|_| LedgerError::damaged("a file's number"))?;
    Ok(FileId(id))
}

pub(crate) fn already(what: String) -> LedgerError {
    LedgerError::AlreadyDone { what }
}

fn chunks_read(conn: &Connection, file: FileId) -> Result<u32> {
    Ok(conn
        .prepare_cached("SELECT coalesce(max(number) + 1, 0) FROM chunk WHERE file_id = ?1 ORDER BY 1")?
        .query_row([file.0], |r| r.get(0))?)
}

fn is_finished(conn: &Connection, file: FileId) -> Result<bool> {
    Ok(conn
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM file_end WHERE file_id = ?1) ORDER BY 1")?
        .query_row([file.0], |r| r.get(0))?)
}

fn expect_next(conn: &Connection, file: FileId, chunk: u32) -> Result<()> {
    let next = chunks_read(conn, file)?;
    if chunk < next {
        return Err(already(format!("chunk {chunk} of file {}", file.0)));
    }
    if chunk > next || is_finished(conn, file)? {
        return Err(LedgerError::refused(format!(
            "save chunk {chunk} of file {}: the next one is {next}",
            file.0
        )));
    }
    Ok(())
}

fn put_sheets(conn: &Connection, file: FileId, sheets: &[Option<String>]) -> Result<()> {
    for (number, name) in sheets.iter().enumerate() {
        conn.execute(
            "INSERT INTO sheet (file_id, number, name) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![file.0, number as u32, name],
        )?;
    }
    Ok(())
}

pub(crate) fn file_facts(row: &Row<'_>) -> Result<FileFacts> {
    let end: Option<Vec<u8>> = row.get(5)?;
    let finished = end.map(|body| decode_end(&body).ok_or_else(|| LedgerError::damaged("the end of a file")));
    Ok(FileFacts {
        id: file_id(row.get(0)?)?,
        role: row.get(1)?,
        name: row.get(2)?,
        digest: Digest(row.get(3)?),
        bytes: row.get::<_, i64>(4)?.unsigned_abs(),
        finished: finished.transpose()?,
    })
}

fn encode_end(end: &FileEnd) -> Vec<u8> {
    let mut w = Writer::default();
    w.count(end.rows);
    w.list(end.notes.iter(), |w, note| w.text(note));
    w.list(end.masked.iter(), |w, (column, cells)| {
        w.text(column);
        w.count(*cells);
    });
    w.list(end.odd.iter(), |w, odd| {
        w.text(odd.code.as_str());
        w.count(u64::from(odd.row_number));
        w.count(u64::from(odd.count));
    });
    w.0
}

fn decode_end(bytes: &[u8]) -> Option<FileEnd> {
    let mut r = Reader(bytes);
    let end = FileEnd {
        rows: r.count()?,
        notes: r.list(Reader::text)?,
        masked: r.list(|r| Some((r.text()?, r.count()?)))?,
        odd: r.list(|r| {
            Some(OddRow { code: Code::parse(&r.text()?)?, row_number: r.small()?, count: r.small()? })
        })?,
    };
    r.end(end)
}

/// The number of a saved chunk in its table.
pub(crate) fn chunk_id(desk: &Desk<'_>, file: FileId, chunk: u32) -> Result<i64> {
    let found = desk
        .conn
        .prepare_cached("SELECT chunk_id FROM chunk WHERE file_id = ?1 AND number = ?2 ORDER BY chunk_id")?
        .query_row(params![file.0, chunk], |r| r.get(0))
        .optional()?;
    found.ok_or_else(|| LedgerError::no_such(format!("chunk {chunk} of file {}", file.0)))
}
