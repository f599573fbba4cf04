//! `heirloom unresolved` and `heirloom facts`: what only a person can decide.

use heirloom_ledger::{AttemptLine, Evidence, ItemLine, Ledger, OrgFact, OrgFactRow};
use heirloom_model::{ItemId, Moment, Ruling, Tally};
use heirloom_report::words;
use serde_json::json;

use super::corrected::{list_corrected, map_again, reads_otherwise, say_corrected};
use super::meant::{choose, given_up_by, signed};
use super::ruling_args::{FactName, RecordFact, Resolve, RulingName};
use super::{Said, Setting};
use crate::batches::Nights;
use crate::failure::{Exit, Failure, Result};
use crate::line::wall_clock;
use crate::migration::Migration;
use crate::reporting;
use crate::stages::reconcile::missing;

/// Lists doubtful items, or rules on some.
pub fn unresolved(setting: &Setting, ruling: Option<Resolve>) -> Result<Said> {
    let Some(ruling) = ruling else { return list(setting, &setting.look()?) };
    let migration = setting.migration()?;
    match ruling {
        Resolve::Resolve { what, ruling, initials, note, early, every_import } => {
            let ruling = match ruling {
                RulingName::Again => return again(setting, &migration, &what, &initials, &note),
                RulingName::Corrected => return say_corrected(setting, &migration, &what, &initials, &note),
                RulingName::Sent => Ruling::Sent,
                RulingName::NotSent => Ruling::NotSent,
                RulingName::Discarded => Ruling::Discarded,
                RulingName::Run => Ruling::Run,
            };
            let chosen = choose(&migration, &what, ruling)?;
            if !every_import {
                refuse_one_of_many(&migration, &what, &chosen, ruling)?;
            }
            if !early {
                refuse_early(&migration, &chosen, ruling)?;
            }
            rule(setting, &migration, &what, &chosen, ruling, By { initials: &initials, note: &note })
        }
    }
}

fn list(setting: &Setting, migration: &Migration) -> Result<Said> {
    let doubtful = listed(setting, migration, |line| line.state.is_in_doubt())?;
    let missing = missing(&migration.ledger)?;
    let absent = listed(setting, migration, |line| missing.contains_key(&line.item))?;
    let corrected = list_corrected(setting, migration)?;
    let document = json!({ "unresolved": doubtful.rows, "missing": absent.rows, "corrected": corrected });
    if migration.ledger.worker().is_some() {
        setting.out.line(
            "Another run is at work: what has no answer yet may just be in the air. Say what you saw once it has ended.",
        );
        setting.next("heirloom status");
        return Said::new(document, Exit::InUse);
    }
    if doubtful.rows.is_empty() && absent.rows.is_empty() {
        setting.out.line("Nothing is in doubt, and nothing is missing.");
        if !corrected.is_empty() {
            setting.next("heirloom reconcile    # once they are changed there");
            return Said::new(document, Exit::NeedsPerson);
        }
        let next = reporting::build(migration, reporting::Occasion::default())?.next;
        setting.next(&next);
        return Said::new(document, Exit::Done);
    }
    for (listed, what) in [
        (&doubtful, "in doubt: look into that night's import in Virtuous, then say what you saw."),
        (&absent, "missing: look for them in Virtuous. What was thrown away there, say with --as discarded."),
    ] {
        if !listed.rows.is_empty() {
            let count = words::count(listed.total.rows, "item");
            let money = words::money(listed.total.minor, migration.settings.currency);
            setting.out.line(&format!("{count}, {money} {what}"));
        }
    }
    if doubtful.rows.is_empty() {
        setting.next("heirloom unresolved resolve ID --as discarded --initials XX --note \"...\"");
        return Said::new(document, Exit::Differences);
    }
    let now = wall_clock();
    match doubtful.shown.iter().find(|(from, _)| *from <= now) {
        Some((_, batch)) => setting.next(&format!(
            "heirloom unresolved resolve ID --as sent    # each that is there; then the rest: batch:{batch} --as not-sent"
        )),
        None => {
            if let Some((from, _)) = doubtful.shown.iter().min() {
                let from = Nights::of(migration)?.clock(*from);
                setting.out.line(&format!(
                    "What is there can be said at once; that something is not there can be seen from {from} on, when \
                     the import is closed in which a late request would be."
                ));
            }
            setting.next("heirloom handover    # the names of the imports to look into");
        }
    }
    Said::new(document, Exit::InDoubt)
}

