//! Split gifts: rows with an equal id are parts of one gift, wherever they stand in the file.

use heirloom_model::{Code, Designation, Designations, Finding, Money, Place, Placed, SourceRow};

use super::gift::{Draft, Grain};
use crate::desk::Desk;
use crate::mapper::Mapper;
use crate::rules;
use crate::rules::split::{self, Shared};
use crate::spec::GiftSpec;

impl<'a> Mapper<'a> {
    /// Places every row of a split gift.
    pub(super) fn split(&self, spec: &'a GiftSpec, group: Vec<&SourceRow>, placed: &mut Vec<Placed>) {
        let mut drafts = Vec::with_capacity(group.len());
        let mut parents = Vec::new();
        for row in group {
            match self.whole_row(spec, row) {
                Some(parent) => parents.push((row, parent)),
                None => match self.draft(spec, row, Grain::Part) {
                    Ok(draft) => drafts.push(draft),
                    Err(excluded) => placed.push(*excluded),
                },
            }
        }
        agree(&mut drafts);
        let fault = self.differs(&parents, &drafts);
        if let (Some(fault), Some(first)) = (&fault, drafts.first_mut()) {
            first.desk.adopt(fault.clone());
        }
        for (_, mut parent) in parents {
            if let (Some(fault), Place::Excluded { known, .. }) = (&fault, &parent.place) {
                parent.place = Place::Held { known: known.clone() };
                parent.findings.push(fault.clone());
            }
            placed.push(parent);
        }
        match whole(&mut drafts) {
            Some(designations) => accept(drafts, designations, placed),
            None => hold(drafts, placed),
        }
    }

    /// The row that states the whole of a split gift: it is left out, since its parts are counted.
    fn whole_row(&self, spec: &'a GiftSpec, row: &SourceRow) -> Option<Placed> {
        let parent = spec.parent.as_ref()?;
        let (scene, _) = self.scene(row);
        let is_left_out = rules::exclude::rule(&self.reader, &scene).is_some();
        let is_parent = !is_left_out && parent.when.iter().all(|c| self.reader.holds(c, &scene));
        is_parent.then(|| self.excluded(spec, row, &scene, &parent.rule))
    }

    /// A finding if the parts do not make what the rows of the whole say: one row in most systems,
    /// the other side of an entry in a journal.
    fn differs(&self, parents: &[(&SourceRow, Placed)], parts: &[Draft<'_>]) -> Option<Finding> {
        let (row, _) = parents.first()?;
        let said: Option<i64> = parents.iter().try_fold(0i64, |sum, (_, parent)| match &parent.place {
            Place::Excluded { known, .. } => sum.checked_add(known.amount?.minor()),
            _ => None,
        });
        let sum: Option<i64> = parts.iter().try_fold(0i64, |sum, d| sum.checked_add(d.amount?.minor()));
        let money = |minor: i64| Money::new(minor, self.ctx.currency);
        let says = said.map_or("no amount".to_owned(), |minor| money(minor).to_string());
        let detail = match sum {
            _ if parts.is_empty() => "a split gift has no parts".to_owned(),
            // The other side of an entry may be written with the other sign.
            Some(sum) if said != Some(sum) && said != sum.checked_neg() => {
                format!("its parts make {}, the row of the whole says {says}", money(sum))
            }
            _ => return None,
        };
        let mut desk = Desk::new(&self.reader, 0, row);
        desk.add_text(Code::UnevenDesignations, "", detail);
        desk.into_findings().pop()
    }
}

pub(super) fn find<'r>(
    sequence: u32,
    rows: &'r [SourceRow],
    strays: &'r [SourceRow],
) -> Option<&'r SourceRow> {
    [rows, strays].into_iter().find_map(|list| {
        let found = list.binary_search_by_key(&sequence, |r| r.id.sequence()).ok()?;
        Some(&list[found])
    })
}

