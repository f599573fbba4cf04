//! A TOML text as a tree in which every key and value knows its place; presets are merged here.

use heirloom_model::{Digest, Hasher};
use toml::de::{DeTable, DeValue};

use crate::MappingProblem;

/// A place in one of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    source: usize,
    offset: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub at: At,
    pub raw: Raw,
}

#[derive(Clone, Debug)]
pub(crate) enum Raw {
    Text(String),
    Int(i64),
    Bool(bool),
    List(Vec<Node>),
    Table(Vec<Entry>),
    /// A float, date or huge integer: nothing in a mapping takes one.
    Odd(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: String,
    pub at: At,
    pub node: Node,
}

/// The texts that were read and what is wrong with them.
#[derive(Default)]
pub(crate) struct Problems {
    sources: Vec<(String, String)>,
    pub list: Vec<MappingProblem>,
}

impl Problems {
    /// The line of a place, from 1.
    pub fn line(&self, at: At) -> u32 {
        let text = &self.sources[at.source].1;
        text.as_bytes()[..at.offset.min(text.len())].iter().filter(|&&b| b == b'\n').count() as u32 + 1
    }

    /// The place as it is shown to people, its line underlined.
    pub fn excerpt(&self, at: At) -> String {
        let (file, text) = &self.sources[at.source];
        let (line, column, source_line) = position(text, at.offset);
        crate::problem::excerpt(file, line, column, source_line)
    }

