//! submit: drives the pure core. Whatever it asks is done in this order and no other:
//! an attempt is durable before its bytes leave, and its outcome before anything follows from it.

use std::collections::HashMap;

use heirloom_ledger::{AttemptId, Ledger, PlanFacts};
use heirloom_model::{Digest, ItemId, ItemKind, Moment, Money, SourceName};
use heirloom_virtuous::{
    Action, Approval, Call, Clock, Ending, Event, Item, PaceTerms, Pacer, Sender, State, Target, Terms,
    Transport, Waited, contact_list, gift_list, step,
};

use crate::failure::Result;
use crate::line::{Line, seen};
use crate::progress::{Bar, Progress};

/// The hour over which the quota counts.
const WINDOW_MS: i64 = 3_600_000;

/// What one `apply` works with.
pub struct Submission<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// The plan to send.
    pub plan: &'a PlanFacts,
    /// The source's constant name.
    pub source: &'a SourceName,
    /// The batch label.
    pub batch: &'a str,
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
        let mut state = self.open(now)?;
        let bar = progress.of(&format!("send {}", self.plan.name), self.plan.items);
        let sender = Sender::new(&mut line.transport, self.target, approval);
        let clock = &mut line.clock;
        let mut drive = Drive { submission: self, sender, clock, saved: HashMap::new(), sends: 0, bar };
        let mut event = Event::Begin;
        loop {
            let mut next = None;
            for action in step(&mut state, event, drive.clock.now()) {
                if let Action::Finish(ending) = action {
                    return Ok(Submitted { ending, sends: drive.sends, progress: state.progress() });
                }
                let follows = drive.act(action)?;
                if let Event::Answered { call, reply } = &follows {
                    let what = if matches!(call, Call::Send { .. }) { "send" } else { "look" };
                    let (at, status) = (drive.clock.now(), reply.status());
                    drive.clock.called(at, what, status, None);
                }
                next = Some(follows);
            }
            if let Some(window) = state.window() {
                drive.remember(window)?;
            }
            let Some(follows) = next else {
                let ending = Ending::Paused { until: None, why: "the core asked for nothing more".into() };
                return Ok(Submitted { ending, sends: drive.sends, progress: state.progress() });
            };
            event = follows;
        }
    }

    fn open(&self, now: Moment) -> Result<State> {
        let item = |l: heirloom_ledger::ItemLine| Item {
            id: l.item,
            state: l.state,
            bytes: l.bytes,
            attempts: l.attempts,
            doubtful_sends: l.doubtful_sends,
            last_attempt: l.last_attempt,
        };
        let items = self.ledger.item_states(self.plan.id)?.into_iter().map(item).collect();
        let pacer = pacer(self.ledger, self.terms.pace, now)?;
        Ok(State::new(self.plan.kind, self.terms.clone(), self.ledger.org_facts()?, items, pacer))
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
    sender: Sender<'a, T>,
    clock: &'a mut C,
    /// Calls whose attempt is saved and whose bytes have not left yet.
    saved: HashMap<i64, String>,
    sends: u64,
    bar: Bar,
}

impl<T: Transport, C: Clock> Drive<'_, T, C> {
    /// Does one action, and says what came of it.
    fn act(&mut self, action: Action) -> Result<Event> {
        let ledger = self.submission.ledger;
        Ok(match action {
            Action::SaveAttempt { first, last } => {
                Event::AttemptSaved { attempt: self.save_attempt(first, last)? }
            }
            Action::Send { attempt, permit, .. } => {
                let body = self.saved.remove(&attempt).unwrap_or_default();
                self.sends += 1;
                let reply = match self.submission.plan.kind {
                    ItemKind::Gift => self.sender.send_gifts(body, permit),
                    ItemKind::Contact => self.sender.send_contacts(body, permit),
                };
                Event::Answered { call: Call::Send { attempt }, reply }
            }
            Action::SaveOutcome { attempt, outcome } => {
                ledger.end_attempt(AttemptId(attempt), &outcome, self.clock.now())?;
                Event::OutcomeSaved
            }
            Action::Look { item, permit } => {
                let sealed = ledger.bodies(item, item)?;
                let key = sealed.first().map(|s| s.key.as_str()).unwrap_or_default();
                let reply = self.sender.look(self.submission.plan.kind, self.submission.source, key, permit);
                Event::Answered { call: Call::Look { item }, reply }
            }
            Action::SaveLook { item, found } => {
                ledger.save_look(item, found, self.clock.now())?;
                Event::LookSaved
            }
            Action::Wait { until, why } => match self.clock.wait(until, &why) {
                Waited::Done => Event::Woke,
                Waited::Interrupted => Event::Stop,
            },
            Action::Finish(_) => Event::Woke,
        })
    }

    /// Builds the call from the sealed bytes and makes the attempt durable.
    fn save_attempt(&mut self, first: ItemId, last: ItemId) -> Result<i64> {
        let submission = self.submission;
        let sealed = submission.ledger.bodies(first, last)?;
        let bodies: Vec<&str> = sealed.iter().map(|s| s.body.as_str()).collect();
        // A control total is only true of a call that carries the whole batch.
        let whole = bodies.len() as u64 == submission.plan.items;
        let total = sealed.iter().map(|s| s.amount).reduce(add).flatten().filter(|_| whole);
        let text = match submission.plan.kind {
            ItemKind::Gift => gift_list(submission.source, submission.batch, total, &bodies),
            ItemKind::Contact => contact_list(submission.source, &bodies),
        };
        let envelope = serde_json::json!({
            "source": submission.source.as_str(),
            "batch": submission.batch,
            "items": bodies.len(),
            "total": total.map(|t| t.to_plain()),
        });
        let digest = Digest::of(text.as_bytes());
        let plan = submission.plan.id;
        let now = self.clock.now();
        let attempt =
            submission.ledger.begin_attempt(plan, first, last, &envelope.to_string(), digest, now)?;
        self.bar.add(bodies.len() as u64);
        self.saved.insert(attempt.0, text);
        Ok(attempt.0)
    }

    fn remember(&self, window: heirloom_virtuous::WindowSeen) -> Result<()> {
        let window = heirloom_ledger::Window {
            limit: window.limit,
            remaining: window.remaining,
            reset: window.reset,
            at: window.at,
        };
        Ok(self.submission.ledger.save_window(window)?)
    }
}

fn add(a: Option<Money>, b: Option<Money>) -> Option<Money> {
    a?.checked_add(b?).ok()
}
