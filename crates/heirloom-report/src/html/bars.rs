//! Stacked bars: how far each year, fund or type has come.

use heirloom_model::Currency;

use super::axis::{Axis, Tick};
use crate::Agreement;
use crate::words::{clip, money};

/// The states a bar is made of, from its base: class, name.
pub(super) const STATES: [(&str, &str); 5] = [
    ("s-confirmed", "in the CRM"),
    ("s-sent", "sealed or sent, not yet seen there"),
    ("s-rest", "not sealed"),
    ("s-held", "held for a person"),
    ("s-excluded", "left out by rules"),
];

const COLUMNS_TOP: f64 = 12.0;
const COLUMNS_FOOT: f64 = 232.0;
const COLUMNS_LEFT: f64 = 64.0;
const COLUMNS_RIGHT: f64 = 988.0;
const ROWS_LEFT: f64 = 230.0;
const ROWS_RIGHT: f64 = 870.0;
const ROW: f64 = 27.0;

/// A drawn breakdown; lengths in units of the drawing, which is 1,000 wide.
pub(super) struct Chart {
    /// Whether bars stand (years) or lie (funds, types).
    pub(super) stands: bool,
    pub(super) height: f64,
    pub(super) bars: Vec<Bar>,
    pub(super) ticks: Vec<Tick>,
    /// The states that occur: class, name.
    pub(super) legend: Vec<(&'static str, &'static str)>,
}

pub(super) struct Bar {
    pub(super) label: String,
    pub(super) amount: String,
    /// What a pointer over the bar says.
    pub(super) hint: String,
    /// Where the label stands: x of a column's middle, or y of a row's base line.
    pub(super) at: f64,
    pub(super) parts: Vec<Part>,
}

pub(super) struct Part {
    pub(super) class: &'static str,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Chart {
    /// Draws standing columns, in the order given.
    pub(super) fn columns(lines: &[Agreement], currency: Currency) -> Self {
        let axis = Axis::rounded(0, highest(lines), 4);
        let slot = (COLUMNS_RIGHT - COLUMNS_LEFT) / lines.len().max(1) as f64;
        let every = (46.0 / slot).ceil().max(1.0) as usize;
        let column = |(i, line): (usize, &Agreement)| {
            let x = COLUMNS_LEFT + slot * i as f64;
            let gap = (slot * 0.22).min(14.0);
            let reach = |minor| (COLUMNS_FOOT - COLUMNS_TOP) * axis.place(minor);
            let parts = stack(line, |class, from, to| Part {
                class,
                x: x + gap / 2.0,
                y: COLUMNS_FOOT - reach(to),
                width: slot - gap,
                height: reach(to) - reach(from),
            });
            let labelled = i % every == 0;
            let label = if labelled {
                clip(&line.label, (slot * every as f64 / 6.0) as usize)
            } else {
                String::new()
            };
            Bar { label, amount: String::new(), hint: hint(line, currency), at: x + slot / 2.0, parts }
        };
        Chart {
            stands: true,
            height: COLUMNS_FOOT + 28.0,
            bars: lines.iter().enumerate().map(column).collect(),
            ticks: axis.ticks(currency),
            legend: legend(lines),
        }
    }

    /// Draws lying bars, in the order given.
    pub(super) fn rows(lines: &[Agreement], currency: Currency) -> Self {
        let axis = Axis::new(0, highest(lines), 5);
        let row = |(i, line): (usize, &Agreement)| {
            let y = ROW * i as f64 + 5.0;
            let reach = |minor| (ROWS_RIGHT - ROWS_LEFT) * axis.place(minor);
            let parts = stack(line, |class, from, to| Part {
                class,
                x: ROWS_LEFT + reach(from),
                y,
                width: reach(to) - reach(from),
                height: 16.0,
            });
            Bar {
                label: clip(&line.label, 28),
                amount: super::minus_sign(&money(line.file.minor, currency)),
                hint: hint(line, currency),
                at: y + 13.0,
                parts,
            }
        };
        Chart {
            stands: false,
            height: ROW * lines.len() as f64 + 4.0,
            bars: lines.iter().enumerate().map(row).collect(),
            ticks: Vec::new(),
            legend: legend(lines),
        }
    }

    pub(super) fn y(&self, tick: &Tick) -> f64 {
        COLUMNS_FOOT - tick.at * (COLUMNS_FOOT - COLUMNS_TOP)
    }
}

/// A line's amounts in the order of [`STATES`]; nothing is drawn below zero.
fn amounts(line: &Agreement) -> [i128; 5] {
    let (sent, confirmed) = (line.sent.minor, line.confirmed.minor);
    let known = [line.excluded.minor, line.held.minor, sent];
    let rest = known.iter().fold(line.file.minor, |rest, part| rest.saturating_sub(*part));
    let parts = [confirmed, sent.saturating_sub(confirmed), rest, line.held.minor, line.excluded.minor];
    parts.map(|minor| minor.max(0))
}

fn highest(lines: &[Agreement]) -> i128 {
    let sum = |line| amounts(line).into_iter().fold(0i128, i128::saturating_add);
    lines.iter().map(sum).max().unwrap_or(0)
}

fn stack(line: &Agreement, draw: impl Fn(&'static str, i128, i128) -> Part) -> Vec<Part> {
    let mut from = 0i128;
    let mut parts = Vec::new();
    for ((class, _), minor) in STATES.into_iter().zip(amounts(line)) {
        if minor > 0 {
            let to = from.saturating_add(minor);
            parts.push(draw(class, from, to));
            from = to;
        }
    }
    parts
}

fn legend(lines: &[Agreement]) -> Vec<(&'static str, &'static str)> {
    let occurs = |i: &usize| lines.iter().any(|line| amounts(line)[*i] > 0);
    (0..STATES.len()).filter(occurs).map(|i| STATES[i]).collect()
}

fn hint(line: &Agreement, currency: Currency) -> String {
    let parts = STATES.iter().zip(amounts(line)).filter(|(_, minor)| *minor > 0);
    let parts: Vec<String> =
        parts.map(|((_, name), minor)| format!("{} {name}", money(minor, currency))).collect();
    format!("{}: {}", clip(&line.label, 60), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invented;

    #[test]
    fn the_parts_of_a_bar_lie_end_to_end() {
        let report = invented::food_bank();
        for bar in Chart::rows(&report.by_fund, Currency::USD).bars {
            for pair in bar.parts.windows(2) {
                assert!((pair[0].x + pair[0].width - pair[1].x).abs() < 1e-6);
            }
        }
        for bar in Chart::columns(&report.by_year, Currency::USD).bars {
            for pair in bar.parts.windows(2) {
                assert!((pair[1].y + pair[1].height - pair[0].y).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn refunds_do_not_draw_below_the_axis() {
        let mut line = Agreement::default();
        line.file.minor = -500;
        line.sent.minor = -500;
        for chart in [Chart::rows(&[line.clone()], Currency::USD), Chart::columns(&[line], Currency::USD)] {
            assert!(chart.bars[0].parts.is_empty());
        }
    }
}
