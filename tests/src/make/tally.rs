//! What must come out, counted while the files are made: an oracle that has never seen the reader.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::cells::SHEETS;
use super::donor::Donor;
use super::funds::VENDOR;
use super::gift::{Fate, Row, When};

/// A count and the money with it.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: u64,
    cents: i64,
}

impl Sum {
    fn add(&mut self, cents: i64) {
        self.count += 1;
        self.cents += cents;
    }
}

/// Running totals; memory does not grow with the files.
#[derive(Default)]
pub struct Tally {
    read: Sum,
    sheets: [Sum; 2],
    read_by_year: BTreeMap<String, Sum>,
    excluded: BTreeMap<&'static str, Sum>,
    held: BTreeMap<&'static str, Sum>,
    ready: Sum,
    ready_rows: u64,
    ready_by_year: BTreeMap<String, Sum>,
    ready_by_project: BTreeMap<&'static str, Sum>,
    blank_funds: u64,
    donor_rows: u64,
    persons: u64,
    households: u64,
    second_people: u64,
    vendors: u64,
    donors_held: BTreeMap<&'static str, u64>,
    warnings: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Counts a gift entry with all its rows.
    pub fn entry(&mut self, rows: &[Row], fate: Fate) {
        for row in rows {
            self.read.add(row.cents);
            self.sheets[usize::from(row.late_sheet)].add(row.cents);
            self.read_by_year.entry(year(row)).or_default().add(row.cents);
            match fate {
                Fate::Ready => self.ready_rows += 1,
                Fate::Excluded(rule) => self.excluded.entry(rule).or_default().add(row.cents),
                Fate::Held(code) => self.held.entry(code).or_default().add(row.cents),
            }
        }
        if fate == Fate::Ready {
            self.gift(rows);
        }
    }

    fn gift(&mut self, rows: &[Row]) {
        let whole = rows.iter().map(|row| row.cents).sum();
        self.ready.add(whole);
        self.ready_by_year.entry(year(&rows[0])).or_default().add(whole);
        for row in rows {
            self.ready_by_project.entry(row.project).or_default().cents += row.cents;
            self.blank_funds += u64::from(row.fund.is_empty());
        }
        for project in rows.iter().map(|row| row.project).collect::<BTreeSet<_>>() {
            self.ready_by_project.entry(project).or_default().count += 1;
        }
    }

    /// Counts a donor record.
    pub fn donor(&mut self, number: u64, donor: &Donor) {
        let truth = &donor.truth;
        self.donor_rows += 1;
        if truth.vendor {
            self.vendors += 1;
        } else if let Some(code) = truth.held {
            *self.donors_held.entry(code).or_default() += 1;
        } else {
            self.persons += u64::from(truth.entity == number);
            self.households += u64::from(truth.household == number);
            self.second_people += u64::from(truth.two_people);
            for code in &truth.warnings {
                *self.warnings.entry(code).or_default() += 1;
            }
        }
    }

    /// `expected.toml`; `sheets` when the gifts are a workbook.
    pub fn to_toml(&self, command: &str, sheets: bool) -> String {
        let mut text = String::from(
            "# What must become of every row, counted by the generator while it wrote the files.\n",
        );
        let _ = writeln!(
            text,
            "# Made by: {command}\n# Money in cents. A split gift stands on several rows.\nversion = 1\n"
        );
        let _ = writeln!(text, "[gifts.read]\nrows = {}\ncents = {}", self.read.count, self.read.cents);
        if sheets {
            let named = SHEETS.into_iter().zip(self.sheets).collect();
            table(&mut text, "gifts.sheets", "rows", &named);
        }
        table(&mut text, "gifts.read_by_year", "rows", &self.read_by_year);
        table(&mut text, "gifts.excluded", "rows", &self.excluded);
        table(&mut text, "gifts.held", "rows", &self.held);
        let _ = writeln!(text, "\n[gifts.ready]\ngifts = {}\nrows = {}", self.ready.count, self.ready_rows);
        let _ = writeln!(text, "cents = {}", self.ready.cents);
        table(&mut text, "gifts.ready_by_year", "gifts", &self.ready_by_year);
        table(&mut text, "gifts.ready_by_project", "gifts", &self.ready_by_project);
        let _ = writeln!(text, "\n[gifts.warnings]\nG022 = {}", self.blank_funds);
        self.donors_to_toml(&mut text);
        text
    }

    fn donors_to_toml(&self, text: &mut String) {
        let _ =
            writeln!(text, "\n# persons: different people and organizations behind the records that go on.");
        let _ =
            writeln!(text, "# households: the same, with spouses, fathers and sons of one house together.");
        let _ = writeln!(text, "# second_people: named on another person's record, not counted above.");
        let _ = writeln!(text, "[donors]\nrows = {}\npersons = {}", self.donor_rows, self.persons);
        let _ = writeln!(text, "households = {}\nsecond_people = {}", self.households, self.second_people);
        let _ = writeln!(text, "\n[donors.excluded]\n\"{VENDOR}\" = {}", self.vendors);
        counts(text, "donors.held", &self.donors_held);
        counts(text, "donors.warnings", &self.warnings);
    }
}

fn year(row: &Row) -> String {
    match row.when {
        When::Day(year, ..) => year.to_string(),
        When::Text(_) | When::Blank => "unknown".into(),
    }
}

fn table<K: AsRef<str>>(text: &mut String, name: &str, unit: &str, sums: &BTreeMap<K, Sum>) {
    let _ = writeln!(text, "\n[{name}]");
    for (key, sum) in sums {
        let _ = writeln!(text, "\"{}\" = {{ {unit} = {}, cents = {} }}", key.as_ref(), sum.count, sum.cents);
    }
}

fn counts(text: &mut String, name: &str, counts: &BTreeMap<&'static str, u64>) {
    let _ = writeln!(text, "\n[{name}]");
    for (key, count) in counts {
        let _ = writeln!(text, "{key} = {count}");
    }
}
