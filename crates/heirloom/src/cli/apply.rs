//! `heirloom apply`: the one command that sends.

use std::io::{BufRead, IsTerminal, Write};

use heirloom_ledger::PlanFacts;
use heirloom_model::{ItemKind, ItemState, Moment, Tally};
use heirloom_report::words;
use heirloom_virtuous::{Approval, Confirmation, Ending, Guard, Target, Terms};
use serde_json::json;

use super::sealed_plan::{find_plan, refuse_stale};
use super::target_args::{PaceArgs, TargetArgs};
use super::{Said, Setting};
use crate::approval::plan_total;
use crate::batches::{say_zone, zone_of};
use crate::connect::{entrance, live_line, renewed, renewing, stop_flag};
use crate::failure::{Exit, Failure, Result};
use crate::journal::Journal;
use crate::line::{LiveLine, wall_clock};
use crate::migration::Migration;
use crate::out::{Out, plan_tally};
use crate::reporting;
use crate::stages::submit::{Submission, Submitted};
use crate::stages::target::check_organization;

/// What the flags say instead of the keyboard.
pub struct Confirm {
    /// Number of items.
    pub count: Option<u64>,
    /// Total.
    pub total: Option<String>,
}

/// Sends a plan, or what is left of it.
pub fn apply(
    setting: &Setting,
    name: &str,
    at: &TargetArgs,
    pace: &PaceArgs,
    confirm: Confirm,
) -> Result<Said> {
    let migration = setting.migration()?;
    let plan = find_plan(&migration, name)?;
    refuse_stale(&migration, &plan)?;
    let entrance = entrance(at, &migration)?;
    let currency = migration.settings.currency;
    setting.out.stage("plan", &format!("{}  {}", plan_tally(&plan, currency), plan.name));
    let before = migration.ledger.item_states(plan.id)?;
    let due =
        before.iter().filter(|l| matches!(l.state, ItemState::Unsent | ItemState::InDoubt)).count() as u64;
    if due == 0 {
        setting.out.line("All of it was sent before; nothing is sent now.");
        return finish(setting, &migration, &plan, None);
    }
    let approval = approve(setting, &plan, &confirm, entrance.target.is_live())?;
    let stop = stop_flag()?;
    let mut line = live_line(&migration, &entrance.target, stop, setting.progress)?;
    let mut terms = terms(&migration, pace)?;
    // Every request of this run counts, whatever it asks: they are all in the ledger, but for sign-ins, which
    // are no requests of the quota.
    let made_before = migration.ledger.calls_made()?;
    let calls_left = || -> Result<Option<u64>> {
        let made = migration.ledger.calls_made()? - made_before;
        Ok(pace.max_requests.map(|most| most.saturating_sub(made)))
    };
    let journal = Journal::of(&migration.ledger.identity()?.ledger_id)?;
    let (target, organization) = renewing(at, &migration, entrance, |target| {
        check_organization(&migration, &mut line, target, terms.pace)
    })?;
    setting.out.stage("target", &format!("{organization}, {}", target.base()));
    let submit = |line: &mut LiveLine, target: &Target, terms: &Terms, approval| {
        let (migration, journal, plan, terms) = (&migration, &journal, &plan, terms.clone());
        Submission { migration, journal, plan, target, terms }.run(line, approval, setting.progress)
    };
    let again = approval.for_another_run();
    terms.calls_max = calls_left()?;
    let mut submitted = submit(&mut line, &target, &terms, approval)?;
    // A sign-in that ended in the middle is renewed once; a second refusal ends the run.
    if matches!(submitted.ending, Ending::Credentials { .. })
        && calls_left()?.is_none_or(|left| left > 1)
        && let Some(target) = renewed(at, &migration)?
    {
        check_organization(&migration, &mut line, &target, terms.pace)?;
        let before = submitted;
        terms.calls_max = calls_left()?;
        submitted = submit(&mut line, &target, &terms, again)?;
        submitted.sends += before.sends;
    }
    finish(setting, &migration, &plan, Some(submitted))
}

