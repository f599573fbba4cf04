//! Taking a TOML tree apart: each taker says what it wanted when it meets something else.

use regex_lite::{Regex, RegexBuilder};

use super::tree::{At, Entry, Node, Problems, Raw};
use crate::text::nearest;

/// Stands for a number in the name of a column that a file repeats.
pub(crate) const NUMBER: &str = "{n}";

/// The most times a block or the columns of a gift may be repeated.
pub(crate) const REPEAT_MAX: i64 = 99;

/// A table whose keys are taken one by one; what nobody took is an unknown key.
pub(crate) struct Table {
    pub at: At,
    what: String,
    entries: Vec<Entry>,
    known: Vec<&'static str>,
}

impl Table {
    pub fn take(&mut self, key: &'static str) -> Option<Node> {
        self.known.push(key);
        let found = self.entries.iter().position(|e| e.key == key)?;
        Some(self.entries.remove(found).node)
    }

    pub fn peek(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|e| e.key == key).map(|e| &e.node)
    }

    /// What it is called in problems.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Where the key stands that would have been taken.
    pub fn has(&self, key: &str) -> Option<At> {
        self.entries.iter().find(|e| e.key == key).map(|e| e.at)
    }

    /// Every remaining entry, for tables whose keys are the user's own.
    pub fn rest(self) -> Vec<Entry> {
        self.entries
    }

    pub fn text(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        self.take(key).and_then(|node| text(node, problems))
    }

    pub fn bool(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        let node = self.take(key)?;
        match node.raw {
            Raw::Bool(truth) => Some(truth),
            _ => {
                problems.add(node.at, format!("{key} is either true or false"), "without quotes");
                None
            }
        }
    }

    pub fn int(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<i64>,
        problems: &mut Problems,
    ) -> Option<i64> {
        let node = self.take(key)?;
        match node.raw {
            Raw::Int(number) if range.contains(&number) => Some(number),
            _ => {
                let message = format!("{key} is a whole number from {} to {}", range.start(), range.end());
                problems.add(node.at, message, "without quotes");
                None
            }
        }
    }

    pub fn texts(&mut self, key: &'static str, problems: &mut Problems) -> Option<Vec<String>> {
        self.take(key).map(|node| texts(node, problems))
    }

    pub fn table(&mut self, key: &'static str, problems: &mut Problems) -> Option<Table> {
        self.take(key).and_then(|node| table(node, key, problems))
    }

    /// The items of `[[key]]`, or of a list of inline tables.
    pub fn tables(&mut self, key: &'static str, problems: &mut Problems) -> Vec<Table> {
        let Some(node) = self.take(key) else {
            return Vec::new();
        };
        match node.raw {
            Raw::List(nodes) => nodes.into_iter().filter_map(|n| table(n, key, problems)).collect(),
            _ => {
                problems.add(
                    node.at,
                    format!("{key} is a list"),
                    format!("write [[{key}]] in double brackets"),
                );
                Vec::new()
            }
        }
    }

    /// The items of `[[key]]`, those with `repeat = 12` twelve times over: `{n}` in the names of their
    /// columns becomes 1 to 12, and a file may lack all but the first.
    pub fn repeated(&mut self, key: &'static str, problems: &mut Problems) -> Vec<Table> {
        self.tables(key, problems).into_iter().flat_map(|table| table.times(problems)).collect()
    }

    /// The table once, or as often as its own `repeat` says.
    pub fn times(mut self, problems: &mut Problems) -> Vec<Table> {
        let Some(count) = self.int("repeat", 1..=REPEAT_MAX, problems) else {
            return vec![self];
        };
        let copy = |number: usize| Table {
            at: self.at,
            what: self.what.clone(),
            entries: self.entries.iter().map(|e| with_number(e, number)).collect(),
            known: self.known.clone(),
        };
        (1..=count as usize).map(copy).collect()
    }

    /// Reports every key that nobody took.
    pub fn finish(self, problems: &mut Problems) {
        for entry in self.entries {
            let near = nearest(&entry.key, self.known.iter().copied(), 1);
            let help = match near.first() {
                Some(name) => format!("did you mean \"{name}\"?"),
                None => {
                    let mut known = self.known.clone();
                    known.sort_unstable();
                    known.dedup();
                    format!("known here: {}", known.join(", "))
                }
            };
            problems.add(entry.at, format!("unknown key \"{}\" in {}", entry.key, self.what), help);
        }
    }
}

