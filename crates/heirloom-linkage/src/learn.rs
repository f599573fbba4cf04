//! Learning without labels: how often levels agree among strangers from random pairs, and
//! among pairs of one person, of one household and of one name by expectation maximisation.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use rayon::prelude::*;

use crate::block::{Blocking, Candidate};
use crate::fields::{
    CLASSES, Class, Field, GENDER, HOUSEHOLD, LAST, LEVELS, ORGANIZATION, PERSON, SLOTS, SPOUSE,
};
use crate::frequency::Facts;
use crate::keys::RULES;
use crate::model::{Mixture, Model};
use crate::pattern::Pattern;
use crate::{File, RecordKind, Thresholds};

/// Random pairs from which the shares among strangers come.
const RANDOM_PAIRS: u64 = 32_768;

/// With fewer candidate pairs the shipped shares are used as they are.
const LEARNING_PAIRS_MIN: u64 = 300;

/// Rounds of expectation maximisation at most.
const ROUNDS_MAX: usize = 30;

/// Pairs that the shipped shares count for beside the file's own, by class.
const SHIPPED_PAIRS: [f64; CLASSES] = [20.0, 50.0, 200.0, 400.0];

/// Shares among strangers below this are too rare to be seen in random pairs, and what is
/// seen of them there are mostly not strangers: the shipped ones count for so many pairs.
const RARE: f64 = 1e-4;
const RARE_PAIRS: f64 = 1e6;

/// Pairs of one household, and of one name in it, for each pair of one person at most.
const HOUSEHOLD_PAIRS_MAX: f64 = 6.0;
const NAMESAKE_PAIRS_MAX: f64 = 0.1;

/// Candidate pairs that look the same: pattern, the comparisons that were free to differ
/// (one bit each), and how many.
type Seen = Vec<(Pattern, u16, f64)>;

impl Model {
    /// Learns from the candidate pairs of a file.
    pub(crate) fn learn(file: &File, facts: &Facts, blocking: &Blocking, patterns: &[Pattern]) -> Model {
        let seen = gather(&blocking.pairs, patterns);
        let of_kind = |organizations: bool| {
            let of_kind = |s: &&(Pattern, u16, f64)| s.0.is_of_organizations() == organizations;
            seen.iter().filter(of_kind).copied().collect::<Seen>()
        };
        let (counts, counted_of) = facts.stored(&file.texts);
        Model {
            persons: learn_kind(file, facts, RecordKind::Person, &PERSON, &of_kind(false)),
            organizations: learn_kind(file, facts, RecordKind::Organization, &ORGANIZATION, &of_kind(true)),
            counts,
            counted_of,
            rules: blocking.rules_used(),
            thresholds: Thresholds::default(),
        }
    }
}

fn gather(pairs: &[Candidate], patterns: &[Pattern]) -> Seen {
    type Counts = HashMap<(Pattern, u16), u32, FixedState>;
    let count = |mut counts: Counts, (pair, pattern): (&Candidate, &Pattern)| {
        *counts.entry((pattern.alone(), free(*pair))).or_default() += 1;
        counts
    };
    let add = |mut all: Counts, part: Counts| {
        for (key, count) in part {
            *all.entry(key).or_default() += count;
        }
        all
    };
    let counts = pairs.par_iter().zip(patterns).with_min_len(65_536).fold(Counts::default, count);
    let counts = counts.reduce(Counts::default, add);
    let mut seen: Seen = counts.into_iter().map(|((p, free), n)| (p, free, f64::from(n))).collect();
    seen.sort_unstable_by_key(|s| (s.0, s.1)); // sums run in a fixed order
    seen
}

/// The comparisons that not every rule that met forces to agree.
fn free(pair: Candidate) -> u16 {
    let met = RULES.iter().enumerate().filter(|(at, _)| pair.rules >> at & 1 == 1);
    met.fold(0, |free, (_, rule)| free | !rule.forces)
}

fn learn_kind(file: &File, facts: &Facts, kind: RecordKind, fields: &[Field; SLOTS], seen: &Seen) -> Mixture {
    let members: Vec<u32> = (0..file.len() as u32).filter(|&at| file.kind(at) == kind).collect();
    let shipped = Mixture::shipped(fields, members.len());
    let candidates: f64 = seen.iter().map(|s| s.2).sum();
    if candidates < LEARNING_PAIRS_MIN as f64 {
        return shipped;
    }
    let random = random_pairs(file, facts, &members);
    let n = members.len() as f64;
    let mut mixture = shipped.clone();
    for _ in 0..ROUNDS_MAX {
        let before = mixture.clone();
        mixture = round(&before, &shipped, fields, seen, &random, n * (n - 1.0) / 2.0);
        if moved(&before, &mixture) < 1e-3 {
            break;
        }
    }
    mixture
}

