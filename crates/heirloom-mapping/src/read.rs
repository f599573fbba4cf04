//! Reading a value: from a row's cell through its steps to a text that knows where it stood.

use std::borrow::Cow;

use heirloom_model::{CellKind, SourceRow};

use crate::ground::Ground;
use crate::spec::{CellSource, Condition, Mapping, Piece, Source, Step, Value};
use crate::text;

/// The main row and the rows joined to it, by table.
#[derive(Clone, Copy)]
pub(crate) struct Scene<'r> {
    pub rows: [Option<&'r SourceRow>; crate::parse::TABLES_MAX],
}

impl<'r> Scene<'r> {
    pub fn of(table: usize, row: &'r SourceRow) -> Self {
        let mut scene = Scene { rows: [None; crate::parse::TABLES_MAX] };
        scene.rows[table] = Some(row);
        scene
    }
}

/// Where a text stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CellAt {
    pub table: usize,
    pub sheet: u16,
    pub column: usize,
}

/// A text as a rule sees it.
#[derive(Clone, Debug)]
pub(crate) struct Seen<'r> {
    pub text: Cow<'r, str>,
    pub kind: CellKind,
    pub at: Option<CellAt>,
    /// Table and number of the column fact that says how it is written.
    pub fact: Option<(usize, usize)>,
    /// Whether it is a spreadsheet's error.
    pub is_error: bool,
    /// Whether the mapping itself says it.
    pub is_constant: bool,
}

impl<'r> Seen<'r> {
    pub fn blank() -> Self {
        Seen {
            text: Cow::Borrowed(""),
            kind: CellKind::Empty,
            at: None,
            fact: None,
            is_error: false,
            is_constant: false,
        }
    }

    fn constant(text: &'r str) -> Self {
        Seen { text: Cow::Borrowed(text), kind: CellKind::Text, is_constant: true, ..Seen::blank() }
    }

    pub fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    pub fn into_option(self) -> Option<String> {
        (!self.is_blank() && !self.is_error).then(|| self.text.into_owned())
    }
}

/// Reads values of one mapping; `grounds` says for each table where its columns are.
#[derive(Clone)]
pub(crate) struct Reader<'m> {
    pub mapping: &'m Mapping,
    pub grounds: [Option<&'m Ground>; crate::parse::TABLES_MAX],
}

impl<'m> Reader<'m> {
    /// A reader of tables whose columns are known, the main file's first.
    pub fn new(mapping: &'m Mapping, known: impl IntoIterator<Item = &'m Ground>) -> Self {
        let mut grounds = [None; crate::parse::TABLES_MAX];
        for (place, ground) in grounds.iter_mut().zip(known) {
            *place = Some(ground);
        }
        Reader { mapping, grounds }
    }

    /// The value's text in this scene; blank if its row is not there.
    pub fn read<'r>(&self, value: &'m Value, scene: &Scene<'r>) -> Seen<'r>
    where
        'm: 'r,
    {
        if !value.when.is_empty() && !value.when.iter().all(|c| self.holds(c, scene)) {
            return value.default.as_deref().map_or_else(Seen::blank, Seen::constant);
        }
        let seen = match &value.source {
            Source::Cell(cell) => self.cell(cell, scene),
            Source::Constant(text) => Seen::constant(text),
            Source::FirstOf(values) => {
                let mut first = Seen::blank();
                for value in values {
                    let seen = self.read(value, scene);
                    let is_blank = seen.is_blank();
                    if !is_blank || first.at.is_none() {
                        first = seen;
                    }
                    if !is_blank {
                        break;
                    }
                }
                first
            }
            Source::Template(pieces) => self.template(pieces, scene),
        };
        match &value.default {
            Some(default) if seen.is_blank() => Seen::constant(default),
            _ => seen,
        }
    }

    fn template<'r>(&self, pieces: &'m [Piece], scene: &Scene<'r>) -> Seen<'r>
    where
        'm: 'r,
    {
        let mut text = String::new();
        let mut first: Option<Seen<'r>> = None;
        let mut is_blank = true;
        for piece in pieces {
            match piece {
                Piece::Text(own) => text.push_str(own),
                Piece::Value(value) => {
                    let seen = self.read(value, scene);
                    is_blank &= seen.is_blank();
                    if seen.is_error {
                        return seen;
                    }
                    text.push_str(&seen.text);
                    first.get_or_insert(seen);
                }
            }
        }
        let first = first.unwrap_or_else(Seen::blank);
        if is_blank {
            return first;
        }
        let text = Cow::Owned(text::trim(&text::collapse(&text)).to_owned());
        Seen { text, kind: CellKind::Text, ..first }
    }

    /// As [`Reader::read`], for a value that a mapping may lack.
    pub fn read_option<'r>(&self, value: Option<&'m Value>, scene: &Scene<'r>) -> Seen<'r>
    where
        'm: 'r,
    {
        value.map_or_else(Seen::blank, |v| self.read(v, scene))
    }

