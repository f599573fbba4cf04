//! The values of the columns that a mapping has tables for, with how many rows and how much money
//! each stands for.

use std::collections::BTreeMap;

use heirloom_model::SourceRow;

use super::presets::names_of;
use super::{Fit, Suggestion};
use crate::number::{Mark, read};
use crate::spec::{Body, Mapping};
use crate::text::trim;

/// Values of one column that are listed.
pub(super) const VALUES_MAX: usize = 200;

/// A table of a mapping that says what values mean.
pub(super) struct List {
    /// `values.fund` and the like.
    pub table: &'static str,
    pub columns: Vec<usize>,
    /// Value → rows and ten-thousandths.
    pub counts: BTreeMap<String, (u64, i128)>,
    pub too_many: bool,
}

/// Counts the values of a file's lists in a second pass over it.
pub struct Tallier {
    pub(super) lists: Vec<List>,
    header_row: u32,
    sheet: Option<u16>,
    wanted: Option<u16>,
    amount: Option<usize>,
    mark: Mark,
    /// Rows that are no data, such as totals.
    not_data: Vec<u32>,
}

const TABLES: [(&str, &str); 5] = [
    ("type", "types"),
    ("fund", "values.fund"),
    ("method", "values.method"),
    ("appeal", "values.appeal"),
    ("kind", "values.donor_kind"),
];

impl Tallier {
    /// For the lists of a suggestion; `sheet` is the place of its sheet in the file.
    pub fn new(suggestion: &Suggestion<'_>, sheet: u16) -> Tallier {
        let profile = suggestion.sheet;
        let columns = |field: &str| -> Vec<usize> {
            match (&suggestion.preset, &suggestion.fit) {
                (Some(mapping), Some(fit)) => places(suggestion, mapping, fit, field),
                _ => {
                    let wide = suggestion.wide.as_ref().filter(|_| field == "fund");
                    let guessed = suggestion.guesses.iter().filter(|g| g.field == field).map(|g| g.column);
                    match wide.and_then(|w| w.fund.as_ref().map(|_| w)) {
                        Some(wide) => fund_set(suggestion, wide),
                        None => guessed.collect(),
                    }
                }
            }
        };
        let list = |(field, table): (&str, &'static str)| List {
            table,
            columns: columns(field),
            counts: BTreeMap::new(),
            too_many: false,
        };
        let amount = suggestion.column("amount").map(|c| c.index);
        let has_comma = amount.and_then(|c| profile.columns.get(c)).is_some_and(|c| c.comma);
        Tallier {
            lists: TABLES.into_iter().map(list).filter(|l| !l.columns.is_empty()).collect(),
            header_row: suggestion.fit.as_ref().map_or(profile.header_row.unwrap_or(0), |f| f.header_row),
            sheet: None,
            wanted: Some(sheet),
            amount: amount.filter(|_| suggestion.wide.is_none()),
            mark: if has_comma { Mark::Comma } else { Mark::Point },
            not_data: profile.totals.clone(),
        }
    }

    /// Counts a further row of the file.
    pub fn add(&mut self, row: &SourceRow) {
        self.sheet = Some(row.sheet);
        let is_data = row.row_number > self.header_row && !self.not_data.contains(&row.row_number);
        if self.wanted != self.sheet || !is_data {
            return;
        }
        let amount = self.amount.map(|column| row.cell(column));
        let amount = amount.and_then(|cell| read(trim(cell.text), cell.kind, self.mark, 4).ok()).unwrap_or(0);
        for list in &mut self.lists {
            let is_single = list.columns.len() == 1;
            for &column in &list.columns {
                let text = trim(row.cell(column).text);
                if text.is_empty() && !is_single {
                    continue;
                }
                if let Some((rows, sum)) = list.counts.get_mut(text) {
                    *rows += 1;
                    *sum += i128::from(amount);
                } else if list.counts.len() < VALUES_MAX {
                    list.counts.insert(text.to_owned(), (1, i128::from(amount)));
                } else {
                    list.too_many = true;
                }
            }
        }
    }

    /// Whether amounts are added up beside the values.
    pub(super) fn has_money(&self) -> bool {
        self.amount.is_some()
    }
}

fn fund_set(suggestion: &Suggestion<'_>, wide: &super::Wide) -> Vec<usize> {
    let [date, amount, _] = wide.first;
    let kinds = [date, amount].map(|c| c.and_then(|c| suggestion.sheet.columns.get(c)).map(|c| c.kind));
    let is_other = |c: &usize| !kinds.contains(&suggestion.sheet.columns.get(*c).map(|c| c.kind));
    wide.columns.iter().copied().filter(is_other).collect()
}

/// Where a preset finds the values of a field in this file.
fn places(suggestion: &Suggestion<'_>, mapping: &Mapping, fit: &Fit, field: &str) -> Vec<usize> {
    let names = names_of(suggestion.sheet, fit);
    let own = mapping.places(field, &names);
    if own.is_empty() && field == "fund" { mapping.places("designations fund", &names) } else { own }
}

/// Whether a preset says already what a value of a table means.
pub(super) fn is_known(mapping: &Mapping, table: &str, value: &str) -> bool {
    match (&mapping.body, table) {
        (Body::Gift(spec), "types") => spec.types.get(value).is_some(),
        (Body::Gift(spec), "values.fund") => spec.funds.get(value).is_some(),
        (Body::Gift(spec), "values.appeal") => spec.appeals.get(value).is_some(),
        (Body::Gift(spec), "values.method") => spec.methods.as_ref().is_some_and(|m| m.get(value).is_some()),
        (Body::Donor(spec), "values.donor_kind") => spec.kinds.get(value).is_some(),
        _ => false,
    }
}
