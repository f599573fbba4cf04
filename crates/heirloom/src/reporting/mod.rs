//! Fills the report model from the ledger: every number in every form of output comes from here.

mod sending;
mod story;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use heirloom_ledger::{Ledger, SENT_BEFORE};
use heirloom_model::{Code, Currency, Finding, ItemId, ItemKind, ItemState, Pile, PileLine, RowId, Tally};
use heirloom_report::{ForeignLine, Rehearsal, Report, RowSum, VERSION};

use crate::balance::donor_balance;
use crate::failure::{Exit, Result};
use crate::migration::Migration;
use crate::stages::control::{Control, Controls, controls};
use crate::stages::job::listed;
use crate::stages::preflight::lacking_found;
use crate::stages::reconcile::Compared;
use crate::stages::reconcile::differing;
use crate::stages::reread::{alike, corrected};
use sending::{decisions, doubts, duplicates, plans, provenance, reconcile_line};
use story::{answer, chain, next_step, tiles, todo};
use tables::{agreements, blanks, files, findings, rules};

/// At most so many examples of one finding.
const EXAMPLES_MAX: usize = 5;

/// What happened in this run besides what the ledger holds.
#[derive(Default)]
pub struct Occasion {
    /// Present for a rehearsal.
    pub rehearsal: Option<Rehearsal>,
    /// The last comparison of gifts with the target, if this run made one.
    pub compared: Option<Compared>,
    /// The next thing to type, if the caller knows better than the ledger.
    pub next: Option<String>,
}

/// The ledger's money, summed the ways that every output needs.
pub struct Money {
    /// All lines by pile, year and type; amounts of other currencies are not in them, their rows are.
    pub lines: Vec<PileLine>,
    /// The lines of other currencies, with their amounts.
    pub foreign: Vec<PileLine>,
    /// Ready gifts that may have been sent under another id: they wait for a person's word.
    pub alike: Tally,
    /// The files' worth by the independent reader.
    pub controls: Vec<Control>,
    /// What is wrong with files as a whole: damaged characters, totals that differ.
    pub file_findings: Vec<Finding>,
    /// What a mapping's `[control]` says of a file, and whether it is so: name and sentence.
    pub control_totals: Vec<(String, String)>,
    /// What changed since rows were mapped, such as a mapping: what it says now is not what the piles are of.
    pub changed: BTreeSet<String>,
}

impl Money {
    /// Reads the sums.
    ///
    /// # Errors
    /// Storage.
    pub fn of(migration: &Migration) -> Result<Money> {
        let Controls { files: controls, findings: file_findings, totals: control_totals, changed } =
            controls(migration)?;
        let (lines, foreign) = apart(migration.ledger.piles()?, migration.settings.currency);
        let alike = alike_gifts(&migration.ledger, migration.settings.currency)?;
        Ok(Money { lines, foreign, alike, controls, file_findings, control_totals, changed })
    }

    /// What may be sealed: what is ready, and waits for nobody's word.
    pub fn ready(&self) -> Tally {
        let Tally { rows, minor } = self.of_piles(&[Pile::Ready]);
        Tally { rows: rows.saturating_sub(self.alike.rows), minor: minor - self.alike.minor }
    }

    /// The sum of some piles.
    pub fn of_piles(&self, piles: &[Pile]) -> Tally {
        let mut sum = Tally::default();
        self.lines.iter().filter(|l| piles.contains(&l.pile)).for_each(|l| sum.merge(l.tally));
        sum
    }

