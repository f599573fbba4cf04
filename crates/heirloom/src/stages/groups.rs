//! Contacts to be: donor records of one contact cluster, with what their contact carries.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_ledger::Cluster;
use heirloom_model::{Address, Donor, Email, Flag, Person, Phone, RowId, escape_id};

/// One contact to be: its records, the surviving one first.
pub struct ContactGroup<'d> {
    /// The cluster's id.
    pub contact: RowId,
    /// The members, survivor first, the others in row order.
    pub members: Vec<&'d Donor>,
    /// The person each member is, in the same order.
    pub persons: Vec<RowId>,
}

/// Groups donors by contact, survivor first.
pub fn contact_groups<'d>(donors: &'d [Donor], clusters: &[Cluster]) -> Vec<ContactGroup<'d>> {
    let by_row: BTreeMap<RowId, &Donor> = donors.iter().map(|d| (d.row, d)).collect();
    let mut groups: BTreeMap<RowId, Vec<&Cluster>> = BTreeMap::new();
    for cluster in clusters {
        groups.entry(cluster.contact).or_default().push(cluster);
    }
    let group_of = |(contact, mut members): (RowId, Vec<&Cluster>)| {
        members.sort_by_key(|c| (!c.survivor, c.row));
        members.retain(|c| by_row.contains_key(&c.row));
        ContactGroup {
            contact,
            persons: members.iter().map(|c| c.person).collect(),
            members: members.iter().filter_map(|c| by_row.get(&c.row).copied()).collect(),
        }
    };
    groups.into_iter().map(group_of).filter(|g| !g.members.is_empty()).collect()
}

impl<'d> ContactGroup<'d> {
    /// The record that the contact carries on.
    pub fn survivor(&self) -> &'d Donor {
        self.members[0]
    }

    /// The reference under which the contact is sent.
    pub fn key(&self) -> String {
        escape_id(&self.survivor().legacy_id)
    }

    /// Flags of every member: nobody dead or unwilling may be mailed because a twin record lacked the flag.
    pub fn flags(&self) -> BTreeSet<Flag> {
        self.members.iter().flat_map(|d| d.flags.iter().copied()).collect()
    }

    /// The distinct addresses, the one that is sent first: the survivor's, else the first member's that has one.
    pub fn addresses(&self) -> Vec<&'d Address> {
        distinct(self.members.iter().flat_map(|d| d.reach.addresses.iter()), |a| {
            fold(&format!("{}|{}|{}", a.line1, a.line2, a.postal))
        })
    }

    /// The distinct phones, the one that is sent first.
    pub fn phones(&self) -> Vec<&'d Phone> {
        distinct(self.members.iter().flat_map(|d| d.reach.phones.iter()), |p| fold(&p.number))
    }

    /// The distinct e-mail addresses, the one that is sent first.
    pub fn emails(&self) -> Vec<&'d Email> {
        distinct(self.members.iter().flat_map(|d| d.reach.emails.iter()), |e| fold(&e.address))
    }

    /// The person the contact is sent with: the survivor's, else the first member's that has one.
    pub fn person(&self) -> Option<&'d Person> {
        self.members.iter().find_map(|d| d.kind.people().next())
    }
}

fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '@' | '.' | '|'))
        .flat_map(char::to_lowercase)
        .collect()
}

fn distinct<'d, T>(items: impl Iterator<Item = &'d T>, key: impl Fn(&T) -> String) -> Vec<&'d T> {
    let mut seen = BTreeSet::new();
    items.filter(|item| seen.insert(key(item))).collect()
}
