//! Giving by year, fund and type: a chart, and the table it was drawn from.

use heirloom_model::{Currency, Tally};

use super::bars::Chart;
use super::minus_sign;
use crate::Agreement;
use crate::words::{clip, count, money, number};

/// Most lines of a table; the others are added up in one.
const LINES_MAX: usize = 200;
/// Most bars of a chart that lies.
const BARS_MAX: usize = 12;

type Pick = fn(&Agreement) -> Tally;
const COLUMNS: [(&str, Pick); 5] = [
    ("In the file", |a| a.file),
    ("Left out", |a| a.excluded),
    ("Held", |a| a.held),
    ("Sealed", |a| a.sent),
    ("In the CRM", |a| a.confirmed),
];

/// One breakdown as the page shows it.
pub(super) struct Breakdown {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) head: &'static str,
    /// What the counts count.
    pub(super) noun: &'static str,
    pub(super) note: &'static str,
    pub(super) chart: Chart,
    /// The groups of columns that hold anything.
    pub(super) columns: Vec<&'static str>,
    pub(super) lines: Vec<Line>,
    pub(super) total: Line,
    /// The verdict over all lines.
    pub(super) verdict: String,
}

pub(super) struct Line {
    pub(super) label: String,
    /// `(count, amount)` of each group of columns.
    pub(super) cells: Vec<(String, String)>,
    pub(super) agrees: bool,
}

impl Breakdown {
    pub(super) fn by_year(lines: &[Agreement], currency: Currency) -> Option<Self> {
        let chart = Chart::columns(&folded(lines, LINES_MAX), currency);
        let made = Self::new("years", "Giving by year", "Year", chart, lines, currency)?;
        Some(made)
    }

    pub(super) fn by_fund(lines: &[Agreement], currency: Currency) -> Option<Self> {
        let chart = Chart::rows(&folded(lines, BARS_MAX), currency);
        let mut made = Self::new("funds", "Giving by fund", "Fund", chart, lines, currency)?;
        made.noun = "parts";
        made.note = "A gift that is split among funds counts once in each of them.";
        Some(made)
    }

    pub(super) fn by_type(lines: &[Agreement], currency: Currency) -> Option<Self> {
        let chart = Chart::rows(&folded(lines, BARS_MAX), currency);
        Self::new("types", "Giving by type", "Type", chart, lines, currency)
    }

    fn new(
        id: &'static str,
        title: &'static str,
        head: &'static str,
        chart: Chart,
        lines: &[Agreement],
        currency: Currency,
    ) -> Option<Self> {
        if lines.is_empty() {
            return None;
        }
        let used = |pick: &Pick| lines.iter().any(|line| pick(line) != Tally::default());
        let shown: Vec<(&str, Pick)> = COLUMNS
            .into_iter()
            .enumerate()
            .filter(|(i, (_, pick))| *i == 0 || used(pick))
            .map(|(_, column)| column)
            .collect();
        let picks: Vec<Pick> = shown.iter().map(|column| column.1).collect();
        let total = summed("Total".to_owned(), lines);
        Some(Breakdown {
            id,
            title,
            head,
            noun: "gifts",
            note: "",
            chart,
            columns: shown.iter().map(|column| column.0).collect(),
            lines: folded(lines, LINES_MAX).iter().map(|l| line(l, &picks, currency)).collect(),
            total: line(&total, &picks, currency),
            verdict: verdict(lines, head),
        })
    }
}

fn verdict(lines: &[Agreement], head: &str) -> String {
    let head = head.to_lowercase();
    match lines.iter().filter(|line| !line.agrees).count() as u64 {
        0 => format!("Every {head} agrees."),
        differ => format!("{} of {} do not agree.", number(differ), count(lines.len() as u64, &head)),
    }
}

/// The lines, the last of them added up in one if there are more than `max`.
fn folded(lines: &[Agreement], max: usize) -> Vec<Agreement> {
    if lines.len() <= max {
        return lines.to_vec();
    }
    let (head, rest) = lines.split_at(max - 1);
    let label = format!("{} others", number(rest.len() as u64));
    head.iter().cloned().chain([summed(label, rest)]).collect()
}

fn summed(label: String, lines: &[Agreement]) -> Agreement {
    let mut sum = Agreement { label, agrees: true, ..Agreement::default() };
    for line in lines {
        sum.file.merge(line.file);
        sum.excluded.merge(line.excluded);
        sum.held.merge(line.held);
        sum.sent.merge(line.sent);
        sum.confirmed.merge(line.confirmed);
        sum.agrees &= line.agrees;
    }
    sum
}

fn line(line: &Agreement, picks: &[Pick], currency: Currency) -> Line {
    let cell = |pick: &Pick| match pick(line) {
        Tally { rows: 0, minor: 0 } => ("–".to_owned(), "–".to_owned()),
        tally => (number(tally.rows), minus_sign(&money(tally.minor, currency))),
    };
    Line { label: clip(&line.label, 60), cells: picks.iter().map(cell).collect(), agrees: line.agrees }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invented;

    #[test]
    fn folding_lines_keeps_their_sum() {
        let lines = invented::food_bank().by_year;
        let few = folded(&lines, 4);
        assert_eq!(few.len(), 4);
        assert_eq!(few[3].label, "16 others");
        assert_eq!(summed(String::new(), &few), summed(String::new(), &lines));
    }

    #[test]
    fn columns_that_hold_nothing_are_not_shown() {
        let mut lines = invented::food_bank().by_type;
        for line in &mut lines {
            (line.sent, line.confirmed) = Default::default();
        }
        let made = Breakdown::by_type(&lines, Currency::USD).unwrap();
        assert_eq!(made.columns, ["In the file", "Left out", "Held"]);
        assert_eq!(made.verdict, "Every type agrees.");
        assert_eq!(made.total.cells[0], ("2,512".to_owned(), "$487,312.65".to_owned()));
        assert!(Breakdown::by_type(&[], Currency::USD).is_none());
    }
}