/// Patterns of pairs drawn at random, always the same for the same file.
fn random_pairs(file: &File, facts: &Facts, members: &[u32]) -> Vec<(Pattern, f64)> {
    let n = members.len() as u64;
    let draws: Vec<(Pattern, u32)> = (0..RANDOM_PAIRS / 256)
        .into_par_iter()
        .flat_map_iter(|batch| {
            let mut likeness = file.likeness();
            let mut state = batch.wrapping_mul(0xD134_2543_DE82_EF95);
            let mut draw = move || {
                state = state.wrapping_add(0x9E37_79B9_7F4A_7C15); // splitmix64
                let z = (state ^ state >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
                members[((z ^ z >> 31) % n) as usize]
            };
            let pairs: Vec<(u32, u32)> = (0..256).map(|_| (draw(), draw())).filter(|(a, b)| a != b).collect();
            let compared =
                pairs.into_iter().filter_map(move |(a, b)| file.compare(a, b, facts, &mut likeness));
            compared.map(|p| (p.alone(), 1)).collect::<Vec<_>>()
        })
        .collect();
    let mut draws = draws;
    draws.par_sort_unstable();
    draws.chunk_by(|x, y| x.0 == y.0).map(|same| (same[0].0, same.len() as f64)).collect()
}

type Shares = [[[f64; LEVELS]; SLOTS]; CLASSES];

fn round(
    now: &Mixture,
    shipped: &Mixture,
    fields: &[Field; SLOTS],
    seen: &Seen,
    random: &[(Pattern, f64)],
    pairs: f64,
) -> Mixture {
    let other = Class::Other as usize;
    let mut counts: Shares = [[[0.0; LEVELS]; SLOTS]; CLASSES];
    let mut classes = [0.0; CLASSES];
    for &(pattern, free, count) in seen {
        let posterior = posterior(now, pattern);
        for class in 0..CLASSES {
            let weight = posterior[class] * count;
            classes[class] += weight;
            if class == other {
                continue; // strangers among the candidates were chosen for what they share
            }
            for slot in (0..SLOTS).filter(|slot| free & learned(class) >> slot & 1 == 1) {
                counts[class][slot][usize::from(pattern.level(slot))] += weight;
            }
        }
    }
    for &(pattern, count) in random {
        let weight = posterior(now, pattern)[other] * count;
        for slot in 0..SLOTS {
            counts[other][slot][usize::from(pattern.level(slot))] += weight;
        }
    }
    let mut next = shipped.clone();
    for (class, of_class) in counts.iter().enumerate() {
        for (slot, of_slot) in of_class.iter().enumerate() {
            let levels = fields[slot].levels.len();
            let total: f64 = of_slot[1..=levels].iter().sum::<f64>() + SHIPPED_PAIRS[class];
            let shares = next.shares[class][slot][1..=levels].iter_mut();
            for (share, count) in shares.zip(&of_slot[1..]) {
                let shipped_pairs =
                    if class == other && *share < RARE { RARE_PAIRS } else { SHIPPED_PAIRS[class] };
                // It still is the shipped share. The others of its field make up what it differs by.
                *share = (count + *share * shipped_pairs) / (total + shipped_pairs - SHIPPED_PAIRS[class]);
            }
        }
    }
    keep_order(&mut next, fields);
    for class in (0..CLASSES).filter(|&class| class != other) {
        next.priors[class] = (classes[class] + shipped.priors[class]) / pairs;
    }
    let [same, _, household, namesake] = &mut next.priors;
    *household = household.min(*same * HOUSEHOLD_PAIRS_MAX);
    *namesake = namesake.min(*same * NAMESAKE_PAIRS_MAX);
    next
}

/// The comparisons whose shares a class learns, one bit each. What defines a class is
/// given: other people of a household have other given names and birth dates, and relatives
/// of one name are too few to be learned from.
fn learned(class: usize) -> u16 {
    match class {
        c if c == Class::Household as usize => 1 << LAST | 1 << GENDER | 1 << SPOUSE | 1 << HOUSEHOLD,
        c if c == Class::Namesake as usize => 0,
        _ => !0,
    }
}

/// How likely each class is for a pattern.
fn posterior(mixture: &Mixture, pattern: Pattern) -> [f64; CLASSES] {
    let joint = mixture.joint(pattern);
    let sum: f64 = joint.iter().sum();
    if sum > 0.0 { joint.map(|one| one / sum) } else { [0.0, 1.0, 0.0, 0.0] }
}

/// Makes no level worth more than the one before it: where the file says otherwise, the
/// two are counted as one.
fn keep_order(mixture: &mut Mixture, fields: &[Field; SLOTS]) {
    let (same, other) = (Class::Same as usize, Class::Other as usize);
    for (slot, field) in fields.iter().enumerate() {
        // Runs of levels that are worth the same: share among the same, share among others, levels.
        let mut runs: Vec<(f64, f64, Vec<usize>)> = Vec::new();
        for (at, _) in field.levels.iter().enumerate().filter(|(_, step)| step.ordered) {
            let level = at + 1;
            let mut run =
                (mixture.shares[same][slot][level], mixture.shares[other][slot][level], vec![level]);
            while let Some(before) = runs.pop_if(|before| before.0 * run.1 < run.0 * before.1) {
                run.0 += before.0;
                run.1 += before.1;
                run.2.extend(before.2);
            }
            runs.push(run);
        }
        for (among_same, among_others, levels) in runs {
            for level in levels {
                mixture.shares[other][slot][level] =
                    mixture.shares[same][slot][level] * among_others / among_same;
            }
        }
    }
}

/// The largest relative change of a class's share.
fn moved(before: &Mixture, after: &Mixture) -> f64 {
    let pairs = before.priors.iter().zip(&after.priors);
    pairs.map(|(x, y)| ((x - y) / x).abs()).fold(0.0, f64::max)
}
