//! Plans, attempts and what becomes of items.

use heirloom_model::{ItemId, ItemKind, ItemState, Outcome, Ruling};

use super::*;
use crate::{AttemptId, Evidence, EvidenceOf, LedgerError, PlanFacts, PlanId, Stage, Window};

const NOW: Moment = Moment(5_000);

fn open(ledger: &Ledger) -> PlanId {
    let recipe = Digest::of(b"recipe");
    ledger.open_plan(ItemKind::Gift, recipe, "{\"batch\":\"B1\"}", NOW).unwrap()
}

pub fn close(ledger: &Ledger, gifts: &[Gift], name: &str) -> PlanFacts {
    let plan = open(ledger);
    let items: Vec<_> = gifts.iter().map(seal).collect();
    ledger.seal(plan, &items).unwrap();
    ledger.close_plan(plan, name).unwrap()
}

pub fn begin(ledger: &Ledger, plan: &PlanFacts, from: i64, to: i64) -> AttemptId {
    let digest = Digest::of(b"request");
    let first = plan.first.unwrap().0;
    let span = (ItemId(first + from), ItemId(first + to));
    ledger.begin_attempt(plan.id, span.0, span.1, "{}", digest, NOW).unwrap()
}

fn states(ledger: &Ledger, plan: PlanId) -> Vec<ItemState> {
    let lines = ledger.item_states(plan).unwrap();
    lines.iter().map(|l| l.state).collect()
}

#[test]
fn a_plan_is_what_was_sealed() {
    let (ledger, _, gifts) = with_gifts(600);
    let plan = close(&ledger, &gifts, "gifts-1");
    assert_eq!((plan.items, plan.name.as_str()), (600, "gifts-1"));
    let sum: i128 = (0..600).map(|i| 1_000 + i).sum();
    assert_eq!(plan.total, [(Currency::USD, sum)]);
    assert_eq!(ledger.plans().unwrap(), std::slice::from_ref(&plan));
    assert_eq!(ledger.plan(plan.id).unwrap().as_ref(), Some(&plan));
    let bodies = ledger.bodies(ItemId(250), ItemId(260)).unwrap();
    let sealed: Vec<Sealed> = gifts[249..260].iter().map(|g| seal(g).1).collect();
    assert_eq!(bodies, sealed);
    assert_eq!(ledger.check().unwrap(), []);
    assert_eq!(ledger.gifts_ready(None, 9).unwrap(), []);
    let line = ledger.item_of_row(gifts[7].row).unwrap().unwrap();
    assert_eq!((line.item, line.key.as_str()), (ItemId(8), "A8"));
}

#[test]
fn a_row_is_sealed_once_and_under_its_own_key() {
    let (ledger, _, gifts) = with_gifts(3);
    let plan = open(&ledger);
    ledger.seal(plan, &[seal(&gifts[0])]).unwrap();
    assert!(matches!(
        ledger.seal(plan, &[seal(&gifts[1]), seal(&gifts[0])]),
        Err(LedgerError::InPlan { .. })
    ));
    let stranger = (gifts[1].row, seal(&gifts[2]).1);
    assert!(matches!(ledger.seal(plan, &[stranger]), Err(LedgerError::Refused { .. })));
    let nobody = (row(FileId(9), 9), seal(&gifts[2]).1);
    assert!(ledger.seal(plan, &[nobody]).is_err());
    let facts = ledger.close_plan(plan, "one").unwrap();
    assert_eq!(facts.items, 1, "a failed seal leaves nothing behind");
    assert!(ledger.seal(plan, &[seal(&gifts[2])]).is_err());
    assert!(ledger.close_plan(plan, "again").is_err());
}

#[test]
fn unsent_plans_give_way_and_sent_ones_stay() {
    let (ledger, _, gifts) = with_gifts(4);
    let first = close(&ledger, &gifts[..2], "first");
    let second = close(&ledger, &gifts, "second");
    assert_eq!(ledger.plan(first.id).unwrap(), None);
    begin(&ledger, &second, 0, 1);
    assert!(matches!(ledger.drop_plan(second.id), Err(LedgerError::Attempted { .. })));
    let empty = close(&ledger, &[], "third");
    assert_eq!((empty.items, empty.first), (0, None));
    assert!(ledger.plan(second.id).unwrap().is_some());
    ledger.drop_plan(empty.id).unwrap();
    assert!(matches!(ledger.drop_plan(empty.id), Err(LedgerError::NoSuch { .. })));
}

