//! Finding the header, and the mapping's columns in it.

use heirloom_model::{RowRef, SourceRow, column_letter};

use crate::SurveyProblem;
use crate::spec::{ColumnRef, FileSpec, Need, TableSpec};
use crate::text::{fold, nearest, trim};

/// The columns of a mapping in one header row.
pub(crate) struct Matched {
    /// `[column of the mapping]`.
    pub columns: Vec<Option<u32>>,
    /// Mapping columns found twice, with their places.
    pub twice: Vec<(usize, Vec<u32>)>,
    /// Mapping columns that the file must have and that are not there.
    pub missing: Vec<usize>,
}

impl Matched {
    pub fn found(&self) -> usize {
        self.columns.iter().flatten().count()
    }

    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }
}

/// The names that stand over the columns of a sheet, in one row or in two.
pub(crate) struct Names {
    /// As they are shown to people.
    pub shown: Vec<String>,
    /// Folded, in the order in which they are tried.
    forms: Vec<Vec<String>>,
}

impl Names {
    /// Names in one row.
    pub fn of(row: &SourceRow) -> Names {
        Names { shown: cells(row), forms: vec![row.cells().map(|c| fold(c.text)).collect()] }
    }

    /// Names in two rows: `Gift` over `Date` is `Gift Date`. A name above goes on over the blank
    /// cells to its right, as a merged cell does. A column is also found by either of its names.
    pub fn of_two(upper: &SourceRow, lower: &SourceRow) -> Names {
        let width = upper.len().max(lower.len());
        let text = |row: &SourceRow, at: usize| trim(row.cell(at).text).to_owned();
        let mut above = String::new();
        let mut shown = Vec::with_capacity(width);
        for at in 0..width {
            let (own, below) = (text(upper, at), text(lower, at));
            if !own.is_empty() {
                above = own.clone();
            }
            let first = if below.is_empty() { own } else { above.clone() };
            shown.push(trim(&format!("{first} {below}")).to_owned());
        }
        let folded = |row: &SourceRow| (0..width).map(|at| fold(row.cell(at).text)).collect();
        let both = shown.iter().map(|name| fold(name)).collect();
        Names { shown, forms: vec![both, folded(lower), folded(upper)] }
    }

    /// The columns of a folded name.
    pub fn places(&self, name: &str) -> Vec<u32> {
        let of = |form: &Vec<String>| -> Vec<u32> {
            (0..form.len()).filter(|&i| form[i] == name).map(|i| i as u32).collect()
        };
        self.forms.iter().map(of).find(|places| !places.is_empty()).unwrap_or_default()
    }
}

/// Looks for every column of a mapping in a header.
pub(crate) fn matched(table: &TableSpec, names: &Names) -> Matched {
    let columns = Vec::with_capacity(table.columns.len());
    let mut result = Matched { columns, twice: Vec::new(), missing: Vec::new() };
    for (index, (column, need)) in table.columns.iter().zip(&table.needs).enumerate() {
        let found = match column {
            ColumnRef::Letter(place) => Some(*place as u32),
            ColumnRef::Named(_, folded) => {
                let places = folded.iter().find_map(|name| {
                    let places = names.places(name);
                    (!places.is_empty()).then_some(places)
                });
                if let Some(places) = places.as_ref().filter(|p| p.len() > 1) {
                    result.twice.push((index, places.clone()));
                }
                places.map(|p| p[0])
            }
        };
        if found.is_none() && *need == Need::Required {
            result.missing.push(index);
        }
        result.columns.push(found);
    }
    result
}

/// The columns of a header that the mapping neither maps nor ignores.
pub(crate) fn unmapped(layout: &FileSpec, header: &[String], matched: &Matched) -> Vec<usize> {
    let is_mapped = |index: usize| {
        let twice = matched.twice.iter().flat_map(|(_, places)| places);
        matched.columns.iter().flatten().chain(twice).any(|&c| c as usize == index)
    };
    let names = header.iter().enumerate().map(|(index, name)| (index, fold(name)));
    names
        .filter(|(index, name)| !name.is_empty() && !is_mapped(*index) && !layout.ignores(name))
        .map(|(index, _)| index)
        .collect()
}

/// The cells of a row, trimmed.
fn cells(row: &SourceRow) -> Vec<String> {
    row.cells().map(|c| trim(c.text).to_owned()).collect()
}

fn name(column: &ColumnRef) -> String {
    match column {
        ColumnRef::Named(names, _) => {
            names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(" or ")
        }
        ColumnRef::Letter(place) => column_letter(*place),
    }
}

/// One problem for each mapped column that a header lacks or has twice.
pub(crate) fn problems(
    table: &TableSpec,
    names: &Names,
    matched: &Matched,
    at: &RowRef,
) -> Vec<SurveyProblem> {
    let header = &names.shown;
    let mut list = Vec::new();
    let columns = &table.columns;
    for &index in &matched.missing {
        let column = &columns[index];
        let ColumnRef::Named(wanted, _) = column else {
            continue;
        };
        let told = table.told.get(index).filter(|t| !t.is_empty());
        let told = told.map(|t| format!("\n{t}")).unwrap_or_default();
        let near = nearest(&wanted[0], header.iter().map(String::as_str), 3);
        list.push(SurveyProblem {
            at: Some(at.clone()),
            message: format!("the column {} is not in {at}{told}", name(column)),
            why: "a mapped column that is missing would silently become empty".to_owned(),
            help: if near.is_empty() {
                format!("the header row seen is: {}", crate::text::shorten(&header.join(" | "), 300))
            } else {
                let quoted: Vec<String> = near.iter().map(|n| format!("\"{n}\"")).collect();
                format!("closest columns there: {}", quoted.join(", "))
            },
        });
    }
    for (column, places) in &matched.twice {
        let letters: Vec<String> = places.iter().map(|&p| column_letter(p as usize)).collect();
        list.push(SurveyProblem {
            at: Some(at.clone()),
            message: format!(
                "the column {} is in {at} {} times: {}",
                name(&columns[*column]),
                places.len(),
                letters.join(", ")
            ),
            why: "which of them is meant cannot be guessed".to_owned(),
            help: format!(
                "address it as letter = \"{}\" in the mapping, or rename one of them in the file",
                letters[0]
            ),
        });
    }
    list
}
