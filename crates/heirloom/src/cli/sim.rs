//! `heirloom sim`: the simulated vendor on this computer.

use heirloom_simulator::{Repeats, Rules, World, ask as ask_simulator, serve};
use serde_json::json;

use super::args::{RepeatHabit, SimAction};
use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};

/// Serves, or acts as the person at the simulated vendor's screen.
pub fn sim(setting: &Setting, action: SimAction) -> Result<Said> {
    match action {
        SimAction::Serve { port, seed, state, limit, repeats, projects } => {
            let mut rules = seed.map_or_else(Rules::default, Rules::from_seed);
            rules.limit = limit.unwrap_or(rules.limit);
            if let Some(habit) = repeats {
                rules.repeats = match habit {
                    RepeatHabit::Refused => Repeats::RefusedWithText,
                    RepeatHabit::Silent => Repeats::Silent200,
                    RepeatHabit::Doubled => Repeats::NotRecognised,
                };
            }
            let projects = if projects.is_empty() { own_projects(setting) } else { projects };
            serve_world(rules, port, state, &projects)
        }
        SimAction::Night { at } => {
            ask(setting, &at.target, "POST", "night", "The night has come: what was held is bundled.")
        }
        SimAction::Run { at } => ask(setting, &at.target, "POST", "run", "Run was pressed on every import."),
        SimAction::Log { at } => ask(setting, &at.target, "GET", "log", ""),
    }
}

fn own_projects(setting: &Setting) -> Vec<String> {
    setting.folder().settings().map(|s| s.rehearsal.projects).unwrap_or_default()
}

fn serve_world(
    rules: Rules,
    port: u16,
    state_file: Option<std::path::PathBuf>,
    projects: &[String],
) -> Result<Said> {
    let mut world = World::new(rules);
    for code in projects {
        world.seed_project(code, code, true);
    }
    let options = serve::ServeOptions { state_file, ..Default::default() };
    let served = serve::start(world, port, options).map_err(|error| {
        Failure::usage(
            format!("cannot listen on port {port}: {error}"),
            "take another one with --port, or 0 for any",
        )
    })?;
    let address = format!("http://{}", served.address);
    // Printed at once, in both forms, for whoever waits for the address.
    println!(
        "Serving a simulated Virtuous on {address}; it knows {} projects. Ctrl-C stops it.",
        projects.len()
    );
    println!("Next:  heirloom plan --target {address}");
    served
        .wait()
        .map_err(|error| Failure::usage(format!("the simulator stopped: {error}"), "start it again"))?;
    Said::new(json!({ "address": address }), Exit::Done)
}

fn ask(setting: &Setting, target: &str, method: &str, what: &str, words: &str) -> Result<Said> {
    let answer = ask_simulator(target, method, what).map_err(|error| Failure::Target {
        what: format!("cannot reach the simulator at {target}: {error}"),
        exit: Exit::Paused,
    })?;
    if words.is_empty() {
        setting.out.line(&answer);
    } else {
        setting.out.line(words);
        let next = if what == "night" { "sim run" } else { "reconcile" };
        setting.out.line(&format!("Next:  heirloom {next} --target {target}"));
    }
    let document = serde_json::from_str(&answer).unwrap_or(serde_json::Value::Null);
    Said::new(json!({ "answer": document }), Exit::Done)
}
