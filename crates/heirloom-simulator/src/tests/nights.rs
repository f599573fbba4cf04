//! Midnight, matching, buckets, and what people do with imports.

use super::*;

#[test]
fn a_gift_is_a_404_until_somebody_presses_run() {
    let mut world = world();
    post(&mut world, GIFT, &gift("1", "150.00"));
    let states: Vec<u16> =
        [T0, T0 + DAY].map(|now| send(&mut world, now, "GET", "/api/Gift/Legacy/1", "").0).to_vec();
    assert_eq!(states, [404, 404]);
    let import = &world.imports()[0];
    assert_eq!(
        (import.kind, import.rows, import.total_minor, import.state),
        (ImportKind::Gifts, 1, 15000, ImportState::Bundled)
    );
    assert_eq!(import.name, "Legacy gifts 2026-11-22");
    world.run_imports(T0 + DAY);
    assert_eq!(send(&mut world, T0 + DAY, "GET", "/api/Gift/Legacy/1", "").0, 200);
    assert_eq!(world.imports()[0].state, ImportState::Run);
}

#[test]
fn midnight_is_the_organizations_and_comes_by_itself() {
    let mut world = world();
    post(&mut world, GIFT, &gift("1", "1.00"));
    let midnight = world.next_midnight_ms().unwrap();
    assert_eq!(midnight, T0 + 6 * HOUR);
    world.advance(midnight - 1);
    assert_eq!(world.imports().len(), 0);
    world.advance(midnight);
    assert_eq!(world.imports().len(), 1);
    let mut still = world_of(Rules { auto_night: false, ..Rules::default() });
    post(&mut still, GIFT, &gift("1", "1.00"));
    still.advance(T0 + 9 * DAY);
    assert_eq!((still.imports().len(), still.held()), (0, 1));
}

#[test]
fn every_night_makes_one_import_for_each_source_and_kind() {
    let mut world = world_of(Rules { contact_batch: ContactBatch::AtMidnight, ..Rules::default() });
    let mut other = gift("1", "1.00");
    other["transactionSource"] = json!("Other");
    for now in [T0, T0 + DAY] {
        let id = now.to_string();
        for (path, body) in [
            (GIFT, gift(&id, "2.00")),
            (GIFTS, gift_list(&[gift(&format!("{id}b"), "3.00")])),
            (CONTACTS, contact_list(&[contact(&id, "New", "Donor")])),
        ] {
            assert_eq!(send(&mut world, now, "POST", path, &body.to_string()).0, 200);
        }
    }
    send(&mut world, T0 + DAY, "POST", GIFT, &other.to_string());
    world.advance(T0 + 2 * DAY);
    let seen: Vec<(String, u32)> =
        world.imports().into_iter().map(|import| (import.name, import.rows)).collect();
    let expected = [
        ("Legacy gifts 2026-11-22", 2),
        ("Legacy contacts 2026-11-22", 1),
        ("Legacy gifts 2026-11-23", 2),
        ("Legacy contacts 2026-11-23", 1),
        ("Other gifts 2026-11-23", 1),
    ];
    assert_eq!(seen, expected.map(|(name, rows)| (name.to_string(), rows)));
}

