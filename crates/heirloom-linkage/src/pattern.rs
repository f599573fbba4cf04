//! A pair as one number: the level of each comparison, and how rare the values are on
//! which the two agree. Equal patterns have equal scores.

use crate::fields::{FIRST, LAST, SLOTS, TEXT};

/// The levels and rarities of a pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern(pub(crate) u64);

/// First bit and number of bits of each comparison's level.
const LEVEL: [(u32, u32); SLOTS] = [
    (0, 4),  // first name, or the organization's
    (4, 3),  // last name
    (7, 2),  // middle name
    (9, 3),  // suffix
    (12, 2), // gender, or being a foundation
    (14, 3), // birth
    (17, 2), // spouse
    (19, 4), // household
    (34, 3),
    (41, 3),
    (48, 3),
    (55, 3),
];

/// First bit, number of bits and unit (in bits of evidence) of each rarity.
const RARITY: [(u32, u32, f64); SLOTS] = [
    (24, 5, 0.5),
    (29, 5, 0.5),
    (0, 0, 0.0),
    (0, 0, 0.0),
    (0, 0, 0.0),
    (0, 0, 0.0),
    (0, 0, 0.0),
    (0, 0, 0.0),
    (37, 4, 1.0),
    (44, 4, 1.0),
    (51, 4, 1.0),
    (58, 4, 1.0),
];

const ORGANIZATION_BIT: u64 = 1 << 23;
const TOGETHER_BIT: u64 = 1 << 62;

impl Pattern {
    /// The pattern of two organizations that are not compared yet.
    pub(crate) fn of_organizations() -> Pattern {
        Pattern(ORGANIZATION_BIT)
    }

    pub(crate) fn is_of_organizations(self) -> bool {
        self.0 & ORGANIZATION_BIT != 0
    }

    /// Whether the two would be found in one household; counts for nothing in the score.
    pub(crate) fn lives_together(self) -> bool {
        self.0 & TOGETHER_BIT != 0
    }

    pub(crate) fn set_lives_together(&mut self, together: bool) {
        self.0 |= if together { TOGETHER_BIT } else { 0 };
    }

    /// The pattern without what counts for nothing in the score.
    pub(crate) fn alone(self) -> Pattern {
        Pattern(self.0 & !TOGETHER_BIT)
    }

    pub(crate) fn level(self, slot: usize) -> u8 {
        let (from, bits) = LEVEL[slot];
        (self.0 >> from & ((1 << bits) - 1)) as u8
    }

    pub(crate) fn set(&mut self, slot: usize, level: u8) {
        self.0 |= u64::from(level) << LEVEL[slot].0;
    }

    /// How rare the shared value is: its share among all values is two to the minus this.
    /// `None` if the comparison has no such figure or the values differ.
    pub(crate) fn rarity(self, slot: usize) -> Option<f64> {
        let (from, bits, unit) = RARITY[slot];
        let exact = bits > 0 && self.level(slot) == 1;
        exact.then(|| (self.0 >> from & ((1 << bits) - 1)) as f64 * unit)
    }

    pub(crate) fn set_rarity(&mut self, slot: usize, share: f64) {
        let (from, bits, unit) = RARITY[slot];
        let most = ((1u64 << bits) - 1) as f64;
        let steps = (-share.log2() / unit).round().clamp(0.0, most) as u64;
        self.0 |= steps << from;
    }
}

/// The comparisons whose exact level counts by how rare the value is.
pub(crate) fn has_rarity(slot: usize) -> bool {
    slot == FIRST || slot == LAST || slot >= TEXT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_comes_back_and_none_touches_another() {
        for (slot, (_, bits)) in LEVEL.iter().enumerate() {
            let top = (1u8 << bits) - 1;
            let mut pattern = Pattern::default();
            pattern.set(slot, top);
            let others = (0..SLOTS).filter(|&other| other != slot);
            assert_eq!(pattern.level(slot), top);
            assert!(others.clone().all(|other| pattern.level(other) == 0), "{slot}");
            assert!(!pattern.is_of_organizations());
        }
        let mut pattern = Pattern::of_organizations();
        for slot in (0..SLOTS).filter(|&slot| has_rarity(slot)) {
            pattern.set(slot, 1);
            pattern.set_rarity(slot, 1.0 / 256.0);
        }
        assert!((0..SLOTS).all(|slot| pattern.rarity(slot) == has_rarity(slot).then_some(8.0)));
        assert!(pattern.is_of_organizations());
    }
}