    /// How the rows of the gift files become gifts: what the files show on one side, the piles on the
    /// other.
    pub fn rows(&self) -> RowSum {
        let lines: u64 = self.controls.iter().map(|c| c.lines).sum();
        let not_data: u64 = self.controls.iter().map(|c| c.not_data).sum();
        let of = |pile: Pile| self.of_piles(&[pile]).rows;
        let goes_on = |l: &&PileLine| !NO_GIFTS.contains(&l.pile);
        let (gifts, rows) = self
            .lines
            .iter()
            .filter(goes_on)
            .fold((0, 0), |(gifts, rows), line| (gifts + line.gifts, rows + line.tally.rows));
        let sent_before = self.sent_before();
        RowSum {
            rows: lines,
            unfolded: (self.read().rows + not_data).saturating_sub(lines),
            gifts,
            further: rows - gifts,
            repeats: of(Pile::Repeat) - sent_before,
            sent_before,
            excluded: of(Pile::Excluded),
            held: of(Pile::Held),
            set_aside: of(Pile::SetAside),
            superseded: of(Pile::Superseded),
            not_data,
        }
    }

    /// Rows whose gifts were sent from an earlier edition of their file.
    fn sent_before(&self) -> u64 {
        let is_sent_before = |line: &&PileLine| line.rule.as_deref() == Some(SENT_BEFORE);
        self.lines.iter().filter(is_sent_before).map(|line| line.tally.rows).sum()
    }

    /// What the files hold, by the independent reader.
    pub fn read(&self) -> Tally {
        let mut sum = Tally::default();
        self.controls.iter().for_each(|c| sum.merge(c.tally));
        sum
    }
}

fn alike_gifts(ledger: &Ledger, home: Currency) -> Result<Tally> {
    let mut sum = Tally::default();
    let known: BTreeSet<RowId> = ledger.known_contacts()?.into_iter().map(|(row, _)| row).collect();
    for row in alike(ledger)?.into_keys() {
        let is_free = ledger.item_of_row(row)?.is_none_or(|line| line.free);
        let Some(gift) = ledger.gift(row)?.filter(|_| is_free) else { continue };
        // One whose donor is not known there waits for him first.
        let donor = gift.donor.as_deref().map(|id| ledger.donor_by_legacy_id(id)).transpose()?.flatten();
        let cluster = donor.map(|donor| ledger.cluster_of_row(donor.row)).transpose()?.flatten();
        if gift.donor.is_none() || cluster.is_some_and(|one| known.contains(&one.contact)) {
            sum.add(Some(gift.amount()).filter(|amount| amount.currency() == home));
        }
    }
    Ok(sum)
}

/// Spans of items of calls that the run at work has no answer to yet; nothing where nobody is at work.
fn in_the_air(ledger: &Ledger) -> Result<Vec<RangeInclusive<ItemId>>> {
    if ledger.worker().is_none() {
        return Ok(Vec::new());
    }
    let open = ledger.attempts()?.into_iter().filter(|attempt| attempt.outcome.is_none());
    Ok(open.map(|attempt| attempt.first..=attempt.last).collect())
}

/// Spans of items of calls to which the vendor said that it has such an id already, and no sending of ours
/// explained that: somebody else's, or a copy that something on the way made of ours.
fn ids_taken(ledger: &Ledger) -> Result<Vec<RangeInclusive<ItemId>>> {
    let taken = ledger.attempts()?.into_iter().filter(|a| a.outcome.as_deref() == Some("conflict"));
    Ok(taken.map(|attempt| attempt.first..=attempt.last).collect())
}

/// Piles whose gifts were sealed.
pub const SEALED: [Pile; 7] = [
    Pile::Unsent,
    Pile::InDoubt,
    Pile::Parked,
    Pile::Refused,
    Pile::Waiting,
    Pile::Confirmed,
    Pile::Discarded,
];

/// Takes the amounts of other currencies out of lines, so that no sum mixes them.
fn apart(lines: Vec<PileLine>, home: Currency) -> (Vec<PileLine>, Vec<PileLine>) {
    let is_foreign = |line: &PileLine| line.bucket.currency.is_some_and(|currency| currency != home);
    let foreign = lines.iter().filter(|line| is_foreign(line)).cloned().collect();
    let at_home = |mut line: PileLine| {
        if is_foreign(&line) {
            line.tally.minor = 0;
        }
        line
    };
    (lines.into_iter().map(at_home).collect(), foreign)
}

