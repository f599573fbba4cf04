//! Each documented shape, quirk and error body.

use super::*;

#[test]
fn a_wrong_token_is_a_401_of_shape_e3() {
    for authorization in
        ["", "Bearer wrong", "Bearer  heirloom-simulator", "Bearer \"heirloom-simulator\"", "Basic x"]
    {
        let mut world = world();
        let request = http::Request::get("/api/Organization/Current").header("Authorization", authorization);
        let response = world.handle(T0, request.body(Bytes::new()).unwrap());
        assert_eq!(response.status(), 401, "{authorization}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body, json!({"message": "Authorization has been denied for this request."}));
    }
}

#[test]
fn a_401_may_be_plain_text() {
    let mut world = world_of(Rules { plain_401: true, ..Rules::default() });
    let paths = ["/api/Organization/Current", "/api/Contact/ByReference/D-1", "/api/Gift/ByReference/G-1"];
    for (path, token) in paths.into_iter().zip(["Bearer wrong", TOKEN, TOKEN]) {
        let request = http::Request::get(path).header("Authorization", token);
        let response = world.handle(T0, request.body(Bytes::new()).unwrap());
        assert_eq!(response.status(), 401, "{path}");
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert_eq!(&response.body()[..], b"Authorization has been denied for this request.");
    }
}

#[test]
fn the_organization_says_that_it_is_simulated() {
    let (status, body) = get(&mut world(), "/API/organization/current/");
    assert_eq!(status, 200);
    assert_eq!(body["organizationName"], "Harbor Light (Simulated)");
    assert_eq!(body["organizationTimeZone"], "America/Phoenix");
    assert_eq!(body["organizationUserId"], 4711);
    let renamed = Rules { organization: "Real Name".into(), ..Rules::default() };
    assert_eq!(
        get(&mut world_of(renamed), "/api/Organization/Current").1["organizationName"],
        "Real Name (Simulated)"
    );
}

#[test]
fn every_answer_carries_the_rate_headers_and_names_its_maker() {
    let mut world = world();
    for (method, path) in [("GET", "/api/Organization/Current"), ("GET", "/api/Nowhere"), ("POST", GIFT)] {
        let response = world.handle(T0, request(method, path, "{"));
        for header in ["server", "date", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
            assert!(response.headers().contains_key(header), "{path} {header}");
        }
    }
    assert_eq!(world.requests().last().unwrap().remaining, 4997);
}

#[test]
fn the_reset_header_is_written_as_the_rules_say() {
    let reset = (T0 - T0 % HOUR + HOUR) / 1000;
    let date = crate::time::http_date(reset * 1000);
    for (form, expected, retry) in [
        (ResetHeader::Epoch, reset.to_string(), Some("3600".to_string())),
        (ResetHeader::EpochMs, (reset * 1000).to_string(), Some("3600".into())),
        (ResetHeader::Relative, "3600".into(), Some("3600".into())),
        (ResetHeader::HttpDate, date.clone(), Some(date)),
        (ResetHeader::Junk, "soon".into(), None),
    ] {
        let mut world = world_of(Rules { reset_header: form, limit: 1, ..Rules::default() });
        let first = world.handle(T0, request("GET", "/api/Organization/Current", ""));
        assert_eq!(first.headers()["x-ratelimit-reset"], expected.as_str(), "{form:?}");
        let second = world.handle(T0, request("GET", "/api/Organization/Current", ""));
        assert_eq!(second.status(), 429);
        let given = second.headers().get("retry-after").map(|value| value.to_str().unwrap().to_string());
        assert_eq!(given, retry, "{form:?}");
        let body: Value = serde_json::from_slice(second.body()).unwrap();
        assert_eq!(body["error"]["code"], "RATE_LIMITED");
        let third = world.handle(T0 + HOUR, request("GET", "/api/Organization/Current", ""));
        assert_eq!(third.status(), 200);
    }
}

#[test]
fn a_transaction_is_answered_with_an_empty_200() {
    let mut world = world();
    let list = gift_list(&[gift("2", "5.00"), gift("3", "6.00")]);
    for (path, body) in [
        (GIFT, gift("1", "150.00")),
        (GIFTS, list),
        (CONTACT, contact("D-2", "Lee", "Morgan")),
        (CONTACTS, contact_list(&[contact("D-3", "Pat", "Morgan")])),
    ] {
        assert_eq!(post(&mut world, path, &body), (200, String::new()), "{path}");
    }
    assert_eq!((count(&world, EffectKind::HeldGift), count(&world, EffectKind::HeldContact)), (3, 2));
    assert_eq!(world.creating_posts(), 4);
}

#[test]
fn paths_and_keys_are_read_in_any_case_and_scalars_in_any_type() {
    let mut world = world();
    let body = json!({"TRANSACTIONSOURCE": "Legacy", "transactionid": 77, "GiftDate": "11/29/2016", "gifttype": "eft",
        "AMOUNT": 12.5, "contact": {"ID": "1001"}, "Designations": [{"CODE": "gen", "AmountDesignated": 12.5}]});
    assert_eq!(post(&mut world, "/api/V2/gift/TRANSACTION/", &body), (200, String::new()));
    world.midnight(T0);
    world.run_imports(T0);
    let made = world.gifts()[0].clone();
    assert_eq!(
        (made.transaction_id.as_str(), made.amount_minor, made.gift_date.as_str()),
        ("77", 1250, "2016-11-29")
    );
    assert_eq!((made.gift_type.as_str(), made.contact_id), ("Electronic Funds Transfer", 1001));
    assert_eq!(get(&mut world, "/api/GIFT/legacy/77").1["id"], made.id);
}

#[test]
fn what_is_wrong_with_a_gift_is_refused_at_once() {
    let with = |field: &str, value: Value| {
        let mut body = gift("1", "150.00");
        body[field] = value;
        body
    };
    let parts = |code: &str, amount: &str| json!([{"code": code, "amountDesignated": amount}]);
    for (what, body, text) in [
        ("no amount", with("amount", Value::Null), "The amount is not valid."),
        ("too many digits", with("amount", json!("150.005")), "The amount is not valid."),
        ("unknown type", with("giftType", json!("Barter")), "The gift type is not valid."),
        ("bad date", with("giftDate", json!("2016-02-30")), "The date is not valid."),
        ("negative", with("amount", json!("-1.00")), "The amount must be positive."),
        ("nothing", gift("1", "0.00"), "The amount must be positive."),
        ("no designation", with("designations", json!([])), "At least one designation is required."),
        ("sum", with("designations", parts("GEN", "149.99")), "Designations must equal the gift amount."),
        ("unknown project", with("designations", parts("NOPE", "150.00")), "Project 'NOPE' was not found."),
        ("closed project", with("designations", parts("OLD", "150.00")), "Project 'OLD' is not active."),
    ] {
        let mut world = world();
        let (status, answer) = post(&mut world, GIFT, &body);
        assert_eq!(status, 400, "{what}");
        assert!(answer.contains(text), "{what}: {answer}");
        assert_eq!((world.held(), count(&world, EffectKind::Refused)), (0, 1), "{what}");
    }
}

#[test]
fn the_narrative_spelling_of_designations_is_not_read() {
    let mut body = gift("1", "150.00");
    body.as_object_mut().unwrap().remove("designations");
    body["giftDesignations"] = json!([{"projectCode": "GEN", "amountDesignated": "150.00"}]);
    assert_eq!(post(&mut world(), GIFT, &body).0, 400);
}

#[test]
fn refusals_take_all_six_shapes_and_say_already_exists_in_each() {
    for (shape, pointer) in [
        (ErrorShape::E1, Some("/error/details/0/message")),
        (ErrorShape::E2, Some("/modelState/giftTransaction.TransactionId/0")),
        (ErrorShape::E3, Some("/message")),
        (ErrorShape::E4, Some("/error_description")),
        (ErrorShape::E5, Some("/errors/giftTransaction.TransactionId/0")),
        (ErrorShape::E6, None),
    ] {
        let mut world = world_of(Rules { error_shape: shape, ..Rules::default() });
        post(&mut world, GIFT, &gift("1", "1.00"));
        let (status, answer) = post(&mut world, GIFT, &gift("1", "1.00"));
        assert_eq!(status, 400);
        let text = match pointer {
            Some(pointer) => serde_json::from_str::<Value>(&answer)
                .unwrap()
                .pointer(pointer)
                .unwrap()
                .as_str()
                .unwrap()
                .to_string(),
            None => answer.clone(),
        };
        assert!(text.contains("Gift Transaction already exists."), "{shape:?}: {answer}");
    }
}

#[test]
fn a_list_names_the_place_of_the_bad_item() {
    let items = [gift("1", "1.00"), gift("2", "x"), gift("3", "1.00")];
    let (status, answer) = post(&mut world(), GIFTS, &gift_list(&items));
    assert_eq!(status, 400);
    assert!(answer.contains("giftTransactionBatch.Transactions[1].amount"), "{answer}");
}

#[test]
fn requests_that_cannot_be_understood_have_no_effect() {
    let mut world = world_of(Rules { list_max: 2, body_max: 2000, ..Rules::default() });
    let long = gift_list(&[gift("1", "1.00"), gift("2", "1.00"), gift("3", "1.00")]).to_string();
    let huge = json!({"notes": "x".repeat(3000)}).to_string();
    for (method, path, body, status) in [
        ("POST", GIFT, "{\"amount\":", 400),
        ("POST", GIFT, "[]", 400),
        ("POST", GIFTS, "[{}]", 400),
        ("POST", GIFTS, "{\"transactions\":[]}", 400),
        ("POST", GIFTS, long.as_str(), 413),
        ("POST", GIFT, huge.as_str(), 413),
        ("POST", "/api/Gift", "{}", 400),
        ("DELETE", "/api/Gift/50001", "", 404),
        ("DELETE", "/api/Organization/Current", "", 405),
        ("GET", "/api/Gift/Legacy/a%26b", "", 400),
        ("GET", "/nowhere", "", 404),
    ] {
        assert_eq!(send(&mut world, T0, method, path, body).0, status, "{method} {path}");
    }
    let mut plain = request("POST", GIFT, &gift("1", "1.00").to_string());
    plain.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    assert_eq!(world.handle(T0, plain).status(), 415);
    assert_eq!((world.held(), world.log().len()), (0, 0));
}

#[test]
fn a_whole_gift_reads_back_as_documented() {
    let mut world = world();
    let mut body = gift("L~20931", "1250.50");
    body["segment"] = json!("YE16-A");
    body["receiptDate"] = json!("2016-12-05");
    body["customFields"] = json!({"Legacy Appeal": "NEWSLETTER-3"});
    body["designations"] = json!([{"code": "GEN", "amountDesignated": "1000.00"}, {"name": "Building", "amountDesignated": 250.5}]);
    post(&mut world, GIFT, &body);
    world.midnight(T0 + 6 * HOUR);
    world.run_imports(T0 + 10 * HOUR + 123);
    let (_, whole) = get(&mut world, "/api/Gift/Legacy/L~20931");
    for (field, expected) in [
        ("id", json!(50001)),
        ("transactionSource", json!("Legacy")),
        ("transactionId", json!("L~20931")),
        ("contactName", json!("Ada Example")),
        ("giftType", json!("Check")),
        ("giftDate", json!("2016-11-29T00:00:00")),
        ("amount", json!(1250.5)),
        ("currencyCode", json!("USD")),
        ("batch", json!("B-1")),
        ("segmentCode", json!("YE16-A")),
        ("receiptDate", json!("2016-12-05T00:00:00")),
        ("checkNumber", json!("1087")),
        ("createDateTimeUtc", json!("2026-11-23T11:00:00.123")),
        (
            "customFields",
            json!([{"dataType": "Text", "name": "Legacy Appeal", "value": "NEWSLETTER-3", "displayName": null}]),
        ),
    ] {
        assert_eq!(whole[field], expected, "{field}");
    }
    assert_eq!(whole["giftDesignations"][1]["projectCode"], "BLDG");
    assert_eq!(whole["giftDesignations"][1]["amountDesignated"], 250.5);
    assert_eq!(whole["giftDesignations"][0]["display"], "General Fund: $1,000.00");
    let (_, page) = send(&mut world, T0, "POST", "/api/Gift/Query", "{}");
    let short = serde_json::from_str::<Value>(&page).unwrap()["list"][0].clone();
    assert_eq!(
        (short["amount"].clone(), short["giftDate"].clone()),
        (json!("$1,250.50"), json!("11/29/2016"))
    );
    assert!(short.get("transactionId").is_none());
}

#[test]
fn a_whole_contact_reads_back_as_documented() {
    let mut world = world();
    let mut body = contact("D-9", "Lee", "Morgan");
    for (field, value) in [
        ("emailType", "Work Email"),
        ("email", "lee@example.org"),
        ("country", "US"),
        ("address1", "1 Main St"),
        ("city", "Mesa"),
        ("postal", "85201"),
        ("birthYear", "1950"),
        ("tags", "Migrated; Deceased"),
    ] {
        body[field] = json!(value);
    }
    body["referenceSource"] = json!("Legacy");
    post(&mut world, CONTACT, &body);
    world.midnight(T0);
    world.run_imports(T0);
    let (_, by_reference) = get(&mut world, "/api/Contact/Legacy/D-9");
    for path in [
        "/api/Contact/1002",
        "/api/Contact/Find?email=LEE%40example.org",
        "/api/Contact/Find?email=x&referenceSource=legacy&referenceId=d-9",
    ] {
        assert_eq!(get(&mut world, path), (200, by_reference.clone()), "{path}");
    }
    for (pointer, expected) in [
        ("/name", json!("Lee Morgan")),
        ("/contactType", json!("Household")),
        ("/contactReferences", json!([{"source": "Legacy", "id": "D-9"}])),
        ("/tags", json!(["Migrated", "Deceased"])),
        ("/address/country", json!("United States")),
        ("/contactIndividuals/0/birthYear", json!(1950)),
        ("/contactIndividuals/0/contactMethods/0/type", json!("Work Email")),
        ("/lifeToDateGiving", json!("$0")),
        ("/lastGiftDate", json!("Unavailable")),
        ("/mergedIntoContactId", Value::Null),
    ] {
        assert_eq!(by_reference.pointer(pointer), Some(&expected), "{pointer}");
    }
    assert_eq!(get(&mut world, "/api/Contact/Find?email=nobody@example.org").0, 404);
}

#[test]
fn projects_are_read_by_code_and_by_page() {
    let mut world = world();
    assert_eq!(get(&mut world, "/api/Project/Code/bldg").1["isActive"], true);
    assert_eq!(get(&mut world, "/api/Project/Code/OLD").1["isActive"], false);
    assert_eq!(get(&mut world, "/api/Project/Code/Building").0, 404);
    let (_, page) = send(&mut world, T0, "POST", "/api/Project/Query?skip=1&take=1", "{}");
    let page: Value = serde_json::from_str(&page).unwrap();
    assert_eq!((page["total"].clone(), page["list"][0]["projectCode"].clone()), (json!(3), json!("BLDG")));
    let open = r#"{"groups":[{"conditions":[{"parameter":"Active","operator":"IsTrue"}]}],"sortBy":"Id"}"#;
    let (_, page) = send(&mut world, T0, "POST", "/api/Project/Query?take=1000", open);
    assert_eq!(serde_json::from_str::<Value>(&page).unwrap()["total"], 2);
}

/// An organization with a custom field of each type.
fn with_custom_fields(wrong_custom_values: Unknown) -> World {
    let field = |name: &str, data_type: &str, options: &[&str]| CustomField {
        resource: "Gift".into(),
        name: name.into(),
        data_type: data_type.into(),
        options: options.iter().map(ToString::to_string).collect(),
    };
    let custom_fields = vec![
        field("Check Date", "Date", &[]),
        field("Thanked", "Boolean", &[]),
        field("Appeal", "Dropdown", &["Spring", "Fall"]),
        field("Note", "Text", &[]),
    ];
    world_of(Rules { custom_fields, wrong_custom_values, ..Rules::default() })
}

/// A gift of Ada's with one custom field.
fn with_custom(name: &str, value: &str) -> Value {
    let mut body = gift("1", "5.00");
    body["customFields"] = json!({ name: value });
    body
}

#[test]
fn a_custom_value_must_have_the_form_of_its_type() {
    for (name, value, fits) in [
        ("Check Date", "2016-11-29", true),
        ("Check Date", "2016-11-29T00:00:00", true),
        ("Check Date", "11/29/2016", false),
        ("Check Date", "2016-02-30", false),
        ("Thanked", "true", true),
        ("Thanked", "yes", false),
        ("Appeal", "Fall", true),
        ("Appeal", "fall", false),
        ("Appeal", "Spring;Fall", false),
        ("Note", "anything", true),
        ("Appeal", "", true),
    ] {
        let mut world = with_custom_fields(Unknown::Refused);
        let expected = if fits { 200 } else { 400 };
        assert_eq!(post(&mut world, GIFT, &with_custom(name, value)).0, expected, "{name} {value}");
        let direct = json!({"contactId": 1001, "giftType": "Cash", "giftDate": "2016-11-29", "amount": 1,
            "giftDesignations": [{"projectId": 101, "amount": 1}], "customFields": [{"name": name, "value": value}]});
        assert_eq!(post(&mut world, "/api/Gift", &direct).0, expected, "{name} {value}");
    }
    for (rule, left) in [(Unknown::Ignored, json!([])), (Unknown::Kept, json!("fall"))] {
        let mut world = with_custom_fields(rule);
        post(&mut world, GIFT, &with_custom("Appeal", "fall"));
        world.midnight(T0);
        world.run_imports(T0);
        let (_, whole) = get(&mut world, "/api/Gift/50001");
        let found = whole["customFields"].pointer("/0/value").unwrap_or(&whole["customFields"]);
        assert_eq!(*found, left, "{rule:?}");
    }
}

#[test]
fn a_custom_field_is_one_in_any_case_shows_its_type_and_is_cleared_by_nothing() {
    let mut world = with_custom_fields(Unknown::Refused);
    post(&mut world, GIFT, &with_custom("CHECK date", "2016-11-29"));
    world.midnight(T0);
    world.run_imports(T0);
    let read = |world: &mut World| get(world, "/api/Gift/50001").1["customFields"].clone();
    let one = json!({"dataType": "Date", "name": "Check Date", "value": "2016-11-29", "displayName": null});
    assert_eq!(read(&mut world), json!([one]));
    let patch = |world: &mut World, value: Value| {
        let body = json!([{"id": 50001, "customFields": value}]).to_string();
        send(world, T0, "PATCH", "/api/Gift", &body).0
    };
    assert_eq!(patch(&mut world, json!({"check date": "2016-12-01", "thanked": "true"})), 200);
    assert_eq!(read(&mut world)[0]["value"], "2016-12-01");
    assert_eq!(read(&mut world).as_array().unwrap().len(), 2);
    assert_eq!(patch(&mut world, json!({"Check Date": ""})), 200);
    assert_eq!(
        read(&mut world),
        json!([{"dataType": "Boolean", "name": "Thanked", "value": "true", "displayName": null}])
    );
}
