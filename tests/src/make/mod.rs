//! Makes a whole migration folder in the shape of a Raiser's Edge export: gifts, constituents,
//! mappings, settings, and what must come out. The same plan gives the same files.

mod cells;
mod constituents;
mod dice;
mod donor;
mod funds;
mod gift;
mod person;
mod plant;
mod tally;
mod wear;
mod words;

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use cells::{Book, SHEETS, Table, Text};
use donor::Donors;
use gift::Gifts;
use tally::Tally;

/// What to make.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The folder, made if missing; files in it are replaced.
    pub out: PathBuf,
    /// Gift ids, promises and schedules among them.
    pub gifts: u64,
    /// Donor records.
    pub donors: u64,
    /// The same seed gives the same files.
    pub seed: u64,
    /// How the gifts are written.
    pub shape: Shape,
    /// Whether rows are planted that must be held.
    pub planted: bool,
}

/// The gift file's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A workbook with two sheets, held in memory while it is made.
    Workbook,
    /// A CSV file, written as it is made.
    Csv,
}

/// More gifts than this do not fit a sheet with their split rows.
const WORKBOOK_GIFTS_MAX: u64 = 800_000;

const GIFTS: &str = include_str!("template/gifts.toml");
const CONSTITUENTS: &str = include_str!("template/constituents.toml");
const README: &str = include_str!("template/README.txt");

/// Makes the folder.
///
/// # Errors
/// Those of writing files, and plans that cannot be met.
pub fn make(plan: &Plan) -> Result<(), Box<dyn Error>> {
    if plan.gifts == 0 || plan.donors < 10 {
        return Err("at least 1 gift and 10 donors are needed".into());
    }
    if plan.shape == Shape::Workbook && plan.gifts > WORKBOOK_GIFTS_MAX {
        return Err(format!("a workbook holds {WORKBOOK_GIFTS_MAX} gifts at most; use --csv").into());
    }
    fs::create_dir_all(plan.out.join("input"))?;
    fs::create_dir_all(plan.out.join("mappings"))?;
    let donors = Donors { seed: plan.seed, count: plan.donors, planted: plan.planted };
    let mut tally = Tally::default();
    constituents::write(
        &donors,
        create(&plan.out.join("input/constituents.csv"))?,
        create(&plan.out.join("truth.csv"))?,
        &mut tally,
    )?;
    write_gifts(plan, &donors, &mut tally)?;
    write_texts(plan, &tally)
}

fn write_gifts(plan: &Plan, donors: &Donors, tally: &mut Tally) -> Result<(), Box<dyn Error>> {
    let mut gifts = Gifts::new(plan.seed, plan.gifts, plan.planted, donors);
    let path = plan.out.join("input").join(plan.file_name());
    match plan.shape {
        Shape::Csv => pour(&mut gifts, &mut Text::new(create(&path)?)?, tally),
        Shape::Workbook => {
            let mut book = Book::new(NAME)?;
            pour(&mut gifts, &mut book, tally)?;
            Ok(create(&path)?.write_all(&book.finish()?)?)
        }
    }
}

fn pour(gifts: &mut Gifts, table: &mut impl Table, tally: &mut Tally) -> Result<(), Box<dyn Error>> {
    while let Some((rows, (entry, fate))) = gifts.next() {
        tally.entry(&entry, fate);
        rows.iter().try_for_each(|row| table.row(row))?;
    }
    gifts.rest().iter().try_for_each(|row| table.row(row))
}

const NAME: &str = "Harbor Light Food Bank";

