//! One column while its cells are counted.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use heirloom_model::CellKind;

use super::cell::{CellType, cell_type, null_word};
use super::distinct::{Budget, Counter, Distinct};
use super::numbers::Numbers;
use super::oddity::{OddKind, Oddity, Votes};
use super::shapes::Shapes;
use super::times::Times;
use super::{ColumnProfile, ColumnType};
use crate::mask::without_cards;
use crate::text::{fold, shorten};

/// Different values that are kept with their counts.
const VALUES_MAX: usize = 200;

/// Longest value that is kept.
const VALUE_CHARS_MAX: usize = 80;

#[derive(Default)]
pub(super) struct Column {
    filled: u64,
    types: BTreeMap<CellType, Votes>,
    distinct: Counter,
    length_max: usize,
    numbers: Numbers,
    times: Times,
    shapes: Shapes,
    /// `None` once there are too many.
    values: Values,
    texts: Option<(String, String)>,
    odd: BTreeMap<OddKind, Votes>,
    nulls: BTreeMap<&'static str, Votes>,
    /// All-digit cells by number of digits.
    digits: BTreeMap<usize, Votes>,
    serials: Votes,
    floats: Votes,
    decimals_other: u64,
}

#[derive(Default)]
struct Values {
    counts: BTreeMap<String, u64>,
    too_many: bool,
}

impl Values {
    fn add(&mut self, text: &str) {
        if self.too_many {
            return;
        }
        if let Some(count) = self.counts.get_mut(text) {
            *count += 1;
        } else if self.counts.len() < VALUES_MAX && text.chars().count() <= VALUE_CHARS_MAX {
            self.counts.insert(text.to_owned(), 1);
        } else {
            self.too_many = true;
            self.counts = BTreeMap::new();
        }
    }
}

impl Column {
    /// A filled cell: trimmed, and as it stood.
    pub fn add(&mut self, text: &str, raw: &str, kind: CellKind, row_number: u32, budget: &mut Budget) {
        self.filled += 1;
        let masked = if text.len() >= 13 { without_cards(text) } else { None };
        if masked.is_some() {
            self.odd(OddKind::CardNumbers, row_number);
        }
        let shown = masked.as_deref().unwrap_or(text);
        self.distinct.add(FixedState::default().hash_one(text), budget);
        self.length_max = self.length_max.max(text.chars().count());
        self.values.add(shown);
        self.shapes.add(shown);
        self.note_texts(shown);
        let found = cell_type(text, kind);
        self.types.entry(found).or_default().add(row_number);
        match found {
            CellType::Integer | CellType::Decimal => self.number(text, kind, found, row_number),
            CellType::Date => self.times.add(text, kind, row_number),
            CellType::Error => self.odd(OddKind::ErrorCells, row_number),
            CellType::Null => {
                if let Some(word) = null_word(text) {
                    self.nulls.entry(word).or_default().add(row_number);
                }
            }
            _ => {}
        }
        self.characters(text, raw, row_number);
        if is_scientific(text) {
            self.odd(OddKind::Scientific, row_number);
        }
    }

    fn odd(&mut self, kind: OddKind, row_number: u32) {
        self.odd.entry(kind).or_default().add(row_number);
    }

    fn note_texts(&mut self, text: &str) {
        match &mut self.texts {
            None => self.texts = Some((shorten(text, 40), shorten(text, 40))),
            Some((first, last)) => {
                if text < first.as_str() {
                    *first = shorten(text, 40);
                } else if text > last.as_str() {
                    *last = shorten(text, 40);
                }
            }
        }
    }

    fn number(&mut self, text: &str, kind: CellKind, found: CellType, row_number: u32) {
        self.numbers.add(text, kind, row_number);
        if text.bytes().all(|b| b.is_ascii_digit()) {
            self.digits.entry(text.len()).or_default().add(row_number);
            if text.len() > 1 && text.starts_with('0') {
                self.odd(OddKind::LeadingZeros, row_number);
            }
            if text.len() > 15 && kind == CellKind::Number {
                self.odd(OddKind::TooManyDigits, row_number);
            }
            if text.len() == 5 && (20_000..60_000).contains(&text.parse().unwrap_or(0)) {
                self.serials.add(row_number);
            }
        } else if found == CellType::Decimal {
            match text.strip_suffix(".0") {
                Some(whole) if whole.bytes().all(|b| b.is_ascii_digit()) => self.floats.add(row_number),
                _ => self.decimals_other += 1,
            }
        }
    }

