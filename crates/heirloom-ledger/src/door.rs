//! The one thread that owns the connection, and the one way to write: `commit`.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::error::{LedgerError, Result};
use crate::lock::Lock;
use crate::words::Words;

/// Jobs waiting at most; a caller beyond that waits.
const QUEUE_MAX: usize = 4;

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

/// What the thread owns.
pub(crate) struct Core {
    pub conn: Connection,
    words: Words,
    broken: Option<String>,
    pub hook: Option<CommitHook>,
}

/// What a query or a write works with.
pub(crate) struct Desk<'a> {
    pub conn: &'a Connection,
    pub words: &'a mut Words,
}

impl Desk<'_> {
    /// The number of a word, given now if need be.
    pub fn word(&mut self, text: &str) -> Result<i64> {
        self.words.id(self.conn, text)
    }
}

/// A running thread; dropping it ends the thread, closes the connection, then frees the lock.
pub(crate) struct Door {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    _lock: Option<Lock>,
}

impl Door {
    /// Starts the thread.
    pub fn new(conn: Connection, lock: Option<Lock>) -> Result<Self> {
        let (jobs, queue) = sync_channel::<Job>(QUEUE_MAX);
        let core = Core { conn, words: Words::default(), broken: None, hook: None };
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || serve(core, &queue))
            .map_err(|_| LedgerError::Stopped)?;
        Ok(Door { jobs: Some(jobs), thread: Some(thread), _lock: lock })
    }

    /// Runs a job on the thread and waits for its answer.
    pub fn call<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Core) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = sync_channel(1);
        let jobs = self.jobs.as_ref().ok_or(LedgerError::Stopped)?;
        jobs.send(Box::new(move |core| {
            // The caller waits for exactly this answer; it cannot have gone.
            let _ = reply.send(job(core));
        }))
        .map_err(|_| LedgerError::Stopped)?;
        answer.recv().map_err(|_| LedgerError::Stopped)?
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
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
    /// Runs a query.
    pub fn look<T>(
        &mut self,
        doing: &'static str,
        query: impl FnOnce(&mut Desk<'_>) -> Result<T>,
    ) -> Result<T> {
        // One snapshot for the whole query, whatever is committed meanwhile; it ends unread by anyone.
        let snapshot = self.conn.unchecked_transaction()?;
        let mut desk = Desk { conn: &snapshot, words: &mut self.words };
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
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut desk = Desk { conn: &tx, words: &mut self.words };
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