/// An entry with `{n}` replaced in every column name below it.
fn with_number(entry: &Entry, number: usize) -> Entry {
    let raw = match &entry.node.raw {
        Raw::Table(entries) => {
            let mut inner: Vec<Entry> = entries.iter().map(|e| with_number(e, number)).collect();
            let is_numbered = entries.iter().any(|e| e.key == "column" && has_number(&e.node));
            if number > 1 && is_numbered && !inner.iter().any(|e| e.key == "optional") {
                let node = Node { at: entry.node.at, raw: Raw::Bool(true) };
                inner.push(Entry { key: "optional".to_owned(), at: entry.at, node });
            }
            Raw::Table(inner)
        }
        Raw::List(nodes) if entry.key != "column" => {
            let inner = |n: &Node| with_number(&Entry { node: n.clone(), ..entry.clone() }, number).node;
            Raw::List(nodes.iter().map(inner).collect())
        }
        raw if entry.key == "column" => {
            let names: Vec<String> = match raw {
                Raw::Text(text) => vec![text.clone()],
                Raw::List(nodes) => nodes
                    .iter()
                    .filter_map(|n| match &n.raw {
                        Raw::Text(text) => Some(text.clone()),
                        _ => None,
                    })
                    .collect(),
                _ => return entry.clone(),
            };
            let node = |text| Node { at: entry.node.at, raw: Raw::Text(text) };
            Raw::List(numbered(&names, number).into_iter().map(node).collect())
        }
        raw => raw.clone(),
    };
    Entry { node: Node { at: entry.node.at, raw }, ..entry.clone() }
}

fn has_number(node: &Node) -> bool {
    match &node.raw {
        Raw::Text(text) => text.contains(NUMBER),
        Raw::List(nodes) => nodes.iter().any(has_number),
        _ => false,
    }
}

pub(crate) fn table(node: Node, what: &str, problems: &mut Problems) -> Option<Table> {
    match node.raw {
        Raw::Table(entries) => Some(Table { at: node.at, what: what.to_owned(), entries, known: Vec::new() }),
        _ => {
            problems.add(node.at, format!("{what} is a table"), "such as { column = \"Name\" }");
            None
        }
    }
}

pub(crate) fn text(node: Node, problems: &mut Problems) -> Option<String> {
    match node.raw {
        Raw::Text(text) => Some(text),
        Raw::Int(number) => {
            problems.add(node.at, "a text is wanted here", format!("write \"{number}\" in quotes"));
            None
        }
        _ => {
            problems.add(node.at, "a text is wanted here", "in double quotes");
            None
        }
    }
}

/// One text or a list of texts.
pub(crate) fn texts(node: Node, problems: &mut Problems) -> Vec<String> {
    match node.raw {
        Raw::List(nodes) => nodes.into_iter().filter_map(|n| text(n, problems)).collect(),
        _ => text(node, problems).into_iter().collect(),
    }
}

/// A regular expression, case-blind.
pub(crate) fn regex(node: Node, problems: &mut Problems) -> Option<Regex> {
    let at = node.at;
    let pattern = text(node, problems)?;
    match RegexBuilder::new(&pattern).case_insensitive(true).build() {
        Ok(regex) => Some(regex),
        Err(error) => {
            problems.add(
                at,
                format!("this regular expression cannot be read: {error}"),
                "a backslash is written twice in a \"text\"; in a 'text' once",
            );
            None
        }
    }
}

/// The names of a numbered column, with and without a leading zero.
pub(crate) fn numbered(names: &[String], number: usize) -> Vec<String> {
    let with = |digits: String| names.iter().map(move |n| n.replace(NUMBER, &digits));
    let mut all: Vec<String> = with(number.to_string()).chain(with(format!("{number:02}"))).collect();
    all.dedup();
    all
}
