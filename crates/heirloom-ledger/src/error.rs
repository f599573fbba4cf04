//! Why the ledger could not do something; messages fit after "cannot".

use std::path::PathBuf;

use heirloom_model::{FileId, ItemId, RowId};

use crate::World;

/// The result of everything the ledger does.
pub type Result<T> = std::result::Result<T, LedgerError>;

/// Why the ledger could not do something. Holds no donor data.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A ledger is there already.
    #[error("create the ledger {}: it exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is no ledger, or one whose creation was cut off: it holds nothing, and is created again.
    #[error("open the ledger {}: there is none yet", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("open {}: it is not a ledger of Heirloom", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by a newer program.
    #[error("open the ledger: its format {found} is newer than this program's {known}")]
    Newer {
        /// The file's version.
        found: u32,
        /// The newest version this program knows.
        known: u32,
    },
    /// Another process holds the lock.
    #[error("open the ledger: it is in use by {holder}")]
    InUse {
        /// Host, process and since when.
        holder: String,
    },
    /// The file system said no.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite said no.
    #[error("{doing}: {source}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// Why.
        source: rusqlite::Error,
    },
    /// A commit failed before: nothing more is written until the ledger is opened again.
    #[error("use the ledger: an earlier write failed ({why}); open it again")]
    Broken {
        /// What failed.
        why: String,
    },
    /// The ledger's own thread is gone.
    #[error("use the ledger: its thread has stopped")]
    Stopped,
    /// A test's failpoint stopped the commit.
    #[error("{doing}: stopped by a failpoint")]
    Failpoint {
        /// The commit's name.
        doing: &'static str,
    },
    /// Something is not as it was written.
    #[error("trust the ledger: {what} is damaged")]
    Damaged {
        /// What it is: `chunk 4 of file 1`, `item 17` …
        what: String,
    },
    /// A key belongs to another row.
    #[error("keep row {} of file {}: its key belongs to row {} of file {}", row.sequence(), row.file().0, owner.sequence(), owner.file().0)]
    KeyTaken {
        /// The row that wanted it.
        row: RowId,
        /// The row that has it.
        owner: RowId,
    },
    /// The ledger is bound to the other world.
    #[error("use this ledger for {wanted}: it is bound to {bound}", wanted = wanted.as_str(), bound = bound.as_str())]
    WrongWorld {
        /// What it is bound to.
        bound: World,
        /// What was wanted.
        wanted: World,
    },
    /// The ledger is bound to another organization.
    #[error("use this ledger for organization {wanted}: it is bound to {bound}")]
    WrongOrganization {
        /// What it is bound to.
        bound: String,
        /// What was wanted.
        wanted: String,
    },
    /// An attempt hangs on it: it must stay as it is.
    #[error("change {what}: it was sent")]
    Attempted {
        /// What it is.
        what: String,
    },
    /// A row is in a plan already.
    #[error("seal row {} of file {}: it is item {}", row.sequence(), row.file().0, item.0)]
    InPlan {
        /// The row.
        row: RowId,
        /// Its item.
        item: ItemId,
    },
    /// The result is there already.
    #[error("save {what}: it is there already")]
    AlreadyDone {
        /// What it is.
        what: String,
    },
    /// A chunk was mapped under another recipe, which must be undone first.
    #[error("map chunk {chunk} of file {}: it was mapped under another recipe", file.0)]
    OtherRecipe {
        /// The file.
        file: FileId,
        /// The chunk.
        chunk: u32,
    },
    /// There is no such thing.
    #[error("find {what}")]
    NoSuch {
        /// What it is.
        what: String,
    },
    /// What was asked contradicts what the ledger holds.
    #[error("{what}")]
    Refused {
        /// What was asked, and why not.
        what: String,
    },
}

/// What is being done when nobody said it better.
pub(crate) const USE: &str = "use the ledger";

impl From<rusqlite::Error> for LedgerError {
    fn from(source: rusqlite::Error) -> Self {
        LedgerError::Store { doing: USE, source }
    }
}

impl LedgerError {
    /// Names what was being done, if nobody has.
    pub(crate) fn while_doing(self, name: &'static str) -> Self {
        match self {
            LedgerError::Store { doing, source } if doing == USE => {
                LedgerError::Store { doing: name, source }
            }
            other => other,
        }
    }

    /// Something damaged.
    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        LedgerError::Damaged { what: what.into() }
    }

    /// Something missing.
    pub(crate) fn no_such(what: impl Into<String>) -> Self {
        LedgerError::NoSuch { what: what.into() }
    }

    /// Something that contradicts.
    pub(crate) fn refused(what: impl Into<String>) -> Self {
        LedgerError::Refused { what: what.into() }
    }
}
