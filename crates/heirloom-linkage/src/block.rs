//! Blocking: which pairs are worth comparing. Keys are counted before any pair is made; a
//! block over the cap is split by further fields and reported, never silently dropped.

use rayon::prelude::*;

use crate::File;
use crate::keys::{Keys, RULES, Rule, Split, keys};

/// Records in a block beyond which it is split; half of it in files of more than
/// [`LARGE_FILE_RECORDS_MIN`], where equal names are mostly chance.
pub const BLOCK_RECORDS_MAX: usize = 48;

/// In a block that no further field splits, each record meets this many neighbours by id;
/// half of it in large files.
const NEIGHBOURS_MAX: usize = 24;

/// Records from which on a file is large.
pub const LARGE_FILE_RECORDS_MIN: usize = 200_000;

/// Pairs that a loose rule may make: so many, or so many for each record.
const LOOSE_PAIRS_MAX: u64 = 100_000;
const LOOSE_PAIRS_PER_RECORD_MAX: u64 = 1;

/// Records whose keys are gathered by one thread at a time.
const CHUNK_RECORDS: usize = 4096;

/// Rules whose keys are in memory at once, in a large file.
const RULES_AT_ONCE: usize = 2;

/// All rules, one bit each.
pub(crate) const ALL_RULES: u32 = (1 << RULES.len()) - 1;

/// Stands beside the rules in a model that was learned from a large file, so that a file
/// which grows is blocked as it was.
const LARGE_FILE: u32 = 1 << 31;

/// How large a block may be, and how many neighbours meet where nothing splits it.
#[derive(Clone, Copy)]
struct Caps {
    records: usize,
    neighbours: usize,
}

/// A pair of records that share a blocking key, by position, `a < b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Candidate {
    pub a: u32,
    pub b: u32,
    /// The rules that met, one bit each.
    pub rules: u32,
}

impl Candidate {
    /// The strictest rule that met.
    pub fn rule(self) -> u8 {
        self.rules.trailing_zeros() as u8
    }
}

/// A block that was too large to be compared as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Oversized {
    /// The rule whose key was shared.
    pub rule: &'static str,
    /// How many records shared it.
    pub records: u64,
    /// Pairs that were not made on this key's account; other rules may have made them.
    pub pairs_left_out: u64,
    /// The smallest ids in it, to look up what they share.
    pub examples: Vec<i64>,
}

/// What one rule found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleCount {
    /// The rule.
    pub rule: &'static str,
    /// Keys held by two records or more.
    pub blocks: u64,
    /// Pairs these blocks would make if none were split and no rule had met before.
    pub pairs: u64,
    /// Whether they were made; a loose rule is passed over where it makes too many.
    pub used: bool,
}

/// The pairs to compare, and how they came about.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Blocking {
    /// Candidate pairs, sorted by `(a, b)`, each once.
    pub(crate) pairs: Vec<Candidate>,
    /// One line for each rule, strictest first.
    pub rules: Vec<RuleCount>,
    /// Blocks over the cap, by rule, largest first.
    pub oversized: Vec<Oversized>,
    large_file: bool,
}

impl Blocking {
    /// The rules that were used, one bit each, and whether the file counted as large.
    pub(crate) fn rules_used(&self) -> u32 {
        let large = if self.large_file { LARGE_FILE } else { 0 };
        self.rules.iter().enumerate().fold(large, |used, (at, rule)| used | u32::from(rule.used) << at)
    }

    /// How many pairs are to be compared.
    pub fn pairs_count(&self) -> usize {
        self.pairs.len()
    }

    /// The pairs by the ids of `file`, whose blocking this is, in ascending order.
    pub fn pairs<'a>(&'a self, file: &'a File) -> impl Iterator<Item = (i64, i64)> + 'a {
        self.pairs.iter().map(|p| (file.id(p.a), file.id(p.b)))
    }
}

impl File {
    /// Finds the candidate pairs by all rules, the loose ones only where they make few.
    /// The order of records and the number of threads change nothing.
    pub fn block(&self) -> Blocking {
        self.block_by(ALL_RULES, Loose::WherePairsAreFew)
    }

