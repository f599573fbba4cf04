//! Which rows lie where: derived afresh from the facts, in one walk.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use heirloom_model::{Bucket, Currency, Pile, PileLine, Tally};

use crate::Ledger;
use crate::decide::set_asides;
use crate::door::Desk;
use crate::error::{LedgerError, Result};
use crate::items::{self, Scope};
use crate::load::{all, word};
use crate::newest::{superseded_files, superseded_rows};
use crate::target::known_contacts;

impl Ledger {
    /// Every mapped row of gift files by pile, rule, currency, year and type; the fund is left
    /// open. A gift counts its rows, and its money once.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn piles(&self) -> Result<Vec<PileLine>> {
        self.look("count the piles", |desk| {
            let mut sums = Sums::default();
            walk(desk, |_, spot| {
                sums.add(&spot, None, spot.rows, spot.minor);
                Ok(())
            })?;
            let superseded = superseded_rows(desk, false)?;
            if superseded > 0 {
                sums.add(&Spot::of_stopped(Pile::Superseded), None, superseded, None);
            }
            sums.lines(desk)
        })
    }

    /// Designations by pile, rule, currency, year, fund and type; a row that is no gift counts once.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn fund_piles(&self) -> Result<Vec<PileLine>> {
        self.look("count the funds", |desk| {
            let mut sums = Sums::default();
            walk(desk, |desk, spot| {
                if !spot.is_split {
                    sums.add(&spot, spot.project, 1, spot.minor);
                    return Ok(());
                }
                let sql = "SELECT project, minor FROM designation WHERE row_id = ?1 ORDER BY number";
                let parts: Vec<(i64, i64)> = all(desk, sql, [spot.row], |r| Ok((r.get(0)?, r.get(1)?)))?;
                for (project, minor) in parts {
                    sums.add(&spot, Some(project), 1, Some(minor));
                }
                Ok(())
            })?;
            sums.lines(desk)
        })
    }

    /// Donor rows by pile, with the rule or reason, in the piles' order. A donor lies where the
    /// item of its contact lies; one that exists at the target already is confirmed.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn donor_piles(&self) -> Result<Vec<(Pile, Option<String>, u64)>> {
        self.look("count the donors", |desk| {
            let mut counts: BTreeMap<(Pile, Option<String>), u64> = BTreeMap::new();
            for place in donor_places(desk)? {
                *counts.entry(place).or_default() += 1;
            }
            let superseded = superseded_rows(desk, true)?;
            if superseded > 0 {
                *counts.entry((Pile::Superseded, None)).or_default() += superseded;
            }
            let lines = counts.into_iter();
            Ok(lines.map(|((pile, rule), rows)| (pile, rule, rows)).collect())
        })
    }
}

/// Why a row of a newer edition is worth nothing by itself: an earlier one's was sent.
pub const SENT_BEFORE: &str = "sent from an earlier edition of its file";

/// One gift, or one row that is none.
struct Spot {
    row: i64,
    pile: Pile,
    rule: Option<Arc<str>>,
    minor: Option<i64>,
    currency: Option<i64>,
    date: Option<i32>,
    tender: Option<i64>,
    project: Option<i64>,
    is_split: bool,
    is_gift: bool,
    rows: u64,
}

impl Spot {
    /// A row that is no gift, and of which nothing more is known.
    fn of_stopped(pile: Pile) -> Spot {
        Spot {
            row: 0,
            pile,
            rule: None,
            minor: None,
            currency: None,
            date: None,
            tender: None,
            project: None,
            is_split: false,
            is_gift: false,
            rows: 1,
        }
    }
}

type Key = (Pile, Option<Arc<str>>, Option<i64>, Option<i16>, Option<i64>, Option<i64>);

#[derive(Default)]
struct Sums(BTreeMap<Key, (Tally, u64)>);

impl Sums {
    fn add(&mut self, spot: &Spot, fund: Option<i64>, rows: u64, minor: Option<i64>) {
        let year = spot.date.and_then(|d| i16::try_from(d / 10_000).ok());
        let rule = spot.rule.clone();
        let key = (spot.pile, rule, spot.currency, year, fund, spot.tender);
        let (tally, gifts) = self.0.entry(key).or_default();
        tally.merge(Tally { rows, minor: minor.map_or(0, i128::from) });
        *gifts += u64::from(spot.is_gift);
    }

    fn lines(self, desk: &mut Desk<'_>) -> Result<Vec<PileLine>> {
        let mut lines = Vec::with_capacity(self.0.len());
        for ((pile, rule, currency, year, fund, tender), (tally, gifts)) in self.0 {
            let mut text = |id: Option<i64>| -> Result<Option<String>> {
                Ok(id.map(|id| word(desk, id)).transpose()?.map(|t| t.as_ref().to_owned()))
            };
            let currency = text(currency)?
                .map(|c| Currency::new(&c).map_err(|_| LedgerError::damaged("a currency")))
                .transpose()?;
            let bucket = Bucket { currency, year, fund: text(fund)?, gift_type: text(tender)? };
            lines.push(PileLine { pile, rule: rule.map(|r| r.as_ref().to_owned()), bucket, tally, gifts });
        }
        lines.sort_by(|a, b| (a.pile, &a.rule, &a.bucket).cmp(&(b.pile, &b.rule, &b.bucket)));
        Ok(lines)
    }
}

