//! Times how soon a half-sent plan goes on: `measure_resume --help` says how.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use heirloom_simulator::ask;
use heirloom_tests::support::{FAST, Simulator, heirloom, invented_migration, said, started};
use serde_json::Value;

const HELP: &str = "\
Makes a migration of invented gifts, sends half of them with the real binary to a served simulator,
starts `apply` again, and says how long it took until the simulator's log shows its first request,
and its first new sending. Ends with 1 if that was later than 3 seconds.

  measure_resume [--gifts N] [--donors N] [--times N]

  --gifts N   items of the plan (100000)
  --donors N  who gave them (2000)
  --times N   how often it is resumed (5)

  cargo run --release -p heirloom-tests --bin measure_resume -- --gifts 100000
  cargo run --release -p heirloom-tests --bin measure_resume -- --gifts 10000 --times 1
";

/// What is promised for a plan of 100,000 items.
const PROMISED_MS: i64 = 3_000;
/// How long one waits for a first sending.
const PATIENCE: Duration = Duration::from_secs(120);

/// What to make, and how often to measure.
struct Words {
    gifts: usize,
    donors: usize,
    times: usize,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match read(&words).and_then(|words| measure(&words)) {
        Ok(worst_ms) if worst_ms <= PROMISED_MS => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("measure_resume: {error}");
            ExitCode::from(2)
        }
    }
}

fn read(words: &[String]) -> Result<Words, Box<dyn Error>> {
    let mut found = Words { gifts: 100_000, donors: 2_000, times: 5 };
    for pair in words.chunks(2) {
        let value = pair.get(1).ok_or_else(|| format!("{} needs a value", pair[0]))?.parse()?;
        match pair[0].as_str() {
            "--gifts" => found.gifts = value,
            "--donors" => found.donors = value,
            "--times" => found.times = value,
            other => return Err(format!("unknown word {other}; see --help").into()),
        }
    }
    Ok(found)
}

/// Makes, sends half, resumes; gives the slowest first sending in milliseconds.
fn measure(words: &Words) -> Result<i64, Box<dyn Error>> {
    let place = tempfile::tempdir()?;
    let folder = place.path();
    invented_migration(folder, words.donors, words.gifts);
    let simulator = Simulator::serve(folder, "refused");
    let address = simulator.address.as_str();
    run(folder, &["check"])?;
    plan(folder, address)?;
    run(folder, &apply("001-contacts", address))?;
    run(folder, &["sim", "night", "--target", address])?;
    run(folder, &["sim", "run", "--target", address])?;
    run(folder, &[&["reconcile", "--target", address][..], &FAST].concat())?;
    let gifts = plan(folder, address)?;
    let half = (words.gifts / 200).to_string();
    run(folder, &[&apply(&gifts, address)[..], &["--max-requests", &half]].concat())?;
    println!("a plan of {} gifts, half of them sent", words.gifts);
    let mut worst_ms = 0;
    for _ in 0..words.times {
        let (request_ms, sending_ms) = resumed(folder, address, &gifts)?;
        println!("first request after {request_ms} ms, first new sending after {sending_ms} ms");
        worst_ms = worst_ms.max(sending_ms);
    }
    println!("at the slowest {worst_ms} ms; promised for 100,000 items: {PROMISED_MS} ms");
    Ok(worst_ms)
}

/// Starts `apply`; gives when its first request and its first sending arrived, after the start.
fn resumed(folder: &Path, address: &str, plan: &str) -> Result<(i64, i64), Box<dyn Error>> {
    // The simulator's clock may be ahead of ours: a request of our own tells by how much.
    let earlier = requests(address, 0)?.len();
    let begun = Instant::now();
    ask_as_a_client(address)?;
    let marked_ms = begun.elapsed().as_millis() as i64;
    let mut child = started(folder, &[&apply(plan, address)[..], &["--max-requests", "2"]].concat());
    let times = seen_to_arrive(address, earlier, begun, marked_ms);
    // It ends by itself once it has sent; if nothing came it is ended.
    let ended = if times.is_err() { child.kill() } else { Ok(()) };
    child.wait()?;
    ended?;
    times
}

/// When its first request and its first sending arrive, looked for until they do.
fn seen_to_arrive(
    address: &str,
    earlier: usize,
    begun: Instant,
    marked_ms: i64,
) -> Result<(i64, i64), Box<dyn Error>> {
    loop {
        let seen = requests(address, earlier)?;
        let at = |request: &Value| request["at_ms"].as_i64().unwrap_or_default();
        let mark = seen.first().map(at).ok_or("the simulator did not see the mark")?;
        let sending = seen[1..].iter().find(|request| request["creates"] == true);
        if let Some(sending) = sending {
            return Ok((at(&seen[1]) - mark + marked_ms, at(sending) - mark + marked_ms));
        }
        if begun.elapsed() > PATIENCE {
            return Err("nothing was sent".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A request from outside, which the simulator logs like any other.
fn ask_as_a_client(address: &str) -> Result<(), Box<dyn Error>> {
    use std::io::{Read, Write};
    let host = address.trim_start_matches("http://").trim_end_matches('/');
    let mut stream = std::net::TcpStream::connect(host)?;
    let lines =
        format!("GET /api/Organization/Current HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(lines.as_bytes())?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

fn requests(address: &str, from: usize) -> Result<Vec<Value>, Box<dyn Error>> {
    Ok(serde_json::from_str(&ask(address, "GET", &format!("requests?from={from}"))?)?)
}

fn apply<'a>(plan: &'a str, address: &'a str) -> Vec<&'a str> {
    [&["apply", plan, "--target", address, "--no-guard"][..], &FAST].concat()
}

/// Plans; gives the plan's name.
fn plan(folder: &Path, address: &str) -> Result<String, Box<dyn Error>> {
    let text = run(folder, &[&["plan", "--json", "--target", address][..], &FAST].concat())?;
    let planned: Value = serde_json::from_str(&text)?;
    Ok(planned["plans"][0].as_str().ok_or("nothing was planned")?.to_owned())
}

fn run(folder: &Path, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = heirloom(folder, arguments);
    let (code, text) = said(&output);
    match code {
        // Done, paused at the number of requests asked for, or waiting for a person at the vendor.
        0 | 4 | 12 => Ok(text),
        _ => {
            Err(format!("{arguments:?} ended {code}: {text}{}", String::from_utf8_lossy(&output.stderr))
                .into())
        }
    }
}
