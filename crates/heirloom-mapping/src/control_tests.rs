//! The two amount readers must agree on everything, though they share no code.

use heirloom_model::CellKind;
use proptest::prelude::*;

use crate::control::read_cents;
use crate::number::{Mark, read};

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
