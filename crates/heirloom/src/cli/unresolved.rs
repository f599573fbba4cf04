//! `heirloom unresolved` and `heirloom facts`: what only a person can decide.

use heirloom_ledger::{ItemLine, OrgFact};
use heirloom_model::{ItemState, Ruling, escape_id};
use heirloom_report::words;
use serde_json::json;

use super::args::{FactName, RecordFact, Resolve, RulingName};
use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::line::wall_clock;
use crate::migration::Migration;
use crate::reporting;

/// Lists doubtful items, or rules on some.
pub fn unresolved(setting: &Setting, ruling: Option<Resolve>) -> Result<Said> {
    let migration = setting.migration()?;
    match ruling {
        None => list(setting, &migration),
        Some(Resolve::Resolve { what, ruling, initials, note }) => {
            if ruling == RulingName::Again {
                return again(setting, &migration, &what, &initials, &note);
            }
            let ruling = match ruling {
                RulingName::Sent => Ruling::Sent,
                RulingName::NotSent | RulingName::Again => Ruling::NotSent,
                RulingName::Discarded => Ruling::Discarded,
            };
            rule(setting, &migration, &what, ruling, &initials, &note)
        }
    }
}

fn list(setting: &Setting, migration: &Migration) -> Result<Said> {
    let currency = migration.settings.currency;
    let mut rows = Vec::new();
    let mut minor = 0i128;
    for (plan, line) in doubtful(migration)? {
        let amount = line.amount.map(|m| m.to_string()).unwrap_or_default();
        minor += line.amount.map_or(0, |m| i128::from(m.minor()));
        let since = line.last_attempt.map(|at| at.to_string()).unwrap_or_default();
        setting
            .out
            .stage(line.state.as_str(), &format!("{:<28} {amount:>14}  since {since}  {plan}", line.key));
        rows.push(json!({ "key": line.key, "state": line.state.as_str(), "plan": plan, "since": since, "amount": amount }));
    }
    let count = words::count(rows.len() as u64, "item");
    if rows.is_empty() {
        setting.out.line("Nothing is in doubt.");
        let next = reporting::build(migration, reporting::Occasion::default())?.next;
        setting.next(&next);
        return Said::new(json!({ "unresolved": rows }), Exit::Done);
    }
    setting.out.line(&format!(
        "{count}, {}: look into that night's import in Virtuous, then say what you saw.",
        words::money(minor, currency)
    ));
    setting.out.line("Next:  heirloom unresolved resolve all --as not-sent --initials XX --note \"...\"");
    Said::new(json!({ "unresolved": rows }), Exit::InDoubt)
}

fn doubtful(migration: &Migration) -> Result<Vec<(String, ItemLine)>> {
    let mut found = Vec::new();
    for plan in migration.ledger.plans()? {
        let lines = migration.ledger.item_states(plan.id)?;
        let open = lines.into_iter().filter(|l| matches!(l.state, ItemState::InDoubt | ItemState::Parked));
        found.extend(open.map(|line| (plan.name.clone(), line)));
    }
    Ok(found)
}

fn rule(
    setting: &Setting,
    migration: &Migration,
    what: &str,
    ruling: Ruling,
    initials: &str,
    note: &str,
) -> Result<Said> {
    let mut chosen = choose(migration, what, ruling)?;
    chosen.sort_by_key(|line| line.item);
    if chosen.is_empty() {
        return Err(Failure::usage(
            format!("\"{what}\" names no item that this could be said of"),
            "run  heirloom unresolved  to see what is open",
        ));
    }
    if initials.trim().is_empty() {
        return Err(Failure::usage("a ruling needs the initials of whoever makes it", "give --initials"));
    }
    let now = wall_clock();
    for line in &chosen {
        migration.ledger.rule(&line.key, line.digest, ruling, initials, note, now)?;
    }
    let minor: i128 = chosen.iter().filter_map(|l| l.amount).map(|m| i128::from(m.minor())).sum();
    let count = words::count(chosen.len() as u64, "item");
    let money = words::money(minor, migration.settings.currency);
    setting.out.line(&format!("{count}, {money}: {} (said {initials}).", ruling.as_str()));
    let next = reporting::build(migration, reporting::Occasion::default())?.next;
    setting.next(&next);
    let keys: Vec<&str> = chosen.iter().map(|l| l.key.as_str()).collect();
    Said::new(json!({ "ruled": keys, "as": ruling.as_str(), "next": next }), Exit::Done)
}

