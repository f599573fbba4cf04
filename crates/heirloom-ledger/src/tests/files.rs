//! Reading: files, chunks, rows; opening, locking, copying.

use std::path::Path;

use super::*;
use crate::{LedgerError, Stage, World};

#[test]
fn sqlite_is_past_the_wal_reset_bug() {
    assert!(rusqlite::version_number() >= 3_051_003);
}

#[test]
fn rows_come_back_by_chunk_and_by_id() {
    let ledger = ledger();
    let file = ledger.add_file("gifts:main", "a.csv", Digest::of(b"a"), 9, &[None]).unwrap();
    for chunk in 0..7 {
        let rows = source_rows(file, chunk * 10..chunk * 10 + 10);
        ledger.save_chunk(file, chunk, &rows).unwrap();
    }
    assert_eq!(ledger.chunks_read(file).unwrap(), 7);
    assert_eq!(ledger.rows(file, 3).unwrap(), source_rows(file, 30..40));
    let asked = [61, 5, 33, 34, 5, 12].map(|i| row(file, i));
    let found = ledger.rows_by_id(&asked).unwrap();
    let numbers: Vec<u32> = found.iter().map(|r| r.id.sequence()).collect();
    assert_eq!(numbers, [5, 12, 33, 34, 61]);
    let beyond = ledger.rows_by_id(&[row(file, 70)]);
    assert!(matches!(beyond, Err(LedgerError::NoSuch { .. })));
}

#[test]
fn chunks_are_saved_once_and_in_order() {
    let ledger = ledger();
    let file = ledger.add_file("gifts:main", "a.csv", Digest::of(b"a"), 9, &[None]).unwrap();
    let save = |chunk, rows| ledger.save_chunk(file, chunk, &source_rows(file, rows));
    assert!(matches!(save(1, 0..5), Err(LedgerError::Refused { .. })));
    save(0, 0..5).unwrap();
    assert!(matches!(save(0, 0..5), Err(LedgerError::AlreadyDone { .. })));
    let end = FileEnd {
        rows: 5,
        notes: vec!["semicolons".into()],
        masked: vec![("Card".into(), 3)],
        odd: vec![OddRow { code: Code::DamagedText, row_number: 4, count: 1 }],
    };
    let short = FileEnd { rows: 4, ..end.clone() };
    assert!(matches!(ledger.finish_file(file, &short), Err(LedgerError::Refused { .. })));
    ledger.finish_file(file, &end).unwrap();
    assert!(save(1, 5..6).is_err());
    let facts = ledger.edition("gifts:main").unwrap().unwrap();
    assert_eq!((facts.id, facts.bytes, facts.finished), (file, 9, Some(end)));
}

#[test]
fn a_file_read_again_keeps_its_number() {
    let ledger = ledger();
    let file = file_of(&ledger, "gifts:main", b"one", 3);
    let redone = ledger.redo(Stage::Read).unwrap();
    assert_eq!((redone.rows, redone.kept), (3, 0));
    assert_eq!(ledger.chunks_read(file).unwrap(), 0);
    assert_eq!(file_of(&ledger, "gifts:main", b"one", 3), file);
    let newer = file_of(&ledger, "gifts:main", b"two", 3);
    assert!(newer > file);
    let newest = ledger.edition("gifts:main").unwrap().unwrap();
    assert_eq!(newest.id, newer);
    assert_eq!(ledger.sheets(newer).unwrap(), [None]);
}

fn at(folder: &tempfile::TempDir) -> std::path::PathBuf {
    folder.path().join("project").join("ledger.sqlite")
}

#[test]
fn a_ledger_is_created_once_and_opened_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(&folder);
    assert!(matches!(Ledger::open(&path), Err(LedgerError::Missing { .. })));
    let first = Ledger::create(&path, &identity()).unwrap();
    let Err(LedgerError::InUse { holder }) = Ledger::open(&path) else {
        panic!("a second copy got in");
    };
    assert!(holder.contains(&std::process::id().to_string()), "{holder}");
    drop(first);
    assert!(matches!(Ledger::create(&path, &identity()), Err(LedgerError::Exists { .. })));
    let again = Ledger::open(&path).unwrap();
    assert_eq!(again.identity().unwrap(), identity());
}

