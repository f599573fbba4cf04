//! What rows are mapped with: a mapping, what its files were found to be like, and what is joined to a row.

use std::collections::HashSet;

use foldhash::fast::FixedState;
use heirloom_model::{Currency, GiftDate, SourceRow};

use crate::SurveyProblem;
use crate::dates::Order;
use crate::ground::Verdict;
use crate::identity::{IdentityReading, hash64};
use crate::joins::{Companion, Dangling, Joined, joins_below, main_joins};
use crate::number::Mark;
use crate::read::{Reader, Scene, Seen};
use crate::spec::Mapping;
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

/// Makes donors and gifts of rows. It can be shared by threads.
pub struct Mapper<'a> {
    pub(crate) mapping: &'a Mapping,
    pub(crate) survey: &'a Survey,
    pub(crate) reader: Reader<'a>,
    pub(crate) ctx: Context<'a>,
    pub(crate) identity_reading: IdentityReading,
    verdicts: Vec<&'a [Verdict]>,
    pub(crate) joined: Vec<Joined>,
    /// One-row joins on the main row, parents before children.
    main_joins: Vec<usize>,
    /// `(row, first row of its group)`, sorted.
    pub(crate) first_of: Vec<(u32, u32)>,
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
            main_joins: main_joins(mapping),
            first_of,
        })
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

    /// A main row with every row that follows from it.
    pub(crate) fn scene<'r>(&'r self, row: &'r SourceRow) -> (Scene<'r>, Vec<Dangling<'r>>)
    where
        'a: 'r,
    {
        let mut scene = Scene::of(0, row);
        let mut dangling = Vec::new();
        for &join in &self.main_joins {
            self.follow(join, &mut scene, &mut dangling);
        }
        (scene, dangling)
    }

    /// The scene inside a block: with one row of a many-join, and what follows from it.
    pub(crate) fn inside<'r>(
        &'r self,
        scene: &Scene<'r>,
        table: usize,
        row: &'r SourceRow,
    ) -> (Scene<'r>, Vec<Dangling<'r>>)
    where
        'a: 'r,
    {
        let mut inner = *scene;
        inner.rows[table] = Some(row);
        let mut dangling = Vec::new();
        if self.joined.len() > 1 {
            for join in joins_below(self.mapping, table) {
                self.follow(join, &mut inner, &mut dangling);
            }
        }
        (inner, dangling)
    }

    fn follow<'r>(&'r self, join: usize, scene: &mut Scene<'r>, dangling: &mut Vec<Dangling<'r>>)
    where
        'a: 'r,
    {
        let spec = &self.mapping.companions[join];
        let seen = self.reader.read(&spec.on, scene);
        if seen.is_blank() {
            return;
        }
        match self.joined[join].places(&seen.text) {
            [one] => scene.rows[join + 1] = Some(&self.joined[join].rows[*one as usize]),
            [] if spec.missing_blank => {}
            several => dangling.push(Dangling { join, rows: several.len(), seen }),
        }
    }

    /// The rows of a many-join that belong to a scene, in the order of their file.
    pub(crate) fn rows_of<'r>(
        &'r self,
        table: usize,
        scene: &Scene<'r>,
    ) -> impl Iterator<Item = &'r SourceRow>
    where
        'a: 'r,
    {
        let joined = &self.joined[table - 1];
        let seen = self.reader.read(&self.mapping.companions[table - 1].on, scene);
        let places = if seen.is_blank() { &[][..] } else { joined.places(&seen.text) };
        places.iter().map(|&place| &joined.rows[place as usize])
    }

    /// Hashes of the keys of companion `join` that anything refers to, sorted.
    pub(crate) fn references(&self, join: usize) -> Vec<u64> {
        let spec = &self.mapping.companions[join];
        let Some(parent) = spec.on_table.checked_sub(1) else {
            return self.survey.references.get(join).cloned().unwrap_or_default();
        };
        let mut hashes: Vec<u64> = self.joined[parent]
            .rows
            .iter()
            .map(|row| self.reader.read(&spec.on, &Scene::of(parent + 1, row)))
            .filter(|seen| !seen.is_blank())
            .map(|seen| hash64(&seen.text))
            .collect();
        hashes.sort_unstable();
        hashes
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
