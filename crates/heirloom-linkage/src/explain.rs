//! One pair explained under a stored model: every level with its bits, and the rules by which
//! the two meet, without comparing anything else.

use crate::File;
use crate::frequency::Facts;
use crate::keys::{Keys, RULES, keys};
use crate::{Level, Model};

/// Why two records are, or are not, one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// The parts of the score, the prior first; their bits, added in this order, are `bits`.
    pub levels: Vec<Level>,
    /// The score.
    pub bits: f64,
    /// Every blocking rule by which the two share a key, strictest first.
    pub rules: Vec<&'static str>,
}

impl Explained {
    /// The probability that both are one person (or organization).
    pub fn probability(&self) -> f64 {
        1.0 / (1.0 + (-self.bits).exp2())
    }
}

impl File {
    /// Explains one pair by a model; `None` if an id is unknown or equal to the other, or a
    /// person is held against an organization.
    pub fn explain_by(&self, model: &Model, a: i64, b: i64) -> Option<Explained> {
        let (a, b) = (self.position(a.min(b))?, self.position(a.max(b))?);
        let facts = Facts::recall(self, &model.counts, model.counted_of);
        let pattern = self.compare(a, b, &facts, &mut self.likeness())?;
        let levels = model.explain(pattern);
        let mut bits = 0.0;
        levels.iter().for_each(|level| bits += level.bits);
        let (one, other) = (self.keys_of(a, model.rules), self.keys_of(b, model.rules));
        let mut rules: Vec<u8> = one.iter().filter(|key| other.contains(key)).map(|key| key.0).collect();
        rules.sort_unstable();
        rules.dedup();
        let rules = rules.into_iter().map(|rule| RULES[usize::from(rule)].name).collect();
        Some(Explained { levels, bits, rules })
    }

    /// The blocking keys of one record, by the rules that are wanted.
    fn keys_of(&self, at: u32, wanted: u32) -> Vec<(u8, u64)> {
        let mut of_record = Keys { wanted, found: Vec::new() };
        keys(&self.records[at as usize], &self.texts, &mut of_record);
        of_record.found
    }
}

#[cfg(test)]
mod tests {
    use crate::*;

    #[test]
    fn a_pair_explained_under_the_stored_model_is_the_pair_that_was_scored() {
        let records: Vec<Record> = (0..40)
            .map(|id| {
                let mut record = Record::new(id, RecordKind::Person);
                record.first = ["Robert", "Bob", "Mary", "Ann"][id as usize % 4].into();
                record.last = ["Morgan", "Lee", "Smith"][id as usize % 3].into();
                record.phones = vec![format!("512-555-01{:02}", id % 7)];
                record
            })
            .collect();
        let file = File::read(&records);
        let scores = file.score(None);
        assert!(scores.pairs.len() > 20);
        for pair in &scores.pairs {
            let explained = file.explain_by(&scores.model, pair.b, pair.a).expect("both are there");
            assert_eq!(explained.bits, pair.bits);
            assert_eq!(explained.probability(), pair.probability());
            assert_eq!(explained.rules.first(), Some(&pair.rule()));
        }
        assert_eq!(file.explain_by(&scores.model, 3, 3), None);
        assert_eq!(file.explain_by(&scores.model, 3, 99), None);
    }
}
