//! Counting different texts in bounded memory: exactly while there is room, else by the smallest hashes.

use std::collections::{BTreeSet, HashSet};

use foldhash::fast::FixedState;

/// Hashes that all columns of a sheet may keep together (about 70 MiB).
const HASHES_MAX: usize = 3_000_000;

/// Hashes from which an estimate is made: good to about 2 %.
const SMALLEST: usize = 4_096;

/// How many different texts there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distinct {
    /// So many.
    Exact(u64),
    /// About so many.
    About(u64),
}

impl Distinct {
    /// The number, exact or not.
    pub fn count(self) -> u64 {
        match self {
            Distinct::Exact(count) | Distinct::About(count) => count,
        }
    }
}

/// What the columns of a sheet may still keep.
pub(super) struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { left: HASHES_MAX }
    }
}

/// The different hashes of one column.
pub(super) enum Counter {
    All(HashSet<u64, FixedState>),
    Smallest(BTreeSet<u64>),
}

impl Default for Counter {
    fn default() -> Self {
        Counter::All(HashSet::default())
    }
}

impl Counter {
    pub fn add(&mut self, hash: u64, budget: &mut Budget) {
        match self {
            Counter::All(seen) => {
                if seen.contains(&hash) {
                    return;
                }
                if budget.left > 0 {
                    budget.left -= 1;
                    seen.insert(hash);
                    return;
                }
                budget.left += seen.len();
                let mut smallest = BTreeSet::new();
                seen.iter().for_each(|&h| keep(&mut smallest, h));
                keep(&mut smallest, hash);
                *self = Counter::Smallest(smallest);
            }
            Counter::Smallest(smallest) => keep(smallest, hash),
        }
    }

    pub fn count(&self) -> Distinct {
        match self {
            Counter::All(seen) => Distinct::Exact(seen.len() as u64),
            Counter::Smallest(smallest) if smallest.len() < SMALLEST => {
                Distinct::Exact(smallest.len() as u64)
            }
            Counter::Smallest(smallest) => {
                let largest = smallest.last().copied().unwrap_or(1).max(1);
                let space = u128::from(u64::MAX) * (SMALLEST as u128 - 1);
                Distinct::About(u64::try_from(space / u128::from(largest)).unwrap_or(u64::MAX))
            }
        }
    }
}

fn keep(smallest: &mut BTreeSet<u64>, hash: u64) {
    if smallest.len() < SMALLEST {
        smallest.insert(hash);
    } else if smallest.last().is_some_and(|&last| hash < last) && smallest.insert(hash) {
        smallest.pop_last();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u64) -> u64 {
        crate::identity::hash64(&number.to_string())
    }

    #[test]
    fn counting_is_exact_with_room_and_near_without() {
        let mut budget = Budget::default();
        let mut counter = Counter::default();
        (0..3_000u64).chain(0..3_000).for_each(|n| counter.add(hash(n), &mut budget));
        assert_eq!(counter.count(), Distinct::Exact(3_000));
        let mut none = Budget { left: 1_000 };
        let mut counter = Counter::default();
        (0..60_000u64).chain(0..60_000).for_each(|n| counter.add(hash(n), &mut none));
        let Distinct::About(about) = counter.count() else { panic!("no room for all") };
        assert!(about.abs_diff(60_000) < 3_000, "{about}");
        assert_eq!(none.left, 1_000, "what a column gives up is free for others");
    }
}
