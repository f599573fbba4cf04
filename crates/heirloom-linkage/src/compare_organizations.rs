//! Comparison of two organizations: name, whether one is a foundation, whereabouts.

use crate::compare::compare_texts;
use crate::fields::{FIRST, GENDER, HOUSEHOLD, MISSING, household, organization};
use crate::frequency::{Facts, ORGANIZATION_NAME};
use crate::household::Shared;
use crate::likeness::Likeness;
use crate::pattern::Pattern;
use crate::prepare::{OrganizationName, Prepared};

/// Compares two organizations.
pub(crate) fn compare_organizations(
    (a, x): (&Prepared, &OrganizationName),
    (b, y): (&Prepared, &OrganizationName),
    facts: &Facts,
    likeness: &mut Likeness,
) -> Pattern {
    let mut pattern = Pattern::of_organizations();
    let name = name_level(x, y, likeness);
    pattern.set(FIRST, name);
    if name == organization::EXACT {
        pattern.set_rarity(FIRST, facts.share(ORGANIZATION_NAME, x.core));
    }
    let kind =
        if x.foundation == y.foundation { organization::SAME_KIND } else { organization::ONE_FOUNDATION };
    pattern.set(GENDER, kind);
    let whereabouts = match Shared::find(a, b, facts, likeness).level() {
        // Branches in two cities write from one domain, or each from one made of their name.
        household::MAIL_ELSEWHERE => household::DOMAIN_ELSEWHERE,
        level => level,
    };
    pattern.set(HOUSEHOLD, whereabouts);
    compare_texts(a, b, facts, likeness, &mut pattern);
    pattern
}

fn name_level(x: &OrganizationName, y: &OrganizationName, likeness: &mut Likeness) -> u8 {
    if x.core.is_empty() || y.core.is_empty() {
        return MISSING;
    }
    if x.core == y.core || x.tokens == y.tokens {
        return if x.form == y.form { organization::EXACT } else { organization::FORM };
    }
    let shared = x.tokens.iter().filter(|t| y.tokens.contains(t)).count();
    let fewest = x.tokens.len().min(y.tokens.len());
    let telling = x.core.len().min(y.core.len()) >= 6;
    if likeness.of(x.core, y.core) >= 0.93 {
        organization::CLOSE
    } else if shared == fewest && (fewest > 1 || telling) {
        organization::PART
    } else {
        organization::DIFFERENT
    }
}
