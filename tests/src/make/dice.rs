//! Chance that can be repeated: every record has dice of its own, so any record can be made
//! again without making those before it.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// What a set of dice is thrown for; each use has its own sequence.
#[derive(Clone, Copy)]
pub enum Purpose {
    /// Which kind of donor record stands at a place.
    Role,
    /// What that record says.
    Donor,
    /// How badly it was typed.
    Wear,
    /// A gift.
    Gift,
}

/// Seeded dice.
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of record `number`, thrown for `purpose`.
    pub fn new(seed: u64, purpose: Purpose, number: u64) -> Dice {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(number * 4 + purpose as u64);
        Dice(rng)
    }

    /// A number from 0 up to, not including, `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(end);
        u64::try_from(wide >> 64).expect("a product shifted by 64 bits fits 64 bits")
    }

    /// The same as an index.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("an index below a length fits")
    }

    /// True in `per_mille` of 1,000 throws.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of several.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.index(of.len())]
    }

    /// One of several, by weight.
    pub fn weighted<T: Copy>(&mut self, of: &[(u64, T)]) -> T {
        let mut at = self.below(of.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in of {
            if at < *weight {
                return *value;
            }
            at -= weight;
        }
        of[of.len() - 1].1
    }
}
