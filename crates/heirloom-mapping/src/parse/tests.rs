//! Mistakes in mapping files, each with its place and a way out.

use super::parse;
use crate::RecordKind;

const GOOD: &str = r#"version = 1
record = "gift"
[file]
name = "gifts.csv"
[fields]
id = { column = ["Gift ID", "GiftRef"] }
donor = { column = "Donor" }
date = { column = "Date" }
amount = { column = "Amount" }
fund = { column = "Fund" }
[values.fund]
"General" = "GEN"
"#;

fn none(_: &str) -> Option<String> {
    None
}

#[test]
fn a_good_mapping_is_read() {
    let mapping = parse("gifts.toml", GOOD, &none).unwrap();
    assert_eq!(mapping.record(), RecordKind::Gift);
    assert_eq!(mapping.main().name, "gifts.csv");
    assert_eq!(mapping.name(), "gifts.toml");
}

/// A text of the good mapping, what it becomes, and the line, column and message that must follow.
type Mistake = (&'static str, &'static str, u32, u32, &'static str);

fn check(mistakes: &[Mistake]) {
    for (from, to, line, column, message) in mistakes {
        assert!(GOOD.contains(from), "{from}");
        let problems = parse("gifts.toml", &GOOD.replace(from, to), &none).unwrap_err();
        let seen: Vec<String> =
            problems.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message)).collect();
        let hit =
            problems.iter().any(|p| (p.line, p.column) == (*line, *column) && p.message.starts_with(message));
        assert!(hit, "{to}: {seen:?}");
    }
}

const FUND: &str = "{ column = \"Fund\" }";
const FUNDS: &str = "[values.fund]";

#[test]
fn a_misspelt_key_or_word_is_shown_where_it_stands() {
    check(&[
        ("version = 1", "version = 2", 1, 11, "version is a whole number from 1 to 1"),
        ("record = \"gift\"", "record = \"gifts\"", 2, 1, "record is \"gift\" or \"donor\""),
        ("name = \"gifts.csv\"", "nmae = \"gifts.csv\"", 4, 1, "unknown key \"nmae\" in file"),
        ("amount =", "amuont =", 9, 1, "unknown key \"amuont\" in fields"),
        (FUNDS, "[values.fnud]", 11, 9, "unknown key \"fnud\" in values"),
        (FUNDS, "[values.fund", 11, 13, ""),
    ]);
}

#[test]
fn a_value_without_a_source_that_can_be_read_is_shown_where_it_stands() {
    check(&[
        (FUND, "\"Fund\"", 10, 8, "fund is a table"),
        (FUND, "{ colum = \"Fund\" }", 10, 8, "a value needs a source"),
        (FUND, "{ column = \"Fund\", letter = \"A\" }", 10, 8, "column and letter exclude each other"),
        (FUND, "{ letter = \"A1\" }", 10, 19, "\"A1\" is no column letter"),
        (FUND, "{ column = 7 }", 10, 19, "a text is wanted here"),
        (FUND, "{ from = \"opp\", column = \"Fund\" }", 10, 10, "there is no join \"opp\""),
    ]);
}

#[test]
fn a_step_that_nobody_knows_is_shown_where_it_stands() {
    let regex = "{ column = \"Fund\", steps = [{ extract = \"(\" }] }";
    check(&[
        (FUND, "{ column = \"Fund\", steps = [\"uper\"] }", 10, 36, "unknown step \"uper\""),
        (FUND, regex, 10, 48, "this regular expression cannot be read"),
    ]);
}

#[test]
fn a_table_that_makes_no_sense_is_shown_where_it_stands() {
    let identity = "id = { column = [\"Gift ID\", \"GiftRef\"] }";
    let bars = "[values.method]\nGold = \"Bars\"\n[values.fund]";
    let order = "[date]\norder = \"ydm\"\n[values.fund]";
    check(&[
        ("\"General\" = \"GEN\"", "\"General\" = \"\"", 12, 13, "a fund needs a project code"),
        (FUNDS, bars, 12, 8, "\"Bars\" is no gift type of the target"),
        (FUNDS, "[types]\nGold = \"gift\"\n[values.fund]", 11, 2, "[types] needs fields.type"),
        (FUNDS, order, 12, 1, "order is \"mdy\", \"dmy\" or \"ymd\""),
        (FUNDS, "[[exclude]]\nrule = \"x\"\n[values.fund]", 11, 1, "there is no condition"),
        (identity, "id = { derive = [\"donor\", \"wind\"] }", 5, 1, "id cannot be derived from \"wind\""),
    ]);
}