    /// Finds the candidate pairs by the given rules ([`Blocking::rules_used`]).
    pub(crate) fn block_by(&self, rules: u32, loose: Loose) -> Blocking {
        let large_file = match loose {
            Loose::WherePairsAreFew => self.len() >= LARGE_FILE_RECORDS_MIN,
            Loose::AsGiven => rules & LARGE_FILE != 0,
        };
        let half = 1 + usize::from(large_file);
        let caps = Caps { records: BLOCK_RECORDS_MAX / half, neighbours: NEIGHBOURS_MAX / half };
        let mut blocking = Blocking { large_file, ..Blocking::default() };
        let mut found_pairs: Vec<Vec<Pair>> = Vec::new();
        // The keys of a large file are too many to be in memory all at once.
        let at_once = if self.len() >= LARGE_FILE_RECORDS_MIN { RULES_AT_ONCE } else { RULES.len() };
        let mut chunks = vec![vec![Keyed::new(); at_once]; self.len().div_ceil(CHUNK_RECORDS)];
        for first in (0..RULES.len()).step_by(at_once) {
            let group = first..RULES.len().min(first + at_once);
            let bits = group.clone().fold(0, |bits, rule| bits | 1 << rule) & rules;
            self.fill_keys(first, bits, &mut chunks);
            let found: Vec<Found> = group
                .into_par_iter()
                .with_max_len(1)
                .map(|rule| self.pairs_of_rule(rule as u8, &shared_keys(&chunks, rule - first), loose, caps))
                .collect();
            for (mut one, rule) in found.into_iter().zip(first..) {
                one.count.used &= rules >> rule & 1 == 1;
                found_pairs.push(one.pairs);
                blocking.rules.push(one.count);
                blocking.oversized.extend(one.oversized);
            }
        }
        drop(chunks);
        blocking.pairs = candidates(found_pairs, self.len());
        blocking
    }

    /// Fills for each chunk of records and each rule from `first` on the keys that are wanted.
    fn fill_keys(&self, first: usize, wanted: u32, chunks: &mut [Vec<Keyed>]) {
        let parts = self.records.par_chunks(CHUNK_RECORDS).zip(chunks).enumerate();
        parts.for_each(|(chunk, (records, by_rule))| {
            by_rule.iter_mut().for_each(Vec::clear);
            let mut of_record = Keys { wanted, found: Vec::new() };
            for (record, at) in records.iter().zip((chunk * CHUNK_RECORDS) as u32..) {
                keys(record, &self.texts, &mut of_record);
                for &(rule, key) in &of_record.found {
                    by_rule[usize::from(rule) - first].push((key, at));
                }
            }
        });
    }

    fn pairs_of_rule(&self, rule: u8, keyed: &[(u64, u32)], loose: Loose, caps: Caps) -> Found {
        let Rule { name, splits, .. } = &RULES[usize::from(rule)];
        let sizes = keyed.chunk_by(|x, y| x.0 == y.0).map(<[_]>::len).filter(|n| *n > 1);
        let capped = |n: usize| pair_count(n.min(caps.records)) * n.div_ceil(caps.records) as u64;
        let predicted: u64 = sizes.map(capped).sum();
        let few = LOOSE_PAIRS_MAX.max(LOOSE_PAIRS_PER_RECORD_MAX * self.len() as u64);
        let used = !RULES[usize::from(rule)].loose || loose == Loose::AsGiven || predicted <= few;
        let mut found = Found {
            pairs: Vec::new(),
            count: RuleCount { rule: name, blocks: 0, pairs: 0, used },
            oversized: Vec::new(),
        };
        for block in keyed.chunk_by(|x, y| x.0 == y.0).filter(|b| b.len() > 1) {
            let possible = pair_count(block.len());
            found.count.blocks += 1;
            found.count.pairs += possible;
            if !used {
                continue;
            }
            let before = found.pairs.len();
            let members: Vec<u32> = block.iter().map(|(_, at)| *at).collect();
            self.pair_up(&members, splits, caps, &mut found.pairs);
            if members.len() > caps.records {
                found.oversized.push(Oversized {
                    rule: name,
                    records: members.len() as u64,
                    pairs_left_out: possible - (found.pairs.len() - before) as u64,
                    examples: members.iter().take(3).map(|&at| self.id(at)).collect(),
                });
            }
        }
        found.pairs.sort_unstable();
        found.pairs.shrink_to_fit();
        let smallest = |o: &Oversized| o.examples.first().copied();
        found.oversized.sort_by_key(|o| (std::cmp::Reverse(o.records), smallest(o)));
        found
    }

