//! Comparison of two people: each field ends in one of a few levels.

use crate::fields::{
    BIRTH, FIRST, GENDER, HOUSEHOLD, LAST, MIDDLE, MISSING, SPOUSE, SUFFIX, TEXT, birth, first, gender, last,
    middle, spouse, suffix, text,
};
use crate::frequency::Facts;
use crate::household::Shared;
use crate::likeness::Likeness;
use crate::pattern::Pattern;
use crate::prepare::{Birth, PersonName, Prepared, Texts, Word};

/// Years between births from which two records can't be slips of one.
const YEARS_APART_MIN: u16 = 12;

/// Compares two people.
pub(crate) fn compare_persons(
    (a, x): (&Prepared, &PersonName),
    (b, y): (&Prepared, &PersonName),
    facts: &Facts,
    likeness: &mut Likeness,
) -> Pattern {
    let shared = Shared::find(a, b, facts, likeness);
    let given = first_level(x, y, facts, likeness);
    let family = last_level(x, y, given, facts, likeness);
    let mut pattern = Pattern::default();
    pattern.set(FIRST, given);
    if given == first::EXACT {
        pattern.set_rarity(FIRST, facts.share(FIRST, x.first));
    }
    pattern.set(LAST, family);
    if family == last::EXACT {
        pattern.set_rarity(LAST, facts.share(LAST, x.last));
    }
    pattern.set(MIDDLE, middle_level(x, y, given, likeness));
    pattern.set(SUFFIX, suffix_level(x, y));
    pattern.set(GENDER, gender_level(x, y, given));
    pattern.set(BIRTH, birth_level(a.birth, b.birth));
    pattern.set(SPOUSE, spouse_level(x, y, given, likeness));
    pattern.set(HOUSEHOLD, shared.level());
    compare_texts(a, b, facts, likeness, &mut pattern);
    let texts = likeness.texts;
    let together = shared.lives_together() && (share_last(x, y) || names(x, y, texts) || names(y, x, texts));
    pattern.set_lives_together(together);
    pattern
}

/// Compares the other texts of two records.
pub(crate) fn compare_texts(
    a: &Prepared,
    b: &Prepared,
    facts: &Facts,
    likeness: &mut Likeness,
    pattern: &mut Pattern,
) {
    for (slot, (&x, &y)) in (TEXT..).zip(a.texts.iter().zip(&b.texts)) {
        let level = text_level(x, y, likeness);
        pattern.set(slot, level);
        if level == text::EXACT {
            pattern.set_rarity(slot, facts.share(slot, x));
        }
    }
}

fn text_level(x: Word, y: Word, likeness: &mut Likeness) -> u8 {
    if x.is_empty() || y.is_empty() {
        return MISSING;
    }
    if x == y {
        return text::EXACT;
    }
    let (p, q) = (likeness.texts.get(x), likeness.texts.get(y));
    let digits = p.bytes().all(|b| b.is_ascii_digit()) && q.bytes().all(|b| b.is_ascii_digit());
    if likeness.is_slip(x, y) && x.len() > 3 || !digits && likeness.of(x, y) >= 0.92 {
        return text::CLOSE;
    }
    let (short, long) = if p.len() < q.len() { (p, q) } else { (q, p) };
    let within = short.len() > 3 && short.split(' ').all(|word| long.split(' ').any(|other| word == other));
    if within { text::PART } else { text::DIFFERENT }
}

