//! One row of a donor file: a household, organization, foundation or nobody in particular.

use std::collections::BTreeSet;

use heirloom_model::{Address, Contactable, Donor, DonorKind, Flag, Known, Place, Placed, SourceRow};

use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::people::is_organization;
use crate::read::Scene;
use crate::rules::{self, error_cell};
use crate::spec::{AddressSpec, Body, Condition, DonorAction, DonorSpec, FlagKind, Value};

impl<'a> Mapper<'a> {
    /// The legacy id of a donor row, whatever else is wrong with it; `None` for a blank id and in
    /// gift files. So a gift of a held donor waits for him instead of having no donor at all.
    pub fn donor_id(&self, row: &SourceRow) -> Option<String> {
        let Body::Donor(spec) = &self.mapping.body else {
            return None;
        };
        let (scene, _) = self.scene(row);
        self.reader.read(&spec.id, &scene).into_option()
    }

    pub(super) fn donor(&self, spec: &'a DonorSpec, row: &SourceRow) -> Placed {
        let (scene, dangling) = self.scene(row);
        let excluded = |rule: &str| Placed {
            row: row.id,
            revision: 0,
            place: Place::Excluded { rule: rule.to_owned(), known: known(), promise: None },
            findings: Vec::new(),
        };
        if let Some(rule) = rules::exclude::rule(&self.reader, &scene) {
            return excluded(rule);
        }
        let mut desk = Desk::new(&self.reader, 0, row);
        let action = rules::donor_kind::check(&mut desk, self, spec, &scene);
        if let Ok(Some(DonorAction::Excluded(rule))) = action {
            return excluded(rule);
        }
        rules::ragged_row::check(&mut desk, row);
        rules::join::report(&mut desk, self, &dangling);
        self.required(&mut desk, spec, &scene);
        if let Some(rule) = rules::exclude::hold(&self.reader, &scene) {
            desk.add_text(heirloom_model::Code::TypeHeld, "", rule);
        }
        let legacy_id = rules::donor_id::check(&mut desk, self, spec, &scene);
        let (flags, spouse_deceased) = self.flags(&mut desk, spec, &scene);
        let kind = match action {
            Ok(action) => self.kind(&mut desk, spec, &scene, action),
            Err(()) => None,
        };
        let mut notes = self.labelled(&mut desk, &spec.notes, &scene);
        self.leftovers(spec, &scene, kind.as_ref(), &mut notes);
        let reach = self.reach(&mut desk, spec, &scene, &mut notes);
        if !matches!(kind, Some(DonorKind::Anonymous)) {
            rules::reach::check(&mut desk, &reach);
        }
        let donor = legacy_id.zip(kind).map(|(legacy_id, kind)| Donor {
            row: row.id,
            legacy_id,
            other_ids: self.other_ids(&mut desk, spec, &scene),
            kind: with_deaths(kind, flags.contains(&Flag::Deceased), spouse_deceased),
            household_id: self.text(&mut desk, spec.household.as_ref(), &scene),
            reach,
            flags,
            notes,
        });
        let place = match donor {
            Some(donor) if !desk.blocks() => Place::Donor(Box::new(donor)),
            _ => Place::Held { known: known() },
        };
        Placed { row: row.id, revision: 0, place, findings: desk.into_findings() }
    }

    /// What the donor is; `None` after a finding.
    fn kind(
        &self,
        desk: &mut Desk<'_>,
        spec: &'a DonorSpec,
        scene: &Scene<'_>,
        action: Option<&DonorAction>,
    ) -> Option<DonorKind> {
        let (first, second) = self.people(desk, spec, scene);
        let name_seen = self.reader.read_option(spec.name.as_ref(), scene);
        let organization = self.text(desk, spec.organization.as_ref(), scene);
        let whole_name = name_seen.into_option();
        let own_names = self.has_own_names(spec, scene);
        let is_company = match action {
            None => {
                !own_names && (organization.is_some() || whole_name.as_deref().is_some_and(is_organization))
            }
            Some(action) => matches!(action, DonorAction::Organization | DonorAction::Foundation),
        };
        if action == Some(&DonorAction::Anonymous) {
            return Some(DonorKind::Anonymous);
        }
        if is_company {
            let (name, person) = match organization {
                Some(name) => (Some(name), first),
                None => (whole_name, first.filter(|_| own_names)),
            };
            let Some(name) = name else {
                rules::name::missing(desk, "an organization needs its name");
                return None;
            };
            return Some(match action {
                Some(DonorAction::Foundation) => DonorKind::Foundation { name, person },
                _ => DonorKind::Organization { name, person },
            });
        }
        let Some(first) = first else {
            rules::name::missing(desk, "");
            return None;
        };
        Some(DonorKind::Household { first, second })
    }