/// Lets what was refused or discarded go again, in the next plan: under the same key, where
/// "already exists" is an alarm.
fn again(setting: &Setting, migration: &Migration, what: &str, initials: &str, note: &str) -> Result<Said> {
    let keys = [what.to_owned(), escape_id(what)];
    let mut chosen = Vec::new();
    for plan in migration.ledger.plans()? {
        let meant = |l: &ItemLine| what == format!("plan:{}", plan.name) || keys.contains(&l.key);
        let over = |l: &ItemLine| {
            matches!(l.state, ItemState::Refused | ItemState::Discarded) && !l.free && !l.replaced
        };
        chosen.extend(migration.ledger.item_states(plan.id)?.into_iter().filter(|l| meant(l) && over(l)));
    }
    if chosen.is_empty() {
        return Err(Failure::usage(
            format!("\"{what}\" names nothing that was refused or discarded"),
            "name a gift or donor by its id, or a plan by plan:NAME",
        ));
    }
    if initials.trim().is_empty() {
        return Err(Failure::usage("a ruling needs the initials of whoever makes it", "give --initials"));
    }
    let items: Vec<_> = chosen.iter().map(|l| l.item).collect();
    migration.ledger.give_up(&items, initials, note, wall_clock())?;
    let count = words::count(chosen.len() as u64, "item");
    setting.out.line(&format!("{count} may go again in the next plan (said {initials})."));
    setting.next("heirloom plan");
    let keys: Vec<&str> = chosen.iter().map(|l| l.key.as_str()).collect();
    Said::new(json!({ "ruled": keys, "as": "again", "next": "heirloom plan" }), Exit::Done)
}

/// The items meant: `all` doubtful ones, those of `plan:NAME`, or one by its id.
/// Only `discarded` may be said of items that are waiting rather than doubtful, and `not-sent` of
/// those that wait because somebody said that they were sent: a wrong word can be taken back.
fn choose(migration: &Migration, what: &str, ruling: Ruling) -> Result<Vec<ItemLine>> {
    let plan_name = what.strip_prefix("plan:");
    let keys = [what.to_owned(), escape_id(what)];
    let mut chosen = Vec::new();
    let said = migration.ledger.rulings()?;
    let said_sent = |line: &ItemLine| {
        let last = said.iter().rev().find(|r| r.key == line.key && r.body_digest == line.digest);
        last.is_some_and(|r| r.ruling == Ruling::Sent)
    };
    for plan in migration.ledger.plans()? {
        for line in migration.ledger.item_states(plan.id)? {
            // "All" never means what merely waits: an import is discarded by its plan or by an item.
            let named = what != "all"
                && (ruling == Ruling::Discarded || (ruling == Ruling::NotSent && said_sent(&line)));
            let open = matches!(line.state, ItemState::InDoubt | ItemState::Parked)
                || (named && line.state == ItemState::Waiting);
            let meant = what == "all" || plan_name == Some(plan.name.as_str()) || keys.contains(&line.key);
            if open && meant {
                chosen.push(line);
            }
        }
    }
    Ok(chosen)
}

/// Lists what is known about the organization, or records a fact.
pub fn facts(setting: &Setting, record: Option<RecordFact>) -> Result<Said> {
    let migration = setting.migration()?;
    if let Some(RecordFact::Record { fact, value, evidence, initials }) = record {
        let fact = match fact {
            FactName::RepeatsHeld => OrgFact::RepeatsHeld,
            FactName::RepeatsImported => OrgFact::RepeatsImported,
            FactName::RepeatsDiscarded => OrgFact::RepeatsDiscarded,
            FactName::Lists => OrgFact::Lists,
        };
        if evidence.trim().is_empty() || initials.trim().is_empty() {
            return Err(Failure::usage(
                "a fact decides whether doubtful gifts are sent again: it needs evidence and initials",
                "give --evidence and --initials",
            ));
        }
        let value = value.replace('-', " ");
        let allowed: &[&str] = match fact {
            OrgFact::Lists => &["atomic", "per item", "unknown"],
            _ => &["recognised", "not recognised", "unknown"],
        };
        if !allowed.contains(&value.as_str()) {
            let choices = allowed.join(", ").replace(' ', "-").replace(",-", ", ");
            return Err(Failure::usage(
                format!("\"{value}\" cannot be said of {}", fact.as_str()),
                format!("say one of: {choices}"),
            ));
        }
        migration.ledger.save_org_fact(fact, &value, &evidence, &initials, wall_clock())?;
    }
    let rows = migration.ledger.org_fact_rows()?;
    for fact in OrgFact::ALL {
        let newest = rows.iter().filter(|r| r.name == fact).max_by_key(|r| r.at);
        let text = newest.map_or("unknown: nothing doubtful is sent twice".to_owned(), |r| {
            format!("{}  ({}, {}, {})", r.value, r.evidence, r.initials, r.at)
        });
        setting.out.stage(fact.as_str(), &format!("{:>8}{text}", ""));
    }
    setting.next("heirloom status");
    let document: Vec<_> = rows
        .iter()
        .map(|r| json!({ "fact": r.name.as_str(), "value": r.value, "evidence": r.evidence, "initials": r.initials }))
        .collect();
    Said::new(json!({ "facts": document }), Exit::Done)
}
