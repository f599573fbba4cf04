//! A chunk of source rows as bytes: shapes first, then all texts, so that like lies beside like.

use heirloom_model::{CellKind, FileId, RowId, SourceRow};

use crate::codec::{Reader, Writer, pack, unpack};

const KINDS: [CellKind; 6] =
    [CellKind::Empty, CellKind::Text, CellKind::Number, CellKind::Date, CellKind::Bool, CellKind::Error];

fn kind_number(kind: CellKind) -> u64 {
    match kind {
        CellKind::Empty => 0,
        CellKind::Text => 1,
        CellKind::Number => 2,
        CellKind::Date => 3,
        CellKind::Bool => 4,
        CellKind::Error => 5,
    }
}

/// Packs rows of one file, in order of their sequence.
pub(crate) fn encode(rows: &[SourceRow]) -> Vec<u8> {
    let mut shapes = Writer::default();
    let mut texts = String::new();
    let (mut sequence, mut number) = (0i64, 0i64);
    shapes.count(rows.len() as u64);
    for row in rows {
        let (next, shown) = (i64::from(row.id.sequence()), i64::from(row.row_number));
        shapes.signed(next - sequence);
        shapes.signed(shown - number);
        (sequence, number) = (next, shown);
        shapes.count(u64::from(row.sheet));
        shapes.count(row.len() as u64);
        for cell in row.cells() {
            shapes.count((cell.text.len() as u64) << 3 | kind_number(cell.kind));
            texts.push_str(cell.text);
        }
    }
    shapes.text(&texts);
    pack(&shapes.0)
}

struct Shape {
    sequence: u32,
    row_number: u32,
    sheet: u16,
    cells: Vec<(usize, CellKind)>,
}

fn shape(reader: &mut Reader<'_>, before: (i64, i64)) -> Option<Shape> {
    let sequence = before.0.checked_add(reader.signed()?)?;
    let row_number = before.1.checked_add(reader.signed()?)?;
    let sheet = reader.count()?.try_into().ok()?;
    let cells = reader.list(|r| {
        let packed = r.count()?;
        let kind = KINDS.get((packed & 7) as usize)?;
        Some((usize::try_from(packed >> 3).ok()?, *kind))
    })?;
    Some(Shape { sequence: sequence.try_into().ok()?, row_number: row_number.try_into().ok()?, sheet, cells })
}

/// The inverse of [`encode`], for rows of `file`.
pub(crate) fn decode(file: FileId, blob: &[u8]) -> Option<Vec<SourceRow>> {
    let plain = unpack(blob)?;
    let mut reader = Reader(&plain);
    let mut before = (0i64, 0i64);
    let shapes = reader.list(|r| {
        let shape = shape(r, before)?;
        before = (i64::from(shape.sequence), i64::from(shape.row_number));
        Some(shape)
    })?;
    let texts = std::str::from_utf8(reader.bytes()?).ok()?;
    let mut rows = Vec::with_capacity(shapes.len());
    let mut at = 0usize;
    for shape in shapes {
        let id = RowId::new(file, shape.sequence);
        let mut row = SourceRow::new(id, shape.sheet, shape.row_number);
        for (len, kind) in shape.cells {
            let end = at.checked_add(len)?;
            row.push(texts.get(at..end)?, kind);
            at = end;
        }
        rows.push(row);
    }
    (at == texts.len()).then(|| reader.end(rows)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_row() -> impl Strategy<Value = (u16, u32, Vec<(String, usize)>)> {
        let cell = (".{0,12}", 0usize..6);
        (any::<u16>(), any::<u32>(), proptest::collection::vec(cell, 0..6))
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_went(drafts in proptest::collection::vec(any_row(), 0..20)) {
            let rows: Vec<SourceRow> = drafts.iter().enumerate().map(|(i, (sheet, number, cells))| {
                let mut row = SourceRow::new(RowId::new(FileId(7), i as u32 * 3), *sheet, *number);
                cells.iter().for_each(|(text, kind)| row.push(text, KINDS[*kind]));
                row
            }).collect();
            prop_assert_eq!(decode(FileId(7), &encode(&rows)), Some(rows));
        }
    }
}
