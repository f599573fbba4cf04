//! What people write is read back, and nothing that anybody writes makes a reader panic.
//!
//! The number of cases is proptest's own (256); more with `PROPTEST_CASES=1000000` and `--release`.

use heirloom_model::{CellKind, GiftDate, SourceRow};
use proptest::prelude::*;

use crate::dates::{self, Order};
use crate::number::{self, Mark};
use crate::testing::{Gifts, rows_of, survey};
use crate::{Context, Mapper, Part, parse, run_examples};

/// How an amount may be written.
#[derive(Clone, Copy, Debug)]
struct Hand {
    mark: Mark,
    has_groups: bool,
    /// 0 minus in front, 1 behind, 2 brackets.
    sign: u8,
    /// 0 none, 1 `$` in front, 2 ` USD` behind, 3 `€ ` in front.
    currency: u8,
    exponent: u32,
}

fn written(minor: i64, hand: Hand) -> String {
    let (group, point) = match hand.mark {
        Mark::Point => (',', '.'),
        Mark::Comma => ('.', ','),
    };
    let scale = 10u64.pow(hand.exponent);
    let (whole, part) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
    let digits = whole.to_string();
    let mut number = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if hand.has_groups && index > 0 && (digits.len() - index).is_multiple_of(3) {
            number.push(group);
        }
        number.push(digit);
    }
    if hand.exponent > 0 {
        number += &format!("{point}{part:0width$}", width = hand.exponent as usize);
    }
    let priced = match hand.currency {
        0 => number,
        1 => format!("${number}"),
        2 => format!("{number} USD"),
        _ => format!("€ {number}"),
    };
    match (minor < 0, hand.sign) {
        (false, _) => priced,
        (true, 0) => format!("-{priced}"),
        (true, 1) if hand.currency != 2 => format!("{priced}-"),
        (true, _) => format!("({priced})"),
    }
}

fn hands() -> impl Strategy<Value = Hand> {
    (any::<bool>(), any::<bool>(), 0u8..3, 0u8..4, 0u32..4).prop_map(
        |(comma, has_groups, sign, currency, exponent)| Hand {
            mark: if comma { Mark::Comma } else { Mark::Point },
            has_groups,
            sign,
            currency,
            exponent,
        },
    )
}

/// A day in one of the ways that exports write days, and the order that its column has.
fn dated(day: GiftDate, style: u8) -> (String, Order) {
    let iso = day.to_string();
    let (y, m, d) = (&iso[..4], &iso[5..7], &iso[8..]);
    let bare = |text: &str| text.trim_start_matches('0').to_owned();
    let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        [m.parse::<usize>().unwrap() - 1];
    match style {
        0 => (iso, Order::Mdy),
        1 => (format!("{}/{}/{y}", bare(m), bare(d)), Order::Mdy),
        2 => (format!("{m}/{d}/{y}"), Order::Mdy),
        3 => (format!("{d}.{m}.{y}"), Order::Dmy),
        4 => (format!("{}-{}-{y}", bare(d), bare(m)), Order::Dmy),
        5 => (format!("{y}/{m}/{d}"), Order::Ymd),
        6 => (format!("{y}{m}{d}"), Order::Mdy),
        7 => (format!("{name} {}, {y}", bare(d)), Order::Dmy),
        8 => (format!("{}-{name}-{y}", bare(d)), Order::Mdy),
        9 => (format!("{iso}T18:04:11Z"), Order::Mdy),
        _ => (format!("{}/{}/{y} 2:07 PM", bare(m), bare(d)), Order::Mdy),
    }
}

const MAPPING: &str = r#"version = 1
record = "gift"
[grain]
row = "wide"
repeat = 3
[[hold]]
rule = "look"
when = [{ column = "Extra", matches = "^x+$" }]
[fields]
id = { derive = ["donor", "date", "amount"] }
donor = { template = "{donor} {Extra}", steps = ["lower"] }
date = { column = "date {n}" }
amount = { column = "amount {n}" }
fund = { first_of = [{ column = "fund", optional = true }, { constant = "GEN" }] }
notes = [{ label = "Old", column = "note", steps = ["collapse", { extract = "^(.{3})" }] }]
[[example]]
row = { "donor" = "1" }
expect = { place = "held" }
"#;

