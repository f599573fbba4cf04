//! Which donor records are the same person, which people share a contact, and why.
//! Pure and parallel: block → compare (discrete levels) → score → cluster, always with
//! the same result whatever the order of records and the number of threads.
//!
//! The rest of Heirloom knows only [`Record`], [`block`], [`score`], [`cluster`] and
//! [`explain`]; keys, levels and weights stay in here.

mod block;
mod cluster;
mod compare;
mod compare_organizations;
mod contacts;
mod frequency;
mod groups;
mod household;
mod keys;
mod prepare;
#[cfg(test)]
mod properties;
mod record;
#[cfg(test)]
mod scenarios;
mod score;
mod weights;

pub use block::{BLOCK_RECORDS_MAX, Blocking, Candidate, Oversized, RuleCount, block};
pub use cluster::{Apart, Clusters, Constraint, PERSON_RECORDS_MAX, Thresholds, cluster};
pub use contacts::CONTACT_PERSONS_MAX;
pub use keys::RULES;
pub use record::{Place, Record, RecordKind};
pub use score::{KEPT_BITS_MIN, Level, Scored, Verdict, explain, score};
