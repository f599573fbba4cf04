//! Where one item stands, derived from everything that happened to it, in order.

use heirloom_model::{ItemState, Ruling};

/// Something that happened to an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemEvent {
    /// An attempt was committed; its call may be in the air.
    Begun {
        /// The attempt's number.
        attempt: i64,
    },
    /// An attempt got its outcome.
    Ended {
        /// The attempt's number.
        attempt: i64,
        /// What it was.
        result: Ended,
    },
    /// A settled look-up: `Some(id)` found it, `Some(0)` found it without an id yet, `None` did not.
    Looked {
        /// The target's id.
        found: Option<i64>,
    },
    /// A person ruled.
    Ruled(Ruling),
    /// The ledger was found not to know all that was sent: what was unsent may have left.
    Estranged {
        /// Tells it from attempts and from other such moments.
        mark: i64,
    },
    /// It was given up, so that its row may go again: nothing said of its key concerns it any more. What
    /// was unsent is never sent.
    GivenUp,
}

/// What reading the target has shown of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Nothing yet.
    Never,
    /// It is there.
    There,
    /// It should be there, and is not.
    Gone,
}

/// How an attempt ended, as far as states are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Accepted, or already there.
    There,
    /// Refused, or in conflict with something that is not ours.
    Refused,
    /// Certainly without effect.
    Nothing,
    /// Nobody knows.
    Doubt,
}

impl Ended {
    /// Reads the text form of an outcome ([`heirloom_model::Outcome::as_str`]).
    pub fn parse(text: &str) -> Option<Ended> {
        match text {
            "accepted" | "already there" => Some(Ended::There),
            "refused" | "conflict" => Some(Ended::Refused),
            "no effect" => Some(Ended::Nothing),
            "in doubt" => Some(Ended::Doubt),
            _ => None,
        }
    }
}

/// Derives the state of an item from its events in order, and from what reading the target has shown.
///
/// An attempt is in doubt from its beginning until something settles it: its own outcome, a
/// later acceptance, a look-up that finds the item, a ruling, or evidence. A later attempt
/// without effect, or refused, settles only itself. What was unsent when the ledger was found to
/// be a copy is in doubt like an attempt.
pub fn state_of(seen: Seen, events: &[ItemEvent]) -> ItemState {
    let mut fold = Fold::default();
    events.iter().for_each(|event| fold.take(*event));
    fold.state(seen)
}

struct Fold {
    /// Attempts that nothing has settled, with the step at which each began.
    doubtful: Vec<(i64, usize)>,
    /// The step of the newest look-up that found nothing.
    missed: Option<usize>,
    /// The state but for doubts.
    settled: ItemState,
    /// Events taken so far.
    step: usize,
    given_up: bool,
}

impl Default for Fold {
    fn default() -> Self {
        Fold { doubtful: Vec::new(), missed: None, settled: ItemState::Unsent, step: 0, given_up: false }
    }
}

impl Fold {
    fn take(&mut self, event: ItemEvent) {
        self.step += 1;
        if self.given_up {
            return;
        }
        match event {
            // An attempt's number is positive: this is none.
            ItemEvent::Estranged { mark } if self.settled == ItemState::Unsent => {
                self.doubtful.push((-mark, self.step));
            }
            ItemEvent::Estranged { .. } => {}
            ItemEvent::GivenUp => {
                self.given_up = true;
                if self.settled == ItemState::Unsent && self.doubtful.is_empty() {
                    self.settled = ItemState::Discarded;
                }
            }
            ItemEvent::Begun { attempt } => self.doubtful.push((attempt, self.step)),
            ItemEvent::Ended { attempt, result } => self.end(attempt, result),
            ItemEvent::Looked { found: None } => self.missed = Some(self.step),
            ItemEvent::Looked { found: Some(0) } => self.settle(self.at_least_waiting()),
            ItemEvent::Looked { found: Some(_) } => self.settle(ItemState::Confirmed),
            ItemEvent::Ruled(Ruling::Sent) => self.settle(self.at_least_waiting()),
            ItemEvent::Ruled(Ruling::NotSent) => self.settle(ItemState::Unsent),
            ItemEvent::Ruled(Ruling::Discarded) => self.settle(ItemState::Discarded),
            ItemEvent::Ruled(Ruling::Run) => {}
        }
    }

    fn end(&mut self, attempt: i64, result: Ended) {
        match result {
            Ended::There => self.settle(self.at_least_waiting()),
            Ended::Refused => {
                self.forget(attempt);
                if self.settled == ItemState::Unsent {
                    self.settled = ItemState::Refused;
                }
            }
            Ended::Nothing => self.forget(attempt),
            Ended::Doubt => {}
        }
    }

    fn forget(&mut self, attempt: i64) {
        self.doubtful.retain(|(a, _)| *a != attempt);
    }

    /// Being there does not undo what is known beyond that.
    fn at_least_waiting(&self) -> ItemState {
        match self.settled {
            known @ (ItemState::Confirmed | ItemState::Discarded) => known,
            _ => ItemState::Waiting,
        }
    }

    fn settle(&mut self, state: ItemState) {
        self.doubtful.clear();
        self.settled = state;
    }

