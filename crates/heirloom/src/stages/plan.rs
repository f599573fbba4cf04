//! plan: what is ready now is sealed, body by body, into what one `apply` will send.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{SyncSender, sync_channel};

use heirloom_ledger::{Chunk, Cluster, PlanFacts};
use heirloom_model::{Donor, Gift, ItemKind, Moment, RowId, Tally};
use heirloom_virtuous::{WireProblem, seal_contact, seal_gift};

use rayon::prelude::*;

use super::addressees::Addressees;
use super::bodies::{ANONYMOUS_ROW, anonymous_input, contact_input, gift_input};
use super::details::{Details, Records, seal_details};
use super::forecast::{Forecast, Known};
use super::groups::contact_groups;
use super::link::all_donors;
use super::plan_writer::{CHUNK_ITEMS, PlanWriter};
use super::preflight::{Lacking, Preflight, remember};
use super::recipe::plan_recipe;
use super::there::target_contacts;
use crate::failure::{Failure, Result};
use crate::migration::Migration;
use crate::progress::Progress;
use crate::settings::Donors;

/// How many gifts are read from the ledger at a time.
const PAGE: u32 = 4096;

/// What was sealed, and what stayed behind.
#[derive(Default)]
pub struct Planned {
    /// The plans that were closed now, contacts before gifts.
    pub plans: Vec<PlanFacts>,
    /// Plans of which nothing had been sent: what they held is sealed anew.
    pub dropped: Vec<String>,
    /// Unsent items of started plans that had gone stale: sealed anew too.
    pub taken_back: u64,
    /// Gifts whose donor is not known to exist at the target yet, with their total in minor units.
    pub waiting: (u64, i128),
    /// What contacts have beyond their first bodies.
    pub details: Details,
    /// What the target lacks: these rows wait, until a person has made it there.
    pub lacking: Lacking,
    /// What the vendor's matching will make of the contacts.
    pub forecast: Forecast,
    /// Gifts that may be one that was sent under another id: they wait until a person says.
    pub alike: Tally,
    /// Contacts that wait until a person says whether they exist at the target.
    pub held: u64,
    /// Bodies that the last gate refused: what it was, and the field that is wrong.
    pub refused: Vec<(String, WireProblem)>,
}

/// Seals contacts that are due, and gifts whose donors are known at the target.
///
/// # Errors
/// Storage.
pub fn seal(migration: &Migration, now: Moment, progress: &Progress) -> Result<Planned> {
    let (dropped, taken_back) = migration.ledger.make_room(plan_recipe(migration)?)?;
    let mut planned = Planned { dropped, taken_back, ..Planned::default() };
    let donors = all_donors(migration)?;
    let clusters = migration.ledger.clusters()?;
    let known: BTreeMap<RowId, i64> = migration.ledger.known_contacts()?.into_iter().collect();
    if migration.settings.donors == Donors::FromFiles {
        seal_contacts(migration, &donors, &clusters, &known, now, &mut planned)?;
    }
    let at = Addressees::new(migration, &donors, &clusters, &known)?;
    seal_gifts(migration, &at, now, progress, &mut planned)?;
    let records = Records { donors: &donors, clusters: &clusters, known: &known, at: &at };
    let (plan, details) = seal_details(migration, records, &mut planned.lacking, now)?;
    planned.plans.extend(plan);
    planned.details = details;
    remember(&migration.ledger, &planned.lacking, &planned.details.by_hand, now)?;
    Ok(planned)
}

fn seal_contacts(
    migration: &Migration,
    donors: &[Donor],
    clusters: &[Cluster],
    known: &BTreeMap<RowId, i64>,
    now: Moment,
    planned: &mut Planned,
) -> Result<()> {
    let sealed_before = sealed_contacts(migration)?;
    let doubtful: BTreeSet<RowId> = migration.ledger.doubts()?.into_iter().map(|d| d.contact).collect();
    let mut writer = PlanWriter::new(migration, ItemKind::Contact, now);
    let there = Known::of(&target_contacts(&migration.ledger)?);
    let preflight = Preflight::of(&migration.ledger)?;
    for group in contact_groups(donors, clusters) {
        let begun = group.members.iter().any(|d| sealed_before.contains(&d.row));
        if begun || known.contains_key(&group.contact) {
            continue;
        }
        if doubtful.contains(&group.contact) {
            planned.held += 1;
            continue;
        }
        let person = group.person();
        match seal_contact(&contact_input(&group, person.as_ref())) {
            Ok(sealed) => {
                planned.forecast.add(&group, person.as_ref(), &there);
                for flag in group.flags().into_iter().filter(|f| preflight.lacks_tag(f.as_str())) {
                    let lacking = planned.lacking.entry(("tag", flag.as_str().to_owned())).or_default();
                    lacking.add(group.contact);
                }
                writer.push(group.contact, sealed)?;
            }
            Err(problems) => {
                let key = group.key();
                planned.refused.extend(problems.into_iter().map(|p| (format!("donor {key}"), p)));
            }
        }
    }
    let anonymous_known = sealed_before.contains(&ANONYMOUS_ROW) || known.contains_key(&ANONYMOUS_ROW);
    if !anonymous_known && migration.ledger.has_ready_gift_without_donor()? {
        match seal_contact(&anonymous_input()) {
            Ok(sealed) => writer.push(ANONYMOUS_ROW, sealed)?,
            Err(problems) => {
                planned.refused.extend(problems.into_iter().map(|p| ("anonymous donor".into(), p)))
            }
        }
    }
    planned.plans.extend(writer.close()?);
    Ok(())
}