#[test]
fn what_had_no_effect_goes_in_a_new_plan_once_its_own_is_stale() {
    let (ledger, _, gifts) = with_gifts(4);
    let stale = close(&ledger, &gifts, "stale");
    let lost = begin(&ledger, &stale, 0, 1);
    ledger.end_attempt(lost, &Outcome::InDoubt { why: "timeout".into() }, NOW).unwrap();
    let cut = begin(&ledger, &stale, 2, 2);
    ledger.end_attempt(cut, &Outcome::NoEffect { why: "401".into(), wait_ms: 0 }, NOW).unwrap();
    ledger.rule("A1", seal(&gifts[0]).1.digest, Ruling::NotSent, "DK", "not in the import", NOW).unwrap();
    use ItemState::*;
    assert_eq!(states(&ledger, stale.id), [Unsent, InDoubt, Unsent, Unsent]);

    // While the plan is what it was made from, its items stay its own.
    assert_eq!(ledger.make_room(Digest::of(b"recipe")).unwrap(), (vec![], 0));
    // One was never tried and is taken back; of two, nothing arrived: they are given up.
    assert_eq!(ledger.make_room(Digest::of(b"changed")).unwrap(), (vec![], 3));
    assert_eq!(states(&ledger, stale.id), [Discarded, InDoubt, Discarded]);
    let ready: Vec<_> = ledger.gifts_ready(None, 9).unwrap().iter().map(|gift| gift.row).collect();
    assert_eq!(ready, [gifts[0].row, gifts[2].row, gifts[3].row]);

    let fresh = ledger.open_plan(ItemKind::Gift, Digest::of(b"changed"), "{}", NOW).unwrap();
    ledger.seal(fresh, &[seal(&gifts[0]), seal(&gifts[2])]).unwrap();
    ledger.close_plan(fresh, "fresh").unwrap();
    assert_eq!(states(&ledger, fresh), [Unsent, Unsent]);
    // What was ruled of the first item says nothing of the new one, and nothing moves the old one.
    ledger.rule("A1", seal(&gifts[0]).1.digest, Ruling::Sent, "DK", "", NOW).unwrap();
    assert_eq!((states(&ledger, fresh)[0], states(&ledger, stale.id)[0]), (Waiting, Discarded));
    assert!(ledger.seal(fresh, &[seal(&gifts[1])]).is_err(), "what is in doubt stays where it is");
    assert_eq!(ledger.check().unwrap(), []);
}

#[test]
fn attempts_count_up_and_end_once() {
    let (ledger, _, gifts) = with_gifts(4);
    let plan = close(&ledger, &gifts, "p");
    let one = begin(&ledger, &plan, 0, 1);
    let two = begin(&ledger, &plan, 2, 3);
    assert_eq!((one.0, two.0), (1, 2));
    use ItemState::*;
    assert_eq!(states(&ledger, plan.id), [InDoubt; 4]);
    ledger.end_attempt(one, &Outcome::Accepted, NOW).unwrap();
    let again = ledger.end_attempt(one, &Outcome::Accepted, NOW);
    assert!(matches!(again, Err(LedgerError::AlreadyDone { .. })));
    let refused = Outcome::Refused { code: 400, text: "Project is unknown.".into() };
    ledger.end_attempt(two, &refused, NOW).unwrap();
    assert_eq!(states(&ledger, plan.id), [Waiting, Waiting, Refused, Refused]);
    let lines = ledger.attempts().unwrap();
    assert_eq!(lines[1].outcome.as_deref(), Some("refused"));
    assert_eq!((lines[1].text.as_str(), lines[1].envelope.as_str()), ("Project is unknown.", "{}"));
    assert_eq!((lines[0].items, lines[0].ended), (2, Some(NOW)));
    assert!(ledger.end_attempt(AttemptId(9), &Outcome::Accepted, NOW).is_err());
}

