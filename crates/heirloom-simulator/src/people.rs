//! Contacts that exist, and the indexes by which a row finds its contact.

use crate::draft::ContactDraft;
use crate::facts::{ContactRecord, Individual, Method, PostalAddress, SeedContact};
use crate::likeness::{
    address_of, digits, fold, name_key, person_of, place, same_address, same_person, same_value, street_key,
};
use crate::matching::Signal;
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};
use serde_json::Map;
use std::collections::{BTreeSet, HashMap};

/// The first contact's id.
pub(crate) const FIRST_CONTACT: i64 = 1001;
/// Under what name the code of the segment that brought a contact is kept.
pub(crate) const ORIGIN: &str = "originSegmentCode";
const FIRST_INDIVIDUAL: i64 = 20_001;
const FIRST_PART: i64 = 30_001;

/// What of a contact has an id of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Individual,
    Method,
    Address,
}

type Index = HashMap<String, Vec<i64>, FixedState>;

/// All contacts, by rising id without gaps.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct People {
    pub contacts: Vec<ContactRecord>,
    individuals: i64,
    /// Ids given to addresses and methods.
    #[serde(default)]
    parts: i64,
    /// Whether any contact was archived or merged.
    #[serde(default)]
    pub any_hidden: bool,
    #[serde(skip)]
    by_reference: Index,
    #[serde(skip)]
    by_email: Index,
    #[serde(skip)]
    by_phone: Index,
    #[serde(skip)]
    by_place: Index,
    #[serde(skip)]
    by_street: Index,
    #[serde(skip)]
    by_name: Index,
}

/// Adds an id to an index entry once.
fn note(index: &mut Index, key: String, id: i64) {
    let ids = index.entry(key).or_default();
    if !ids.contains(&id) {
        ids.push(id);
    }
}

/// Where the contact of an id is, if there is one.
fn place_of(id: i64) -> Option<usize> {
    usize::try_from(id.checked_sub(FIRST_CONTACT)?).ok()
}

impl People {
    /// Builds the indexes again after a snapshot was read, or something was taken away.
    pub(crate) fn reindex(&mut self) {
        let indexes = [
            &mut self.by_reference,
            &mut self.by_email,
            &mut self.by_phone,
            &mut self.by_place,
            &mut self.by_street,
            &mut self.by_name,
        ];
        indexes.into_iter().for_each(Index::clear);
        for at in 0..self.contacts.len() {
            self.index(at);
        }
    }

    /// The contact of an id.
    pub(crate) fn get(&self, id: i64) -> Option<&ContactRecord> {
        self.contacts.get(place_of(id)?)
    }

    /// The contact of an id, to change.
    pub(crate) fn get_mut(&mut self, id: i64) -> Option<&mut ContactRecord> {
        self.contacts.get_mut(place_of(id)?)
    }

    /// Where a contact ended after merges.
    pub(crate) fn survivor(&self, mut id: i64) -> i64 {
        for _ in 0..self.contacts.len() {
            match self.get(id).and_then(|contact| contact.merged_into) {
                Some(next) => id = next,
                None => break,
            }
        }
        id
    }

    /// The first contact with a reference.
    pub(crate) fn by_reference(&self, source: &str, id: &str) -> Option<&ContactRecord> {
        self.by_reference.get(&fold(source, id)).and_then(|ids| self.get(ids[0]))
    }

    /// The first contact with an e-mail.
    pub(crate) fn by_email(&self, email: &str) -> Option<&ContactRecord> {
        self.by_email.get(&email.to_lowercase()).and_then(|ids| self.get(ids[0]))
    }