    /// Pairs the members of a block (ascending positions), splitting it while it is too large.
    fn pair_up(&self, members: &[u32], further: &[Split], caps: Caps, out: &mut Vec<Pair>) {
        let reach = match further.split_first() {
            _ if members.len() <= caps.records => members.len(),
            None => caps.neighbours,
            Some((split, rest)) => {
                let value = |at: u32| split.value(&self.records[at as usize], &self.texts);
                let mut by_value: Vec<(u64, u32)> = members.iter().map(|&at| (value(at), at)).collect();
                by_value.sort_unstable();
                for part in by_value.chunk_by(|x, y| x.0 == y.0) {
                    let part: Vec<u32> = part.iter().map(|(_, at)| *at).collect();
                    self.pair_up(&part, rest, caps, out);
                }
                return;
            }
        };
        for (i, &a) in members.iter().enumerate() {
            for &b in members[i + 1..].iter().take(reach) {
                out.push(u64::from(a) << 32 | u64::from(b));
            }
        }
    }
}

/// The keys of a rule that two records or more have, and perhaps a few others, sorted. Most
/// keys are of one record: counting their hashes first leaves few to sort.
fn shared_keys(chunks: &[Vec<Keyed>], rule: usize) -> Keyed {
    let each = || chunks.iter().flat_map(|by_rule| &by_rule[rule]);
    let slots = (chunks.iter().map(|by_rule| by_rule[rule].len()).sum::<usize>() * 2).next_power_of_two();
    let slot = |key: u64| (key >> 20) as usize % slots;
    let mut seen = vec![0u8; slots];
    for (key, _) in each() {
        let count = &mut seen[slot(*key)];
        *count = count.saturating_add(1);
    }
    let is_shared = |(key, _): &&(u64, u32)| seen[slot(*key)] > 1;
    let part = |key: u64| (key >> 56) as usize;
    let mut ends = [0; 257];
    each().filter(is_shared).for_each(|(key, _)| ends[part(*key) + 1] += 1);
    for at in 1..ends.len() {
        ends[at] += ends[at - 1];
    }
    // Parts by the first byte of the key, each sorted where it is near.
    let mut shared = vec![(0, 0); ends[256]];
    let mut next = ends;
    for &(key, at) in each().filter(is_shared) {
        shared[next[part(key)]] = (key, at);
        next[part(key)] += 1;
    }
    drop(seen);
    ends.windows(2).for_each(|part| shared[part[0]..part[1]].sort_unstable());
    shared
}

/// The pairs that the rules found, each sorted, as candidates: put together by the first
/// record's position, part by part, so that never all of them are there twice.
fn candidates(found: Vec<Vec<Pair>>, records: usize) -> Vec<Candidate> {
    let begins = |pairs: &[Pair], record: usize| pairs.partition_point(|pair| pair >> 32 < record as u64);
    let of_part = |first: usize| {
        let mut pairs: Vec<Candidate> = Vec::new();
        for (rule, of_rule) in found.iter().enumerate() {
            let here = &of_rule[begins(of_rule, first)..begins(of_rule, first + CHUNK_RECORDS)];
            let candidate =
                |pair: &Pair| Candidate { a: (pair >> 32) as u32, b: *pair as u32, rules: 1 << rule };
            pairs.extend(here.iter().map(candidate));
        }
        pairs.sort_unstable();
        pairs.dedup_by(|next, kept| {
            let same = (next.a, next.b) == (kept.a, kept.b);
            kept.rules |= if same { next.rules } else { 0 };
            same
        });
        pairs.shrink_to_fit();
        pairs
    };
    let parts: Vec<usize> = (0..records).step_by(CHUNK_RECORDS).collect();
    let parts: Vec<Vec<Candidate>> = parts.into_par_iter().map(of_part).collect();
    drop(found);
    let mut pairs = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    parts.into_iter().for_each(|part| pairs.extend(part));
    pairs
}

