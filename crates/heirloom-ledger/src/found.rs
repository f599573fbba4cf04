//! Findings of the whole ledger, with the money that stands behind them.

use std::collections::BTreeMap;

use heirloom_model::{Currency, Money, RowId};

use crate::door::Desk;
use crate::error::Result;
use crate::load::{all, findings, money};
use crate::{FindingGroup, FindingRow, Ledger};

impl Ledger {
    /// All findings, by code, then by row.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn findings(&self) -> Result<Vec<FindingRow>> {
        self.look("list the findings", |desk| {
            let mut found = with_amounts(desk)?;
            found.sort_by_key(|f| (f.finding.code, f.row));
            Ok(found)
        })
    }

    /// Findings grouped by code and text: by code, the most money first. Amounts of other currencies than
    /// this one count as rows only.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn finding_groups(&self, currency: Currency) -> Result<Vec<FindingGroup>> {
        self.look("group the findings", move |desk| {
            let mut groups = BTreeMap::new();
            for f in with_amounts(desk)? {
                let key = (f.finding.code, f.finding.seen);
                let sums: &mut BTreeMap<RowId, i128> = groups.entry(key).or_default();
                let amount = f.amount.filter(|m| m.currency() == currency);
                sums.insert(f.row, amount.map_or(0, |m| i128::from(m.minor())));
            }
            let mut groups: Vec<FindingGroup> = groups
                .into_iter()
                .map(|((code, seen), rows)| FindingGroup {
                    code,
                    seen,
                    rows: rows.len() as u64,
                    minor: rows.values().sum(),
                })
                .collect();
            groups.sort_by(|a, b| (a.code, b.minor, &a.seen).cmp(&(b.code, a.minor, &b.seen)));
            Ok(groups)
        })
    }
}

/// Findings by row.
fn with_amounts(desk: &mut Desk<'_>) -> Result<Vec<FindingRow>> {
    let found = findings(desk, "ORDER BY f.row_id, f.number", [])?;
    let mut rows: Vec<FindingRow> = Vec::with_capacity(found.len());
    for (row, finding) in found {
        let amount = match rows.last() {
            Some(before) if before.row == row => before.amount,
            _ => amount_of(desk, row)?,
        };
        rows.push(FindingRow { finding, row, amount });
    }
    Ok(rows)
}

/// What stands behind a row: a gift's whole amount, else what is known of the row.
fn amount_of(desk: &mut Desk<'_>, row: RowId) -> Result<Option<Money>> {
    let sql = "SELECT minor, currency FROM gift WHERE row_id = ?1
        UNION ALL SELECT minor, currency FROM part WHERE row_id = ?1
        UNION ALL SELECT minor, currency FROM stopped WHERE row_id = ?1 ORDER BY 1";
    let found: Vec<(Option<i64>, Option<i64>)> = all(desk, sql, [row.0], |r| Ok((r.get(0)?, r.get(1)?)))?;
    match found.first() {
        Some((minor, currency)) => money(desk, *minor, *currency),
        None => Ok(None),
    }
}