    /// The contacts an index may have for a key, made before `before`, where merges ended, each once.
    pub(crate) fn seen(&self, signal: Signal, key: Option<String>, before: i64) -> Vec<i64> {
        let index = match signal {
            Signal::Reference => &self.by_reference,
            Signal::Email => &self.by_email,
            Signal::Phone => &self.by_phone,
            Signal::Place => &self.by_place,
            Signal::Street => &self.by_street,
            Signal::Name => &self.by_name,
        };
        let ids = key.and_then(|key| index.get(&key)).map_or(&[][..], Vec::as_slice);
        let mut found: Vec<i64> =
            ids.iter().filter(|id| **id < before).map(|id| self.survivor(*id)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Gives ids to what has none yet.
    pub(crate) fn number(&mut self, individuals: &mut [Individual], addresses: &mut [PostalAddress]) {
        for individual in individuals {
            if individual.id == 0 {
                individual.id = FIRST_INDIVIDUAL + self.individuals;
                self.individuals += 1;
            }
            for method in individual.methods.iter_mut().filter(|method| method.id == 0) {
                method.id = FIRST_PART + self.parts;
                self.parts += 1;
            }
        }
        for address in addresses.iter_mut().filter(|address| address.id == 0) {
            address.id = FIRST_PART + self.parts;
            self.parts += 1;
        }
    }

    /// Gives ids to what a contact was given since, and enters it into the indexes.
    pub(crate) fn renew(&mut self, id: i64) {
        let Some(contact) = self.get_mut(id) else { return };
        let mut individuals = std::mem::take(&mut contact.individuals);
        let mut addresses = std::mem::take(&mut contact.addresses);
        self.number(&mut individuals, &mut addresses);
        if let Some(contact) = self.get_mut(id) {
            (contact.individuals, contact.addresses) = (individuals, addresses);
        }
        if let Some(at) = place_of(id) {
            self.index(at);
        }
    }

    /// The person of an id, with the contact's.
    pub(crate) fn individual(&self, id: i64) -> Option<(i64, &Individual)> {
        let people = self
            .contacts
            .iter()
            .flat_map(|contact| contact.individuals.iter().map(move |individual| (contact.id, individual)));
        people.into_iter().find(|(_, individual)| individual.id == id)
    }

    /// Makes a contact.
    pub(crate) fn seed(&mut self, seed: SeedContact) -> i64 {
        let id = FIRST_CONTACT + self.contacts.len() as i64;
        let (mut individuals, mut addresses) = (seed.individuals, seed.addresses);
        forget_ids(&mut individuals, &mut addresses, &BTreeSet::new());
        self.number(&mut individuals, &mut addresses);
        let first = individuals.first().map(|one| format!("{} {}", one.first, one.last).trim().to_string());
        let name = if seed.name.is_empty() { first.unwrap_or_default() } else { seed.name };
        let contact_type = if seed.contact_type.is_empty() { "Household".into() } else { seed.contact_type };
        self.contacts.push(ContactRecord {
            id,
            contact_type,
            name,
            individuals,
            addresses,
            references: seed.references,
            tags: seed.tags,
            custom_fields: Map::new(),
            merged_into: None,
            archived: false,
            extras: Map::new(),
            giving_minor: 0,
            last_gift: None,
            created_ms: seed.created_ms,
            modified_ms: seed.created_ms,
        });
        self.index(self.contacts.len() - 1);
        id
    }

    /// Makes a contact of a draft, as a person who accepts the pre-filled form.
    pub(crate) fn make(&mut self, draft: &ContactDraft, now_ms: i64) -> i64 {
        let person = match person_of(draft) {
            Some(person) => person,
            None => Individual { first: "Default".into(), last: "Contact".into(), ..Individual::default() },
        };
        let id = self.seed(SeedContact {
            contact_type: draft.contact_type.clone(),
            name: draft.name.clone(),
            individuals: vec![person],
            addresses: address_of(draft).into_iter().collect(),
            created_ms: now_ms,
            ..SeedContact::default()
        });
        if let Some(contact) = self.get_mut(id) {
            contact.custom_fields = draft.custom_fields.clone();
            if !draft.origin_segment.is_empty() {
                contact.extras.insert(ORIGIN.into(), draft.origin_segment.clone().into());
            }
            add_methods(&mut contact.individuals[0], draft);
        }
        self.renew(id);
        id
    }

    /// Whether a draft says something about a contact that is not known yet.
    pub(crate) fn is_news(&self, id: i64, draft: &ContactDraft) -> bool {
        let Some(contact) = self.get(id) else {
            return false;
        };
        let has =
            |value: &str| value.is_empty() || methods(contact).any(|method| same_value(&method.value, value));
        let address_known =
            address_of(draft).is_none_or(|new| contact.addresses.iter().any(|old| same_address(old, &new)));
        let person_known =
            person_of(draft).is_none_or(|new| contact.individuals.iter().any(|old| same_person(old, &new)));
        !(has(&draft.email) && has(&draft.phone) && address_known && person_known)
    }

    /// Adds what a row says to the contact it was matched with: reference, tags, and (accepted) news.
    pub(crate) fn absorb(
        &mut self,
        id: i64,
        draft: &ContactDraft,
        source: &str,
        tags: &[String],
        now_ms: i64,
    ) {
        let news = self.is_news(id, draft);
        let Some(contact) = self.get_mut(id) else {
            return;
        };
        contact.modified_ms = now_ms;
        let pair = fold(source, &draft.reference);
        if !draft.reference.is_empty() && !contact.references.iter().any(|(s, i)| fold(s, i) == pair) {
            contact.references.push((source.into(), draft.reference.clone()));
        }
        for tag in tags {
            if !contact.tags.iter().any(|old| old.eq_ignore_ascii_case(tag)) {
                contact.tags.push(tag.clone());
            }
        }
        if news {
            add_news(contact, draft);
        }
        self.renew(id);
    }

    /// Enters a contact into the indexes; entering twice changes nothing.
    fn index(&mut self, at: usize) {
        let contact = &self.contacts[at];
        let id = contact.id;
        for (source, reference) in &contact.references {
            note(&mut self.by_reference, fold(source, reference), id);
        }
        for method in methods(contact) {
            if method.value.contains('@') {
                note(&mut self.by_email, method.value.to_lowercase(), id);
            } else if let Some(number) = digits(&method.value) {
                note(&mut self.by_phone, number, id);
            }
        }
        let people = contact.individuals.iter().map(|one| format!("{} {}", one.first, one.last));
        for name in people.chain([contact.name.clone()]) {
            for address in &contact.addresses {
                if let Some(key) = place(&name, &address.address1, &address.postal) {
                    note(&mut self.by_place, key, id);
                }
            }
            if let Some(key) = name_key(&name) {
                note(&mut self.by_name, key, id);
            }
        }
        for address in &contact.addresses {
            if let Some(key) = street_key(&address.address1, &address.postal) {
                note(&mut self.by_street, key, id);
            }
        }
    }
}

/// Takes away the ids that are not among `own`, or stand there twice: the vendor chooses ids, not who writes.
pub(crate) fn forget_ids(
    individuals: &mut [Individual],
    addresses: &mut [PostalAddress],
    own: &BTreeSet<(Part, i64)>,
) {
    let mut left = own.clone();
    let mut forget = |part: Part, id: &mut i64| {
        if !left.remove(&(part, *id)) {
            *id = 0;
        }
    };
    for one in individuals {
        forget(Part::Individual, &mut one.id);
        one.methods.iter_mut().for_each(|method| forget(Part::Method, &mut method.id));
    }
    addresses.iter_mut().for_each(|address| forget(Part::Address, &mut address.id));
}

/// All ways to reach a contact's people.
fn methods(contact: &ContactRecord) -> impl Iterator<Item = &Method> {
    contact.individuals.iter().flat_map(|one| &one.methods)
}

/// Adds a draft's e-mail and phone to a person who has them not.
fn add_methods(person: &mut Individual, draft: &ContactDraft) {
    let offered =
        [(&draft.email_type, &draft.email, "Home Email"), (&draft.phone_type, &draft.phone, "Home Phone")];
    for (kind, value, default) in offered {
        if !value.is_empty() && !person.methods.iter().any(|old| same_value(&old.value, value)) {
            let kind = if kind.is_empty() { default.to_string() } else { kind.clone() };
            person.methods.push(Method { kind, value: value.clone(), ..Method::default() });
        }
    }
}

/// Adds a draft's person, methods and address to a contact.
fn add_news(contact: &mut ContactRecord, draft: &ContactDraft) {
    let person = person_of(draft);
    let known =
        person.as_ref().and_then(|new| contact.individuals.iter().position(|old| same_person(old, new)));
    let at = match (known, person) {
        (Some(at), _) => at,
        (None, Some(person)) => {
            contact.individuals.push(person);
            contact.individuals.len() - 1
        }
        (None, None) => 0,
    };
    if let Some(person) = contact.individuals.get_mut(at) {
        add_methods(person, draft);
    }
    if let Some(new) = address_of(draft)
        && !contact.addresses.iter().any(|old| same_address(old, &new))
    {
        contact.addresses.push(new);
    }
}