/// Two positions, the smaller one above.
type Pair = u64;

/// A key and the position of a record that has it.
type Keyed = Vec<(u64, u32)>;

/// What becomes of the loose rules.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Loose {
    /// Each is used unless it makes too many pairs.
    WherePairsAreFew,
    /// Those that are given are used.
    AsGiven,
}

/// What one rule yields.
struct Found {
    pairs: Vec<Pair>,
    count: RuleCount,
    oversized: Vec<Oversized>,
}

fn pair_count(records: usize) -> u64 {
    let n = records as u64;
    n * (n - 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Record, RecordKind};

    fn block(records: &[Record]) -> Blocking {
        File::read(records).block()
    }

    fn people(count: i64, fill: impl Fn(i64, &mut Record)) -> Vec<Record> {
        (1..=count)
            .map(|id| {
                let mut record = Record::new(id, RecordKind::Person);
                fill(id, &mut record);
                record
            })
            .collect()
    }

    #[test]
    fn a_pair_is_made_once_and_credited_to_the_strictest_rule() {
        let records = people(2, |_, r| {
            r.first = "Ann".into();
            r.last = "Lee".into();
            r.emails = vec!["ann@lee.org".into()];
        });
        let blocking = block(&records);
        let [pair] = blocking.pairs[..] else { panic!("one pair") };
        assert_eq!((pair.a, pair.b, RULES[usize::from(pair.rule())].name), (0, 1, "e-mail"));
    }

    #[test]
    fn swapped_names_and_nicknames_meet() {
        let names = [("Robert", "Morgan"), ("Morgan", "Robert"), ("Bob", "Morgan")];
        let records = people(3, |id, r| {
            let (first, last) = names[id as usize - 1];
            r.first = first.into();
            r.last = last.into();
        });
        assert_eq!(block(&records).pairs.len(), 3);
    }

    #[test]
    fn a_block_over_the_cap_is_split_and_reported() {
        let records = people(1_000, |id, r| {
            r.phones = vec!["512-555-0142".into()];
            r.last = format!("Family{}", id % 50);
        });
        let blocking = block(&records);
        assert_eq!(blocking.pairs.len(), 50 * 190, "50 families of 20");
        let [one] = &blocking.oversized[..] else { panic!("one block") };
        assert_eq!((one.rule, one.records), ("phone", 1_000));
        assert_eq!(one.pairs_left_out, 499_500 - 9_500);
        assert_eq!(one.examples, [1, 2, 3]);
    }

    #[test]
    fn a_block_that_nothing_splits_costs_no_more_than_its_neighbours() {
        let records = people(2_000, |_, r| r.phones = vec!["512-555-0142".into()]);
        let blocking = block(&records);
        assert!(blocking.pairs.len() <= 2_000 * NEIGHBOURS_MAX);
        assert_eq!(blocking.oversized.len(), 1);
    }

    #[test]
    fn under_a_model_of_a_large_file_blocks_are_as_small_as_they_were() {
        let records = people(40, |_, r| r.phones = vec!["512-555-0142".into()]);
        let file = File::read(&records);
        let small = file.block();
        let large = file.block_by(small.rules_used() | LARGE_FILE, Loose::AsGiven);
        assert_eq!((small.pairs.len(), small.oversized.len()), (780, 0));
        assert_eq!((large.pairs.len(), large.oversized.len()), (12 * 28 + 66, 1), "12 neighbours each");
        assert_eq!(large.rules_used(), small.rules_used() | LARGE_FILE);
    }
}