impl Plan {
    fn file_name(&self) -> &'static str {
        match self.shape {
            Shape::Workbook => "gifts_2009-2024.xlsx",
            Shape::Csv => "gifts_2009-2024.csv",
        }
    }

    /// The words that make this folder again, somewhere.
    fn command(&self) -> String {
        let mut words = format!(
            "make_sample --out DIR --gifts {} --donors {} --seed {}",
            self.gifts, self.donors, self.seed
        );
        match (self.shape, self.planted) {
            (Shape::Workbook, true) => {}
            (Shape::Workbook, false) => words.push_str(" --clean"),
            (Shape::Csv, true) => words.push_str(" --csv --dirty"),
            (Shape::Csv, false) => words.push_str(" --csv"),
        }
        words
    }

    fn file_section(&self) -> String {
        let name = format!("[file]\nname = \"{}\"\n", self.file_name());
        match self.shape {
            Shape::Csv => name,
            Shape::Workbook => format!(
                "{name}sheets = [\"{}\", \"{}\"]\nheader_row = 4\ntotal = \"^(grand )?total\"\nskip = [\"^report generated\"]\n",
                SHEETS[0], SHEETS[1]
            ),
        }
    }
}

fn write_texts(plan: &Plan, tally: &Tally) -> Result<(), Box<dyn Error>> {
    let projects: BTreeSet<&str> = funds::FUNDS.iter().map(|(_, (project, _))| *project).collect();
    let projects: Vec<String> = projects.into_iter().map(|project| format!("\"{project}\"")).collect();
    let settings = format!(
        "version = 1\nname = \"{NAME}\"\nsource = \"raisers-edge\"\ncurrency = \"USD\"\nexported_on = \"2026-03-02\"\n\
         batch = \"Historical import 2026-03\"\nreceipt_date = \"gift-date\"\nmappings = [\"gifts.toml\", \"constituents.toml\"]\n\n\
         [rehearsal]\nseed = 1\nprojects = [{}]\n",
        projects.join(", ")
    );
    let expected = tally.to_toml(&plan.command(), plan.shape == Shape::Workbook);
    for (name, text) in [
        ("heirloom.toml", settings.as_str()),
        ("mappings/gifts.toml", &GIFTS.replace("[file]\n", &plan.file_section())),
        ("mappings/constituents.toml", CONSTITUENTS),
        ("README.txt", &README.replace("{command}", &plan.command())),
        ("expected.toml", &expected),
    ] {
        fs::write(plan.out.join(name), text)?;
    }
    Ok(())
}

fn create(path: &Path) -> Result<BufWriter<File>, String> {
    let file = File::create(path).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    Ok(BufWriter::new(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> tempfile::TempDir {
        tempfile::Builder::new().prefix(name).tempdir().unwrap()
    }

    fn plan(out: &Path) -> Plan {
        Plan { out: out.into(), gifts: 2_500, donors: 800, seed: 2026, shape: Shape::Workbook, planted: true }
    }

    #[test]
    fn the_sample_in_the_repository_is_what_the_generator_makes() {
        let made = folder("harbor");
        make(&plan(made.path())).unwrap();
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/harbor-light");
        for name in [
            "heirloom.toml",
            "expected.toml",
            "truth.csv",
            "README.txt",
            "mappings/gifts.toml",
            "mappings/constituents.toml",
            "input/constituents.csv",
            "input/gifts_2009-2024.xlsx",
        ] {
            let same = fs::read(made.path().join(name)).unwrap() == fs::read(kept.join(name)).unwrap();
            assert!(same, "{name} differs: run make_sample --out samples/harbor-light");
        }
    }

    #[test]
    fn every_spelling_stands_in_the_mapping() {
        for spelling in funds::FUNDS
            .iter()
            .flat_map(|(_, (_, spellings))| *spellings)
            .chain(funds::APPEALS.iter().map(|(_, appeal)| appeal))
        {
            assert!(GIFTS.contains(&format!("\n\"{spelling}\" = ")), "{spelling}");
        }
    }

    #[test]
    fn a_clean_plan_holds_nothing() {
        let made = folder("clean");
        let clean = Plan { gifts: 3_000, shape: Shape::Csv, planted: false, ..plan(made.path()) };
        make(&clean).unwrap();
        let expected = fs::read_to_string(made.path().join("expected.toml")).unwrap();
        assert!(
            expected.contains("[gifts.held]\n\n") && expected.contains("[donors.held]\n\n"),
            "{expected}"
        );
    }
}
