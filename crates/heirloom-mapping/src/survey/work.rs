//! The survey's one pass over a file, row by row, holding only what is small.

use std::sync::Arc;

use heirloom_model::{CellKind, SourceRow};

use super::Survey;
use super::court::{Court, DateCourt, MarkCourt};
use super::gather::Keys;
use crate::SurveyProblem;
use crate::ground::{Ground, SheetStructure, Structure, Unmapped, Verdict};
use crate::number::Mark;
use crate::spec::{Body, ColumnRef, FileSpec, GiftRows, Mapping, Part, Role};
use crate::text::{shorten, trim};

/// Looks at every row of one file once, in order.
pub struct Surveyor<'m> {
    pub(super) mapping: &'m Mapping,
    pub(super) table: usize,
    pub(super) layout: &'m FileSpec,
    pub(super) ground: Ground,
    pub(super) structure: Structure,
    pub(super) not_data: Vec<u32>,
    pub(super) data_rows: u64,
    pub(super) problems: Vec<SurveyProblem>,
    pub(super) courts: Vec<Court>,
    pub(super) sheet: Option<SheetState>,
    pub(super) keys: Keys,
    pub(super) totals: Vec<(usize, usize, PendingTotal)>,
    unmapped: Vec<Unmapped>,
}

#[derive(Default)]
pub(super) struct SheetState {
    pub(super) index: u16,
    /// Rows seen while the header is still looked for.
    pub(super) waiting: Vec<SourceRow>,
    pub(super) has_header: bool,
    /// The newest data row, kept back where the last row may be a total.
    pub(super) pending: Option<SourceRow>,
    pub(super) sums: [i128; 2],
    pub(super) since_total: [i128; 2],
    /// Columns that nobody maps, with the number of their filled cells.
    pub(super) unmapped: Vec<(usize, u64)>,
    pub(super) header_row: u32,
}

/// What a total row says, until the decimal mark is decided.
pub(super) struct PendingTotal {
    pub said: String,
    pub kind: CellKind,
    pub sums: [i128; 2],
    pub since: [i128; 2],
}

impl<'m> Surveyor<'m> {
    /// A survey of one file; `sheets` are the sheets that were read, in order.
    pub fn new(mapping: &'m Mapping, file: &Arc<str>, sheets: &[Option<Arc<str>>], which: Part) -> Self {
        let table = which.table();
        let spec = &mapping.tables[table];
        let structure = sheets
            .iter()
            .map(|name| SheetStructure { name: name.clone(), ..SheetStructure::default() })
            .collect();
        Surveyor {
            mapping,
            table,
            layout: mapping.layout(which),
            ground: Ground {
                file: file.clone(),
                sheets: sheets.to_vec(),
                columns: vec![Vec::new(); sheets.len()],
                headers: vec![Vec::new(); sheets.len()],
                fills: vec![Vec::new(); spec.columns.len()],
            },
            structure: Structure { sheets: structure },
            not_data: Vec::new(),
            data_rows: 0,
            problems: Vec::new(),
            courts: spec
                .facts
                .iter()
                .map(|fact| match fact.role {
                    Role::Date => Court::Date(DateCourt::default()),
                    _ => Court::Amount(MarkCourt::default()),
                })
                .collect(),
            sheet: None,
            keys: Keys::new(mapping.companions.len()),
            totals: Vec::new(),
            unmapped: Vec::new(),
        }
    }

    /// Looks at further rows of the file.
    pub fn add(&mut self, rows: &[SourceRow]) {
        for row in rows {
            if self.sheet.as_ref().is_none_or(|s| s.index != row.sheet) {
                self.end_sheet();
                self.begin_sheet(row.sheet);
            }
            let has_header = self.sheet.as_ref().is_some_and(|s| s.has_header);
            if has_header { self.data(row) } else { self.look_for_header(row) }
        }
    }

    fn begin_sheet(&mut self, index: u16) {
        let mut state = SheetState { index, ..SheetState::default() };
        if self.layout.no_header {
            state.has_header = true;
            let letters = self.mapping.tables[self.table].columns.iter().map(|c| match c {
                ColumnRef::Letter(place) => *place as u32,
                ColumnRef::Named(..) => u32::MAX,
            });
            self.set_columns(index, letters.collect());
        }
        self.sheet = Some(state);
    }

    pub(super) fn set_columns(&mut self, sheet: u16, columns: Vec<u32>) {
        if let Some(place) = self.ground.columns.get_mut(usize::from(sheet)) {
            *place = columns;
        }
    }

    fn data(&mut self, row: &SourceRow) {
        if self.layout.total.is_none() {
            return self.judge(row, false);
        }
        let before = self.sheet.as_mut().and_then(|s| s.pending.replace(row.clone()));
        if let Some(before) = before {
            self.judge(&before, false);
        }
    }

