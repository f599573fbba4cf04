//! The closed sets of habits that a vendor may have where the documentation is silent or torn.

use serde::{Deserialize, Serialize};

/// How the hourly request window moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// Begins anew at every full hour (UTC).
    Fixed,
    /// Counts the last sixty minutes.
    Rolling,
}

/// How `X-RateLimit-Reset` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResetHeader {
    /// Unix seconds, as documented.
    Epoch,
    /// Unix milliseconds.
    EpochMs,
    /// Seconds to go.
    Relative,
    /// An HTTP date; `Retry-After` is one too.
    HttpDate,
    /// A word no parser knows; `Retry-After` is absent.
    Junk,
}

/// What happens when a gift arrives whose source and id are known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Repeats {
    /// 4xx with the text `Gift Transaction already exists.`
    RefusedWithText,
    /// 200, and no second row.
    Silent200,
    /// 200 and a second held row, which the night drops.
    RecognisedAtNight,
    /// 200 and a second gift.
    NotRecognised,
}

/// The states of an earlier row that the repeat check does not see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RepeatsBlind {
    /// Rows in holding, or bundled and not yet run.
    pub held: bool,
    /// Rows that became gifts.
    pub imported: bool,
    /// Rows a person discarded.
    pub discarded: bool,
}

/// How a list with a bad item in it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lists {
    /// Nothing of it is taken.
    Atomic,
    /// The good items are taken, and the answer is a refusal all the same.
    PerItem,
}

/// When `Contact/Batch` becomes an import (which still has to be run).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContactBatch {
    /// By the call itself.
    AtOnce,
    /// At midnight, like everything else.
    AtMidnight,
}

/// What becomes of tags named in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tags {
    /// Unknown tags are made.
    Made,
    /// Only tags that exist are attached.
    AttachedIfKnown,
    /// Never looked at.
    Ignored,
}

/// What `createImport` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CreateImport {
    /// Nothing; the rows wait for midnight.
    Ignored,
    /// Makes an import of each call.
    PerCall,
    /// Adds to the unfinished import of that name, or makes it.
    JoinedByName,
}

/// The body of a refusal, numbered as in the API notes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErrorShape {
    /// `{"error":{"code","message","details":[]}}`
    E1,
    /// `{"message","modelState":{"key":["text"]}}`
    E2,
    /// `{"message"}`
    E3,
    /// `{"error":"code","error_description"}`
    E4,
    /// `{"errors":{"field":["text"]}}`
    E5,
    /// An HTML page.
    E6,
}

/// What the person at the import tool does with rows that are not Ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Person {
    /// Accepts the suggestion of every row: the best candidate, or a new contact.
    AcceptAll,
    /// Runs what is Ready and leaves the rest in the import.
    ReadyOnly,
    /// Runs what is Ready and discards the rest.
    DiscardRest,
}

/// What two rows of one new donor become when they stand in the same import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Twins {
    /// Two contacts: each row is matched against what existed before the import.
    TwoContacts,
    /// One contact.
    OneContact,
}

/// A change of the hourly limit in the middle of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitChange {
    /// Milliseconds after the world's first request.
    pub after_ms: i64,
    /// The limit from then on, requests an hour.
    pub limit: u32,
}

/// What a PUT of a whole model does to fields that it leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Put {
    /// They are cleared, as documented.
    Replaces,
    /// They stay as they were.
    Patches,
}

/// Which operators a query may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operators {
    /// Those that `QueryOptions` offers for the parameter; another is a 400.
    ByType,
    /// Any, wherever it makes sense.
    Any,
}

/// How a row finds the contact it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Matching {
    /// Candidates are scored over all signals: exact, then fuzzy (misspelt names, abbreviated streets).
    Scored,
    /// The first exact signal that hits decides: id, reference, e-mail, phone, name and address.
    FirstSignal,
}

/// What becomes of a row that several contacts fit with certainty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ties {
    /// A person decides (Match Needed).
    Person,
    /// The best of them is taken, the oldest among equals.
    Best,
}

/// What is done with something named in a body that the organization does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unknown {
    /// It is kept as text.
    Kept,
    /// It is left out without a word.
    Ignored,
    /// The body is refused.
    Refused,
}

/// How the body of a webhook is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WebhookShape {
    /// `{"event","models":[{"gift":{}}]}`
    Models,
    /// `{"event","gift":{}}`, one request for each record.
    Single,
}

/// How the signature of a webhook is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SignatureForm {
    /// As the support page says.
    Base64,
    /// As the documentation presumes.
    Hex,
}

/// A custom field that the organization has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomField {
    /// `Gift`, `Contact`, `ContactIndividual` or `Project`.
    pub resource: String,
    /// Its name; it is a query parameter too.
    pub name: String,
    /// `Text`, `Number`, `Date`, `Boolean`, `Dropdown` ...
    pub data_type: String,
    /// What a dropdown offers.
    #[serde(default)]
    pub options: Vec<String>,
}
