//! The rows of a file, one after the other, whatever the file is.

use heirloom_model::{FileId, SourceRow};

use crate::IntakeError;
use crate::apart::ApartRows;
use crate::odd::Oddity;
use crate::sheet::SheetRows;
use crate::text::TextRows;

/// All rows of a file that are not blank, in order, titles, headers and totals included.
///
/// Sequence numbers run 0, 1, 2 … over all sheets. After an error nothing more comes.
/// Memory does not grow with the file (except for a workbook's own tables of strings,
/// and for `.xls` and `.ods`, which have to be held as a whole).
pub struct Rows {
    source: Result<Source, Option<IntakeError>>,
    done: bool,
}

pub(crate) enum Source {
    Text(Box<TextRows>),
    Sheets(SheetRows),
    Apart(Box<ApartRows>, FileId),
}

impl Rows {
    pub(crate) fn new(started: Result<Source, IntakeError>) -> Self {
        Rows { source: started.map_err(Some), done: false }
    }

    /// What was odd about rows seen so far, in their order; complete once all rows were read.
    pub fn oddities(&self) -> &[Oddity] {
        match &self.source {
            Ok(Source::Text(rows)) => &rows.odd,
            Ok(Source::Sheets(rows)) => &rows.odd,
            Ok(Source::Apart(rows, _)) => &rows.odd,
            Err(_) => &[],
        }
    }
}

impl Iterator for Rows {
    type Item = Result<SourceRow, IntakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let next = match &mut self.source {
            Ok(Source::Text(rows)) => rows.next_row(),
            Ok(Source::Sheets(rows)) => rows.next_row(),
            Ok(Source::Apart(rows, file)) => rows.next_row(*file),
            Err(failed) => failed.take().map_or(Ok(None), Err),
        };
        self.done = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

impl std::iter::FusedIterator for Rows {}
