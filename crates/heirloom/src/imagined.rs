//! Which vendor a rehearsal meets: its habits, the organization's other systems, what goes wrong on the way.

use std::path::Path;

use heirloom_ledger::OrgFact;
use heirloom_simulator::{Faults, Person, Repeats, Rules};
use heirloom_virtuous::PaceTerms;
use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::settings::in_toml;
use crate::world::{self, FaultLevel};

/// Requests an hour of each of the organization's other systems.
const OTHER_PER_HOUR: u32 = 300;
/// Faults of a file that does not say how many: a rehearsal has to end.
const FAULTS_MAX: u32 = 60;

/// What a rehearsal is asked to be.
#[derive(Clone, Debug)]
pub struct Imagined {
    /// Seed of everything drawn; else that of heirloom.toml.
    pub seed: Option<u64>,
    /// The vendor's habits.
    pub habits: Habits,
    /// What goes wrong on the way.
    pub faults: FaultPlan,
    /// Other systems of the organization, which use its quota too; else none, or what the habits say.
    pub others: Option<u32>,
    /// What is known of the vendor from the beginning.
    pub known: KnownFacts,
}

/// What a rehearsal knows of its vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownFacts {
    /// Every fact, as after a probe and a word with the vendor.
    All,
    /// Nothing, as in every first run.
    Nothing,
}

impl KnownFacts {
    /// The facts.
    pub(crate) fn facts(self) -> &'static [OrgFact] {
        match self {
            KnownFacts::All => &OrgFact::ALL,
            KnownFacts::Nothing => &[],
        }
    }
}

/// Whose habits the vendor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habits {
    /// Those that the documentation makes most likely.
    Likeliest,
    /// Those that the seed draws.
    Drawn,
}

/// What goes wrong on the way.
#[derive(Clone, Debug)]
pub enum FaultPlan {
    /// A set with a name.
    Level(FaultLevel),
    /// A set of one's own.
    Own(Box<Faults>),
}

impl FaultPlan {
    /// The faults, drawn by `seed` unless a file says another.
    pub(crate) fn faults(&self, seed: u64) -> Faults {
        match self {
            FaultPlan::Level(level) => world::faults(seed, *level),
            FaultPlan::Own(own) => {
                let own_seed = if own.seed == 0 { seed } else { own.seed };
                Faults { seed: own_seed, ..(**own).clone() }
            }
        }
    }
}

impl Imagined {
    /// The vendor of organization `name`.
    ///
    /// # Errors
    /// [`Failure::Usage`] when the other systems leave nothing of the quota.
    pub(crate) fn rules(&self, seed: u64, name: &str) -> Result<Rules> {
        let mut rules = world::rules(seed, FaultLevel::None, name);
        if self.habits == Habits::Drawn {
            // Rows that nobody matches, or that somebody throws away, are no habit of the vendor's.
            let likeliest = rules;
            rules = Rules { person: Person::AcceptAll, ..Rules::from_seed(seed) };
            (rules.organization, rules.currency) = (likeliest.organization, likeliest.currency);
        }
        rules.faults = self.faults.faults(seed);
        let recognised = rules.repeats != Repeats::NotRecognised
            && !(rules.repeats_blind.held || rules.repeats_blind.imported);
        if self.habits == Habits::Drawn && !recognised {
            // What a proxy doubles is no sending of ours, and nobody could undo it there.
            rules.faults.doubled = 0;
        }
        if let Some(others) = self.others {
            rules.others_per_hour = others.saturating_mul(OTHER_PER_HOUR);
            let limit = rules.limit_changes.iter().map(|c| c.limit).fold(rules.limit, u32::min);
            let reserve = PaceTerms::default().reserve;
            let most = limit.saturating_sub(reserve + 1) / OTHER_PER_HOUR;
            if others > most {
                return Err(Failure::usage(
                    format!(
                        "{others} other systems, each with {OTHER_PER_HOUR} requests an hour, leave nothing of \
                         the vendor's {limit} and the reserve of {reserve}"
                    ),
                    format!("give --others {most} or fewer"),
                ));
            }
        }
        Ok(rules)
    }
}

