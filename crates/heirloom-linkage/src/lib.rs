//! Which donor records are the same person, which people share a contact, and why.
//! Pure and parallel: block → compare (discrete levels) → score → cluster, always with
//! the same result whatever the order of records and the number of threads.
//!
//! The rest of Heirloom knows only [`Record`] and [`File`] with its `block`, `score`,
//! `cluster` and `explain`; keys, levels and weights stay in here.
//!
//! ```
//! use heirloom_linkage::{File, Record, RecordKind, Thresholds};
//!
//! let record = |id, first: &str| {
//!     let mut record = Record::new(id, RecordKind::Person);
//!     record.first = first.into();
//!     record.last = "Morgan".into();
//!     record.emails = vec!["morgan@example.org".into()];
//!     record
//! };
//! let records = [record(1, "Robert"), record(2, "Bob"), record(3, "Lee")];
//! let file = File::read(&records);
//! let scored = file.score(&file.block());
//! let clusters = file.cluster(&scored, &Thresholds::default(), &[]);
//! assert_eq!(clusters.persons, [(1, 1), (2, 1), (3, 3)]); // Bob is Robert
//! assert_eq!(clusters.contacts, [(1, 1), (2, 1), (3, 1)]); // Lee shares their contact
//! ```

mod block;
mod cluster;
mod compare;
mod compare_organizations;
mod contacts;
mod file;
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

pub use block::{BLOCK_RECORDS_MAX, Blocking, Candidate, Oversized, RuleCount};
pub use cluster::{Apart, Clusters, Constraint, PERSON_RECORDS_MAX, Thresholds};
pub use contacts::CONTACT_PERSONS_MAX;
pub use file::File;
pub use keys::RULES;
pub use record::{Place, Record, RecordKind};
pub use score::{KEPT_BITS_MIN, Level, Scored, Verdict};
