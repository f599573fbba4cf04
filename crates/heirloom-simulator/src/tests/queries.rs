//! The query grammar, against a plain filter as the oracle, and the id cursor.

use super::*;
use proptest::prelude::*;

/// 60 gifts of two sources, three batches, four donors.
fn many() -> World {
    let mut world =
        world_of(Rules { twins: Twins::OneContact, operators: Operators::Any, ..Rules::default() });
    for at in 0..60 {
        let mut body = stranger_gift(&format!("t{at}"), &format!("d{}", at % 4));
        body["transactionSource"] = json!(if at % 5 == 0 { "Other" } else { "Legacy" });
        body["batch"] = json!(format!("B-{}", at % 3));
        body["amount"] = json!(format!("{}.50", at * 7 % 50 + 1));
        body["designations"][0]["amountDesignated"] = body["amount"].clone();
        body["giftDate"] = json!(format!("2016-{:02}-15", at % 12 + 1));
        assert_eq!(post(&mut world, GIFT, &body).0, 200);
    }
    world.midnight(T0);
    world.run_imports(T0);
    assert_eq!(world.gifts().len(), 60);
    world
}

fn query(world: &mut World, path: &str, body: &Value) -> (u16, Vec<i64>, u64) {
    let (status, answer) = post(world, path, body);
    let answer: Value = serde_json::from_str(&answer).unwrap_or(Value::Null);
    let ids =
        answer["list"].as_array().map(|list| list.iter().map(|item| item["id"].as_i64().unwrap()).collect());
    (status, ids.unwrap_or_default(), answer["total"].as_u64().unwrap_or(0))
}

fn when(parameter: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({"parameter": parameter, "operator": operator, "value": value.into()})
}

#[test]
fn operators_do_what_a_plain_filter_does() {
    let mut world = many();
    let gifts = world.gifts().to_vec();
    type Oracle = Box<dyn Fn(&GiftRecord) -> bool>;
    let checks: Vec<(Value, Oracle)> = vec![
        (when("Transaction Source", "Is", "legacy"), Box::new(|gift| gift.source == "Legacy")),
        (when("Transaction Source", "IsNot", "Legacy"), Box::new(|gift| gift.source != "Legacy")),
        (when("Transaction Id", "Is", "T7"), Box::new(|gift| gift.transaction_id == "t7")),
        (when("Batch", "StartsWith", "b-"), Box::new(|_| true)),
        (when("Batch", "EndsWith", "-1"), Box::new(|gift| gift.batch == "B-1")),
        (
            when("Contact Name", "Contains", "D3"),
            Box::new(|gift| gift.transaction_id[1..].parse::<i64>().unwrap() % 4 == 3),
        ),
        (when("Gift Id", "GreaterThan", 50030), Box::new(|gift| gift.id > 50030)),
        (when("Gift Id", "LessThanOrEqual", "50030"), Box::new(|gift| gift.id <= 50030)),
        (when("Amount", "GreaterThanOrEqual", "20.50"), Box::new(|gift| gift.amount_minor >= 2050)),
        (when("Amount", "LessThan", 20.5), Box::new(|gift| gift.amount_minor < 2050)),
        (
            when("Gift Date", "OnOrAfter", "07/15/2016"),
            Box::new(|gift| gift.gift_date.as_str() >= "2016-07-15"),
        ),
        (when("Gift Date", "Before", "2016-07-15"), Box::new(|gift| gift.gift_date.as_str() < "2016-07-15")),
        (
            json!({"parameter": "Gift Date", "operator": "Between", "value": "2016-03-15", "secondaryValue": "2016-05-15"}),
            Box::new(|gift| ("2016-03-15"..="2016-05-15").contains(&gift.gift_date.as_str())),
        ),
        (
            json!({"parameter": "Batch", "operator": "In", "values": ["B-0", "B-2"]}),
            Box::new(|gift| gift.batch != "B-1"),
        ),
        (when("Receipt Date", "IsKnown", Value::Null), Box::new(|gift| !gift.receipt_date.is_empty())),
        (when("Project Code", "Is", "gen"), Box::new(|_| true)),
        (when("Create DateTime UTC", "OnOrAfter", "2026-11-23T01:00:00"), Box::new(|_| true)),
        (when("Last Modified Date", "After", "2026-11-23"), Box::new(|_| false)),
        (when("Private", "IsTrue", Value::Null), Box::new(|_| false)),
        (when("Gift Tax-Deductible", "IsTrue", Value::Null), Box::new(|_| true)),
        (when("Contact Type", "Is", "Household"), Box::new(|_| true)),
        (when("Project Name", "Is", "General Fund"), Box::new(|_| true)),
        (when("Gift Date", "Before", "Two Years Ago"), Box::new(|_| true)),
        (when("Create DateTime UTC", "After", "One week from now"), Box::new(|_| false)),
        (when("Passthrough Contact", "IsNotSet", Value::Null), Box::new(|_| true)),
        (
            json!({"parameter": "Gift Type", "operator": "IsAnyOf", "values": ["Check", "Cash"]}),
            Box::new(|gift| gift.gift_type == "Check"),
        ),
    ];
    for (condition, oracle) in &checks {
        let body = json!({"groups": [{"conditions": [condition]}], "sortBy": "Id", "descending": false});
        let expected: Vec<i64> = gifts.iter().filter(|gift| oracle(gift)).map(|gift| gift.id).collect();
        let (status, ids, total) = query(&mut world, "/api/Gift/Query/FullGift?take=1000", &body);
        assert_eq!((status, total, ids), (200, expected.len() as u64, expected), "{condition}");
    }
}

