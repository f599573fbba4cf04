//! Properties that hold for any file of donors: small pools of values make every file full
//! of near matches, households and contradictions.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::*;

const FIRSTS: [&str; 10] = ["Robert", "Bob", "R.", "Mary", "MARY", "Marry", "John & Mary", "José", "", "Ann"];
const LASTS: [&str; 8] = ["Smith", "SMITH", "Smyth", "Lee-Smith", "Smith Jr.", "Morgan", "", "O'Brien"];
const STREETS: [&str; 4] = ["12 Oak Street", "12 OAK ST.", "7 Elm Ave Apt 2", ""];

fn pick(pool: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(pool).prop_map(str::to_owned)
}

fn any_record() -> impl Strategy<Value = Record> {
    let names = (pick(&FIRSTS), pick(&LASTS), pick(&["", "Jr.", "Sr", "III"]), pick(&["", "Mary", "Bob"]));
    let reach = (
        pick(&STREETS),
        pick(&["01115", "1115", "63101", ""]),
        pick(&["413-555-0142", "(413) 555 0143", ""]),
        pick(&["mary@smith.org", "smith@gmail.com", ""]),
    );
    let rest = (pick(&["", "", "H1", "H2"]), prop::sample::select(vec![None, Some(1950), Some(1980)]), 0..6);
    (names, reach, rest).prop_map(|(names, reach, (household, year, kind))| {
        let organization = kind == 0;
        let mut record =
            Record::new(0, if organization { RecordKind::Organization } else { RecordKind::Person });
        (record.first, record.last, record.suffix, record.second_first) = names;
        let (line1, postal, phone, mail) = reach;
        if organization {
            record.organization = format!("{} Printing Inc.", record.last);
        }
        record.addresses = vec![Place { line1, postal, ..Place::default() }];
        record.phones = vec![phone];
        record.emails = vec![mail];
        record.household_id = household;
        record.birth = (year, Some(3), Some(7));
        record
    })
}

fn any_file() -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec(any_record(), 2..40).prop_map(|mut records| {
        for (record, id) in records.iter_mut().zip(1..) {
            record.id = id * 3;
        }
        records
    })
}

fn any_rulings() -> impl Strategy<Value = Vec<Constraint>> {
    let ruling = (any::<bool>(), 1..40i64, 1..40i64).prop_map(|(same, a, b)| match same {
        true => Constraint::Same(a * 3, b * 3),
        false => Constraint::Different(a * 3, b * 3),
    });
    prop::collection::vec(ruling, 0..6)
}

fn link(records: &[Record], rulings: &[Constraint]) -> (Scores, Clusters) {
    let file = File::read(records);
    let scores = file.score(None);
    let clusters = file.cluster(&scores.pairs, &scores.model.thresholds, rulings);
    (scores, clusters)
}

/// Someone who shares nothing with anyone.
fn unrelated(id: i64) -> Record {
    let mut record = Record::new(id, RecordKind::Person);
    record.first = "Quirin".into();
    record.last = "Xylander".into();
    record.birth = (Some(1911), Some(11), Some(23));
    record.phones = vec!["907-222-0199".into()];
    record.emails = vec!["quirin@xylander.example".into()];
    record
}

fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
    pool.install(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn order_of_records_and_threads_change_nothing(
        (records, shuffled) in any_file().prop_flat_map(|r| (Just(r.clone()), Just(r).prop_shuffle())),
        rulings in any_rulings(),
    ) {
        let one = with_threads(1, || link(&records, &rulings));
        let mut backwards = rulings.clone();
        backwards.reverse();
        for threads in [2, 16] {
            let other = with_threads(threads, || link(&shuffled, &backwards));
            prop_assert!(one == other);
        }
    }

    #[test]
    fn contributions_sum_to_bits(records in any_file()) {
        let (scores, _) = link(&records, &[]);
        for pair in &scores.pairs {
            let levels = scores.model.explain(pair.pattern);
            let mut sum = 0.0;
            levels.iter().for_each(|level| sum += level.bits);
            prop_assert_eq!(sum, pair.bits);
            prop_assert!((pair.probability() - 1.0 / (1.0 + (-pair.bits).exp2())).abs() < 1e-12);
            prop_assert_eq!(levels[0].field, "prior");
        }
    }

    #[test]
    fn a_pair_explained_by_itself_scores_as_it_did(records in any_file()) {
        let file = File::read(&records);
        let scores = file.score(None);
        for pair in &scores.pairs {
            prop_assert_eq!(file.explain(&scores, pair.b, pair.a), Some(*pair));
        }
    }

    #[test]
    fn a_stored_model_comes_back_and_judges_alike(records in any_file()) {
        let file = File::read(&records);
        let scores = file.score(None);
        let model = Model::from_numbers(&scores.model.to_numbers()).expect("its own numbers");
        prop_assert!(file.score(Some(&model)) == scores);
    }

    #[test]
    fn under_a_stored_model_an_unrelated_record_changes_no_cluster(records in any_file(), at in 0..200i64) {
        let file = File::read(&records);
        let scores = file.score(None);
        let before = file.cluster(&scores.pairs, &scores.model.thresholds, &[]);
        let mut more = records.clone();
        more.push(unrelated(at));
        prop_assume!(records.iter().all(|r| r.id != at));
        let file = File::read(&more);
        let scores = file.score(Some(&scores.model));
        let mut after = file.cluster(&scores.pairs, &scores.model.thresholds, &[]);
        after.persons.retain(|(record, _)| *record != at);
        after.contacts.retain(|(record, _)| *record != at);
        prop_assert_eq!(before.persons, after.persons);
        prop_assert_eq!(before.contacts, after.contacts);
    }

    #[test]
    fn pairs_are_sorted_and_unique_and_of_one_kind(records in any_file()) {
        let (scores, _) = link(&records, &[]);
        prop_assert!(scores.pairs.windows(2).all(|w| (w[0].a, w[0].b) < (w[1].a, w[1].b)));
        let kind = |id: i64| records.iter().find(|r| r.id == id).expect("an id").kind;
        prop_assert!(scores.pairs.iter().all(|p| p.a < p.b && kind(p.a) == kind(p.b)));
    }

    #[test]
    fn a_person_lies_within_one_contact_and_never_meets_an_organization(
        records in any_file(),
        rulings in any_rulings(),
    ) {
        let (_, clusters) = link(&records, &rulings);
        let contact: BTreeMap<i64, i64> = clusters.contacts.iter().copied().collect();
        let kind: BTreeMap<i64, RecordKind> = records.iter().map(|r| (r.id, r.kind)).collect();
        prop_assert_eq!(clusters.persons.len(), records.len());
        for (record, person) in &clusters.persons {
            prop_assert!(person <= record);
            prop_assert_eq!(contact[record], contact[person]);
            prop_assert_eq!(kind[record], kind[person]);
        }
        let contacts: BTreeSet<i64> = contact.values().copied().collect();
        prop_assert_eq!(clusters.survivors.len(), contacts.len());
        for (of, survivor) in &clusters.survivors {
            prop_assert_eq!(contact[survivor], *of);
        }
    }

    #[test]
    fn links_are_just_enough_to_hold_the_persons_together(
        records in any_file(),
        rulings in any_rulings(),
    ) {
        let (_, clusters) = link(&records, &rulings);
        let person: BTreeMap<i64, i64> = clusters.persons.iter().copied().collect();
        let persons: BTreeSet<i64> = person.values().copied().collect();
        prop_assert_eq!(clusters.links.len(), records.len() - persons.len());
        prop_assert!(clusters.links.iter().all(|(a, b)| person[a] == person[b]));
    }

    #[test]
    fn rulings_are_obeyed(records in any_file(), rulings in any_rulings()) {
        let (_, clusters) = link(&records, &rulings);
        let person: BTreeMap<i64, i64> = clusters.persons.iter().copied().collect();
        let known = |a: &i64, b: &i64| a != b && person.contains_key(a) && person.contains_key(b);
        for ruling in &rulings {
            match ruling {
                Constraint::Different(a, b) if known(a, b) => prop_assert_ne!(person[a], person[b]),
                Constraint::Same(a, b) if known(a, b) && person[a] != person[b] => {
                    let reason = clusters.kept_apart.iter().find(|(x, y, _)| (x, y) == (a.min(b), a.max(b)));
                    prop_assert!(matches!(reason, Some((_, _, Apart::Ruling | Apart::Kind))));
                }
                _ => {}
            }
        }
    }

    #[test]
    fn any_text_can_be_linked(texts in prop::collection::vec("\\PC{0,12}", 8)) {
        let records: Vec<Record> = (0..2).map(|id| {
            let mut record = Record::new(id, RecordKind::Person);
            let mut text = texts.iter().cloned();
            let mut next = || text.next().unwrap_or_default();
            (record.first, record.last, record.suffix, record.title) = (next(), next(), next(), next());
            record.addresses = vec![Place { line1: next(), line2: next(), postal: next(), ..Place::default() }];
            record.emails = vec![next()];
            record
        }).collect();
        link(&records, &[]);
    }
}
