//! Where every detail of every contact is: each once, whether it was sealed or not.

use std::collections::{BTreeMap, HashMap};

use heirloom_ledger::ItemLine;
use heirloom_model::{ItemState, RowId};
use heirloom_virtuous::DetailKind;

use super::{One, Stand, detail_lines, each_detail, what_is, with_records};
use crate::failure::Result;
use crate::migration::Migration;

/// Details of one kind, by where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DetailPlaces {
    /// Sent, and seen at the target.
    pub confirmed: u64,
    /// At the target without our doing.
    pub there: u64,
    /// Sent and taken, and not seen yet.
    pub sent: u64,
    /// Sent, and nobody knows what came of it.
    pub in_doubt: u64,
    /// Refused by the vendor, or thrown away there.
    pub refused: u64,
    /// Sealed, and not sent yet.
    pub unsent: u64,
    /// To be sealed by the next plan.
    pub due: u64,
    /// Waits for its contact, or for its project.
    pub waiting: u64,
    /// For a person to enter.
    pub by_hand: u64,
    /// A promise of which nothing is left to come.
    pub over: u64,
}

impl DetailPlaces {
    /// All of them.
    pub fn all(&self) -> u64 {
        self.confirmed
            + self.there
            + self.sent
            + self.in_doubt
            + self.refused
            + self.unsent
            + self.due
            + self.waiting
            + self.by_hand
            + self.over
    }

    /// Each place with its name.
    pub fn named(&self) -> [(&'static str, u64); 10] {
        [
            ("confirmed", self.confirmed),
            ("there already", self.there),
            ("sent", self.sent),
            ("in doubt", self.in_doubt),
            ("refused", self.refused),
            ("unsent", self.unsent),
            ("due", self.due),
            ("waiting", self.waiting),
            ("by hand", self.by_hand),
            ("over", self.over),
        ]
    }

    /// Adds another's.
    pub fn merge(&mut self, other: &DetailPlaces) {
        self.confirmed += other.confirmed;
        self.there += other.there;
        self.sent += other.sent;
        self.in_doubt += other.in_doubt;
        self.refused += other.refused;
        self.unsent += other.unsent;
        self.due += other.due;
        self.waiting += other.waiting;
        self.by_hand += other.by_hand;
        self.over += other.over;
    }

    fn place(&mut self, state: ItemState) -> &mut u64 {
        match state {
            ItemState::Confirmed => &mut self.confirmed,
            ItemState::Waiting => &mut self.sent,
            ItemState::InDoubt | ItemState::Parked => &mut self.in_doubt,
            ItemState::Refused | ItemState::Discarded => &mut self.refused,
            ItemState::Unsent => &mut self.unsent,
        }
    }
}

/// Every detail by kind: what was sealed where its item is, the others where the next plan would leave them.
///
/// # Errors
/// Storage.
pub fn details_account(migration: &Migration) -> Result<BTreeMap<&'static str, DetailPlaces>> {
    let ledger = &migration.ledger;
    let known: BTreeMap<RowId, i64> = ledger.known_contacts()?.into_iter().collect();
    let lines = detail_lines(ledger)?.into_iter().filter(|line| !line.free);
    let mut items: HashMap<String, ItemLine> = lines.map(|line| (line.key.clone(), line)).collect();
    let mut account: BTreeMap<&'static str, DetailPlaces> = BTreeMap::new();
    let mut count = |one: One| {
        let places = account.entry(one.what).or_default();
        match one.stand {
            Stand::Due(_) => places.due += 1,
            // An item is one detail: it was counted, or its line is there.
            Stand::Sealed => match items.remove(&one.key) {
                Some(line) => *places.place(line.state) += 1,
                None => places.due += 1,
            },
            Stand::There => places.there += 1,
            Stand::Waits | Stand::Lacks(_) => places.waiting += 1,
            Stand::ByHand(_) => places.by_hand += 1,
            Stand::Over(_) => places.over += 1,
        }
        Ok(())
    };
    with_records(migration, &known, |records| each_detail(migration, records, &mut count))?;
    // What was sealed and is in no record any more was sent all the same.
    for line in items.into_values() {
        let what = DetailKind::of_key(&line.key).map_or("details", what_is);
        *account.entry(what).or_default().place(line.state) += 1;
    }
    Ok(account)
}
