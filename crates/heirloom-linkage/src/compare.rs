//! Comparison of two people: each field ends in one of a few levels.

use strsim::{jaro_winkler, osa_distance};

use crate::Level;
use crate::frequency::Frequencies;
use crate::household::{Nearness, Shared};
use crate::prepare::{Birth, PersonName, Prepared, Word};
use crate::weights::{birth, first, gender, household, last, middle, spouse, suffix};

/// Years between births from which two records can't be slips of one.
const YEARS_APART_MIN: u16 = 12;

/// Compares two people; answers the levels in a fixed order, and whether the two belong
/// to one household (one person or two).
pub(crate) fn compare_persons(
    (a, x): (&Prepared, &PersonName),
    (b, y): (&Prepared, &PersonName),
    facts: &Frequencies,
    levels: &mut Vec<Level>,
) -> bool {
    let shared = Shared::find(a, b, facts);
    let together = shared.seems_to_live_together();
    let born = birth_level(a.birth, b.birth);
    let given = first_level(x, y, together, facts);
    let family = last_level(x, y, given, together || born == birth::EXACT, facts);
    levels.push(given);
    if given == first::EXACT {
        levels.push(facts.first(&x.first));
    }
    levels.push(family);
    if family == last::EXACT {
        levels.push(facts.last(&x.last));
    }
    levels.push(middle_level(x, y, given));
    levels.push(suffix_level(x, y, together));
    levels.push(gender_level(x, y));
    levels.push(born);
    levels.push(spouse_level(x, y, given));
    levels.push(household_level(&shared));
    shared.lives_together() && (share_last(x, y) || names(x, y) || names(y, x))
}

fn first_level(x: &PersonName, y: &PersonName, together: bool, facts: &Frequencies) -> Level {
    let (a, b) = (&x.first, &y.first);
    if a.is_empty() || b.is_empty() {
        return first::MISSING;
    }
    if a.id == b.id {
        return if a.is_initial() { first::INITIAL } else { first::EXACT };
    }
    if are_swapped(x, y) {
        return first::SWAPPED;
    }
    if share_name(x, y) {
        return first::NICKNAME;
    }
    if is_spouse(x, y) || is_spouse(y, x) {
        return first::SPOUSE;
    }
    if a.is_initial() || b.is_initial() {
        return initial_level(x, y, together);
    }
    if is_close(a, b) {
        return match (facts.are_both_usual_firsts(a, b), together) {
            (false, _) => first::CLOSE,
            (true, false) => first::USUAL,
            (true, true) => first::USUAL_HOUSEHOLD,
        };
    }
    if is_middle(x, y) {
        return first::MIDDLE;
    }
    different_first(together)
}

fn different_first(together: bool) -> Level {
    if together { first::DIFFERENT_HOUSEHOLD } else { first::DIFFERENT }
}

/// At least one given name is an initial: of the other's given name, a nickname or none.
fn initial_level(x: &PersonName, y: &PersonName, together: bool) -> Level {
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
        different_first(together)
    }
}

fn is_middle(x: &PersonName, y: &PersonName) -> bool {
    let full = |w: &Word| w.len() > 1;
    full(&x.middle) && x.middle.id == y.first.id || full(&y.middle) && y.middle.id == x.first.id
}

/// Whether the two may stand for one given name.
fn share_name(x: &PersonName, y: &PersonName) -> bool {
    x.names.iter().any(|name| y.names.contains(name))
        || x.also.iter().any(|w| w.id == y.first.id)
        || y.also.iter().any(|w| w.id == x.first.id)
}

/// Whether `y`'s record names `x` as the spouse.
fn is_spouse(x: &PersonName, y: &PersonName) -> bool {
    !y.spouse.is_empty()
        && (x.first.id == y.spouse.id || x.names.iter().any(|name| y.spouse_names.contains(name)))
}

/// Whether `y`'s record names `x` as the spouse, family name and all.
fn names(x: &PersonName, y: &PersonName) -> bool {
    is_spouse(x, y) && (y.spouse_last.is_empty() || x.lasts().any(|w| w.id == y.spouse_last.id))
}

fn are_swapped(x: &PersonName, y: &PersonName) -> bool {
    let alike = |p: &Word, q: &Word| p.id == q.id || is_close(p, q);
    let crosswise = |p: &PersonName, q: &PersonName| p.first.id == q.last.id && alike(&p.last, &q.first);
    !x.last.is_empty() && !y.last.is_empty() && (crosswise(x, y) || crosswise(y, x))
}

/// One slip of the pen apart.
fn is_close(a: &Word, b: &Word) -> bool {
    let (long, short) = (a.len().max(b.len()), a.len().min(b.len()));
    if short < 3 || long - short > 3 {
        return false;
    }
    jaro_winkler(a.text(), b.text()) >= 0.91 || long >= 4 && osa_distance(a.text(), b.text()) <= 1
}

