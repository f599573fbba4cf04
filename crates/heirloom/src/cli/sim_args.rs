//! What `heirloom sim` understands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::rehearse_args::FaultsAsked;

/// What to do with the simulator.
#[derive(Subcommand)]
pub enum SimAction {
    /// Serve a simulated vendor on this computer until stopped
    #[command(
        after_help = "Examples:\n  heirloom sim serve\n  heirloom sim serve --seed 7 --faults mild --port 0\n  heirloom sim serve --world strict.toml --state world.json"
    )]
    Serve(Box<SimServe>),
    /// Print the habits of a world as TOML, to be changed and served with --world
    #[command(
        after_help = "Examples:\n  heirloom sim world > likely.toml\n  heirloom sim world --seed 7 > seven.toml"
    )]
    World {
        /// Draw the habits from this seed; else the likeliest vendor
        #[arg(long)]
        seed: Option<u64>,
    },
    /// Let midnight come: transactions are bundled into imports
    #[command(
        after_help = "Examples:\n  heirloom sim night\n  heirloom sim night --target http://127.0.0.1:8787"
    )]
    Night {
        /// Where it listens
        #[command(flatten)]
        at: SimAddress,
    },
    /// Press Run on every import, or on one
    #[command(after_help = "Examples:\n  heirloom sim run\n  heirloom sim run --import 2")]
    Run {
        /// The number of the import; else all
        #[arg(long, value_name = "N")]
        import: Option<i64>,
        /// Where it listens
        #[command(flatten)]
        at: SimAddress,
    },
    /// Discard an import, as a person may who does not like what is in it
    #[command(after_help = "Examples:\n  heirloom sim discard --import 2")]
    Discard {
        /// The number of the import
        #[arg(long, value_name = "N")]
        import: i64,
        /// Where it listens
        #[command(flatten)]
        at: SimAddress,
    },
    /// Tell the webhooks of an event about a record, as if it had just happened
    #[command(
        after_help = "Examples:\n  heirloom sim trigger gift-create\n  heirloom sim trigger contact-update --id 1001"
    )]
    Trigger {
        /// The event
        #[arg(value_enum)]
        event: SimEvent,
        /// The record's id there; else the newest of its kind
        #[arg(long)]
        id: Option<i64>,
        /// Where it listens
        #[command(flatten)]
        at: SimAddress,
    },
    /// Print what happened there, as JSON
    #[command(after_help = "Examples:\n  heirloom sim log\n  heirloom sim log --of requests")]
    Log {
        /// Which log
        #[arg(long, value_enum, default_value_t = SimLog::Effects)]
        of: SimLog,
        /// Where it listens
        #[command(flatten)]
        at: SimAddress,
    },
    /// Begin anew: an empty organization with the same habits, or with others
    #[command(after_help = "Examples:\n  heirloom sim reset\n  heirloom sim reset --world strict.toml")]
    Reset {
        /// Habits in TOML, as `sim world` prints them
        #[arg(long, value_name = "FILE")]
        world: Option<PathBuf>,
        /// Where it listens
        #[command(flatten)]
        at: SimAddress,
    },
}

/// How the simulator is served.
#[derive(Args)]
pub struct SimServe {
    /// Port; 0 takes any free one
    #[arg(long, default_value_t = 8787)]
    pub port: u16,
    /// Draw the world's habits from this seed; else the likeliest vendor
    #[arg(long, conflicts_with = "world")]
    pub seed: Option<u64>,
    /// Read the world's habits from this file; see `sim world`
    #[arg(long, value_name = "FILE")]
    pub world: Option<PathBuf>,
    /// What goes wrong on the way: none, mild, nasty, or a TOML file of faults
    #[arg(long, value_name = "LEVEL|FILE")]
    pub faults: Option<FaultsAsked>,
    /// Keep the world in this file
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Requests an hour that it allows
    #[arg(long)]
    pub limit: Option<u32>,
    /// What it does with a repeat
    #[arg(long, value_enum)]
    pub repeats: Option<RepeatHabit>,
    /// Projects that exist there (else those of heirloom.toml's [rehearsal])
    #[arg(long, value_delimiter = ',')]
    pub projects: Vec<String>,
}

/// What webhooks are told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SimEvent {
    /// A contact was made.
    ContactCreate,
    /// A contact was changed.
    ContactUpdate,
    /// A gift was made.
    GiftCreate,
    /// A gift was changed.
    GiftUpdate,
    /// A gift was deleted.
    GiftDelete,
}

/// What the simulator remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SimLog {
    /// What requests, nights and people did.
    Effects,
    /// Every request that arrived.
    Requests,
    /// Every import.
    Imports,
    /// Every webhook, and how it was answered.
    Webhooks,
}

/// Where the simulator listens.
#[derive(Args, Clone)]
pub struct SimAddress {
    /// Its address
    #[arg(long, env = "HEIRLOOM_TARGET", default_value = "http://127.0.0.1:8787")]
    pub target: String,
}

/// What the simulated vendor does with a repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RepeatHabit {
    /// Refuses it, saying that it exists.
    Refused,
    /// Answers 200 and ignores it.
    Silent,
    /// Makes a second record.
    Doubled,
}
