//! Values: where a text comes from, and what is done to it.

use super::steps;
use super::tree::{At, Node, Problems, Raw};
use super::walk::{self, NUMBER, Table};
use crate::spec::{
    CellSource, ColumnRef, Condition, FactSpec, Need, Role, Source, Step, TableSpec, Value, YesNo,
};
use crate::text::{fold, nearest};

/// Where a value may come from.
const SOURCES: [&str; 5] = ["column", "letter", "constant", "first_of", "template"];

/// What is known of a value besides its source.
#[derive(Clone)]
pub(super) struct Origin {
    pub from: Option<(At, String)>,
    pub role: Role,
    pub base: Base,
    pub steps: Vec<Step>,
    pub need: Need,
}

/// What is known while a mapping is parsed: its tables so far, and how they are joined.
pub(crate) struct Builder<'p> {
    pub problems: &'p mut Problems,
    pub tables: Vec<TableSpec>,
    pub joins: Vec<JoinHead>,
    /// The columns that stand once for each gift of a row, gift by gift.
    pub sets: Vec<Vec<usize>>,
    /// Every value by the name of its field, in the order of parsing.
    pub named: Vec<(String, Value)>,
}

/// A join as far as values need to know it.
pub(crate) struct JoinHead {
    pub name: String,
    pub many: bool,
    pub on_table: usize,
}

/// Which rows a value may look at: the main row, and inside a block also the block's row.
#[derive(Clone, Copy, Default)]
pub(crate) struct Base {
    pub block: Option<usize>,
    /// Whether conditions and joins may not be followed (a companion's own columns only).
    pub alone: bool,
}

