//! How common values are: a shared rare surname says more than a shared Smith, and a phone
//! that fifty records share says little.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use foldhash::fast::FixedState;
use rayon::prelude::*;

use crate::File;
use crate::fields::{FIRST, LAST, SLOTS, TEXT};
use crate::prepare::{Mail, Prepared, Spot, Texts, Who, Word, number_of};

/// A kind of value that is counted: names of people and organizations, each other text.
pub(crate) const ORGANIZATION_NAME: usize = FIRST + 2;

/// Records that may share a value before it counts as that of an institution.
const MAIL_RECORDS_MAX: usize = 8;
const PHONE_RECORDS_MAX: usize = 12;
const HOUSE_RECORDS_MAX: usize = 24;
const DOMAIN_RECORDS_MAX: usize = 8;

/// Values seen less often than this are not told apart, and not stored.
const COUNT_MIN: u32 = 3;

/// Records with usual values that are imagined beside the file's own, so that a small file
/// doesn't make every name look common: for each kind of value how many, and the usual share.
const IMAGINED: [(f64, f64); SLOTS] = {
    let mut imagined = [(20.0, 0.005); SLOTS];
    imagined[FIRST] = (300.0, 0.006);
    imagined[LAST] = (300.0, 0.004);
    imagined[ORGANIZATION_NAME] = (100.0, 0.001);
    imagined
};

type Set<T> = HashSet<T, FixedState>;

/// How often each value is seen, as one stored figure: kind of value, its hash (the same on
/// every run), its count.
pub(crate) type Stored = Vec<(u8, u64, u32)>;

/// What is common in the file, or was when its model was learned.
pub(crate) struct Facts {
    /// For each kind of value the counts by the number of the word.
    counts: Vec<Vec<u32>>,
    /// Records in which each kind of value was counted.
    of: [u32; SLOTS],
    mails_of_many: Set<u64>,
    domains_of_many: Set<u32>,
    phones_of_many: Set<u64>,
    houses_of_many: Set<u64>,
}

impl Facts {
    /// Counts the file itself.
    pub fn count(file: &File) -> Facts {
        let mut facts = Facts::crowds(file);
        let kinds: Vec<usize> = (0..SLOTS).collect();
        let counted: Vec<(Vec<u32>, u32)> = kinds.par_iter().map(|&kind| count_kind(file, kind)).collect();
        for (kind, (counts, of)) in counted.into_iter().enumerate() {
            facts.counts.push(counts);
            facts.of[kind] = of;
        }
        facts
    }

    /// Takes the counts of names from where they were stored.
    pub fn recall(file: &File, stored: &Stored, of: [u32; SLOTS]) -> Facts {
        let known: HashMap<(u8, u64), u32, FixedState> =
            stored.iter().map(|&(kind, hash, count)| ((kind, hash), count)).collect();
        let mut facts = Facts::crowds(file);
        facts.of = of;
        facts.counts = vec![vec![0; file.texts.ids_end()]; SLOTS];
        for (id, text) in file.texts.all() {
            let hash = stable_hash(text);
            for (kind, counts) in facts.counts.iter_mut().enumerate() {
                if let Some(&count) = known.get(&(kind as u8, hash)) {
                    counts[id as usize] = count;
                }
            }
        }
        facts
    }

    fn crowds(file: &File) -> Facts {
        let records = &file.records;
        let mails = || of_many(records, MAIL_RECORDS_MAX, |r| r.mails.iter().map(Mail::whole));
        let domains = || {
            let own = |m: &Mail| (!m.public).then_some(m.domain);
            of_many(records, DOMAIN_RECORDS_MAX, move |r| r.mails.iter().filter_map(own))
        };
        let phones = || of_many(records, PHONE_RECORDS_MAX, |r| r.phones.iter().copied());
        let houses = || {
            let known = |s: &Spot| s.has_house().then(|| house(s));
            of_many(records, HOUSE_RECORDS_MAX, move |r| r.spots.iter().filter_map(known))
        };
        let ((mails_of_many, domains_of_many), (phones_of_many, houses_of_many)) =
            rayon::join(|| rayon::join(mails, domains), || rayon::join(phones, houses));
        Facts {
            counts: Vec::new(),
            of: [0; SLOTS],
            mails_of_many,
            domains_of_many,
            phones_of_many,
            houses_of_many,
        }
    }

