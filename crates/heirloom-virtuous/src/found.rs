//! What an organization is and has, as far as a plan refers to it.

/// The organization that a token belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub user_id: i64,
    /// Its name.
    pub name: String,
    /// Its zone as the vendor names it, such as `US/Arizona`.
    pub time_zone: String,
}

/// A project (fund) of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its code; empty if it has none.
    pub code: String,
    /// Whether it takes new designations.
    pub is_active: bool,
}

/// A short list at the target that gifts and contacts refer to by name or code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Tags of contacts.
    Tags,
    /// Types of non-cash gifts.
    NonCashTypes,
    /// Types of contacts.
    ContactTypes,
    /// Codes of segments.
    Segments,
    /// Custom fields of gifts.
    GiftFields,
    /// Codes of premiums.
    Premiums,
}

impl Lookup {
    /// All of them.
    pub const ALL: [Lookup; 6] = [
        Lookup::Tags,
        Lookup::NonCashTypes,
        Lookup::ContactTypes,
        Lookup::Segments,
        Lookup::GiftFields,
        Lookup::Premiums,
    ];

    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Lookup::Tags => "tags",
            Lookup::NonCashTypes => "non-cash types",
            Lookup::ContactTypes => "contact types",
            Lookup::Segments => "segments",
            Lookup::GiftFields => "custom fields of gifts",
            Lookup::Premiums => "premiums",
        }
    }

    /// The field of a row that names it.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Lookup::Tags => "tagName",
            Lookup::NonCashTypes => "name",
            Lookup::ContactTypes => "type",
            Lookup::Segments | Lookup::Premiums => "code",
            Lookup::GiftFields => "name",
        }
    }
}
