//! The whole migration against a fresh simulated world, in fast time, on a ledger of its own.

mod nights;

use std::path::Path;

use heirloom_model::Pile;
use heirloom_report::Report;

use crate::failure::{Exit, Failure, Result};
use crate::folder::Folder;
use crate::imagined::{FaultPlan, Habits, Imagined, KnownFacts, unlikely};
use crate::migration::Migration;
use crate::out::Out;
use crate::prepare::prepare;
use crate::progress::Progress;
use crate::reporting::{self, Occasion};
use crate::world::{FaultLevel, beginning, describe, record_facts, with_lists};
use nights::Rehearsing;

/// Habits that stand in one line.
const HABITS_IN_LINE: usize = 4;

/// How a rehearsal ended.
pub struct Rehearsed {
    /// The report.
    pub report: Report,
    /// The exit code.
    pub exit: Exit,
    /// Where the report was written.
    pub folder: Folder,
}

/// Rehearses the migration in `dir` against the likeliest vendor. The same seed gives the same report.
///
/// # Errors
/// As [`rehearse_as`].
pub fn rehearse(
    dir: &Path,
    seed: Option<u64>,
    faults: FaultLevel,
    out: Out,
    progress: Progress,
) -> Result<Rehearsed> {
    let faults = FaultPlan::Level(faults);
    let known = KnownFacts::All;
    let imagined = Imagined { seed, habits: Habits::Likeliest, faults, others: None, known };
    rehearse_as(dir, &imagined, out, progress)
}

/// Rehearses the migration in `dir` against the vendor that is asked for.
///
/// # Errors
/// Whatever would stop the real migration: unreadable files, mistakes in mappings, storage; and other
/// systems that leave nothing of the quota.
pub fn rehearse_as(dir: &Path, imagined: &Imagined, out: Out, progress: Progress) -> Result<Rehearsed> {
    let folder = Folder::new(dir).rehearsal();
    let settings = folder.settings()?;
    let seed = imagined.seed.or(settings.rehearsal.seed).unwrap_or(1);
    // Before the last rehearsal is thrown away: this may not do.
    let rules = imagined.rules(seed, &settings.name)?;
    let work = folder.work();
    if work.exists() {
        std::fs::remove_dir_all(work).map_err(|error| Failure::write(work, error))?;
    }
    let begun = beginning(settings.exported_on);
    out.line(&format!("REHEARSAL of {}: nothing leaves this computer.", settings.name));
    let unlikely = match imagined.habits {
        Habits::Likeliest => Vec::new(),
        Habits::Drawn => unlikely(&rules),
    };
    say_drawn(out, seed, imagined.habits, &unlikely);
    let mut world = describe(&rules, &unlikely);
    if imagined.known == KnownFacts::Nothing {
        out.line(
            "Nothing is known of the vendor: what is in doubt waits for somebody to look into its import.",
        );
        world += "; nothing known of it from the beginning";
    }
    let rules = with_lists(rules, &settings.rehearsal);
    let migration = Migration::open(folder.clone(), begun)?;
    prepare(&migration, out, progress)?;
    record_facts(&migration, &rules, imagined.known.facts(), begun)?;
    let mut rehearsing = Rehearsing::new(&migration, rules, begun, out, progress)?;
    let compared = rehearsing.until_settled()?;
    let rehearsal = rehearsing.account(seed, world);
    let occasion =
        Occasion { rehearsal: Some(rehearsal), compared: Some(compared), next: Some(next(&migration)?) };
    let report = reporting::build(&migration, occasion)?;
    let exit = reporting::standing(&migration)?;
    let left = reporting::Money::of(&migration)?.of_piles(&[Pile::Ready, Pile::WaitingForDonor]);
    let exit = if exit == Exit::Done && left.rows > 0 { Exit::NeedsPerson } else { exit };
    Ok(Rehearsed { report, exit, folder })
}

/// Says which habits are not those of the likeliest vendor.
fn say_drawn(out: Out, seed: u64, habits: Habits, unlikely: &[String]) {
    if habits == Habits::Likeliest {
        return;
    }
    out.line(&format!("Seed {seed} draws the vendor; what differs from the likeliest (docs/simulator.md):"));
    for some in unlikely.chunks(HABITS_IN_LINE) {
        out.line(&format!("  {}", some.join(", ")));
    }
}

fn next(migration: &Migration) -> Result<String> {
    let held = reporting::Money::of(migration)?.of_piles(&[Pile::Held]);
    Ok(if held.rows > 0 {
        "heirloom check    # and open its report: what is held, and why".into()
    } else {
        "heirloom check; heirloom plan    # the real thing; give your token with --token-file".into()
    })
}
