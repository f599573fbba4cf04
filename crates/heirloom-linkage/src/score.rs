//! Scoring: candidate pairs are compared once, the model is learned unless it is given, and
//! each pair's bits become a probability.

use rayon::prelude::*;

use crate::block::{Blocking, Candidate, Loose};
use crate::compare::compare_persons;
use crate::compare_organizations::compare_organizations;
use crate::frequency::Facts;
use crate::keys::RULES;
use crate::likeness::Likeness;
use crate::model::Model;
use crate::pattern::Pattern;
use crate::prepare::Who;
use crate::{File, Thresholds};

/// A compared pair, `a < b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The smaller id.
    pub a: i64,
    /// The larger id.
    pub b: i64,
    /// The levels reached; [`Model::explain`] puts them in words and bits.
    pub pattern: Pattern,
    /// Evidence in bits that both are one person (or organization): the log2 of the odds.
    pub bits: f64,
    /// The strictest blocking rule that met, if one did.
    rule: Option<u8>,
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
    /// The probability that both are one person (or organization).
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (-self.bits).exp2())
    }

    /// The strictest blocking rule that met.
    pub fn rule(&self) -> &'static str {
        self.rule.map_or("no rule met", |rule| RULES[usize::from(rule)].name)
    }

    /// Whether the two, one person or not, live in one household: same address, phone or
    /// e-mail, and the same family name or one named as the other's spouse.
    pub fn same_household(&self) -> bool {
        self.pattern.lives_together()
    }

    /// Judges the pair alone; clustering may still keep it apart.
    pub fn verdict(&self, thresholds: &Thresholds) -> Verdict {
        if self.probability() >= thresholds.merge {
            Verdict::Merge
        } else if self.probability() >= thresholds.review {
            Verdict::Review
        } else {
            Verdict::Distinct
        }
    }
}

/// The compared pairs of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// What the pairs were judged by.
    pub model: Model,
    /// How the pairs came about.
    pub blocking: Blocking,
    /// The pairs worth keeping, sorted by `(a, b)`.
    pub pairs: Vec<Scored>,
}

/// Share of right joins that the merge cut is chosen for.
const MERGE_PRECISION: f64 = 0.9975;

/// With fewer probable pairs the usual cuts are used.
const PROBABLE_PAIRS_MIN: usize = 50;

/// The cuts by what the model expects, without labels: the merge cut is the lowest at
/// which the pairs above it are expected to be right in [`MERGE_PRECISION`] of cases.
fn thresholds(pairs: &[Scored]) -> Thresholds {
    let usual = Thresholds::default();
    let mut given: Vec<f64> = pairs.iter().map(Scored::probability).filter(|p| *p >= 0.5).collect();
    if given.len() < PROBABLE_PAIRS_MIN {
        return usual;
    }
    given.par_sort_unstable_by(|x, y| y.total_cmp(x));
    let (mut sum, mut merge) = (0.0, 0.9999);
    for (above, p) in given.into_iter().enumerate() {
        sum += p;
        if sum < MERGE_PRECISION * (above + 1) as f64 {
            break;
        }
        merge = p;
    }
    Thresholds { merge, ..usual }
}

/// Pairs of two households that score below this are compared but not kept: their odds are
/// under 1 : 1,000. [`File::explain`] shows them too.
pub const KEPT_BITS_MIN: f64 = -10.0;

/// Pairs whose records are brought near together.
const NEAR_PAIRS: usize = 32;

