//! Soft credits: whom a passthrough names, and how it is read back.

use super::*;

/// A gift of Ada's with something more.
fn with(id: &str, field: &str, value: Value) -> Value {
    let mut body = gift(id, "100.00");
    body[field] = value;
    body
}

/// Lee, who exists besides Ada, known by a reference.
fn world_with_lee(rules: Rules) -> (World, i64) {
    let mut world = world_of(rules);
    let mut lee = SeedContact::person("Lee", "Morgan").email("lee@example.org");
    lee.references = vec![("Legacy".into(), "D-7".into())];
    let id = world.seed_contact(lee);
    (world, id)
}

/// Sends gifts and runs them.
fn run(world: &mut World, items: &[Value]) {
    assert_eq!(post(world, GIFTS, &gift_list(items)), (200, String::new()));
    world.midnight(T0);
    world.run_imports(T0);
}

fn credited(world: &mut World, contact: i64) -> Value {
    get(world, &format!("/api/Gift/Passthrough/ByContact/{contact}")).1["total"].clone()
}

#[test]
fn a_passthrough_contact_is_found_as_a_gifts_contact_is() {
    for contact in [
        json!({"referenceId": "D-7"}),
        json!({"id": 1002}),
        json!({"firstname": "Lee", "lastname": "Morgan", "email": "LEE@example.org"}),
    ] {
        let (mut world, lee) = world_with_lee(Rules::default());
        run(&mut world, &[with("1", "passthroughContact", contact.clone())]);
        let (_, whole) = get(&mut world, "/api/Gift/Legacy/1");
        assert_eq!(
            (whole["contactPassthroughId"].clone(), whole["contactId"].clone()),
            (json!(lee), json!(1001))
        );
        assert_eq!(credited(&mut world, lee), 1, "{contact}");
        assert_eq!(credited(&mut world, 1001), 0);
        assert_eq!(count(&world, EffectKind::NewContact), 0);
    }
}

#[test]
fn the_older_passthrough_contact_id_is_read_too() {
    let (mut world, lee) = world_with_lee(Rules::default());
    run(
        &mut world,
        &[with("1", "passthroughContactId", json!(lee)), with("2", "passthroughContactId", json!(9999))],
    );
    assert_eq!(get(&mut world, "/api/Gift/Legacy/1").1["contactPassthroughId"], json!(lee));
    assert_eq!(get(&mut world, "/api/Gift/Legacy/2").1["contactPassthroughId"], Value::Null);
    assert_eq!(credited(&mut world, lee), 1);
}

#[test]
fn whoever_is_credited_and_unknown_is_made_where_that_is_done() {
    for made in [true, false] {
        let (mut world, _) = world_with_lee(Rules { passthrough_contacts_made: made, ..Rules::default() });
        let contact =
            json!({"referenceId": "D-9", "type": "Household", "firstname": "Sam", "lastname": "Reed"});
        run(&mut world, &[with("1", "passthroughContact", contact)]);
        let (_, whole) = get(&mut world, "/api/Gift/Legacy/1");
        let found = get(&mut world, "/api/Contact/Find?referenceSource=Legacy&referenceId=D-9");
        assert_eq!(found.0, if made { 200 } else { 404 });
        assert_eq!(whole["contactPassthroughId"], found.1.get("id").cloned().unwrap_or(Value::Null));
        assert_eq!(count(&world, EffectKind::NewContact), usize::from(made));
    }
}

#[test]
fn several_passthroughs_win_over_one_and_each_is_found_from_its_contact() {
    let (mut world, lee) = world_with_lee(Rules::default());
    let mut body = with("1", "passthroughContact", json!({"id": 1001}));
    body["giftPassthroughs"] = json!([{"contactId": lee, "amount": "60.00"}, {"passthroughContact": {"email": "ada@example.org"}, "amount": "40.00"}]);
    run(&mut world, &[body]);
    let (_, whole) = get(&mut world, "/api/Gift/Legacy/1");
    assert_eq!(whole["contactPassthroughId"], Value::Null);
    let both = json!([{"contactId": lee, "amount": 60.0}, {"contactId": 1001, "amount": 40.0}]);
    assert_eq!(whole["giftPassthroughs"], both);
    assert_eq!((credited(&mut world, lee), credited(&mut world, 1001)), (json!(1), json!(1)));
}

#[test]
fn a_contact_credited_twice_and_more_than_a_hundred_credits_are_refused() {
    let one = |id: i64| json!({"contactId": id, "amount": "1.00"});
    for (credits, text) in
        [(vec![one(1001), one(1001)], "only once"), ((1..=101).map(one).collect(), "No more than 100")]
    {
        let (status, answer) = post(&mut world(), GIFT, &with("1", "giftPassthroughs", json!(credits)));
        assert!(status == 400 && answer.contains(text), "{answer}");
    }
}