/// Refuses to say of something that it did not arrive while it may still be on its way, or in an import
/// that nobody can read yet: sent again, it would be there twice.
fn refuse_early(migration: &Migration, chosen: &[ItemLine], ruling: Ruling) -> Result<()> {
    if !matches!(ruling, Ruling::NotSent | Ruling::Discarded) {
        return Ok(());
    }
    let nights = Nights::of(migration)?;
    let now = wall_clock();
    let mut early = Vec::new();
    for plan in migration.ledger.plans()? {
        let doubtful = chosen.iter().filter(|line| line.plan == plan.id && line.state.is_in_doubt());
        let shown = doubtful.filter_map(|line| Some(nights.shown(plan.kind, line.latest()?)));
        early.extend(shown.filter(|at| *at > now));
    }
    let Some(last) = early.iter().max() else { return Ok(()) };
    Err(Failure::usage(
        format!(
            "nobody can see yet that {} did not arrive: a late request would be in an import that is closed at {}",
            words::count(early.len() as u64, "item"),
            nights.clock(*last)
        ),
        "look into that import then, and say it; --early says it now, where nothing can be on its way",
    ))
}

/// Refuses to say of a whole night what may have been seen of one import alone: where calls ask for imports,
/// each may be one.
fn refuse_one_of_many(migration: &Migration, what: &str, chosen: &[ItemLine], ruling: Ruling) -> Result<()> {
    let of_an_import = what.starts_with("batch:") && matches!(ruling, Ruling::Discarded | Ruling::Run);
    if !of_an_import || !migration.settings.sending.create_import {
        return Ok(());
    }
    let carries = |line: &ItemLine, call: &AttemptLine| call.first <= line.item && line.item <= call.last;
    let attempts = migration.ledger.attempts()?;
    let calls = attempts.iter().filter(|call| chosen.iter().any(|line| carries(line, call))).count();
    if calls < 2 {
        return Ok(());
    }
    Err(Failure::usage(
        format!("what this names went in {calls} calls, and each may be an import of its own in Virtuous"),
        "say it of a gift by its id; or, once it is true of every import of that name, with --every-import",
    ))
}

/// Who says something, and how they know.
#[derive(Clone, Copy)]
struct By<'a> {
    initials: &'a str,
    note: &'a str,
}

/// Items that were listed, and their total.
#[derive(Default)]
struct Listed {
    rows: Vec<serde_json::Value>,
    total: Tally,
    /// From when on a person can see whether each arrived, with its import.
    shown: Vec<(Moment, String)>,
}

fn listed(setting: &Setting, migration: &Migration, wanted: impl Fn(&ItemLine) -> bool) -> Result<Listed> {
    let nights = Nights::of(migration)?;
    let mut listed = Listed::default();
    for plan in migration.ledger.plans()? {
        for line in migration.ledger.item_states(plan.id)?.into_iter().filter(&wanted) {
            let amount = line.amount.map(|m| m.to_string()).unwrap_or_default();
            listed.total.add(line.amount);
            let since = line.latest().map(|at| at.to_string()).unwrap_or_default();
            let batch = nights.import_of(&plan, &line).unwrap_or_default();
            listed.shown.extend(line.latest().map(|at| (nights.shown(plan.kind, at), batch.clone())));
            let state = if line.state.is_in_doubt() { line.state.as_str() } else { "missing" };
            setting.out.stage(state, &format!("{:<28} {amount:>14}  since {since}  batch:{batch}", line.key));
            listed.rows.push(json!({
                "key": line.key, "state": state, "plan": plan.name, "batch": batch, "since": since, "amount": amount,
            }));
        }
    }
    Ok(listed)
}

