//! One event in, the next actions out.

use heirloom_model::{ItemKind, ItemState, Lists, Moment, Outcome};

use super::state::{DOUBT_SPLIT, Phase, Span, State};
use super::{Action, Call, Ending, Event};
use crate::classify::{CallShape, UNCONNECTED_WAIT_MS, classify};
use crate::pacer::{Permit, Slot};
use crate::parse;
use crate::reading::{Reading, Reply, read};

/// Longer waits end the run as paused.
const PAUSE_MS: i64 = 65 * 60_000;
const BACKOFF_MS: i64 = 60_000;
const BACKOFF_MAX_MS: i64 = 15 * 60_000;
/// Calls in a row without a connection: waits of 1, 2, 4, 8 and 15 minutes lie between.
const UNCONNECTED_MAX: u32 = 6;
const THROTTLED_MAX: u32 = 10;
const DOUBTFUL_MAX: u32 = 12;
const REFUSED_MAX: u32 = 50;
const LOOKS_FAILED_MAX: u32 = 12;
/// Look-ups of one item that may fail in one run.
const ITEM_LOOKS_MAX: u32 = 6;
const CAUTIOUS_CALLS: u32 = 3;

/// Takes an event and says what to do next. An event that nobody waits for (a late answer,
/// a second waking) changes nothing and gives no action.
pub fn step(state: &mut State, event: Event, now: Moment) -> Vec<Action> {
    let phase = std::mem::replace(&mut state.phase, Phase::Idle);
    match (phase, event) {
        (Phase::Idle, Event::Begin) => {
            state.begin(now);
            next(state, now)
        }
        (Phase::Waiting, Event::Woke) | (Phase::Closing, Event::OutcomeSaved) => next(state, now),
        (Phase::SavingLook, Event::LookSaved) => next(state, now),
        (Phase::Idle | Phase::Waiting, Event::Stop) => finish(state, Ending::Interrupted),
        (Phase::Saving { span, permit }, Event::AttemptSaved { attempt }) => {
            saved(state, span, permit, attempt, now)
        }
        (Phase::InAir { span, attempt, since }, Event::Answered { call, reply })
            if call == (Call::Send { attempt }) =>
        {
            learn(state, &reply, now);
            let outcome = close(state, span, &reply, since, now);
            state.phase = Phase::Closing;
            vec![Action::SaveOutcome { attempt, outcome }]
        }
        (Phase::Looking { item }, Event::Answered { call, reply })
            if call == (Call::Look { item: state.id(item) }) =>
        {
            learn(state, &reply, now);
            looked(state, item, &reply, now)
        }
        (phase, Event::Stop) => {
            state.stopping = true;
            unmoved(state, phase)
        }
        (phase, _) => unmoved(state, phase),
    }
}

fn unmoved(state: &mut State, phase: Phase) -> Vec<Action> {
    state.phase = phase;
    Vec::new()
}

fn finish(state: &mut State, ending: Ending) -> Vec<Action> {
    state.phase = Phase::Done;
    vec![Action::Finish(ending)]
}

/// The attempt is durable: send it, unless somebody wants to stop; then nothing leaves.
fn saved(state: &mut State, span: Span, permit: Permit, attempt: i64, now: Moment) -> Vec<Action> {
    if state.stopping {
        state.put_back(span);
        state.phase = Phase::Closing;
        let outcome = Outcome::NoEffect {
            why: "not sent: interrupted".to_owned(),
            wait_ms: 0,
        };
        return vec![Action::SaveOutcome { attempt, outcome }];
    }
    state.phase = Phase::InAir {
        span,
        attempt,
        since: now,
    };
    vec![Action::Send {
        attempt,
        first: state.id(span.first),
        last: state.id(span.last),
        permit,
    }]
}

/// Feeds the pacer.
fn learn(state: &mut State, reply: &Reply, now: Moment) {
    state.count_call();
    if let Some(status) = reply.status() {
        state.pacer.saw(status, reply.headers(), now);
    }
}

/// Chooses what to do next: repeats that are due, then what was never sent, then look-ups.
fn next(state: &mut State, now: Moment) -> Vec<Action> {
    if state.stopping {
        return finish(state, Ending::Interrupted);
    }
    if let Some(ending) = state.ending.take() {
        return finish(state, ending);
    }
    if let Some((until, why)) = state.not_before.take_if(|(until, _)| *until > now) {
        state.not_before = Some((until, why.clone()));
        return wait(state, until, why, now);
    }
    let band = state.terms.guard.as_ref().and_then(|g| g.band_end(now));
    let span = state.resend_span(now).or_else(|| state.fresh_span());
    match (span, band, state.due_look(now)) {
        (Some(span), None, _) => begin_attempt(state, span, now),
        (_, _, Some(item)) => begin_look(state, item, now),
        (Some(_), Some(until), None) => {
            wait(state, until, "the vendor's midnight is near".to_owned(), now)
        }
        (None, _, None) => match state.doubts.first() {
            Some(&(due, _)) => wait(state, due, "doubtful calls settle".to_owned(), now),
            None => {
                let ending = ending(state);
                finish(state, ending)
            }
        },
    }
}

