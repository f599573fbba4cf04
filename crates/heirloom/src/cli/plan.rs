//! `heirloom plan`: reads the target, and cannot send.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use heirloom_ledger::{OrgFact, OrgFactRow, PlanFacts, Verdict};
use heirloom_model::ItemKind;
use heirloom_report::words;
use heirloom_virtuous::{GUARD_MINUTES, Guard, Target, Terms};
use serde_json::{Value, json};

use super::sealed_plan::find_plan;
use super::target_args::{QuotaArgs, TargetArgs};
use super::unresolved::known_facts;
use super::{Said, Setting};
use crate::batches::{Nights, zone_of};
use crate::connect::{entrance, live_line, remember, renewing};
use crate::failure::{Exit, Result};
use crate::line::wall_clock;
use crate::migration::Migration;
use crate::out::plan_lines;
use crate::prepare::prepare;
use crate::reporting::{self, Occasion};
use crate::stages::plan::{Planned, seal};
use crate::stages::submit::{Outlook, outlook};
use crate::stages::target::read_target;
use crate::write::{Beside, write_plan};

/// Seals what is ready now.
pub fn plan(
    setting: &Setting,
    at: &TargetArgs,
    quota: &QuotaArgs,
    drop: Option<String>,
    exit_code: bool,
) -> Result<Said> {
    let migration = Migration::open(setting.folder(), wall_clock())?;
    setting.settle(&migration)?;
    if let Some(name) = drop {
        return drop_plan(setting, &migration, &name);
    }
    let entrance = entrance(at, &migration)?;
    prepare(&migration, setting.out, setting.progress)?;
    let never = Arc::new(AtomicBool::new(false));
    let mut line = live_line(&migration, &entrance.target, never, setting.progress)?;
    let read = |target: &Target| read_target(&migration, &mut line, target, quota.pace(), setting.progress);
    let (target, ()) = renewing(at, &migration, entrance, read)?;
    remember(&migration, &target)?;
    tell_matched(setting, &migration)?;
    let planned = seal(&migration, wall_clock(), &setting.progress)?;
    plan_lines(setting.out, &planned, migration.settings.currency);
    if planned.plans.iter().any(|plan| plan.kind == ItemKind::Contact) {
        tell_pairs(setting, &migration)?;
    }
    let organization = migration.ledger.binding()?.map(|(_, name)| name).unwrap_or_default();
    setting.out.stage("target", &format!("{organization}, {}", target.base()));
    let facts = known_facts(&migration.ledger)?;
    say_facts(setting, &facts);
    let beside = Beside { organization: &organization, facts: &facts };
    let forecasts = forecasts(setting, &migration, &planned.plans, quota, &beside)?;
    let report = reporting::build(&migration, Occasion::default())?;
    if planned.plans.is_empty() {
        setting.out.line("Nothing new is ready to be sealed.");
    }
    let by_hand = planned.plans.is_empty() && planned.held > 0;
    setting.next(if by_hand { "heirloom dedupe" } else { &report.next });
    let something = exit_code && !planned.plans.is_empty();
    // A tag that is lacking may be made by sending it: only rows that wait need a person.
    let lacks = planned.lacking.keys().any(|(what, _)| *what != "tag");
    let exit = match (
        something,
        planned.refused.is_empty() && planned.held == 0 && planned.alike.rows == 0 && !lacks,
    ) {
        (true, _) => Exit::SomethingToDo,
        (false, true) => match reporting::standing(&migration)? {
            // That something waits to be sent or run is what a plan is for.
            Exit::Paused | Exit::WaitingAtVendor => Exit::Done,
            standing => standing,
        },
        (false, false) => Exit::NeedsPerson,
    };
    let mut document = stayed_behind(&planned);
    document["plans"] = planned.plans.iter().map(|plan| plan.name.as_str()).collect();
    document["forecasts"] = json!(forecasts);
    document["organization"] = json!(organization);
    Said::new(document, exit)
}

/// What is known of the organization, and what is therefore not done.
fn say_facts(setting: &Setting, facts: &[(OrgFact, Option<OrgFactRow>)]) {
    for (fact, row) in facts {
        if let Some(row) = row {
            let said = format!("{} ({}, {}, {})", row.value, row.evidence, row.initials, row.at);
            setting.out.stage(fact.as_str(), &said);
        }
    }
    let unknown: Vec<&str> = facts.iter().filter(|(_, row)| row.is_none()).map(|(f, _)| f.as_str()).collect();
    if !unknown.is_empty() {
        let text = format!(
            "what the vendor does with {}: until that is known, nothing doubtful is sent again (heirloom probe)",
            unknown.join(", ")
        );
        setting.out.stage("unknown", &text);
    }
}

