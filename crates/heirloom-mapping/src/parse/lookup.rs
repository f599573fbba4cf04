//! `[[table]]`: lines of a value table out of a file beside the mapping, such as a list of funds.

use super::tree::{Entry, Node, Problems, Raw};
use super::walk::{self, Table};
use crate::text::{fold, trim};

/// Between the rows and between the cells of the text that a table file is handed over as.
const ROW_END: char = '\u{1e}';
const CELL_END: char = '\u{1f}';

/// Adds the lines of every table to its `[values.…]`. Lines that stand in the mapping win.
pub(super) fn extend(root: &mut Node, files: &dyn Fn(&str) -> Option<String>, problems: &mut Problems) {
    let Raw::Table(entries) = &mut root.raw else { return };
    let Some(place) = entries.iter().position(|e| e.key == "table") else { return };
    let list = entries.remove(place).node;
    let at = list.at;
    let Raw::List(tables) = list.raw else {
        problems.add(at, "table is a list", "write [[table]] in double brackets");
        return;
    };
    for node in tables {
        let Some(table) = walk::table(node, "[[table]]", problems) else { continue };
        if let Some((values, lines)) = lines(table, files, problems) {
            merge(entries, &values, lines);
        }
    }
}

fn lines(
    mut table: Table,
    files: &dyn Fn(&str) -> Option<String>,
    problems: &mut Problems,
) -> Option<(String, Vec<Entry>)> {
    let (at, file_at) = (table.at, table.has("file"));
    let texts = ["values", "file", "old", "new"].map(|key| table.text(key, problems));
    table.finish(problems);
    let [Some(values), Some(file), Some(old), Some(new)] = texts else {
        let help = "values = \"fund\", file = \"funds.csv\", old = \"Fund\", new = \"Project code\"";
        problems.add(at, "[[table]] needs values, file, old and new", help);
        return None;
    };
    let at = file_at.unwrap_or(at);
    if file.contains(['/', '\\', ':']) || file.starts_with('.') {
        problems.add(at, "a table lies beside the mapping", "its name has no folder: \"funds.csv\"");
        return None;
    }
    let Some(text) = files(&format!("table:{file}")) else {
        problems.add(at, format!("\"{file}\" cannot be read"), "put the table into the folder mappings/");
        return None;
    };
    let rows: Vec<Vec<&str>> =
        text.split(ROW_END).map(|row| row.split(CELL_END).map(trim).collect()).collect();
    let place = |row: &[&str], name: &str| row.iter().position(|cell| fold(cell) == fold(name));
    let header = rows
        .iter()
        .enumerate()
        .take(30)
        .find_map(|(number, row)| Some((number, place(row, &old)?, place(row, &new)?)));
    let Some((header, old_at, new_at)) = header else {
        let message = format!("\"{file}\" has no row with the columns \"{old}\" and \"{new}\"");
        problems.add(at, message, "old is the column of the old system's word, new that of ours");
        return None;
    };
    let mut found: Vec<Entry> = Vec::new();
    for row in &rows[header + 1..] {
        let cell = |column: usize| row.get(column).copied().unwrap_or("");
        let (key, value) = (cell(old_at), cell(new_at));
        if key.is_empty() && value.is_empty() {
            continue;
        }
        let known = found.iter().find(|e| e.key == key);
        match known.map(|e| matches!(&e.node.raw, Raw::Text(text) if text == value)) {
            Some(true) => {}
            Some(false) => {
                problems.add(at, format!("\"{file}\" says two things of \"{key}\""), "keep one of its lines");
            }
            None => {
                let node = Node { at, raw: Raw::Text(value.to_owned()) };
                found.push(Entry { key: key.to_owned(), at, node });
            }
        }
    }
    Some((values, found))
}

