//! The comparisons: for each field its levels, best first, and how often each is seen in
//! pairs of four classes. These are the shipped figures, from which learning starts and by
//! which files too small to learn from are judged.

/// What two records may be to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// One person or organization.
    Same,
    /// Strangers.
    Other,
    /// Two of one household; two organizations at one place.
    Household,
    /// Father and son of one name; an organization and its foundation.
    Namesake,
}

pub(crate) const CLASSES: usize = 4;

/// Places of the comparisons in a pair's pattern. Organizations use those of [`FIRST`]
/// (their name), [`GENDER`] (being a foundation), [`HOUSEHOLD`] and [`TEXT`].
pub(crate) const FIRST: usize = 0;
pub(crate) const LAST: usize = 1;
pub(crate) const MIDDLE: usize = 2;
pub(crate) const SUFFIX: usize = 3;
pub(crate) const GENDER: usize = 4;
pub(crate) const BIRTH: usize = 5;
pub(crate) const SPOUSE: usize = 6;
pub(crate) const HOUSEHOLD: usize = 7;
pub(crate) const TEXT: usize = 8;
pub(crate) const SLOTS: usize = TEXT + crate::TEXTS_MAX;
/// Levels of a comparison at most, `missing` included.
pub(crate) const LEVELS: usize = 16;

/// `missing` in every comparison.
pub(crate) const MISSING: u8 = 0;

/// A comparison.
pub(crate) struct Field {
    pub name: &'static str,
    /// Its levels without `missing`: level 1 is the first.
    pub levels: &'static [Step],
}

/// A level's name, its shipped shares among pairs of each class, and whether it must not be
/// worth more than the level before it.
pub(crate) struct Step {
    pub name: &'static str,
    pub shares: [f64; CLASSES],
    pub ordered: bool,
}

const fn step(name: &'static str, same: f64, other: f64, household: f64, namesake: f64) -> Step {
    Step { name, shares: [same, other, household, namesake], ordered: true }
}

/// A level that stands outside the order.
const fn apart(name: &'static str, same: f64, other: f64, household: f64, namesake: f64) -> Step {
    Step { name, shares: [same, other, household, namesake], ordered: false }
}

pub(crate) mod first {
    //! Levels of given names.
    pub const EXACT: u8 = 1;
    pub const NICKNAME: u8 = 2;
    pub const CLOSE: u8 = 3;
    pub const INITIAL: u8 = 4;
    pub const SWAPPED: u8 = 5;
    pub const MIDDLE: u8 = 6;
    pub const SIMILAR: u8 = 7;
    pub const USUAL: u8 = 8;
    pub const DIFFERENT: u8 = 9;
    pub const SPOUSE: u8 = 10;
}

pub(crate) mod last {
    //! Levels of family names.
    pub const EXACT: u8 = 1;
    pub const PART: u8 = 2;
    pub const CLOSE: u8 = 3;
    pub const SIMILAR: u8 = 4;
    pub const USUAL: u8 = 5;
    pub const DIFFERENT: u8 = 6;
}

pub(crate) mod middle {
    //! Levels of middle names.
    pub const EXACT: u8 = 1;
    pub const INITIAL: u8 = 2;
    pub const DIFFERENT: u8 = 3;
}

pub(crate) mod suffix {
    //! Levels of generations; `NEITHER` is one of them, as it tells against father and son.
    pub const EXACT: u8 = 1;
    pub const NEITHER: u8 = 2;
    pub const ONE: u8 = 3;
    pub const CONFLICT: u8 = 4;
}

pub(crate) mod gender {
    //! Levels of gender.
    pub const SAME: u8 = 1;
    pub const CONFLICT: u8 = 2;
}

pub(crate) mod birth {
    //! Levels of dates of birth.
    pub const EXACT: u8 = 1;
    pub const SWAPPED: u8 = 2;
    pub const SLIP: u8 = 3;
    pub const YEAR: u8 = 4;
    pub const SLIPS: u8 = 5;
    pub const DIFFERENT: u8 = 6;
    pub const APART: u8 = 7;
}

