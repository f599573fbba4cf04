//! `heirloom map diff A B`: what a changed mapping changes, in rows and money.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use heirloom_mapping::{Mapping, RecordKind, outcome};
use heirloom_model::{Currency, Place, Placed};
use heirloom_report::words::{self, Align};
use serde_json::{Value, json};

use super::map_args::DiffArgs;
use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::folder::Folder;
use crate::migration::{beside, load_mappings};
use crate::trial::{Trial, known_donors};

/// Rows that are named for each change.
const ROWS_SHOWN: usize = 3;

/// Sheet, row as Excel shows it, and its place among the gifts of a wide row.
type Key = (u16, u32, u32);

/// What became of a row under one mapping.
#[derive(Clone, PartialEq, Eq)]
struct Became {
    pile: String,
    minor: i128,
    facts: Vec<(&'static str, String)>,
}

/// Rows and money on each side of a change.
#[derive(Default)]
struct Change {
    rows: u64,
    before: i128,
    after: i128,
    examples: Vec<(u32, String, String)>,
}

impl Change {
    fn add(&mut self, row: u32, before: i128, after: i128, texts: (String, String)) {
        self.rows += 1;
        self.before += before;
        self.after += after;
        if self.examples.len() < ROWS_SHOWN {
            self.examples.push((row, texts.0, texts.1));
        }
    }
}

#[derive(Default)]
struct Compared {
    piles: BTreeMap<String, [(u64, i128); 2]>,
    moved: BTreeMap<(String, String), Change>,
    changed: BTreeMap<&'static str, Change>,
    rows: u64,
    same: u64,
}

/// Maps the folder's input by both mappings and compares row by row.
pub fn diff(setting: &Setting, args: &DiffArgs) -> Result<Said> {
    let folder = setting.folder();
    let settings = folder.settings()?;
    let own = load_mappings(&folder, &settings)?;
    let (before, after) = (read(&folder, &args.before)?, read(&folder, &args.after)?);
    if before.record() != after.record() {
        return Err(Failure::usage(
            "one mapping is of gifts and the other of donors",
            "compare two of a kind",
        ));
    }
    let known = match before.record() {
        RecordKind::Gift => known_donors(&folder, &settings, &own)?,
        RecordKind::Donor => None,
    };
    let mut first: HashMap<Key, Became> = HashMap::new();
    let trial = Trial::new(&folder, &settings, &before, known.as_ref())?;
    became(&trial, |key, before| {
        first.insert(key, before);
    })?;
    let mut compared = Compared::default();
    let trial = Trial::new(&folder, &settings, &after, known.as_ref())?;
    became(&trial, |key, after| {
        let before = first.remove(&key);
        compared.add(key, before, Some(after));
    })?;
    let mut gone: Vec<(Key, Became)> = first.into_iter().collect();
    gone.sort_by_key(|(key, _)| *key);
    gone.into_iter().for_each(|(key, before)| compared.add(key, Some(before), None));
    show(setting, &compared, settings.currency, args.show_values);
    setting.next("heirloom check");
    Said::new(document(&compared, args.show_values), Exit::Done)
}

/// A mapping by its path, or by its name in `mappings/`.
fn read(folder: &Folder, name: &str) -> Result<Mapping> {
    let own = folder.mappings().join(name);
    let path = if Path::new(name).is_file() { Path::new(name) } else { own.as_path() };
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("cannot read the mapping {name}: {error}"), "name a file, or one of mappings/")
    })?;
    heirloom_mapping::parse(name, &text, &|asked| beside(folder, asked)).map_err(Failure::Mapping)
}

/// What becomes of every row, in the order of the file.
fn became(trial: &Trial<'_>, mut each: impl FnMut(Key, Became)) -> Result<()> {
    let mut places: HashMap<i64, Key> = HashMap::new();
    let mut last: Option<Key> = None;
    trial.rows(|row| {
        let count = match last {
            Some((sheet, number, count)) if (sheet, number) == (row.sheet, row.row_number) => count + 1,
            _ => 0,
        };
        last = Some((row.sheet, row.row_number, count));
        places.insert(row.id.0, (row.sheet, row.row_number, count));
    })?;
    trial.run(|_, _, placed| {
        // A gift on several rows is worth its whole; here each row counts what stands in it.
        let mut parts: HashMap<i64, i128> = HashMap::new();
        for placed in &placed {
            if let Place::Part { of, amount } = &placed.place {
                *parts.entry(of.0).or_default() += i128::from(amount.minor());
            }
        }
        for placed in &placed {
            let mut became = of(placed);
            became.minor -= parts.get(&placed.row.0).copied().unwrap_or(0);
            if let Some(key) = places.get(&placed.row.0) {
                each(*key, became);
            }
        }
    })
}

fn of(placed: &Placed) -> Became {
    let mut facts = outcome(placed);
    let minor = match &placed.place {
        Place::Gift(gift) => i128::from(gift.amount().minor()),
        Place::Part { amount, .. } => i128::from(amount.minor()),
        Place::Excluded { known, .. } | Place::Held { known } => {
            known.amount.map_or(0, |m| i128::from(m.minor()))
        }
        Place::Donor(_) | Place::Repeat { .. } => 0,
    };
    let pile = match &placed.place {
        Place::Gift(_) => "ready".to_owned(),
        Place::Part { .. } => "ready, as a part".to_owned(),
        Place::Donor(_) => "ready, a donor".to_owned(),
        Place::Excluded { rule, .. } => format!("excluded: {rule}"),
        Place::Repeat { .. } => "repeat".to_owned(),
        Place::Held { .. } => {
            let mut codes: Vec<&str> =
                placed.findings.iter().filter(|f| f.blocks()).map(|f| f.code.as_str()).collect();
            codes.sort_unstable();
            codes.dedup();
            format!("held {}", codes.join(" "))
        }
    };
    facts.retain(|(name, text)| !matches!(*name, "place" | "rule") && !text.is_empty());
    Became { pile, minor, facts }
}

