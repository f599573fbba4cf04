//! Drafts of small files.

use super::*;
use crate::Profiler;
use crate::testing::rows_of;

fn drafted(rows: &[&str], presets: &[(&str, &str)]) -> (RecordKind, Vec<(String, String)>, String) {
    let rows = rows_of(1, rows);
    let mut profiler = Profiler::new(&[None]);
    rows.iter().cloned().for_each(|row| profiler.add(row));
    let sheet = profiler.finish().sheets.remove(0);
    let suggestion = suggest("gifts.csv", &sheet, presets, Ask::default());
    let mut tallier = Tallier::new(&suggestion, 0);
    rows.iter().for_each(|row| tallier.add(row));
    let draft = suggestion.draft(&tallier);
    let text = |name: &str| presets.iter().find(|(n, _)| *n == name).map(|(_, t)| (*t).to_owned());
    if let Err(problems) = crate::parse("draft.toml", &draft, &text) {
        panic!("{}\n{draft}", problems[0]);
    }
    let header = |c: usize| sheet.columns[c].header.clone();
    (
        suggestion.record,
        suggestion.guesses.iter().map(|g| (g.field.clone(), header(g.column))).collect(),
        draft,
    )
}

const GIFTS: [&str; 5] = [
    "GiftRef|Donor No|Date Given|Date Entered|Amt|Paid By|Fund \"Name\"|Remark",
    "G1|D1|3/25/1998|3/26/1998|$1,250.00|chk|Roof|",
    "G2|D1|4/1/1998|4/2/1998|$5.50|cash|General|x",
    "G3|D2|5/1/1998|5/2/1998|$4.50|cash|General|",
    "Total||||$1,260.00|||",
];

#[test]
fn a_draft_parses_names_its_reasons_and_leaves_meanings_open() {
    let (record, guesses, draft) = drafted(&GIFTS, &[]);
    assert_eq!(record, RecordKind::Gift);
    for (field, header) in [
        ("id", "GiftRef"),
        ("donor", "Donor No"),
        ("date", "Date Given"),
        ("amount", "Amt"),
        ("method", "Paid By"),
        ("fund", "Fund \"Name\""),
    ] {
        assert!(guesses.contains(&(field.to_owned(), header.to_owned())), "{field}: {guesses:?}");
    }
    assert!(draft.contains("fund = { column = \"Fund \\\"Name\\\"\" }"), "{draft}");
    assert!(draft.contains("# \"General\" = \"\"   # 2 rows, 10.00"), "{draft}");
    assert!(draft.contains("#   \"Remark\",   # column H: text, 33 % filled, 1 different"), "{draft}");
    assert!(draft.contains("total = "), "{draft}");
    assert!(draft.contains("never repeats, 100 % filled"), "{draft}");
}

#[test]
fn a_preset_that_fits_is_extended_and_what_it_knows_is_not_asked() {
    let preset = "version = 1\nrecord = \"gift\"\nsystem = \"Old\"\n[fields]\nid = { column = \"GiftRef\" }\ndonor = { column = \"Donor No\" }\ndate = { column = \"Date Given\" }\namount = { column = \"Amt\" }\nfund = { column = \"Fund Name\" }\nmethod = { column = \"Paid By\" }\n[values.method]\n\"cash\" = \"Cash\"\n";
    let (_, guesses, draft) = drafted(&GIFTS, &[("old-gifts", preset)]);
    assert!(draft.contains("extends = \"old-gifts\""), "{draft}");
    assert!(guesses.contains(&("date".to_owned(), "Date Given".to_owned())));
    assert!(draft.contains("# \"chk\" = \"\"   # 1 row, 1,250.00"), "{draft}");
    assert!(!draft.contains("\"cash\" ="), "{draft}");
}

#[test]
fn donors_are_told_from_gifts_and_wide_rows_are_taken_apart() {
    let (record, guesses, draft) = drafted(
        &[
            "ID|First|Last|Street|City|ST|Zip|E-Mail|Deceased",
            "1|Ada|Dunmore|1 Oak|Mesa|AZ|85201|ada@example.org|no",
            "2|Ben|Kemble|2 Oak|Mesa|AZ|85202||yes",
        ],
        &[],
    );
    assert_eq!(record, RecordKind::Donor);
    for field in
        ["id", "first", "last", "address line1", "address city", "address postal", "email home", "deceased"]
    {
        assert!(guesses.iter().any(|(f, _)| f == field), "{field}: {guesses:?}\n{draft}");
    }
    let (record, _, draft) = drafted(
        &[
            "Donor No|Gift 1 Date|Gift 1 Amt|Gift 1 For|Gift 2 Date|Gift 2 Amt|Gift 2 For",
            "1|4/28/2016|$15.00|General|5/28/2016|$25.00|Roof",
            "2|4/28/2017|$15.00|General|||",
        ],
        &[],
    );
    assert_eq!(record, RecordKind::Gift);
    assert!(
        draft.contains("row = \"wide\"") && draft.contains("date = { column = \"Gift {n} Date\" }"),
        "{draft}"
    );
    assert!(draft.contains("# \"General\" = \"\"   # 2 rows"), "{draft}");
}

#[test]
fn a_file_without_names_is_drafted_by_letter() {
    let (_, _, draft) = drafted(&["1|1998-03-25|5.00", "2|1998-03-26|6.00"], &[]);
    assert!(draft.contains("no_header = true"), "{draft}");
}
