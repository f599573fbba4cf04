//! The model: how often each level is seen in pairs of each class, and from that the bits
//! of a pair as a sum of named parts.

use crate::fields::{CLASSES, Class, Field, LEVELS, MISSING, ORGANIZATION, PERSON, SLOTS};
use crate::frequency::Stored;
use crate::pattern::{Pattern, has_rarity};

/// Probabilities that part merge, review and distinct.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// From here on two records are joined without asking.
    pub merge: f64,
    /// From here on a person is asked.
    pub review: f64,
}

impl Default for Thresholds {
    /// For files too small to choose their own: merge from 0.9, review from 0.1.
    fn default() -> Thresholds {
        Thresholds { merge: 0.9, review: 0.1 }
    }
}

/// One part of a score: a comparison, the level it reached, and what that is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// What was compared (`last name`), or `prior`.
    pub field: &'static str,
    /// How far the two agree (`exact`, `missing` …).
    pub level: &'static str,
    /// Evidence in bits: each bit for doubles the odds, each bit against halves them.
    pub bits: f64,
}

/// What was learned from a file, by which it and later editions of it are judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub(crate) persons: Mixture,
    pub(crate) organizations: Mixture,
    pub(crate) counts: Stored,
    pub(crate) counted_of: [u32; SLOTS],
    /// The blocking rules that were used, one bit each.
    pub(crate) rules: u32,
    /// The cuts that the model expects to be right.
    pub thresholds: Thresholds,
}

/// A model as plain numbers, for its owner to store.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// Shares of classes and levels.
    pub shares: Vec<f64>,
    /// How common values are: kind of value, hash of the value, count.
    pub counts: Vec<(u8, u64, u32)>,
    /// In how many records each kind of value was counted.
    pub counted_of: Vec<u32>,
    /// The blocking rules that were used, one bit each.
    pub rules: u32,
    /// The merge and the review cut.
    pub thresholds: [f64; 2],
}

impl Model {
    /// The model as plain numbers.
    pub fn to_numbers(&self) -> Numbers {
        let both = [&self.persons, &self.organizations];
        let figures = |m: &&Mixture| {
            let levels = m.shares.iter().flatten().flatten().copied();
            m.priors.iter().copied().chain(levels).collect::<Vec<f64>>()
        };
        Numbers {
            shares: both.iter().flat_map(figures).collect(),
            counts: self.counts.clone(),
            counted_of: self.counted_of.to_vec(),
            rules: self.rules,
            thresholds: [self.thresholds.merge, self.thresholds.review],
        }
    }

    /// The model back from its numbers; `None` if they aren't those of a model.
    pub fn from_numbers(numbers: &Numbers) -> Option<Model> {
        let mut shares = numbers.shares.iter().copied();
        let valid = numbers.shares.iter().all(|share| share.is_finite() && *share >= 0.0);
        let mut mixture = || {
            let mut mixture = Mixture::empty();
            let levels = mixture.shares.iter_mut().flatten().flatten();
            for figure in mixture.priors.iter_mut().chain(levels) {
                *figure = shares.next()?;
            }
            Some(mixture)
        };
        let (persons, organizations) = (mixture()?, mixture()?);
        let counted_of = numbers.counted_of.as_slice().try_into().ok()?;
        let ends = shares.next().is_none();
        let [merge, review] = numbers.thresholds;
        let thresholds = Thresholds { merge, review };
        let counts = numbers.counts.clone();
        let model = Model { persons, organizations, counts, counted_of, rules: numbers.rules, thresholds };
        (valid && ends && (0.0..=merge).contains(&review)).then_some(model)
    }

    pub(crate) fn weights(&self) -> Weights {
        Weights {
            persons: Sheet::new(&self.persons, &PERSON),
            organizations: Sheet::new(&self.organizations, &ORGANIZATION),
        }
    }

    /// The parts of a pair's score: the prior first, then each comparison with its
    /// correction for frequency, last what else the two may be. Their bits, added in this
    /// order, are exactly the pair's bits.
    pub fn explain(&self, pattern: Pattern) -> Vec<Level> {
        let mut levels = Vec::new();
        self.weights().parts(pattern, |level| levels.push(level));
        levels
    }
}

/// Shares of the four classes among all pairs of records of a kind, and of the levels
/// within each class.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mixture {
    pub priors: [f64; CLASSES],
    pub shares: [[[f64; LEVELS]; SLOTS]; CLASSES],
}

impl Mixture {
    fn empty() -> Mixture {
        Mixture { priors: [0.0; CLASSES], shares: [[[0.0; LEVELS]; SLOTS]; CLASSES] }
    }

    /// The shipped shares, for a file of so many records of the kind: as if every other
    /// record had a duplicate. Bounded, so that a file of three isn't all one.
    pub fn shipped(fields: &[Field; SLOTS], records: usize) -> Mixture {
        let mut mixture = Mixture::empty();
        let same = 1.0 / (records as f64).clamp(1_000.0, 2_000_000.0);
        mixture.priors = [same, 1.0, 1.5 * same, 0.05 * same];
        for (slot, field) in fields.iter().enumerate() {
            for (at, step) in field.levels.iter().enumerate() {
                for (class, share) in step.shares.iter().enumerate() {
                    mixture.shares[class][slot][at + 1] = *share;
                }
            }
        }
        mixture
    }

