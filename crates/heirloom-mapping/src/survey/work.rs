//! The survey's one pass over a file, row by row, holding only what is small.

use std::sync::Arc;

use heirloom_model::{CellKind, SourceRow};
use regex_lite::Regex;

use super::court::{DateCourt, MarkCourt};
use super::header::{self, matched};
use super::keys::{IdentityReading, first64, hash64, identity, is_certain};
use super::{Ground, SheetStructure, Structure, Survey, TotalRow, Twin, Verdict};
use crate::SurveyProblem;
use crate::control::read_cents;
use crate::number::Mark;
use crate::read::{Reader, Scene, run_steps};
use crate::rules;
use crate::spec::{Body, ColumnRef, FileSpec, Identity, Mapping, Part, Role, Unused, Value};
use crate::text::{shorten, trim};

/// The header is looked for among this many rows.
const HEADER_ROWS_MAX: usize = 30;

/// Decimals in which totals are compared: more than any currency has.
const TOTAL_DECIMALS: u32 = 4;

/// Looks at every row of one file once, in order.
pub struct Surveyor<'m> {
    mapping: &'m Mapping,
    table: usize,
    layout: &'m FileSpec,
    ground: Ground,
    structure: Structure,
    not_data: Vec<u32>,
    data_rows: u64,
    problems: Vec<SurveyProblem>,
    courts: Vec<Court>,
    sheet: Option<SheetState>,
    keys: Keys,
    totals: Vec<(usize, usize, PendingTotal)>,
}

enum Court {
    Date(DateCourt),
    Amount(MarkCourt),
}

#[derive(Default)]
struct SheetState {
    index: u16,
    /// Rows seen while the header is still looked for.
    waiting: Vec<SourceRow>,
    has_header: bool,
    /// The newest data row, kept back where the last row may be a total.
    pending: Option<SourceRow>,
    sums: [i128; 2],
    since_total: [i128; 2],
}

/// What a total row says, until the decimal mark is decided.
struct PendingTotal {
    said: String,
    kind: CellKind,
    sums: [i128; 2],
    since: [i128; 2],
}

#[derive(Default)]
struct Keys {
    rows: Vec<(u64, u32)>,
    /// For readings that are not the first: hashes of the rows where they differ.
    others: [Vec<(u32, u64)>; 4],
    references: Vec<Vec<u64>>,
    compact_at: usize,
}