/// The habits of `rules` that are not the likeliest vendor's, each as `name value`.
pub(crate) fn unlikely(rules: &Rules) -> Vec<String> {
    let own = ["seed", "faults", "organization", "custom_fields", "non_cash_types"];
    let all = |rules: &Rules| serde_json::to_value(rules).unwrap_or_default();
    let mut found = Vec::new();
    differing("", &all(&Rules::default()), &all(rules), &mut found);
    found.retain(|habit| !own.iter().any(|name| habit.split([' ', '.']).next() == Some(name)));
    found
}

fn differing(name: &str, likeliest: &Value, drawn: &Value, found: &mut Vec<String>) {
    match (likeliest, drawn) {
        _ if likeliest == drawn => {}
        (Value::Object(likeliest), Value::Object(drawn)) => {
            for (part, value) in drawn {
                let name = if name.is_empty() { part.clone() } else { format!("{name}.{part}") };
                differing(&name, likeliest.get(part).unwrap_or(&Value::Null), value, found);
            }
        }
        (_, Value::String(word)) => found.push(format!("{name} {word}")),
        _ => found.push(format!("{name} {drawn}")),
    }
}

/// Reads faults from a TOML file.
///
/// # Errors
/// [`Failure::Usage`] that names file and line.
pub(crate) fn read_faults(path: &Path) -> Result<Faults> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(
            format!("cannot read faults from {shown}: {error}"),
            "say none, mild or nasty, or name a TOML file as docs/simulator.md shows it",
        )
    })?;
    let wrong = |start: usize, message: &str| {
        in_toml(
            (&shown, &text),
            start,
            message,
            "docs/simulator.md lists every fault, and shows a whole file",
        )
    };
    let mut faults: Faults = toml::from_str(&text)
        .map_err(|error| wrong(error.span().map_or(0, |span| span.start), error.message()))?;
    let table: toml::Table = toml::from_str(&text).unwrap_or_default();
    if faults.late_by_ms < 0 {
        return Err(wrong(
            text.find("late_by_ms").unwrap_or(0),
            "late_by_ms is how long an effect comes after its request: not below 0",
        ));
    }
    let sum = faults.per_mille();
    if sum > 1_000 {
        return Err(wrong(0, &format!("the rates come to {sum} of 1,000 requests")));
    }
    if !table.contains_key("faults_max") {
        faults.faults_max = FAULTS_MAX;
    }
    Ok(faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWN: Imagined = Imagined {
        seed: None,
        habits: Habits::Drawn,
        faults: FaultPlan::Level(FaultLevel::Nasty),
        others: None,
        known: KnownFacts::All,
    };

    #[test]
    fn without_a_seed_of_ones_own_the_vendor_is_the_likeliest_and_each_seed_is_another() {
        let plain = Imagined { habits: Habits::Likeliest, ..DRAWN };
        assert_eq!(plain.rules(5, "A").unwrap(), world::rules(5, FaultLevel::Nasty, "A"));
        assert_eq!(unlikely(&plain.rules(5, "A").unwrap()), Vec::<String>::new());
        let worlds: Vec<_> = (0..20).map(|seed| unlikely(&DRAWN.rules(seed, "A").unwrap())).collect();
        assert!(worlds.iter().all(|habits| !habits.is_empty()), "{worlds:?}");
        assert!(worlds.windows(2).all(|two| two[0] != two[1]), "{worlds:?}");
    }

    #[test]
    fn what_a_proxy_doubles_is_left_out_where_nobody_could_undo_it() {
        for seed in 0..100 {
            let rules = DRAWN.rules(seed, "A").unwrap();
            assert_eq!(rules.person, Person::AcceptAll);
            let blind = rules.repeats_blind.held || rules.repeats_blind.imported;
            assert!(rules.faults.doubled == 0 || !(blind || rules.repeats == Repeats::NotRecognised));
        }
    }

    #[test]
    fn other_systems_must_leave_something() {
        let with =
            |others| Imagined { habits: Habits::Likeliest, others: Some(others), ..DRAWN }.rules(1, "A");
        assert_eq!(with(3).unwrap().others_per_hour, 900);
        assert_eq!(with(16).unwrap().others_per_hour, 4_800);
        assert!(with(17).unwrap_err().to_string().contains("leave nothing"));
    }
}
