//! Several gifts of a donor side by side: `Gift 1 Date`, `Gift 1 Amount`, `Gift 2 Date` …

use std::collections::BTreeMap;

use crate::{ColumnProfile, ColumnType, SheetProfile};

/// Columns that stand once for each gift.
pub(crate) struct Wide {
    /// How many gifts a row has room for.
    pub repeat: usize,
    /// Names with `{n}` in them.
    pub date: String,
    pub amount: String,
    pub fund: Option<String>,
    /// Every column that belongs to a gift.
    pub columns: Vec<usize>,
    /// The date and amount of the first gift, and its fund.
    pub first: [Option<usize>; 3],
}

/// Finds a set of dates and a set of amounts that are numbered alike.
pub(crate) fn find(sheet: &SheetProfile) -> Option<Wide> {
    let mut stems: BTreeMap<String, Vec<(usize, &ColumnProfile)>> = BTreeMap::new();
    for column in &sheet.columns {
        if let Some((stem, number)) = numbered(&column.header) {
            stems.entry(stem).or_default().push((number, column));
        }
    }
    stems.retain(|_, list| list.len() > 1 && list.iter().any(|(n, _)| *n == 1));
    let of_kind = |kinds: &[ColumnType]| {
        let mut fitting: Vec<_> = stems
            .iter()
            .filter(|(_, list)| {
                list.iter().all(|(_, c)| kinds.contains(&c.kind) || c.kind == ColumnType::Empty)
            })
            .filter(|(_, list)| list.iter().any(|(_, c)| c.filled > 0))
            .collect();
        fitting.sort_by_key(|(_, list)| list.iter().map(|(_, c)| c.index).min());
        fitting.into_iter().next()
    };
    let (date, dates) = of_kind(&[ColumnType::Date])?;
    let (amount, amounts) = of_kind(&[ColumnType::Amount, ColumnType::Integer])?;
    if dates.len() != amounts.len() {
        return None;
    }
    let fund = of_kind(&[ColumnType::Text, ColumnType::Code]).filter(|(_, list)| list.len() == dates.len());
    let all = [Some(dates), Some(amounts), fund.map(|(_, list)| list)];
    let first = all.map(|list| list?.iter().find(|(n, _)| *n == 1).map(|(_, c)| c.index));
    Some(Wide {
        repeat: dates.iter().map(|(n, _)| *n).max().unwrap_or(1),
        date: date.clone(),
        amount: amount.clone(),
        fund: fund.map(|(stem, _)| stem.clone()),
        columns: all.into_iter().flatten().flatten().map(|(_, c)| c.index).collect(),
        first,
    })
}

/// `Gift 2 Date` is `Gift {n} Date`, 2.
fn numbered(header: &str) -> Option<(String, usize)> {
    let start = header.find(|c: char| c.is_ascii_digit())?;
    let digits = header[start..].bytes().take_while(u8::is_ascii_digit).count();
    let number: usize = header[start..start + digits].parse().ok().filter(|n| (1..=99).contains(n))?;
    Some((format!("{}{{n}}{}", &header[..start], &header[start + digits..]), number))
}
