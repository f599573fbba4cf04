//! One report model in; terminal text, JSON and HTML out. Nothing is computed here but
//! the layout: no clock, no randomness, no files.

// The invented report is shared with the example, which names this crate from outside.
#[cfg(test)]
extern crate self as heirloom_report;

mod chain;
mod handover;
#[cfg(test)]
mod hostile;
mod html;
#[cfg(test)]
mod invented;
mod json;
mod model;
mod profile;
mod rows;
mod sheet;
mod terminal;
pub mod words;

pub use handover::{Handover, HandoverImport, PAUSE_FIRST, handover_html, handover_text};
pub use html::html;
pub use json::json;
pub use model::*;
pub use profile::{ProfileColumn, ProfileFile, ProfilePage, ProfileSheet, profile_html};
pub use rows::{ForeignLine, RowSum};
pub use sheet::{Sheet, SheetCell, WORKBOOK_ROWS_MAX, csv, push_csv_line, workbook};
pub use terminal::{Colour, terminal};
