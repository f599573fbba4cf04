//! kill -9 of any command of a whole migration, which is then run again as the manual says.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use serde_json::Value;

use crate::kill::{apply_arguments, document, essence, record_facts, rule, run, there};
use crate::support::{FAST, Simulator, invented_migration, started};

/// Kills of each command in each world; more on demand with HEIRLOOM_KILLS.
const KILLS: u32 = 1;
const DONORS: usize = 40;
const GIFTS: usize = 300;

/// A kill at one command of a migration, after a share of the time that it takes.
#[derive(Clone, Copy)]
struct Kill {
    nth: usize,
    after: Duration,
}

/// The commands of a migration as a person gives them, one after another.
struct Course<'a> {
    folder: &'a Path,
    address: &'a str,
    /// Whether the vendor recognises repeats, and is known to.
    recognised: bool,
    kill: Option<Kill>,
    /// Whether the kill met a command that ran.
    met: bool,
    /// The commands so far, and what each took.
    given: Vec<(String, Duration)>,
}

impl Course<'_> {
    fn give(&mut self, arguments: &[&str]) {
        if let Some(kill) = self.kill.filter(|kill| kill.nth == self.given.len()) {
            self.met = strike(self.folder, arguments, kill.after);
        }
        let begun = Instant::now();
        run(self.folder, arguments);
        self.given.push((arguments[0].to_owned(), begun.elapsed()));
    }

    fn give_to_the_end(&mut self) {
        let at_target = |words: &[&'static str]| [words, &["--target", self.address], &FAST].concat();
        let (plan, reconcile) = (at_target(&["plan"]), at_target(&["reconcile"]));
        let address = self.address;
        self.give(&["check"]);
        record_facts(self.folder, self.recognised);
        for _ in 0..8 {
            self.give(&plan);
            // What is said to be next is done: so also the rest of a plan whose doubts were ruled on.
            for _ in 0..3 {
                let next = document(self.folder, &["status"])["report"]["next"].take();
                let Some(plan) = next.as_str().unwrap().strip_prefix("heirloom apply ") else { break };
                self.give(&apply_arguments(plan, address));
            }
            run(self.folder, &["sim", "night", "--target", address]);
            run(self.folder, &["sim", "run", "--target", address]);
            self.give(&reconcile);
            rule(self.folder);
            if self.at_rest() {
                return;
            }
        }
        let piles = document(self.folder, &["status"])["report"]["piles"].take();
        panic!("not finished after eight nights: {piles} after {:?}", self.given);
    }

    fn at_rest(&self) -> bool {
        let piles = document(self.folder, &["status"])["report"]["piles"].take();
        let piles = piles.as_array().unwrap();
        !piles.is_empty() && piles.iter().all(|pile| pile["pile"] == "confirmed")
    }
}

/// Ends a command after so long; whether it still ran.
fn strike(folder: &Path, arguments: &[&str], after: Duration) -> bool {
    let mut child = started(folder, arguments);
    std::thread::sleep(after);
    let ran = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    ran
}

/// Runs a migration in a world of its own; what was given, whether the kill met it, and its ending.
fn migrate(folder: &Path, habit: &str, kill: Option<Kill>) -> (Vec<(String, Duration)>, bool, Value) {
    invented_migration(folder, DONORS, GIFTS);
    let simulator = Simulator::serve(folder, habit);
    let (address, recognised) = (simulator.address.as_str(), habit == "refused");
    let mut course = Course { folder, address, recognised, kill, met: false, given: Vec::new() };
    course.give_to_the_end();
    for (kind, how_many) in [("ImportedGift", GIFTS), ("ImportedContact", DONORS)] {
        let there = there(folder, &simulator.address, kind);
        assert_eq!(there.len(), how_many, "{kind}: lost or doubled, {:?}", course.given);
    }
    assert_eq!(run(folder, &["verify"]).0, 0);
    (course.given, course.met, essence(folder))
}

#[test]
fn any_command_of_a_migration_may_be_killed_and_is_given_again() {
    let workshop = tempfile::tempdir().unwrap();
    let place = |name: String| -> PathBuf { workshop.path().join(name) };
    let mut chance = ChaCha8Rng::seed_from_u64(3);
    let kills = std::env::var("HEIRLOOM_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(KILLS);
    for habit in ["refused", "doubled"] {
        let (given, _, ending) = migrate(&place(habit.to_owned()), habit, None);
        let names: Vec<&str> = given.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["check", "plan", "apply", "reconcile", "plan", "apply", "reconcile"]);
        for (nth, (name, took)) in given.iter().enumerate() {
            let mut met = 0;
            for attempt in 0..kills * 5 {
                let share = f64::from(chance.next_u32()) / f64::from(u32::MAX);
                let kill = Kill { nth, after: took.mul_f64(share) };
                let folder = place(format!("{habit}-{nth}-{attempt}"));
                let (_, hit, after) = migrate(&folder, habit, Some(kill));
                assert_eq!(after, ending, "{name}, killed after {:?}, ended otherwise", kill.after);
                std::fs::remove_dir_all(&folder).unwrap();
                met += u32::from(hit);
                if met == kills {
                    break;
                }
            }
            assert_eq!(met, kills, "too few kills met {name}");
        }
    }
}
