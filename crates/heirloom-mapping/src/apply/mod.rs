//! Applying a mapping to rows, chunk by chunk: each data row ends in exactly one place.

mod credit;
mod donor;
mod extras;
mod gift;
mod giver;
mod group;
mod person;
mod refund;

use heirloom_model::{Known, Place, Placed, RowId, SourceRow};

use crate::desk::Desk;
use crate::identity::hash64;
use crate::mapper::Mapper;
use crate::read::Scene;
use crate::rules;
use crate::spec::{Body, DonorRows, GiftRows, Unused};

impl<'a> Mapper<'a> {
    /// One result for each data row whose group begins in `rows`, in the order of rows; further
    /// rows of such groups that lie outside the chunk come as `strays` (see [`Survey::strays`])
    /// and follow at the end.
    pub fn apply(&self, rows: &[SourceRow], strays: &[SourceRow]) -> Vec<Placed> {
        let mut placed = Vec::with_capacity(rows.len() + strays.len());
        let mut structure = self.structure_from(rows);
        for row in rows {
            if structure.next_if(row.id.sequence()) {
                continue;
            }
            match &self.mapping.body {
                Body::Donor(spec) if spec.rows == DonorRows::Donor => placed.push(self.donor(spec, row)),
                Body::Donor(spec) => self.giver(spec, self.group_at(row, rows, strays), &mut placed),
                Body::Gift(spec) => match spec.rows {
                    GiftRows::Gift => placed.push(self.gift(spec, row)),
                    GiftRows::Part => self.split(spec, self.group_at(row, rows, strays), &mut placed),
                    GiftRows::Credit => self.credited(spec, self.group_at(row, rows, strays), &mut placed),
                    GiftRows::Refund => self.refunded(spec, self.group_at(row, rows, strays), &mut placed),
                },
            }
        }
        if !self.first_of.is_empty() {
            let last = rows.last().map_or(0, |r| r.id.0);
            placed.sort_by_key(|p| (p.row.0 > last, p.row));
        }
        placed
    }

    /// Results for companion rows that nothing refers to, where the mapping holds or excludes them.
    pub fn unjoined(&self) -> Vec<Placed> {
        let mut placed = Vec::new();
        for (index, join) in self.mapping.companions.iter().enumerate() {
            if join.unused == Unused::Ignore {
                continue;
            }
            let referenced = self.references(index);
            for row in &self.joined[index].rows {
                let scene = Scene::of(index + 1, row);
                let key = self.joined[index].key(&self.reader, row);
                let is_used = !key.is_blank() && referenced.binary_search(&hash64(&key.text)).is_ok();
                if is_used || !self.joined[index].is_data(row) {
                    continue;
                }
                let amount = self.reader.read_option(join.unused_amount.as_ref(), &scene);
                let date = self.reader.read_option(join.unused_date.as_ref(), &scene);
                let known = Known {
                    amount: rules::amount::quiet(self, &amount, self.ctx.currency),
                    date: self.quiet_date(&date),
                    is_donor: matches!(self.mapping.body, Body::Donor(_)),
                    ..Known::default()
                };
                let mut desk = Desk::new(&self.reader, index + 1, row);
                let place = match &join.unused {
                    Unused::Excluded(rule) => Place::Excluded { rule: rule.clone(), known, promise: None },
                    _ => {
                        rules::unjoined::report(&mut desk, &join.name, &key.text);
                        Place::Held { known }
                    }
                };
                placed.push(Placed { row: row.id, revision: 0, place, findings: desk.into_findings() });
            }
        }
        placed
    }

    /// The group that begins with `row`, in the order of the file; nothing for a row that continues
    /// one.
    fn group_at<'r>(
        &self,
        row: &'r SourceRow,
        rows: &'r [SourceRow],
        strays: &'r [SourceRow],
    ) -> Vec<&'r SourceRow> {
        let first = row.id.sequence();
        if self.group_of(row.id) != first {
            return Vec::new();
        }
        let members = self.survey.members_of(first).iter();
        std::iter::once(row).chain(members.filter_map(|&(_, m)| group::find(m, rows, strays))).collect()
    }

    /// The first row of the group to which a row belongs.
    fn group_of(&self, row: RowId) -> u32 {
        let sequence = row.sequence();
        match self.first_of.binary_search_by_key(&sequence, |(row, _)| *row) {
            Ok(found) => self.first_of[found].1,
            Err(_) => sequence,
        }
    }

    fn structure_from(&self, rows: &[SourceRow]) -> StructureRows<'a> {
        let from = rows.first().map_or(0, |r| r.id.sequence());
        let list = &self.survey.not_data;
        StructureRows(&list[list.partition_point(|s| *s < from)..])
    }
}

/// The rows that are not data, walked beside the rows of a chunk.
struct StructureRows<'s>(&'s [u32]);

impl StructureRows<'_> {
    fn next_if(&mut self, sequence: u32) -> bool {
        while let [first, rest @ ..] = self.0 {
            if *first > sequence {
                return false;
            }
            self.0 = rest;
            if *first == sequence {
                return true;
            }
        }
        false
    }
}
