//! Which character separates the fields: tried on the first records, quotes respected.

use csv::{ReaderBuilder, Terminator};

const CANDIDATES: [(u8, &str); 4] =
    [(b',', "commas"), (b';', "semicolons"), (b'\t', "tabs"), (b'|', "vertical bars")];
const RECORDS_MAX: usize = 200;

/// A delimiter and the number of columns most records have with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub delimiter: u8,
    pub columns: usize,
}

/// Sniffs the delimiter of decoded text; commas if nothing separates anything.
pub(crate) fn sniff(sample: &str, quote: u8) -> Shape {
    if let Some(delimiter) = excel_hint(sample) {
        return shape(sample, delimiter, quote);
    }
    CANDIDATES
        .iter()
        .enumerate()
        .filter_map(|(order, (delimiter, _))| {
            let trial = Trial::of(sample, *delimiter, quote)?;
            Some((trial.rank(order), trial.shape))
        })
        .max_by_key(|(rank, _)| *rank)
        .map_or(Shape { delimiter: b',', columns: 1 }, |(_, shape)| shape)
}

/// The shape of the text with a delimiter that is given.
pub(crate) fn shape(sample: &str, delimiter: u8, quote: u8) -> Shape {
    Trial::of(sample, delimiter, quote).map_or(Shape { delimiter, columns: 1 }, |trial| trial.shape)
}

/// In words: "semicolons, 14 columns".
pub(crate) fn describe(shape: Shape) -> String {
    let name = CANDIDATES.iter().find(|(c, _)| *c == shape.delimiter).map_or_else(
        || format!("{:?} between fields", shape.delimiter as char),
        |(_, name)| (*name).to_owned(),
    );
    match shape.columns {
        1 => "one column".to_owned(),
        n => format!("{name}, {n} columns"),
    }
}

/// Excel's own first line `sep=;`.
pub(crate) fn excel_hint(sample: &str) -> Option<u8> {
    let line = sample.lines().next()?.trim().trim_matches('"');
    let hint = line.get(..4)?.eq_ignore_ascii_case("sep=").then(|| &line[4..])?;
    match hint.as_bytes() {
        [delimiter] => Some(*delimiter),
        [] => Some(b'\t'),
        _ => None,
    }
}

/// What one candidate makes of the sample.
struct Trial {
    shape: Shape,
    /// Tenths of all records that have the usual number of columns.
    share: usize,
    /// The same from the first such record on, so that titles above do not count.
    agreement: usize,
    /// Whether quotation marks stand at the edges of fields.
    quotes_fit: bool,
    /// The first record that has it.
    first: usize,
}

impl Trial {
    fn of(sample: &str, delimiter: u8, quote: u8) -> Option<Trial> {
        let widths = widths(sample, delimiter, quote);
        let columns = usual(&widths)?;
        let with = widths.iter().filter(|w| **w == columns).count();
        let first = widths.iter().position(|w| *w == columns)?;
        Some(Trial {
            shape: Shape { delimiter, columns },
            share: with * 10 / widths.len(),
            agreement: with * 10 / (widths.len() - first),
            quotes_fit: quotes_fit(sample.as_bytes(), delimiter, quote),
            first,
        })
    }

    /// Records that agree come first, then a header that shows it early, then more columns.
    fn rank(&self, order: usize) -> (usize, std::cmp::Reverse<usize>, usize, std::cmp::Reverse<usize>) {
        let agreement = match (self.quotes_fit, self.share, self.agreement) {
            (false, ..) | (_, ..4, _) => 0,
            (_, _, 8..) => 2,
            _ => 1,
        };
        (agreement, std::cmp::Reverse(self.first), self.shape.columns, std::cmp::Reverse(order))
    }
}

/// With the wrong delimiter, quotation marks stand in the middle of fields.
fn quotes_fit(sample: &[u8], delimiter: u8, quote: u8) -> bool {
    let edge =
        |b: Option<&u8>| b.is_none_or(|b| *b == delimiter || *b == quote || matches!(b, b'\r' | b'\n'));
    let (mut quotes, mut inside) = (0usize, 0usize);
    for (at, _) in sample.iter().enumerate().filter(|(_, b)| **b == quote) {
        let before = at.checked_sub(1).and_then(|at| sample.get(at));
        quotes += 1;
        inside += usize::from(!edge(before) && !edge(sample.get(at + 1)));
    }
    inside * 10 <= quotes
}

fn widths(sample: &str, delimiter: u8, quote: u8) -> Vec<usize> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .terminator(Terminator::CRLF)
        .quoting(quote != 0)
        .quote(quote)
        .delimiter(delimiter)
        .from_reader(sample.as_bytes());
    let mut record = csv::ByteRecord::new();
    let mut widths = Vec::new();
    while widths.len() < RECORDS_MAX && matches!(reader.read_byte_record(&mut record), Ok(true)) {
        if record.iter().any(|field| !field.trim_ascii().is_empty()) {
            widths.push(record.len());
        }
    }
    widths
}

/// The most frequent width of at least two; the wider if two are as frequent.
fn usual(widths: &[usize]) -> Option<usize> {
    let mut wide: Vec<usize> = widths.iter().copied().filter(|w| *w > 1).collect();
    wide.sort_unstable();
    wide.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).map(|run| run[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_found_over_several_rows() {
        let cases = [
            ("id,date,amount\n1,2,3\n", b',', 3),
            ("id;betrag\n1;1,50\n2;2,75\n3;10,00\n", b';', 2),
            ("Gifts from Jan 1, 1998\nid\tname\n1\tLee, Pat\n2\tMorgan, Al\n", b'\t', 2),
            ("id,groups\n1,a|b|c\n2,a|b|c\n3,a|b|c\n", b',', 2),
            ("\"a;b;c\",\"d;e;f\"\n\"1;2;3\",\"4;5;6\"\n", b',', 2),
            ("id|amount\r1|2\r3|4\r", b'|', 2),
            ("names\nPat\nLee\n", b',', 1),
            ("sep=;\na,b;c,d\n1,2;3,4\n", b';', 2),
            ("a,b,c\n1,2,3\nTotal,5\n", b',', 3),
            ("", b',', 1),
        ];
        for (text, delimiter, columns) in cases {
            assert_eq!(sniff(text, b'"'), Shape { delimiter, columns }, "{text:?}");
        }
    }
}
