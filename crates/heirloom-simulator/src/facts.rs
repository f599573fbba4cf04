//! What the world tells about itself: records, imports, and the exact log of requests and effects that tests trust.

use crate::faults::FaultKind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What one effect was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EffectKind {
    /// A gift row entered holding.
    HeldGift,
    /// A contact row entered holding.
    HeldContact,
    /// A repeat was refused with a text; nothing changed.
    RepeatRefused,
    /// A repeat was answered 200 and ignored; nothing changed.
    RepeatIgnored,
    /// A repeat in holding was dropped by the night.
    RepeatDropped,
    /// An item was refused for another reason; nothing changed.
    Refused,
    /// A gift row became a gift; `record_id` is the gift.
    ImportedGift,
    /// A contact row was run; `record_id` is the contact it made or matched.
    ImportedContact,
    /// A contact was made, by a contact row or by a gift's; `record_id` is the contact.
    NewContact,
    /// A gift row was discarded by a person.
    DiscardedGift,
    /// A contact row was discarded by a person.
    DiscardedContact,
    /// A gift was made directly, past the import; `record_id` is the gift.
    DirectGift,
    /// A contact was made directly, past the import; `record_id` is the contact.
    DirectContact,
    /// A gift was changed or reversed directly.
    ChangedGift,
    /// A gift was deleted.
    DeletedGift,
    /// A contact, or something of it, was changed directly.
    ChangedContact,
    /// Another record was made, changed or removed; `id` names its kind.
    OtherRecord,
}

/// One effect, in the order of happening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// The request that caused the row (1 = the first of `World::requests`), also for what nights and people do to it.
    pub request_no: u64,
    /// What happened.
    pub kind: EffectKind,
    /// `transactionSource` or `referenceSource`, as sent.
    pub source: String,
    /// `transactionId` or `referenceId`, as sent.
    pub id: String,
    /// The gift's amount in minor units; 0 for contacts.
    pub amount_minor: i64,
    /// The gift or contact that exists since.
    pub record_id: Option<i64>,
    /// `body_digest` of the item as sent.
    pub body_digest: u64,
}

/// One request that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestSeen {
    /// When, milliseconds since 1970.
    pub at_ms: i64,
    /// The method.
    pub method: String,
    /// The path as sent, without its query.
    pub path: String,
    /// The status the vendor answered, whatever the client got to see.
    pub status: u16,
    /// Whether it was a POST to an endpoint that creates.
    pub creates: bool,
    /// What `X-RateLimit-Remaining` said (or would have said).
    pub remaining: u32,
    /// When the window resets, milliseconds since 1970.
    pub reset_ms: i64,
    /// What went wrong on the way.
    pub fault: Option<FaultKind>,
}

/// What an import is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportKind {
    /// Gift transactions.
    Gifts,
    /// Contact transactions.
    Contacts,
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportState {
    /// Waits for a person, with rows left in it.
    Bundled,
    /// Nothing is left in it.
    Run,
    /// A person discarded it.
    Discarded,
}

/// One import as the vendor's import tool would show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFacts {
    /// Counts from 1.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The source of its rows.
    pub source: String,
    /// Gifts or contacts.
    pub kind: ImportKind,
    /// All rows it ever had, repeats dropped by the night left out.
    pub rows: u32,
    /// Their total in minor units; 0 for contacts.
    pub total_minor: i64,
    /// Rows waiting in Ready for Import.
    pub ready: u32,
    /// Rows waiting in Update Needed.
    pub update_needed: u32,
    /// Rows waiting in Match Needed.
    pub match_needed: u32,
    /// Rows that were run.
    pub imported: u32,
    /// Rows that were discarded.
    pub discarded: u32,
    /// Where it stands.
    pub state: ImportState,
}

/// A part of a gift for one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DesignationRecord {
    /// The project's id.
    pub project_id: i64,
    /// The project's code.
    pub code: String,
    /// Minor units.
    pub amount_minor: i64,
}

/// A gift that exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GiftRecord {
    /// The vendor's id; rises with creation.
    pub id: i64,
    /// `transactionSource` as sent; empty when none.
    pub source: String,
    /// `transactionId` as sent; empty when none.
    pub transaction_id: String,
    /// The contact it belongs to.
    pub contact_id: i64,
    /// The type as read back (`Electronic Funds Transfer`, `Non-Cash`).
    pub gift_type: String,
    /// `YYYY-MM-DD`.
    pub gift_date: String,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// The batch label; empty when none.
    pub batch: String,
    /// `YYYY-MM-DD`; empty when none.
    pub receipt_date: String,
    /// Its designations.
    pub designations: Vec<DesignationRecord>,
    /// Everything else that was sent, under the wire's own names.
    pub extras: Map<String, Value>,
    /// The import it came from; 0 for a seeded gift.
    pub import_id: i64,
    /// When it was made, milliseconds since 1970.
    pub created_ms: i64,
    /// When it was last changed, milliseconds since 1970.
    pub modified_ms: i64,
}

