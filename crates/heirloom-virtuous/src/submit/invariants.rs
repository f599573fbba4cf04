//! The protocol's invariants as an observer of events and actions, apart from the core's
//! own bookkeeping: for rehearsals and tests, after every step.

use std::collections::BTreeMap;

use heirloom_model::{ItemId, ItemKind, ItemState, Moment, OrgFacts, Outcome, Repeats};

use super::{Action, Call, Event, Item, Terms};
use crate::reading::Reply;

/// Watches a run. Each broken invariant is reported by its number and in words.
#[derive(Debug)]
pub struct Watch {
    kind: ItemKind,
    facts: OrgFacts,
    resend_max: u32,
    settle_ms: i64,
    items: BTreeMap<i64, Seen>,
    /// Saved attempts without an outcome.
    open: BTreeMap<i64, (ItemId, ItemId)>,
    sent_at: Moment,
    saving: Option<(ItemId, ItemId)>,
    last_attempt: i64,
    look: Option<(ItemId, Reply)>,
    finished: bool,
    breach: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    state: ItemState,
    resends: u32,
    doubt_at: Option<Moment>,
}

impl Watch {
    /// An observer that starts from what the ledger knows.
    pub fn new(items: &[Item], facts: OrgFacts, kind: ItemKind, terms: &Terms) -> Self {
        let seen = |item: &Item| Seen {
            state: item.state,
            resends: item.doubtful_sends.saturating_sub(1),
            doubt_at: item.last_attempt,
        };
        Watch {
            kind,
            facts,
            resend_max: terms.resend_max,
            settle_ms: terms.settle_ms,
            items: items.iter().map(|i| (i.id.0, seen(i))).collect(),
            open: BTreeMap::new(),
            sent_at: Moment(0),
            saving: None,
            last_attempt: i64::MIN,
            look: None,
            finished: false,
            breach: None,
        }
    }

    /// Takes note of an event before it is fed to the core.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::AttemptSaved { attempt } => {
                if *attempt <= self.last_attempt {
                    self.fail("I7: attempt numbers do not rise");
                }
                self.last_attempt = self.last_attempt.max(*attempt);
                if let Some(span) = self.saving.take() {
                    self.open.insert(*attempt, span);
                }
            }
            Event::Answered { call: Call::Look { item }, reply } => {
                self.look = Some((*item, reply.clone()));
            }
            _ => {}
        }
    }

    /// Takes note of what the core wants done.
    ///
    /// # Errors
    /// The first broken invariant.
    pub fn actions(&mut self, actions: &[Action], now: Moment) -> Result<(), String> {
        for action in actions {
            if self.finished {
                self.fail("an action after the end");
            }
            match action {
                Action::SaveAttempt { first, last } => self.saving = Some((*first, *last)),
                Action::Send { attempt, first, last, .. } => {
                    self.sent(*attempt, (*first, *last), now);
                }
                Action::SaveOutcome { attempt, outcome } => self.ended(*attempt, outcome),
                Action::SaveLook { item, found } => self.looked(*item, *found),
                Action::Look { .. } if self.kind == ItemKind::Contact => {
                    self.fail("contacts are not looked for one by one");
                }
                Action::Look { .. } => {}
                Action::Wait { until, .. } if *until <= now => self.fail("a wait that is over"),
                Action::Wait { .. } => {}
                Action::Finish(_) => self.finished = true,
            }
        }
        self.breach.clone().map_or(Ok(()), Err)
    }

    fn sent(&mut self, attempt: i64, span: (ItemId, ItemId), now: Moment) {
        if self.open.get(&attempt) != Some(&span) {
            self.fail("I3: a sending whose attempt is not durable");
        }
        if self.open.len() > 1 {
            self.fail("two calls in the air");
        }
        for id in span.0.0..=span.1.0 {
            let Some(mut seen) = self.items.get(&id).copied() else {
                self.fail("a sending of an item outside the plan");
                continue;
            };
            match seen.state {
                ItemState::Unsent => {}
                ItemState::InDoubt => {
                    seen.resends += 1;
                    self.resent(&seen, now);
                }
                other => self.fail(&format!("I4: an item that is {} was sent", other.as_str())),
            }
            self.items.insert(id, seen);
        }
        self.sent_at = now;
    }

    fn resent(&mut self, seen: &Seen, now: Moment) {
        if self.kind == ItemKind::Contact {
            self.fail("I4: a contact in doubt was sent again");
        }
        if self.facts.repeats_held != Repeats::Recognised {
            self.fail("I4: sent while in doubt, where repeats are not known to be recognised");
        }
        if seen.resends > self.resend_max {
            self.fail("an item in doubt was sent more often than allowed");
        }
        if seen.doubt_at.is_some_and(|at| now.since_ms(at) < self.settle_ms) {
            self.fail("an item in doubt was sent again before the doubt had settled");
        }
    }

    fn ended(&mut self, attempt: i64, outcome: &Outcome) {
        let Some(span) = self.open.remove(&attempt) else {
            self.fail("I7: an outcome for an attempt that is not open");
            return;
        };
        let single = span.0 == span.1;
        if !single && matches!(outcome, Outcome::Refused { .. } | Outcome::Conflict { .. }) {
            self.fail("a whole list was called refused");
        }
        for id in span.0.0..=span.1.0 {
            let Some(seen) = self.items.get_mut(&id) else {
                continue;
            };
            match outcome {
                Outcome::Accepted | Outcome::AlreadyThere => seen.state = ItemState::Waiting,
                Outcome::Refused { .. } | Outcome::Conflict { .. } => {
                    seen.state = ItemState::Refused;
                }
                Outcome::InDoubt { .. } => {
                    seen.state = ItemState::InDoubt;
                    seen.doubt_at = Some(self.sent_at);
                }
                // A sending without effect does not count among the repeats.
                Outcome::NoEffect { .. } => {
                    let repeat = seen.state == ItemState::InDoubt;
                    seen.resends = seen.resends.saturating_sub(u32::from(repeat));
                }
            }
        }
    }

    fn looked(&mut self, item: ItemId, found: Option<i64>) {
        let answer = match self.look.take() {
            Some((of, Reply::Answered { status, .. })) if of == item => Some(status),
            _ => None,
        };
        match (answer, found) {
            (Some(200), Some(_)) | (Some(404), None) => {}
            _ => self.fail("I10: a look-up that is no answer changed a state"),
        }
        if let Some(seen) = self.items.get_mut(&item.0) {
            seen.state = match found {
                Some(_) => ItemState::Confirmed,
                None => ItemState::Parked,
            };
        }
    }

    fn fail(&mut self, words: &str) {
        self.breach.get_or_insert_with(|| words.to_owned());
    }
}
