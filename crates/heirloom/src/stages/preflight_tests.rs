//! What the simulated vendor lacks holds the rows that name it, and nothing else.
#![allow(clippy::unwrap_used)]

use heirloom_model::{Code, ItemKind};

use super::likeness_tests::{QUIRIN, migration, person, plan_in, sealed};
use super::preflight::lacking_found;

#[test]
fn a_gift_whose_project_is_lacking_there_waits_until_somebody_made_it() {
    let folder = tempfile::tempdir().unwrap();
    let migration = migration(folder.path(), &[QUIRIN]);
    let theirs = [person("Quirin", "Xylander", "quirin@xylander.example")];
    let (_, planned) = plan_in(&migration, &theirs, &["BLDG"]);
    assert!(sealed(&migration, ItemKind::Gift).is_empty());
    let lacking: Vec<_> =
        planned.lacking.into_iter().map(|(what, found)| (what, found.rows, found.minor)).collect();
    assert_eq!(lacking, [(("project", "GEN".to_owned()), 1, 1_000)], "with its rows and its money");
    let found = lacking_found(&migration.ledger).unwrap();
    let found: Vec<_> = found.iter().map(|(code, what, rows)| (*code, what.as_str(), rows.rows)).collect();
    assert_eq!(found, [(Code::LacksCode, "project GEN", 1)]);
    let (_, planned) = plan_in(&migration, &theirs, &["BLDG", "GEN"]);
    assert!(planned.lacking.is_empty());
    assert_eq!(lacking_found(&migration.ledger).unwrap(), []);
    assert_eq!(sealed(&migration, ItemKind::Gift).len(), 1);
}