    fn characters(&mut self, text: &str, raw: &str, row_number: u32) {
        if text.len() != raw.len() {
            self.odd(OddKind::OuterBlanks, row_number);
        }
        if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return;
        }
        if text.contains(['\n', '\r']) {
            self.odd(OddKind::LineBreaks, row_number);
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.odd(OddKind::ControlCharacters, row_number);
        }
        if text.contains('\u{fffd}') {
            self.odd(OddKind::LostCharacters, row_number);
        }
        let is_twice =
            |pair: &[char]| matches!(pair[0], 'Ã' | 'Â') && ('\u{80}'..='\u{bf}').contains(&pair[1]);
        if text.contains("â€") || text.chars().collect::<Vec<_>>().windows(2).any(is_twice) {
            self.odd(OddKind::TwiceEncoded, row_number);
        }
    }

    pub fn finish(self, index: usize, header: String, rows: u64) -> ColumnProfile {
        let distinct = self.distinct.count();
        let kind = self.kind(distinct);
        let oddities = self.oddities(kind, &header, distinct, rows);
        let mut types: Vec<(CellType, u64)> = self.types.iter().map(|(t, votes)| (*t, votes.count)).collect();
        types.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let mut values: Vec<(String, u64)> = self.values.counts.into_iter().collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let (shapes, many_shapes) = self.shapes.top(5);
        ColumnProfile {
            index,
            header,
            kind,
            filled: self.filled,
            distinct,
            types,
            length_max: self.length_max,
            numbers: self
                .numbers
                .range()
                .filter(|_| matches!(kind, ColumnType::Integer | ColumnType::Amount)),
            dates: self.times.span().filter(|_| kind == ColumnType::Date),
            texts: self.texts,
            shapes,
            many_shapes,
            values: (!self.values.too_many).then_some(values),
            oddities,
            comma: self.numbers.has_comma(),
        }
    }

    fn count(&self, wanted: &[CellType]) -> u64 {
        wanted.iter().filter_map(|t| self.types.get(t)).map(|votes| votes.count).sum()
    }

    /// What nine cells of ten are, null words and errors apart.
    fn kind(&self, distinct: Distinct) -> ColumnType {
        let meant = self.filled - self.count(&[CellType::Null, CellType::Error]);
        if meant == 0 {
            return if self.filled == 0 { ColumnType::Empty } else { ColumnType::Text };
        }
        let is_most = |types: &[CellType]| self.count(types) * 10 >= meant * 9;
        let numbers = [CellType::Integer, CellType::Decimal];
        let is_bit = distinct.count() <= 2
            && self.digits.keys().all(|&len| len == 1)
            && self.numbers.range().is_some_and(|r| r.max <= 10_000 && r.min >= 0);
        if is_most(&[CellType::Truth])
            || is_most(&numbers) && is_bit && self.count(&[CellType::Decimal]) == 0 && meant > 2
        {
            ColumnType::Truth
        } else if is_most(&[CellType::Date])
            || self.count(&[CellType::Date]) * 2 > meant
                && is_most(&[CellType::Date, CellType::Integer])
                && self.serials.count > 0
        {
            ColumnType::Date
        } else if is_most(&numbers) && self.count(&[CellType::Decimal]) > 0 {
            ColumnType::Amount
        } else if is_most(&[CellType::Integer]) {
            // Digits that keep their zeros are no quantity.
            if self.odd.contains_key(&OddKind::LeadingZeros) { ColumnType::Code } else { ColumnType::Integer }
        } else if is_most(&[CellType::Email]) {
            ColumnType::Email
        } else if is_most(&[CellType::Phone])
            || self.count(&[CellType::Phone]) * 2 > meant && is_most(&[CellType::Phone, CellType::Integer])
        {
            ColumnType::Phone
        } else if is_most(&[CellType::Code, CellType::Integer]) && self.count(&[CellType::Code]) > 0 {
            ColumnType::Code
        } else {
            ColumnType::Text
        }
    }

    fn oddities(&self, kind: ColumnType, header: &str, distinct: Distinct, rows: u64) -> Vec<Oddity> {
        let mut list: Vec<Oddity> = Vec::new();
        for (odd, votes) in &self.odd {
            list.extend(Oddity::of(*odd, votes));
        }
        for (word, votes) in &self.nulls {
            let odd = Oddity::of(OddKind::NullWord, votes);
            list.extend(odd.map(|odd| Oddity { detail: format!("\"{word}\""), ..odd }));
        }
        match kind {
            ColumnType::Date => self.odd_dates(&mut list),
            ColumnType::Integer | ColumnType::Amount | ColumnType::Code => {
                self.odd_numbers(kind, header, &mut list)
            }
            _ => {}
        }
        list.extend(self.lost_zeros(header));
        list.extend(self.other_type(kind));
        list.extend(self.case_variants(kind));
        if let Distinct::Exact(count) = distinct {
            let repeats = self.filled - count;
            let is_key = !matches!(
                kind,
                ColumnType::Amount
                    | ColumnType::Date
                    | ColumnType::Truth
                    | ColumnType::Text
                    | ColumnType::Phone
                    | ColumnType::Email
            );
            if is_key
                && rows >= 20
                && repeats > 0
                && repeats * 20 <= self.filled
                && self.filled * 10 >= rows * 9
            {
                let detail = String::new();
                list.push(Oddity { kind: OddKind::Repeats, count: repeats, detail, rows: Vec::new() });
            }
        }
        list
    }

    fn odd_dates(&self, list: &mut Vec<Oddity>) {
        let times = &self.times;
        if times.month.count > 0 && times.day.count > 0 {
            let few = if times.day.count <= times.month.count { &times.day } else { &times.month };
            let detail = format!(
                "{} can only be month/day ({}), {} only day/month ({})",
                times.month.count,
                rows_in_words(&times.month.rows),
                times.day.count,
                rows_in_words(&times.day.rows)
            );
            list.extend(Oddity::of(OddKind::MixedDateOrders, few).map(|odd| Oddity { detail, ..odd }));
        } else if times.month.count == 0 && times.day.count == 0 {
            list.extend(Oddity::of(OddKind::OpenDates, &times.open));
        }
        list.extend(Oddity::of(OddKind::ShortYears, &times.short_years));
        list.extend(Oddity::of(OddKind::PlaceholderDates, &times.placeholders));
        list.extend(Oddity::of(OddKind::SerialDates, &self.serials));
    }

    fn odd_numbers(&self, kind: ColumnType, header: &str, list: &mut Vec<Oddity>) {
        let numbers = &self.numbers;
        if numbers.points.count > 0 && numbers.commas.count > 0 {
            let few = if numbers.has_comma() { &numbers.points } else { &numbers.commas };
            let detail =
                format!("{} with a point, {} with a comma", numbers.points.count, numbers.commas.count);
            list.extend(Oddity::of(OddKind::MixedDecimalMarks, few).map(|odd| Oddity { detail, ..odd }));
        } else if numbers.points.count == 0 && numbers.commas.count == 0 {
            list.extend(Oddity::of(OddKind::OpenDecimalMark, &numbers.open));
        }
        let name = fold(header);
        let is_id = ["id", "number", "ref", "key", "account", "zip", "postal", "phone"]
            .iter()
            .any(|w| name.contains(w))
            || name.ends_with("no");
        if is_id && self.decimals_other == 0 {
            list.extend(Oddity::of(OddKind::FloatId, &self.floats));
        }
        if kind == ColumnType::Amount
            && let Some(range) = numbers.range().filter(|r| r.negative > 0)
        {
            list.push(Oddity {
                kind: OddKind::Negative,
                count: range.negative,
                detail: String::new(),
                rows: Vec::new(),
            });
        }
    }

    /// Where some cells have zeros in front or the column is a postal code, shorter ones have lost theirs.
    fn lost_zeros(&self, header: &str) -> Option<Oddity> {
        let name = fold(header);
        let all: u64 = self.digits.values().map(|votes| votes.count).sum();
        let (&usual, most) = self.digits.iter().max_by_key(|(_, votes)| votes.count)?;
        let may_be =
            name.contains("zip") || name.contains("postal") || self.odd.contains_key(&OddKind::LeadingZeros);
        if !may_be || most.count * 2 < all || usual < 4 {
            return None;
        }
        Oddity::of(OddKind::LostZeros, self.digits.get(&(usual - 1))?)
    }

    /// A few cells of another type, where nearly all are numbers, dates or addresses.
    fn other_type(&self, kind: ColumnType) -> Option<Oddity> {
        let own: &[CellType] = match kind {
            ColumnType::Integer | ColumnType::Amount => &[CellType::Integer, CellType::Decimal],
            ColumnType::Date => &[CellType::Date, CellType::Integer],
            ColumnType::Email => &[CellType::Email],
            _ => return None,
        };
        let known = [CellType::Null, CellType::Error];
        let mut others = Votes::default();
        let mut names = Vec::new();
        for (found, votes) in self.types.iter().filter(|(t, _)| !own.contains(t) && !known.contains(t)) {
            others.count += votes.count;
            others.rows.extend(&votes.rows);
            names.push(format!("{} {}", votes.count, found.as_str()));
        }
        others.rows.sort_unstable();
        others.rows.truncate(3);
        Oddity::of(OddKind::OtherType, &others).map(|odd| Oddity { detail: names.join(", "), ..odd })
    }

    fn case_variants(&self, kind: ColumnType) -> Option<Oddity> {
        if self.values.too_many || !matches!(kind, ColumnType::Text | ColumnType::Code) {
            return None;
        }
        let mut folded: BTreeMap<String, u64> = BTreeMap::new();
        for text in self.values.counts.keys() {
            *folded.entry(crate::text::fold_value(text)).or_default() += 1;
        }
        let count: u64 = folded.values().filter(|n| **n > 1).sum();
        (count > 0).then(|| Oddity {
            kind: OddKind::CaseVariants,
            count,
            detail: String::new(),
            rows: Vec::new(),
        })
    }
}

/// `rows 2, 5, 9`.
fn rows_in_words(rows: &[u32]) -> String {
    let list: Vec<String> = rows.iter().map(u32::to_string).collect();
    format!("row{} {}", if list.len() == 1 { "" } else { "s" }, list.join(", "))
}

/// `4.92E+17`: digits that a spreadsheet shortened.
fn is_scientific(text: &str) -> bool {
    let Some((number, power)) = text.split_once(['E', 'e']) else { return false };
    let power = power.strip_prefix('+').unwrap_or(power);
    !power.is_empty()
        && power.len() <= 3
        && power.bytes().all(|b| b.is_ascii_digit())
        && number.contains(['.', ','])
        && number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
}