#[test]
fn a_ledger_at_work_is_looked_at_as_it_stood_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(&folder);
    let working = Ledger::create(&path, &identity()).unwrap();
    file_of(&working, "gifts:main", b"one", 3);
    let Err(LedgerError::InUse { holder }) = Ledger::open(&path) else { panic!("a second copy got in") };
    let looking = Ledger::look_beside(&path, &holder).unwrap();
    assert_eq!((working.worker(), looking.worker()), (None, Some(holder.as_str())));
    assert_eq!(looking.identity().unwrap(), identity());
    file_of(&working, "donors:main", b"two", 3);
    assert_eq!(looking.files().unwrap().len(), 1, "the moment of opening");
    assert_eq!(Ledger::look_beside(&path, &holder).unwrap().files().unwrap().len(), 2);
    let written = looking.save_target_fact("organization", "x", Moment(1));
    assert!(matches!(written, Err(LedgerError::InUse { .. })), "{written:?}");
    drop(looking);
    assert_eq!(working.files().unwrap().len(), 2);
}

#[test]
fn whoever_only_looks_gives_the_lock_back_and_sees_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(&folder);
    let first = Ledger::create(&path, &identity()).unwrap();
    file_of(&first, "gifts:main", b"one", 3);
    let looking = first.only_look().unwrap();
    assert!(looking.only_looks() && looking.worker().is_none());
    let working = Ledger::open(&path).unwrap();
    file_of(&working, "donors:main", b"two", 3);
    assert_eq!((looking.files().unwrap().len(), working.files().unwrap().len()), (1, 2));
    let written = looking.save_target_fact("organization", "x", Moment(1));
    assert!(matches!(written, Err(LedgerError::Refused { .. })), "{written:?}");
    // The one who works is gone first. Whoever copies the file alone, once nobody looks, has all of it.
    drop(working);
    drop(looking);
    let copy = folder.path().join("copy.sqlite");
    std::fs::copy(&path, &copy).unwrap();
    assert_eq!(Ledger::open(&copy).unwrap().files().unwrap().len(), 2);
    for beside in ["ledger.sqlite-wal", "ledger.sqlite-shm"] {
        assert!(!path.with_file_name(beside).exists(), "{beside} stays");
    }
}

#[test]
fn a_ledger_that_is_being_made_or_is_of_another_format_cannot_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    std::fs::write(&path, b"").unwrap();
    let look = || Ledger::look_beside(&path, "somebody").map(|_| ());
    assert!(matches!(look(), Err(LedgerError::InUse { .. })));
    let mut conn = rusqlite::Connection::open(&path).unwrap();
    crate::schema::set_up(&conn).unwrap();
    crate::schema::migrate(&mut conn, 0, None).unwrap();
    conn.pragma_update(None, "user_version", crate::schema::VERSION - 1).unwrap();
    assert!(matches!(look(), Err(LedgerError::InUse { .. })));
    conn.pragma_update(None, "user_version", crate::schema::VERSION + 1).unwrap();
    assert!(matches!(look(), Err(LedgerError::Newer { .. })));
}

#[test]
fn a_creation_that_was_cut_off_is_no_ledger_yet_and_is_begun_again() {
    for when in ["before anything was written", "before its tables", "before its name"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        std::fs::write(&path, b"").unwrap();
        let mut conn = rusqlite::Connection::open(&path).unwrap();
        if when != "before anything was written" {
            crate::schema::set_up(&conn).unwrap();
        }
        if when == "before its name" {
            crate::schema::migrate(&mut conn, 0, None).unwrap();
        }
        drop(conn);
        assert!(matches!(Ledger::open(&path), Err(LedgerError::Missing { .. })), "{when}");
        drop(Ledger::create(&path, &identity()).unwrap());
        assert_eq!(Ledger::open(&path).unwrap().identity().unwrap(), identity(), "{when}");
    }
}

