//! The shipped weights: for each comparison its levels and their bits, log2 of how much
//! likelier a level is among pairs of one person than among pairs of two.
//!
//! Set by hand, then moved part of the way towards a penalised logistic fit on a generated
//! donor file (seed 2); rounded and kept monotone. Real files will differ. A missing
//! value is a level of its own and worth nothing. Levels named "same household" exist
//! because the members of a household share almost everything but the given name: there
//! a different given name says far more than among strangers.

use crate::Level;

const fn level(field: &'static str, level: &'static str, bits: f64) -> Level {
    Level { field, level, bits }
}

pub(crate) const PRIOR: &str = "prior";
pub(crate) const FREQUENCY_FIRST: &str = "first name frequency";
pub(crate) const FREQUENCY_LAST: &str = "last name frequency";
pub(crate) const FREQUENCY_ORGANIZATION: &str = "organization name frequency";

pub(crate) mod first {
    //! Given names.
    use super::{Level, level};
    const F: &str = "first name";
    pub const EXACT: Level = level(F, "exact", 5.5);
    pub const NICKNAME: Level = level(F, "nickname", 5.0);
    pub const INITIAL: Level = level(F, "initial", 3.5);
    pub const CLOSE: Level = level(F, "close", 5.0);
    pub const SWAPPED: Level = level(F, "swapped with last name", 6.0);
    pub const MIDDLE: Level = level(F, "is the other's middle name", 1.0);
    pub const USUAL: Level = level(F, "close, but both are usual names", -4.0);
    pub const USUAL_HOUSEHOLD: Level = level(F, "close, but both are usual names, same household", -7.0);
    pub const MISSING: Level = level(F, "missing", 0.0);
    pub const DIFFERENT: Level = level(F, "different", -7.0);
    pub const DIFFERENT_HOUSEHOLD: Level = level(F, "different, same household", -16.0);
    pub const SPOUSE: Level = level(F, "is the other's spouse", -18.0);
}

pub(crate) mod last {
    //! Family names.
    use super::{Level, level};
    const F: &str = "last name";
    pub const EXACT: Level = level(F, "exact", 7.0);
    pub const PART: Level = level(F, "part or former name", 6.5);
    pub const CLOSE: Level = level(F, "close", 6.5);
    pub const SWAPPED: Level = level(F, "swapped with first name", 6.0);
    pub const USUAL: Level = level(F, "close, but both are usual names", 1.0);
    pub const MISSING: Level = level(F, "missing", 0.0);
    pub const CHANGED: Level = level(F, "different, all else the same", 1.0);
    pub const DIFFERENT: Level = level(F, "different", -4.5);
}

pub(crate) mod middle {
    //! Middle names.
    use super::{Level, level};
    const F: &str = "middle name";
    pub const EXACT: Level = level(F, "exact", 3.0);
    pub const INITIAL: Level = level(F, "initial", 2.5);
    pub const MISSING: Level = level(F, "missing", 0.0);
    pub const DIFFERENT: Level = level(F, "different", -6.0);
}

pub(crate) mod suffix {
    //! Generations.
    use super::{Level, level};
    const F: &str = "suffix";
    pub const EXACT: Level = level(F, "exact", 3.0);
    pub const ONE: Level = level(F, "one only", -2.5);
    pub const ONE_HOUSEHOLD: Level = level(F, "one only, same household", -8.5);
    pub const MISSING: Level = level(F, "missing", 0.0);
    pub const CONFLICT: Level = level(F, "conflict", -14.0);
}

pub(crate) mod gender {
    //! Gender, stated or told by the title.
    use super::{Level, level};
    const F: &str = "gender";
    pub const EXACT: Level = level(F, "exact", 0.5);
    pub const MISSING: Level = level(F, "missing", 0.0);
    pub const CONFLICT: Level = level(F, "conflict", -6.0);
}

pub(crate) mod birth {
    //! Dates of birth.
    use super::{Level, level};
    const F: &str = "birth date";
    pub const EXACT: Level = level(F, "exact", 9.0);
    pub const SWAPPED: Level = level(F, "day and month swapped", 7.0);
    pub const SLIP: Level = level(F, "one digit or part differs", 5.0);
    pub const YEAR: Level = level(F, "same year", 3.5);
    pub const SLIPS: Level = level(F, "two digits differ", 0.0);
    pub const MISSING: Level = level(F, "missing", 0.0);
    pub const DIFFERENT: Level = level(F, "different", -6.0);
    pub const APART: Level = level(F, "years apart", -12.0);
}

pub(crate) mod spouse {
    //! The spouse named on each record.
    use super::{Level, level};
    const F: &str = "spouse's name";
    pub const EXACT: Level = level(F, "same", 4.0);
    pub const MISSING: Level = level(F, "missing", 0.0);
    pub const DIFFERENT: Level = level(F, "different", -4.5);
}

pub(crate) mod household {
    //! Address, phone and shared e-mail as one comparison: they come and go together.
    use super::{Level, level};
    const F: &str = "household";
    pub const MAIL_AND: Level = level(F, "e-mail and address or phone", 14.5);
    pub const MAIL: Level = level(F, "e-mail", 11.0);
    pub const ADDRESS_AND_PHONE: Level = level(F, "address and phone", 11.5);
    pub const ADDRESS: Level = level(F, "address", 9.5);
    pub const PHONE: Level = level(F, "phone", 9.5);
    pub const MAIL_CLOSE: Level = level(F, "nearly the same e-mail", 7.0);
    pub const ADDRESS_CLOSE: Level = level(F, "nearly the same address", 7.0);
    pub const CROWDED: Level = level(F, "address or phone of many", 4.0);
    pub const POSTAL: Level = level(F, "same postal code", 2.5);
    pub const CITY: Level = level(F, "same city", 1.5);
    pub const MISSING: Level = level(F, "missing", 0.0);
    pub const ELSEWHERE: Level = level(F, "nothing shared", -2.0);
}

pub(crate) mod organization {
    //! Organizations' names and whereabouts.
    use super::{Level, level};
    const F: &str = "organization name";
    pub const EXACT: Level = level(F, "exact", 11.0);
    pub const FORM: Level = level(F, "same but for the form", 8.0);
    pub const CLOSE: Level = level(F, "close", 7.5);
    pub const PART: Level = level(F, "one holds the other", 3.0);
    pub const MISSING: Level = level(F, "missing", 0.0);
    pub const DIFFERENT: Level = level(F, "different", -7.0);
    const K: &str = "foundation";
    pub const SAME_KIND: Level = level(K, "same", 0.0);
    pub const ONE_FOUNDATION: Level = level(K, "one only", -12.0);
    const P: &str = "whereabouts";
    pub const MAIL_AND: Level = level(P, "e-mail and address or phone", 15.0);
    pub const ADDRESS_AND_PHONE: Level = level(P, "address and phone", 13.0);
    pub const MAIL: Level = level(P, "e-mail", 9.0);
    pub const ADDRESS: Level = level(P, "address", 10.0);
    pub const PHONE: Level = level(P, "phone", 11.0);
    pub const DOMAIN: Level = level(P, "e-mail domain", 6.0);
    pub const ADDRESS_CLOSE: Level = level(P, "nearly the same address", 7.0);
    pub const POSTAL: Level = level(P, "same postal code", 4.0);
    pub const CITY: Level = level(P, "same city", 2.0);
    pub const MISSING_PLACE: Level = level(P, "missing", 0.0);
    pub const ELSEWHERE: Level = level(P, "nothing shared", -1.5);
}
