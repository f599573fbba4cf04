//! What goes into the ledger and comes out of it, where the model has no word of its own.

use heirloom_model::{
    Code, Currency, Digest, FileId, Finding, ItemId, ItemKind, ItemState, Moment, Money, RowId,
    Ruling,
};

/// Which world a ledger sends to; fixed at its first plan, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum World {
    /// The vendor.
    Live,
    /// The simulator.
    Rehearsal,
}

impl World {
    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            World::Live => "live",
            World::Rehearsal => "rehearsal",
        }
    }

    /// The inverse of [`World::as_str`].
    pub fn parse(text: &str) -> Option<World> {
        [World::Live, World::Rehearsal]
            .into_iter()
            .find(|w| w.as_str() == text)
    }
}

/// What a ledger is of; given once, when it is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// A unique id, given by the caller.
    pub ledger_id: String,
    /// The migration's name, for people.
    pub name: String,
    /// The source's name: `transactionSource` and `referenceSource` at the target.
    pub source: String,
    /// The currency of amounts that do not say theirs.
    pub currency: String,
    /// Where it sends to, once bound; ignored by `create`.
    pub world: Option<World>,
    /// When it was created.
    pub created: Moment,
    /// The day of the export, as [`heirloom_model::GiftDate::to_number`].
    pub exported_on: i32,
}

/// How reading a file ended.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FileEnd {
    /// Rows saved.
    pub rows: u64,
    /// Evidence lines, for people.
    pub notes: Vec<String>,
    /// Column and number of cells masked in it.
    pub masked: Vec<(String, u64)>,
    /// Row number and count of characters that could not be decoded.
    pub damaged: Vec<(u32, u32)>,
}

/// One edition of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// Its number in the ledger.
    pub id: FileId,
    /// What it is to the mapping: `gifts:main`, `gifts:allocations`.
    pub role: String,
    /// File name without its folder.
    pub name: String,
    /// Digest of its bytes.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// Present once it is read to its end.
    pub finished: Option<FileEnd>,
}

/// A cell's text as a person corrected it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The row.
    pub row: RowId,
    /// Its revision from here on (from 1).
    pub revision: u32,
    /// Column, from 0.
    pub column: u32,
    /// The new text.
    pub text: String,
    /// Who decided.
    pub initials: String,
    /// When.
    pub at: Moment,
}

/// A row that a person left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// The row; of a gift on several rows, the first.
    pub row: RowId,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub initials: String,
    /// When.
    pub at: Moment,
}

/// A finding with the row that carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// The finding.
    pub finding: Finding,
    /// The row in the ledger.
    pub row: RowId,
    /// The row's amount, if known; of a gift, the whole gift's.
    pub amount: Option<Money>,
}

/// Findings with the same code and text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingGroup {
    /// The code.
    pub code: Code,
    /// The text seen.
    pub seen: String,
    /// Rows that have it.
    pub rows: u64,
    /// Minor units of these rows.
    pub minor: i128,
}

/// Where a donor row belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cluster {
    /// The donor row.
    pub row: RowId,
    /// The person: smallest row of the person's cluster.
    pub person: RowId,
    /// The contact: smallest row of the household's cluster.
    pub contact: RowId,
    /// Whether this is the record kept of its contact.
    pub survivor: bool,
}

/// What linkage says of two donor rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// One person.
    Same,
    /// Two persons of one household.
    SameHousehold,
    /// A person must look.
    Review,
    /// Two.
    Different,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Verdict; 4] = [
        Verdict::Same,
        Verdict::SameHousehold,
        Verdict::Review,
        Verdict::Different,
    ];

    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Same => "same",
            Verdict::SameHousehold => "same household",
            Verdict::Review => "review",
            Verdict::Different => "different",
        }
    }

    /// The inverse of [`Verdict::as_str`].
    pub fn parse(text: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|v| v.as_str() == text)
    }
}

/// Two donor rows that were compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The smaller row.
    pub a: RowId,
    /// The larger row.
    pub b: RowId,
    /// What was concluded.
    pub verdict: Verdict,
    /// Probability of one person, in millionths.
    pub probability_ppm: u32,
    /// Why, in words and numbers.
    pub reasons: String,
}

/// What a person ruled about two donors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PairRuling {
    /// One person.
    Same,
    /// Two.
    Different,
}

impl PairRuling {
    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            PairRuling::Same => "same",
            PairRuling::Different => "different",
        }
    }

    /// The inverse of [`PairRuling::as_str`].
    pub fn parse(text: &str) -> Option<PairRuling> {
        [PairRuling::Same, PairRuling::Different]
            .into_iter()
            .find(|r| r.as_str() == text)
    }
}

/// A ruling on two donors, with who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuledPair {
    /// The smaller row.
    pub a: RowId,
    /// The larger row.
    pub b: RowId,
    /// What was ruled.
    pub ruling: PairRuling,
    /// Who decided.
    pub initials: String,
    /// When.
    pub at: Moment,
}

/// A contact cluster that is a contact of the target already; one-to-one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactMatch {
    /// The contact cluster.
    pub contact: RowId,
    /// The target's contact id.
    pub target: i64,
    /// How it was found: `reference`, `e-mail and name` …
    pub how: String,
}

/// A fact about the organization that decides what may leave doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OrgFact {
    /// Repeats of rows in holding: `recognised`, `not recognised`, `unknown`.
    RepeatsHeld,
    /// Repeats of imported rows: the same words.
    RepeatsImported,
    /// Repeats of discarded rows: the same words.
    RepeatsDiscarded,
    /// How lists are judged: `atomic`, `per item`, `unknown`.
    Lists,
}