fn first_level(x: &PersonName, y: &PersonName, facts: &Facts, likeness: &mut Likeness) -> u8 {
    let (a, b) = (x.first, y.first);
    if a.is_empty() || b.is_empty() {
        return MISSING;
    }
    let texts = likeness.texts;
    if a == b {
        return if a.is_initial() { first::INITIAL } else { first::EXACT };
    }
    if are_swapped(x, y, facts, likeness) {
        return first::SWAPPED;
    }
    if share_name(x, y, texts) {
        return first::NICKNAME;
    }
    if is_spouse(x, y, texts) || is_spouse(y, x, texts) {
        return first::SPOUSE;
    }
    if a.is_initial() || b.is_initial() {
        return initial_level(x, y);
    }
    if likeness.is_close(a, b) {
        let both_known = texts.is_given_name(a) && texts.is_given_name(b);
        let usual = both_known || facts.are_both_usual(FIRST, a, b);
        return if usual { first::USUAL } else { first::CLOSE };
    }
    if is_middle(x, y) {
        return first::MIDDLE;
    }
    if likeness.of(a, b) >= 0.82 && !facts.are_both_usual(FIRST, a, b) {
        return first::SIMILAR;
    }
    first::DIFFERENT
}

/// At least one given name is an initial: of the other's given name, a nickname or none.
fn initial_level(x: &PersonName, y: &PersonName) -> u8 {
    let begins = |p: &PersonName, q: &PersonName| {
        let initial = p.first.initial();
        let mut ways = std::iter::once(&q.first).chain(&q.also);
        p.first.is_initial() && ways.any(|w| w.initial() == initial)
    };
    if begins(x, y) || begins(y, x) {
        first::INITIAL
    } else if is_middle(x, y) {
        first::MIDDLE
    } else {
        first::DIFFERENT
    }
}

fn is_middle(x: &PersonName, y: &PersonName) -> bool {
    let full = |w: Word| w.len() > 1;
    full(x.middle) && x.middle == y.first || full(y.middle) && y.middle == x.first
}

/// Whether the two may stand for one given name.
fn share_name(x: &PersonName, y: &PersonName, texts: &Texts) -> bool {
    x.names(texts).any(|name| y.names(texts).any(|other| other == name))
        || x.also.contains(&y.first)
        || y.also.contains(&x.first)
}

/// Whether `y`'s record names `x` as the spouse.
fn is_spouse(x: &PersonName, y: &PersonName, texts: &Texts) -> bool {
    !y.spouse.is_empty()
        && (x.first == y.spouse
            || x.names(texts).any(|name| y.spouse_names(texts).any(|other| other == name)))
}

/// Whether `y`'s record names `x` as the spouse, family name and all.
fn names(x: &PersonName, y: &PersonName, texts: &Texts) -> bool {
    is_spouse(x, y, texts) && (y.spouse_last.is_empty() || x.lasts().any(|w| *w == y.spouse_last))
}

/// Whether given and family name stand in each other's place on one of the two records. At
/// least one of them must be the same to the letter.
fn are_swapped(x: &PersonName, y: &PersonName, facts: &Facts, likeness: &mut Likeness) -> bool {
    if x.last.is_empty() || y.last.is_empty() {
        return false;
    }
    let mut swapped = |p: &PersonName, q: &PersonName| {
        let (family, given) = (q.lasts().any(|last| *last == p.first), p.last == q.first);
        match (family, given) {
            (true, true) => true,
            (true, false) => may_be_given(p.last, q, likeness),
            (false, true) => {
                !facts.are_both_usual(LAST, p.first, q.last) && likeness.is_close(p.first, q.last)
            }
            (false, false) => false,
        }
    };
    swapped(x, y) || swapped(y, x)
}

/// Whether a word may be a person's given name: a form of it, its initial, or with a slip.
fn may_be_given(word: Word, person: &PersonName, likeness: &mut Likeness) -> bool {
    let first = person.first;
    if word.is_initial() || first.is_initial() {
        return word.initial() == first.initial();
    }
    let texts = likeness.texts;
    texts.stands_for(&word).iter().any(|form| person.names(texts).any(|name| name == *form))
        || likeness.is_close(word, first)
}

fn share_last(x: &PersonName, y: &PersonName) -> bool {
    x.lasts().any(|w| y.lasts().any(|v| v == w))
}

