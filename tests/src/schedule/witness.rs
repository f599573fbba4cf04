//! Stands between the client and the world and checks, from outside, what no request may break:
//! its attempt is durable (I3), our share and the others' reserve are kept (I5), a known wait is waited
//! out (I6), and nothing is sent around the vendor's midnight. It shares no code with what it checks.

use bytes::Bytes;
use heirloom::line::{VirtualClock, WorldTransport};
use heirloom_ledger::Ledger;
use heirloom_model::{Digest, Moment};
use heirloom_simulator::ResetHeader;
use heirloom_virtuous::{Clock, PaceTerms, Permit, Reply, Transport};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::HOUR_MS;

/// A permit may be this much older than its request.
const SLACK_MS: i64 = 1_000;
const BAND_MS: i64 = 15 * 60_000;
/// No answer is waited for longer than this.
const DEADLINE_MS: i64 = 60_000;
/// What a 429 without a word must be worth.
const SILENT_429_MS: i64 = 60_000;
/// Ends of the paths under which something is made.
const CREATES: [&str; 8] = [
    "/Transactions",
    "/Contact/Batch",
    "/ContactIndividual",
    "/ContactAddress",
    "/ContactMethod",
    "/ContactReference",
    "/Pledge",
    "/RecurringGift",
];

/// What a reply has told.
#[derive(Clone, Copy)]
struct Known {
    /// What the vendor asked for.
    not_before: Moment,
    /// Until when the window is known to be down to its reserve.
    low_until: Moment,
}

const NOTHING: Known = Known { not_before: Moment(0), low_until: Moment(0) };

/// The watched way to the world.
pub(super) struct Witness {
    pub inner: WorldTransport,
    clock: VirtualClock,
    ledger: Ledger,
    pace: PaceTerms,
    /// Requests that left us, over all crashes.
    left: Vec<Moment>,
    known: Known,
    /// What was known before the newest reply.
    before: Known,
    breaches: Vec<String>,
}

impl Witness {
    pub fn new(inner: WorldTransport, clock: &VirtualClock, ledger: Ledger, pace: PaceTerms) -> Self {
        Witness {
            inner,
            clock: clock.clone(),
            ledger,
            pace,
            left: Vec::new(),
            known: NOTHING,
            before: NOTHING,
            breaches: Vec::new(),
        }
    }

    /// The process is gone, and with it what the newest reply told, unless that was saved already. All
    /// that was told before has been saved, and the requests that were made are not forgotten.
    pub fn after_a_crash(&mut self, inner: WorldTransport, clock: &VirtualClock, ledger: Ledger) {
        (self.inner, self.clock, self.ledger) = (inner, clock.clone(), ledger);
        let saved = self.ledger.window().unwrap();
        let holds = |until: Moment, remaining: u32| {
            saved.is_some_and(|w| w.remaining <= remaining && w.reset.plus_ms(SLACK_MS) >= until)
        };
        if !holds(self.known.not_before, 0) {
            self.known.not_before = self.before.not_before;
        }
        if !holds(self.known.low_until, self.pace.reserve) {
            self.known.low_until = self.before.low_until;
        }
    }

    pub fn breaches(&self) -> &[String] {
        &self.breaches
    }

