//! Masking at read: columns that must never be stored, and card numbers wherever they stand.

use std::collections::BTreeMap;

use heirloom_model::{CellKind, SourceRow, column_letter};

use crate::parse::letter_index;
use crate::spec::{ColumnRef, Mapping, Part};
use crate::survey::Names;
use crate::text::{fold, trim};

/// A header is expected among this many rows of a sheet.
const HEADER_ROWS_MAX: u32 = 30;

/// Masks rows of one file as they are read, before anything is stored.
///
/// A column of `never_store` is masked from the row below the cell that bears its name, even if
/// the rest of the header does not fit the mapping. Card numbers are masked in every row.
pub struct Masker {
    /// Folded names of columns whose text is masked.
    secret: Vec<String>,
    /// Folded names of columns that hold ids.
    ids: Vec<String>,
    secret_letters: Vec<usize>,
    id_letters: Vec<usize>,
    no_header: bool,
    two_header_rows: bool,
    sheet: Option<SheetState>,
    counts: BTreeMap<String, u64>,
}

#[derive(Default)]
struct SheetState {
    index: u16,
    rows: u32,
    secret: Vec<usize>,
    ids: Vec<usize>,
    names: Vec<String>,
    /// The row above, where names stand in two rows.
    above: Option<SourceRow>,
}

impl Masker {
    /// A masker for one file of a mapping.
    pub fn new(mapping: &Mapping, which: Part) -> Self {
        let table = which.table();
        let layout = mapping.layout(which);
        let mut ids = Vec::new();
        let mut id_letters = Vec::new();
        for column in mapping.id_columns(table) {
            match &mapping.tables[table].columns[column] {
                ColumnRef::Named(_, folded) => ids.extend(folded.iter().cloned()),
                ColumnRef::Letter(place) => id_letters.push(*place),
            }
        }
        let secret: Vec<String> = layout.never_store.iter().map(|n| fold(n)).collect();
        let by_letter = |n: &String| layout.no_header.then(|| letter_index(n)).flatten();
        Masker {
            secret,
            ids,
            secret_letters: layout.never_store.iter().filter_map(by_letter).collect(),
            id_letters,
            no_header: layout.no_header,
            two_header_rows: layout.two_header_rows,
            sheet: None,
            counts: BTreeMap::new(),
        }
    }

    /// The row with its secrets masked; most rows come back as they are.
    pub fn mask(&mut self, row: SourceRow) -> SourceRow {
        if self.sheet.as_ref().is_none_or(|s| s.index != row.sheet) {
            self.sheet = Some(SheetState {
                index: row.sheet,
                secret: self.secret_letters.clone(),
                ids: self.id_letters.clone(),
                ..SheetState::default()
            });
        }
        let masked = self.masked(&row);
        self.look_for_names(&row);
        match masked {
            None => row,
            Some(cells) => {
                let mut out = SourceRow::new(row.id, row.sheet, row.row_number);
                for (index, cell) in row.cells().enumerate() {
                    match cells.iter().find(|(place, _)| *place == index) {
                        Some((_, text)) => out.push(text, CellKind::Text),
                        None => out.push(cell.text, cell.kind),
                    }
                }
                out
            }
        }
    }

    /// How many cells were masked, by column, in alphabetical order.
    pub fn counts(&self) -> Vec<(String, u64)> {
        self.counts.iter().map(|(name, count)| (name.clone(), *count)).collect()
    }

    /// The cells to replace, if any.
    fn masked(&mut self, row: &SourceRow) -> Option<Vec<(usize, String)>> {
        let sheet = self.sheet.as_ref()?;
        let mut cells: Option<Vec<(usize, String)>> = None;
        for (index, cell) in row.cells().enumerate() {
            let text = if sheet.secret.contains(&index) {
                (!trim(cell.text).is_empty()).then(|| "***".to_owned())
            } else if cell.text.len() >= 13 && !sheet.ids.contains(&index) {
                without_cards(cell.text)
            } else {
                None
            };
            if let Some(text) = text {
                let name = sheet.names.get(index).filter(|n| !n.is_empty());
                let name = name.cloned().unwrap_or_else(|| column_letter(index));
                *self.counts.entry(name).or_default() += 1;
                cells.get_or_insert_default().push((index, text));
            }
        }
        cells
    }

    /// Learns from a row that may be the header which columns are secret and which hold ids.
    fn look_for_names(&mut self, row: &SourceRow) {
        let Some(sheet) = &mut self.sheet else { return };
        sheet.rows += 1;
        if self.no_header || sheet.rows > HEADER_ROWS_MAX {
            return;
        }
        let names = match &sheet.above {
            Some(above) => Names::of_two(above, row),
            None => Names::of(row),
        };
        let mut found = false;
        for (wanted, known) in [(&self.secret, &mut sheet.secret), (&self.ids, &mut sheet.ids)] {
            let places = wanted.iter().filter(|name| !name.is_empty()).flat_map(|name| names.places(name));
            for place in places.map(|place| place as usize) {
                if !known.contains(&place) {
                    known.push(place);
                    found = true;
                }
            }
        }
        if found && sheet.names.is_empty() {
            sheet.names = names.shown;
        }
        sheet.above = self.two_header_rows.then(|| row.clone());
    }
}

