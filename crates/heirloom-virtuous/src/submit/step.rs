//! One event in, the next actions out.

use heirloom_model::{ItemState, Moment, Outcome};

use super::close::{close, credentials, doubled, stopped, throttled, unconnected};
use super::state::{Flight, InARow, Phase, Span, State};
use super::{Action, Call, Ending, Event};
use crate::pacer::{Permit, Slot};
use crate::parse;
use crate::reading::{Reading, Reply, read};

const NEAR_MIDNIGHT: &str = "the vendor's midnight is near";
/// Longer waits end the run as paused.
const PAUSE_MS: i64 = 65 * 60_000;
const LOOKS_FAILED_MAX: u32 = 12;
/// Look-ups of one item that may fail in one run.
const ITEM_LOOKS_MAX: u32 = 6;

/// Takes an event and says what to do next: calls to begin, then one action that ends in an
/// event. An event that nobody waits for (a late answer, a second waking) changes nothing and
/// gives no action.
pub fn step(state: &mut State, event: Event, now: Moment) -> Vec<Action> {
    let phase = std::mem::replace(&mut state.phase, Phase::Idle);
    match (phase, event) {
        (Phase::Idle, Event::Begin) => {
            state.begin(now);
            next(state, now)
        }
        (Phase::Waiting, Event::Woke) | (Phase::Closing, Event::OutcomeSaved) => next(state, now),
        (Phase::SavingLook, Event::LookSaved) => next(state, now),
        (Phase::Saving { span, permit }, Event::AttemptSaved { attempt }) => {
            saved(state, span, permit, attempt, now)
        }
        (Phase::Waiting, Event::Answered { call, reply }) => match landed(state, call) {
            None => unmoved(state, Phase::Waiting),
            Some(flight) => {
                learn(state, flight, &reply, now);
                answered(state, flight, &reply, now)
            }
        },
        (Phase::Idle | Phase::Waiting, Event::Stop) => {
            state.stopping = true;
            next(state, now)
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

/// Takes a call out of the air.
fn landed(state: &mut State, call: Call) -> Option<Flight> {
    let is = |flight: &Flight| match (*flight, call) {
        (Flight::Send { attempt, .. }, Call::Send { attempt: of }) => attempt == of,
        (Flight::Look { item, .. }, Call::Look { item: of }) => state.id(item) == of,
        _ => false,
    };
    let place = state.flights.iter().position(is)?;
    Some(state.flights.remove(place))
}

fn answered(state: &mut State, flight: Flight, reply: &Reply, now: Moment) -> Vec<Action> {
    match flight {
        Flight::Look { item, .. } => looked(state, item, reply, now),
        Flight::Send { span, attempt, since } => {
            let outcome = close(state, span, reply, since, now);
            state.phase = Phase::Closing;
            vec![Action::SaveOutcome { attempt, outcome }]
        }
    }
}

/// Over, once every call has come back.
fn finish(state: &mut State, ending: Ending) -> Vec<Action> {
    if !state.flights.is_empty() {
        state.phase = Phase::Waiting;
        return vec![Action::Await];
    }
    state.phase = Phase::Done;
    vec![Action::Finish(ending)]
}

/// The attempt is durable: send it, unless that has become wrong meanwhile (somebody wants
/// to stop, or the computer slept into the night); then nothing leaves.
fn saved(state: &mut State, span: Span, permit: Permit, attempt: i64, now: Moment) -> Vec<Action> {
    if let Some(why) = too_late(state, span, now) {
        state.put_back(span);
        state.pacer.came_back();
        state.phase = Phase::Closing;
        let outcome = Outcome::NoEffect { why: format!("not sent: {why}"), wait_ms: 0 };
        return vec![Action::SaveOutcome { attempt, outcome }];
    }
    state.flights.push(Flight::Send { span, attempt, since: now });
    let send = Action::Send { attempt, first: state.id(span.first), last: state.id(span.last), permit };
    let mut actions = vec![send];
    actions.extend(next(state, now));
    actions
}

fn too_late(state: &State, span: Span, now: Moment) -> Option<&'static str> {
    let may_repeat = || (span.first..=span.last).all(|index| state.may_resend(index, now));
    if state.stopping {
        Some("interrupted")
    } else if band_end(state, now).is_some() {
        Some(NEAR_MIDNIGHT)
    } else if span.doubtful && !may_repeat() {
        Some("too late for a repeat")
    } else {
        None
    }
}

fn band_end(state: &State, now: Moment) -> Option<Moment> {
    state.terms.guard.as_ref()?.band_end(now)
}

/// Feeds the pacer.
fn learn(state: &mut State, flight: Flight, reply: &Reply, now: Moment) {
    let (Flight::Send { since: left, .. } | Flight::Look { since: left, .. }) = flight;
    state.count_call();
    state.pacer.came_back();
    if let Some(status) = reply.status() {
        state.pacer.saw(status, reply.headers(), left, now);
    }
}

/// What a person allowed this run is used up.
fn allowance(state: &State, now: Moment) -> Option<Ending> {
    let why = match (state.terms.until, state.terms.calls_max) {
        (Some(until), _) if until <= now => "the time given for this run is over",
        (_, Some(most)) if most <= state.calls_begun() => "the requests given for this run are used",
        _ => return None,
    };
    Some(Ending::Paused { until: None, why: why.to_owned() })
}

/// Chooses what to do next: repeats that are due, then what was never sent, then look-ups.
fn next(state: &mut State, now: Moment) -> Vec<Action> {
    let ending = state.stopping.then_some(Ending::Interrupted).or_else(|| state.ending.clone());
    if let Some(ending) = ending {
        return finish(state, ending);
    }
    if let Some((until, why)) = state.not_before.clone().filter(|(until, _)| *until > now) {
        return wait(state, until, why, now);
    }
    if !state.has_room() {
        state.phase = Phase::Waiting;
        return vec![Action::Await];
    }
    let band = band_end(state, now);
    let span = state.resend_span(now).or_else(|| state.fresh_span());
    let look = state.due_look(now);
    if let (true, Some(ending)) = (span.is_some() || look.is_some(), allowance(state, now)) {
        return finish(state, ending);
    }
    match (span, band, look) {
        (Some(span), None, _) => begin_attempt(state, span, now),
        (_, _, Some(item)) => begin_look(state, item, now),
        (Some(_), Some(until), None) => wait(state, until, NEAR_MIDNIGHT.to_owned(), now),
        (None, _, None) => match state.doubts.first() {
            Some(&(due, _)) => wait(state, due, "doubtful calls settle".to_owned(), now),
            None => {
                let ending = ending_of(state);
                finish(state, ending)
            }
        },
    }
}

fn ending_of(state: &State) -> Ending {
    let (in_doubt, parked) = (state.count(ItemState::InDoubt), state.count(ItemState::Parked));
    match (in_doubt, parked) {
        (0, 0) => Ending::AllSent,
        (0, items) => Ending::Parked { items },
        (items, _) => Ending::InDoubt { items },
    }
}

fn wait(state: &mut State, until: Moment, why: String, now: Moment) -> Vec<Action> {
    let until = match state.terms.until {
        // Nothing will begin after it: no reason to stay longer.
        Some(end) if end < until && end > now => end,
        Some(end) if end <= now => return finish(state, Ending::Paused { until: Some(until), why }),
        _ => until,
    };
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
            vec![Action::SaveAttempt { first: state.id(span.first), last: state.id(span.last) }]
        }
    }
}

