//! Money as integer minor units with its currency; floats have no way in.

use std::fmt;

/// An ISO 4217 currency code, upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    /// United States dollars.
    pub const USD: Currency = Currency(*b"USD");

    /// Reads a three-letter code, in any case.
    ///
    /// # Errors
    /// [`MoneyError::Currency`] if `text` is not three ASCII letters.
    pub fn new(text: &str) -> Result<Self, MoneyError> {
        match text.trim().as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|l| l.is_ascii_alphabetic()) => {
                Ok(Currency([a, b, c].map(u8::to_ascii_uppercase)))
            }
            _ => Err(MoneyError::Currency(text.to_owned())),
        }
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency holds ASCII letters only")
    }

    /// How many digits stand after the decimal mark (ISO 4217; two unless listed).
    pub fn exponent(&self) -> u32 {
        match &self.0 {
            b"JPY" | b"KRW" | b"CLP" | b"ISK" | b"VND" | b"XAF" | b"XOF" | b"XPF" | b"UGX" | b"PYG"
            | b"RWF" => 0,
            b"BHD" | b"KWD" | b"OMR" | b"JOD" | b"TND" | b"IQD" | b"LYD" => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why two amounts cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not a currency code.
    #[error("\"{0}\" is not a three-letter currency code")]
    Currency(String),
    /// Two currencies in one sum.
    #[error("{0} and {1} cannot be added")]
    Mixed(Currency, Currency),
    /// The sum leaves 64 bits.
    #[error("the total is too large to count in minor units")]
    TooLarge,
}

/// An amount in minor units (cents) of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount of `minor` units (cents for USD).
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Money { minor, currency }
    }

    /// Minor units.
    pub const fn minor(&self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// Adds an amount of the same currency.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`] for two currencies, [`MoneyError::TooLarge`] beyond 64 bits.
    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::TooLarge)?;
        Ok(Money::new(minor, self.currency))
    }

    /// Plain digits with the currency's decimals and no separators: `1234.50`.
    pub fn to_plain(&self) -> String {
        let digits = self.currency.exponent() as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let units = self.minor.unsigned_abs().to_string();
        if digits == 0 {
            return format!("{sign}{units}");
        }
        let padded = format!("{units:0>width$}", width = digits + 1);
        let (whole, part) = padded.split_at(padded.len() - digits);
        format!("{sign}{whole}.{part}")
    }
}

impl fmt::Display for Money {
    /// With separators and currency: `$1,234.50`, `-$3.00`, `EUR 1,234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.to_plain();
        let (sign, digits) = match plain.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", plain.as_str()),
        };
        let (whole, part) = digits.split_once('.').map_or((digits, None), |(w, p)| (w, Some(p)));
        let mark =
            if self.currency == Currency::USD { "$".to_owned() } else { format!("{} ", self.currency) };
        write!(f, "{sign}{mark}{}", group_thousands(whole))?;
        part.map_or(Ok(()), |p| write!(f, ".{p}"))
    }
}

/// Puts commas between groups of three in a string of digits.
pub fn group_thousands(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// Shares `total` minor units out in proportion to `weights`, to the last unit, by largest remainder.
///
/// The parts always add up to `total`; ties go to the earlier part. Weights are
/// non-negative; if they are all zero, or there are none, the result is `None`.
pub fn share_out(total: i64, weights: &[i64]) -> Option<Vec<i64>> {
    let sum: i128 = weights.iter().map(|&w| i128::from(w)).sum();
    if sum <= 0 || weights.iter().any(|&w| w < 0) {
        return None;
    }
    let magnitude = i128::from(total.unsigned_abs());
    let mut parts: Vec<i128> = weights.iter().map(|&w| magnitude * i128::from(w) / sum).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(magnitude * i128::from(weights[i]) % sum));
    let left = usize::try_from(magnitude - parts.iter().sum::<i128>()).ok()?;
    for &i in order.iter().take(left) {
        parts[i] += 1;
    }
    let sign = i128::from(total.signum());
    parts.into_iter().map(|p| i64::try_from(p * sign).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_written_as_people_write_them() {
        let check = |minor, currency: &str, expected: &str| {
            let money = Money::new(minor, Currency::new(currency).unwrap());
            assert_eq!(money.to_string(), expected);
        };
        check(123_450, "usd", "$1,234.50");
        check(-300, "USD", "-$3.00");
        check(5, "USD", "$0.05");
        check(123_450, "EUR", "EUR 1,234.50");
        check(1_234, "JPY", "JPY 1,234");
        check(1_234, "KWD", "KWD 1.234");
    }

    #[test]
    fn currencies_do_not_mix() {
        let euro = Money::new(1, Currency::new("EUR").unwrap());
        assert!(Money::new(1, Currency::USD).checked_add(euro).is_err());
        assert!(Currency::new("US$").is_err());
    }

    proptest! {
        #[test]
        fn shares_add_up_and_stay_within_one_unit(total in -1_000_000_000i64..1_000_000_000, weights in prop::collection::vec(0i64..1_000_000, 1..12)) {
            let sum: i128 = weights.iter().map(|&w| i128::from(w)).sum();
            match share_out(total, &weights) {
                None => prop_assert_eq!(sum, 0),
                Some(parts) => {
                    prop_assert_eq!(parts.iter().sum::<i64>(), total);
                    for (part, weight) in parts.iter().zip(&weights) {
                        let exact = i128::from(total) * i128::from(*weight);
                        prop_assert!((i128::from(*part) * sum - exact).abs() < sum);
                    }
                }
            }
        }
    }
}