fn terms(migration: &Migration, pace: &PaceArgs) -> Result<Terms> {
    Ok(Terms {
        list_max: pace.list_size.max(1),
        settle_ms: (pace.settle * 60_000.0) as i64,
        guard: guard(migration, pace)?,
        cautious: pace.cautious,
        pilot: !pace.no_pilot,
        pace: pace.quota.pace(),
        until: pace.until.as_deref().map(|text| until(text, &jiff::Zoned::now())).transpose()?,
        ..Terms::default()
    })
}

/// The band around the organization's midnight. Without its zone nobody knows when that is.
fn guard(migration: &Migration, pace: &PaceArgs) -> Result<Option<Guard>> {
    if let Some(zone) = &pace.zone {
        say_zone(migration, zone, wall_clock())?;
    }
    if pace.no_guard {
        return Ok(None);
    }
    let zone = zone_of(migration)?;
    let guard = zone.known.and_then(|known| Guard::new(&known, pace.guard).ok());
    guard.map(Some).ok_or_else(|| {
        Failure::usage(
            format!(
                "the organization calls its time zone \"{}\", which is no name that is known here: around its \
                 midnight nothing should be sent, so that no gift is in the imports of two nights",
                zone.named
            ),
            "say it once with --zone, such as --zone America/New_York; --no-guard sends at any time",
        )
    })
}

/// The next time at which this computer's clock shows `HH:MM`.
fn until(text: &str, now: &jiff::Zoned) -> Result<Moment> {
    let wrong =
        || Failure::usage(format!("\"{text}\" is not a time of day"), "give something like --until 06:30");
    let time = jiff::civil::Time::strptime("%H:%M", text).map_err(|_| wrong())?;
    let today = now.with().time(time).build().map_err(|_| wrong())?;
    let at = if today > *now { today } else { today.tomorrow().map_err(|_| wrong())? };
    Ok(Moment(at.timestamp().as_millisecond()))
}

/// The count and total, typed or flagged. The simulator needs neither: nothing can be lost there.
fn approve(setting: &Setting, plan: &PlanFacts, confirm: &Confirm, live: bool) -> Result<Approval> {
    let (total, total_text) = plan_total(plan)?;
    let refused = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("not sent: {error}"), "look at the plan again:  heirloom status")
    };
    if !live && confirm.count.is_none() && confirm.total.is_none() {
        return crate::approval::approve(plan);
    }
    let typed;
    let said = match (confirm.count, &confirm.total, &total_text) {
        (Some(count), Some(total), Some(_)) => Confirmation::CountAndTotal { count, total },
        (Some(count), _, None) => Confirmation::Count(count),
        _ if setting.common.no_input || !std::io::stdin().is_terminal() || setting.out == Out::Json => {
            return Err(Failure::usage(
                "sending needs the plan's count and total",
                "give them with --confirm-count and --confirm-total",
            ));
        }
        _ => {
            typed = ask(plan, total_text.as_deref())?;
            match &total_text {
                Some(_) => Confirmation::Total(&typed),
                None => Confirmation::Count(typed.replace(',', "").parse().unwrap_or(0)),
            }
        }
    };
    Approval::new(plan.digest, plan.items, total, &said).map_err(|error| refused(&error))
}

fn ask(plan: &PlanFacts, total: Option<&str>) -> Result<String> {
    match total {
        Some(total) => print!("Type the total to send, {total}, to start: "),
        None => print!("Type the number of contacts to send, {}, to start: ", plan.items),
    }
    let mut typed = String::new();
    std::io::stdout().flush().and_then(|()| std::io::stdin().lock().read_line(&mut typed)).map_err(
        |error| {
            Failure::usage(
                format!("cannot read what you type: {error}"),
                "use --confirm-count and --confirm-total",
            )
        },
    )?;
    Ok(typed.trim().to_owned())
}