/// Rows in other currencies, by pile and currency.
pub fn other_currencies(money: &Money) -> Vec<ForeignLine> {
    let sums = PileLine::sum_by(&money.foreign, |line| (line.pile, line.bucket.currency));
    let line = |((pile, currency), tally): ((Pile, Option<Currency>), Tally)| {
        Some(ForeignLine { pile, currency: currency?, tally })
    };
    sums.into_iter().filter_map(line).collect()
}

/// Piles whose rows are no gifts that go on.
const NO_GIFTS: [Pile; 5] = [Pile::Excluded, Pile::Held, Pile::SetAside, Pile::Superseded, Pile::Repeat];

/// Builds the report of a migration as it stands.
///
/// # Errors
/// Storage.
pub fn build(migration: &Migration, occasion: Occasion) -> Result<Report> {
    let ledger = &migration.ledger;
    let money = Money::of(migration)?;
    let settings = &migration.settings;
    let differences = Differences::of(migration)?;
    let facts: BTreeMap<String, String> =
        ledger.target_facts()?.into_iter().map(|(name, value, _)| (name, value)).collect();
    let corrected = corrected(ledger)?;
    let next = match (occasion.next, ledger.worker()) {
        (Some(next), _) => next,
        (None, Some(_)) => "heirloom status    # again, while the other run goes on".into(),
        (None, None) if !money.changed.is_empty() => "heirloom check".into(),
        (None, None) => next_step(migration, &money, &corrected)?,
    };
    let unsettled = match (ledger.worker(), money.changed.is_empty()) {
        (Some(_), _) => Some("another run reads or maps".to_owned()),
        (None, false) => Some(format!("{} changed since rows were mapped", listed(&money.changed))),
        (None, true) => None,
    };
    Ok(Report {
        version: VERSION,
        migration: settings.name.clone(),
        organization: facts.get("organization").cloned().unwrap_or_default(),
        source: settings.source.to_string(),
        currency: settings.currency,
        exported_on: settings.exported_on,
        answer: answer(migration, &money, differences.items, &corrected)?,
        tiles: tiles(&money),
        chain: chain(&money),
        todo: todo(migration, &money, &corrected)?,
        rows: money.rows(),
        files: files(migration, &money)?,
        by_year: agreements(&money.lines, &differences.labels, |l| l.bucket.year.map(|y| y.to_string())),
        other_currencies: other_currencies(&money),
        by_fund: agreements(&apart(ledger.fund_piles()?, settings.currency).0, &differences.labels, |l| {
            l.bucket.fund.clone()
        }),
        by_type: agreements(&money.lines, &differences.labels, |l| l.bucket.gift_type.clone()),
        excluded: rules(&money.lines, Pile::Excluded),
        blanks: blanks(ledger)?,
        piles: Pile::ALL.into_iter().map(|p| (p, money.of_piles(&[p]))).filter(|(_, t)| t.rows > 0).collect(),
        findings: findings(ledger, &money.file_findings, settings.currency)?,
        donors: donor_balance(migration)?,
        duplicates: duplicates(migration)?,
        plans: plans(migration)?,
        reconcile: occasion.compared.map(reconcile_line).filter(|line| line.gifts > 0),
        in_doubt: doubts(ledger)?,
        decisions: decisions(ledger)?,
        provenance: provenance(migration)?,
        rehearsal: occasion.rehearsal,
        at_work: ledger.worker().map(str::to_owned),
        unsettled,
        next,
    })
}

/// The exit code that fits best how things stand. While another process is at work nothing stands yet.
///
/// # Errors
/// Storage.
pub fn standing(migration: &Migration) -> Result<Exit> {
    match migration.ledger.worker() {
        Some(_) => Ok(Exit::InUse),
        None => Ok(Exit::most_urgent(&fitting(migration)?)),
    }
}