#[test]
fn rows_are_sorted_by_what_they_match_and_what_they_add() {
    let ada = |more: Value| {
        let mut body = json!({"referenceSource": "Legacy", "contactType": "Household", "firstName": "Ada", "lastName": "Example"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for (what, body, expected) in [
        ("e-mail", ada(json!({"email": "ADA@example.org"})), (1, 0, 0)),
        ("phone", ada(json!({"phone": "+1 (480) 555 0142"})), (1, 0, 0)),
        (
            "name and address",
            ada(json!({"address1": "12  elm st", "city": "Mesa", "postal": "85201"})),
            (1, 0, 0),
        ),
        ("a new phone", ada(json!({"email": "ada@example.org", "phone": "480-555-9999"})), (0, 1, 0)),
        (
            "a new person",
            json!({"referenceSource": "Legacy", "firstName": "Bob", "lastName": "Example", "email": "ada@example.org"}),
            (0, 1, 0),
        ),
        ("shared by two", ada(json!({"email": "both@example.org"})), (0, 0, 1)),
        ("nobody", ada(json!({"email": "new@example.org"})), (0, 0, 1)),
    ] {
        let mut world = world();
        world.seed_contact(SeedContact::person("Ann", "One").email("both@example.org"));
        world.seed_contact(SeedContact::person("Ann", "Two").email("both@example.org"));
        post(&mut world, CONTACT, &body);
        world.midnight(T0);
        let import = &world.imports()[0];
        assert_eq!((import.ready, import.update_needed, import.match_needed), expected, "{what}");
    }
}

#[test]
fn a_new_contact_is_ready_only_where_that_is_allowed() {
    for (allowed, expected) in [(true, (1, 0, 0)), (false, (0, 0, 1))] {
        let mut world = world_of(Rules { create_new_contacts: allowed, ..Rules::default() });
        post(&mut world, CONTACT, &contact("D-2", "Lee", "New"));
        world.midnight(T0);
        let import = &world.imports()[0];
        assert_eq!((import.ready, import.update_needed, import.match_needed), expected, "{allowed}");
    }
}

#[test]
fn a_new_contact_without_type_or_names_is_a_mandatory_error() {
    let body = |kind: &str, name: &str, first: &str, last: &str| json!({"referenceSource": "Legacy", "referenceId": "D-2", "contactType": kind, "name": name, "firstName": first, "lastName": last});
    for (body, ready) in [
        (body("Household", "", "Lee", "New"), 1),
        (body("Organization", "Acme", "Default", "Contact"), 1),
        (body("", "", "Lee", "New"), 0),
        (body("Herd", "", "Lee", "New"), 0),
        (body("Household", "", "", "New"), 0),
        (body("Household", "", "Lee", ""), 0),
        (body("Organization", "", "Lee", "New"), 0),
        (body("Organization", "Acme", "", ""), 0),
    ] {
        let mut world = world_of(Rules { create_new_contacts: true, ..Rules::default() });
        assert_eq!(post(&mut world, CONTACT, &body).0, 200);
        world.midnight(T0);
        let import = &world.imports()[0];
        assert_eq!((import.ready, import.update_needed), (ready, 1 - ready), "{body}");
    }
}

#[test]
fn two_gifts_of_a_new_donor_in_one_import_make_two_contacts() {
    for (twins, contacts) in [(Twins::TwoContacts, 3), (Twins::OneContact, 2)] {
        let mut world = world_of(Rules { twins, ..Rules::default() });
        post(&mut world, GIFTS, &gift_list(&[stranger_gift("1", "d7"), stranger_gift("2", "d7")]));
        world.midnight(T0);
        world.run_imports(T0);
        assert_eq!((world.contacts().len(), world.gifts().len()), (contacts, 2), "{twins:?}");
    }
}

#[test]
fn contacts_first_then_gifts_make_no_second_contact() {
    let mut world = world();
    post(&mut world, CONTACTS, &contact_list(&[contact("d7", "New", "Donor")]));
    assert_eq!((world.held(), world.imports().len()), (0, 1), "the batch is bundled by the call");
    world.run_imports(T0);
    post(&mut world, GIFTS, &gift_list(&[stranger_gift("1", "d7"), stranger_gift("2", "d7")]));
    world.midnight(T0);
    world.run_imports(T0);
    assert_eq!((world.contacts().len(), world.gifts()[1].contact_id), (2, 1002));
    assert_eq!(world.contacts()[1].giving_minor, 2000);
}

#[test]
fn a_matched_contact_takes_our_reference_and_is_modified() {
    let mut world = world();
    post(&mut world, GIFT, &gift("1", "150.00"));
    world.midnight(T0);
    world.run_imports(T0 + DAY);
    let ada = &world.contacts()[0];
    assert_eq!(ada.references, [("Legacy".to_string(), "D-1".to_string())]);
    assert_eq!((ada.created_ms, ada.modified_ms), (0, T0 + DAY));
    assert_eq!(get(&mut world, "/api/Contact/Legacy/D-1").1["id"], 1001);
}

#[test]
fn a_night_between_two_imports_is_matched_again_on_run_unless_told_not_to() {
    for (rematch_on_run, contacts) in [(true, 2), (false, 3)] {
        let mut world = world_of(Rules { rematch_on_run, ..Rules::default() });
        for id in ["1", "2"] {
            post(&mut world, GIFT, &stranger_gift(id, "d7"));
            world.midnight(T0);
        }
        world.run_imports(T0);
        assert_eq!(world.contacts().len(), contacts, "{rematch_on_run}");
    }
}

#[test]
fn what_the_person_does_decides_about_rows_that_are_not_ready() {
    for (person, gifts, state, discarded) in [
        (Person::AcceptAll, 2, ImportState::Run, 0),
        (Person::ReadyOnly, 1, ImportState::Bundled, 0),
        (Person::DiscardRest, 1, ImportState::Run, 1),
    ] {
        let mut world = world_of(Rules { person, ..Rules::default() });
        post(&mut world, GIFTS, &gift_list(&[gift("1", "1.00"), stranger_gift("2", "d7")]));
        world.midnight(T0);
        world.run_imports(T0);
        let import = &world.imports()[0];
        assert_eq!(
            (world.gifts().len(), import.state, import.discarded),
            (gifts, state, discarded),
            "{person:?}"
        );
    }
}

#[test]
fn auto_import_runs_what_is_ready_by_itself() {
    let mut world = world_of(Rules { auto_import: true, ..Rules::default() });
    post(&mut world, GIFTS, &gift_list(&[gift("1", "1.00"), stranger_gift("2", "d7")]));
    world.advance(T0 + DAY);
    let import = &world.imports()[0];
    assert_eq!((import.imported, import.match_needed, import.state), (1, 1, ImportState::Bundled));
}

#[test]
fn an_import_or_a_row_can_be_discarded() {
    let mut world = world();
    post(&mut world, GIFTS, &gift_list(&[gift("1", "1.00"), gift("2", "2.00")]));
    assert!(!world.discard_row("Legacy", "1", T0), "not while it is held");
    world.midnight(T0);
    assert!(world.discard_row("legacy", "1", T0));
    assert!(!world.discard_row("Legacy", "1", T0));
    assert!(world.discard_import("Legacy gifts 2026-11-22", T0));
    assert!(!world.discard_import("1", T0));
    world.run_imports(T0);
    assert_eq!((world.gifts().len(), count(&world, EffectKind::DiscardedGift)), (0, 2));
    assert_eq!(world.imports()[0].state, ImportState::Discarded);
}

#[test]
fn create_import_is_ignored_or_makes_one_or_joins() {
    let named = |id: &str| {
        let mut list = gift_list(&[gift(id, "1.00")]);
        list["createImport"] = json!("true");
        list["importName"] = json!("Wave 1");
        list
    };
    for (create_import, imports, held) in
        [(CreateImport::Ignored, 0, 2), (CreateImport::PerCall, 2, 0), (CreateImport::JoinedByName, 1, 0)]
    {
        let mut world = world_of(Rules { create_import, ..Rules::default() });
        post(&mut world, GIFTS, &named("1"));
        post(&mut world, GIFTS, &named("2"));
        assert_eq!((world.imports().len(), world.held()), (imports, held), "{create_import:?}");
        assert!(world.imports().iter().all(|import| import.name == "Wave 1"));
    }
}

#[test]
fn tags_are_made_attached_or_ignored() {
    for (tags, expected) in [
        (Tags::Made, vec!["Known", "Fresh"]),
        (Tags::AttachedIfKnown, vec!["Known"]),
        (Tags::Ignored, vec![]),
    ] {
        let mut world = world_of(Rules { tags, ..Rules::default() });
        world.seed_tag("known");
        let mut body = contact("d7", "New", "Donor");
        body["tags"] = json!("Known;Fresh");
        post(&mut world, CONTACTS, &contact_list(&[body]));
        world.run_imports(T0);
        assert_eq!(world.contacts()[1].tags, expected, "{tags:?}");
    }
}

#[test]
fn unknown_projects_wait_for_a_person_where_they_are_not_refused() {
    let mut world = world_of(Rules { strict_projects: false, ..Rules::default() });
    let mut body = gift("1", "1.00");
    body["designations"][0]["code"] = json!("NEWFUND");
    assert_eq!(post(&mut world, GIFT, &body).0, 200);
    world.midnight(T0);
    assert_eq!(world.imports()[0].update_needed, 1);
    world.run_imports(T0);
    assert_eq!(world.gifts()[0].designations[0].code, "NEWFUND");
    assert_eq!(world.projects().len(), 4);
}

#[test]
fn details_that_the_type_demands_are_a_persons_work() {
    let mut world = world();
    let mut stock = gift("1", "1.00");
    stock["giftType"] = json!("Stock");
    let mut whole = gift("2", "1.00");
    for (name, value) in [
        ("giftType", json!("Stock")),
        ("stockTickerSymbol", json!("ACME")),
        ("stockNumberOfShares", json!(3)),
    ] {
        whole[name] = value;
    }
    post(&mut world, GIFTS, &gift_list(&[stock, whole]));
    world.midnight(T0);
    assert_eq!((world.imports()[0].ready, world.imports()[0].update_needed), (1, 1));
}

#[test]
fn a_merged_contact_shows_where_it_went_and_matches_lead_there() {
    let mut world = world();
    let other = world.seed_contact(SeedContact::person("A", "Example"));
    post(&mut world, GIFT, &gift("1", "5.00"));
    world.midnight(T0);
    world.run_imports(T0);
    assert!(world.merge_contacts(1001, other, T0));
    assert!(!world.merge_contacts(1001, 9999, T0));
    assert_eq!(get(&mut world, "/api/Contact/1001").1["mergedIntoContactId"], other);
    assert_eq!(world.gifts()[0].contact_id, other);
    post(&mut world, GIFT, &gift("2", "5.00"));
    world.midnight(T0);
    world.run_imports(T0);
    assert_eq!((world.gifts()[1].contact_id, world.contacts().len()), (other, 2));
}

#[test]
fn shares_of_rows_land_in_the_buckets_as_the_rules_say() {
    let mut world =
        world_of(Rules { match_needed_percent: 20, update_needed_percent: 30, seed: 7, ..Rules::default() });
    let items: Vec<Value> = (0..1000).map(|at| gift(&at.to_string(), "1.00")).collect();
    post(&mut world, GIFTS, &gift_list(&items));
    world.midnight(T0);
    let import = &world.imports()[0];
    assert!((150..250).contains(&import.match_needed), "{import:?}");
    assert!((250..350).contains(&import.update_needed), "{import:?}");
}