/// A way to reach somebody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Method {
    /// `Home Email`, `Mobile Phone` ...
    pub kind: String,
    /// The address or number as sent.
    pub value: String,
    /// The vendor's id.
    pub id: i64,
    /// Whether its owner agreed to be written to.
    pub opted_in: bool,
}

/// A person of a contact.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Individual {
    /// The vendor's id.
    pub id: i64,
    /// Title.
    pub prefix: String,
    /// First name.
    pub first: String,
    /// Middle name.
    pub middle: String,
    /// Last name.
    pub last: String,
    /// Suffix.
    pub suffix: String,
    /// Gender as sent.
    pub gender: String,
    /// Year, month and day of birth as sent.
    pub birth: (String, String, String),
    /// E-mails and phones; the first is primary.
    pub methods: Vec<Method>,
    /// Everything else that was written, under the wire's own names.
    pub extras: Map<String, Value>,
}

/// A postal address.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostalAddress {
    /// First line.
    pub address1: String,
    /// Second line.
    pub address2: String,
    /// City.
    pub city: String,
    /// State.
    pub state: String,
    /// Postal code.
    pub postal: String,
    /// Country as read back.
    pub country: String,
    /// The vendor's id.
    pub id: i64,
    /// What it is called (`Home`).
    pub label: String,
    /// Everything else that was written, under the wire's own names.
    pub extras: Map<String, Value>,
}

/// A contact that exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContactRecord {
    /// The vendor's id; rises with creation.
    pub id: i64,
    /// `Household`, `Organization` ...
    pub contact_type: String,
    /// Its name.
    pub name: String,
    /// Its people; the first is primary.
    pub individuals: Vec<Individual>,
    /// Its addresses; the first is primary.
    pub addresses: Vec<PostalAddress>,
    /// `(source, id)` pairs.
    pub references: Vec<(String, String)>,
    /// Tag names.
    pub tags: Vec<String>,
    /// Custom fields as sent.
    pub custom_fields: Map<String, Value>,
    /// The contact it was merged into.
    pub merged_into: Option<i64>,
    /// Whether a person archived it.
    #[serde(default)]
    pub archived: bool,
    /// Everything else that was written, under the wire's own names.
    #[serde(default)]
    pub extras: Map<String, Value>,
    /// Sum of its gifts, minor units.
    pub giving_minor: i64,
    /// Its latest gift: date and minor units.
    pub last_gift: Option<(String, i64)>,
    /// When it was made, milliseconds since 1970.
    pub created_ms: i64,
    /// When it was last changed, milliseconds since 1970.
    pub modified_ms: i64,
}

/// A project that exists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectRecord {
    /// The vendor's id.
    pub id: i64,
    /// The code designations name.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Whether it takes designations.
    pub active: bool,
    /// Everything else that was written, under the wire's own names.
    #[serde(default)]
    pub extras: Map<String, Value>,
}

impl ProjectRecord {
    /// Something else that was written; null when it was not.
    pub(crate) fn said(&self, key: &str) -> Value {
        self.extras.get(key).cloned().unwrap_or(Value::Null)
    }
}

/// A contact that exists before the migration; empty fields are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SeedContact {
    /// `Household` when empty.
    pub contact_type: String,
    /// Made of the first person's names when empty.
    pub name: String,
    /// Its people (ids are given by the world).
    pub individuals: Vec<Individual>,
    /// Its addresses.
    pub addresses: Vec<PostalAddress>,
    /// `(source, id)` pairs.
    pub references: Vec<(String, String)>,
    /// Tag names; they become known tags.
    pub tags: Vec<String>,
    /// When it was made, milliseconds since 1970.
    pub created_ms: i64,
}

impl SeedContact {
    /// A household of one person.
    pub fn person(first: &str, last: &str) -> SeedContact {
        let one = Individual { first: first.into(), last: last.into(), ..Individual::default() };
        SeedContact { individuals: vec![one], ..SeedContact::default() }
    }

    /// Adds an e-mail to the first person.
    pub fn email(self, value: &str) -> SeedContact {
        self.method("Home Email", value)
    }

    /// Adds a phone to the first person.
    pub fn phone(self, value: &str) -> SeedContact {
        self.method("Home Phone", value)
    }

    /// Adds a reference.
    pub fn reference(mut self, source: &str, id: &str) -> SeedContact {
        self.references.push((source.into(), id.into()));
        self
    }

    /// Adds an address.
    pub fn address(mut self, line: &str, city: &str, state: &str, postal: &str) -> SeedContact {
        self.addresses.push(PostalAddress {
            address1: line.into(),
            city: city.into(),
            state: state.into(),
            postal: postal.into(),
            country: "United States".into(),
            ..PostalAddress::default()
        });
        self
    }

    /// Adds a way to reach the first person.
    fn method(mut self, kind: &str, value: &str) -> SeedContact {
        if self.individuals.is_empty() {
            self.individuals.push(Individual::default());
        }
        self.individuals[0].methods.push(Method {
            kind: kind.into(),
            value: value.into(),
            ..Method::default()
        });
        self
    }
}
