//! The organization's request window: fixed or rolling, shared with clients we do not see.

use crate::habits::Window;
use crate::rules::Rules;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Length of the window.
const HOUR_MS: i64 = 3_600_000;

/// What is used of the window.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Used {
    first_ms: Option<i64>,
    start_ms: i64,
    count: u32,
    recent: VecDeque<i64>,
}

/// How a request finds the window.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub allowed: bool,
    pub limit: u32,
    pub remaining: u32,
    pub reset_ms: i64,
}

impl Used {
    /// Looks at the window, and takes one request from it when `take` and there is one left.
    pub(crate) fn look(&mut self, rules: &Rules, now_ms: i64, take: bool) -> Standing {
        let first_ms = *self.first_ms.get_or_insert(now_ms);
        let limit = limit_at(rules, now_ms - first_ms);
        match rules.window {
            Window::Fixed => self.fixed(rules, limit, now_ms, take),
            Window::Rolling => self.rolling(rules, limit, now_ms, take),
        }
    }

    /// A window that begins at full hours.
    fn fixed(&mut self, rules: &Rules, limit: u32, now_ms: i64, take: bool) -> Standing {
        let start_ms = now_ms - now_ms.rem_euclid(HOUR_MS);
        if start_ms != self.start_ms {
            (self.start_ms, self.count) = (start_ms, 0);
        }
        let others = i64::from(rules.others_per_hour) * (now_ms - start_ms) / HOUR_MS;
        let free = i64::from(limit) - i64::from(self.count) - others;
        let allowed = free > 0;
        let taken = take && allowed;
        self.count += u32::from(taken);
        let remaining = u32::try_from(free - i64::from(taken)).unwrap_or(0);
        Standing { allowed, limit, remaining, reset_ms: start_ms + HOUR_MS }
    }

    /// The last sixty minutes.
    fn rolling(&mut self, rules: &Rules, limit: u32, now_ms: i64, take: bool) -> Standing {
        while self.recent.front().is_some_and(|at| *at <= now_ms - HOUR_MS) {
            self.recent.pop_front();
        }
        let free = i64::from(limit) - i64::from(rules.others_per_hour) - self.recent.len() as i64;
        let allowed = free > 0;
        let taken = take && allowed;
        if taken {
            self.recent.push_back(now_ms);
        }
        let reset_ms = self.recent.front().map_or(now_ms, |at| at + HOUR_MS);
        let remaining = u32::try_from(free - i64::from(taken)).unwrap_or(0);
        Standing { allowed, limit, remaining, reset_ms }
    }
}

/// The limit so long after the first request.
fn limit_at(rules: &Rules, after_ms: i64) -> u32 {
    rules
        .limit_changes
        .iter()
        .rfind(|change| change.after_ms <= after_ms)
        .map_or(rules.limit, |last| last.limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::habits::LimitChange;

    #[test]
    fn a_fixed_window_empties_and_begins_anew_at_the_hour() {
        let rules = Rules { limit: 2, ..Rules::default() };
        let mut used = Used::default();
        let seen: Vec<(bool, u32)> = [0, 1, 2, HOUR_MS]
            .map(|now| used.look(&rules, now, true))
            .map(|standing| (standing.allowed, standing.remaining))
            .to_vec();
        assert_eq!(seen, [(true, 1), (true, 0), (false, 0), (true, 1)]);
    }

    #[test]
    fn a_rolling_window_frees_one_request_at_a_time() {
        let rules = Rules { limit: 2, window: Window::Rolling, ..Rules::default() };
        let mut used = Used::default();
        used.look(&rules, 0, true);
        used.look(&rules, 1000, true);
        assert!(!used.look(&rules, HOUR_MS - 1, true).allowed);
        assert!(used.look(&rules, HOUR_MS, true).allowed);
        assert!(!used.look(&rules, HOUR_MS + 1, true).allowed);
    }

    #[test]
    fn others_burn_the_quota_and_the_limit_may_change() {
        let mut rules = Rules { limit: 100, others_per_hour: 80, ..Rules::default() };
        assert_eq!(Used::default().look(&rules, HOUR_MS / 2, false).remaining, 60);
        rules.limit_changes = vec![LimitChange { after_ms: 10, limit: 50 }];
        let mut used = Used::default();
        assert_eq!(used.look(&rules, 0, false).limit, 100);
        assert_eq!(used.look(&rules, 10, false).limit, 50);
    }
}
