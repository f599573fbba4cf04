//! What people decide: corrections, set-asides, rulings on pairs.

use heirloom_model::{Code, Finding, ItemKind, RowRef};

use super::plans::{begin, close};
use super::*;
use crate::{Cluster, ContactMatch, LedgerError, MatchDoubt, Pair, PairRuling, Ruled, Stage, Verdict};

const NOW: Moment = Moment(9);

fn ruled(ruling: Option<PairRuling>) -> Ruled<'static> {
    Ruled { ruling, initials: "DK", note: "asked them", at: NOW }
}

fn finding(code: Code, seen: &str) -> Finding {
    Finding {
        code,
        at: RowRef { file: "export.csv".into(), sheet: None, row_number: 2 },
        column: None,
        seen: seen.into(),
        detail: String::new(),
    }
}

#[test]
fn a_corrected_row_gets_a_new_result_and_no_work_is_lost() {
    let ledger = ledger();
    let file = file_of(&ledger, "gifts:main", b"one", 2);
    let recipe = recipe(&ledger, "m");
    let mut waits = held(row(file, 1), 700);
    waits.findings = vec![finding(Code::UnmappedFund, "XX")];
    let first = placed(gift(row(file, 0), "A1", None, 100));
    let all = [first.clone(), waits.clone()];
    ledger.save_mapped(file, 0, recipe, &all).unwrap();
    assert_eq!(ledger.correct(row(file, 1), 3, "YY", "DK", NOW).unwrap(), 1);
    assert_eq!(ledger.correct(row(file, 1), 3, "GEN", "DK", NOW).unwrap(), 2);
    assert_eq!(ledger.due_revisions().unwrap(), [(row(file, 1), 2)]);
    let mut repaired = placed(gift(row(file, 1), "A2", None, 700));
    repaired.revision = 2;
    ledger.save_revision(recipe, std::slice::from_ref(&repaired)).unwrap();
    assert_eq!(ledger.due_revisions().unwrap(), []);
    assert_eq!(ledger.mapped_chunk(file, 0).unwrap(), [first, repaired]);
    assert_eq!(ledger.findings().unwrap(), []);
    assert_eq!(ledger.check().unwrap(), []);
    ledger.redo(Stage::Read).unwrap();
    let texts: Vec<String> = ledger.corrections(file).unwrap().into_iter().map(|c| c.text).collect();
    assert_eq!(texts, ["YY", "GEN"]);
}

#[test]
fn a_correction_takes_an_unsent_item_out_of_its_plan_and_spares_a_sent_one() {
    let (ledger, file, gifts) = with_gifts(3);
    let plan = close(&ledger, &gifts, "p");
    begin(&ledger, &plan, 0, 0);
    for n in [0, 2] {
        ledger.correct(row(file, n), 1, "30.00", "DK", NOW).unwrap();
    }
    let stale = ledger.stale_items(plan.id).unwrap();
    assert_eq!(stale.len(), 1);
    assert_eq!((stale[0].row, stale[0].why), (row(file, 2), "corrected"));
    let recipe = recipe(&ledger, "m");
    let redo = |n: u32| {
        let id = format!("A{}", n + 1);
        let mut one = placed(gift(row(file, n), &id, None, 3_000));
        one.revision = 1;
        ledger.save_revision(recipe, &[one])
    };
    assert!(matches!(redo(0), Err(LedgerError::Attempted { .. })));
    redo(2).unwrap();
    let after = ledger.plan(plan.id).unwrap().unwrap();
    assert_eq!(after.items, 2);
    assert_ne!(after.digest, plan.digest);
    assert_eq!(ledger.gifts_ready(None, 9).unwrap()[0].amount(), dollars(3_000));
    assert_eq!(ledger.check().unwrap(), []);
}