fn rule(
    setting: &Setting,
    migration: &Migration,
    what: &str,
    chosen: &[ItemLine],
    ruling: Ruling,
    by: By<'_>,
) -> Result<Said> {
    if chosen.is_empty() {
        return Err(Failure::usage(
            format!("\"{what}\" names no item that this could be said of"),
            "run  heirloom unresolved  to see what is open, or  heirloom handover  for the names of imports",
        ));
    }
    let By { initials, note } = by;
    signed(initials)?;
    let now = wall_clock();
    let items: Vec<_> = chosen.iter().map(|line| (line.key.clone(), line.digest)).collect();
    migration.ledger.rule_all(&items, ruling, initials, note, now)?;
    if ruling == Ruling::Discarded {
        forget_missing(migration, chosen)?;
    }
    let again = ruling == Ruling::NotSent && reads_otherwise(&migration.ledger, chosen)?;
    if again {
        map_again(setting, migration)?;
    }
    let mut ruled = Tally::default();
    chosen.iter().for_each(|line| ruled.add(line.amount));
    let Tally { rows, minor } = ruled;
    let count = words::count(rows, "item");
    let money = words::money(minor, migration.settings.currency);
    let said = if ruling == Ruling::Run { "their import was run" } else { ruling.as_str() };
    setting.out.line(&format!("{count}, {money}: {said} (said {initials})."));
    let next = match ruling {
        Ruling::Run => "heirloom reconcile".to_owned(),
        _ if again => "heirloom plan".to_owned(),
        _ => reporting::build(migration, reporting::Occasion::default())?.next,
    };
    setting.next(&next);
    let keys: Vec<&str> = chosen.iter().map(|l| l.key.as_str()).collect();
    Said::new(
        json!({ "ruled": keys, "minor": minor.to_string(), "as": ruling.as_str(), "next": next }),
        Exit::Done,
    )
}

/// What a person says was thrown away is no longer missing.
fn forget_missing(migration: &Migration, chosen: &[ItemLine]) -> Result<()> {
    let missing = missing(&migration.ledger)?;
    let ruled = chosen.iter().filter(|line| missing.contains_key(&line.item));
    let at = wall_clock();
    let evidence = |item: ItemId| Evidence { item, target: 0, differs: Vec::new(), at };
    let settled: Vec<Evidence> = ruled.map(|line| evidence(line.item)).collect();
    Ok(migration.ledger.save_evidence(&settled)?)
}

/// Lets what was refused or discarded go again, in the next plan: under the same key, where
/// "already exists" is an alarm.
fn again(setting: &Setting, migration: &Migration, what: &str, initials: &str, note: &str) -> Result<Said> {
    let chosen = given_up_by(migration, what)?;
    if chosen.is_empty() {
        return Err(Failure::usage(
            format!("\"{what}\" names nothing that was refused or discarded"),
            "name a gift or donor by its id, or a plan by plan:NAME",
        ));
    }
    signed(initials)?;
    let items: Vec<_> = chosen.iter().map(|l| l.item).collect();
    migration.ledger.give_up(&items, initials, note, wall_clock())?;
    if reads_otherwise(&migration.ledger, &chosen)? {
        map_again(setting, migration)?;
    }
    let count = words::count(chosen.len() as u64, "item");
    setting.out.line(&format!("{count} may go again in the next plan (said {initials})."));
    setting.next("heirloom plan");
    let keys: Vec<&str> = chosen.iter().map(|l| l.key.as_str()).collect();
    Said::new(json!({ "ruled": keys, "as": "again", "next": "heirloom plan" }), Exit::Done)
}

/// Every fact about the organization, with what was recorded of it last; a fact taken back to unknown is.
pub(super) fn known_facts(ledger: &Ledger) -> Result<Vec<(OrgFact, Option<OrgFactRow>)>> {
    let rows = ledger.org_fact_rows()?;
    // As the sender takes them: the last that was said, whatever the clock showed.
    let newest = |fact: OrgFact| rows.iter().rfind(|r| r.name == fact).cloned();
    let known = |row: &OrgFactRow| row.value != "unknown";
    Ok(OrgFact::ALL.into_iter().map(|fact| (fact, newest(fact).filter(known))).collect())
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
            FactName::ContactLists => OrgFact::ContactLists,
        };
        if evidence.trim().is_empty() || initials.trim().is_empty() {
            return Err(Failure::usage(
                "a fact decides whether doubtful gifts are sent again: it needs evidence and initials",
                "give --evidence and --initials",
            ));
        }
        let value = value.replace('-', " ");
        let allowed: &[&str] = match fact {
            OrgFact::Lists | OrgFact::ContactLists => &["atomic", "per item", "unknown"],
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
    for (fact, newest) in known_facts(&migration.ledger)? {
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
