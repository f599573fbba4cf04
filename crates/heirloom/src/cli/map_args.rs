//! What the commands under `heirloom map` are told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use heirloom_mapping::RecordKind;

/// What `map presets` is told.
#[derive(Args)]
pub struct PresetsArgs {
    /// An export: say which presets fit it
    pub file: Option<PathBuf>,
}

/// What `map suggest` is told.
#[derive(Args)]
pub struct SuggestArgs {
    /// The export
    pub file: PathBuf,
    /// Where the draft goes; standard output if not given. A file that exists is not overwritten
    #[arg(long, value_name = "M.toml")]
    pub out: Option<PathBuf>,
    /// Gifts or donors, where the file holds both
    #[arg(long, value_enum)]
    pub record: Option<Record>,
    /// The sheet of a workbook; its first with data if not given
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// Draft from names and content even if a preset fits
    #[arg(long)]
    pub no_preset: bool,
}

/// A kind of record.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Record {
    /// Gifts.
    Gift,
    /// Donors.
    Donor,
}

impl Record {
    /// The same for mappings.
    pub fn kind(self) -> RecordKind {
        match self {
            Record::Gift => RecordKind::Gift,
            Record::Donor => RecordKind::Donor,
        }
    }
}

/// What `map test` is told.
#[derive(Args)]
pub struct TestArgs {
    /// The row's number, as Excel shows it
    #[arg(value_name = "ROW")]
    pub row: u32,
    /// The mapping; the migration's gift mapping if it has one only
    #[arg(long, value_name = "M.toml")]
    pub mapping: Option<String>,
    /// The sheet of a workbook, where several have this row
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
}

/// What `map diff` is told.
#[derive(Args)]
pub struct DiffArgs {
    /// The mapping as it was: a file, or a name in mappings/
    #[arg(value_name = "A")]
    pub before: String,
    /// The mapping as it is to be
    #[arg(value_name = "B")]
    pub after: String,
    /// Show what the first changed rows were and became. Donor data
    #[arg(long)]
    pub show_values: bool,
}