#[test]
fn the_rows_of_one_gift_are_corrected_together() {
    let ledger = ledger();
    let file = file_of(&ledger, "gifts:main", b"one", 2);
    let recipe = recipe(&ledger, "m");
    let mut whole = gift(row(file, 0), "A1", None, 300);
    whole.rows = 2;
    let part = Placed {
        row: row(file, 1),
        revision: 0,
        place: Place::Part { of: whole.row, amount: dollars(100) },
        findings: vec![],
    };
    let mut all = vec![placed(whole), part];
    ledger.save_mapped(file, 0, recipe, &all).unwrap();
    for one in &all {
        let alone = ledger.save_revision(recipe, std::slice::from_ref(one));
        assert!(alone.is_err(), "the gift would be torn");
    }
    all[1].revision = 1;
    ledger.save_revision(recipe, &all).unwrap();
    assert_eq!(ledger.mapped_chunk(file, 0).unwrap(), all);
    assert_eq!(ledger.gift(row(file, 1)).unwrap().unwrap().row, row(file, 0));
    ledger.set_aside(row(file, 1), "test gift", "DK", NOW).unwrap();
    assert_eq!(ledger.set_asides().unwrap()[0].row, row(file, 0));
    assert_eq!(ledger.gifts_ready(None, 9).unwrap(), []);
    ledger.take_back(row(file, 0), "DK", NOW).unwrap();
    assert_eq!(ledger.gifts_ready(None, 9).unwrap().len(), 1);
}

#[test]
fn findings_are_grouped_with_their_money() {
    let ledger = ledger();
    let file = file_of(&ledger, "gifts:main", b"one", 4);
    let mut all: Vec<Placed> = (0..4).map(|n| held(row(file, n), 100 * i64::from(n))).collect();
    let (fund, method) = (Code::UnmappedFund, Code::UnmappedMethod);
    all[0].findings = vec![finding(method, "WIRE")];
    all[1].findings = vec![finding(fund, "A"), finding(fund, "A")];
    all[2].findings = vec![finding(fund, "B")];
    all[3].findings = vec![finding(fund, "A"), finding(method, "WIRE")];
    ledger.save_mapped(file, 0, recipe(&ledger, "m"), &all).unwrap();
    let groups = ledger.finding_groups(heirloom_model::Currency::USD).unwrap();
    let lines: Vec<_> = groups.iter().map(|g| (g.code, g.seen.as_str(), g.rows, g.minor)).collect();
    assert_eq!(lines, [(fund, "A", 2, 400), (fund, "B", 1, 200), (method, "WIRE", 2, 300)]);
    let found = ledger.findings().unwrap();
    let rows: Vec<u32> = found.iter().map(|f| f.row.sequence()).collect();
    assert_eq!(rows, [1, 1, 2, 3, 0, 3]);
    assert_eq!(found[0].amount, Some(dollars(100)));
}

fn linked() -> (Ledger, FileId) {
    let ledger = ledger();
    let file = file_of(&ledger, "donors:main", b"d", 3);
    let all: Vec<Placed> = (0..3).map(|n| donor(row(file, n), &format!("L{n}"))).collect();
    ledger.save_mapped(file, 0, recipe(&ledger, "d"), &all).unwrap();
    link(&ledger, file);
    (ledger, file)
}

fn link(ledger: &Ledger, file: FileId) {
    let at = |n| row(file, n);
    let cluster = |n, person, contact, survivor| Cluster {
        row: at(n),
        person: at(person),
        contact: at(contact),
        survivor,
    };
    let clusters = [cluster(0, 0, 0, true), cluster(1, 0, 0, false), cluster(2, 2, 2, true)];
    let pair = |a, b, verdict| Pair {
        a: at(a),
        b: at(b),
        verdict,
        probability_ppm: 998_700,
        reasons: "last name exact +6.1".into(),
    };
    let pairs = [pair(0, 1, Verdict::Same), pair(0, 2, Verdict::Review)];
    ledger.save_clusters(1, &clusters, &pairs).unwrap();
}

#[test]
fn a_link_is_finished_once_and_rulings_outlive_it() {
    let (ledger, file) = linked();
    assert_eq!(ledger.linked().unwrap(), Some(1));
    assert!(ledger.save_clusters(1, &[], &[]).is_err());
    assert_eq!(ledger.clusters().unwrap().len(), 3);
    assert_eq!(ledger.cluster_of_row(row(file, 1)).unwrap().unwrap().contact, row(file, 0));
    assert_eq!(ledger.pairs(None).unwrap().len(), 2);
    assert_eq!(ledger.pairs(Some(Verdict::Review)).unwrap()[0].b, row(file, 2));
    let (a, b) = (row(file, 2), row(file, 0));
    ledger.rule_pair(a, b, ruled(Some(PairRuling::Same))).unwrap();
    ledger.rule_pair(a, b, ruled(Some(PairRuling::Different))).unwrap();
    ledger.redo(Stage::Map).unwrap();
    assert_eq!((ledger.linked().unwrap(), ledger.clusters().unwrap()), (None, vec![]));
    let rulings = ledger.pair_rulings().unwrap();
    assert_eq!(rulings.len(), 1);
    assert_eq!((rulings[0].a, rulings[0].ruling), (row(file, 0), PairRuling::Different));
    assert_eq!(rulings[0].note, "asked them");
    assert!(ledger.rule_pair(a, row(FileId(7), 0), ruled(Some(PairRuling::Same))).is_err());
    ledger.rule_pair(b, a, ruled(None)).unwrap();
    assert_eq!(ledger.pair_rulings().unwrap(), [], "taken back");
    ledger.rule_pair(b, a, ruled(Some(PairRuling::Same))).unwrap();
    assert_eq!(ledger.pair_rulings().unwrap()[0].ruling, PairRuling::Same);
}

