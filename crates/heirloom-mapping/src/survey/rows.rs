//! Which rows of a sheet are its header, titles, totals or skipped lines.

use heirloom_model::SourceRow;
use regex_lite::Regex;

use super::header::{self, Names, matched};
use super::work::{Surveyor, row_text};
use crate::SurveyProblem;
use crate::text::trim;

/// The header is looked for among this many rows.
const HEADER_ROWS_MAX: usize = 30;

impl Surveyor<'_> {
    pub(super) fn look_for_header(&mut self, row: &SourceRow) {
        let table = &self.mapping.tables[self.table];
        let is_header = match (self.layout.header_row, self.upper()) {
            (Some(number), None) if self.layout.two_header_rows => row.row_number > number,
            (Some(number), Some(upper)) => upper.row_number >= number,
            (Some(number), None) => row.row_number >= number,
            (None, None) if self.layout.two_header_rows => false,
            (None, _) => matched(table, &self.names(row)).is_whole(),
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

    /// The row above, if names stand in two rows.
    fn upper(&self) -> Option<&SourceRow> {
        self.sheet.as_ref().filter(|_| self.layout.two_header_rows).and_then(|s| s.waiting.last())
    }

    /// The names that stand over the columns if this is the header's last row.
    fn names(&self, row: &SourceRow) -> Names {
        self.upper().map_or_else(|| Names::of(row), |upper| Names::of_two(upper, row))
    }

    pub(super) fn header(&mut self, row: &SourceRow) {
        let table = &self.mapping.tables[self.table];
        let names = self.names(row);
        let found = matched(table, &names);
        let at = self.ground.row_ref(row.sheet, row.row_number);
        let first_row = self.upper().map_or(row.row_number, |upper| upper.row_number);
        if self.layout.header_row.is_some_and(|number| number != first_row) {
            self.problems.push(SurveyProblem {
                at: Some(at.clone()),
                message: format!("the header row {} is blank", self.layout.header_row.unwrap_or(0)),
                why: "the mapping says header_row, and there is nothing in it".to_owned(),
                help: "correct header_row in the mapping's [file], or leave it out to have it found"
                    .to_owned(),
            });
        }
        self.problems.extend(header::problems(table, &names, &found, &at));
        let Some(sheet) = &mut self.sheet else { return };
        sheet.has_header = true;
        let cells = names.shown;
        sheet.unmapped = header::unmapped(self.layout, &cells, &found).into_iter().map(|c| (c, 0)).collect();
        sheet.header_row = row.row_number;
        let sheet_index = usize::from(sheet.index);
        if let Some(upper) = sheet.waiting.pop_if(|_| self.layout.two_header_rows) {
            self.not_data.push(upper.id.sequence());
        }
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
        let names: Vec<Names> = match self.layout.two_header_rows {
            false => waiting.iter().map(Names::of).collect(),
            true => waiting.windows(2).map(|two| Names::of_two(&two[0], &two[1])).collect(),
        };
        let mut best: Option<(usize, usize)> = None;
        for (index, names) in names.iter().enumerate() {
            let found = matched(table, names).found();
            if best.is_none_or(|(most, _)| found > most) {
                best = Some((found, index));
            }
        }
        let Some((_, index)) = best else { return };
        let row = &waiting[index + usize::from(self.layout.two_header_rows)];
        let at = self.ground.row_ref(row.sheet, row.row_number);
        let found = matched(table, &names[index]);
        self.problems.extend(header::problems(table, &names[index], &found, &at));
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
