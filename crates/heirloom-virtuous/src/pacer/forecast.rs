//! When so many more calls will have been made.

use heirloom_model::Moment;

use super::{Pacer, SLACK_MS};
use crate::header::HOUR_MS;

/// The calls to come, one after another, at the pace that the windows will allow. Counts
/// thousandths of calls.
pub(super) struct Forecast {
    at: Moment,
    interval_ms: i64,
    others_per_hour: i64,
    /// What is left of the window for us, and its end.
    window: Option<(i64, Moment)>,
    /// What each later window will leave us.
    fresh: i64,
}

impl Forecast {
    pub(super) fn new(pacer: &Pacer, start: Moment) -> Self {
        let reserve = i64::from(pacer.terms.reserve);
        let others_per_hour = pacer.others.map_or(0, |o| o.per_hour);
        // Use that does not grow is that of a window which never ends: it will not go away.
        let standing = pacer.others.filter(|o| o.per_hour < o.used / 2).map_or(0, |o| o.used);
        let limit = pacer.limit.map(i64::from);
        Forecast {
            at: start,
            interval_ms: pacer.interval_ms(),
            others_per_hour,
            window: pacer.window.map(|w| ((i64::from(w.remaining) - reserve) * 1_000, w.reset)),
            fresh: limit.map_or(i64::MAX / 2, |limit| ((limit - reserve - standing) * 1_000).max(1_000)),
        }
    }

    /// The moment after so many more calls.
    pub(super) fn after(mut self, calls: u64) -> Moment {
        for _ in 0..calls {
            self.step();
        }
        self.at
    }

    fn step(&mut self) {
        let mut gap_ms = self.interval_ms;
        if let Some((left, reset)) = &mut self.window {
            if *left <= 0 {
                self.at = self.at.max(reset.plus_ms(SLACK_MS));
            }
            while *reset <= self.at {
                (*left, *reset) = (self.fresh, reset.plus_ms(HOUR_MS));
            }
            gap_ms = gap_ms.max(reset.since_ms(self.at).saturating_mul(1_000) / (*left).max(1_000));
            *left -= 1_000 + self.others_per_hour * gap_ms * 1_000 / HOUR_MS;
        }
        self.at = self.at.plus_ms(gap_ms);
    }
}
