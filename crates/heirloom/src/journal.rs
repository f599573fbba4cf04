//! The send journal: what left this computer under a ledger's name, kept apart from the ledger.
//!
//! A ledger can be copied, or put back from a backup; it then takes for unsent what was sent since.
//! So every attempt is also appended and synced here, after it is durable in the ledger and before
//! its first byte leaves. A ledger that does not know all of its journal, or has none although it
//! began to send, has its unsent items in doubt from then on.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use heirloom_ledger::{AttemptId, Estrangement, Ledger, LedgerError, PlanFacts, PlanId};
use heirloom_model::{Digest, Hasher, Moment};

use crate::failure::{Failure, Result};
use crate::platform::{private_file, state_dir};

/// Ends every whole line; what a power cut left behind lacks it.
const END: &str = " .";

/// How a ledger came to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// As it was left.
    AsLeft,
    /// A person put a backup in its place.
    Restored,
}

/// Which side of a line: for tests of crashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalSide {
    /// Nothing is written yet.
    Before,
    /// It is synced.
    After,
}

/// Asked at both sides of every line; `false` fails the call there.
pub type JournalHook = Box<dyn FnMut(JournalSide) -> bool>;

/// The journal of one ledger.
pub struct Journal {
    place: RefCell<Place>,
    hook: RefCell<Option<JournalHook>>,
}

enum Place {
    /// A file, held by this process alone.
    File(File),
    /// Rehearsals and simulations, whose ledgers go nowhere.
    Memory(String),
}

