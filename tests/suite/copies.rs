//! Ledgers that were copied or put back from a backup, and rows that go again, through the real binary.

use std::path::Path;

use serde_json::Value;

use heirloom_tests::invented::invented_with_couples;

use crate::support::{FAST, Simulator, heirloom, said, state_of};

fn document(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let output = heirloom(folder, &[arguments, &["--json"]].concat());
    let (code, text) = said(&output);
    let value = serde_json::from_str(&text);
    (
        code,
        value.unwrap_or_else(|e| {
            panic!("{arguments:?}: {e}: {text}{}", String::from_utf8_lossy(&output.stderr))
        }),
    )
}

fn at<'a>(arguments: &[&'a str], address: &'a str) -> Vec<&'a str> {
    [arguments, &["--target", address][..], &FAST].concat()
}

fn apply<'a>(plan: &'a str, address: &'a str) -> Vec<&'a str> {
    [&at(&["apply", plan], address)[..], &["--settle", "0", "--no-guard"]].concat()
}

fn creating(folder: &Path, address: &str) -> usize {
    let (_, log) = document(folder, &["sim", "log", "--of", "requests", "--target", address]);
    let requests = log["answer"].as_array().or_else(|| log["answer"]["requests"].as_array()).cloned();
    let creates = |r: &&Value| {
        let path = r["path"].as_str().unwrap_or_default();
        ["/Transactions", "/Contact/Batch", "/ContactIndividual"].iter().any(|end| path.ends_with(end))
    };
    requests.unwrap_or_default().iter().filter(creates).count()
}

fn night_run_reconcile(folder: &Path, address: &str) {
    for action in ["night", "run"] {
        assert_eq!(said(&heirloom(folder, &["sim", action, "--target", address])).0, 0);
    }
    document(folder, &at(&["reconcile"], address));
}

/// A small migration with a couple, its contacts planned.
fn begun(folder: &Path) -> Simulator {
    invented_with_couples(folder, 4, 9, 2);
    let simulator = Simulator::serve(folder, "refused");
    assert_eq!(said(&heirloom(folder, &["check"])).0, 0);
    document(folder, &at(&["plan"], &simulator.address));
    simulator
}

#[test]
fn a_ledger_put_back_from_a_backup_sends_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = begun(folder);
    let address = simulator.address.as_str();
    assert_eq!(said(&heirloom(folder, &["backup", "first.ledger"])).0, 0);
    document(folder, &apply("001-contacts", address));
    let sent = creating(folder, address);
    assert!(sent > 0);
    // By the command: everything unsent is in doubt, and nothing leaves.
    let (code, restored) = document(folder, &["restore", "first.ledger"]);
    assert_eq!((code, restored["in_doubt"].as_u64()), (9, Some(4)), "{restored}");
    let (code, applied) = document(folder, &apply("001-contacts", address));
    assert_eq!((code, applied["requests"].as_u64()), (9, Some(0)), "{applied}");
    // By hand, as a copied file: the journal tells.
    std::fs::copy(folder.join("first.ledger"), folder.join("work/ledger.sqlite")).unwrap();
    let (code, applied) = document(folder, &apply("001-contacts", address));
    assert_eq!((code, applied["requests"].as_u64()), (9, Some(0)), "{applied}");
    assert_eq!(creating(folder, address), sent, "a restored ledger sent again");
    night_run_reconcile(folder, address);
    let (code, _) = document(folder, &["unresolved"]);
    assert_eq!(code, 0, "what was seen at the target is no longer in doubt");
    assert_eq!(said(&heirloom(folder, &["verify"])).0, 0);
}

#[test]
fn a_started_ledger_without_its_journal_is_in_doubt() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = begun(folder);
    let address = simulator.address.as_str();
    let first = [&apply("001-contacts", address)[..], &["--max-requests", "1"]].concat();
    let (code, _) = document(folder, &first);
    assert_eq!(code, 4);
    let sent = creating(folder, address);
    // Another computer: the folder came along, the state of the old one did not.
    std::fs::remove_dir_all(state_of(folder)).unwrap();
    let (code, applied) = document(folder, &apply("001-contacts", address));
    assert_eq!((code, applied["requests"].as_u64()), (9, Some(0)), "{applied}");
    assert_eq!(creating(folder, address), sent);
    // A person who looked says that the rest did not leave.
    let rule =
        ["unresolved", "resolve", "plan:001-contacts", "--as", "not-sent", "--early", "--initials", "PR"];
    document(folder, &rule);
    let (_, applied) = document(folder, &apply("001-contacts", address));
    assert!(applied["requests"].as_u64() > Some(0), "{applied}");
}

#[test]
fn what_was_discarded_goes_again_in_a_new_plan_where_a_repeat_is_an_alarm() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let simulator = begun(folder);
    let address = simulator.address.as_str();
    document(folder, &apply("001-contacts", address));
    let rule = |what: &str, word: &str| {
        document(folder, &["unresolved", "resolve", what, "--as", word, "--initials", "PR"])
    };
    assert_eq!(rule("plan:001-contacts", "again").0, 2, "what merely waits goes nowhere");
    assert_eq!(rule("D-1", "discarded").0, 0);
    assert_eq!(document(folder, &at(&["plan"], address)).1["plans"].as_array().unwrap().len(), 0);
    assert_eq!(rule("D-1", "again").0, 0);
    let (_, planned) = document(folder, &at(&["plan"], address));
    let again = planned["plans"][0].as_str().unwrap().to_owned();
    assert!(again.ends_with("-contacts"), "{planned}");
    let (_, applied) = document(folder, &apply(&again, address));
    assert_eq!(applied["requests"].as_u64(), Some(1), "{applied}");
    assert_eq!(said(&heirloom(folder, &["verify"])).0, 0);
    assert_eq!(rule("D-1", "not-sent").0, 2, "what was accepted is not unsent by a word");
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