#[test]
fn groups_are_ored_and_conditions_anded() {
    let mut world = many();
    let one = |id: &str| json!({"conditions": [when("Transaction Source", "Is", "Legacy"), when("Transaction Id", "Is", id)]});
    let body = json!({"groups": [one("t3"), one("t1"), one("t5"), one("t3")], "sortBy": "Id", "descending": "false"});
    let (_, ids, total) = query(&mut world, "/api/Gift/Query?take=1000", &body);
    assert_eq!((ids.len(), total), (2, 2), "t5 is of the other source");
    assert!(ids.is_sorted());
}

#[test]
fn skip_and_take_stand_in_the_address_and_in_the_body_where_that_is_the_habit() {
    let mut world = many();
    let (_, ids, total) = query(
        &mut world,
        "/api/Gift/Query?skip=5&take=3&sortBy=Id&descending=false",
        &json!({"skip": 0, "take": 9}),
    );
    assert_eq!((ids, total), (vec![50006, 50007, 50008], 60));
    let in_body = json!({"skip": 58, "take": 9, "sortBy": "Id", "descending": false});
    let first: Vec<i64> = (50001..=50010).collect();
    assert_eq!(query(&mut world, "/api/Gift/Query", &in_body), (200, first, 60), "nobody looks there");
    assert_eq!(query(&mut world, "/api/Gift/Query", &json!({"take": 1001})).0, 200);
    world.rules_mut().paging_in_body = true;
    assert_eq!(query(&mut world, "/api/Gift/Query", &in_body).1, [50059, 50060]);
    assert_eq!(query(&mut world, "/api/Gift/Query", &json!({"take": 1001})).0, 400);
    assert_eq!(query(&mut world, "/api/Gift/Query", &json!({})).1.len(), 10, "ten unless asked");
}

#[test]
fn sorting_is_by_the_key_or_else_by_the_id_and_turned_round_only_when_asked() {
    let mut world = many();
    for (body, expected) in [
        (json!({}), [50001, 50002]),
        (json!({"descending": "false"}), [50001, 50002]),
        (json!({"descending": "true"}), [50060, 50059]),
    ] {
        assert_eq!(query(&mut world, "/api/Gift/Query?take=2", &body).1, expected, "{body}");
    }
    let (_, listed) = get(&mut world, "/api/Gift/ByContact/1001");
    assert_eq!(listed["total"], 0);
    let id = world.gifts()[0].contact_id;
    let (_, listed) = get(&mut world, &format!("/api/Gift/ByContact/{id}?take=1"));
    assert_eq!(listed["list"][0]["id"], 50001);
    let (_, ids, _) =
        query(&mut world, "/api/Gift/Query?take=1000", &json!({"sortBy": "Amount", "descending": "true"}));
    let amounts: Vec<i64> = ids.iter().map(|id| world.gifts()[(id - 50001) as usize].amount_minor).collect();
    assert!(amounts.is_sorted_by(|a, b| a >= b));
}

#[test]
fn what_the_grammar_does_not_know_is_a_400() {
    let mut world = many();
    for body in [
        json!({"groups": [{"conditions": [when("gift id", "Is", 1)]}]}),
        json!({"groups": [{"conditions": [when("Gift Id", "Greater Than", 1)]}]}),
        json!({"groups": [{"conditions": [when("Gift Date", "Is After", "2016-01-01")]}]}),
        json!({"sortBy": "Colour"}),
        json!([]),
    ] {
        assert_eq!(query(&mut world, "/api/Gift/Query", &body).0, 400, "{body}");
    }
    assert_eq!(query(&mut world, "/api/Gift/Query?take=1001", &json!({})).0, 400);
}

