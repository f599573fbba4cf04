//! reconcile: compares what was sealed with what now exists at the target, page by page. Whatever a
//! failed read did not show is *not checked*; only a whole reading says that something is missing.

mod apart;
mod cells;
mod contacts;
mod gifts;
mod unseen;

use std::collections::{BTreeMap, HashMap};

use heirloom_ledger::{EvidenceOf, ItemLine, Ledger};
use heirloom_model::{Digest, ItemId, ItemKind, Moment, Money, Ruling, Tally};
use heirloom_report::words::clip;
use heirloom_virtuous::{Clock, Difference, PaceTerms, Target, Transport};

use super::details::account::{DetailPlaces, details_account};
use super::target::read_target;
use crate::failure::{Exit, Failure, Result};
use crate::line::Line;
use crate::migration::Migration;
use crate::progress::Progress;

pub use apart::{differing, missing};
pub use cells::{Cell, Cells, Place};

/// The fact under which the time of the last whole comparison is kept.
pub const RECONCILED_FACT: &str = "reconciled";

/// How one kind of item compares with the target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Items in plans.
    pub items: u64,
    /// Seen, and equal in every field compared.
    pub agree: (u64, i128),
    /// Accepted and not yet seen.
    pub waiting: (u64, i128),
    /// Since when the oldest of them waits.
    pub waiting_since: Option<Moment>,
    /// Of those that agree, how many do as they were corrected here after they were sent, and by how much
    /// that changed their total.
    pub corrected: Tally,
    /// Seen, with fields that differ.
    pub differs: Vec<Differing>,
    /// Seen before and no longer there, or not there although their import was run.
    pub missing: Vec<Absent>,
    /// Under our source with a key that was never sealed here.
    pub unexpected: Vec<Stranger>,
    /// Nothing to compare (not sent, refused, in doubt, discarded), or not read.
    pub not_checked: (u64, i128),
    /// Contacts that the vendor's matching made one with another of ours.
    pub joined: Vec<Joined>,
}

/// An item that is there with other fields than it was sent with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// Its key.
    pub key: String,
    /// The target's id.
    pub target: i64,
    /// What differs.
    pub fields: Vec<Difference>,
}

/// The item with its differing fields: `20931: amount: sent $5.00, there $6.00`.
impl std::fmt::Display for Differing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let fields: Vec<String> = self.fields.iter().map(|field| clip(&field.to_string(), 160)).collect();
        write!(f, "{}: {}", self.key, fields.join("; "))
    }
}

/// An item that should be there and is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absent {
    /// Its key.
    pub key: String,
    /// A gift's amount.
    pub amount: Option<Money>,
    /// Why it should be there.
    pub why: String,
}

/// A record under our source that we never sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    /// The key it carries.
    pub key: String,
    /// The target's id.
    pub target: i64,
    /// Its amount.
    pub amount: Option<Money>,
}

/// Several contacts of ours that are one contact there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The target's id.
    pub target: i64,
    /// Our keys.
    pub keys: Vec<String>,
}

impl Compared {
    /// How many contacts of ours are fewer there than here.
    pub fn joined_away(&self) -> u64 {
        self.joined.iter().map(|one| one.keys.len() as u64 - 1).sum()
    }

    /// Whether anything differs, is missing, or should not be there.
    pub fn is_wrong(&self) -> bool {
        !(self.differs.is_empty() && self.missing.is_empty() && self.unexpected.is_empty())
    }
}

/// What a comparison came to.
#[derive(Debug, Default)]
pub struct Reconciled {
    /// Contacts.
    pub contacts: Compared,
    /// Gifts.
    pub gifts: Compared,
    /// Gifts by year, fund and type, here and there.
    pub cells: Cells,
    /// Everything that contacts have beyond their first bodies, by kind: each detail once.
    pub details: BTreeMap<&'static str, DetailPlaces>,
    /// Gifts that were looked at first, since a webhook spoke of them.
    pub hinted: u64,
    /// The read that failed, if one did: what it would have shown is not checked.
    pub failed: Option<Failure>,
}

