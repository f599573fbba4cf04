//! What people expect of linkage, one small file each.

use crate::*;

fn person(id: i64, first: &str, last: &str) -> Record {
    let mut record = Record::new(id, RecordKind::Person);
    record.first = first.into();
    record.last = last.into();
    record
}

fn at_home(mut record: Record) -> Record {
    record.addresses.push(Place {
        line1: "202 W Deer Park Avenue".into(),
        city: "Westfield".into(),
        state: "MA".into(),
        postal: "01085".into(),
        ..Place::default()
    });
    record
}

fn organization(id: i64, name: &str) -> Record {
    let mut record = Record::new(id, RecordKind::Organization);
    record.organization = name.into();
    record
}

fn link(records: &[Record]) -> Clusters {
    link_with(records, &[])
}

fn link_with(records: &[Record], rulings: &[Constraint]) -> Clusters {
    let file = File::read(records);
    file.cluster(&file.score(None).pairs, &Thresholds::default(), rulings)
}

/// The person (or contact) of each record, by ascending id.
fn groups(of: &[(i64, i64)]) -> Vec<i64> {
    of.iter().map(|(_, group)| *group).collect()
}

#[track_caller]
fn check(records: &[Record], persons: &[i64], contacts: &[i64]) {
    let clusters = link(records);
    assert_eq!(groups(&clusters.persons), persons, "persons");
    assert_eq!(groups(&clusters.contacts), contacts, "contacts");
}

#[test]
fn one_person_written_twice_is_one_person() {
    for (first, last) in [
        ("Robert", "MORGAN"),
        ("Bob", "Morgan"),
        ("Rob", "Morgan"),
        ("Robrt", "Morgan"),
        ("Robert", "Morgna"),
        ("Morgan", "Robert"),
        ("Róbert", "Morgan"),
        ("Robert & Ann", "Morgan"),
        ("", "Morgan, Robert"),
    ] {
        let records = [at_home(person(1, "Robert", "Morgan")), at_home(person(2, first, last))];
        assert_eq!(groups(&link(&records).persons), [1, 1], "{first} {last}");
    }
}

#[test]
fn spouses_share_a_contact_and_stay_two_persons() {
    let records = [at_home(person(1, "Pat", "Morgan")), at_home(person(2, "Lee", "Morgan"))];
    check(&records, &[1, 2], &[1, 1]);
}

#[test]
fn spouses_of_different_names_share_a_contact_when_one_names_the_other() {
    let mut wife = at_home(person(1, "Ann", "Lee"));
    wife.second_first = "John".into();
    wife.second_last = "Morgan".into();
    check(&[wife, at_home(person(2, "John", "Morgan"))], &[1, 2], &[1, 1]);
    let strangers = [at_home(person(1, "Ann", "Lee")), at_home(person(2, "John", "Morgan"))];
    check(&strangers, &[1, 2], &[1, 2]);
}

#[test]
fn a_record_of_both_spouses_belongs_to_the_first_and_does_not_bridge() {
    let records = [
        at_home(person(1, "John & Mary", "Morgan")),
        at_home(person(2, "John", "Morgan")),
        at_home(person(3, "Mary", "Morgan")),
    ];
    check(&records, &[1, 1, 3], &[1, 1, 1]);
}

#[test]
fn swapped_names_are_seen_through_nicknames_initials_and_slips() {
    let pair = |first: &str, last: &str| {
        let records = [("Laura", "Monreal"), (first, last)].map(|(first, last)| {
            let mut record = Record::new(first.len() as i64 * 100 + last.len() as i64, RecordKind::Person);
            record.first = first.into();
            record.last = last.into();
            record.phones = vec!["413-555-0142".into()];
            record
        });
        let file = File::read(&records);
        let scores = file.score(None);
        let levels: Vec<&str> =
            scores.pairs.iter().map(|pair| scores.model.explain(pair.pattern)[1].level).collect();
        levels == ["swapped with last name"]
    };
    for (first, last, expected) in [
        ("Monreal", "Laura", true),
        ("Monreal", "Laurie", true),
        ("Monreal", "L.", true),
        ("Monreal", "Laurra", true),
        ("Monrael", "Laura", true),
        ("Monreal", "Peter", false),
        ("Monreal", "P.", false),
        ("Monrael", "Laurra", false),
    ] {
        assert_eq!(pair(first, last), expected, "{first} {last}");
    }
}

#[test]
fn father_and_son_stay_apart() {
    let by_suffix = [at_home(person(1, "John", "Morgan Sr.")), at_home(person(2, "John", "Morgan, Jr."))];
    check(&by_suffix, &[1, 2], &[1, 1]);
    let mut by_birth = [at_home(person(1, "John", "Morgan")), at_home(person(2, "John", "Morgan"))];
    by_birth[0].birth = (Some(1931), Some(4), Some(2));
    by_birth[1].birth = (Some(1958), Some(11), Some(19));
    check(&by_birth, &[1, 2], &[1, 1]);
}

#[test]
fn a_record_without_suffix_does_not_bridge_father_and_son() {
    let mut records = [
        at_home(person(1, "John", "Morgan Sr.")),
        at_home(person(2, "John", "Morgan")),
        at_home(person(3, "John", "Morgan Jr.")),
    ];
    for record in &mut records {
        record.emails = vec!["john@morgan.org".into()];
        record.middle = "Quincy".into();
    }
    let persons = groups(&link(&records).persons);
    assert_ne!(persons[0], persons[2]);
}