#[test]
fn foreign_and_newer_files_are_refused_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.sqlite");
    std::fs::write(&other, b"Date;Amount\n1;2\n".repeat(500)).unwrap();
    assert!(matches!(Ledger::open(&other), Err(LedgerError::NotALedger { .. })));
    assert!(matches!(Ledger::create(&other, &identity()), Err(LedgerError::Exists { .. })));
    let path = at(&folder);
    drop(Ledger::create(&path, &identity()).unwrap());
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    assert!(matches!(Ledger::open(&path), Err(LedgerError::Newer { found: 99, .. })));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_what_we_write() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = tempfile::tempdir().unwrap();
    let path = at(&folder);
    let ledger = Ledger::create(&path, &identity()).unwrap();
    file_of(&ledger, "gifts:main", b"one", 3);
    ledger.backup_to(&folder.path().join("copy.sqlite")).unwrap();
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&folder.path().join("copy.sqlite")), 0o600);
    for file in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_ledger_is_bound_once() {
    let ledger = ledger();
    assert_eq!(ledger.binding().unwrap(), None);
    ledger.bind_world(World::Rehearsal, "77").unwrap();
    ledger.bind_world(World::Rehearsal, "77").unwrap();
    assert!(matches!(ledger.bind_world(World::Live, "77"), Err(LedgerError::WrongWorld { .. })));
    assert!(matches!(ledger.bind_world(World::Rehearsal, "78"), Err(LedgerError::WrongOrganization { .. })));
    assert_eq!(ledger.identity().unwrap().world, Some(World::Rehearsal));
}

#[test]
fn an_organization_that_was_renamed_is_known_by_its_id() {
    let ledger = ledger();
    ledger.bind_world(World::Live, "Harbor Light (4711)").unwrap();
    ledger.bind_world(World::Live, "Harbor Light of Maine (4711)").unwrap();
    assert_eq!(ledger.binding().unwrap(), Some((World::Live, "Harbor Light of Maine (4711)".to_owned())));
    for other in ["Harbor Light of Maine (4712)", "Harbor Light of Maine", "4711"] {
        let bound = ledger.bind_world(World::Live, other);
        assert!(matches!(bound, Err(LedgerError::WrongOrganization { .. })), "{other}");
    }
}

#[test]
fn a_copy_is_whole_and_apart() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(&at(&folder), &identity()).unwrap();
    let file = file_of(&ledger, "gifts:main", b"one", 3);
    let copy = ledger.copy_in_memory().unwrap();
    assert_eq!(copy.rows(file, 0).unwrap(), ledger.rows(file, 0).unwrap());
    copy.redo(Stage::Read).unwrap();
    assert_eq!(ledger.chunks_read(file).unwrap(), 1);
    let backup = folder.path().join("backup.sqlite");
    ledger.backup_to(&backup).unwrap();
    assert!(ledger.backup_to(&backup).is_err());
    let opened = Ledger::open(&backup).unwrap();
    assert_eq!(opened.rows(file, 0).unwrap(), ledger.rows(file, 0).unwrap());
    assert_eq!(opened.check().unwrap(), []);
}

#[test]
fn a_flipped_bit_is_found_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = at(&folder);
    let ledger = Ledger::create(&path, &identity()).unwrap();
    let file = file_of(&ledger, "gifts:main", b"one", 3);
    drop(ledger);
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute("UPDATE chunk SET body = CAST(body || x'00' AS BLOB)", []).unwrap();
    drop(raw);
    let ledger = Ledger::open(&path).unwrap();
    assert!(matches!(ledger.rows(file, 0), Err(LedgerError::Damaged { .. })));
    let damage = ledger.check().unwrap();
    assert_eq!(damage.len(), 1);
    assert_eq!(damage[0].what, "chunk 0 of file 1 is not as it was written");
}