#[test]
fn a_ruling_on_a_match_takes_the_match_back_and_outlives_redo() {
    let (ledger, file) = linked();
    let doubt = MatchDoubt {
        contact: row(file, 0),
        target: 41,
        probability_ppm: 400_000,
        why: "two are equally like".into(),
        reasons: String::new(),
    };
    ledger.save_doubts(std::slice::from_ref(&doubt)).unwrap();
    assert_eq!(ledger.doubts().unwrap(), [doubt]);
    let made = ContactMatch { contact: row(file, 0), target: 40, how: "likeness".into() };
    ledger.save_matches(&[made]).unwrap();
    // Row 1 is of the same contact as row 0.
    ledger.rule_match(row(file, 1), 40, ruled(Some(PairRuling::Different))).unwrap();
    assert_eq!((ledger.matches().unwrap(), ledger.doubts().unwrap()), (vec![], vec![]));
    ledger.redo(Stage::Link).unwrap();
    let rulings = ledger.match_rulings().unwrap();
    assert_eq!(
        (rulings[0].row, rulings[0].target, rulings[0].ruling),
        (row(file, 1), 40, PairRuling::Different)
    );
    ledger.rule_match(row(file, 1), 40, ruled(None)).unwrap();
    assert_eq!(ledger.match_rulings().unwrap(), []);
}

#[test]
fn donors_that_were_sent_stay_linked() {
    let (ledger, file) = linked();
    let plan = ledger.open_plan(ItemKind::Contact, Digest::of(b"r"), "{}", NOW).unwrap();
    let body = |key: &str| Sealed::new(key.into(), format!("{{\"id\":\"{key}\"}}"), None);
    let items = [(row(file, 0), body("L0")), (row(file, 2), body("L2"))];
    ledger.seal(plan, &items).unwrap();
    let facts = ledger.close_plan(plan, "contacts").unwrap();
    begin(&ledger, &facts, 0, 0);
    let mut changed = donor(row(file, 1), "L1");
    changed.revision = 1;
    let refused = ledger.rule_pair(row(file, 2), row(file, 1), ruled(Some(PairRuling::Different)));
    assert!(matches!(refused, Err(LedgerError::Attempted { .. })), "its household was sent");
    let kept = ledger.save_revision(1, std::slice::from_ref(&changed));
    assert!(matches!(kept, Err(LedgerError::Attempted { .. })), "its household was sent");
    let redone = ledger.redo(Stage::Map).unwrap();
    assert_eq!((redone.rows, redone.kept), (1, 2));
    let rows: Vec<u32> = ledger.clusters().unwrap().iter().map(|c| c.row.sequence()).collect();
    assert_eq!(rows, [0, 1]);
    let all: Vec<Placed> = (0..3).map(|n| donor(row(file, n), &format!("L{n}"))).collect();
    ledger.save_mapped(file, 0, recipe(&ledger, "d2"), &all).unwrap();
    link(&ledger, file);
    assert_eq!(ledger.clusters().unwrap().len(), 3);
    assert_eq!(ledger.check().unwrap(), []);
}

#[test]
fn a_corrected_donor_stays_linked_until_the_link_is_done_again() {
    let (ledger, file) = linked();
    let before = ledger.clusters().unwrap();
    let mut changed = donor(row(file, 1), "L1");
    changed.revision = 1;
    ledger.save_revision(1, &[changed]).unwrap();
    assert_eq!(ledger.clusters().unwrap(), before);
    ledger.save_revision(1, &[held(row(file, 1), 0)]).unwrap();
    assert_eq!(ledger.clusters().unwrap().len(), 2);
}
