//! What a row is worth: its amount, less what went back beside it, in the migration's currency where the
//! mapping knows a rate. The one place that reads an amount, with findings or without.

use heirloom_model::{Code, Currency, Money};

use super::amount;
use super::refund::Back;
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::number::{BadAmount, peel, read};
use crate::read::{Scene, Seen};
use crate::spec::{GiftSpec, RefundAction};

/// Decimals of a rate that count: more than any table of rates has.
pub(crate) const RATE_DECIMALS: u32 = 10;

/// What could be read of a row's money.
pub(crate) struct Worth<'r> {
    /// The amount's cell.
    pub seen: Seen<'r>,
    /// What the cell says, in the row's own currency.
    pub given: Option<Money>,
    /// What counts: in the migration's currency; in its own where no rate is known; `None` if it cannot be read.
    pub money: Option<Money>,
    /// What went back beside it.
    pub back: Back<'r>,
    /// What it was in its own currency, and the rate as written, if it was exchanged.
    pub exchanged: Option<(Money, String)>,
    fault: Option<Fault<'r>>,
}

enum Fault<'r> {
    Unreadable,
    TooManyDecimals,
    /// A currency that nobody knows.
    Unknown(String),
    /// Another currency, without a rate (whose cell this is).
    Foreign(Currency, Seen<'r>),
}

/// Reads all of it, without any finding.
pub(crate) fn worth<'a: 'r, 'r>(mapper: &Mapper<'a>, spec: &'a GiftSpec, scene: &Scene<'r>) -> Worth<'r> {
    let seen = mapper.reader.read(&spec.amount, scene);
    let mut worth =
        Worth { seen, given: None, money: None, back: Back::Nothing, exchanged: None, fault: None };
    if worth.seen.is_error || worth.seen.is_blank() {
        return worth;
    }
    let home = mapper.ctx.currency;
    let currency = match named(mapper, spec, scene, &worth.seen) {
        Ok(currency) => currency,
        Err(text) => return Worth { fault: Some(Fault::Unknown(text)), ..worth },
    };
    let minor = match read(&worth.seen.text, worth.seen.kind, mapper.mark(&worth.seen), currency.exponent()) {
        Ok(minor) => amount::signed(mapper, minor),
        Err(BadAmount::Unreadable) => return Worth { fault: Some(Fault::Unreadable), ..worth },
        Err(BadAmount::TooManyDecimals) => return Worth { fault: Some(Fault::TooManyDecimals), ..worth },
    };
    let given = Money::new(minor, currency);
    worth.given = Some(given);
    worth.back = back(mapper, spec, scene, given);
    let own = match &worth.back {
        Back::Net(back) => Money::new(minor - back.minor(), currency),
        _ => given,
    };
    worth.money = Some(own);
    if currency != home {
        let rate = mapper.reader.read_option(spec.rate.as_ref(), scene);
        match exchange(mapper, own, &rate) {
            Some(money) => {
                worth.money = Some(money);
                worth.exchanged = Some((own, rate.text.into_owned()));
            }
            None => worth.fault = Some(Fault::Foreign(currency, rate)),
        }
    }
    worth
}

impl Worth<'_> {
    /// The currency in which the row's cells are written.
    pub fn currency(&self, home: Currency) -> Currency {
        self.given.map_or(home, |given| given.currency())
    }

    /// The share of what counts that belongs to a part of what was given.
    pub fn share(&self, part: Money) -> Money {
        match (self.given, self.money) {
            (Some(given), Some(money)) if given != money && given.minor() != 0 => {
                let scaled = i128::from(part.minor()) * i128::from(money.minor());
                let whole = i128::from(given.minor());
                let half = whole.abs() / 2 * if scaled < 0 { -1 } else { 1 };
                let minor = i64::try_from((scaled + half) / whole).unwrap_or(part.minor());
                Money::new(minor, money.currency())
            }
            _ => part,
        }
    }

    /// Adds the findings about the money of a row that is to be a gift.
    pub fn report(&self, desk: &mut Desk<'_>, home: Currency) {
        self.back.report(desk);
        let seen = &self.seen;
        match &self.fault {
            None => {}
            Some(Fault::Unreadable) => desk.add(Code::BadAmount, seen, ""),
            Some(Fault::TooManyDecimals) => desk.add(Code::TooManyDecimals, seen, ""),
            Some(Fault::Unknown(text)) => {
                desk.add(Code::ForeignCurrency, seen, format!("{text} is no currency that is known here"));
            }
            Some(Fault::Foreign(currency, rate)) => {
                let rate = if rate.is_blank() { "no rate is given" } else { "its rate cannot be read" };
                let detail = format!("it is in {currency}, this migration in {home}; {rate}");
                desk.add(Code::ForeignCurrency, seen, detail);
            }
        }
    }

    /// What a gift says of money that is not as it was given.
    pub fn notes(&self, notes: &mut Vec<String>) {
        if let Back::Net(back) = &self.back {
            notes.push(format!("Of what was given, {back} went back"));
        }
        if let Some((own, rate)) = &self.exchanged {
            notes.push(format!("Given as {own}, exchange rate {rate}"));
        }
    }
}

