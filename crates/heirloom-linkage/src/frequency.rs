//! How common values are in the file itself: a shared rare surname says more than a shared
//! Smith, and a phone that fifty records share says little.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::Level;
use crate::prepare::{Prepared, Who, Word, is_known, number_of};
use crate::weights::{FREQUENCY_FIRST, FREQUENCY_LAST, FREQUENCY_ORGANIZATION};

type Counts = HashMap<u64, u32, FixedState>;

/// Counts of values over all records. Only ever looked up, never iterated.
#[derive(Default)]
pub(crate) struct Frequencies {
    persons: u32,
    organizations: u32,
    firsts: Counts,
    lasts: Counts,
    cores: Counts,
    mails: Counts,
    phones: Counts,
    houses: Counts,
}

/// Records that may share a value before it counts as that of an institution.
const MAIL_RECORDS_MAX: u32 = 8;
const PHONE_RECORDS_MAX: u32 = 12;
const HOUSE_RECORDS_MAX: u32 = 24;

/// How a share of the file becomes bits.
struct Correction {
    field: &'static str,
    /// The share for which the level's own bits are right.
    usual_share: f64,
    /// Records of usual share that are imagined beside the file's own, so that a small
    /// file doesn't make every name look common.
    imagined: f64,
    bits_min: f64,
    bits_max: f64,
}

const FIRST: Correction = Correction {
    field: FREQUENCY_FIRST,
    usual_share: 1.0 / 90.0,
    imagined: 300.0,
    bits_min: -2.0,
    bits_max: 3.0,
};

const LAST: Correction = Correction {
    field: FREQUENCY_LAST,
    usual_share: 1.0 / 140.0,
    imagined: 300.0,
    bits_min: -2.0,
    bits_max: 5.0,
};

const ORGANIZATION: Correction = Correction {
    field: FREQUENCY_ORGANIZATION,
    usual_share: 1.0 / 1_000.0,
    imagined: 100.0,
    bits_min: -7.0,
    bits_max: 3.0,
};

impl Correction {
    fn level(&self, count: u32, of: u32) -> Level {
        let imagined = self.imagined * self.usual_share;
        let share = (f64::from(count) + imagined) / (f64::from(of) + self.imagined);
        let bits = (self.usual_share / share).log2().clamp(self.bits_min, self.bits_max);
        let level = match bits {
            b if b >= 1.0 => "rare in this file",
            b if b <= -1.0 => "common in this file",
            _ => "usual in this file",
        };
        Level { field: self.field, level, bits }
    }
}

impl Frequencies {
    /// Counts the values of all records.
    pub fn count(records: &[Prepared]) -> Frequencies {
        let mut all = Frequencies::default();
        for record in records {
            match &record.who {
                Who::Person(person) => {
                    all.persons += 1;
                    add(&mut all.firsts, person.first.id);
                    add(&mut all.lasts, person.last.id);
                }
                Who::Organization(name) => {
                    all.organizations += 1;
                    add(&mut all.cores, name.core.id);
                }
            }
            record.mails.iter().for_each(|m| add(&mut all.mails, m.whole));
            record.phones.iter().for_each(|&p| add(&mut all.phones, p));
            for spot in record.spots.iter().filter(|s| s.has_house()) {
                add(&mut all.houses, house(spot));
            }
        }
        all
    }

    /// All records.
    pub fn records(&self) -> u32 {
        self.persons + self.organizations
    }

    pub fn first(&self, name: &Word) -> Level {
        FIRST.level(get(&self.firsts, name.id), self.persons)
    }

    pub fn last(&self, name: &Word) -> Level {
        LAST.level(get(&self.lasts, name.id), self.persons)
    }

    pub fn organization(&self, core: &Word) -> Level {
        ORGANIZATION.level(get(&self.cores, core.id), self.organizations)
    }

    pub fn is_mail_of_many(&self, mail: u64) -> bool {
        get(&self.mails, mail) > MAIL_RECORDS_MAX
    }

    pub fn is_phone_of_many(&self, phone: u64) -> bool {
        get(&self.phones, phone) > PHONE_RECORDS_MAX
    }

    pub fn is_house_of_many(&self, spot: &crate::prepare::Spot) -> bool {
        get(&self.houses, house(spot)) > HOUSE_RECORDS_MAX
    }

    /// Whether two spellings are both names in their own right rather than one of them a
    /// slip: neither is rare beside the other.
    pub fn are_both_usual_firsts(&self, a: &Word, b: &Word) -> bool {
        let known = is_known(a.text()) && is_known(b.text());
        known || both_usual(get(&self.firsts, a.id), get(&self.firsts, b.id))
    }

    /// The same for family names.
    pub fn are_both_usual_lasts(&self, a: &Word, b: &Word) -> bool {
        both_usual(get(&self.lasts, a.id), get(&self.lasts, b.id))
    }
}

fn both_usual(a: u32, b: u32) -> bool {
    let (few, many) = (a.min(b), a.max(b));
    few >= 6 && u64::from(few) * 100 > u64::from(many)
}

fn house(spot: &crate::prepare::Spot) -> u64 {
    number_of(&(spot.number, spot.street.id, spot.area, spot.unit))
}

fn add(counts: &mut Counts, value: u64) {
    if value != 0 {
        *counts.entry(value).or_default() += 1;
    }
}

fn get(counts: &Counts, value: u64) -> u32 {
    counts.get(&value).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rare_name_says_more_than_a_common_one_within_limits() {
        let of = 100_000;
        let bits = |count| LAST.level(count, of).bits;
        assert!(bits(2) > bits(50) && bits(50) > bits(1_000));
        assert_eq!(bits(0), LAST.bits_max);
        assert_eq!(bits(of), LAST.bits_min);
        assert!(bits(714).abs() < 0.1, "a usual share leaves the bits alone");
    }

    #[test]
    fn in_a_tiny_file_names_stay_nearly_usual() {
        assert!(LAST.level(2, 4).bits.abs() < 1.0);
    }
}