fn ending(state: &State) -> Ending {
    let (in_doubt, parked) = (
        state.count(ItemState::InDoubt),
        state.count(ItemState::Parked),
    );
    match (in_doubt, parked) {
        (0, 0) => Ending::AllSent,
        (0, items) => Ending::Parked { items },
        (items, _) => Ending::InDoubt { items },
    }
}

fn wait(state: &mut State, until: Moment, why: String, now: Moment) -> Vec<Action> {
    if until.since_ms(now) > PAUSE_MS {
        let until = Some(until);
        return finish(state, Ending::Paused { until, why });
    }
    state.phase = Phase::Waiting;
    vec![Action::Wait { until, why }]
}

fn begin_attempt(state: &mut State, span: Span, now: Moment) -> Vec<Action> {
    match state.pacer.next_slot(now) {
        Slot::At(until, why) => wait(state, until, why, now),
        Slot::Go(permit) => {
            state.take(span);
            state.phase = Phase::Saving { span, permit };
            vec![Action::SaveAttempt {
                first: state.id(span.first),
                last: state.id(span.last),
            }]
        }
    }
}

fn begin_look(state: &mut State, item: usize, now: Moment) -> Vec<Action> {
    match state.pacer.next_slot(now) {
        Slot::At(until, why) => wait(state, until, why, now),
        Slot::Go(permit) => {
            state.phase = Phase::Looking { item };
            vec![Action::Look {
                item: state.id(item),
                permit,
            }]
        }
    }
}

/// Decides what the reply means for the span, moves its items, and notes what it means for
/// the run.
fn close(state: &mut State, span: Span, reply: &Reply, since: Moment, now: Moment) -> Outcome {
    let reading = read(reply);
    let single = span.len() == 1;
    let before = state.entries[span.first];
    let ours = state.kind == ItemKind::Gift && (span.doubtful || before.doubtful_sends > 0);
    let shape = if single {
        CallShape::Single
    } else {
        CallShape::List(span.len())
    };
    let outcome = classify(reply, shape, lists(state), single && ours, now);
    let outcome = match (outcome, &reading) {
        (Outcome::NoEffect { .. }, Reading::NoEffect { status: 413 }) if single => {
            Outcome::Refused {
                code: 413,
                text: "too large, even alone".to_owned(),
            }
        }
        (outcome, _) => outcome,
    };
    let outcome = unsettled(outcome, span.doubtful && before.lost);
    apply(state, span, &outcome, &reading, since);
    judge(state, span, &outcome, &reading, now);
    outcome
}

