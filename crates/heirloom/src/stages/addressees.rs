//! Which contacts at the target gifts go to, and who is recognised for them besides.

use std::collections::{BTreeMap, HashMap};

use heirloom_ledger::Cluster;
use heirloom_model::{Donor, Gift, Money, RowId, SoftCredit, escape_id};
use heirloom_virtuous::Recognised;

use super::plan::ANONYMOUS_ROW;
use super::preflight::Preflight;
use super::target::{follow, merges, references, target_contacts};
use crate::failure::Result;
use crate::migration::Migration;
use crate::settings::{Donors, SoftCredits};

/// Which target contact each donor's gifts go to.
pub(super) struct Addressees<'d> {
    target_of: HashMap<&'d str, i64>,
    name_of: HashMap<&'d str, String>,
    by_reference: HashMap<String, i64>,
    anonymous: Option<i64>,
    /// What the target has, for the codes that a gift names.
    pub(super) preflight: Preflight,
}

impl<'d> Addressees<'d> {
    pub(super) fn new(
        migration: &Migration,
        donors: &'d [Donor],
        clusters: &[Cluster],
        known: &BTreeMap<RowId, i64>,
    ) -> Result<Self> {
        let contact_of: BTreeMap<RowId, RowId> = clusters.iter().map(|c| (c.row, c.contact)).collect();
        // A contact that staff merged into another has gone on under the other's id.
        let merged = merges(&target_contacts(&migration.ledger)?);
        let target =
            |d: &Donor| contact_of.get(&d.row).and_then(|c| known.get(c)).map(|id| follow(&merged, *id));
        let by_reference = match migration.settings.donors {
            Donors::AtTarget => references(&migration.ledger, migration.settings.source.as_str())?
                .into_iter()
                .filter_map(|(key, ids)| Some((key, *ids.first()?)))
                .collect(),
            Donors::FromFiles => HashMap::new(),
        };
        Ok(Addressees {
            target_of: donors.iter().filter_map(|d| Some((d.legacy_id.as_str(), target(d)?))).collect(),
            name_of: donors.iter().map(|d| (d.legacy_id.as_str(), d.display_name())).collect(),
            by_reference,
            anonymous: known.get(&ANONYMOUS_ROW).map(|id| follow(&merged, *id)),
            preflight: Preflight::of(&migration.ledger)?,
        })
    }

    pub(super) fn contact_of(&self, gift: &Gift) -> Option<i64> {
        match &gift.donor {
            None => self.anonymous,
            Some(id) => self.contact_named(id),
        }
    }

    fn contact_named(&self, legacy_id: &str) -> Option<i64> {
        let known = self.target_of.get(legacy_id).copied();
        known.or_else(|| self.by_reference.get(&escape_id(legacy_id)).copied())
    }

    /// What travels with a gift besides what its row says. A credit that no field can carry becomes a
    /// note: its contact is not known there yet, it is the giver himself, or the field holds only one.
    pub(super) fn besides(&self, policy: SoftCredits, gift: &Gift, giver: i64) -> Besides {
        let mut besides = Besides::default();
        let mut several: Vec<(i64, Money)> = Vec::new();
        for credit in &gift.details.soft_credits {
            let contact = self.contact_named(&credit.donor).filter(|id| *id != giver);
            let amount = credit.amount.unwrap_or(gift.amount());
            match (contact, policy) {
                (Some(id), SoftCredits::All) if several.iter().all(|(known, _)| *known != id) => {
                    several.push((id, amount));
                }
                (Some(id), SoftCredits::First) if besides.recognised == Recognised::Nobody => {
                    besides.recognised = Recognised::One(id);
                }
                _ => besides.notes.push(self.credit_note(credit)),
            }
        }
        if !several.is_empty() {
            besides.recognised = Recognised::Several(several);
        }
        // Pledges and schedules are made at the target after the gifts, if at all.
        besides
            .notes
            .extend(gift.details.pays.iter().map(|p| format!("Paid towards {}: {}", p.kind.as_str(), p.id)));
        besides
    }

    /// A soft credit in words, for the gift's notes: it must never become money.
    fn credit_note(&self, credit: &SoftCredit) -> String {
        let who = self.name_of.get(credit.donor.as_str()).map_or("", String::as_str);
        let amount = credit.amount.map_or(String::new(), |m| format!(", {m}"));
        format!("{}: {who} [{}]{amount}", credit.role, credit.donor)
    }
}

/// What travels with a gift besides what its row says.
#[derive(Default)]
pub(super) struct Besides {
    /// Lines for its notes.
    pub notes: Vec<String>,
    /// Contacts that are credited with it.
    pub recognised: Recognised,
}