/// Writes the plans, and says when each will have been sent, and after how many nights somebody presses Run.
fn forecasts(
    setting: &Setting,
    migration: &Migration,
    plans: &[PlanFacts],
    quota: &QuotaArgs,
    beside: &Beside<'_>,
) -> Result<Vec<Value>> {
    let zone = zone_of(migration)?;
    if zone.known.is_none() {
        setting.out.line(&format!(
            "The organization calls its time zone \"{}\", which is no name that is known here: say it with  apply --zone",
            zone.named
        ));
    }
    let terms = Terms {
        guard: zone.known.and_then(|zone| Guard::new(&zone, GUARD_MINUTES).ok()),
        pace: quota.pace(),
        ..Terms::default()
    };
    let nights = Nights::of(migration)?;
    let mut forecasts = Vec::new();
    let mut begins = wall_clock();
    for plan in plans {
        let path = write_plan(&migration.folder, plan, beside)?;
        let Outlook { done, why, calls } = outlook(migration, plan, &terms, begins)?;
        let runs = if plan.kind == ItemKind::Detail { 0 } else { nights.between(begins, done) };
        let nights_text = match runs {
            0 => "made at once, no Run".to_owned(),
            1 => "one night, one Run".to_owned(),
            many => format!("{many} nights, one Run after each"),
        };
        // Nothing published says whether lists of contacts wait for midnight or are imports of their own, nor
        // what becomes of those that ask for an import.
        let runs_text = match plan.kind {
            kind if migration.settings.sending.may_be_an_import(kind) && calls > runs => {
                format!("{nights_text}, or {calls} Runs where each call is an import of its own")
            }
            _ => nights_text,
        };
        setting.out.stage(
            "forecast",
            &format!(
                "{} in about {}: {why}; {runs_text}; {}",
                plan.name,
                words::duration(done.since_ms(begins).max(1_000)),
                path.display()
            ),
        );
        begins = done;
        forecasts.push(json!({
            "plan": plan.name, "done_at": done.to_string(), "why": why, "runs": runs, "calls": calls,
        }));
    }
    Ok(forecasts)
}

/// Says how many contacts exist there already, and how they were found.
fn tell_matched(setting: &Setting, migration: &Migration) -> Result<()> {
    let matched = migration.ledger.matches()?;
    if !matched.is_empty() {
        let by_reference = matched.iter().filter(|m| m.how == "reference").count() as u64;
        let otherwise = matched.len() as u64 - by_reference;
        let text = format!(
            "{:>16}  exist there already: {} by reference, {} by likeness or ruling",
            words::count(matched.len() as u64, "contact"),
            words::number(by_reference),
            words::number(otherwise)
        );
        setting.out.stage("matched", &text);
    }
    Ok(())
}

/// Pairs that nobody has judged: once their donors are sent, no command here can make them one.
fn tell_pairs(setting: &Setting, migration: &Migration) -> Result<()> {
    let open = migration.ledger.pairs(Some(Verdict::Review))?.len() as u64;
    if open > 0 {
        let text = format!(
            "{:>16}  may be one donor, and nobody has judged: once sent, only Virtuous can merge them (heirloom dedupe)",
            words::count(open, "pair")
        );
        setting.out.stage("  pairs", &text);
    }
    Ok(())
}

/// What was not sealed, and what the plan says besides.
fn stayed_behind(planned: &Planned) -> serde_json::Value {
    let refused: Vec<_> = planned
        .refused
        .iter()
        .map(|(what, p)| json!({ "what": what, "field": p.field, "code": p.code }))
        .collect();
    let waiting = json!({ "gifts": planned.waiting.0, "minor": planned.waiting.1.to_string() });
    let lacking: Vec<_> = planned
        .lacking
        .iter()
        .map(|((what, code), found)| json!({ "what": what, "code": code, "rows": found.rows, "minor": found.minor.to_string() }))
        .collect();
    let (f, d) = (&planned.forecast, &planned.details);
    let clicks = json!({ "match_needed": f.match_needed, "update_needed": f.update_needed, "half_named": f.half_named, "saved_by_creating": f.saved_by_creating(),
        "lack": f.lacking.iter().filter(|(field, _)| !field.is_empty()).map(|(field, n)| json!({ "field": field, "contacts": n })).collect::<Vec<_>>() });
    let details = json!({ "all": d.all, "sealed": d.sealed, "there": d.there, "waiting": d.waiting, "by_hand": d.by_hand, "over": d.over });
    json!({ "waiting": waiting, "not_sealed": refused, "held_contacts": planned.held, "alike": planned.alike.rows, "dropped": planned.dropped, "lacking": lacking,
        "clicks": clicks, "details": details })
}

fn drop_plan(setting: &Setting, migration: &Migration, name: &str) -> Result<Said> {
    let plan = find_plan(migration, name)?;
    migration.ledger.drop_plan(plan.id)?;
    setting.out.line(&format!(
        "Dropped {}: {} are ready again.",
        plan.name,
        words::count(plan.items, plan.kind.as_str())
    ));
    setting.next("heirloom plan");
    Said::new(json!({ "dropped": plan.name }), Exit::Done)
}