#[test]
fn a_span_outside_its_plan_is_refused() {
    let (ledger, _, gifts) = with_gifts(4);
    let open_one = open(&ledger);
    ledger.seal(open_one, &[seal(&gifts[0])]).unwrap();
    let digest = Digest::of(b"");
    let begin = |plan, a, b| ledger.begin_attempt(plan, ItemId(a), ItemId(b), "", digest, NOW);
    assert!(begin(open_one, 1, 1).is_err(), "it is not closed");
    ledger.close_plan(open_one, "p").unwrap();
    for (a, b) in [(1, 2), (0, 1), (2, 1), (9, 9)] {
        assert!(begin(open_one, a, b).is_err(), "{a} to {b}");
    }
    assert!(begin(open_one, 1, 1).is_ok());
    assert_eq!(ledger.attempts().unwrap().len(), 1);
}

#[test]
fn doubt_is_settled_by_looks_rulings_and_evidence() {
    let (ledger, _, gifts) = with_gifts(5);
    let plan = close(&ledger, &gifts, "p");
    let attempt = begin(&ledger, &plan, 0, 4);
    let doubt = Outcome::InDoubt { why: "timeout".into() };
    ledger.end_attempt(attempt, &doubt, NOW).unwrap();
    let item = |n: i64| ItemId(plan.first.unwrap().0 + n);
    ledger.save_look(item(0), None, NOW).unwrap();
    ledger.save_look(item(1), Some(77), NOW).unwrap();
    let digest = |n: usize| seal(&gifts[n]).1.digest;
    ledger.rule("A3", digest(2), Ruling::NotSent, "DK", "import was empty", NOW).unwrap();
    ledger.rule("A4", Digest::of(b"another body"), Ruling::NotSent, "DK", "", NOW).unwrap();
    let evidence = Evidence { item: item(4), target: 901, differs: vec!["amount".into()], at: NOW };
    ledger.save_evidence(std::slice::from_ref(&evidence)).unwrap();
    use ItemState::*;
    assert_eq!(states(&ledger, plan.id), [Parked, Confirmed, Unsent, InDoubt, Confirmed]);
    for of in [EvidenceOf::Plan(plan.id), EvidenceOf::Kind(ItemKind::Gift)] {
        assert_eq!(ledger.evidence(of).unwrap(), std::slice::from_ref(&evidence));
    }
    assert_eq!(ledger.evidence(EvidenceOf::Kind(ItemKind::Contact)).unwrap(), []);
    assert_eq!(ledger.rulings().unwrap()[0].note, "import was empty");
    let line = &ledger.item_states(plan.id).unwrap()[2];
    assert_eq!((line.attempts, line.doubtful_sends, line.last_attempt), (1, 1, Some(NOW)));
}

#[test]
fn evidence_under_no_id_says_that_it_is_missing_and_confirms_nothing() {
    let (ledger, _, gifts) = with_gifts(2);
    let plan = close(&ledger, &gifts, "p");
    let attempt = begin(&ledger, &plan, 0, 1);
    ledger.end_attempt(attempt, &Outcome::Accepted, NOW).unwrap();
    let item = |n: i64| ItemId(plan.first.unwrap().0 + n);
    let seen = |n, target| Evidence { item: item(n), target, differs: Vec::new(), at: NOW };
    ledger.save_evidence(&[seen(0, 901), seen(1, 0)]).unwrap();
    assert_eq!(states(&ledger, plan.id), [ItemState::Confirmed, ItemState::Waiting]);
    ledger.save_evidence(&[seen(0, 0)]).unwrap();
    assert_eq!(states(&ledger, plan.id), [ItemState::Waiting; 2]);
    let items: Vec<_> = ledger.item_states(plan.id).unwrap().into_iter().map(|l| (l.key, l.digest)).collect();
    ledger.rule_all(&items, Ruling::Run, "DK", "", NOW).unwrap();
    assert_eq!(states(&ledger, plan.id), [ItemState::Waiting; 2]);
    ledger.rule_all(&items, Ruling::Discarded, "DK", "", NOW).unwrap();
    assert_eq!(states(&ledger, plan.id), [ItemState::Discarded; 2]);
    assert_eq!(ledger.rulings().unwrap().len(), 4);
}

