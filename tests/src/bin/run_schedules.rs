//! Runs seeded schedules by hand: `run_schedules --help` says how.

use std::error::Error;
use std::process::ExitCode;
use std::time::Instant;

use heirloom::migration::Migration;
use heirloom_tests::schedule::{Many, Weather, many, sweep_many, template};

const HELP: &str = "\
Runs seeded schedules of crashes and faults against simulated worlds, and judges each by the
world's own log. The same seeds give the same trace.

  run_schedules --seeds FROM..TO [--storm | --failpoints] [--threads N] [--until-caught]

  --seeds FROM..TO  which; a million fit in pieces: 0..100000, 100000..200000 and so on
  --storm           faults without end, safety only
  --failpoints      each schedule as often as it passes a failpoint, three times: the process goes
                    there, the disk refuses once, the computer sleeps; about 1,500 runs a seed
  --threads N       how many at a time (two for each core)
  --until-caught    stop at the first failure (for planted bugs)

Ends with 1 if anything was lost, doubled or broken, and names the seeds.
";

/// Failures shown in full.
const SHOWN: usize = 3;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.is_empty() || words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match read(&words).and_then(|(what, failpoints)| run(&what, failpoints)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("run_schedules: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(what: &Many, failpoints: bool) -> Result<ExitCode, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let template = template(folder.path());
    // Failures are told below, with their seeds.
    std::panic::set_hook(Box::new(|_| {}));
    let begun = Instant::now();
    let (told, failures) = if failpoints { strike(what, &template) } else { go(what, &template) };
    println!("{told}; {} s", begun.elapsed().as_secs());
    for words in failures.iter().take(SHOWN) {
        println!("{}", words.chars().take(6000).collect::<String>());
    }
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Schedules with a few crashes each; what they came to, and the failures.
fn go(what: &Many, template: &Migration) -> (String, Vec<String>) {
    let sum = many(what, template);
    let told = format!(
        "{} schedules ({:?}), {} requests, {} faults, {} crashes; {} run twice alike, {} compared with the run \
         without crashes; {} failed; trace {:016x}",
        sum.schedules,
        what.weather,
        sum.requests,
        sum.faults,
        sum.crashes,
        sum.twice,
        sum.compared,
        sum.failures.len(),
        sum.trace,
    );
    (told, sum.failures.into_iter().map(|(seed, words)| format!("seed {seed}: {words}")).collect())
}

/// Every failpoint of every schedule; what they came to, and the failures.
fn strike(what: &Many, template: &Migration) -> (String, Vec<String>) {
    let sum = sweep_many(what, template);
    let (seeds, points, failed) = (what.seeds.end - what.seeds.start, sum.points.len(), sum.failures.len());
    let told = format!("{seeds} schedules, {points} failpoints, {} blows; {failed} failed", sum.blows);
    (told, sum.failures)
}

/// Which schedules, and whether their failpoints are swept.
fn read(words: &[String]) -> Result<(Many, bool), Box<dyn Error>> {
    // Where a stage works beside its reader a schedule waits for a thread of its own: two keep a core busy.
    let threads = 2 * std::thread::available_parallelism().map_or(2, usize::from);
    let mut many = Many { seeds: 0..0, weather: Weather::Live, threads, until_caught: false };
    let mut failpoints = false;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--seeds" => {
                let (from, to) = value()?.split_once("..").ok_or("--seeds is FROM..TO")?;
                many.seeds = from.parse()?..to.parse()?;
            }
            "--threads" => many.threads = value()?.parse()?,
            "--storm" => many.weather = Weather::Storm,
            "--failpoints" => failpoints = true,
            "--until-caught" => many.until_caught = true,
            other => return Err(format!("unknown word {other}; see --help").into()),
        }
    }
    Ok((many, failpoints))
}
