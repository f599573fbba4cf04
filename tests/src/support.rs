//! What the proofs share: where things are, and how to run the real binary.

// Proofs stop at what must not be.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

pub use crate::invented::{invented_migration, root};

/// The real binary, built once for this run.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let mut build = Command::new(cargo);
        // All of the workspace, so that what it depends on was built with the same features already.
        build.args(["build", "--locked", "-q", "--workspace", "--bin", "heirloom"]);
        // What cargo tells this test of its own package would have build scripts run again, and all that
        // depends on them built again, here and at the next call.
        let of_a_package = |name: &str| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "OUT_DIR"
        };
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(of_a_package) {
                build.env_remove(name);
            }
        }
        // This runs from <target>/<profile>/ or a folder in it.
        let here = std::env::current_exe().unwrap();
        if here.components().any(|part| part.as_os_str() == "release") {
            build.arg("--release");
        }
        assert!(build.current_dir(root()).status().unwrap().success(), "the binary does not build");
        let name = format!("heirloom{}", std::env::consts::EXE_SUFFIX);
        let found = here.ancestors().map(|folder| folder.join(&name)).find(|path| path.is_file());
        found.unwrap_or_else(|| panic!("no binary beside {}", here.display()))
    })
}

/// Where runs in `folder` keep their send journal: apart from the ledger, and from other tests.
pub fn state_of(folder: &Path) -> PathBuf {
    folder.join(".state")
}

/// Runs the binary in `folder` without a terminal.
pub fn heirloom(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(binary())
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("HEIRLOOM_STATE", state_of(folder))
        .output()
        .unwrap()
}

/// Starts the binary in `folder`, to be killed or looked at while it works; it says nothing.
pub fn started(folder: &Path, arguments: &[&str]) -> Child {
    Command::new(binary())
        .args(arguments)
        .current_dir(folder)
        .env("HEIRLOOM_STATE", state_of(folder))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The exit code and standard output of a run.
pub fn said(output: &Output) -> (i32, String) {
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs with `--json` and expects an exit code; gives the document.
pub fn run(folder: &Path, arguments: &[&str], expected: i32) -> Value {
    let output = heirloom(folder, &[arguments, &["--json"]].concat());
    let (code, text) = said(&output);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code, expected, "{arguments:?}: {text}{error}");
    serde_json::from_str(&text).unwrap()
}

/// Copies a folder without what runs leave behind.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let name = entry.file_name();
        if ["work", "plans", "reports", "rehearsal"].iter().any(|n| name == *n) {
            continue;
        }
        let target = to.join(&name);
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A quota that no test has to wait for; the simulator is told to allow as much.
pub const FAST: [&str; 4] = ["--requests-per-hour", "4000000", "--reserve", "0"];

/// A served simulator, ended when dropped.
pub struct Simulator {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Simulator {
    /// Serves the world kept in `folder`, with a habit about repeats.
    pub fn serve(folder: &Path, habit: &str) -> Simulator {
        Simulator::serve_with(folder, &["--repeats", habit])
    }

    /// Serves the world kept in `folder`, asked to be so.
    pub fn serve_with(folder: &Path, asked: &[&str]) -> Simulator {
        let state = folder.join("world.json");
        let mut child = Command::new(binary())
            .args(["sim", "serve", "--port", "0", "--limit", "5000000", "--state"])
            .arg(&state)
            .args(asked)
            .arg("-C")
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.split_whitespace().find(|w| w.starts_with("http://")).unwrap();
        Simulator { address: address.trim_end_matches(';').to_owned(), child }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // Asked to stop, it writes its world down; the copies of a prepared folder begin from there.
        if heirloom_simulator::ask(&self.address, "POST", "stop").is_err() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// A command that goes to a simulator, as fast as it may.
pub fn at<'a>(command: &[&'a str], simulator: &'a Simulator) -> Vec<&'a str> {
    [command, &["--target", &simulator.address], &FAST].concat()
}

/// `apply` of a plan there, at any hour and without a pause at its end.
pub fn apply<'a>(plan: &'a str, simulator: &'a Simulator) -> Vec<&'a str> {
    at(&["apply", plan, "--no-guard", "--settle", "0"], simulator)
}

/// Asks a simulator's own surface, which the vendor does not have.
pub fn admin(simulator: &Simulator, method: &str, what: &str, body: &str) -> Value {
    let answer = heirloom_simulator::ask_with(&simulator.address, method, what, body).unwrap();
    serde_json::from_str(&answer).unwrap_or(Value::Null)
}

/// Lets the night come, then has a person press Run on every import.
pub fn night_and_run(simulator: &Simulator) {
    admin(simulator, "POST", "night", "");
    admin(simulator, "POST", "run", "");
}

/// Checks, then sends the donors, who are there after a night and Run; the gifts are planned as `002-gifts`.
pub fn gifts_planned(folder: &Path, simulator: &Simulator) {
    run(folder, &["check"], 0);
    run(folder, &at(&["plan"], simulator), 0);
    run(folder, &apply("001-contacts", simulator), 12);
    night_and_run(simulator);
    run(folder, &at(&["reconcile"], simulator), 0);
    run(folder, &at(&["plan"], simulator), 0);
}

/// Calls that could create something, whether they did or not: every POST but questions and signing in.
pub fn creating_calls(simulator: &Simulator) -> usize {
    let seen = admin(simulator, "GET", "requests", "");
    let asks = |path: &str| path.contains("/Query") || path.ends_with("/Token") || path.contains("/Search");
    let creates = |r: &&Value| r["method"] != "GET" && !asks(r["path"].as_str().unwrap_or_default());
    seen.as_array().unwrap().iter().filter(creates).count()
}
