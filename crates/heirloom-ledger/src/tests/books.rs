//! Conservation: whatever happens, every row and every cent lies in exactly one pile.

use heirloom_model::{Bucket, Designation, ItemKind, ItemState, Outcome, Pile, PileLine, Ruling};
use proptest::prelude::*;

use super::plans::close;
use super::*;
use crate::{Cluster, ContactMatch, Evidence, Stage};

const NOW: Moment = Moment(2);
const ROWS: u32 = 12;

/// A fixed file: single and split gifts, a gift on two rows, held, excluded and repeated rows.
fn results(file: FileId) -> Vec<Placed> {
    let mut all = Vec::new();
    for n in 0..8u32 {
        let donor = (n % 3 != 0).then_some(if n % 3 == 1 { "L1" } else { "L2" });
        let mut one = gift(row(file, n), &format!("A{n}"), donor, 100 << n);
        one.date = day(20_200_101 + 10_000 * (n as i32 % 3));
        if n == 5 {
            let part = |project: &str, minor| Designation { project: project.into(), amount: dollars(minor) };
            let parts = vec![part("GEN", 3_000), part("BLDG", 200)];
            one.designations = Designations::new(dollars(3_200), parts).unwrap();
            one.rows = 2;
        }
        all.push(placed(one));
    }
    let of = row(file, 5);
    let place = |n, place| Placed { row: row(file, n), revision: 0, place, findings: vec![] };
    let amount = dollars(200);
    all.push(place(8, Place::Part { of, amount }));
    all.push(held(row(file, 9), 7));
    let known = Known { amount: Some(dollars(1_000_000)), ..Known::default() };
    let rule = "pledges".to_owned();
    all.push(place(10, Place::Excluded { rule, known, promise: None }));
    all.push(place(11, Place::Repeat { of: row(file, 0) }));
    all
}

fn totals(lines: &[PileLine]) -> (u64, i128) {
    let sums = PileLine::sum_by(lines, |_| ());
    sums.get(&()).map_or((0, 0), |t| (t.rows, t.minor))
}

fn line(lines: &[PileLine], pile: Pile) -> (u64, i128) {
    let of_pile: Vec<PileLine> = lines.iter().filter(|l| l.pile == pile).cloned().collect();
    totals(&of_pile)
}

/// Cents of gifts, held and excluded rows, added up by hand.
const CENTS: i128 = (100 << 8) - 100 + 7 + 1_000_000;

fn books() -> (Ledger, FileId, FileId) {
    let ledger = ledger();
    let donors = file_of(&ledger, "donors:main", b"d", 2);
    let file = file_of(&ledger, "gifts:main", b"one", ROWS);
    let all = [donor(row(donors, 0), "L1"), donor(row(donors, 1), "L2")];
    ledger.save_mapped(donors, 0, recipe(&ledger, "m"), &all).unwrap();
    let alone =
        |n| Cluster { row: row(donors, n), person: row(donors, n), contact: row(donors, n), survivor: true };
    ledger.save_clusters(1, &[alone(0), alone(1)], &[]).unwrap();
    ledger.save_mapped(file, 0, recipe(&ledger, "m"), &results(file)).unwrap();
    (ledger, file, donors)
}

