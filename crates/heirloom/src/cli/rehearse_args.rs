//! What `heirloom rehearse` understands.

use std::convert::Infallible;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use crate::failure::Result;
use crate::imagined::{FaultPlan, read_faults};
use crate::world::FaultLevel;

/// How to rehearse.
#[derive(Args)]
pub struct RehearseArgs {
    /// The migration's folder
    pub dir: Option<PathBuf>,
    /// Draw the vendor's habits and what goes wrong from this seed; the same seed gives the same report.
    /// Else the likeliest vendor
    #[arg(long)]
    pub seed: Option<u64>,
    /// What goes wrong on the way: none, mild, nasty, or a TOML file of faults (docs/simulator.md)
    #[arg(long, value_name = "LEVEL|FILE", default_value = "none")]
    pub faults: FaultsAsked,
    /// Other systems of the organization that use its quota meanwhile, 300 requests an hour each
    #[arg(long, value_name = "N")]
    pub others: Option<u32>,
    /// Know nothing of the vendor, as before the first probe: what is in doubt waits for a person
    #[arg(long)]
    pub unknown: bool,
}

/// What is to go wrong on the way.
#[derive(Clone, Debug)]
pub enum FaultsAsked {
    /// A set with a name.
    Level(FaultLevel),
    /// The set of a file.
    File(PathBuf),
}

impl FromStr for FaultsAsked {
    type Err = Infallible;

    fn from_str(text: &str) -> std::result::Result<Self, Infallible> {
        Ok(match text {
            "none" => FaultsAsked::Level(FaultLevel::None),
            "mild" => FaultsAsked::Level(FaultLevel::Mild),
            "nasty" => FaultsAsked::Level(FaultLevel::Nasty),
            path => FaultsAsked::File(path.into()),
        })
    }
}

impl FaultsAsked {
    /// The faults, read if they are in a file.
    ///
    /// # Errors
    /// As [`read_faults`].
    pub fn plan(&self) -> Result<FaultPlan> {
        Ok(match self {
            FaultsAsked::Level(level) => FaultPlan::Level(*level),
            FaultsAsked::File(path) => FaultPlan::Own(Box::new(read_faults(path)?)),
        })
    }
}
