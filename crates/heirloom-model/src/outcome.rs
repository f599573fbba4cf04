//! What is sent, and what became of it.

use crate::{Digest, Money};

/// An item of a plan, numbered in the order of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub i64);

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemKind {
    /// A contact (household, organization, foundation).
    Contact,
    /// A gift.
    Gift,
    /// What is added to a contact that exists: a second person, a further address, phone, e-mail or reference.
    Detail,
}

impl ItemKind {
    /// All kinds, in the order in which they can be sent.
    pub const ALL: [ItemKind; 3] = [ItemKind::Contact, ItemKind::Gift, ItemKind::Detail];

    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            ItemKind::Contact => "contact",
            ItemKind::Gift => "gift",
            ItemKind::Detail => "detail",
        }
    }
}

/// An item as it will be sent, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// `transactionId` of a gift, `referenceId` of a contact; of a detail, its own name.
    pub key: String,
    /// The canonical JSON body.
    pub body: String,
    /// Digest of the body.
    pub digest: Digest,
    /// A gift's amount.
    pub amount: Option<Money>,
    /// Which detail of its row's contact; 0 for a gift or contact as a whole.
    pub part: i64,
}

impl Sealed {
    /// Seals a body.
    pub fn new(key: String, body: String, amount: Option<Money>) -> Self {
        let digest = Digest::of(body.as_bytes());
        Sealed { key, body, digest, amount, part: 0 }
    }

    /// Seals one detail of a contact; what it is, is told by its key.
    pub fn detail(key: String, body: String) -> Self {
        let name = Digest::of(key.as_bytes()).0;
        let number = name.iter().take(7).fold(0, |sum, byte| sum << 8 | i64::from(*byte));
        Sealed { part: number.max(1), ..Sealed::new(key, body, None) }
    }
}

/// What one call did, as far as can be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The vendor took it.
    Accepted,
    /// The vendor says that it has it already, and an earlier attempt was ours.
    AlreadyThere,
    /// The vendor says that it has it already, and no attempt of ours explains that.
    Conflict {
        /// The vendor's words, shortened.
        text: String,
    },
    /// The vendor refused it with a reason.
    Refused {
        /// HTTP status.
        code: u16,
        /// The vendor's words, shortened to 500 characters.
        text: String,
    },
    /// Certainly without effect; may be sent again (after `wait_ms`).
    NoEffect {
        /// Why, for people: `429`, `413`, `no connection` …
        why: String,
        /// How long to wait first.
        wait_ms: i64,
    },
    /// Nobody knows whether it arrived.
    InDoubt {
        /// Why, for people.
        why: String,
    },
}

impl Outcome {
    /// The one text form of its kind.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::AlreadyThere => "already there",
            Outcome::Conflict { .. } => "conflict",
            Outcome::Refused { .. } => "refused",
            Outcome::NoEffect { .. } => "no effect",
            Outcome::InDoubt { .. } => "in doubt",
        }
    }
}

/// Where one item stands, derived from attempts, outcomes, look-ups, evidence and rulings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ItemState {
    /// Never sent, or certainly without effect so far.
    Unsent,
    /// An attempt has no certain outcome.
    InDoubt,
    /// In doubt, looked for after the settling time, not found.
    Parked,
    /// Refused with a reason.
    Refused,
    /// Accepted, not yet seen.
    Waiting,
    /// Seen at the vendor.
    Confirmed,
    /// Ruled discarded by a person.
    Discarded,
}

impl ItemState {
    /// All states.
    pub const ALL: [ItemState; 7] = [
        ItemState::Unsent,
        ItemState::InDoubt,
        ItemState::Parked,
        ItemState::Refused,
        ItemState::Waiting,
        ItemState::Confirmed,
        ItemState::Discarded,
    ];

    /// Whether nobody knows if it arrived, and only a look or a person can say.
    pub fn is_in_doubt(self) -> bool {
        matches!(self, ItemState::InDoubt | ItemState::Parked)
    }

    /// The pile of an item in this state.
    pub fn pile(self) -> crate::Pile {
        match self {
            ItemState::Unsent => crate::Pile::Unsent,
            ItemState::InDoubt => crate::Pile::InDoubt,
            ItemState::Parked => crate::Pile::Parked,
            ItemState::Refused => crate::Pile::Refused,
            ItemState::Waiting => crate::Pile::Waiting,
            ItemState::Confirmed => crate::Pile::Confirmed,
            ItemState::Discarded => crate::Pile::Discarded,
        }
    }

    /// The one text form: that of its pile.
    pub fn as_str(self) -> &'static str {
        self.pile().as_str()
    }

    /// The inverse of [`ItemState::as_str`].
    pub fn parse(text: &str) -> Option<ItemState> {
        ItemState::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// What a person ruled about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Ruling {
    /// It did arrive.
    Sent,
    /// It did not arrive: it may go out again.
    NotSent,
    /// It arrived and was discarded at the vendor.
    Discarded,
    /// The import that holds it was run: from now on, what is not there is missing. Settles no doubt.
    Run,
}

impl Ruling {
    /// The one text form.
    pub fn as_str(self) -> &'static str {
        match self {
            Ruling::Sent => "sent",
            Ruling::NotSent => "not-sent",
            Ruling::Discarded => "discarded",
            Ruling::Run => "run",
        }
    }

    /// The inverse of [`Ruling::as_str`].
    pub fn parse(text: &str) -> Option<Ruling> {
        [Ruling::Sent, Ruling::NotSent, Ruling::Discarded, Ruling::Run]
            .into_iter()
            .find(|r| r.as_str() == text)
    }
}
