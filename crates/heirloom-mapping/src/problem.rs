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
        writeln!(f, "error: {}", self.message)?;
        let excerpt = excerpt(&self.file, self.line, self.column, &self.source_line);
        f.write_str(&excerpt)?;
        let gutter = " ".repeat(self.line.to_string().len());
        if let Some(help) = &self.help {
            write!(f, "\n{gutter} = help: {help}")?;
        }
        Ok(())
    }
}

/// A place in a mapping file as a compiler shows it: file, line and column, then the line with what
/// is meant underlined.
pub(crate) fn excerpt(file: &str, line: u32, column: u32, source_line: &str) -> String {
    let number = line.to_string();
    let gutter = " ".repeat(number.len());
    let start = column.saturating_sub(1) as usize;
    let before: String =
        source_line.chars().take(start).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    let rest: Vec<char> = source_line.chars().skip(start).collect();
    let under = "^".repeat(token_length(&rest).max(1));
    format!(
        "{gutter}--> {file}:{line}:{column}\n{gutter} |\n{number} | {source_line}\n{gutter} | {before}{under}"
    )
}

/// How far the text, list or word reaches that begins here.
fn token_length(rest: &[char]) -> usize {
    let until = |end: char| rest.iter().skip(1).position(|c| *c == end).map_or(1, |at| at + 2);
    match rest.first() {
        Some('"') => until('"'),
        Some('\'') => until('\''),
        Some('[') => until(']'),
        Some('{') => until('}'),
        _ => rest.iter().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '-')).count(),
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
