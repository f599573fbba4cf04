//! The command line: every command, flag and worked example.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::dedupe::{DedupeAction, ListArgs};
use super::handover::HandoverArgs;
use super::listen::ListenArgs;
use super::map_args::{DiffArgs, PresetsArgs, SuggestArgs, TestArgs};
use super::profile::ProfileArgs;
use super::ruling_args::{RecordFact, Resolve};
use super::sim_args::SimAction;
use super::target_args::{PaceArgs, QuotaArgs, TargetArgs};
use super::webhook::WebhookAction;

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
    /// The presets: what each expects, and which one fits a file. Needs no migration folder
    #[command(
        after_help = "Examples:\n  heirloom map presets\n  heirloom map presets input/gifts.csv --json"
    )]
    Presets(PresetsArgs),
    /// Draft a mapping from the names and the content of a file's columns. Needs no migration folder
    #[command(
        after_help = "Examples:\n  heirloom map suggest input/gifts.csv\n  heirloom map suggest gifts.xlsx --out mappings/gifts.toml"
    )]
    Suggest(SuggestArgs),
    /// Show one row before and after, step by step. Shows donor data; the ledger is not opened
    #[command(
        after_help = "Examples:\n  heirloom map test 42\n  heirloom map test 7 --mapping donors.toml --json"
    )]
    Test(TestArgs),
    /// What a changed mapping changes in rows and money, over the folder's input. Nothing is kept
    #[command(
        after_help = "Examples:\n  heirloom map diff old/gifts.toml gifts.toml\n  heirloom map diff gifts.toml draft.toml --show-values"
    )]
    Diff(DiffArgs),
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
    /// What files hold, column by column, before there is a mapping. Needs no migration folder
    #[command(
        after_help = "Examples:\n  heirloom profile gifts_2009-2024.xlsx donors.csv\n  heirloom profile input/gifts.csv --html profile.html\n  heirloom profile input/gifts.csv --show-values --json"
    )]
    Profile(ProfileArgs),
    /// Work on the mappings
    Map {
        /// What to do with them
        #[command(subcommand)]
        action: MapAction,
    },
    /// Donors who may be the same: the pairs for your eyes, most money first
    #[command(
        after_help = "Examples:\n  heirloom dedupe\n  heirloom dedupe explain L-20931 L-7\n  heirloom dedupe file donors.csv --mapping donors.toml --out clusters.csv"
    )]
    Dedupe {
        /// What to do instead of listing
        #[command(subcommand)]
        action: Option<DedupeAction>,
        /// How to list
        #[command(flatten)]
        list: ListArgs,
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
        after_help = "Examples:\n  heirloom rehearse samples/harbor-light\n  heirloom rehearse --faults nasty --unknown"
    )]
    Rehearse(super::rehearse_args::RehearseArgs),
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
    #[command(after_help = "Examples:\n  heirloom report\n  heirloom report --crosswalk")]
    Report {
        /// Write the crosswalk instead: legacy id to Virtuous ids, as CSV and workbook
        #[arg(long)]
        crosswalk: bool,
    },
    /// One page for the person who presses Run: what to pause, count and total of each import
    #[command(after_help = "Examples:\n  heirloom handover\n  heirloom handover --out handover.html")]
    Handover(HandoverArgs),
    /// Receive webhooks on this computer: hints that something came; reconcile stays the truth
    #[command(
        after_help = "Examples:\n  heirloom listen --port 8790 --secret-file webhook.secret\n  heirloom listen --port 8790 --secret-file webhook.secret --header X-Virtuous-Signature --encoding hex"
    )]
    Listen(ListenArgs),
    /// The subscription that makes Virtuous send webhooks
    #[command(
        after_help = "Examples:\n  heirloom webhook register --url https://hooks.example.org/virtuous --secret-file webhook.secret\n  heirloom webhook list"
    )]
    Webhook {
        /// What to do with it
        #[command(subcommand)]
        action: WebhookAction,
    },
    /// Prove the ledger: digests, conservation, every row derived again
    #[command(after_help = "Examples:\n  heirloom verify\n  heirloom verify --json")]
    Verify,
    /// Go back to before a stage, for every row that was never sent; decisions stay
    #[command(after_help = "Examples:\n  heirloom redo map\n  heirloom redo read")]
    Redo {
        /// Which stage
        #[arg(value_enum)]
        stage: StageName,
        /// With read: the newer files hold only what is new or changed, and what they lack is as it was sent
        #[arg(long)]
        partial: bool,
    },
    /// Explain a gift, donor or row, a batch, a total, or a finding code
    #[command(after_help = "Examples:\n  heirloom explain gift:20931\n  heirloom explain G012")]
    Explain {
        /// CODE | row:N | gift:ID | donor:ID | batch:NAME | total
        what: String,
    },
    /// In doubt and parked items; rule on them
    #[command(
        after_help = "Examples:\n  heirloom unresolved\n  heirloom unresolved resolve batch:gifts-2026-11-23 --as run --initials DK --note \"Run pressed on 24 November\""
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
    /// Learn how this organization treats repeats: --live sends two invented gifts of $1.00, never a row of yours
    #[command(
        after_help = "Examples:\n  heirloom probe --live --organization \"Harbor Light\" --contact 4711 --project GEN\n  heirloom probe --rows 2 --initials MT"
    )]
    Probe(super::probe::ProbeArgs),
    /// Copy the ledger to a file of its own; safe at any time
    #[command(
        after_help = "Examples:\n  heirloom backup ../harbor-light-1.ledger\n  heirloom backup D:\\backups\\monday.ledger --json"
    )]
    Backup(super::backup::BackupArgs),
    /// Put a backup in the ledger's place; what it does not know to be sent is in doubt from then on
    #[command(
        after_help = "Examples:\n  heirloom restore ../harbor-light-1.ledger\n  heirloom restore D:\\backups\\monday.ledger --json"
    )]
    Restore(super::backup::RestoreArgs),
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
