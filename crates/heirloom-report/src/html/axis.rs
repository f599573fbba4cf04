//! Axes of charts: round steps and short labels for amounts.

use heirloom_model::{Currency, group_thousands};

use crate::words::mark;

/// A tick: how far along the axis (0 to 1) and what it says.
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) label: String,
}

/// A scale from `low` to `high` minor units.
pub(super) struct Axis {
    pub(super) low: i128,
    pub(super) high: i128,
    step: i128,
}

impl Axis {
    /// An axis that shows `low` and `high`, in about `ticks` round steps.
    pub(super) fn new(low: i128, high: i128, ticks: i128) -> Self {
        let step = round_step(high.saturating_sub(low).max(1) / ticks.max(1));
        let low = low.div_euclid(step).saturating_mul(step);
        Axis { low, high: high.max(low.saturating_add(1)), step }
    }

    /// The same, stretched to end on a round step.
    pub(super) fn rounded(low: i128, high: i128, ticks: i128) -> Self {
        let mut axis = Axis::new(low, high, ticks);
        let steps = axis.high.saturating_sub(axis.low).saturating_sub(1) / axis.step + 1;
        axis.high = axis.low.saturating_add(steps.saturating_mul(axis.step));
        axis
    }

    /// Where an amount lies: 0 at the low end, 1 at the high end; outside is clamped.
    pub(super) fn place(&self, minor: i128) -> f64 {
        let span = self.high.saturating_sub(self.low).max(1) as f64;
        (minor.saturating_sub(self.low) as f64 / span).clamp(0.0, 1.0)
    }

    /// The round steps on the axis.
    pub(super) fn ticks(&self, currency: Currency) -> Vec<Tick> {
        let at = |i: i128| self.low.saturating_add(self.step.saturating_mul(i));
        let inside = (0..24).map(at).take_while(|&minor| minor <= self.high);
        inside.map(|minor| Tick { at: self.place(minor), label: short(minor, currency) }).collect()
    }
}

/// The smallest of 1, 2, 5, 10, 20, 50 … that is at least `least`.
fn round_step(least: i128) -> i128 {
    let mut power: i128 = 1;
    loop {
        for digit in [1, 2, 5] {
            let step = power.saturating_mul(digit);
            if step >= least {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// An amount in a few characters: `$0`, `$2,500`, `$50k`, `$1.2M`; parts of a unit are dropped.
pub(super) fn short(minor: i128, currency: Currency) -> String {
    let units = minor.unsigned_abs() / 10u128.pow(currency.exponent());
    let sign = if minor < 0 { "−" } else { "" };
    let digits = match units {
        0..10_000 => group_thousands(&units.to_string()),
        10_000..1_000_000 => scaled(units, 1_000, "k"),
        1_000_000..1_000_000_000 => scaled(units, 1_000_000, "M"),
        _ => scaled(units, 1_000_000_000, "bn"),
    };
    format!("{sign}{}{digits}", mark(currency))
}

fn scaled(units: u128, unit: u128, name: &str) -> String {
    let (whole, tenth) = (units / unit, units % unit * 10 / unit);
    let whole = group_thousands(&whole.to_string());
    if tenth == 0 { format!("{whole}{name}") } else { format!("{whole}.{tenth}{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_on_an_axis_are_short() {
        let check = |minor, expected: &str| assert_eq!(short(minor, Currency::USD), expected);
        check(0, "$0");
        check(250_000, "$2,500");
        check(5_000_000, "$50k");
        check(-120_000_000, "−$1.2M");
        check(i128::MAX, "$1,701,411,834,604,692,317,316,873,037.1bn");
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::rounded(0, 4_873_100, 4);
        let labels: Vec<String> = axis.ticks(Currency::USD).into_iter().map(|t| t.label).collect();
        assert_eq!(labels, ["$0", "$20k", "$40k", "$60k"]);
        for (low, high) in [(0, 0), (-5, 5), (i128::MIN, i128::MAX), (7, 3)] {
            let ticks = Axis::rounded(low, high, 4).ticks(Currency::USD);
            assert!(ticks.iter().all(|t| (0.0..=1.0).contains(&t.at)));
        }
    }
}
