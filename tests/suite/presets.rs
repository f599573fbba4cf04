//! Every preset's sample: carried to reconciled, and worth what its file says when somebody counts it
//! who knows nothing of mappings.

use std::path::{Path, PathBuf};
use std::process::Command;

use heirloom::failure::Exit;
use heirloom::presets::{PRESETS, preset};
use heirloom::rehearse::Rehearsed;
use heirloom_model::{Currency, GiftDate, Pile};

use crate::samples::{cents, pile, rehearsed, rehearsed_sample};
use crate::support::root;

/// A gift file of a sample, as far as its money goes.
struct Money {
    sample: &'static str,
    file: &'static str,
    delimiter: u8,
    /// Lines above the header, blank ones not counted.
    above: usize,
    amounts: &'static [&'static str],
    decimal_comma: bool,
    /// The column of an id that counts once.
    once: Option<&'static str>,
    /// Lines below the header that are no rows, by how their first cell begins.
    structure: &'static [&'static str],
}

const PLAIN: Money = Money {
    sample: "",
    file: "gifts.csv",
    delimiter: b',',
    above: 0,
    amounts: &["Amount"],
    decimal_comma: false,
    once: None,
    structure: &[],
};

const SAMPLES: &[Money] = &[
    Money { sample: "raisers-edge-export", amounts: &["Gf_Amount"], ..PLAIN },
    Money { sample: "donorperfect", amounts: &["amount"], ..PLAIN },
    Money { sample: "bloomerang", file: "transactions.csv", ..PLAIN },
    Money { sample: "little-green-light", amounts: &["Gift amount"], structure: &["Total"], ..PLAIN },
    Money { sample: "neoncrm", file: "donations.csv", amounts: &["Donation Amount"], ..PLAIN },
    Money { sample: "etapestry", file: "journal.csv", delimiter: b'\t', amounts: &["Received"], ..PLAIN },
    Money {
        sample: "npsp-report",
        file: "opportunities.csv",
        structure: &["Grand Totals", "Confidential", "Copyright"],
        ..PLAIN
    },
    Money {
        sample: "npsp-import",
        file: "data-import.csv",
        above: 4,
        amounts: &["Donation Amount"],
        structure: &["NPSP__"],
        ..PLAIN
    },
    Money {
        sample: "civicrm",
        file: "contributions.csv",
        delimiter: b';',
        amounts: &["Total Amount"],
        decimal_comma: true,
        ..PLAIN
    },
    Money { sample: "kindful", file: "transactions.csv", ..PLAIN },
    Money { sample: "paypal", file: "activity.csv", amounts: &["Gross"], ..PLAIN },
    Money { sample: "stripe", file: "payments.csv", ..PLAIN },
    Money { sample: "church", file: "donations.csv", amounts: &["amount"], ..PLAIN },
    Money { sample: "first-steps", amounts: &["Gift Amount"], ..PLAIN },
    Money {
        sample: "wide-spreadsheet",
        file: "donors-and-gifts.csv",
        amounts: &["Gift 1 Amt", "Gift 2 Amt", "Gift 3 Amt", "Gift 4 Amt", "Gift 5 Amt", "Gift 6 Amt"],
        ..PLAIN
    },
    Money { sample: "soft-credit-rows", amounts: &["Gift Amount"], once: Some("Gift ID"), ..PLAIN },
];

fn text_of(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => {
            let units: Vec<u16> = rest.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
            String::from_utf16(&units).unwrap()
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        all => String::from_utf8_lossy(all).into_owned(),
    }
}

