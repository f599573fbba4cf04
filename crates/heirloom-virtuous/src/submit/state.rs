//! Where the run stands: items, what is due, what is in the air, what went wrong in a row.

use std::collections::BTreeSet;

use heirloom_model::{ItemId, ItemKind, ItemState, Moment, OrgFacts};

use super::{Ending, Item, Progress, Terms};
use crate::pacer::{Pacer, Permit, WindowSeen};

/// Lists of the pilot.
pub(super) const PILOT: [u32; 2] = [2, 10];

/// One item and what this run knows about its doubt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub id: i64,
    pub bytes: u32,
    pub state: ItemState,
    pub doubtful_sends: u32,
    /// When the first doubtful attempt began; `None` while in doubt means that nobody knows.
    pub first_doubt: Option<Moment>,
    /// What the ledger said when the run began.
    pub last_attempt: Option<Moment>,
    /// When it is due, while in doubt.
    pub due: Moment,
    /// In lists of at most so many, after a refusal.
    pub cap: u32,
    /// Whether a doubt is of the kind that a later refusal does not settle.
    pub lost: bool,
    /// Whether sending it again is over.
    pub spent: bool,
    /// Look-ups that failed in this run.
    pub looks_failed: u32,
}

/// Consecutive items about to be sent, or in the air: indexes, both inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub first: usize,
    pub last: usize,
    /// Whether they were in doubt before.
    pub doubtful: bool,
}

impl Span {
    pub fn len(self) -> u32 {
        u32::try_from(self.last - self.first + 1).unwrap_or(u32::MAX)
    }
}

/// What is being waited for, besides the calls in the air.
#[derive(Debug)]
pub(super) enum Phase {
    Idle,
    Saving { span: Span, permit: Permit },
    Closing,
    SavingLook,
    Waiting,
    Done,
}

/// A call in the air.
#[derive(Clone, Copy, Debug)]
pub(super) enum Flight {
    Send { span: Span, attempt: i64, since: Moment },
    Look { item: usize, since: Moment },
}

/// What went wrong in a row; any good answer starts anew.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct InARow {
    pub unconnected: u32,
    pub throttled: u32,
    pub doubtful: u32,
    pub refused: u32,
    pub accepted: u32,
    pub looks_failed: u32,
    /// When the newest of the counted failures was known.
    pub failed: Option<Moment>,
}

/// A run of one plan.
#[derive(Debug)]
pub struct State {
    pub(super) kind: ItemKind,
    pub(super) terms: Terms,
    pub(super) facts: OrgFacts,
    pub(super) entries: Vec<Entry>,
    pub(super) unsent: BTreeSet<usize>,
    /// Items in doubt that will be looked for or repeated, by due time.
    pub(super) doubts: BTreeSet<(Moment, usize)>,
    pub(super) pacer: Pacer,
    pub(super) phase: Phase,
    pub(super) flights: Vec<Flight>,
    pub(super) not_before: Option<(Moment, String)>,
    pub(super) ending: Option<Ending>,
    pub(super) stopping: bool,
    pub(super) row: InARow,
    pub(super) doubtful_calls: u32,
    pub(super) list_size: u32,
    /// The largest list size that the vendor has accepted in this run.
    pub(super) proven: u32,
    pub(super) ceiling: u32,
    /// The smallest list that was too large.
    pub(super) too_large: u32,
    pub(super) accepted_calls: usize,
    calls: u64,
    counts: [(ItemState, u64); 7],
}

impl State {
    /// A run that begins with what the ledger knows; items by ascending id. An item in doubt
    /// stays in doubt: nothing here takes an attempt without outcome for unsent.
    pub fn new(kind: ItemKind, terms: Terms, facts: OrgFacts, items: Vec<Item>, pacer: Pacer) -> Self {
        let list_max = terms.list_max.max(1);
        let mut state = State {
            kind,
            facts,
            entries: Vec::with_capacity(items.len()),
            unsent: BTreeSet::new(),
            doubts: BTreeSet::new(),
            pacer,
            phase: Phase::Idle,
            flights: Vec::new(),
            not_before: None,
            ending: None,
            stopping: false,
            row: InARow::default(),
            doubtful_calls: 0,
            list_size: if terms.pilot { PILOT[0].min(list_max) } else { list_max },
            proven: 0,
            ceiling: list_max,
            too_large: list_max.saturating_add(1),
            accepted_calls: 0,
            calls: 0,
            counts: ItemState::ALL.map(|state| (state, 0)),
            terms,
        };
        let mut items = items;
        items.sort_by_key(|item| item.id);
        items.dedup_by_key(|item| item.id);
        state.entries.extend(items.iter().map(entry));
        for item in &items {
            state.tally(item.state, 1);
        }
        state
    }

    /// Puts every item where it belongs, once the time is known.
    pub(super) fn begin(&mut self, now: Moment) {
        for index in 0..self.entries.len() {
            match self.entries[index].state {
                ItemState::Unsent => {
                    self.unsent.insert(index);
                }
                ItemState::InDoubt => {
                    // An attempt that nobody remembers (a restored ledger) may be quite new.
                    let since = self.entries[index].last_attempt.unwrap_or(now).min(now);
                    self.doubt(index, since);
                }
                _ => {}
            }
        }
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let mut progress = Progress {
            items: self.entries.len() as u64,
            calls: self.calls,
            list_size: self.list_size(),
            in_air: u32::try_from(self.flights.len()).unwrap_or(u32::MAX),
            ..Progress::default()
        };
        for (state, count) in &self.counts {
            *match state {
                ItemState::Unsent => &mut progress.unsent,
                ItemState::InDoubt => &mut progress.in_doubt,
                ItemState::Parked => &mut progress.parked,
                ItemState::Refused => &mut progress.refused,
                ItemState::Waiting => &mut progress.waiting,
                ItemState::Confirmed => &mut progress.confirmed,
                ItemState::Discarded => &mut progress.discarded,
            } = *count;
        }
        progress
    }

