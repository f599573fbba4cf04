//! Faults: what the client sees, what the world did; and that everything is a function of the seed.

use super::*;

/// One delivery under one fault.
fn once(set: impl Fn(&mut Faults)) -> (World, Delivered) {
    let mut faults = Faults::default();
    set(&mut faults);
    let mut world = world_of(Rules { faults, ..Rules::default() });
    let delivered = world.deliver(T0, request("POST", GIFT, &gift("1", "1.00").to_string()));
    (world, delivered)
}

#[test]
fn each_fault_has_its_look_and_its_effect() {
    // The fault, the status seen (0 = none), rows held afterwards.
    type Set = fn(&mut Faults);
    let table: [(Set, u16, u64); 13] = [
        (|faults| faults.lose_reply = 1000, 0, 1),
        (|faults| faults.drop_before = 1000, 0, 0),
        (|faults| faults.late_effect = 1000, 0, 0),
        (|faults| faults.refuse_connection = 1000, 0, 0),
        (|faults| faults.http_500_after_effect = 1000, 500, 1),
        (|faults| faults.http_502_html_before = 1000, 502, 0),
        (|faults| faults.http_502_html_after = 1000, 502, 1),
        (|faults| faults.http_503_before = 1000, 503, 0),
        (|faults| faults.truncated_200 = 1000, 200, 1),
        (|faults| faults.foreign_200 = 1000, 200, 0),
        (|faults| faults.redirect = 1000, 302, 0),
        (|faults| faults.bare_429 = 1000, 429, 0),
        (|faults| faults.spurious_401 = 1000, 401, 0),
    ];
    for (at, (set, status, held)) in table.into_iter().enumerate() {
        let (world, delivered) = once(set);
        let seen = match delivered {
            Delivered::Response(response) => response.status().as_u16(),
            _ => 0,
        };
        assert_eq!((seen, world.held()), (status, held), "row {at}");
    }
}

#[test]
fn a_late_request_arrives_by_itself_and_only_once() {
    let (mut world, _) = once(|faults| faults.late_effect = 1000);
    world.advance(T0 + 3 * HOUR - 1);
    assert_eq!((world.held(), world.requests().len()), (0, 0));
    world.advance(T0 + 3 * HOUR);
    assert_eq!((world.held(), world.requests()[0].at_ms), (1, T0 + 3 * HOUR));
    world.advance(T0 + DAY);
    assert_eq!(world.imports()[0].rows, 1);
}

#[test]
fn a_doubled_request_meets_itself() {
    let (world, delivered) = once(|faults| faults.doubled = 1000);
    assert_eq!((world.held(), world.requests().len()), (1, 2));
    let Delivered::Response(response) = delivered else { panic!("an answer") };
    assert!([200, 400].contains(&response.status().as_u16()));
}

#[test]
fn a_slow_answer_says_how_slow() {
    let (world, _) = once(|faults| faults.slow = 1000);
    assert_eq!(world.reply_delay_ms(), 30_000);
}

#[test]
fn faults_end_when_they_are_bounded() {
    let faults = Faults { lose_reply: 1000, faults_max: 3, ..Faults::default() };
    let mut world = world_of(Rules { faults, ..Rules::default() });
    let lost = (0..10).filter(|at| {
        let body = gift(&at.to_string(), "1.00").to_string();
        matches!(world.deliver(T0, request("POST", GIFT, &body)), Delivered::LostAfterEffect)
    });
    assert_eq!(lost.count(), 3);
}

/// A busy run in one text: every answer, then the whole state.
fn trace(seed: u64) -> (String, World) {
    let rules = Rules { faults: Faults::from_seed(seed, u32::MAX), ..Rules::from_seed(seed) };
    let mut world = world_of(rules);
    let mut out = String::new();
    for at in 0..40i64 {
        let now = T0 + at * 37 * 60_000;
        let (path, body) = match at % 4 {
            0 => (
                GIFTS,
                gift_list(&[
                    gift(&at.to_string(), "3.00"),
                    stranger_gift(&format!("{at}b"), "d1"),
                    gift("same", "1.00"),
                ]),
            ),
            1 => (
                CONTACTS,
                contact_list(&[contact("d1", "New", "d1"), contact(&format!("d{at}"), "Pat", "Lee")]),
            ),
            2 => (GIFT, stranger_gift(&at.to_string(), &format!("d{at}"))),
            _ => ("/api/Gift/Query/FullGift?take=1000", json!({"sortBy": "Id"})),
        };
        out += &format!("{:?}\n", world.deliver(now, request("POST", path, &body.to_string())));
        if at % 13 == 12 {
            world.run_imports(now);
        }
    }
    out += &world.to_json();
    (out, world)
}

#[test]
fn the_same_seed_and_requests_give_the_same_bytes() {
    for seed in 0..12 {
        assert_eq!(trace(seed).0, trace(seed).0, "seed {seed}");
    }
    assert_ne!(trace(1).0, trace(2).0);
}

#[test]
fn a_world_read_from_its_snapshot_goes_on_as_before() {
    for seed in 0..12 {
        let (_, mut world) = trace(seed);
        let mut read = World::from_json(&world.to_json()).unwrap();
        assert_eq!(read.to_json(), world.to_json());
        let requests = [
            request("POST", GIFT, &gift("0", "3.00").to_string()),
            request(
                "POST",
                "/api/Gift/Query?take=50",
                r#"{"groups":[{"conditions":[{"parameter":"Transaction Source","operator":"Is","value":"Legacy"}]}]}"#,
            ),
            request("GET", "/api/Contact/Legacy/d1", ""),
            request("GET", "/api/Project/Code/GEN", ""),
        ];
        for (at, request) in requests.into_iter().enumerate() {
            let now = T0 + 3 * DAY + at as i64;
            let (a, b) = (world.deliver(now, request.clone()), read.deliver(now, request));
            assert_eq!(format!("{a:?}"), format!("{b:?}"), "seed {seed} request {at}");
            world.run_imports(now);
            read.run_imports(now);
        }
        assert_eq!(read.to_json(), world.to_json());
    }
}

#[test]
fn a_text_that_is_no_snapshot_is_refused_without_showing_it() {
    for text in ["", "{}", "{\"version\":99,\"world\":{\"name\":\"Ada\"}}"] {
        let error = World::from_json(text).unwrap_err().to_string();
        assert!(!error.contains("Ada"), "{error}");
    }
}

#[test]
fn every_effect_of_a_gift_is_accounted_for() {
    for seed in 0..40 {
        let (_, mut world) = trace(seed);
        world.rules_mut().person = Person::AcceptAll;
        world.advance(T0 + 5 * DAY);
        world.run_imports(T0 + 5 * DAY);
        let held = count(&world, EffectKind::HeldGift);
        let ended = [EffectKind::ImportedGift, EffectKind::DiscardedGift, EffectKind::RepeatDropped];
        assert_eq!(held, ended.map(|kind| count(&world, kind)).iter().sum::<usize>(), "seed {seed}");
        assert_eq!(count(&world, EffectKind::ImportedGift), world.gifts().len());
        assert_eq!(count(&world, EffectKind::NewContact) + 1, world.contacts().len());
        let sum: i64 = world.gifts().iter().map(|gift| gift.amount_minor).sum();
        assert_eq!(sum, world.contacts().iter().map(|contact| contact.giving_minor).sum::<i64>());
    }
}
