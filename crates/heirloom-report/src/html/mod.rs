//! The report page: one file without script or network. The template is escaped
//! throughout, and characters that could reorder or hide text are made visible at the end.

mod axis;
mod bars;
mod breakdown;
mod waterfall;

use std::borrow::Borrow;

use askama::Template;
use heirloom_model::{Finding, Severity, Tally};

use crate::words::{self, is_hostile};
use crate::{ChainKind, ChainLine, Report, Tile, Tone, Ways};
use breakdown::Breakdown;
use waterfall::Waterfall;

pub(crate) const STYLE: &str = include_str!("../../templates/style.css");
/// The SHA-256 of [`STYLE`] in base64: the page's policy allows this style and no other.
pub(crate) const STYLE_HASH: &str = "gfNlFtqTlQ4mzegu5bNvwda8VTP8aSz7WuYREo2olgk=";

/// Longest text of one field on the page, in characters.
const TEXT_MAX: usize = 300;
/// Most lines of any list on the page; the JSON document has them all.
const LINES_MAX: usize = 200;
/// Most values listed under one finding.
const VALUES_MAX: usize = 20;

/// Renders the report as one self-contained HTML page of at most 5 MB.
///
/// The page needs no script and no network, and its policy forbids both. Whatever stands
/// in donor data is shown as text. Long lists end with the number of lines left out.
pub fn html(report: &Report) -> String {
    let page = Page {
        style: STYLE,
        style_hash: STYLE_HASH,
        chain_problem: report.check_chain().err(),
        waterfall: Waterfall::new(&report.chain, report.currency),
        breakdowns: breakdowns(report),
        r: report,
    };
    let text = page.render().expect("the template only writes into a string");
    let visible = |c| match c {
        '\n' => c,
        c if is_hostile(c) => words::safe_char(c),
        c => c,
    };
    text.chars().map(visible).collect()
}

fn breakdowns(report: &Report) -> Vec<Breakdown> {
    let made = [
        Breakdown::by_year(&report.by_year, report.currency),
        Breakdown::by_fund(&report.by_fund, report.currency),
        Breakdown::by_type(&report.by_type, report.currency),
    ];
    made.into_iter().flatten().collect()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    r: &'a Report,
    style: &'static str,
    style_hash: &'static str,
    chain_problem: Option<String>,
    waterfall: Option<Waterfall>,
    breakdowns: Vec<Breakdown>,
}

