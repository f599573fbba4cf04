//! `heirloom dedupe`: who is the same donor as whom. The pairs that a person should look at, and
//! the commands about pairs.

use clap::{Args, Subcommand};
use serde_json::json;

use super::dedupe_decide::{DecideArgs, ReviewArgs, UndoArgs, decide, review, undo};
use super::dedupe_explain::explain;
use super::dedupe_file::{FileArgs, dedupe_file};
use super::dedupe_questions::{Order, document, questions, show};
use super::{Said, Setting};
use crate::failure::{Exit, Result};

/// What can be done about donors who may be the same.
#[derive(Subcommand)]
pub enum DedupeAction {
    /// Why two donors are, or are not, one: every part of the score in bits, and what their contact keeps
    #[command(
        after_help = "Examples:\n  heirloom dedupe explain L-20931 L-7\n  heirloom dedupe explain L-20931 crm:1204"
    )]
    Explain {
        /// A donor's id in the old system
        a: String,
        /// Another's, or crm:ID for a contact that exists at Virtuous
        b: String,
    },
    /// Go through the pairs one by one, on a terminal
    #[command(
        after_help = "Examples:\n  heirloom dedupe review --initials DK\n  heirloom dedupe review --initials DK --by probability"
    )]
    Review(ReviewArgs),
    /// Say that two donors are one, or two; refused once one of them was sent
    #[command(
        after_help = "Examples:\n  heirloom dedupe decide L-20931 L-7 --same --initials DK --note \"asked him\"\n  heirloom dedupe decide L-20931 crm:1204 --different --initials DK"
    )]
    Decide(DecideArgs),
    /// Take back what was said of two donors
    #[command(
        after_help = "Examples:\n  heirloom dedupe undo L-20931 L-7 --initials DK\n  heirloom dedupe undo L-20931 crm:1204 --initials DK"
    )]
    Undo(UndoArgs),
    /// Who is who in one file, without a migration: writes record_id, cluster_id, probability
    #[command(
        after_help = "Examples:\n  heirloom dedupe file donors.csv --mapping donors.toml --out clusters.csv\n  heirloom dedupe file donors.csv --mapping donors.toml --out clusters.csv --pairs pairs.csv --cut merge"
    )]
    File(FileArgs),
}

/// How the list is made.
#[derive(Args, Clone, Copy)]
pub struct ListArgs {
    /// What comes first
    #[arg(long, value_enum, default_value_t = Order::Money)]
    pub by: Order,
    /// Every pair, not the first 20
    #[arg(long)]
    pub all: bool,
}

/// Pairs shown unless all are asked for.
const SHOWN: usize = 20;

/// Runs one of the commands about duplicates, or lists what is open.
pub fn dedupe(setting: &Setting, action: Option<DedupeAction>, list: ListArgs) -> Result<Said> {
    match action {
        None => list_open(setting, list),
        Some(DedupeAction::Explain { a, b }) => explain(setting, &a, &b),
        Some(DedupeAction::Review(args)) => review(setting, &args),
        Some(DedupeAction::Decide(args)) => decide(setting, &args),
        Some(DedupeAction::Undo(args)) => undo(setting, &args),
        Some(DedupeAction::File(args)) => dedupe_file(setting, &args),
    }
}

fn list_open(setting: &Setting, list: ListArgs) -> Result<Said> {
    let migration = setting.look()?;
    let questions = questions(&migration, list.by)?;
    let shown = if list.all { questions.len() } else { SHOWN };
    show(setting, &migration, &questions, shown);
    let exit = if questions.is_empty() { Exit::Done } else { Exit::NeedsPerson };
    match questions.first() {
        None => setting.next("heirloom plan"),
        Some(first) => setting.next(&format!("heirloom dedupe explain {} {}", first.a.legacy_id, first.b_id)),
    }
    Said::new(json!({ "open": document(&questions) }), exit)
}
