//! Where a table lies in a file, and what stops a survey.

use std::sync::Arc;

use heirloom_model::{CellKind, FileId, Place, RowId, SourceRow};

use crate::testing::{Gifts, rows_of, survey};
use crate::{Part, Survey, SurveyProblem, Surveyor};

const HEADER: &str = "id|donor|date|amount|fund|method|Extra";

fn lines(toml: &str, lines: &[&str]) -> Result<Survey, Vec<SurveyProblem>> {
    let mapping = Gifts::new(toml, &[]).mapping();
    survey(&mapping, Part::Main, "gifts.csv", &rows_of(1, lines))
}

#[test]
fn the_header_is_found_below_titles() {
    let found = lines(
        "",
        &[
            "Gifts of 2020",
            "all funds|x",
            HEADER,
            "1|D1|2020-01-31|1|GEN|Cash",
            HEADER,
            "2|D1|2020-01-31|1|GEN|Cash",
        ],
    )
    .unwrap();
    let sheet = &found.structure().sheets[0];
    assert_eq!(sheet.header.as_ref().unwrap().0, 3);
    assert_eq!(sheet.titles, [(1, "Gifts of 2020".to_owned()), (2, "all funds | x".to_owned())]);
    assert_eq!((found.data_rows(), sheet.skipped.len()), (2, 1));
    assert_eq!(found.amount_column(0), Some(3));
}

#[test]
fn names_may_stand_in_two_rows() {
    let fields = "[fields]\namount = { column = \"Gift Amount\" }\ndate = { column = \"Gift Date\" }\n";
    let rows = [
        "Report||||||",
        "|Gift|||To|How|",
        "id|Donor|Date|Amount|fund|method|Extra",
        "1|D1|2020-01-31|1|GEN|Cash|",
    ];
    for shape in ["header_rows = 2", "header_rows = 2\nheader_row = 2"] {
        let found = lines(&format!("[file]\n{shape}\n{fields}"), &rows).unwrap();
        let sheet = &found.structure().sheets[0];
        let (row, names) = sheet.header.as_ref().unwrap();
        assert_eq!((*row, names[2].as_str(), names[0].as_str()), (3, "Gift Date", "id"));
        assert_eq!((found.data_rows(), found.amount_column(0), sheet.titles.len()), (1, Some(3), 1));
    }
    let problems =
        lines("[file]\nheader_rows = 2\n[fields]\nfund = { column = \"Fnud\" }", &rows).unwrap_err();
    assert!(problems[0].message.contains("\"Fnud\" is not in gifts.csv row 3"), "{}", problems[0].message);
    let twice = ["Home|Work|a|b|c|d", "id|id|date|amount|fund|method", "1|D1|2020-01-31|1|GEN|Cash"];
    let fields = "[fields]\ndonor = { column = \"Work id\" }\nid = { column = \"Home id\" }";
    assert!(lines(&format!("[file]\nheader_rows = 2\n{fields}"), &twice).is_ok());
}

#[test]
fn an_optional_column_may_be_missing_and_a_template_joins_columns() {
    let toml = r#"[fields]
check_number = { column = ["Check No", "Check #"], optional = true }
notes = [{ label = "Batch", template = "{fund}-{Extra}" }]
"#;
    let file = Gifts::new(toml, &["1|D1|1/31/2020|1|GEN|Check|7"]);
    assert_eq!(file.codes(), ["gift"]);
    assert_eq!(file.gift(0).details.notes.as_deref(), Some("Batch: GEN-7"));
}

#[test]
fn a_value_may_count_in_some_rows_only() {
    let toml = r#"[fields]
check_number = { first_of = [
  { column = "Extra", when = [{ column = "Method", is = ["Check"] }] },
  { constant = "none", when = [{ column = "Method", is_not = ["Check"] }] },
] }
"#;
    let file = Gifts::new(toml, &["1|D1|1/31/2020|1|GEN|Check|7", "2|D1|1/31/2020|1|GEN|Cash|8"]);
    assert_eq!(file.gift(0).tender, heirloom_model::Tender::Check { number: Some("7".into()) });
    assert_eq!(file.gift(1).details.notes.as_deref(), Some("Check number: none"));
}

#[test]
fn a_missing_column_is_named_with_its_nearest() {
    let problems =
        lines("", &["id|donor|date|amuont|fund|method", "1|D1|2020-01-31|1|GEN|Cash"]).unwrap_err();
    assert_eq!(problems.len(), 1);
    let message = &problems[0].message;
    assert!(message.starts_with("the column \"amount\" is not in gifts.csv row 1\n"), "{message}");
    assert!(
        message.contains("--> ") && message.contains("^^^^^^^^"),
        "it shows the line that asks: {message}"
    );
    assert_eq!(problems[0].help, "closest columns there: \"amuont\"");
}

#[test]
fn a_column_found_twice_is_refused() {
    let problems =
        lines("", &["id|donor|date|amount|fund|method|A-mount", "1|D1|2020-01-31|1|GEN|Cash|2"]).unwrap_err();
    assert!(problems[0].message.contains("2 times: D, G"), "{}", problems[0].message);
    assert!(
        lines(
            "[fields]\namount = { letter = \"G\" }",
            &["id|donor|date|amount|fund|method|Amount", "1|D1|2020-01-31|1|GEN|Cash|2"]
        )
        .is_ok()
    );
}

