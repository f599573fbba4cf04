//! What a rehearsal can be asked to be, through the real binary: another vendor, other systems, faults of one's own.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Output;

use heirloom_tests::support::{Simulator, copy_folder, heirloom, root};

fn sample() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&root().join("samples/first-steps"), folder.path());
    folder
}

fn rehearsed(folder: &Path, more: &[&str]) -> (Output, String) {
    let arguments: Vec<&str> = ["rehearse", "."].iter().chain(more).copied().collect();
    let output = heirloom(folder, &arguments);
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, shown)
}

#[test]
fn a_seed_of_ones_own_draws_another_vendor_and_none_leaves_the_likeliest() {
    let folder = sample();
    let (plain, shown) = rehearsed(folder.path(), &[]);
    assert_eq!(plain.status.code(), Some(0), "{shown}");
    assert!(!shown.contains("draws the vendor"), "{shown}");
    let (_, seven) = rehearsed(folder.path(), &["--seed", "7"]);
    let (_, again) = rehearsed(folder.path(), &["--seed", "7"]);
    let (_, nine) = rehearsed(folder.path(), &["--seed", "9"]);
    assert_eq!(seven, again, "the same seed gives the same rehearsal");
    assert!(seven.contains("Seed 7 draws the vendor") && nine.contains("Seed 9 draws the vendor"), "{seven}");
    let habits = |shown: &str| shown.lines().skip(2).take(2).map(str::to_owned).collect::<Vec<_>>();
    assert_ne!(habits(&seven), habits(&nine));
    assert!(shown.contains("Everything is confirmed"), "{shown}");
    let (_, back) = rehearsed(folder.path(), &[]);
    assert_eq!(back, shown, "nothing of a drawn vendor stays");
}

#[test]
fn the_file_of_faults_in_the_manual_is_met_and_harms_nothing() {
    let manual = std::fs::read_to_string(root().join("docs/simulator.md")).unwrap();
    let written = manual.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert!(written.contains("lose_reply"), "{written}");
    let folder = sample();
    std::fs::write(folder.path().join("rough.toml"), written).unwrap();
    let (calm, _) = rehearsed(folder.path(), &["--json"]);
    let (rough, shown) = rehearsed(folder.path(), &["--json", "--faults", "rough.toml"]);
    assert_eq!(rough.status.code(), Some(0), "{shown}");
    let report = |output: &Output| {
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        document["report"].clone()
    };
    let (calm, rough) = (report(&calm), report(&rough));
    for part in ["chain", "piles", "by_fund", "answer"] {
        assert_eq!(calm[part], rough[part], "what goes wrong on the way changes no ending");
    }
    assert!(rough["answer"].as_str().is_some_and(|text| text.contains("$7,595.50")), "{}", rough["answer"]);
    let met = rough["rehearsal"]["on_the_way"].to_string();
    assert!(met.contains("LoseReply"), "{}", rough["rehearsal"]);
}

#[test]
fn where_nothing_is_known_what_is_in_doubt_waits_for_a_person_and_the_ending_is_the_same() {
    let folder = sample();
    let report = |more: &[&str]| -> serde_json::Value {
        let arguments = [&["--json"][..], more].concat();
        let (output, shown) = rehearsed(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{shown}");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()["report"].take()
    };
    let nights = |report: &serde_json::Value| report["rehearsal"]["nights"].as_u64().unwrap();
    let calm = report(&[]);
    for seed in 1..5 {
        // Half of all sendings are lost before they arrive, and nobody can know.
        let rough = format!("seed = {seed}\ndrop_before = 500\ncreating_only = true\nfaults_max = 12\n");
        std::fs::write(folder.path().join("rough.toml"), rough).unwrap();
        let rough = report(&["--faults", "rough.toml", "--unknown"]);
        for part in ["chain", "piles", "by_fund", "answer"] {
            assert_eq!(calm[part], rough[part], "seed {seed}: {part}");
        }
        assert!(nights(&rough) > nights(&calm), "seed {seed}: doubt costs a night");
    }
    let (_, shown) = rehearsed(folder.path(), &["--faults", "rough.toml", "--unknown"]);
    assert!(shown.contains("Nothing is known of the vendor") && shown.contains("in doubt"), "{shown}");
    assert!(shown.contains("not there after Run: to be sent again"), "{shown}");
}

/// The status line of one request written by hand.
fn asked_by_hand(address: &str) -> String {
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!(
        "GET /api/Organization/Current HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer heirloom-simulator\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn a_served_simulator_makes_the_faults_of_a_file_and_then_no_more() {
    let folder = sample();
    let rough = folder.path().join("rough.toml");
    std::fs::write(&rough, "http_503_before = 1000\nfaults_max = 3\n").unwrap();
    let simulator = Simulator::serve_with(folder.path(), &["--faults", rough.to_str().unwrap()]);
    let answers: Vec<String> = (0..5).map(|_| asked_by_hand(&simulator.address)).collect();
    let expected = ["HTTP/1.1 503", "HTTP/1.1 503", "HTTP/1.1 503", "HTTP/1.1 200", "HTTP/1.1 200"];
    for (answer, expected) in answers.iter().zip(expected) {
        assert!(answer.starts_with(expected), "{answers:?}");
    }
}

#[test]
fn a_mistake_in_a_file_of_faults_is_shown_at_its_line() {
    let folder = sample();
    let check = |text: &str, expected: &[&str]| {
        std::fs::write(folder.path().join("rough.toml"), text).unwrap();
        let (output, _) = rehearsed(folder.path(), &["--faults", "rough.toml"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        for word in expected {
            assert!(said.contains(word), "{word}: {said}");
        }
    };
    check("lose_reply = 20\nloose_reply = 5\n", &["rough.toml line 2", "loose_reply"]);
    check("faults_max = 9\nslow = \"often\"\n", &["rough.toml line 2", "slow = \"often\""]);
    check("lose_reply = 900\nslow = 200\n", &["1100 of 1,000 requests"]);
    check("slow = 1\nlate_by_ms = -1\n", &["rough.toml line 2", "not below 0"]);
    std::fs::remove_file(folder.path().join("rough.toml")).unwrap();
    let (output, _) = rehearsed(folder.path(), &["--faults", "mildly"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("none, mild or nasty"), "{said}");
}

#[test]
fn other_systems_slow_a_rehearsal_and_may_not_use_everything() {
    let folder = sample();
    let (output, shown) = rehearsed(folder.path(), &["--json", "--others", "14"]);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("of which others use 4200"), "{shown}");
    let (output, _) = rehearsed(folder.path(), &["--others", "17"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("leave nothing") && said.contains("--others 16"), "{said}");
}
