//! Arguments of what a person says: rulings on items, facts about the organization.

use clap::{Subcommand, ValueEnum};

/// A ruling.
#[derive(Subcommand)]
pub enum Resolve {
    /// Rule what became of doubtful or waiting items
    Resolve {
        /// A gift or donor id (gift:ID or donor:ID where both have it), batch:NAME of one import (heirloom handover names them), plan:NAME, or all that is in doubt
        what: String,
        /// What became of it
        #[arg(long = "as", value_enum)]
        ruling: RulingName,
        /// Who says so
        #[arg(long)]
        initials: String,
        /// How they know
        #[arg(long, default_value = "")]
        note: String,
        /// Rule before the import is closed that would show what arrived late; where nothing can be on its way, as at a simulator
        #[arg(long)]
        early: bool,
        /// It is true of every import of that name: where gifts ask for imports, each call may be one
        #[arg(long)]
        every_import: bool,
    },
}

/// What a person can rule.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RulingName {
    /// It arrived.
    Sent,
    /// It did not arrive; it may go out again.
    NotSent,
    /// It arrived and was discarded there.
    Discarded,
    /// The import that holds it was run: what is not there from now on is missing.
    Run,
    /// It was refused or discarded, and may go again in a new plan.
    Again,
    /// It was corrected here after it was sent, and somebody changed it there, too (an id, or all).
    Corrected,
}

/// A fact about the organization.
#[derive(Subcommand)]
pub enum RecordFact {
    /// Record a fact with its evidence
    Record {
        /// Which fact
        #[arg(value_enum)]
        fact: FactName,
        /// recognised | not-recognised | unknown; for lists: atomic | per-item | unknown
        value: String,
        /// How it is known
        #[arg(long)]
        evidence: String,
        /// Who says so
        #[arg(long)]
        initials: String,
    },
}

/// The facts that decide what may leave doubt.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FactName {
    /// Repeats of rows in holding.
    RepeatsHeld,
    /// Repeats of rows already imported.
    RepeatsImported,
    /// Repeats of rows that were discarded.
    RepeatsDiscarded,
    /// How lists of gifts are judged.
    Lists,
    /// How lists of contacts are judged.
    ContactLists,
}
