//! Donors that exist at the simulated vendor already: found there, or held for a person.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use heirloom_ledger::{PairRuling, Ruled};
use heirloom_model::{ItemKind, Moment};
use heirloom_simulator::{Rules, SeedContact, World};
use heirloom_virtuous::{PaceTerms, Target};

use super::plan::{Planned, seal};
use super::target::read_target;
use crate::folder::Folder;
use crate::line::{Line, VirtualClock, WorldTransport};
use crate::migration::Migration;
use crate::out::Out;
use crate::prepare::prepare;
use crate::progress::Progress;

const NOW: Moment = Moment(1_772_000_000_000);

/// A migration with these donors, each a line of name, street, phone and e-mail.
pub(super) fn migration(folder: &Path, donors: &[(&str, &str)]) -> Migration {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/first-steps");
    for name in ["input", "mappings"] {
        std::fs::create_dir_all(folder.join(name)).unwrap();
    }
    for name in ["heirloom.toml", "mappings/gifts.toml", "mappings/donors.toml"] {
        std::fs::copy(sample.join(name), folder.join(name)).unwrap();
    }
    let mut text =
        "Donor ID,Organization,First Name,Last Name,Address,City,State,ZIP,Phone,Email\n".to_owned();
    let mut gifts = "Gift ID,Donor ID,Gift Date,Gift Amount,Payment Method,Fund\n".to_owned();
    for (at, (id, rest)) in donors.iter().enumerate() {
        text += &format!("{id},,{rest}\n");
        gifts += &format!("G-{at},{id},2019-03-0{},10.00,Check,General Fund\n", at % 9 + 1);
    }
    std::fs::write(folder.join("input/donors.csv"), text).unwrap();
    std::fs::write(folder.join("input/gifts.csv"), gifts).unwrap();
    let migration = Migration::open(Folder::new(folder), NOW).unwrap();
    prepare(&migration, Out::Json, Progress::Silent).unwrap();
    migration
}

/// Reads a world that holds these contacts and the project of the gifts, and seals what is ready.
fn plan(migration: &Migration, theirs: &[SeedContact]) -> (Vec<i64>, Planned) {
    plan_in(migration, theirs, &["GEN"])
}

/// The same in a world that has these projects.
pub(super) fn plan_in(
    migration: &Migration,
    theirs: &[SeedContact],
    projects: &[&str],
) -> (Vec<i64>, Planned) {
    let rules = Rules::default();
    let token = rules.token.clone();
    let mut world = World::new(rules);
    for code in projects {
        world.seed_project(code, code, true);
    }
    let ids = theirs.iter().map(|contact| world.seed_contact(contact.clone())).collect();
    let clock = VirtualClock::new(migration.ledger.clone(), NOW);
    let transport = WorldTransport::new(world, &clock);
    let mut line = Line { transport, clock };
    let base = url::Url::parse("http://127.0.0.1:1").unwrap();
    let target = Target::new(base, token.into()).unwrap();
    read_target(migration, &mut line, &target, PaceTerms::default(), Progress::Silent).unwrap();
    (ids, seal(migration, NOW, &Progress::Silent).unwrap())
}

pub(super) fn person(first: &str, last: &str, email: &str) -> SeedContact {
    SeedContact::person(first, last).email(email)
}

/// The legacy id of each contact that was matched, with the contact there and how.
fn matched(migration: &Migration) -> Vec<(String, i64, String)> {
    let of = |m: heirloom_ledger::ContactMatch| {
        let donor = migration.ledger.donor_by_row(m.contact).unwrap().unwrap();
        (donor.legacy_id, m.target, m.how)
    };
    migration.ledger.matches().unwrap().into_iter().map(of).collect()
}

pub(super) fn sealed(migration: &Migration, kind: ItemKind) -> Vec<String> {
    let plans = migration.ledger.plans().unwrap();
    let of_kind = plans.iter().filter(|p| p.kind == kind);
    of_kind.flat_map(|p| migration.ledger.item_states(p.id).unwrap()).map(|line| line.key).collect()
}

pub(super) const QUIRIN: (&str, &str) =
    ("D-1", "Quirin,Xylander,12 Linden Way,Austin,TX,78701,512-555-0142,quirin@xylander.example");
const OTTILIE: (&str, &str) =
    ("D-2", "Ottilie,Brandvold,7 Elm Court,Mesa,AZ,85201,480-555-0107,ottilie@brandvold.example");
const ZENOBIA: (&str, &str) =
    ("D-3", "Zenobia,Farthingale,9 Oak Lane,Provo,UT,84601,801-555-0111,zenobia@farthingale.example");
const NOBODY: (&str, &str) =
    ("D-4", "Cuthbert,Wexley,31 Pine Street,Salem,OR,97301,503-555-0120,cuthbert@wexley.example");

