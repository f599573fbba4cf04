//! An invented report to look at and to test with: a food bank, 2,512 gifts, a rehearsal
//! that is nearly through. Nobody in it exists.

mod after;

use std::sync::Arc;

use heirloom_model::{Code, Currency, Finding, GiftDate, Pile, RowRef, Tally, share_out};
use heirloom_report::{
    Agreement, ChainKind, ChainLine, DoubtLine, FileLine, FindingGroup, Rehearsal, Report, RowSum, RuleLine,
    Tile, Todo, Tone, VERSION,
};

use after::{donors, duplicates, plans, reconcile};

const FILE: Tally = tally(2_512, 48_731_265);
const EXCLUDED: Tally = tally(14, 402_500);
const HELD: Tally = tally(31, 1_187_040);
const SET_ASIDE: Tally = tally(3, 121_500);
const REPEAT: Tally = tally(4, 0);
const SEALED: Tally = tally(2_460, 47_020_225);
const WAITING: Tally = tally(38, 611_900);
const DOUBT: Tally = tally(1, 25_000);
const REFUSED: Tally = tally(2, 18_000);
const CONFIRMED: Tally = tally(2_419, 46_365_325);

/// The invented report; its numbers agree with each other.
pub fn food_bank() -> Report {
    Report {
        version: VERSION,
        migration: "riverbend-2026".into(),
        organization: "Riverbend Food Bank".into(),
        source: "RaisersEdge".into(),
        currency: Currency::USD,
        exported_on: GiftDate::new(2026, 3, 14).expect("a day"),
        rehearsal: Some(rehearsal()),
        at_work: None,
        unsettled: None,
        answer: "2,419 of 2,512 gifts are in the CRM and agree to the cent; 31 wait for you, 38 for the vendor, and 1 needs a ruling.".into(),
        tiles: tiles(),
        chain: chain(),
        todo: todo(),
        rows: rows(),
        other_currencies: Vec::new(),
        files: files(),
        by_year: by_year(),
        by_fund: spread(&[("GENERAL", 52), ("WINTER-MEALS", 19), ("BLDG-98", 11), ("BACKPACK", 9), ("MOBILE-PANTRY", 5), ("ENDOWMENT", 3), ("unknown", 1)]),
        by_type: spread(&[("Check", 47), ("Credit", 33), ("Cash", 9), ("EFT", 6), ("Stock", 3), ("Non-Cash", 2)]),
        excluded: vec![rule("pledges are promises", 11, 390_000), rule("soft credits", 2, 12_500), rule("test entries", 1, 0)],
        blanks: vec![rule("fund: blank means GENERAL", 83, 1_204_410), rule("donor: blank means anonymous", 12, 31_800)],
        piles: piles(),
        findings: findings(),
        donors: donors(),
        duplicates: duplicates(),
        plans: plans(),
        reconcile: Some(reconcile()),
        in_doubt: vec![DoubtLine { key: "RaisersEdge:GF-20417".into(), minor: 25_000, since: "2026-03-16, 14 h on the simulated clock".into(), parked: true }],
        decisions: vec![
            "MK set 3 gifts aside, $1,215.00: \"returned checks, booked twice in 2011\"".into(),
            "DP merged donors D-0451 and D-2210: \"same person, moved in 2016\"".into(),
            "DP mapped fund \"Bldg Fund 1998\" to BLDG-98".into(),
        ],
        provenance: [("heirloom", "0.1.0"), ("mapping digest", "b3f1c9e07a5d2446b3f1c9e07a5d2446"), ("ledger digest", "17aa90c4e2d84b1c17aa90c4e2d84b1c"), ("seed", "20260319")]
            .map(|(what, value)| (what.to_owned(), value.to_owned()))
            .to_vec(),
        next: "heirloom fix export corrections.xlsx".into(),
    }
}

/// 2,512 rows of gifts below two headers, three titles and a grand total.
fn rows() -> RowSum {
    RowSum {
        rows: FILE.rows + 6,
        gifts: SEALED.rows - 96,
        further: 96,
        repeats: REPEAT.rows,
        sent_before: 0,
        excluded: EXCLUDED.rows,
        held: HELD.rows,
        set_aside: SET_ASIDE.rows,
        not_data: 6,
        ..RowSum::default()
    }
}

