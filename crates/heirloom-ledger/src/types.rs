//! What goes into the ledger and comes out of it, where the model has no
//! word of its own: files, decisions, findings, links, facts.

use heirloom_model::{Code, Currency, Digest, FileId, Finding, Moment, Money, RowId};

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
        [World::Live, World::Rehearsal].into_iter().find(|w| w.as_str() == text)
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

/// Something odd about one row of a file, noticed while the file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OddRow {
    /// The finding it is.
    pub code: Code,
    /// The row, as the spreadsheet shows it.
    pub row_number: u32,
    /// How often it is there.
    pub count: u32,
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
    /// What is odd about rows of it, found while reading.
    pub odd: Vec<OddRow>,
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
    pub const ALL: [Verdict; 4] =
        [Verdict::Same, Verdict::SameHousehold, Verdict::Review, Verdict::Different];

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
        [PairRuling::Same, PairRuling::Different].into_iter().find(|r| r.as_str() == text)
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
    /// Why.
    pub note: String,
    /// When.
    pub at: Moment,
}

/// A person's ruling, to be recorded; without one, what was ruled before is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruled<'a> {
    /// What was ruled.
    pub ruling: Option<PairRuling>,
    /// Who decided.
    pub initials: &'a str,
    /// Why.
    pub note: &'a str,
    /// When.
    pub at: Moment,
}

/// A contact cluster that may be a contact of the target already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchDoubt {
    /// The contact cluster.
    pub contact: RowId,
    /// The target's contact id.
    pub target: i64,
    /// Probability that both are one, in millionths.
    pub probability_ppm: u32,
    /// Why it was not simply taken for the same.
    pub why: String,
    /// The score's parts in words and bits.
    pub reasons: String,
}

/// What a person ruled about a donor and a contact of the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuledMatch {
    /// The donor row.
    pub row: RowId,
    /// The target's contact id.
    pub target: i64,
    /// What was ruled.
    pub ruling: PairRuling,
    /// Who decided.
    pub initials: String,
    /// Why.
    pub note: String,
    /// When.
    pub at: Moment,
}

/// What one donor gave in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Giving {
    /// The donor's legacy id.
    pub donor: String,
    /// The currency.
    pub currency: Currency,
    /// Gifts.
    pub gifts: u64,
    /// Their sum in minor units.
    pub minor: i128,
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
    /// How lists of gifts are judged: `atomic`, `per item`, `unknown`.
    Lists,
    /// How lists of contacts are judged: the same words.
    ContactLists,
}

impl OrgFact {
    /// All facts.
    pub const ALL: [OrgFact; 5] = [
        OrgFact::RepeatsHeld,
        OrgFact::RepeatsImported,
        OrgFact::RepeatsDiscarded,
        OrgFact::Lists,
        OrgFact::ContactLists,
    ];

    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            OrgFact::RepeatsHeld => "repeats held",
            OrgFact::RepeatsImported => "repeats imported",
            OrgFact::RepeatsDiscarded => "repeats discarded",
            OrgFact::Lists => "lists",
            OrgFact::ContactLists => "contact lists",
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
