//! From the text of a mapping file to its meaning, or to every mistake in it at once.

mod columns;
mod control;
mod donor;
mod example;
mod file;
mod gift;
mod gift_extras;
mod gift_fields;
mod grain;
mod lookup;
mod refund;
mod roster;
mod steps;
#[cfg(test)]
mod tests;
mod tree;
mod value;
mod walk;

use file::excluded;
pub use roster::{BoundRoster, Roster, RosterRow};
use tree::{Node, Problems, Raw};
pub(crate) use value::letter_index;

/// The main file and its companions.
pub(crate) const TABLES_MAX: usize = file::JOINS_MAX + 1;

use value::{Base, Builder};
use walk::Table;

use crate::dates::Order;
use crate::number::Mark;
use crate::spec::{Body, ColumnRef, CompanionSpec, Exclude, FileSpec, Mapping, Signs, TableSpec, ValueMap};
use crate::{MappingProblem, RecordKind};

/// Reads a mapping file. `name` is shown in problems; `presets` gives the text of a preset by name, and
/// that of a table file by `table:` and its name: rows ended by U+001E, cells by U+001F.
///
/// # Errors
/// Every mistake that could be found, in the order of the text, each with line and column.
pub fn parse(
    name: &str,
    text: &str,
    presets: &dyn Fn(&str) -> Option<String>,
) -> Result<Mapping, Vec<MappingProblem>> {
    let mut problems = Problems::default();
    let parsed = tree::load(name, text, presets, &mut problems).and_then(|mut root| {
        lookup::extend(&mut root, presets, &mut problems);
        mapping(name, root, &mut problems)
    });
    let mut list = problems.list;
    list.sort_by(|a, b| {
        (a.file != name, &a.file, a.line, a.column).cmp(&(b.file != name, &b.file, b.line, b.column))
    });
    list.dedup();
    match parsed {
        Some(mapping) if list.is_empty() => Ok(mapping),
        _ => Err(list),
    }
}

fn mapping(name: &str, root: Node, problems: &mut Problems) -> Option<Mapping> {
    let digest = tree::meaning(&root);
    let mut root = walk::table(root, "the mapping", problems)?;
    let at = root.at;
    if root.int("version", 1..=1, problems).is_none() && problems.list.is_empty() {
        problems.add(at, "the mapping has no version", "write version = 1 at the top");
    }
    let record = record(&mut root, problems)?;
    let mut builder = Builder {
        problems,
        tables: vec![TableSpec::default()],
        joins: Vec::new(),
        sets: Vec::new(),
        named: Vec::new(),
    };
    let grain = grain::grain(&mut root, record, &mut builder);
    let system = root.text("system", builder.problems).unwrap_or_default();
    let join_tables = root.tables("join", builder.problems);
    let companions = file::joins(&mut builder, join_tables);
    let file = match root.table("file", builder.problems) {
        Some(table) => file::file(&mut builder, table, 0),
        None => FileSpec::default(),
    };
    let nulls = nulls(&mut root, builder.problems);
    let (order, pivot) = dates(&mut root, builder.problems);
    let (mark, signs) = numbers(&mut root, builder.problems);
    let excludes = rules(&mut root, "exclude", &mut builder);
    let holds = rules(&mut root, "hold", &mut builder);
    let control = match record {
        RecordKind::Gift => control::control(&mut root, builder.problems),
        RecordKind::Donor => None,
    };
    let examples = example::examples(&mut root, builder.problems);
    let body = match record {
        RecordKind::Gift => gift::body(&mut root, &mut builder, grain).map(|g| Body::Gift(Box::new(g))),
        RecordKind::Donor => donor::body(&mut root, &mut builder, grain).map(|d| Body::Donor(Box::new(d))),
    };
    if let Some(first) = builder.sets.first()
        && first.is_empty()
    {
        let help = "amount = { column = \"Gift {n} Amount\" }";
        builder.problems.add(at, "rows are wide, and no column of [fields] has {n} in its name", help);
    }
    headerless(&mut builder, at, &file, &companions);
    root.finish(builder.problems);
    let Builder { tables, sets, named, .. } = builder;
    Some(Mapping {
        name: name.to_owned(),
        system,
        digest,
        file,
        companions,
        tables,
        nulls,
        order,
        pivot,
        mark,
        signs,
        excludes,
        holds,
        control,
        body: body?,
        sets,
        named,
        examples,
    })
}

