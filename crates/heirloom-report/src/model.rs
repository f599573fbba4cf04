//! The report model: ready-made numbers and sentences, which the renderers only arrange.
//!
//! Amounts are minor units of the report's one currency. Text may be donor data and
//! hostile: whoever shows it makes it harmless, so callers put it in as it is.

use heirloom_model::{Code, Currency, Finding, GiftDate, ItemKind, ItemState, Pile, Tally};

use crate::{ForeignLine, RowSum};

/// The version of the model and of its JSON document.
pub const VERSION: u32 = 1;

/// Everything one report says.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// [`VERSION`].
    pub version: u32,
    /// Name of the migration.
    pub migration: String,
    /// Name of the organization.
    pub organization: String,
    /// The source name by which the target knows these gifts.
    pub source: String,
    /// The currency of every amount here.
    pub currency: Currency,
    /// The day on which the export was made.
    pub exported_on: GiftDate,
    /// Present when everything here happened in a simulated world.
    pub rehearsal: Option<Rehearsal>,
    /// Who works with the ledger now: host, process, since when. Its calls in the air count as in doubt.
    pub at_work: Option<String>,
    /// Why the lines may not add up yet, and that is no alarm: rows are being mapped, or their mapping was edited.
    pub unsettled: Option<String>,
    /// The whole report in one sentence.
    pub answer: String,
    /// The four figures that matter most.
    pub tiles: Vec<Tile>,
    /// How the file's total becomes the total in the CRM; [`Report::check_chain`] adds it up again.
    pub chain: Vec<ChainLine>,
    /// What people need to do, the most urgent first.
    pub todo: Vec<Todo>,
    /// How the files' rows become gifts.
    pub rows: RowSum,
    /// Rows in other currencies.
    pub other_currencies: Vec<ForeignLine>,
    /// The files that were read.
    pub files: Vec<FileLine>,
    /// Giving by calendar year, in the order of showing.
    pub by_year: Vec<Agreement>,
    /// Giving by fund; counts are designations.
    pub by_fund: Vec<Agreement>,
    /// Giving by gift type.
    pub by_type: Vec<Agreement>,
    /// What the mapping's named rules left out.
    pub excluded: Vec<RuleLine>,
    /// Blank values that were read as the mapping says.
    pub blanks: Vec<RuleLine>,
    /// Every row in exactly one pile.
    pub piles: Vec<(Pile, Tally)>,
    /// Problems with data, grouped by rule.
    pub findings: Vec<FindingGroup>,
    /// What became of the donors and of the ways to reach them.
    pub donors: DonorBalance,
    /// Donors who are the same donor.
    pub duplicates: Duplicates,
    /// The sealed plans.
    pub plans: Vec<PlanLine>,
    /// The comparison with what now exists at the target, once made.
    pub reconcile: Option<ReconcileLine>,
    /// Items of which nobody knows whether they arrived.
    pub in_doubt: Vec<DoubtLine>,
    /// What people decided, one sentence each.
    pub decisions: Vec<String>,
    /// Digests, versions and seeds: `(what, value)`.
    pub provenance: Vec<(String, String)>,
    /// The next thing to type.
    pub next: String,
}

/// What a rehearsal went through.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Rehearsal {
    /// The same seed gives the same report.
    pub seed: u64,
    /// The simulated world in one line.
    pub world: String,
    /// What went wrong on the way, one sentence each.
    pub on_the_way: Vec<String>,
    /// How long it took on the simulated clock.
    pub simulated_ms: i64,
    /// Requests sent to the simulated vendor.
    pub requests: u64,
    /// Nightly bundlings that passed.
    pub nights: u32,
    /// How often a simulated person pressed Run.
    pub runs: u32,
}

/// What a figure means for the reader; never shown by colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Nothing to do but wait.
    Wait,
    /// A person must act.
    Act,
    /// Simply a fact.
    #[default]
    Plain,
}

/// One of the four figures at the top.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tile {
    /// What is counted.
    pub label: String,
    /// How many gifts.
    pub rows: u64,
    /// How much.
    pub minor: i128,
    /// What it means.
    pub tone: Tone,
}

/// What a line of the chain does to the running total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChainKind {
    /// Opens the chain with the file's total.
    Start,
    /// Takes its rows and its amount away (a negative amount adds: a refund left out, a correction upwards).
    Minus,
    /// States the running total on the way.
    Subtotal,
    /// Closes the chain with the total in the CRM.
    End,
}

/// One line of the chain from the file's total to the CRM's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainLine {
    /// What it is.
    pub label: String,
    /// How many rows.
    pub rows: u64,
    /// How much.
    pub minor: i128,
    /// What it does to the running total.
    pub kind: ChainKind,
    /// Why, or where to look; empty if nothing.
    pub note: String,
}

