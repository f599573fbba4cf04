//! Where the connection lives, one job at a time, and the one way to write: `commit`.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, Params, Row};

use crate::error::{LedgerError, Result};
use crate::lock::Lock;
use crate::words::Words;

/// Jobs waiting at most; a caller beyond that waits.
const QUEUE_MAX: usize = 4;

/// Takes the write lock at once: a write never fails half-way because another process came first.
const WRITE: &str = "BEGIN IMMEDIATE";
/// For reading alone.
const SNAPSHOT: &str = "BEGIN";

/// The two sides of a commit at which a test may stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitSide {
    /// Everything is written, nothing is durable.
    Before,
    /// Durable; the caller does not know yet.
    After,
}

/// Asked at both sides of every commit, with the commit's name; `false` fails the call there.
pub type CommitHook = Box<dyn FnMut(&'static str, CommitSide) -> bool + Send>;

type Job = Box<dyn FnOnce(&mut Core) + Send>;

/// What jobs work with.
pub(crate) struct Core {
    pub conn: Prepared,
    words: Words,
    broken: Option<String>,
    pub hook: Option<CommitHook>,
    /// Whether one snapshot is held for all that is asked from now on.
    is_held: bool,
}

/// What a query or a write works with.
pub(crate) struct Desk<'a> {
    pub conn: &'a Prepared,
    pub words: &'a mut Words,
}

/// A connection on which every statement is compiled once, since each is asked again and again.
pub(crate) struct Prepared(Connection);

impl Prepared {
    pub fn execute(&self, sql: &str, params: impl Params) -> rusqlite::Result<usize> {
        self.prepare_cached(sql)?.execute(params)
    }

    pub fn query_row<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.prepare_cached(sql)?.query_row(params, read)
    }
}

impl std::ops::Deref for Prepared {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl Desk<'_> {
    /// The number of a word, given now if need be.
    pub fn word(&mut self, text: &str) -> Result<i64> {
        self.words.id(self.conn, text)
    }
}

/// The way to a connection; dropping it ends its thread, closes it, then frees the lock.
pub(crate) struct Door {
    room: Room,
    _lock: Option<Lock>,
}

enum Room {
    /// A file: a thread of its own, so that whoever waits for the disk is never a stage's worker.
    Thread { jobs: Option<SyncSender<Job>>, thread: Option<JoinHandle<()>> },
    /// Memory: nobody waits for it, and handing over would cost more than the job. Empty once moved.
    Here(Box<Mutex<Option<Core>>>),
}

impl Door {
    /// Starts a thread for a file's connection.
    pub fn to_file(conn: Connection, lock: Option<Lock>) -> Result<Self> {
        let (jobs, queue) = sync_channel::<Job>(QUEUE_MAX);
        let core = Core::new(conn);
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || serve(core, &queue))
            .map_err(|_| LedgerError::Stopped)?;
        Ok(Door { room: Room::Thread { jobs: Some(jobs), thread: Some(thread) }, _lock: lock })
    }

    /// Keeps a connection to memory; each caller works on its own thread.
    pub fn to_memory(conn: Connection) -> Self {
        Door { room: Room::Here(Box::new(Mutex::new(Some(Core::new(conn))))), _lock: None }
    }

    /// Runs a job and waits for its answer.
    pub fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Core) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let jobs = match &self.room {
            Room::Thread { jobs, .. } => jobs.as_ref().ok_or(LedgerError::Stopped)?,
            Room::Here(core) => {
                let mut core = core.lock().map_err(|_| LedgerError::Stopped)?;
                return job(core.as_mut().ok_or(LedgerError::Stopped)?);
            }
        };
        let (reply, answer) = sync_channel(1);
        jobs.send(Box::new(move |core| {
            // The caller waits for exactly this answer; it cannot have gone.
            let _ = reply.send(job(core));
        }))
        .map_err(|_| LedgerError::Stopped)?;
        answer.recv().map_err(|_| LedgerError::Stopped)?
    }

    /// Takes a connection to memory away from all who hold this door, as a crash would: what is in
    /// no transaction that was committed is gone, and so is all that was remembered beside it.
    pub fn crash(&self) -> Result<Self> {
        let Room::Here(core) = &self.room else {
            return Err(LedgerError::refused("crash a ledger that is a file"));
        };
        let taken = core.lock().map_err(|_| LedgerError::Stopped)?.take();
        let conn = taken.ok_or(LedgerError::Stopped)?.conn.0;
        if !conn.is_autocommit() {
            conn.execute_batch("ROLLBACK")?;
        }
        Ok(Door::to_memory(conn))
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let Room::Thread { jobs, thread } = &mut self.room else { return };
        drop(jobs.take());
        if let Some(thread) = thread.take() {
            // A panic of the thread was reported to the caller whose job it was.
            let _ = thread.join();
        }
    }
}

