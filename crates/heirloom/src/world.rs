//! The world of a rehearsal: the likeliest vendor, its faults, and the facts that follow from it.

use heirloom_ledger::OrgFact;
use heirloom_model::{GiftDate, Moment};
use heirloom_simulator::{Faults, Lists, Repeats, Rules};

use crate::failure::Result;
use crate::migration::Migration;

/// From the export's midnight to the morning on which the rehearsal begins.
const BEGIN_AFTER_MS: i64 = (24 + 15) * 3_600_000;

/// What goes wrong in a rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultLevel {
    /// Nothing.
    None,
    /// Some lost answers and server errors.
    Mild,
    /// A random set of every fault that the simulator knows.
    Nasty,
}

/// The morning on which a rehearsal begins: the day after the export.
pub(crate) fn beginning(exported_on: GiftDate) -> Moment {
    let midnight = exported_on.date().at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC);
    Moment(midnight.map_or(0, |z| z.timestamp().as_millisecond()).saturating_add(BEGIN_AFTER_MS))
}

/// The likeliest vendor, with what goes wrong on the way.
pub(crate) fn rules(seed: u64, level: FaultLevel, name: &str) -> Rules {
    let faults = faults(seed, level);
    Rules { seed, organization: format!("{name} (Simulated)"), faults, ..Rules::default() }
}

/// What goes wrong on the way.
pub(crate) fn faults(seed: u64, level: FaultLevel) -> Faults {
    match level {
        FaultLevel::None => Faults::default(),
        FaultLevel::Mild => Faults {
            seed,
            faults_max: 20,
            lose_reply: 60,
            http_500_after_effect: 30,
            http_502_html_before: 30,
            refuse_connection: 30,
            ..Faults::default()
        },
        FaultLevel::Nasty => Faults::from_seed(seed, 60),
    }
}

/// The world's habits in one line.
pub(crate) fn describe(rules: &Rules) -> String {
    format!(
        "repeats {:?}, lists {:?}, contacts bundled {:?}, {} requests an hour, midnight of {}",
        rules.repeats, rules.lists, rules.contact_batch, rules.limit, rules.zone
    )
}

/// Records what a real organization's facts would say, if they were those of this world.
///
/// # Errors
/// Storage.
pub fn record_facts(migration: &Migration, rules: &Rules, now: Moment) -> Result<()> {
    let recognised = |blind: bool| match (rules.repeats, blind) {
        (Repeats::NotRecognised, _) | (_, true) => "not recognised",
        _ => "recognised",
    };
    let blind = &rules.repeats_blind;
    let lists = match rules.lists {
        Lists::Atomic => "atomic",
        Lists::PerItem => "per item",
    };
    for (fact, value) in [
        (OrgFact::RepeatsHeld, recognised(blind.held)),
        (OrgFact::RepeatsImported, recognised(blind.imported)),
        (OrgFact::RepeatsDiscarded, recognised(blind.discarded)),
        (OrgFact::Lists, lists),
    ] {
        migration.ledger.save_org_fact(fact, value, "the simulated world's own rules", "rehearsal", now)?;
    }
    Ok(())
}
