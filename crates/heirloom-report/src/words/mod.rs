//! Numbers, amounts, tables and findings as people read them.

mod finding;
mod table;
mod text;

pub use finding::finding_block;
pub use table::{Align, table};
pub use text::{clip, safe};
pub(crate) use text::{is_hostile, safe_char, width};

use heirloom_model::{Currency, group_thousands};

/// Writes a number with separators: `1,234`.
pub fn number(number: u64) -> String {
    group_thousands(&number.to_string())
}

/// Writes a number with its noun, given in the singular: `1 gift`, `2,500 gifts`, `3 people`.
pub fn count(number: u64, noun: &str) -> String {
    let digits = self::number(number);
    if number == 1 { format!("{digits} {noun}") } else { format!("{digits} {}", plural(noun)) }
}

fn plural(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix("person") {
        return format!("{stem}people");
    }
    if let Some(stem) = noun.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
    {
        return format!("{stem}ies");
    }
    if ["s", "x", "ch", "sh"].iter().any(|end| noun.ends_with(end)) {
        return format!("{noun}es");
    }
    format!("{noun}s")
}

/// Writes an amount of minor units with separators and currency: `$1,234.50`, `-$3.00`, `EUR 1,234.50`.
///
/// Agrees with the `Display` of [`heirloom_model::Money`] wherever that can hold the amount.
pub fn money(minor: i128, currency: Currency) -> String {
    let digits = currency.exponent() as usize;
    let sign = if minor < 0 { "-" } else { "" };
    let mark = mark(currency);
    let units = format!("{:0>width$}", minor.unsigned_abs(), width = digits + 1);
    let (whole, part) = units.split_at(units.len() - digits);
    let whole = group_thousands(whole);
    if digits == 0 { format!("{sign}{mark}{whole}") } else { format!("{sign}{mark}{whole}.{part}") }
}

/// What stands before the digits: `$`, or the code and a space.
pub(crate) fn mark(currency: Currency) -> String {
    if currency == Currency::USD { "$".to_owned() } else { format!("{currency} ") }
}

/// Writes a length of time with its two largest units: `45 s`, `38 min`, `2 h 05 min`, `3 days 4 h`.
///
/// Parts of the smallest unit shown are dropped; a negative length counts as none.
pub fn duration(ms: i64) -> String {
    let seconds = ms.max(0) as u64 / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) if minutes % 60 == 0 => format!("{hours} h"),
        (0, _, _) => format!("{hours} h {:02} min", minutes % 60),
        (_, _, _) if hours % 24 == 0 => count(days, "day"),
        (_, _, _) => format!("{} {} h", count(days, "day"), hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use heirloom_model::Money;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nouns_follow_their_number() {
        let check = |n, noun, expected: &str| assert_eq!(count(n, noun), expected);
        check(1, "gift", "1 gift");
        check(0, "gift", "0 gifts");
        check(2_500, "gift", "2,500 gifts");
        check(2, "address", "2 addresses");
        check(2, "batch", "2 batches");
        check(2, "day", "2 days");
        check(2, "company", "2 companies");
        check(3, "person", "3 people");
    }

    #[test]
    fn lengths_of_time_have_two_units_at_most() {
        let check = |seconds: i64, expected: &str| assert_eq!(duration(seconds * 1_000), expected);
        check(-5, "0 s");
        check(59, "59 s");
        check(38 * 60 + 12, "38 min");
        check(7_500, "2 h 05 min");
        check(7_200, "2 h");
        check(86_400, "1 day");
        check(3 * 86_400 + 4 * 3_600 + 59, "3 days 4 h");
        assert_eq!(duration(i64::MAX), "106,751,991,167 days 7 h");
    }

    proptest! {
        #[test]
        fn amounts_are_written_as_money_writes_itself(minor: i64, code in "USD|EUR|JPY|KWD") {
            let currency = Currency::new(&code).unwrap();
            prop_assert_eq!(money(i128::from(minor), currency), Money::new(minor, currency).to_string());
        }
    }

    #[test]
    fn amounts_beyond_64_bits_are_written_too() {
        assert_eq!(money(i128::from(i64::MAX) * 10, Currency::USD), "$922,337,203,685,477,580.70");
        assert!(money(i128::MIN, Currency::USD).starts_with("-$1,701"));
    }
}
