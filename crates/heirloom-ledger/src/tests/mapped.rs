//! What mapping saves comes back as it went; keys stay with their rows.

use std::sync::Arc;

use heirloom_model::{
    Acknowledgee, Address, Code, Designation, Email, Finding, Flag, Installment, Pays, Phone, PhoneKind,
    Promise, PromiseKind, RowRef, SoftCredit, Tribute, TributeKind,
};
use proptest::collection::vec;
use proptest::option::of as maybe;
use proptest::prelude::*;

use super::*;
use crate::{LedgerError, Stage};

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-zA-Z0-9 é/]{1,9}", ".{0,6}"]
}

fn any_date() -> impl Strategy<Value = GiftDate> {
    (0i16..=9999, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| GiftDate::new(y, m, d).unwrap())
}

fn any_money() -> impl Strategy<Value = Money> {
    (any::<i64>(), prop_oneof!["USD", "EUR", "[A-Z]{3}"])
        .prop_map(|(minor, code)| Money::new(minor, Currency::new(&code).unwrap()))
}

fn any_tender() -> impl Strategy<Value = Tender> {
    let custodian = Some("Harbor Trust".to_owned());
    let plain = [
        Tender::Cash,
        Tender::Eft,
        Tender::Crypto,
        Tender::Qcd { custodian },
        Tender::Other,
        Tender::Reversing,
    ];
    prop_oneof![
        proptest::sample::select(plain.to_vec()),
        maybe(any_text()).prop_map(|number| Tender::Check { number }),
        maybe(any_text()).prop_map(|kind| Tender::Credit { kind }),
        (any_text(), any_text()).prop_map(|(ticker, shares)| Tender::Stock { ticker, shares }),
        (any_text(), any_text()).prop_map(|(kind, what)| Tender::NonCash { kind, what }),
    ]
}

fn any_promise_kind() -> impl Strategy<Value = PromiseKind> {
    proptest::sample::select(vec![PromiseKind::Pledge, PromiseKind::Recurring])
}

fn any_promise() -> impl Strategy<Value = Promise> {
    let part = (any_date(), any_money()).prop_map(|(date, amount)| Installment { date, amount });
    let texts = (any_text(), any_text(), any_text());
    (any_promise_kind(), maybe(any_text()), texts, maybe(any_date()), vec(part, 0..3)).prop_map(
        |(kind, donor, (id, frequency, status), ends, installments)| Promise {
            kind,
            id,
            donor,
            frequency,
            status,
            ends,
            installments,
        },
    )
}

fn any_details() -> impl Strategy<Value = GiftDetails> {
    let told = (any_text(), any_text(), any_text()).prop_map(|(first, city, phone)| Acknowledgee {
        first,
        city,
        phone,
        ..Acknowledgee::default()
    });
    let tribute = (any::<bool>(), any_text(), maybe(told)).prop_map(|(memory, name, told)| Tribute {
        kind: if memory { TributeKind::Memory } else { TributeKind::Honor },
        name,
        acknowledgee: told,
    });
    let pays = (any_promise_kind(), any_text()).prop_map(|(kind, id)| Pays { kind, id });
    let credit = (any_text(), any_text(), maybe(any_money())).prop_map(|(donor, role, amount)| SoftCredit {
        donor,
        role,
        amount,
    });
    let full = (
        maybe(any_text()),
        maybe(any_text()),
        maybe(any_date()),
        any::<bool>(),
        maybe(any::<bool>()),
        maybe(tribute),
        vec(credit, 0..3),
        vec((any_text(), any_text()), 0..2),
        maybe(pays),
    )
        .prop_map(
            |(segment, notes, receipt_date, is_private, deductible, tribute, credits, custom, pays)| {
                GiftDetails {
                    segment,
                    notes,
                    receipt_date,
                    is_private,
                    is_tax_deductible: deductible,
                    tribute,
                    soft_credits: credits,
                    custom,
                    pays,
                }
            },
        );
    prop_oneof![Just(GiftDetails::default()), full]
}

fn any_designations() -> impl Strategy<Value = Designations> {
    let single =
        (any_text(), any_money()).prop_map(|(project, amount)| Designations::single(project, amount));
    let split = vec((any_text(), -1_000_000i64..1_000_000), 1..4).prop_map(|parts| {
        let whole = dollars(parts.iter().map(|(_, minor)| minor).sum());
        let parts = parts.into_iter().map(|(project, minor)| Designation { project, amount: dollars(minor) });
        Designations::new(whole, parts.collect()).unwrap()
    });
    prop_oneof![single, split]
}

