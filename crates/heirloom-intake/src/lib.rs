//! A file becomes rows of typed cells, each knowing where it stood.
//!
//! Text files in any common encoding and Excel or OpenDocument workbooks give the
//! same [`SourceRow`](heirloom_model::SourceRow)s. Nothing is trimmed, guessed at
//! or shifted here: short and long rows stay as they are, error cells stay errors.
//! The only room that knows csv, calamine and encodings.

mod apart;
mod book;
mod cells;
mod charset;
mod child;
mod compound;
mod decode;
mod delimiter;
mod error;
mod format;
mod guard;
mod mend;
mod odd;
mod pick;
mod read_as;
mod rows;
mod scan;
mod sheet;
mod source;
mod text;
mod wire;
mod xlsb;

#[cfg(test)]
mod fixture;

pub use apart::{Program, WORKBOOK_VARIABLE, Workbooks};
pub use child::serve_workbook;
pub use error::IntakeError;
pub use odd::Oddity;
pub use read_as::{ReadAs, SheetChoice, SheetInfo};
pub use rows::Rows;
pub use scan::digest_of;
pub use source::SourceFile;

/// Most bytes of one record of a text file, or of one row of a workbook.
pub const RECORD_BYTES_MAX: usize = 1 << 20;
/// Most bytes of one field.
pub const FIELD_BYTES_MAX: usize = 256 << 10;
/// Most columns of a text file.
pub const COLUMNS_MAX: usize = 2_000;
/// Most bytes a workbook may inflate to.
pub const INFLATED_BYTES_MAX: u64 = 1 << 30;
/// Most cells of a workbook, gaps between filled cells included.
pub const CELLS_MAX: u64 = 20_000_000;