fn begin_look(state: &mut State, item: usize, now: Moment) -> Vec<Action> {
    match state.pacer.next_slot(now) {
        Slot::At(until, why) => wait(state, until, why, now),
        Slot::Go(permit) => {
            state.leave_queues(item);
            state.flights.push(Flight::Look { item, since: now });
            let mut actions = vec![Action::Look { item: state.id(item), permit }];
            actions.extend(next(state, now));
            actions
        }
    }
}

/// What a look showed. Only a record and a 404 are answers; everything else changes no state.
fn looked(state: &mut State, item: usize, reply: &Reply, now: Moment) -> Vec<Action> {
    let found = match reply {
        Reply::Answered { status: 200, body, .. } => parse::found_id(body).map(Some),
        Reply::Answered { status: 404, .. } => Some(None),
        _ => None,
    };
    let Some(found) = found else {
        state.requeue(item);
        look_failed(state, item, reply, now);
        return next(state, now);
    };
    state.row = InARow { refused: state.row.refused, accepted: state.row.accepted, ..InARow::default() };
    let to = match found {
        // It is there and no gift yet: a person's Run will make it one.
        Some(0) => ItemState::Waiting,
        Some(_) => ItemState::Confirmed,
        None => ItemState::Parked,
    };
    state.settle(item, to);
    state.phase = Phase::SavingLook;
    vec![Action::SaveLook { item: state.id(item), found }]
}

fn look_failed(state: &mut State, item: usize, reply: &Reply, now: Moment) {
    match read(reply) {
        Reading::NoEffect { status: 429 } => {
            state.row.throttled += 1;
            throttled(state);
        }
        Reading::NoEffect { status: 401 } => state.ending = Some(credentials()),
        Reading::NoEffect { status: status @ (403 | 415) } => state.ending = Some(stopped(status)),
        Reading::NotConnected { why } => {
            state.row.unconnected += 1;
            unconnected(state, &why, now);
        }
        _ => unanswered(state, item, now),
    }
}

/// The item is looked for again later, a bounded number of times.
fn unanswered(state: &mut State, item: usize, now: Moment) {
    state.row.looks_failed += 1;
    if state.row.looks_failed >= LOOKS_FAILED_MAX {
        state.ending = Some(Ending::Unreachable {
            why: format!("{LOOKS_FAILED_MAX} look-ups in a row were not answered"),
        });
    }
    state.entries[item].looks_failed += 1;
    let failed = state.entries[item].looks_failed;
    if failed >= ITEM_LOOKS_MAX {
        state.leave_queues(item);
    } else {
        state.defer(item, now.plus_ms(doubled(failed - 1)));
    }
}
