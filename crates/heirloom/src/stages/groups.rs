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
    pub fn addresses(&self) -> Vec<Kept<'d, Address>> {
        self.distinct(
            |d| &d.reach.addresses,
            |a| {
                // Without a postal code the city says which Main Street is meant.
                let town =
                    if a.postal.is_empty() { format!("{}|{}", a.city, a.state) } else { a.postal.clone() };
                spelled(&format!("{}|{}|{town}|{}", a.line1, a.line2, a.country))
            },
        )
    }

    /// The distinct phones, the one that is sent first.
    pub fn phones(&self) -> Vec<Kept<'d, Phone>> {
        self.distinct(|d| &d.reach.phones, |p| p.number.chars().filter(|c| c.is_alphanumeric()).collect())
    }

    /// The distinct e-mail addresses, the one that is sent first.
    pub fn emails(&self) -> Vec<Kept<'d, Email>> {
        self.distinct(|d| &d.reach.emails, |e| e.address.trim().to_lowercase())
    }

    /// Every id by which the old system knows one of the members, the one it is sent under first.
    pub fn references(&self) -> Vec<Kept<'d, str>> {
        let ids = self.members.iter().flat_map(|&from| {
            let others = from.other_ids.iter().map(|(_, id)| id.as_str());
            std::iter::once(from.legacy_id.as_str()).chain(others).map(move |value| Kept { value, from })
        });
        let mut seen = BTreeSet::new();
        ids.filter(|kept| seen.insert(kept.value)).collect()
    }

    /// The person the contact is sent with: the survivor's, else the first member's that has one.
    /// What that record leaves open of the person is taken from other records of the same person.
    pub fn person(&self) -> Option<Person> {
        let (at, own) =
            self.members.iter().enumerate().find_map(|(at, d)| Some((at, d.kind.people().next()?)))?;
        let mut person = own.clone();
        for twin in self.twins_of(at) {
            let fill = |place: &mut Option<String>, other: &Option<String>| {
                if place.is_none() {
                    place.clone_from(other);
                }
            };
            fill(&mut person.title, &twin.title);
            fill(&mut person.middle, &twin.middle);
            fill(&mut person.suffix, &twin.suffix);
            fill(&mut person.gender, &twin.gender);
            if person.birth == (None, None, None) {
                person.birth = twin.birth;
            }
        }
        Some(person)
    }

    /// The people of the other records of a member's person.
    fn twins_of(&self, at: usize) -> impl Iterator<Item = &'d Person> {
        let person = self.persons[at];
        let others = self.members.iter().zip(&self.persons).enumerate();
        others
            .filter(move |(other, (_, of))| *other != at && **of == person)
            .filter_map(|(_, (donor, _))| donor.kind.people().next())
    }

    /// Values that differ by `key`, each with the record it is kept from, survivor's first.
    fn distinct<T>(
        &self,
        all: impl Fn(&'d Donor) -> &'d Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> Vec<Kept<'d, T>> {
        let mut seen = BTreeSet::new();
        let values =
            self.members.iter().flat_map(|&from| all(from).iter().map(move |value| Kept { value, from }));
        values.filter(|kept| seen.insert(key(kept.value))).collect()
    }
}

/// A value that a contact keeps, and the record it comes from.
pub struct Kept<'d, T: ?Sized> {
    /// The value.
    pub value: &'d T,
    /// Its record.
    pub from: &'d Donor,
}

/// Lower case, without dots and apostrophes, any other mark and any run of blanks as one blank:
/// "12 Oak St." is "12 OAK ST", but "1/2 Oak" is not "12 Oak".
fn spelled(text: &str) -> String {
    let mut words = String::new();
    for c in text.chars().filter(|c| !matches!(c, '.' | '\'' | '’')) {
        match c {
            '|' => words.push('|'),
            c if c.is_alphanumeric() => words.extend(c.to_lowercase()),
            _ => words.push(' '),
        }
    }
    words
        .split('|')
        .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect::<Vec<_>>()
        .join("|")
}

#[cfg(test)]
mod tests {
    use heirloom_model::{Contactable, DonorKind, FileId, PhoneKind};
    use proptest::prelude::*;

    use super::*;

    /// Spellings that are one value beside some that are nearly.
    const STREETS: [&str; 7] =
        ["12 Oak St.", "12 OAK ST", "1/2 Oak St", "12 Oak St", "P.O. Box 5", "PO Box 5", ""];
    const TOWNS: [(&str, &str); 4] =
        [("Austin", "78701"), ("Austin", ""), ("Dallas", ""), ("Dallas", "75201")];
    const MAILS: [&str; 5] = ["a-b@x.org", "ab@x.org", "A-B@X.ORG", "ab+list@x.org", "ablist@x.org"];
    const PHONES: [&str; 4] = ["(512) 555-0142", "512-555-0142", "512 555 0143", "512-555-0142 x7"];

