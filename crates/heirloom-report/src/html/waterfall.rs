//! The chain drawn as a waterfall: each bar begins where the one above it ended.

use heirloom_model::Currency;

use super::axis::{Axis, Tick, short};
use super::minus_sign;
use crate::words::{clip, money};
use crate::{ChainKind, ChainLine};

const LEFT: f64 = 290.0;
const RIGHT: f64 = 860.0;
const ROW: f64 = 30.0;
const BAR: f64 = 18.0;
/// Thinnest bar: a small step stays visible.
const THIN: f64 = 2.0;
/// Most lines drawn; a longer chain has its table only.
const LINES_MAX: usize = 24;

/// A drawn chain; lengths in units of the drawing, which is 1,000 wide.
pub(super) struct Waterfall {
    pub(super) height: f64,
    pub(super) foot: f64,
    pub(super) bars: Vec<Bar>,
    pub(super) ticks: Vec<Tick>,
    /// What to say about an axis that does not begin at zero; empty if it does.
    pub(super) cut: String,
}

pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) label: String,
    pub(super) amount: String,
    pub(super) top: f64,
    pub(super) middle: f64,
    pub(super) x: f64,
    pub(super) width: f64,
    /// Where the line to the next bar runs, and where it begins.
    pub(super) join: f64,
    pub(super) join_top: f64,
    pub(super) last: bool,
    pub(super) torn: bool,
}

impl Waterfall {
    /// Draws a chain; `None` for one that is empty or too long to read.
    pub(super) fn new(chain: &[ChainLine], currency: Currency) -> Option<Self> {
        if chain.is_empty() || chain.len() > LINES_MAX {
            return None;
        }
        let levels = levels(chain);
        let axis = axis(&levels);
        let draw = |(i, (line, &(from, to)))| bar(i, line, from, to, &axis, currency);
        let mut bars: Vec<Bar> = chain.iter().zip(&levels).enumerate().map(draw).collect();
        if let Some(bar) = bars.last_mut() {
            bar.last = true;
        }
        let foot = bars.len() as f64 * ROW + 6.0;
        Some(Waterfall {
            height: foot + 26.0,
            foot,
            bars,
            ticks: axis.ticks(currency),
            cut: cut(&axis, currency),
        })
    }

    pub(super) fn x(&self, tick: &Tick) -> f64 {
        LEFT + tick.at * (RIGHT - LEFT)
    }
}

/// Where each line begins and ends: totals reach from the axis, the others hang between levels.
fn levels(chain: &[ChainLine]) -> Vec<(i128, i128)> {
    let mut running: i128 = 0;
    let level = |line: &ChainLine| match line.kind {
        ChainKind::Minus => {
            let from = running;
            running = running.saturating_sub(line.minor);
            (from, running)
        }
        ChainKind::Start | ChainKind::Subtotal | ChainKind::End => {
            running = line.minor;
            (0, running)
        }
    };
    chain.iter().map(level).collect()
}

/// An axis from zero, or from just below the lowest level when all lie close together.
fn axis(levels: &[(i128, i128)]) -> Axis {
    let ends = || levels.iter().map(|l| l.1);
    let high = ends().max().unwrap_or(0).max(1);
    let low = ends().min().unwrap_or(0);
    let spread = high.saturating_sub(low);
    if low > 0 && spread > 0 && spread < high / 3 {
        let from = low.saturating_sub(spread / 2);
        return Axis::new(from, high, 5);
    }
    Axis::new(low.min(0), high, 5)
}

fn bar(i: usize, line: &ChainLine, from: i128, to: i128, axis: &Axis, currency: Currency) -> Bar {
    let place = |minor| LEFT + axis.place(minor) * (RIGHT - LEFT);
    let is_total = line.kind != ChainKind::Minus;
    let (a, b) = (place(from), place(to));
    let top = i as f64 * ROW + (ROW - BAR) / 2.0;
    let shown = if is_total { line.minor } else { line.minor.saturating_neg() };
    let width = (a - b).abs();
    Bar {
        class: match line.kind {
            ChainKind::Start | ChainKind::Subtotal => "w-total",
            ChainKind::Minus => "w-minus",
            ChainKind::End => "w-end",
        },
        label: clip(&line.label, 36),
        amount: minus_sign(&money(shown, currency)),
        top,
        middle: top + BAR / 2.0 + 5.0,
        x: a.min(b),
        width: if line.minor == 0 { 0.0 } else { width.max(THIN) },
        join: b,
        join_top: if line.minor == 0 { top } else { top + BAR },
        last: false,
        torn: is_total && axis.low > 0,
    }
}

fn cut(axis: &Axis, currency: Currency) -> String {
    if axis.low <= 0 {
        return String::new();
    }
    format!(
        "The axis begins at {}, so that small steps can be seen; the torn bars are longer than drawn.",
        short(axis.low, currency)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invented;

    #[test]
    fn each_bar_begins_where_the_one_above_ended() {
        let drawn = Waterfall::new(&invented::food_bank().chain, Currency::USD).unwrap();
        for pair in drawn.bars.windows(2) {
            let right = pair[1].x + pair[1].width;
            assert!((pair[0].join - right).abs() <= THIN, "{}", pair[1].label);
        }
        assert!(drawn.cut.contains("begins at $"), "{}", drawn.cut);
    }

    #[test]
    fn levels_far_apart_are_drawn_from_zero() {
        let mut chain = invented::food_bank().chain;
        chain[1].minor = 30_000_000;
        chain.last_mut().unwrap().minor = 0;
        let drawn = Waterfall::new(&chain, Currency::USD).unwrap();
        assert_eq!(drawn.cut, "");
        assert!(Waterfall::new(&[], Currency::USD).is_none());
    }
}
