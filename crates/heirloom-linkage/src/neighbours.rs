//! What the pairs between two clusters say of them together.

use rayon::prelude::*;

use crate::groups::Groups;
use crate::{File, Scored};

/// What one pair may count for when two clusters are weighed against each other.
const COHESION_BITS_MAX: f32 = 16.0;

/// What a pair that no blocking rule met counts for: a little against.
const NOT_COMPARED_BITS: f32 = -0.5;

/// Two of one household who score below this are different people.
const OTHER_PERSON_BITS_MAX: f32 = -5.0;

/// For each position the scored pairs it is in, side by side.
pub(crate) struct Neighbours {
    starts: Vec<u32>,
    pairs: Vec<Neighbour>,
}

#[derive(Clone, Copy, Default)]
struct Neighbour {
    at: u32,
    bits: f32,
    same_household: bool,
}

/// What stands between two groups.
pub(crate) struct Between {
    /// The mean evidence of all pairs between them.
    pub mean_bits: f32,
    /// Whether two of them live together and were scored as different people.
    pub two_of_a_household: bool,
}

impl Neighbours {
    pub fn new(file: &File, scored: &[Scored]) -> Neighbours {
        let ends = |s: &Scored| Some((file.position(s.a)?, file.position(s.b)?));
        let ends: Vec<Option<(u32, u32)>> = scored.par_iter().with_min_len(4_096).map(ends).collect();
        let mut starts = vec![0u32; file.len() + 2];
        for (a, b) in ends.iter().flatten() {
            starts[*a as usize + 2] += 1;
            starts[*b as usize + 2] += 1;
        }
        for at in 2..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut pairs = vec![Neighbour::default(); scored.len() * 2];
        for (pair, ends) in scored.iter().zip(&ends) {
            let Some((a, b)) = *ends else { continue };
            for (own, at) in [(a, b), (b, a)] {
                let next = &mut starts[own as usize + 1]; // becomes the start of the one after
                pairs[*next as usize] =
                    Neighbour { at, bits: pair.bits as f32, same_household: pair.same_household() };
                *next += 1;
            }
        }
        Neighbours { starts, pairs }
    }

    fn of(&self, at: u32) -> &[Neighbour] {
        &self.pairs[self.starts[at as usize] as usize..self.starts[at as usize + 1] as usize]
    }

    /// Weighs two groups by their roots; the first should be the smaller.
    pub fn between(&self, groups: &mut Groups, small: u32, large: u32) -> Between {
        let all = groups.size(small) * groups.size(large);
        let members: Vec<u32> = groups.members(small).collect();
        let (mut sum, mut compared, mut two_of_a_household) = (0.0, 0, false);
        for member in members {
            for pair in self.of(member) {
                if groups.root(pair.at) == large {
                    sum += pair.bits.clamp(-COHESION_BITS_MAX, COHESION_BITS_MAX);
                    compared += 1;
                    two_of_a_household |= pair.same_household && pair.bits < OTHER_PERSON_BITS_MAX;
                }
            }
        }
        let mean_bits = (sum + (all - compared) as f32 * NOT_COMPARED_BITS) / all as f32;
        Between { mean_bits, two_of_a_household }
    }
}
