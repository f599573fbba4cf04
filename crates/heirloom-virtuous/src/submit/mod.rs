//! The submission protocol as a pure core: events in, actions out, as many calls in the air
//! as fill the pace. It owns no clock, no file and no socket; whoever drives it does what the
//! actions say, in order, and answers the last of them with its event.
//!
//! The driver: `SaveAttempt` is committed, then `AttemptSaved`; `Send` follows only after
//! that, and only begins the call. While it rests in `Wait` or `Await`, whatever comes back
//! first is `Answered`; `SaveOutcome` is committed, then `OutcomeSaved`. A crash at any point
//! loses nothing: an attempt without an outcome comes back as in doubt.

mod close;
mod invariants;
mod night;
mod sizes;
mod spans;
mod state;
mod step;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod storm_world;
#[cfg(test)]
mod tests;

use heirloom_model::{ItemId, ItemState, Moment, Outcome};

pub use invariants::Watch;
pub use night::{GUARD_MINUTES, Guard, UnknownZone};
pub use spans::LATE_MS;
pub use state::State;
pub use step::step;

use crate::pacer::{PaceTerms, Permit};
use crate::reading::Reply;

/// How to submit.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Items in one list at most.
    pub list_max: u32,
    /// Whether to begin with a list of 2, then 10, then three times as many each time.
    pub pilot: bool,
    /// How long a doubtful attempt must lie before anything is looked for or repeated, in ms.
    pub settle_ms: i64,
    /// Whether to stop after three doubtful calls.
    pub cautious: bool,
    /// When not to send; without it every doubt counts as older than a midnight.
    pub guard: Option<Guard>,
    /// Whether what is sent may be in an import at any moment, not only after a midnight.
    pub imports_at_once: bool,
    /// The pace; for [`crate::Pacer::new`].
    pub pace: PaceTerms,
    /// How often an item in doubt may be sent again.
    pub resend_max: u32,
    /// Calls in the air at most; one during the pilot and while anything goes wrong.
    pub in_air_max: u32,
    /// Nothing is begun from this moment on.
    pub until: Option<Moment>,
    /// Calls of this run at most.
    pub calls_max: Option<u64>,
}

impl Default for Terms {
    /// Lists of up to 100 after a pilot, 15 minutes to settle, 4 repeats, nothing assumed; 64
    /// calls in the air fill even 4,000 requests an hour that take most of a minute each.
    fn default() -> Self {
        Terms {
            list_max: 100,
            pilot: true,
            settle_ms: 15 * 60_000,
            cautious: false,
            guard: None,
            imports_at_once: false,
            pace: PaceTerms::default(),
            resend_max: 4,
            in_air_max: 64,
            until: None,
            calls_max: None,
        }
    }
}

/// One item of the plan as the ledger knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub id: ItemId,
    /// Where it stands.
    pub state: ItemState,
    /// Length of its body.
    pub bytes: u32,
    /// Attempts of any kind.
    pub attempts: u32,
    /// Attempts that ended in doubt or have no outcome.
    pub doubtful_sends: u32,
    /// When the newest attempt began.
    pub last_attempt: Option<Moment>,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// Begin.
    Begin,
    /// The attempt is durable, under this number.
    AttemptSaved {
        /// Its number in the ledger.
        attempt: i64,
    },
    /// A call came back, whole or not.
    Answered {
        /// Which.
        call: Call,
        /// With what.
        reply: Reply,
    },
    /// The outcome is durable.
    OutcomeSaved,
    /// The look is durable.
    LookSaved,
    /// The wait is over (an early waking does no harm).
    Woke,
    /// Somebody wants to stop: what is in the air is waited for, nothing new begins.
    Stop,
}

/// A call that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// An attempt.
    Send {
        /// Its number in the ledger.
        attempt: i64,
    },
    /// A look for one item.
    Look {
        /// The item.
        item: ItemId,
    },
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Commit that these consecutive items are about to be sent; then [`Event::AttemptSaved`].
    SaveAttempt {
        /// The first.
        first: ItemId,
        /// The last.
        last: ItemId,
    },
    /// Begin to send them in one list, and go on; [`Event::Answered`] when it comes back.
    Send {
        /// The committed attempt.
        attempt: i64,
        /// The first.
        first: ItemId,
        /// The last.
        last: ItemId,
        /// The right to make the call.
        permit: Permit,
    },
    /// Commit what it did; then [`Event::OutcomeSaved`].
    SaveOutcome {
        /// The attempt.
        attempt: i64,
        /// What it did, to every item alike.
        outcome: Outcome,
    },
    /// Begin to look for one gift by its key, and go on; [`Event::Answered`] when it comes back.
    Look {
        /// The item.
        item: ItemId,
        /// The right to make the call.
        permit: Permit,
    },
    /// Commit what the look showed; then [`Event::LookSaved`].
    SaveLook {
        /// The item.
        item: ItemId,
        /// The target's id, or `None` for a 404: presence proves, absence does not.
        found: Option<i64>,
    },
    /// Wait; then [`Event::Woke`], or [`Event::Answered`] if a call comes back before.
    Wait {
        /// Until when.
        until: Moment,
        /// Why, for people.
        why: String,
    },
    /// Wait for a call to come back; then [`Event::Answered`].
    Await,
    /// It is over.
    Finish(Ending),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing is unsent, in doubt or parked; see [`Progress`] for what was refused.
    AllSent,
    /// Everything else is done; these wait for a ruling.
    Parked {
        /// How many.
        items: u64,
    },
    /// Look-ups of these were not answered; run again later. Parked ones are in [`Progress`].
    InDoubt {
        /// How many.
        items: u64,
    },
    /// The cautious policy stopped.
    Cautious {
        /// After so many doubtful calls.
        calls: u32,
    },
    /// More than 65 minutes to wait.
    Paused {
        /// When to come back, if known.
        until: Option<Moment>,
        /// Why.
        why: String,
    },
    /// The token is not accepted.
    Credentials {
        /// Why.
        why: String,
    },
    /// The vendor refuses the calls themselves (403, 404, 415), or 50 items in a row.
    Refused {
        /// HTTP status.
        status: u16,
        /// Why.
        why: String,
    },
    /// No connection, or nothing but doubtful answers, for too long.
    Unreachable {
        /// Why.
        why: String,
    },
    /// Stopped by a person.
    Interrupted,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Progress {
    /// Items of the plan.
    pub items: u64,
    /// Still to be sent.
    pub unsent: u64,
    /// In doubt, to be looked for or repeated.
    pub in_doubt: u64,
    /// In doubt, waiting for a ruling.
    pub parked: u64,
    /// Refused.
    pub refused: u64,
    /// Accepted, not yet seen.
    pub waiting: u64,
    /// Seen.
    pub confirmed: u64,
    /// Ruled discarded.
    pub discarded: u64,
    /// Calls answered or lost in this run.
    pub calls: u64,
    /// Calls in the air.
    pub in_air: u32,
    /// Items in the next list at most.
    pub list_size: u32,
}
