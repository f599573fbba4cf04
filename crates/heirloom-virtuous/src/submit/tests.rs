//! Single rules of the protocol, each as one claim.

use bytes::Bytes;
use heirloom_model::{ItemId, ItemKind, ItemState, Lists, Moment, OrgFacts, Outcome, Repeats};

use super::*;
use crate::pacer::Pacer;

const START: Moment = Moment(1_795_435_200_000);
const MINUTE: i64 = 60_000;

fn item(id: i64, state: ItemState) -> Item {
    let sent = state != ItemState::Unsent;
    Item {
        id: ItemId(id),
        state,
        bytes: 300,
        attempts: u32::from(sent),
        doubtful_sends: u32::from(state == ItemState::InDoubt),
        last_attempt: sent.then_some(START),
    }
}

fn unsent(n: i64) -> Vec<Item> {
    (1..=n).map(|id| item(id, ItemState::Unsent)).collect()
}

fn recognised() -> OrgFacts {
    OrgFacts {
        repeats_held: Repeats::Recognised,
        repeats_imported: Repeats::Recognised,
        ..OrgFacts::default()
    }
}

fn atomic() -> OrgFacts {
    OrgFacts { lists: Lists::Atomic, ..OrgFacts::default() }
}

fn answer(status: u16, body: &str) -> Reply {
    Reply::Answered { status, headers: vec![], body: Bytes::copy_from_slice(body.as_bytes()) }
}

fn lost() -> Reply {
    Reply::Lost { why: "reset".into() }
}