/// Rows under which a contact was sealed in any plan.
fn sealed_contacts(migration: &Migration) -> Result<BTreeSet<RowId>> {
    let mut rows = BTreeSet::new();
    for plan in migration.ledger.plans()?.iter().filter(|p| p.kind == ItemKind::Contact) {
        // What was given up may go again.
        let lines = migration.ledger.item_states(plan.id)?.into_iter().filter(|line| !line.free);
        rows.extend(lines.map(|line| line.row));
    }
    Ok(rows)
}

/// Seals gifts in three steps at once: one thread loads pages, all cores seal, one thread saves.
fn seal_gifts(
    migration: &Migration,
    at: &Addressees<'_>,
    now: Moment,
    progress: &Progress,
    planned: &mut Planned,
) -> Result<()> {
    let bar = progress.count("seal gifts");
    let plan = std::thread::scope(|scope| {
        let (pages, loaded) = sync_channel::<Vec<Gift>>(2);
        let (items, sealed) = sync_channel::<Vec<Chunk>>(2);
        let loader = scope.spawn(move || load_pages(migration, &pages));
        let saver = scope.spawn(move || -> Result<Option<PlanFacts>> {
            let mut writer = PlanWriter::new(migration, ItemKind::Gift, now);
            for chunk in sealed.into_iter().flatten() {
                writer.push_chunk(chunk)?;
            }
            writer.close()
        });
        for page in loaded {
            bar.add(page.len() as u64);
            // A closed channel means that saving failed; its error is the one to report.
            if items.send(sort_page(migration, at, &page, planned)).is_err() {
                break;
            }
        }
        drop(items);
        let saved = saver.join().map_err(|_| panicked())?;
        loader.join().map_err(|_| panicked())?.and(saved)
    })?;
    planned.plans.extend(plan);
    Ok(())
}

fn panicked() -> Failure {
    Failure::usage("sealing ended in a panic", "nothing was lost; please report this")
}

fn load_pages(migration: &Migration, pages: &SyncSender<Vec<Gift>>) -> Result<()> {
    let mut after = None;
    loop {
        let page = migration.ledger.gifts_ready(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.row);
        if pages.send(page).is_err() {
            return Ok(());
        }
    }
}

/// What sealing some gifts came to.
#[derive(Default)]
struct Sorted {
    chunk: Option<Chunk>,
    /// As [`Planned::waiting`].
    waiting: (u64, i128),
    /// As [`Planned::refused`].
    refused: Vec<(String, WireProblem)>,
    /// As [`Planned::lacking`].
    lacking: Lacking,
    /// As [`Planned::alike`].
    alike: Tally,
}

/// Seals a page on all cores; counts the gifts whose donors are not known yet, and those the last gate refuses.
fn sort_page(migration: &Migration, at: &Addressees<'_>, page: &[Gift], planned: &mut Planned) -> Vec<Chunk> {
    let sorted: Vec<Sorted> =
        page.par_chunks(CHUNK_ITEMS).map(|gifts| sort_gifts(migration, at, gifts)).collect();
    let mut chunks = Vec::with_capacity(sorted.len());
    for part in sorted {
        planned.waiting.0 += part.waiting.0;
        planned.waiting.1 += part.waiting.1;
        planned.refused.extend(part.refused);
        planned.alike.merge(part.alike);
        for (what, rows) in part.lacking {
            planned.lacking.entry(what).or_default().merge(rows);
        }
        chunks.extend(part.chunk);
    }
    chunks
}

fn sort_gifts(migration: &Migration, at: &Addressees<'_>, gifts: &[Gift]) -> Sorted {
    let (mut sorted, mut items) = (Sorted::default(), Vec::with_capacity(gifts.len()));
    for gift in gifts {
        // Before its donor is asked for: whoever makes the project then need not wait a night to hear of it.
        let contact = at.addressee_of(gift);
        if let Some(what) = at.preflight.lacks(gift) {
            sorted.lacking.entry(what).or_default().add_gift(gift, contact.is_some());
            continue;
        }
        if at.alike.contains(&gift.row) {
            sorted.alike.add(Some(gift.amount()));
            continue;
        }
        let Some(contact) = contact else {
            sorted.waiting.0 += 1;
            sorted.waiting.1 += i128::from(gift.amount().minor());
            continue;
        };
        let besides = at.besides(migration.settings.soft_credits, gift, contact.id());
        match seal_gift(&gift_input(migration, gift, contact, &besides)) {
            Ok(sealed) => items.push((gift.row, sealed)),
            Err(problems) => {
                let key = gift.identity.to_key();
                sorted.refused.extend(problems.into_iter().map(|p| (format!("gift {key}"), p)));
            }
        }
    }
    sorted.chunk = (!items.is_empty()).then(|| Chunk::of(&items));
    sorted
}
