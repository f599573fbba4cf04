//! A survey as bytes: little-endian, length-prefixed, with a version in front.

use std::sync::Arc;

use super::Survey;
use crate::dates::Order;
use crate::ground::{Ground, SheetStructure, Structure, TotalRow, Twin, Unmapped, Verdict};
use crate::number::Mark;

const VERSION: u8 = 2;

pub(super) fn write(survey: &Survey) -> Vec<u8> {
    let mut out = Out(vec![VERSION]);
    let ground = &survey.ground;
    out.text(&ground.file);
    out.list(&ground.sheets, |out, s| out.option(s.as_deref()));
    out.list(&ground.columns, |out, c| out.list(c, |out, v| out.u32(*v)));
    out.list(&ground.headers, |out, h| out.list(h, |out, t| out.text(t)));
    out.list(&ground.fills, |out, f| {
        out.list(f, |out, (row, text)| {
            out.u32(*row);
            out.text(text);
        });
    });
    out.list(&survey.structure.sheets, sheet_out);
    out.u64(survey.data_rows);
    out.list(&survey.not_data, |out, v| out.u32(*v));
    out.list(&survey.verdicts, |out, v| out.u8(verdict_out(*v)));
    out.list(&survey.members, |out, (a, b)| {
        out.u32(*a);
        out.u32(*b);
    });
    out.u8(u8::from(survey.members_repeat));
    out.list(&survey.duplicates, |out, v| out.u64(*v));
    out.list(&survey.twins, |out, t| {
        out.u32(t.sequence);
        out.u64(t.hash);
        out.u32(t.ordinal);
    });
    out.list(&survey.references, |out, r| out.list(r, |out, v| out.u64(*v)));
    out.list(&survey.amount_columns, |out, c| out.list(c, |out, v| out.u32(*v)));
    out.list(&survey.unmapped, |out, u| {
        out.u32(u32::from(u.sheet));
        out.u32(u.row_number);
        out.u32(u.column);
        out.u64(u.cells);
    });
    out.0
}

pub(super) fn read(bytes: &[u8]) -> Option<Survey> {
    let mut from = In(bytes);
    if from.u8()? != VERSION {
        return None;
    }
    let ground = Ground {
        file: Arc::from(from.text()?),
        sheets: from.list(|f| f.option().map(|o| o.map(Arc::from)))?,
        columns: from.list(|f| f.list(In::u32))?,
        headers: from.list(|f| f.list(In::text))?,
        fills: from.list(|f| f.list(|f| Some((f.u32()?, f.text()?))))?,
    };
    let survey = Survey {
        ground,
        structure: Structure { sheets: from.list(sheet_in)? },
        data_rows: from.u64()?,
        not_data: from.list(In::u32)?,
        verdicts: from.list(|f| f.u8().and_then(verdict_in))?,
        members: from.list(|f| Some((f.u32()?, f.u32()?)))?,
        members_repeat: from.u8()? == 1,
        duplicates: from.list(In::u64)?,
        twins: from.list(|f| Some(Twin { sequence: f.u32()?, hash: f.u64()?, ordinal: f.u32()? }))?,
        references: from.list(|f| f.list(In::u64))?,
        amount_columns: from.list(|f| f.list(In::u32))?,
        unmapped: from.list(|f| {
            let sheet = u16::try_from(f.u32()?).ok()?;
            Some(Unmapped { sheet, row_number: f.u32()?, column: f.u32()?, cells: f.u64()? })
        })?,
    };
    from.0.is_empty().then_some(survey)
}

fn sheet_out(out: &mut Out, sheet: &SheetStructure) {
    let lines = |out: &mut Out, list: &Vec<(u32, String)>| {
        out.list(list, |out, (row, text)| {
            out.u32(*row);
            out.text(text);
        });
    };
    out.option(sheet.name.as_deref());
    lines(out, &sheet.titles);
    out.u8(u8::from(sheet.header.is_some()));
    if let Some((row, cells)) = &sheet.header {
        out.u32(*row);
        out.list(cells, |out, t| out.text(t));
    }
    lines(out, &sheet.skipped);
    out.list(&sheet.totals, |out, t| {
        out.u32(t.row_number);
        out.text(&t.said);
        out.text(&t.sum);
        out.u8(u8::from(t.agrees));
    });
    out.u64(sheet.data_rows);
}

fn sheet_in(from: &mut In<'_>) -> Option<SheetStructure> {
    let name = from.option()?.map(Arc::from);
    let titles = from.list(|f| Some((f.u32()?, f.text()?)))?;
    let header = match from.u8()? {
        0 => None,
        _ => Some((from.u32()?, from.list(In::text)?)),
    };
    Some(SheetStructure {
        name,
        titles,
        header,
        skipped: from.list(|f| Some((f.u32()?, f.text()?)))?,
        totals: from.list(|f| {
            Some(TotalRow { row_number: f.u32()?, said: f.text()?, sum: f.text()?, agrees: f.u8()? == 1 })
        })?,
        data_rows: from.u64()?,
    })
}

fn verdict_out(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Date(order) => Order::ALL.iter().position(|o| *o == order).unwrap_or(0) as u8,
        Verdict::Amount(Mark::Point) => 10,
        Verdict::Amount(Mark::Comma) => 11,
    }
}

fn verdict_in(byte: u8) -> Option<Verdict> {
    match byte {
        10 => Some(Verdict::Amount(Mark::Point)),
        11 => Some(Verdict::Amount(Mark::Comma)),
        _ => Order::ALL.get(usize::from(byte)).map(|o| Verdict::Date(*o)),
    }
}

struct Out(Vec<u8>);

impl Out {
    fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.u32(text.len() as u32);
        self.0.extend(text.as_bytes());
    }

    fn option(&mut self, text: Option<&str>) {
        self.u8(u8::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn list<T>(&mut self, items: &[T], each: impl Fn(&mut Out, &T)) {
        self.u32(items.len() as u32);
        items.iter().for_each(|item| each(self, item));
    }
}

struct In<'b>(&'b [u8]);

impl<'b> In<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|b| b[0])
    }

    fn u32(&mut self) -> Option<u32> {
        self.take(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    fn text(&mut self) -> Option<String> {
        let count = self.u32()? as usize;
        String::from_utf8(self.take(count)?.to_vec()).ok()
    }

    fn option(&mut self) -> Option<Option<String>> {
        match self.u8()? {
            0 => Some(None),
            _ => self.text().map(Some),
        }
    }

    fn list<T>(&mut self, mut each: impl FnMut(&mut In<'b>) -> Option<T>) -> Option<Vec<T>> {
        let count = self.u32()? as usize;
        let mut items = Vec::with_capacity(count.min(self.0.len()));
        for _ in 0..count {
            items.push(each(self)?);
        }
        Some(items)
    }
}