    fn any_donor() -> impl Strategy<Value = Donor> {
        let lists = (
            prop::collection::vec((0..STREETS.len(), 0..TOWNS.len()), 0..3),
            prop::collection::vec(0..MAILS.len(), 0..3),
            prop::collection::vec(0..PHONES.len(), 0..3),
        );
        (lists, any::<bool>(), 0..4usize, prop::option::of(1950..1960i16)).prop_map(
            |(lists, flag, other, born)| {
                let (streets, mails, phones) = lists;
                let address = |&(street, town): &(usize, usize)| Address {
                    line1: STREETS[street].into(),
                    city: TOWNS[town].0.into(),
                    postal: TOWNS[town].1.into(),
                    ..Address::default()
                };
                let first = Person {
                    first: "Ann".into(),
                    last: "Lee".into(),
                    birth: (born, None, None),
                    ..Person::default()
                };
                Donor {
                    row: RowId(0),
                    legacy_id: String::new(),
                    other_ids: (0..other).map(|n| ("import id".to_owned(), format!("X{n}"))).collect(),
                    kind: DonorKind::Household { first, second: None },
                    household_id: None,
                    reach: Contactable {
                        addresses: streets.iter().map(address).filter(|a| !a.is_empty()).collect(),
                        phones: phones
                            .iter()
                            .map(|&at| Phone { kind: PhoneKind::Home, number: PHONES[at].into() })
                            .collect(),
                        emails: mails
                            .iter()
                            .map(|&at| Email { kind: "Home Email", address: MAILS[at].into() })
                            .collect(),
                    },
                    flags: flag.then_some(Flag::DoNotMail).into_iter().collect(),
                    notes: Vec::new(),
                }
            },
        )
    }

    /// Letters and digits of a text in their order, by runs: what tells two addresses apart.
    fn runs(text: &str) -> Vec<String> {
        let lower = text.to_lowercase().replace(['.', '\''], "");
        lower.split(|c: char| !c.is_alphanumeric()).filter(|r| !r.is_empty()).map(str::to_owned).collect()
    }

    proptest! {
        #[test]
        fn nothing_by_which_a_merged_record_is_reached_or_known_is_lost(
            mut donors in prop::collection::vec(any_donor(), 1..6),
            survivor in 0..6usize,
        ) {
            for (donor, n) in donors.iter_mut().zip(0..) {
                donor.row = RowId::new(FileId(1), n);
                donor.legacy_id = format!("L{n}");
            }
            let survivor = survivor % donors.len();
            let clusters: Vec<Cluster> = donors.iter().enumerate().map(|(at, d)| Cluster {
                row: d.row,
                person: donors[0].row,
                contact: donors[0].row,
                survivor: at == survivor,
            }).collect();
            let groups = contact_groups(&donors, &clusters);
            prop_assert_eq!(groups.len(), 1);
            let group = &groups[0];
            prop_assert_eq!(&group.survivor().legacy_id, &donors[survivor].legacy_id);
            let addresses: Vec<_> = group.addresses().iter().map(|k| k.value.clone()).collect();
            for donor in &donors {
                for a in &donor.reach.addresses {
                    let is = |k: &Address| {
                        runs(&k.line1) == runs(&a.line1) && k.postal == a.postal && (!a.postal.is_empty() || k.city == a.city)
                    };
                    prop_assert!(addresses.iter().any(is), "{a:?} of {addresses:?}");
                }
                for e in &donor.reach.emails {
                    prop_assert!(group.emails().iter().any(|k| k.value.address.eq_ignore_ascii_case(&e.address)));
                }
                for p in &donor.reach.phones {
                    let runs = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
                    prop_assert!(group.phones().iter().any(|k| runs(&k.value.number) == runs(&p.number)));
                }
                let ids = donor.other_ids.iter().map(|(_, id)| id).chain([&donor.legacy_id]);
                for id in ids {
                    prop_assert!(group.references().iter().any(|k| k.value == id));
                }
                prop_assert!(donor.flags.is_subset(&group.flags()));
            }
            // Each value comes from a record that has it; the survivor's own comes first.
            for kept in group.emails() {
                prop_assert!(kept.from.reach.emails.contains(kept.value));
            }
            if let Some(own) = donors[survivor].reach.emails.first() {
                prop_assert_eq!(group.emails()[0].value, own);
            }
            let born = donors.iter().any(|d| d.kind.people().any(|p| p.birth.0.is_some()));
            prop_assert_eq!(group.person().is_some_and(|p| p.birth.0.is_some()), born);
        }
    }
}