const fn tally(rows: u64, minor: i128) -> Tally {
    Tally { rows, minor }
}

fn rehearsal() -> Rehearsal {
    Rehearsal {
        seed: 20_260_319,
        world:
            "1,200 requests an hour shared with two other systems, nightly bundling at 02:00, faults: nasty"
                .into(),
        on_the_way: ["2 power cuts", "7 lost answers", "3 server errors", "1 refused token"]
            .map(str::to_owned)
            .to_vec(),
        simulated_ms: 31 * 3_600_000 + 12 * 60_000,
        requests: 668,
        nights: 2,
        runs: 2,
    }
}

fn tiles() -> Vec<Tile> {
    [
        ("In the CRM, agrees", CONFIRMED, Tone::Good),
        ("Waits at the vendor", WAITING, Tone::Wait),
        (
            "Needs you",
            tally(HELD.rows + DOUBT.rows + REFUSED.rows, HELD.minor + DOUBT.minor + REFUSED.minor),
            Tone::Act,
        ),
        (
            "Left out on purpose",
            tally(EXCLUDED.rows + SET_ASIDE.rows, EXCLUDED.minor + SET_ASIDE.minor),
            Tone::Plain,
        ),
    ]
    .map(|(label, sum, tone)| Tile { label: label.into(), rows: sum.rows, minor: sum.minor, tone })
    .to_vec()
}

fn chain() -> Vec<ChainLine> {
    use ChainKind::{End, Minus, Start, Subtotal};
    [
        (Start, "In the file", FILE, "the sheet's own grand total says the same"),
        (Minus, "left out by named rules", EXCLUDED, "3 rules, listed below"),
        (Minus, "waits for you", HELD, "4 kinds of problem"),
        (Minus, "set aside by people", SET_ASIDE, "each with a reason"),
        (Minus, "repeats of other rows", REPEAT, "worth nothing by themselves"),
        (Subtotal, "Sealed and sent", SEALED, "2 plans"),
        (Minus, "waits at the vendor", WAITING, "imported with the next Run"),
        (Minus, "in doubt", DOUBT, "sent, no answer, looked for, not found"),
        (Minus, "refused by the vendor", REFUSED, "unknown project code"),
        (End, "In the CRM", CONFIRMED, "seen there, compared field by field"),
    ]
    .map(|(kind, label, sum, note)| ChainLine {
        label: label.into(),
        rows: sum.rows,
        minor: sum.minor,
        kind,
        note: note.into(),
    })
    .to_vec()
}

fn todo() -> Vec<Todo> {
    [
        ("Rule on the gift in doubt: did it arrive?", "data manager", DOUBT, "heirloom unresolved"),
        ("Correct the rows that are held", "data manager", HELD, "heirloom fix export corrections.xlsx"),
        ("Check the batch and press Run", "whoever may import at the vendor", WAITING, "heirloom handover"),
        ("Look at 9 pairs of donors who may be one", "data manager", tally(0, 0), "heirloom dedupe review"),
        ("Add project code WINTER-MEALS-24 at the vendor", "finance", REFUSED, ""),
    ]
    .map(|(what, owner, sum, command)| Todo {
        what: what.into(),
        owner: owner.into(),
        rows: sum.rows,
        minor: sum.minor,
        command: command.into(),
    })
    .to_vec()
}

fn files() -> Vec<FileLine> {
    let line = |name: &str, sheet: Option<&str>, sum: Tally, notes: &[&str]| FileLine {
        name: name.into(),
        sheet: sheet.map(str::to_owned),
        rows: sum.rows,
        minor: sum.minor,
        notes: notes.iter().map(|&n| n.to_owned()).collect(),
        digest: "9c41f0a2b77e4d3385aa10fe6c2b9d01".into(),
    };
    vec![
        line(
            "gifts_2008-2025.xlsx",
            Some("Gifts"),
            FILE,
            &[
                "header in row 3",
                "sheet \"Pivot\" was not read: 31 rows",
                "month first, because of 1,204 rows such as 03/17/2011",
            ],
        ),
        line(
            "donors.csv",
            None,
            tally(906, 0),
            &["windows-1252, because byte 0xE9 at line 12 is not UTF-8", "semicolons, 21 columns"],
        ),
    ]
}

