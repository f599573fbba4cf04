//! Stands between the client and the world and checks, from outside, what no request may break:
//! its attempt is durable (I3), our share is kept (I5), a known wait is waited out (I6), and
//! nothing is sent around the vendor's midnight. It shares no code with what it checks.

use bytes::Bytes;
use heirloom::line::{VirtualClock, WorldTransport};
use heirloom_ledger::Ledger;
use heirloom_model::{Digest, Moment};
use heirloom_virtuous::{Clock, Permit, Reply, Transport};

use super::HOUR_MS;

/// A permit may be this much older than its request.
const SLACK_MS: i64 = 1_000;
const BAND_MS: i64 = 15 * 60_000;
/// What a 429 without a word must be worth.
const SILENT_429_MS: i64 = 60_000;

/// The watched way to the world.
pub(super) struct Witness {
    pub inner: WorldTransport,
    clock: VirtualClock,
    ledger: Ledger,
    per_hour: u32,
    /// Requests that left us, over all crashes.
    left: Vec<Moment>,
    /// What the vendor asked for, as far as this process was told.
    not_before: Moment,
    breaches: Vec<String>,
}

impl Witness {
    pub fn new(inner: WorldTransport, clock: &VirtualClock, ledger: Ledger, per_hour: u32) -> Self {
        Witness {
            inner,
            clock: clock.clone(),
            ledger,
            per_hour,
            left: Vec::new(),
            not_before: Moment(0),
            breaches: Vec::new(),
        }
    }

    /// The process is gone, and with it what it was told and did not save; the requests it made are not.
    pub fn after_a_crash(&mut self, inner: WorldTransport, clock: &VirtualClock, ledger: Ledger) {
        (self.inner, self.clock, self.ledger) = (inner, clock.clone(), ledger);
        self.not_before = Moment(0);
    }

    pub fn breaches(&self) -> &[String] {
        &self.breaches
    }

    fn check(&mut self, request: &http::Request<Bytes>) {
        let now = self.clock.now();
        if now < self.not_before {
            self.breaches.push(format!("I6: a request {} ms too early", self.not_before.since_ms(now)));
        }
        let hour = self.left.iter().rev().take_while(|at| now.since_ms(**at) < HOUR_MS).count();
        if hour >= self.per_hour as usize {
            self.breaches.push(format!("I5: {} requests in an hour, {} allowed", hour + 1, self.per_hour));
        }
        self.left.push(now);
        let path = request.uri().path();
        let creates =
            ["/Transactions", "/Contact/Batch", "/ContactIndividual", "/ContactAddress", "/ContactMethod"];
        let creates = creates.iter().chain(&["/ContactReference"]).any(|end| path.ends_with(end));
        if request.method() != http::Method::POST || !creates {
            return;
        }
        self.check_attempt(request.body());
        self.check_midnight(now);
    }

    fn check_attempt(&mut self, body: &Bytes) {
        let digest = Digest::of(body);
        let attempts = self.ledger.attempts().unwrap_or_default();
        if !attempts.iter().any(|a| a.request_digest == digest && a.outcome.is_none()) {
            self.breaches.push("I3: a request whose attempt is not durable".to_owned());
        }
    }

    fn check_midnight(&mut self, now: Moment) {
        let next = self.inner.world.next_midnight_ms().unwrap_or(i64::MAX);
        let before = next - now.0;
        if before > 0 && before < BAND_MS - SLACK_MS {
            self.breaches.push(format!("a sending {before} ms before midnight"));
        }
    }
}

impl Transport for Witness {
    fn begin(&mut self, ticket: u64, request: http::Request<Bytes>, permit: Permit) {
        self.check(&request);
        self.inner.begin(ticket, request, permit);
    }

    fn poll(&mut self, wait_ms: i64) -> Option<(u64, Reply)> {
        let (ticket, reply) = self.inner.poll(wait_ms)?;
        if reply.status() == Some(429) {
            let seconds = reply.headers().iter().find(|(name, _)| name == "retry-after");
            let seconds = seconds.map(|(_, value)| value.parse::<i64>().map(|s| s * 1_000));
            let wait_ms = match seconds {
                Some(Ok(ms)) => ms,
                Some(Err(_)) => 0,
                None if reply.headers().iter().any(|(name, _)| name.contains("ratelimit")) => 0,
                None => SILENT_429_MS,
            };
            self.not_before = self.not_before.max(self.clock.now().plus_ms(wait_ms));
        }
        Some((ticket, reply))
    }
}
