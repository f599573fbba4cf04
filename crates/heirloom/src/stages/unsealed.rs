//! Why a row that was mapped is in no plan.

use std::collections::BTreeMap;

use heirloom_ledger::Ledger;
use heirloom_model::RowId;
use heirloom_report::words;

use super::preflight::Preflight;
use super::reread::alike;
use crate::failure::Result;

const NOT_YET: &str = "not in a plan yet";

/// What keeps rows out of plans.
pub struct Unsealed<'l> {
    ledger: &'l Ledger,
    preflight: Preflight,
    /// Contacts that may exist at the target already, by the contact's row.
    doubts: BTreeMap<RowId, Vec<i64>>,
    /// Gifts that may have been sent under another id, each with the row that was sent.
    alike: BTreeMap<RowId, RowId>,
}

impl<'l> Unsealed<'l> {
    /// As the ledger has it.
    ///
    /// # Errors
    /// Storage.
    pub fn of(ledger: &'l Ledger) -> Result<Self> {
        let mut doubts: BTreeMap<RowId, Vec<i64>> = BTreeMap::new();
        for doubt in ledger.doubts()? {
            doubts.entry(doubt.contact).or_default().push(doubt.target);
        }
        Ok(Unsealed { ledger, preflight: Preflight::of(ledger)?, doubts, alike: alike(ledger)? })
    }

    /// Why a gift's or donor's row is in no plan yet, in words.
    ///
    /// # Errors
    /// Storage.
    pub fn why(&self, row: RowId) -> Result<String> {
        let Some(gift) = self.ledger.gift(row)? else {
            let contact = self.contact_of(row)?;
            return Ok(self.held(contact).unwrap_or_else(|| NOT_YET.to_owned()));
        };
        if let Some((what, code)) = self.preflight.lacks(&gift) {
            return Ok(format!("held: Virtuous lacks the {what} \"{}\"", words::clip(&code, 60)));
        }
        if let Some(sent) = self.alike.get(&gift.row) {
            let key = self.ledger.key_of_row(*sent)?.unwrap_or_default();
            return Ok(format!("held: may be {key}, which was sent (heirloom unresolved)"));
        }
        let donor = gift.donor.as_deref().map(|id| self.ledger.donor_by_legacy_id(id)).transpose()?.flatten();
        let Some(donor) = donor else { return Ok(NOT_YET.to_owned()) };
        let contact = self.contact_of(donor.row)?;
        if let Some(why) = self.held(contact) {
            return Ok(format!("waits for its donor, who is {why}"));
        }
        Ok(match self.ledger.item_of_row(contact)? {
            Some(line) => format!("waits for its donor, who is {}", line.state.as_str()),
            None => NOT_YET.to_owned(),
        })
    }

    fn contact_of(&self, donor: RowId) -> Result<RowId> {
        Ok(self.ledger.cluster_of_row(donor)?.map_or(donor, |cluster| cluster.contact))
    }

    fn held(&self, contact: RowId) -> Option<String> {
        let like: Vec<String> = self.doubts.get(&contact)?.iter().map(i64::to_string).collect();
        Some(format!("held: may be contact {} already (heirloom dedupe)", like.join(" or ")))
    }
}
