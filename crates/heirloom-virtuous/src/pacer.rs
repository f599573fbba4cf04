//! The one limiter: nothing can be sent without a permit of its making. Pure; the caller
//! owns the clock and the waiting.

mod forecast;

use std::collections::VecDeque;

use heirloom_model::{Moment, group_thousands};

use self::forecast::Forecast;
use crate::header::{self, HOUR_MS, RateHeaders};

/// Assumed until the vendor's header says otherwise (its oldest documented figure).
const LIMIT_UNKNOWN: u32 = 1_500;
/// Two resets this near to each other are one window's.
const SAME_WINDOW_MS: i64 = 5_000;
/// First wait after a 429 that does not say how long; doubles to [`BACKOFF_MAX_MS`].
const BACKOFF_MS: i64 = 60_000;
const BACKOFF_MAX_MS: i64 = 15 * 60_000;
/// What others use is judged once a window was watched for so long.
const OTHERS_FROM_MS: i64 = 2 * 60_000;
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
        PaceTerms { per_hour: 1_200, share_percent: 80, reserve: 100 }
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
    /// When the reply came that opened the window which is known.
    opened: Moment,
    not_before: Option<Moment>,
    throttled: u32,
    /// When the newest counted 429 came.
    throttled_at: Moment,
    seen_at: Moment,
    /// Permits whose calls have not come back.
    in_air: u32,
    /// What the organization's other systems do, as far as the headers tell.
    others: Option<Others>,
}

/// What others use of a window.
#[derive(Clone, Copy, Debug)]
struct Others {
    reset: Moment,
    /// When the window was first seen, and how much of it others had used by then.
    at: Moment,
    used: i64,
    per_hour: i64,
}

