//! submit: drives the pure core. Whatever it asks is done in this order and no other:
//! an attempt is durable before its bytes leave, and its outcome before anything follows from it.

use std::collections::HashMap;

use heirloom_ledger::{AttemptId, Ledger, PlanFacts};
use heirloom_model::{Digest, ItemId, ItemKind, Moment, Money, Outcome, Sealed};
use heirloom_virtuous::{
    Action, Approval, Clock, Creation, DetailKind, Ending, Event, Item, PaceTerms, Pacer, Sender, State,
    Target, Terms, Transport, Waited, Watch, WindowSeen, contact_list, gift_list, one_contact, step,
};

use crate::approval::unexpected;
use crate::batches::Nights;
use crate::failure::{Failure, Result};
use crate::journal::{Journal, Opened};
use crate::line::{Line, seen};
use crate::migration::Migration;
use crate::progress::{Bar, Progress};
use crate::settings::{ContactCalls, Sending};

/// The hour over which the quota counts.
const WINDOW_MS: i64 = 3_600_000;

/// How long one listens for calls in the air before looking up.
const LISTEN_MS: i64 = 100;

/// A run that ends sooner needs no forecast.
const FORECAST_FROM_MS: i64 = 60_000;

/// What one `apply` works with.
pub struct Submission<'a> {
    /// The migration, with its ledger.
    pub migration: &'a Migration,
    /// Where it is also kept what leaves, apart from the ledger.
    pub journal: &'a Journal,
    /// The plan to send.
    pub plan: &'a PlanFacts,
    /// Address and token.
    pub target: &'a Target,
    /// How to send.
    pub terms: Terms,
}

/// What one run of the driver came to.
pub struct Submitted {
    /// How it ended.
    pub ending: Ending,
    /// Calls that carried items.
    pub sends: u64,
    /// Where the items stood when it ended.
    pub progress: heirloom_virtuous::Progress,
}

impl Submission<'_> {
    /// Sends what is due of the plan, until the core says that it is finished.
    ///
    /// # Errors
    /// Storage. Everything that the network does is an ending, not an error.
    pub fn run<T: Transport, C: Clock>(
        &self,
        line: &mut Line<T, C>,
        approval: Approval,
        progress: Progress,
    ) -> Result<Submitted> {
        let now = line.clock.now();
        // What somebody sent from a copy of this ledger is in doubt before anything is chosen.
        self.journal.settle(&self.migration.ledger, Opened::AsLeft, now)?;
        let (mut state, mut watch) = self.open(now)?;
        let bar = progress.of(&format!("send {}", self.plan.name), self.plan.items);
        let sender = Sender::new(&mut line.transport, self.target, approval);
        let clock = &mut line.clock;
        let mut drive = Drive {
            submission: self,
            nights: Nights::of(self.migration)?,
            sender,
            clock,
            saved: HashMap::new(),
            sends: 0,
            told: false,
            bar,
        };
        let mut event = Event::Begin;
        loop {
            let now = drive.clock.now();
            let (begun, came_back) = (matches!(event, Event::Begin), matches!(event, Event::Answered { .. }));
            watch.event(&event);
            let actions = step(&mut state, event, now);
            // Before anything of it is done: a rule that would be broken ends the run.
            watch
                .actions(&actions, now)
                .map_err(|rule| unexpected(&format!("stopped before sending: {rule}")))?;
            if begun {
                forecast(&state, now, &self.plan.name, progress);
            }
            if let Some(window) = state.window().filter(|_| came_back) {
                drive.remember(window)?;
            }
            let mut follows = None;
            for action in actions {
                if let Action::Finish(ending) = action {
                    return Ok(Submitted { ending, sends: drive.sends, progress: state.progress() });
                }
                follows = drive.act(action)?;
            }
            event = follows.ok_or_else(|| unexpected(&"the core asked for nothing more"))?;
        }
    }

    fn open(&self, now: Moment) -> Result<(State, Watch)> {
        let item = |l: heirloom_ledger::ItemLine| Item {
            id: l.item,
            state: l.state,
            bytes: l.bytes,
            // What others may have sent is more than one attempt: nobody knows when the first was.
            attempts: l.attempts + 2 * l.elsewhere,
            doubtful_sends: l.doubtful_sends + l.elsewhere,
            last_attempt: l.latest(),
        };
        let ledger = &self.migration.ledger;
        let items: Vec<Item> = ledger.item_states(self.plan.id)?.into_iter().map(item).collect();
        let pacer = pacer(ledger, self.terms.pace, now)?;
        let facts = ledger.org_facts()?;
        let terms = terms_of(self.plan.kind, &self.terms, self.migration.settings.sending);
        let watch = Watch::new(&items, facts, self.plan.kind, &terms);
        Ok((State::new(self.plan.kind, terms, facts, items, pacer), watch))
    }
}

