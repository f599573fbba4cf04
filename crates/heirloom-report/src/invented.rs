//! An invented report to look at and to test with: a food bank, 2,512 gifts, a rehearsal
//! that is nearly through. Nobody in it exists.

use std::sync::Arc;

use heirloom_model::{
    Code, Currency, Finding, GiftDate, ItemKind, ItemState, Pile, RowRef, Tally, share_out,
};
use heirloom_report::{
    Agreement, ChainKind, ChainLine, DonorBalance, DoubtLine, Duplicates, FileLine, FindingGroup,
    PairLine, PlanLine, ReconcileLine, Rehearsal, Report, RuleLine, Tile, Todo, Tone, VERSION,
    Ways,
};

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
        answer: "2,419 of 2,512 gifts are in the CRM and agree to the cent; 31 wait for you, 38 for the vendor, and 1 needs a ruling.".into(),
        tiles: tiles(),
        chain: chain(),
        todo: todo(),
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

const fn tally(rows: u64, minor: i128) -> Tally {
    Tally { rows, minor }
}

fn rehearsal() -> Rehearsal {
    Rehearsal {
        seed: 20_260_319,
        world: "1,200 requests an hour shared with two other systems, nightly bundling at 02:00, faults: nasty".into(),
        on_the_way: ["2 power cuts", "7 lost answers", "3 server errors", "1 refused token"].map(str::to_owned).to_vec(),
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
            tally(
                HELD.rows + DOUBT.rows + REFUSED.rows,
                HELD.minor + DOUBT.minor + REFUSED.minor,
            ),
            Tone::Act,
        ),
        (
            "Left out on purpose",
            tally(
                EXCLUDED.rows + SET_ASIDE.rows,
                EXCLUDED.minor + SET_ASIDE.minor,
            ),
            Tone::Plain,
        ),
    ]
    .map(|(label, sum, tone)| Tile {
        label: label.into(),
        rows: sum.rows,
        minor: sum.minor,
        tone,
    })
    .to_vec()
}

fn chain() -> Vec<ChainLine> {
    use ChainKind::{End, Minus, Start, Subtotal};
    [
        (
            Start,
            "In the file",
            FILE,
            "the sheet's own grand total says the same",
        ),
        (
            Minus,
            "left out by named rules",
            EXCLUDED,
            "3 rules, listed below",
        ),
        (Minus, "waits for you", HELD, "4 kinds of problem"),
        (
            Minus,
            "set aside by people",
            SET_ASIDE,
            "each with a reason",
        ),
        (
            Minus,
            "repeats of other rows",
            REPEAT,
            "worth nothing by themselves",
        ),
        (Subtotal, "Sealed and sent", SEALED, "2 plans"),
        (
            Minus,
            "waits at the vendor",
            WAITING,
            "imported with the next Run",
        ),
        (
            Minus,
            "in doubt",
            DOUBT,
            "sent, no answer, looked for, not found",
        ),
        (
            Minus,
            "refused by the vendor",
            REFUSED,
            "unknown project code",
        ),
        (
            End,
            "In the CRM",
            CONFIRMED,
            "seen there, compared field by field",
        ),
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
        (
            "Rule on the gift in doubt: did it arrive?",
            "data manager",
            DOUBT,
            "heirloom unresolved",
        ),
        (
            "Correct the rows that are held",
            "data manager",
            HELD,
            "heirloom fix export corrections.xlsx",
        ),
        (
            "Check the batch and press Run",
            "whoever may import at the vendor",
            WAITING,
            "heirloom handover",
        ),
        (
            "Look at 9 pairs of donors who may be one",
            "data manager",
            tally(0, 0),
            "heirloom dedupe review",
        ),
        (
            "Add project code WINTER-MEALS-24 at the vendor",
            "finance",
            REFUSED,
            "",
        ),
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
            &[
                "windows-1252, because byte 0xE9 at line 12 is not UTF-8",
                "semicolons, 21 columns",
            ],
        ),
    ]
}

