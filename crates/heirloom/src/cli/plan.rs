//! `heirloom plan`: reads the target, and cannot send.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use heirloom_model::ItemKind;
use heirloom_report::words;
use serde_json::json;

use super::target_args::{QuotaArgs, TargetArgs};
use super::{Said, Setting};
use crate::connect::{live_line, remember, target};
use crate::failure::{Exit, Failure, Result};
use crate::line::wall_clock;
use crate::migration::Migration;
use crate::out::plan_lines;
use crate::prepare::prepare;
use crate::reporting::{self, Occasion};
use crate::stages::plan::{Planned, seal};
use crate::stages::target::read_target;
use crate::write::write_plan;

/// Items in one call, for the forecast.
const LIST_SIZE: u64 = 100;

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
    let target = target(at, &migration)?;
    prepare(&migration, setting.out, setting.progress)?;
    let never = Arc::new(AtomicBool::new(false));
    let mut line = live_line(&migration, &target, never, setting.progress)?;
    read_target(&migration, &mut line, &target, quota.pace(), setting.progress)?;
    remember(&migration, &target)?;
    tell_matched(setting, &migration)?;
    let planned = seal(&migration, wall_clock(), &setting.progress)?;
    plan_lines(setting.out, &planned, migration.settings.currency);
    let organization = migration.ledger.binding()?.map(|(_, name)| name).unwrap_or_default();
    setting.out.stage("target", &format!("{organization}, {}", target.base()));
    let mut names = Vec::new();
    for plan in &planned.plans {
        let path = write_plan(&migration.folder, plan, &organization)?;
        let (calls, night) = match plan.kind {
            ItemKind::Detail => (plan.items, "made at once, no Run"),
            ItemKind::Contact | ItemKind::Gift => (plan.items.div_ceil(LIST_SIZE), "one night, one Run"),
        };
        setting.out.stage(
            "forecast",
            &format!(
                "{} in about {} at {} an hour; {night}; {}",
                plan.name,
                words::duration((calls * 3_600_000 / u64::from(quota.requests_per_hour)) as i64),
                words::count(u64::from(quota.requests_per_hour), "request"),
                path.display()
            ),
        );
        names.push(plan.name.clone());
    }
    let report = reporting::build(&migration, Occasion::default())?;
    if planned.plans.is_empty() {
        setting.out.line("Nothing new is ready to be sealed.");
    }
    let by_hand = planned.plans.is_empty() && planned.held > 0;
    setting.next(if by_hand { "heirloom dedupe" } else { &report.next });
    let something = exit_code && !planned.plans.is_empty();
    // A tag that is lacking may be made by sending it: only rows that wait need a person.
    let lacks = planned.lacking.keys().any(|(what, _)| *what != "tag");
    let exit = match (something, planned.refused.is_empty() && planned.held == 0 && !lacks) {
        (true, _) => Exit::SomethingToDo,
        (false, true) => Exit::Done,
        (false, false) => Exit::NeedsPerson,
    };
    let mut document = stayed_behind(&planned);
    document["plans"] = json!(names);
    document["organization"] = json!(organization);
    Said::new(document, exit)
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
    let clicks = json!({ "match_needed": f.match_needed, "update_needed": f.update_needed,
        "lack": f.lacking.iter().filter(|(field, _)| !field.is_empty()).map(|(field, n)| json!({ "field": field, "contacts": n })).collect::<Vec<_>>() });
    let details = json!({ "all": d.all, "sealed": d.sealed, "there": d.there, "waiting": d.waiting, "by_hand": d.by_hand, "over": d.over });
    json!({ "waiting": waiting, "not_sealed": refused, "held_contacts": planned.held, "dropped": planned.dropped, "lacking": lacking,
        "clicks": clicks, "details": details })
}

fn drop_plan(setting: &Setting, migration: &Migration, name: &str) -> Result<Said> {
    let plan = super::apply::find_plan(migration, name)?;
    migration.ledger.drop_plan(plan.id)?;
    setting.out.line(&format!(
        "Dropped {}: {} are ready again.",
        plan.name,
        words::count(plan.items, plan.kind.as_str())
    ));
    setting.next("heirloom plan");
    Said::new(json!({ "dropped": plan.name }), Exit::Done)
}

/// Refuses a plan whose recipe is no longer the migration's.
///
/// # Errors
/// [`Failure::Stale`].
pub fn refuse_stale(migration: &Migration, plan: &heirloom_ledger::PlanFacts) -> Result<()> {
    if plan.recipe != crate::stages::plan::plan_recipe(migration)? {
        return Err(Failure::Stale {
            what: "a mapping, the settings, the input files or a decision about duplicates changed since it was sealed".into(),
        });
    }
    let stale = migration.ledger.stale_items(plan.id)?;
    if !stale.is_empty() {
        let minor: i128 = stale.iter().filter_map(|s| s.amount).map(|m| i128::from(m.minor())).sum();
        let money = words::money(minor, migration.settings.currency);
        let rows = words::count(stale.len() as u64, "unsent row");
        return Err(Failure::Stale {
            what: format!("{rows} of it, {money}, were corrected or set aside since"),
        });
    }
    Ok(())
}
