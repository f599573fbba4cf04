//! Which contacts at the target gifts go to, and who is recognised for them besides.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use heirloom_ledger::Cluster;
use heirloom_model::{Donor, Gift, Money, Person, RowId, SoftCredit, escape_id};
use heirloom_virtuous::Recognised;

use super::bodies::{ANONYMOUS_ROW, Addressee, Besides, anonymous_input, contact_input};
use super::groups::{ContactGroup, contact_groups};
use super::preflight::Preflight;
use super::reread::alike;
use super::there::{follow, merges, references, target_contacts};
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
    /// Gifts that may be one that was sent under another id.
    pub(super) alike: BTreeSet<RowId>,
    /// In single-wave mode: contacts with their persons, and where each donor is among them.
    travellers: Vec<(Option<Person>, ContactGroup<'d>)>,
    travels: HashMap<&'d str, usize>,
    carries: bool,
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
            Donors::FromFiles | Donors::WithGifts => HashMap::new(),
        };
        let groups = match migration.settings.donors {
            Donors::WithGifts => contact_groups(donors, clusters),
            Donors::FromFiles | Donors::AtTarget => Vec::new(),
        };
        let members =
            groups.iter().enumerate().flat_map(|(at, group)| group.members.iter().map(move |d| (at, d)));
        Ok(Addressees {
            target_of: donors.iter().filter_map(|d| Some((d.legacy_id.as_str(), target(d)?))).collect(),
            name_of: donors.iter().map(|d| (d.legacy_id.as_str(), d.display_name())).collect(),
            by_reference,
            anonymous: known.get(&ANONYMOUS_ROW).map(|id| follow(&merged, *id)),
            preflight: Preflight::of(&migration.ledger)?,
            alike: alike(&migration.ledger)?.into_keys().collect(),
            travels: members.map(|(at, donor)| (donor.legacy_id.as_str(), at)).collect(),
            travellers: groups.into_iter().map(|group| (group.person(), group)).collect(),
            carries: migration.settings.donors == Donors::WithGifts,
        })
    }

    /// Whom a gift goes to; `None` if its donor must be seen at the target first.
    pub(super) fn addressee_of(&self, gift: &Gift) -> Option<Addressee<'_>> {
        if let Some(id) = self.contact_of_donor(gift.donor.as_deref()) {
            return Some(Addressee::Id(id));
        }
        match &gift.donor {
            _ if !self.carries => None,
            None => Some(Addressee::Carried(anonymous_input())),
            Some(id) => {
                let (person, group) = self.travellers.get(*self.travels.get(id.as_str())?)?;
                Some(Addressee::Carried(contact_input(group, person.as_ref())))
            }
        }
    }

    /// The contact of a donor by legacy id; of nobody, the agreed anonymous one.
    pub(super) fn contact_of_donor(&self, legacy_id: Option<&str>) -> Option<i64> {
        legacy_id.map_or(self.anonymous, |id| self.contact_named(id))
    }

    fn contact_named(&self, legacy_id: &str) -> Option<i64> {
        let known = self.target_of.get(legacy_id).copied();
        known.or_else(|| self.by_reference.get(&escape_id(legacy_id)).copied())
    }

    /// What travels with a gift besides what its row says. A credit that no field can carry becomes a
    /// note: its contact is not known there yet, it is the giver himself, or the field holds only one.
    pub(super) fn besides(&self, policy: SoftCredits, gift: &Gift, giver: Option<i64>) -> Besides {
        let mut besides = Besides::default();
        let mut several: Vec<(i64, Money)> = Vec::new();
        for credit in &gift.details.soft_credits {
            let contact = self.contact_named(&credit.donor).filter(|id| Some(*id) != giver);
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
        // Pledges and schedules are made at the target after the gifts, by the plan of details.
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
