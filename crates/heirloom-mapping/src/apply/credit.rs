//! Gifts that a file repeats once for each soft credit: rows with an equal id are one gift, whose
//! first row counts; the others are worth nothing and bring their soft credit.

use heirloom_model::{Code, Place, Placed, SourceRow};

use super::gift::{Draft, Grain};
use super::group::{agree, hold};
use crate::mapper::Mapper;
use crate::rules::soft_credit;
use crate::spec::GiftSpec;

impl<'a> Mapper<'a> {
    /// Places every row of a gift and of its repeats.
    pub(super) fn credited(&self, spec: &'a GiftSpec, group: Vec<&SourceRow>, placed: &mut Vec<Placed>) {
        let mut group = group.into_iter();
        let Some(first) = group.next() else { return };
        let head = match self.draft(spec, first, Grain::Gift) {
            Ok(draft) => draft,
            Err(excluded) => {
                let of = excluded.row;
                placed.push(*excluded);
                placed.extend(group.map(|row| repeat(row, of)));
                return;
            }
        };
        let mut drafts = vec![head];
        for row in group {
            match self.draft(spec, row, Grain::Gift) {
                Ok(draft) => drafts.push(draft),
                // A rule leaves this row out, which is worth nothing anyway.
                Err(_) => placed.push(repeat(row, first.id)),
            }
        }
        agree(&mut drafts);
        agree_on_money(&mut drafts);
        if drafts.iter().any(|d| d.desk.blocks()) {
            drafts.iter_mut().skip(1).for_each(|d| d.amount = None);
            return hold(drafts, placed);
        }
        let mut drafts = drafts.into_iter();
        let Some(mut head) = drafts.next() else { return };
        for draft in drafts {
            for credit in draft.details.soft_credits {
                soft_credit::join(&mut head.details.soft_credits, Some(credit));
            }
            placed.push(repeat(draft.row, first.id));
        }
        placed.push(head.into_placed());
    }
}

fn repeat(row: &SourceRow, of: heirloom_model::RowId) -> Placed {
    Placed { row: row.id, revision: 0, place: Place::Repeat { of }, findings: Vec::new() }
}

/// Rows that repeat a gift must say the same amount and the same designations.
fn agree_on_money(drafts: &mut [Draft<'_>]) {
    let Some((first, rest)) = drafts.split_first_mut() else { return };
    let number = first.row.row_number;
    for draft in rest {
        let differs = draft.amount != first.amount || draft.parts != first.parts;
        if differs && draft.amount.is_some() && first.amount.is_some() {
            let detail = format!("its amount or fund is not that of row {number}");
            draft.desk.add_text(Code::SplitDisagrees, "", detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    const CREDIT: &str = "[grain]\nrow = \"credit\"\n[[soft_credit]]\ndonor = { column = \"Extra\" }\n";

    #[test]
    fn a_gift_repeated_for_each_soft_credit_counts_once() {
        let rows = [
            "1|D1|1/31/2020|6|GEN|Cash|D2",
            "2|D1|1/31/2020|1|GEN|Cash|",
            "1|D1|1/31/2020|6|GEN|Cash|D3",
            "1|D1|1/31/2020|6|GEN|Cash|D2",
        ];
        let file = Gifts::new(CREDIT, &rows);
        assert_eq!(file.codes(), ["gift", "gift", "repeat", "repeat"]);
        let gift = file.gift(0);
        let credited: Vec<&str> = gift.details.soft_credits.iter().map(|c| c.donor.as_str()).collect();
        assert_eq!((gift.amount().minor(), credited), (600, vec!["D2", "D3"]));
        assert_eq!(file.survey().unwrap().repeats(), [3, 4]);
    }

    #[test]
    fn repeats_that_disagree_hold_the_gift_and_are_worth_nothing() {
        let rows = ["1|D1|1/31/2020|6|GEN|Cash|D2", "1|D1|1/31/2020|5|GEN|Cash|D3"];
        let file = Gifts::new(CREDIT, &rows);
        assert_eq!(file.codes(), ["held G017", "held G017"]);
        let worth: Vec<Option<i64>> = file
            .placed()
            .iter()
            .map(|p| match &p.place {
                heirloom_model::Place::Held { known } => known.amount.map(|a| a.minor()),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(worth, [Some(600), None]);
    }
}