impl Builder<'_> {
    /// The table called `name`.
    pub fn table_named(&mut self, name: &str, at: At) -> Option<usize> {
        if let Some(index) = self.joins.iter().position(|j| j.name == name) {
            return Some(index + 1);
        }
        let near = nearest(name, self.joins.iter().map(|j| j.name.as_str()), 1);
        let help = match near.first() {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "every companion file has a [[join]] with a name".to_owned(),
        };
        self.problems.add(at, format!("there is no join \"{name}\""), help);
        None
    }

    /// Whether one row of `table` follows from a row of the base.
    fn reachable(&self, table: usize, base: Base) -> bool {
        let mut table = table;
        for _ in 0..=self.joins.len() {
            if table == 0 && !base.alone || Some(table) == base.block {
                return true;
            }
            match self.joins.get(table.wrapping_sub(1)) {
                Some(join) if !join.many && !base.alone => table = join.on_table,
                _ => return false,
            }
        }
        false
    }

    /// The many-join after `from`, which a block needs.
    pub fn block_from(&mut self, table: &mut Table) -> Option<usize> {
        let at = table.has("from")?;
        let name = table.text("from", self.problems)?;
        let from = self.table_named(&name, at)?;
        if !self.joins[from - 1].many || self.joins[from - 1].on_table != 0 && !self.on_main_chain(from) {
            self.problems.add(at, format!("\"{name}\" is not a join with many = true on the main row"), "");
            return None;
        }
        Some(from)
    }

    /// Whether a many-join hangs on the main row through joins that have one row each.
    pub fn on_main_chain(&self, table: usize) -> bool {
        self.reachable(self.joins[table - 1].on_table, Base::default())
    }

    /// Refuses an id that comes from a companion: surveys see one file at a time.
    pub fn stands_in_main(&mut self, id: Option<&Value>, at: At) {
        if id.is_some_and(Value::uses_companion) {
            self.problems.add(
                at,
                "an id must stand in the main file",
                "id = { column = \"…\" } without from",
            );
        }
    }

    /// Refuses `required` where no rule would look at it.
    pub fn refuse_required<'v>(&mut self, at: At, values: impl IntoIterator<Item = &'v Option<Value>>) {
        if values.into_iter().flatten().any(|v| v.required) {
            self.problems.add(
                at,
                "required has no meaning for one of these fields",
                "it serves fields without which a row makes no sense",
            );
        }
    }

    /// A column by name, or by letter in a file without header.
    pub fn column_of(&mut self, table: usize, names: Vec<String>, no_header: bool) -> usize {
        match names.first().and_then(|n| letter_index(n)).filter(|_| no_header) {
            Some(place) => self.intern(table, ColumnRef::Letter(place), Need::Required),
            None => self.column(table, names, Need::Required),
        }
    }

    /// Notes that a column of `table` is used and gives its number there. A column that one value
    /// needs is needed.
    pub fn column(&mut self, table: usize, names: Vec<String>, need: Need) -> usize {
        let folded = names.iter().map(|n| fold(n)).collect();
        self.intern(table, ColumnRef::Named(names, folded), need)
    }

    /// Keeps the line that names a column, for files that lack it.
    fn tell(&mut self, table: usize, column: usize, at: At) {
        let excerpt = self.problems.excerpt(at);
        let told = &mut self.tables[table].told;
        if told.len() <= column {
            told.resize(column + 1, String::new());
        }
        if told[column].is_empty() {
            told[column] = excerpt;
        }
    }

    fn intern(&mut self, table: usize, column: ColumnRef, need: Need) -> usize {
        let TableSpec { columns, needs, .. } = &mut self.tables[table];
        match columns.iter().position(|c| *c == column) {
            Some(found) => {
                if need == Need::Required {
                    needs[found] = Need::Required;
                }
                found
            }
            None => {
                columns.push(column);
                needs.push(need);
                columns.len() - 1
            }
        }
    }

    pub(super) fn fact(
        &mut self,
        table: usize,
        columns: &[usize],
        steps: &[Step],
        role: Role,
    ) -> Option<usize> {
        if role == Role::Text {
            return None;
        }
        let facts = &mut self.tables[table].facts;
        facts.push(FactSpec { columns: columns.to_vec(), steps: steps.to_vec(), role });
        Some(facts.len() - 1)
    }

    /// The value under `key`, if it is there.
    pub fn take(&mut self, table: &mut Table, key: &'static str, role: Role, base: Base) -> Option<Value> {
        let node = table.take(key)?;
        let mut inner = walk::table(node, key, self.problems)?;
        let value = self.value(&mut inner, role, base, Vec::new());
        inner.finish(self.problems);
        self.name(table, key, value.as_ref());
        value
    }

    /// Notes a value under the name of its field, for those who show how a row is read.
    fn name(&mut self, table: &Table, key: &str, value: Option<&Value>) {
        let name = match table.what() {
            "fields" | "flags" => key.to_owned(),
            block => format!("{block} {key}"),
        };
        self.named.extend(value.map(|value| (name, value.clone())));
    }

    /// Reads a value's own keys out of `table`, leaving the others; `later` are steps that an
    /// enclosing `first_of` adds.
    pub fn value(&mut self, table: &mut Table, role: Role, base: Base, later: Vec<Step>) -> Option<Value> {
        let mut steps = steps::steps(table, self.problems);
        steps.extend(later);
        let default = table.text("default", self.problems);
        let required = table.bool("required", self.problems).unwrap_or(false);
        let need = match table.bool("optional", self.problems) {
            Some(true) => Need::Optional,
            _ => Need::Required,
        };
        let from = table.has("from").zip(table.text("from", self.problems));
        let given: Vec<&str> = SOURCES.into_iter().filter(|key| table.has(key).is_some()).collect();
        let nodes = SOURCES.map(|key| table.take(key));
        if given.len() != 1 {
            let message = match given.as_slice() {
                [] => "a value needs a source".to_owned(),
                several => format!("{} exclude each other", several.join(" and ")),
            };
            self.problems.add(table.at, message, format!("exactly one of {}", SOURCES.join(", ")));
            return None;
        }
        let when_at = table.has("when");
        let when = self.conditions_if_any(table, base);
        if let Some(at) = when_at.filter(|_| role == Role::Amount) {
            let help = "leave rows out with [[exclude]], so that every cent stays in sight";
            self.problems.add(at, "an amount counts in every row", help);
        }
        let origin = Origin { from, role, base, steps, need };
        let source = match nodes {
            [Some(node), ..] => self.by_name(node, origin)?,
            [_, Some(node), ..] => self.by_letter(node, origin)?,
            [_, _, Some(node), ..] => Source::Constant(walk::text(node, self.problems)?),
            [_, _, _, Some(node), _] => self.first_of(node, &origin)?,
            [_, _, _, _, Some(node)] => self.template(node, &origin)?,
            _ => return None,
        };
        Some(Value { source, when, default, required })
    }

    fn home(&mut self, from: Option<(At, String)>, at: At, base: Base) -> Option<usize> {
        let table = match &from {
            Some((at, name)) => self.table_named(name, *at)?,
            None => base.block.unwrap_or(0),
        };
        if self.reachable(table, base) {
            return Some(table);
        }
        let message = format!("\"{}\" may have several rows here", self.joins[table - 1].name);
        let help =
            "a join with many = true serves [designations] and [[soft_credit]] only, under their own from";
        self.problems.add(from.map_or(at, |(at, _)| at), message, help);
        None
    }

    pub(super) fn by_name(&mut self, node: Node, origin: Origin) -> Option<Source> {
        let at = node.at;
        let names = walk::texts(node, self.problems);
        if names.is_empty() || names.iter().any(|n| fold(n).is_empty()) {
            self.problems.add(
                at,
                "a column's name needs letters or digits",
                "or address the column by letter = \"H\"",
            );
            return None;
        }
        if names.iter().any(|n| n.contains(NUMBER)) {
            return self.in_sets(&names, at, origin);
        }
        let table = self.home(origin.from, at, origin.base)?;
        let column = self.column(table, names, origin.need);
        self.tell(table, column, at);
        let fact = self.fact(table, &[column], &origin.steps, origin.role);
        Some(Source::Cell(CellSource { table, column, fact, steps: origin.steps }))
    }

    fn by_letter(&mut self, node: Node, origin: Origin) -> Option<Source> {
        let at = node.at;
        let letters = walk::text(node, self.problems)?;
        let Some(index) = letter_index(&letters) else {
            self.problems.add(
                at,
                format!("\"{letters}\" is no column letter"),
                "A to ZZZ, as a spreadsheet labels its columns",
            );
            return None;
        };
        let table = self.home(origin.from, at, origin.base)?;
        let column = self.intern(table, ColumnRef::Letter(index), Need::Required);
        let fact = self.fact(table, &[column], &origin.steps, origin.role);
        Some(Source::Cell(CellSource { table, column, fact, steps: origin.steps }))
    }

    fn first_of(&mut self, node: Node, origin: &Origin) -> Option<Source> {
        let at = node.at;
        let Raw::List(nodes) = node.raw else {
            self.problems.add(at, "first_of is a list of values", "");
            return None;
        };
        let mut values = Vec::new();
        for node in nodes {
            let mut inner = walk::table(node, "first_of", self.problems)?;
            values.extend(self.value(&mut inner, origin.role, origin.base, origin.steps.clone()));
            inner.finish(self.problems);
        }
        if values.is_empty() {
            self.problems.add(at, "first_of is empty", "");
        }
        Some(Source::FirstOf(values))
    }

    /// The conditions of a block that may have none.
    pub fn conditions_if_any(&mut self, table: &mut Table, base: Base) -> Vec<Condition> {
        match table.has("when") {
            Some(_) => self.conditions(table, base),
            None => Vec::new(),
        }
    }

    /// The conditions under `when`; every one must hold.
    pub fn conditions(&mut self, table: &mut Table, base: Base) -> Vec<Condition> {
        let at = table.at;
        let mut conditions = Vec::new();
        for mut inner in table.tables("when", self.problems) {
            let condition = Condition {
                is: inner.texts("is", self.problems),
                is_not: inner.texts("is_not", self.problems),
                same_as: self.take(&mut inner, "same_as", Role::Text, base),
                blank: inner.bool("blank", self.problems),
                matches: inner.take("matches").and_then(|n| walk::regex(n, self.problems)),
                value: match self.value(&mut inner, Role::Text, base, Vec::new()) {
                    Some(value) => value,
                    None => continue,
                },
            };
            if condition.is.is_none()
                && condition.is_not.is_none()
                && condition.same_as.is_none()
                && condition.blank.is_none()
                && condition.matches.is_none()
            {
                self.problems.add(
                    inner.at,
                    "this condition asks nothing",
                    "add is, is_not, same_as, blank or matches",
                );
            }
            inner.finish(self.problems);
            conditions.push(condition);
        }
        if conditions.is_empty() {
            self.problems.add(
                at,
                "there is no condition, so every row would match",
                "add when = [ { column = \"…\", is = [\"…\"] } ]",
            );
        }
        conditions
    }

    /// A value with its own words for yes and no.
    pub fn yes_no(&mut self, table: &mut Table, key: &'static str, base: Base) -> Option<YesNo> {
        let node = table.take(key)?;
        let mut inner = walk::table(node, key, self.problems)?;
        let yes = inner.texts("yes", self.problems);
        let no = inner.texts("no", self.problems);
        let value = self.value(&mut inner, Role::Text, base, Vec::new());
        inner.finish(self.problems);
        self.name(table, key, value.as_ref());
        Some(YesNo { value: value?, yes, no })
    }

    /// `key = [ { label = "…", column = "…" } ]`.
    pub fn labelled(&mut self, table: &mut Table, key: &'static str) -> Vec<(String, Value)> {
        let mut list = Vec::new();
        for mut inner in table.tables(key, self.problems) {
            let label = inner.text("label", self.problems);
            let value = self.value(&mut inner, Role::Text, Base::default(), Vec::new());
            if label.is_none() {
                self.problems.add(inner.at, format!("{key} needs a label"), "such as label = \"Reference\"");
            }
            inner.finish(self.problems);
            if let Some(label) = &label {
                self.name(table, &format!("{key} \"{label}\""), value.as_ref());
            }
            list.extend(label.zip(value));
        }
        list
    }
}

/// `A` is 0, `AA` is 26.
pub(crate) fn letter_index(letters: &str) -> Option<usize> {
    let fits = (1..=3).contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_alphabetic());
    fits.then(|| {
        letters.bytes().fold(0, |sum, b| sum * 26 + usize::from(b.to_ascii_uppercase() - b'A') + 1) - 1
    })
}