fn any_person() -> impl Strategy<Value = Person> {
    let names = (any_text(), any_text(), vec(maybe(any_text()), 6));
    let birth = (maybe(any::<i16>()), maybe(any::<i8>()), maybe(any::<i8>()));
    (names, birth, any::<bool>()).prop_map(|((first, last, mut rest), birth, deceased)| Person {
        title: rest.remove(0),
        first,
        middle: rest.remove(0),
        last,
        suffix: rest.remove(0),
        nickname: rest.remove(0),
        maiden: rest.remove(0),
        gender: rest.remove(0),
        birth,
        deceased,
    })
}

fn any_kind() -> impl Strategy<Value = DonorKind> {
    prop_oneof![
        (any_person(), maybe(any_person()))
            .prop_map(|(first, second)| DonorKind::Household { first, second }),
        (any_text(), maybe(any_person())).prop_map(|(name, person)| DonorKind::Organization { name, person }),
        (any_text(), maybe(any_person())).prop_map(|(name, person)| DonorKind::Foundation { name, person }),
        Just(DonorKind::Anonymous),
    ]
}

fn any_reach() -> impl Strategy<Value = Contactable> {
    let address = vec(any_text(), 6).prop_map(|mut t| Address {
        line1: t.remove(0),
        line2: t.remove(0),
        city: t.remove(0),
        state: t.remove(0),
        postal: t.remove(0),
        country: t.remove(0),
    });
    let kinds = [PhoneKind::Home, PhoneKind::Mobile, PhoneKind::Work, PhoneKind::Other];
    let phone = (proptest::sample::select(kinds.to_vec()), any_text())
        .prop_map(|(kind, number)| Phone { kind, number });
    let kinds = vec!["Home Email", "Work Email", "Other Email"];
    let email =
        (proptest::sample::select(kinds), any_text()).prop_map(|(kind, address)| Email { kind, address });
    (vec(address, 0..3), vec(phone, 0..3), vec(email, 0..3))
        .prop_map(|(addresses, phones, emails)| Contactable { addresses, phones, emails })
}

fn any_donor() -> impl Strategy<Value = Donor> {
    let flags = proptest::sample::subsequence(Flag::ALL.to_vec(), 0..=6);
    (
        vec((any_text(), any_text()), 0..3),
        any_kind(),
        maybe(any_text()),
        any_reach(),
        flags,
        vec(prop_oneof![any_text(), "[a-z ]{300,500}"], 0..3),
    )
        .prop_map(|(other_ids, kind, household_id, reach, flags, notes)| Donor {
            row: RowId(0),
            legacy_id: String::new(),
            other_ids,
            kind,
            household_id,
            reach,
            flags: flags.into_iter().collect(),
            notes,
        })
}

fn any_known() -> impl Strategy<Value = Known> {
    (
        maybe(any_money()),
        maybe(any_date()),
        maybe(any_text()),
        maybe(proptest::sample::select(TenderKind::ALL.to_vec())),
        any::<bool>(),
    )
        .prop_map(|(amount, date, project, tender, is_donor)| Known {
            amount,
            date,
            project,
            tender,
            is_donor,
        })
}

fn any_finding() -> impl Strategy<Value = Finding> {
    (
        proptest::sample::select(Code::ALL.to_vec()),
        any_text(),
        maybe(any_text()),
        any::<u32>(),
        maybe(any_text()),
        any_text(),
        any_text(),
    )
        .prop_map(|(code, file, sheet, row_number, column, seen, detail)| Finding {
            code,
            at: RowRef { file: Arc::from(file), sheet: sheet.map(Arc::from), row_number },
            column,
            seen,
            detail,
        })
}

/// One place, or a gift with further rows; ids and row numbers are given when it is placed.
#[derive(Clone, Debug)]
enum Draft {
    Gift(Box<Gift>, Vec<Money>),
    Donor(Box<Donor>),
    Other(Place),
}

fn any_draft() -> impl Strategy<Value = Draft> {
    let identity = prop_oneof![
        any_text().prop_map(|id| (id, None)),
        ("[0-9a-f]{32}", any::<u32>()).prop_map(|(digest, n)| (digest, Some(n))),
        ("[0-9A-F]{32}", any::<u32>()).prop_map(|(digest, n)| (digest, Some(n))),
    ];
    let gift = (
        identity,
        maybe(any_text()),
        any_date(),
        any_tender(),
        any_designations(),
        any_details(),
        vec(any_money(), 0..3),
    )
        .prop_map(|(id, donor, date, tender, designations, details, parts)| {
            let identity = match id {
                (id, None) => GiftIdentity::Legacy(id),
                (digest, Some(ordinal)) => GiftIdentity::Derived { digest, ordinal },
            };
            let gift = Gift {
                row: RowId(0),
                rows: 1 + parts.len() as u32,
                identity,
                donor,
                date,
                tender,
                designations,
                details,
            };
            Draft::Gift(Box::new(gift), parts)
        });
    prop_oneof![
        3 => gift,
        2 => any_donor().prop_map(|d| Draft::Donor(Box::new(d))),
        1 => (any_text(), any_known(), maybe(any_promise())).prop_map(|(rule, known, promise)| {
            Draft::Other(Place::Excluded { rule, known, promise: promise.map(Box::new) })
        }),
        1 => any_known().prop_map(|known| Draft::Other(Place::Held { known })),
        1 => any::<u32>().prop_map(|n| Draft::Other(Place::Repeat { of: row(FileId(1), n) })),
    ]
}