fn serve(mut core: Core, queue: &Receiver<Job>) {
    while let Ok(job) = queue.recv() {
        job(&mut core);
    }
}

impl Core {
    fn new(conn: Connection) -> Core {
        Core { conn: Prepared(conn), words: Words::default(), broken: None, hook: None, is_held: false }
    }

    /// Where the file lies; nothing for memory.
    pub fn path(&self) -> Option<PathBuf> {
        self.conn.0.path().filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// Answers everything from this moment on out of this moment.
    pub fn hold(&mut self) -> Result<()> {
        if !self.is_held {
            self.conn.execute(SNAPSHOT, [])?;
            self.is_held = true;
            // The snapshot is of the first thing that is read.
            self.conn.query_row("SELECT count(*) FROM sqlite_schema ORDER BY 1", [], |_| Ok(()))?;
        }
        Ok(())
    }

    /// Runs a query.
    pub fn look<T>(
        &mut self,
        doing: &'static str,
        query: impl FnOnce(&mut Desk<'_>) -> Result<T>,
    ) -> Result<T> {
        // One snapshot for the whole query, whatever is committed meanwhile; it ends unread by anyone.
        let _snapshot = (!self.is_held).then(|| Transaction::begin(&self.conn, SNAPSHOT)).transpose()?;
        let mut desk = Desk { conn: &self.conn, words: &mut self.words };
        query(&mut desk).map_err(|e| e.while_doing(doing))
    }

    /// The commit door: every write goes through here, whole or not at all.
    ///
    /// A commit that fails is never tried again: the ledger stays closed to writing.
    pub fn commit<T>(
        &mut self,
        doing: &'static str,
        write: impl FnOnce(&mut Desk<'_>) -> Result<T>,
    ) -> Result<T> {
        if let Some(why) = &self.broken {
            return Err(LedgerError::Broken { why: why.clone() });
        }
        let done = self.transact(doing, write);
        if done.is_err() {
            self.words.forget();
        }
        let value = done.map_err(|e| e.while_doing(doing))?;
        self.ask(doing, CommitSide::After)?;
        Ok(value)
    }

    fn transact<T>(
        &mut self,
        doing: &'static str,
        write: impl FnOnce(&mut Desk<'_>) -> Result<T>,
    ) -> Result<T> {
        let tx = Transaction::begin(&self.conn, WRITE)?;
        let mut desk = Desk { conn: tx.conn, words: &mut self.words };
        let value = write(&mut desk)?;
        let goes_on = self.hook.as_mut().is_none_or(|hook| hook(doing, CommitSide::Before));
        if !goes_on {
            return Err(LedgerError::Failpoint { doing });
        }
        match tx.commit() {
            Ok(()) => Ok(value),
            Err(source) => {
                if source.sqlite_error_code() != Some(ErrorCode::ConstraintViolation) {
                    self.broken = Some(source.to_string());
                }
                Err(source.into())
            }
        }
    }

    fn ask(&mut self, doing: &'static str, side: CommitSide) -> Result<()> {
        let goes_on = self.hook.as_mut().is_none_or(|hook| hook(doing, side));
        goes_on.then_some(()).ok_or(LedgerError::Failpoint { doing })
    }
}

/// An open transaction, rolled back unless committed. Its words are prepared once for all that follow.
struct Transaction<'c> {
    conn: &'c Prepared,
}

impl<'c> Transaction<'c> {
    fn begin(conn: &'c Prepared, how: &str) -> rusqlite::Result<Self> {
        conn.execute(how, [])?;
        Ok(Transaction { conn })
    }

    fn commit(self) -> rusqlite::Result<()> {
        self.conn.execute("COMMIT", []).map(|_| ())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.conn.is_autocommit() {
            // What cannot be rolled back now is when the connection closes; nothing more is written.
            let _ = self.conn.execute("ROLLBACK", []);
        }
    }
}
