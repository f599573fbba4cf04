//! What the person who presses Run must know: imports with count and total, and what the API cannot say.

use std::collections::BTreeMap;

use heirloom_ledger::{AttemptLine, World};
use heirloom_mapping::{Part, RecordKind};
use heirloom_model::{Flag, ItemKind, ItemState, Place, Placed};
use heirloom_report::{Handover, HandoverImport};
use heirloom_virtuous::SentContact;

use crate::balance::donor_balance;
use crate::batches::{Batch, batches};
use crate::failure::Result;
use crate::migration::Migration;
use crate::runs::{Runs, WaitsFor};
use crate::settings::SoftCredits;
use crate::stages::details::account::details_account;
use crate::stages::preflight::BY_HAND;

/// Fills the hand-over sheet from the ledger.
///
/// # Errors
/// Storage.
pub fn handover(migration: &Migration) -> Result<Handover> {
    let ledger = &migration.ledger;
    let runs = Runs::of(migration)?;
    let attempts = ledger.attempts()?;
    let imports: Vec<HandoverImport> =
        batches(migration)?.iter().map(|batch| import(migration, batch, &runs, &attempts)).collect();
    let mut unsent = (0, 0);
    for plan in ledger.plans()? {
        for line in ledger.item_states(plan.id)?.iter().filter(|l| l.state == ItemState::Unsent) {
            unsent.0 += 1;
            unsent.1 += line.amount.map_or(0, |m| i128::from(m.minor()));
        }
    }
    let binding = ledger.binding()?;
    Ok(Handover {
        migration: migration.settings.name.clone(),
        organization: binding.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
        currency: migration.settings.currency,
        is_rehearsal: binding.is_some_and(|(world, _)| world == World::Rehearsal),
        runs: imports.iter().filter(|one| one.waits_for_run()).count() as u64,
        at_work: ledger.worker().map(str::to_owned),
        imports,
        unsent,
        flags: flags(migration)?,
        not_carried: not_carried(migration)?,
    })
}

fn import(migration: &Migration, batch: &Batch, runs: &Runs, attempts: &[AttemptLine]) -> HandoverImport {
    let (all, in_doubt) =
        (batch.tally(&ItemState::ALL), batch.tally(&[ItemState::InDoubt, ItemState::Parked]));
    let (to_run, left) = (runs.waiting(batch, WaitsFor::Run).rows, runs.waiting(batch, WaitsFor::Match).rows);
    let taken = |call: &&AttemptLine| matches!(call.outcome.as_deref(), Some("accepted" | "already there"));
    let calls = batch.calls(attempts).filter(taken).count() as u64;
    HandoverImport {
        name: batch.name.clone(),
        items: all.rows,
        minor: all.minor,
        calls: if migration.settings.sending.may_be_an_import(batch.kind) { calls } else { 0 },
        waiting: to_run + left,
        left,
        missing: batch.lines.iter().filter(|line| runs.is_missing(line)).count() as u64,
        discarded: batch.tally(&[ItemState::Discarded]).rows,
        in_doubt: in_doubt.rows,
        in_doubt_minor: in_doubt.minor,
    }
}

/// Sealed contacts by the flag that their body carries as a tag.
fn flags(migration: &Migration) -> Result<Vec<(String, u64)>> {
    let ledger = &migration.ledger;
    let mut counts: BTreeMap<Flag, u64> = BTreeMap::new();
    for plan in ledger.plans()?.iter().filter(|p| p.kind == ItemKind::Contact) {
        for page in ledger.item_states(plan.id)?.chunks(1000) {
            let (Some(first), Some(last)) = (page.first(), page.last()) else { continue };
            for sealed in ledger.bodies(first.item, last.item)? {
                let tags = SentContact::open(&sealed.body).map(|sent| sent.tags).unwrap_or_default();
                for flag in tags.iter().filter_map(|tag| Flag::parse(tag)) {
                    *counts.entry(flag).or_default() += 1;
                }
            }
        }
    }
    Ok(counts.into_iter().map(|(flag, count)| (flag.as_str().to_owned(), count)).collect())
}

/// What no endpoint takes, and what only a later plan brings.
fn not_carried(migration: &Migration) -> Result<Vec<(String, u64)>> {
    let balance = donor_balance(migration)?;
    let mut credits = 0;
    if migration.settings.soft_credits == SoftCredits::Notes {
        each_row(migration, RecordKind::Gift, |_, placed| {
            if let Place::Gift(gift) = &placed.place {
                credits += gift.details.soft_credits.len() as u64;
            }
            Ok(())
        })?;
    }
    let lost = &balance.handed_over;
    let mut all = vec![
        ("phone numbers that are none".to_owned(), lost.phones),
        ("e-mail addresses that are none".to_owned(), lost.emails),
        ("soft credits, which stand in the gifts' notes".to_owned(), credits),
    ];
    // Once the details have a plan, they are sent like everything else.
    if !migration.ledger.plans()?.iter().any(|plan| plan.kind == ItemKind::Detail) {
        let later = &balance.due_later;
        let promised = details_account(migration)?;
        let to_come = |what: &str| promised.get(what).map_or(0, |places| places.due + places.waiting);
        let waiting = [
            ("second individuals of a contact", balance.second_individuals),
            ("further addresses", later.addresses),
            ("further phone numbers", later.phones),
            ("further e-mail addresses", later.emails),
            ("further legacy ids of a contact", later.references),
            ("open pledges", to_come("pledges")),
            ("live schedules", to_come("schedules")),
        ];
        all.extend(
            waiting.map(|(what, count)| (format!("{what}, until the plan of details is sent"), count)),
        );
    }
    let facts = migration.ledger.target_facts()?;
    let by_hand = facts.iter().filter(|(name, _, _)| name == BY_HAND).flat_map(|(_, value, _)| value.lines());
    let counted = by_hand.filter_map(|line| line.split_once(' '));
    all.extend(counted.filter_map(|(n, what)| Some((format!("to enter by hand: {what}"), n.parse().ok()?))));
    all.retain(|(_, count)| *count > 0);
    Ok(all)
}

/// Visits every mapped row of each main file of a kind, with its row number: of earlier editions, what was
/// sent.
///
/// # Errors
/// Storage, or whatever `visit` gives.
pub fn each_row(
    migration: &Migration,
    kind: RecordKind,
    mut visit: impl FnMut(&RowPlace, Placed) -> Result<()>,
) -> Result<()> {
    for mapping in migration.mappings_of(kind) {
        let input = migration.input(mapping, Part::Main)?;
        for file in migration.editions(&input.role)? {
            for chunk in 0..migration.ledger.chunks_read(file.id)? {
                let rows = migration.ledger.rows(file.id, chunk)?;
                let numbers: BTreeMap<_, u32> = rows.iter().map(|row| (row.id, row.row_number)).collect();
                for placed in migration.ledger.mapped_chunk(file.id, chunk)? {
                    let row_number = numbers.get(&placed.row).copied().unwrap_or_default();
                    visit(&RowPlace { file: file.name.clone(), row_number }, placed)?;
                }
            }
        }
    }
    Ok(())
}

/// Where a row stands.
pub struct RowPlace {
    /// Its file.
    pub file: String,
    /// Its number, as a spreadsheet shows it.
    pub row_number: u32,
}
