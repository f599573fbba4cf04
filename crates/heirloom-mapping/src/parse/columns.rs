//! Values of more than one column: numbered columns of a wide row, and templates.

use super::tree::{At, Node, Raw};
use super::value::{Builder, Origin};
use super::walk::{self, numbered};
use crate::spec::{CellSource, Need, Piece, Role, Source, Value};
use crate::text::fold;

impl Builder<'_> {
    /// A column that stands once for each gift of a row: the first filled one, of which there is
    /// only one after the row was taken apart.
    pub(super) fn in_sets(&mut self, names: &[String], at: At, origin: Origin) -> Option<Source> {
        if self.sets.is_empty() || origin.from.is_some() || origin.base.block.is_some() {
            self.problems.add(
                at,
                "{n} stands for a number, and nothing here says how far it goes",
                "[grain] row = \"wide\" with repeat = 12, or repeat = 12 in the block around it",
            );
            return None;
        }
        let count = self.sets.len();
        let columns: Vec<usize> = (0..count)
            .map(|index| {
                let need = if index == 0 { origin.need } else { Need::Optional };
                self.column(0, numbered(names, index + 1), need)
            })
            .collect();
        for (set, column) in self.sets.iter_mut().zip(&columns) {
            if !set.contains(column) {
                set.push(*column);
            }
        }
        let fact = self.fact(0, &columns, &origin.steps, origin.role);
        let cell = |column| Source::Cell(CellSource { table: 0, column, fact, steps: origin.steps.clone() });
        let value = |column| Value::plain(cell(column));
        Some(Source::FirstOf(columns.into_iter().map(value).collect()))
    }

    /// `"{First Name} {Last Name}"`: the columns in braces, and the text between them.
    pub(super) fn template(&mut self, node: Node, origin: &Origin) -> Option<Source> {
        let at = node.at;
        let text = walk::text(node, self.problems)?;
        if origin.role != Role::Text {
            self.problems.add(at, "a template makes texts, not dates or amounts", "");
            return None;
        }
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}').filter(|(name, _)| !fold(name).is_empty()) else {
                self.problems.add(
                    at,
                    "a brace of this template is not closed",
                    "\"{First Name} {Last Name}\"",
                );
                return None;
            };
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let name = Node { at, raw: Raw::Text(name.to_owned()) };
            let own = Origin { role: Role::Text, ..origin.clone() };
            let source = self.by_name(name, own)?;
            pieces.push(Piece::Value(Value::plain(source)));
            rest = after;
        }
        if pieces.is_empty() {
            self.problems.add(at, "this template names no column", "write {Column Name}; or use constant");
            return None;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Some(Source::Template(pieces))
    }
}