#[test]
fn contacts_are_paged_by_an_id_cursor() {
    let mut world = many();
    let mut seen: Vec<i64> = Vec::new();
    let mut after = 0;
    loop {
        let body = json!({"groups": [{"conditions": [when("Contact Id", "GreaterThan", after)]}], "sortBy": "Id", "descending": false});
        let (_, ids, total) = query(&mut world, "/api/Contact/Query/FullContact?skip=0&take=2", &body);
        seen.extend(&ids);
        after = *ids.last().unwrap();
        if total as usize == ids.len() {
            break;
        }
    }
    assert_eq!(seen, world.contacts().iter().map(|contact| contact.id).collect::<Vec<_>>());
    let by_email = json!({"groups": [{"conditions": [when("Email Address", "Is", "ada@example.org")]}]});
    assert_eq!(query(&mut world, "/api/Contact/Query", &by_email).1, [1001]);
}

#[test]
fn the_options_name_every_parameter_with_its_operators_and_no_other_is_taken() {
    let mut world = many();
    world.rules_mut().operators = Operators::ByType;
    world.rules_mut().query_names_checked = false;
    for resource in
        ["Gift", "GiftDesignation", "Contact", "Project", "RecurringGift", "v2/Pledge", "ContactNote"]
    {
        let (_, options) = get(&mut world, &format!("/api/{resource}/QueryOptions"));
        for option in options["options"].as_array().unwrap() {
            let offered = option["operatorOptions"].as_array().unwrap();
            let offered: Vec<&str> = offered.iter().map(|one| one["operator"].as_str().unwrap()).collect();
            for operator in
                ["Is", "IsNot", "LessThan", "Before", "Contains", "In", "IsTrue", "IsSet", "IsKnown"]
            {
                let condition = json!({"parameter": option["parameter"], "operator": operator, "value": "1"});
                let body = json!({"groups": [{"conditions": [condition]}]});
                let expected = if offered.contains(&operator) { 200 } else { 400 };
                let path = format!("/api/{resource}/Query");
                assert_eq!(query(&mut world, &path, &body).0, expected, "{resource} {body}");
            }
        }
    }
}

/// The parameter of a resource as `QueryOptions` shows it: type, operators, choices.
fn option(world: &mut World, resource: &str, parameter: &str) -> Option<(String, Vec<String>, Vec<String>)> {
    let (_, options) = get(world, &format!("/api/{resource}/QueryOptions"));
    let all = options["options"].as_array().unwrap();
    let found = all.iter().find(|one| one["parameter"] == parameter)?;
    let texts = |value: &Value, key: Option<&str>| -> Vec<String> {
        let items = value.as_array().unwrap().iter();
        items.map(|one| key.map_or(one, |key| &one[key]).as_str().unwrap().to_string()).collect()
    };
    let operators = texts(&found["operatorOptions"], Some("operator"));
    Some((found["type"].as_str().unwrap().to_string(), operators, texts(&found["valueOptions"], None)))
}