#[test]
fn a_donor_who_is_there_already_is_not_sent_again_and_gets_the_gifts() {
    let folder = tempfile::tempdir().unwrap();
    let migration = migration(folder.path(), &[QUIRIN, OTTILIE, NOBODY]);
    // One under our reference, under another name by now; one by likeness only.
    let married = SeedContact {
        references: vec![("first-steps".into(), "D-1".into())],
        ..person("Q.", "Xylander-Holt", "new@xylander.example")
    };
    let theirs = [married, person("Ottilie", "Brandvold", "ottilie@brandvold.example")];
    let (ids, planned) = plan(&migration, &theirs);
    let found = matched(&migration);
    assert_eq!((found[0].0.as_str(), found[0].1, found[0].2.as_str()), ("D-1", ids[0], "reference"));
    assert_eq!((found[1].0.as_str(), found[1].1), ("D-2", ids[1]));
    assert!(found[1].2.starts_with("likeness, 9"), "{}", found[1].2);
    assert_eq!((found.len(), planned.held), (2, 0));
    assert_eq!(sealed(&migration, ItemKind::Contact), ["D-4"]);
    assert_eq!(sealed(&migration, ItemKind::Gift).len(), 2, "the gifts of those who are there");
}

#[test]
fn of_two_who_are_equally_like_none_is_taken_until_a_person_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let migration = migration(folder.path(), &[ZENOBIA, NOBODY]);
    let twin = || person("Zenobia", "Farthingale", "zenobia@farthingale.example");
    let (ids, planned) = plan(&migration, &[twin(), twin()]);
    assert_eq!((matched(&migration), planned.held), (vec![], 1));
    let doubts = migration.ledger.doubts().unwrap();
    let targets: Vec<i64> = doubts.iter().map(|d| d.target).collect();
    assert_eq!((targets, doubts[0].why.as_str()), (ids.clone(), "another is as like"));
    assert!(doubts[0].reasons.contains("first name exact"), "{}", doubts[0].reasons);
    assert_eq!(sealed(&migration, ItemKind::Contact), ["D-4"], "it is held, not sent");
    assert!(sealed(&migration, ItemKind::Gift).is_empty());

    let row = doubts[0].contact;
    let ruled = |ruling| Ruled { ruling: Some(ruling), initials: "DK", note: "", at: NOW };
    migration.ledger.rule_match(row, ids[1], ruled(PairRuling::Same)).unwrap();
    let (_, planned) = plan(&migration, &[twin(), twin()]);
    assert_eq!(planned.held, 0);
    assert_eq!(matched(&migration), [("D-3".to_owned(), ids[1], "ruled by DK".to_owned())]);
    assert_eq!(sealed(&migration, ItemKind::Gift).len(), 1);
}

#[test]
fn a_likeness_that_is_not_sure_is_held_and_sent_once_a_person_says_no() {
    let folder = tempfile::tempdir().unwrap();
    let migration = migration(folder.path(), &[OTTILIE, NOBODY]);
    // The name alone, in another town.
    let (ids, planned) = plan(&migration, &[SeedContact::person("Ottilie", "Brandvold")]);
    assert_eq!((matched(&migration), planned.held), (vec![], 1));
    let doubts = migration.ledger.doubts().unwrap();
    assert_eq!((doubts[0].target, doubts[0].why.as_str()), (ids[0], "not sure enough"));
    let ruled = Ruled { ruling: Some(PairRuling::Different), initials: "DK", note: "", at: NOW };
    migration.ledger.rule_match(doubts[0].contact, ids[0], ruled).unwrap();
    let (_, planned) = plan(&migration, &[SeedContact::person("Ottilie", "Brandvold")]);
    assert_eq!(planned.held, 0);
    assert_eq!(sealed(&migration, ItemKind::Contact), ["D-2", "D-4"]);
}

#[test]
fn strangers_who_share_nothing_match_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let migration = migration(folder.path(), &[QUIRIN, OTTILIE]);
    let (_, planned) = plan(&migration, &[person("Ann", "Lee", "ann@lee.example")]);
    assert_eq!((matched(&migration), planned.held), (vec![], 0));
    assert_eq!(sealed(&migration, ItemKind::Contact), ["D-1", "D-2"]);
}

#[test]
fn a_link_that_was_stopped_after_learning_ends_as_one_that_was_not() {
    let donors: Vec<(String, String)> = (0..60)
        .map(|n| {
            let (first, last) = (["Ann", "Anne", "Bob"][n % 3], ["Lee", "Xylander", "Wexley"][n / 3 % 3]);
            (
                format!("D-{n}"),
                format!("{first},{last},{} Elm St,Mesa,AZ,85201,480-555-01{:02},", n / 2, n / 3),
            )
        })
        .collect();
    let borrowed: Vec<(&str, &str)> = donors.iter().map(|(id, rest)| (id.as_str(), rest.as_str())).collect();
    let folder = tempfile::tempdir().unwrap();
    let migration = migration(folder.path(), &borrowed);
    let ledger = &migration.ledger;
    let whole = (ledger.clusters().unwrap(), ledger.pairs(None).unwrap());
    assert!(!whole.1.is_empty());
    let learned = super::link_model::stored(ledger).unwrap().unwrap();
    // What a run leaves that is stopped between learning and its end.
    ledger.redo(heirloom_ledger::Stage::Link).unwrap();
    assert_eq!(super::link_model::stored(ledger).unwrap().unwrap(), learned);
    super::link::link(&migration, &Progress::Silent).unwrap();
    assert_eq!((ledger.clusters().unwrap(), ledger.pairs(None).unwrap()), whole);
}
