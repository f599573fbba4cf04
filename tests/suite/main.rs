//! Proofs that need the whole: scenarios through the real binary, kills, seeded schedules, and a tidy tree.

// Helpers of tests are tests: a panic with its place is what they are for.
#![allow(clippy::unwrap_used)]

use heirloom_tests::support;

mod at_rest;
mod beside;
mod circles;
mod concepts;
mod conservation;
mod copies;
mod corrected;
mod dedupe;
mod doubts;
mod drafts;
mod editions;
mod flags;
mod hostile;
mod interrupted;
mod kill;
mod pace;
mod presets;
mod promised;
mod promises;
mod reconcile;
mod rehearsals;
mod rows;
mod samples;
mod scenarios;
mod schedules;
mod sending;
mod sign_in;
mod tidy;
mod unsealed;
