//! One row shown step by step: from its cells through every value of the mapping.

use std::borrow::Cow;

use heirloom_model::{Placed, SourceRow, column_letter};

use crate::example::facts;
use crate::mapper::Mapper;
use crate::read::{Scene, run_steps};
use crate::spec::{CellSource, Piece, Source, Step, Value};
use crate::text::trim;

/// How one field of the mapping reads a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The field; those of blocks are `address line1`.
    pub field: String,
    /// Where the text comes from: `column H "Fund"`, `"Opportunity" column "Amount"`, `the mapping`.
    pub from: String,
    /// The text as it stood. Donor data.
    pub raw: String,
    /// What each step made of it, in order.
    pub steps: Vec<(String, String)>,
    /// What the field is given.
    pub text: String,
}

impl<'a> Mapper<'a> {
    /// Every field that the mapping reads from this row of the main file and the rows joined to it,
    /// in the order of the mapping. Fields of rows that may be several are left out.
    pub fn trace(&self, row: &SourceRow) -> Vec<Traced> {
        let (scene, _) = self.scene(row);
        self.mapping.named.iter().map(|(field, value)| self.traced(field, value, &scene)).collect()
    }

    fn traced(&self, field: &str, value: &'a Value, scene: &Scene<'_>) -> Traced {
        let mut traced = self.source(value, scene);
        traced.field = field.to_owned();
        if traced.text.is_empty()
            && let Some(default) = &value.default
        {
            traced.steps.push(("default".to_owned(), default.clone()));
            traced.text = default.clone();
        }
        traced
    }

    fn source(&self, value: &'a Value, scene: &Scene<'_>) -> Traced {
        let blank = |from: &str| Traced {
            field: String::new(),
            from: from.to_owned(),
            raw: String::new(),
            steps: Vec::new(),
            text: String::new(),
        };
        if !value.when.iter().all(|c| self.reader.holds(c, scene)) {
            return blank("nowhere: its when does not hold");
        }
        match &value.source {
            Source::Cell(cell) => self.cell(cell, scene),
            Source::Constant(text) => {
                Traced { raw: text.clone(), text: text.clone(), ..blank("the mapping") }
            }
            Source::FirstOf(values) => {
                let mut tried = values.iter().map(|v| self.traced("", v, scene));
                let first = tried.next().unwrap_or_else(|| blank("nowhere"));
                if first.text.is_empty() {
                    tried.find(|t| !t.text.is_empty()).unwrap_or(first)
                } else {
                    first
                }
            }
            Source::Template(pieces) => {
                let of = |piece: &'a Piece| match piece {
                    Piece::Text(text) => (None, text.clone()),
                    Piece::Value(value) => {
                        let traced = self.source(value, scene);
                        (Some(traced.from), traced.text)
                    }
                };
                let parts: Vec<(Option<String>, String)> = pieces.iter().map(of).collect();
                let from: Vec<String> = parts.iter().filter_map(|(from, _)| from.clone()).collect();
                let raw: String = parts.into_iter().map(|(_, text)| text).collect();
                let text = self.reader.read(value, scene).text.into_owned();
                Traced { raw, text, ..blank(&from.join(" and ")) }
            }
        }
    }

    fn cell(&self, cell: &'a CellSource, scene: &Scene<'_>) -> Traced {
        let place = scene.rows[cell.table].and_then(|row| {
            let column = self.reader.grounds[cell.table]?.column(row.sheet, cell.column)?;
            Some((row.cell(column).text, column))
        });
        let join = match cell.table {
            0 => String::new(),
            table => format!("\"{}\" ", self.mapping.companions[table - 1].name),
        };
        let name = crate::suggest::shown(&self.mapping.tables[cell.table].columns[cell.column]);
        let from = match place {
            Some((_, column)) => format!("{join}column {} \"{name}\"", column_letter(column)),
            None => format!("{join}column \"{name}\", which is not there"),
        };
        let raw = place.map_or("", |(text, _)| text);
        let mut text = Cow::Borrowed(trim(raw));
        let mut steps = Vec::new();
        let is_null = self.mapping.nulls.iter().any(|n| crate::text::same(n, &text));
        if is_null && !text.is_empty() {
            text = Cow::Borrowed("");
            steps.push(("null token".to_owned(), String::new()));
        }
        for step in &cell.steps {
            let after = run_steps(text.clone(), std::slice::from_ref(step)).into_owned();
            steps.push((step_name(step), after.clone()));
            text = Cow::Owned(after);
        }
        Traced { field: String::new(), from, raw: raw.to_owned(), steps, text: text.into_owned() }
    }
}