fn place_all(file: FileId, drafts: Vec<(Draft, u32, Vec<Finding>)>) -> Vec<Placed> {
    let mut all: Vec<Placed> = Vec::new();
    for (n, (draft, revision, findings)) in drafts.into_iter().enumerate() {
        let first = row(file, all.len() as u32);
        let mut parts = Vec::new();
        let place = match draft {
            Draft::Gift(mut gift, more) => {
                gift.row = first;
                if let GiftIdentity::Legacy(id) = &mut gift.identity {
                    id.push_str(&format!("#{n}"));
                } else if let GiftIdentity::Derived { ordinal, .. } = &mut gift.identity {
                    *ordinal = n as u32;
                }
                parts = more;
                Place::Gift(gift)
            }
            Draft::Donor(mut donor) => {
                donor.row = first;
                donor.legacy_id = format!("d{n}");
                Place::Donor(donor)
            }
            Draft::Other(place) => place,
        };
        all.push(Placed { row: first, revision, place, findings });
        for amount in parts {
            let row = row(file, all.len() as u32);
            let place = Place::Part { of: first, amount };
            all.push(Placed { row, revision: 0, place, findings: vec![] });
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn what_is_saved_comes_back_as_it_went(
        drafts in vec((any_draft(), 0u32..3, vec(any_finding(), 0..3)), 0..12),
        turn in any::<bool>(),
    ) {
        let ledger = ledger();
        let file = file_of(&ledger, "gifts:main", b"one", 4);
        let all = place_all(file, drafts);
        let mut given = all.clone();
        if turn {
            given.reverse();
        }
        let recipe = recipe(&ledger, "m");
        ledger.save_mapped(file, 0, recipe, &given).unwrap();
        prop_assert_eq!(ledger.mapped_chunk(file, 0).unwrap(), all.clone());
        prop_assert_eq!(ledger.check().unwrap(), vec![]);
        // Again, after going back: the same rows under the same keys.
        let keys: Vec<_> = all.iter().map(|p| ledger.key_of_row(p.row).unwrap()).collect();
        let redone = ledger.redo(Stage::Map).unwrap();
        prop_assert_eq!(redone.rows, all.len() as u64);
        prop_assert_eq!(ledger.mapped_chunk(file, 0).unwrap(), vec![]);
        ledger.save_mapped(file, 0, recipe, &given).unwrap();
        prop_assert_eq!(ledger.mapped_chunk(file, 0).unwrap(), all.clone());
        let again: Vec<_> = all.iter().map(|p| ledger.key_of_row(p.row).unwrap()).collect();
        prop_assert_eq!(keys, again);
    }
}

#[test]
fn a_chunk_is_mapped_once_and_under_one_recipe() {
    let (ledger, file, gifts) = with_gifts(2);
    let all: Vec<Placed> = gifts.into_iter().map(placed).collect();
    let first = recipe(&ledger, "m");
    let second = recipe(&ledger, "n");
    assert!(ledger.unmapped_chunks(file, first).unwrap().is_empty());
    assert_eq!(ledger.unmapped_chunks(file, second).unwrap(), [0]);
    assert!(matches!(ledger.save_mapped(file, 0, first, &all), Err(LedgerError::AlreadyDone { .. })));
    assert!(matches!(ledger.save_mapped(file, 0, second, &all), Err(LedgerError::OtherRecipe { .. })));
    let newest = ledger.newest_recipe("map gifts").unwrap().unwrap();
    assert_eq!((newest.0, newest.2.as_str()), (first, "m"));
    ledger.redo(Stage::Map).unwrap();
    assert_eq!(ledger.newest_recipe("map gifts").unwrap(), None);
    ledger.save_mapped(file, 0, second, &all).unwrap();
    assert_eq!(ledger.newest_recipe("map gifts").unwrap().unwrap().0, second);
}

#[test]
fn surveys_and_phases_are_kept_once() {
    let ledger = ledger();
    let file = file_of(&ledger, "gifts:main", b"one", 1);
    let recipe = recipe(&ledger, "m");
    assert_eq!(ledger.survey(file, recipe).unwrap(), None);
    ledger.save_survey(file, recipe, b"columns").unwrap();
    assert!(ledger.save_survey(file, recipe, b"columns").is_err());
    assert_eq!(ledger.survey(file, recipe).unwrap().unwrap(), b"columns");
    ledger.save_link_phase(recipe, "block", &[7; 900]).unwrap();
    assert!(ledger.save_link_phase(recipe, "block", b"").is_err());
    assert_eq!(ledger.link_phase(recipe, "block").unwrap().unwrap(), [7; 900]);
    assert_eq!(ledger.link_phase(recipe, "score").unwrap(), None);
}

#[test]
fn a_key_has_one_owner() {
    let (ledger, file, gifts) = with_gifts(2);
    let other = file_of(&ledger, "more:main", b"two", 1);
    let twin = placed(gift(row(other, 0), "A2", None, 5));
    let recipe = recipe(&ledger, "n");
    let taken = ledger.save_mapped(other, 0, recipe, std::slice::from_ref(&twin));
    let Err(LedgerError::KeyTaken { row: loser, owner }) = taken else {
        panic!("two gifts got one key");
    };
    assert_eq!((loser, owner), (row(other, 0), row(file, 1)));
    assert_eq!(ledger.mapped_chunk(other, 0).unwrap(), []);
    // Once the owner's result is gone, so is its claim.
    ledger.redo(Stage::Map).unwrap();
    ledger.save_mapped(other, 0, recipe, &[twin]).unwrap();
    assert_eq!(ledger.gift_by_key("A2").unwrap().unwrap().row, row(other, 0));
    assert_eq!(gifts.len(), 2);
}

#[test]
fn two_gifts_may_exchange_ids_before_anything_was_sent() {
    let (ledger, file, gifts) = with_gifts(2);
    ledger.redo(Stage::Map).unwrap();
    let mut turned = gifts;
    turned[0].identity = GiftIdentity::Legacy("A2".into());
    turned[1].identity = GiftIdentity::Legacy("A1".into());
    let all: Vec<Placed> = turned.into_iter().map(placed).collect();
    let recipe = recipe(&ledger, "m");
    ledger.save_mapped(file, 0, recipe, &all).unwrap();
    assert_eq!(ledger.gift_by_key("A1").unwrap().unwrap().row, row(file, 1));
    assert_eq!(ledger.check().unwrap(), []);
}

#[test]
fn a_newer_edition_takes_the_unsent_keys_over() {
    let (ledger, _, _) = with_gifts(2);
    let newer = file_of(&ledger, "gifts:main", b"second edition", 1);
    let recipe = recipe(&ledger, "n");
    let again = placed(gift(row(newer, 0), "A2", None, 1_500));
    ledger.save_mapped(newer, 0, recipe, &[again]).unwrap();
    assert_eq!(ledger.gift_by_key("A2").unwrap().unwrap().row, row(newer, 0));
    let ready = ledger.gifts_ready(None, 10).unwrap();
    assert_eq!(ready.len(), 1, "the old edition is superseded");
    assert_eq!(ledger.check().unwrap(), []);
}

#[test]
fn gifts_and_donors_are_found_by_what_people_know() {
    let (ledger, file, gifts) = with_gifts(2);
    let donors = file_of(&ledger, "donors:main", b"d", 3);
    let recipe = recipe(&ledger, "d");
    let mut waiting = held(row(donors, 2), 0);
    if let Place::Held { known } = &mut waiting.place {
        known.is_donor = true;
    }
    let all = [donor(row(donors, 0), "L-2"), donor(row(donors, 1), "L-1"), waiting];
    ledger.save_mapped(donors, 0, recipe, &all).unwrap();
    ledger.note_held_ids(&[(row(donors, 2), "L-3".into())]).unwrap();
    assert_eq!(ledger.donor_ids().unwrap(), ["L-1", "L-2", "L-3"]);
    let found = ledger.donor_by_legacy_id("L-1").unwrap().unwrap();
    assert_eq!(found.row, row(donors, 1));
    assert_eq!(ledger.donor_by_row(found.row).unwrap(), Some(found.clone()));
    assert_eq!(ledger.donors(Some(row(donors, 0)), 5).unwrap(), [found]);
    assert_eq!(ledger.donor_by_legacy_id("nobody").unwrap(), None);
    assert_eq!(ledger.gift(row(file, 1)).unwrap().as_ref(), Some(&gifts[1]));
    assert_eq!(ledger.gift_by_key("a1").unwrap(), None);
    assert_eq!(ledger.gift_by_key("A1").unwrap().as_ref(), Some(&gifts[0]));
    assert_eq!(ledger.check().unwrap(), []);
}
