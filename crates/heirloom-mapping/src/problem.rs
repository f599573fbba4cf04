//! What is wrong with a mapping file, or with a file that does not fit its mapping.

use std::fmt;

use heirloom_model::RowRef;

/// One mistake in a mapping file, with its place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingProblem {
    /// The mapping file, or the preset it extends.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// The whole line of the file.
    pub source_line: String,
    /// What is wrong.
    pub message: String,
    /// What would be right, if that can be said.
    pub help: Option<String>,
}

impl fmt::Display for MappingProblem {
    /// Like a compiler: message, place, the line with a caret, help.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(f, "error: {}", self.message)?;
        writeln!(f, "{gutter}--> {}:{}:{}", self.file, self.line, self.column)?;
        writeln!(f, "{gutter} |")?;
        writeln!(f, "{number} | {}", self.source_line)?;
        let before: String = self
            .source_line
            .chars()
            .take(self.column.saturating_sub(1) as usize)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        write!(f, "{gutter} | {before}^")?;
        if let Some(help) = &self.help {
            write!(f, "\n{gutter} = help: {help}")?;
        }
        Ok(())
    }
}

/// Why a file cannot be read as its mapping says. It stops the run before any row is mapped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SurveyProblem {
    /// The row that shows it, if one does.
    pub at: Option<RowRef>,
    /// What is wrong.
    pub message: String,
    /// Why it stops the run.
    pub why: String,
    /// What to do.
    pub help: String,
}
