//! The one limiter: nothing can be sent without a permit of its making. Pure; the caller
//! owns the clock and the waiting.

use std::collections::VecDeque;

use heirloom_model::{Moment, group_thousands};

use crate::header::{self, HOUR_MS, RateHeaders};

/// Assumed until the vendor's header says otherwise (its oldest documented figure).
const LIMIT_UNKNOWN: u32 = 1_500;
/// Two resets this near to each other are one window's.
const SAME_WINDOW_MS: i64 = 5_000;
/// First wait after a 429 that does not say how long; doubles to [`BACKOFF_MAX_MS`].
const BACKOFF_MS: i64 = 60_000;
const BACKOFF_MAX_MS: i64 = 15 * 60_000;
/// Added to every known reset, whose text is cut to whole seconds.
const SLACK_MS: i64 = 1_000;

/// How much of the vendor's quota may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaceTerms {
    /// Requests an hour at most.
    pub per_hour: u32,
    /// Percent of the vendor's limit at most.
    pub share_percent: u32,
    /// Requests of each window left for the organization's other integrations.
    pub reserve: u32,
}

impl Default for PaceTerms {
    /// 1,200 an hour, 80 %, a reserve of 100.
    fn default() -> Self {
        PaceTerms {
            per_hour: 1_200,
            share_percent: 80,
            reserve: 100,
        }
    }
}

/// The right to make one call. Only a [`Pacer`] makes them.
#[derive(Debug, PartialEq, Eq)]
pub struct Permit(());

/// When the next call may go.
#[derive(Debug, PartialEq, Eq)]
pub enum Slot {
    /// Now.
    Go(Permit),
    /// Not before this moment, for this reason.
    At(Moment, String),
}

/// The vendor's window as last seen; a 429's wait is in it too, so that saving this is
/// enough to wait it out after a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowSeen {
    /// Requests in a window; 0 if not known.
    pub limit: u32,
    /// Lowest number left that is known for this window.
    pub remaining: u32,
    /// When the window ends.
    pub reset: Moment,
    /// When this was seen.
    pub at: Moment,
}

/// Spreads calls evenly and keeps them under our share of the vendor's limit.
///
/// In any hour at most `min(per_hour, share of the limit)` permits, those of earlier runs
/// included; none while a `Retry-After` or reset is known to lie ahead after a 429, or while
/// the lowest known remainder is at or below the reserve.
#[derive(Debug)]
pub struct Pacer {
    terms: PaceTerms,
    limit: Option<u32>,
    calls: VecDeque<Moment>,
    window: Option<WindowSeen>,
    not_before: Option<Moment>,
    throttled: u32,
    seen_at: Moment,
}

impl Pacer {
    /// A pacer that knows what earlier runs used: `past_calls` of at least the last hour, in
    /// any order, and the window they saw.
    pub fn new(
        terms: PaceTerms,
        past_calls: &[Moment],
        window: Option<WindowSeen>,
        now: Moment,
    ) -> Self {
        let mut calls = past_calls.to_vec();
        calls.sort_unstable();
        let mut pacer = Pacer {
            terms,
            limit: window.map(|w| w.limit).filter(|&limit| limit > 0),
            calls: calls.into(),
            window,
            not_before: None,
            throttled: 0,
            seen_at: now,
        };
        pacer.forget(now);
        pacer
    }

    /// Gives a permit, or the moment at which to ask again.
    pub fn next_slot(&mut self, now: Moment) -> Slot {
        self.forget(now);
        match self.earliest(now) {
            Some((at, why)) if at > now => Slot::At(at, why),
            _ => {
                self.calls.push_back(now);
                if let Some(window) = &mut self.window {
                    window.remaining = window.remaining.saturating_sub(1);
                }
                Slot::Go(Permit(()))
            }
        }
    }

    /// Learns from a reply that came at `now`; header names are lower case.
    pub fn saw(&mut self, status: u16, headers: &[(String, String)], now: Moment) {
        let seen = header::read(headers, now);
        self.limit = seen.limit.or(self.limit);
        self.observe(&seen, now);
        self.throttled = if status == 429 { self.throttled + 1 } else { 0 };
        let wait = if status == 429 {
            Some(self.throttle_end(&seen, now))
        } else {
            seen.retry_after
        };
        if let Some(until) = wait {
            self.not_before = Some(self.not_before.map_or(until, |at| at.max(until)));
        }
        self.seen_at = now;
    }

    /// What to save after every call: the window, or the wait that the vendor asked for.
    pub fn window(&self) -> Option<WindowSeen> {
        let Some(until) = self.not_before.filter(|at| *at > self.seen_at) else {
            return self.window;
        };
        let low = self.window.filter(|w| w.remaining <= self.terms.reserve);
        Some(WindowSeen {
            limit: self.limit.unwrap_or(0),
            remaining: 0,
            reset: low.map_or(until, |w| w.reset.max(until)),
            at: self.seen_at,
        })
    }

