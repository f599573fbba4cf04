//! Designations as a table: one row for each part of a gift.

use super::gifts::{COLUMNS as GIFT, money};
use super::{Column, int, words};
use crate::facts::{DesignationRecord, GiftRecord};
use crate::operators::Kind::{self, Decimal, Int, String};
use crate::query::{Field, Parameter, Table};
use crate::world::World;

/// A part of a gift, with the gift.
#[derive(Clone, Copy)]
pub(crate) struct Part<'w> {
    pub gift: &'w GiftRecord,
    pub at: usize,
}

impl<'w> Part<'w> {
    /// The designation itself.
    pub(crate) fn record(&self) -> &'w DesignationRecord {
        &self.gift.designations[self.at]
    }

    /// Its id, as whole gifts show it too.
    pub(crate) fn id(&self) -> i64 {
        self.gift.id * 100 + self.at as i64
    }
}

/// A parameter, its type, and its value of a part.
type PartColumn = (&'static str, Kind, for<'w> fn(&'w World, Part<'w>) -> Field<'w>);

/// What a part may be asked for besides what its gift may.
const COLUMNS: [PartColumn; 6] = [
    ("Gift Designation Id", Int, |_, part| int(part.id())),
    ("Amount Designated", Decimal, |_, part| money(part.record().amount_minor, &part.gift.currency)),
    ("Converted Amount Designated", Decimal, |_, part| {
        money(part.record().amount_minor, &part.gift.currency)
    }),
    ("Project Id", Int, |_, part| int(part.record().project_id)),
    ("Project Code", String, |_, part| words(&part.record().code)),
    ("Project Name", String, |world, part| {
        world.projects.by_id(part.record().project_id).map_or(Field::Nothing, |project| words(&project.name))
    }),
];

/// All parts of all gifts, by rising id.
pub(crate) struct Designations<'w> {
    world: &'w World,
    parts: Vec<Part<'w>>,
}

impl<'w> Designations<'w> {
    /// Lists the parts.
    pub(crate) fn of(world: &'w World) -> Designations<'w> {
        let parts = world.giving.gifts.iter();
        let parts = parts.flat_map(|gift| (0..gift.designations.len()).map(move |at| Part { gift, at }));
        Designations { world, parts: parts.collect() }
    }

    /// The part at a position.
    pub(crate) fn part(&self, at: u32) -> Part<'w> {
        self.parts[at as usize]
    }
}

/// The parameters of gifts that a part does not answer itself.
fn of_gift() -> impl Iterator<Item = &'static Column<GiftRecord>> {
    GIFT.iter().filter(|(name, ..)| !COLUMNS.iter().any(|(own, ..)| own == name))
}

impl Table for Designations<'_> {
    fn len(&self) -> usize {
        self.parts.len()
    }

    fn place(&self, id: i64) -> usize {
        self.parts.partition_point(|part| part.id() < id)
    }

    fn parameters(&self) -> Vec<Parameter<'_>> {
        let own = COLUMNS.iter().map(|(name, kind, _)| (*name, *kind));
        own.chain(of_gift().map(|(name, kind, _)| (*name, *kind))).collect()
    }

    fn field(&self, at: u32, column: usize) -> Field<'_> {
        let part = self.parts[at as usize];
        match COLUMNS.get(column) {
            Some((_, _, of)) => of(self.world, part),
            None => of_gift()
                .nth(column - COLUMNS.len())
                .map_or(Field::Nothing, |(_, _, of)| of(self.world, part.gift)),
        }
    }
}