fn last_level(x: &PersonName, y: &PersonName, given: u8, facts: &Facts, likeness: &mut Likeness) -> u8 {
    let (a, b) = (x.last, y.last);
    if a.is_empty() || b.is_empty() || given == first::SWAPPED {
        return MISSING; // swapped names are judged once, as a level of the given name
    }
    if a == b {
        return last::EXACT;
    }
    if share_last(x, y) {
        return last::PART;
    }
    let usual = facts.are_both_usual(LAST, a, b);
    if likeness.is_close(a, b) {
        return if usual { last::USUAL } else { last::CLOSE };
    }
    if !usual && likeness.of(a, b) >= 0.82 { last::SIMILAR } else { last::DIFFERENT }
}

fn middle_level(x: &PersonName, y: &PersonName, given: u8, likeness: &mut Likeness) -> u8 {
    let (a, b) = (x.middle, y.middle);
    if a.is_empty() || b.is_empty() || given == first::MIDDLE {
        return MISSING;
    }
    let initial = a.is_initial() || b.is_initial();
    if a == b && !initial {
        middle::EXACT
    } else if initial && a.initial() == b.initial() || !initial && likeness.is_close(a, b) {
        middle::INITIAL
    } else {
        middle::DIFFERENT
    }
}

fn suffix_level(x: &PersonName, y: &PersonName) -> u8 {
    match (x.generation, y.generation) {
        (0, 0) => suffix::NEITHER,
        (0, _) | (_, 0) => suffix::ONE,
        (p, q) if p == q => suffix::EXACT,
        _ => suffix::CONFLICT,
    }
}

/// An equal gender tells nothing that an equal given name hasn't told.
fn gender_level(x: &PersonName, y: &PersonName, given: u8) -> u8 {
    match (x.gender, y.gender) {
        (Some(p), Some(q)) if p != q => gender::CONFLICT,
        (Some(_), Some(_)) if given != first::EXACT && given != first::NICKNAME => gender::SAME,
        _ => MISSING,
    }
}

fn birth_level(a: Birth, b: Birth) -> u8 {
    if a.year == 0 || b.year == 0 {
        return MISSING;
    }
    let years = a.year.abs_diff(b.year);
    if !a.is_full() || !b.is_full() {
        return match years {
            0 => birth::YEAR,
            1 => MISSING,
            2..YEARS_APART_MIN => birth::DIFFERENT,
            _ => birth::APART,
        };
    }
    if a == b {
        return birth::EXACT;
    }
    let swapped = years == 0 && a.month == b.day && a.day == b.month;
    let digits = differing_digits(&a.digits(), &b.digits());
    let parts = [years == 0, a.month == b.month, a.day == b.day];
    let parts = parts.into_iter().filter(|&equal| equal).count();
    match (digits, parts, years) {
        _ if swapped => birth::SWAPPED,
        (1, ..) | (_, 2, ..YEARS_APART_MIN) => birth::SLIP,
        (_, _, YEARS_APART_MIN..) => birth::APART,
        (2, ..) => birth::SLIPS,
        _ => birth::DIFFERENT,
    }
}

/// Digits that differ; two neighbours swapped count one.
fn differing_digits(a: &[u8; 8], b: &[u8; 8]) -> usize {
    let differ: Vec<usize> = (0..8).filter(|&at| a[at] != b[at]).collect();
    match differ[..] {
        [p, q] if q == p + 1 && a[p] == b[q] && a[q] == b[p] => 1,
        _ => differ.len(),
    }
}

fn spouse_level(x: &PersonName, y: &PersonName, given: u8, likeness: &mut Likeness) -> u8 {
    let (a, b) = (x.spouse, y.spouse);
    if a.is_empty() || b.is_empty() || given == first::SPOUSE {
        return MISSING;
    }
    let texts = likeness.texts;
    let share = a == b
        || x.spouse_names(texts).any(|name| y.spouse_names(texts).any(|other| other == name))
        || likeness.is_close(a, b);
    if share {
        spouse::SAME
    } else if a.is_initial() || b.is_initial() {
        MISSING
    } else {
        spouse::DIFFERENT
    }
}
