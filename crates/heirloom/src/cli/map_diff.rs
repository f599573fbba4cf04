//! `heirloom map diff A B`: what a changed mapping changes, in rows and money.

use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use heirloom_mapping::{Mapping, RecordKind, outcome};
use heirloom_model::{Currency, Place, Placed};
use heirloom_report::words::{self, Align};
use serde_json::{Value, json};

use super::map_args::DiffArgs;
use super::map_diff_compare::{Batch, Became, Change, Compared};
use super::{Said, Setting};
use crate::approval::unexpected;
use crate::failure::{Exit, Failure, Result};
use crate::folder::Folder;
use crate::migration::{beside, load_mappings};
use crate::trial::{Trial, known_donors};

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
    let sides = [&before, &after];
    let compared = std::thread::scope(|scope| {
        let (mut threads, mut comes) = (Vec::new(), Vec::new());
        for mapping in sides {
            let (sender, receiver) = sync_channel(1);
            let (folder, settings, known) = (&folder, &settings, known.as_ref());
            threads.push(scope.spawn(move || {
                became(&Trial::new(folder, settings, mapping, known)?, settings.currency, &sender)
            }));
            comes.push(receiver);
        }
        let [before, after] = comes.try_into().expect("there are two sides");
        let compared = Compared::of([before, after]);
        for thread in threads {
            thread.join().map_err(|_| unexpected(&"a side of the comparison broke off"))??;
        }
        Ok::<_, Failure>(compared)
    })?;
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

/// What becomes of every row, chunk by chunk.
fn became(trial: &Trial<'_>, home: Currency, sender: &SyncSender<Batch>) -> Result<()> {
    let mut is_heard = true;
    trial.run(|chunk| {
        // A gift on several rows is worth its whole; here each row counts what stands in it.
        let mut parts: HashMap<i64, i128> = HashMap::new();
        for placed in &chunk.placed {
            if let Place::Part { of, amount } = &placed.place {
                *parts.entry(of.0).or_default() += i128::from(amount.minor());
            }
        }
        let mut rows = Vec::with_capacity(chunk.placed.len());
        for placed in &chunk.placed {
            let mut became = of(placed, home);
            became.minor -= parts.get(&placed.row.0).copied().unwrap_or(0);
            rows.extend(chunk.places.get(&placed.row.0).map(|key| (*key, became)));
        }
        let last = chunk.rows.last().and_then(|row| chunk.places.get(&row.id.0)).copied();
        if let Some(last) = last.filter(|_| is_heard) {
            is_heard = sender.send(Batch { rows, last }).is_ok();
        }
    })
}

/// What a row became; money of another currency is in no sum.
fn of(placed: &Placed, home: Currency) -> Became {
    let mut facts = outcome(placed);
    let minor = match &placed.place {
        Place::Gift(gift) => i128::from(gift.amount().minor()),
        Place::Part { amount, .. } => i128::from(amount.minor()),
        Place::Excluded { known, .. } | Place::Held { known } => {
            known.amount.filter(|m| m.currency() == home).map_or(0, |m| i128::from(m.minor()))
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
