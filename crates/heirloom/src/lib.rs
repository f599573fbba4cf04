//! Heirloom: the stages in order, and the command line.
//!
//! This crate uses all the others; nothing uses it but the proofs. Time, files, the terminal and
//! exit codes live here; what can be computed is computed elsewhere.

/// Rows and cells are many small pieces of memory, made on one thread and freed on another: the
/// system's allocator spent a fifth of a large import on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod apart;
pub mod approval;
pub mod balance;
pub mod batches;
pub mod cli;
pub mod connect;
pub mod crosswalk;
pub mod failure;
pub mod folder;
pub mod handover;
pub mod imagined;
pub mod journal;
pub mod keyring;
pub mod line;
pub mod listen;
pub mod look;
pub mod migration;
pub mod out;
pub mod platform;
pub mod prepare;
pub mod presets;
pub mod progress;
pub mod rehearse;
pub mod reporting;
pub mod roster;
pub mod runs;
pub mod secrets;
pub mod settings;
pub mod stages;
pub mod trial;
pub mod world;
pub mod write;
