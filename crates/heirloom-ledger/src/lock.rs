//! The lock that keeps a second copy of us out, and a file beside it that says who holds it.
//!
//! Locks are mandatory on Windows, so the holder's name is in a file of its own; that file's
//! time says since when.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use heirloom_model::Moment;

use crate::error::{LedgerError, Result};
use crate::platform::{host_name, private_file};

/// How long after a lock that is held is tried again.
const TRY_AGAIN: Duration = Duration::from_millis(20);

/// A held lock; freed when dropped or when the process ends, however it ends.
pub(crate) struct Lock {
    _file: File,
    holder: PathBuf,
}

/// The path with something appended to its file name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

impl Lock {
    /// How often a held lock is tried again by who works: whoever looks gives it back within moments.
    pub const PATIENCE: u32 = 100;
    /// The same by who looks, and needs no lock to do so.
    pub const A_MOMENT: u32 = 10;

    /// Takes the lock of the ledger at `path`, tried again so many times.
    pub fn take(path: &Path, tries: u32) -> Result<Lock> {
        let (lock_path, holder) = (beside(path, ".lock"), beside(path, ".holder"));
        let file = private_file(&lock_path).map_err(|source| LedgerError::Io {
            doing: "open the lock",
            path: lock_path.clone(),
            source,
        })?;
        let mut taken = file.try_lock();
        // A child that this program is starting holds a copy of every open file for a moment, of a
        // lock that was freed just now too.
        for _ in 0..tries {
            let Err(TryLockError::WouldBlock) = taken else { break };
            std::thread::sleep(TRY_AGAIN);
            taken = file.try_lock();
        }
        match taken {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LedgerError::InUse { holder: who(&holder) });
            }
            Err(TryLockError::Error(source)) => {
                return Err(LedgerError::Io { doing: "lock", path: lock_path, source });
            }
        }
        say_who(&holder).map_err(|source| LedgerError::Io {
            doing: "write",
            path: holder.clone(),
            source,
        })?;
        Ok(Lock { _file: file, holder })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The name is a courtesy; the lock itself goes with the file handle.
        let _ = std::fs::remove_file(&self.holder);
    }
}

fn say_who(holder: &Path) -> std::io::Result<()> {
    let mut file = private_file(holder)?;
    file.set_len(0)?;
    write!(file, "{} process {}", host_name(), std::process::id())
}

fn who(holder: &Path) -> String {
    let Ok(name) = std::fs::read_to_string(holder) else {
        return "another process".to_owned();
    };
    let since = std::fs::metadata(holder)
        .and_then(|m| m.modified())
        .ok()
        .and_then(|t| t.duration_since(UNIX_EPOCH).ok())
        .and_then(|d| i64::try_from(d.as_millis()).ok());
    match since {
        Some(ms) => format!("{} since {}", name.trim(), Moment(ms)),
        None => name,
    }
}