proptest! {
    #[test]
    fn money_is_read_back_as_it_was_written(minor in -999_999_999_999_999i64..1_000_000_000_000_000, hand in hands()) {
        let text = written(minor, hand);
        let read = number::read(&text, CellKind::Text, hand.mark, hand.exponent);
        prop_assert_eq!(read.ok(), Some(minor), "{}", text);
    }

    #[test]
    fn days_are_read_back_as_they_were_written(year in 1900i16..2100, month in 1i8..13, day in 1i8..32, style in 0u8..11) {
        if let Some(day) = GiftDate::new(year, month, day) {
            let (text, order) = dated(day, style);
            prop_assert_eq!(dates::read(&text, order, None).ok(), Some(day), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_a_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..40), signs in "[0-9A-Za-z/.,:T()$€ ’&@-]{0,24}") {
        for text in [String::from_utf8_lossy(&bytes).into_owned(), signs] {
            for order in Order::ALL {
                let _ = dates::read(&text, order, Some(30));
                let _ = dates::read_birth(&text, order, None);
            }
            for mark in [Mark::Point, Mark::Comma] {
                for kind in [CellKind::Text, CellKind::Number] {
                    let _ = number::read(&text, kind, mark, 2);
                    let _ = number::read_percent(&text, kind, mark);
                    let _ = crate::control::read_cents(&text, kind, mark == Mark::Comma, 2);
                }
            }
            let _ = number::evidence(&text, CellKind::Text);
            let _ = crate::people::whole(&text);
            let _ = crate::people::given(&text);
        }
    }

    #[test]
    fn no_bytes_make_the_mapping_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = parse("any.toml", &text, &|_| None);
    }

    #[test]
    fn no_change_of_a_mapping_makes_it_panic(at in any::<prop::sample::Index>(), cut in 0usize..30, word in "[a-z_{}\\[\\]\"=,. 0-9*\n]{0,16}") {
        let from = at.index(MAPPING.len());
        let (from, to) = (MAPPING.floor_char_boundary(from), MAPPING.floor_char_boundary((from + cut).min(MAPPING.len())));
        let text = format!("{}{word}{}", &MAPPING[..from], &MAPPING[to.max(from)..]);
        if let Ok(mapping) = parse("any.toml", &text, &|_| None) {
            let _ = run_examples(&mapping, heirloom_model::Currency::USD, GiftDate::new(2026, 1, 1).unwrap());
        }
    }

    #[test]
    fn no_row_makes_mapping_panic(cells in prop::collection::vec("[0-9A-Za-z/.,$#!é&@ -]{0,12}", 8)) {
        let mapping = parse("wide.toml", MAPPING, &|_| None).unwrap();
        let header = "donor|Extra|note|date 1|amount 1|date 2|amount 2|fund";
        let line = cells.join("|");
        let mut rows: Vec<SourceRow> = Vec::new();
        let mut unfolder = crate::Unfolder::new(&mapping, Part::Main);
        for row in rows_of(1, &[header, &line]) {
            unfolder.unfold(row, &mut rows);
        }
        if let Ok(survey) = survey(&mapping, Part::Main, "any.csv", &rows) {
            let day = GiftDate::new(2026, 1, 1).unwrap();
            let ctx = Context { currency: heirloom_model::Currency::USD, exported_on: day, known_donors: None };
            let mapper = Mapper::new(&mapping, &survey, Vec::new(), ctx).unwrap();
            let placed = mapper.apply(&rows, &[]);
            prop_assert_eq!(placed.len() as u64, survey.data_rows());
        }
    }

    #[test]
    fn no_donor_makes_mapping_panic(cells in prop::collection::vec("[0-9A-Za-z/.,;()+’&@ -]{0,16}", 5)) {
        let toml = "[fields]\nname = { column = \"name\" }\nbirth = { column = \"birth\" }\n[[address]]\npostal = { column = \"zip\" }\nstate = { constant = \"MA\" }\n[[phone]]\nnumber = { column = \"phone\" }\n[[email]]\naddress = { column = \"mail\" }\n[date]\norder = \"mdy\"\npivot = 30\n";
        let line = format!("1|{}", cells.join("|"));
        let file = Gifts::donors(toml, "id|name|birth|zip|phone|mail", &[&line]);
        prop_assert_eq!(file.placed().len(), 1);
    }
}
