//! The report on one screen: the answer, the chain, what needs a person, the next command.

use heirloom_model::Currency;

use crate::words::{self, Align, clip, count, money, number};
use crate::{ChainKind, ChainLine, ForeignLine, Report, Todo};

/// Most lines of the chain and of the list of things to do; with everything around them
/// the screen stays within 40 lines.
const CHAIN_MAX: usize = 13;
const TODO_MAX: usize = 6;
/// Widest text of a cell and of a whole line, in terminal columns.
const CELL_MAX: usize = 48;
const LINE_MAX: usize = 240;

/// Whether terminal text may carry colour codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI colours.
    Yes,
    /// Plain text.
    No,
}

/// Renders the report for a terminal, in at most 40 lines.
///
/// Donor text in it is harmless; with [`Colour::No`] there is no escape sequence at all,
/// and colour never says anything that the words do not.
pub fn terminal(report: &Report, colour: Colour) -> String {
    let pen = Pen(colour);
    let mut out = String::new();
    banner(report, &pen, &mut out);
    out.push_str(&pen.bold(&clip(&report.answer, LINE_MAX)));
    out.push_str(&format!("\n  {}\n\n", report.rows.line()));
    chain(report, &pen, &mut out);
    let foreign: Vec<String> = report.other_currencies.iter().map(ForeignLine::line).collect();
    if !foreign.is_empty() {
        out.push_str(&format!("  {}\n", clip(&foreign.join("; "), LINE_MAX)));
    }
    todo(report, &pen, &mut out);
    if !report.next.is_empty() {
        let next = format!("Next:  {}", clip(&report.next, LINE_MAX));
        out.push_str(&pen.bold(&next));
        out.push('\n');
    }
    out
}

/// Wraps harmless text in colour codes, or does not.
struct Pen(Colour);

impl Pen {
    fn ink(&self, code: &str, text: &str) -> String {
        match self.0 {
            Colour::Yes => format!("\x1b[{code}m{text}\x1b[0m"),
            Colour::No => text.to_owned(),
        }
    }

    fn bold(&self, text: &str) -> String {
        self.ink("1", text)
    }

    fn faint(&self, text: &str) -> String {
        self.ink("2", text)
    }
}

fn banner(report: &Report, pen: &Pen, out: &mut String) {
    if let Some(rehearsal) = &report.rehearsal {
        let title = pen.ink("1;33", "REHEARSAL, nothing left this computer.");
        let cost = format!(
            "{}, {}, {}, {} of simulated time, seed {}",
            count(rehearsal.requests, "request"),
            count(u64::from(rehearsal.nights), "night"),
            count(u64::from(rehearsal.runs), "Run"),
            words::duration(rehearsal.simulated_ms),
            rehearsal.seed
        );
        out.push_str(&format!("{title}\n  {cost}\n"));
        if !rehearsal.on_the_way.is_empty() {
            let met = rehearsal.on_the_way.join(", ");
            out.push_str(&format!("  on the way: {}\n", clip(&met, LINE_MAX)));
        }
        out.push('\n');
    }
    if let Some(worker) = &report.at_work {
        let title = pen.ink("1;33", "AT WORK");
        out.push_str(&format!("{title}  {}\n", clip(worker, LINE_MAX)));
        out.push_str("  how it stood a moment ago; what is in the air now counts as in doubt here\n\n");
    }
}

fn chain(report: &Report, pen: &Pen, out: &mut String) {
    let shown = shown_chain(&report.chain, report.currency);
    let rows: Vec<[String; 4]> = shown.iter().map(|line| cells(line, report.currency)).collect();
    let table = words::table(&rows, &[Align::Left, Align::Right, Align::Right]);
    for (line, text) in shown.iter().zip(table.lines()) {
        let text = match line.kind {
            ChainKind::Minus => text.to_owned(),
            _ => pen.bold(text),
        };
        out.push_str(&format!("  {text}\n"));
    }
    if let (Some(why), Err(_)) = (&report.unsettled, report.check_chain()) {
        out.push_str(&format!("  these lines may not add up yet: {}\n", clip(why, LINE_MAX)));
    } else if let Err(broken) = report.check_chain() {
        out.push_str(&pen.ink("1;31", &format!("  THESE LINES DO NOT ADD UP: cannot {broken}")));
        out.push('\n');
    }
    out.push('\n');
}

/// The chain's lines; of a long chain the last ones before the end are drawn together,
/// so that what is shown still adds up.
fn shown_chain(chain: &[ChainLine], currency: Currency) -> Vec<ChainLine> {
    if chain.len() <= CHAIN_MAX {
        return chain.to_vec();
    }
    let (head, tail) = chain.split_at(CHAIN_MAX - 2);
    let (last, middle) = tail.split_last().expect("the chain is longer than its head");
    let taken = middle.iter().filter(|l| l.kind == ChainKind::Minus);
    let (rows, minor) = taken.fold((0u64, 0i128), |(rows, minor), line| {
        (rows.saturating_add(line.rows), minor.saturating_add(line.minor))
    });
    let rest = ChainLine {
        label: format!("{} not shown here", count(middle.len() as u64, "further line")),
        rows,
        minor,
        kind: ChainKind::Minus,
        note: format!("together {}", money(minor, currency)),
    };
    head.iter().cloned().chain([rest, last.clone()]).collect()
}

