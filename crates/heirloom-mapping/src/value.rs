//! A value: where a text comes from, when, and what is done to it.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use regex_lite::Regex;

/// A map with a hash that is the same in every run (its order is never used).
pub(crate) type Lookup<V> = HashMap<String, V, FixedState>;

/// Where a text comes from and what is done to it.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub source: Source,
    /// It is blank where one of these does not hold.
    pub when: Vec<Condition>,
    pub default: Option<String>,
    pub required: bool,
}

impl Value {
    /// A source as it is.
    pub fn plain(source: Source) -> Self {
        Value { source, when: Vec::new(), default: None, required: false }
    }

    /// Whether it looks at any file but the main one.
    pub fn uses_companion(&self) -> bool {
        self.when.iter().any(Condition::uses_companion) || self.source_uses_companion()
    }

    fn source_uses_companion(&self) -> bool {
        match &self.source {
            Source::Cell(cell) => cell.table != 0,
            Source::Constant(_) => false,
            Source::FirstOf(values) => values.iter().any(Value::uses_companion),
            Source::Template(pieces) => pieces.iter().any(|p| p.value().is_some_and(Value::uses_companion)),
        }
    }

    /// Collects the columns of one table that it reads.
    pub fn columns_in(&self, table: usize, columns: &mut Vec<usize>) {
        match &self.source {
            Source::Cell(cell) if cell.table == table => columns.push(cell.column),
            Source::Cell(_) | Source::Constant(_) => {}
            Source::FirstOf(values) => values.iter().for_each(|v| v.columns_in(table, columns)),
            Source::Template(pieces) => {
                pieces.iter().filter_map(Piece::value).for_each(|v| v.columns_in(table, columns));
            }
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Source {
    Cell(CellSource),
    Constant(String),
    FirstOf(Vec<Value>),
    /// Pieces side by side; blank if every value among them is.
    Template(Vec<Piece>),
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Text(String),
    Value(Value),
}

impl Piece {
    pub fn value(&self) -> Option<&Value> {
        match self {
            Piece::Value(value) => Some(value),
            Piece::Text(_) => None,
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct CellSource {
    pub table: usize,
    pub column: usize,
    pub fact: Option<usize>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Upper,
    Lower,
    Title,
    Digits,
    Collapse,
    PadZero(usize),
    Null(Vec<String>),
    Extract(Regex),
    Replace(String, String),
}

#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub value: Value,
    pub is: Option<Vec<String>>,
    pub is_not: Option<Vec<String>>,
    /// Another value that must say the same, as a text or as an amount.
    pub same_as: Option<Value>,
    pub blank: Option<bool>,
    pub matches: Option<Regex>,
}

impl Condition {
    /// Whether it looks at any file but the main one.
    pub fn uses_companion(&self) -> bool {
        self.value.uses_companion() || self.same_as.as_ref().is_some_and(Value::uses_companion)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Text,
    Date,
    Amount,
}

#[derive(Clone, Debug)]
pub(crate) struct Exclude {
    pub rule: String,
    pub when: Vec<Condition>,
}

/// A value map: exact texts, and the same texts folded where that is unambiguous.
#[derive(Clone, Debug)]
pub(crate) struct ValueMap<T> {
    pub exact: Lookup<T>,
    pub folded: Lookup<Option<T>>,
}

impl<T> Default for ValueMap<T> {
    fn default() -> Self {
        ValueMap { exact: Lookup::default(), folded: Lookup::default() }
    }
}

impl<T: Clone + PartialEq> ValueMap<T> {
    pub fn insert(&mut self, key: String, value: T) {
        let folded = crate::text::fold_value(&key);
        self.folded
            .entry(folded)
            .and_modify(|old| {
                if old.as_ref() != Some(&value) {
                    *old = None;
                }
            })
            .or_insert_with(|| Some(value.clone()));
        self.exact.insert(key, value);
    }

    pub fn get(&self, text: &str) -> Option<&T> {
        self.exact
            .get(text)
            .or_else(|| self.folded.get(crate::text::fold_value(text).as_str()).and_then(Option::as_ref))
    }
}
