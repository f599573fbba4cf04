//! `heirloom probe`: learns how this organization treats repeats and lists.

use clap::Args;
use heirloom_model::{Hasher, Lists, Repeats};
use heirloom_virtuous::{Approval, Probe};
use serde_json::json;

use super::target_args::{QuotaArgs, TargetArgs};
use super::{Said, Setting};
use crate::connect::{entrance, live_line, renewing, stop_flag};
use crate::failure::{Exit, Failure, Result};
use crate::line::wall_clock;
use crate::stages::probe::{kept, learn, send};
use crate::stages::target::check_organization;

/// What to do with the probe.
#[derive(Args)]
pub struct ProbeArgs {
    /// Send it: two invented gifts of $1.00 under a source of their own, in three calls
    #[arg(long, requires = "organization", conflicts_with = "rows")]
    pub live: bool,
    /// The organization's name, typed out: it is the word that lets the probe be sent
    #[arg(long, value_name = "NAME")]
    pub organization: Option<String>,
    /// An existing contact of a colleague, by id, to whom the two gifts are written
    #[arg(long, value_name = "ID", required_if_eq("live", "true"))]
    pub contact: Option<i64>,
    /// An active project's code
    #[arg(long, value_name = "CODE", required_if_eq("live", "true"))]
    pub project: Option<String>,
    /// The next day: how many rows the import of "heirloom-probe" has
    #[arg(long, value_name = "N", requires = "initials")]
    pub rows: Option<u32>,
    /// Who counted them
    #[arg(long, value_name = "XX")]
    pub initials: Option<String>,
    /// Where, and who we are there
    #[command(flatten)]
    pub target: TargetArgs,
    /// How many requests
    #[command(flatten)]
    pub quota: QuotaArgs,
}

/// Sends the probe, records what was counted, or says where it stands.
pub fn probe(setting: &Setting, args: &ProbeArgs) -> Result<Said> {
    match (args.live, args.rows) {
        (true, _) => live(setting, args),
        (false, Some(rows)) => counted(setting, rows, args.initials.as_deref().unwrap_or_default()),
        (false, None) => standing(setting),
    }
}

fn live(setting: &Setting, args: &ProbeArgs) -> Result<Said> {
    let migration = setting.migration()?;
    let entrance = entrance(&args.target, &migration)?;
    let mut line = live_line(&migration, &entrance.target, stop_flag()?, setting.progress)?;
    let pace = args.quota.pace();
    let (target, bound) = renewing(&args.target, &migration, entrance, |target| {
        check_organization(&migration, &mut line, target, pace)
    })?;
    // The binding says the organization's id after its name; a person types the name.
    let name = bound.rsplit_once(" (").map_or(bound.as_str(), |(name, _)| name);
    let approval = Approval::probe(name, args.organization.as_deref().unwrap_or_default());
    let approval = approval.map_err(|error| {
        Failure::usage(
            format!("not sent: cannot {error}"),
            "give --organization with the name as it stands there",
        )
    })?;
    let now = wall_clock();
    let mut hasher = Hasher::new();
    hasher.field(migration.ledger.identity()?.ledger_id.as_bytes()).field(&now.0.to_le_bytes());
    let nonce = hasher.finish().short()[..16].to_owned();
    let today = jiff::Timestamp::from_millisecond(now.0).map(|t| t.to_zoned(jiff::tz::TimeZone::UTC).date());
    let today = today.map(|day| day.to_string()).unwrap_or_default();
    let project = args.project.as_deref().unwrap_or_default();
    let made = Probe::new(&nonce, args.contact.unwrap_or_default(), project, &today)
        .map_err(|error| Failure::usage(format!("cannot {error}"), "correct the flag"))?;
    let kept = send(&migration.ledger, &mut line, &target, pace, approval, (&nonce, &made))?;
    let answers: Vec<&str> = kept.answers.iter().map(|a| a.as_str()).collect();
    setting.out.stage("target", &bound);
    setting.out.stage("probe", &format!("3 calls, 2 invented gifts of 1.00: {}", answers.join(", ")));
    setting.out.line("Tomorrow look at the import of \"heirloom-probe\", count its rows, and discard it.");
    setting.next("heirloom probe --rows N --initials XX");
    Said::new(json!({ "nonce": nonce, "answers": answers, "organization": bound }), Exit::WaitingAtVendor)
}

fn counted(setting: &Setting, rows: u32, initials: &str) -> Result<Said> {
    let migration = setting.migration()?;
    if initials.trim().is_empty() {
        return Err(Failure::usage("a count needs the initials of whoever counted", "give --initials"));
    }
    let learned = learn(&migration, rows, initials, wall_clock())?;
    let (repeats, lists) = (repeats(learned.repeats_held), lists(learned.lists));
    setting.out.stage("repeats in holding", &format!("{:>8}{repeats}", ""));
    setting.out.stage("lists", &format!("{:>8}{lists}", ""));
    setting.next("heirloom facts");
    let unknown = learned.repeats_held == Repeats::Unknown;
    let exit = if unknown { Exit::NeedsPerson } else { Exit::Done };
    Said::new(json!({ "rows": rows, "repeats_held": repeats, "lists": lists }), exit)
}

fn standing(setting: &Setting) -> Result<Said> {
    let migration = setting.migration()?;
    let Some(kept) = kept(&migration.ledger)? else {
        setting.out.line("No probe was sent.");
        setting.next("heirloom probe --live --organization NAME --contact ID --project CODE");
        return Said::new(json!({ "sent": false }), Exit::Done);
    };
    let answers: Vec<&str> = kept.answers.iter().map(|a| a.as_str()).collect();
    setting.out.stage("probe", &format!("{} of {}: {}", kept.nonce, kept.at, answers.join(", ")));
    setting.next("heirloom probe --rows N --initials XX");
    Said::new(json!({ "sent": true, "nonce": kept.nonce, "answers": answers }), Exit::Done)
}

fn repeats(known: Repeats) -> &'static str {
    match known {
        Repeats::Unknown => "unknown: the count does not say",
        Repeats::Recognised => "recognised",
        Repeats::NotRecognised => "not recognised",
    }
}

fn lists(known: Lists) -> &'static str {
    match known {
        Lists::Unknown => "unknown: the count does not say",
        Lists::Atomic => "atomic",
        Lists::PerItem => "per item",
    }
}
