//! What is read from the target and known of the organization.

use heirloom_model::{ItemKind, Lists, Repeats, TargetContact};

use super::*;
use crate::{ContactMatch, OrgFact, Unexpected};

const NOW: Moment = Moment(3);

#[test]
fn facts_of_the_organization_are_unknown_until_stated() {
    let ledger = ledger();
    assert_eq!(ledger.org_facts().unwrap(), Default::default());
    let save = |name, value| ledger.save_org_fact(name, value, "probe 3", "MK", NOW);
    assert!(save(OrgFact::RepeatsHeld, "atomic").is_err());
    assert!(save(OrgFact::Lists, "recognised").is_err());
    save(OrgFact::RepeatsHeld, "recognised").unwrap();
    save(OrgFact::Lists, "per item").unwrap();
    save(OrgFact::RepeatsHeld, "not recognised").unwrap();
    let facts = ledger.org_facts().unwrap();
    assert_eq!(facts.repeats_held, Repeats::NotRecognised);
    assert_eq!((facts.repeats_imported, facts.lists), (Repeats::Unknown, Lists::PerItem));
    let rows = ledger.org_fact_rows().unwrap();
    assert_eq!(rows.len(), 3, "every statement stays on record");
    assert_eq!((rows[0].name, rows[0].initials.as_str()), (OrgFact::RepeatsHeld, "MK"));
}

#[test]
fn what_was_read_from_the_target_comes_back() {
    let ledger = ledger();
    let texts = |n: usize| (0..n).map(|i| format!("t{i}")).collect::<Vec<_>>();
    let contact = |id| TargetContact {
        id,
        contact_type: "Household".into(),
        name: "Pat Morgan".into(),
        references: vec![("raisers-edge".into(), "L1".into())],
        people: vec![("Pat".into(), "Morgan".into())],
        emails: texts(2),
        phones: texts(1),
        address: Some(("1 Main".into(), "Austin".into(), "TX".into(), "78701".into())),
        addresses: vec![("2 Oak".into(), String::new(), String::new(), String::new())],
        individuals: vec![11, -3],
        tags: texts(3),
        merged_into: (id == 2).then_some(5),
    };
    let contacts = [1, 2, 3].map(contact);
    ledger.save_target_contacts(&contacts, NOW).unwrap();
    ledger.save_target_contacts(&contacts[..1], NOW).unwrap();
    assert_eq!(ledger.target_contacts(None, 2).unwrap(), contacts[..2]);
    assert_eq!(ledger.target_contacts(Some(2), 9).unwrap(), contacts[2..]);
    ledger.save_target_fact("projects", "3", NOW).unwrap();
    ledger.save_target_fact("projects", "4", Moment(4)).unwrap();
    let facts = ledger.target_facts().unwrap();
    assert_eq!(facts, [("projects".to_owned(), "4".to_owned(), Moment(4))]);
    let odd = Unexpected { kind: ItemKind::Gift, key: "X".into(), target: 9, at: NOW };
    ledger.save_unexpected(&[odd.clone(), odd.clone()]).unwrap();
    assert_eq!(ledger.unexpected().unwrap(), std::slice::from_ref(&odd));
    // A reading that began no later than it was seen takes nothing away; a later one does.
    ledger.forget_unexpected(odd.kind, odd.at).unwrap();
    assert_eq!(ledger.unexpected().unwrap(), std::slice::from_ref(&odd));
    ledger.forget_unexpected(odd.kind, odd.at.plus_ms(1)).unwrap();
    assert_eq!(ledger.unexpected().unwrap(), []);
}

#[test]
fn matches_are_one_to_one() {
    let ledger = ledger();
    let of = |contact, target| ContactMatch { contact: RowId(contact), target, how: "reference".into() };
    ledger.save_matches(&[of(1, 10), of(2, 20)]).unwrap();
    ledger.save_matches(&[of(1, 10)]).unwrap();
    assert!(ledger.save_matches(&[of(3, 30), of(1, 11)]).is_err());
    assert!(ledger.save_matches(&[of(4, 20)]).is_err());
    assert_eq!(ledger.matches().unwrap(), [of(1, 10), of(2, 20)]);
    assert_eq!(ledger.known_contacts().unwrap(), [(RowId(1), 10), (RowId(2), 20)]);
}
