//! What goes into the ledger and comes out of it about plans, attempts and the whole.

use heirloom_model::{Currency, Digest, ItemId, ItemKind, ItemState, Moment, Money, RowId, Ruling};

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
    /// When this ledger was last found not to know what was sent of its plan: others may have sent it
    /// until then.
    pub estranged: Option<Moment>,
    /// Attempts that covered it and ended in doubt or not at all.
    pub doubtful_sends: u32,
    /// Which detail of its contact; 0 for a gift or contact as a whole.
    pub part: i64,
    /// How often it was found that others may have sent it under this ledger's name.
    pub elsewhere: u32,
    /// Refused or discarded, and given up: its row may go again in a later plan.
    pub free: bool,
    /// Given up once, whatever was seen of it since: its row may say something else than was sent.
    pub given_up: bool,
    /// A later item of the same row took its place.
    pub replaced: bool,
}

impl ItemLine {
    /// The latest moment at which it may have been sent, from here or from elsewhere.
    pub fn latest(&self) -> Option<Moment> {
        self.last_attempt.max(self.estranged)
    }
}

/// A moment at which the ledger was found not to know all that was sent under its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estrangement {
    /// Tells it from every other, in all copies of this ledger.
    pub mark: String,
    /// The plans whose unsent items have been in doubt since; `None` for all plans, later ones too.
    pub plans: Option<Vec<PlanId>>,
    /// How it was seen, for people.
    pub why: String,
    /// When.
    pub at: Moment,
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
    /// What was sent around the items' bodies, so that a repeat can be the same to the byte.
    pub envelope: String,
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
