//! The verdicts on every column of a file whose way of writing matters.

use heirloom_model::{CellKind, SourceRow};

use super::court::Court;
use super::work::Surveyor;
use crate::ground::Verdict;
use crate::number::Mark;
use crate::read::run_steps;
use crate::spec::ColumnRef;
use crate::text::trim;

impl Surveyor<'_> {
    pub(super) fn hear(&mut self, row: &SourceRow) {
        let facts = &self.mapping.tables[self.table].facts;
        for (fact, court) in facts.iter().zip(&mut self.courts) {
            for &column in &fact.columns {
                let Some(place) = self.ground.column(row.sheet, column) else {
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
    }

    pub(super) fn verdicts(&mut self) -> Vec<Verdict> {
        let facts = &self.mapping.tables[self.table].facts;
        let mut marks: Vec<Mark> = Vec::new();
        for court in &self.courts {
            if let Court::Amount(court) = court {
                marks.extend(court.own());
            }
        }
        let agreed = marks.first().copied().filter(|first| marks.iter().all(|m| m == first));
        let mut verdicts = Vec::new();
        for (fact, court) in facts.iter().zip(&self.courts) {
            let name = column_name(&self.mapping.tables[self.table].columns[fact.columns[0]]);
            verdicts.push(match court {
                Court::Date(court) => court.judge(
                    &name,
                    self.mapping.order,
                    self.mapping.pivot,
                    &self.ground,
                    &mut self.problems,
                ),
                Court::Amount(court) => {
                    court.judge(&name, self.mapping.mark, agreed, &self.ground, &mut self.problems)
                }
            });
        }
        self.problems.dedup();
        verdicts
    }
}

fn column_name(column: &ColumnRef) -> String {
    match column {
        ColumnRef::Named(names, _) => format!("\"{}\"", names[0]),
        ColumnRef::Letter(place) => format!("column {}", heirloom_model::column_letter(*place)),
    }
}