#[test]
fn the_options_are_those_of_the_recorded_export() {
    let mut world = many();
    let dates = [
        "Is",
        "LessThan",
        "LessThanOrEqual",
        "Before",
        "OnOrBefore",
        "GreaterThan",
        "GreaterThanOrEqual",
        "After",
        "OnOrAfter",
        "Between",
    ];
    let numbers = ["Is", "LessThan", "LessThanOrEqual", "GreaterThan", "GreaterThanOrEqual", "Between"];
    let names = ["Is", "Contains", "StartsWith", "EndsWith"];
    let state = ["Is", "IsNot", "IsKnown", "IsNotKnown", "In", "NotIn"];
    for (parameter, kind, operators) in [
        ("Gift Date", "Date", &dates[..]),
        ("Create DateTime UTC", "Date", &dates),
        ("Has Attachment", "Boolean", &["IsTrue", "IsFalse"]),
        (
            "Credit Card Type",
            "String",
            &["Is", "IsKnown", "IsNotKnown", "Contains", "StartsWith", "EndsWith"],
        ),
        ("State", "String", &state),
        ("Segment Name", "Lookup", &names),
        ("Receipt Segment Code", "Lookup", &names),
        ("Project Name", "String", &names),
        ("Project Type", "String", &names),
        ("Parent Project Code", "String", &names),
        ("Contact Name", "String", &names),
        ("Individual Last Name", "String", &names),
        ("Communication Name", "String", &names),
        ("Passthrough Contact", "Object", &["IsSet", "IsNotSet"]),
        ("Passthrough Contact Id", "Int", &numbers),
        ("Passthrough Contact Name", "String", &names),
        ("Acknowledgee Last Name", "String", &names),
    ] {
        for resource in ["Gift", "GiftDesignation"] {
            let (found, offered, choices) = option(&mut world, resource, parameter).unwrap();
            assert_eq!(
                (found.as_str(), &offered.iter().map(String::as_str).collect::<Vec<_>>()[..]),
                (kind, operators),
                "{parameter}"
            );
            assert_eq!(choices.len(), if kind == "Date" { 14 } else { 0 }, "{parameter}");
        }
    }
    let (kind, operators, choices) = option(&mut world, "Gift", "Receipt Date").unwrap();
    assert_eq!((kind.as_str(), operators.len(), choices.contains(&"Last Sunday".into())), ("Date", 12, true));
    assert_eq!(option(&mut world, "Gift", "Tribute Id").unwrap().1.len(), 8);
    for gone in ["Amount Designated", "Recurring Gift", "Pledge", "Passthrough"] {
        assert_eq!(option(&mut world, "GiftDesignation", gone), None, "{gone}");
    }
    let (_, all) = get(&mut world, "/api/GiftDesignation/QueryOptions");
    assert_eq!(all["operatorOptions"].as_array().unwrap().len(), 25);
}

#[test]
fn rows_are_found_by_project_parent_custom_field_and_credited_contact() {
    let custom = CustomField {
        resource: "Gift".into(),
        name: "Appeal".into(),
        data_type: "Text".into(),
        options: Vec::new(),
    };
    let mut world = world_of(Rules { custom_fields: vec![custom], ..Rules::default() });
    let project = json!({"name": "Roof", "type": "Capital", "parentId": 102});
    assert_eq!(post(&mut world, "/api/Project", &project).0, 200);
    let mut one = gift("1", "9.00");
    one["designations"] =
        json!([{"code": "P-4", "amountDesignated": "4.00"}, {"code": "GEN", "amountDesignated": "5.00"}]);
    one["customFields"] = json!({"Appeal": "Spring"});
    one["passthroughContact"] = json!({"email": "ada@example.org"});
    one["tributeDedication"] = json!({"tributeId": 7, "acknowledgeeLastName": "Reed"});
    post(&mut world, GIFTS, &gift_list(&[one, gift("2", "1.00")]));
    world.midnight(T0);
    world.run_imports(T0);
    for (parameter, value, rows) in [
        ("Project Type", "capital", 1),
        ("Parent Project Name", "Building", 1),
        ("Parent Project Code", "BLDG", 1),
        ("Project Id", "101", 2),
        ("Appeal", "Spring", 2),
        ("Passthrough Contact Name", "Ada Example", 2),
        ("Tribute Id", "7", 2),
        ("Acknowledgee Last Name", "Reed", 2),
        ("Receipt Segment Code", "none", 0),
    ] {
        let body = json!({"groups": [{"conditions": [when(parameter, "Is", value)]}]});
        assert_eq!(query(&mut world, "/api/GiftDesignation/Query", &body).2, rows, "{parameter}");
        let gifts = if parameter == "Project Id" { 2 } else { rows.min(1) };
        assert_eq!(query(&mut world, "/api/Gift/Query", &body).2, gifts, "{parameter}");
    }
}

#[test]
fn a_project_or_campaign_that_nobody_knows_is_a_400_or_nothing_as_the_habit_is() {
    for (checked, unknown) in [(true, 400), (false, 200)] {
        let mut world = world_of(Rules { query_names_checked: checked, ..Rules::default() });
        world.seed_campaign("Year End");
        for (parameter, operator, value, status) in [
            ("Project Name", "Is", "General Fund", 200),
            ("Project Name", "Is", "general fund", 200),
            ("Project Name", "Is", "Generel Fund", unknown),
            ("Project Name", "Contains", "Generel", 200),
            ("Campaign Name", "Is", "Year End", 200),
            ("Campaign Name", "Is", "Year Start", unknown),
            ("Contact Name", "Is", "Nobody", 200),
        ] {
            let body = json!({"groups": [{"conditions": [when(parameter, operator, value)]}]});
            for path in ["/api/Gift/Query", "/api/GiftDesignation/Query"] {
                assert_eq!(query(&mut world, path, &body).0, status, "{parameter} {operator} {value}");
            }
        }
    }
}