/// What a line says.
#[derive(Debug, PartialEq, Eq)]
enum Line<'t> {
    /// An attempt was about to leave.
    Send { attempt: i64, plan: (i64, i64), digest: &'t str },
    /// The ledger with this mark went on from its attempt of that number.
    Again { mark: &'t str },
}

impl Journal {
    /// The journal of the ledger with this id, in the state directory of whoever runs this; made
    /// if there is none.
    ///
    /// # Errors
    /// A folder or file that cannot be used; another process that sends from a copy of this ledger.
    pub fn of(ledger_id: &str) -> Result<Journal> {
        Self::in_folder(&state_dir().map_err(|e| cannot("find a folder for", &e))?, ledger_id)
    }

    /// The same, in a folder of the caller's choice.
    ///
    /// # Errors
    /// As [`Journal::of`].
    pub fn in_folder(folder: &Path, ledger_id: &str) -> Result<Journal> {
        let file = private_file(folder, &format!("{ledger_id}.sends")).map_err(|e| cannot("open", &e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = "another process, which sends from a copy of it".to_owned();
                return Err(Failure::Ledger(LedgerError::InUse { holder }));
            }
            Err(TryLockError::Error(error)) => return Err(cannot("lock", &error)),
        }
        Ok(Journal { place: RefCell::new(Place::File(file)), hook: RefCell::default() })
    }

    /// A journal that is gone with this process.
    pub fn in_memory() -> Journal {
        Journal { place: RefCell::new(Place::Memory(String::new())), hook: RefCell::default() }
    }

    /// Asks `hook` at both sides of every line from now on.
    pub fn watch(&self, hook: Option<JournalHook>) {
        *self.hook.borrow_mut() = hook;
    }

    /// Compares a ledger with what left under its name, and records what it does not know. Nothing
    /// may be sent before this was asked.
    ///
    /// # Errors
    /// Storage.
    pub fn settle(&self, ledger: &Ledger, opened: Opened, now: Moment) -> Result<Option<Estrangement>> {
        let text = self.text()?;
        let known = Known::of(ledger)?;
        if text.is_empty() && known.attempts.is_empty() && opened == Opened::AsLeft {
            self.append(&format!("heirloom send journal 1{END}\n"))?;
            return Ok(None);
        }
        let Some(what) = known.compare(&text, opened, now) else {
            return Ok(None);
        };
        // The ledger first: a crash between the two is found again, and only doubts once more.
        ledger.estrange(&what)?;
        let last = known.attempts.last_key_value().map_or(0, |(number, _)| *number);
        self.append(&format!("again {last} {}{END}\n", what.mark))?;
        Ok(Some(what))
    }

    /// Keeps that an attempt is about to leave; synced when it returns.
    ///
    /// # Errors
    /// Storage: then nothing may leave.
    pub fn note(&self, attempt: AttemptId, plan: &PlanFacts, digest: Digest) -> Result<()> {
        self.ask(JournalSide::Before)?;
        self.append(&format!("send {} {}:{} {digest}{END}\n", attempt.0, plan.id.0, plan.created.0))?;
        self.ask(JournalSide::After)
    }

    fn ask(&self, side: JournalSide) -> Result<()> {
        let goes_on = self.hook.borrow_mut().as_mut().is_none_or(|hook| hook(side));
        let stopped = || cannot("write to", &io::Error::other("stopped here by a test"));
        goes_on.then_some(()).ok_or_else(stopped)
    }

    fn text(&self) -> Result<String> {
        match &mut *self.place.borrow_mut() {
            Place::Memory(text) => Ok(text.clone()),
            Place::File(file) => read(file).map_err(|e| cannot("read", &e)),
        }
    }

    fn append(&self, line: &str) -> Result<()> {
        match &mut *self.place.borrow_mut() {
            Place::Memory(text) => {
                text.push_str(line);
                Ok(())
            }
            Place::File(file) => append(file, line).map_err(|e| cannot("write to", &e)),
        }
    }
}

fn read(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A line of its own, whatever a power cut left at the end.
fn append(file: &mut File, line: &str) -> io::Result<()> {
    let torn = file.seek(SeekFrom::End(0))? > 0 && {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        last != *b"\n"
    };
    file.seek(SeekFrom::End(0))?;
    file.write_all(format!("{}{line}", if torn { "\n" } else { "" }).as_bytes())?;
    file.sync_all()
}

fn cannot(doing: &str, error: &io::Error) -> Failure {
    Failure::Journal { what: format!("cannot {doing} the send journal: {error}") }
}

impl<'t> Line<'t> {
    fn parse(text: &'t str) -> Option<Line<'t>> {
        let words: Vec<&str> = text.strip_suffix(END)?.split(' ').collect();
        match words[..] {
            ["send", attempt, plan, digest] => {
                let (id, created) = plan.split_once(':')?;
                let plan = (id.parse().ok()?, created.parse().ok()?);
                Some(Line::Send { attempt: attempt.parse().ok()?, plan, digest })
            }
            ["again", _, mark] => Some(Line::Again { mark }),
            _ => None,
        }
    }
}

/// What a ledger knows.
struct Known {
    id: String,
    /// Attempts by number, with the digest of what was sent.
    attempts: BTreeMap<i64, String>,
    /// Closed plans: number and moment, and whether something of it was sent.
    plans: Vec<((i64, i64), bool)>,
    marks: BTreeSet<String>,
}

impl Known {
    fn of(ledger: &Ledger) -> Result<Known> {
        let attempts = ledger.attempts()?;
        let started: BTreeSet<PlanId> = attempts.iter().map(|a| a.plan).collect();
        let plans = ledger.plans()?.into_iter();
        Ok(Known {
            id: ledger.identity()?.ledger_id,
            attempts: attempts.into_iter().map(|a| (a.id.0, a.request_digest.to_string())).collect(),
            plans: plans.map(|p| ((p.id.0, p.created.0), started.contains(&p.id))).collect(),
            marks: ledger.estrangements()?.into_iter().map(|e| e.mark).collect(),
        })
    }

    /// What the ledger does not know, if there is anything.
    fn compare(&self, text: &str, opened: Opened, now: Moment) -> Option<Estrangement> {
        let mut sent: BTreeMap<i64, ((i64, i64), &str)> = BTreeMap::new();
        let mut lost: BTreeSet<(i64, i64)> = BTreeSet::new();
        let (mut foreign, mut another) = (false, false);
        for line in text.lines().filter_map(Line::parse) {
            match line {
                Line::Send { attempt, plan, digest } => {
                    // A number used twice: two copies have sent.
                    if let Some((plan, _)) = sent.insert(attempt, (plan, digest)) {
                        lost.insert(plan);
                    }
                    another |= foreign;
                }
                Line::Again { mark } if self.marks.contains(mark) => {
                    // What came before was doubted when this mark was made.
                    sent.clear();
                    lost.clear();
                    (foreign, another) = (false, false);
                }
                Line::Again { .. } => foreign = true,
            }
        }
        let unknown = |(number, (_, digest)): &(&i64, &((i64, i64), &str))| {
            self.attempts.get(number).is_none_or(|own| own != digest)
        };
        lost.extend(sent.iter().filter(unknown).map(|(_, (plan, _))| *plan));
        let none = text.is_empty();
        let why = match opened {
            Opened::Restored => "it was put back from a backup",
            Opened::AsLeft if none => "there is no record on this computer of what it sent",
            Opened::AsLeft if another => "another copy of it went on to send",
            Opened::AsLeft if !lost.is_empty() => "more was sent than it knows",
            Opened::AsLeft => return None,
        };
        // Of a plan that this ledger never saw, nobody knows which rows it held; nor of what was
        // sent after a backup of which there is no journal.
        let all = (none && opened == Opened::Restored)
            || lost.iter().any(|plan| !self.plans.iter().any(|(own, _)| own == plan));
        let any = another || opened == Opened::Restored;
        let concerned = self.plans.iter().filter(|(plan, started)| *started || any || lost.contains(plan));
        Some(Estrangement {
            mark: self.mark(now, text.len()),
            plans: (!all).then(|| concerned.map(|((id, _), _)| PlanId(*id)).collect()),
            why: why.to_owned(),
            at: now,
        })
    }

    fn mark(&self, now: Moment, length: usize) -> String {
        let mut hasher = Hasher::new();
        hasher.field(self.id.as_bytes()).field(&now.0.to_le_bytes()).field(&(length as u64).to_le_bytes());
        hasher.field(&(self.attempts.len() as u64).to_le_bytes());
        hasher.finish().short()
    }
}