    pub fn add(&mut self, at: At, message: impl Into<String>, help: impl Into<String>) {
        let (file, text) = &self.sources[at.source];
        let (line, column, source_line) = position(text, at.offset);
        let help = help.into();
        self.list.push(MappingProblem {
            file: file.clone(),
            line,
            column,
            source_line: source_line.to_owned(),
            message: message.into(),
            help: (!help.is_empty()).then_some(help),
        });
    }
}

/// Line and column from 1, and the line itself.
fn position(text: &str, offset: usize) -> (u32, u32, &str) {
    let before = &text.as_bytes()[..offset.min(text.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count();
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count();
    (line as u32 + 1, column as u32 + 1, text.lines().nth(line).unwrap_or(""))
}

/// Reads one text; `None` if it is not TOML.
fn read(file: &str, text: &str, problems: &mut Problems) -> Option<Node> {
    let source = problems.sources.len();
    problems.sources.push((file.to_owned(), text.to_owned()));
    match DeTable::parse(text) {
        Ok(table) => {
            Some(Node { at: At { source, offset: 0 }, raw: Raw::Table(entries(table.get_ref(), source)) })
        }
        Err(error) => {
            let offset = error.span().map_or(0, |s| s.start);
            let message = error.message().replace('\n', ", ");
            problems.add(
                At { source, offset },
                message,
                "texts stand in double quotes, tables begin with [name], lists with [[name]]",
            );
            None
        }
    }
}

fn entries(table: &DeTable<'_>, source: usize) -> Vec<Entry> {
    table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            at: At { source, offset: key.span().start },
            node: node(value.get_ref(), At { source, offset: value.span().start }),
        })
        .collect()
}

fn node(value: &DeValue<'_>, at: At) -> Node {
    let raw = match value {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Boolean(truth) => Raw::Bool(*truth),
        DeValue::Integer(int) => match i64::from_str_radix(int.as_str(), int.radix()) {
            Ok(number) => Raw::Int(number),
            Err(_) => Raw::Odd(int.as_str().to_owned()),
        },
        DeValue::Float(float) => Raw::Odd(float.as_str().to_owned()),
        DeValue::Datetime(date) => Raw::Odd(date.to_string()),
        DeValue::Array(list) => Raw::List(
            list.iter()
                .map(|v| node(v.get_ref(), At { source: at.source, offset: v.span().start }))
                .collect(),
        ),
        DeValue::Table(table) => Raw::Table(entries(table, at.source)),
    };
    Node { at, raw }
}

/// Reads a mapping and the presets it extends, merged; a preset may extend another.
pub(crate) fn load(
    name: &str,
    text: &str,
    presets: &dyn Fn(&str) -> Option<String>,
    problems: &mut Problems,
) -> Option<Node> {
    let mut merged = read(name, text, problems)?;
    let mut seen: Vec<String> = Vec::new();
    while let Some(entry) = take_extends(&mut merged) {
        let Raw::Text(preset) = &entry.node.raw else {
            problems.add(entry.node.at, "extends takes the name of a preset, as a text", "");
            return None;
        };
        if seen.contains(preset) || seen.len() > 8 {
            problems.add(entry.node.at, format!("preset \"{preset}\" extends itself"), "");
            return None;
        }
        let Some(text) = presets(preset) else {
            problems.add(
                entry.node.at,
                format!("there is no preset \"{preset}\""),
                "presets are the files of the folder mappings/, named without .toml",
            );
            return None;
        };
        seen.push(preset.clone());
        let base = read(&format!("preset {preset}"), &text, problems)?;
        merged = merge_root(base, merged);
    }
    Some(merged)
}

fn take_extends(root: &mut Node) -> Option<Entry> {
    let Raw::Table(entries) = &mut root.raw else {
        return None;
    };
    let found = entries.iter().position(|e| e.key == "extends")?;
    Some(entries.remove(found))
}

/// Keys of `own` win over `base`, table by table; [values.x] line by line.
fn merge_root(base: Node, own: Node) -> Node {
    let at = own.at;
    let (Raw::Table(base), Raw::Table(own)) = (base.raw, own.raw) else {
        unreachable!("a TOML document is a table")
    };
    let merged = merge(base, own, |key, base, own| {
        if key == "values" {
            merge(base, own, |_, base, own| merge(base, own, |_, _, own| own))
        } else {
            merge(base, own, |_, _, own| own)
        }
    });
    Node { at, raw: Raw::Table(merged) }
}

fn merge(
    base: Vec<Entry>,
    own: Vec<Entry>,
    tables: impl Fn(&str, Vec<Entry>, Vec<Entry>) -> Vec<Entry>,
) -> Vec<Entry> {
    let mut merged = base;
    for entry in own {
        let Some(old) = merged.iter_mut().find(|m| m.key == entry.key) else {
            merged.push(entry);
            continue;
        };
        let old_raw = std::mem::replace(&mut old.node.raw, Raw::Bool(false));
        old.at = entry.at;
        old.node = Node {
            at: entry.node.at,
            raw: match (old_raw, entry.node.raw) {
                (Raw::Table(base), Raw::Table(own)) => Raw::Table(tables(&entry.key, base, own)),
                (_, raw) => raw,
            },
        };
    }
    merged
}

/// The digest of what a mapping means: comments, order of keys and layout do not count, nor
/// whether a line stands in the file or in its preset.
pub(crate) fn meaning(root: &Node) -> Digest {
    let mut hasher = Hasher::new();
    hash(root, &mut hasher);
    hasher.finish()
}

fn hash(node: &Node, hasher: &mut Hasher) {
    match &node.raw {
        Raw::Text(text) => hasher.field(b"t").field(text.as_bytes()),
        Raw::Int(int) => hasher.field(b"i").field(&int.to_le_bytes()),
        Raw::Bool(truth) => hasher.field(b"b").field(&[u8::from(*truth)]),
        Raw::Odd(text) => hasher.field(b"o").field(text.as_bytes()),
        Raw::List(nodes) => {
            hasher.field(b"l").field(&nodes.len().to_le_bytes());
            nodes.iter().for_each(|n| hash(n, hasher));
            hasher
        }
        Raw::Table(entries) => {
            let mut sorted: Vec<&Entry> = entries.iter().collect();
            sorted.sort_by(|a, b| a.key.cmp(&b.key));
            hasher.field(b"m").field(&sorted.len().to_le_bytes());
            for entry in sorted {
                hasher.field(entry.key.as_bytes());
                hash(&entry.node, hasher);
            }
            hasher
        }
    };
}
