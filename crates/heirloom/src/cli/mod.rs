//! The command line: reads arguments, runs a command, prints, and chooses the exit code.

pub mod args;

mod apply;
mod backup;
mod check;
mod corrected;
pub mod dedupe;
mod dedupe_decide;
mod dedupe_explain;
mod dedupe_file;
mod dedupe_questions;
mod dedupe_sides;
mod explain;
mod handover;
mod inspect;
mod listen;
pub mod map_args;
mod map_check;
mod map_diff;
mod map_diff_compare;
mod map_presets;
mod map_suggest;
mod map_test;
mod meant;
mod plan;
pub mod probe;
mod profile;
mod profile_page;
mod profile_words;
pub mod promises;
mod reconcile;
mod rehearse;
mod rehearse_args;
mod ruling_args;
mod sealed_plan;
mod sign_in;
mod sim;
pub mod sim_args;
pub mod target_args;
mod unresolved;
mod webhook;

use std::cell::OnceCell;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use heirloom_report::Colour;
use serde_json::{Value, json};

use crate::apart;
use crate::failure::{Exit, Failure, Result};
use crate::folder::Folder;
use crate::journal::{Journal, Opened};
use crate::line::wall_clock;
use crate::migration::Migration;
use crate::out::Out;
use crate::progress::Progress;
use args::{Cli, Command, Common, MapAction, When};

/// What every command is given.
pub struct Setting {
    /// What every command understands.
    pub common: Common,
    /// Where text goes.
    pub out: Out,
    /// Where progress goes.
    pub progress: Progress,
    /// Whether to colour.
    pub colour: Colour,
    /// Who was at work when this command looked.
    worker: OnceCell<String>,
}

/// What a command gives back: its document for `--json`, and its exit code.
pub struct Said {
    /// The document, without its version and command.
    pub document: Value,
    /// The exit code.
    pub exit: Exit,
}

impl Said {
    /// A document and an exit code.
    pub fn new(document: Value, exit: Exit) -> Result<Said> {
        Ok(Said { document, exit })
    }
}

impl Setting {
    fn new(common: Common) -> Setting {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
        let terminal = std::io::stdout().is_terminal();
        let colour = match common.color {
            When::Always => Colour::Yes,
            When::Auto if terminal && !no_color && !common.plain => Colour::Yes,
            _ => Colour::No,
        };
        let (out, progress) = if common.json {
            (Out::Json, Progress::Silent)
        } else {
            (Out::Text, Progress::detect(common.plain))
        };
        Setting { common, out, progress, colour, worker: OnceCell::new() }
    }

    /// The migration's folder.
    pub fn folder(&self) -> Folder {
        Folder::new(&self.common.folder)
    }

    /// Prints the next thing to type; `folder` is where it must be typed.
    pub fn next_in(&self, folder: &Path, next: &str) {
        if folder == Path::new(".") || !next.starts_with("heirloom") {
            self.out.line(&format!("Next:  {next}"));
        } else {
            self.out.line(&format!("Next:  cd {}; {next}", folder.display()));
        }
    }

    /// Prints the next thing to type, in the migration's folder.
    pub fn next(&self, next: &str) {
        self.next_in(&self.common.folder, next);
    }

    /// The migration, whose ledger must exist. One that is a copy is told so as it is opened.
    pub fn migration(&self) -> Result<Migration> {
        let migration = Migration::open_existing(self.folder())?;
        self.settle(&migration)?;
        Ok(migration)
    }

    /// The migration to look at, as it stands now: nobody waits for whoever looks, who waits for nobody. Beside
    /// another process the journal is not compared.
    pub fn look(&self) -> Result<Migration> {
        let migration = Migration::open_to_look(self.folder(), |migration| self.settle(migration))?;
        if let Some(worker) = migration.ledger.worker() {
            self.progress.say(&format!("{worker} is at work: this is how it stood just now"));
            let _ = self.worker.set(worker.to_owned());
        }
        Ok(migration)
    }

    /// Compares the ledger with the send journal. What cannot be compared now is compared before
    /// anything is sent.
    pub fn settle(&self, migration: &Migration) -> Result<()> {
        if migration.ledger.attempts()?.is_empty() {
            return Ok(());
        }
        let Ok(journal) = Journal::of(&migration.ledger.identity()?.ledger_id) else {
            return Ok(());
        };
        if let Some(found) = journal.settle(&migration.ledger, Opened::AsLeft, wall_clock())? {
            self.progress.say(&format!(
                "this ledger is a copy: {}; what it takes for unsent is in doubt from now on",
                found.why
            ));
        }
        Ok(())
    }
}

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    if apart::is_asked_for() {
        return apart::serve();
    }
    apart::begin_with_this_program();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let setting = Setting::new(cli.common);
    let name = name_of(&cli.command);
    let exit = match dispatch(cli.command, &setting) {
        Ok(said) => {
            print_document(&setting, name, said.document, said.exit);
            said.exit
        }
        Err(failure) => {
            print_failure(&setting, name, &failure);
            failure.exit()
        }
    };
    ExitCode::from(exit.code())
}