    fn flags(&self, desk: &mut Desk<'_>, spec: &'a DonorSpec, scene: &Scene<'_>) -> (BTreeSet<Flag>, bool) {
        let mut flags = BTreeSet::new();
        let mut spouse_deceased = false;
        for (kind, value) in &spec.flags {
            let seen = self.reader.read(&value.value, scene);
            if rules::flag::check(desk, value, &seen) == Some(true) {
                match kind {
                    FlagKind::Donor(flag) => {
                        flags.insert(*flag);
                    }
                    FlagKind::SpouseDeceased => spouse_deceased = true,
                }
            }
        }
        (flags, spouse_deceased)
    }

    fn reach(
        &self,
        desk: &mut Desk<'_>,
        spec: &'a DonorSpec,
        scene: &Scene<'_>,
        notes: &mut Vec<String>,
    ) -> Contactable {
        let mut reach = Contactable::default();
        let applies = |when: &'a [Condition]| when.iter().all(|c| self.reader.holds(c, scene));
        for address in spec.addresses.iter().filter(|a| applies(&a.when)) {
            let address = self.address(desk, address, scene);
            if !address.is_empty() && !reach.addresses.contains(&address) {
                reach.addresses.push(address);
            }
        }
        for way in spec.phones.iter().filter(|w| applies(&w.when)) {
            let seen = self.reader.read(&way.value, scene);
            if error_cell::is_usable(desk, &seen) && !seen.is_blank() {
                rules::phone::check(desk, way.kind, &seen, &mut reach.phones, notes);
            }
        }
        for way in spec.emails.iter().filter(|w| applies(&w.when)) {
            let seen = self.reader.read(&way.value, scene);
            if error_cell::is_usable(desk, &seen) && !seen.is_blank() {
                rules::email::check(desk, way.kind, &seen, &mut reach.emails, notes);
            }
        }
        reach
    }

    fn address(&self, desk: &mut Desk<'_>, spec: &'a AddressSpec, scene: &Scene<'_>) -> Address {
        let mut text = |value: &'a Option<Value>| self.text(desk, value.as_ref(), scene).unwrap_or_default();
        let mut address = Address {
            line1: text(&spec.line1),
            line2: text(&spec.line2),
            city: text(&spec.city),
            state: text(&spec.state),
            postal: text(&spec.postal),
            country: text(&spec.country),
        };
        let seen = self.reader.read_option(spec.postal.as_ref(), scene);
        rules::postal::check(desk, &seen, &mut address);
        address
    }

    fn other_ids(
        &self,
        desk: &mut Desk<'_>,
        spec: &'a DonorSpec,
        scene: &Scene<'_>,
    ) -> Vec<(String, String)> {
        let mut ids = Vec::new();
        for (label, value) in &spec.other_ids {
            let seen = self.reader.read(value, scene);
            let is_usable =
                error_cell::is_usable(desk, &seen) && rules::damaged_number::is_whole(desk, &seen);
            if is_usable && !seen.is_blank() {
                ids.push((label.clone(), seen.text.into_owned()));
            }
        }
        ids
    }

    fn labelled(&self, desk: &mut Desk<'_>, list: &'a [(String, Value)], scene: &Scene<'_>) -> Vec<String> {
        let mut notes = Vec::new();
        for (label, value) in list {
            if let Some(text) = self.text(desk, Some(value), scene) {
                notes.push(format!("{label}: {text}"));
            }
        }
        notes
    }

    /// A field's text, if it is filled and no error.
    pub(super) fn text(
        &self,
        desk: &mut Desk<'_>,
        value: Option<&'a Value>,
        scene: &Scene<'_>,
    ) -> Option<String> {
        let seen = self.reader.read_option(value, scene);
        error_cell::is_usable(desk, &seen);
        seen.into_option()
    }
}

fn known() -> Known {
    Known { is_donor: true, ..Known::default() }
}

fn with_deaths(kind: DonorKind, first_died: bool, second_died: bool) -> DonorKind {
    match kind {
        DonorKind::Household { mut first, second } => {
            first.deceased = first_died;
            let second = second.map(|mut person| {
                person.deceased = second_died;
                person
            });
            DonorKind::Household { first, second }
        }
        other => other,
    }
}
