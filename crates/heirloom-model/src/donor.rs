//! Donors as legacy systems keep them: one record is a household, an organization, a
//! foundation or anonymous, with people, ways to reach them, flags and legacy ids.

use std::collections::BTreeSet;

use crate::RowId;

/// One donor record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Donor {
    /// The row it came from.
    pub row: RowId,
    /// The id by which gifts name this donor in the old system, as written there.
    pub legacy_id: String,
    /// Further ids of the same record (system id, import id): `(name of the id, id)`.
    pub other_ids: Vec<(String, String)>,
    /// What it is, with its people.
    pub kind: DonorKind,
    /// The old system's own id of the household this record belongs to, if it keeps one.
    pub household_id: Option<String>,
    /// How to reach them, each list in order of preference.
    pub reach: Contactable,
    /// Flags that must travel with the donor.
    pub flags: BTreeSet<Flag>,
    /// Free text that has no field at the target, as `label: text`.
    pub notes: Vec<String>,
}

/// What a donor is. A household has at least one person, an organization always a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DonorKind {
    /// People who give together, or one person.
    Household {
        /// The person the record is about.
        first: Person,
        /// Spouse, partner, or the second of "John & Mary Smith".
        second: Option<Person>,
    },
    /// A company, church, school …
    Organization {
        /// Its name.
        name: String,
        /// A person to talk to.
        person: Option<Person>,
    },
    /// A grant-making foundation.
    Foundation {
        /// Its name.
        name: String,
        /// A person to talk to.
        person: Option<Person>,
    },
    /// A giver who stays unnamed.
    Anonymous,
}

impl DonorKind {
    /// The target's contact type.
    pub fn contact_type(&self) -> &'static str {
        match self {
            DonorKind::Household { .. } | DonorKind::Anonymous => "Household",
            DonorKind::Organization { .. } => "Organization",
            DonorKind::Foundation { .. } => "Foundation",
        }
    }

    /// The people, the record's own first.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        let (first, second) = match self {
            DonorKind::Household { first, second } => (Some(first), second.as_ref()),
            DonorKind::Organization { person, .. } | DonorKind::Foundation { person, .. } => {
                (person.as_ref(), None)
            }
            DonorKind::Anonymous => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// The organization's or foundation's name.
    pub fn organization_name(&self) -> Option<&str> {
        match self {
            DonorKind::Organization { name, .. } | DonorKind::Foundation { name, .. } => Some(name),
            _ => None,
        }
    }
}

impl Donor {
    /// A name to show a person: the organization's, or the people's.
    pub fn display_name(&self) -> String {
        if let Some(name) = self.kind.organization_name() {
            return name.to_owned();
        }
        let names: Vec<String> = self.kind.people().map(Person::display_name).collect();
        if names.is_empty() { "Anonymous".to_owned() } else { names.join(" & ") }
    }
}

/// A human being.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Person {
    /// Mr., Dr. …
    pub title: Option<String>,
    /// Given name.
    pub first: String,
    /// Middle name or initial.
    pub middle: Option<String>,
    /// Family name.
    pub last: String,
    /// Jr., III …
    pub suffix: Option<String>,
    /// What friends say.
    pub nickname: Option<String>,
    /// Family name before marriage.
    pub maiden: Option<String>,
    /// As the old system writes it.
    pub gender: Option<String>,
    /// Year, month, day of birth; any may be unknown.
    pub birth: (Option<i16>, Option<i8>, Option<i8>),
    /// Whether this person has died.
    pub deceased: bool,
}

impl Person {
    /// First and last name, with the suffix.
    pub fn display_name(&self) -> String {
        let parts = [Some(self.first.as_str()), Some(self.last.as_str()), self.suffix.as_deref()];
        parts.into_iter().flatten().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

/// Ways to reach a donor, each list with the preferred one first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Contactable {
    /// Postal addresses.
    pub addresses: Vec<Address>,
    /// Telephone numbers.
    pub phones: Vec<Phone>,
    /// E-mail addresses.
    pub emails: Vec<Email>,
}

/// A postal address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address {
    /// Street and number.
    pub line1: String,
    /// Unit, care of …
    pub line2: String,
    /// City.
    pub city: String,
    /// State or province.
    pub state: String,
    /// Postal code, zeros restored.
    pub postal: String,
    /// Country as written; empty means the organization's own.
    pub country: String,
}

impl Address {
    /// Whether nothing is filled.
    pub fn is_empty(&self) -> bool {
        [&self.line1, &self.line2, &self.city, &self.state, &self.postal].iter().all(|s| s.is_empty())
    }
}

/// What a telephone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PhoneKind {
    /// At home.
    Home,
    /// Carried about.
    Mobile,
    /// At work.
    Work,
    /// Not said.
    Other,
}

impl PhoneKind {
    /// The target's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            PhoneKind::Home => "Home Phone",
            PhoneKind::Mobile => "Mobile Phone",
            PhoneKind::Work => "Work Phone",
            PhoneKind::Other => "Other Phone",
        }
    }
}

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone {
    /// What it is.
    pub kind: PhoneKind,
    /// As it will be sent: `(512) 555-0142` for a North American number, else as written.
    pub number: String,
}

/// An e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email {
    /// `Home Email`, `Work Email` or `Other Email`.
    pub kind: &'static str,
    /// The address, trimmed.
    pub address: String,
}

/// A flag that must reach the target with the donor's first record, so that nobody dead or
/// unwilling is mailed between two plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// The donor (of a couple: the first person) has died.
    Deceased,
    /// No post.
    DoNotMail,
    /// No calls.
    DoNotCall,
    /// No e-mail.
    DoNotEmail,
    /// Nothing at all.
    DoNotContact,
    /// Gifts must not show the name.
    Anonymous,
}

impl Flag {
    /// All flags.
    pub const ALL: [Flag; 6] = [
        Flag::Deceased,
        Flag::DoNotMail,
        Flag::DoNotCall,
        Flag::DoNotEmail,
        Flag::DoNotContact,
        Flag::Anonymous,
    ];

    /// The one text form; it is also the tag's name at the target.
    pub fn as_str(self) -> &'static str {
        match self {
            Flag::Deceased => "Deceased",
            Flag::DoNotMail => "Do Not Mail",
            Flag::DoNotCall => "Do Not Call",
            Flag::DoNotEmail => "Do Not Email",
            Flag::DoNotContact => "Do Not Contact",
            Flag::Anonymous => "Anonymous",
        }
    }

    /// The inverse of [`Flag::as_str`].
    pub fn parse(text: &str) -> Option<Flag> {
        Flag::ALL.into_iter().find(|f| f.as_str() == text)
    }
}
