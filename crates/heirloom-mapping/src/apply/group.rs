//! Split gifts: rows with an equal id are parts of one gift, wherever they stand in the file.

use heirloom_model::{Code, Designation, Designations, Money, Place, Placed, SourceRow};

use super::Mapper;
use super::gift::{Draft, Grain};
use crate::rules::split::{self, Shared};
use crate::spec::GiftSpec;

impl<'a> Mapper<'a> {
    /// Places every row of the group that begins with `row`; nothing for a row that continues one.
    pub(super) fn group(
        &self,
        spec: &'a GiftSpec,
        row: &SourceRow,
        rows: &[SourceRow],
        strays: &[SourceRow],
        placed: &mut Vec<Placed>,
    ) {
        let first = row.id.sequence();
        if self.group_of(row.id) != first {
            return;
        }
        let members = self.survey.members_of(first);
        let mut drafts = Vec::with_capacity(members.len() + 1);
        for row in std::iter::once(row).chain(members.iter().filter_map(|&(_, m)| find(m, rows, strays))) {
            match self.draft(spec, row, Grain::Part) {
                Ok(draft) => drafts.push(draft),
                Err(excluded) => placed.push(excluded),
            }
        }
        agree(&mut drafts);
        match whole(&mut drafts) {
            Some(designations) => accept(drafts, designations, placed),
            None => hold(drafts, placed),
        }
    }
}

fn find<'r>(sequence: u32, rows: &'r [SourceRow], strays: &'r [SourceRow]) -> Option<&'r SourceRow> {
    [rows, strays].into_iter().find_map(|list| {
        let found = list.binary_search_by_key(&sequence, |r| r.id.sequence()).ok()?;
        Some(&list[found])
    })
}

fn agree(drafts: &mut [Draft<'_>]) {
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
fn hold(mut drafts: Vec<Draft<'_>>, placed: &mut Vec<Placed>) {
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
