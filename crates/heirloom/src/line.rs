//! The line to the target: the network with the machine's clock, or a simulated world with a virtual one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use heirloom_ledger::{Ledger, Window};
use heirloom_model::Moment;
use heirloom_simulator::{Delivered, World};
use heirloom_virtuous::{Clock, HttpTransport, Permit, Reply, Transport, Waited, WindowSeen};

use crate::progress::Progress;

/// What one call takes in virtual time.
const SIMULATED_CALL_MS: i64 = 150;

/// A simulated call that takes longer is given up, as on the network.
const SIMULATED_DEADLINE_MS: i64 = 60_000;

/// Waits longer than this are always worth a word to the user.
const LONG_WAIT_MS: i64 = 60_000;

/// Waits longer than this are worth a word if their reason is a new one.
const SHORT_WAIT_MS: i64 = 5_000;

/// Calls and time, side by side: what a driver needs of the outside world.
pub struct Line<T: Transport, C: Clock> {
    /// Carries requests.
    pub transport: T,
    /// Tells time, waits, and keeps the record of calls in the ledger.
    pub clock: C,
}

/// The network and the machine's clock.
pub type LiveLine = Line<HttpTransport, WallClock>;

/// A world in this process and a clock that jumps.
pub type WorldLine = Line<WorldTransport, VirtualClock>;

/// The machine's time.
pub fn wall_clock() -> Moment {
    Moment(jiff::Timestamp::now().as_millisecond())
}

/// The machine's clock; waits on the monotonic one, so that a changed wall clock cannot shorten a wait.
pub struct WallClock {
    ledger: Ledger,
    stop: Arc<AtomicBool>,
    progress: Progress,
    /// Why it waited when it last said so.
    said: String,
}

impl WallClock {
    /// A clock whose waits end early once `stop` is set.
    pub fn new(ledger: Ledger, stop: Arc<AtomicBool>, progress: Progress) -> Self {
        WallClock { ledger, stop, progress, said: String::new() }
    }
}

impl Clock for WallClock {
    fn now(&mut self) -> Moment {
        wall_clock()
    }

    fn wait(&mut self, until: Moment, why: &str) -> Waited {
        let wait_ms = until.since_ms(self.now()).max(0);
        if wait_ms > LONG_WAIT_MS || (wait_ms > SHORT_WAIT_MS && why != self.said) {
            self.progress.say(&format!("waiting until {until}: {why}"));
            why.clone_into(&mut self.said);
        }
        let end = Instant::now() + Duration::from_millis(wait_ms.unsigned_abs());
        loop {
            if self.stop.load(Ordering::SeqCst) {
                return Waited::Interrupted;
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Waited::Done;
            }
            std::thread::sleep(left.min(Duration::from_millis(50)));
        }
    }

    fn leaving(&mut self, at: Moment, what: &str) -> bool {
        self.ledger.record_call(at, what, None).is_ok()
    }

    fn keep(&mut self, window: WindowSeen) {
        keep(&self.ledger, window);
    }
}

/// A clock that jumps: waiting takes no time at all. Clones share their time.
#[derive(Clone)]
pub struct VirtualClock {
    ledger: Ledger,
    now: Arc<AtomicI64>,
}

impl VirtualClock {
    /// A clock that stands at `start`.
    pub fn new(ledger: Ledger, start: Moment) -> Self {
        VirtualClock { ledger, now: Arc::new(AtomicI64::new(start.0)) }
    }

    /// Moves forward to `until`, never back.
    pub fn jump_to(&self, until: Moment) {
        self.now.fetch_max(until.0, Ordering::Relaxed);
    }

    /// Moves this clock on from elsewhere, by so many milliseconds.
    pub fn sleeper(&self) -> impl Fn(i64) + Send + use<> {
        let now = self.now.clone();
        move |ms| {
            now.fetch_add(ms, Ordering::Relaxed);
        }
    }
}

impl Clock for VirtualClock {
    fn now(&mut self) -> Moment {
        Moment(self.now.load(Ordering::Relaxed))
    }

    fn wait(&mut self, until: Moment, _why: &str) -> Waited {
        self.jump_to(until);
        Waited::Done
    }

    fn leaving(&mut self, at: Moment, what: &str) -> bool {
        self.ledger.record_call(at, what, None).is_ok()
    }

    fn keep(&mut self, window: WindowSeen) {
        keep(&self.ledger, window);
    }
}

/// A ledger that can no longer be written stops the run at its next commit; here the call has
/// already happened.
fn keep(ledger: &Ledger, seen: WindowSeen) {
    let _ = ledger.save_window(Window {
        limit: seen.limit,
        remaining: seen.remaining,
        reset: seen.reset,
        at: seen.at,
    });
}

/// What the ledger remembers of the window, as the pacer wants it.
pub fn seen(window: Window) -> WindowSeen {
    WindowSeen { limit: window.limit, remaining: window.remaining, reset: window.reset, at: window.at }
}

/// Hands requests to a world in this process.
pub struct WorldTransport {
    /// The simulated vendor.
    pub world: World,
    /// What a call takes there and back, without delays of the vendor's own.
    pub latency_ms: i64,
    now: Arc<AtomicI64>,
    /// Calls that have not come back: when they will, ticket, and with what.
    in_air: Vec<(i64, u64, Reply)>,
}

impl WorldTransport {
    /// A transport into `world` on `clock`'s time.
    pub fn new(world: World, clock: &VirtualClock) -> Self {
        WorldTransport { world, latency_ms: SIMULATED_CALL_MS, now: clock.now.clone(), in_air: Vec::new() }
    }
}

impl Transport for WorldTransport {
    fn begin(&mut self, ticket: u64, request: http::Request<Bytes>, _permit: Permit) {
        let now = self.now.load(Ordering::Relaxed);
        let arrives = now + self.latency_ms / 2;
        let delivered = self.world.deliver(arrives, request);
        let back = arrives + self.world.reply_delay_ms() + self.latency_ms - self.latency_ms / 2;
        let reply = match delivered {
            Delivered::Response(_) if back - now > SIMULATED_DEADLINE_MS => {
                Reply::Lost { why: "timed out".into() }
            }
            Delivered::Response(response) => answered(response),
            Delivered::LostAfterEffect | Delivered::LostBeforeEffect => {
                Reply::Lost { why: "the connection was cut before the answer came".into() }
            }
            Delivered::NeverArrived => Reply::NotConnected { why: "no connection".into() },
        };
        self.in_air.push((back.min(now + SIMULATED_DEADLINE_MS), ticket, reply));
    }

    fn poll(&mut self, wait_ms: i64) -> Option<(u64, Reply)> {
        let end = self.now.load(Ordering::Relaxed) + wait_ms;
        let first = (0..self.in_air.len()).min_by_key(|place| self.in_air[*place].0);
        let Some(first) = first.filter(|place| self.in_air[*place].0 <= end) else {
            self.now.store(end, Ordering::Relaxed);
            return None;
        };
        let (back, ticket, reply) = self.in_air.remove(first);
        self.now.fetch_max(back, Ordering::Relaxed);
        Some((ticket, reply))
    }
}

/// A response as the core sees it: status, headers by lower-case name, body.
fn answered(response: http::Response<Bytes>) -> Reply {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter();
    Reply::Answered {
        status: response.status().as_u16(),
        headers: headers.map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: response.into_body(),
    }
}
