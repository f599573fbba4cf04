//! Proofs that need the whole: scenarios through the real binary, kills, seeded schedules, and a tidy tree.

mod conservation;
mod kill;
mod promises;
mod samples;
mod scenarios;
mod schedules;
mod support;
mod tidy;
