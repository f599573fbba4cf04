//! What a repeat meets, for every kind of organization and every state the first row may be in.

use super::*;

#[derive(Clone, Copy, Debug, PartialEq)]
enum First {
    Held,
    Bundled,
    Imported,
    Discarded,
}

/// Sends a gift, brings it into a state, and sends it again.
fn twice(rules: Rules, first: First) -> (World, u16) {
    let mut world = world_of(rules);
    post(&mut world, GIFT, &gift("1", "25.00"));
    if first != First::Held {
        world.midnight(T0);
    }
    match first {
        First::Imported => world.run_imports(T0),
        First::Discarded => assert!(world.discard_import("1", T0)),
        _ => {}
    }
    let (status, _) = post(&mut world, GIFT, &gift("1", "25.00"));
    world.midnight(T0);
    world.run_imports(T0);
    (world, status)
}

#[test]
fn repeats_by_rule_and_state() {
    use First::*;
    use Repeats::*;
    let seeing = RepeatsBlind::default();
    let blind = RepeatsBlind { held: true, imported: true, discarded: true };
    for first in [Held, Bundled, Imported, Discarded] {
        // The first gift itself is one unless it was discarded.
        let one = usize::from(first != Discarded);
        for (repeats, blindness, status, gifts) in [
            (RefusedWithText, seeing, 400, one),
            (Silent200, seeing, 200, one),
            (RecognisedAtNight, seeing, 200, one),
            (NotRecognised, seeing, 200, one + 1),
            (RefusedWithText, blind, 200, one + 1),
            (Silent200, blind, 200, one + 1),
            (RecognisedAtNight, blind, 200, one + 1),
        ] {
            let rules = Rules { repeats, repeats_blind: blindness, ..Rules::default() };
            let (world, answered) = twice(rules, first);
            assert_eq!(
                (answered, world.gifts().len()),
                (status, gifts),
                "{repeats:?} {first:?} {blindness:?}"
            );
        }
    }
}

#[test]
fn each_blindness_concerns_its_own_state_alone() {
    let held = RepeatsBlind { held: true, ..RepeatsBlind::default() };
    let imported = RepeatsBlind { imported: true, ..RepeatsBlind::default() };
    let discarded = RepeatsBlind { discarded: true, ..RepeatsBlind::default() };
    for (blind, first, status) in [
        (held, First::Held, 200),
        (held, First::Bundled, 200),
        (held, First::Imported, 400),
        (held, First::Discarded, 400),
        (imported, First::Held, 400),
        (imported, First::Imported, 200),
        (discarded, First::Bundled, 400),
        (discarded, First::Discarded, 200),
    ] {
        let rules = Rules { repeats_blind: blind, ..Rules::default() };
        assert_eq!(twice(rules, first).1, status, "{blind:?} {first:?}");
    }
}

#[test]
fn the_log_tells_what_became_of_a_repeat() {
    for (repeats, kind) in [
        (Repeats::RefusedWithText, EffectKind::RepeatRefused),
        (Repeats::Silent200, EffectKind::RepeatIgnored),
        (Repeats::RecognisedAtNight, EffectKind::RepeatDropped),
    ] {
        let (world, _) = twice(Rules { repeats, ..Rules::default() }, First::Held);
        assert_eq!(count(&world, kind), 1, "{repeats:?}");
        let effect = world.log().iter().find(|effect| effect.kind == kind).unwrap();
        assert_eq!((effect.id.as_str(), effect.amount_minor, effect.request_no), ("1", 2500, 2));
        assert_eq!(effect.body_digest, body_digest(gift("1", "25.00").to_string().as_bytes()));
    }
}

#[test]
fn keys_are_one_in_any_case_and_another_source_is_another_key() {
    let mut world = world();
    let mut other = gift("abc", "1.00");
    other["transactionSource"] = json!("Other");
    assert_eq!(post(&mut world, GIFT, &gift("abc", "1.00")).0, 200);
    assert_eq!(post(&mut world, GIFT, &gift("ABC", "1.00")).0, 400);
    assert_eq!(post(&mut world, GIFT, &other).0, 200);
}

#[test]
fn a_list_with_one_repeat_is_taken_whole_in_part_or_not_at_all() {
    let list = || gift_list(&[gift("1", "1.00"), gift("2", "2.00"), gift("3", "3.00")]);
    for (lists, repeats, status, held) in [
        (Lists::Atomic, Repeats::RefusedWithText, 400, 1),
        (Lists::PerItem, Repeats::RefusedWithText, 400, 3),
        (Lists::Atomic, Repeats::Silent200, 200, 3),
        (Lists::PerItem, Repeats::Silent200, 200, 3),
        (Lists::Atomic, Repeats::NotRecognised, 200, 4),
    ] {
        let mut world = world_of(Rules { lists, repeats, ..Rules::default() });
        post(&mut world, GIFT, &gift("2", "2.00"));
        assert_eq!(post(&mut world, GIFTS, &list()).0, status, "{lists:?} {repeats:?}");
        assert_eq!(world.held(), held, "{lists:?} {repeats:?}");
    }
}

#[test]
fn a_key_twice_in_one_list_is_a_repeat() {
    let list = gift_list(&[gift("1", "1.00"), gift("1", "1.00")]);
    assert_eq!(post(&mut world(), GIFTS, &list).0, 400);
    let mut world = world_of(Rules { repeats: Repeats::Silent200, ..Rules::default() });
    assert_eq!(post(&mut world, GIFTS, &list).0, 200);
    assert_eq!(world.held(), 1);
}
