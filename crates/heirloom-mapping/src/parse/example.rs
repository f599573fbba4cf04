//! `[[example]]`: an input row and what must become of it.

use super::tree::{Node, Problems, Raw};
use super::walk::{self, Table};
use crate::spec::Example;

/// Every example, in the order of the file.
pub(super) fn examples(root: &mut Table, problems: &mut Problems) -> Vec<Example> {
    let mut list = Vec::new();
    for mut table in root.tables("example", problems) {
        let line = problems.line(table.at);
        let name = table.text("name", problems).unwrap_or_else(|| format!("example in line {line}"));
        let at = table.at;
        let mut cells = |key| table.table(key, problems).map(|t| texts_of(t, problems));
        let (row, expect) = (cells("row"), cells("expect"));
        let joined = table.table("joined", problems).map(|t| joined_of(t, problems)).unwrap_or_default();
        if row.is_none() || expect.as_ref().is_none_or(Vec::is_empty) {
            problems.add(
                at,
                "an example needs row and expect",
                "expect = { date = \"1998-03-07\", amount = \"25.00\" }",
            );
        }
        table.finish(problems);
        let (row, expect) = (row.unwrap_or_default(), expect.unwrap_or_default());
        list.push(Example { name, line, row, joined, expect });
    }
    list
}

fn texts_of(table: Table, problems: &mut Problems) -> Vec<(String, String)> {
    let mut entry = |key: String, node: Node| match node.raw {
        Raw::Bool(truth) => Some((key, truth.to_string())),
        _ => walk::text(node, problems).map(|text| (key, text)),
    };
    table.rest().into_iter().filter_map(|e| entry(e.key, e.node)).collect()
}

fn joined_of(table: Table, problems: &mut Problems) -> Vec<(String, Vec<(String, String)>)> {
    let mut list = Vec::new();
    for entry in table.rest() {
        let row = walk::table(entry.node, &entry.key, problems).map(|t| texts_of(t, problems));
        list.extend(row.map(|row| (entry.key, row)));
    }
    list
}
