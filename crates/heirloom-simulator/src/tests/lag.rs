//! What was made directly is there at once, and read only when the index has caught up.

use super::*;

const LAG: i64 = 30_000;

fn lagging() -> World {
    world_of(Rules { index_lag_ms: LAG as u32, ..Rules::default() })
}

/// Makes one of each, and gives the paths that read it: by itself, in a list, in a query.
fn made(world: &mut World) -> Vec<(&'static str, &'static str, Value)> {
    let contact = json!({"contactType": "Household", "referenceSource": "Legacy", "referenceId": "D-2",
        "contactAddresses": [{"address1": "1 Main St", "city": "Mesa"}],
        "contactIndividuals": [{"firstName": "Lee", "lastName": "Morgan",
            "contactMethods": [{"type": "Home Email", "value": "lee@example.org"}]}]});
    let gift = json!({"contactId": 1001, "giftType": "Cash", "giftDate": "2016-11-29", "amount": 5,
        "transactionSource": "S", "transactionId": "1", "giftDesignations": [{"projectId": 101, "amount": 5}]});
    let pledge =
        json!({"contactId": 1001, "pledgeDate": "2016-01-01", "frequency": "Monthly", "amountPledged": 5});
    let schedule = json!({"contactId": 1001, "startDate": "2016-01-01", "frequency": "Monthly", "amount": 5});
    for (path, body, id) in [
        ("/api/Contact", contact, 1002),
        ("/api/Gift", gift, 50001),
        ("/api/v2/Pledge", pledge, 9001),
        ("/api/RecurringGift", schedule, 8001),
    ] {
        let (status, answer) = post(world, path, &body);
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!((status, answer["id"].clone()), (200, json!(id)), "{path}: the answer shows it");
    }
    let lee = json!({"groups": [{"conditions": [{"parameter": "Email Address", "operator": "Is", "value": "lee@example.org"}]}]});
    let key = json!({"groups": [{"conditions": [{"parameter": "Transaction Source", "operator": "Is", "value": "S"},
        {"parameter": "Transaction Id", "operator": "Is", "value": "1"}]}]});
    vec![
        ("GET", "/api/Contact/1002", Value::Null),
        ("GET", "/api/Contact/Find?email=lee@example.org", Value::Null),
        ("GET", "/api/Contact/Legacy/D-2", Value::Null),
        ("GET", "/api/ContactIndividual/20002", Value::Null),
        ("GET", "/api/ContactIndividual/ByContact/1002", Value::Null),
        ("GET", "/api/ContactAddress/ByContact/1002", Value::Null),
        ("POST", "/api/Contact/Search", json!({"search": "lee"})),
        ("POST", "/api/Contact/Query", lee.clone()),
        ("POST", "/api/Contact/Query/FullContact", lee),
        ("GET", "/api/Gift/50001", Value::Null),
        ("GET", "/api/Gift/S/1", Value::Null),
        ("GET", "/api/Gift/ByContact/1001", Value::Null),
        ("POST", "/api/Gift/Query", json!({})),
        ("POST", "/api/Gift/Query/FullGift", key),
        ("POST", "/api/GiftDesignation/Query", json!({})),
        ("GET", "/api/v2/Pledge/9001", Value::Null),
        ("GET", "/api/v2/Pledge/ByContact/1001", Value::Null),
        ("POST", "/api/v2/Pledge/Query", json!({})),
        ("GET", "/api/RecurringGift/8001", Value::Null),
        ("GET", "/api/RecurringGift/ByContact/1001", Value::Null),
        ("POST", "/api/RecurringGift/Query", json!({})),
    ]
}

/// Whether a read shows something.
fn shown(world: &mut World, now: i64, (method, path, body): &(&str, &str, Value)) -> bool {
    let (status, answer) = send(world, now, method, path, &body.to_string());
    let answer: Value = serde_json::from_str(&answer).unwrap();
    match (status, answer["total"].as_u64()) {
        (200, Some(total)) => {
            assert_eq!(answer["list"].as_array().unwrap().len() as u64, total, "{path}");
            total > 0
        }
        (200, None) => true,
        (404, _) => false,
        _ => panic!("{status} {path} {answer}"),
    }
}

#[test]
fn what_was_made_directly_is_shown_by_no_read_until_the_lag_is_over() {
    let mut world = lagging();
    let reads = made(&mut world);
    for read in &reads {
        assert!(!shown(&mut world, T0 + LAG - 1, read), "{read:?} shows it too early");
    }
    let mut world = World::from_json(&world.to_json()).unwrap();
    for read in &reads {
        assert!(!shown(&mut world, T0 + LAG - 1, read), "{read:?} shows it after a restart");
        assert_eq!(world.now_ms, T0 + LAG - 1);
    }
    for read in &reads {
        assert!(shown(&mut world, T0 + LAG, read), "{read:?} does not show it");
    }
}

#[test]
fn without_a_lag_everything_is_shown_at_once() {
    let mut world = world();
    for read in made(&mut world) {
        assert!(shown(&mut world, T0, &read), "{read:?}");
    }
}

#[test]
fn what_is_not_read_yet_is_there_for_writes_and_what_was_imported_is_read_at_once() {
    let mut world = lagging();
    made(&mut world);
    let gift_of = |contact: i64| {
        json!({"contactId": contact, "giftType": "Cash", "giftDate": "2016-11-29", "amount": 1,
        "giftDesignations": [{"projectId": 101, "amount": 1}]})
    };
    assert_eq!(post(&mut world, "/api/Gift", &gift_of(1002)).0, 200, "its contact exists");
    assert_eq!(send(&mut world, T0, "PUT", "/api/Gift/50001", &gift_of(1001).to_string()).0, 200);
    assert_eq!(get(&mut world, "/api/Gift/50001").0, 404, "a change does not hurry the index");
    post(&mut world, GIFT, &gift("1", "2.00"));
    world.midnight(T0);
    world.run_imports(T0);
    assert_eq!(get(&mut world, "/api/Gift/Legacy/1").0, 200);
    assert_eq!(get(&mut world, "/api/Contact/1001").0, 200);
    let (_, page) = post(&mut world, "/api/Gift/Query?take=1000&skip=0", &json!({"sortBy": "Id"}));
    let page: Value = serde_json::from_str(&page).unwrap();
    assert_eq!((page["total"].clone(), page["list"][0]["id"].clone()), (json!(1), json!(50003)));
}
