//! Arguments of every command that talks to the target: where it is, and how fast to go.

use std::path::PathBuf;

use clap::Args;
use heirloom_virtuous::{GUARD_MINUTES, PaceTerms};

/// Where to send, and who we are there.
#[derive(Args, Clone)]
pub struct TargetArgs {
    /// Address of the target; the vendor's own if not given
    #[arg(long, env = "HEIRLOOM_TARGET", value_name = "URL")]
    pub target: Option<String>,
    /// File that holds the token (only its owner may read it), - for standard input; else HEIRLOOM_TOKEN
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
}

/// How many requests may be made.
#[derive(Args, Clone)]
pub struct QuotaArgs {
    /// Requests an hour at most (never more than 80 % of the organization's limit)
    #[arg(long, value_name = "N", default_value_t = 1200, value_parser = clap::value_parser!(u32).range(1..))]
    pub requests_per_hour: u32,
    /// Requests to leave for the organization's other systems
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub reserve: u32,
}

/// How to send.
#[derive(Args, Clone)]
pub struct PaceArgs {
    /// How many requests
    #[command(flatten)]
    pub quota: QuotaArgs,
    /// Items in one call at most
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub list_size: u32,
    /// Minutes before a doubtful call is looked into
    #[arg(long, value_name = "MINUTES", default_value_t = 15.0, value_parser = minutes)]
    pub settle: f64,
    /// Begin nothing from this time on: HH:MM today or tomorrow on this computer's clock
    #[arg(long, value_name = "HH:MM")]
    pub until: Option<String>,
    /// Requests of this run at most, sign-ins apart; the first asks whose organization the token is of
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..))]
    pub max_requests: Option<u64>,
    /// Stop after three calls of which nobody knows what they did, and keep one call in the air
    #[arg(long)]
    pub cautious: bool,
    /// Begin with whole lists instead of 2 items, then 10
    #[arg(long)]
    pub no_pilot: bool,
    /// Minutes on either side of the vendor's midnight in which nothing is sent
    #[arg(long, value_name = "MINUTES", default_value_t = GUARD_MINUTES)]
    pub guard: u32,
    /// Do not pause around the vendor's midnight
    #[arg(long)]
    pub no_guard: bool,
    /// The time zone of that midnight, such as America/New_York; kept. Else the one that the organization names
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
}

/// Minutes that can be waited for.
fn minutes(text: &str) -> Result<f64, String> {
    let minutes = text.parse::<f64>().ok().filter(|minutes| (0.0..=100_000.0).contains(minutes));
    minutes.ok_or_else(|| "give minutes, 0 or more".to_owned())
}

impl QuotaArgs {
    /// The pace that they ask for: never more than four fifths of what the organization may.
    pub fn pace(&self) -> PaceTerms {
        PaceTerms { per_hour: self.requests_per_hour, share_percent: 80, reserve: self.reserve }
    }
}