fn cells(line: &ChainLine, currency: Currency) -> [String; 4] {
    let (indent, sign) = match line.kind {
        ChainKind::Minus => ("  ", -1),
        _ => ("", 1),
    };
    let rows = match line.kind {
        ChainKind::Minus if line.rows > 0 => format!("-{}", number(line.rows)),
        _ => number(line.rows),
    };
    [
        format!("{indent}{}", clip(&line.label, CELL_MAX)),
        rows,
        money(line.minor.saturating_mul(sign), currency),
        clip(&line.note, CELL_MAX),
    ]
}

fn todo(report: &Report, pen: &Pen, out: &mut String) {
    if report.todo.is_empty() {
        return;
    }
    out.push_str(&pen.ink("1;33", "Needs you"));
    out.push('\n');
    let mut rows = Vec::new();
    for (i, todo) in report.todo.iter().take(TODO_MAX).enumerate() {
        rows.push(todo_cells(i + 1, todo, report.currency));
    }
    let table = words::table(&rows, &[Align::Right, Align::Left, Align::Right, Align::Right]);
    for (todo, text) in report.todo.iter().zip(table.lines()) {
        out.push_str(&format!("  {text}\n"));
        if !todo.command.is_empty() {
            let command = clip(&todo.command, LINE_MAX);
            out.push_str(&format!("       {}\n", pen.faint(&command)));
        }
    }
    if report.todo.len() > TODO_MAX {
        let more = count((report.todo.len() - TODO_MAX) as u64, "more thing");
        out.push_str(&format!("     and {more} in the report\n"));
    }
    out.push('\n');
}

fn todo_cells(place: usize, todo: &Todo, currency: Currency) -> [String; 5] {
    let (rows, amount) = match (todo.rows, todo.minor) {
        (0, 0) => (String::new(), String::new()),
        (rows, 0) => (number(rows), String::new()),
        (rows, minor) => (number(rows), money(minor, currency)),
    };
    let owner =
        if todo.owner.is_empty() { String::new() } else { format!("({})", clip(&todo.owner, CELL_MAX)) };
    [format!("{place}."), clip(&todo.what, CELL_MAX + 16), rows, amount, owner]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::is_hostile;
    use crate::{hostile, invented};

    #[test]
    fn the_screen_says_answer_chain_needs_and_next() {
        let text = terminal(&invented::food_bank(), Colour::No);
        let expected = "\
REHEARSAL, nothing left this computer.
  668 requests, 2 nights, 2 Runs, 1 day 7 h of simulated time, seed 20260319
  on the way: 2 power cuts, 7 lost answers, 3 server errors, 1 refused token

2,419 of 2,512 gifts are in the CRM and agree to the cent; 31 wait for you, 38 for the vendor, and 1 needs a ruling.
  2,518 rows = 2,364 gifts + 96 further rows of the same gifts (split gifts) + 4 repeats of gifts + 14 left out by rules + 31 held + 3 set aside + 6 title, header and total rows

  In the file                2,512  $487,312.65  the sheet's own grand total says the same
";
        assert!(text.starts_with(expected), "{text}");
        assert!(text.ends_with("Next:  heirloom fix export corrections.xlsx\n"));
    }

    #[test]
    fn a_long_report_stays_within_forty_lines_and_still_adds_up() {
        let mut report = invented::food_bank();
        let minus = report.chain[1].clone();
        let end = report.chain.len() - 1;
        report.chain.splice(end..end, vec![minus; 100]);
        report.todo = vec![report.todo[0].clone(); 100];
        let tally = heirloom_model::Tally { rows: 3, minor: 15_000 };
        let currency = Currency::new("CAD").unwrap();
        report.other_currencies =
            vec![ForeignLine { pile: heirloom_model::Pile::Held, currency, tally }; 100];
        assert!(terminal(&report, Colour::Yes).lines().count() <= 40);
        let shown = shown_chain(&report.chain, report.currency);
        let taken = |chain: &[ChainLine]| {
            let minus = chain.iter().filter(|l| l.kind == ChainKind::Minus);
            minus.map(|l| l.minor).sum::<i128>()
        };
        assert_eq!(taken(&shown), taken(&report.chain));
    }

    #[test]
    fn a_screen_beside_another_run_says_so_first() {
        let mut report = invented::food_bank();
        report.rehearsal = None;
        report.at_work = Some("dana-laptop process 4711 since 2026-03-16T09:12:44Z".into());
        let text = terminal(&report, Colour::No);
        assert!(text.starts_with("AT WORK  dana-laptop process 4711 since 2026-03-16T09:12:44Z\n"), "{text}");
    }

    #[test]
    fn a_chain_that_does_not_add_up_is_marked() {
        let mut report = invented::food_bank();
        report.chain[1].minor += 1;
        assert!(terminal(&report, Colour::No).contains("DO NOT ADD UP"));
        report.unsettled = Some("gifts.toml changed since".into());
        let text = terminal(&report, Colour::No);
        assert!(!text.contains("DO NOT ADD UP") && text.contains("yet: gifts.toml changed since"), "{text}");
    }

    #[test]
    fn hostile_text_cannot_move_the_cursor_or_add_lines() {
        let calm = Report { at_work: Some("laptop".into()), ..invented::food_bank() };
        let calm = terminal(&calm, Colour::No);
        let text = terminal(&hostile::report(), Colour::No);
        assert!(!text.chars().any(|c| c != '\n' && is_hostile(c)), "{text}");
        assert_eq!(text.lines().count(), calm.lines().count());
    }
}
