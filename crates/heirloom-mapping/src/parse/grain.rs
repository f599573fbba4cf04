//! `[grain]`: what one row of the main file is.

use super::rule;
use super::value::Builder;
use super::walk::{REPEAT_MAX, Table};
use crate::RecordKind;
use crate::spec::{DonorRows, Exclude, GiftRows};

/// What a row is, for either kind of record.
pub(super) struct Grain {
    pub gifts: GiftRows,
    pub donors: DonorRows,
    pub parent: Option<Exclude>,
}

/// Reads `[grain]`. Wide rows are noted in the builder, so that `{n}` has a meaning from here on.
pub(super) fn grain(root: &mut Table, record: RecordKind, builder: &mut Builder<'_>) -> Grain {
    let mut grain = Grain { gifts: GiftRows::Gift, donors: DonorRows::Donor, parent: None };
    let Some(mut table) = root.table("grain", builder.problems) else {
        return grain;
    };
    let at = table.has("row").unwrap_or(table.at);
    let word = table.text("row", builder.problems);
    let repeat = table.int("repeat", 1..=REPEAT_MAX, builder.problems);
    match (record, word.as_deref()) {
        (RecordKind::Gift, None | Some("gift")) | (RecordKind::Donor, None | Some("donor")) => {}
        (RecordKind::Gift, Some("part")) => grain.gifts = GiftRows::Part,
        (RecordKind::Gift, Some("credit")) => grain.gifts = GiftRows::Credit,
        (RecordKind::Gift, Some("wide")) => match repeat {
            Some(count) => builder.sets = vec![Vec::new(); count as usize],
            None => {
                builder.problems.add(at, "wide rows need repeat", "repeat = 12: the most gifts of one row")
            }
        },
        (RecordKind::Donor, Some("gift")) => grain.donors = DonorRows::Gift,
        (RecordKind::Gift, Some(_)) => {
            builder.problems.add(at, "row is \"gift\", \"part\", \"credit\" or \"wide\"", "");
        }
        (RecordKind::Donor, Some(_)) => {
            builder.problems.add(at, "row is \"donor\" or \"gift\" in a donor file", "");
        }
    }
    if repeat.is_some() && word.as_deref() != Some("wide") {
        builder.problems.add(at, "repeat belongs to row = \"wide\"", "");
    }
    if let Some(parent) = table.table("parent", builder.problems) {
        if grain.gifts != GiftRows::Part {
            builder.problems.add(parent.at, "parent belongs to row = \"part\"", "");
        }
        grain.parent = rule(parent, builder);
    }
    table.finish(builder.problems);
    grain
}