/// Shares the five totals out over labels by weight; the parts add up to the cent.
fn spread(weights: &[(&str, i64)]) -> Vec<Agreement> {
    let parts = |sum: Tally| {
        let weights: Vec<i64> = weights.iter().map(|w| w.1).collect();
        let share = |total: i64| share_out(total, &weights).expect("weights are positive");
        let rows = share(sum.rows as i64).into_iter();
        rows.zip(share(sum.minor as i64))
            .map(|(r, m)| tally(r as u64, i128::from(m)))
            .collect::<Vec<_>>()
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
    let weights = [
        11, 14, 15, 19, 22, 21, 27, 30, 33, 31, 38, 44, 92, 71, 58, 55, 61, 9,
    ];
    let years: Vec<String> = (2008..2026).map(|y| y.to_string()).collect();
    let mut lines = spread(
        &years
            .iter()
            .map(String::as_str)
            .zip(weights)
            .collect::<Vec<_>>(),
    );
    lines.push(Agreement {
        label: "unknown".into(),
        agrees: true,
        ..Agreement::default()
    });
    lines
}

fn rule(rule: &str, rows: u64, minor: i128) -> RuleLine {
    RuleLine {
        rule: rule.into(),
        rows,
        minor,
    }
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
        group(
            Code::UnknownDonor,
            "A \"Constituent ID\"",
            3,
            250_000,
            &[("D-9917", 3, 250_000)],
            "",
        ),
        group(
            Code::NegativeAmount,
            "D \"Amount\"",
            1,
            11_000,
            &[("-110.00", 1, 11_000)],
            "",
        ),
        group(
            Code::BadEmail,
            "N \"E-mail\"",
            12,
            0,
            &[("j.doe@@example", 2, 0), ("none", 10, 0)],
            "",
        ),
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
        values: values
            .iter()
            .map(|&(seen, n, m)| (seen.to_owned(), n, m))
            .collect(),
        examples: values.iter().enumerate().map(example).collect(),
    }
}

fn donors() -> DonorBalance {
    DonorBalance {
        records: 906,
        excluded: 4,
        held: 5,
        persons: 921,
        contacts: 811,
        merged_into: 52,
        second_individuals: 34,
        sent: Ways {
            addresses: 788,
            phones: 640,
            emails: 512,
            flags: 71,
            references: 866,
        },
        due_later: Ways {
            addresses: 12,
            phones: 31,
            emails: 19,
            flags: 0,
            references: 31,
        },
        handed_over: Ways {
            addresses: 3,
            phones: 8,
            emails: 12,
            flags: 2,
            references: 0,
        },
    }
}

fn duplicates() -> Duplicates {
    let pair = |a: &str, b: &str, percent, reasons: &str| PairLine {
        a: a.into(),
        b: b.into(),
        percent,
        reasons: reasons.into(),
    };
    Duplicates {
        sure: 52,
        review: 9,
        largest: vec![
            ("D-0451".into(), 4),
            ("D-0077".into(), 3),
            ("D-1310".into(), 3),
        ],
        examples: vec![
            pair(
                "D-0451",
                "D-2210",
                97,
                "same e-mail, same last name, first name close (Jon, Jonathan); street differs",
            ),
            pair(
                "D-0077",
                "D-0903",
                64,
                "same address, same last name; birth year missing on one",
            ),
        ],
    }
}

fn plans() -> Vec<PlanLine> {
    vec![
        PlanLine {
            name: "2026-03-15-contacts".into(),
            kind: ItemKind::Contact,
            items: 811,
            minor: 0,
            batch: "".into(),
            states: vec![(ItemState::Confirmed, 811, 0)],
            digest: "5d0a7be1c9440f2e5d0a7be1c9440f2e".into(),
        },
        PlanLine {
            name: "2026-03-16-gifts".into(),
            kind: ItemKind::Gift,
            items: SEALED.rows,
            minor: SEALED.minor,
            batch: "HLM-2026-03-16".into(),
            states: vec![
                (ItemState::Parked, DOUBT.rows, DOUBT.minor),
                (ItemState::Refused, REFUSED.rows, REFUSED.minor),
                (ItemState::Waiting, WAITING.rows, WAITING.minor),
                (ItemState::Confirmed, CONFIRMED.rows, CONFIRMED.minor),
            ],
            digest: "a83cc6d1904e7b55a83cc6d1904e7b55".into(),
        },
    ]
}