impl Pacer {
    /// A pacer that knows what earlier runs used: `past_calls` of at least the last hour, in
    /// any order, and the window they saw.
    pub fn new(terms: PaceTerms, past_calls: &[Moment], window: Option<WindowSeen>, now: Moment) -> Self {
        let mut calls = past_calls.to_vec();
        calls.sort_unstable();
        // What left after the window was last seen is not yet taken off it.
        let window = window.map(|w| {
            let since = calls.len() - calls.partition_point(|call| *call <= w.at);
            WindowSeen { remaining: w.remaining.saturating_sub(since as u32), ..w }
        });
        let mut pacer = Pacer {
            terms,
            limit: window.map(|w| w.limit).filter(|&limit| limit > 0),
            calls: calls.into(),
            window,
            opened: now,
            // A window without a rest is waited out, whatever a later answer says of it.
            not_before: window.filter(|w| w.remaining == 0).map(|w| w.reset),
            throttled: 0,
            throttled_at: now,
            seen_at: now,
            in_air: 0,
            others: None,
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
                self.in_air += 1;
                if let Some(window) = &mut self.window {
                    window.remaining = window.remaining.saturating_sub(1);
                }
                Slot::Go(Permit(()))
            }
        }
    }

    /// A call has come back, whole or not.
    pub fn came_back(&mut self) {
        self.in_air = self.in_air.saturating_sub(1);
    }

    /// Learns from a reply that came at `now` to a request that left at `left`; header names
    /// are lower case.
    pub fn saw(&mut self, status: u16, headers: &[(String, String)], left: Moment, now: Moment) {
        let seen = header::read(headers, now);
        self.limit = seen.limit.or(self.limit);
        self.observe(&seen, left, now);
        match status {
            // Those that were in the air together are one.
            429 if self.throttled > 0 && left < self.throttled_at => {}
            429 => (self.throttled, self.throttled_at) = (self.throttled + 1, now),
            _ => self.throttled = 0,
        }
        let wait = if status == 429 { Some(self.throttle_end(&seen, now)) } else { seen.retry_after };
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

    /// When `calls_left` more calls will have been made, and what sets that pace. Others are
    /// taken to go on as they did in this window.
    pub fn eta(&self, calls_left: u64, now: Moment) -> (Moment, String) {
        let (start, why) = match self.earliest(now) {
            Some((at, why)) if at > now => (at, why),
            _ => (now, String::new()),
        };
        let at = Forecast::new(self, start).after(calls_left.saturating_sub(1));
        let took_ms = at.since_ms(start).max(1);
        let rate =
            i64::try_from(calls_left.saturating_sub(1)).unwrap_or(i64::MAX).saturating_mul(HOUR_MS) / took_ms;
        let cap = i64::from(self.cap());
        let slower = calls_left > 1 && rate < cap * 97 / 100;
        let shown = if slower { rate } else { cap };
        let pace = format!("{} requests an hour", group_thousands(&shown.to_string()));
        let pace = match slower {
            true => format!("{pace}, which is what the organization's other systems and the reserve leave"),
            false => pace,
        };
        match start.since_ms(now) >= 60_000 {
            true => (at, format!("{pace}, after {why}")),
            false => (at, pace),
        }
    }

    /// Requests an hour that are ours.
    fn cap(&self) -> u32 {
        let limit = u64::from(self.limit.unwrap_or(LIMIT_UNKNOWN));
        let share = limit * u64::from(self.terms.share_percent.min(100)) / 100;
        u32::try_from(share).unwrap_or(u32::MAX).min(self.terms.per_hour).max(1)
    }

    fn interval_ms(&self) -> i64 {
        let cap = i64::from(self.cap());
        (HOUR_MS + cap - 1) / cap
    }

    /// Drops calls older than the window; a clock that was set back does not lock us out.
    fn forget(&mut self, now: Moment) {
        while self.calls.front().is_some_and(|call| now.since_ms(*call) >= HOUR_MS) {
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
            self.not_before.map(|at| (at, "the vendor asked to wait".to_owned())),
            self.calls
                .back()
                .map(|last| (last.plus_ms(self.interval_ms()), "calls are spread evenly".to_owned())),
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
        Some((last.plus_ms(spread), "what is left of the quota is spread evenly".to_owned()))
    }

    /// Merges a reply's window. The first reset seen stays the window's anchor, so that a
    /// reset which slides with the clock is a new window every few seconds. Only what left after
    /// that reply had come tells of a new one: a reply that was long on its way is no news of more,
    /// and its reset, counted from when it came, looks later than it is.
    fn observe(&mut self, seen: &RateHeaders, left: Moment, now: Moment) {
        let Some(remaining) = seen.remaining else {
            return;
        };
        self.judge_others(seen, remaining, now);
        let limit = self.limit.unwrap_or(0);
        let reset = seen.reset.unwrap_or(now.plus_ms(HOUR_MS));
        let known = self.window.filter(|w| w.reset > now);
        let same = |w: &WindowSeen| seen.reset.is_none() || reset.since_ms(w.reset).abs() <= SAME_WINDOW_MS;
        self.window = Some(match known {
            Some(w) if same(&w) => {
                WindowSeen { limit, remaining: w.remaining.min(remaining), reset: w.reset, at: now }
            }
            Some(w) if left < self.opened => WindowSeen {
                limit,
                remaining: w.remaining.min(remaining),
                reset: w.reset.max(reset),
                at: now,
            },
            // It looks later by no more than the reply was on its way.
            Some(w) if (0..=now.since_ms(left) + SAME_WINDOW_MS).contains(&reset.since_ms(w.reset)) => {
                WindowSeen { limit, remaining: w.remaining.min(remaining), reset: w.reset, at: now }
            }
            _ => {
                self.opened = now;
                // Those in the air may yet be counted in this window.
                WindowSeen { limit, remaining: remaining.saturating_sub(self.in_air), reset, at: now }
            }
        });
    }

    /// What of the window is used and not by us: at first sight, and how it has grown since.
    fn judge_others(&mut self, seen: &RateHeaders, remaining: u32, now: Moment) {
        let (Some(limit), Some(reset)) = (self.limit, seen.reset) else {
            return;
        };
        let start = reset.plus_ms(-HOUR_MS);
        let ours = self.calls.len() - self.calls.partition_point(|call| *call < start);
        let used = i64::from(limit) - i64::from(remaining) - ours as i64 + i64::from(self.in_air);
        let same = self.others.filter(|o| reset.since_ms(o.reset).abs() <= SAME_WINDOW_MS);
        let Some(first) = same else {
            let per_hour = self.others.map_or(0, |o| o.per_hour);
            self.others = Some(Others { reset, at: now, used: used.max(0), per_hour });
            return;
        };
        let elapsed_ms = now.since_ms(first.at);
        if elapsed_ms >= OTHERS_FROM_MS {
            let per_hour = (used - first.used).max(0) * HOUR_MS / elapsed_ms;
            self.others = Some(Others { per_hour, ..first });
        }
    }

    /// End of a 429's wait: what the headers say, and from the second in a row at least a
    /// minute, doubling to a quarter of an hour; with jitter that depends on the moment only.
    fn throttle_end(&self, seen: &RateHeaders, now: Moment) -> Moment {
        let doubled = |times: u32| now.plus_ms(BACKOFF_MAX_MS.min(BACKOFF_MS << times.min(10)));
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Moment = Moment(1_795_435_200_000);

    fn terms(per_hour: u32, reserve: u32) -> PaceTerms {
        PaceTerms { per_hour, share_percent: 80, reserve }
    }

    fn headers(pairs: &[(&str, String)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect()
    }

    /// Waits as long as told, and returns when the permit came; its call is back at once.
    fn go(pacer: &mut Pacer, mut now: Moment) -> Moment {
        for _ in 0..1_000 {
            match pacer.next_slot(now) {
                Slot::Go(_) => {
                    pacer.came_back();
                    return now;
                }
                Slot::At(at, _) => {
                    assert!(at > now, "a wait that is over");
                    now = at;
                }
            }
        }
        panic!("no permit");
    }

    #[test]
    fn calls_are_spread_evenly_from_the_first() {
        let mut pacer = Pacer::new(terms(1_200, 0), &[], None, START);
        let times: Vec<i64> = (0..5)
            .scan(START, |now, _| {
                *now = go(&mut pacer, *now);
                Some(now.since_ms(START))
            })
            .collect();
        assert_eq!(times, [0, 3_000, 6_000, 9_000, 12_000]);
    }

    #[test]
    fn the_share_is_of_the_vendors_own_limit() {
        let mut pacer = Pacer::new(terms(10_000, 0), &[], None, START);
        assert_eq!(pacer.cap(), 1_200);
        for (limit, cap) in [("5000", 4_000), ("1500", 1_200), ("100", 80), ("junk", 80), ("0", 80)] {
            pacer.saw(200, &headers(&[("x-ratelimit-limit", limit.into())]), START, START);
            assert_eq!(pacer.cap(), cap, "{limit}");
        }
    }

    #[test]
    fn the_reserve_is_left_to_others_until_the_reset() {
        let mut pacer = Pacer::new(terms(1_200, 100), &[], None, START);
        let seen = |remaining: u32| {
            headers(&[
                ("x-ratelimit-remaining", remaining.to_string()),
                ("x-ratelimit-reset", "1795436100".into()),
            ])
        };
        let now = go(&mut pacer, START);
        pacer.saw(200, &seen(100), now, now);
        pacer.saw(200, &seen(4_000), now, now);
        let next = go(&mut pacer, now);
        assert!(next.since_ms(START) >= 900_000, "{}", next.since_ms(START));
    }

    #[test]
    fn a_reply_that_was_long_on_its_way_is_no_new_window() {
        let mut pacer = Pacer::new(terms(1_200, 100), &[], None, START);
        let seen = |remaining: u32| {
            headers(&[("x-ratelimit-remaining", remaining.to_string()), ("x-ratelimit-reset", "600".into())])
        };
        let first = go(&mut pacer, START);
        let second = go(&mut pacer, first);
        pacer.saw(200, &seen(100), second, second);
        let late = second.plus_ms(30_000);
        pacer.saw(200, &seen(160), first, late);
        assert!(go(&mut pacer, late).since_ms(late) >= 600_000);
    }

    #[test]
    fn what_is_left_is_spread_over_the_window() {
        let mut pacer = Pacer::new(terms(1_200, 100), &[], None, START);
        let now = go(&mut pacer, START);
        let seen = headers(&[("x-ratelimit-remaining", "160".into()), ("x-ratelimit-reset", "600".into())]);
        pacer.saw(200, &seen, now, now);
        assert_eq!(go(&mut pacer, now).since_ms(now), 10_000);
    }

    #[test]
    fn a_429_is_waited_out_even_over_a_restart() {
        let check = |pairs: &[(&str, &str)], at_least_s: i64, at_most_s: i64| {
            let mut pacer = Pacer::new(terms(1_200, 100), &[], None, START);
            let now = go(&mut pacer, START);
            let owned: Vec<(&str, String)> = pairs.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
            pacer.saw(429, &headers(&owned), now, now);
            let window = pacer.window();
            let mut again = Pacer::new(terms(1_200, 100), &[now], window, now);
            for pacer in [&mut pacer, &mut again] {
                let waited = go(pacer, now).since_ms(now) / 1_000;
                assert!((at_least_s..=at_most_s).contains(&waited), "{pairs:?}: {waited}");
            }
        };
        check(&[], 60, 70);
        check(&[("retry-after", "847")], 847, 855);
        check(&[("retry-after", "10"), ("x-ratelimit-reset", "300")], 300, 310);
        check(&[("retry-after", "Mon, 23 Nov 2026 12:14:07 GMT")], 847, 855);
        check(&[("retry-after", "soon")], 60, 70);
        check(&[("x-ratelimit-reset", "1600000000")], 60, 70);
    }

    #[test]
    fn a_429_in_a_row_waits_longer_each_time_up_to_a_quarter_of_an_hour() {
        let mut pacer = Pacer::new(terms(1_200, 0), &[], None, START);
        let mut now = START;
        let mut waits = Vec::new();
        for _ in 0..7 {
            now = go(&mut pacer, now);
            pacer.saw(429, &[], now, now);
            waits.push(pacer.window().unwrap().reset.since_ms(now) / 60_000);
        }
        assert_eq!(waits, [1, 2, 4, 8, 15, 15, 15]);
    }

    #[test]
    fn calls_that_were_in_the_air_together_are_throttled_once() {
        let mut pacer = Pacer::new(terms(1_200, 0), &[], None, START);
        for second in 1..=10 {
            pacer.saw(429, &[], START, START.plus_ms(second * 1_000));
        }
        assert!(pacer.window().unwrap().reset.since_ms(START) < 2 * 60_000 + 10_000);
    }

    #[test]
    fn a_slow_reply_that_left_in_this_window_does_not_open_another() {
        let seen = |remaining: u32, seconds: i64| {
            headers(&[
                ("x-ratelimit-remaining", remaining.to_string()),
                ("x-ratelimit-reset", seconds.to_string()),
            ])
        };
        let mut pacer = Pacer::new(terms(1_200, 100), &[], None, START);
        pacer.saw(200, &seen(500, 3_000), START, START);
        // One that leaves now is a minute on its way; another, which leaves later, is answered first.
        let (left, later) = (START.plus_ms(1_000), START.plus_ms(30_000));
        pacer.saw(200, &seen(100, 2_970), later, later);
        let late = left.plus_ms(60_000);
        pacer.saw(200, &seen(400, 2_999), left, late);
        assert!(matches!(pacer.next_slot(late), Slot::At(at, _) if at >= START.plus_ms(3_000_000)));
    }

    #[test]
    fn what_left_after_the_window_was_saved_is_taken_off_it() {
        let saved = WindowSeen { limit: 1_500, remaining: 103, reset: START.plus_ms(HOUR_MS), at: START };
        let past: Vec<Moment> = (1..=3).map(|second| START.plus_ms(second * 1_000)).collect();
        let now = START.plus_ms(10_000);
        let mut pacer = Pacer::new(terms(1_200, 100), &past, Some(saved), now);
        assert!(matches!(pacer.next_slot(now), Slot::At(at, _) if at >= saved.reset));
    }

    #[test]
    fn a_reset_that_slides_with_the_clock_does_not_starve_us() {
        let mut pacer = Pacer::new(terms(1_200, 100), &[], None, START);
        let mut now = START;
        for call in 0..2_000i64 {
            now = go(&mut pacer, now);
            let remaining = if call == 10 { 90 } else { 3_000 };
            let seen = headers(&[
                ("x-ratelimit-remaining", remaining.to_string()),
                ("x-ratelimit-reset", "3600".into()),
            ]);
            pacer.saw(200, &seen, now, now);
        }
        assert!(now.since_ms(START) < 3 * HOUR_MS, "{}", now.since_ms(START));
    }

    #[test]
    fn the_end_is_told_from_the_quota() {
        let mut pacer = Pacer::new(terms(1_200, 100), &[], None, START);
        assert_eq!(pacer.eta(1_201, START), (START.plus_ms(HOUR_MS), "1,200 requests an hour".to_owned()));
        pacer.saw(429, &headers(&[("retry-after", "600".into())]), START, START);
        assert!(pacer.eta(1, START).0 >= START.plus_ms(600_000));
        assert!(pacer.eta(1, START).1.contains("the vendor asked to wait"));
    }

    /// One thing that happens to a pacer.
    #[derive(Clone, Debug)]
    enum Turn {
        Ask(i64),
        Saw(u16, Vec<(String, String)>),
        Restart,
    }

    fn turns() -> impl Strategy<Value = Vec<Turn>> {
        let value = prop_oneof![
            (0u32..6_000).prop_map(|n| n.to_string()),
            (-5_000i64..5_000).prop_map(|s| (1_795_435_200 + s).to_string()),
            (-5_000i64..5_000).prop_map(|s| ((1_795_435_200 + s) * 1_000).to_string()),
            Just("Mon, 23 Nov 2026 12:14:07 GMT".to_owned()),
            "[ -~]{0,12}",
        ];
        let name = prop_oneof![
            Just("x-ratelimit-remaining"),
            Just("x-ratelimit-reset"),
            Just("retry-after"),
            Just("date"),
        ];
        let seen = prop::collection::vec((name.prop_map(str::to_owned), value), 0..4);
        let turn = prop_oneof![
            6 => (0i64..20_000).prop_map(Turn::Ask),
            3 => (prop_oneof![4 => Just(200u16), 1 => Just(429), 1 => Just(503)], seen).prop_map(|(s, h)| Turn::Saw(s, h)),
            1 => Just(Turn::Restart),
        ];
        prop::collection::vec(turn, 1..300)
    }

    proptest! {
        #[test]
        fn never_over_the_share_in_any_hour_and_never_before_a_known_wait(turns in turns(), per_hour in 1u32..2_000) {
            let terms = terms(per_hour, 10);
            let mut pacer = Pacer::new(terms, &[], None, START);
            let (mut now, mut calls, mut not_before) = (START, Vec::<Moment>::new(), START);
            for turn in turns {
                match turn {
                    Turn::Ask(ms) => {
                        now = now.plus_ms(ms);
                        if let Slot::At(at, _) = pacer.next_slot(now) {
                            prop_assert!(at > now && at.since_ms(now) <= 25 * HOUR_MS);
                            now = at;
                            if let Slot::At(..) = pacer.next_slot(now) { continue; }
                        }
                        prop_assert!(now >= not_before);
                        let recent = calls.iter().filter(|c| now.since_ms(**c) < HOUR_MS).count();
                        prop_assert!(recent < per_hour.min(1_200) as usize);
                        if let Some(last) = calls.last() {
                            prop_assert!(now.since_ms(*last) >= HOUR_MS / i64::from(per_hour.min(1_200)));
                        }
                        calls.push(now);
                    }
                    Turn::Saw(status, seen) => {
                        let read = header::read(&seen, now);
                        pacer.saw(status, &seen, now, now);
                        if let Some(at) = read.retry_after { not_before = not_before.max(at); }
                        if let Some(at) = read.reset.filter(|_| status == 429) { not_before = not_before.max(at); }
                    }
                    Turn::Restart => pacer = Pacer::new(terms, &calls, pacer.window(), now),
                }
            }
        }

        #[test]
        fn no_header_makes_it_panic(name in "[a-z-]{0,20}", value in "\\PC{0,40}", status in 100u16..600) {
            let mut pacer = Pacer::new(PaceTerms::default(), &[], None, START);
            for name in [name.as_str(), "retry-after", "x-ratelimit-reset", "x-ratelimit-remaining", "x-ratelimit-limit", "date"] {
                pacer.saw(status, &headers(&[(name, value.clone())]), START, START);
            }
            prop_assert!(go(&mut pacer, START).since_ms(START) <= 25 * HOUR_MS);
        }
    }
}