#[test]
fn piles_are_by_currency_year_and_type_and_funds_by_designation() {
    let (ledger, file, donors) = books();
    let lines = ledger.piles().unwrap();
    assert_eq!(totals(&lines), (u64::from(ROWS), CENTS));
    // Gifts 0, 3 and 6 are anonymous; nobody else's donor is known yet.
    assert_eq!(line(&lines, Pile::Ready), (3, 100 + 800 + 6_400));
    assert_eq!(line(&lines, Pile::WaitingForDonor), (6, 25_500 - 7_300));
    assert_eq!(line(&lines, Pile::Held), (1, 7));
    assert_eq!(line(&lines, Pile::Repeat), (1, 0));
    let excluded = lines.iter().find(|l| l.pile == Pile::Excluded).unwrap();
    assert_eq!(excluded.rule.as_deref(), Some("pledges"));
    let year = |y: i16, gift_type: &str| Bucket {
        currency: Some(Currency::USD),
        year: Some(y),
        fund: None,
        gift_type: Some(gift_type.to_owned()),
    };
    let ready: Vec<_> = lines.iter().filter(|l| l.pile == Pile::Ready).collect();
    assert_eq!(ready.len(), 1);
    assert_eq!(ready[0].bucket, year(2020, "Cash"));
    let funds = ledger.fund_piles().unwrap();
    assert_eq!(totals(&funds).1, CENTS);
    let bldg: Vec<_> = funds.iter().filter(|l| l.bucket.fund.as_deref() == Some("BLDG")).collect();
    assert_eq!((bldg.len(), bldg[0].tally.rows, bldg[0].tally.minor), (1, 1, 200));
    assert_eq!(ledger.donor_piles().unwrap(), [(Pile::Ready, None, 2)]);
    let found = ContactMatch { contact: row(donors, 0), target: 10, how: "reference".into() };
    ledger.save_matches(&[found]).unwrap();
    let lines = ledger.piles().unwrap();
    assert_eq!(line(&lines, Pile::WaitingForDonor), (3, 400 + 3_200));
    assert_eq!(ledger.donor_piles().unwrap(), [(Pile::Ready, None, 1), (Pile::Confirmed, None, 1)]);
    let newer = file_of(&ledger, "gifts:main", b"two", 1);
    let lines = ledger.piles().unwrap();
    assert_eq!(line(&lines, Pile::Superseded), (u64::from(ROWS), CENTS));
    assert!(newer > file);
}

#[derive(Clone, Debug)]
enum Step {
    Plan(Vec<bool>),
    Begin(i64, i64),
    End(u8),
    Look(i64, Option<i64>),
    Rule(u32, u8),
    Evidence(i64),
    SetAside(u32),
    TakeBack(u32),
    Correct(u32),
    Redo(u8),
}

fn any_step() -> impl Strategy<Value = Step> {
    let item = 1i64..12;
    prop_oneof![
        3 => proptest::collection::vec(any::<bool>(), 8).prop_map(Step::Plan),
        4 => (item.clone(), 0i64..4).prop_map(|(a, n)| Step::Begin(a, a + n)),
        4 => (0u8..6).prop_map(Step::End),
        1 => (item.clone(), proptest::option::of(0i64..3)).prop_map(|(i, f)| Step::Look(i, f)),
        1 => (0u32..8, 0u8..3).prop_map(|(n, r)| Step::Rule(n, r)),
        1 => item.prop_map(Step::Evidence),
        1 => (0u32..ROWS).prop_map(Step::SetAside),
        1 => (0u32..ROWS).prop_map(Step::TakeBack),
        1 => (0u32..ROWS).prop_map(Step::Correct),
        1 => (0u8..3).prop_map(Step::Redo),
    ]
}

fn outcome(n: u8) -> Outcome {
    let text = String::from("words");
    match n {
        0 => Outcome::Accepted,
        1 => Outcome::AlreadyThere,
        2 => Outcome::Conflict { text },
        3 => Outcome::Refused { code: 400, text },
        4 => Outcome::NoEffect { why: text, wait_ms: 5 },
        _ => Outcome::InDoubt { why: text },
    }
}

