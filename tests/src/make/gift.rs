//! Gifts as a Raiser's Edge query lists them, in order of month, one entry after another.

use std::collections::VecDeque;

use super::dice::{Dice, Purpose};
use super::donor::Donors;
use super::funds::{APPEALS, EXCLUDED, FUNDS, METHODS};
use super::plant::{self, Plant};
use super::words::{GOODS, REFERENCES};

/// One row of the export.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub gift_id: String,
    pub donor_id: String,
    pub donor_name: String,
    pub when: When,
    pub kind: &'static str,
    pub cents: i64,
    /// What the amount cell says instead of the amount.
    pub said: Option<&'static str>,
    pub method: &'static str,
    pub fund: &'static str,
    pub project: &'static str,
    pub appeal: &'static str,
    pub check: String,
    pub subtype: &'static str,
    pub symbol: &'static str,
    pub units: String,
    pub reference: String,
    pub anonymous: bool,
    pub tribute: (&'static str, String),
    pub soft_credit: String,
    /// The second sheet, when there are two.
    pub late_sheet: bool,
    /// A throw that decides how date and amount are written.
    pub style: u64,
}

/// A date cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// A day: year, month, day.
    Day(i64, u64, u64),
    /// Text that is no day.
    Text(&'static str),
    /// Nothing.
    #[default]
    Blank,
}

/// What must become of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Ready,
    Excluded(&'static str),
    Held(&'static str),
}

/// A promise or schedule from which payments come.
#[derive(Clone, Debug)]
struct Source {
    donor: u64,
    fund: usize,
    cents: i64,
    left: u64,
}

/// Makes the entries.
pub struct Gifts<'a> {
    seed: u64,
    count: u64,
    planted: bool,
    donors: &'a Donors,
    pledges: VecDeque<Source>,
    schedules: VecDeque<Source>,
    /// Rows of an entry that stand further down, and before which entry.
    later: VecDeque<(u64, Row)>,
    next: u64,
    calendar: Vec<u64>,
}

const FIRST_YEAR: i64 = 2009;
const YEARS: u64 = 16;
/// Share of a year's gifts by month: two fifths come at the year's end.
const MONTHS: [u64; 12] = [6, 5, 6, 7, 7, 6, 5, 5, 7, 8, 16, 28];
const SOURCES_MAX: usize = 256;

/// An entry: its rows in order, and its fate.
pub type Entry = (Vec<Row>, Fate);

