//! Contacts as a table.

use super::{Column, custom_parameters, custom_value, day_of, int, nothing, words};
use crate::facts::{ContactRecord, Individual, Method, PostalAddress};
use crate::lag::CONTACT;
use crate::operators::Kind::{Boolean, Date, Decimal, Int, List, String};
use crate::query::{Field, Parameter, Table};
use crate::world::World;

/// What a contact may be asked for; the first is the id.
const COLUMNS: [Column<ContactRecord>; 27] = [
    ("Contact Id", Int, |_, contact| int(contact.id)),
    ("Legacy Contact Id", String, nothing),
    ("Contact Name", String, |_, contact| words(&contact.name)),
    ("Contact Type", List, |_, contact| words(&contact.contact_type)),
    ("First Name", String, |_, contact| people(contact, |one| &one.first)),
    ("Last Name", String, |_, contact| people(contact, |one| &one.last)),
    ("Email Address", String, |_, contact| reached(contact, true)),
    ("Phone", String, |_, contact| reached(contact, false)),
    ("Phone Number", String, |_, contact| reached(contact, false)),
    ("Address 1", String, |_, contact| places(contact, |one| &one.address1)),
    ("Address Line 1", String, |_, contact| places(contact, |one| &one.address1)),
    ("City", String, |_, contact| places(contact, |one| &one.city)),
    ("State", String, |_, contact| places(contact, |one| &one.state)),
    ("Postal", String, |_, contact| places(contact, |one| &one.postal)),
    ("Country", String, |_, contact| places(contact, |one| &one.country)),
    ("Tag", List, |_, contact| tags(contact)),
    ("Tags", List, |_, contact| tags(contact)),
    ("Reference Source", String, |_, contact| {
        Field::Texts(contact.references.iter().map(|(source, _)| source.as_str()).collect())
    }),
    ("Reference Id", String, |_, contact| {
        Field::Texts(contact.references.iter().map(|(_, id)| id.as_str()).collect())
    }),
    ("Life To Date Giving", Decimal, |_, contact| Field::Number(contact.giving_minor.saturating_mul(100))),
    ("Last Gift Date", Date, |_, contact| {
        contact.last_gift.as_ref().map_or(Field::Nothing, |(date, _)| super::day(date))
    }),
    ("Contact Archived", Boolean, |_, contact| Field::Flag(contact.archived)),
    ("Private", Boolean, |_, contact| {
        Field::Flag(contact.extras.get("isPrivate").is_some_and(|value| value.as_bool() == Some(true)))
    }),
    ("Create Date", Date, |world, contact| day_of(world, contact.created_ms)),
    ("Create DateTime UTC", Date, |_, contact| Field::When(contact.created_ms)),
    ("Last Modified Date", Date, |world, contact| day_of(world, contact.modified_ms)),
    ("Last Modified DateTime UTC", Date, |_, contact| Field::When(contact.modified_ms)),
];

/// Something of each person.
fn people(contact: &ContactRecord, of: impl Fn(&Individual) -> &str) -> Field<'_> {
    Field::Texts(contact.individuals.iter().map(of).collect())
}

/// Something of each address.
fn places(contact: &ContactRecord, of: impl Fn(&PostalAddress) -> &str) -> Field<'_> {
    Field::Texts(contact.addresses.iter().map(of).collect())
}

/// The tags.
fn tags(contact: &ContactRecord) -> Field<'_> {
    Field::Texts(contact.tags.iter().map(std::string::String::as_str).collect())
}

/// The e-mails or phones of a contact.
fn reached(contact: &ContactRecord, is_email: bool) -> Field<'_> {
    let methods = contact.individuals.iter().flat_map(|one| &one.methods);
    let wanted = methods.filter(|method: &&Method| method.value.contains('@') == is_email);
    Field::Texts(wanted.map(|method| method.value.as_str()).collect())
}

/// Contacts as a table.
pub(crate) struct Contacts<'w> {
    pub world: &'w World,
    /// Whether the query asks for archived ones too.
    pub archived: bool,
}

impl Table for Contacts<'_> {
    fn len(&self) -> usize {
        self.world.people.contacts.len()
    }

    fn place(&self, id: i64) -> usize {
        self.world.people.contacts.partition_point(|contact| contact.id < id)
    }

    fn parameters(&self) -> Vec<Parameter<'_>> {
        let own = COLUMNS.iter().map(|(name, kind, _)| (*name, *kind));
        own.chain(custom_parameters(self.world, "Contact")).collect()
    }

    fn field(&self, at: u32, column: usize) -> Field<'_> {
        let contact = &self.world.people.contacts[at as usize];
        match COLUMNS.get(column) {
            Some((_, _, of)) => of(self.world, contact),
            None => {
                let values = Some(&contact.custom_fields);
                custom_value(self.world, "Contact", column - COLUMNS.len(), values)
            }
        }
    }

    fn hides(&self, at: u32) -> bool {
        let contact = &self.world.people.contacts[at as usize];
        (contact.archived && !self.archived)
            || (contact.merged_into.is_some() && !self.world.rules.merged_contacts_listed)
            || !self.world.shows(CONTACT, contact.id)
    }

    fn hides_any(&self) -> bool {
        self.world.people.any_hidden || self.world.any_unseen(CONTACT)
    }
}