    fn check(&mut self, request: &http::Request<Bytes>) {
        let now = self.clock.now();
        if now < self.known.not_before {
            self.breaches.push(format!("I6: a request {} ms too early", self.known.not_before.since_ms(now)));
        }
        if now < self.known.low_until {
            let early_ms = self.known.low_until.since_ms(now);
            self.breaches
                .push(format!("I5: a request {early_ms} ms before the window's end, at its reserve"));
        }
        let hour = self.left.iter().rev().take_while(|at| now.since_ms(**at) < HOUR_MS).count();
        let allowed = self.pace.per_hour;
        if hour >= allowed as usize {
            self.breaches.push(format!("I5: {} requests in an hour, {allowed} allowed", hour + 1));
        }
        self.left.push(now);
        let path = request.uri().path();
        if request.method() != http::Method::POST || !CREATES.iter().any(|end| path.ends_with(end)) {
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

    /// The zone's own midnights, whether anything was bundled in them or not.
    fn check_midnight(&mut self, now: Moment) {
        let zone = TimeZone::get(&self.inner.world.rules().zone).unwrap();
        let day = Timestamp::from_millisecond(now.0).unwrap().to_zoned(zone).start_of_day().unwrap();
        let next = day.checked_add(1.day()).and_then(|next| next.start_of_day()).unwrap();
        let before = next.timestamp().as_millisecond() - now.0;
        let after = now.0 - day.timestamp().as_millisecond();
        if before < BAND_MS - SLACK_MS {
            self.breaches.push(format!("a sending {before} ms before midnight"));
        }
        if after < BAND_MS - SLACK_MS {
            self.breaches.push(format!("a sending {after} ms after midnight"));
        }
    }

    /// Notes how long the vendor asked to wait, under whatever status.
    fn note_wait(&mut self, reply: &Reply) {
        let now = self.clock.now();
        let asked = reply.headers().iter().find(|(name, _)| name == "retry-after").map(|(_, value)| value);
        let rated = || reply.headers().iter().any(|(name, _)| name.contains("ratelimit"));
        let until = match asked {
            Some(text) => match text.parse::<i64>() {
                Ok(seconds) => now.plus_ms(seconds * 1_000),
                Err(_) => match jiff::fmt::rfc2822::parse(text) {
                    Ok(at) => Moment(
                        at.timestamp().as_millisecond() - self.inner.world.rules().clock_skew_ms - SLACK_MS,
                    ),
                    Err(_) => return,
                },
            },
            None if reply.status() == Some(429) && !rated() => now.plus_ms(SILENT_429_MS),
            None => return,
        };
        self.known.not_before = self.known.not_before.max(until);
    }

    /// Notes the end of a window that a reply says is down to what is left to others.
    fn note_reserve(&mut self, reply: &Reply) {
        let value = |wanted: &str| reply.headers().iter().find(|(name, _)| name == wanted).map(|(_, v)| v);
        let remaining = value("x-ratelimit-remaining").and_then(|text| text.parse::<u32>().ok());
        let (Some(remaining), Some(reset)) = (remaining, value("x-ratelimit-reset")) else { return };
        if remaining > self.pace.reserve {
            return;
        }
        let rules = self.inner.world.rules();
        let number = |text: &str| text.parse::<i64>().unwrap();
        let until_ms = match rules.reset_header {
            ResetHeader::Epoch => number(reset) * 1_000 - rules.clock_skew_ms,
            ResetHeader::EpochMs => number(reset) - rules.clock_skew_ms,
            // Counted from when the vendor wrote it, a minute ago at most.
            ResetHeader::Relative => self.clock.now().0 + number(reset) * 1_000 - DEADLINE_MS,
            ResetHeader::HttpDate => {
                let at = jiff::fmt::rfc2822::parse(reset).unwrap().timestamp().as_millisecond();
                at - rules.clock_skew_ms
            }
            ResetHeader::Junk => return,
        };
        self.known.low_until = self.known.low_until.max(Moment(until_ms - 2 * SLACK_MS));
    }
}

impl Transport for Witness {
    fn begin(&mut self, ticket: u64, request: http::Request<Bytes>, permit: Permit) {
        self.check(&request);
        self.inner.begin(ticket, request, permit);
    }

    fn poll(&mut self, wait_ms: i64) -> Option<(u64, Reply)> {
        let (ticket, reply) = self.inner.poll(wait_ms)?;
        self.before = self.known;
        self.note_reserve(&reply);
        self.note_wait(&reply);
        Some((ticket, reply))
    }
}
