//! `heirloom backup` and `heirloom restore`: a copy of the ledger, and putting one back.
//!
//! A ledger that is put back does not know what was sent since the copy was made. So it comes back
//! with every unsent item of its plans in doubt, and nothing is sent until somebody has looked.

use std::path::{Path, PathBuf};

use clap::Args;
use heirloom_ledger::{Ledger, LedgerError};
use heirloom_report::words;
use serde_json::json;

use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::journal::{Journal, Opened};
use crate::line::wall_clock;
use crate::platform::private_folder;

/// The file of a backup.
#[derive(Args)]
pub struct BackupArgs {
    /// Where the copy goes; must not exist yet. It holds donors' data, and only you can read it
    pub file: PathBuf,
}

/// Which backup.
#[derive(Args)]
pub struct RestoreArgs {
    /// The backup
    pub file: PathBuf,
}

/// Copies the ledger.
pub fn backup(setting: &Setting, args: &BackupArgs) -> Result<Said> {
    let migration = setting.migration()?;
    migration.ledger.backup_to(&args.file)?;
    let attempts = migration.ledger.attempts()?.len() as u64;
    let bytes = std::fs::metadata(&args.file).map_err(|e| Failure::write(&args.file, e))?.len();
    setting.out.line(&format!(
        "The ledger with {} copied to {}: {}.",
        words::count(attempts, "sending"),
        args.file.display(),
        words::count(bytes, "byte")
    ));
    setting.next("heirloom status");
    Said::new(json!({ "file": args.file, "bytes": bytes, "attempts": attempts }), Exit::Done)
}

/// Puts a backup in the ledger's place; the ledger that was there is kept beside it.
pub fn restore(setting: &Setting, args: &RestoreArgs) -> Result<Said> {
    let folder = setting.folder();
    let settings = folder.settings()?;
    let path = folder.ledger();
    let now = wall_clock();
    if !args.file.is_file() {
        let what = format!("there is no backup {}", args.file.display());
        return Err(Failure::usage(what, "name the file that  heirloom backup  made"));
    }
    refuse_in_use(&path)?;
    // All is done to a copy; only a ledger that is whole, and knows that it is a backup, takes the place.
    let (trial, ready) = (with_end(&path, "restoring"), with_end(&path, "restored"));
    remove_ledger(&trial)?;
    remove_ledger(&ready)?;
    private_folder(folder.work()).map_err(|e| Failure::write(folder.work(), e))?;
    std::fs::copy(&args.file, &trial).map_err(|e| Failure::write(&trial, e))?;
    let ledger = Ledger::open(&trial)?;
    let (identity, damage) = (ledger.identity()?, ledger.check()?);
    if identity.source != settings.source.as_str() {
        let what = format!("this backup is of \"{}\", not of this migration", identity.name);
        return Err(Failure::usage(what, "name a backup of this migration"));
    }
    if let Some(first) = damage.first() {
        let what = format!("this backup is damaged: {}: {}", first.table, first.what);
        return Err(Failure::usage(what, "use another backup"));
    }
    Journal::of(&identity.ledger_id)?.settle(&ledger, Opened::Restored, now)?;
    let doubtful = doubtful(&ledger)?;
    ledger.backup_to(&ready)?;
    drop(ledger);
    let kept = swap(&path, &ready, now.0)?;
    remove_ledger(&trial)?;
    setting
        .out
        .line(&format!("The backup is in place; the ledger that was there is kept as {}.", kept.display()));
    setting.out.line(&format!(
        "{} not known to be sent: in doubt until Virtuous was looked into, since more may have been sent after the backup.",
        words::count(doubtful, "item")
    ));
    setting.next("heirloom reconcile");
    let exit = if doubtful > 0 { Exit::InDoubt } else { Exit::Done };
    Said::new(json!({ "in_doubt": doubtful, "kept": kept }), exit)
}

/// A ledger that another process holds stays where it is; one that cannot be opened may go.
fn refuse_in_use(path: &Path) -> Result<()> {
    match Ledger::open(path) {
        Err(error @ LedgerError::InUse { .. }) => Err(error.into()),
        _ => Ok(()),
    }
}

fn doubtful(ledger: &Ledger) -> Result<u64> {
    let mut count = 0;
    for plan in ledger.plans()? {
        count += ledger.item_states(plan.id)?.iter().filter(|line| line.state.is_in_doubt()).count() as u64;
    }
    Ok(count)
}

/// The old ledger steps aside under a name of its own, the new one takes its place.
fn swap(path: &Path, ready: &Path, at: i64) -> Result<PathBuf> {
    let kept = with_end(path, &format!("replaced-{at}"));
    for end in ["", "-wal", "-shm"] {
        let (from, to) = (with_suffix(path, end), with_suffix(&kept, end));
        if from.exists() {
            std::fs::rename(&from, &to).map_err(|e| Failure::write(&to, e))?;
        }
    }
    std::fs::rename(ready, path).map_err(|e| Failure::write(path, e))?;
    Ok(kept)
}

fn remove_ledger(path: &Path) -> Result<()> {
    for end in ["", "-wal", "-shm", ".lock", ".holder"] {
        let path = with_suffix(path, end);
        if path.exists() {
            std::fs::remove_file(&path).map_err(|e| Failure::write(&path, e))?;
        }
    }
    Ok(())
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    with_suffix(path, &format!(".{end}"))
}

fn with_suffix(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
