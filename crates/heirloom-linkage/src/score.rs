//! Scoring: a pair's levels add up to bits, bits become a probability.

use rayon::prelude::*;

use crate::compare::compare_persons;
use crate::compare_organizations::compare_organizations;
use crate::frequency::Frequencies;
use crate::keys::RULES;
use crate::prepare::Who;
use crate::weights::PRIOR;
use crate::{Blocking, Candidate, File, Thresholds};

/// One comparison of a pair: a field, the level it reached, and what that is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// What was compared (`last name`), or `prior`.
    pub field: &'static str,
    /// How far the two agree (`exact`, `missing` …).
    pub level: &'static str,
    /// Evidence in bits: each bit for doubles the odds, each bit against halves them.
    pub bits: f64,
}

/// A compared pair, `a < b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// The smaller id.
    pub a: i64,
    /// The larger id.
    pub b: i64,
    /// The blocking rule that met first.
    pub rule: &'static str,
    /// The sum of the bits of `levels`, in their order.
    pub bits: f64,
    /// The probability that both are one person (or organization).
    pub probability: f64,
    /// Prior first, then each comparison.
    pub levels: Vec<Level>,
    /// Whether the two, one person or not, live in one household: same address, phone or
    /// e-mail, and the same family name or one named as the other's spouse.
    pub same_household: bool,
}

/// What a score means under given thresholds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Joined without asking.
    Merge,
    /// For a person to decide.
    Review,
    /// Different.
    Distinct,
}

impl Scored {
    /// Judges the pair alone; clustering may still keep it apart.
    pub fn verdict(&self, thresholds: &Thresholds) -> Verdict {
        if self.probability >= thresholds.merge {
            Verdict::Merge
        } else if self.probability >= thresholds.review {
            Verdict::Review
        } else {
            Verdict::Distinct
        }
    }
}

/// Pairs of two households that score below this are compared but not kept: their odds are
/// under 1 : 1,000. [`File::explain`] shows them too.
pub const KEPT_BITS_MIN: f64 = -10.0;

impl File {
    /// Compares all candidate pairs in parallel, sorted by `(a, b)`. Keeps the pairs that
    /// reach [`KEPT_BITS_MIN`] or share a household. Pairs with ids that are not in the
    /// file are passed over. The number of threads changes nothing.
    pub fn score(&self, blocking: &Blocking) -> Vec<Scored> {
        let facts = Frequencies::count(&self.records);
        let chunks: Vec<Vec<Scored>> = blocking
            .pairs
            .par_chunks(2_048)
            .map(|pairs| {
                let mut levels = Vec::new();
                let scored = |pair: &Candidate| self.score_pair(&facts, *pair, &mut levels);
                pairs.iter().filter_map(scored).collect()
            })
            .collect();
        chunks.into_iter().flatten().collect()
    }

    /// Scores one pair whatever it comes to, candidate or not; `None` if an id is unknown or
    /// equal to the other, or a person is held against an organization.
    pub fn explain(&self, a: i64, b: i64) -> Option<Scored> {
        let blocking = self.block();
        let (a, b) = (a.min(b), a.max(b));
        let met = blocking.pairs.binary_search_by_key(&(a, b), |p| (p.a, p.b));
        let pair = Candidate { a, b, rule: met.map_or(0, |at| blocking.pairs[at].rule) };
        let facts = Frequencies::count(&self.records);
        let mut levels = Vec::new();
        let same_household = self.compare(&facts, pair, &mut levels)?;
        let mut scored = summed(pair, &levels, same_household);
        if met.is_err() {
            scored.rule = "no rule met";
        }
        Some(scored)
    }

    /// Scores a pair if it is worth keeping; `levels` is room to work in.
    fn score_pair(&self, facts: &Frequencies, pair: Candidate, levels: &mut Vec<Level>) -> Option<Scored> {
        let same_household = self.compare(facts, pair, levels)?;
        let bits: f64 = levels.iter().map(|level| level.bits).sum();
        (same_household || bits >= KEPT_BITS_MIN).then(|| summed(pair, levels, same_household))
    }

    /// Fills `levels`; answers whether the two live in one household.
    fn compare(&self, facts: &Frequencies, pair: Candidate, levels: &mut Vec<Level>) -> Option<bool> {
        let (a, b) = (self.find(pair.a)?, self.find(pair.b)?);
        if a.id == b.id {
            return None;
        }
        levels.clear();
        levels.push(prior(facts.records()));
        match (&a.who, &b.who) {
            (Who::Person(x), Who::Person(y)) => Some(compare_persons((a, x), (b, y), facts, levels)),
            (Who::Organization(x), Who::Organization(y)) => {
                compare_organizations((a, x), (b, y), facts, levels);
                Some(false)
            }
            _ => None,
        }
    }
}

fn summed(pair: Candidate, levels: &[Level], same_household: bool) -> Scored {
    let bits = levels.iter().map(|level| level.bits).sum();
    Scored {
        a: pair.a,
        b: pair.b,
        rule: RULES[usize::from(pair.rule)],
        bits,
        probability: 1.0 / (1.0 + f64::exp2(-bits)),
        levels: levels.to_vec(),
        same_household,
    }
}

/// The odds that any two records of a file are one: about one duplicate a record, so one
/// pair in as many as there are records. Bounded, so that a file of three isn't all one.
fn prior(records: u32) -> Level {
    let records = f64::from(records).clamp(1_000.0, 2_000_000.0);
    Level { field: PRIOR, level: "any two records of this file", bits: -records.log2() }
}
