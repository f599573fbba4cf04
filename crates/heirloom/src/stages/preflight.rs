//! Before anything is sealed: whether the target has what the plan names. Projects, segments, tags,
//! non-cash types, custom fields, contact types and premiums are read and kept with their time; what is
//! lacking there is work for a person, and its rows wait.

use std::collections::{BTreeMap, HashSet};

use heirloom_ledger::{Ledger, World};
use heirloom_model::{Code, Gift, Moment, RowId, Tally, Tender};
use heirloom_virtuous::{Clock, Lookup, ReadFailure, Reader, Transport};

use super::there::{PROJECTS, failed};
use crate::failure::Result;

/// A list read so long ago is read anew.
const FRESH_MS: i64 = 3 * 24 * 3_600_000;

/// The fact that names what was lacking when something was last sealed.
pub const LACKING: &str = "lacking";

/// The fact that counts what no endpoint takes.
pub const BY_HAND: &str = "by hand";

/// The fact that holds the rows and the money of what was lacking.
const LACKING_ROWS: &str = "lacking rows";

/// Codes that a plan names and the target lacks.
pub type Lacking = BTreeMap<(&'static str, String), LackingRows>;

/// The rows that name a code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LackingRows {
    /// How many.
    pub rows: u64,
    /// Their money in minor units.
    pub minor: i128,
    /// Those of them that are gifts.
    pub gifts: Tally,
    /// Those of the gifts whose donors are there: nothing else keeps them.
    pub due: Tally,
    /// One of them.
    pub example: Option<RowId>,
}

impl LackingRows {
    /// Counts a row that is no gift.
    pub(super) fn add(&mut self, row: RowId) {
        self.merge(LackingRows { rows: 1, example: Some(row), ..LackingRows::default() });
    }

    /// Counts a gift.
    pub(super) fn add_gift(&mut self, gift: &Gift, donor_is_there: bool) {
        let one = Tally { rows: 1, minor: i128::from(gift.amount().minor()) };
        let due = if donor_is_there { one } else { Tally::default() };
        let example = Some(gift.row);
        self.merge(LackingRows { rows: 1, minor: one.minor, gifts: one, due, example });
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn merge(&mut self, more: LackingRows) {
        self.rows += more.rows;
        self.minor += more.minor;
        self.gifts.merge(more.gifts);
        self.due.merge(more.due);
        self.example = self.example.or(more.example);
    }
}

/// What was lacking when something was last sealed, as findings: code, what is lacking, its rows.
///
/// # Errors
/// Storage.
pub fn lacking_found(ledger: &Ledger) -> Result<Vec<(Code, String, LackingRows)>> {
    let facts = ledger.target_facts()?;
    let text = facts.iter().find(|(name, _, _)| name == LACKING_ROWS).map(|(_, text, _)| text.as_str());
    let line = |line: &str| {
        let mut parts = line.splitn(8, '\t');
        let mut tally =
            || Some(Tally { rows: parts.next()?.parse().ok()?, minor: parts.next()?.parse().ok()? });
        let (Tally { rows, minor }, gifts, due) = (tally()?, tally()?, tally()?);
        let example = parts.next()?.parse().ok().map(RowId);
        let what = parts.next()?.to_owned();
        let code = if what.starts_with("tag ") { Code::LacksTag } else { Code::LacksCode };
        Some((code, what, LackingRows { rows, minor, gifts, due, example }))
    };
    Ok(text.unwrap_or_default().lines().filter_map(line).collect())
}

/// Reads the lists that are not known, or were read long ago, or lacked something. A list that the
/// token may not read stays unknown, and nothing is held by it.
///
/// # Errors
/// A read that got no answer.
pub(super) fn read_lists<T: Transport, C: Clock>(
    ledger: &Ledger,
    reader: &mut Reader<'_, T, C>,
    now: Moment,
) -> Result<()> {
    let facts = ledger.target_facts()?;
    let lacked = facts.iter().any(|(name, value, _)| name == LACKING && !value.is_empty());
    for list in Lookup::ALL {
        let known = facts.iter().find(|(name, _, _)| name == list.as_str());
        if known.is_some_and(|(_, _, at)| !lacked && now.since_ms(*at) < FRESH_MS) {
            continue;
        }
        match reader.names(list) {
            Ok(names) => ledger.save_target_fact(list.as_str(), &names.join("\n"), now)?,
            Err(ReadFailure::Refused { .. }) => {}
            Err(failure) => return Err(failed(failure)),
        }
    }
    Ok(())
}

/// What the target is known to have.
pub(super) struct Preflight {
    lists: BTreeMap<&'static str, HashSet<String>>,
}

impl Preflight {
    /// What was read. An empty list of a simulated organization says that nobody set it up; a real one has
    /// what it has.
    pub(super) fn of(ledger: &Ledger) -> Result<Preflight> {
        let is_live = ledger.binding()?.is_some_and(|(world, _)| world == World::Live);
        let mut lists = BTreeMap::new();
        let named = [PROJECTS].into_iter().chain(Lookup::ALL.map(Lookup::as_str));
        let facts = ledger.target_facts()?;
        for list in named {
            let found = facts.iter().find(|(name, _, _)| name == list);
            let counts = |value: &str| is_live || list == PROJECTS || !value.is_empty();
            if let Some((_, value, _)) = found.filter(|(_, value, _)| counts(value)) {
                lists.insert(list, value.lines().map(str::to_lowercase).collect());
            }
        }
        Ok(Preflight { lists })
    }

