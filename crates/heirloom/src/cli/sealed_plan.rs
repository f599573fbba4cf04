//! A sealed plan as a command names it, and whether it still is what it was sealed from.

use std::path::Path;

use heirloom_ledger::PlanFacts;
use heirloom_model::{ItemState, Tally};
use heirloom_report::words;

use crate::failure::{Failure, Result};
use crate::migration::Migration;
use crate::stages::recipe::changed_since;

/// The plan of that name, number, or file.
///
/// # Errors
/// [`Failure::Usage`] if there is none.
pub fn find_plan(migration: &Migration, name: &str) -> Result<PlanFacts> {
    let file_name = Path::new(name).file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let wanted = file_name.strip_suffix(".plan.json").unwrap_or(&file_name);
    let plans = migration.ledger.plans()?;
    let known: Vec<String> = plans.iter().map(|p| p.name.clone()).collect();
    let found = plans.into_iter().find(|p| p.name == wanted);
    found.ok_or_else(|| {
        Failure::usage(
            format!(
                "there is no plan \"{wanted}\" (plans: {})",
                if known.is_empty() { "none".into() } else { known.join(", ") }
            ),
            "run  heirloom plan  to make one, or  heirloom status  to see them",
        )
    })
}

/// Refuses a plan whose recipe is no longer the migration's.
///
/// # Errors
/// [`Failure::Stale`].
pub fn refuse_stale(migration: &Migration, plan: &PlanFacts) -> Result<()> {
    let changed = changed_since(migration, plan)?;
    if !changed.is_empty() {
        let mut unsent = Tally::default();
        let lines = migration.ledger.item_states(plan.id)?;
        lines.iter().filter(|l| l.state == ItemState::Unsent).for_each(|line| unsent.add(line.amount));
        let left = words::count(unsent.rows, "item");
        let money = match unsent.minor {
            0 => String::new(),
            minor => format!(", {},", words::money(minor, migration.settings.currency)),
        };
        let sent = words::number(plan.items - unsent.rows);
        return Err(Failure::Stale {
            what: format!(
                "{} changed since it was sealed; {left} of it{money} were not sent yet, {sent} were",
                changed.join(" and ")
            ),
        });
    }
    let stale = migration.ledger.stale_items(plan.id)?;
    if !stale.is_empty() {
        let mut tally = Tally::default();
        stale.iter().for_each(|item| tally.add(item.amount));
        let money = words::money(tally.minor, migration.settings.currency);
        let rows = words::count(tally.rows, "unsent row");
        return Err(Failure::Stale {
            what: format!("{rows} of it, {money}, were corrected or set aside since"),
        });
    }
    Ok(())
}
