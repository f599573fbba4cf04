//! `heirloom webhook`: the subscription that makes Virtuous send webhooks.

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use heirloom_virtuous::{
    Clock, PaceTerms, Pacer, Permit, Reader, Registrar, Slot, Target, Waited, WebhookApproval,
};
use secrecy::ExposeSecret;
use serde_json::json;
use url::{Host, Url};

use super::target_args::TargetArgs;
use super::{Said, Setting};
use crate::connect::{live_line, target};
use crate::failure::{Exit, Failure, Result};
use crate::line::{LiveLine, wall_clock};
use crate::migration::Migration;
use crate::out::Out;
use crate::secrets::shared_secret;
use crate::stages::submit::pacer;
use crate::stages::target::check_organization;
use crate::stages::there::failed;

/// Under which name a subscription of ours is kept; the vendor has no list of them.
const FACT: &str = "webhook ";

/// A longer wait for the quota is not waited for, but reported.
const WAIT_MS: i64 = 5 * 60_000;

/// What to do with subscriptions.
#[derive(clap::Subcommand)]
pub enum WebhookAction {
    /// Subscribe an address to gifts and contacts
    Register {
        /// Where Virtuous sends them: https, or this computer
        #[arg(long, value_name = "URL")]
        url: String,
        /// File with the secret that signs them, at least 16 characters (only its owner may read it)
        #[arg(long, value_name = "FILE")]
        secret_file: PathBuf,
        /// The organization's name, instead of typing it
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
        /// Where, and who we are there
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Remove a subscription
    Remove {
        /// Its id, as `webhook list` shows it
        id: i64,
        /// The organization's name, instead of typing it
        #[arg(long, value_name = "NAME")]
        confirm: Option<String>,
        /// Where, and who we are there
        #[command(flatten)]
        target: TargetArgs,
    },
    /// The subscriptions that this migration registered, as the vendor has them now
    List {
        /// Where, and who we are there
        #[command(flatten)]
        target: TargetArgs,
    },
}

/// Registers, removes or lists.
pub fn webhook(setting: &Setting, action: WebhookAction) -> Result<Said> {
    let migration = setting.migration()?;
    match action {
        WebhookAction::Register { url, secret_file, confirm, target: at } => {
            let url = address(&url)?;
            let secret = shared_secret(&secret_file)?;
            let mut desk = Desk::open(setting, &migration, &at)?;
            let approval = desk.approve(setting, confirm.as_deref())?;
            let permit = desk.permit("a webhook")?;
            let mut registrar = Registrar::new(&mut desk.line.transport, &desk.target, approval);
            let made =
                registrar.register(&url, secret.expose_secret(), permit).map_err(|why| undone(&why))?;
            migration.ledger.save_target_fact(&format!("{FACT}{}", made.id), url.as_str(), wall_clock())?;
            setting.out.line(&format!("Webhook {} sends gifts and contacts to {url}.", made.id));
            let next = format!("heirloom listen --secret-file {}", secret_file.display());
            setting.next(&next);
            Said::new(json!({ "id": made.id, "url": url.as_str(), "next": next }), Exit::Done)
        }
        WebhookAction::Remove { id, confirm, target: at } => {
            let mut desk = Desk::open(setting, &migration, &at)?;
            let approval = desk.approve(setting, confirm.as_deref())?;
            let permit = desk.permit("a webhook")?;
            let mut registrar = Registrar::new(&mut desk.line.transport, &desk.target, approval);
            registrar.remove(id, permit).map_err(|why| undone(&why))?;
            migration.ledger.save_target_fact(&format!("{FACT}{id}"), "", wall_clock())?;
            setting.out.line(&format!("Webhook {id} is removed."));
            setting.next("heirloom reconcile");
            Said::new(json!({ "removed": id, "next": "heirloom reconcile" }), Exit::Done)
        }
        WebhookAction::List { target: at } => list(setting, &migration, &at),
    }
}

fn list(setting: &Setting, migration: &Migration, at: &TargetArgs) -> Result<Said> {
    let mut desk = Desk::open(setting, migration, at)?;
    let mut rows = Vec::new();
    for (name, url, _) in migration.ledger.target_facts()? {
        let Some(id) = name.strip_prefix(FACT).and_then(|id| id.parse().ok()).filter(|_| !url.is_empty())
        else {
            continue;
        };
        let line = &mut desk.line;
        let mut reader = Reader::new(&mut line.transport, &desk.target, &mut desk.pacer, &mut line.clock);
        let (url, state) = match reader.webhook(id).map_err(failed)? {
            Some(found) if found.is_active => (found.url, "active"),
            Some(found) => (found.url, "switched off"),
            None => (url, "no longer there"),
        };
        setting.out.stage(&id.to_string(), &format!("{state:<16} {url}"));
        rows.push(json!({ "id": id, "url": url, "state": state }));
    }
    setting
        .out
        .line(&format!("{} registered here.", heirloom_report::words::count(rows.len() as u64, "webhook")));
    setting.next("heirloom reconcile");
    Said::new(json!({ "webhooks": rows, "next": "heirloom reconcile" }), Exit::Done)
}

/// The line to the target, with its organization known.
struct Desk {
    line: LiveLine,
    target: Target,
    pacer: Pacer,
    organization: String,
}

impl Desk {
    fn open(setting: &Setting, migration: &Migration, at: &TargetArgs) -> Result<Desk> {
        let target = target(at, migration)?;
        let never = Arc::new(AtomicBool::new(false));
        let mut line = live_line(migration, &target, never, setting.progress)?;
        let named = check_organization(migration, &mut line, &target, PaceTerms::default())?;
        let name = named.rsplit_once(" (").map_or(named.as_str(), |(name, _)| name);
        let organization = name.to_owned();
        let pacer = pacer(&migration.ledger, PaceTerms::default(), wall_clock())?;
        Ok(Desk { line, target, pacer, organization })
    }

