//! The tables, version by version, and how a connection is set up.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::error::{LedgerError, Result};
use crate::lock::beside;

/// Marks a SQLite file as ours: `Hrlm`.
const APPLICATION_ID: i32 = 0x4872_6c6d;

/// One script a version, never edited once released.
const STEPS: [&str; 6] = [
    include_str!("schema/001.sql"),
    include_str!("schema/002.sql"),
    include_str!("schema/003.sql"),
    include_str!("schema/004.sql"),
    include_str!("schema/005.sql"),
    include_str!("schema/006.sql"),
];

/// Bytes of a page.
const PAGE_BYTES: u32 = 8_192;

/// Bytes of the write-ahead log between check points.
const WAL_BYTES: u32 = 64 << 20;

/// The version that this program writes.
pub(crate) const VERSION: u32 = STEPS.len() as u32;

/// Settings that hold for one connection.
pub(crate) fn set_up(conn: &Connection) -> Result<()> {
    conn.busy_timeout(std::time::Duration::from_millis(5_000))?;
    // For a ledger that is not begun yet: it grows by thousands of rows, and its chunks are large.
    conn.pragma_update(None, "page_size", PAGE_BYTES)?;
    conn.pragma_update(None, "journal_mode", "wal")?;
    conn.pragma_update(None, "synchronous", "full")?;
    conn.pragma_update(None, "foreign_keys", "on")?;
    conn.pragma_update(None, "trusted_schema", "off")?;
    conn.pragma_update(None, "temp_store", "memory")?;
    conn.pragma_update(None, "cache_size", -65_536)?;
    // Index pages that are written many times between check points move once.
    conn.pragma_update(None, "wal_autocheckpoint", WAL_BYTES / PAGE_BYTES)?;
    conn.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    set_up_statements(conn)
}

/// Prepares each statement once: without the planner's promise of stability, every new value bound
/// to some of them has them compiled again.
pub(crate) fn set_up_statements(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.set_prepared_statement_cache_capacity(256);
    Ok(())
}

/// What a file is, before anything is changed in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing yet.
    Blank,
    /// A ledger of this version.
    Ledger(u32),
    /// Something else.
    Foreign,
}

/// Looks at a file. One that is no database is somebody else's; one that cannot be read is an error.
pub(crate) fn look_at(conn: &Connection) -> rusqlite::Result<Found> {
    let read = |name: &str| conn.pragma_query_value(None, name, |r| r.get::<_, i64>(0));
    let tables =
        || conn.query_row("SELECT count(*) FROM sqlite_schema ORDER BY 1", [], |r| r.get::<_, i64>(0));
    let looked = || -> rusqlite::Result<(i64, i64, i64)> {
        Ok((read("application_id")?, read("user_version")?, tables()?))
    };
    match looked() {
        Ok((0, 0, 0)) => Ok(Found::Blank),
        Ok((id, version, _)) if id == i64::from(APPLICATION_ID) => {
            Ok(u32::try_from(version).map_or(Found::Foreign, Found::Ledger))
        }
        Ok(_) => Ok(Found::Foreign),
        Err(error) => match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Ok(Found::Foreign),
            _ => Err(error),
        },
    }
}

/// Brings a ledger to this program's version, one transaction a step; keeps a copy of an older one.
pub(crate) fn migrate(conn: &mut Connection, from: u32, path: Option<&Path>) -> Result<()> {
    if from > VERSION {
        return Err(LedgerError::Newer { found: from, known: VERSION });
    }
    if let Some(path) = path.filter(|_| 0 < from && from < VERSION) {
        conn.backup("main", beside(path, &format!(".v{from}")), None::<fn(rusqlite::backup::Progress)>)?;
    }
    for (i, step) in STEPS.iter().enumerate().skip(from as usize) {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", i as u32 + 1)?;
        tx.commit()?;
    }
    Ok(())
}