impl Compared {
    fn add(&mut self, key: Key, before: Option<Became>, after: Option<Became>) {
        let nowhere = || Became { pile: "not a row".to_owned(), minor: 0, facts: Vec::new() };
        let (before, after) = (before.unwrap_or_else(nowhere), after.unwrap_or_else(nowhere));
        self.rows += 1;
        for (side, became) in [&before, &after].into_iter().enumerate() {
            let sums = &mut self.piles.entry(became.pile.clone()).or_default()[side];
            sums.0 += 1;
            sums.1 += became.minor;
        }
        if before == after {
            self.same += 1;
            return;
        }
        if before.pile != after.pile {
            let change = self.moved.entry((before.pile, after.pile)).or_default();
            change.add(key.1, before.minor, after.minor, (String::new(), String::new()));
            return;
        }
        let names: BTreeSet<&'static str> =
            before.facts.iter().chain(&after.facts).map(|(n, _)| *n).collect();
        for name in names {
            let of = |facts: &[(&'static str, String)]| {
                facts.iter().find(|(n, _)| *n == name).map(|(_, text)| text.clone()).unwrap_or_default()
            };
            let (old, new) = (of(&before.facts), of(&after.facts));
            if old != new {
                let change = self.changed.entry(name).or_default();
                change.add(key.1, before.minor, after.minor, (old, new));
            }
        }
    }
}

fn show(setting: &Setting, compared: &Compared, currency: Currency, values: bool) {
    let out = setting.out;
    let mut table = vec![["", "before", "", "after", ""].map(str::to_owned).to_vec()];
    for (pile, [before, after]) in &compared.piles {
        let side = |(rows, minor): &(u64, i128)| [words::count(*rows, "row"), words::money(*minor, currency)];
        let mark = if before == after { "  " } else { "* " };
        let mut line = vec![format!("{mark}{pile}")];
        line.extend(side(before));
        line.extend(side(after));
        table.push(line);
    }
    for line in
        words::table(&table, &[Align::Left, Align::Right, Align::Right, Align::Right, Align::Right]).lines()
    {
        out.line(line);
    }
    for ((from, to), change) in &compared.moved {
        out.line(&format!(
            "moved    {from} -> {to}: {}{}",
            words::count(change.rows, "row"),
            money(change, currency)
        ));
        out.line(&format!("         {}", rows_of(change)));
    }
    for (field, change) in &compared.changed {
        out.line(&format!(
            "changed  {field}: {}{}",
            words::count(change.rows, "row"),
            money(change, currency)
        ));
        out.line(&format!("         {}", rows_of(change)));
        for (row, before, after) in change.examples.iter().filter(|_| values) {
            out.line(&format!(
                "         row {row}: \"{}\" -> \"{}\"",
                words::clip(before, 40),
                words::clip(after, 40)
            ));
        }
    }
    out.line(&format!(
        "{} compared: {} the same, {} changed. Corrections made by people are not part of it.",
        words::count(compared.rows, "row"),
        words::number(compared.same),
        words::number(compared.rows - compared.same)
    ));
}

fn money(change: &Change, currency: Currency) -> String {
    let (before, after) = (words::money(change.before, currency), words::money(change.after, currency));
    if before == after { format!(", {after}") } else { format!(", {before} -> {after}") }
}

fn rows_of(change: &Change) -> String {
    let rows: Vec<String> = change.examples.iter().map(|(row, ..)| words::number(u64::from(*row))).collect();
    let more = if (rows.len() as u64) < change.rows { " …" } else { "" };
    format!("row {}{more}", rows.join(", "))
}

fn document(compared: &Compared, values: bool) -> Value {
    let side = |(rows, minor): (u64, i128)| json!({ "rows": rows, "minor": minor.to_string() });
    let piles: Vec<Value> = compared
        .piles
        .iter()
        .map(
            |(pile, [before, after])| json!({ "pile": pile, "before": side(*before), "after": side(*after) }),
        )
        .collect();
    let change = |change: &Change| {
        let rows: Vec<u32> = change.examples.iter().map(|(row, ..)| *row).collect();
        let mut document = json!({
            "rows": change.rows, "before_minor": change.before.to_string(), "after_minor": change.after.to_string(),
            "first_rows": rows,
        });
        if values {
            document["values"] = json!(change.examples);
        }
        document
    };
    let moved: Vec<Value> = compared
        .moved
        .iter()
        .map(|((from, to), c)| json!({ "from": from, "to": to, "change": change(c) }))
        .collect();
    let changed: Vec<Value> =
        compared.changed.iter().map(|(field, c)| json!({ "field": field, "change": change(c) })).collect();
    json!({
        "rows": compared.rows, "same": compared.same, "piles": piles, "moved": moved, "changed": changed,
    })
}