#[test]
fn going_back_keeps_what_was_sent() {
    let (ledger, file, gifts) = with_gifts(5);
    let plan = close(&ledger, &gifts, "p");
    begin(&ledger, &plan, 1, 2);
    let redone = ledger.redo(Stage::Map).unwrap();
    assert_eq!((redone.rows, redone.kept), (3, 2));
    let left = ledger.mapped_chunk(file, 0).unwrap();
    assert_eq!(left.len(), 2);
    assert_eq!(ledger.check().unwrap(), []);
    let facts = ledger.plan(plan.id).unwrap().unwrap();
    assert_eq!((facts.items, facts.name.as_str()), (2, "p"));
    assert_ne!(facts.digest, plan.digest, "whoever approved it must look again");
    // Mapped again, under a recipe that sees the sent gifts otherwise: they stay as they were.
    let recipe = recipe(&ledger, "new");
    assert_eq!(ledger.unmapped_chunks(file, recipe).unwrap(), [0]);
    let mut all: Vec<Placed> = gifts.iter().cloned().map(placed).collect();
    all[1] = held(gifts[1].row, 7);
    ledger.save_mapped(file, 0, recipe, &all).unwrap();
    assert_eq!(ledger.gift(gifts[1].row).unwrap().as_ref(), Some(&gifts[1]));
    assert_eq!(ledger.gifts_ready(None, 9).unwrap().len(), 3);
    assert_eq!(ledger.mapped_chunk(file, 0).unwrap().len(), 5);
    assert_eq!(ledger.check().unwrap(), []);
    let redone = ledger.redo(Stage::Read).unwrap();
    assert_eq!((redone.rows, redone.kept), (0, 5), "its file stays");
}

#[test]
fn what_had_no_effect_is_mapped_anew() {
    let (ledger, file, gifts) = with_gifts(3);
    let plan = close(&ledger, &gifts, "p");
    let cut = begin(&ledger, &plan, 0, 0);
    ledger.end_attempt(cut, &Outcome::NoEffect { why: "401".into(), wait_ms: 0 }, NOW).unwrap();
    begin(&ledger, &plan, 1, 1);
    let redone = ledger.redo(Stage::Map).unwrap();
    assert_eq!((redone.rows, redone.kept), (2, 1), "what may have arrived stays as it was");
    assert_eq!(states(&ledger, plan.id), [ItemState::Discarded, ItemState::InDoubt]);
    let mut all: Vec<Placed> = gifts.iter().cloned().map(placed).collect();
    all[0] = held(gifts[0].row, 7);
    ledger.save_mapped(file, 0, recipe(&ledger, "new"), &all).unwrap();
    let rows = |ready: Vec<Gift>| ready.iter().map(|gift| gift.row).collect::<Vec<_>>();
    assert_eq!(rows(ledger.gifts_ready(None, 9).unwrap()), [gifts[2].row], "the first is held now");
    assert_eq!(ledger.check().unwrap(), []);
}

#[test]
fn the_rate_window_survives() {
    let ledger = ledger();
    assert_eq!(ledger.window().unwrap(), None);
    for at in [40, 10, 30] {
        ledger.record_call(Moment(at), "Gift/Transactions", Some(200)).unwrap();
    }
    ledger.record_call(Moment(20), "Projects", None).unwrap();
    assert_eq!(ledger.calls_since(Moment(20)).unwrap(), [20, 30, 40].map(Moment));
    let window = Window { limit: 1_500, remaining: 7, reset: Moment(99), at: Moment(40) };
    ledger.save_window(window).unwrap();
    ledger.save_window(window).unwrap();
    assert_eq!(ledger.window().unwrap(), Some(window));
}

#[test]
fn sqlite_itself_refuses_to_lose_a_sent_item() {
    let (ledger, _, gifts) = with_gifts(2);
    let plan = close(&ledger, &gifts, "p");
    begin(&ledger, &plan, 0, 0);
    for sql in [
        "DELETE FROM gift",
        "DELETE FROM item",
        "DELETE FROM map_chunk",
        "DELETE FROM body",
        "DELETE FROM plan",
    ] {
        let done = ledger.commit("harm", move |desk| Ok(desk.conn.execute(sql, [])?));
        assert!(done.is_err(), "{sql}");
    }
    assert_eq!(ledger.item_states(plan.id).unwrap().len(), 2);
}