impl<'a> Gifts<'a> {
    /// Gifts of `donors`; `planted` adds rows that must be held.
    pub fn new(seed: u64, count: u64, planted: bool, donors: &'a Donors) -> Gifts<'a> {
        let mut sum = 0;
        let calendar = (0..YEARS * 12).map(|at| {
            sum += (60 + 5 * (at / 12)) * MONTHS[(at % 12) as usize];
            sum
        });
        Gifts {
            seed,
            count,
            planted,
            donors,
            calendar: calendar.collect(),
            pledges: VecDeque::new(),
            schedules: VecDeque::new(),
            later: VecDeque::new(),
            next: 0,
        }
    }

    /// The next entry with the rows to write now; the entry's own rows may stand partly later.
    pub fn next(&mut self) -> Option<(Vec<Row>, Entry)> {
        if self.next == self.count {
            return None;
        }
        let number = self.next;
        self.next += 1;
        let mut dice = Dice::new(self.seed, Purpose::Gift, number);
        let (mut rows, mut fate) = self.entry(number, &mut dice);
        let plant = if self.planted { plant::at(number) } else { None };
        if let Some(plant) = plant {
            fate = plant::spoil(plant, &mut rows);
        }
        let mut now: Vec<Row> = Vec::new();
        while self.later.front().is_some_and(|(due, _)| *due <= number) {
            now.extend(self.later.pop_front().map(|(_, row)| row));
        }
        now.extend(rows.iter().cloned());
        if matches!(plant, Some(Plant::SplitApart | Plant::SameId)) && rows.len() > 1 {
            self.later.extend(now.pop().map(|row| (number + 40, row)));
        }
        Some((now, (rows, fate)))
    }

    /// Rows that were to stand later than the last entry.
    pub fn rest(&mut self) -> Vec<Row> {
        self.later.drain(..).map(|(_, row)| row).collect()
    }

    fn entry(&mut self, number: u64, dice: &mut Dice) -> Entry {
        let kind = dice.weighted(&[
            (700, "Cash"),
            (25, "Pledge"),
            (95, "Pay-Cash"),
            (15, "Recurring Gift"),
            (110, "Recurring Gift Pay-Cash"),
            (30, "Gift-in-Kind"),
            (12, "Stock/Property"),
            (13, "Write Off"),
        ]);
        let mut row = self.blank(number, dice);
        row.kind = kind;
        match kind {
            "Pledge" => self.promise(&mut row, dice),
            "Recurring Gift" => self.schedule(&mut row, dice),
            "Pay-Cash" => self.pay(&mut row, dice),
            "Recurring Gift Pay-Cash" => self.instalment(&mut row, dice),
            "Gift-in-Kind" => goods(&mut row, dice),
            "Stock/Property" => stock(&mut row, dice),
            "Write Off" => row.cents = 5_000 * (1 + dice.below(20) as i64),
            _ => cash(&mut row, dice),
        }
        let rule = EXCLUDED.iter().find(|(of, _)| *of == row.kind);
        let fate = rule.map_or(Fate::Ready, |(_, rule)| Fate::Excluded(rule));
        let together = row.kind == "Cash" && row.cents > 2_000 && dice.chance(50);
        (if together { split(row, dice) } else { vec![row] }, fate)
    }

    fn blank(&self, number: u64, dice: &mut Dice) -> Row {
        let total = *self.calendar.last().expect("the calendar has months");
        let at = u128::from(number) * u128::from(total) / u128::from(self.count);
        let month = self.calendar.partition_point(|sum| u128::from(*sum) <= at) as u64;
        let year = FIRST_YEAR + (month / 12) as i64;
        let mut row = Row {
            gift_id: format!("G-{:06}", 20_001 + number),
            when: When::Day(year, month % 12 + 1, 1 + dice.below(28)),
            appeal: dice.weighted(APPEALS),
            late_sheet: year >= 2017,
            style: dice.below(100),
            anonymous: dice.chance(15),
            ..Row::default()
        };
        // Few give often: the lesser of two throws draws donors from the front.
        let donor = dice.below(self.donors.count).min(dice.below(self.donors.count));
        self.give(&mut row, donor);
        set_fund(&mut row, dice.index(1_000), dice);
        if dice.chance(60) {
            row.reference = dice.pick(REFERENCES).into();
        }
        let other = self.donors.giver(dice.below(self.donors.count));
        if dice.chance(12) && other != donor_number(&row) {
            row.soft_credit = (10_001 + other).to_string();
        }
        row
    }

    fn give(&self, row: &mut Row, donor: u64) {
        let donor = self.donors.at(self.donors.giver(donor));
        row.donor_name = if donor.indicator == "O" {
            donor.organization
        } else {
            format!("{} {}", donor.first, donor.last)
        };
        row.donor_id = donor.id;
    }

    fn promise(&mut self, row: &mut Row, dice: &mut Dice) {
        let left = dice.pick(&[2, 4, 4, 12]);
        let cents = 2_500 * (2 + dice.below(40) as i64);
        row.cents = cents * left as i64;
        keep(&mut self.pledges, Source { donor: donor_number(row), fund: fund_index(row), cents, left });
    }

    fn schedule(&mut self, row: &mut Row, dice: &mut Dice) {
        row.cents = dice.pick(&[1_000, 1_500, 2_000, 2_500, 2_500, 5_000, 10_000]);
        let (donor, fund) = (donor_number(row), fund_index(row));
        keep(&mut self.schedules, Source { donor, fund, cents: row.cents, left: u64::MAX });
    }

    fn pay(&mut self, row: &mut Row, dice: &mut Dice) {
        cash(row, dice);
        let Some(mut source) = self.pledges.pop_front() else {
            row.kind = "Cash";
            return;
        };
        row.cents = source.cents;
        self.give(row, source.donor);
        set_fund(row, source.fund, dice);
        source.left -= 1;
        if source.left > 0 {
            keep(&mut self.pledges, source);
        }
    }

    fn instalment(&mut self, row: &mut Row, dice: &mut Dice) {
        cash(row, dice);
        if self.schedules.is_empty() {
            row.kind = "Cash";
            return;
        }
        let source = self.schedules[dice.index(self.schedules.len())].clone();
        row.cents = source.cents;
        row.method = if dice.chance(300) { "Direct Debit" } else { "Credit Card" };
        row.check.clear();
        self.give(row, source.donor);
        set_fund(row, source.fund, dice);
    }
}

fn keep(sources: &mut VecDeque<Source>, source: Source) {
    if sources.len() == SOURCES_MAX {
        sources.pop_front();
    }
    sources.push_back(source);
}

fn donor_number(row: &Row) -> u64 {
    row.donor_id.parse::<u64>().map_or(0, |id| id - 10_001)
}

fn fund_index(row: &Row) -> usize {
    let mut at = 0;
    for (weight, (_, spellings)) in FUNDS {
        if spellings.contains(&row.fund) {
            return at;
        }
        at += *weight as usize * 10;
    }
    0
}

/// Sets the fund that stands at `at` of 1,000, in one of its spellings.
fn set_fund(row: &mut Row, mut at: usize, dice: &mut Dice) {
    for (weight, (project, spellings)) in FUNDS {
        let width = *weight as usize * 10;
        if at < width {
            row.fund = dice.pick(spellings);
            row.project = project;
            return;
        }
        at -= width;
    }
}

fn cash(row: &mut Row, dice: &mut Dice) {
    row.method = dice.weighted(METHODS);
    row.cents = 100
        * dice.weighted(&[
            (15, 25),
            (18, 50),
            (18, 100),
            (7, 20),
            (6, 75),
            (5, 150),
            (8, 250),
            (5, 500),
            (4, 1_000),
            (2, 2_500),
            (1, 5_000),
            (1, 12_000),
        ]);
    if dice.chance(100) {
        row.cents = 500 + dice.below(40_000) as i64;
    }
    if row.method == "Personal Check" {
        row.check = (1_000 + dice.below(8_000)).to_string();
    }
    if dice.chance(40) {
        let kind = dice.pick(&["In Memory of", "In Honor of"]);
        row.tribute =
            (kind, dice.pick(&["Rose Gagné", "Walter Ashby", "Our mother’s 90th", "Coach Peña"]).into());
    }
}

fn goods(row: &mut Row, dice: &mut Dice) {
    let (kind, what) = dice.pick(GOODS);
    row.cents = 2_500 * (1 + dice.below(60) as i64);
    row.method = "Other";
    row.subtype = kind;
    row.reference = what.into();
}

fn stock(row: &mut Row, dice: &mut Dice) {
    let shares = 5 + dice.below(60);
    row.cents = (1_800 + dice.below(9_000)) as i64 * shares as i64;
    row.method = "Other";
    row.symbol = dice.pick(&["EXMPL", "SAMPL", "DEMO"]);
    row.units = shares.to_string();
}

/// Rows of one gift to two or three funds; every row carries its own part.
fn split(row: Row, dice: &mut Dice) -> Vec<Row> {
    let parts = 2 + i64::from(dice.chance(250));
    let (each, mut rows) = (row.cents / parts, Vec::new());
    for part in 0..parts {
        let mut of = row.clone();
        of.cents = if part == 0 { row.cents - each * (parts - 1) } else { each };
        set_fund(&mut of, [0, 540, 660][part as usize] + dice.index(60), dice);
        rows.push(of);
    }
    rows
}
