//! What is known here of Runs at the vendor, and what somebody must do about what is accepted and not there.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use heirloom_ledger::ItemLine;
use heirloom_model::{Digest, ItemId, ItemKind, ItemState, Moment, Ruling, Tally};

use crate::batches::{Batch, Nights};
use crate::failure::Result;
use crate::migration::Migration;
use crate::settings::Sending;
use crate::stages::reconcile::{RECONCILED_FACT, missing};

/// What somebody must do about what is accepted and not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitsFor {
    /// Press Run on its import.
    Run,
    /// Match or complete it there: what was sent with it has arrived, or what was sent after it where nights
    /// make the imports; or a whole reading after that midnight did not show it, or somebody said that its
    /// import was run.
    Match,
}

/// What the ledger knows of Runs at the vendor.
pub struct Runs {
    /// By kind, when what has arrived was sent.
    arrived: BTreeMap<&'static str, BTreeSet<Moment>>,
    sending: Sending,
    /// When everything was last read.
    read: Option<Moment>,
    /// What a person said was run: key and body.
    said: HashSet<(String, Digest)>,
    /// What should be there and is not.
    missing: BTreeMap<ItemId, String>,
    nights: Nights,
}

impl Runs {
    /// As the ledger has them.
    ///
    /// # Errors
    /// Storage.
    pub fn of(migration: &Migration) -> Result<Runs> {
        let ledger = &migration.ledger;
        let mut arrived = BTreeMap::new();
        for plan in ledger.plans()? {
            let confirmed = ledger.item_states(plan.id)?.into_iter();
            let confirmed = confirmed.filter(|line| line.state == ItemState::Confirmed);
            let sent: &mut BTreeSet<Moment> = arrived.entry(plan.kind.as_str()).or_default();
            sent.extend(confirmed.filter_map(|line| line.last_attempt));
        }
        let said = ledger.rulings()?.into_iter().filter(|one| one.ruling == Ruling::Run);
        Ok(Runs {
            arrived,
            sending: migration.settings.sending,
            read: ledger.target_facts()?.iter().find(|(name, _, _)| name == RECONCILED_FACT).map(|f| f.2),
            said: said.map(|one| (one.key, one.body_digest)).collect(),
            missing: missing(ledger)?,
            nights: Nights::of(migration)?,
        })
    }

    /// What an item waits for; `None` if it does not wait. Details are in no import.
    pub fn waits_for(&self, kind: ItemKind, line: &ItemLine) -> Option<WaitsFor> {
        let waits = line.state == ItemState::Waiting && kind != ItemKind::Detail;
        let sent = line.latest().filter(|_| waits && !self.missing.contains_key(&line.item))?;
        let others_arrived = self.arrived.get(kind.as_str()).is_some_and(|arrived| {
            let with_it = arrived.contains(&sent);
            // Each call may be an import of its own: that others were run says nothing of this one.
            with_it || (!self.sending.may_be_an_import(kind) && arrived.last() > Some(&sent))
        });
        let was_read = self.read.is_some_and(|at| at >= self.nights.shown(kind, sent));
        let run = others_arrived || was_read || self.said.contains(&(line.key.clone(), line.digest));
        Some(if run { WaitsFor::Match } else { WaitsFor::Run })
    }

    /// What of an import waits for something.
    pub fn waiting(&self, batch: &Batch, wanted: WaitsFor) -> Tally {
        let mut sum = Tally::default();
        let waiting = batch.lines.iter().filter(|line| self.waits_for(batch.kind, line) == Some(wanted));
        waiting.for_each(|line| sum.add(line.amount));
        sum
    }

    /// Whether it should be there and is not.
    pub fn is_missing(&self, line: &ItemLine) -> bool {
        self.missing.contains_key(&line.item)
    }
}