impl<'m> Surveyor<'m> {
    /// A survey of one file; `sheets` are the sheets that were read, in order.
    pub fn new(
        mapping: &'m Mapping,
        file: &Arc<str>,
        sheets: &[Option<Arc<str>>],
        which: Part,
    ) -> Self {
        let table = which.table();
        let spec = &mapping.tables[table];
        let structure = sheets
            .iter()
            .map(|name| SheetStructure {
                name: name.clone(),
                ..SheetStructure::default()
            })
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
            keys: Keys {
                references: vec![Vec::new(); mapping.companions.len()],
                compact_at: 1 << 16,
                ..Keys::default()
            },
            totals: Vec::new(),
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
            if has_header {
                self.data(row)
            } else {
                self.look_for_header(row)
            }
        }
    }

    fn begin_sheet(&mut self, index: u16) {
        let mut state = SheetState {
            index,
            ..SheetState::default()
        };
        if self.layout.no_header {
            state.has_header = true;
            let letters = self.mapping.tables[self.table]
                .columns
                .iter()
                .map(|c| match c {
                    ColumnRef::Letter(place) => *place as u32,
                    ColumnRef::Named(..) => u32::MAX,
                });
            self.set_columns(index, letters.collect());
        }
        self.sheet = Some(state);
    }

    fn set_columns(&mut self, sheet: u16, columns: Vec<u32>) {
        if let Some(place) = self.ground.columns.get_mut(usize::from(sheet)) {
            *place = columns;
        }
    }

    fn look_for_header(&mut self, row: &SourceRow) {
        let columns = &self.mapping.tables[self.table].columns;
        let is_header = match self.layout.header_row {
            Some(number) => row.row_number >= number,
            None => matched(columns, row).is_whole(),
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

    fn header(&mut self, row: &SourceRow) {
        let columns = &self.mapping.tables[self.table].columns;
        let found = matched(columns, row);
        let at = self.ground.row_ref(row.sheet, row.row_number);
        if self
            .layout
            .header_row
            .is_some_and(|number| number != row.row_number)
        {
            self.problems.push(SurveyProblem {
                at: Some(at.clone()),
                message: format!(
                    "the header row {} is blank",
                    self.layout.header_row.unwrap_or(0)
                ),
                why: "the mapping says header_row, and there is nothing in it".to_owned(),
                help:
                    "correct header_row in the mapping's [file], or leave it out to have it found"
                        .to_owned(),
            });
        }
        self.problems
            .extend(header::problems(columns, row, &found, &at));
        let Some(sheet) = &mut self.sheet else { return };
        sheet.has_header = true;
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
        let cells = header::cells(row);
        if let Some(structure) = self.structure.sheets.get_mut(sheet_index) {
            structure.header = Some((row.row_number, cells.clone()));
            self.ground.headers[sheet_index] = cells;
        }
        let places = found
            .columns
            .iter()
            .map(|c| c.unwrap_or(u32::MAX))
            .collect();
        self.set_columns(row.sheet, places);
    }

    /// Nothing among the first rows is the header: say what is missing in the likeliest one.
    fn no_header(&mut self) {
        let columns = &self.mapping.tables[self.table].columns;
        let Some(sheet) = &mut self.sheet else { return };
        let waiting = std::mem::take(&mut sheet.waiting);
        sheet.has_header = true;
        let mut best: Option<(usize, usize)> = None;
        for (index, row) in waiting.iter().enumerate() {
            let found = matched(columns, row).found();
            if best.is_none_or(|(most, _)| found > most) {
                best = Some((found, index));
            }
        }
        let Some((_, index)) = best else { return };
        let row = &waiting[index];
        let at = self.ground.row_ref(row.sheet, row.row_number);
        let found = matched(columns, row);
        self.problems
            .extend(header::problems(columns, row, &found, &at));
    }

    fn data(&mut self, row: &SourceRow) {
        if self.layout.total.is_none() {
            return self.judge(row, false);
        }
        let before = self
            .sheet
            .as_mut()
            .and_then(|s| s.pending.replace(row.clone()));
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
        self.sheet = None;
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

    fn is_total(&self, row: &SourceRow, is_last: bool) -> bool {
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

    fn is_skipped(&self, row: &SourceRow) -> bool {
        let first = row.cells().map(|c| trim(c.text)).find(|t| !t.is_empty());
        let matches = |text: &str| self.layout.skip.iter().any(|r: &Regex| r.is_match(text));
        (!self.layout.skip.is_empty() && first.is_some_and(matches)) || self.is_header_again(row)
    }

    fn is_header_again(&self, row: &SourceRow) -> bool {
        let header = &self.ground.headers[usize::from(row.sheet)];
        let Some(first) = header.iter().position(|h| !h.is_empty()) else {
            return false;
        };
        trim(row.cell(first).text) == header[first]
            && header.len() >= 2
            && header
                .iter()
                .enumerate()
                .all(|(i, h)| trim(row.cell(i).text) == h)
    }

    fn learn(&mut self, row: &SourceRow) {
        self.fill(row);
        self.hear(row);
        self.add_sums(row);
        if self.table == 0 {
            self.learn_keys(row);
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

    fn hear(&mut self, row: &SourceRow) {
        let facts = &self.mapping.tables[self.table].facts;
        for (fact, court) in facts.iter().zip(&mut self.courts) {
            let Some(place) = self.ground.column(row.sheet, fact.column) else {
                continue;
            };
            let cell = row.cell(place);
            if cell.kind == CellKind::Empty {
                continue;
            }
            let text = run_steps(trim(cell.text).into(), &fact.steps);
            match court {
                Court::Date(court) => court.hear(row.sheet, row.row_number, &text),
                Court::Amount(court) if self.mapping.mark.is_none() => {
                    court.hear(row.sheet, row.row_number, &text, cell.kind);
                }
                Court::Amount(_) => {}
            }
        }
    }

    fn add_sums(&mut self, row: &SourceRow) {
        if self.layout.total.is_none() {
            return;
        }
        let columns = self.amount_columns(row.sheet);
        let cell = columns
            .iter()
            .map(|&c| row.cell(c as usize))
            .find(|c| !trim(c.text).is_empty());
        let (Some(cell), Some(sheet)) = (cell, &mut self.sheet) else {
            return;
        };
        for (mark, is_comma) in [false, true].into_iter().enumerate() {
            let value = read_cents(cell.text, cell.kind, is_comma, TOTAL_DECIMALS).unwrap_or(0);
            sheet.sums[mark] += i128::from(value);
            sheet.since_total[mark] += i128::from(value);
        }
    }

    fn total(&mut self, row: &SourceRow) {
        let columns = self.amount_columns(row.sheet);
        let is_amount = |i: usize| {
            let cell = row.cell(i);
            [false, true]
                .into_iter()
                .any(|comma| read_cents(cell.text, cell.kind, comma, TOTAL_DECIMALS).is_some())
        };
        let mapped = columns.iter().map(|&c| c as usize).find(|&c| is_amount(c));
        let place = mapped.or_else(|| {
            let mut others = (0..row.len()).filter(|&i| is_amount(i));
            others.next().filter(|_| others.next().is_none())
        });
        let cell = row.cell(place.unwrap_or(usize::MAX));
        let Some(sheet) = &mut self.sheet else { return };
        let pending = PendingTotal {
            said: trim(cell.text).to_owned(),
            kind: cell.kind,
            sums: sheet.sums,
            since: sheet.since_total,
        };
        sheet.since_total = [0; 2];
        let index = usize::from(sheet.index);
        if let Some(structure) = self.structure.sheets.get_mut(index) {
            structure.totals.push(TotalRow {
                row_number: row.row_number,
                said: pending.said.clone(),
                sum: String::new(),
                agrees: true,
            });
            self.totals
                .push((index, structure.totals.len() - 1, pending));
        }
    }

    fn amount_columns(&self, sheet: u16) -> Vec<u32> {
        let Body::Gift(spec) = &self.mapping.body else {
            return Vec::new();
        };
        if self.table != 0 {
            return Vec::new();
        }
        let mut columns = Vec::new();
        spec.amount.columns_in(0, &mut columns);
        columns
            .into_iter()
            .filter_map(|column| self.ground.column(sheet, column).map(|c| c as u32))
            .collect()
    }

    fn learn_keys(&mut self, row: &SourceRow) {
        let mapping = self.mapping;
        let mut grounds = vec![None; mapping.tables.len()];
        grounds[0] = Some(&self.ground);
        let reader = Reader { mapping, grounds };
        let scene = Scene::of(0, row);
        self.keys.refer(mapping, &reader, &scene);
        if rules::exclude::by_main(&reader, &scene).is_some() {
            return;
        }
        match &mapping.body {
            Body::Gift(spec) => {
                let is_left_out = match rules::gift_type::by_main(&reader, spec, &scene) {
                    rules::gift_type::Verdict::Excluded(_) => true,
                    rules::gift_type::Verdict::Gift => false,
                    _ => !spec.rows_are_parts,
                };
                if is_left_out {
                    return;
                }
                match &spec.identity {
                    Identity::Id(value) => self.keys.id(&reader, value, &scene, row),
                    Identity::Derived(fields) => self.keys.derived(&reader, fields, &scene, row),
                }
            }
            Body::Donor(spec) => self.keys.id(&reader, &spec.id, &scene, row),
        }
    }

    /// What was found.
    ///
    /// # Errors
    /// Everything that keeps the file from being read as the mapping says.
    pub fn finish(mut self) -> Result<Survey, Vec<SurveyProblem>> {
        self.end_sheet();
        if self.not_data.is_empty() && self.data_rows == 0 && self.problems.is_empty() {
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
        let amount_columns = (0..self.ground.sheets.len())
            .map(|s| self.amount_columns(s as u16))
            .collect();
        let mut survey = Survey {
            ground: self.ground,
            structure: self.structure,
            data_rows: self.data_rows,
            not_data: self.not_data,
            verdicts,
            members: Vec::new(),
            duplicates: Vec::new(),
            twins: Vec::new(),
            references: Vec::new(),
            amount_columns,
        };
        survey.not_data.sort_unstable();
        if self.table == 0 {
            self.keys.settle(self.mapping, &mut survey);
        }
        Ok(survey)
    }

    fn verdicts(&mut self) -> Vec<Verdict> {
        let facts = &self.mapping.tables[self.table].facts;
        let mut marks: Vec<Mark> = Vec::new();
        for court in &self.courts {
            if let Court::Amount(court) = court {
                marks.extend(court.own());
            }
        }
        let agreed = marks
            .first()
            .copied()
            .filter(|first| marks.iter().all(|m| m == first));
        let mut verdicts = Vec::new();
        for (fact, court) in facts.iter().zip(&self.courts) {
            let name = column_name(&self.mapping.tables[self.table].columns[fact.column]);
            verdicts.push(match court {
                Court::Date(court) => court.judge(
                    &name,
                    self.mapping.order,
                    self.mapping.pivot,
                    &self.ground,
                    &mut self.problems,
                ),
                Court::Amount(court) => court.judge(
                    &name,
                    self.mapping.mark,
                    agreed,
                    &self.ground,
                    &mut self.problems,
                ),
            });
        }
        self.problems.dedup();
        verdicts
    }

    fn settle_totals(&mut self, is_comma: bool) {
        let mark = usize::from(is_comma);
        for (sheet, index, pending) in std::mem::take(&mut self.totals) {
            let total = &mut self.structure.sheets[sheet].totals[index];
            let said =
                read_cents(&pending.said, pending.kind, is_comma, TOTAL_DECIMALS).map(i128::from);
            let (sum, since) = (pending.sums[mark], pending.since[mark]);
            total.agrees = said.is_none_or(|said| said == sum || said == since);
            total.sum = plain(sum);
        }
    }
}

/// Ten-thousandths as plain digits with at least two decimals.
fn plain(units: i128) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:05}", units.unsigned_abs());
    let (whole, part) = digits.split_at(digits.len() - TOTAL_DECIMALS as usize);
    let (cents, rest) = part.split_at(2);
    format!("{sign}{whole}.{cents}{}", rest.trim_end_matches('0'))
}

fn column_name(column: &ColumnRef) -> String {
    match column {
        ColumnRef::Named(names, _) => format!("\"{}\"", names[0]),
        ColumnRef::Letter(place) => format!("column {}", heirloom_model::column_letter(*place)),
    }
}

fn row_text(row: &SourceRow) -> String {
    let cells: Vec<&str> = row
        .cells()
        .map(|c| trim(c.text))
        .filter(|t| !t.is_empty())
        .collect();
    shorten(&cells.join(" | "), 200)
}

impl Keys {
    /// Notes which companion rows a main row refers to, where the mapping asks for unused ones.
    fn refer<'m>(&mut self, mapping: &'m Mapping, reader: &Reader<'m>, scene: &Scene<'_>) {
        let mut total = 0;
        for (join, references) in mapping.companions.iter().zip(&mut self.references) {
            if join.on_table == 0 && join.unused != Unused::Ignore {
                let seen = reader.read(&join.on, scene);
                if !seen.is_blank() {
                    references.push(hash64(&seen.text));
                }
                total += references.len();
            }
        }
        if total >= self.compact_at {
            self.compact();
            self.compact_at = 2 * self
                .references
                .iter()
                .map(Vec::len)
                .sum::<usize>()
                .max(1 << 15);
        }
    }

    fn compact(&mut self) {
        for references in &mut self.references {
            references.sort_unstable();
            references.dedup();
        }
    }

    fn id<'m>(
        &mut self,
        reader: &Reader<'m>,
        value: &'m Value,
        scene: &Scene<'_>,
        row: &SourceRow,
    ) {
        let seen = reader.read(value, scene);
        if !seen.is_blank() && !seen.is_error {
            self.rows.push((hash64(&seen.text), row.id.sequence()));
        }
    }

    fn derived<'m>(
        &mut self,
        reader: &Reader<'m>,
        fields: &'m [(Value, Role)],
        scene: &Scene<'_>,
        row: &SourceRow,
    ) {
        let sequence = row.id.sequence();
        let mapping = reader.mapping;
        let mut readings = IdentityReading::OPEN;
        for reading in &mut readings {
            reading.order = mapping.order.unwrap_or(reading.order);
            reading.mark = mapping.mark.unwrap_or(reading.mark);
        }
        let Some(digest) = identity(reader, fields, scene, readings[0]) else {
            return;
        };
        let first = first64(digest);
        self.rows.push((first, sequence));
        if readings.iter().all(|r| *r == readings[0]) || is_certain(reader, fields, scene) {
            return;
        }
        for (index, reading) in readings.iter().enumerate().skip(1) {
            if let Some(digest) = identity(reader, fields, scene, *reading)
                && first64(digest) != first
            {
                self.others[index].push((sequence, first64(digest)));
            }
        }
    }

    fn settle(mut self, mapping: &Mapping, survey: &mut Survey) {
        self.compact();
        survey.references = self.references;
        let mut are_parts = false;
        let mut are_twins = false;
        if let Body::Gift(spec) = &mapping.body {
            are_parts = spec.rows_are_parts;
            if let Identity::Derived(fields) = &spec.identity {
                are_twins = true;
                let settled = IdentityReading::settled(mapping, fields, &survey.verdicts);
                let index = IdentityReading::OPEN
                    .iter()
                    .position(|r| *r == settled)
                    .unwrap_or(0);
                let differing = std::mem::take(&mut self.others[index]);
                replace(&mut self.rows, &differing);
            }
        }
        self.rows.sort_unstable();
        for equal in self
            .rows
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|e| e.len() > 1)
        {
            let (hash, first) = equal[0];
            if are_parts {
                survey
                    .members
                    .extend(equal[1..].iter().map(|(_, row)| (first, *row)));
            } else if are_twins {
                let twins = equal.iter().enumerate();
                survey.twins.extend(twins.map(|(i, (_, sequence))| Twin {
                    sequence: *sequence,
                    hash,
                    ordinal: i as u32 + 1,
                }));
            } else {
                survey.duplicates.push(hash);
            }
        }
        survey.members.sort_unstable();
        survey.twins.sort_unstable_by_key(|t| t.sequence);
    }
}

/// Both lists are in order of rows.
fn replace(rows: &mut [(u64, u32)], differing: &[(u32, u64)]) {
    let mut rest = differing;
    for (hash, sequence) in rows {
        if let [(next, other), after @ ..] = rest
            && next == sequence
        {
            *hash = *other;
            rest = after;
        }
    }
}
