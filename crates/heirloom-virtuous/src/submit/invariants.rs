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
    imports_at_once: bool,
    resend_max: u32,
    settle_ms: i64,
    in_air_max: u32,
    /// By id.
    items: Vec<(i64, Seen)>,
    /// Saved attempts without an outcome; when each was sent.
    open: BTreeMap<i64, Open>,
    saving: Option<(ItemId, ItemId)>,
    last_attempt: i64,
    look: Option<(ItemId, Reply)>,
    finished: bool,
    breach: Option<String>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    span: (ItemId, ItemId),
    sent_at: Option<Moment>,
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
        let mut items: Vec<(i64, Seen)> = items.iter().map(|i| (i.id.0, seen(i))).collect();
        items.sort_by_key(|(id, _)| *id);
        Watch {
            kind,
            facts,
            imports_at_once: terms.imports_at_once,
            resend_max: terms.resend_max,
            settle_ms: terms.settle_ms,
            in_air_max: terms.in_air_max.max(1),
            items,
            open: BTreeMap::new(),
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
                    self.open.insert(*attempt, Open { span, sent_at: None });
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
                Action::Look { .. } if self.kind != ItemKind::Gift => {
                    self.fail("contacts are not looked for one by one");
                }
                Action::Look { .. } => {}
                Action::Wait { until, .. } if *until <= now => self.fail("a wait that is over"),
                Action::Wait { .. } | Action::Await => {}
                Action::Finish(_) => self.finished = true,
            }
        }
        self.breach.clone().map_or(Ok(()), Err)
    }

    fn sent(&mut self, attempt: i64, span: (ItemId, ItemId), now: Moment) {
        match self.open.get_mut(&attempt) {
            Some(open) if open.span == span && open.sent_at.is_none() => open.sent_at = Some(now),
            _ => self.fail("I3: a sending whose attempt is not durable, or not its own"),
        }
        if self.open.len() > self.in_air_max as usize {
            self.fail("more calls in the air than allowed");
        }
        let meets = |other: &Open| other.span.0 <= span.1 && span.0 <= other.span.1;
        if self.open.values().filter(|other| meets(other)).count() > 1 {
            self.fail("I4: an item in two calls at once");
        }
        for id in span.0.0..=span.1.0 {
            let Some(place) = self.place(id) else {
                self.fail("a sending of an item outside the plan");
                continue;
            };
            let mut seen = self.items[place].1;
            match seen.state {
                ItemState::Unsent => {}
                ItemState::InDoubt => {
                    seen.resends += 1;
                    self.resent(&seen, now);
                }
                other => self.fail(&format!("I4: an item that is {} was sent", other.as_str())),
            }
            self.items[place].1 = seen;
        }
    }

    fn place(&self, id: i64) -> Option<usize> {
        self.items.binary_search_by_key(&id, |(id, _)| *id).ok()
    }

    fn resent(&mut self, seen: &Seen, now: Moment) {
        if self.kind != ItemKind::Gift {
            self.fail("I4: a contact in doubt was sent again");
        }
        if self.facts.repeats_held != Repeats::Recognised {
            self.fail("I4: sent while in doubt, where repeats are not known to be recognised");
        }
        if self.imports_at_once && self.facts.repeats_imported != Repeats::Recognised {
            self.fail("I4: sent while in doubt, where its import may have been run meanwhile");
        }
        if seen.resends > self.resend_max {
            self.fail("an item in doubt was sent more often than allowed");
        }
        if seen.doubt_at.is_some_and(|at| now.since_ms(at) < self.settle_ms) {
            self.fail("an item in doubt was sent again before the doubt had settled");
        }
    }

    fn ended(&mut self, attempt: i64, outcome: &Outcome) {
        let Some(Open { span, sent_at }) = self.open.remove(&attempt) else {
            self.fail("I7: an outcome for an attempt that is not open");
            return;
        };
        let single = span.0 == span.1;
        if !single && matches!(outcome, Outcome::Refused { .. } | Outcome::Conflict { .. }) {
            self.fail("a whole list was called refused");
        }
        for id in span.0.0..=span.1.0 {
            let Some(place) = self.place(id) else {
                continue;
            };
            let seen = &mut self.items[place].1;
            match outcome {
                Outcome::Accepted | Outcome::AlreadyThere => seen.state = ItemState::Waiting,
                Outcome::Refused { .. } | Outcome::Conflict { .. } => {
                    seen.state = ItemState::Refused;
                }
                Outcome::InDoubt { .. } => {
                    seen.state = ItemState::InDoubt;
                    seen.doubt_at = sent_at;
                }
                // A sending without effect, or none, does not count among the repeats.
                Outcome::NoEffect { .. } => {
                    let repeat = seen.state == ItemState::InDoubt && sent_at.is_some();
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
        if let Some(place) = self.place(item.0) {
            self.items[place].1.state = match found {
                Some(0) => ItemState::Waiting,
                Some(_) => ItemState::Confirmed,
                None => ItemState::Parked,
            };
        }
    }

    fn fail(&mut self, words: &str) {
        self.breach.get_or_insert_with(|| words.to_owned());
    }
}