    /// How likely the pattern is in each class, times the class's share.
    pub fn joint(&self, pattern: Pattern) -> [f64; CLASSES] {
        let mut joint = self.priors;
        for slot in 0..SLOTS {
            let level = pattern.level(slot);
            if level == MISSING {
                continue;
            }
            for (class, joint) in joint.iter_mut().enumerate() {
                *joint *= self.shares[class][slot][usize::from(level)];
            }
            if let Some(rarity) = pattern.rarity(slot) {
                let other = Class::Other as usize;
                joint[other] *= (-rarity).exp2() / self.shares[other][slot][usize::from(level)];
            }
        }
        joint
    }
}

/// The model made ready for scoring.
pub(crate) struct Weights {
    persons: Sheet,
    organizations: Sheet,
}

struct Sheet {
    fields: &'static [Field; SLOTS],
    prior: f64,
    /// Bits for one against strangers, by comparison and level.
    bits: [[f64; LEVELS]; SLOTS],
    /// What is to be added to the rarity of an exact value.
    usual: [f64; SLOTS],
    /// Odds of the two other explanations against strangers, and how a level changes them.
    elses: [f64; 2],
    ratios: [[[f64; 2]; LEVELS]; SLOTS],
}

const ELSE: [Class; 2] = [Class::Household, Class::Namesake];

impl Sheet {
    fn new(mixture: &Mixture, fields: &'static [Field; SLOTS]) -> Sheet {
        let share = |class: Class, slot: usize, level: usize| mixture.shares[class as usize][slot][level];
        let other = mixture.priors[Class::Other as usize];
        let mut sheet = Sheet {
            fields,
            prior: (mixture.priors[Class::Same as usize] / other).log2(),
            bits: [[0.0; LEVELS]; SLOTS],
            usual: [0.0; SLOTS],
            elses: ELSE.map(|class| mixture.priors[class as usize] / other),
            ratios: [[[1.0; 2]; LEVELS]; SLOTS],
        };
        for (slot, field) in fields.iter().enumerate() {
            sheet.usual[slot] = share(Class::Other, slot, 1).log2();
            for level in 1..=field.levels.len() {
                let stranger = share(Class::Other, slot, level);
                sheet.bits[slot][level] = (share(Class::Same, slot, level) / stranger).log2();
                sheet.ratios[slot][level] = ELSE.map(|class| share(class, slot, level) / stranger);
            }
        }
        sheet
    }
}

impl Weights {
    fn sheet(&self, pattern: Pattern) -> &Sheet {
        if pattern.is_of_organizations() { &self.organizations } else { &self.persons }
    }

    /// The bits of a pair.
    pub fn bits(&self, pattern: Pattern) -> f64 {
        let mut sum = 0.0;
        self.parts(pattern, |level| sum += level.bits);
        sum
    }

    /// Gives the parts of a score one by one.
    fn parts(&self, pattern: Pattern, mut part: impl FnMut(Level)) {
        let sheet = self.sheet(pattern);
        part(Level { field: "prior", level: "any two records of this file", bits: sheet.prior });
        let mut elses = sheet.elses;
        for (slot, field) in sheet.fields.iter().enumerate().filter(|(_, f)| !f.levels.is_empty()) {
            let level = usize::from(pattern.level(slot));
            let name = match level {
                0 => "missing",
                _ => field.levels[level - 1].name,
            };
            part(Level { field: field.name, level: name, bits: sheet.bits[slot][level] });
            let [household, namesake] = sheet.ratios[slot][level];
            elses = [elses[0] * household, elses[1] * namesake];
            if has_rarity(slot)
                && let Some(rarity) = pattern.rarity(slot)
            {
                let bits = sheet.usual[slot] + rarity;
                part(Level { field: FREQUENCY[slot], level: rarity_in_words(bits), bits });
                elses = elses.map(|odds| odds * bits.exp2());
            }
        }
        let organizations = pattern.is_of_organizations();
        let level = match (organizations, elses[0] >= elses[1]) {
            (false, true) => "another member of the household",
            (false, false) => "a relative of the same name",
            (true, true) => "another organization at the place",
            (true, false) => "an organization and its foundation",
        };
        part(Level { field: "unless", level, bits: -(1.0 + elses[0] + elses[1]).log2() });
    }
}

const FREQUENCY: [&str; SLOTS] = [
    "frequency of the name",
    "frequency of the last name",
    "",
    "",
    "",
    "",
    "",
    "",
    "frequency of text 1",
    "frequency of text 2",
    "frequency of text 3",
    "frequency of text 4",
];

fn rarity_in_words(bits: f64) -> &'static str {
    match bits {
        b if b >= 1.0 => "rare in this file",
        b if b <= -1.0 => "common in this file",
        _ => "as usual",
    }
}