    /// The vendor's window, to be saved after every call.
    pub fn window(&self) -> Option<WindowSeen> {
        self.pacer.window()
    }

    /// When everything that is unsent will have been sent, and why: the calls that are left at
    /// the permitted pace, and the waits that are known (a reset, the guard band, doubts that
    /// settle).
    pub fn eta(&self, now: Moment) -> (Moment, String) {
        self.eta_of(self.unsent.len() as u64, now)
    }

    /// The same, if so many items were unsent: for a plan whose items need not be read for it.
    pub fn eta_of(&self, unsent: u64, now: Moment) -> (Moment, String) {
        let calls = self.calls_for(unsent) + self.doubts.len() as u64;
        let (mut at, mut why) = self.pacer.eta(calls, now);
        if let Some(guard) = &self.terms.guard {
            let pauses_ms = guard.pauses_ms(now, at);
            if pauses_ms > 0 {
                at = at.plus_ms(pauses_ms);
                why.push_str(", with a pause around the vendor's midnight");
            }
        }
        match self.doubts.last() {
            Some(&(due, _)) if due > at => (due, "doubtful calls settle".to_owned()),
            _ => (at, why),
        }
    }

    /// Gives the pacer back, for the next run.
    pub fn into_pacer(self) -> Pacer {
        self.pacer
    }

    pub(super) fn id(&self, index: usize) -> ItemId {
        ItemId(self.entries[index].id)
    }

    pub(super) fn list_size(&self) -> u32 {
        self.list_size.min(self.ceiling).max(1)
    }

    pub(super) fn count_call(&mut self) {
        self.calls += 1;
    }

    /// Calls of this run so far, those in the air included.
    pub(super) fn calls_begun(&self) -> u64 {
        self.calls + self.flights.len() as u64
    }

    /// Whether one more call may be in the air: only one while it is a list of a size that was
    /// never accepted before, or while the last answers were none.
    pub(super) fn has_room(&self) -> bool {
        let row = &self.row;
        let careful = self.terms.cautious
            || self.list_size() > self.proven
            || row.doubtful + row.unconnected + row.throttled + row.looks_failed > 0;
        let most = if careful { 1 } else { self.terms.in_air_max.max(1) };
        self.flights.len() < most as usize
    }

    /// Moves an item into doubt since a moment; contacts and their details are parked at once.
    pub(super) fn doubt(&mut self, index: usize, since: Moment) {
        if self.kind != ItemKind::Gift {
            self.set(index, ItemState::Parked);
            return;
        }
        let due = since.plus_ms(self.terms.settle_ms);
        self.set(index, ItemState::InDoubt);
        self.entries[index].due = due;
        self.doubts.insert((due, index));
    }

    /// Sets a final or waiting state; the item leaves every queue.
    pub(super) fn settle(&mut self, index: usize, to: ItemState) {
        self.leave_queues(index);
        self.set(index, to);
    }

    fn set(&mut self, index: usize, to: ItemState) {
        let from = std::mem::replace(&mut self.entries[index].state, to);
        self.tally(from, -1);
        self.tally(to, 1);
    }

    fn tally(&mut self, state: ItemState, by: i64) {
        for (_, count) in self.counts.iter_mut().filter(|(s, _)| *s == state) {
            *count = count.saturating_add_signed(by);
        }
    }

    pub(super) fn leave_queues(&mut self, index: usize) {
        self.unsent.remove(&index);
        self.doubts.remove(&(self.entries[index].due, index));
    }

    /// Back to where it was before a call that certainly had no effect.
    pub(super) fn put_back(&mut self, span: Span) {
        for index in span.first..=span.last {
            if span.doubtful {
                self.doubts.insert((self.entries[index].due, index));
            } else {
                self.unsent.insert(index);
            }
        }
    }

    /// Back among the doubts, due as before.
    pub(super) fn requeue(&mut self, index: usize) {
        self.doubts.insert((self.entries[index].due, index));
    }

    pub(super) fn take(&mut self, span: Span) {
        for index in span.first..=span.last {
            self.leave_queues(index);
        }
    }

    /// Defers an item in doubt.
    pub(super) fn defer(&mut self, index: usize, until: Moment) {
        self.leave_queues(index);
        self.entries[index].due = until;
        self.doubts.insert((until, index));
    }

    /// How many items are in a state.
    pub(super) fn count(&self, wanted: ItemState) -> u64 {
        let found = self.counts.iter().find(|(state, _)| *state == wanted);
        found.map_or(0, |(_, count)| *count)
    }
}

fn entry(item: &Item) -> Entry {
    let in_doubt = item.state == ItemState::InDoubt;
    // Only a first and single attempt tells when the doubt began.
    let known = in_doubt && item.attempts == 1;
    Entry {
        id: item.id.0,
        bytes: item.bytes,
        state: item.state,
        // In doubt without an attempt on record: one was made, or the ledger was restored.
        doubtful_sends: item.doubtful_sends.max(u32::from(in_doubt)),
        first_doubt: item.last_attempt.filter(|_| known),
        last_attempt: item.last_attempt,
        due: Moment(0),
        cap: u32::MAX,
        lost: in_doubt,
        spent: false,
        looks_failed: 0,
    }
}