    fn end_sheet(&mut self) {
        let Some(sheet) = &mut self.sheet else { return };
        if !sheet.has_header {
            self.no_header();
        }
        if let Some(last) = self.sheet.as_mut().and_then(|s| s.pending.take()) {
            self.judge(&last, true);
        }
        if let Some(sheet) = self.sheet.take() {
            let filled = sheet.unmapped.iter().filter(|(_, cells)| *cells > 0);
            self.unmapped.extend(filled.map(|&(column, cells)| Unmapped {
                sheet: sheet.index,
                row_number: sheet.header_row,
                column: column as u32,
                cells,
            }));
        }
    }

    /// Decides whether a row below the header is data, and learns from it.
    fn judge(&mut self, row: &SourceRow, is_last: bool) {
        let sheet = usize::from(row.sheet);
        if self.is_total(row, is_last) {
            self.not_data.push(row.id.sequence());
            self.total(row);
        } else if self.is_skipped(row) {
            self.not_data.push(row.id.sequence());
            if let Some(structure) = self.structure.sheets.get_mut(sheet) {
                structure.skipped.push((row.row_number, row_text(row)));
            }
        } else {
            self.data_rows += 1;
            if let Some(structure) = self.structure.sheets.get_mut(sheet) {
                structure.data_rows += 1;
            }
            self.learn(row);
        }
    }

    fn learn(&mut self, row: &SourceRow) {
        self.fill(row);
        self.hear(row);
        self.add_sums(row);
        for (column, cells) in self.sheet.iter_mut().flat_map(|s| &mut s.unmapped) {
            *cells += u64::from(row.cell(*column).kind != CellKind::Empty);
        }
        if self.table == 0 {
            self.keys.learn(self.mapping, &self.ground, row);
        }
    }

    fn fill(&mut self, row: &SourceRow) {
        for &column in &self.layout.fill_down {
            let Some(place) = self.ground.column(row.sheet, column) else {
                continue;
            };
            let text = trim(row.cell(place).text);
            let fills = &mut self.ground.fills[column];
            if !text.is_empty() && fills.last().is_none_or(|(_, before)| before != text) {
                fills.push((row.id.sequence(), text.to_owned()));
            }
        }
    }

    pub(super) fn amount_columns(&self, sheet: u16) -> Vec<u32> {
        let Body::Gift(spec) = &self.mapping.body else {
            return Vec::new();
        };
        if self.table != 0 {
            return Vec::new();
        }
        let mut columns = Vec::new();
        spec.amount.columns_in(0, &mut columns);
        columns.into_iter().filter_map(|column| self.ground.column(sheet, column).map(|c| c as u32)).collect()
    }

    /// What was found.
    ///
    /// # Errors
    /// Everything that keeps the file from being read as the mapping says.
    pub fn finish(mut self) -> Result<Survey, Vec<SurveyProblem>> {
        self.end_sheet();
        // A companion may have nothing to say; the main file of an export may not.
        if self.table == 0 && self.data_rows == 0 && self.problems.is_empty() {
            self.problems.push(SurveyProblem {
                at: None,
                message: format!("{} has no rows", self.ground.file),
                why: "an empty export is more likely a mistake than an empty year".to_owned(),
                help: "export the file again, or look whether the right sheet is named".to_owned(),
            });
        }
        let verdicts = self.verdicts();
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let is_comma = verdicts.iter().find_map(|v| match v {
            Verdict::Amount(mark) => Some(*mark == Mark::Comma),
            Verdict::Date(_) => None,
        });
        self.settle_totals(is_comma.unwrap_or(false));
        let amount_columns = (0..self.ground.sheets.len()).map(|s| self.amount_columns(s as u16)).collect();
        let mut survey = Survey {
            ground: self.ground,
            structure: self.structure,
            data_rows: self.data_rows,
            not_data: self.not_data,
            verdicts,
            members: Vec::new(),
            members_repeat: matches!(&self.mapping.body, Body::Gift(spec) if spec.rows == GiftRows::Credit),
            duplicates: Vec::new(),
            twins: Vec::new(),
            references: Vec::new(),
            amount_columns,
            unmapped: self.unmapped,
        };
        survey.not_data.sort_unstable();
        if self.table == 0 {
            self.keys.settle(self.mapping, &mut survey);
        }
        Ok(survey)
    }
}

pub(super) fn row_text(row: &SourceRow) -> String {
    let cells: Vec<&str> = row.cells().map(|c| trim(c.text)).filter(|t| !t.is_empty()).collect();
    shorten(&cells.join(" | "), 200)
}
