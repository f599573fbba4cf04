//! What a reply to a sending means: for its items, and for the run.

use heirloom_model::{ItemKind, ItemState, Lists, Moment, Outcome};

use super::Ending;
use super::spans::DOUBT_SPLIT;
use super::state::{Span, State};
use crate::classify::{CallShape, classify};
use crate::reading::{Reading, Reply, read};

const BACKOFF_MS: i64 = 60_000;
const BACKOFF_MAX_MS: i64 = 15 * 60_000;
/// Calls in a row without a connection: waits of 1, 2, 4, 8 and 15 minutes lie between.
const UNCONNECTED_MAX: u32 = 6;
const THROTTLED_MAX: u32 = 10;
const DOUBTFUL_MAX: u32 = 12;
const REFUSED_MAX: u32 = 50;
/// Details in a row whose contact is not there.
const STRAYS_MAX: u32 = 5;
const CAUTIOUS_CALLS: u32 = 3;

/// Decides what the reply means for the span, moves its items, and notes what it means for
/// the run.
pub(super) fn close(state: &mut State, span: Span, reply: &Reply, since: Moment, now: Moment) -> Outcome {
    let reading = read(reply);
    let single = span.len() == 1;
    let before = state.entries[span.first];
    let ours = state.kind == ItemKind::Gift && (span.doubtful || before.doubtful_sends > 0);
    let shape = if single { CallShape::Single } else { CallShape::List(span.len()) };
    let outcome = classify(reply, shape, lists(state), single && ours, now);
    let (outcome, reading) = match (outcome, reading) {
        // The contact to which a detail belongs is gone; several in a row are a wrong address.
        (Outcome::NoEffect { .. }, Reading::NoEffect { status: 404 })
            if state.kind == ItemKind::Detail && state.row.refused < STRAYS_MAX =>
        {
            let text = "what it belongs to is not there".to_owned();
            let reading = Reading::Refused { status: 404, text: text.clone() };
            (Outcome::Refused { code: 404, text }, reading)
        }
        other => other,
    };
    let outcome = match (outcome, &reading) {
        (Outcome::NoEffect { .. }, Reading::NoEffect { status: 413 }) if single => {
            Outcome::Refused { code: 413, text: "too large, even alone".to_owned() }
        }
        (outcome, _) => outcome,
    };
    let outcome = unsettled(outcome, span.doubtful && before.lost);
    apply(state, span, &outcome, &reading, since);
    judge(state, span, &outcome, &reading, since, now);
    outcome
}

fn lists(state: &State) -> Lists {
    match state.kind {
        ItemKind::Gift => state.facts.lists,
        ItemKind::Contact | ItemKind::Detail => state.facts.contact_lists,
    }
}

/// A refusal now does not say that an earlier sending, whose answer was lost, had no effect.
fn unsettled(outcome: Outcome, lost_before: bool) -> Outcome {
    match outcome {
        Outcome::Refused { code, text } if lost_before => Outcome::InDoubt {
            why: format!("refused now ({code}: {text}), but an earlier sending may have arrived"),
        },
        other => other,
    }
}

fn apply(state: &mut State, span: Span, outcome: &Outcome, reading: &Reading, since: Moment) {
    let with_reason = matches!(reading, Reading::Refused { .. } | Reading::Exists { .. });
    match outcome {
        Outcome::Accepted | Outcome::AlreadyThere => {
            each(state, span, |s, i| s.settle(i, ItemState::Waiting));
        }
        Outcome::Refused { .. } | Outcome::Conflict { .. } => {
            each(state, span, |s, i| s.settle(i, ItemState::Refused));
        }
        Outcome::NoEffect { .. } => {
            if with_reason {
                let half = span.len().div_ceil(2);
                each(state, span, |s, i| s.entries[i].cap = half);
            }
            state.put_back(span);
        }
        Outcome::InDoubt { .. } => {
            let cut = span.len().div_ceil(DOUBT_SPLIT);
            let single_refusal = with_reason && span.len() == 1;
            each(state, span, |s, i| {
                let entry = &mut s.entries[i];
                entry.doubtful_sends += 1;
                if !span.doubtful {
                    // A ruling may have made it unsent after a doubt of an earlier day.
                    let first = entry.doubtful_sends == 1;
                    entry.first_doubt = first.then_some(since);
                }
                entry.lost |= !with_reason;
                entry.spent |= single_refusal;
                if with_reason {
                    entry.cap = cut;
                }
                s.doubt(i, since);
            });
        }
    }
}

fn each(state: &mut State, span: Span, mut act: impl FnMut(&mut State, usize)) {
    for index in span.first..=span.last {
        act(state, index);
    }
}

