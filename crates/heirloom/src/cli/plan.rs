//! `heirloom plan` and `heirloom reconcile`: both read the target, neither can send.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use heirloom_report::words;
use serde_json::json;

use super::args::{QuotaArgs, TargetArgs};
use super::{Said, Setting};
use crate::connect::{live_line, remember, target};
use crate::failure::{Exit, Failure, Result};
use crate::line::wall_clock;
use crate::migration::Migration;
use crate::out::plan_lines;
use crate::prepare::prepare;
use crate::reporting::{self, Occasion};
use crate::stages::plan::seal;
use crate::stages::reconcile::{self as compare, Compared};
use crate::stages::target::read_target;
use crate::write::{write_plan, write_report};

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
    if let Some(name) = drop {
        return drop_plan(setting, &migration, &name);
    }
    let target = target(at, &migration)?;
    prepare(&migration, setting.out, setting.progress)?;
    let never = Arc::new(AtomicBool::new(false));
    let mut line = live_line(&migration, &target, never, setting.progress)?;
    read_target(&migration, &mut line, &target, quota.pace(), setting.progress)?;
    remember(&migration, &target)?;
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
    let planned = seal(&migration, wall_clock(), &setting.progress)?;
    plan_lines(setting.out, &planned, migration.settings.currency);
    let organization = migration.ledger.binding()?.map(|(_, name)| name).unwrap_or_default();
    setting.out.stage("target", &format!("{organization}, {}", target.base()));
    let mut names = Vec::new();
    for plan in &planned.plans {
        let path = write_plan(&migration.folder, plan, &organization)?;
        let calls = plan.items.div_ceil(LIST_SIZE);
        setting.out.stage(
            "forecast",
            &format!(
                "{} in about {} at {} an hour; one night, one Run; {}",
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
    let exit = match (something, planned.refused.is_empty() && planned.held == 0) {
        (true, _) => Exit::SomethingToDo,
        (false, true) => Exit::Done,
        (false, false) => Exit::NeedsPerson,
    };
    let refused: Vec<_> = planned
        .refused
        .iter()
        .map(|(what, p)| json!({ "what": what, "field": p.field, "code": p.code }))
        .collect();
    let waiting = json!({ "gifts": planned.waiting.0, "minor": planned.waiting.1.to_string() });
    Said::new(
        json!({ "plans": names, "waiting": waiting, "not_sealed": refused, "held_contacts": planned.held, "dropped": planned.dropped, "organization": organization }),
        exit,
    )
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

/// Compares with the target.
pub fn reconcile(setting: &Setting, at: &TargetArgs, quota: &QuotaArgs) -> Result<Said> {
    let migration = setting.migration()?;
    let target = target(at, &migration)?;
    let never = Arc::new(AtomicBool::new(false));
    let mut line = live_line(&migration, &target, never, setting.progress)?;
    let (contacts, gifts) =
        compare::reconcile(&migration, &mut line, &target, quota.pace(), setting.progress)?;
    let currency = migration.settings.currency;
    for (what, found) in [("contacts", &contacts), ("gifts", &gifts)] {
        setting.out.stage(what, &compared_text(found, currency));
        for (key, differs) in found.differs.iter().take(10) {
            setting.out.stage("  differs", &format!("{key}: {}", differs.join(", ")));
        }
        for key in found.missing.iter().take(10) {
            setting.out.stage("  missing", &format!("{key} was there before, and is no longer"));
        }
        for key in found.unexpected.iter().take(10) {
            setting
                .out
                .stage("  unexpected", &format!("{key} is there under our name, and was never sealed here"));
        }
    }
    let differences =
        |c: &Compared| !c.differs.is_empty() || !c.missing.is_empty() || !c.unexpected.is_empty();
    let wrong = differences(&contacts) || differences(&gifts);
    let document = json!({ "contacts": compared_json(&contacts), "gifts": compared_json(&gifts) });
    let report = reporting::build(&migration, Occasion { compared: Some(gifts), ..Occasion::default() })?;
    let paths = write_report(&migration.folder, &report)?;
    setting.out.line("");
    setting.out.line(&report.answer);
    setting.out.line(&format!("Report: {}", paths.0.display()));
    setting.next(&report.next);
    let standing = reporting::standing(&migration)?;
    let exit = if wrong { Exit::most_urgent(&[standing, Exit::Differences]) } else { standing };
    Said::new(document, exit)
}

fn compared_text(found: &Compared, currency: heirloom_model::Currency) -> String {
    let mut text = format!("{} of {} agree", words::number(found.agree.0), words::number(found.items));
    if found.agree.1 != 0 {
        text += &format!(", {}", words::money(found.agree.1, currency));
    }
    for (number, what) in [
        (found.waiting.0, "waiting at the vendor"),
        (found.differs.len() as u64, "differ"),
        (found.missing.len() as u64, "missing"),
        (found.unexpected.len() as u64, "unexpected"),
        (found.not_checked, "not checked"),
        (found.joined, "made one with another of ours by the vendor's matching"),
    ] {
        if number > 0 {
            text += &format!(", {} {what}", words::number(number));
        }
    }
    text
}

fn compared_json(found: &Compared) -> serde_json::Value {
    json!({
        "items": found.items,
        "agree": found.agree.0,
        "agree_minor": found.agree.1.to_string(),
        "waiting": found.waiting.0,
        "differs": found.differs.iter().map(|(key, fields)| json!({ "key": key, "fields": fields })).collect::<Vec<_>>(),
        "missing": found.missing,
        "unexpected": found.unexpected,
        "not_checked": found.not_checked,
        "joined": found.joined,
    })
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
