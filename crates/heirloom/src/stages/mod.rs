//! The stages in order. Each only adds rows for what has no result yet, so that a first
//! run, a resumed run and a run with nothing left to do are the same code.

mod addressees;
pub mod bodies;
pub mod control;
mod corrections;
pub mod details;
mod editions;
pub mod forecast;
pub mod groups;
mod hidden;
pub mod job;
mod left_behind;
pub mod likeness;
#[cfg(test)]
mod likeness_tests;
pub mod link;
pub mod link_model;
pub mod links;
pub mod map;
pub mod plan;
mod plan_writer;
pub mod preflight;
#[cfg(test)]
mod preflight_tests;
mod prepared;
pub mod probe;
pub mod read;
pub mod recipe;
pub mod reconcile;
pub mod reread;
pub mod submit;
mod surveys;
pub mod target;
pub mod there;
pub mod unsealed;
pub mod verify;

/// Rows in one chunk: the unit of checkpoint of reading and mapping.
pub const CHUNK_ROWS: usize = 4096;