fn finish(
    setting: &Setting,
    migration: &Migration,
    plan: &PlanFacts,
    submitted: Option<Submitted>,
) -> Result<Said> {
    let lines = migration.ledger.item_states(plan.id)?;
    let mut states = serde_json::Map::new();
    for state in ItemState::ALL {
        let of_state: Vec<_> = lines.iter().filter(|l| l.state == state).collect();
        if of_state.is_empty() {
            continue;
        }
        let mut tally = Tally::default();
        of_state.iter().for_each(|line| tally.add(line.amount));
        let text = crate::out::tally(tally, plan.kind.as_str(), migration.settings.currency);
        setting.out.stage(&format!("  {}", state.as_str()), &text);
        states
            .insert(state.as_str().into(), json!({ "items": tally.rows, "minor": tally.minor.to_string() }));
    }
    let sends = submitted.as_ref().map_or(0, |s| s.sends);
    let (exit, words) = ending(migration, plan.kind, submitted.map(|s| s.ending))?;
    setting.out.line("");
    setting.out.line(&format!("Sent in {}. {words}", words::count(sends, "request")));
    let report = reporting::build(migration, reporting::Occasion::default())?;
    setting.next(&report.next);
    Said::new(
        json!({ "plan": plan.name, "requests": sends, "states": states, "ending": words, "next": report.next }),
        exit,
    )
}

/// The exit code and a sentence for how sending ended.
fn ending(migration: &Migration, kind: ItemKind, ending: Option<Ending>) -> Result<(Exit, String)> {
    let standing = reporting::standing(migration)?;
    Ok(match ending {
        None | Some(Ending::AllSent) => {
            let text = match standing {
                _ if kind == ItemKind::Detail => {
                    "All of it is sent. It is made at once, and no Run is needed: heirloom reconcile shows it."
                }
                Exit::WaitingAtVendor => {
                    "NOT FINISHED YET: tonight they are bundled, then a person must check and press Run."
                }
                _ => "All of it is sent.",
            };
            (standing, text.into())
        }
        Some(Ending::Parked { items }) => (
            Exit::InDoubt,
            format!(
                "{} in doubt: nothing is sent twice; a person must rule once the import can be seen.",
                words::count(items, "item")
            ),
        ),
        Some(Ending::InDoubt { items }) => (
            Exit::InDoubt,
            format!(
                "{} in doubt, and the target could not be asked about them yet.",
                words::count(items, "item")
            ),
        ),
        Some(Ending::Cautious { calls }) => (
            Exit::InDoubt,
            format!("Stopped after {} doubtful calls, as asked.", words::number(u64::from(calls))),
        ),
        Some(Ending::Paused { until, why }) => {
            let until = until.map(|at| format!(" until {at}")).unwrap_or_default();
            (Exit::Paused, format!("Paused{until}: {why}. Run the same command again then."))
        }
        Some(Ending::Credentials { why }) => (Exit::Credentials, format!("Stopped: {why}.")),
        Some(Ending::Refused { status, why }) => {
            (Exit::Unexpected, format!("Stopped: the target answered {status}: {why}."))
        }
        Some(Ending::Unreachable { why }) => {
            (Exit::Paused, format!("Paused: the target cannot be reached: {why}."))
        }
        Some(Ending::Interrupted) => {
            (Exit::Interrupted, "Interrupted; everything is saved. Run the same command to go on.".into())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_is_the_next_time_the_clock_shows_it() {
        let now: jiff::Zoned = "2026-11-23T22:10:00-07:00[America/Phoenix]".parse().unwrap();
        let check = |text: &str, expected: &str| {
            let at = until(text, &now).unwrap();
            assert_eq!(at.to_string(), expected, "{text}");
        };
        check("22:11", "2026-11-24T05:11:00Z");
        check("22:10", "2026-11-25T05:10:00Z");
        check("06:30", "2026-11-24T13:30:00Z");
        for bad in ["", "soon", "25:00", "6"] {
            assert!(until(bad, &now).is_err(), "{bad}");
        }
    }
}