#[test]
fn people_of_one_name_in_different_cities_stay_apart() {
    let mut far = person(2, "John", "Smith");
    far.addresses.push(Place {
        line1: "9 Elm St".into(),
        city: "Tucson".into(),
        state: "AZ".into(),
        postal: "85701".into(),
        ..Place::default()
    });
    check(&[at_home(person(1, "John", "Smith")), far], &[1, 2], &[1, 2]);
}

#[test]
fn an_equal_household_id_makes_one_contact() {
    let mut records = [person(1, "Ann", "Lee"), person(2, "Joe", "Morgan"), person(3, "Kim", "Park")];
    records[0].household_id = "H7".into();
    records[1].household_id = " H7".into();
    check(&records, &[1, 2, 3], &[1, 1, 3]);
}

#[test]
fn a_household_id_of_too_many_is_not_believed_and_said() {
    let names =
        ["Ann", "Bea", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ida", "Joe", "Kim", "Lou", "Max", "Ned"];
    let mut records: Vec<Record> =
        names.iter().zip(1..).map(|(n, id)| person(id, n, &format!("{n}son"))).collect();
    for record in &mut records {
        record.household_id = "0".into();
    }
    let clusters = link(&records);
    assert_eq!(clusters.households_not_believed, [("0".to_owned(), 14)]);
    assert_eq!(groups(&clusters.contacts), (1..=14).collect::<Vec<i64>>());
}

#[test]
fn an_organization_and_its_foundation_stay_apart() {
    let acme = |id, name| at_home(organization(id, name));
    let records = [
        acme(1, "Acme Printing, Inc."),
        acme(2, "THE ACME PRINTING CORP"),
        acme(3, "Acme Printing Foundation"),
    ];
    check(&records, &[1, 1, 3], &[1, 1, 3]);
}

#[test]
fn rulings_go_before_scores() {
    let twins = [at_home(person(1, "Robert", "Morgan")), at_home(person(2, "Bob", "Morgan"))];
    let apart = link_with(&twins, &[Constraint::Different(2, 1)]);
    assert_eq!(groups(&apart.persons), [1, 2]);
    assert_eq!(apart.kept_apart, [(1, 2, Apart::Ruling)]);
    assert!(apart.review.is_empty(), "what was ruled isn't asked again");

    let strangers = [person(1, "Ann", "Lee"), person(2, "Joe", "Morgan")];
    let same = link_with(&strangers, &[Constraint::Same(1, 2)]);
    assert_eq!((groups(&same.persons), same.links), (vec![1, 1], vec![(1, 2)]));
}

#[test]
fn the_fullest_record_survives_and_of_equals_the_oldest() {
    let mut records = [at_home(person(4, "Ann", "Lee")), at_home(person(7, "Ann", "Lee"))];
    assert_eq!(link(&records).survivors, [(4, 4)]);
    records[1].phones.push("413-555-0142".into());
    assert_eq!(link(&records).survivors, [(4, 7)]);
}

#[test]
fn a_doubtful_pair_is_put_to_a_person() {
    let records = [at_home(person(1, "John", "Morgan")), at_home(person(2, "John", "Morgan Jr."))];
    let clusters = link(&records);
    assert_eq!(groups(&clusters.persons), [1, 2]);
    assert_eq!(clusters.review, [0]);
}

#[test]
fn any_pair_can_be_explained() {
    let records = [at_home(person(1, "Ann", "Lee")), person(2, "Joe", "Morgan"), organization(3, "Acme")];
    let file = File::read(&records);
    let scores = file.score(None);
    let scored = file.explain(&scores, 2, 1).expect("two people");
    assert_eq!((scored.a, scored.b, scored.rule()), (1, 2, "no rule met"));
    let levels = scores.model.explain(scored.pattern);
    assert!(levels.iter().any(|l| l.field == "first name" && l.level == "different"));
    assert!(file.explain(&scores, 1, 3).is_none() && file.explain(&scores, 1, 9).is_none());
}

#[test]
fn a_phone_that_very_many_share_says_little() {
    let names =
        ["Ann", "Ann", "Bea", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ida", "Joe", "Kim", "Lou", "Max"];
    let mut records: Vec<Record> = names.iter().zip(1..).map(|(n, id)| person(id, n, "Parish")).collect();
    for record in &mut records {
        record.phones = vec!["413-555-0142".into()];
    }
    let contacts = groups(&link(&records).contacts);
    assert_eq!(contacts[2..], (3..=14).collect::<Vec<i64>>());
}

#[test]
fn nothing_comes_of_nothing() {
    assert_eq!(link(&[]), Clusters::default());
    check(&[person(1, "", ""), person(2, "", "")], &[1, 2], &[1, 2]);
}

#[test]
fn neighbours_of_like_names_with_nothing_else_in_common_stay_apart() {
    let neighbour = |n: i64| {
        let mut record = person(n, &format!("Given{n}"), &format!("Family{n}"));
        record.addresses.push(Place {
            line1: format!("{n} Elm St"),
            city: "Mesa".into(),
            state: "AZ".into(),
            postal: "85201".into(),
            ..Place::default()
        });
        record.phones.push(format!("512-555-{n:04}"));
        record.emails.push(format!("person{n}@example.org"));
        record
    };
    let apart: Vec<i64> = (1..=12).collect();
    check(&apart.iter().map(|n| neighbour(*n)).collect::<Vec<_>>(), &apart, &apart);
}
