//! Ids and amounts that no vendor gave: they are refused or left out, and nothing breaks.

use super::*;

/// The ids of a contact's parts: people, methods, addresses.
fn part_ids(contact: &ContactRecord) -> (Vec<i64>, Vec<i64>, Vec<i64>) {
    let people = contact.individuals.iter();
    (
        people.clone().map(|one| one.id).collect(),
        people.flat_map(|one| &one.methods).map(|one| one.id).collect(),
        contact.addresses.iter().map(|one| one.id).collect(),
    )
}

/// A household whose parts carry the ids of Ada's.
pub(super) fn claiming_adas_ids() -> Value {
    json!({"contactType": "Household",
        "contactAddresses": [{"id": 30003, "address1": "1 Main St", "city": "Mesa", "postal": "85201"}],
        "contactIndividuals": [{"id": 20001, "firstName": "Lee", "lastName": "Morgan", "contactMethods": [
            {"id": 30001, "type": "Home Email", "value": "lee@example.org"},
            {"id": 30001, "type": "Work Email", "value": "lee@work.example"}]}]})
}

#[test]
fn the_vendor_chooses_the_ids_of_what_is_made() {
    let mut world = world();
    let adas = part_ids(&world.contacts()[0]);
    assert_eq!(adas, (vec![20001], vec![30001, 30002], vec![30003]));
    assert_eq!(post(&mut world, "/api/Contact", &claiming_adas_ids()).0, 200);
    assert_eq!(part_ids(&world.contacts()[1]), (vec![20002], vec![30004, 30005], vec![30006]));
    let person = json!({"contactId": 1002, "id": 20001, "firstName": "Bo", "lastName": "Reed",
        "contactMethods": [{"id": 30002, "type": "Home Phone", "value": "480-555-0199"}]});
    let (status, answer) = post(&mut world, "/api/ContactIndividual", &person);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!((status, answer["id"].clone()), (200, json!(20003)));
    assert_eq!(answer["contactMethods"][0]["id"], 30007);
    assert_eq!(part_ids(&world.contacts()[0]), adas, "Ada has what she had");
}

#[test]
fn a_put_keeps_a_contacts_own_ids_once_and_takes_nobody_elses() {
    let mut world = world();
    let other = json!({"contactType": "Household", "contactIndividuals": [{"firstName": "Lee", "lastName": "Morgan"}]});
    assert_eq!(post(&mut world, "/api/Contact", &other).0, 200);
    let (_, read) = get(&mut world, "/api/Contact/1001");
    assert_eq!(send(&mut world, T0, "PUT", "/api/Contact/1001", &read.to_string()).0, 200);
    assert_eq!(part_ids(&world.contacts()[0]), (vec![20001], vec![30001, 30002], vec![30003]), "an echo");
    let mut body = claiming_adas_ids();
    body["contactIndividuals"][0]["id"] = json!(20002);
    assert_eq!(send(&mut world, T0, "PUT", "/api/Contact/1001", &body.to_string()).0, 200);
    let (people, methods, addresses) = part_ids(&world.contacts()[0]);
    assert_eq!((people, addresses), (vec![20003], vec![30003]), "20002 is another's");
    assert_eq!(methods[0], 30001);
    assert!(methods[1] > 30003, "one id is not two methods'");
}

#[test]
fn a_part_is_changed_on_its_own_contact_though_its_id_was_claimed_by_another() {
    let mut world = world();
    let first = json!({"contactType": "Household", "contactIndividuals": [{"id": 20001, "firstName": "Lee", "lastName": "Morgan"}]});
    assert_eq!(post(&mut world, "/api/Contact", &first).0, 200);
    let second = json!({"contactType": "Household", "contactIndividuals": [{"id": 20001, "firstName": "Bo", "lastName": "Reed",
        "contactMethods": [{"id": 7, "type": "Home Email", "value": "bo@example.org"}, {"id": 8, "type": "Other Email", "value": "b@example.org"}]}]});
    assert_eq!(post(&mut world, "/api/Contact", &second).0, 200);
    for id in [7, 8] {
        let change = json!({"type": "Work Email", "value": "bo@work.example"}).to_string();
        assert_eq!(send(&mut world, T0, "PUT", &format!("/api/ContactMethod/{id}"), &change).0, 404);
    }
    let (_, methods, _) = part_ids(&world.contacts()[2]);
    for id in methods {
        let change = json!({"type": "Work Email", "value": format!("{id}@work.example")}).to_string();
        let (status, answer) = send(&mut world, T0, "PUT", &format!("/api/ContactMethod/{id}"), &change);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((status, answer["id"].clone()), (200, json!(id)));
        assert_eq!(answer["value"], format!("{id}@work.example"));
    }
}

