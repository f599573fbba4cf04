//! What a storm plays with: chance, a ledger of the test's own, and an adversarial vendor.

use bytes::Bytes;
use heirloom_model::{ItemId, ItemKind, ItemState, Lists, Moment, Outcome, Repeats};

use super::*;

pub(super) const DAY: i64 = 86_400_000;
pub(super) const MINUTE: i64 = 60_000;

/// Small and well mixed; the same for the same seed.
pub(super) struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }

    pub fn percent(&mut self, chance: u64) -> bool {
        self.roll(100) < chance
    }
}

/// What the ledger would keep.
#[derive(Default)]
pub(super) struct Book {
    pub attempts: Vec<(i64, i64, Moment, Option<Outcome>)>,
    pub looks: Vec<(i64, usize, Option<i64>)>,
}

impl Book {
    pub fn item(&self, id: i64) -> Item {
        let mut item = Item {
            id: ItemId(id),
            state: ItemState::Unsent,
            bytes: 200,
            attempts: 0,
            doubtful_sends: 0,
            last_attempt: None,
        };
        for (first, last, at, outcome) in &self.attempts {
            if !(*first..=*last).contains(&id) {
                continue;
            }
            item.attempts += 1;
            item.last_attempt = Some(*at);
            item.doubtful_sends += u32::from(matches!(outcome, None | Some(Outcome::InDoubt { .. })));
            item.state = match outcome {
                None | Some(Outcome::InDoubt { .. }) => ItemState::InDoubt,
                Some(Outcome::Accepted | Outcome::AlreadyThere) => ItemState::Waiting,
                Some(Outcome::Refused { .. } | Outcome::Conflict { .. }) => ItemState::Refused,
                Some(Outcome::NoEffect { .. }) => item.state,
            };
        }
        let newest = self.looks.iter().rev().find(|(of, _, _)| *of == id);
        if let (Some((_, _, found)), ItemState::InDoubt) = (newest, item.state) {
            item.state = match found {
                Some(_) => ItemState::Confirmed,
                None => ItemState::Parked,
            };
        }
        item
    }

    pub fn items(&self, n: i64) -> Vec<Item> {
        (1..=n).map(|id| self.item(id)).collect()
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Row {
    Held,
    Imported,
}

/// A vendor with rules drawn from the seed.
pub(super) struct Vendor {
    pub kind: ItemKind,
    pub rows: Vec<(i64, Row)>,
    pub late: Vec<(Moment, i64, i64)>,
    pub day: i64,
    pub recognises: (bool, bool),
    pub silent: bool,
    pub lists: Lists,
    pub poison: Vec<i64>,
    pub too_large: i64,
    pub faults: u64,
    pub faults_left: u32,
    pub requests: Vec<Moment>,
    pub banded: bool,
    /// What it takes is imported at once, as where a call may ask for an import and somebody runs it.
    pub at_once: bool,
}

impl Vendor {
    pub fn is_known(&self, id: i64) -> bool {
        self.kind == ItemKind::Gift
            && self.rows.iter().any(|(row, state)| {
                *row == id
                    && match state {
                        Row::Held => self.recognises.0,
                        Row::Imported => self.recognises.1,
                    }
            })
    }

    pub fn pass(&mut self, now: Moment) {
        let due: Vec<(Moment, i64, i64)> = self.late.iter().copied().filter(|l| l.0 <= now).collect();
        self.late.retain(|l| l.0 > now);
        for (_, first, last) in due {
            self.take(first, last);
        }
        if now.0 / DAY > self.day {
            self.day = now.0 / DAY;
            self.rows.iter_mut().for_each(|row| row.1 = Row::Imported);
        }
    }

    /// The vendor's own work on a list; what it answers if the answer gets through.
    pub fn take(&mut self, first: i64, last: i64) -> Reply {
        if last - first + 1 > self.too_large {
            return answer(413, "");
        }
        let bad = |id: &i64| self.poison.contains(id);
        let (mut refused, mut exists) = ((first..=last).any(|id| bad(&id)), false);
        let fine: Vec<i64> = (first..=last).filter(|id| !bad(id)).collect();
        let known: Vec<i64> = fine.iter().copied().filter(|id| self.is_known(*id)).collect();
        if !known.is_empty() && !self.silent {
            (refused, exists) = (true, true);
        }
        if !(refused && self.lists == Lists::Atomic) {
            let new = fine.iter().filter(|id| !known.contains(id));
            let state = if self.at_once { Row::Imported } else { Row::Held };
            self.rows.extend(new.map(|id| (*id, state)));
        }
        match (refused, exists) {
            (true, true) => {
                answer(400, r#"{"message":"x","modelState":{"a":["Gift Transaction already exists."]}}"#)
            }
            (true, false) => answer(422, r#"{"error":{"code":"X","message":"unknown project"}}"#),
            _ => answer(200, ""),
        }
    }

    pub fn send(&mut self, dice: &mut Dice, first: i64, last: i64, now: Moment) -> Reply {
        self.pass(now);
        self.requests.push(now);
        if self.banded {
            let into = now.0 % DAY;
            // Two seconds may pass between the core's word and the vendor's ear.
            let day = 15 * MINUTE..DAY - 15 * MINUTE + 2_000;
            assert!(day.contains(&into), "sent in the guard band");
        }
        if self.faults_left == 0 || !dice.percent(self.faults) {
            return self.take(first, last);
        }
        self.faults_left -= 1;
        match dice.roll(10) {
            0 | 1 => {
                self.take(first, last);
                Reply::Lost { why: "reset".into() }
            }
            2 => Reply::Lost { why: "timed out".into() },
            3 => {
                let after = 1 + dice.roll(40 * MINUTE as u64) as i64;
                self.late.push((now.plus_ms(after), first, last));
                Reply::Lost { why: "timed out".into() }
            }
            4 => {
                self.take(first, last);
                answer(500, "")
            }
            5 => answer(502, "<html>bad gateway</html>"),
            6 => {
                self.take(first, last);
                answer(200, "<html>welcome</html>")
            }
            7 => answer(429, ""),
            8 => Reply::NotConnected { why: "dns".into() },
            _ => {
                self.take(first, last);
                answer(400, "")
            }
        }
    }

    pub fn look(&mut self, dice: &mut Dice, id: i64, now: Moment) -> Reply {
        self.pass(now);
        self.requests.push(now);
        if self.faults_left > 0 && dice.percent(self.faults) {
            self.faults_left -= 1;
            return [answer(500, ""), answer(429, ""), answer(200, "<html>")][dice.roll(3) as usize].clone();
        }
        match self.rows.contains(&(id, Row::Imported)) {
            true => answer(200, &format!("{{\"id\":{}}}", id + 1_000)),
            false => answer(404, ""),
        }
    }

    pub fn effects(&self, id: i64) -> usize {
        self.rows.iter().filter(|row| row.0 == id).count()
    }
}

pub(super) fn answer(status: u16, body: &str) -> Reply {
    Reply::Answered { status, headers: vec![], body: Bytes::copy_from_slice(body.as_bytes()) }
}

pub(super) fn repeats(known: bool, truth: bool) -> Repeats {
    match (known, truth) {
        (false, _) => Repeats::Unknown,
        (true, true) => Repeats::Recognised,
        (true, false) => Repeats::NotRecognised,
    }
}
