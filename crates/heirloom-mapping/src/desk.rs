//! Where findings about one row are collected, each with its column and the text seen.

use heirloom_model::{Code, Finding, SourceRow, column_letter};

use crate::ground::Ground;
use crate::read::{CellAt, Reader, Seen};
use crate::text::shorten;

/// The findings of one row so far.
pub(crate) struct Desk<'x> {
    reader: &'x Reader<'x>,
    table: usize,
    sheet: u16,
    row_number: u32,
    findings: Vec<Finding>,
}

impl<'x> Desk<'x> {
    pub fn new(reader: &'x Reader<'x>, table: usize, row: &SourceRow) -> Self {
        Desk { reader, table, sheet: row.sheet, row_number: row.row_number, findings: Vec::new() }
    }

    pub fn ground(&self) -> &'x Ground {
        self.reader.grounds[self.table].expect("a mapper has a survey of every file")
    }

    /// A finding about a cell.
    pub fn add(&mut self, code: Code, seen: &Seen<'_>, detail: impl Into<String>) {
        let column = seen.at.map(|at| self.label(at));
        self.push(code, column, &seen.text, detail.into());
    }

    /// A finding about no cell in particular.
    pub fn add_text(&mut self, code: Code, seen: &str, detail: impl Into<String>) {
        self.push(code, None, seen, detail.into());
    }

    fn push(&mut self, code: Code, column: Option<String>, seen: &str, detail: String) {
        self.findings.push(Finding {
            code,
            at: self.ground().row_ref(self.sheet, self.row_number),
            column,
            seen: shorten(seen, 200),
            detail,
        });
    }

    /// Takes over a finding of another row.
    pub fn adopt(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Whether this code was already said of this cell.
    pub fn has(&self, code: Code, seen: &Seen<'_>) -> bool {
        self.findings.iter().any(|f| {
            f.code == code
                && f.seen == shorten(&seen.text, 200)
                && f.column == seen.at.map(|at| self.label(at))
        })
    }

    /// Whether this code was already said of the row.
    pub fn says(&self, code: Code) -> bool {
        self.findings.iter().any(|f| f.code == code)
    }

    /// `H "Fund Desc"`, with the companion's name in front.
    fn label(&self, at: CellAt) -> String {
        let letter = column_letter(at.column);
        let ground = self.reader.grounds[at.table];
        let header = ground.and_then(|g| g.headers.get(usize::from(at.sheet))).and_then(|h| h.get(at.column));
        let own = match header {
            Some(name) if !name.is_empty() => format!("{letter} \"{name}\""),
            _ => letter,
        };
        match at.table.checked_sub(1).filter(|_| at.table != self.table) {
            Some(join) => format!("{}: {own}", self.reader.mapping.companions[join].name),
            None => own,
        }
    }

    pub fn blocks(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
    }

    pub fn first_blocking(&self) -> Option<&Finding> {
        self.findings.iter().find(|f| f.blocks())
    }

    pub fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
