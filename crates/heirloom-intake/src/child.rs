//! The other side of [`apart`](crate::apart): a process that reads one workbook and says its rows.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

use heirloom_model::FileId;

use crate::book::Flow;
use crate::format::recognise;
use crate::odd::Oddity;
use crate::scan::file_name;
use crate::sheet::read_sheets;
use crate::source::open_book;
use crate::wire::{Said, asked, say};
use crate::{IntakeError, SheetChoice};

const HEAD: u64 = 64 << 10;

/// Reads the workbook at `path` as the question on `input` says, and writes its rows to `output`.
///
/// Everything that is wrong with the workbook is said too; the caller limits this process first.
///
/// # Errors
/// If nobody asks, or nobody listens any more.
pub fn serve_workbook(path: &OsStr, mut input: impl Read, output: impl Write) -> io::Result<()> {
    let choice = asked(&mut input)?;
    let mut output = BufWriter::with_capacity(256 << 10, output);
    let last = match read(Path::new(path), &choice, &mut output) {
        Ok(odd) => Said::Done(odd),
        Err(Stop::Failed(error)) => Said::Failed(error),
        Err(Stop::NobodyListens(error)) => return Err(error),
    };
    say(&last, &mut output)?;
    output.flush()
}

enum Stop {
    Failed(IntakeError),
    NobodyListens(io::Error),
}

impl From<IntakeError> for Stop {
    fn from(error: IntakeError) -> Self {
        Stop::Failed(error)
    }
}

fn read(path: &Path, choice: &SheetChoice, output: &mut impl Write) -> Result<Vec<Oddity>, Stop> {
    let file = file_name(path);
    let mut head = Vec::new();
    File::open(path)
        .and_then(|opened| opened.take(HEAD).read_to_end(&mut head))
        .map_err(|e| IntakeError::io(&file, e))?;
    let format = recognise(path, &file, &head, None)?;
    let (book, names, evidence) = open_book(path, &file, format, choice)?;
    let said = say(&Said::Opened(names.clone(), evidence), output).and_then(|()| output.flush());
    said.map_err(Stop::NobodyListens)?;
    let mut unheard = None;
    let odd = read_sheets(book, &file, &names, FileId(0), &mut |rows| match say(&Said::Rows(rows), output) {
        Ok(()) => Flow::More,
        Err(error) => {
            unheard = Some(error);
            Flow::Stop
        }
    });
    unheard.map_or(Ok(odd?), |error| Err(Stop::NobodyListens(error)))
}
