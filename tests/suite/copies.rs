//! Ledgers that were copied or put back from a backup, and rows that go again, through the real binary.

use std::path::Path;

use heirloom_tests::invented::invented_with_couples;

use crate::kill::night_run_reconcile;
use crate::support::{Simulator, apply, at, creating_calls, heirloom, run, said, state_of};

/// A small migration with a couple, its contacts planned.
fn begun(folder: &Path) -> Simulator {
    invented_with_couples(folder, 4, 9, 2);
    let simulator = Simulator::serve(folder, "refused");
    assert_eq!(said(&heirloom(folder, &["check"])).0, 0);
    run(folder, &at(&["plan"], &simulator), 0);
    simulator
}

#[test]
fn a_ledger_put_back_from_a_backup_sends_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = begun(folder);
    assert_eq!(said(&heirloom(folder, &["backup", "first.ledger"])).0, 0);
    run(folder, &apply("001-contacts", &simulator), 12);
    let sent = creating_calls(&simulator);
    assert!(sent > 0);
    // By the command: everything unsent is in doubt, and nothing leaves.
    let restored = run(folder, &["restore", "first.ledger"], 9);
    assert_eq!(restored["in_doubt"], 4, "{restored}");
    let applied = run(folder, &apply("001-contacts", &simulator), 9);
    assert_eq!(applied["requests"], 0, "{applied}");
    // By hand, as a copied file: the journal tells.
    std::fs::copy(folder.join("first.ledger"), folder.join("work/ledger.sqlite")).unwrap();
    let applied = run(folder, &apply("001-contacts", &simulator), 9);
    assert_eq!(applied["requests"], 0, "{applied}");
    assert_eq!(creating_calls(&simulator), sent, "a restored ledger sent again");
    night_run_reconcile(folder, &simulator.address);
    // What was seen at the target is no longer in doubt.
    run(folder, &["unresolved"], 0);
    assert_eq!(said(&heirloom(folder, &["verify"])).0, 0);
}

#[test]
fn a_started_ledger_without_its_journal_is_in_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = begun(folder);
    run(folder, &[&apply("001-contacts", &simulator)[..], &["--max-requests", "2"]].concat(), 4);
    let sent = creating_calls(&simulator);
    // Another computer: the folder came along, the state of the old one did not.
    std::fs::remove_dir_all(state_of(folder)).unwrap();
    let applied = run(folder, &apply("001-contacts", &simulator), 9);
    assert_eq!(applied["requests"], 0, "{applied}");
    assert_eq!(creating_calls(&simulator), sent);
    // A person who looked says that the rest did not leave.
    let rule =
        ["unresolved", "resolve", "plan:001-contacts", "--as", "not-sent", "--early", "--initials", "PR"];
    run(folder, &rule, 0);
    let applied = run(folder, &apply("001-contacts", &simulator), 12);
    assert!(applied["requests"].as_u64() > Some(0), "{applied}");
}

#[test]
fn what_was_discarded_goes_again_in_a_new_plan_where_a_repeat_is_an_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = begun(folder);
    run(folder, &apply("001-contacts", &simulator), 12);
    let rule = |what: &str, word: &str, exit: i32| {
        run(folder, &["unresolved", "resolve", what, "--as", word, "--initials", "PR"], exit)
    };
    // What merely waits goes nowhere.
    rule("plan:001-contacts", "again", 2);
    rule("D-1", "discarded", 0);
    assert_eq!(run(folder, &at(&["plan"], &simulator), 0)["plans"].as_array().unwrap().len(), 0);
    rule("D-1", "again", 0);
    let planned = run(folder, &at(&["plan"], &simulator), 0);
    let again = planned["plans"][0].as_str().unwrap().to_owned();
    assert!(again.ends_with("-contacts"), "{planned}");
    let applied = run(folder, &apply(&again, &simulator), 12);
    assert_eq!(applied["requests"], 1, "{applied}");
    assert_eq!(said(&heirloom(folder, &["verify"])).0, 0);
    // What was accepted is not unsent by a word.
    rule("D-1", "not-sent", 2);
}

#[test]
fn a_line_that_was_cut_off_is_no_sending_and_a_whole_one_is() {
    use heirloom::journal::{Journal, Opened};
    let folder = tempfile::tempdir().unwrap();
    let identity = heirloom_ledger::Identity {
        ledger_id: "l1".into(),
        name: "invented".into(),
        source: "old".into(),
        currency: "USD".into(),
        world: None,
        created: heirloom_model::Moment(1),
        exported_on: 20_260_101,
    };
    let ledger = heirloom_ledger::Ledger::in_memory(&identity).unwrap();
    let settle = || {
        let journal = Journal::in_folder(folder.path(), "l1").unwrap();
        journal.settle(&ledger, Opened::AsLeft, heirloom_model::Moment(2)).unwrap()
    };
    let path = folder.path().join("l1.sends");
    let add = |text: &str| {
        let before = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, before + text).unwrap();
    };
    assert_eq!(settle(), None);
    add("send 1 3:4 ab");
    assert_eq!(settle(), None, "it was never synced, so nothing left");
    add("\nsend 1 3:4 abcd .\n");
    let found = settle().unwrap();
    assert_eq!(found.plans, None, "of a plan that it never saw, all may have been sent");
    assert_eq!(settle(), None, "it is told once");
    // Two copies cannot send at once.
    let _held = Journal::in_folder(folder.path(), "l1").unwrap();
    assert!(Journal::in_folder(folder.path(), "l1").is_err());
}

#[test]
fn a_panic_where_a_stage_saves_ends_the_run_and_the_next_one_ends_as_if_it_never_was() {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use heirloom::folder::Folder;
    use heirloom::migration::Migration;
    use heirloom::out::Out;
    use heirloom::prepare::prepare;
    use heirloom::progress::Progress;
    use heirloom_model::Moment;
    use heirloom_tests::invented::invented_migration;

    let piles = |folder: &Path| {
        let migration = Migration::open(Folder::new(folder), Moment(0)).unwrap();
        prepare(&migration, Out::Json, Progress::Silent).unwrap();
        format!("{:?}", migration.ledger.piles().unwrap())
    };
    let whole = tempfile::tempdir().unwrap();
    invented_migration(whole.path(), 20, 60);
    let expected = piles(whole.path());
    let mut panics = 0;
    for after in [0, 2, 4, 7] {
        let folder = tempfile::tempdir().unwrap();
        invented_migration(folder.path(), 20, 60);
        let migration = Migration::open(Folder::new(folder.path()), Moment(0)).unwrap();
        let mut left = after;
        let hook = move |_: &'static str, _| {
            assert!(left > 0, "planted by the test of panics");
            left -= 1;
            true
        };
        migration.ledger.watch_commits(Some(Box::new(hook))).unwrap();
        let ended =
            catch_unwind(AssertUnwindSafe(|| prepare(&migration, Out::Json, Progress::Silent).is_err()));
        panics += u32::from(ended.unwrap_or(true));
        drop(migration);
        assert_eq!(piles(folder.path()), expected, "after a panic at commit {after}");
    }
    assert!(panics >= 3, "only {panics} runs ended by the panic");
}