fn merge(root: &mut Vec<Entry>, values: &str, lines: Vec<Entry>) {
    let Some(at) = lines.first().map(|e| e.at) else { return };
    let table = child(child(root, "values", at), values, at);
    for line in lines {
        if !table.iter().any(|own| trim(&own.key) == line.key) {
            table.push(line);
        }
    }
}

/// The table under a key, made where it is missing.
fn child<'e>(entries: &'e mut Vec<Entry>, key: &str, at: super::tree::At) -> &'e mut Vec<Entry> {
    let place = entries.iter().position(|e| e.key == key && matches!(e.node.raw, Raw::Table(_)));
    let place = place.unwrap_or_else(|| {
        let node = Node { at, raw: Raw::Table(Vec::new()) };
        entries.push(Entry { key: key.to_owned(), at, node });
        entries.len() - 1
    });
    match &mut entries[place].node.raw {
        Raw::Table(inner) => inner,
        _ => unreachable!("a table was found or made here"),
    }
}

#[cfg(test)]
mod tests {
    const MAPPING: &str = r#"version = 1
record = "gift"
[fields]
id = { column = "Gift ID" }
donor = { column = "Donor" }
date = { column = "Date" }
amount = { column = "Amount" }
fund = { column = "Fund" }
method = { constant = "Cash" }
[values.method]
"Cash" = "Cash"
[values.fund]
"Roof" = "ROOF-2"
[[table]]
values = "fund"
file = "funds.csv"
old = "fund desc"
new = "Code"
"#;

    fn problems(mapping: &str, table: Option<&str>) -> Vec<String> {
        let text = table.map(|t| t.replace('|', "\u{1f}").replace('\n', "\u{1e}"));
        match crate::parse("gifts.toml", mapping, &|name| text.clone().filter(|_| name == "table:funds.csv"))
        {
            Ok(_) => Vec::new(),
            Err(list) => list.into_iter().map(|p| format!("{}: {}", p.line, p.message)).collect(),
        }
    }

    #[test]
    fn lines_of_a_table_file_join_those_of_the_mapping_which_win() {
        let text = "Funds of 2026|\nFund Desc|Code\nGeneral Fund|GEN\nRoof|ROOF\n|\nGeneral Fund|GEN";
        let example = r#"[[example]]
row = { "Gift ID" = "1", "Donor" = "D", "Date" = "2020-01-31", "Amount" = "5", "Fund" = "FUND" }
expect = { fund = "CODE" }
"#;
        let text = text.replace('|', "\u{1f}").replace('\n', "\u{1e}");
        for (fund, code) in [("general fund", "GEN"), ("Roof", "ROOF-2")] {
            let mapping = format!("{MAPPING}{}", example.replace("FUND", fund).replace("CODE", code));
            let mapping = crate::parse("gifts.toml", &mapping, &|_| Some(text.clone())).unwrap();
            let day = heirloom_model::GiftDate::new(2026, 1, 1).unwrap();
            let results = crate::run_examples(&mapping, heirloom_model::Currency::USD, day);
            assert!(results[0].problems.is_empty(), "{:?}", results[0].problems);
        }
    }

    #[test]
    fn a_table_that_cannot_serve_is_named_at_its_line() {
        assert_eq!(problems(MAPPING, None), ["16: \"funds.csv\" cannot be read"]);
        let two = "Fund Desc|Code\nGeneral|GEN\nGeneral|OTHER";
        assert_eq!(problems(MAPPING, Some(two)), ["16: \"funds.csv\" says two things of \"General\""]);
        let none = problems(MAPPING, Some("Fund|Code"));
        assert_eq!(none, ["16: \"funds.csv\" has no row with the columns \"fund desc\" and \"Code\""]);
        for name in ["../funds.csv", "C:\\\\funds.csv", ".funds"] {
            let escaping = MAPPING.replace("\"funds.csv\"", &format!("\"{name}\""));
            assert_eq!(problems(&escaping, Some(two)), ["16: a table lies beside the mapping"], "{name}");
        }
    }
}