/// Does a step; what the ledger refuses is fine, as long as the books stay true.
fn take(ledger: &Ledger, file: FileId, step: &Step, names: &mut u32) {
    use heirloom_model::ItemId;
    match step {
        Step::Plan(which) => {
            let ready = ledger.gifts_ready(None, 100).unwrap();
            let chosen: Vec<Gift> =
                ready.into_iter().filter(|g| which.get(g.row.sequence() as usize) == Some(&true)).collect();
            *names += 1;
            // Opening may drop a plan and so make more gifts ready; those wait for the next one.
            close(ledger, &chosen, &format!("p{names}"));
        }
        Step::Begin(a, b) => {
            for plan in ledger.plans().unwrap() {
                let digest = Digest::of(b"q");
                let _ = ledger.begin_attempt(plan.id, ItemId(*a), ItemId(*b), "", digest, NOW);
            }
        }
        Step::End(n) => {
            let open = ledger.attempts().unwrap();
            if let Some(attempt) = open.iter().find(|a| a.outcome.is_none()) {
                ledger.end_attempt(attempt.id, &outcome(*n), NOW).unwrap();
            }
        }
        Step::Look(item, found) => {
            let _ = ledger.save_look(ItemId(*item), *found, NOW);
        }
        Step::Rule(n, r) => {
            let ruling = [Ruling::Sent, Ruling::NotSent, Ruling::Discarded][usize::from(*r)];
            let (key, body) = (format!("A{n}"), format!("{{\"transactionId\":\"A{n}\"}}"));
            let digest = Digest::of(body.as_bytes());
            ledger.rule(&key, digest, ruling, "DK", "", NOW).unwrap();
        }
        Step::Evidence(item) => {
            let seen = Evidence { item: ItemId(*item), target: 1, differs: vec![], at: NOW };
            let _ = ledger.save_evidence(&[seen]);
        }
        Step::SetAside(n) => ledger.set_aside(row(file, *n), "why", "DK", NOW).unwrap(),
        Step::TakeBack(n) => ledger.take_back(row(file, *n), "DK", NOW).unwrap(),
        Step::Correct(n) => {
            let revision = ledger.correct(row(file, *n), 0, "x", "DK", NOW).unwrap();
            let mut all = results(file);
            all.retain(|p| {
                p.row.sequence() == *n || [5, 8].contains(n) && [5, 8].contains(&p.row.sequence())
            });
            all.iter_mut().for_each(|p| p.revision = revision);
            let _ = ledger.save_revision(1, &all);
        }
        Step::Redo(n) => {
            let stage = [Stage::Plan, Stage::Link, Stage::Map][usize::from(*n)];
            ledger.redo(stage).unwrap();
            if !ledger.unmapped_chunks(file, 1).unwrap().is_empty() {
                ledger.save_mapped(file, 0, 1, &results(file)).unwrap();
            }
        }
    }
}

/// Items on which an attempt hangs: key, digest.
fn sent(ledger: &Ledger) -> Vec<(String, Digest)> {
    let plans = ledger.plans().unwrap();
    let items = plans.iter().flat_map(|p| ledger.item_states(p.id).unwrap());
    items.filter(|i| i.attempts > 0).map(|i| (i.key, i.digest)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn whatever_happens_no_row_and_no_cent_is_lost_or_doubled(
        steps in proptest::collection::vec(any_step(), 1..25),
    ) {
        let (ledger, file, _) = books();
        let mut names = 0;
        let mut before: Vec<(String, Digest)> = vec![];
        for step in &steps {
            take(&ledger, file, step, &mut names);
            let lines = ledger.piles().unwrap();
            prop_assert_eq!(totals(&lines), (u64::from(ROWS), CENTS), "{:?}", step);
            prop_assert_eq!(totals(&ledger.fund_piles().unwrap()).1, CENTS);
            let now = sent(&ledger);
            prop_assert!(before.iter().all(|s| now.contains(s)), "sent items vanished: {:?}", step);
            before = now;
            let unsent: u64 = ledger.plans().unwrap().iter()
                .flat_map(|p| ledger.item_states(p.id).unwrap())
                .filter(|i| i.state == ItemState::Unsent)
                .map(|i| ledger.gift(i.row).unwrap().unwrap().rows as u64)
                .sum();
            prop_assert_eq!(line(&lines, Pile::Unsent).0, unsent);
        }
        prop_assert_eq!(ledger.check().unwrap(), vec![]);
        prop_assert!(ledger.plans().unwrap().iter().all(|p| p.kind == ItemKind::Gift));
    }
}