/// Whether anything waits for a person here, whatever else is on its way.
///
/// # Errors
/// Storage.
pub fn needs_person(migration: &Migration) -> Result<bool> {
    let waits = |exit: &Exit| matches!(exit, Exit::NeedsPerson | Exit::InDoubt | Exit::Differences);
    Ok(fitting(migration)?.iter().any(waits))
}

/// Every exit code that fits: differences, doubt, waiting at the vendor, rows that need a person.
/// Gifts and donors count alike.
fn fitting(migration: &Migration) -> Result<Vec<Exit>> {
    let ledger = &migration.ledger;
    let (mut states, mut begun, mut donors_discarded) = (BTreeSet::new(), false, false);
    for plan in ledger.plans()? {
        let lines: Vec<_> =
            ledger.item_states(plan.id)?.into_iter().filter(|line| !line.free && !line.replaced).collect();
        let has = |state| lines.iter().any(|line| line.state == state);
        begun |= has(ItemState::Unsent) && lines.iter().any(|line| line.attempts > 0);
        donors_discarded |= plan.kind == ItemKind::Contact && has(ItemState::Discarded);
        states.extend(lines.iter().map(|line| line.state.as_str()));
    }
    let has = |state: ItemState| states.contains(state.as_str());
    let mut fitting = Vec::new();
    if has(ItemState::InDoubt) || has(ItemState::Parked) {
        fitting.push(Exit::InDoubt);
    }
    if !differing(ledger)?.is_empty() {
        fitting.push(Exit::Differences);
    }
    match (begun, has(ItemState::Waiting)) {
        // Some of a plan left, and the rest did not.
        (true, _) => fitting.push(Exit::Paused),
        (false, true) if !has(ItemState::Unsent) => fitting.push(Exit::WaitingAtVendor),
        _ => {}
    }
    let held = ledger.piles()?.iter().any(|line| line.pile == Pile::Held);
    let held_donors = ledger.donor_piles()?.iter().any(|(pile, _, _)| *pile == Pile::Held);
    let alike = alike_gifts(ledger, migration.settings.currency)?.rows > 0;
    let corrected = !corrected(ledger)?.is_empty();
    let to_judge = held || held_donors || alike || corrected || !ledger.doubts()?.is_empty();
    if has(ItemState::Refused) || donors_discarded || to_judge || lacking(ledger)? {
        fitting.push(Exit::NeedsPerson);
    }
    Ok(fitting)
}

/// Whether something is lacking at the target that rows wait for; a tag may be made by sending it.
fn lacking(ledger: &Ledger) -> Result<bool> {
    Ok(lacking_found(ledger)?.iter().any(|(code, _, _)| *code == Code::LacksCode))
}

/// What differs at the target, by the labels of the tables: years, funds and types that do not agree.
struct Differences {
    items: u64,
    labels: BTreeSet<String>,
}

impl Differences {
    fn of(migration: &Migration) -> Result<Differences> {
        let ledger = &migration.ledger;
        let items = differing(ledger)?;
        let mut labels = BTreeSet::new();
        if !items.is_empty() {
            for plan in ledger.plans()?.iter().filter(|p| p.kind == ItemKind::Gift) {
                for line in ledger.item_states(plan.id)?.iter().filter(|l| items.contains(&l.item)) {
                    let Some(gift) = ledger.gift(line.row)? else { continue };
                    labels.insert(gift.date.year().to_string());
                    labels.insert(gift.tender.kind().as_str().to_owned());
                    labels.extend(gift.designations.parts().iter().map(|p| p.project.clone()));
                }
            }
        }
        Ok(Differences { items: items.len() as u64, labels })
    }
}

fn donors_in_doubt(ledger: &Ledger) -> Result<bool> {
    for plan in ledger.plans()? {
        let doubtful = ItemState::is_in_doubt;
        if ledger.item_states(plan.id)?.iter().any(|l| doubtful(l.state)) {
            return Ok(true);
        }
    }
    Ok(false)
}
