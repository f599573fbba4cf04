//! The samples, counted a second time by code that knows nothing of mappings.

use std::path::Path;

use heirloom::failure::Exit;
use heirloom::folder::Folder;
use heirloom::migration::Migration;
use heirloom::out::Out;
use heirloom::progress::Progress;
use heirloom::rehearse::{Rehearsed, rehearse};
use heirloom::stages::verify::verify;
use heirloom::world::FaultLevel;
use heirloom_model::{Pile, Tally};

use crate::support::{copy_folder, root};

/// A migration, carried through against the likeliest vendor.
pub fn rehearsed(folder: &Path) -> Rehearsed {
    rehearse(folder, None, FaultLevel::None, Out::Json, Progress::Silent).unwrap()
}

/// A sample, the same, in a folder of its own.
pub fn rehearsed_sample(name: &str, folder: &Path) -> Rehearsed {
    copy_folder(&root().join("samples").join(name), folder);
    rehearsed(folder)
}

/// What stands in a pile at the end.
pub fn pile(ended: &Rehearsed, pile: Pile) -> Tally {
    ended.report.piles.iter().find(|(p, _)| *p == pile).map(|(_, tally)| *tally).unwrap_or_default()
}

/// Cents by the digits of a text: everything that is no digit, sign or decimal mark is passed over.
pub fn cents(text: &str, decimal: char) -> i128 {
    let (whole, part) = text.rsplit_once(decimal).unwrap_or((text, "0"));
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let part = format!("{:0<2}", digits(part));
    let value = format!("0{}{}", digits(whole), &part[..2]).parse::<i128>().unwrap();
    if text.contains(['-', '(']) { -value } else { value }
}

fn table(path: &Path) -> Vec<std::collections::HashMap<String, String>> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

/// Every sample of the repository.
fn names() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("samples")).unwrap().flatten().filter(|f| f.path().is_dir());
    let mut names: Vec<String> = folders.map(|f| f.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn the_npsp_sample_confirms_or_holds_every_paid_cent() {
    let workshop = tempfile::tempdir().unwrap();
    let ended = rehearsed_sample("npsp-trailhead", workshop.path());
    let payments = table(&workshop.path().join("input/npe01__OppPayment__c.csv"));
    let paid: Vec<_> = payments.iter().filter(|p| p["npe01__Paid__c"] == "true").collect();
    let sum: i128 = paid.iter().map(|p| cents(&p["npe01__Payment_Amount__c"], '.')).sum();
    assert_eq!((paid.len(), sum), (71, 17_851_165), "the file itself");

    let (confirmed, held) = (pile(&ended, Pile::Confirmed), pile(&ended, Pile::Held));
    assert_eq!(confirmed.minor + held.minor, sum);
    let orphans = table(&workshop.path().join("input/Opportunity.csv"))
        .iter()
        .filter(|o| payments.iter().all(|p| p["npe01__opportunity__c"] != o["sf_id"]))
        .count();
    assert_eq!(
        (confirmed.rows + held.rows) as usize,
        paid.len() + orphans,
        "rows without money stay in sight"
    );
    let unpaid = payments.len() - paid.len();
    assert_eq!(pile(&ended, Pile::Excluded).rows as usize, unpaid);
    assert!(ended.report.excluded.iter().all(|rule| !rule.rule.is_empty()));
    assert_eq!(ended.exit, Exit::NeedsPerson);
    ended.report.check_chain().unwrap();
}

#[test]
fn the_harbor_light_sample_comes_to_what_its_maker_counted() {
    let workshop = tempfile::tempdir().unwrap();
    let ended = rehearsed_sample("harbor-light", workshop.path());
    let text = std::fs::read_to_string(root().join("samples/harbor-light/expected.toml")).unwrap();
    let expected: toml::Table = toml::from_str(&text).unwrap();
    let gifts = expected["gifts"].as_table().unwrap();
    let counted = |value: &toml::Value| {
        let number = |key: &str| i128::from(value[key].as_integer().unwrap());
        (number("rows"), number("cents"))
    };
    let tally = |name: &str| counted(&gifts[name]);
    let found = |p: Pile| {
        let tally = pile(&ended, p);
        (i128::from(tally.rows), tally.minor)
    };
    let start = &ended.report.chain[0];
    assert_eq!((i128::from(start.rows), start.minor), tally("read"));
    let held: Vec<(i128, i128)> = gifts["held"].as_table().unwrap().values().map(counted).collect();
    let held = held.into_iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    assert_eq!(found(Pile::Held), held);
    let mut excluded = (0, 0);
    for (rule, value) in gifts["excluded"].as_table().unwrap() {
        let line = ended.report.excluded.iter().find(|l| l.rule == *rule);
        let line = line.unwrap_or_else(|| panic!("no rule {rule:?} in {:?}", ended.report.excluded));
        assert_eq!((i128::from(line.rows), line.minor), counted(value), "{rule}");
        excluded = (excluded.0 + counted(value).0, excluded.1 + counted(value).1);
    }
    let read = tally("read");
    assert_eq!(found(Pile::Confirmed), (read.0 - held.0 - excluded.0, read.1 - held.1 - excluded.1));
    for (year, value) in gifts["read_by_year"].as_table().unwrap() {
        let line = ended.report.by_year.iter().find(|l| l.label == *year).unwrap();
        assert_eq!((i128::from(line.file.rows), line.file.minor), counted(value), "{year}");
    }
    ended.report.check_chain().unwrap();
}

#[test]
fn every_sample_verifies_and_agrees_by_year_fund_and_type() {
    for name in names() {
        let name = name.as_str();
        let workshop = tempfile::tempdir().unwrap();
        let ended = rehearsed_sample(name, workshop.path());
        for row in ended.report.by_year.iter().chain(&ended.report.by_fund).chain(&ended.report.by_type) {
            assert!(row.agrees, "{name}: {row:?}");
        }
        let balance = &ended.report.donors;
        let placed = balance.contacts + balance.merged_into + balance.second_individuals;
        assert_eq!(placed + balance.excluded + balance.held, balance.records, "{name}: donors balance");
        let migration = Migration::open_existing(Folder::new(workshop.path()).rehearsal()).unwrap();
        let verified = verify(&migration, &Progress::Silent).unwrap();
        assert_eq!(verified.problems, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_same_seed_gives_the_same_report_and_faults_change_no_ending() {
    let report = |faults| {
        let workshop = tempfile::tempdir().unwrap();
        copy_folder(&root().join("samples/first-steps"), workshop.path());
        let ended = rehearse(workshop.path(), Some(5), faults, Out::Json, Progress::Silent).unwrap();
        (heirloom_report::json(&ended.report), pile(&ended, Pile::Confirmed))
    };
    assert_eq!(report(FaultLevel::None).0, report(FaultLevel::None).0);
    assert_eq!(report(FaultLevel::Mild).0, report(FaultLevel::Mild).0);
    for faults in [FaultLevel::Mild, FaultLevel::Nasty] {
        assert_eq!(report(faults).1, report(FaultLevel::None).1, "{faults:?}");
    }
}