    /// The counts that are worth storing, sorted, and of how many records they are.
    pub fn stored(&self, texts: &Texts) -> (Stored, [u32; SLOTS]) {
        let mut stored: Stored = Vec::new();
        for (kind, counts) in (0..).zip(&self.counts) {
            for (id, &count) in (0..).zip(counts).filter(|(_, count)| **count >= COUNT_MIN) {
                stored.push((kind, stable_hash(texts.text(id)), count));
            }
        }
        stored.sort_unstable();
        (stored, self.of)
    }

    /// The share of a value among its kind, itself seen twice by the pair that shares it.
    pub fn share(&self, kind: usize, word: Word) -> f64 {
        let (imagined, usual) = IMAGINED[kind];
        let others = f64::from(self.seen(kind, word).max(COUNT_MIN - 1) - 1);
        (others + imagined * usual) / (f64::from(self.of[kind]) + imagined)
    }

    fn seen(&self, kind: usize, word: Word) -> u32 {
        let count = self.counts[kind].get(word.id as usize).copied().unwrap_or(0);
        if count < COUNT_MIN { 0 } else { count }
    }

    pub fn is_mail_of_many(&self, mail: &Mail) -> bool {
        self.mails_of_many.contains(&mail.whole())
    }

    pub fn is_domain_of_many(&self, domain: u32) -> bool {
        self.domains_of_many.contains(&domain)
    }

    pub fn is_phone_of_many(&self, phone: u64) -> bool {
        self.phones_of_many.contains(&phone)
    }

    pub fn is_house_of_many(&self, spot: &Spot) -> bool {
        !self.houses_of_many.is_empty() && self.houses_of_many.contains(&house(spot))
    }

    /// Whether two spellings are both names in their own right rather than one of them a
    /// slip: neither is rare beside the other.
    pub fn are_both_usual(&self, kind: usize, a: Word, b: Word) -> bool {
        let (a, b) = (self.seen(kind, a), self.seen(kind, b));
        let (few, many) = (a.min(b), a.max(b));
        few >= 6 && u64::from(few) * 100 > u64::from(many)
    }
}

/// The value of a kind that a record has.
fn value(record: &Prepared, kind: usize) -> Option<Word> {
    match (&record.who, kind) {
        (Who::Person(person), FIRST) => Some(person.first),
        (Who::Person(person), LAST) => Some(person.last),
        (Who::Organization(name), ORGANIZATION_NAME) => Some(name.core),
        (_, TEXT..) => record.texts.get(kind - TEXT).copied(),
        _ => None,
    }
}

fn count_kind(file: &File, kind: usize) -> (Vec<u32>, u32) {
    let mut counts = Vec::new();
    let mut of = 0;
    for word in file.records.iter().filter_map(|r| value(r, kind)).filter(|w| !w.is_empty()) {
        if counts.is_empty() {
            counts.resize(file.texts.ids_end(), 0);
        }
        counts[word.id as usize] += 1;
        of += 1;
    }
    (counts, of)
}

/// The values that more than `most` records have.
fn of_many<'a, T: Ord + Hash + Copy, I: Iterator<Item = T>>(
    records: &'a [Prepared],
    most: usize,
    values: impl Fn(&'a Prepared) -> I,
) -> Set<T> {
    // Most values are rare: counting their hashes first leaves few to look at.
    let slots = (records.len() * 2).next_power_of_two();
    let slot = |value: &T| number_of(value) as usize % slots;
    let mut seen = vec![0u8; slots];
    let each = || records.iter().flat_map(&values);
    each().for_each(|value| seen[slot(&value)] = seen[slot(&value)].saturating_add(1));
    let mut common: Vec<T> = each().filter(|value| usize::from(seen[slot(value)]) > most).collect();
    common.sort_unstable();
    common.chunk_by(|x, y| x == y).filter(|same| same.len() > most).map(|same| same[0]).collect()
}

fn house(spot: &Spot) -> u64 {
    number_of(&(spot.number.id, spot.street.id, spot.area, spot.unit))
}

/// FNV-1a: stored with the model, so it must never change.
fn stable_hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
