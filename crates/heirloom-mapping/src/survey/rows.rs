//! Which rows of a sheet are its header, titles, totals or skipped lines.

use heirloom_model::SourceRow;
use regex_lite::Regex;

use super::header::{self, matched};
use super::work::Surveyor;
use crate::SurveyProblem;
use crate::text::{shorten, trim};

/// The header is looked for among this many rows.
const HEADER_ROWS_MAX: usize = 30;

impl Surveyor<'_> {
    pub(super) fn look_for_header(&mut self, row: &SourceRow) {
        let table = &self.mapping.tables[self.table];
        let is_header = match self.layout.header_row {
            Some(number) => row.row_number >= number,
            None => matched(table, row).is_whole(),
        };
        if is_header {
            return self.header(row);
        }
        let Some(sheet) = &mut self.sheet else { return };
        sheet.waiting.push(row.clone());
        if self.layout.header_row.is_none() && sheet.waiting.len() >= HEADER_ROWS_MAX {
            self.no_header();
        }
    }

    pub(super) fn header(&mut self, row: &SourceRow) {
        let table = &self.mapping.tables[self.table];
        let found = matched(table, row);
        let at = self.ground.row_ref(row.sheet, row.row_number);
        if self.layout.header_row.is_some_and(|number| number != row.row_number) {
            self.problems.push(SurveyProblem {
                at: Some(at.clone()),
                message: format!("the header row {} is blank", self.layout.header_row.unwrap_or(0)),
                why: "the mapping says header_row, and there is nothing in it".to_owned(),
                help: "correct header_row in the mapping's [file], or leave it out to have it found"
                    .to_owned(),
            });
        }
        self.problems.extend(header::problems(table, row, &found, &at));
        let Some(sheet) = &mut self.sheet else { return };
        sheet.has_header = true;
        let cells = header::cells(row);
        sheet.unmapped = header::unmapped(self.layout, &cells, &found).into_iter().map(|c| (c, 0)).collect();
        sheet.header_row = row.row_number;
        let sheet_index = usize::from(sheet.index);
        for title in std::mem::take(&mut sheet.waiting) {
            self.not_data.push(title.id.sequence());
            if let Some(structure) = self.structure.sheets.get_mut(sheet_index) {
                structure.titles.push((title.row_number, row_text(&title)));
            }
        }
        self.not_data.push(row.id.sequence());
        for fills in &mut self.ground.fills {
            fills.push((row.id.sequence(), String::new()));
        }
        if let Some(structure) = self.structure.sheets.get_mut(sheet_index) {
            structure.header = Some((row.row_number, cells.clone()));
            self.ground.headers[sheet_index] = cells;
        }
        let places = found.columns.iter().map(|c| c.unwrap_or(u32::MAX)).collect();
        self.set_columns(row.sheet, places);
    }

    /// Nothing among the first rows is the header: say what is missing in the likeliest one.
    pub(super) fn no_header(&mut self) {
        let table = &self.mapping.tables[self.table];
        let Some(sheet) = &mut self.sheet else { return };
        let waiting = std::mem::take(&mut sheet.waiting);
        sheet.has_header = true;
        let mut best: Option<(usize, usize)> = None;
        for (index, row) in waiting.iter().enumerate() {
            let found = matched(table, row).found();
            if best.is_none_or(|(most, _)| found > most) {
                best = Some((found, index));
            }
        }
        let Some((_, index)) = best else { return };
        let row = &waiting[index];
        let at = self.ground.row_ref(row.sheet, row.row_number);
        let found = matched(table, row);
        self.problems.extend(header::problems(table, row, &found, &at));
    }

    pub(super) fn is_total(&self, row: &SourceRow, is_last: bool) -> bool {
        let Some(total) = &self.layout.total else {
            return false;
        };
        let mut filled = row.cells().map(|c| trim(c.text)).filter(|t| !t.is_empty());
        if is_last {
            filled.any(|text| total.is_match(text))
        } else {
            filled.next().is_some_and(|text| total.is_match(text))
        }
    }

    pub(super) fn is_skipped(&self, row: &SourceRow) -> bool {
        let first = row.cells().map(|c| trim(c.text)).find(|t| !t.is_empty());
        let matches = |text: &str| self.layout.skip.iter().any(|r: &Regex| r.is_match(text));
        (!self.layout.skip.is_empty() && first.is_some_and(matches)) || self.is_header_again(row)
    }

    pub(super) fn is_header_again(&self, row: &SourceRow) -> bool {
        let header = &self.ground.headers[usize::from(row.sheet)];
        let Some(first) = header.iter().position(|h| !h.is_empty()) else {
            return false;
        };
        trim(row.cell(first).text) == header[first]
            && header.len() >= 2
            && header.iter().enumerate().all(|(i, h)| trim(row.cell(i).text) == h)
    }
}

pub(super) fn row_text(row: &SourceRow) -> String {
    let cells: Vec<&str> = row.cells().map(|c| trim(c.text)).filter(|t| !t.is_empty()).collect();
    shorten(&cells.join(" | "), 200)
}