    fn state(&self, seen: Seen) -> ItemState {
        match (seen, self.settled) {
            (Seen::There, _) | (Seen::Never, ItemState::Confirmed) => return ItemState::Confirmed,
            // A look-up found it once; a whole reading since then did not.
            (Seen::Gone, ItemState::Confirmed) => return ItemState::Waiting,
            _ => {}
        }
        match self.doubtful.iter().map(|(_, step)| *step).max() {
            None => self.settled,
            Some(newest) if self.missed > Some(newest) => ItemState::Parked,
            Some(_) => ItemState::InDoubt,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ItemEvent::{Begun, Estranged, GivenUp, Looked, Ruled};
    use super::*;
    use ItemState::*;

    fn sent(attempt: i64, result: Ended) -> [ItemEvent; 2] {
        [Begun { attempt }, ItemEvent::Ended { attempt, result }]
    }

    #[test]
    fn each_history_has_its_state() {
        use Ended as E;
        let begun = |attempt| vec![Begun { attempt }];
        let one = |e| sent(1, e).to_vec();
        let two = |a, b| [sent(1, a), sent(2, b)].concat();
        let then = |mut events: Vec<ItemEvent>, more: &[ItemEvent]| {
            events.extend_from_slice(more);
            events
        };
        let missing = Looked { found: None };
        let found = Looked { found: Some(7) };
        let table = [
            ("nothing happened", vec![], Unsent),
            ("an attempt without outcome", begun(1), InDoubt),
            ("accepted", one(E::There), Waiting),
            ("refused", one(E::Refused), Refused),
            ("no effect", one(E::Nothing), Unsent),
            ("in doubt", one(E::Doubt), InDoubt),
            ("looked for in vain", then(one(E::Doubt), &[missing]), Parked),
            ("looked for and found", then(one(E::Doubt), &[found]), Confirmed),
            ("found without an id", then(one(E::Doubt), &[Looked { found: Some(0) }]), Waiting),
            ("a vain look at an accepted one", then(one(E::There), &[missing]), Waiting),
            ("doubt, then no effect", two(E::Doubt, E::Nothing), InDoubt),
            ("doubt, then refused", two(E::Doubt, E::Refused), InDoubt),
            ("doubt, then there", two(E::Doubt, E::There), Waiting),
            (
                "parked, sent again, no effect",
                then(then(one(E::Doubt), &[missing]), &sent(2, E::Nothing)),
                Parked,
            ),
            (
                "parked, sent again in doubt",
                then(then(one(E::Doubt), &[missing]), &sent(2, E::Doubt)),
                InDoubt,
            ),
            ("ruled sent", then(one(E::Doubt), &[Ruled(Ruling::Sent)]), Waiting),
            ("ruled not sent", then(one(E::Doubt), &[Ruled(Ruling::NotSent)]), Unsent),
            ("ruled discarded", then(one(E::There), &[Ruled(Ruling::Discarded)]), Discarded),
            ("accepted, its import run", then(one(E::There), &[Ruled(Ruling::Run)]), Waiting),
            ("in doubt, its import run", then(one(E::Doubt), &[Ruled(Ruling::Run)]), InDoubt),
            (
                "ruled not sent, sent again",
                then(then(one(E::Doubt), &[Ruled(Ruling::NotSent)]), &sent(2, E::There)),
                Waiting,
            ),
            (
                "ruled not sent, sent again in doubt",
                then(then(one(E::Doubt), &[Ruled(Ruling::NotSent)]), &begun(2)),
                InDoubt,
            ),
            (
                "ruled not sent, then a late acceptance",
                vec![
                    Begun { attempt: 1 },
                    Ruled(Ruling::NotSent),
                    ItemEvent::Ended { attempt: 1, result: E::There },
                ],
                Waiting,
            ),
            (
                "ruled not sent, then a late doubt",
                vec![
                    Begun { attempt: 1 },
                    Ruled(Ruling::NotSent),
                    ItemEvent::Ended { attempt: 1, result: E::Doubt },
                ],
                Unsent,
            ),
            (
                "a late answer closes only its own attempt",
                vec![
                    Begun { attempt: 1 },
                    Begun { attempt: 2 },
                    ItemEvent::Ended { attempt: 1, result: E::Nothing },
                ],
                InDoubt,
            ),
            ("unsent in a copy", vec![Estranged { mark: 3 }], InDoubt),
            ("refused in a copy", then(one(E::Refused), &[Estranged { mark: 3 }]), Refused),
            ("accepted in a copy", then(one(E::There), &[Estranged { mark: 3 }]), Waiting),
            (
                "no effect of ours says nothing of a copy's",
                then(vec![Estranged { mark: 3 }], &sent(3, E::Nothing)),
                InDoubt,
            ),
            ("unsent in a copy, ruled not sent", vec![Estranged { mark: 3 }, Ruled(Ruling::NotSent)], Unsent),
            (
                "a wrong word that it was sent, taken back",
                then(one(E::Doubt), &[Ruled(Ruling::Sent), Ruled(Ruling::NotSent)]),
                Unsent,
            ),
            (
                "given up, and nothing said later moves it",
                then(one(E::Refused), &[GivenUp, Ruled(Ruling::NotSent), Estranged { mark: 9 }]),
                Refused,
            ),
            (
                "given up after a sending without effect",
                then(one(E::Nothing), &[GivenUp, Begun { attempt: 2 }]),
                Discarded,
            ),
            ("confirmed stays", then(then(one(E::Doubt), &[found]), &begun(2)), Confirmed),
        ];
        for (name, events, state) in table {
            assert_eq!(state_of(Seen::Never, &events), state, "{name}");
            assert_eq!(state_of(Seen::There, &events), Confirmed, "{name}, evidenced");
            let gone = if state == Confirmed { Waiting } else { state };
            assert_eq!(state_of(Seen::Gone, &events), gone, "{name}, and no longer there");
        }
    }
}