    pub fn cell<'r>(&self, cell: &'m CellSource, scene: &Scene<'r>) -> Seen<'r>
    where
        'm: 'r,
    {
        let (Some(row), Some(ground)) = (scene.rows[cell.table], self.grounds[cell.table]) else {
            return Seen::blank();
        };
        let Some(column) = ground.column(row.sheet, cell.column) else {
            return Seen::blank();
        };
        let mut seen = self.leaf(row, column, &cell.steps);
        seen.fact = cell.fact.map(|fact| (cell.table, fact));
        seen.at = Some(CellAt { table: cell.table, sheet: row.sheet, column });
        if seen.is_blank()
            && let Some(above) = ground.above(cell.column, row.id.sequence())
        {
            seen.text = run_steps(Cow::Borrowed(above), &cell.steps);
            seen.kind = CellKind::Text;
        }
        seen
    }

    fn leaf<'r>(&self, row: &'r SourceRow, column: usize, steps: &[Step]) -> Seen<'r> {
        let found = row.cell(column);
        let trimmed = text::trim(found.text);
        let is_null =
            !self.mapping.nulls.is_empty() && self.mapping.nulls.iter().any(|n| text::same(n, trimmed));
        if trimmed.is_empty() || is_null {
            return Seen::blank();
        }
        let is_error =
            found.kind == CellKind::Error || trimmed.as_bytes()[0] == b'#' && is_error_text(trimmed);
        let is_plain = is_error || steps.is_empty();
        Seen {
            text: if is_plain { Cow::Borrowed(trimmed) } else { run_steps(Cow::Borrowed(trimmed), steps) },
            kind: found.kind,
            is_error,
            ..Seen::blank()
        }
    }

    /// Whether a condition holds. Text is compared without regard to case.
    pub fn holds(&self, condition: &'m Condition, scene: &Scene<'_>) -> bool {
        let seen = self.read(&condition.value, scene);
        let among = |list: &[String]| list.iter().any(|t| text::same(text::trim(t), &seen.text));
        condition.is.as_deref().is_none_or(among)
            && !condition.is_not.as_deref().is_some_and(among)
            && condition.same_as.as_ref().is_none_or(|other| says_the_same(&seen, &self.read(other, scene)))
            && condition.blank.is_none_or(|blank| blank == seen.is_blank())
            && condition.matches.as_ref().is_none_or(|regex| regex.is_match(&seen.text))
    }
}

/// Whether two cells say the same, as texts or as amounts: `70` and `$70.00`.
fn says_the_same(a: &Seen<'_>, b: &Seen<'_>) -> bool {
    let cents = |seen: &Seen<'_>| crate::control::read_cents(&seen.text, seen.kind, false, 2);
    text::same(&a.text, &b.text) || cents(a).is_some_and(|a| cents(b) == Some(a))
}

fn is_error_text(text: &str) -> bool {
    const ERRORS: [&str; 7] = ["#N/A", "#REF!", "#DIV/0!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!"];
    ERRORS.iter().any(|e| text.eq_ignore_ascii_case(e))
}

/// Applies steps in order and trims what is left.
pub(crate) fn run_steps<'r>(text: Cow<'r, str>, steps: &[Step]) -> Cow<'r, str> {
    if steps.is_empty() {
        return text;
    }
    let mut text = text;
    for step in steps {
        if text.is_empty() {
            return text;
        }
        text = Cow::Owned(run_step(&text, step));
    }
    text
}

fn run_step(text: &str, step: &Step) -> String {
    let done = match step {
        Step::Upper => text.to_uppercase(),
        Step::Lower => text.to_lowercase(),
        Step::Title => title(text),
        Step::Digits => text.chars().filter(char::is_ascii_digit).collect(),
        Step::Collapse => text::collapse(text).into_owned(),
        Step::PadZero(width) => format!("{text:0>width$}"),
        Step::Null(tokens) if tokens.iter().any(|t| text::same(t, text)) => String::new(),
        Step::Null(_) => text.to_owned(),
        Step::Extract(regex) => match regex.captures(text) {
            Some(found) => {
                found.get(1).or_else(|| found.get(0)).map_or_else(String::new, |m| m.as_str().to_owned())
            }
            None => String::new(),
        },
        Step::Replace(from, to) => text.replace(from.as_str(), to),
    };
    text::trim(&done).to_owned()
}

/// Capital letters at the beginning of words, also after hyphen, apostrophe, `Mc`.
fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = 0usize;
    for c in text.chars() {
        if !c.is_alphabetic() {
            word = 0;
            out.push(c);
            continue;
        }
        let after_mc = word == 2 && out.ends_with("Mc");
        if word == 0 || after_mc {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        word += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_do_what_they_say() {
        let check = |text: &str, step: Step, expected: &str| {
            assert_eq!(run_steps(Cow::Borrowed(text), &[step]), expected);
        };
        let regex = |r| regex_lite::Regex::new(r).unwrap();
        check("o'brien-mcDONALD", Step::Title, "O'Brien-McDonald");
        check("42", Step::PadZero(5), "00042");
        check("a  b\tc", Step::Collapse, "a b c");
        check("(512) 5", Step::Digits, "5125");
        check("chk 1187 x", Step::Extract(regex(r"chk (\d+)")), "1187");
        check("none", Step::Extract(regex(r"\d+")), "");
        check("ANON", Step::Null(vec!["anon".into()]), "");
        check("A-B", Step::Replace("-".into(), " ".into()), "A B");
    }
}