fn step_name(step: &Step) -> String {
    match step {
        Step::Upper => "upper".to_owned(),
        Step::Lower => "lower".to_owned(),
        Step::Title => "title".to_owned(),
        Step::Digits => "digits".to_owned(),
        Step::Collapse => "collapse".to_owned(),
        Step::PadZero(width) => format!("pad_zero {width}"),
        Step::Null(_) => "null".to_owned(),
        Step::Extract(regex) => format!("extract {}", regex.as_str()),
        Step::Replace(from, to) => format!("replace {from:?} by {to:?}"),
    }
}

/// What became of a row, field by field: place, rule, findings, amount, and what a gift or donor
/// is made of. The words are those of `[[example]]`.
pub fn outcome(placed: &Placed) -> Vec<(&'static str, String)> {
    facts(placed)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use heirloom_model::{Currency, GiftDate};

    use super::*;
    use crate::testing::rows_of;
    use crate::{Context, Part, Surveyor};

    #[test]
    fn a_row_is_shown_from_its_cells_to_its_gift() {
        let toml = r#"version = 1
record = "gift"
[date]
order = "mdy"
[null]
tokens = ["NA"]
[fields]
id = { column = "Id", steps = ["upper", { pad_zero = 5 }] }
donor = { first_of = [{ column = "A" }, { column = "B" }] }
date = { column = "Date" }
amount = { column = "Amount" }
fund = { column = "Fund", default = "General" }
notes = [{ label = "Said", column = "Note" }]
[values.fund]
"General" = "GEN"
"#;
        let mapping = crate::parse("t.toml", toml, &|_| None).unwrap();
        let rows = rows_of(1, &["Id|A|B|Date|Amount|Fund|Note", "g1||D7|3/7/1998|$5.00||NA"]);
        let mut surveyor = Surveyor::new(&mapping, &Arc::from("t.csv"), &[None], Part::Main);
        surveyor.add(&rows);
        let survey = surveyor.finish().unwrap();
        let day = GiftDate::new(2026, 1, 1).unwrap();
        let ctx = Context { currency: Currency::USD, exported_on: day, known_donors: None };
        let mapper = Mapper::new(&mapping, &survey, Vec::new(), ctx).unwrap();
        let trace = mapper.trace(&rows[1]);
        let of = |field: &str| trace.iter().find(|t| t.field == field).unwrap();
        let id = of("id");
        assert_eq!(id.from, "column A \"Id\"");
        let steps = [("upper".to_owned(), "G1".to_owned()), ("pad_zero 5".to_owned(), "000G1".to_owned())];
        assert_eq!((id.raw.as_str(), id.steps.as_slice(), id.text.as_str()), ("g1", &steps[..], "000G1"));
        assert_eq!((of("donor").from.as_str(), of("donor").text.as_str()), ("column C \"B\"", "D7"));
        assert_eq!(of("fund").steps, [("default".to_owned(), "General".to_owned())]);
        assert_eq!(of("notes \"Said\"").steps, [("null token".to_owned(), String::new())]);
        let became = outcome(&mapper.apply(&rows, &[])[0]);
        assert!(
            became.contains(&("amount", "5.00".to_owned())) && became.contains(&("id", "000G1".to_owned()))
        );
    }
}
