//! `[control]`: what the old system's own report says of a file.

use super::tree::Problems;
use super::walk::Table;
use crate::control::read_cents;
use crate::spec::ControlTotal;
use heirloom_model::CellKind;

/// The most rows that a report may speak of.
const ROWS_MAX: i64 = 1 << 40;

pub(super) fn control(root: &mut Table, problems: &mut Problems) -> Option<ControlTotal> {
    let mut table = root.table("control", problems)?;
    let rows = table.int("rows", 0..=ROWS_MAX, problems).map(|rows| rows as u64);
    let at = table.has("amount").unwrap_or(table.at);
    let text = table.text("amount", problems);
    let read = |text: &str| read_cents(text, CellKind::Text, false, ControlTotal::DECIMALS);
    let amount = text.as_deref().map(read);
    if amount == Some(None) {
        problems.add(at, "this is no amount", "with a decimal point: amount = \"1230499.44\"");
    }
    if rows.is_none() && amount.is_none() {
        problems.add(table.at, "[control] needs rows or amount", "as the old system's own report says them");
    }
    table.finish(problems);
    Some(ControlTotal { rows, amount: amount.flatten().map(i128::from) })
}