pub(crate) mod spouse {
    //! Levels of the spouses named.
    pub const SAME: u8 = 1;
    pub const DIFFERENT: u8 = 2;
}

pub(crate) mod household {
    //! Levels of address, phone and e-mail together, and of an organization's whereabouts.
    pub const MAIL_AND: u8 = 1;
    pub const MAIL: u8 = 2;
    pub const ADDRESS_AND_PHONE: u8 = 3;
    pub const ADDRESS: u8 = 4;
    pub const PHONE: u8 = 5;
    pub const MAIL_CLOSE: u8 = 6;
    pub const ADDRESS_CLOSE: u8 = 7;
    pub const CROWDED: u8 = 8;
    pub const MAIL_ELSEWHERE: u8 = 9;
    pub const DOMAIN: u8 = 10;
    pub const POSTAL: u8 = 11;
    pub const CITY: u8 = 12;
    pub const DOMAIN_ELSEWHERE: u8 = 13;
    pub const ELSEWHERE: u8 = 14;
}

pub(crate) mod organization {
    //! Levels of organizations' names, and of one of them being a foundation.
    pub const EXACT: u8 = 1;
    pub const FORM: u8 = 2;
    pub const CLOSE: u8 = 3;
    pub const PART: u8 = 4;
    pub const DIFFERENT: u8 = 5;
    pub const SAME_KIND: u8 = 1;
    pub const ONE_FOUNDATION: u8 = 2;
}

pub(crate) mod text {
    //! Levels of other texts.
    pub const EXACT: u8 = 1;
    pub const CLOSE: u8 = 2;
    pub const PART: u8 = 3;
    pub const DIFFERENT: u8 = 4;
}

const HOUSEHOLD_LEVELS: &[Step] = &[
    step("e-mail and address or phone", 0.16, 1e-7, 0.05, 0.03),
    step("e-mail", 0.10, 5e-7, 0.02, 0.01),
    step("address and phone", 0.10, 1e-7, 0.15, 0.16),
    step("address", 0.22, 1e-5, 0.42, 0.42),
    step("phone", 0.06, 1e-5, 0.12, 0.12),
    step("nearly the same e-mail", 0.01, 3e-5, 0.002, 0.01),
    step("nearly the same address", 0.10, 1e-5, 0.14, 0.15),
    step("address or phone of many", 0.005, 1e-4, 0.01, 0.005),
    step("e-mail, but another city", 0.03, 2e-5, 0.002, 0.002),
    step("e-mail domain", 0.005, 2e-4, 0.005, 0.005),
    step("same postal code", 0.03, 3e-3, 0.02, 0.03),
    step("same city", 0.10, 0.04, 0.04, 0.04),
    step("e-mail domain, but another city", 0.005, 5e-4, 0.002, 0.002),
    step("nothing shared", 0.10, 0.95, 0.03, 0.03),
];

const TEXT_LEVELS: &[Step] = &[
    step("exact", 0.75, 0.01, 0.05, 0.05),
    step("close", 0.12, 0.01, 0.02, 0.02),
    step("one holds the other", 0.05, 0.01, 0.02, 0.02),
    step("different", 0.08, 0.97, 0.91, 0.91),
];

const fn text_field(name: &'static str) -> Field {
    Field { name, levels: TEXT_LEVELS }
}

/// A place that a kind of record doesn't use.
const UNUSED: Field = Field { name: "", levels: &[] };