fn share_last(x: &PersonName, y: &PersonName) -> bool {
    x.lasts().any(|w| y.lasts().any(|v| v.id == w.id))
}

fn last_level(x: &PersonName, y: &PersonName, given: Level, all_else: bool, facts: &Frequencies) -> Level {
    let (a, b) = (&x.last, &y.last);
    if a.is_empty() || b.is_empty() {
        return last::MISSING;
    }
    if given == first::SWAPPED {
        return last::SWAPPED;
    }
    if a.id == b.id {
        return last::EXACT;
    }
    if share_last(x, y) {
        return last::PART;
    }
    if is_close(a, b) {
        return if facts.are_both_usual_lasts(a, b) { last::USUAL } else { last::CLOSE };
    }
    if all_else && (given == first::EXACT || given == first::NICKNAME) {
        return last::CHANGED;
    }
    last::DIFFERENT
}

fn middle_level(x: &PersonName, y: &PersonName, given: Level) -> Level {
    let (a, b) = (&x.middle, &y.middle);
    if a.is_empty() || b.is_empty() || given == first::MIDDLE {
        return middle::MISSING;
    }
    let initial = a.is_initial() || b.is_initial();
    if a.id == b.id && !initial {
        middle::EXACT
    } else if initial && a.initial() == b.initial() || !initial && is_close(a, b) {
        middle::INITIAL
    } else {
        middle::DIFFERENT
    }
}

fn suffix_level(x: &PersonName, y: &PersonName, together: bool) -> Level {
    match (x.generation, y.generation) {
        (0, 0) => suffix::MISSING,
        (0, _) | (_, 0) if together => suffix::ONE_HOUSEHOLD,
        (0, _) | (_, 0) => suffix::ONE,
        (p, q) if p == q => suffix::EXACT,
        _ => suffix::CONFLICT,
    }
}

fn gender_level(x: &PersonName, y: &PersonName) -> Level {
    match (x.gender, y.gender) {
        (Some(p), Some(q)) if p == q => gender::EXACT,
        (Some(_), Some(_)) => gender::CONFLICT,
        _ => gender::MISSING,
    }
}

fn birth_level(a: Birth, b: Birth) -> Level {
    if a.year == 0 || b.year == 0 {
        return birth::MISSING;
    }
    let years = a.year.abs_diff(b.year);
    if !a.is_full() || !b.is_full() {
        return match years {
            0 => birth::YEAR,
            1 => birth::MISSING,
            2..YEARS_APART_MIN => birth::DIFFERENT,
            _ => birth::APART,
        };
    }
    let swapped = years == 0 && a.month == b.day && a.day == b.month;
    let digits = osa_distance(&a.digits(), &b.digits());
    let parts = [years == 0, a.month == b.month, a.day == b.day];
    let parts = parts.into_iter().filter(|&equal| equal).count();
    match (digits, parts, years) {
        (0, ..) => birth::EXACT,
        _ if swapped => birth::SWAPPED,
        (1, ..) | (_, 2, ..YEARS_APART_MIN) => birth::SLIP,
        (_, _, YEARS_APART_MIN..) => birth::APART,
        (2, ..) => birth::SLIPS,
        _ => birth::DIFFERENT,
    }
}

fn spouse_level(x: &PersonName, y: &PersonName, given: Level) -> Level {
    let (a, b) = (&x.spouse, &y.spouse);
    if a.is_empty() || b.is_empty() || given == first::SPOUSE {
        return spouse::MISSING;
    }
    let share = a.id == b.id || x.spouse_names.iter().any(|n| y.spouse_names.contains(n)) || is_close(a, b);
    if share {
        spouse::EXACT
    } else if a.is_initial() || b.is_initial() {
        spouse::MISSING
    } else {
        spouse::DIFFERENT
    }
}

fn household_level(shared: &Shared) -> Level {
    let address = shared.address;
    match (shared.mail, address == Nearness::Same, shared.phone) {
        (true, true, _) | (true, _, true) => return household::MAIL_AND,
        (true, false, false) => return household::MAIL,
        (_, true, true) => return household::ADDRESS_AND_PHONE,
        (_, true, false) => return household::ADDRESS,
        (_, false, true) => return household::PHONE,
        _ => {}
    }
    match address {
        _ if shared.mail_close => household::MAIL_CLOSE,
        Nearness::Close => household::ADDRESS_CLOSE,
        Nearness::Crowded => household::CROWDED,
        _ if shared.phone_of_many => household::CROWDED,
        Nearness::Postal => household::POSTAL,
        Nearness::City => household::CITY,
        Nearness::Elsewhere => household::ELSEWHERE,
        _ => household::MISSING,
    }
}
