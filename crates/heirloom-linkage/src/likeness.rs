//! How alike two texts are.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use strsim::jaro_winkler;

use crate::prepare::{Texts, Word};

/// Compares texts; pairs met lately are remembered, as most are pairs of common names.
pub(crate) struct Likeness<'a> {
    pub texts: &'a Texts,
    /// By the hash of a pair of numbers: the pair and how alike its texts are.
    lately: Vec<(u32, u32, f32)>,
    jaro: Jaro,
}

const LATELY: usize = 1 << 14;

/// Texts of which one has four letters or more and that are one slip apart are at least so alike.
const SLIP_LIKENESS_MIN: f32 = 0.65;

impl<'a> Likeness<'a> {
    pub fn new(texts: &'a Texts) -> Likeness<'a> {
        Likeness { texts, lately: vec![(0, 0, 1.0); LATELY], jaro: Jaro { places: [0; 128] } }
    }

    /// Jaro–Winkler similarity, 1 for equal texts.
    pub fn of(&mut self, a: Word, b: Word) -> f32 {
        let pair = (a.id.min(b.id), a.id.max(b.id));
        let place = FixedState::with_seed(0).hash_one(pair) as usize % LATELY;
        let (x, y, alike) = self.lately[place];
        if (x, y) == pair {
            return alike;
        }
        let alike = self.jaro.winkler(self.texts.text(pair.0), self.texts.text(pair.1)) as f32;
        self.lately[place] = (pair.0, pair.1, alike);
        alike
    }

    /// One letter more, less, other or swapped.
    pub fn is_slip(&self, a: Word, b: Word) -> bool {
        a.len().abs_diff(b.len()) <= 1
            && is_one_slip(self.texts.get(a).as_bytes(), self.texts.get(b).as_bytes())
    }

    /// Whether the digits in two texts are the same: 5th and 6th, or person1 and person2, are no slip.
    pub fn same_digits(&self, a: Word, b: Word) -> bool {
        let digits = |word: Word| self.texts.get(word).bytes().filter(u8::is_ascii_digit);
        digits(a).eq(digits(b))
    }

    /// One slip of the pen apart, or nearly.
    pub fn is_close(&mut self, a: Word, b: Word) -> bool {
        let (long, short) = (a.len().max(b.len()), a.len().min(b.len()));
        if short < 3 || long - short > 3 || self.of(a, b) < SLIP_LIKENESS_MIN {
            return false;
        }
        (self.of(a, b) >= 0.91 || long >= 4 && self.is_slip(a, b)) && self.same_digits(a, b)
    }
}

/// Whether plain texts are equal but for one letter more, less or other, or two neighbours swapped.
fn is_one_slip(a: &[u8], b: &[u8]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let front = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    match (&short[front..], &long[front..]) {
        ([], more) => more.len() <= 1,
        ([p, q, x @ ..], [r, s, y @ ..]) if p == s && q == r && x == y => true,
        (short @ [_, x @ ..], long @ [_, y @ ..]) => {
            if short.len() == long.len() {
                x == y
            } else {
                short == y
            }
        }
        (_, []) => false,
    }
}

/// Jaro's comparison by bits: where each letter stands in one text, as one number.
struct Jaro {
    /// For each ASCII character its places in the second text, all 0 between two comparisons.
    places: [u64; 128],
}

impl Jaro {
    /// What `strsim::jaro_winkler` gives.
    fn winkler(&mut self, a: &str, b: &str) -> f64 {
        let plain = |text: &str| (1..=64).contains(&text.len()) && text.is_ascii();
        if !plain(a) || !plain(b) {
            return jaro_winkler(a, b);
        }
        let (a, b) = (a.as_bytes(), b.as_bytes());
        let jaro = self.jaro(a, b);
        if jaro <= 0.7 {
            return jaro;
        }
        let front = a.iter().zip(b).take(4).take_while(|(x, y)| x == y).count();
        jaro + 0.1 * front as f64 * (1.0 - jaro)
    }

    fn jaro(&mut self, a: &[u8], b: &[u8]) -> f64 {
        for (at, &letter) in b.iter().enumerate() {
            self.places[usize::from(letter)] |= 1 << at;
        }
        let reach = (a.len().max(b.len()) / 2).saturating_sub(1);
        let (mut of_a, mut of_b) = (0u64, 0u64);
        for (at, &letter) in a.iter().enumerate() {
            let to = (at + reach + 1).min(64);
            let within = (u64::MAX >> (64 - to)) & (u64::MAX << at.saturating_sub(reach));
            let found = self.places[usize::from(letter)] & within & !of_b;
            of_b |= found & found.wrapping_neg(); // the first of them
            of_a |= u64::from(found != 0) << at;
        }
        b.iter().for_each(|&letter| self.places[usize::from(letter)] = 0);
        let matches = of_a.count_ones();
        if matches == 0 {
            return 0.0;
        }
        let crossed = letters(a, of_a).zip(letters(b, of_b)).filter(|(x, y)| x != y).count() as u32 / 2;
        let share = |n: u32, of: f64| f64::from(n) / of;
        let (m, x) = (matches, matches - crossed);
        (share(m, a.len() as f64) + share(m, b.len() as f64) + share(x, f64::from(m))) / 3.0
    }
}

/// The letters at the places that are marked.
fn letters(text: &[u8], mut marked: u64) -> impl Iterator<Item = u8> + '_ {
    std::iter::from_fn(move || {
        let at = marked.trailing_zeros() as usize;
        marked &= marked.wrapping_sub(1);
        text.get(at).copied()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn one_slip_is_a_distance_of_one(a in "[ab]{0,5}", b in "[ab]{0,5}") {
            let near = strsim::osa_distance(&a, &b) <= 1;
            prop_assert_eq!(is_one_slip(a.as_bytes(), b.as_bytes()), near, "{} {}", a, b);
        }

        #[test]
        fn texts_are_as_alike_as_strsim_says(a in "[a-e]{0,9}", b in "[a-e]{0,9}", c in "\\PC{0,70}") {
            let mut jaro = Jaro { places: [0; 128] };
            for (x, y) in [(&a, &b), (&b, &a), (&a, &c), (&c, &b), (&c, &c)] {
                prop_assert_eq!(jaro.winkler(x, y), jaro_winkler(x, y), "{} {}", x, y);
            }
        }
    }

    #[test]
    fn what_is_a_slip_is_alike() {
        let mut texts = vec![String::new()];
        let mut from = 0;
        for _ in 0..5 {
            let longer: Vec<String> = texts[from..]
                .iter()
                .flat_map(|t| ["a", "b", "c"].map(|letter| format!("{t}{letter}")))
                .collect();
            from = texts.len();
            texts.extend(longer);
        }
        let long = |n: usize| texts.iter().filter(move |t| t.len() >= n);
        for (a, b) in long(3).flat_map(|a| long(4).map(move |b| (a, b))) {
            let slip = is_one_slip(a.as_bytes(), b.as_bytes());
            assert!(!slip || jaro_winkler(a, b) as f32 >= SLIP_LIKENESS_MIN, "{a} {b}");
        }
    }
}