    /// When `calls_left` more calls will have been made, and what sets that pace.
    pub fn eta(&self, calls_left: u64, now: Moment) -> (Moment, String) {
        let pace = format!("{} requests an hour", group_thousands(&self.cap().to_string()));
        let (start, why) = match self.earliest(now) {
            Some((at, why)) if at > now => (at, why),
            _ => (now, String::new()),
        };
        let steps = i64::try_from(calls_left.saturating_sub(1)).unwrap_or(i64::MAX);
        let at = start.plus_ms(steps.saturating_mul(self.interval_ms()));
        match start.since_ms(now) >= 60_000 {
            true => (at, format!("{pace}, after {why}")),
            false => (at, pace),
        }
    }

    /// Requests an hour that are ours.
    fn cap(&self) -> u32 {
        let limit = u64::from(self.limit.unwrap_or(LIMIT_UNKNOWN));
        let share = limit * u64::from(self.terms.share_percent.min(100)) / 100;
        u32::try_from(share)
            .unwrap_or(u32::MAX)
            .min(self.terms.per_hour)
            .max(1)
    }

    fn interval_ms(&self) -> i64 {
        let cap = i64::from(self.cap());
        (HOUR_MS + cap - 1) / cap
    }

    /// Drops calls older than the window; a clock that was set back does not lock us out.
    fn forget(&mut self, now: Moment) {
        while self
            .calls
            .front()
            .is_some_and(|call| now.since_ms(*call) >= HOUR_MS)
        {
            self.calls.pop_front();
        }
        for call in self.calls.iter_mut().rev() {
            if *call <= now {
                break;
            }
            *call = now;
        }
    }

    /// The latest of all reasons to wait.
    fn earliest(&self, now: Moment) -> Option<(Moment, String)> {
        [
            self.not_before
                .map(|at| (at, "the vendor asked to wait".to_owned())),
            self.calls.back().map(|last| {
                (
                    last.plus_ms(self.interval_ms()),
                    "calls are spread evenly".to_owned(),
                )
            }),
            self.full_hour(),
            self.window_rule(now),
        ]
        .into_iter()
        .flatten()
        .max_by_key(|(at, _)| *at)
    }

    /// When the last hour holds our whole share (after the limit fell, or over restarts).
    fn full_hour(&self) -> Option<(Moment, String)> {
        let over = self.calls.len().checked_sub(self.cap() as usize)?;
        let frees = self.calls.get(over)?.plus_ms(HOUR_MS);
        Some((frees, "our share of the hour is used".to_owned()))
    }

    fn window_rule(&self, now: Moment) -> Option<(Moment, String)> {
        let window = self.window.filter(|w| w.reset.plus_ms(SLACK_MS) > now)?;
        let left = i64::from(window.remaining) - i64::from(self.terms.reserve);
        if left <= 0 {
            let why = "the organization's quota is down to its reserve".to_owned();
            return Some((window.reset.plus_ms(SLACK_MS), why));
        }
        let last = *self.calls.back()?;
        let spread = window.reset.since_ms(last).max(0) / left;
        Some((
            last.plus_ms(spread),
            "what is left of the quota is spread evenly".to_owned(),
        ))
    }

    /// Merges a reply's window. The first reset seen stays the window's anchor, so that a
    /// reset which slides with the clock is a new window every few seconds.
    fn observe(&mut self, seen: &RateHeaders, now: Moment) {
        let Some(remaining) = seen.remaining else {
            return;
        };
        let known = self.window.filter(|w| w.reset > now);
        let same = known.filter(|w| {
            seen.reset
                .is_none_or(|reset| reset.since_ms(w.reset).abs() <= SAME_WINDOW_MS)
        });
        self.window = Some(match same {
            Some(window) => WindowSeen {
                limit: self.limit.unwrap_or(0),
                remaining: window.remaining.min(remaining),
                at: now,
                ..window
            },
            None => WindowSeen {
                limit: self.limit.unwrap_or(0),
                remaining,
                reset: seen.reset.unwrap_or(now.plus_ms(HOUR_MS)),
                at: now,
            },
        });
    }

    /// End of a 429's wait: what the headers say, and from the second in a row at least a
    /// minute, doubling to a quarter of an hour; with jitter that depends on the moment only.
    fn throttle_end(&self, seen: &RateHeaders, now: Moment) -> Moment {
        let doubled = |times: u32| {
            now.plus_ms(BACKOFF_MAX_MS.min(BACKOFF_MS << times.min(10)))
        };
        let stated = seen.retry_after.max(seen.reset);
        let base = match (stated, self.throttled) {
            (Some(at), 0 | 1) => at,
            (Some(at), n) => at.max(doubled(n - 2)),
            (None, n) => doubled(n.saturating_sub(1)),
        };
        base.plus_ms(SLACK_MS + jitter_ms(now))
    }

}

/// Up to four seconds, the same for the same moment.
fn jitter_ms(now: Moment) -> i64 {
    let mixed = now.0.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    i64::try_from(mixed % 4_000).unwrap_or(0)
}
