//! The rows of a file, one after the other, whatever the file is.

use heirloom_model::SourceRow;

use crate::IntakeError;
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
}

impl Rows {
    pub(crate) fn new(started: Result<Source, IntakeError>) -> Self {
        Rows { source: started.map_err(Some), done: false }
    }

    /// Rows seen so far that hold characters nobody could read (U+FFFD, or a C1 control that
    /// a wrong encoding leaves behind), with how many: row number, count. Text files only.
    pub fn replaced_characters(&self) -> &[(u32, u32)] {
        match &self.source {
            Ok(Source::Text(rows)) => &rows.replaced,
            _ => &[],
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
            Err(failed) => failed.take().map_or(Ok(None), Err),
        };
        self.done = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

impl std::iter::FusedIterator for Rows {}