#[test]
fn refunds_rates_and_control_totals_that_cannot_be_meant_are_shown_where_they_stand() {
    let of = "[refund]\nof = { column = \"Of\" }\n[values.fund]";
    let net = "[refund]\namount = { column = \"Back\" }\npart = \"drop\"\n[values.fund]";
    let rate = "{ column = \"Amount\" }\nexchange_rate = { column = \"Rate\" }";
    check(&[
        (FUNDS, "[refund]\nwhole = \"drop\"\n[values.fund]", 11, 1, "[refund] needs of or amount"),
        (FUNDS, of, 11, 1, "[refund] of needs to know which rows are refunds"),
        (FUNDS, net, 13, 1, "part is one of held, net"),
        ("{ column = \"Amount\" }", rate, 5, 1, "exchange_rate needs currency"),
        (FUNDS, "[control]\namount = \"much\"\n[values.fund]", 12, 1, "this is no amount"),
        (FUNDS, "[control]\n[values.fund]", 11, 1, "[control] needs rows or amount"),
    ]);
}

#[test]
fn problems_are_shown_as_a_compiler_does() {
    let text = GOOD.replace("amount =", "amuont =");
    let problems = parse("gifts.toml", &text, &none).unwrap_err();
    assert_eq!(
        problems[1].to_string(),
        "error: unknown key \"amuont\" in fields\n --> gifts.toml:9:1\n  |\n9 | amuont = { column = \"Amount\" }\n  | ^^^^^^\n  = help: did you mean \"amount\"?",
    );
}

#[test]
fn a_missing_field_is_named() {
    let text = GOOD.replace("amount = { column = \"Amount\" }\n", "");
    let problems = parse("gifts.toml", &text, &none).unwrap_err();
    assert_eq!(problems[0].message, "[fields] has no amount");
}

#[test]
fn a_preset_gives_what_the_file_does_not_say_and_the_digest_is_of_the_meaning() {
    let own = "version = 1\nrecord = \"gift\"\nextends = \"base\"\n[values.fund]\n\"Roof\" = \"ROOF\"\n";
    let base = |name: &str| (name == "base").then(|| GOOD.to_owned());
    let extended = parse("own.toml", own, &base).unwrap();
    let plain = format!("# the same\n{GOOD}Roof = \"ROOF\"\n");
    assert_eq!(extended.digest(), parse("plain.toml", &plain, &none).unwrap().digest());
    assert_ne!(extended.digest(), parse("plain.toml", GOOD, &none).unwrap().digest());
    let problems = parse("own.toml", own, &none).unwrap_err();
    assert_eq!((problems[0].line, problems[0].message.as_str()), (3, "there is no preset \"base\""));
    let bad = |_: &str| Some(GOOD.replace("name =", "nmae ="));
    let problems = parse("own.toml", own, &bad).unwrap_err();
    assert_eq!((problems[0].file.as_str(), problems[0].line), ("preset base", 4));
}

#[test]
fn a_join_with_several_rows_gives_no_single_value() {
    let join = "[[join]]\nname = \"roles\"\nfile = { name = \"r.csv\" }\nkey = \"id\"\non = { column = \"Gift ID\" }\nmany = true\n";
    let text =
        format!("{}{join}", GOOD.replace("{ column = \"Donor\" }", "{ from = \"roles\", column = \"who\" }"));
    let problems = parse("gifts.toml", &text, &none).unwrap_err();
    assert!(problems[0].message.contains("may have several rows"), "{}", problems[0]);
    let circle = join.replace("{ column = \"Gift ID\" }", "{ from = \"roles\", column = \"x\" }");
    let problems = parse("gifts.toml", &format!("{GOOD}{circle}"), &none).unwrap_err();
    assert!(problems[0].message.contains("circle"), "{}", problems[0]);
}