/// Files that hold donors.
fn donor_files(desk: &Desk<'_>) -> Result<BTreeSet<u32>> {
    let sql = "SELECT DISTINCT row_id >> 32 FROM donor
        UNION SELECT DISTINCT row_id >> 32 FROM stopped WHERE is_donor = 1
        UNION SELECT DISTINCT row_id >> 32 FROM repeat WHERE of_row IN (SELECT row_id FROM donor) ORDER BY 1";
    Ok(all(desk, sql, [], |r| r.get(0))?.into_iter().collect())
}

/// What decides over a row that is in no plan.
pub(crate) struct Decisions {
    aside: BTreeMap<i64, Arc<str>>,
    superseded: BTreeSet<u32>,
    /// Mappings that are kept because something of them was sent.
    kept: BTreeSet<i64>,
}

impl Decisions {
    pub(crate) fn of(desk: &Desk<'_>) -> Result<Self> {
        let aside = set_asides(desk)?.into_iter();
        Ok(Decisions {
            aside: aside.map(|s| (s.row.0, s.reason.into())).collect(),
            superseded: superseded_files(desk)?,
            kept: all(desk, "SELECT map_id FROM map_chunk WHERE kept = 1 ORDER BY map_id", [], |r| r.get(0))?
                .into_iter()
                .collect(),
        })
    }

    /// The pile that a decision puts a row into, before anything else does. What a mapping is kept for was
    /// sent, and no newer edition supersedes it.
    pub(crate) fn pile(&self, row: i64, mapping: Option<i64>) -> Option<(Pile, Option<Arc<str>>)> {
        let is_kept = mapping.is_some_and(|mapping| self.kept.contains(&mapping));
        if !is_kept && self.superseded.contains(&((row >> 32) as u32)) {
            return Some((Pile::Superseded, None));
        }
        let reason = self.aside(row)?;
        Some((Pile::SetAside, Some(reason)))
    }

    /// Why a row was set aside.
    pub(crate) fn aside(&self, row: i64) -> Option<Arc<str>> {
        self.aside.get(&row).cloned()
    }
}

/// Rows of items with their piles, by row: of a gift or contact that went again, where it stands now.
fn sealed(desk: &mut Desk<'_>) -> Result<Vec<(i64, Pile)>> {
    let mut piles = Vec::new();
    items::walk(desk, Scope::All, |_, raw, standing| {
        // What was given up lies where its row lies, until it is sealed anew.
        if raw.part == 0 && !raw.replaced && !standing.free {
            piles.push((raw.row, standing.state.pile()));
        }
        Ok(())
    })?;
    piles.sort_unstable();
    Ok(piles)
}

fn pile_of(sealed: &[(i64, Pile)], row: i64) -> Option<Pile> {
    let at = sealed.binary_search_by_key(&row, |(r, _)| *r).ok()?;
    Some(sealed[at].1)
}

/// Visits every gift, then every held, excluded or repeated row of gift files.
fn walk(desk: &mut Desk<'_>, mut visit: impl FnMut(&mut Desk<'_>, Spot) -> Result<()>) -> Result<()> {
    let decisions = Decisions::of(desk)?;
    walk_gifts(desk, &decisions, &mut visit)?;
    walk_stopped(desk, &decisions, &mut visit)?;
    walk_repeats(desk, &decisions, &mut visit)
}