impl Reconciled {
    /// The comparison of a whole reading.
    ///
    /// # Errors
    /// The read that failed.
    pub fn whole(self) -> Result<Reconciled> {
        match self.failed {
            Some(failure) => Err(failure),
            None => Ok(self),
        }
    }
}

/// Compares contacts by reference and gifts by key, and saves what was seen as evidence.
///
/// # Errors
/// [`Failure::Target`] if the target is the wrong one or refuses the token; a read that will be
/// better later is inside the answer.
pub fn reconcile<T: Transport, C: Clock>(
    migration: &Migration,
    line: &mut Line<T, C>,
    target: &Target,
    pace: PaceTerms,
    progress: Progress,
) -> Result<Reconciled> {
    let ledger = &migration.ledger;
    let mut done = Reconciled {
        failed: later(read_target(migration, line, target, pace, progress))?,
        ..Default::default()
    };
    let reading = if done.failed.is_none() { Reading::Whole } else { Reading::Partial };
    done.contacts = contacts::compare(migration, reading, line.clock.now())?;
    if done.failed.is_none() {
        super::details::seen::confirm_details(migration, line.clock.now())?;
    }
    done.details = details_account(migration)?;
    let mut books = gifts::Books::open(migration)?;
    if done.failed.is_none() {
        done.failed = later(books.read(migration, line, target, pace, progress))?;
    }
    done.hinted = books.first;
    let reading = if done.failed.is_none() { Reading::Whole } else { Reading::Partial };
    (done.gifts, done.cells) = books.close(ledger, reading, line.clock.now())?;
    if done.failed.is_none() {
        ledger.save_target_fact(RECONCILED_FACT, &line.clock.now().to_string(), line.clock.now())?;
    }
    Ok(done)
}

/// A failure that passes by itself, apart from one that ends the command.
fn later(read: Result<()>) -> Result<Option<Failure>> {
    match read {
        Ok(()) => Ok(None),
        Err(failure) if failure.exit() == Exit::Paused => Ok(Some(failure)),
        Err(failure) => Err(failure),
    }
}

/// How much of the target was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// All of it: absence counts.
    Whole,
    /// Some pages failed: absence says nothing.
    Partial,
}

/// What is known of sealed items of one kind before they are compared.
struct Known {
    lines: Vec<ItemLine>,
    /// Where each was seen before, 0 for one that was missing then.
    earlier: HashMap<ItemId, i64>,
    /// When a person last said that the import of an item was run.
    run_said: HashMap<(String, Digest), Moment>,
}

impl Known {
    fn of(ledger: &Ledger, kind: ItemKind) -> Result<Known> {
        let mut lines = Vec::new();
        for plan in ledger.plans()?.iter().filter(|p| p.kind == kind) {
            // Of a row that went again, only its newest item is compared.
            lines.extend(ledger.item_states(plan.id)?.into_iter().filter(|line| !line.replaced));
        }
        let earlier = ledger.evidence(EvidenceOf::Kind(kind))?;
        let seen = |e: &heirloom_ledger::Evidence| e.target > 0 || !e.differs.is_empty();
        let earlier = earlier.into_iter().filter(seen).map(|e| (e.item, e.target)).collect();
        // Run leaves contacts in Match Needed; gifts name theirs by id, and are ready.
        let said = ledger.rulings()?.into_iter();
        let said = said.filter(|r| r.ruling == Ruling::Run && kind == ItemKind::Gift);
        let run_said = said.map(|r| ((r.key, r.body_digest), r.at)).collect();
        Ok(Known { lines, earlier, run_said })
    }
}

fn minor(amount: Option<Money>) -> i128 {
    amount.map_or(0, |m| i128::from(m.minor()))
}
