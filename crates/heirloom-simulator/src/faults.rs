//! What goes wrong between the client and the vendor, drawn from a seed: at most one fault a request.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};

/// What became of a request handed to `World::deliver`.
#[derive(Debug)]
pub enum Delivered {
    /// An answer arrived, whole or spoilt. `World::reply_delay_ms` says how long it took.
    Response(http::Response<bytes::Bytes>),
    /// The vendor did what was asked and the answer was lost; the client sees a reset or a time-out.
    LostAfterEffect,
    /// The request was lost on the way (it may still arrive hours later); the client sees exactly what it sees above.
    LostBeforeEffect,
    /// No connection was made, and the client knows it.
    NeverArrived,
}

/// One thing that goes wrong with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FaultKind {
    /// The answer is lost after the effect.
    LoseReply,
    /// The request is lost on the way, for good.
    DropBefore,
    /// The request is lost on the way and arrives later by itself.
    LateEffect,
    /// No connection.
    RefuseConnection,
    /// 500 after the effect.
    Http500AfterEffect,
    /// 502 with an HTML page, before any effect.
    Http502HtmlBefore,
    /// 502 with an HTML page, after the effect.
    Http502HtmlAfter,
    /// 503 with an empty body and `Retry-After`, before any effect.
    Http503Before,
    /// 200 whose JSON is cut off, after the effect.
    Truncated200,
    /// 200 with somebody's HTML page, before any effect (a captive portal).
    Foreign200,
    /// 302 to another host, before any effect.
    Redirect,
    /// 429 without any rate header.
    Bare429,
    /// 401 once, though the token is right.
    Spurious401,
    /// A proxy delivers the request twice; the client gets the first answer or the second.
    Doubled,
    /// The answer takes `slow_ms`.
    Slow,
}

/// How often each fault happens, per mille of requests; the sum should not pass 1,000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// The seed of the draws.
    pub seed: u64,
    /// Most faults ever: after so many the way is clear ("live" mode). `u32::MAX` is a storm.
    pub faults_max: u32,
    /// Whether only requests that create are hit.
    pub creating_only: bool,
    /// See `FaultKind::LoseReply`.
    pub lose_reply: u16,
    /// See `FaultKind::DropBefore`.
    pub drop_before: u16,
    /// See `FaultKind::LateEffect`.
    pub late_effect: u16,
    /// How late a late effect is, milliseconds.
    pub late_by_ms: i64,
    /// See `FaultKind::RefuseConnection`.
    pub refuse_connection: u16,
    /// See `FaultKind::Http500AfterEffect`.
    pub http_500_after_effect: u16,
    /// See `FaultKind::Http502HtmlBefore`.
    pub http_502_html_before: u16,
    /// See `FaultKind::Http502HtmlAfter`.
    pub http_502_html_after: u16,
    /// See `FaultKind::Http503Before`.
    pub http_503_before: u16,
    /// See `FaultKind::Truncated200`.
    pub truncated_200: u16,
    /// See `FaultKind::Foreign200`.
    pub foreign_200: u16,
    /// See `FaultKind::Redirect`.
    pub redirect: u16,
    /// See `FaultKind::Bare429`.
    pub bare_429: u16,
    /// See `FaultKind::Spurious401`.
    pub spurious_401: u16,
    /// See `FaultKind::Doubled`.
    pub doubled: u16,
    /// See `FaultKind::Slow`.
    pub slow: u16,
    /// How long a slow answer takes, milliseconds.
    pub slow_ms: u32,
}

impl Default for Faults {
    fn default() -> Faults {
        Faults {
            seed: 0,
            faults_max: u32::MAX,
            creating_only: false,
            lose_reply: 0,
            drop_before: 0,
            late_effect: 0,
            late_by_ms: 3 * 3_600_000,
            refuse_connection: 0,
            http_500_after_effect: 0,
            http_502_html_before: 0,
            http_502_html_after: 0,
            http_503_before: 0,
            truncated_200: 0,
            foreign_200: 0,
            redirect: 0,
            bare_429: 0,
            spurious_401: 0,
            doubled: 0,
            slow: 0,
            slow_ms: 30_000,
        }
    }
}

impl Faults {
    /// Draws a subset of the faults, how often each happens (5 to 60 per mille), and how late and slow the late and the slow
    /// ones are; the same seed gives the same faults.
    pub fn from_seed(seed: u64, faults_max: u32) -> Faults {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed ^ 0xfa17);
        let mut faults = Faults { seed, faults_max, ..Faults::default() };
        for rate in faults.rates_mut() {
            let on = rng.next_u32() % 5 < 2;
            let per_mille = 5 + (rng.next_u32() % 56) as u16;
            *rate = if on { per_mille } else { 0 };
        }
        // Minutes, while one waits for a look-up; hours; almost as late as anything is. And answers that
        // come after anybody waits for them.
        faults.late_by_ms = [5, 20, 3 * 60, 3 * 60 + 55][rng.next_u32() as usize % 4] * 60_000;
        faults.slow_ms = [30_000, 90_000][rng.next_u32() as usize % 2];
        faults
    }

    /// Every rate with what it stands for, in the order of the draw.
    fn rates(&self) -> [(FaultKind, u16); 15] {
        [
            (FaultKind::LoseReply, self.lose_reply),
            (FaultKind::DropBefore, self.drop_before),
            (FaultKind::LateEffect, self.late_effect),
            (FaultKind::RefuseConnection, self.refuse_connection),
            (FaultKind::Http500AfterEffect, self.http_500_after_effect),
            (FaultKind::Http502HtmlBefore, self.http_502_html_before),
            (FaultKind::Http502HtmlAfter, self.http_502_html_after),
            (FaultKind::Http503Before, self.http_503_before),
            (FaultKind::Truncated200, self.truncated_200),
            (FaultKind::Foreign200, self.foreign_200),
            (FaultKind::Redirect, self.redirect),
            (FaultKind::Bare429, self.bare_429),
            (FaultKind::Spurious401, self.spurious_401),
            (FaultKind::Doubled, self.doubled),
            (FaultKind::Slow, self.slow),
        ]
    }

    /// The same rates, to be drawn.
    fn rates_mut(&mut self) -> [&mut u16; 15] {
        [
            &mut self.lose_reply,
            &mut self.drop_before,
            &mut self.late_effect,
            &mut self.refuse_connection,
            &mut self.http_500_after_effect,
            &mut self.http_502_html_before,
            &mut self.http_502_html_after,
            &mut self.http_503_before,
            &mut self.truncated_200,
            &mut self.foreign_200,
            &mut self.redirect,
            &mut self.bare_429,
            &mut self.spurious_401,
            &mut self.doubled,
            &mut self.slow,
        ]
    }

    /// Requests of a thousand that meet a fault.
    pub fn per_mille(&self) -> u32 {
        self.rates().iter().map(|(_, rate)| u32::from(*rate)).sum()
    }

    /// Whether any fault can happen.
    pub fn any(&self) -> bool {
        self.faults_max > 0 && self.rates().iter().any(|(_, rate)| *rate > 0)
    }

    /// Draws what happens to delivery number `delivery`, and a second draw for faults that have a choice in them.
    pub(crate) fn draw(&self, delivery: u64) -> (Option<FaultKind>, bool) {
        if !self.any() {
            return (None, false);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(delivery);
        let drawn = (rng.next_u32() % 1000) as u16;
        let coin = rng.next_u32() & 1 == 1;
        let mut sum = 0u16;
        for (kind, rate) in self.rates() {
            sum = sum.saturating_add(rate);
            if drawn < sum {
                return (Some(kind), coin);
            }
        }
        (None, coin)
    }
}
