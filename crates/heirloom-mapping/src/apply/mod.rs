//! Applying a mapping to rows, chunk by chunk: each data row ends in exactly one place.

mod credit;
mod desk;
mod donor;
mod extras;
mod gift;
mod giver;
mod group;
mod joins;
mod person;
mod refund;

use std::collections::HashSet;

use foldhash::fast::FixedState;
use heirloom_model::{Currency, GiftDate, Known, Place, Placed, RowId, SourceRow};

pub(crate) use desk::Desk;
pub(crate) use joins::Dangling;
use joins::Joined;

use crate::SurveyProblem;
use crate::dates::Order;
use crate::ground::Verdict;
use crate::identity::{IdentityReading, hash64};
use crate::number::Mark;
use crate::read::{Reader, Scene, Seen};
use crate::rules;
use crate::spec::{Body, DonorRows, GiftRows, Mapping, Unused};
use crate::survey::Survey;

/// What mapping knows besides mapping and file.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The currency of every amount.
    pub currency: Currency,
    /// The day the files were exported; gifts after it are mistakes.
    pub exported_on: GiftDate,
    /// The ids of all donors; `None` where donors exist at the target already.
    pub known_donors: Option<&'a DonorIndex>,
}

/// The ids of all donors of a migration.
#[derive(Clone, Default)]
pub struct DonorIndex(HashSet<Box<str>, FixedState>);

impl DonorIndex {
    /// An index of these ids.
    pub fn new(ids: impl Iterator<Item = String>) -> Self {
        DonorIndex(ids.map(String::into_boxed_str).collect())
    }

    /// Whether a donor has this id.
    pub fn contains(&self, id: &str) -> bool {
        self.0.contains(id)
    }
}

/// A companion file, whole: its survey and its rows.
pub struct Companion<'a> {
    /// Its survey.
    pub survey: &'a Survey,
    /// All its rows, in order.
    pub rows: Vec<SourceRow>,
}

/// Makes donors and gifts of rows. It can be shared by threads.
pub struct Mapper<'a> {
    pub(crate) mapping: &'a Mapping,
    pub(crate) survey: &'a Survey,
    pub(crate) reader: Reader<'a>,
    pub(crate) ctx: Context<'a>,
    pub(crate) identity_reading: IdentityReading,
    verdicts: Vec<&'a [Verdict]>,
    joined: Vec<Joined>,
    /// One-row joins on the main row, parents before children.
    main_joins: Vec<usize>,
    /// `(row, first row of its group)`, sorted.
    first_of: Vec<(u32, u32)>,
}

impl<'a> Mapper<'a> {
    /// A mapper over a surveyed file and its companions, in the mapping's order.
    ///
    /// # Errors
    /// If the surveys do not belong to this mapping.
    pub fn new(
        mapping: &'a Mapping,
        survey: &'a Survey,
        companions: Vec<Companion<'a>>,
        ctx: Context<'a>,
    ) -> Result<Mapper<'a>, Vec<SurveyProblem>> {
        let surveys: Vec<&Survey> =
            std::iter::once(survey).chain(companions.iter().map(|c| c.survey)).collect();
        check_belong(mapping, &surveys)?;
        let reader = Reader::new(mapping, surveys.iter().map(|s| &s.ground));
        let joined = companions
            .into_iter()
            .enumerate()
            .map(|(index, companion)| Joined::new(&reader, index, companion))
            .collect();
        let mut first_of: Vec<(u32, u32)> =
            survey.members.iter().map(|(first, row)| (*row, *first)).collect();
        first_of.sort_unstable();
        Ok(Mapper {
            mapping,
            survey,
            reader,
            ctx,
            identity_reading: IdentityReading::of(mapping, &survey.verdicts),
            verdicts: surveys.iter().map(|s| s.verdicts.as_slice()).collect(),
            joined,
            main_joins: joins::main_joins(mapping),
            first_of,
        })
    }

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

    /// The order in which the date seen is written.
    pub(crate) fn order(&self, seen: &Seen<'_>) -> Order {
        match self.verdict(seen) {
            Some(Verdict::Date(order)) => order,
            _ => self.mapping.order.unwrap_or(Order::Mdy),
        }
    }

    /// The decimal mark of the amount seen.
    pub(crate) fn mark(&self, seen: &Seen<'_>) -> Mark {
        match self.verdict(seen) {
            Some(Verdict::Amount(mark)) => mark,
            _ => self.mapping.mark.unwrap_or(Mark::Point),
        }
    }

    fn verdict(&self, seen: &Seen<'_>) -> Option<Verdict> {
        let (table, fact) = seen.fact?;
        self.verdicts[table].get(fact).copied()
    }

    pub(crate) fn quiet_date(&self, seen: &Seen<'_>) -> Option<GiftDate> {
        crate::dates::read(&seen.text, self.order(seen), self.mapping.pivot).ok()
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

fn check_belong(mapping: &Mapping, surveys: &[&Survey]) -> Result<(), Vec<SurveyProblem>> {
    let fits = surveys.len() == mapping.tables.len()
        && surveys.iter().zip(&mapping.tables).all(|(survey, table)| {
            survey.verdicts.len() == table.facts.len()
                && survey.ground.fills.len() == table.columns.len()
                && survey.ground.columns.iter().all(|c| c.is_empty() || c.len() == table.columns.len())
        });
    if fits {
        return Ok(());
    }
    Err(vec![SurveyProblem {
        at: None,
        message: format!("the surveys were not made with the mapping {}", mapping.name),
        why: "a changed mapping reads other columns".to_owned(),
        help: "survey the files again".to_owned(),
    }])
}