/// The terms under which a kind of item is sent: some endpoints take one at a time.
fn terms_of(kind: ItemKind, terms: &Terms, sending: Sending) -> Terms {
    let singly = match kind {
        ItemKind::Gift => false,
        ItemKind::Contact => sending.contacts == ContactCalls::OneByOne,
        ItemKind::Detail => true,
    };
    let list_max = if singly { 1 } else { terms.list_max };
    let imports_at_once = kind == ItemKind::Gift && sending.create_import;
    Terms { list_max, imports_at_once, ..terms.clone() }
}

/// What is to be expected of sending a whole plan.
pub struct Outlook {
    /// When all of it will have been sent.
    pub done: Moment,
    /// What sets that pace, in words.
    pub why: String,
    /// Calls that will carry it.
    pub calls: u64,
}

/// The outlook of a plan of which nothing was sent, begun at a moment.
///
/// # Errors
/// Storage.
pub fn outlook(migration: &Migration, plan: &PlanFacts, terms: &Terms, begun: Moment) -> Result<Outlook> {
    let ledger = &migration.ledger;
    let pacer = pacer(ledger, terms.pace, begun)?;
    let terms = terms_of(plan.kind, terms, migration.settings.sending);
    let state = State::new(plan.kind, terms, ledger.org_facts()?, Vec::new(), pacer);
    let (done, why) = state.eta_of(plan.items, begun);
    Ok(Outlook { done, why, calls: state.calls_for(plan.items) })
}

/// Says when a plan will have been sent, and what sets that pace.
fn forecast(state: &State, now: Moment, plan: &str, progress: Progress) {
    let (at, why) = state.eta(now);
    if at.since_ms(now) >= FORECAST_FROM_MS {
        let zoned = jiff::Timestamp::from_millisecond(at.0).map(|t| t.to_zoned(jiff::tz::TimeZone::system()));
        let clock = zoned.map_or_else(|_| at.to_string(), |t| t.strftime("%H:%M on %-d %B").to_string());
        progress.say(&format!("{plan} will have been sent at about {clock}: {why}"));
    }
}

/// The limiter with what earlier runs remember of the window.
///
/// # Errors
/// Storage.
pub fn pacer(ledger: &Ledger, terms: PaceTerms, now: Moment) -> Result<Pacer> {
    let calls = ledger.calls_since(now.plus_ms(-WINDOW_MS))?;
    Ok(Pacer::new(terms, &calls, ledger.window()?.map(seen), now))
}

struct Drive<'a, T: Transport, C: Clock> {
    submission: &'a Submission<'a>,
    nights: Nights,
    sender: Sender<'a, T>,
    clock: &'a mut C,
    /// Calls whose attempt is saved and whose bytes have not left yet.
    saved: HashMap<i64, Ready>,
    sends: u64,
    /// Whether the core knows that somebody wants to stop.
    told: bool,
    bar: Bar,
}

