//! How many contacts of a plan will wait for clicks at the vendor, and what would spare most of them.

use std::collections::HashSet;

use heirloom_model::{Person, TargetContact};
use heirloom_virtuous::fold;

use super::groups::ContactGroup;

/// What the vendor's matching will make of the contacts of a plan, as far as can be told from here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forecast {
    /// Nobody there is like them: a new contact each, after a click each.
    pub match_needed: u64,
    /// Somebody there has their e-mail or phone, and other data: their changes wait for a person.
    pub update_needed: u64,
    /// Of those without a match: how many lack a first or a last name, without which none is made. They
    /// wait even where new contacts are made without a click.
    pub half_named: u64,
    /// Of those without a match, where others are there: how many lack an e-mail, a phone, an address.
    pub lacking: [(&'static str, u64); 3],
}

/// E-mails and phones of everybody who is at the target.
pub(super) struct Known(HashSet<String>);

impl Known {
    pub(super) fn of(contacts: &[TargetContact]) -> Known {
        let methods = contacts.iter().flat_map(|c| c.emails.iter().chain(&c.phones));
        Known(methods.map(|text| fold(&[text])).filter(|text| !text.is_empty()).collect())
    }
}

impl Forecast {
    pub(super) fn add(&mut self, group: &ContactGroup<'_>, person: Option<&Person>, known: &Known) {
        let (emails, phones) = (group.emails(), group.phones());
        let methods = emails
            .iter()
            .map(|e| e.value.address.as_str())
            .chain(phones.iter().map(|p| p.value.number.as_str()));
        if methods.map(|text| fold(&[text])).any(|text| known.0.contains(&text)) {
            self.update_needed += 1;
            return;
        }
        let halved = |person: &Person| person.first.trim().is_empty() || person.last.trim().is_empty();
        self.half_named += u64::from(person.is_some_and(halved));
        self.match_needed += 1;
        if known.0.is_empty() {
            // Where nobody is there yet, no field would match.
            return;
        }
        let lacks = [emails.is_empty(), phones.is_empty(), group.addresses().is_empty()];
        for ((name, count), (word, lacks)) in
            self.lacking.iter_mut().zip(["e-mail", "phone", "address"].into_iter().zip(lacks))
        {
            *name = word;
            *count += u64::from(lacks);
        }
    }

    /// The field whose lack leaves the most contacts without a sure match; of equals the one that tells most.
    pub fn most_lacking(&self) -> Option<(&'static str, u64)> {
        self.lacking.into_iter().rev().filter(|(_, count)| *count > 0).max_by_key(|(_, count)| *count)
    }

    /// Clicks that making new contacts automatically would save.
    pub fn saved_by_creating(&self) -> u64 {
        self.match_needed - self.half_named
    }
}
