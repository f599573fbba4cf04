//! What one call did, as far as can be known: the table of the protocol, as a pure function.

use heirloom_model::{Lists, Moment, Outcome};

use crate::header;
use crate::reading::{Reading, Reply, read};

/// Wait after a call for which no connection was made.
pub(crate) const UNCONNECTED_WAIT_MS: i64 = 60_000;
/// Wait after a 429 that does not say how long.
const THROTTLED_WAIT_MS: i64 = 60_000;

/// What a call carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallShape {
    /// This many items in one list; a list of one counts as single.
    List(u32),
    /// One item.
    Single,
}

/// Decides what a reply to a sending means for its items.
///
/// `earlier_attempt_ours` says whether an earlier attempt of ours may have carried the same
/// key; only then is "already exists" good news. A refused list of more than one item is
/// never *refused*: it had no effect where lists are known to be atomic, else all of it is
/// in doubt.
pub fn classify(
    reply: &Reply,
    call: CallShape,
    lists: Lists,
    earlier_attempt_ours: bool,
    now: Moment,
) -> Outcome {
    let single = matches!(call, CallShape::Single | CallShape::List(0 | 1));
    match read(reply) {
        Reading::Taken => Outcome::Accepted,
        Reading::Unknown { why } => Outcome::InDoubt { why },
        Reading::NotConnected { why } => Outcome::NoEffect {
            why: format!("no connection: {why}"),
            wait_ms: UNCONNECTED_WAIT_MS,
        },
        Reading::NoEffect { status } => Outcome::NoEffect {
            why: status.to_string(),
            wait_ms: wait_ms(reply, status, now),
        },
        Reading::Exists { .. } if single && earlier_attempt_ours => Outcome::AlreadyThere,
        Reading::Exists { text } if single => Outcome::Conflict { text },
        Reading::Refused { status, text } if single => Outcome::Refused { code: status, text },
        Reading::Exists { text } => refused_list(lists, &text),
        Reading::Refused { text, .. } => refused_list(lists, &text),
    }
}

fn refused_list(lists: Lists, text: &str) -> Outcome {
    let why = format!("the list was refused: {text}");
    match lists {
        Lists::Atomic => Outcome::NoEffect { why, wait_ms: 0 },
        Lists::PerItem | Lists::Unknown => Outcome::InDoubt { why },
    }
}

fn wait_ms(reply: &Reply, status: u16, now: Moment) -> i64 {
    if status != 429 {
        return 0;
    }
    let seen = header::read(reply.headers(), now);
    let until = seen.retry_after.max(seen.reset);
    until.map_or(THROTTLED_WAIT_MS, |at| at.since_ms(now))
}
