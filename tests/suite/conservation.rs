//! Promise 1 under attack: whatever is deleted, doubled or altered by one cent, `verify` fails and names the row.

use std::path::Path;

use heirloom::failure::Failure;
use heirloom::folder::Folder;
use heirloom::migration::Migration;
use heirloom::out::Out;
use heirloom::progress::Progress;
use heirloom::rehearse::rehearse;
use heirloom::stages::verify::verify;
use heirloom::world::FaultLevel;
use heirloom_ledger::{Ledger, LedgerError};
use heirloom_model::{Digest, FileId, RowId};
use rusqlite::{Connection, params};

use crate::support::{copy_folder, root};

/// Rows of each table that are attacked, spread over the table.
const ROWS_EACH: usize = 6;

fn problems(folder: &Path) -> Vec<String> {
    let migration = Migration::open_existing(Folder::new(folder).rehearsal()).unwrap();
    verify(&migration, &Progress::Silent).unwrap().problems
}

fn name(folder: &Path, row: i64) -> String {
    let migration = Migration::open_existing(Folder::new(folder).rehearsal()).unwrap();
    migration.name_row(RowId(row))
}

fn rows_of(ledger: &Path, table: &str) -> Vec<i64> {
    let connection = Connection::open(ledger).unwrap();
    let mut statement = connection.prepare(&format!("SELECT row_id FROM {table} ORDER BY row_id")).unwrap();
    let all: Vec<i64> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let step = (all.len() / ROWS_EACH).max(1);
    all.into_iter().step_by(step).take(ROWS_EACH).collect()
}

/// Puts the untouched ledger back, then does the damage.
fn damage(original: &Path, ledger: &Path, sql: &str) {
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", ledger.display()));
    }
    std::fs::copy(original, ledger).unwrap();
    let connection = Connection::open(ledger).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    // The ledger's own guards would refuse; whoever edits a file by hand is not asked.
    connection
        .execute_batch("DROP TRIGGER item_stays; DROP TRIGGER gift_goes; DROP TRIGGER donor_goes")
        .unwrap();
    let changed = connection.execute(sql, []).unwrap();
    assert_eq!(changed, 1, "{sql} changed {changed} rows");
    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE").ok();
}

#[test]
fn deleting_doubling_or_altering_any_row_by_a_cent_is_found_and_named() {
    let workshop = tempfile::tempdir().unwrap();
    let folder = workshop.path().join("harbor-light");
    copy_folder(&root().join("samples/harbor-light"), &folder);
    rehearse(&folder, Some(1), FaultLevel::None, Out::Json, Progress::Silent).unwrap();
    let ledger = Folder::new(&folder).rehearsal().ledger();
    assert_eq!(problems(&folder), Vec::<String>::new(), "an honest ledger is believed");
    {
        let connection = Connection::open(&ledger).unwrap();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    }
    let original = workshop.path().join("original.sqlite");
    std::fs::copy(&ledger, &original).unwrap();

    let attacks: &[(&str, &[&str])] = &[
        (
            "gift",
            &["DELETE FROM gift WHERE row_id = ?", "UPDATE gift SET minor = minor + 1 WHERE row_id = ?"],
        ),
        (
            "part",
            &["DELETE FROM part WHERE row_id = ?", "UPDATE part SET minor = minor - 1 WHERE row_id = ?"],
        ),
        (
            "stopped WHERE minor IS NOT NULL",
            &[
                "DELETE FROM stopped WHERE row_id = ?",
                "UPDATE stopped SET minor = minor + 1 WHERE row_id = ?",
            ],
        ),
        ("donor", &["DELETE FROM donor WHERE row_id = ?"]),
        (
            "gift",
            &[
                "INSERT INTO stopped SELECT row_id, 0, map_id, NULL, minor, currency, date, project, tender, 0 FROM gift WHERE row_id = ?",
            ],
        ),
    ];
    for (table, statements) in attacks {
        let rows = rows_of(&original, table);
        assert!(!rows.is_empty(), "the sample has no {table}");
        for row in rows {
            for statement in *statements {
                let sql = statement.replace('?', &row.to_string());
                damage(&original, &ledger, &sql);
                let found = problems(&folder);
                assert!(!found.is_empty(), "{sql} was not noticed");
                let row_name = name(&folder, row);
                let named = found.iter().any(|p| p.contains(&row_name));
                assert!(named, "{sql}: {row_name} is not named in {found:?}");
                // The sums are a check of their own, and no other covers for it.
                let summed = found.iter().any(|p| p.starts_with("the files hold "));
                assert!(summed || *table != "gift", "{sql}: the sums agree in {found:?}");
            }
        }
    }
}