    /// The first code of a gift that the target lacks.
    pub(super) fn lacks(&self, gift: &Gift) -> Option<(&'static str, String)> {
        let projects = gift.designations.parts().iter().map(|part| part.project.as_str());
        let project = self.first_lacking(PROJECTS, projects).map(|code| ("project", code));
        let segment = || {
            let code = gift.details.segment.as_deref().into_iter();
            Some(("segment", self.first_lacking(Lookup::Segments.as_str(), code)?))
        };
        let kind = || match &gift.tender {
            Tender::NonCash { kind, .. } => {
                let kind = std::iter::once(kind.as_str());
                Some(("non-cash type", self.first_lacking(Lookup::NonCashTypes.as_str(), kind)?))
            }
            _ => None,
        };
        let field = || {
            let names = gift.details.custom.iter().map(|(name, _)| name.as_str());
            Some(("custom field", self.first_lacking(Lookup::GiftFields.as_str(), names)?))
        };
        project.or_else(segment).or_else(kind).or_else(field)
    }

    /// Whether a tag is known to be lacking. Some vendors make a tag that is sent: nothing is held.
    pub(super) fn lacks_tag(&self, tag: &str) -> bool {
        self.first_lacking(Lookup::Tags.as_str(), std::iter::once(tag)).is_some()
    }

    fn first_lacking<'t>(&self, list: &str, mut codes: impl Iterator<Item = &'t str>) -> Option<String> {
        let there = self.lists.get(list)?;
        codes.find(|code| !there.contains(&code.trim().to_lowercase())).map(str::to_owned)
    }
}

/// Keeps what was lacking, so that the next plan asks again, and what is for a person's hand, for the
/// report.
pub(super) fn remember(
    ledger: &Ledger,
    lacking: &Lacking,
    by_hand: &BTreeMap<String, u64>,
    now: Moment,
) -> Result<()> {
    let names: Vec<String> = lacking.keys().map(|(what, code)| format!("{what} {code}")).collect();
    let by_hand: Vec<String> = by_hand.iter().map(|(what, count)| format!("{count} {what}")).collect();
    let facts = ledger.target_facts()?;
    let rows = lacking.iter().map(|((what, code), found)| {
        let example = found.example.map_or(String::new(), |row| row.0.to_string());
        let all = Tally { rows: found.rows, minor: found.minor };
        let tallies = [all, found.gifts, found.due].map(|tally| format!("{}\t{}", tally.rows, tally.minor));
        format!("{}\t{example}\t{what} {}", tallies.join("\t"), code.replace(['\n', '\t'], " "))
    });
    let rows = rows.collect::<Vec<_>>().join("\n");
    for (fact, value) in [(LACKING, names.join("\n")), (LACKING_ROWS, rows), (BY_HAND, by_hand.join("\n"))] {
        let before = facts.iter().find(|(name, _, _)| name == fact).map(|(_, value, _)| value.as_str());
        if before.unwrap_or_default() != value {
            ledger.save_target_fact(fact, &value, now)?;
        }
    }
    Ok(())
}