    /// A person's word: the organization's name. The simulator needs none.
    fn approve(&self, setting: &Setting, confirm: Option<&str>) -> Result<WebhookApproval> {
        let typed = match confirm {
            Some(name) => name.to_owned(),
            None if !self.target.is_live() => self.organization.clone(),
            None if setting.common.no_input
                || setting.out == Out::Json
                || !std::io::stdin().is_terminal() =>
            {
                return Err(Failure::usage(
                    "this changes something at Virtuous and needs the organization's name",
                    "give it with --confirm",
                ));
            }
            None => ask(&self.organization)?,
        };
        WebhookApproval::new(&self.organization, &typed).map_err(|error| {
            Failure::usage(format!("nothing was changed: {error}"), "type it as it is shown")
        })
    }

    /// Waits for its turn among all other requests, and records it before it is made.
    fn permit(&mut self, what: &str) -> Result<Permit> {
        let paused = |what: String| Failure::Target { what, exit: Exit::Paused };
        loop {
            let now = self.line.clock.now();
            match self.pacer.next_slot(now) {
                Slot::Go(permit) if self.line.clock.leaving(now, what) => return Ok(permit),
                Slot::Go(_) => {
                    let what = "cannot record a request before it is made".to_owned();
                    return Err(Failure::Target { what, exit: Exit::Storage });
                }
                Slot::At(until, why) if until.since_ms(now) > WAIT_MS => {
                    return Err(paused(format!("not before {until}: {why}")));
                }
                Slot::At(until, why) => {
                    if self.line.clock.wait(until, &why) == Waited::Interrupted {
                        return Err(paused("interrupted".to_owned()));
                    }
                }
            }
        }
    }
}

fn ask(organization: &str) -> Result<String> {
    print!("Type the organization's name, {organization}, to go on: ");
    let mut typed = String::new();
    std::io::stdout()
        .flush()
        .and_then(|()| std::io::stdin().lock().read_line(&mut typed))
        .map_err(|error| Failure::usage(format!("cannot read what you type: {error}"), "use --confirm"))?;
    Ok(typed.trim().to_owned())
}

fn address(text: &str) -> Result<Url> {
    let wrong =
        |why: String| Failure::usage(format!("\"{text}\" will not do: {why}"), "give an https address");
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    let local = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        _ => Err(wrong("donors' data must not travel in the open".into())),
    }
}

fn undone(why: &str) -> Failure {
    Failure::Target { what: format!("cannot be sure of the webhook: {why}"), exit: Exit::Unexpected }
}