pub(super) fn agree(drafts: &mut [Draft<'_>]) {
    let Some((first, rest)) = drafts.split_first_mut() else {
        return;
    };
    let shared = |d: &Draft<'_>| Shared { donor: d.donor.clone(), date: d.date };
    let wanted = shared(first);
    let number = first.row.row_number;
    let before: usize = rest.iter().filter(|d| d.desk.blocks()).count();
    for draft in rest.iter_mut() {
        let own = shared(draft);
        split::check(&mut draft.desk, &wanted, &own, number);
    }
    let after: usize = rest.iter().filter(|d| d.desk.blocks()).count();
    if after > before && !first.desk.blocks() {
        first.desk.add_text(Code::SplitDisagrees, "", "a further row of this gift has another donor or date");
    }
}

/// The designations of the whole gift, if nothing blocks.
fn whole(drafts: &mut [Draft<'_>]) -> Option<Designations> {
    if drafts.iter().any(|d| d.desk.blocks()) {
        return None;
    }
    let first = drafts.first_mut()?;
    let currency = first.amount?.currency();
    let mut parts: Vec<Designation> = Vec::new();
    let mut sum = 0i64;
    for draft in drafts.iter_mut() {
        sum = sum.checked_add(draft.amount?.minor())?;
        parts.extend(draft.parts.iter().flatten().filter(|p| p.amount.minor() != 0).cloned());
    }
    let first = drafts.first_mut()?;
    if sum == 0 {
        first.desk.add(Code::ZeroAmount, &first.amount_seen, "all parts together");
        return None;
    }
    match Designations::new(Money::new(sum, currency), parts) {
        Ok(designations) => Some(designations),
        Err(uneven) => {
            first.desk.add_text(Code::UnevenDesignations, "", uneven.to_string());
            None
        }
    }
}

fn accept(drafts: Vec<Draft<'_>>, designations: Designations, placed: &mut Vec<Placed>) {
    let count = drafts.len() as u32;
    let mut drafts = drafts.into_iter();
    let Some(first) = drafts.next() else { return };
    let of = first.row.id;
    let currency = designations.total().currency();
    placed.push(first.with(designations, count));
    for draft in drafts {
        let amount = draft.amount.unwrap_or(Money::new(0, currency));
        let place = Place::Part { of, amount };
        placed.push(Placed { row: draft.row.id, revision: 0, place, findings: draft.desk.into_findings() });
    }
}

/// Holds every row of a gift; rows without a fault of their own name the fault of another.
pub(super) fn hold(mut drafts: Vec<Draft<'_>>, placed: &mut Vec<Placed>) {
    let fault = drafts.iter().find_map(|d| d.desk.first_blocking().cloned());
    for draft in &mut drafts {
        if !draft.desk.blocks() {
            match &fault {
                Some(fault) => draft.desk.adopt(fault.clone()),
                None => draft.desk.add_text(Code::BadAmount, "", "the parts cannot be added up"),
            }
        }
    }
    placed.extend(drafts.into_iter().map(Draft::held));
}

#[cfg(test)]
mod tests {
    use crate::testing::Gifts;

    const PARENT: &str = r#"[grain]
row = "part"
parent = { rule = "whole of a split gift: its parts are counted", when = [{ column = "Extra", is = ["M"] }] }
"#;

    #[test]
    fn the_row_of_the_whole_is_left_out_when_its_parts_make_it() {
        let rows = [
            "1|D1|1/31/2020|6|SEE_SPLIT|Cash|M",
            "1|D1|1/31/2020|4|GEN|Cash|",
            "2|D1|1/31/2020|1|GEN|Cash|",
            "1|D1|1/31/2020|2|ROOF|Cash|",
        ];
        let file = Gifts::new(PARENT, &rows);
        let whole = "excluded whole of a split gift: its parts are counted";
        assert_eq!(file.codes(), [whole, "gift", "gift", "part"]);
        assert_eq!(file.gift(1).amount().minor(), 600);
    }

    #[test]
    fn two_rows_of_the_whole_are_compared_together() {
        let rows = [
            "1|D1|1/31/2020|4|SEE_SPLIT|Cash|M",
            "1|D1|1/31/2020|2|SEE_SPLIT|Cash|M",
            "1|D1|1/31/2020|6|GEN|Cash|",
        ];
        let whole = "excluded whole of a split gift: its parts are counted";
        assert_eq!(Gifts::new(PARENT, &rows).codes(), [whole, whole, "gift"]);
        let other_side = rows.map(|row| row.replace("|4|", "|-4|").replace("|2|", "|-2|"));
        let other_side = other_side.each_ref().map(String::as_str);
        assert_eq!(Gifts::new(PARENT, &other_side).codes(), [whole, whole, "gift"]);
    }

    #[test]
    fn parts_that_do_not_make_the_whole_hold_all_rows() {
        let rows = [
            "1|D1|1/31/2020|6|SEE_SPLIT|Cash|M",
            "1|D1|1/31/2020|4|GEN|Cash|",
            "1|D1|1/31/2020|1|ROOF|Cash|",
            "2|D1|1/31/2020|6|SEE_SPLIT|Cash|M",
        ];
        assert_eq!(Gifts::new(PARENT, &rows).codes(), ["held G016", "held G016", "held G016", "held G016"]);
    }
}
