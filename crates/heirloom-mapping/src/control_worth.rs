//! What a row is worth by the independent reader: its amount, less what went back beside it, in the
//! currency that it is in after the rate beside it. Written apart from the rules, over raw cells.

use std::cmp::Ordering;

use heirloom_model::{CellKind, CellRef, Currency, SourceRow};

use crate::control::read_cents;
use crate::ground::Verdict;
use crate::spec::{Body, Mapping, RefundAction, Signs, Source, Value};
use crate::survey::Survey;

/// Decimals of a rate.
const RATE_DECIMALS: u32 = 10;

/// Where the money of one sheet's rows stands.
pub struct ControlReader<'a> {
    mapping: &'a Mapping,
    home: Currency,
    amount: Column,
    currency: Column,
    /// What the mapping itself says of the currency.
    constant: Option<&'a str>,
    rate: Column,
    back: Column,
    takes_off: bool,
}

#[derive(Default)]
struct Column {
    /// The first filled one counts.
    places: Vec<usize>,
    is_comma: bool,
}

impl Column {
    fn of(value: Option<&Value>, survey: &Survey, sheet: u16) -> Column {
        let Some(value) = value else { return Column::default() };
        let mut columns = Vec::new();
        value.columns_in(0, &mut columns);
        let places = columns.into_iter().filter_map(|c| survey.ground.column(sheet, c)).collect();
        let verdict = first_fact(value).and_then(|fact| survey.verdicts.get(fact));
        let is_comma = matches!(verdict, Some(Verdict::Amount(crate::number::Mark::Comma)));
        Column { places, is_comma }
    }

    fn cell<'r>(&self, row: &'r SourceRow, nulls: &[String]) -> Option<CellRef<'r>> {
        let is_null = |text: &str| nulls.iter().any(|null| null.trim().eq_ignore_ascii_case(text));
        let filled = |cell: &CellRef<'_>| !cell.text.trim().is_empty() && !is_null(cell.text.trim());
        self.places.iter().map(|&place| row.cell(place)).find(filled)
    }

    fn units(&self, cell: CellRef<'_>, decimals: u32) -> Option<i128> {
        read_cents(cell.text, cell.kind, self.is_comma, decimals).map(i128::from)
    }
}

fn first_fact(value: &Value) -> Option<usize> {
    match &value.source {
        Source::Cell(cell) => cell.fact,
        Source::FirstOf(values) => values.iter().find_map(first_fact),
        Source::Constant(_) | Source::Template(_) => None,
    }
}

impl<'a> ControlReader<'a> {
    /// A reader of one sheet; `None` for donor files.
    pub fn new(mapping: &'a Mapping, survey: &Survey, sheet: u16, home: Currency) -> Option<Self> {
        let Body::Gift(spec) = &mapping.body else { return None };
        let column = |value: Option<&Value>| Column::of(value, survey, sheet);
        let refund = spec.refund.as_ref();
        Some(ControlReader {
            mapping,
            home,
            amount: Column { is_comma: survey.has_decimal_comma(), ..column(Some(&spec.amount)) },
            currency: column(spec.currency.as_ref()),
            constant: spec.currency.as_ref().and_then(said_by_mapping),
            rate: column(spec.rate.as_ref()),
            back: column(refund.and_then(|r| r.amount.as_ref())),
            takes_off: refund.is_some_and(|r| r.part == RefundAction::Net),
        })
    }

    /// What a row says it is worth, in minor units of a currency; `None` where that cannot be read.
    pub fn worth(&self, row: &SourceRow) -> Option<(Currency, i64)> {
        let cell = self.amount.cell(row, &[])?;
        let written = self.currency.cell(row, &self.mapping.nulls).map(|cell| cell.text.trim());
        let currency = self.currency_of(cell.text, written.or(self.constant))?;
        let said = self.amount.units(cell, currency.exponent())?;
        // The one thing that this reader is told: which way round the books are written.
        let given = if self.mapping.signs() == Signs::Reversed { -said } else { said };
        let own = given - self.went_back(row, given, currency);
        let (currency, minor) = match self.exchanged(row, own, currency) {
            Some(minor) if currency != self.home => (self.home, minor),
            _ => (currency, own),
        };
        Some((currency, i64::try_from(minor).ok()?))
    }

    fn went_back(&self, row: &SourceRow, given: i128, currency: Currency) -> i128 {
        let cell = self.back.cell(row, &self.mapping.nulls).filter(|_| self.takes_off && given > 0);
        let back = cell.and_then(|cell| self.back.units(cell, currency.exponent())).unwrap_or(0).abs();
        match back.cmp(&given) {
            Ordering::Less => back,
            // All of it, or more: the row stands as it is.
            Ordering::Equal | Ordering::Greater => 0,
        }
    }

    fn exchanged(&self, row: &SourceRow, own: i128, from: Currency) -> Option<i128> {
        let cell = self.rate.cell(row, &self.mapping.nulls).filter(|cell| cell.kind != CellKind::Error)?;
        let rate = self.rate.units(cell, RATE_DECIMALS).filter(|rate| *rate > 0)?;
        // In units of the last decimal of everything; rounded once, halves away from zero.
        let exact = own.checked_mul(rate)?.checked_mul(10i128.pow(self.home.exponent()))?;
        let unit = 10i128.pow(RATE_DECIMALS + from.exponent());
        let whole = exact / unit;
        let rounds_up = (exact % unit).abs() * 2 >= unit;
        Some(if rounds_up { whole + exact.signum() } else { whole })
    }

    /// The currency of an amount as written, with what its column says; `None` where they contradict
    /// each other, or name none that is known.
    fn currency_of(&self, amount: &str, column: Option<&str>) -> Option<Currency> {
        let mark: String =
            amount.chars().filter(|c| c.is_ascii_alphabetic() || "$€£¥".contains(*c)).collect();
        let column = match column {
            Some(text) => Some(if stands_for(text, self.home) { self.home } else { code(text)? }),
            None => None,
        };
        match (column, mark.as_str()) {
            (column, "") => Some(column.unwrap_or(self.home)),
            (Some(column), mark) => stands_for(mark, column).then_some(column),
            (None, mark) if stands_for(mark, self.home) => Some(self.home),
            (None, mark) => code(mark),
        }
    }
}

fn said_by_mapping(value: &Value) -> Option<&str> {
    match &value.source {
        Source::Constant(text) => Some(text),
        _ => value.default.as_deref(),
    }
}

/// Whether a sign or code may mean this currency.
fn stands_for(mark: &str, currency: Currency) -> bool {
    let code = currency.as_str();
    let dollars = ["USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "CLP", "COP", "ARS"];
    match mark.strip_suffix('$') {
        Some("") => dollars.contains(&code),
        Some(country) => code.to_ascii_lowercase().starts_with(&country.to_ascii_lowercase()),
        None => match mark {
            "€" => code == "EUR",
            "£" => code == "GBP",
            "¥" => ["JPY", "CNY"].contains(&code),
            _ => code.eq_ignore_ascii_case(mark),
        },
    }
}

/// The currency that a foreign sign or code names by itself.
fn code(mark: &str) -> Option<Currency> {
    let code = match mark {
        "€" => "EUR".to_owned(),
        "£" => "GBP".to_owned(),
        "¥" => "JPY".to_owned(),
        _ if mark.len() == 3 && mark.ends_with('$') => mark.replace('$', "D"),
        _ => mark.to_owned(),
    };
    Currency::new(&code).ok()
}
