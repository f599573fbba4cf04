//! Scoring: a pair's levels add up to bits, bits become a probability.

use rayon::prelude::*;

use crate::block::block_prepared;
use crate::compare::compare_persons;
use crate::compare_organizations::compare_organizations;
use crate::frequency::Frequencies;
use crate::keys::RULES;
use crate::prepare::{Prepared, Who, prepare};
use crate::weights::PRIOR;
use crate::{Blocking, Candidate, Record, Thresholds};

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
/// under 1 : 1,000. [`explain`] shows them too.
pub const KEPT_BITS_MIN: f64 = -10.0;

/// Compares all candidate pairs in parallel, sorted by `(a, b)`. Keeps the pairs that
/// reach [`KEPT_BITS_MIN`] or share a household. Pairs with ids that are not among
/// `records` are passed over. The number of threads changes nothing.
pub fn score(records: &[Record], blocking: &Blocking) -> Vec<Scored> {
    let file = File::read(records);
    blocking
        .pairs
        .par_chunks(2_048)
        .flat_map_iter(|pairs| {
            let mut levels = Vec::new();
            let mut kept = Vec::new();
            for pair in pairs {
                let scored = file.score(*pair, &mut levels);
                let keeps = |s: &Scored| s.bits >= KEPT_BITS_MIN || s.same_household;
                kept.extend(scored.filter(keeps));
            }
            kept
        })
        .collect()
}

/// Scores one pair whatever it comes to, candidate or not; `None` if an id is unknown or
/// equal to the other, or a person is held against an organization.
pub fn explain(records: &[Record], a: i64, b: i64) -> Option<Scored> {
    let file = File::read(records);
    let blocking = block_prepared(&file.records);
    let (a, b) = (a.min(b), a.max(b));
    let met = blocking.pairs.binary_search_by_key(&(a, b), |p| (p.a, p.b));
    let pair = Candidate { a, b, rule: met.map_or(0, |at| blocking.pairs[at].rule) };
    let mut scored = file.score(pair, &mut Vec::new())?;
    if met.is_err() {
        scored.rule = "no rule met";
    }
    Some(scored)
}

/// All records as compared, with what is common among them.
struct File {
    records: Vec<Prepared>,
    /// The ids of `records`, side by side for quick search.
    ids: Vec<i64>,
    facts: Frequencies,
}

impl File {
    fn read(records: &[Record]) -> File {
        let records = prepare(records);
        File { ids: records.iter().map(|r| r.id).collect(), facts: Frequencies::count(&records), records }
    }

    fn find(&self, id: i64) -> Option<&Prepared> {
        self.ids.binary_search(&id).ok().map(|at| &self.records[at])
    }

    /// Scores a pair; `levels` is room to work in.
    fn score(&self, pair: Candidate, levels: &mut Vec<Level>) -> Option<Scored> {
        let (a, b) = (self.find(pair.a)?, self.find(pair.b)?);
        if a.id == b.id {
            return None;
        }
        levels.clear();
        levels.push(prior(self.facts.records()));
        let same_household = match (&a.who, &b.who) {
            (Who::Person(x), Who::Person(y)) => compare_persons((a, x), (b, y), &self.facts, levels),
            (Who::Organization(x), Who::Organization(y)) => {
                compare_organizations((a, x), (b, y), &self.facts, levels);
                false
            }
            _ => return None,
        };
        let bits = levels.iter().map(|level| level.bits).sum();
        Some(Scored {
            a: a.id,
            b: b.id,
            rule: RULES[usize::from(pair.rule)],
            bits,
            probability: 1.0 / (1.0 + f64::exp2(-bits)),
            levels: levels.clone(),
            same_household,
        })
    }
}

/// The odds that any two records of a file are one: about one duplicate a record, so one
/// pair in as many as there are records. Bounded, so that a file of three isn't all one.
fn prior(records: u32) -> Level {
    let records = f64::from(records).clamp(1_000.0, 2_000_000.0);
    Level { field: PRIOR, level: "any two records of this file", bits: -records.log2() }
}