#[test]
fn a_promise_that_nobody_ended_is_found_by_its_status() {
    let mut world = many();
    let schedule = json!({"contactId": 1001, "startDate": "2016-01-01", "frequency": "Monthly", "amount": 5});
    let pledge =
        json!({"contactId": 1001, "pledgeDate": "2016-01-01", "frequency": "Monthly", "amountPledged": 5});
    let mut begun = gift("S-1", "5.00");
    begun["frequency"] = json!("Monthly");
    post(&mut world, GIFT, &begun);
    world.midnight(T0);
    world.run_imports(T0);
    assert_eq!(post(&mut world, "/api/RecurringGift", &schedule).0, 200);
    assert_eq!(post(&mut world, "/api/RecurringGift", &schedule).0, 200);
    assert_eq!(post(&mut world, "/api/v2/Pledge", &pledge).0, 200);
    assert_eq!(send(&mut world, T0, "PUT", "/api/RecurringGift/Cancel/8002", "{}").0, 200);
    let of = |status: &str| json!({"groups": [{"conditions": [when("Status", "Is", status)]}], "sortBy": "Id", "descending": false});
    assert_eq!(query(&mut world, "/api/RecurringGift/Query", &of("UpToDate")).1, [8001, 8003]);
    assert_eq!(query(&mut world, "/api/RecurringGift/Query", &of("Cancelled")).1, [8002]);
    assert_eq!(query(&mut world, "/api/v2/Pledge/Query", &of("UpToDate")).1, [9001]);
}

#[test]
fn days_are_those_of_the_organizations_zone() {
    // T0 is Monday 01:00 in UTC, and Sunday evening in Phoenix.
    for (zone, day) in [("America/Phoenix", "2026-11-22"), ("UTC", "2026-11-23")] {
        let mut world = world_of(Rules { zone: zone.into(), ..Rules::default() });
        post(&mut world, GIFT, &gift("1", "5.00"));
        world.midnight(T0);
        world.run_imports(T0);
        for parameter in ["Create Date", "Last Modified Date"] {
            for value in [day, "Today"] {
                let body = json!({"groups": [{"conditions": [when(parameter, "Is", value)]}]});
                assert_eq!(query(&mut world, "/api/Gift/Query", &body).2, 1, "{zone} {parameter} {value}");
                let changed = json!({"groups": [{"conditions": [when("Last Modified Date", "Is", value)]}]});
                assert_eq!(query(&mut world, "/api/Contact/Query", &changed).1, [1001], "{zone} {value}");
            }
        }
    }
}

#[test]
fn designations_sum_to_what_the_gifts_do_and_carry_no_key() {
    let mut world = many();
    let body = json!({"groups": [{"conditions": [when("Batch", "Is", "B-1")]}], "sortBy": "Id"});
    let (status, answer) = post(&mut world, "/api/GiftDesignation/Query?take=1000", &body);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let rows = answer["list"].as_array().unwrap();
    let expected: i64 =
        world.gifts().iter().filter(|gift| gift.batch == "B-1").map(|gift| gift.amount_minor).sum();
    let sum: f64 = rows.iter().map(|row| row["amountDesignated"].as_f64().unwrap()).sum();
    assert_eq!((status, (sum * 100.0).round() as i64), (200, expected));
    assert!(rows.iter().all(|row| row.get("transactionId").is_none()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn an_index_gives_what_a_scan_gives(source in 0..3usize, batch in 0..4usize, low in 49_990i64..50_070, span in -5i64..80, descending: bool, skip in 0usize..10, take in 1usize..20) {
        let mut world = many();
        let source = ["Legacy", "Other", "None"][source];
        let batch = format!("B-{batch}");
        // IsNot of something that never occurs forces the scan.
        let indexed = [when("Transaction Source", "Is", source), when("Batch", "Is", batch.clone()),
            json!({"parameter": "Gift Id", "operator": "Between", "value": low, "secondaryValue": low + span})];
        let mut scanned = vec![json!({"parameter": "Transaction Source", "operator": "In", "values": [source]}),
            json!({"parameter": "Batch", "operator": "In", "values": [batch]})];
        scanned.push(when("Gift Id", "GreaterThan", low - 1));
        scanned.push(when("Gift Id", "LessThan", low + span + 1));
        let path = format!("/api/Gift/Query?skip={skip}&take={take}");
        let body = |conditions: &[Value]| json!({"groups": [{"conditions": conditions}], "sortBy": "Id", "descending": descending});
        prop_assert_eq!(query(&mut world, &path, &body(&indexed)), query(&mut world, &path, &body(&scanned)));
    }
}
