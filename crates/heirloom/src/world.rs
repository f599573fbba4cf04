//! The world of a rehearsal: the likeliest vendor, its faults, and the facts that follow from it.

use heirloom_ledger::OrgFact;
use heirloom_model::{GiftDate, Moment};
use heirloom_simulator::{CustomField, Faults, Individual, Lists, Repeats, Rules, SeedContact, World};

use crate::failure::Result;
use crate::migration::Migration;
use crate::settings::RehearsalSettings;
use crate::stages::groups::{ContactGroup, contact_groups};
use crate::stages::link::all_donors;

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

/// What the organization keeps besides, as the settings say.
pub(crate) fn with_lists(rules: Rules, said: &RehearsalSettings) -> Rules {
    let field = |name: &String| CustomField {
        resource: "Gift".into(),
        name: name.clone(),
        data_type: "Text".into(),
        options: Vec::new(),
    };
    let custom_fields = rules.custom_fields.into_iter().chain(said.custom_fields.iter().map(field)).collect();
    Rules { custom_fields, non_cash_types: said.non_cash_types.clone(), ..rules }
}

/// Makes projects, segments and tags that exist before the migration.
pub(crate) fn seed_lists(world: &mut World, said: &RehearsalSettings) {
    said.projects.iter().for_each(|code| _ = world.seed_project(code, code, true));
    said.segments.iter().for_each(|code| _ = world.seed_segment(code));
    said.tags.iter().for_each(|tag| world.seed_tag(tag));
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

/// The world's habits in one line; `unlikely` ones, which the seed drew, at its end.
pub(crate) fn describe(rules: &Rules, unlikely: &[String]) -> String {
    let others = match rules.others_per_hour {
        0 => String::new(),
        others => format!(", of which others use {others}"),
    };
    let drawn = match unlikely.is_empty() {
        true => String::new(),
        false => format!("; drawn by the seed: {}", unlikely.join(", ")),
    };
    format!(
        "repeats {:?}, lists {:?}, contacts bundled {:?}, {} requests an hour{others}, midnight of {}{drawn}",
        rules.repeats, rules.lists, rules.contact_batch, rules.limit, rules.zone
    )
}

/// Records what a real organization's facts would say, if they were those of this world; those that
/// are not asked for stay unknown.
///
/// # Errors
/// Storage.
pub fn record_facts(migration: &Migration, rules: &Rules, known: &[OrgFact], now: Moment) -> Result<()> {
    let recognised = |blind: bool| match (rules.repeats, blind) {
        (Repeats::NotRecognised, _) | (_, true) => "not recognised",
        _ => "recognised",
    };
    let blind = &rules.repeats_blind;
    let judged = |lists| match lists {
        Lists::Atomic => "atomic",
        Lists::PerItem => "per item",
    };
    for (fact, value) in [
        (OrgFact::RepeatsHeld, recognised(blind.held)),
        (OrgFact::RepeatsImported, recognised(blind.imported)),
        (OrgFact::RepeatsDiscarded, recognised(blind.discarded)),
        (OrgFact::Lists, judged(rules.lists)),
        (OrgFact::ContactLists, judged(rules.contact_lists)),
    ] {
        if !known.contains(&fact) {
            continue;
        }
        migration.ledger.save_org_fact(fact, value, "the simulated world's own rules", "rehearsal", now)?;
    }
    Ok(())
}

/// Donors whom the gifts carry exist at the target: each once, and not under our reference.
///
/// # Errors
/// Storage.
pub(crate) fn seed_givers(migration: &Migration, world: &mut World) -> Result<()> {
    let (donors, clusters) = (all_donors(migration)?, migration.ledger.clusters()?);
    for group in contact_groups(&donors, &clusters) {
        world.seed_contact(giver(&group));
    }
    Ok(())
}

fn giver(group: &ContactGroup<'_>) -> SeedContact {
    let kind = &group.survivor().kind;
    let people = group.person().into_iter();
    let one = people.map(|p| Individual { first: p.first, last: p.last, ..Individual::default() });
    let contact = SeedContact {
        contact_type: kind.contact_type().to_owned(),
        name: kind.organization_name().unwrap_or_default().to_owned(),
        individuals: one.collect(),
        ..SeedContact::default()
    };
    let contact = group.emails().iter().fold(contact, |contact, kept| contact.email(&kept.value.address));
    let contact = group.phones().iter().fold(contact, |contact, kept| contact.phone(&kept.value.number));
    group.addresses().iter().fold(contact, |contact, kept| {
        let a = kept.value;
        contact.address(&a.line1, &a.city, &a.state, &a.postal)
    })
}
