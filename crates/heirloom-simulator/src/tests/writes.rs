//! What is written directly is read back: gifts, projects, notes, contacts.

use super::*;

/// Writes and reads the answer.
fn write(world: &mut World, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let (status, answer) = send(world, T0, method, path, &body.to_string());
    (status, serde_json::from_str(&answer).unwrap_or(Value::Null))
}

/// A direct gift of Ada's with something more.
fn direct(more: &Value) -> Value {
    let mut body = json!({"contactId": 1001, "giftType": "Stock", "giftDate": "2016-11-29", "amount": 5,
        "giftDesignations": [{"projectId": 101, "amount": 5}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

#[test]
fn a_direct_gift_keeps_every_field_that_is_documented() {
    let mut world = world();
    let same = json!({"mediaOutletId": 3, "giftAskId": 4, "grantId": 5, "contactMembershipId": 6, "exchangeRate": 1.25,
        "stockSoldForCash": true, "stockSaleAmount": 4.5, "dateStockWasSold": "2016-12-01", "cryptocoinType": "BTC",
        "transactionHash": "abc", "coinAmount": 0.5, "nonCashOriginalAmount": 9, "nonCashSaleAmount": 8});
    let mut sent = same.clone();
    sent["acknowledgeeId"] = json!(7);
    let (status, made) = write(&mut world, "POST", "/api/Gift", &direct(&sent));
    assert_eq!(status, 200);
    for (name, value) in same.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    assert_eq!(made["acknowledgeeIndividualId"], 7);
    let (_, plain) = write(&mut world, "POST", "/api/Gift", &direct(&json!({})));
    assert_eq!((plain["grantId"].clone(), plain["exchangeRate"].clone()), (Value::Null, json!(1.0)));
    assert!(plain.get("cryptocoinType").is_none(), "details stand only where they are");
}

#[test]
fn a_premium_keeps_its_name_when_what_was_read_is_written_back() {
    let mut world = world();
    let mut sent = gift("1", "5.00");
    sent["premiums"] = json!([{"code": "MUG", "quantity": "2"}]);
    post(&mut world, GIFT, &sent);
    world.midnight(T0);
    world.run_imports(T0);
    let (_, read) = get(&mut world, "/api/Gift/50001");
    let one =
        json!({"id": 5_000_100, "premiumId": null, "premium": "MUG", "quantity": 2, "display": "MUG (2)"});
    assert_eq!(read["giftPremiums"], json!([one]));
    let (status, again) = write(&mut world, "PUT", "/api/Gift/50001", &read);
    assert_eq!((status, again["giftPremiums"].clone()), (200, read["giftPremiums"].clone()));
}

#[test]
fn a_project_keeps_what_is_written_of_it() {
    let mut world = world();
    let sent = json!({"name": "Roof", "description": "New tiles", "externalAccountingCode": "4000-10", "type": "Capital",
        "location": "Mesa", "parentId": 102, "isPublic": false, "financialNeedAmount": 900, "customFields": {"Region": "West"}});
    let (status, made) = write(&mut world, "POST", "/api/Project", &sent);
    assert_eq!(status, 200);
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    assert_eq!((made["parentName"].clone(), made["isSubProject"].clone()), (json!("Building"), json!(true)));
    let (_, dated) = write(&mut world, "PUT", "/api/Project/104", &json!({"startDate": "2016-01-01"}));
    assert_eq!(
        (dated["startDate"].clone(), dated["type"].clone()),
        (json!("2016-01-01T00:00:00"), json!("Capital"))
    );
    for wrong in [json!({"startDate": "soon"}), json!({"parentId": 999})] {
        assert_eq!(write(&mut world, "PUT", "/api/Project/104", &wrong).0, 400, "{wrong}");
    }
    let (_, plain) = get(&mut world, "/api/Project/101");
    for name in
        ["lifeToDateGiving", "calendarYearToDateGiftCount", "financialNeedType", "description", "type"]
    {
        assert_eq!(plain.get(name), Some(&Value::Null), "{name}");
    }
}

#[test]
fn a_row_of_designations_has_the_recorded_keys_in_the_recorded_forms() {
    let mut world = world();
    let sent = json!({"name": "Roof", "type": "Capital", "externalAccountingCode": "4000", "parentId": 102, "customFields": {"Region": "West"}});
    write(&mut world, "POST", "/api/Project", &sent);
    let mut body = direct(&json!({"isPrivate": true}));
    body["giftDesignations"] = json!([{"projectId": 104, "amount": 5}]);
    write(&mut world, "POST", "/api/Gift", &body);
    let (_, page) = write(&mut world, "POST", "/api/GiftDesignation/Query", &json!({}));
    // T0 is Sunday evening in Phoenix.
    let expected = json!({"id": 5_000_100, "createDate": "11/22/2026", "amountDesignated": 5.0, "giftId": 50001,
        "giftDate": "11/29/2016", "giftType": "Stock", "giftIsPrivate": true, "giftCustomFields": {},
        "giftUrl": "/api/Gift/50001", "contactId": 1001, "contactName": "Ada Example", "contactType": "Household",
        "contactUrl": "/api/Contact/1001", "projectId": 104, "project": "Roof", "projectCode": "P-4",
        "projectExternalAccountingCode": "4000", "projectType": "Capital", "projectLocation": "Unspecified",
        "projectCustomFields": {"Region": "West"}, "projectUrl": "/api/Project/104", "parentProjectId": 102,
        "parentProject": "Building", "parentProjectCode": "BLDG", "parentProjectExternalAccountingCode": null,
        "parentProjectType": "Unspecified", "parentProjectLocation": "Unspecified", "parentProjectCustomFields": {},
        "parentProjectUrl": "/api/Project/102", "batch": null, "segmentName": null, "segmentCode": null});
    assert_eq!(page["list"][0], expected);
}

#[test]
fn a_note_keeps_its_time_and_its_end_is_told() {
    let mut world = world();
    let hook = json!({"payloadUrl": "http://127.0.0.1:1/", "active": true, "contactNoteDelete": true});
    assert_eq!(write(&mut world, "POST", "/api/Webhook", &hook).0, 200);
    let note =
        json!({"contactId": 1001, "type": "Call", "note": "Rang", "noteDateTime": "2026-01-05T14:30:00"});
    let (_, made) = write(&mut world, "POST", "/api/ContactNote", &note);
    assert_eq!(made["noteDateTime"], "2026-01-05T14:30:00");
    let day = json!({"contactId": 1001, "type": "Call", "note": "Rang", "noteDateTime": "1/5/2026"});
    assert_eq!(write(&mut world, "POST", "/api/ContactNote", &day).1["noteDateTime"], "2026-01-05T00:00:00");
    assert_eq!(send(&mut world, T0, "DELETE", "/api/ContactNote/12001", "").0, 204);
    let told: Vec<(&str, Value)> = world
        .deliveries()
        .iter()
        .map(|one| (one.event.as_str(), serde_json::from_str(&one.body).unwrap()))
        .collect();
    assert_eq!(told.len(), 1, "nothing else was subscribed to");
    assert_eq!(told[0].0, "ContactNoteDelete");
    assert_eq!(told[0].1["models"][0]["contactNote"]["id"], 12001);
}

#[test]
fn the_primary_of_a_persons_methods_stands_first() {
    let mut world = world();
    let methods = json!([{"type": "Home Phone", "value": "480-555-0100"}, {"type": "Work Email", "value": "lee@example.org", "isPrimary": true}]);
    let body = json!({"contactType": "Household", "contactIndividuals": [{"firstName": "Lee", "lastName": "Morgan", "contactMethods": methods}]});
    let (status, made) = write(&mut world, "POST", "/api/Contact", &body);
    let first = made["contactIndividuals"][0]["contactMethods"][0].clone();
    assert_eq!(
        (status, first["value"].clone(), first["isPrimary"].clone()),
        (200, json!("lee@example.org"), json!(true))
    );
}

#[test]
fn the_last_individual_of_a_contact_stays() {
    let mut world = world();
    assert_eq!(send(&mut world, T0, "DELETE", "/api/ContactIndividual/20001", "").0, 400);
    let second = json!({"contactId": 1001, "firstName": "Bo", "lastName": "Example"});
    assert_eq!(write(&mut world, "POST", "/api/ContactIndividual", &second).0, 200);
    assert_eq!(send(&mut world, T0, "DELETE", "/api/ContactIndividual/20001", "").0, 204);
    assert_eq!(send(&mut world, T0, "DELETE", "/api/ContactIndividual/20002", "").0, 400);
    assert_eq!(world.contacts()[0].individuals.len(), 1);
}

#[test]
fn a_contact_shows_the_segment_that_brought_it() {
    let mut world = world();
    let segment = world.seed_segment("YE16-A");
    let mut body = contact("D-2", "Lee", "Morgan");
    body["referenceSource"] = json!("Legacy");
    body["originSegmentCode"] = json!("YE16-A");
    post(&mut world, CONTACT, &body);
    world.midnight(T0);
    world.run_imports(T0);
    let (_, whole) = get(&mut world, "/api/Contact/Legacy/D-2");
    assert_eq!(
        (whole["originSegmentId"].clone(), whole["originSegment"].clone()),
        (json!(segment), json!("YE16-A"))
    );
    assert!(whole.get("originSegmentCode").is_none());
    let direct = json!({"contactType": "Household", "originSegmentId": segment, "contactIndividuals": [{"firstName": "Bo", "lastName": "Reed"}]});
    assert_eq!(write(&mut world, "POST", "/api/Contact", &direct).1["originSegment"], "YE16-A");
}

#[test]
fn addresses_are_a_bare_array_or_a_list_as_the_habit_is() {
    for (bare, pointer) in [(true, "/0/city"), (false, "/list/0/city")] {
        let mut world = world_of(Rules { addresses_bare: bare, ..Rules::default() });
        let (status, all) = get(&mut world, "/api/ContactAddress/ByContact/1001");
        assert_eq!((status, all.pointer(pointer)), (200, Some(&json!("Mesa"))), "{bare}");
        assert_eq!(get(&mut world, "/api/ContactAddress/ByContact/9").0, 404);
    }
}

#[test]
fn an_address_is_read_by_the_names_of_its_own_wire() {
    let mut world = world();
    let address = |state: &str, country: &str| json!({"address1": "1 Main St", "city": "Mesa", "postal": "85201", state: "AZ", country: "US"});
    let contact = |address: Value| json!({"contactType": "Household", "contactAddresses": [address], "contactIndividuals": [{"firstName": "Lee", "lastName": "Morgan"}]});
    let whole = |state: Value, country: Value| (200, state, country);
    let read = |(status, body): (u16, Value), at: &str| {
        (status, body[at]["state"].clone(), body[at]["country"].clone())
    };
    let us = || whole(json!("AZ"), json!("United States"));
    let none = || whole(Value::Null, Value::Null);
    let codes = contact(address("stateCode", "countryCode"));
    assert_eq!(read(write(&mut world, "POST", "/api/Contact", &codes), "address"), us());
    let plain = contact(address("state", "country"));
    assert_eq!(read(write(&mut world, "POST", "/api/Contact", &plain), "address"), none());
    for body in [codes, plain] {
        assert_eq!(read(write(&mut world, "PUT", "/api/Contact/1002", &body), "address"), us(), "an echo");
    }
    for (mut body, expected) in
        [(address("state", "country"), us()), (address("stateCode", "countryCode"), none())]
    {
        body["contactId"] = json!(1001);
        let (status, made) = write(&mut world, "POST", "/api/ContactAddress", &body);
        assert_eq!((status, made["state"].clone(), made["country"].clone()), expected);
    }
}

#[test]
fn a_part_of_a_direct_gift_says_amount_and_only_an_echo_may_say_amount_designated() {
    let mut world = world();
    let mut body = direct(&json!({}));
    body["giftDesignations"] = json!([{"projectId": 101, "amountDesignated": 5}]);
    assert_eq!(write(&mut world, "POST", "/api/Gift", &body).0, 400);
    assert_eq!(write(&mut world, "POST", "/api/Gift", &direct(&json!({}))).0, 200);
    let (_, read) = get(&mut world, "/api/Gift/50001");
    assert_eq!(write(&mut world, "PUT", "/api/Gift/50001", &read).0, 200);
}

#[test]
fn a_contact_is_nested_inside_a_gift_and_flat_by_itself() {
    let flat = json!({"address1": "1 Main St", "city": "Mesa", "state": "AZ", "postal": "85201"});
    let names = json!({"referenceId": "D-2", "firstName": "Lee", "lastName": "Morgan"});
    let join = |parts: &[&Value]| {
        let fields = parts.iter().flat_map(|part| part.as_object().unwrap().clone());
        Value::Object(fields.collect())
    };
    let nested = join(&[&names, &json!({"type": "Church", "name": "Grace", "address": flat})]);
    let flat = join(&[&names, &json!({"contactType": "Church", "name": "Grace"}), &flat]);
    for (carried, contact, expected) in
        [(true, &nested, true), (true, &flat, false), (false, &flat, true), (false, &nested, false)]
    {
        let mut world = world();
        let (path, body) = if carried {
            let mut body = gift("1", "5.00");
            body["contact"] = contact.clone();
            (GIFT, body)
        } else {
            (CONTACT, join(&[contact, &json!({"referenceSource": "Legacy"})]))
        };
        assert_eq!(post(&mut world, path, &body).0, 200);
        world.midnight(T0);
        world.run_imports(T0);
        let (_, whole) = get(&mut world, "/api/Contact/Legacy/D-2");
        let found = (whole["contactType"] == "Church", whole["address"]["city"] == "Mesa");
        assert_eq!(found, (expected, expected), "carried {carried}: {contact}");
    }
}

#[test]
fn stamps_have_as_many_fraction_digits_as_the_habit_says() {
    for (digits, length) in [(0, 19), (3, 23), (7, 27)] {
        let mut world = world_of(Rules { stamp_digits: digits, ..Rules::default() });
        let (status, body) = send(&mut world, T0 + 123, "POST", "/api/Gift", &direct(&json!({})).to_string());
        let made: Value = serde_json::from_str(&body).unwrap();
        let at = made["createDateTimeUtc"].as_str().unwrap();
        assert_eq!((status, at.len()), (200, length), "{at}");
        let condition = json!({"parameter": "Create DateTime UTC", "operator": "Is", "value": at});
        let body = json!({"groups": [{"conditions": [condition]}]});
        let (_, page) = write(&mut world, "POST", "/api/Gift/Query", &body);
        assert_eq!(page["total"], if digits == 0 { 0 } else { 1 }, "{at}");
    }
}

#[test]
fn a_webhooks_contact_lists_its_addresses_whatever_whole_contacts_show() {
    for listed in [true, false] {
        let mut world = world_of(Rules { contact_addresses_listed: listed, ..Rules::default() });
        let hook = json!({"payloadUrl": "http://127.0.0.1:1/", "active": true, "contactUpdate": true});
        assert_eq!(write(&mut world, "POST", "/api/Webhook", &hook).0, 200);
        let address = json!({"contactId": 1001, "address1": "1 Main St", "city": "Tempe"});
        assert_eq!(write(&mut world, "POST", "/api/ContactAddress", &address).0, 200);
        let told: Value = serde_json::from_str(&world.deliveries()[0].body).unwrap();
        let shown = &told["models"][0]["contact"]["contactAddresses"];
        assert_eq!((&shown[0]["city"], &shown[1]["city"]), (&json!("Mesa"), &json!("Tempe")), "{listed}");
        let (_, whole) = get(&mut world, "/api/Contact/1001");
        assert_eq!(whole.get("contactAddresses").is_some(), listed);
    }
}