#[test]
fn the_ends_of_the_integers_are_nobodys_ids() {
    let mut world = world();
    world.seed_tag("Migrated");
    for id in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX] {
        for path in ["Contact", "Contact/ByTag", "Project", "Gift", "ContactTag/ByContact", "ContactMethod"] {
            assert_eq!(get(&mut world, &format!("/api/{path}/{id}")).0, 404, "{path}/{id}");
        }
        let tag = json!({"contactId": 1001, "tagId": id});
        assert_eq!(post(&mut world, "/api/ContactTag", &tag).0, 400, "{tag}");
        let mut body = gift("1", "1.00");
        body["contact"]["id"] = json!(id);
        body["designations"] = json!([{"id": id, "amountDesignated": "1.00"}]);
        assert_eq!(post(&mut world, GIFT, &body).0, 400, "there is no project {id}");
    }
}

#[test]
fn an_amount_above_ten_to_the_fifteenth_of_a_cent_is_not_valid() {
    const MOST: &str = "10000000000000.00";
    const MORE: &str = "10000000000000.01";
    const LARGEST: &str = "92233720368547758.07";
    let mut world = world();
    let parts = |amounts: [&str; 2]| amounts.map(|amount| json!({"code": "GEN", "amountDesignated": amount}));
    for (amount, parts) in [(MORE, parts([MORE, "0.00"])), ("1.00", parts([LARGEST, LARGEST]))] {
        let mut body = gift("1", amount);
        body["designations"] = json!(parts);
        let (status, answer) = post(&mut world, GIFT, &body);
        assert_eq!(status, 400);
        assert!(answer.contains("The amount is not valid."), "{answer}");
        let direct = json!({"contactId": 1001, "giftType": "Cash", "giftDate": "2016-11-29", "amount": amount,
            "giftDesignations": parts.map(|part| json!({"projectId": 101, "amount": part["amountDesignated"]}))});
        let (status, answer) = post(&mut world, "/api/Gift", &direct);
        assert_eq!(status, 400);
        assert!(answer.contains("The amount is not valid."), "{answer}");
    }
    let back = |amount: &str| {
        let mut body = gift("2", amount);
        body["giftType"] = json!("Reversing Transaction");
        body
    };
    assert_eq!(post(&mut world, GIFT, &back(&format!("-{MORE}"))).0, 400);
    for (amount, status) in [(MOST, 200), (MORE, 400)] {
        let pledge = json!({"contactId": 1001, "pledgeDate": "2016-01-01", "frequency": "Monthly", "amountPledged": amount});
        assert_eq!(post(&mut world, "/api/v2/Pledge", &pledge).0, status, "{amount}");
    }
    assert_eq!(post(&mut world, GIFTS, &gift_list(&[gift("3", MOST), gift("4", MOST)])).0, 200);
    world.midnight(T0);
    world.run_imports(T0);
    assert_eq!(world.contacts()[0].giving_minor, 2_000_000_000_000_000);
    assert_eq!(world.imports()[0].total_minor, 2_000_000_000_000_000);
}

#[test]
fn sums_that_cannot_be_held_are_as_near_as_can_be() {
    let mut world = world_of(Rules { sums_checked: false, list_max: 20_000, ..Rules::default() });
    let items: Vec<Value> = (0..9_300)
        .map(|at| {
            json!({"transactionId": at.to_string(), "contact": {"id": 1001}, "giftDate": "2026-11-01", "giftType": "Cash",
                "amount": "10000000000000.00", "designations": [{"code": "GEN", "amountDesignated": "1.00"}]})
        })
        .collect();
    assert_eq!(post(&mut world, GIFTS, &gift_list(&items)).0, 200);
    world.midnight(T0);
    assert_eq!(world.imports()[0].total_minor, i64::MAX);
    world.run_imports(T0);
    assert_eq!((world.gifts().len(), world.contacts()[0].giving_minor), (9_300, i64::MAX));
    assert_eq!(get(&mut world, "/api/Contact/1001").0, 200);
    assert_eq!(send(&mut world, T0, "DELETE", "/api/Gift/50001", "").0, 204, "the total is counted again");
}
