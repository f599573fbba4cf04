//! What a schedule costs, and what a page costs when there are many gifts.

use super::*;
use std::time::{Duration, Instant};

/// The best of a few rounds, so that a busy machine does not fail the test.
fn best(rounds: usize, mut run: impl FnMut()) -> Duration {
    let round = || {
        let begun = Instant::now();
        run();
        begun.elapsed()
    };
    std::iter::repeat_with(round).take(rounds).min().unwrap()
}

#[test]
fn a_schedule_of_sixty_items_costs_little() {
    let bodies: Vec<String> =
        (0..60).map(|at| stranger_gift(&at.to_string(), &format!("d{at}")).to_string()).collect();
    let took = best(5, || {
        let mut world = world();
        for (at, body) in bodies.iter().enumerate() {
            let now = T0 + at as i64 * 3000;
            assert_eq!(send(&mut world, now, "POST", GIFT, body).0, 200);
            assert_eq!(send(&mut world, now, "GET", &format!("/api/Gift/Legacy/{at}"), "").0, 404);
        }
        world.advance(T0 + DAY);
        world.run_imports(T0 + DAY);
        assert_eq!(world.gifts().len(), 60);
    });
    println!("60 items: {took:?}");
    assert!(took < Duration::from_millis(10), "{took:?}");
}

#[test]
fn pages_of_a_thousand_over_two_hundred_thousand_gifts_use_the_index() {
    let mut world = world_of(Rules { limit: 1_000_000, ..Rules::default() });
    let template = gift("ID", "1.00").to_string();
    let begun = Instant::now();
    for chunk in 0..200 {
        let ids = (0..1000).map(|at| template.replace("ID", &format!("{}", chunk * 1000 + at)));
        let list = format!(
            "{{\"transactionSource\":\"Legacy\",\"transactions\":[{}]}}",
            ids.collect::<Vec<_>>().join(",")
        );
        assert_eq!(send(&mut world, T0, "POST", GIFTS, &list).0, 200);
    }
    let sent = begun.elapsed();
    world.midnight(T0);
    let bundled = begun.elapsed();
    world.run_imports(T0);
    println!("200,000 gifts: sent {sent:?}, bundled {bundled:?}, run {:?}", begun.elapsed());
    let page = |world: &mut World, after: i64, take: usize| {
        let body = json!({"groups": [{"conditions": [
            {"parameter": "Transaction Source", "operator": "Is", "value": "Legacy"},
            {"parameter": "Gift Id", "operator": "GreaterThan", "value": after}]}], "sortBy": "Id", "descending": "false"});
        post(world, &format!("/api/Gift/Query/FullGift?skip=0&take={take}"), &body).1
    };
    let answer: Value = serde_json::from_str(&page(&mut world, 150_000, 1000)).unwrap();
    assert_eq!((answer["total"].clone(), answer["list"].as_array().unwrap().len()), (json!(100_000), 1000));
    let finding = best(5, || assert!(page(&mut world, 150_000, 1).contains("\"total\":100000")));
    let whole = best(5, || assert!(page(&mut world, 150_000, 1000).len() > 1_000_000));
    println!("finding a page: {finding:?}; a page of 1,000: {whole:?}");
    assert!(finding < Duration::from_millis(2), "{finding:?}");
    assert!(whole < Duration::from_millis(200), "{whole:?}");
}
