//! Totals that a file states itself, compared with the sum of its rows by the control reader.

use heirloom_model::SourceRow;

use super::work::{PendingTotal, Surveyor};
use crate::control::read_cents;
use crate::ground::TotalRow;
use crate::text::trim;

/// Decimals in which totals are compared: more than any currency has.
const TOTAL_DECIMALS: u32 = 4;

impl Surveyor<'_> {
    pub(super) fn add_sums(&mut self, row: &SourceRow) {
        if self.layout.total.is_none() {
            return;
        }
        let columns = self.amount_columns(row.sheet);
        let cell = columns.iter().map(|&c| row.cell(c as usize)).find(|c| !trim(c.text).is_empty());
        let (Some(cell), Some(sheet)) = (cell, &mut self.sheet) else {
            return;
        };
        for (mark, is_comma) in [false, true].into_iter().enumerate() {
            let value = read_cents(cell.text, cell.kind, is_comma, TOTAL_DECIMALS).unwrap_or(0);
            sheet.sums[mark] += i128::from(value);
            sheet.since_total[mark] += i128::from(value);
        }
    }

    pub(super) fn total(&mut self, row: &SourceRow) {
        let columns = self.amount_columns(row.sheet);
        let is_amount = |i: usize| {
            let cell = row.cell(i);
            [false, true]
                .into_iter()
                .any(|comma| read_cents(cell.text, cell.kind, comma, TOTAL_DECIMALS).is_some())
        };
        let mapped = columns.iter().map(|&c| c as usize).find(|&c| is_amount(c));
        let place = mapped.or_else(|| {
            let mut others = (0..row.len()).filter(|&i| is_amount(i));
            others.next().filter(|_| others.next().is_none())
        });
        let cell = row.cell(place.unwrap_or(usize::MAX));
        let Some(sheet) = &mut self.sheet else { return };
        let pending = PendingTotal {
            said: trim(cell.text).to_owned(),
            kind: cell.kind,
            sums: sheet.sums,
            since: sheet.since_total,
        };
        sheet.since_total = [0; 2];
        let index = usize::from(sheet.index);
        if let Some(structure) = self.structure.sheets.get_mut(index) {
            structure.totals.push(TotalRow {
                row_number: row.row_number,
                said: pending.said.clone(),
                sum: String::new(),
                agrees: true,
            });
            self.totals.push((index, structure.totals.len() - 1, pending));
        }
    }

    pub(super) fn settle_totals(&mut self, is_comma: bool) {
        let mark = usize::from(is_comma);
        for (sheet, index, pending) in std::mem::take(&mut self.totals) {
            let total = &mut self.structure.sheets[sheet].totals[index];
            let said = read_cents(&pending.said, pending.kind, is_comma, TOTAL_DECIMALS).map(i128::from);
            let (sum, since) = (pending.sums[mark], pending.since[mark]);
            total.agrees = said.is_none_or(|said| said == sum || said == since);
            total.sum = plain(sum);
        }
    }
}

/// Ten-thousandths as plain digits with at least two decimals.
fn plain(units: i128) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let digits = format!("{:05}", units.unsigned_abs());
    let (whole, part) = digits.split_at(digits.len() - TOTAL_DECIMALS as usize);
    let (cents, rest) = part.split_at(2);
    format!("{sign}{whole}.{cents}{}", rest.trim_end_matches('0'))
}