fn back<'a: 'r, 'r>(mapper: &Mapper<'a>, spec: &'a GiftSpec, scene: &Scene<'r>, given: Money) -> Back<'r> {
    let Some((refund, value)) = spec.refund.as_ref().and_then(|r| Some((r, r.amount.as_ref()?))) else {
        return Back::Nothing;
    };
    let seen = mapper.reader.read(value, scene);
    if seen.is_blank() {
        return Back::Nothing;
    }
    let minor = match seen.is_error {
        true => None,
        false => read(&seen.text, seen.kind, mapper.mark(&seen), given.currency().exponent()).ok(),
    };
    // Money that went back itself has nothing beside it that could go back again.
    if given.minor() <= 0 {
        return if minor == Some(0) { Back::Nothing } else { Back::Unfit(seen) };
    }
    Back::of(given, minor, seen, refund.part)
}

/// The currency of a row: what its column says, or the amount itself, or the migration's. The text of one
/// that is unknown, or of two that differ.
fn named<'a>(
    mapper: &Mapper<'a>,
    spec: &'a GiftSpec,
    scene: &Scene<'_>,
    seen: &Seen<'_>,
) -> Result<Currency, String> {
    let home = mapper.ctx.currency;
    let is_plain = |b: u8| matches!(b, b'0'..=b'9' | b'.' | b',' | b'-');
    let mark = match seen.text.bytes().all(is_plain) {
        true => None,
        false => peel(&seen.text).and_then(|p| p.currency),
    };
    let column = mapper.reader.read_option(spec.currency.as_ref(), scene);
    let of_column = if column.is_blank() { None } else { Some(currency(&column.text, home)?) };
    match (of_column, mark) {
        (None, None) => Ok(home),
        (None, Some(mark)) => currency(mark, home),
        (Some(column), None) => Ok(column),
        (Some(column), Some(mark)) if amount::fits(mark, column) => Ok(column),
        (Some(column), Some(mark)) => Err(format!("{column} and {mark}")),
    }
}

fn currency(written: &str, home: Currency) -> Result<Currency, String> {
    if amount::fits(written, home) {
        return Ok(home);
    }
    let code = match written {
        "€" => "EUR".to_owned(),
        "£" => "GBP".to_owned(),
        "¥" => "JPY".to_owned(),
        _ => match written.strip_suffix('$') {
            Some(country) if country.len() == 2 => format!("{country}D"),
            _ => written.to_owned(),
        },
    };
    Currency::new(&code).map_err(|_| written.to_owned())
}

/// An amount of another currency in the migration's, to the nearest unit, halves away from zero.
fn exchange(mapper: &Mapper<'_>, own: Money, rate: &Seen<'_>) -> Option<Money> {
    if rate.is_blank() || rate.is_error {
        return None;
    }
    let home = mapper.ctx.currency;
    let factor = read(&rate.text, rate.kind, mapper.mark(rate), RATE_DECIMALS).ok().filter(|f| *f > 0)?;
    let scaled = i128::from(own.minor()) * i128::from(factor) * 10i128.pow(home.exponent());
    let unit = 10i128.pow(RATE_DECIMALS + own.currency().exponent());
    let half = if scaled < 0 { -unit / 2 } else { unit / 2 };
    i64::try_from((scaled + half) / unit).ok().map(|minor| Money::new(minor, home))
}

/// Whether the row's gift went back in whole, and a rule leaves such gifts out.
pub(crate) fn left_out<'a>(worth: &Worth<'_>, spec: &'a GiftSpec) -> Option<&'a str> {
    let refund = spec.refund.as_ref()?;
    (matches!(worth.back, Back::Whole(_)) && refund.whole == RefundAction::Drop)
        .then_some(refund.rule.as_str())
}
