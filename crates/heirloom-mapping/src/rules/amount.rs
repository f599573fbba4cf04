//! G005, G006: the sign of an amount; and in what it is written.

use heirloom_model::{Code, Currency, Money, TenderKind};

use super::error_cell;
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::number::{BadAmount, read};
use crate::read::Seen;
use crate::spec::Signs;

/// An amount beside the gift's own as far as it can be read, without any finding.
pub(crate) fn quiet(mapper: &Mapper<'_>, seen: &Seen<'_>, currency: Currency) -> Option<Money> {
    let minor = read(&seen.text, seen.kind, mapper.mark(seen), currency.exponent()).ok()?;
    Some(Money::new(signed(mapper, minor), currency))
}

/// As the organization means it: books that write what came in with a minus are turned round.
pub(crate) fn signed(mapper: &Mapper<'_>, minor: i64) -> i64 {
    match mapper.mapping.signs() {
        Signs::AsWritten => minor,
        Signs::Reversed => minor.saturating_neg(),
    }
}

/// Reads an amount that stands beside the gift's own, in the currency of that.
pub(crate) fn check(
    desk: &mut Desk<'_>,
    mapper: &Mapper<'_>,
    seen: &Seen<'_>,
    currency: Currency,
) -> Option<Money> {
    if !error_cell::is_usable(desk, seen) || seen.is_blank() {
        return None;
    }
    match read(&seen.text, seen.kind, mapper.mark(seen), currency.exponent()) {
        Ok(minor) => Some(Money::new(signed(mapper, minor), currency)),
        Err(BadAmount::Unreadable) => {
            desk.add(Code::BadAmount, seen, "");
            None
        }
        Err(BadAmount::TooManyDecimals) => {
            desk.add(Code::TooManyDecimals, seen, "");
            None
        }
    }
}

/// Whether a sign or code may stand for a currency.
pub(crate) fn fits(written: &str, currency: Currency) -> bool {
    let code = currency.as_str();
    match written {
        "$" => matches!(code, "USD" | "CAD" | "AUD" | "NZD" | "MXN" | "SGD" | "HKD" | "CLP" | "COP" | "ARS"),
        "€" => code == "EUR",
        "£" => code == "GBP",
        "¥" => matches!(code, "JPY" | "CNY"),
        _ => match written.strip_suffix('$') {
            Some(country) => {
                code.len() >= country.len() && code[..country.len()].eq_ignore_ascii_case(country)
            }
            None => written.eq_ignore_ascii_case(code),
        },
    }
}

/// Whether zero is a mistake here.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Zero {
    Refused,
    /// A part of a split gift may be nothing.
    Allowed,
}

/// Checks that an amount is more than nothing, or that its tender may be negative.
pub(crate) fn sign(
    desk: &mut Desk<'_>,
    seen: &Seen<'_>,
    amount: Option<Money>,
    tender: Option<TenderKind>,
    zero: Zero,
) {
    let is_zero = amount.is_some_and(|a| a.minor() == 0) && zero == Zero::Refused;
    if (seen.is_blank() && !seen.is_error) || is_zero {
        desk.add(Code::ZeroAmount, seen, "");
    }
    if amount.is_some_and(|a| a.minor() < 0) && tender != Some(TenderKind::Reversing) {
        desk.add(Code::NegativeAmount, seen, "");
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    #[test]
    fn an_amount_is_positive_whole_cents_of_the_right_currency() {
        let row = |(i, amount): (usize, &str)| format!("{i}|D1|1/31/2020|{amount}|GEN|Cash");
        let amounts = ["$1,000.50", "", "0", "ten", "1.005", "(5.00)", "EUR 5", "5 USD"];
        let rows: Vec<String> = amounts.into_iter().enumerate().map(row).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        assert_eq!(
            Gifts::new("", &rows).codes(),
            ["gift", "held G005", "held G005", "held G004", "held G007", "held G006", "held G023", "gift"],
        );
    }

    #[test]
    fn a_column_of_currencies_holds_what_is_foreign() {
        let toml = "[fields]\ncurrency = { column = \"Extra\" }";
        let rows =
            ["1|D1|1/31/2020|5|GEN|Cash|usd", "2|D1|1/31/2020|5|GEN|Cash|CAD", "3|D1|1/31/2020|5|GEN|Cash|"];
        assert_eq!(Gifts::new(toml, &rows).codes(), ["gift", "held G023", "gift"]);
    }

    #[test]
    fn only_a_reversing_transaction_may_be_negative() {
        let file = Gifts::new(
            "[values.method]\nRefund = \"Reversing Transaction\"",
            &["1|D1|1/31/2020|-5|GEN|Refund"],
        );
        assert_eq!(file.codes(), ["gift"]);
    }

    #[test]
    fn books_that_write_gifts_with_a_minus_can_be_turned_round() {
        let toml = "[number]\nsign = \"reversed\"\n";
        let file = Gifts::new(
            toml,
            &["1|D1|1/31/2020|-5.00|GEN|Cash", "2|D1|1/31/2020|(7.25)|GEN|Cash", "3|D1|1/31/2020|2|GEN|Cash"],
        );
        assert_eq!(file.codes(), ["gift", "gift", "held G006"]);
        assert_eq!((file.gift(0).amount().minor(), file.gift(1).amount().minor()), (500, 725));
    }
}