/// Without a header a column has no name.
fn headerless(builder: &mut Builder<'_>, at: tree::At, main: &FileSpec, companions: &[CompanionSpec]) {
    let files = std::iter::once(main).chain(companions.iter().map(|c| &c.file));
    let mut wrong = Vec::new();
    for (file, table) in files.zip(&builder.tables).filter(|(file, _)| file.no_header) {
        for column in &table.columns {
            if let ColumnRef::Named(names, _) = column {
                wrong.push((file.name.clone(), names[0].clone()));
            }
        }
    }
    for (file, name) in wrong {
        let message = format!("\"{name}\" cannot be found in {file}: the mapping says no_header");
        builder.problems.add(at, message, "address columns of such a file as letter = \"H\"");
    }
}

fn record(root: &mut Table, problems: &mut Problems) -> Option<RecordKind> {
    let at = root.has("record").unwrap_or(root.at);
    match root.text("record", problems).as_deref() {
        Some("gift") => Some(RecordKind::Gift),
        Some("donor") => Some(RecordKind::Donor),
        _ => {
            problems.add(at, "record is \"gift\" or \"donor\"", "one mapping file for each kind");
            None
        }
    }
}

fn nulls(root: &mut Table, problems: &mut Problems) -> Vec<String> {
    let Some(mut table) = root.table("null", problems) else {
        return Vec::new();
    };
    let tokens = table.texts("tokens", problems).unwrap_or_default();
    table.finish(problems);
    tokens
}

fn dates(root: &mut Table, problems: &mut Problems) -> (Option<Order>, Option<u8>) {
    let Some(mut table) = root.table("date", problems) else {
        return (None, None);
    };
    let at = table.has("order").unwrap_or(table.at);
    let order = match table.text("order", problems).as_deref() {
        None => None,
        Some("mdy") => Some(Order::Mdy),
        Some("dmy") => Some(Order::Dmy),
        Some("ymd") => Some(Order::Ymd),
        Some(_) => {
            problems.add(at, "order is \"mdy\", \"dmy\" or \"ymd\"", "");
            None
        }
    };
    let pivot = table.int("pivot", 0..=99, problems).map(|p| p as u8);
    table.finish(problems);
    (order, pivot)
}

fn numbers(root: &mut Table, problems: &mut Problems) -> (Option<Mark>, Signs) {
    let Some(mut table) = root.table("number", problems) else {
        return (None, Signs::AsWritten);
    };
    let at = table.has("decimal").unwrap_or(table.at);
    let mark = match table.text("decimal", problems).as_deref() {
        None => None,
        Some(".") => Some(Mark::Point),
        Some(",") => Some(Mark::Comma),
        Some(_) => {
            problems.add(at, "decimal is \".\" or \",\"", "");
            None
        }
    };
    let at = table.has("sign").unwrap_or(table.at);
    let signs = match table.text("sign", problems).as_deref() {
        None | Some("as-written") => Signs::AsWritten,
        Some("reversed") => Signs::Reversed,
        Some(_) => {
            problems.add(at, "sign is \"as-written\" or \"reversed\"", "reversed: gifts stand with a minus");
            Signs::AsWritten
        }
    };
    table.finish(problems);
    (mark, signs)
}

/// `[[exclude]]` or `[[hold]]`: conditions with a name.
fn rules(root: &mut Table, key: &'static str, builder: &mut Builder<'_>) -> Vec<Exclude> {
    root.tables(key, builder.problems).into_iter().filter_map(|table| rule(table, builder)).collect()
}

fn rule(mut table: Table, builder: &mut Builder<'_>) -> Option<Exclude> {
    let rule = table.text("rule", builder.problems).filter(|r| !r.trim().is_empty());
    if rule.is_none() {
        builder.problems.add(table.at, "a rule needs a name", "rule = \"unpaid: promised, not received\"");
    }
    let when = builder.conditions(&mut table, Base::default());
    table.finish(builder.problems);
    rule.map(|rule| Exclude { rule, when })
}

/// Reads a table of the user's own keys into a value map.
fn value_map<T: Clone + PartialEq>(
    table: Table,
    problems: &mut Problems,
    mut read: impl FnMut(Node, &mut Problems) -> Option<T>,
) -> ValueMap<T> {
    let mut map = ValueMap::default();
    for entry in table.rest() {
        if let Some(value) = read(entry.node, problems) {
            map.insert(crate::text::trim(&entry.key).to_owned(), value);
        }
    }
    map
}

/// A line whose right side is a text or `{ excluded = "rule" }`.
enum Line {
    Word(String),
    Excluded(String),
}

fn line(node: Node, problems: &mut Problems) -> Option<Line> {
    match node.raw {
        Raw::Table(_) => {
            let table = walk::table(node, "the line", problems)?;
            excluded(table, problems).map(Line::Excluded)
        }
        _ => walk::text(node, problems).map(Line::Word),
    }
}
