//! `[file]` and `[[join]]`: the files, their shape, and how they hang together.

use super::tree::{Node, Problems, Raw};
use super::value::{Base, Builder, JoinHead};
use super::walk::{self, Table};
use crate::spec::{CompanionSpec, Ending, FileSpec, Need, Role, Sheets, Source, TableSpec, Unused, Value};
use crate::text::fold;

/// The most companion files one mapping may join.
pub(crate) const JOINS_MAX: usize = 11;

/// Reads the keys of `[file]`, or of a join's `file`.
pub(crate) fn file(builder: &mut Builder<'_>, mut table: Table, index: usize) -> FileSpec {
    let problems = &mut *builder.problems;
    let mut spec = FileSpec {
        name: table.text("name", problems).unwrap_or_default(),
        encoding: table.text("encoding", problems),
        delimiter: table.take("delimiter").and_then(|n| one_byte(n, problems)),
        quote: table.take("quote").and_then(|n| quote(n, problems)),
        escape: table.take("escape").and_then(|n| one_byte(n, problems)),
        sheets: table.take("sheets").map_or(Sheets::First, |n| sheets(n, problems)),
        header_row: table.int("header_row", 1..=1_000_000, problems).map(|n| n as u32),
        two_header_rows: table.int("header_rows", 1..=2, problems) == Some(2),
        no_header: table.bool("no_header", problems).unwrap_or(false),
        skip: Vec::new(),
        total: table.take("total").and_then(|n| walk::regex(n, problems)),
        fill_down: Vec::new(),
        never_store: table.texts("never_store", problems).unwrap_or_default(),
        ignore: table.texts("ignore", problems).unwrap_or_default().iter().map(|n| ignored(n)).collect(),
    };
    if let Some(node) = table.take("skip") {
        let nodes = match node.raw {
            Raw::List(nodes) => nodes,
            _ => vec![node],
        };
        spec.skip = nodes.into_iter().filter_map(|n| walk::regex(n, problems)).collect();
    }
    if spec.no_header && (spec.header_row.is_some() || spec.two_header_rows) {
        problems.add(
            table.at,
            "header_row and header_rows say where the header is; no_header, that there is none",
            "",
        );
    }
    let fill_down = table.texts("fill_down", problems).unwrap_or_default();
    for name in fill_down {
        let column = builder.column_of(index, vec![name], spec.no_header);
        spec.fill_down.push(column);
    }
    if !spec.no_header {
        for name in &spec.never_store {
            builder.column(index, vec![name.clone()], Need::Required);
        }
    }
    table.finish(builder.problems);
    spec
}

fn ignored(name: &str) -> (String, Ending) {
    match name.strip_suffix('*') {
        Some(beginning) => (fold(beginning), Ending::Open),
        None => (fold(name), Ending::Exact),
    }
}

pub(super) fn one_byte(node: Node, problems: &mut Problems) -> Option<u8> {
    let at = node.at;
    let text = walk::text(node, problems)?;
    match text.as_bytes() {
        [byte] if byte.is_ascii() => Some(*byte),
        _ if text == "tab" => Some(b'\t'),
        _ => {
            problems.add(at, "one ASCII character is wanted here", "or \"tab\"");
            None
        }
    }
}

/// The quotation mark; an empty text says that no character quotes.
fn quote(node: Node, problems: &mut Problems) -> Option<u8> {
    match &node.raw {
        Raw::Text(text) if text.is_empty() => Some(0),
        _ => one_byte(node, problems),
    }
}

fn sheets(node: Node, problems: &mut Problems) -> Sheets {
    match &node.raw {
        Raw::Text(word) if word == "first" => Sheets::First,
        Raw::Text(word) if word == "all" => Sheets::All,
        Raw::List(_) => Sheets::Named(walk::texts(node, problems)),
        _ => {
            problems.add(node.at, "sheets is \"first\", \"all\" or a list of names", "");
            Sheets::First
        }
    }
}

/// Reads every `[[join]]`. Names are known before any `on` is read, so that order is free.
pub(crate) fn joins(builder: &mut Builder<'_>, tables: Vec<Table>) -> Vec<CompanionSpec> {
    let mut tables = tables;
    if tables.len() > JOINS_MAX {
        builder.problems.add(tables[JOINS_MAX].at, format!("at most {JOINS_MAX} files can be joined"), "");
        tables.truncate(JOINS_MAX);
    }
    for table in &mut tables {
        head(builder, table);
    }
    let mut ons = Vec::new();
    for (index, table) in tables.iter_mut().enumerate() {
        ons.push(on(builder, table, index));
    }
    check_cycles(builder, &tables);
    tables
        .into_iter()
        .zip(ons)
        .enumerate()
        .filter_map(|(index, (table, on))| rest(builder, table, on, index))
        .collect()
}