fn walk_gifts(
    desk: &mut Desk<'_>,
    decisions: &Decisions,
    visit: &mut impl FnMut(&mut Desk<'_>, Spot) -> Result<()>,
) -> Result<()> {
    let sealed = sealed(desk)?;
    let known = known_donors(desk)?;
    let conn = desk.conn;
    let mut statement = conn.prepare_cached(
        "SELECT row_id, donor, date, minor, currency, tender, project, rows, map_id FROM gift ORDER BY row_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        let row: i64 = r.get(0)?;
        let donor: Option<i64> = r.get(1)?;
        let ready =
            if donor.is_none_or(|d| known.contains(&d)) { Pile::Ready } else { Pile::WaitingForDonor };
        let (pile, rule) = match pile_of(&sealed, row) {
            Some(pile) => (pile, None),
            None => decisions.pile(row, Some(r.get(8)?)).unwrap_or((ready, None)),
        };
        let project: Option<i64> = r.get(6)?;
        let spot = Spot {
            row,
            pile,
            rule,
            date: r.get(2)?,
            minor: r.get(3)?,
            currency: r.get(4)?,
            tender: r.get(5)?,
            project,
            is_split: project.is_none(),
            is_gift: true,
            rows: r.get::<_, i64>(7)?.unsigned_abs(),
        };
        visit(desk, spot)?;
    }
    Ok(())
}

fn walk_stopped(
    desk: &mut Desk<'_>,
    decisions: &Decisions,
    visit: &mut impl FnMut(&mut Desk<'_>, Spot) -> Result<()>,
) -> Result<()> {
    let conn = desk.conn;
    let mut statement = conn.prepare_cached(
        "SELECT row_id, rule, date, minor, currency, tender, project FROM stopped
         WHERE is_donor = 0 ORDER BY row_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        let row: i64 = r.get(0)?;
        let (pile, rule) = stopped_pile(desk, decisions, row, r.get(1)?)?;
        let spot = Spot {
            row,
            pile,
            rule,
            date: r.get(2)?,
            minor: r.get(3)?,
            currency: r.get(4)?,
            tender: r.get(5)?,
            project: r.get(6)?,
            is_split: false,
            is_gift: false,
            rows: 1,
        };
        visit(desk, spot)?;
    }
    Ok(())
}

fn walk_repeats(
    desk: &mut Desk<'_>,
    decisions: &Decisions,
    visit: &mut impl FnMut(&mut Desk<'_>, Spot) -> Result<()>,
) -> Result<()> {
    let donors = donor_files(desk)?;
    let sql = "SELECT row_id, of_row FROM repeat ORDER BY row_id";
    let repeats: Vec<(i64, i64)> = all(desk, sql, [], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let sent_before: Arc<str> = SENT_BEFORE.into();
    for (row, of) in repeats {
        if donors.contains(&((row >> 32) as u32)) {
            continue;
        }
        let rule = (row >> 32 != of >> 32).then(|| sent_before.clone());
        visit(desk, Spot { row, rule, ..Spot::of_stopped(repeat_pile(decisions, row)) })?;
    }
    Ok(())
}

/// A held row yields to decisions; an excluded one only to a newer edition.
fn stopped_pile(
    desk: &mut Desk<'_>,
    decisions: &Decisions,
    row: i64,
    rule: Option<i64>,
) -> Result<(Pile, Option<Arc<str>>)> {
    let decided = decisions.pile(row, None);
    Ok(match (rule, decided) {
        (_, Some((Pile::Superseded, none))) => (Pile::Superseded, none),
        (Some(rule), _) => (Pile::Excluded, Some(word(desk, rule)?)),
        (None, Some(decided)) => decided,
        (None, None) => (Pile::Held, None),
    })
}

fn repeat_pile(decisions: &Decisions, row: i64) -> Pile {
    match decisions.pile(row, None) {
        Some((Pile::Superseded, _)) => Pile::Superseded,
        _ => Pile::Repeat,
    }
}

/// Words of the donors whose contact at the target is known.
fn known_donors(desk: &mut Desk<'_>) -> Result<HashSet<i64, foldhash::fast::RandomState>> {
    let known = known_contacts(desk)?;
    let mut words = HashSet::default();
    let conn = desk.conn;
    let mut statement = conn.prepare_cached(
        "SELECT d.legacy, c.contact FROM cluster c JOIN donor d ON d.row_id = c.row_id ORDER BY c.row_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(r) = rows.next()? {
        if known.contains_key(&r.get::<_, i64>(1)?) {
            words.insert(r.get(0)?);
        }
    }
    Ok(words)
}

/// The pile of every donor row.
fn donor_places(desk: &mut Desk<'_>) -> Result<Vec<(Pile, Option<String>)>> {
    let decisions = Decisions::of(desk)?;
    let sealed = sealed(desk)?;
    let known = known_contacts(desk)?;
    let text = |rule: Option<Arc<str>>| rule.map(|r| r.as_ref().to_owned());
    let mut places = Vec::new();
    let sql = "SELECT d.row_id, c.contact, d.map_id FROM donor d LEFT JOIN cluster c ON c.row_id = d.row_id
        ORDER BY d.row_id";
    let donors: Vec<(i64, Option<i64>, i64)> = all(desk, sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
    for (row, contact, mapping) in donors {
        let sent = contact.and_then(|c| pile_of(&sealed, c));
        let there = contact.is_some_and(|c| known.contains_key(&c));
        let free = if there { Pile::Confirmed } else { Pile::Ready };
        let (pile, rule) = match sent {
            Some(pile) => (pile, None),
            None => decisions.pile(row, Some(mapping)).unwrap_or((free, None)),
        };
        places.push((pile, text(rule)));
    }
    let sql = "SELECT row_id, rule FROM stopped WHERE is_donor = 1 ORDER BY row_id";
    let stopped: Vec<(i64, Option<i64>)> = all(desk, sql, [], |r| Ok((r.get(0)?, r.get(1)?)))?;
    for (row, rule) in stopped {
        let (pile, rule) = stopped_pile(desk, &decisions, row, rule)?;
        places.push((pile, text(rule)));
    }
    let files = donor_files(desk)?;
    let repeats: Vec<i64> = all(desk, "SELECT row_id FROM repeat ORDER BY row_id", [], |r| r.get(0))?;
    let of_donors = repeats.into_iter().filter(|row| files.contains(&((row >> 32) as u32)));
    places.extend(of_donors.map(|row| (repeat_pile(&decisions, row), None)));
    Ok(places)
}