/// What the template asks for.
impl Page<'_> {
    fn money(&self, minor: impl Borrow<i128>) -> String {
        minus_sign(&words::money(*minor.borrow(), self.r.currency))
    }

    /// An amount, or a dash where there is none.
    fn money_or_dash(&self, minor: impl Borrow<i128>) -> String {
        match *minor.borrow() {
            0 => "–".to_owned(),
            minor => self.money(minor),
        }
    }

    fn number(&self, number: impl Borrow<u64>) -> String {
        words::number(*number.borrow())
    }

    fn number_or_dash(&self, number: impl Borrow<u64>) -> String {
        match *number.borrow() {
            0 => "–".to_owned(),
            number => words::number(number),
        }
    }

    fn count(&self, number: impl Borrow<u64>, noun: &str) -> String {
        words::count(*number.borrow(), noun)
    }

    fn days(&self, number: impl Borrow<u32>, noun: &str) -> String {
        words::count(u64::from(*number.borrow()), noun)
    }

    fn duration(&self, ms: impl Borrow<i64>) -> String {
        words::duration(*ms.borrow())
    }

    /// Text of a field, shortened.
    fn text(&self, text: &str) -> String {
        words::clip(text, TEXT_MAX)
    }

    /// The first digits of a digest, enough to tell two apart by eye.
    fn digest(&self, text: &str) -> String {
        words::clip(text, 16)
    }

    fn first<'b, T>(&self, lines: &'b [T]) -> &'b [T] {
        &lines[..lines.len().min(LINES_MAX)]
    }

    fn values<'b, T>(&self, lines: &'b [T]) -> &'b [T] {
        &lines[..lines.len().min(VALUES_MAX)]
    }

    /// A sentence about lines that are not shown; empty if all are.
    fn more<T>(&self, lines: &[T]) -> String {
        left_out(lines.len(), LINES_MAX)
    }

    fn more_values<T>(&self, lines: &[T]) -> String {
        left_out(lines.len(), VALUES_MAX)
    }

    fn tile_large(&self, tile: &Tile) -> String {
        match (tile.rows, tile.minor) {
            (0, 0) => "none".to_owned(),
            (rows, 0) => words::number(rows),
            (_, minor) => self.money(minor),
        }
    }

    fn tile_small(&self, tile: &Tile) -> String {
        match (tile.rows, tile.minor) {
            (rows, 0) if rows > 0 => self.money(0),
            (rows, _) => words::count(rows, "row"),
        }
    }

    fn tone(&self, tile: &Tile) -> ToneWords {
        let (class, sign, words) = match tile.tone {
            Tone::Good => ("good", "✓", "as it should be"),
            Tone::Wait => ("wait", "◷", "wait"),
            Tone::Act => ("act", "!", "needs a person"),
            Tone::Plain => ("plain", "", ""),
        };
        ToneWords { class, sign, words }
    }

    fn is_minus(&self, line: &ChainLine) -> bool {
        line.kind == ChainKind::Minus
    }

    fn chain_rows(&self, line: &ChainLine) -> String {
        match (line.kind, line.rows) {
            (ChainKind::Minus, 1..) => format!("−{}", words::number(line.rows)),
            _ => words::number(line.rows),
        }
    }

    fn chain_money(&self, line: &ChainLine) -> String {
        match line.kind {
            ChainKind::Minus => self.money(line.minor.saturating_neg()),
            _ => self.money(line.minor),
        }
    }

    fn holds(&self, group: &crate::FindingGroup) -> bool {
        group.code.severity() == Severity::Blocks
    }

    fn sheet_and_row(&self, finding: &Finding) -> String {
        let row = words::number(u64::from(finding.at.row_number));
        match &finding.at.sheet {
            Some(sheet) => format!("{}, row {row}", words::clip(sheet, 60)),
            None => format!("row {row}"),
        }
    }

    fn seen(&self, text: &str) -> String {
        match text {
            "" => "(empty)".to_owned(),
            text => self.text(text),
        }
    }

    /// The ways to reach donors, line by line: name, sent, due later, handed over.
    fn ways(&self) -> [(&'static str, u64, u64, u64); 5] {
        let d = &self.r.donors;
        let line = |name, of: fn(&Ways) -> u64| (name, of(&d.sent), of(&d.due_later), of(&d.handed_over));
        [
            line("Addresses", |w| w.addresses),
            line("Telephone numbers", |w| w.phones),
            line("E-mail addresses", |w| w.emails),
            line("Flags", |w| w.flags),
            line("Legacy ids", |w| w.references),
        ]
    }

    fn piles_sum(&self) -> Tally {
        let mut sum = Tally::default();
        self.r.piles.iter().for_each(|pile| sum.merge(pile.1));
        sum
    }

    /// Whether the donors' balance comes out even.
    fn donors_balance(&self) -> bool {
        let d = &self.r.donors;
        let parts = [d.excluded, d.held, d.contacts, d.merged_into, d.second_individuals];
        parts.into_iter().map(u128::from).sum::<u128>() == u128::from(d.records)
    }
}

/// How a tone is shown: its class, its sign and the words for who cannot see either.
struct ToneWords {
    class: &'static str,
    sign: &'static str,
    words: &'static str,
}

fn left_out(lines: usize, max: usize) -> String {
    match lines.saturating_sub(max) {
        0 => String::new(),
        more => format!("… and {} more, in the JSON document", words::number(more as u64)),
    }
}

/// Sets a true minus sign, which is as wide as a digit.
fn minus_sign(text: &str) -> String {
    text.replacen('-', "−", 1)
}

#[cfg(test)]
mod tests;
