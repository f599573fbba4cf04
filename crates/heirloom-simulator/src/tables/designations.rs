//! Designations as a table: one row for each part of a gift.

use super::gifts::{COLUMNS as GIFT, kind_of, knows, money, parent_of};
use super::{Column, custom_parameters, custom_value, int, words};
use crate::facts::{DesignationRecord, GiftRecord, ProjectRecord};
use crate::lag;
use crate::operators::Kind::{self, Decimal, Int, Name, Stamp};
use crate::query::{Field, Parameter, Table};
use crate::world::World;
use serde_json::Value;

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
const COLUMNS: [PartColumn; 9] = [
    ("Gift Designation Id", Int, |_, part| int(part.id())),
    ("Gift Designation Create DateTime UTC", Stamp, |_, part| Field::When(part.gift.created_ms)),
    ("Converted Amount Designated", Decimal, |_, part| {
        money(part.record().amount_minor, &part.gift.currency)
    }),
    ("Project Id", Int, |_, part| int(part.record().project_id)),
    ("Project Code", Name, |_, part| words(&part.record().code)),
    ("Project Name", Name, |world, part| project(world, part, |one| Some(&one.name))),
    ("Project Type", Name, |world, part| project(world, part, kind_of)),
    ("Parent Project Name", Name, |world, part| {
        project(world, part, |one| Some(&parent_of(world, one)?.name))
    }),
    ("Parent Project Code", Name, |world, part| {
        project(world, part, |one| Some(&parent_of(world, one)?.code))
    }),
];

/// Something of the project of a part.
fn project<'w>(world: &'w World, part: Part, of: impl Fn(&'w ProjectRecord) -> Option<&'w str>) -> Field<'w> {
    world.projects.by_id(part.record().project_id).and_then(of).map_or(Field::Nothing, words)
}

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
        let of_gift = of_gift().map(|(name, kind, _)| (*name, *kind));
        own.chain(of_gift).chain(custom_parameters(self.world, "Gift")).collect()
    }

    fn knows(&self, parameter: &str, folded: &str) -> bool {
        knows(self.world, parameter, folded)
    }

    fn hides(&self, at: u32) -> bool {
        !self.world.shows(lag::GIFT, self.parts[at as usize].gift.id)
    }

    fn hides_any(&self) -> bool {
        self.world.any_unseen(lag::GIFT)
    }

    fn field(&self, at: u32, column: usize) -> Field<'_> {
        let part = self.parts[at as usize];
        match COLUMNS.get(column) {
            Some((_, _, of)) => of(self.world, part),
            None => match of_gift().nth(column - COLUMNS.len()) {
                Some((_, _, of)) => of(self.world, part.gift),
                None => {
                    let values = part.gift.extras.get("customFields").and_then(Value::as_object);
                    custom_value(self.world, "Gift", column - COLUMNS.len() - of_gift().count(), values)
                }
            },
        }
    }
}