impl OrgFact {
    /// All facts.
    pub const ALL: [OrgFact; 4] = [
        OrgFact::RepeatsHeld,
        OrgFact::RepeatsImported,
        OrgFact::RepeatsDiscarded,
        OrgFact::Lists,
    ];

    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            OrgFact::RepeatsHeld => "repeats held",
            OrgFact::RepeatsImported => "repeats imported",
            OrgFact::RepeatsDiscarded => "repeats discarded",
            OrgFact::Lists => "lists",
        }
    }

    /// The inverse of [`OrgFact::as_str`].
    pub fn parse(text: &str) -> Option<OrgFact> {
        OrgFact::ALL.into_iter().find(|f| f.as_str() == text)
    }
}

/// One recorded statement of a fact about the organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgFactRow {
    /// Which fact.
    pub name: OrgFact,
    /// What was found.
    pub value: String,
    /// What shows it.
    pub evidence: String,
    /// Who says so.
    pub initials: String,
    /// When.
    pub at: Moment,
}

/// A plan: what one apply sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanId(pub i64);

/// A closed plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFacts {
    /// Its number.
    pub id: PlanId,
    /// Its name, for people; unique.
    pub name: String,
    /// What it sends.
    pub kind: ItemKind,
    /// How many items.
    pub items: u64,
    /// Total in minor units for each currency, in the currencies' order.
    pub total: Vec<(Currency, i128)>,
    /// Digest over keys and body digests, in order.
    pub digest: Digest,
    /// What its content depends on.
    pub recipe: Digest,
    /// JSON of the caller: batch label, list size …
    pub terms: String,
    /// When it was opened.
    pub created: Moment,
    /// Its first item; `None` if it is empty.
    pub first: Option<ItemId>,
    /// Its last item.
    pub last: Option<ItemId>,
}

/// One item with its derived state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemLine {
    /// Its number, in sending order.
    pub item: ItemId,
    /// Its plan.
    pub plan: PlanId,
    /// `transactionId` or `referenceId`.
    pub key: String,
    /// The gift's or contact's row.
    pub row: RowId,
    /// Length of its body.
    pub bytes: u32,
    /// A gift's amount.
    pub amount: Option<Money>,
    /// Digest of its body.
    pub digest: Digest,
    /// Where it stands.
    pub state: ItemState,
    /// Attempts that covered it, whatever became of them.
    pub attempts: u32,
    /// When the newest of them began.
    pub last_attempt: Option<Moment>,
    /// Attempts that covered it and ended in doubt or not at all.
    pub doubtful_sends: u32,
}

/// An item whose row a person changed after it was sealed, and which was never sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleItem {
    /// The item.
    pub item: ItemId,
    /// Its row.
    pub row: RowId,
    /// Its amount.
    pub amount: Option<Money>,
    /// `corrected` or `set aside`.
    pub why: &'static str,
}

/// An attempt: a call that may have left this computer. Numbers rise by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttemptId(pub i64);

/// One attempt with its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptLine {
    /// Its number.
    pub id: AttemptId,
    /// Its plan.
    pub plan: PlanId,
    /// First item of the span.
    pub first: ItemId,
    /// Last item of the span.
    pub last: ItemId,
    /// How many items the span covers.
    pub items: u64,
    /// Digest of the request's bytes.
    pub request_digest: Digest,
    /// When it began.
    pub started: Moment,
    /// The outcome's text form; `None` while nobody knows.
    pub outcome: Option<String>,
    /// The vendor's words or the reason, for people.
    pub text: String,
    /// When the outcome was saved.
    pub ended: Option<Moment>,
}

/// What a person ruled about an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulingLine {
    /// The item's key.
    pub key: String,
    /// The body that was judged.
    pub body_digest: Digest,
    /// What was ruled.
    pub ruling: Ruling,
    /// Who decided.
    pub initials: String,
    /// Why.
    pub note: String,
    /// When.
    pub at: Moment,
}

/// An item seen at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The item.
    pub item: ItemId,
    /// The target's id of it.
    pub target: i64,
    /// Fields that differ, in words; empty if all agree.
    pub differs: Vec<String>,
    /// When it was read.
    pub at: Moment,
}

/// Whose evidence is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidenceOf {
    /// One plan's.
    Plan(PlanId),
    /// Of all items of a kind.
    Kind(ItemKind),
}

/// A record at the target under our source whose key was never sealed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexpected {
    /// What it is.
    pub kind: ItemKind,
    /// The key it carries.
    pub key: String,
    /// The target's id.
    pub target: i64,
    /// When it was read.
    pub at: Moment,
}

/// The target's rate window as it was last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Requests the window allows.
    pub limit: u32,
    /// Requests left in it.
    pub remaining: u32,
    /// When it starts anew.
    pub reset: Moment,
    /// When this was seen.
    pub at: Moment,
}

/// A stage that can be done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Files to rows.
    Read,
    /// Rows to donors and gifts.
    Map,
    /// Donors to persons and contacts.
    Link,
    /// Gifts and contacts to sealed items.
    Plan,
}

/// What a `redo` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Redone {
    /// Rows (or items) whose result was dropped.
    pub rows: u64,
    /// Rows (or items) that stay, since an attempt hangs on them.
    pub kept: u64,
}

/// Something in the ledger that is not as it was written, or contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where.
    pub table: String,
    /// The source row, if it concerns one.
    pub row: Option<RowId>,
    /// What is wrong.
    pub what: String,
}
