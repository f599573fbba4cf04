//! Two mappings compared row by row as they go through the file: each side keeps only what the other
//! has not come to yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::Receiver;

/// Rows that are named for each change.
const ROWS_SHOWN: usize = 3;

/// Sheet, row as Excel shows it, and its place among the gifts of a wide row.
pub type Key = (u16, u32, u32);

const END: Key = (u16::MAX, u32::MAX, u32::MAX);

/// What became of a row under one mapping.
#[derive(Clone, PartialEq, Eq)]
pub struct Became {
    /// Where it went, in words.
    pub pile: String,
    /// What it is worth there.
    pub minor: i128,
    /// What it says, by the names of examples.
    pub facts: Vec<(&'static str, String)>,
}

/// What became of the rows of a chunk, and of rows beyond it that belong to them.
pub struct Batch {
    /// In no order.
    pub rows: Vec<(Key, Became)>,
    /// The last row of the chunk: every row up to here has come.
    pub last: Key,
}

/// Rows and money on each side of a change.
#[derive(Default)]
pub struct Change {
    /// How many rows.
    pub rows: u64,
    /// Their money before.
    pub before: i128,
    /// Their money after.
    pub after: i128,
    /// The first rows, with the text before and after.
    pub examples: Vec<(u32, String, String)>,
}

impl Change {
    fn add(&mut self, row: u32, before: i128, after: i128, texts: (String, String)) {
        self.rows += 1;
        self.before += before;
        self.after += after;
        self.examples.push((row, texts.0, texts.1));
        // Rows may come in another order than they stand in.
        self.examples.sort();
        self.examples.truncate(ROWS_SHOWN);
    }
}

/// Everything that differs.
#[derive(Default)]
pub struct Compared {
    /// Rows and money by pile, before and after.
    pub piles: BTreeMap<String, [(u64, i128); 2]>,
    /// What went from one pile to another.
    pub moved: BTreeMap<(String, String), Change>,
    /// What changed in rows that stayed, by field.
    pub changed: BTreeMap<&'static str, Change>,
    /// All rows.
    pub rows: u64,
    /// Those of which nothing changed.
    pub same: u64,
    /// The most rows that one side had to keep for the other.
    pub most_open: usize,
}

impl Compared {
    /// Compares two sides as their batches come; both must be in the order of the file.
    pub fn of(sides: [Receiver<Batch>; 2]) -> Compared {
        let mut compared = Compared::default();
        let mut open: [BTreeMap<Key, Became>; 2] = Default::default();
        let mut reached: [Option<Key>; 2] = [None, None];
        while reached != [Some(END); 2] {
            // Whoever is behind goes on.
            let side = usize::from(reached[1] < reached[0]);
            let Ok(batch) = sides[side].recv() else {
                reached[side] = Some(END);
                compared.leave_behind(&mut open, reached);
                continue;
            };
            for (key, became) in batch.rows {
                match open[1 - side].remove(&key) {
                    None => drop(open[side].insert(key, became)),
                    Some(other) if side == 0 => compared.add(key, Some(became), Some(other)),
                    Some(other) => compared.add(key, Some(other), Some(became)),
                }
            }
            reached[side] = Some(batch.last);
            compared.most_open = compared.most_open.max(open[0].len() + open[1].len());
            compared.leave_behind(&mut open, reached);
        }
        compared
    }

    /// What both sides have passed has no counterpart any more.
    fn leave_behind(&mut self, open: &mut [BTreeMap<Key, Became>; 2], reached: [Option<Key>; 2]) {
        let Some(passed) = reached[0].min(reached[1]) else { return };
        for (side, rows) in open.iter_mut().enumerate() {
            while let Some(first) = rows.first_entry().filter(|entry| *entry.key() <= passed) {
                let (key, became) = first.remove_entry();
                match side {
                    0 => self.add(key, Some(became), None),
                    _ => self.add(key, None, Some(became)),
                }
            }
        }
    }

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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    fn became(minor: i128) -> Became {
        Became { pile: "ready".into(), minor, facts: vec![("amount", minor.to_string())] }
    }

    /// One side in chunks of `chunk`; rows of `early` come with the first chunk, rows of `without` never.
    fn side(rows: u32, chunk: u32, add: i128, early: &[u32], without: &[u32]) -> Vec<Batch> {
        let comes = |row: &u32| !without.contains(row);
        let batch = |from: u32| {
            let own = (from..(from + chunk).min(rows)).filter(|row| from == 0 || !early.contains(row));
            let strays = early.iter().copied().filter(|row| from == 0 && *row >= chunk);
            let rows_of = own.chain(strays).filter(comes);
            let last = (0, (from + chunk).min(rows) - 1, 0);
            Batch { rows: rows_of.map(|row| ((0, row, 0), became(i128::from(row) + add))).collect(), last }
        };
        (0..rows).step_by(chunk as usize).map(batch).collect()
    }

    fn compared(before: Vec<Batch>, after: Vec<Batch>) -> Compared {
        let (send_before, before_comes) = sync_channel(1);
        let (send_after, after_comes) = sync_channel(1);
        std::thread::scope(|scope| {
            scope.spawn(move || before.into_iter().try_for_each(|batch| send_before.send(batch)));
            scope.spawn(move || after.into_iter().try_for_each(|batch| send_after.send(batch)));
            Compared::of([before_comes, after_comes])
        })
    }

    #[test]
    fn every_row_meets_its_other_side_whatever_the_chunks_and_little_is_kept() {
        let found =
            compared(side(10_000, 100, 0, &[5_000, 9_999], &[7, 8]), side(10_000, 64, 0, &[], &[8, 9_000]));
        // Row 8 is on neither side; rows 7 and 9,000 are on one.
        assert_eq!((found.rows, found.same), (9_999, 9_997));
        let moved: Vec<(&str, &str, u32)> =
            found.moved.iter().map(|((a, b), c)| (a.as_str(), b.as_str(), c.examples[0].0)).collect();
        assert_eq!(moved, [("not a row", "ready", 7), ("ready", "not a row", 9_000)]);
        assert!(found.most_open < 400, "{} rows were kept", found.most_open);
    }

    #[test]
    fn a_changed_field_is_summed_and_its_first_rows_are_named() {
        let found = compared(side(10, 3, 0, &[], &[]), side(10, 4, 5, &[], &[]));
        let change = &found.changed["amount"];
        assert_eq!((change.rows, change.before, change.after), (10, 45, 95));
        assert_eq!(change.examples[0], (0, "0".to_owned(), "5".to_owned()));
        assert_eq!(found.same, 0);
    }

    #[test]
    fn a_side_without_rows_leaves_all_of_the_other_behind() {
        let found = compared(side(5, 2, 0, &[], &[]), Vec::new());
        assert_eq!((found.rows, found.piles["ready"][0].0, found.piles["not a row"][1].0), (5, 5, 5));
    }
}
