//! What the proofs share with the commands that run more of them.

pub mod invented;
pub mod schedule;
pub mod support;