/// Something a person needs to do.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Todo {
    /// What to do.
    pub what: String,
    /// Who does it.
    pub owner: String,
    /// How many rows depend on it.
    pub rows: u64,
    /// How much money depends on it.
    pub minor: i128,
    /// What to type; empty if nothing is typed.
    pub command: String,
}

/// One sheet of one file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FileLine {
    /// File name without its folder.
    pub name: String,
    /// Sheet name, for workbooks.
    pub sheet: Option<String>,
    /// Data rows.
    pub rows: u64,
    /// Their total, read by the independent amount reader.
    pub minor: i128,
    /// What was noticed while reading.
    pub notes: Vec<String>,
    /// Digest of the file.
    pub digest: String,
}

/// One year, fund or type, followed from the file to the CRM.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Agreement {
    /// The year, fund or type.
    pub label: String,
    /// What the file holds.
    pub file: Tally,
    /// What named rules left out.
    pub excluded: Tally,
    /// What waits for a person.
    pub held: Tally,
    /// What is sealed in plans, in any state.
    pub sent: Tally,
    /// What was seen in the CRM.
    pub confirmed: Tally,
    /// Whether the line adds up and nothing seen differs.
    pub agrees: bool,
}

/// A named rule with what it touched.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RuleLine {
    /// The rule's name in the mapping.
    pub rule: String,
    /// How many rows.
    pub rows: u64,
    /// How much.
    pub minor: i128,
}

/// All findings of one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingGroup {
    /// The code.
    pub code: Code,
    /// How many rows.
    pub rows: u64,
    /// How much money stands on them.
    pub minor: i128,
    /// `(text seen, rows, minor units)`, the largest first.
    pub values: Vec<(String, u64, i128)>,
    /// At most five.
    pub examples: Vec<Finding>,
}

/// Numbers of ways to reach donors and of what must travel with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Ways {
    /// Postal addresses.
    pub addresses: u64,
    /// Telephone numbers.
    pub phones: u64,
    /// E-mail addresses.
    pub emails: u64,
    /// Flags such as deceased and do-not-mail.
    pub flags: u64,
    /// Legacy ids.
    pub references: u64,
}

/// What became of the donor records: `records = excluded + held + contacts + merged_into + second_individuals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct DonorBalance {
    /// Donor rows read.
    pub records: u64,
    /// Left out by named rules.
    pub excluded: u64,
    /// Waiting for a person.
    pub held: u64,
    /// Different people and organizations among them.
    pub persons: u64,
    /// Records that become contacts.
    pub contacts: u64,
    /// Records merged into another of the same person.
    pub merged_into: u64,
    /// Records that become the second individual of a contact.
    pub second_individuals: u64,
    /// What goes out in the first plan.
    pub sent: Ways,
    /// What goes out in a later plan.
    pub due_later: Ways,
    /// What a person must enter at the vendor.
    pub handed_over: Ways,
}

/// What linkage found.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Duplicates {
    /// Records that are surely the same as another.
    pub sure: u64,
    /// Pairs that need a person's eyes.
    pub review: u64,
    /// `(survivor's legacy id, records in the cluster)`, the largest first.
    pub largest: Vec<(String, u64)>,
    /// Pairs as examples.
    pub examples: Vec<PairLine>,
}

/// A pair of donor records that may be one donor.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PairLine {
    /// Legacy id of one.
    pub a: String,
    /// Legacy id of the other.
    pub b: String,
    /// Probability that they are the same, 0 to 100.
    pub percent: u32,
    /// Why, in words.
    pub reasons: String,
}

/// A sealed plan and where its items stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanLine {
    /// The plan's name.
    pub name: String,
    /// What it sends.
    pub kind: ItemKind,
    /// Number of items.
    pub items: u64,
    /// Their total.
    pub minor: i128,
    /// The batch label at the vendor.
    pub batch: String,
    /// `(state, items, minor units)`.
    pub states: Vec<(ItemState, u64, i128)>,
    /// The plan's digest.
    pub digest: String,
}

/// The comparison of what was sent with what now exists, counted in gifts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ReconcileLine {
    /// Gifts compared.
    pub gifts: u64,
    /// Their total.
    pub gifts_minor: i128,
    /// The same in every field.
    pub agree: u64,
    /// Accepted and not yet imported at the vendor.
    pub waiting: u64,
    /// There, but some field differs.
    pub differs: u64,
    /// Not there.
    pub missing: u64,
    /// There, though nobody sent it from here.
    pub unexpected: u64,
    /// Not looked for.
    pub not_checked: u64,
    /// What differs, one sentence each.
    pub differences: Vec<String>,
}

/// An item of which nobody knows whether it arrived.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DoubtLine {
    /// Its key.
    pub key: String,
    /// Its amount.
    pub minor: i128,
    /// Since when, in words.
    pub since: String,
    /// Whether it was looked for and not found, so that a person must rule.
    pub parked: bool,
}
