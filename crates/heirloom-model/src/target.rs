//! What was read from the target, and what is known about this organization.

use crate::{GiftDate, Moment, Money};

/// Whether the vendor recognises a repeat of the same source and id, for rows in one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Repeats {
    /// Not known: doubtful calls are never sent again without a ruling.
    #[default]
    Unknown,
    /// A repeat creates no second record.
    Recognised,
    /// A repeat creates a second record.
    NotRecognised,
}

/// How the vendor judges a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Lists {
    /// Not known.
    #[default]
    Unknown,
    /// All of it or nothing.
    Atomic,
    /// Each item by itself.
    PerItem,
}

/// Facts about this organization that decide what may leave doubt; all unknown at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct OrgFacts {
    /// Repeats of rows in holding.
    pub repeats_held: Repeats,
    /// Repeats of rows already bundled or imported.
    pub repeats_imported: Repeats,
    /// Repeats of rows that a person discarded.
    pub repeats_discarded: Repeats,
    /// How lists of gifts are judged.
    pub lists: Lists,
    /// How lists of contacts are judged; what lists of gifts showed does not say.
    pub contact_lists: Lists,
}

/// A contact that exists at the target.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct TargetContact {
    /// The target's id.
    pub id: i64,
    /// Household, Organization …
    pub contact_type: String,
    /// Its name.
    pub name: String,
    /// `(source, id)` pairs by which others know it.
    pub references: Vec<(String, String)>,
    /// `(first, last)` of its individuals, the primary first.
    pub people: Vec<(String, String)>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Telephone numbers.
    pub phones: Vec<String>,
    /// Street, city, state, postal code of the primary address.
    pub address: Option<(String, String, String, String)>,
    /// The same of every address it has, the primary one among them.
    pub addresses: Vec<(String, String, String, String)>,
    /// Ids of its individuals, in the order of `people`.
    pub individuals: Vec<i64>,
    /// Tags.
    pub tags: Vec<String>,
    /// The contact this one was merged into, if it was.
    pub merged_into: Option<i64>,
}

/// A gift that exists at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetGift {
    /// The target's id.
    pub id: i64,
    /// Our key (`transactionId`).
    pub key: String,
    /// The contact that holds it.
    pub contact_id: i64,
    /// Its day.
    pub date: Option<GiftDate>,
    /// Its amount.
    pub amount: Option<Money>,
    /// Gift type as read back.
    pub gift_type: String,
    /// Batch label.
    pub batch: String,
    /// Project code and amount of each designation.
    pub designations: Vec<(String, Option<Money>)>,
    /// Its notes; `None` if the answer has no such field.
    pub notes: Option<String>,
    /// Number of the cheque; `None` if the answer has no such field.
    pub check_number: Option<String>,
    /// When it was receipted, as read back; `None` if the answer has no such field.
    pub receipt_date: Option<String>,
    /// In whose honour or memory; `None` if the answer has no such field.
    pub tribute: Option<String>,
    /// In honour or in memory; `None` if the answer has no such field.
    pub tribute_type: Option<String>,
    /// Contacts that are credited besides, with their parts where they have some; `None` if the answer has
    /// no such field.
    pub passthroughs: Option<Vec<(i64, Option<Money>)>>,
    /// Custom fields by name; `None` if the answer has no such field.
    pub custom_fields: Option<Vec<(String, String)>>,
    /// When it was read.
    pub read_at: Moment,
}
