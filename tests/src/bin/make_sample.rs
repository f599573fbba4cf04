//! Makes a sample migration folder: `make_sample --help` says how.

#[path = "../make/mod.rs"]
mod make;

use std::error::Error;
use std::process::ExitCode;

use make::{Plan, Shape};

const HELP: &str = "\
Makes a whole migration folder in the shape of a Raiser's Edge export: a workbook of gifts, a
Windows-1252 file of constituents, mappings, settings, expected.toml (what must come out, counted
while writing) and truth.csv (which donor records are the same person). Nobody in it exists. The
same words give the same files.

  make_sample --out DIR [--gifts N] [--donors N] [--seed N] [--csv] [--dirty | --clean]

  --out DIR     the folder to make; files in it are replaced
  --gifts N     gift ids, promises and schedules among them (2500)
  --donors N    donor records (800)
  --seed N      another seed, another food bank (2026)
  --csv         gifts as one CSV file, in constant memory; the choice for large files
  --dirty       plant rows that must be held (the default without --csv)
  --clean       plant none (the default with --csv)

The sample of the repository, and a file to measure with:
  cargo run -p heirloom-tests --bin make_sample -- --out samples/harbor-light
  cargo run -p heirloom-tests --bin make_sample -- --out /tmp/big --gifts 200000 --donors 50000 --seed 7 --csv
";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.is_empty() || words.iter().any(|word| word == "--help" || word == "-h") {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    match read(&words).and_then(|plan| make::make(&plan)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("make_sample: {error}");
            ExitCode::from(2)
        }
    }
}

fn read(words: &[String]) -> Result<Plan, Box<dyn Error>> {
    let mut plan =
        Plan { out: "".into(), gifts: 2_500, donors: 800, seed: 2026, shape: Shape::Workbook, planted: true };
    let mut planted = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
        match word.as_str() {
            "--out" => plan.out = value()?.into(),
            "--gifts" => plan.gifts = value()?.parse()?,
            "--donors" => plan.donors = value()?.parse()?,
            "--seed" => plan.seed = value()?.parse()?,
            "--csv" => plan.shape = Shape::Csv,
            "--dirty" => planted = Some(true),
            "--clean" => planted = Some(false),
            other => return Err(format!("unknown word {other}; see --help").into()),
        }
    }
    if plan.out.as_os_str().is_empty() {
        return Err("--out DIR is needed".into());
    }
    plan.planted = planted.unwrap_or(plan.shape == Shape::Workbook);
    Ok(plan)
}