/// The first chunk of a file with one cell changed, as this program would have written it: bytes and digest.
fn chunk_with(ledger: &Path, file: FileId, change: (usize, usize, &str)) -> (Vec<u8>, Vec<u8>) {
    let (row, column, text) = change;
    let kept = Ledger::open(ledger).unwrap();
    let mut rows = kept.rows(file, 0).unwrap();
    rows[row] = rows[row].with_cell(column, text);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.sqlite");
    let other = Ledger::create(&path, &kept.identity().unwrap()).unwrap();
    // Files are numbered as they come.
    let add = |n: u32| other.add_file("gifts", "gifts.csv", Digest([n as u8; 32]), 1, &[None]).unwrap();
    let added: Vec<FileId> = (1..=file.0).map(add).collect();
    assert_eq!(added.last(), Some(&file));
    other.save_chunk(file, 0, &rows).unwrap();
    drop(other);
    let connection = Connection::open(path).unwrap();
    connection.query_row("SELECT body, digest FROM chunk", [], |r| Ok((r.get(0)?, r.get(1)?))).unwrap()
}

#[test]
fn a_changed_cell_of_the_kept_source_is_found() {
    let workshop = tempfile::tempdir().unwrap();
    let folder = workshop.path().join("first-steps");
    copy_folder(&root().join("samples/first-steps"), &folder);
    rehearse(&folder, Some(1), FaultLevel::None, Out::Json, Progress::Silent).unwrap();
    let rehearsal = Folder::new(&folder).rehearsal();
    let open = || Migration::open_existing(rehearsal.clone()).unwrap();
    let verified = || verify(&open(), &Progress::Silent);
    let set = |what: &str, value: &[u8], file: FileId| {
        let connection = Connection::open(rehearsal.ledger()).unwrap();
        let sql = format!("UPDATE chunk SET {what} = ?1 WHERE file_id = ?2 AND number = 0");
        assert_eq!(connection.execute(&sql, params![value, file.0]).unwrap(), 1);
    };
    assert_eq!(verified().unwrap().problems, Vec::<String>::new());
    let files = open().ledger.files().unwrap();
    let file = files.iter().find(|f| f.name == "gifts.csv").unwrap().id;
    // The header, then G-001, given on 14 March 2019: 50.00.
    let (body, digest) = chunk_with(&rehearsal.ledger(), file, (1, 3, "50.01"));

    set("body", &body, file);
    let chunk = format!("chunk 0 of file {}", file.0);
    let found: Vec<String> = open().ledger.check().unwrap().into_iter().map(|damage| damage.what).collect();
    assert_eq!(found, [format!("{chunk} is not as it was written")]);
    match verified() {
        Err(Failure::Ledger(LedgerError::Damaged { what })) => assert_eq!(what, chunk),
        other => panic!("{:?}", other.map(|verified| verified.problems)),
    }

    // Somebody who knows how puts the digest right as well: the row is read again, and the sums are.
    set("digest", &digest, file);
    let problems = verified().unwrap().problems;
    let told = |start: &str| problems.iter().any(|problem| problem.starts_with(start));
    assert!(told("gifts.csv row 2 is worth ") && told("the files hold "), "{problems:?}");
}