fn reconcile() -> ReconcileLine {
    ReconcileLine {
        gifts: SEALED.rows,
        gifts_minor: SEALED.minor,
        agree: CONFIRMED.rows,
        waiting: WAITING.rows,
        differs: 0,
        missing: DOUBT.rows + REFUSED.rows,
        unexpected: 0,
        not_checked: 0,
        differences: vec!["GF-20417: not at the vendor; $250.00 of 2016-12-29".into()],
    }
}

/// The same report with every text hostile: to pages, terminals and eyes.
#[cfg(test)]
pub fn hostile() -> Report {
    let mut report = food_bank();
    each_text(&mut report, &mut |text| *text = HOSTILE.to_owned());
    report
}

/// What each text of [`hostile`] says.
#[cfg(test)]
pub const HOSTILE: &str = "</title></style><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;{{7*7}}\x1b[2J\x1b]0;x\x07\r\n\u{9b}31m\u{202e}gnp\u{0}";

#[cfg(test)]
fn each_text(r: &mut Report, change: &mut impl FnMut(&mut String)) {
    [
        &mut r.migration,
        &mut r.organization,
        &mut r.source,
        &mut r.answer,
        &mut r.next,
    ]
    .map(&mut *change);
    if let Some(rehearsal) = &mut r.rehearsal {
        change(&mut rehearsal.world);
        rehearsal.on_the_way.iter_mut().for_each(&mut *change);
    }
    r.tiles.iter_mut().for_each(|t| change(&mut t.label));
    for line in &mut r.chain {
        [&mut line.label, &mut line.note].map(&mut *change);
    }
    for todo in &mut r.todo {
        [&mut todo.what, &mut todo.owner, &mut todo.command].map(&mut *change);
    }
    for file in &mut r.files {
        [&mut file.name, &mut file.digest].map(&mut *change);
        file.sheet
            .iter_mut()
            .chain(&mut file.notes)
            .for_each(&mut *change);
    }
    for lines in [&mut r.by_year, &mut r.by_fund, &mut r.by_type] {
        lines.iter_mut().for_each(|l| change(&mut l.label));
    }
    for lines in [&mut r.excluded, &mut r.blanks] {
        lines.iter_mut().for_each(|l| change(&mut l.rule));
    }
    for group in &mut r.findings {
        group.values.iter_mut().for_each(|v| change(&mut v.0));
        group
            .examples
            .iter_mut()
            .for_each(|e| each_finding_text(e, change));
    }
    r.duplicates
        .largest
        .iter_mut()
        .for_each(|l| change(&mut l.0));
    for pair in &mut r.duplicates.examples {
        [&mut pair.a, &mut pair.b, &mut pair.reasons].map(&mut *change);
    }
    for plan in &mut r.plans {
        [&mut plan.name, &mut plan.batch, &mut plan.digest].map(&mut *change);
    }
    r.reconcile
        .iter_mut()
        .flat_map(|l| &mut l.differences)
        .for_each(&mut *change);
    for doubt in &mut r.in_doubt {
        [&mut doubt.key, &mut doubt.since].map(&mut *change);
    }
    r.decisions.iter_mut().for_each(&mut *change);
    for (what, value) in &mut r.provenance {
        [what, value].map(&mut *change);
    }
}

#[cfg(test)]
fn each_finding_text(finding: &mut Finding, change: &mut impl FnMut(&mut String)) {
    let (mut file, mut sheet) = (String::new(), String::new());
    [
        &mut file,
        &mut sheet,
        &mut finding.seen,
        &mut finding.detail,
    ]
    .map(&mut *change);
    finding.at.file = Arc::from(file);
    finding.at.sheet = Some(Arc::from(sheet));
    finding.column.iter_mut().for_each(change);
}