fn head(builder: &mut Builder<'_>, table: &mut Table) {
    let name = table.text("name", builder.problems).unwrap_or_default();
    if name.is_empty() || builder.joins.iter().any(|j| j.name == name) {
        builder.problems.add(table.at, "every join needs a name of its own", "name = \"opportunity\"");
    }
    let many = table.bool("many", builder.problems).unwrap_or(false);
    builder.joins.push(JoinHead { name, many, on_table: 0 });
    builder.tables.push(TableSpec::default());
}

fn on(builder: &mut Builder<'_>, table: &mut Table, index: usize) -> Option<Value> {
    let Some(node) = table.take("on") else {
        builder.problems.add(
            table.at,
            "a join needs on: the column that refers to it",
            "on = { column = \"…\" }",
        );
        return None;
    };
    let mut inner = walk::table(node, "on", builder.problems)?;
    let from = match (inner.has("from"), inner.text("from", builder.problems)) {
        (Some(at), Some(name)) => builder.table_named(&name, at)?,
        _ => 0,
    };
    let base = Base { block: Some(from), alone: true };
    let value = builder.value(&mut inner, Role::Text, base, Vec::new());
    if !matches!(value.as_ref().map(|v| &v.source), Some(Source::Cell(_) | Source::FirstOf(_)) | None) {
        builder.problems.add(
            inner.at,
            "on is a column, or the first filled of several",
            "on = { column = \"…\" }",
        );
    }
    inner.finish(builder.problems);
    builder.joins[index].on_table = from;
    value
}

fn check_cycles(builder: &mut Builder<'_>, tables: &[Table]) {
    for (index, table) in tables.iter().enumerate() {
        let mut at = index + 1;
        for _ in 0..=tables.len() {
            if at == 0 {
                break;
            }
            at = builder.joins[at - 1].on_table;
        }
        if at != 0 {
            builder.problems.add(
                table.at,
                "these joins refer to each other in a circle",
                "one of them must refer to the main file",
            );
            builder.joins[index].on_table = 0;
        }
    }
}

fn rest(
    builder: &mut Builder<'_>,
    mut table: Table,
    on: Option<Value>,
    index: usize,
) -> Option<CompanionSpec> {
    let own = index + 1;
    let file = table.table("file", builder.problems);
    if file.is_none() {
        builder.problems.add(table.at, "a join needs its file", "file = { name = \"Opportunity.csv\" }");
    }
    let file = file.map(|t| file_of(builder, t, own));
    let key = table.texts("key", builder.problems).unwrap_or_default();
    if key.is_empty() {
        builder.problems.add(table.at, "a join needs key: its own id column", "key = \"sf_id\"");
    }
    let missing_blank = match table.has("missing").zip(table.text("missing", builder.problems)) {
        None => false,
        Some((_, word)) if word == "held" => false,
        Some((_, word)) if word == "blank" => true,
        Some((at, _)) => {
            builder.problems.add(at, "missing is \"held\" or \"blank\"", "");
            false
        }
    };
    let unused = table.take("unused").map_or(Unused::Ignore, |n| unused(n, builder.problems));
    let base = Base { block: Some(own), alone: true };
    let unused_amount = builder.take(&mut table, "unused_amount", Role::Amount, base);
    let unused_date = builder.take(&mut table, "unused_date", Role::Date, base);
    table.finish(builder.problems);
    Some(CompanionSpec {
        name: builder.joins[index].name.clone(),
        key: builder.column_of(own, key, file.as_ref()?.no_header),
        file: file?,
        on: on?,
        on_table: builder.joins[index].on_table,
        many: builder.joins[index].many,
        missing_blank,
        unused,
        unused_amount,
        unused_date,
    })
}

fn file_of(builder: &mut Builder<'_>, table: Table, index: usize) -> FileSpec {
    let at = table.at;
    let spec = file(builder, table, index);
    if spec.name.is_empty() {
        builder.problems.add(at, "a companion file needs its name", "file = { name = \"Opportunity.csv\" }");
    }
    spec
}

fn unused(node: Node, problems: &mut Problems) -> Unused {
    let at = node.at;
    match node.raw {
        Raw::Text(word) if word == "ignore" => Unused::Ignore,
        Raw::Text(word) if word == "held" => Unused::Held,
        Raw::Table(_) => {
            let rule = walk::table(node, "unused", problems).and_then(|t| excluded(t, problems));
            rule.map_or(Unused::Held, Unused::Excluded)
        }
        _ => {
            problems.add(at, "unused is \"ignore\", \"held\" or { excluded = \"rule\" }", "");
            Unused::Ignore
        }
    }
}

/// The rule's name in `{ excluded = "rule" }`.
pub(crate) fn excluded(mut table: Table, problems: &mut Problems) -> Option<String> {
    let at = table.at;
    let rule = table.text("excluded", problems).filter(|r| !r.trim().is_empty());
    if rule.is_none() {
        problems.add(at, "a rule needs a name", "{ excluded = \"pledge: a promise, not money\" }");
    }
    table.finish(problems);
    rule
}
