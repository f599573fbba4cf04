//! Rows that go again, and ledgers that are copies.

use heirloom_model::{ItemId, ItemKind, ItemState, Outcome, Ruling};

use super::plans::{begin, close};
use super::*;
use crate::{Estrangement, Evidence, LedgerError, PlanFacts};

const NOW: Moment = Moment(5_000);

fn refused(ledger: &Ledger, plan: &PlanFacts, item: i64) -> ItemId {
    let attempt = begin(ledger, plan, item, item);
    let outcome = Outcome::Refused { code: 400, text: "no".into() };
    ledger.end_attempt(attempt, &outcome, NOW).unwrap();
    ItemId(plan.first.unwrap().0 + item)
}

fn state(ledger: &Ledger, gift: &Gift) -> ItemState {
    ledger.item_of_row(gift.row).unwrap().unwrap().state
}

#[test]
fn a_row_goes_again_only_after_it_was_given_up() {
    let (ledger, _, gifts) = with_gifts(3);
    let first = close(&ledger, &gifts, "first");
    let item = refused(&ledger, &first, 0);
    let again = |gift: &Gift| {
        let plan = ledger.open_plan(ItemKind::Gift, Digest::of(b"r"), "{}", NOW).unwrap();
        ledger.seal(plan, &[seal(gift)]).map(|()| ledger.close_plan(plan, &format!("p{}", plan.0)).unwrap())
    };
    assert!(matches!(again(&gifts[0]), Err(LedgerError::InPlan { .. })), "refused is not given up");
    assert_eq!(ledger.gifts_ready(None, 9).unwrap(), []);
    assert!(ledger.give_up(&[ItemId(item.0 + 1)], "PR", "", NOW).is_err(), "the unsent is not given up");
    ledger.give_up(&[item], "PR", "the project exists now", NOW).unwrap();
    assert_eq!(ledger.gifts_ready(None, 9).unwrap(), [gifts[0].clone()]);
    let second = again(&gifts[0]).unwrap();
    assert_eq!(ledger.gifts_ready(None, 9).unwrap(), []);
    assert_eq!(state(&ledger, &gifts[0]), ItemState::Unsent);
    assert!(ledger.item_states(first.id).unwrap()[0].replaced);
    // What was ruled of the first item says nothing of the second, and nothing moves the first.
    let attempt = begin(&ledger, &second, 0, 0);
    assert!(matches!(again(&gifts[0]), Err(LedgerError::InPlan { .. })), "it is in a plan again");
    ledger.end_attempt(attempt, &Outcome::Accepted, NOW).unwrap();
    ledger.rule("A1", seal(&gifts[0]).1.digest, Ruling::Discarded, "PR", "", NOW).unwrap();
    assert_eq!(state(&ledger, &gifts[0]), ItemState::Discarded);
    assert_eq!(ledger.item_states(first.id).unwrap()[0].state, ItemState::Refused);
    assert_eq!(ledger.check().unwrap(), []);
    let rows: u64 = ledger.piles().unwrap().iter().map(|l| l.tally.rows).sum();
    assert_eq!(rows, 3, "a row that went twice is counted once");
}

#[test]
fn a_discard_of_the_first_item_does_not_discard_the_second() {
    let (ledger, _, gifts) = with_gifts(1);
    let first = close(&ledger, &gifts, "first");
    let attempt = begin(&ledger, &first, 0, 0);
    ledger.end_attempt(attempt, &Outcome::Accepted, NOW).unwrap();
    ledger.rule("A1", seal(&gifts[0]).1.digest, Ruling::Discarded, "PR", "", NOW).unwrap();
    ledger.give_up(&[first.first.unwrap()], "PR", "", NOW).unwrap();
    close(&ledger, &gifts, "second");
    assert_eq!(state(&ledger, &gifts[0]), ItemState::Unsent);
}

#[test]
fn what_was_given_up_and_is_seen_after_all_does_not_go_again() {
    let (ledger, _, gifts) = with_gifts(1);
    let first = close(&ledger, &gifts, "first");
    let item = refused(&ledger, &first, 0);
    ledger.give_up(&[item], "PR", "", NOW).unwrap();
    ledger.save_evidence(&[Evidence { item, target: 7, differs: Vec::new(), at: NOW }]).unwrap();
    assert_eq!(ledger.gifts_ready(None, 9).unwrap(), []);
    let plan = ledger.open_plan(ItemKind::Gift, Digest::of(b"r"), "{}", NOW).unwrap();
    assert!(matches!(ledger.seal(plan, &[seal(&gifts[0])]), Err(LedgerError::InPlan { .. })));
    assert_eq!(state(&ledger, &gifts[0]), ItemState::Confirmed);
}

#[test]
fn a_refused_row_that_is_corrected_is_ready_again() {
    let (ledger, _, gifts) = with_gifts(2);
    let plan = close(&ledger, &gifts, "first");
    refused(&ledger, &plan, 0);
    let accepted = begin(&ledger, &plan, 1, 1);
    ledger.end_attempt(accepted, &Outcome::Accepted, NOW).unwrap();
    let recipe = recipe(&ledger, "m");
    for gift in &gifts {
        ledger.correct(gift.row, 2, "11", "PR", NOW).unwrap();
    }
    let revised = |gift: &Gift| {
        let mut placed =
            placed(Gift { designations: Designations::single("GEN".into(), dollars(2_000)), ..gift.clone() });
        placed.revision = 1;
        ledger.save_revision(recipe, &[placed])
    };
    assert!(matches!(revised(&gifts[1]), Err(LedgerError::Attempted { .. })), "what was accepted stays");
    revised(&gifts[0]).unwrap();
    assert_eq!(ledger.gifts_ready(None, 9).unwrap().len(), 1);
    assert_eq!(ledger.check().unwrap(), []);
}

#[test]
fn a_copy_doubts_what_it_takes_for_unsent() {
    let (ledger, _, gifts) = with_gifts(4);
    let plan = close(&ledger, &gifts[..3], "first");
    let attempt = begin(&ledger, &plan, 0, 0);
    ledger.end_attempt(attempt, &Outcome::Accepted, NOW).unwrap();
    let what = |mark: &str, plans| Estrangement { mark: mark.into(), plans, why: "a copy".into(), at: NOW };
    ledger.estrange(&what("a", Some(vec![plan.id]))).unwrap();
    ledger.estrange(&what("a", None)).unwrap();
    let states = |plan| -> Vec<_> { ledger.item_states(plan).unwrap().iter().map(|l| l.state).collect() };
    assert_eq!(states(plan.id), [ItemState::Waiting, ItemState::InDoubt, ItemState::InDoubt]);
    assert!(ledger.drop_plan(plan.id).is_err());
    let second = close(&ledger, &gifts[3..], "second");
    assert_eq!(states(second.id), [ItemState::Unsent], "a later plan is not concerned");
    ledger.estrange(&what("b", None)).unwrap();
    assert_eq!(states(second.id), [ItemState::InDoubt]);
    ledger.rule("A2", seal(&gifts[1]).1.digest, Ruling::NotSent, "PR", "", NOW).unwrap();
    assert_eq!(states(plan.id)[1], ItemState::Unsent);
    assert_eq!(ledger.estrangements().unwrap().len(), 2);
}