/// Help on stdout, a mistake on stderr; a mistake beside `--json` is a document too.
fn misused(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    if !error.use_stderr() {
        return ExitCode::SUCCESS;
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let said = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let error = json!({ "message": said, "hint": "heirloom --help" });
        let exit = Exit::Usage.code();
        let whole = json!({ "version": 1, "command": null, "exit": exit, "error": error });
        crate::out::print_line(&format!("{whole:#}"));
    }
    ExitCode::from(Exit::Usage.code())
}

fn name_of(command: &Command) -> &'static str {
    match command {
        Command::Check => "check",
        Command::Map { .. } => "map",
        Command::Dedupe { .. } => "dedupe",
        Command::Profile(_) => "profile",
        Command::Plan { .. } => "plan",
        Command::Apply { .. } => "apply",
        Command::Rehearse(_) => "rehearse",
        Command::Status => "status",
        Command::Promises(_) => "promises",
        Command::Reconcile { .. } => "reconcile",
        Command::Report { .. } => "report",
        Command::Handover(_) => "handover",
        Command::Listen(_) => "listen",
        Command::Webhook { .. } => "webhook",
        Command::Verify => "verify",
        Command::Redo { .. } => "redo",
        Command::Explain { .. } => "explain",
        Command::Unresolved { .. } => "unresolved",
        Command::Facts { .. } => "facts",
        Command::SignIn { .. } => "sign-in",
        Command::Sim { .. } => "sim",
        Command::Probe(_) => "probe",
        Command::Backup(_) => "backup",
        Command::Restore(_) => "restore",
    }
}

fn dispatch(command: Command, setting: &Setting) -> Result<Said> {
    match command {
        Command::Check => check::check(setting),
        Command::Dedupe { action, list } => dedupe::dedupe(setting, action, list),
        Command::Profile(args) => profile::profile(setting, &args),
        Command::Map { action } => map(action, setting),
        Command::Plan { target, quota, drop, exit_code } => {
            plan::plan(setting, &target, &quota, drop, exit_code)
        }
        Command::Apply { plan, target, pace, confirm_count, confirm_total } => {
            let confirm = apply::Confirm { count: confirm_count, total: confirm_total };
            apply::apply(setting, &plan, &target, &pace, confirm)
        }
        Command::Rehearse(asked) => rehearse::rehearse(setting, asked),
        Command::Status => inspect::status(setting),
        Command::Promises(args) => promises::promises(setting, &args),
        Command::Reconcile { target, quota } => reconcile::reconcile(setting, &target, &quota),
        Command::Report { crosswalk: true } => handover::crosswalk(setting),
        Command::Report { crosswalk: false } => inspect::report(setting),
        Command::Handover(asked) => handover::handover(setting, &asked),
        Command::Listen(asked) => listen::listen(setting, &asked),
        Command::Webhook { action } => webhook::webhook(setting, action),
        Command::Verify => inspect::verify(setting),
        Command::Redo { stage, partial } => inspect::redo(setting, stage, partial),
        Command::Explain { what } => explain::explain(setting, &what),
        Command::Unresolved { ruling } => unresolved::unresolved(setting, ruling),
        Command::Facts { record } => unresolved::facts(setting, record),
        Command::SignIn { user, token_file, target } => {
            sign_in::sign_in(setting, &user, &token_file, target.as_deref())
        }
        Command::Sim { action } => sim::sim(setting, action),
        Command::Probe(args) => probe::probe(setting, &args),
        Command::Backup(args) => backup::backup(setting, &args),
        Command::Restore(args) => backup::restore(setting, &args),
    }
}

fn map(action: MapAction, setting: &Setting) -> Result<Said> {
    match action {
        MapAction::Check => map_check::map_check(setting),
        MapAction::Presets(args) => map_presets::presets(setting, &args),
        MapAction::Suggest(args) => map_suggest::suggest_mapping(setting, &args),
        MapAction::Test(args) => map_test::test(setting, &args),
        MapAction::Diff(args) => map_diff::diff(setting, &args),
    }
}

fn print_document(setting: &Setting, command: &str, document: Value, exit: Exit) {
    if setting.out == Out::Json {
        let mut whole = json!({ "version": 1, "command": command, "exit": exit.code() });
        if let (Some(whole), Value::Object(fields)) = (whole.as_object_mut(), document) {
            whole.extend(fields);
            if let Some(worker) = setting.worker.get() {
                whole.insert("at_work".to_owned(), json!(worker));
            }
        }
        crate::out::print_line(&format!("{whole:#}"));
    }
}

fn print_failure(setting: &Setting, command: &str, failure: &Failure) {
    if setting.out == Out::Json {
        let error = json!({ "message": failure.to_string(), "hint": failure.hint() });
        print_document(setting, command, json!({ "error": error }), failure.exit());
    }
    // A mapping's mistakes say "error" each, as a compiler does.
    let lead = if matches!(failure, Failure::Mapping(_)) { "" } else { "error: " };
    eprintln!("{lead}{failure}");
    eprintln!("  do     {}", failure.hint());
}