#[test]
fn an_empty_file_is_not_a_quiet_success() {
    assert!(lines("", &[]).unwrap_err()[0].message.contains("has no rows"));
}

#[test]
fn footers_are_skipped_and_blank_cells_filled_down() {
    let file = Gifts::new(
        "[file]\nskip = [\"^printed on\"]\nfill_down = [\"donor\"]",
        &[
            "1|D1|1/31/2020|1|GEN|Cash",
            "2||1/31/2020|1|GEN|Cash",
            "3|D2|1/31/2020|1|GEN|Cash",
            "4||1/31/2020|1|GEN|Cash",
            "Printed on 1 May||||",
            "5||1/31/2020|1|GEN|Cash",
        ],
    );
    assert_eq!(file.codes(), ["gift"; 5]);
    let donors: Vec<Option<String>> = (0..5).map(|i| file.gift(i).donor).collect();
    assert_eq!(donors, ["D1", "D1", "D2", "D2", "D2"].map(|d| Some(d.to_owned())));
}

#[test]
fn a_file_without_header_is_read_by_letters() {
    let toml = "[file]\nno_header = true\n[fields]\nid = { letter = \"A\" }\ndonor = { letter = \"B\" }\ndate = { letter = \"C\" }\namount = { letter = \"D\" }\nfund = { letter = \"E\" }\nmethod = { letter = \"F\" }";
    let found = lines(toml, &["1|D1|2020-01-31|1|GEN|Cash"]).unwrap();
    assert_eq!((found.data_rows(), found.amount_column(0)), (1, Some(3)));
}

#[test]
fn every_sheet_has_its_own_header() {
    let mapping = Gifts::new("", &[]).mapping();
    let sheet_rows = |sheet: u16, from: u32, lines: &[&str]| -> Vec<SourceRow> {
        lines
            .iter()
            .enumerate()
            .map(|(i, line)| {
                let mut row = SourceRow::new(RowId::new(FileId(1), from + i as u32), sheet, i as u32 + 1);
                line.split('|').for_each(|c| row.push(c, CellKind::Text));
                row
            })
            .collect()
    };
    let names = [Some(Arc::from("2019")), Some(Arc::from("2020"))];
    let mut surveyor = Surveyor::new(&mapping, &Arc::from("g.xlsx"), &names, Part::Main);
    surveyor.add(&sheet_rows(0, 0, &["id|donor|date|amount|fund|method", "1|D1|2019-01-31|1|GEN|Cash"]));
    surveyor.add(&sheet_rows(1, 2, &["x", "amount|id|donor|date|fund|method", "1|2|D1|2020-01-31|GEN|Cash"]));
    let found = surveyor.finish().unwrap();
    assert_eq!((found.amount_column(0), found.amount_column(1)), (Some(3), Some(0)));
    assert_eq!(found.data_rows(), 2);
    assert_eq!(Survey::from_bytes(&found.to_bytes()), Some(found.clone()));
    assert_eq!(Survey::from_bytes(&found.to_bytes()[1..]), None);
}

#[test]
fn what_cannot_be_decided_stops_the_survey_with_the_rows() {
    let problems = lines("", &[HEADER, "1|D1|3/7/2020|1,234|GEN|Cash"]).unwrap_err();
    let messages: Vec<&str> = problems.iter().map(|p| p.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "the dates in \"date\" can be read as month/day or as day/month: row 2 says \"3/7/2020\"",
            "the amounts in \"amount\" can be read in two ways: row 2 says \"1,234\"",
        ]
    );
    assert!(
        lines(
            "[date]\norder = \"dmy\"\n[number]\ndecimal = \".\"",
            &[HEADER, "1|D1|3/7/2020|1,234|GEN|Cash"]
        )
        .is_ok()
    );
}

#[test]
fn the_digest_does_not_know_the_names_of_files() {
    let mapping = Gifts::new("", &[]).mapping();
    let rows = rows_of(1, &[HEADER, "1|D1|2020-01-31|1|GEN|Cash"]);
    let a = survey(&mapping, Part::Main, "a.csv", &rows).unwrap();
    let b = survey(&mapping, Part::Main, "b.csv", &rows).unwrap();
    assert_eq!(a.digest(), b.digest());
}

#[test]
fn a_split_gift_is_one_gift_with_all_its_parts() {
    let file = Gifts::new(
        "[grain]\nrow = \"part\"",
        &[
            "1|D1|1/31/2020|6.50|GEN|Cash",
            "2|D1|1/31/2020|1|GEN|Cash",
            "1|D1|1/31/2020|3.50|ROOF|Cash",
            "1|D1|1/31/2020|0|ROOF|Cash",
            "3|D1|1/31/2020|0|ROOF|Cash",
            "4|D1|1/31/2020|5|ROOF|Cash",
            "4|D1|1/31/2020|5|STAIRS|Cash",
        ],
    );
    assert_eq!(file.codes(), ["gift", "gift", "part", "part", "held G005", "held G012", "held G012"]);
    let gift = file.gift(0);
    assert_eq!((gift.rows, gift.amount().minor(), gift.designations.parts().len()), (3, 1_000, 2));
    let Place::Part { of, amount } = file.placed()[2].place else { panic!() };
    assert_eq!((of.sequence(), amount.minor()), (1, 350));
}