fn lists(state: &State) -> Lists {
    match state.kind {
        ItemKind::Gift => state.facts.lists,
        ItemKind::Contact => state.terms.contact_lists,
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
                s.into_doubt(i, since);
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
fn judge(state: &mut State, span: Span, outcome: &Outcome, reading: &Reading, now: Moment) {
    count_in_a_row(state, outcome, reading);
    match reading {
        Reading::Taken => state.grow(),
        Reading::NoEffect { status } => no_effect(state, span, *status),
        Reading::NotConnected { why } => unconnected(state, why, now),
        Reading::Unknown { why } => {
            state.shrink(span.len(), false);
            doubtful(state, why, now);
        }
        Reading::Refused { status, text } => refused(state, span, outcome, *status, text),
        Reading::Exists { text } => refused(state, span, outcome, 409, text),
    }
    if matches!(outcome, Outcome::InDoubt { .. }) {
        state.doubtful_calls += 1;
        if state.terms.cautious && state.doubtful_calls >= CAUTIOUS_CALLS {
            let calls = state.doubtful_calls;
            state.ending.get_or_insert(Ending::Cautious { calls });
        }
    }
}

fn count_in_a_row(state: &mut State, outcome: &Outcome, reading: &Reading) {
    let row = &mut state.row;
    let keep = |count: u32, wanted: bool| if wanted { count + 1 } else { 0 };
    row.unconnected = keep(
        row.unconnected,
        matches!(reading, Reading::NotConnected { .. }),
    );
    row.throttled = keep(
        row.throttled,
        matches!(reading, Reading::NoEffect { status: 429 }),
    );
    row.doubtful = keep(row.doubtful, matches!(reading, Reading::Unknown { .. }));
    row.refused = match outcome {
        Outcome::Refused { .. } | Outcome::Conflict { .. } => row.refused + 1,
        Outcome::Accepted | Outcome::AlreadyThere => 0,
        _ => row.refused,
    };
}

fn no_effect(state: &mut State, span: Span, status: u16) {
    match status {
        413 => state.shrink(span.len(), true),
        429 => throttled(state),
        401 => {
            let why = "the vendor does not accept the token (401)".to_owned();
            state.ending = Some(Ending::Credentials { why });
        }
        _ => state.ending = Some(stopped(status)),
    }
}

fn stopped(status: u16) -> Ending {
    let why = match status {
        403 => "the token's permission group may not do this (403)",
        404 => "the vendor does not know this address (404)",
        _ => "the vendor does not take this kind of body (415)",
    };
    Ending::Refused {
        status,
        why: why.to_owned(),
    }
}

/// A 429 waits as the pacer says; too many in a row end the run.
fn throttled(state: &mut State) {
    if state.row.throttled >= THROTTLED_MAX {
        state.ending = Some(Ending::Paused {
            until: state.pacer.window().map(|w| w.reset),
            why: format!("{THROTTLED_MAX} calls in a row were over the vendor's limit"),
        });
    }
}

fn unconnected(state: &mut State, why: &str, now: Moment) {
    if state.row.unconnected >= UNCONNECTED_MAX {
        state.ending = Some(Ending::Unreachable {
            why: format!("no connection: {why}"),
        });
        return;
    }
    let wait = doubled(UNCONNECTED_WAIT_MS, state.row.unconnected.saturating_sub(1));
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
        let wait = doubled(BACKOFF_MS, in_a_row - 2);
        let why = "the vendor's answers are not certain".to_owned();
        state.not_before = Some((now.plus_ms(wait), why));
    }
}

/// After a refused list that was not in doubt before and cannot be cut, smaller lists: a
/// single item's refusal is certain, a list's is not.
fn refused(state: &mut State, span: Span, outcome: &Outcome, status: u16, text: &str) {
    let in_doubt = matches!(outcome, Outcome::InDoubt { .. });
    if in_doubt && !span.doubtful {
        state.shrink(span.len(), false);
    }
    if state.row.refused >= REFUSED_MAX {
        state.row.refused = 0;
        state.ending = Some(Ending::Refused {
            status,
            why: format!("{REFUSED_MAX} items in a row were refused; the last: {text}"),
        });
    }
}

fn doubled(first_ms: i64, times: u32) -> i64 {
    BACKOFF_MAX_MS.min(first_ms << times.min(10))
}

/// What a look showed. Only a record and a 404 are answers; everything else changes no state.
fn looked(state: &mut State, item: usize, reply: &Reply, now: Moment) -> Vec<Action> {
    let found = match reply {
        Reply::Answered { status: 200, body, .. } => parse::found_id(body).map(Some),
        Reply::Answered { status: 404, .. } => Some(None),
        _ => None,
    };
    let Some(found) = found else {
        look_failed(state, item, reply, now);
        return next(state, now);
    };
    state.row = super::state::InARow {
        refused: state.row.refused,
        accepted: state.row.accepted,
        ..Default::default()
    };
    let to = match found {
        Some(_) => ItemState::Confirmed,
        None => ItemState::Parked,
    };
    state.settle(item, to);
    state.phase = Phase::SavingLook;
    vec![Action::SaveLook {
        item: state.id(item),
        found,
    }]
}

fn look_failed(state: &mut State, item: usize, reply: &Reply, now: Moment) {
    let reading = read(reply);
    count_in_a_row(state, &Outcome::NoEffect { why: String::new(), wait_ms: 0 }, &reading);
    match &reading {
        Reading::NoEffect { status: 429 } => return throttled(state),
        Reading::NoEffect { status: 401 | 403 | 415 } => {
            return no_effect(state, Span { first: item, last: item, doubtful: true }, reply.status().unwrap_or(0));
        }
        Reading::NotConnected { why } => return unconnected(state, why, now),
        _ => {}
    }
    state.row.looks_failed += 1;
    if state.row.looks_failed >= LOOKS_FAILED_MAX {
        state.ending = Some(Ending::Unreachable {
            why: format!("{LOOKS_FAILED_MAX} look-ups in a row were not answered"),
        });
    }
    let entry = &mut state.entries[item];
    entry.looks_failed += 1;
    let failed = entry.looks_failed;
    if failed >= ITEM_LOOKS_MAX {
        state.leave_queues(item);
    } else {
        state.defer(item, now.plus_ms(doubled(BACKOFF_MS, failed - 1)));
    }
}