fn refusal() -> Reply {
    answer(400, r#"{"message":"unknown project"}"#)
}

/// Drives a run with scripted replies; waits cost nothing.
struct Run {
    state: State,
    watch: Watch,
    now: Moment,
    attempt: i64,
    lists: Vec<(i64, i64)>,
    sent_at: Vec<Moment>,
    looks: Vec<i64>,
    outcomes: Vec<Outcome>,
}

impl Run {
    fn new(kind: ItemKind, terms: Terms, facts: OrgFacts, items: Vec<Item>) -> Self {
        let watch = Watch::new(&items, facts, kind, &terms);
        let pacer = Pacer::new(terms.pace, &[], None, START);
        Run {
            state: State::new(kind, terms, facts, items, pacer),
            watch,
            now: START,
            attempt: 0,
            lists: vec![],
            sent_at: vec![],
            looks: vec![],
            outcomes: vec![],
        }
    }

    fn gifts(facts: OrgFacts, items: Vec<Item>) -> Self {
        Self::of(ItemKind::Gift, facts, items)
    }

    fn of(kind: ItemKind, facts: OrgFacts, items: Vec<Item>) -> Self {
        let terms = Terms { pilot: false, ..Terms::default() };
        Self::new(kind, terms, facts, items)
    }

    fn feed(&mut self, event: Event) -> Vec<Action> {
        self.watch.event(&event);
        let actions = step(&mut self.state, event, self.now);
        self.watch.actions(&actions, self.now).unwrap();
        actions
    }

    /// Runs to the end; `reply` gets the span sent, or a single item looked for.
    fn end(&mut self, mut reply: impl FnMut(Call, i64, i64) -> Reply) -> Ending {
        let mut actions = std::collections::VecDeque::from(self.feed(Event::Begin));
        let mut in_air = std::collections::VecDeque::new();
        for _ in 0..40_000 {
            let action = actions.pop_front().expect("an action");
            let event = match action {
                Action::Finish(ending) => return ending,
                Action::Await => in_air.pop_front().expect("a call in the air"),
                Action::Wait { .. } if !in_air.is_empty() => in_air.pop_front().expect("one"),
                Action::Wait { until, .. } => {
                    self.now = until;
                    Event::Woke
                }
                Action::SaveAttempt { .. } => {
                    self.attempt += 1;
                    Event::AttemptSaved { attempt: self.attempt }
                }
                Action::Send { attempt, first, last, .. } => {
                    self.lists.push((first.0, last.0));
                    self.sent_at.push(self.now);
                    let call = Call::Send { attempt };
                    let reply = reply(call, first.0, last.0);
                    in_air.push_back(Event::Answered { call, reply });
                    continue;
                }
                Action::SaveOutcome { outcome, .. } => {
                    self.outcomes.push(outcome);
                    Event::OutcomeSaved
                }
                Action::Look { item, .. } => {
                    self.looks.push(item.0);
                    let call = Call::Look { item };
                    let reply = reply(call, item.0, item.0);
                    in_air.push_back(Event::Answered { call, reply });
                    continue;
                }
                Action::SaveLook { .. } => Event::LookSaved,
            };
            assert!(actions.is_empty(), "an action after one that asks for an event");
            actions.extend(self.feed(event));
        }
        panic!("it does not end");
    }
}

fn is_send(call: Call) -> bool {
    matches!(call, Call::Send { .. })
}

#[test]
fn a_plan_goes_out_in_a_pilot_and_then_ever_larger_lists() {
    let mut run = Run::new(ItemKind::Gift, Terms::default(), OrgFacts::default(), unsent(300));
    assert_eq!(run.end(|_, _, _| answer(200, "")), Ending::AllSent);
    let sizes: Vec<i64> = run.lists.iter().map(|(a, b)| b - a + 1).collect();
    assert_eq!(sizes, [2, 10, 30, 90, 100, 68]);
    let progress = run.state.progress();
    assert_eq!((progress.waiting, progress.unsent, progress.calls), (300, 0, 6));
}

#[test]
fn a_list_holds_consecutive_items_only_and_stays_below_a_megabyte() {
    let mut items = unsent(10);
    items.retain(|i| i.id.0 != 4);
    for item in &mut items[5..] {
        item.bytes = 400_000;
    }
    let mut run = Run::gifts(OrgFacts::default(), items);
    assert_eq!(run.end(|_, _, _| answer(200, "")), Ending::AllSent);
    assert_eq!(run.lists, [(1, 3), (5, 8), (9, 10)]);
}

#[test]
fn a_lost_answer_is_looked_for_and_parked_where_nothing_is_known() {
    let mut run = Run::gifts(OrgFacts::default(), unsent(3));
    let ending = run.end(|call, first, _| match (is_send(call), first) {
        (true, _) => lost(),
        (false, 2) => answer(200, r#"{"id":7}"#),
        (false, _) => answer(404, ""),
    });
    assert_eq!(ending, Ending::Parked { items: 2 });
    assert_eq!(run.lists.len(), 1);
    assert_eq!(run.looks, [1, 2, 3]);
    assert!(run.now.since_ms(START) >= 15 * MINUTE);
    assert_eq!(run.state.progress().confirmed, 1);
}

#[test]
fn a_gift_that_is_found_without_an_id_waits_at_the_vendor() {
    let mut run = Run::gifts(OrgFacts::default(), unsent(3));
    let ending = run.end(|call, first, _| match (is_send(call), first) {
        (true, _) => lost(),
        // Named, and none yet; an answer that names nothing is none.
        (false, 2) => answer(200, r#"{"id":null,"transactionSource":"old","transactionId":"G-2"}"#),
        (false, 3) => answer(200, r#"{"Id":0,"TransactionSource":"old","TransactionId":"G-3"}"#),
        (false, _) => answer(404, ""),
    });
    assert_eq!(ending, Ending::Parked { items: 1 });
    let progress = run.state.progress();
    assert_eq!((progress.waiting, progress.confirmed, progress.parked), (2, 0, 1));
    assert_eq!(run.lists.len(), 1, "what waits is never sent again");
}

#[test]
fn an_attempt_without_outcome_is_in_doubt_at_the_start_and_not_sent() {
    let mut items = unsent(2);
    items[0] = item(1, ItemState::InDoubt);
    let mut run = Run::gifts(OrgFacts::default(), items);
    let ending = run.end(|call, _, _| if is_send(call) { answer(200, "") } else { answer(404, "") });
    assert_eq!(ending, Ending::Parked { items: 1 });
    assert_eq!(run.lists, [(2, 2)]);
}

#[test]
fn where_repeats_are_recognised_the_same_list_goes_again_after_settling() {
    let mut run = Run::gifts(recognised(), unsent(5));
    let mut calls = 0;
    let ending = run.end(|_, _, _| {
        calls += 1;
        if calls == 1 { answer(500, "") } else { answer(200, "") }
    });
    assert_eq!(ending, Ending::AllSent);
    assert_eq!(run.lists[0], (1, 5));
    assert!(run.sent_at[1].since_ms(run.sent_at[0]) >= 15 * MINUTE);
    assert!(run.looks.is_empty());
}

#[test]
fn an_item_in_doubt_goes_again_four_times_at_most() {
    let mut run = Run::gifts(recognised(), unsent(1));
    let ending = run.end(|call, _, _| if is_send(call) { lost() } else { answer(404, "") });
    assert_eq!(run.lists.len(), 5);
    assert_eq!(ending, Ending::Parked { items: 1 });
}

#[test]
fn after_a_midnight_repeats_of_imported_rows_must_be_recognised_too() {
    let held_only = OrgFacts { repeats_imported: Repeats::Unknown, ..recognised() };
    let check = |facts: OrgFacts, guard: Option<&str>, days: i64, expected_lists: usize| {
        let terms = Terms { guard: guard.map(|zone| Guard::new(zone, 15).unwrap()), ..Terms::default() };
        let mut run = Run::new(ItemKind::Gift, terms, facts, vec![item(1, ItemState::InDoubt)]);
        run.now = START.plus_ms(days * 86_400_000 + 60 * MINUTE);
        run.end(|call, _, _| if is_send(call) { answer(200, "") } else { answer(404, "") });
        assert_eq!(run.lists.len(), expected_lists, "{facts:?} {guard:?} {days}");
    };
    check(held_only, Some("UTC"), 0, 1);
    check(held_only, Some("UTC"), 1, 0);
    check(held_only, None, 0, 0);
    check(recognised(), Some("UTC"), 1, 1);
    check(recognised(), None, 0, 1);
    let discarded = OrgFacts { repeats_discarded: Repeats::NotRecognised, ..recognised() };
    check(discarded, Some("UTC"), 1, 0);
    check(discarded, Some("UTC"), 0, 1);
}

#[test]
fn where_calls_ask_for_imports_repeats_of_imported_rows_must_be_recognised_at_any_hour() {
    let held_only = OrgFacts { repeats_imported: Repeats::Unknown, ..recognised() };
    for (facts, imports_at_once, expected_lists) in
        [(held_only, false, 1), (held_only, true, 0), (recognised(), true, 1)]
    {
        let guard = Some(Guard::new("UTC", 15).unwrap());
        let terms = Terms { guard, imports_at_once, ..Terms::default() };
        let mut run = Run::new(ItemKind::Gift, terms, facts, vec![item(1, ItemState::InDoubt)]);
        run.now = START.plus_ms(60 * MINUTE);
        run.end(|call, _, _| if is_send(call) { answer(200, "") } else { answer(404, "") });
        assert_eq!(run.lists.len(), expected_lists, "{facts:?} {imports_at_once}");
    }
}

#[test]
fn nothing_is_repeated_in_an_evening_in_which_a_late_original_could_meet_its_repeat_imported() {
    // A request may be four hours late; schedule 4573 had one that was three.
    let facts = OrgFacts { repeats_imported: Repeats::NotRecognised, ..recognised() };
    for (hours_before_midnight, expected_lists) in [(5, 1), (3, 0)] {
        let terms = Terms { guard: Some(Guard::new("UTC", 15).unwrap()), ..Terms::default() };
        let mut run = Run::new(ItemKind::Gift, terms, facts, vec![item(1, ItemState::InDoubt)]);
        run.now = START.plus_ms((12 - hours_before_midnight) * 60 * MINUTE);
        run.end(|call, _, _| if is_send(call) { answer(200, "") } else { answer(404, "") });
        assert_eq!(run.lists.len(), expected_lists, "{hours_before_midnight} hours before midnight");
    }
}

#[test]
fn contacts_in_doubt_are_parked_at_once_and_block_nobody() {
    let mut run = Run::new(ItemKind::Contact, Terms::default(), recognised(), unsent(40));
    let mut calls = 0;
    let ending = run.end(|call, _, _| {
        assert!(is_send(call));
        calls += 1;
        if calls == 1 { lost() } else { answer(200, "") }
    });
    assert_eq!(ending, Ending::Parked { items: 2 });
    assert_eq!(run.state.progress().waiting, 38);
    assert!(run.now.since_ms(START) < 15 * MINUTE);
}

#[test]
fn a_refused_atomic_list_is_halved_until_the_guilty_item_ends_alone() {
    let contacts = OrgFacts { contact_lists: Lists::Atomic, ..OrgFacts::default() };
    for (kind, facts) in [(ItemKind::Gift, atomic()), (ItemKind::Contact, contacts)] {
        let mut run = Run::of(kind, facts, unsent(100));
        let bad = 37;
        let ending =
            run.end(|_, first, last| if (first..=last).contains(&bad) { refusal() } else { answer(200, "") });
        assert_eq!(ending, Ending::AllSent);
        let progress = run.state.progress();
        assert_eq!((progress.refused, progress.waiting), (1, 99));
        let with_bad = run.lists.iter().filter(|(a, b)| (*a..=*b).contains(&bad)).count();
        assert!(with_bad <= 1 + 7, "{with_bad} levels");
    }
}

#[test]
fn what_is_known_of_one_kind_of_lists_says_nothing_of_the_other() {
    let contacts = OrgFacts { contact_lists: Lists::Atomic, ..OrgFacts::default() };
    for (kind, facts) in [(ItemKind::Contact, atomic()), (ItemKind::Gift, contacts)] {
        let mut run = Run::of(kind, facts, unsent(100));
        let ending = run.end(|call, _, _| if is_send(call) { refusal() } else { answer(404, "") });
        assert_eq!(ending, Ending::Parked { items: 100 });
        assert_eq!(run.lists.len(), 1);
    }
}

#[test]
fn a_refused_list_is_cut_where_repeats_are_recognised_within_the_repeats_allowed() {
    let mut run = Run::gifts(recognised(), unsent(100));
    let ending =
        run.end(|_, first, last| if (first..=last).contains(&64) { refusal() } else { answer(200, "") });
    assert_eq!(ending, Ending::AllSent);
    let with_bad = run.lists.iter().filter(|(a, b)| (*a..=*b).contains(&64)).count();
    assert!(with_bad <= 5, "{with_bad}");
    assert_eq!(run.state.progress().refused, 1);
}

#[test]
fn a_refused_list_of_unknown_rules_is_never_sent_again() {
    for facts in [OrgFacts::default(), OrgFacts { lists: Lists::PerItem, ..OrgFacts::default() }] {
        let mut run = Run::gifts(facts, unsent(250));
        let ending = run.end(|call, first, last| match is_send(call) {
            true if (first..=last).contains(&3) => refusal(),
            true => answer(200, ""),
            false => answer(404, ""),
        });
        assert_eq!(ending, Ending::Parked { items: 100 });
        let mut seen = std::collections::BTreeSet::new();
        assert!(run.lists.iter().all(|(a, b)| (*a..=*b).all(|id| seen.insert(id))));
    }
}

#[test]
fn a_refusal_after_a_lost_answer_settles_nothing() {
    let mut run = Run::gifts(recognised(), unsent(1));
    let mut calls = 0;
    let ending = run.end(|call, _, _| {
        calls += 1;
        match (is_send(call), calls) {
            (true, 1) => lost(),
            (true, _) => refusal(),
            _ => answer(404, ""),
        }
    });
    assert_eq!(ending, Ending::Parked { items: 1 });
    assert_eq!(run.lists.len(), 2);
}

#[test]
fn already_exists_after_our_own_doubt_is_success_and_otherwise_an_alarm() {
    let exists = || answer(400, r#"{"message":"Gift Transaction already exists."}"#);
    let mut run = Run::gifts(recognised(), vec![item(1, ItemState::InDoubt)]);
    assert_eq!(run.end(|_, _, _| exists()), Ending::AllSent);
    assert_eq!(run.outcomes, [Outcome::AlreadyThere]);
    let mut run = Run::gifts(recognised(), unsent(1));
    assert_eq!(run.end(|_, _, _| exists()), Ending::AllSent);
    assert!(matches!(run.outcomes[0], Outcome::Conflict { .. }));
    assert_eq!(run.state.progress().refused, 1);
}

#[test]
fn a_413_shrinks_the_list_and_one_item_too_large_ends_alone() {
    let mut run = Run::gifts(OrgFacts::default(), unsent(100));
    let ending = run.end(|_, a, b| {
        let guilty = (a..=b).contains(&5);
        if guilty || b - a + 1 > 30 { answer(413, "") } else { answer(200, "") }
    });
    assert_eq!(ending, Ending::AllSent);
    assert_eq!(run.state.progress().refused, 1);
    assert_eq!(run.state.progress().waiting, 99);
}

#[test]
fn the_vendors_list_size_is_learned_to_within_an_eighth() {
    for most in [1, 2, 7, 25, 30, 60, 99, 100, 500] {
        let mut run = Run::new(ItemKind::Gift, Terms::default(), OrgFacts::default(), unsent(3_000));
        let mut too_large = 0;
        let ending = run.end(|_, a, b| match b - a < most {
            true => answer(200, ""),
            false => {
                too_large += 1;
                answer(413, "")
            }
        });
        assert_eq!(ending, Ending::AllSent);
        let learned = i64::from(run.state.progress().list_size);
        let best = most.min(100);
        assert!(learned <= best && learned >= best - best / 8 - 1, "{learned} of {best}");
        assert!(too_large <= 7, "{too_large} lists of more than {most}");
    }
}

#[test]
fn one_huge_item_does_not_make_the_other_lists_small() {
    let mut run = Run::new(ItemKind::Gift, Terms::default(), OrgFacts::default(), unsent(10_000));
    let ending = run.end(|_, a, b| if (a..=b).contains(&5_000) { answer(413, "") } else { answer(200, "") });
    assert_eq!(ending, Ending::AllSent);
    let progress = run.state.progress();
    assert_eq!((progress.refused, progress.waiting, progress.list_size), (1, 9_999, 100));
    assert!(run.lists.len() <= 100 + 5 + 2 * 7, "{} calls", run.lists.len());
}

#[test]
fn one_poisoned_item_in_ten_thousand_costs_seven_halvings_and_harms_no_neighbour() {
    for bad in [1, 137, 5_000, 9_999, 10_000] {
        let terms = Terms { in_air_max: 8, ..Terms::default() };
        let mut run = Run::new(ItemKind::Gift, terms, atomic(), unsent(10_000));
        let mut took = std::collections::BTreeMap::new();
        let ending = run.end(|_, first, last| match (first..=last).contains(&bad) {
            true => refusal(),
            false => {
                (first..=last).for_each(|id| *took.entry(id).or_insert(0) += 1);
                answer(200, "")
            }
        });
        assert_eq!(ending, Ending::AllSent);
        let progress = run.state.progress();
        assert_eq!((progress.refused, progress.waiting), (1, 9_999));
        assert!(took.len() == 9_999 && took.values().all(|times| *times == 1));
        let with_bad = run.lists.iter().filter(|(a, b)| (*a..=*b).contains(&bad)).count();
        assert!(with_bad <= 1 + 7, "item {bad}: {with_bad} calls");
    }
}

#[test]
fn what_a_person_allowed_a_run_is_not_exceeded() {
    let terms = Terms { calls_max: Some(7), ..Terms::default() };
    let mut run = Run::new(ItemKind::Gift, terms, OrgFacts::default(), unsent(5_000));
    assert!(matches!(run.end(|_, _, _| answer(200, "")), Ending::Paused { .. }));
    assert_eq!(run.lists.len(), 7);
    let until = START.plus_ms(10 * MINUTE);
    let terms = Terms { until: Some(until), ..Terms::default() };
    let mut run = Run::new(ItemKind::Gift, terms, OrgFacts::default(), unsent(50_000));
    assert!(matches!(run.end(|_, _, _| answer(200, "")), Ending::Paused { .. }));
    assert!(run.sent_at.iter().all(|at| *at < until) && run.lists.len() > 190, "{}", run.lists.len());
}

#[test]
fn what_stops_the_run_says_so_and_leaves_the_items_unsent() {
    let check = |status: u16, expected: fn(&Ending) -> bool| {
        let mut run = Run::gifts(OrgFacts::default(), unsent(10));
        let ending = run.end(|_, _, _| answer(status, ""));
        assert!(expected(&ending), "{status} {ending:?}");
        assert_eq!(run.lists.len(), 1, "no storm");
        assert_eq!(run.state.progress().unsent, 10);
    };
    check(401, |e| matches!(e, Ending::Credentials { .. }));
    check(403, |e| matches!(e, Ending::Refused { status: 403, .. }));
    check(404, |e| matches!(e, Ending::Refused { status: 404, .. }));
    check(415, |e| matches!(e, Ending::Refused { status: 415, .. }));
}

#[test]
fn without_a_connection_it_waits_ever_longer_and_then_gives_up() {
    let mut run = Run::gifts(OrgFacts::default(), unsent(10));
    let ending = run.end(|_, _, _| Reply::NotConnected { why: "dns".into() });
    assert!(matches!(ending, Ending::Unreachable { .. }));
    let minutes: Vec<i64> = run.sent_at.windows(2).map(|w| w[1].since_ms(w[0]) / MINUTE).collect();
    assert_eq!(minutes, [1, 2, 4, 8, 15]);
    assert_eq!(run.state.progress().unsent, 10);
}

#[test]
fn a_vendor_that_answers_nothing_certain_gets_little_to_doubt() {
    let mut run = Run::gifts(OrgFacts::default(), unsent(5_000));
    let ending = run.end(|_, _, _| answer(200, "<html>maintenance</html>"));
    assert!(matches!(ending, Ending::Unreachable { .. }));
    assert!(run.state.progress().in_doubt <= 210, "{:?}", run.state.progress());
}

#[test]
fn the_cautious_policy_stops_after_three_doubtful_calls() {
    let terms = Terms { cautious: true, ..Terms::default() };
    let mut run = Run::new(ItemKind::Gift, terms, OrgFacts::default(), unsent(50));
    assert_eq!(run.end(|_, _, _| lost()), Ending::Cautious { calls: 3 });
    assert_eq!(run.lists.len(), 3);
}

#[test]
fn a_429_waits_and_a_long_one_pauses_the_run() {
    let throttle = |seconds: &str| Reply::Answered {
        status: 429,
        headers: vec![("retry-after".into(), seconds.into())],
        body: Bytes::new(),
    };
    let mut run = Run::gifts(OrgFacts::default(), unsent(3));
    let mut calls = 0;
    let ending = run.end(|_, _, _| {
        calls += 1;
        if calls == 1 { throttle("847") } else { answer(200, "") }
    });
    assert_eq!(ending, Ending::AllSent);
    assert!(run.sent_at[1].since_ms(run.sent_at[0]) >= 847_000);

    let mut run = Run::gifts(OrgFacts::default(), unsent(3));
    match run.end(|_, _, _| throttle("7200")) {
        Ending::Paused { until: Some(until), .. } => assert!(until.since_ms(START) >= 7_200_000),
        other => panic!("{other:?}"),
    }
    let mut run = Run::gifts(OrgFacts::default(), unsent(3));
    assert!(matches!(run.end(|_, _, _| throttle("1")), Ending::Paused { .. }));
    assert!(run.lists.len() <= 10);
}

#[test]
fn a_failed_look_up_changes_no_state_and_ends_somewhen() {
    let failures: [fn() -> Reply; 6] = [
        || answer(500, ""),
        || answer(200, "<html>"),
        || answer(200, r#"{"message":"busy"}"#),
        || answer(302, ""),
        lost,
        || Reply::NotConnected { why: "dns".into() },
    ];
    for failure in failures {
        let mut run =
            Run::gifts(OrgFacts::default(), vec![item(1, ItemState::InDoubt), item(2, ItemState::InDoubt)]);
        let ending = run.end(|_, _, _| failure());
        assert!(matches!(ending, Ending::InDoubt { items: 2 } | Ending::Unreachable { .. }), "{ending:?}");
        assert_eq!(run.state.progress().in_doubt, 2);
        assert!(run.looks.len() <= 12);
    }
    let mut run = Run::gifts(OrgFacts::default(), vec![item(1, ItemState::InDoubt)]);
    assert!(matches!(run.end(|_, _, _| answer(401, "")), Ending::Credentials { .. }));
}

#[test]
fn nothing_is_sent_around_midnight_but_doubts_are_looked_for() {
    let terms = Terms { guard: Some(Guard::new("UTC", 15).unwrap()), ..Terms::default() };
    let mut run = Run::new(
        ItemKind::Gift,
        terms,
        OrgFacts::default(),
        vec![item(1, ItemState::InDoubt), item(2, ItemState::Unsent)],
    );
    run.now = Moment(START.0 + 12 * 60 * MINUTE - 10 * MINUTE);
    let ending = run.end(|call, _, _| if is_send(call) { answer(200, "") } else { answer(404, "") });
    assert_eq!(ending, Ending::Parked { items: 1 });
    assert_eq!(run.sent_at[0], Moment(START.0 + 12 * 60 * MINUTE + 15 * MINUTE));
}

#[test]
fn a_stop_before_the_bytes_leave_is_no_doubt_and_one_in_the_air_is_finished() {
    let mut run = Run::gifts(OrgFacts::default(), unsent(3));
    run.feed(Event::Begin);
    assert!(run.feed(Event::Stop).is_empty());
    let actions = run.feed(Event::AttemptSaved { attempt: 1 });
    assert!(matches!(&actions[..], [Action::SaveOutcome { attempt: 1, outcome: Outcome::NoEffect { .. } }]));
    assert_eq!(run.feed(Event::OutcomeSaved), [Action::Finish(Ending::Interrupted)]);
    assert_eq!(run.state.progress().unsent, 3);

    let mut run = Run::gifts(OrgFacts::default(), unsent(3));
    run.feed(Event::Begin);
    run.feed(Event::AttemptSaved { attempt: 1 });
    assert_eq!(run.feed(Event::Stop), [Action::Await]);
    let call = Call::Send { attempt: 1 };
    run.feed(Event::Answered { call, reply: answer(200, "") });
    assert_eq!(run.feed(Event::OutcomeSaved), [Action::Finish(Ending::Interrupted)]);
    assert_eq!(run.state.progress().waiting, 3);
}

#[test]
fn a_laptop_that_slept_into_the_night_sends_nothing_it_decided_by_day() {
    let held_only = OrgFacts { repeats_imported: Repeats::Unknown, ..recognised() };
    let check = |items: Vec<Item>, wakes_ms: i64| {
        let terms = Terms { guard: Some(Guard::new("UTC", 15).unwrap()), ..Terms::default() };
        let mut run = Run::new(ItemKind::Gift, terms, held_only, items);
        run.now = START.plus_ms(60 * MINUTE);
        let actions = run.feed(Event::Begin);
        assert!(matches!(actions[..], [Action::SaveAttempt { .. }]));
        run.now = START.plus_ms(wakes_ms);
        let actions = run.feed(Event::AttemptSaved { attempt: 1 });
        let nothing = matches!(&actions[..], [Action::SaveOutcome { outcome: Outcome::NoEffect { .. }, .. }]);
        assert!(nothing, "{actions:?}");
    };
    let midnight = 12 * 60 * MINUTE;
    check(unsent(3), midnight);
    check(vec![item(1, ItemState::InDoubt)], midnight);
    check(vec![item(1, ItemState::InDoubt)], midnight + 7 * 60 * MINUTE);
}

#[test]
fn a_late_answer_closes_nothing() {
    let mut run = Run::gifts(OrgFacts::default(), unsent(3));
    run.feed(Event::Begin);
    run.feed(Event::AttemptSaved { attempt: 5 });
    for attempt in [4, 6] {
        let call = Call::Send { attempt };
        let late = Event::Answered { call, reply: answer(200, "") };
        assert!(run.feed(late).is_empty());
    }
    assert_eq!(run.state.progress().in_air, 1);
    for event in [Event::OutcomeSaved, Event::LookSaved, Event::Begin] {
        assert!(run.feed(event).is_empty());
    }
}

#[test]
fn a_restored_ledgers_items_settle_from_now() {
    let forgotten =
        Item { attempts: 0, doubtful_sends: 0, last_attempt: None, ..item(1, ItemState::InDoubt) };
    let mut run = Run::gifts(recognised(), vec![forgotten]);
    assert_eq!(run.end(|_, _, _| answer(200, "")), Ending::AllSent);
    assert!(run.sent_at[0].since_ms(START) >= 15 * MINUTE);
}

#[test]
fn fifty_refusals_in_a_row_stop_the_run() {
    let mut run = Run::gifts(atomic(), unsent(500));
    let ending = run.end(|_, _, _| refusal());
    assert!(matches!(ending, Ending::Refused { status: 400, .. }), "{ending:?}");
    assert_eq!(run.state.progress().refused, 50);
}

#[test]
fn a_hundred_thousand_items_are_stepped_through_quickly() {
    let began = std::time::Instant::now();
    let mut run = Run::gifts(OrgFacts::default(), unsent(100_000));
    assert_eq!(run.end(|_, _, _| answer(200, "")), Ending::AllSent);
    assert!(began.elapsed().as_secs() < 20);
}

#[test]
fn a_detail_whose_contact_is_gone_is_refused_and_the_others_go_on() {
    let details = |items| {
        let terms = Terms { pilot: false, list_max: 1, ..Terms::default() };
        Run::new(ItemKind::Detail, terms, OrgFacts::default(), items)
    };
    let mut run = details(unsent(4));
    let ending = run.end(|_, first, _| match first {
        2 => answer(404, r#"{"type":"NOT_FOUND"}"#),
        _ => answer(200, "{}"),
    });
    assert!(matches!(ending, Ending::AllSent), "{ending:?}");
    assert!(matches!(run.outcomes[1], Outcome::Refused { code: 404, .. }), "{:?}", run.outcomes);
    // An address that the vendor does not know is no matter of one contact.
    let mut run = details(unsent(9));
    let ending = run.end(|_, _, _| answer(404, ""));
    assert!(matches!(ending, Ending::Refused { status: 404, .. }), "{ending:?}");
    assert_eq!(run.lists.len(), 6);
}

#[test]
fn small_lists_prove_nothing_of_larger_ones() {
    let terms = Terms::default();
    let mut items = unsent(400);
    // What a doubt of yesterday left alone goes alone.
    for item in items.iter_mut().take(5) {
        (item.attempts, item.doubtful_sends, item.last_attempt) = (1, 1, Some(START));
    }
    let mut run = Run::new(ItemKind::Gift, terms, recognised(), items);
    run.end(|_, _, _| answer(200, "{}"));
    let sizes: Vec<i64> = run.lists.iter().map(|(first, last)| last - first + 1).collect();
    let first_of = |size: i64| sizes.iter().position(|one| *one >= size).unwrap();
    assert!(sizes[..first_of(3)].contains(&2), "a list of two before one of ten: {sizes:?}");
}