/// What a reply means for the run: the counters in a row, list sizes, pauses and endings.
fn judge(state: &mut State, span: Span, outcome: &Outcome, reading: &Reading, since: Moment, now: Moment) {
    count_in_a_row(state, outcome, reading, since, now);
    match reading {
        Reading::Taken => state.grow(span.len()),
        Reading::NoEffect { status } => no_effect(state, span, *status),
        Reading::NotConnected { why } => unconnected(state, why, now),
        Reading::Unknown { why } => {
            state.shrink(span.len());
            doubtful(state, why, now);
        }
        Reading::Refused { status, .. } => refused(state, span, outcome, *status),
        Reading::Exists { .. } => refused(state, span, outcome, 409),
    }
    if matches!(outcome, Outcome::InDoubt { .. }) {
        state.doubtful_calls += 1;
        if state.terms.cautious && state.doubtful_calls >= CAUTIOUS_CALLS {
            let calls = state.doubtful_calls;
            state.ending.get_or_insert(Ending::Cautious { calls });
        }
    }
}

/// Calls that were in the air together fail together: they count as one.
fn count_in_a_row(state: &mut State, outcome: &Outcome, reading: &Reading, since: Moment, now: Moment) {
    let row = &mut state.row;
    let one = u32::from(row.failed.is_none_or(|at| since >= at));
    let keep = |count: u32, wanted: bool| if wanted { (count + one).max(1) } else { 0 };
    let failed = matches!(
        reading,
        Reading::NotConnected { .. } | Reading::NoEffect { status: 429 } | Reading::Unknown { .. }
    );
    if failed && one == 1 {
        row.failed = Some(now);
    }
    row.unconnected = keep(row.unconnected, matches!(reading, Reading::NotConnected { .. }));
    row.throttled = keep(row.throttled, matches!(reading, Reading::NoEffect { status: 429 }));
    row.doubtful = keep(row.doubtful, matches!(reading, Reading::Unknown { .. }));
    if matches!(reading, Reading::Taken) {
        row.looks_failed = 0;
    }
    row.refused = match outcome {
        Outcome::Refused { .. } | Outcome::Conflict { .. } => row.refused + 1,
        Outcome::Accepted | Outcome::AlreadyThere => 0,
        _ => row.refused,
    };
}

fn no_effect(state: &mut State, span: Span, status: u16) {
    match status {
        413 => state.too_large(span),
        429 => throttled(state),
        401 => state.ending = Some(credentials()),
        _ => state.ending = Some(stopped(status)),
    }
}

pub(super) fn credentials() -> Ending {
    Ending::Credentials { why: "the vendor does not accept the token (401)".to_owned() }
}

pub(super) fn stopped(status: u16) -> Ending {
    let why = match status {
        403 => "the token's permission group may not do this (403)",
        404 => "the vendor does not know this address (404)",
        _ => "the vendor does not take this kind of body (415)",
    };
    Ending::Refused { status, why: why.to_owned() }
}

/// A 429 waits as the pacer says; too many in a row end the run.
pub(super) fn throttled(state: &mut State) {
    if state.row.throttled >= THROTTLED_MAX {
        state.ending = Some(Ending::Paused {
            until: state.pacer.window().map(|w| w.reset),
            why: format!("{THROTTLED_MAX} calls in a row were over the vendor's limit"),
        });
    }
}

pub(super) fn unconnected(state: &mut State, why: &str, now: Moment) {
    if state.row.unconnected >= UNCONNECTED_MAX {
        state.ending = Some(Ending::Unreachable { why: format!("no connection: {why}") });
        return;
    }
    let wait = doubled(state.row.unconnected.saturating_sub(1));
    state.not_before = Some((now.plus_ms(wait), "there is no connection".to_owned()));
}

/// From the second doubtful answer in a row, slower; too many end the run.
fn doubtful(state: &mut State, why: &str, now: Moment) {
    let in_a_row = state.row.doubtful;
    if in_a_row >= DOUBTFUL_MAX {
        state.ending = Some(Ending::Unreachable {
            why: format!("{DOUBTFUL_MAX} calls in a row got no certain answer; the last: {why}"),
        });
    } else if in_a_row >= 2 {
        let wait = doubled(in_a_row - 2);
        let why = "the vendor's answers are not certain".to_owned();
        state.not_before = Some((now.plus_ms(wait), why));
    }
}

/// After a refused list that was not in doubt before and cannot be cut, smaller lists: a
/// single item's refusal is certain, a list's is not.
fn refused(state: &mut State, span: Span, outcome: &Outcome, status: u16) {
    let in_doubt = matches!(outcome, Outcome::InDoubt { .. });
    if in_doubt && !span.doubtful {
        state.shrink(span.len());
    }
    if state.row.refused >= REFUSED_MAX {
        state.row.refused = 0;
        state.ending = Some(Ending::Refused {
            status,
            // The vendor's own words may quote a donor: they are kept with the item, and in the report.
            why: format!("{REFUSED_MAX} items in a row were refused ({status}); the report has the reasons"),
        });
    }
}

/// A minute, doubled so many times, a quarter of an hour at most.
pub(super) fn doubled(times: u32) -> i64 {
    BACKOFF_MAX_MS.min(BACKOFF_MS << times.min(10))
}
