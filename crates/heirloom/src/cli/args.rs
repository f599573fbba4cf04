//! The command line: every command, flag and worked example.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use heirloom_virtuous::PaceTerms;

use super::sim_args::SimAction;

/// Carries a nonprofit's whole giving history into Virtuous CRM+, and proves that nothing was lost or doubled.
#[derive(Parser)]
#[command(name = "heirloom", version, propagate_version = true, max_term_width = 100)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What every command understands.
    #[command(flatten)]
    pub common: Common,
}

/// What every command understands.
#[derive(Args, Clone)]
pub struct Common {
    /// The migration's folder
    #[arg(long, short = 'C', global = true, default_value = ".", value_name = "DIR")]
    pub folder: PathBuf,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// No bars and no colour
    #[arg(long, global = true)]
    pub plain: bool,
    /// Colour on the terminal
    #[arg(long, global = true, value_enum, default_value_t = When::Auto)]
    pub color: When,
    /// Never ask; say which flag would have answered
    #[arg(long, global = true)]
    pub no_input: bool,
}

/// What can be done with mappings.
#[derive(Subcommand)]
pub enum MapAction {
    /// Read every mapping of the migration and run the examples in it; needs no input file
    #[command(
        after_help = "Examples:\n  heirloom map check\n  heirloom map check -C clients/harbor-light --json"
    )]
    Check,
}

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Dry run: read, map and link, then report. Sends nothing; has no way to
    #[command(after_help = "Examples:\n  heirloom check\n  heirloom check -C clients/harbor-light --json")]
    Check,
    /// Work on the mappings
    Map {
        /// What to do with them
        #[command(subcommand)]
        action: MapAction,
    },
    /// Seal what is ready now into plans; reads the target, sends nothing
    #[command(
        after_help = "Examples:\n  heirloom plan --target http://127.0.0.1:8787\n  heirloom plan --drop 001-contacts"
    )]
    Plan {
        /// Where, and who we are there
        #[command(flatten)]
        target: TargetArgs,
        /// How many requests
        #[command(flatten)]
        quota: QuotaArgs,
        /// Drop this plan instead; refused once anything of it was sent
        #[arg(long, value_name = "PLAN")]
        drop: Option<String>,
        /// Exit with 10 if there is something to send
        #[arg(long)]
        exit_code: bool,
    },
    /// Send a plan; resumes by itself
    #[command(
        after_help = "Examples:\n  heirloom apply 001-contacts --target http://127.0.0.1:8787\n  heirloom apply 002-gifts --confirm-count 2400 --confirm-total 512,340.25"
    )]
    Apply {
        /// The plan: its name, or its file in plans/
        plan: String,
        /// Where, and who we are there
        #[command(flatten)]
        target: TargetArgs,
        /// How fast
        #[command(flatten)]
        pace: PaceArgs,
        /// The number of items to send, instead of typing it
        #[arg(long, value_name = "N")]
        confirm_count: Option<u64>,
        /// The total to send, instead of typing it (contacts: 0)
        #[arg(long, value_name = "AMOUNT")]
        confirm_total: Option<String>,
    },
    /// The whole migration against a fresh simulated world, in fast time
    #[command(
        after_help = "Examples:\n  heirloom rehearse samples/harbor-light\n  heirloom rehearse --seed 7 --faults mild"
    )]
    Rehearse {
        /// The migration's folder
        dir: Option<PathBuf>,
        /// Seed of the world; the same seed gives the same report
        #[arg(long)]
        seed: Option<u64>,
        /// What goes wrong on the way
        #[arg(long, value_enum, default_value_t = FaultLevel::None)]
        faults: FaultLevel,
    },
    /// Where everything stands
    #[command(after_help = "Examples:\n  heirloom status\n  heirloom status --json")]
    Status,
    /// Compare with what now exists at the target, field by field
    #[command(
        after_help = "Examples:\n  heirloom reconcile --target http://127.0.0.1:8787\n  heirloom reconcile --json"
    )]
    Reconcile {
        /// Where, and who we are there
        #[command(flatten)]
        target: TargetArgs,
        /// How many requests
        #[command(flatten)]
        quota: QuotaArgs,
    },
    /// Pledges and schedules, which are no gifts: what was promised, paid, and is still open
    #[command(after_help = "Examples:\n  heirloom promises\n  heirloom promises --out promises.csv")]
    Promises(super::promises::PromisesArgs),
    /// Write report.html and report.json
    #[command(after_help = "Examples:\n  heirloom report\n  heirloom report -C clients/harbor-light")]
    Report,
    /// Prove the ledger: digests, conservation, every row derived again
    #[command(after_help = "Examples:\n  heirloom verify\n  heirloom verify --json")]
    Verify,
    /// Go back to before a stage, for every row that was never sent; decisions stay
    #[command(after_help = "Examples:\n  heirloom redo map\n  heirloom redo read")]
    Redo {
        /// Which stage
        #[arg(value_enum)]
        stage: StageName,
    },
    /// Explain a gift, donor or row, a batch, a total, or a finding code
    #[command(after_help = "Examples:\n  heirloom explain gift:20931\n  heirloom explain G012")]
    Explain {
        /// CODE | row:N | gift:ID | donor:ID | total
        what: String,
    },
    /// In doubt and parked items; rule on them
    #[command(
        after_help = "Examples:\n  heirloom unresolved\n  heirloom unresolved resolve 20931 --as not-sent --initials DK --note \"import of 3 March read\""
    )]
    Unresolved {
        /// A ruling instead of the list
        #[command(subcommand)]
        ruling: Option<Resolve>,
    },
    /// What is known about this organization, and how
    #[command(
        after_help = "Examples:\n  heirloom facts\n  heirloom facts record repeats-held recognised --evidence \"support ticket 4711\" --initials MT"
    )]
    Facts {
        /// A new fact instead of the list
        #[command(subcommand)]
        record: Option<RecordFact>,
    },
    /// Sign in as a person (OAuth) where there is no API key; the password is asked for, never an argument
    #[command(
        after_help = "Examples:\n  heirloom sign-in --user dana@example.org --token-file ~/.heirloom-token\n  heirloom plan --token-file ~/.heirloom-token"
    )]
    SignIn {
        /// The name you sign in with at Virtuous
        #[arg(long, value_name = "NAME")]
        user: String,
        /// Where the tokens are kept; only you can read it
        #[arg(long, value_name = "FILE")]
        token_file: PathBuf,
        /// Address of the target; the vendor's own if not given
        #[arg(long, env = "HEIRLOOM_TARGET", value_name = "URL")]
        target: Option<String>,
    },
    /// The simulated vendor
    #[command(
        after_help = "Examples:\n  heirloom sim serve --port 8787\n  heirloom sim night --target http://127.0.0.1:8787"
    )]
    Sim {
        /// What to do with it
        #[command(subcommand)]
        action: SimAction,
    },
}

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
    #[arg(long, value_name = "N", default_value_t = 1200)]
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
    #[arg(long, value_name = "MINUTES", default_value_t = 15.0)]
    pub settle: f64,
    /// Begin nothing from this time on: HH:MM today or tomorrow on this computer's clock
    #[arg(long, value_name = "HH:MM")]
    pub until: Option<String>,
    /// Requests of this run at most
    #[arg(long, value_name = "N")]
    pub max_requests: Option<u64>,
    /// Do not pause around the vendor's midnight
    #[arg(long)]
    pub no_guard: bool,
}

impl QuotaArgs {
    /// The pace that they ask for: never more than four fifths of what the organization may.
    pub fn pace(&self) -> PaceTerms {
        PaceTerms { per_hour: self.requests_per_hour, share_percent: 80, reserve: self.reserve }
    }
}

/// How much goes wrong in a rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FaultLevel {
    /// Nothing.
    None,
    /// Some lost replies and server errors.
    Mild,
    /// Many, and crashes of our own.
    Nasty,
}

/// A stage to go back to.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StageName {
    /// Forget what was read.
    Read,
    /// Forget what was mapped.
    Map,
    /// Forget what was linked.
    Link,
    /// Drop unsent plans.
    Plan,
}

/// A ruling.
#[derive(Subcommand)]
pub enum Resolve {
    /// Rule what became of doubtful or waiting items
    Resolve {
        /// A gift or donor id, plan:NAME for all doubtful items of a plan, or all
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
    /// How lists are judged.
    Lists,
}
