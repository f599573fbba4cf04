//! `heirloom sim`: the simulated vendor on this computer, and the person at its screen.

use std::path::Path;

use heirloom_simulator::{Repeats, Rules, World, ask_with, serve};
use serde_json::{Value, json};

use super::sim_args::{RepeatHabit, SimAction, SimEvent, SimLog, SimServe};
use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::settings::{RehearsalSettings, in_toml};
use crate::world::{seed_lists, with_lists};

/// Serves, or acts as the person at the simulated vendor's screen.
pub fn sim(setting: &Setting, action: SimAction) -> Result<Said> {
    match action {
        SimAction::Serve(asked) => serve_world(setting, *asked),
        SimAction::World { seed } => {
            let rules = seed.map_or_else(Rules::default, Rules::from_seed);
            let text = toml::to_string(&rules).expect("habits are words and numbers");
            setting.out.line(text.trim_end());
            Said::new(json!({ "world": rules }), Exit::Done)
        }
        SimAction::Night { at } => {
            let answer = post(&at.target, "night", "")?;
            setting.out.line("The night has come: what was held is bundled.");
            setting.out.line(&format!("Next:  heirloom sim run --target {}", at.target));
            said(answer)
        }
        SimAction::Run { import, at } => {
            let what = import.map_or_else(|| "run".to_owned(), |id| format!("run?import={id}"));
            let answer = post(&at.target, &what, "")?;
            setting.out.line(&match import {
                Some(id) => format!("Run was pressed on import {id}."),
                None => "Run was pressed on every import.".to_owned(),
            });
            setting.out.line(&format!("Next:  heirloom reconcile --target {}", at.target));
            said(answer)
        }
        SimAction::Discard { import, at } => {
            let answer = post(&at.target, &format!("discard?import={import}"), "")?;
            setting.out.line(&format!("Import {import} was discarded."));
            said(answer)
        }
        SimAction::Trigger { event, id, at } => {
            let id = id.map_or_else(String::new, |id| format!("&id={id}"));
            let answer = post(&at.target, &format!("trigger?event={}{id}", event_name(event)), "")?;
            let count = answer.get("deliveries").and_then(Value::as_u64).unwrap_or(0);
            setting.out.line(&format!("{} is on its way to {count} webhooks.", event_name(event)));
            said(answer)
        }
        SimAction::Log { of, at } => {
            let what = match of {
                SimLog::Effects => "log",
                SimLog::Requests => "requests",
                SimLog::Imports => "imports",
                SimLog::Webhooks => "webhooks",
            };
            let answer = ask(&at.target, "GET", what, "")?;
            setting.out.line(&answer.to_string());
            said(answer)
        }
        SimAction::Reset { world, at } => {
            let body = match world {
                Some(path) => json!(read_rules(&path)?).to_string(),
                None => String::new(),
            };
            let answer = post(&at.target, "reset", &body)?;
            setting.out.line("The organization is empty.");
            said(answer)
        }
    }
}

/// The event's name on the wire.
fn event_name(event: SimEvent) -> &'static str {
    match event {
        SimEvent::ContactCreate => "ContactCreate",
        SimEvent::ContactUpdate => "ContactUpdate",
        SimEvent::GiftCreate => "GiftCreate",
        SimEvent::GiftUpdate => "GiftUpdate",
        SimEvent::GiftDelete => "GiftDelete",
    }
}

/// What the folder's own heirloom.toml says of the world, if there is one; `--projects` says it better.
fn own_lists(setting: &Setting, projects: Vec<String>) -> RehearsalSettings {
    let own = setting.folder().settings().map(|s| s.rehearsal).unwrap_or_default();
    if projects.is_empty() { own } else { RehearsalSettings { projects, ..own } }
}

/// Reads habits from a file.
fn read_rules(path: &Path) -> Result<Rules> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("cannot read {shown}: {error}"), "name a file that `sim world` made")
    })?;
    toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let help = "docs/simulator.md lists every habit; `sim world` prints a whole file";
        in_toml((&shown, &text), start, error.message(), help)
    })
}

fn serve_world(setting: &Setting, asked: SimServe) -> Result<Said> {
    let mut rules = match (&asked.world, asked.seed) {
        (Some(path), _) => read_rules(path)?,
        (None, Some(seed)) => Rules::from_seed(seed),
        (None, None) => Rules::default(),
    };
    rules.limit = asked.limit.unwrap_or(rules.limit);
    if let Some(habit) = asked.repeats {
        rules.repeats = match habit {
            RepeatHabit::Refused => Repeats::RefusedWithText,
            RepeatHabit::Silent => Repeats::Silent200,
            RepeatHabit::Doubled => Repeats::NotRecognised,
        };
    }
    if let Some(faults) = asked.faults {
        rules.faults = faults.plan()?.faults(rules.seed);
    }
    let mut lists = own_lists(setting, asked.projects);
    if lists.non_cash_types.is_empty() {
        lists.non_cash_types.clone_from(&rules.non_cash_types);
    }
    let mut world = World::new(with_lists(rules, &lists));
    seed_lists(&mut world, &lists);
    let options = serve::ServeOptions { state_file: asked.state, ..Default::default() };
    let served = serve::start(world, asked.port, options).map_err(|error| {
        Failure::usage(
            format!("cannot listen on port {}: {error}", asked.port),
            "take another one with --port, or 0 for any",
        )
    })?;
    let address = format!("http://{}", served.address);
    // Printed at once, in both forms, for whoever waits for the address.
    println!(
        "Serving a simulated Virtuous on {address}; it knows {} projects. Ctrl-C stops it.",
        lists.projects.len()
    );
    println!("Next:  heirloom plan --target {address}");
    served
        .wait()
        .map_err(|error| Failure::usage(format!("the simulator stopped: {error}"), "start it again"))?;
    Said::new(json!({ "address": address }), Exit::Done)
}

fn post(target: &str, what: &str, body: &str) -> Result<Value> {
    ask(target, "POST", what, body)
}

/// Asks the simulator's admin surface.
fn ask(target: &str, method: &str, what: &str, body: &str) -> Result<Value> {
    let answer = ask_with(target, method, what, body).map_err(|error| Failure::Target {
        what: format!("cannot reach the simulator at {target}: {error}"),
        exit: Exit::Paused,
    })?;
    Ok(serde_json::from_str(&answer).unwrap_or(Value::Null))
}

fn said(answer: Value) -> Result<Said> {
    Said::new(json!({ "answer": answer }), Exit::Done)
}