/// The comparisons of people.
pub(crate) static PERSON: [Field; SLOTS] = [
    Field {
        name: "first name",
        levels: &[
            step("exact", 0.62, 0.006, 0.004, 0.72),
            step("nickname", 0.13, 0.003, 0.002, 0.12),
            step("close", 0.09, 0.002, 0.002, 0.06),
            step("initial", 0.06, 0.006, 0.01, 0.05),
            apart("swapped with last name", 0.01, 1e-5, 1e-5, 0.001),
            apart("is the other's middle name", 0.005, 0.002, 0.003, 0.02),
            step("similar", 0.02, 0.012, 0.012, 0.01),
            step("close, but both are usual names", 0.004, 0.004, 0.01, 0.005),
            step("different", 0.02, 0.96, 0.75, 0.01),
            apart("is the other's spouse", 0.001, 0.0005, 0.15, 0.001),
        ],
    },
    Field {
        name: "last name",
        levels: &[
            step("exact", 0.82, 0.004, 0.84, 0.92),
            step("part or former name", 0.06, 0.001, 0.02, 0.02),
            step("close", 0.08, 0.002, 0.02, 0.04),
            step("similar", 0.01, 0.01, 0.005, 0.005),
            step("close, but both are usual names", 0.005, 0.003, 0.005, 0.005),
            step("different", 0.03, 0.98, 0.11, 0.01),
        ],
    },
    Field {
        name: "middle name",
        levels: &[
            step("exact", 0.25, 0.01, 0.01, 0.25),
            step("initial", 0.68, 0.08, 0.08, 0.35),
            step("different", 0.07, 0.91, 0.91, 0.40),
        ],
    },
    Field {
        name: "suffix",
        levels: &[
            step("exact", 0.020, 0.001, 0.001, 0.01),
            step("neither has one", 0.950, 0.939, 0.92, 0.14),
            step("one only", 0.028, 0.058, 0.075, 0.42),
            step("conflict", 0.002, 0.002, 0.004, 0.43),
        ],
    },
    Field {
        name: "gender",
        levels: &[step("same", 0.99, 0.5, 0.25, 0.98), step("conflict", 0.01, 0.5, 0.75, 0.02)],
    },
    Field {
        name: "birth date",
        levels: &[
            step("exact", 0.85, 5e-5, 0.01, 0.002),
            step("day and month swapped", 0.04, 1e-5, 1e-4, 1e-4),
            step("one digit or part differs", 0.06, 0.003, 0.01, 0.004),
            step("same year", 0.02, 0.01, 0.02, 0.001),
            step("two digits differ", 0.01, 0.02, 0.03, 0.01),
            step("different", 0.015, 0.30, 0.48, 0.02),
            step("years apart", 0.005, 0.66, 0.45, 0.963),
        ],
    },
    Field {
        name: "spouse's name",
        levels: &[step("same", 0.93, 0.01, 0.10, 0.04), step("different", 0.07, 0.99, 0.90, 0.96)],
    },
    Field { name: "household", levels: HOUSEHOLD_LEVELS },
    text_field("other text 1"),
    text_field("other text 2"),
    text_field("other text 3"),
    text_field("other text 4"),
];

/// The comparisons of organizations.
pub(crate) static ORGANIZATION: [Field; SLOTS] = [
    Field {
        name: "organization name",
        levels: &[
            step("exact", 0.72, 0.002, 0.01, 0.10),
            step("same but for the form", 0.12, 0.001, 0.01, 0.80),
            step("close", 0.11, 0.003, 0.02, 0.06),
            step("one holds the other", 0.03, 0.004, 0.03, 0.03),
            step("different", 0.02, 0.99, 0.93, 0.01),
        ],
    },
    UNUSED,
    UNUSED,
    UNUSED,
    Field {
        name: "foundation",
        levels: &[step("same", 0.995, 0.82, 0.80, 0.02), step("one only", 0.005, 0.18, 0.20, 0.98)],
    },
    UNUSED,
    UNUSED,
    Field { name: "whereabouts", levels: HOUSEHOLD_LEVELS },
    text_field("other text 1"),
    text_field("other text 2"),
    text_field("other text 3"),
    text_field("other text 4"),
];