impl File {
    /// Compares all candidate pairs in parallel and judges them by the given model, or by
    /// one learned from these very pairs. Keeps those that reach [`KEPT_BITS_MIN`] or share
    /// a household. The number of threads changes nothing.
    pub fn score(&self, known: Option<&Model>) -> Scores {
        let blocking = match known {
            Some(model) => self.block_by(model.rules, Loose::AsGiven),
            None => self.block(),
        };
        let facts = match known {
            Some(model) => Facts::recall(self, &model.counts, model.counted_of),
            None => Facts::count(self),
        };
        let mut patterns = vec![Pattern::default(); blocking.pairs.len()];
        let parts = patterns.par_chunks_mut(4_096).zip(blocking.pairs.par_chunks(4_096));
        parts.for_each_init(
            || self.likeness(),
            |likeness, (patterns, pairs)| {
                for (patterns, pairs) in patterns.chunks_mut(NEAR_PAIRS).zip(pairs.chunks(NEAR_PAIRS)) {
                    self.bring_near(pairs);
                    for (pattern, pair) in patterns.iter_mut().zip(pairs) {
                        *pattern = self.compare(pair.a, pair.b, &facts, likeness).unwrap_or_default();
                    }
                }
            },
        );
        let mut model = match known {
            Some(model) => model.clone(),
            None => Model::learn(self, &facts, &blocking, &patterns),
        };
        let weights = model.weights();
        let scored: Vec<Vec<Scored>> = blocking
            .pairs
            .par_chunks(4_096)
            .zip(patterns.par_chunks(4_096))
            .map(|(pairs, patterns)| {
                let score = |(pair, pattern): (&Candidate, &Pattern)| {
                    let bits = weights.bits(*pattern);
                    (bits >= KEPT_BITS_MIN || pattern.lives_together()).then(|| Scored {
                        a: self.id(pair.a),
                        b: self.id(pair.b),
                        pattern: *pattern,
                        bits,
                        rule: Some(pair.rule()),
                    })
                };
                pairs.iter().zip(patterns).filter_map(score).collect()
            })
            .collect();
        drop(patterns);
        let mut pairs = Vec::with_capacity(scored.iter().map(Vec::len).sum());
        scored.into_iter().for_each(|part| pairs.extend(part));
        if known.is_none() {
            model.thresholds = thresholds(&pairs);
        }
        Scores { model, pairs, blocking }
    }

    /// Scores one pair whatever it comes to, candidate or not; `None` if an id is unknown or
    /// equal to the other, or a person is held against an organization.
    pub fn explain(&self, scores: &Scores, a: i64, b: i64) -> Option<Scored> {
        let (a, b) = (self.position(a.min(b))?, self.position(a.max(b))?);
        let facts = Facts::recall(self, &scores.model.counts, scores.model.counted_of);
        let pattern = self.compare(a, b, &facts, &mut self.likeness())?;
        let met = scores.blocking.pairs.binary_search_by_key(&(a, b), |p| (p.a, p.b));
        Some(Scored {
            a: self.id(a),
            b: self.id(b),
            pattern,
            bits: scores.model.weights().bits(pattern),
            rule: met.ok().map(|at| scores.blocking.pairs[at].rule()),
        })
    }

    /// Looks at the second records of some pairs once, so that they come from far memory all
    /// together rather than one after the other.
    fn bring_near(&self, pairs: &[Candidate]) {
        let touch = |pair: &Candidate| {
            let record = &self.records[pair.b as usize];
            let name = match &record.who {
                Who::Person(person) => person.last.id,
                Who::Organization(name) => name.core.id,
            };
            name ^ record.birth.number() ^ record.spots.len() as u32 ^ record.mails.len() as u32
        };
        std::hint::black_box(pairs.iter().map(touch).fold(0, |sum, part| sum ^ part));
    }

    pub(crate) fn likeness(&self) -> Likeness<'_> {
        Likeness::new(&self.texts)
    }

    /// Compares two records; `None` for a record and itself, or a person and an organization.
    pub(crate) fn compare(&self, a: u32, b: u32, facts: &Facts, likeness: &mut Likeness) -> Option<Pattern> {
        let (a, b) = (&self.records[a as usize], &self.records[b as usize]);
        match (&a.who, &b.who) {
            _ if a.id == b.id => None,
            (Who::Person(x), Who::Person(y)) => Some(compare_persons((a, x), (b, y), facts, likeness)),
            (Who::Organization(x), Who::Organization(y)) => {
                Some(compare_organizations((a, x), (b, y), facts, likeness))
            }
            _ => None,
        }
    }
}
