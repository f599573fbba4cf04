//! Comparison of two organizations: name, whether one is a foundation, whereabouts.

use strsim::jaro_winkler;

use crate::Level;
use crate::frequency::Frequencies;
use crate::household::{Nearness, Shared};
use crate::prepare::{OrganizationName, Prepared};
use crate::weights::organization;

/// Compares two organizations; answers the levels in a fixed order.
pub(crate) fn compare_organizations(
    (a, x): (&Prepared, &OrganizationName),
    (b, y): (&Prepared, &OrganizationName),
    facts: &Frequencies,
    levels: &mut Vec<Level>,
) {
    let name = name_level(x, y);
    levels.push(name);
    if name == organization::EXACT || name == organization::FORM {
        levels.push(facts.organization(&x.core));
    }
    levels.push(if x.foundation == y.foundation {
        organization::SAME_KIND
    } else {
        organization::ONE_FOUNDATION
    });
    levels.push(place_level(&Shared::find(a, b, facts)));
}

fn name_level(x: &OrganizationName, y: &OrganizationName) -> Level {
    if x.core.is_empty() || y.core.is_empty() {
        return organization::MISSING;
    }
    if x.core.id == y.core.id || x.tokens == y.tokens {
        return if x.form.id == y.form.id { organization::EXACT } else { organization::FORM };
    }
    let shared = x.tokens.iter().filter(|t| y.tokens.contains(t)).count();
    let fewest = x.tokens.len().min(y.tokens.len());
    if jaro_winkler(&x.core_text, &y.core_text) >= 0.93 {
        organization::CLOSE
    } else if shared == fewest && (fewest > 1 || is_telling(x, y)) {
        organization::PART
    } else {
        organization::DIFFERENT
    }
}

/// Whether the one shared word is long enough to be more than a coincidence.
fn is_telling(x: &OrganizationName, y: &OrganizationName) -> bool {
    x.core_text.len().min(y.core_text.len()) >= 6
}

fn place_level(shared: &Shared) -> Level {
    let address = shared.address == Nearness::Same;
    match (shared.mail, address, shared.phone) {
        (true, true, _) | (true, _, true) => return organization::MAIL_AND,
        (true, false, false) => return organization::MAIL,
        (_, true, true) => return organization::ADDRESS_AND_PHONE,
        (_, true, false) => return organization::ADDRESS,
        (_, false, true) => return organization::PHONE,
        _ => {}
    }
    match shared.address {
        _ if shared.domain => organization::DOMAIN,
        Nearness::Close | Nearness::Crowded => organization::ADDRESS_CLOSE,
        Nearness::Postal => organization::POSTAL,
        Nearness::City => organization::CITY,
        Nearness::Elsewhere => organization::ELSEWHERE,
        _ => organization::MISSING_PLACE,
    }
}