/// The text with every card number cut to its last four digits; `None` if there is none.
pub(crate) fn without_cards(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out: Option<(String, usize)> = None;
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let (end, digits) = digit_run(bytes, at);
        if is_card(&digits) {
            let (masked, done) = out.get_or_insert_with(|| (String::new(), 0));
            masked.push_str(&text[*done..at]);
            masked.push_str("****");
            masked.extend(digits[digits.len() - 4..].iter().map(|d| char::from(b'0' + d)));
            *done = end;
        }
        at = end;
    }
    out.map(|(masked, done)| masked + &text[done..])
}

/// Digits from `start` on, with single spaces or dashes between them.
fn digit_run(bytes: &[u8], start: usize) -> (usize, Vec<u8>) {
    let mut digits = Vec::new();
    let mut end = start;
    let mut at = start;
    while at < bytes.len() {
        if bytes[at].is_ascii_digit() {
            digits.push(bytes[at] - b'0');
            end = at + 1;
        } else if !(matches!(bytes[at], b' ' | b'-') && end == at) {
            break;
        }
        at += 1;
    }
    (end, digits)
}

/// Whether digits are a card number: 13 to 19 of them, a brand's prefix, a valid check digit.
fn is_card(digits: &[u8]) -> bool {
    if !(13..=19).contains(&digits.len()) {
        return false;
    }
    let prefix = digits[..4].iter().fold(0u32, |sum, d| sum * 10 + u32::from(*d));
    let brand = matches!(prefix,
        4000..=4999 | 5100..=5599 | 2221..=2720 | 3400..=3499 | 3700..=3799 | 3000..=3059
        | 3600..=3699 | 3800..=3999 | 3528..=3589 | 6011 | 6440..=6599 | 6200..=6299);
    let luhn: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &d)| match i % 2 {
            0 => u32::from(d),
            _ => u32::from(d) * 2 - if d > 4 { 9 } else { 0 },
        })
        .sum();
    brand && luhn.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Gifts, rows_of};

    #[test]
    fn card_numbers_are_cut_and_other_numbers_are_not() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(without_cards(text).as_deref(), expected, "{text}");
        };
        check("4111111111111111", Some("****1111"));
        check("paid by 4111 1111 1111 1111 exp 04/28", Some("paid by ****1111 exp 04/28"));
        check("3782-822463-10005, thanks", Some("****0005, thanks"));
        check("4111111111111112", None);
        check("1234567890123452", None);
        check("0066g00000mEBiDAAW", None);
    }

    #[test]
    fn secrets_and_cards_are_masked_below_the_header_and_ids_are_kept() {
        let file = Gifts::new("[file]\nnever_store = [\"Extra\"]", &[]);
        let mut masker = Masker::new(&file.mapping(), Part::Main);
        let rows = rows_of(
            1,
            &[
                "Report of 2020",
                "id|donor|date|amount|fund|method|Extra",
                "4111111111111111|D1|2020-01-31|1|GEN|4111111111111111|123-45-6789",
                "2|D1|2020-01-31|1|GEN|Cash|",
            ],
        );
        let masked: Vec<SourceRow> = rows.iter().cloned().map(|r| masker.mask(r)).collect();
        assert_eq!(masked[..2], rows[..2]);
        assert_eq!(masked[2].cell(0).text, "4111111111111111");
        assert_eq!(masked[2].cell(5).text, "****1111");
        assert_eq!(masked[2].cell(6).text, "***");
        assert_eq!(masked[3], rows[3]);
        assert_eq!(masker.counts(), [("Extra".to_owned(), 1), ("method".to_owned(), 1)]);
    }

    #[test]
    fn a_secret_is_found_under_a_header_of_two_rows() {
        for name in ["Private SSN", "SSN", "Private"] {
            let toml = format!("[file]\nheader_rows = 2\nnever_store = [\"{name}\"]");
            let mut masker = Masker::new(&Gifts::new(&toml, &[]).mapping(), Part::Main);
            let rows = rows_of(1, &["Gift||Private|", "id|date|SSN|note", "1|2020-01-31|123-45-6789|x"]);
            let masked: Vec<SourceRow> = rows.into_iter().map(|r| masker.mask(r)).collect();
            assert_eq!(masked[2].cell(2).text, "***", "{name}");
            assert_eq!(masked[2].cell(3).text, "x", "{name}");
        }
    }
}