/// What a gift file says it is worth.
fn own_total(money: &Money, path: &Path) -> i128 {
    let text = text_of(path);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(money.delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = reader.records().map(|r| r.unwrap()).skip(money.above);
    let header = rows.next().unwrap();
    let place = |name: &&str| header.iter().position(|h| h == *name).unwrap_or_else(|| panic!("no {name}"));
    let amounts: Vec<usize> = money.amounts.iter().map(place).collect();
    let once = money.once.as_ref().map(place);
    let mut seen = std::collections::BTreeSet::new();
    let mut sum = 0;
    for row in rows.filter(|r| !money.structure.iter().any(|s| r[0].starts_with(s))) {
        if once.is_some_and(|column| !seen.insert(row[column].to_owned())) {
            continue;
        }
        let decimal = if money.decimal_comma { ',' } else { '.' };
        sum += amounts.iter().map(|&c| cents(&row[c], decimal)).sum::<i128>();
    }
    sum
}

/// Nothing may be left on its way: every row is confirmed, or somebody knows why it is not.
fn reconciled(name: &str, ended: &Rehearsed, expected: i128) {
    assert!(matches!(ended.exit, Exit::Done | Exit::NeedsPerson), "{name}: {:?}", ended.exit);
    ended.report.check_chain().unwrap();
    let at_home: i128 = ended.report.piles.iter().map(|(_, tally)| tally.minor).sum();
    // The file's digits are of all its currencies; the report keeps the others by themselves.
    let foreign: i128 = ended.report.other_currencies.iter().map(|line| line.tally.minor).sum();
    assert_eq!(at_home + foreign, expected, "{name}: {:?}", ended.report.piles);
    let settled = [Pile::Confirmed, Pile::Held, Pile::Excluded, Pile::Repeat];
    let waiting: Vec<_> =
        ended.report.piles.iter().filter(|(p, t)| !settled.contains(p) && t.rows > 0).collect();
    assert!(waiting.is_empty(), "{name}: {waiting:?}");
    assert!(pile(ended, Pile::Confirmed).rows > 0, "{name}: nothing was confirmed");
}

#[test]
fn every_sample_of_a_system_reconciles_to_the_sum_of_its_own_file() {
    for money in SAMPLES {
        let workshop = tempfile::tempdir().unwrap();
        let ended = rehearsed_sample(money.sample, workshop.path());
        let expected = own_total(money, &workshop.path().join("input").join(money.file));
        reconciled(money.sample, &ended, expected);
    }
}

/// Every mapping of every sample, with its text.
fn mappings() -> Vec<(PathBuf, String)> {
    let samples = std::fs::read_dir(root().join("samples")).unwrap().flatten();
    let folders = samples.map(|s| s.path().join("mappings")).filter(|f| f.is_dir());
    let files = folders.flat_map(|f| std::fs::read_dir(f).unwrap().flatten().map(|e| e.path()));
    files.map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_preset_is_exercised_by_a_sample() {
    let used: String = mappings().into_iter().map(|(_, text)| text).collect();
    for (name, _) in PRESETS {
        assert!(used.contains(&format!("extends = \"{name}\"")), "no sample extends {name}");
    }
}

#[test]
fn every_example_in_a_sample_holds() {
    let mut examples = 0;
    for (path, text) in mappings() {
        let mapping = heirloom_mapping::parse("sample", &text, &preset).unwrap();
        let day = GiftDate::new(2026, 3, 2).unwrap();
        for result in heirloom_mapping::run_examples(&mapping, Currency::USD, day) {
            examples += 1;
            assert!(result.problems.is_empty(), "{}: {result:?}", path.display());
        }
    }
    assert!(examples > 0);
}

/// The files of the generator that accompanies the project's brief, read by the preset as it is.
#[test]
fn generated_raisers_edge_exports_are_read_by_the_preset_unmodified() {
    let generator = root().join("../shared/tools/gen_donors.py");
    if !generator.is_file() {
        println!("skipped: ../shared/tools/gen_donors.py is not here");
        return;
    }
    let workshop = tempfile::tempdir().unwrap();
    let input = workshop.path().join("input");
    let ran = Command::new("python3")
        .arg(&generator)
        .args(["--n", "300", "--seed", "7", "--out"])
        .arg(&input)
        .output();
    if !ran.is_ok_and(|output| output.status.success()) {
        println!("skipped: python3 with numpy is not here");
        return;
    }
    std::fs::remove_file(input.join("truth.csv")).unwrap();
    let sample = root().join("samples/raisers-edge-export");
    let mappings = workshop.path().join("mappings");
    std::fs::create_dir_all(&mappings).unwrap();
    std::fs::copy(sample.join("mappings/contacts.toml"), mappings.join("contacts.toml")).unwrap();
    // Only this organization's own words: funds and appeals.
    let mut words = String::from("version = 1\nrecord = \"gift\"\nextends = \"raisers-edge-export-gifts\"\n");
    let list = |column: &str| -> std::collections::BTreeSet<String> {
        let mut reader = csv::Reader::from_path(input.join("gifts.csv")).unwrap();
        let header = reader.headers().unwrap().clone();
        let places: Vec<usize> = (0..header.len())
            .filter(|&i| header[i].starts_with("Gf_") && header[i].ends_with(column))
            .collect();
        let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.unwrap()).collect();
        let cells = rows.iter().flat_map(|r| places.iter().map(|&p| r[p].trim().to_owned()));
        cells.filter(|text| !text.is_empty()).collect()
    };
    for (table, column) in [("fund", "_Fund"), ("appeal", "_Appeal")] {
        words += &format!("[values.{table}]\n");
        for word in list(column) {
            words += &format!("\"{word}\" = \"GEN\"\n");
        }
    }
    std::fs::write(mappings.join("gifts.toml"), words).unwrap();
    let settings = std::fs::read_to_string(sample.join("heirloom.toml")).unwrap();
    std::fs::write(workshop.path().join("heirloom.toml"), settings).unwrap();
    let money = Money { amounts: &["Gf_Amount"], ..PLAIN };
    let expected = own_total(&money, &input.join("gifts.csv"));
    let ended = rehearsed(workshop.path());
    reconciled("gen_donors.py", &ended, expected);
    let pledges = ended.report.excluded.iter().find(|line| line.rule.starts_with("pledge"));
    assert!(pledges.is_some_and(|line| line.rows > 0), "pledges are left out by their rule");
}
