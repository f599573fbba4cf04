//! Which donor records are the same person, which people share a contact, and why.
//! Pure and parallel: block → compare (discrete levels) → score → cluster, always with
//! the same result whatever the order of records and the number of threads.
//!
//! Records with fields go in; clusters, scored pairs and their reasons come out. What is
//! learned from a file is a [`Model`], which its owner may store as plain numbers and give
//! back for later editions of the file.
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
//! let file = File::read(&[record(1, "Robert"), record(2, "Bob"), record(3, "Lee")]);
//! let scores = file.score(None);
//! let clusters = file.cluster(&scores.pairs, &Thresholds::default(), &[]);
//! assert_eq!(clusters.persons, [(1, 1), (2, 1), (3, 3)]); // Bob is Robert
//! assert_eq!(clusters.contacts, [(1, 1), (2, 1), (3, 1)]); // Lee shares their contact
//!
//! let bob = scores.pairs[0];
//! let sum: f64 = scores.model.explain(bob.pattern).iter().map(|level| level.bits).sum();
//! assert_eq!(sum, bob.bits);
//! ```

mod block;
mod cluster;
mod compare;
mod compare_organizations;
mod contacts;
mod explain;
mod few;
mod fields;
mod file;
mod frequency;
mod groups;
mod household;
mod keys;
mod learn;
mod likeness;
mod model;
mod neighbours;
mod pattern;
mod prepare;
#[cfg(test)]
mod properties;
mod record;
#[cfg(test)]
mod scenarios;
mod score;

pub use block::{BLOCK_RECORDS_MAX, Blocking, LARGE_FILE_RECORDS_MIN, Oversized, RuleCount};
pub use cluster::{Apart, Clusters, Constraint, PERSON_RECORDS_MAX};
pub use contacts::CONTACT_PERSONS_MAX;
pub use explain::Explained;
pub use file::{File, Reading};
pub use model::{Level, Model, Numbers, Thresholds};
pub use pattern::Pattern;
pub use record::{Place, Record, RecordKind, TEXTS_MAX};
pub use score::{KEPT_BITS_MIN, Scored, Scores, Verdict};
