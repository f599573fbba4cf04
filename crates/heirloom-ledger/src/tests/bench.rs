//! How fast and how large: `cargo test --release -p heirloom-ledger -- --ignored --nocapture`.
//!
//! Times vary four-fold with other load on the machine: compare two versions only alternately, and
//! against a line whose code did not change. The size of the ledger does not vary.

use std::time::Instant;

use heirloom_model::ItemKind;

use super::*;

const GIFTS: u32 = 200_000;
const CHUNK: u32 = 4_096;

fn text_row(n: u32) -> [String; 13] {
    let mixed = n.wrapping_mul(2_654_435_761);
    [
        format!("LRE-{n:07}"),
        format!("D{:06}", mixed % 40_000),
        format!("{:02}/{:02}/{}", 1 + mixed % 12, 1 + mixed % 28, 1990 + mixed % 35),
        format!("{}.{:02}", 5 + mixed % 900, mixed % 100),
        ["Cash", "Check", "Credit Card", "EFT"][mixed as usize % 4].to_owned(),
        format!("chk {}", mixed % 9_000),
        ["General", "Building", "Backpack Program", "Holiday Meals"][(mixed >> 3) as usize % 4].to_owned(),
        format!("Appeal {}", mixed % 60),
        "Spring Campaign".to_owned(),
        ["", "In memory of Jo Ann Carter", ""][(mixed >> 5) as usize % 3].to_owned(),
        "One-Time".to_owned(),
        format!("Batch {}", n / 50),
        ["", "thank by phone"][(mixed >> 7) as usize % 2].to_owned(),
    ]
}

fn bench_gift(file: FileId, n: u32) -> Gift {
    let mixed = n.wrapping_mul(2_654_435_761);
    let donor = format!("D{:06}", mixed % 40_000);
    let minor = i64::from(mixed % 90_000 + 500);
    let mut one = gift(row(file, n), &format!("LRE-{n:07}"), Some(&donor), minor);
    one.tender = Tender::Check { number: Some((mixed % 9_000).to_string()) };
    one.details.segment = Some(format!("AP{}", mixed % 60));
    one
}

fn bench_body(gift: &Gift) -> String {
    format!(
        "{{\"transactionSource\":\"raisers-edge\",\"transactionId\":\"{}\",\"contactId\":\"{}\",\
         \"giftDate\":\"{}\",\"giftType\":\"Check\",\"amount\":\"{}\",\"batch\":\"history-1\",\
         \"designations\":[{{\"code\":\"GEN\",\"amountDesignated\":\"{}\"}}]}}",
        gift.identity.to_key(),
        gift.row.0 % 40_000,
        gift.date,
        gift.amount().to_plain(),
        gift.amount().to_plain()
    )
}

fn timed(name: &str, rows: u32, work: impl FnOnce()) {
    let start = Instant::now();
    work();
    let seconds = start.elapsed().as_secs_f64();
    println!("{name:<24} {seconds:>7.2} s {:>10.0} rows/s", f64::from(rows) / seconds);
}

#[test]
#[ignore = "a benchmark"]
fn two_hundred_thousand_gifts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let ledger = Ledger::create(&path, &identity()).unwrap();
    let file = ledger.add_file("gifts:main", "a.csv", Digest::of(b"a"), 9, &[None]).unwrap();
    let mut text = 0usize;
    let chunks: Vec<Vec<SourceRow>> = (0..GIFTS.div_ceil(CHUNK))
        .map(|c| {
            let rows = c * CHUNK..((c + 1) * CHUNK).min(GIFTS);
            rows.map(|n| {
                let cells = text_row(n);
                text += cells.iter().map(|c| c.len() + 1).sum::<usize>();
                SourceRow::of_texts(row(file, n), n + 2, cells.iter().map(String::as_str))
            })
            .collect()
        })
        .collect();
    timed("read: save_chunk", GIFTS, || {
        for (n, rows) in chunks.iter().enumerate() {
            ledger.save_chunk(file, n as u32, rows).unwrap();
        }
    });
    let recipe = recipe(&ledger, "m");
    let mapped: Vec<Vec<Placed>> = chunks
        .iter()
        .map(|rows| {
            let gifts = rows.iter().map(|r| bench_gift(file, r.id.sequence()));
            gifts.map(placed).collect()
        })
        .collect();
    timed("map: save_mapped", GIFTS, || {
        for (n, all) in mapped.iter().enumerate() {
            ledger.save_mapped(file, n as u32, recipe, all).unwrap();
        }
    });
    let plan = ledger.open_plan(ItemKind::Gift, Digest::of(b"r"), "{}", Moment(1)).unwrap();
    timed("plan: gifts_ready", GIFTS, || {
        let mut after = None;
        while let Some(last) = ledger.gifts_ready(after, CHUNK).unwrap().last() {
            after = Some(last.row);
        }
    });
    timed("plan: ready and seal", GIFTS, || {
        let mut after = None;
        loop {
            let ready = ledger.gifts_ready(after, CHUNK).unwrap();
            let Some(last) = ready.last() else { break };
            after = Some(last.row);
            let items: Vec<_> = ready
                .iter()
                .map(|g| {
                    let sealed = Sealed::new(g.identity.to_key(), bench_body(g), Some(g.amount()));
                    (g.row, sealed)
                })
                .collect();
            ledger.seal(plan, &items).unwrap();
        }
    });
    timed("plan: close", GIFTS, || {
        ledger.close_plan(plan, "p").unwrap();
    });
    timed("piles", GIFTS, || {
        assert!(!ledger.piles().unwrap().is_empty());
    });
    timed("item_states", GIFTS, || {
        assert_eq!(ledger.item_states(plan).unwrap().len(), GIFTS as usize);
    });
    timed("check", GIFTS, || assert_eq!(ledger.check().unwrap(), []));
    drop(ledger);
    let size = std::fs::metadata(&path).unwrap().len();
    let rows = f64::from(GIFTS);
    println!(
        "source text {:.0} bytes a row, ledger {:.0}: {:.2} times",
        text as f64 / rows,
        size as f64 / rows,
        size as f64 / text as f64
    );
    let ledger = Ledger::open(&path).unwrap();
    timed("redo map", GIFTS, || {
        ledger.redo(crate::Stage::Map).unwrap();
    });
}
