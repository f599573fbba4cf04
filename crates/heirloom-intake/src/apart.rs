//! Workbooks read by a child process: one that asks for all the memory or time of this computer
//! ends that process and not the import.

use std::ffi::OsString;
use std::io::{self, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use heirloom_model::{FileId, SourceRow};

use crate::odd::Oddity;
use crate::wire::{Said, ask, hear};
use crate::{IntakeError, SheetChoice};

/// The environment variable that tells the child which workbook to read; arguments can be seen by
/// other users of a computer.
pub const WORKBOOK_VARIABLE: &str = "HEIRLOOM_WORKBOOK";

/// Where workbooks are taken apart.
#[derive(Clone, Debug, Default)]
pub enum Workbooks {
    /// In this process, under the limits that are checked before parsing.
    #[default]
    Here,
    /// In a process of their own, which limits itself and calls [`serve_workbook`](crate::serve_workbook).
    Apart(Program),
}

/// How to start the process that reads a workbook.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

/// A child process that reads a workbook; it ends when this is dropped.
pub(crate) struct ApartRows {
    file: String,
    child: Child,
    output: BufReader<ChildStdout>,
    batch: std::vec::IntoIter<SourceRow>,
    pub odd: Vec<Oddity>,
    done: bool,
}

impl ApartRows {
    /// Starts the child, and waits until it has opened the workbook: rows, names of sheets, evidence.
    pub fn open(
        program: &Program,
        path: &Path,
        file: &str,
        choice: &SheetChoice,
    ) -> Result<(Self, Vec<String>, Vec<String>), IntakeError> {
        let mut child = Command::new(&program.path)
            .args(&program.arguments)
            .env(WORKBOOK_VARIABLE, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A panic or an abort could quote a cell.
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| IntakeError::io(file, e))?;
        let output = child.stdout.take().map(|out| BufReader::with_capacity(256 << 10, out));
        let question = child.stdin.take();
        let (Some(output), Some(mut question)) = (output, question) else {
            return Err(IntakeError::io(file, io::Error::from(ErrorKind::BrokenPipe)));
        };
        let batch = Vec::new().into_iter();
        let mut rows =
            ApartRows { file: file.to_owned(), child, output, batch, odd: Vec::new(), done: false };
        // A child that ended already says why below.
        let _ = ask(choice, &mut question);
        drop(question);
        match rows.hear(FileId(0))? {
            Said::Opened(sheets, evidence) => Ok((rows, sheets, evidence)),
            Said::Failed(error) => Err(error),
            Said::Rows(_) | Said::Done(_) => Err(rows.stopped("it said rows before anything else")),
        }
    }

    /// The next row that is not blank, with its id in `id`.
    pub fn next_row(&mut self, id: FileId) -> Result<Option<SourceRow>, IntakeError> {
        while !self.done {
            if let Some(row) = self.batch.next() {
                return Ok(Some(row));
            }
            match self.hear(id)? {
                Said::Rows(rows) => self.batch = rows.into_iter(),
                Said::Done(odd) => {
                    self.odd = odd;
                    self.done = true;
                }
                Said::Failed(error) => return Err(error),
                Said::Opened(..) => return Err(self.stopped("it opened the workbook twice")),
            }
        }
        Ok(None)
    }

    fn hear(&mut self, id: FileId) -> Result<Said, IntakeError> {
        hear(&mut self.output, id).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => self.ended(),
            ErrorKind::InvalidData => self.stopped("it spoke nonsense"),
            _ => IntakeError::io(&self.file, error),
        })
    }

    /// Why the child ended before it was done.
    fn ended(&mut self) -> IntakeError {
        let status = self.child.wait().ok();
        let what = match status.map_or(Ending::Other, ending) {
            Ending::Time => "it takes longer to read than an honest workbook of its size",
            Ending::Memory => "it needs more memory to read than a workbook is given (512 MiB)",
            Ending::Other => return self.stopped("it ended without a word"),
        };
        IntakeError::TooLarge { file: self.file.clone(), sheet: None, row: None, what: what.to_owned() }
    }

    fn stopped(&self, why: &str) -> IntakeError {
        let what = format!("the process that reads it stopped: {why}");
        IntakeError::Damaged { file: self.file.clone(), sheet: None, row: None, what }
    }
}

impl Drop for ApartRows {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

enum Ending {
    Time,
    Memory,
    Other,
}

/// An allocation that fails aborts; time that is used up is a signal of its own.
#[cfg(unix)]
fn ending(status: ExitStatus) -> Ending {
    use std::os::unix::process::ExitStatusExt;
    const ABORT: i32 = 6;
    const KILL: i32 = 9;
    // SIGXCPU is 24 on Linux, macOS and the BSDs alike.
    const TIME: i32 = 24;
    match status.signal() {
        Some(TIME) => Ending::Time,
        Some(ABORT | KILL) => Ending::Memory,
        _ => Ending::Other,
    }
}

/// What Rust ends with where an allocation fails.
#[cfg(not(unix))]
fn ending(status: ExitStatus) -> Ending {
    const FAST_FAIL: i32 = 0xC000_0409_u32 as i32;
    match status.code() {
        Some(FAST_FAIL) => Ending::Memory,
        _ => Ending::Other,
    }
}
