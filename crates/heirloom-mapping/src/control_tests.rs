//! The two amount readers must agree on everything, though they share no code.

use heirloom_model::{CellKind, Currency, Place, Placed};
use proptest::prelude::*;

use crate::ControlReader;
use crate::control::read_cents;
use crate::number::{Mark, read};
use crate::testing::Gifts;

const MONEY: &str = r#"
[number]
decimal = "."
[null]
tokens = ["n/a"]
[fields]
currency = { column = "Currency" }
exchange_rate = { column = "Rate" }
[refund]
amount = { column = "Back" }
part = "net"
whole = "drop"
"#;

/// What a row is worth by the mapper, wherever it went.
fn worth(placed: &Placed) -> Option<(Currency, i64)> {
    let money = match &placed.place {
        Place::Gift(gift) => Some(gift.amount()),
        Place::Excluded { known, .. } | Place::Held { known } => known.amount,
        other => panic!("{other:?}"),
    };
    money.map(|money| (money.currency(), money.minor()))
}

#[test]
fn rates_are_rounded_once_and_halves_go_away_from_zero() {
    let row = |(amount, rate): (&str, &str)| format!("1|D1|1/31/2020|{amount}|GEN|Cash|CAD|{rate}|");
    let worth_of = |given| {
        let rows = [row(given)];
        let file = Gifts::with_header(MONEY, HEADER, &[rows[0].as_str()]);
        worth(&file.placed()[0]).map(|(currency, minor)| (currency.to_string(), minor))
    };
    let usd = |minor| Some(("USD".to_owned(), minor));
    assert_eq!(worth_of(("100.00", "0.7431")), usd(7_431));
    assert_eq!(worth_of(("0.01", "0.5")), usd(1));
    assert_eq!(worth_of(("0.01", "0.4999999999")), usd(0));
    assert_eq!(worth_of(("3.33", "1.5")), usd(500));
    assert_eq!(worth_of(("100.00", "")), Some(("CAD".to_owned(), 10_000)));
    assert_eq!(worth_of(("100.00", "-0.74")), Some(("CAD".to_owned(), 10_000)));
}

const HEADER: &str = "id|donor|date|amount|fund|method|Currency|Rate|Back";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn both_readers_agree_on_currencies_rates_and_what_went_back(
        amount in prop::sample::select(vec!["5", "-5", "0.01", "1,234.56", "$80", "€80", "CA$ 80", "80 JPY", "EUR 12.345", "(3)", "#N/A", "", "ten", "80.5 CAD", "XX$1"]),
        currency in prop::sample::select(vec!["", "usd", "CAD", "JPY", "kwd", "€", "$", "US$", "pesos", "n/a", "#REF!"]),
        rate in prop::sample::select(vec!["", "0.7431", "1", "0", "-2", "0.000000001", "1,000.5", "n/a", "x", "0.33333333333333"]),
        back in prop::sample::select(vec!["", "0", "0.00", "5", "4.99", "-4", "80", "81", "some", "n/a", "#N/A", "1.005"]),
    ) {
        let row = format!("1|D1|1/31/2020|{amount}|GEN|Cash|{currency}|{rate}|{back}");
        let file = Gifts::with_header(MONEY, HEADER, &[&row]);
        let (mapping, survey) = (file.mapping(), file.survey().unwrap());
        let reader = ControlReader::new(&mapping, &survey, 0, Currency::USD).unwrap();
        let own = reader.worth(&crate::testing::rows_of(1, &[HEADER, &row])[1]);
        prop_assert_eq!(worth(&file.placed()[0]), own, "{}", row);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn both_readers_agree_on_what_people_write(
        open in prop::sample::select(vec!["", "$", "-", "(", "-$", "$-", "($", "USD ", "US$", "+", "€", " ", "--", "\u{a0}", "EUR-"]),
        whole in prop::sample::select(vec!["", "0", "5", "12", "123", "1234", "1,234", "1.234", "1 234", "1'234", "1,23", "12,345,678", "12.345.678", "1,234.567", "1\u{a0}234", "123456789012345678", "1234567890123456789"]),
        part in prop::sample::select(vec!["", ".", ".5", ".50", ",5", ",50", ".500", ".505", ",505", ".50-", ".4999999999", ".5000000001", ".1.2", ".5 5"]),
        close in prop::sample::select(vec!["", ")", " USD", "-", "€", " ", "$", "usd", " US$", "x", "%"]),
        number in any::<bool>(),
        comma in any::<bool>(),
        exponent in 0u32..4,
    ) {
        let text = format!("{open}{whole}{part}{close}");
        let kind = if number { CellKind::Number } else { CellKind::Text };
        let mark = if comma { Mark::Comma } else { Mark::Point };
        let own = read(&text, kind, mark, exponent).ok();
        prop_assert_eq!(own, read_cents(&text, kind, comma, exponent), "{}", text);
    }

    #[test]
    fn both_readers_agree_on_any_string_of_such_signs(text in "[0-9$€.,() +-]{0,9}", comma in any::<bool>()) {
        let mark = if comma { Mark::Comma } else { Mark::Point };
        let own = read(&text, CellKind::Text, mark, 2).ok();
        prop_assert_eq!(own, read_cents(&text, CellKind::Text, comma, 2), "{}", text);
    }
}