/// Shares the five totals out over labels by weight; the parts add up to the cent.
fn spread(weights: &[(&str, i64)]) -> Vec<Agreement> {
    let parts = |sum: Tally| -> Vec<Tally> {
        let weights: Vec<i64> = weights.iter().map(|w| w.1).collect();
        let rows = share_out(sum.rows as i64, &weights).expect("weights are positive");
        let minor = share_out(sum.minor as i64, &rows).expect("some line has rows");
        let both = rows.into_iter().zip(minor);
        both.map(|(r, m)| tally(r as u64, i128::from(m))).collect()
    };
    let (file, excluded, held) = (parts(FILE), parts(EXCLUDED), parts(HELD));
    let (sent, confirmed) = (parts(SEALED), parts(CONFIRMED));
    (0..weights.len())
        .map(|i| Agreement {
            label: weights[i].0.into(),
            file: file[i],
            excluded: excluded[i],
            held: held[i],
            sent: sent[i],
            confirmed: confirmed[i],
            agrees: true,
        })
        .collect()
}

fn by_year() -> Vec<Agreement> {
    let weights = [11, 14, 15, 19, 22, 21, 27, 30, 33, 31, 38, 44, 92, 71, 58, 55, 61, 9];
    let years: Vec<String> = (2008..2026).map(|y| y.to_string()).collect();
    let mut lines = spread(&years.iter().map(String::as_str).zip(weights).collect::<Vec<_>>());
    lines.push(Agreement { label: "unknown".into(), agrees: true, ..Agreement::default() });
    lines
}

fn rule(rule: &str, rows: u64, minor: i128) -> RuleLine {
    RuleLine { rule: rule.into(), rows, minor }
}

fn piles() -> Vec<(Pile, Tally)> {
    vec![
        (Pile::Excluded, EXCLUDED),
        (Pile::Held, HELD),
        (Pile::SetAside, SET_ASIDE),
        (Pile::Repeat, REPEAT),
        (Pile::Parked, DOUBT),
        (Pile::Refused, REFUSED),
        (Pile::Waiting, WAITING),
        (Pile::Confirmed, CONFIRMED),
    ]
}

fn findings() -> Vec<FindingGroup> {
    vec![
        group(
            Code::UnmappedFund,
            "H \"Fund Desc\"",
            21,
            884_540,
            &[("Bldg Fnd 98", 17, 812_000), ("Winter mls", 4, 72_540)],
            "close: \"Building Fund 1998\" -> BLDG-98 (87 % alike)",
        ),
        group(
            Code::BadDate,
            "C \"Gift Date\"",
            6,
            41_500,
            &[("02/30/2014", 4, 31_500), ("unknown", 2, 10_000)],
            "",
        ),
        group(Code::UnknownDonor, "A \"Constituent ID\"", 3, 250_000, &[("D-9917", 3, 250_000)], ""),
        group(Code::NegativeAmount, "D \"Amount\"", 1, -11_000, &[("-110.00", 1, -11_000)], ""),
        group(Code::BadEmail, "N \"E-mail\"", 12, 0, &[("j.doe@@example", 2, 0), ("none", 10, 0)], ""),
    ]
}

fn group(
    code: Code,
    column: &str,
    rows: u64,
    minor: i128,
    values: &[(&str, u64, i128)],
    detail: &str,
) -> FindingGroup {
    let example = |(i, &(seen, ..)): (usize, &(&str, u64, i128))| Finding {
        code,
        at: RowRef {
            file: Arc::from("gifts_2008-2025.xlsx"),
            sheet: Some(Arc::from("Gifts")),
            row_number: 1_207 + 311 * i as u32,
        },
        column: Some(column.to_owned()),
        seen: seen.to_owned(),
        detail: detail.to_owned(),
    };
    FindingGroup {
        code,
        rows,
        minor,
        values: values.iter().map(|&(seen, n, m)| (seen.to_owned(), n, m)).collect(),
        examples: values.iter().enumerate().map(example).collect(),
    }
}