impl<T: Transport, C: Clock> Drive<'_, T, C> {
    /// Does one action, and says what came of it; a call that is begun comes back later.
    fn act(&mut self, action: Action) -> Result<Option<Event>> {
        let ledger = &self.submission.migration.ledger;
        let kind = self.submission.plan.kind;
        Ok(Some(match action {
            Action::SaveAttempt { first, last } => {
                Event::AttemptSaved { attempt: self.save_attempt(first, last)? }
            }
            Action::Send { attempt, permit, .. } => {
                let Some(ready) = self.saved.remove(&attempt) else {
                    return Err(unexpected(&"an attempt was never made ready"));
                };
                self.sends += 1;
                self.count("send")?;
                self.sender.send(attempt, ready.what, ready.body, permit);
                return Ok(None);
            }
            Action::SaveOutcome { attempt, outcome } => {
                ledger.end_attempt(AttemptId(attempt), &outcome, self.clock.now())?;
                Event::OutcomeSaved
            }
            Action::Look { item, permit } => {
                let sealed = ledger.bodies(item, item)?;
                let key = sealed.first().map(|s| s.key.as_str()).unwrap_or_default();
                self.count("look")?;
                self.sender.look(item, kind, &self.submission.migration.settings.source, key, permit);
                return Ok(None);
            }
            Action::SaveLook { item, found } => {
                ledger.save_look(item, found, self.clock.now())?;
                Event::LookSaved
            }
            Action::Wait { until, why } => self.rest(Some(until), &why)?,
            Action::Await => self.rest(None, "")?,
            Action::Finish(_) => return Ok(None),
        }))
    }

    /// A request counts from before it leaves, so that no crash forgets it.
    fn count(&mut self, what: &str) -> Result<()> {
        Ok(self.submission.migration.ledger.record_call(self.clock.now(), what, None)?)
    }

    /// Rests until a call comes back, the moment has come, or somebody wants to stop. Time is
    /// counted while listening: a wall clock that is moved shortens nothing.
    fn rest(&mut self, until: Option<Moment>, why: &str) -> Result<Event> {
        if self.sender.is_idle() {
            let until = until.ok_or_else(|| unexpected(&"nothing is in the air, and nothing to wait for"))?;
            return Ok(match self.clock.wait(until, why) {
                Waited::Done => Event::Woke,
                Waited::Interrupted => Event::Stop,
            });
        }
        let mut left_ms = until.map_or(i64::MAX, |until| until.since_ms(self.clock.now()));
        loop {
            let slice_ms = left_ms.clamp(0, LISTEN_MS);
            if let Some((call, reply)) = self.sender.poll(slice_ms) {
                return Ok(Event::Answered { call, reply });
            }
            left_ms -= slice_ms;
            if left_ms <= 0 {
                return Ok(Event::Woke);
            }
            let now = self.clock.now();
            if !self.told && self.clock.wait(now, "") == Waited::Interrupted {
                self.told = true;
                return Ok(Event::Stop);
            }
        }
    }

    /// Builds the call from the sealed bytes and makes the attempt durable.
    fn save_attempt(&mut self, first: ItemId, last: ItemId) -> Result<i64> {
        let Submission { migration, plan, journal, .. } = self.submission;
        let sealed = migration.ledger.bodies(first, last)?;
        let now = self.clock.now();
        let (ready, envelope) = self.make_ready(&sealed, now)?;
        let digest = Digest::of(ready.body.as_bytes());
        let attempt = migration.ledger.begin_attempt(plan.id, first, last, &envelope, digest, now)?;
        if let Err(failure) = journal.note(attempt, plan, digest) {
            self.never_left(attempt, &failure)?;
            return Err(failure);
        }
        self.bar.add(sealed.len() as u64);
        self.saved.insert(attempt.0, ready);
        Ok(attempt.0)
    }

    /// The call that carries some items, and what of it is no item: kept with the attempt.
    fn make_ready(&self, sealed: &[Sealed], now: Moment) -> Result<(Ready, String)> {
        let Submission { migration, plan, .. } = self.submission;
        let settings = &migration.settings;
        let (source, sending) = (&settings.source, settings.sending);
        let bodies: Vec<&str> = sealed.iter().map(|s| s.body.as_str()).collect();
        // A control total is only true of a call that carries the whole batch: all of its plan, and no
        // plan of gifts went before it under the same label.
        let whole = bodies.len() as u64 == plan.items && self.opens_the_batch()?;
        let total = sealed.iter().map(|s| s.amount).reduce(add).flatten().filter(|_| whole);
        // The name under which the hand-over sheet counts what is sent today.
        let import = (plan.kind == ItemKind::Gift && sending.create_import)
            .then(|| format!("{source} {}", self.nights.name(plan.kind, now)));
        let what = match plan.kind {
            ItemKind::Gift => Creation::Gifts,
            ItemKind::Contact if sending.contacts == ContactCalls::OneByOne => Creation::Contact,
            ItemKind::Contact => Creation::Contacts,
            ItemKind::Detail => Creation::Detail(detail_kind(sealed)?),
        };
        let body = match what {
            Creation::Gifts => gift_list(source, &settings.batch, total, import.as_deref(), &bodies),
            Creation::Contacts => contact_list(source, &bodies),
            Creation::Contact => one_contact(source, &bodies.concat()),
            Creation::Detail(_) => bodies.concat(),
        };
        let envelope = serde_json::json!({
            "source": source.as_str(),
            "batch": settings.batch,
            "items": bodies.len(),
            "total": total.map(|t| t.to_plain()),
            "import": import,
            "to": what.as_str(),
        });
        Ok((Ready { body, what }, envelope.to_string()))
    }

    fn opens_the_batch(&self) -> Result<bool> {
        let this = self.submission.plan.id;
        let plans = self.submission.migration.ledger.plans()?;
        Ok(!plans.iter().any(|plan| plan.kind == ItemKind::Gift && plan.id < this))
    }

    /// What could not be kept in the journal does not leave, and the ledger knows it.
    fn never_left(&mut self, attempt: AttemptId, failure: &Failure) -> Result<()> {
        let outcome = Outcome::NoEffect { why: format!("not sent: {failure}"), wait_ms: 0 };
        Ok(self.submission.migration.ledger.end_attempt(attempt, &outcome, self.clock.now())?)
    }

    fn remember(&self, window: WindowSeen) -> Result<()> {
        let window = heirloom_ledger::Window {
            limit: window.limit,
            remaining: window.remaining,
            reset: window.reset,
            at: window.at,
        };
        Ok(self.submission.migration.ledger.save_window(window)?)
    }
}

/// A call that may leave now.
struct Ready {
    body: String,
    what: Creation,
}

/// The endpoint of the one detail of a call.
fn detail_kind(sealed: &[Sealed]) -> Result<DetailKind> {
    let kind = match sealed {
        [one] => DetailKind::of_key(&one.key),
        _ => None,
    };
    kind.ok_or_else(|| unexpected(&"a call holds no detail that can be sent"))
}

fn add(a: Option<Money>, b: Option<Money>) -> Option<Money> {
    a?.checked_add(b?).ok()
}
