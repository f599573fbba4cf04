//! Which presets fit a file: all columns they need are there.

use super::text_of;
use crate::SheetProfile;
use crate::spec::{ColumnRef, Mapping, Need, RecordKind, Value};
use crate::survey::{Names, matched};
use crate::text::fold;

/// How well a preset fits a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Its name.
    pub preset: String,
    /// The system it is for.
    pub system: String,
    /// Donors or gifts.
    pub record: RecordKind,
    /// The row that bears its column names.
    pub header_row: u32,
    /// Columns of the file that it maps.
    pub found: usize,
    /// Columns that it needs.
    pub needed: usize,
    /// Of these, the ones that are not there.
    pub missing: Vec<String>,
    /// Named columns of the file.
    pub columns: usize,
    /// Columns of the file that it maps or ignores.
    pub covered: usize,
    head: usize,
}

/// Presets of whose needed columns at least half are there: those that fit first, best first.
pub fn fits(sheet: &SheetProfile, presets: &[(&str, &str)]) -> Vec<Fit> {
    let mut list: Vec<Fit> = Vec::new();
    for (name, text) in presets {
        let Ok(mapping) = crate::parse(name, text, &text_of(presets)) else { continue };
        list.extend(fit(sheet, name, &mapping).filter(|f| f.found > 0 && f.missing.len() * 2 <= f.needed));
    }
    list.sort_by(|a, b| {
        let key = |f: &Fit| (f.missing.len(), usize::MAX - f.covered, usize::MAX - f.needed);
        key(a).cmp(&key(b)).then_with(|| a.preset.cmp(&b.preset))
    });
    list
}

/// The best row for it among the first ones.
fn fit(sheet: &SheetProfile, name: &str, mapping: &Mapping) -> Option<Fit> {
    let table = &mapping.tables[0];
    let needed = table.needs.iter().filter(|n| **n == Need::Required).count();
    let mut best: Option<Fit> = None;
    for (head, row) in sheet.head.iter().enumerate() {
        let names = Names::of(row);
        let found = matched(table, &names);
        let missing: Vec<String> = found.missing.iter().map(|&m| shown(&table.columns[m])).collect();
        let fit = Fit {
            preset: name.to_owned(),
            system: mapping.system().to_owned(),
            record: mapping.record(),
            header_row: row.row_number,
            found: found.found(),
            needed,
            missing,
            columns: names.shown.iter().filter(|n| !n.is_empty()).count(),
            covered: covered(mapping, &names).len(),
            head,
        };
        if best.as_ref().is_none_or(|b| (b.missing.len(), fit.covered) > (fit.missing.len(), b.covered)) {
            best = Some(fit);
        }
    }
    best
}

/// A column as its mapping calls it first.
pub(crate) fn shown(column: &ColumnRef) -> String {
    match column {
        ColumnRef::Named(names, _) => names[0].clone(),
        ColumnRef::Letter(place) => heirloom_model::column_letter(*place),
    }
}

/// The names of the row that fits.
pub(super) fn names_of(sheet: &SheetProfile, fit: &Fit) -> Names {
    Names::of(&sheet.head[fit.head])
}

/// The places of columns that a mapping maps or ignores.
pub(super) fn covered(mapping: &Mapping, names: &Names) -> Vec<usize> {
    let found = matched(&mapping.tables[0], names);
    let mut places: Vec<usize> = found.columns.iter().flatten().map(|&c| c as usize).collect();
    for (index, name) in names.shown.iter().enumerate() {
        if !name.is_empty() && mapping.file.ignores(&fold(name)) {
            places.push(index);
        }
    }
    places.sort_unstable();
    places.dedup();
    places
}

impl Mapping {
    /// The columns that this preset or mapping must find in its main file, under their first names.
    pub fn needed_columns(&self) -> Vec<String> {
        let table = &self.tables[0];
        let needed = table.columns.iter().zip(&table.needs).filter(|(_, need)| **need == Need::Required);
        needed.map(|(column, _)| shown(column)).collect()
    }

    /// For each field, the names of the columns of the main file that it is made of: one list of
    /// aliases for each column.
    pub fn uses(&self) -> Vec<(String, Vec<Vec<String>>)> {
        let of = |value: &Value| -> Vec<Vec<String>> {
            let mut columns = Vec::new();
            value.columns_in(0, &mut columns);
            let named = columns.into_iter().map(|c| match &self.tables[0].columns[c] {
                ColumnRef::Named(names, _) => names.clone(),
                ColumnRef::Letter(place) => vec![heirloom_model::column_letter(*place)],
            });
            named.collect()
        };
        let uses = self.named.iter().map(|(name, value)| (name.clone(), of(value)));
        uses.filter(|(_, columns)| !columns.is_empty()).collect()
    }

    /// The places in a header of the columns that a field is made of.
    pub(crate) fn places(&self, field: &str, names: &Names) -> Vec<usize> {
        let found = matched(&self.tables[0], names);
        let mut columns = Vec::new();
        for (_, value) in self.named.iter().filter(|(name, _)| name == field) {
            value.columns_in(0, &mut columns);
        }
        let mut places: Vec<usize> = Vec::new();
        for place in columns.iter().filter_map(|&c| found.columns[c]) {
            if !places.contains(&(place as usize)) {
                places.push(place as usize);
            }
        }
        places
    }
}
