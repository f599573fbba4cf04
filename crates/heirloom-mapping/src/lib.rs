//! Rows become donors and gifts, or findings, as a TOML mapping says. Pure: no file, no clock,
//! no order of threads. A file is surveyed once as a whole, then applied chunk by chunk.

mod apply;
pub mod control;
#[cfg(test)]
mod control_tests;
mod control_worth;
mod dates;
mod desk;
mod example;
mod ground;
mod identity;
mod joins;
mod mapper;
mod mask;
mod naming;
mod number;
mod parse;
mod people;
mod problem;
mod profile;
#[cfg(test)]
mod property_tests;
mod read;
mod record;
mod rules;
mod spec;
mod suggest;
mod survey;
#[cfg(test)]
mod testing;
mod text;
mod trace;
mod unfold;
mod value;

pub use control_worth::ControlReader;
pub use example::{ExampleResult, run_examples};
pub use ground::{SheetStructure, Structure, TotalRow};
pub use joins::Companion;
pub use mapper::{Context, DonorIndex, Mapper};
pub use mask::Masker;
pub use naming::Naming;
pub use parse::{BoundRoster, Roster, RosterRow, parse};
pub use problem::{MappingProblem, SurveyProblem};
pub use profile::{
    CellType, ColumnProfile, ColumnType, DateSpan, Distinct, OddKind, Oddity, Profile, Profiler, Range,
    SheetProfile,
};
pub use spec::{CompanionSpec, ControlTotal, FileSpec, Mapping, Part, RecordKind, Sheets, Signs};
pub use suggest::{Ask, Confidence, Fit, Guess, Suggestion, Tallier, fits, suggest};
pub use survey::{Survey, Surveyor};
pub use trace::{Traced, outcome};
pub use unfold::Unfolder;
