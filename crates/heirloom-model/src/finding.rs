//! A problem with data, and where it is.

use crate::{Code, RowRef, Severity};

/// One problem in one place. Its `seen` text is donor data: reports may show it, logs never.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable code; it carries title, severity, reason and remedy.
    pub code: Code,
    /// The row.
    pub at: RowRef,
    /// Column, as `letter "header"`, if one is to blame: `H "Fund Desc"`.
    pub column: Option<String>,
    /// The text seen, shortened to 200 characters.
    pub seen: String,
    /// What this case adds to the code's own reason; empty if nothing.
    pub detail: String,
}

impl Finding {
    /// Whether the row is held by this.
    pub fn blocks(&self) -> bool {
        self.code.severity() == Severity::Blocks
    }
}
