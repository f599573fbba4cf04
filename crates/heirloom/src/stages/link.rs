//! link: donor records become persons and contacts, with the reasons.

use std::collections::{BTreeMap, BTreeSet};

use heirloom_ledger::{Cluster, Pair, PairRuling, Verdict};
use heirloom_linkage::{Constraint, Model, Place, Record, RecordKind, Scored, Scores};
use heirloom_model::{Digest, Donor, DonorKind, Hasher, Person, RowId};
use rayon::prelude::*;

use super::link_model::{self, LINKAGE_VERSION};
use super::links::{self, join_sent};
use crate::failure::Result;
use crate::migration::Migration;
use crate::progress::Progress;

/// How many donors are read from the ledger at a time.
const PAGE: u32 = 4096;

/// What linking came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Linked {
    /// Donor records.
    pub records: u64,
    /// Distinct people and organizations.
    pub persons: u64,
    /// Contacts: households, organizations, foundations.
    pub contacts: u64,
    /// Pairs that a person should look at.
    pub review: u64,
    /// Records that the model was learned from.
    pub learned_of: u64,
    /// Whether the result was there already.
    pub already: bool,
}

/// Links all donor records, unless that was done with the same recipe.
///
/// # Errors
/// Storage.
pub fn link(migration: &Migration, progress: &Progress) -> Result<Linked> {
    let ledger = &migration.ledger;
    let donors = all_donors(migration)?;
    let records: Vec<Record> = donors.par_iter().map(record_of).collect();
    let rulings = ledger.pair_rulings()?;
    let digest = recipe_digest(&donors, &records, rulings.iter().map(|r| (r.a, r.b, r.ruling)));
    let recipe = ledger.recipe("link", digest, &format!("linkage: {LINKAGE_VERSION}"))?;
    if ledger.linked()? == Some(recipe) {
        return summary(migration, true);
    }
    if ledger.linked()?.is_some() {
        ledger.redo(heirloom_ledger::Stage::Link)?;
    }
    let bar = progress.of("link donors", donors.len() as u64);
    let constraints: Vec<Constraint> = rulings
        .iter()
        .map(|r| match r.ruling {
            PairRuling::Same => Constraint::Same(r.a.0, r.b.0),
            PairRuling::Different => Constraint::Different(r.a.0, r.b.0),
        })
        .collect();
    let file = heirloom_linkage::File::read(&records);
    let known = link_model::stored(ledger)?.map(|(model, _)| model);
    let scores = file.score(known.as_ref());
    if known.is_none() {
        link_model::keep(ledger, &scores.model, donors.len() as u64)?;
    }
    let clusters = file.cluster(&scores.pairs, &scores.model.thresholds, &constraints);
    bar.add(donors.len() as u64);
    let survivors: BTreeSet<i64> = clusters.survivors.iter().map(|&(_, record)| record).collect();
    let contacts: BTreeMap<i64, i64> = clusters.contacts.iter().copied().collect();
    let rows: Vec<Cluster> = clusters
        .persons
        .iter()
        .map(|&(id, person)| Cluster {
            row: RowId(id),
            person: RowId(person),
            contact: RowId(contacts.get(&id).copied().unwrap_or(id)),
            survivor: survivors.contains(&id),
        })
        .collect();
    let rows = join_sent(rows, &ledger.clusters()?);
    links::keep(ledger, recipe, &clusters)?;
    ledger.save_clusters(recipe, &rows, &pairs_of(&scores, &clusters, &contacts))?;
    summary(migration, false)
}

/// Every mapped donor, in row order.
///
/// # Errors
/// Storage.
pub fn all_donors(migration: &Migration) -> Result<Vec<Donor>> {
    let ledger = &migration.ledger;
    let rows = ledger.donor_rows()?;
    // Pages are decoded on all cores; each begins behind the last row of the one before.
    let pages = rows.par_chunks(PAGE as usize).map(|page| {
        let after = page.first().map(|first| RowId(first.0 - 1));
        ledger.donors(after, page.len() as u32)
    });
    let pages: Vec<Vec<Donor>> = pages.collect::<std::result::Result<_, _>>()?;
    Ok(pages.into_iter().flatten().collect())
}

/// The clustering depends on every donor record and every ruling about a pair.
fn recipe_digest(
    donors: &[Donor],
    records: &[Record],
    rulings: impl Iterator<Item = (RowId, RowId, PairRuling)>,
) -> Digest {
    let mut hasher = Hasher::new();
    hasher.field(&LINKAGE_VERSION.to_le_bytes());
    let digests: Vec<Digest> =
        donors.par_iter().zip(records).map(|(donor, record)| donor_digest(donor, record)).collect();
    for digest in digests {
        hasher.field(&digest.0);
    }
    for (a, b, ruling) in rulings {
        hasher.field(format!("{}-{}-{ruling:?}", a.0, b.0).as_bytes());
    }
    hasher.finish()
}

/// A digest of everything that linking looks at in one donor, and of its place.
fn donor_digest(donor: &Donor, record: &Record) -> Digest {
    let mut hasher = Hasher::new();
    hasher.field(&record.id.to_le_bytes());
    let birth = (record.birth.0.unwrap_or(0), record.birth.1.unwrap_or(0), record.birth.2.unwrap_or(0));
    hasher.field(format!("{birth:?}").as_bytes());
    let texts = [
        donor.kind.contact_type(),
        &donor.legacy_id,
        &record.title,
        &record.first,
        &record.middle,
        &record.last,
        &record.suffix,
        &record.nickname,
        &record.maiden,
        &record.gender,
        &record.second_first,
        &record.second_last,
        &record.organization,
        &record.household_id,
    ];
    for text in texts.into_iter().chain(record.phones.iter().map(|p| p.as_str())) {
        hasher.field(text.as_bytes());
    }
    hasher.field(b"addresses");
    for place in &record.addresses {
        for text in [&place.line1, &place.line2, &place.city, &place.state, &place.postal] {
            hasher.field(text.as_bytes());
        }
    }
    hasher.field(b"e-mails");
    record.emails.iter().for_each(|email| {
        hasher.field(email.as_bytes());
    });
    hasher.finish()
}

fn pairs_of(
    scores: &Scores,
    clusters: &heirloom_linkage::Clusters,
    contacts: &BTreeMap<i64, i64>,
) -> Vec<Pair> {
    let persons: BTreeMap<i64, i64> = clusters.persons.iter().copied().collect();
    let review: BTreeSet<usize> = clusters.review.iter().copied().collect();
    let pair_of = |(index, pair): (usize, &Scored)| {
        let verdict = if persons.get(&pair.a) == persons.get(&pair.b) {
            Verdict::Same
        } else if contacts.get(&pair.a) == contacts.get(&pair.b) {
            Verdict::SameHousehold
        } else if review.contains(&index) {
            Verdict::Review
        } else {
            return None;
        };
        Some(Pair {
            a: RowId(pair.a),
            b: RowId(pair.b),
            verdict,
            probability_ppm: (pair.probability() * 1e6).round() as u32,
            reasons: reasons(&scores.model, pair),
        })
    };
    scores.pairs.iter().enumerate().filter_map(pair_of).collect()
}

/// A pair's score as a sum of named parts, in bits.
fn reasons(model: &Model, pair: &Scored) -> String {
    let levels = model.explain(pair.pattern);
    let told = levels.iter().filter(|l| l.level != "missing");
    let parts: Vec<String> = told.map(|l| format!("{} {} {:+.1}", l.field, l.level, l.bits)).collect();
    format!("{}; met by {}; {:+.1} bits", parts.join(", "), pair.rule(), pair.bits)
}

fn summary(migration: &Migration, already: bool) -> Result<Linked> {
    let ledger = &migration.ledger;
    let clusters = ledger.clusters()?;
    let count = |key: fn(&Cluster) -> RowId| clusters.iter().map(key).collect::<BTreeSet<_>>().len() as u64;
    Ok(Linked {
        records: clusters.len() as u64,
        persons: count(|c| c.person),
        contacts: count(|c| c.contact),
        review: ledger.pairs(Some(Verdict::Review))?.len() as u64,
        learned_of: link_model::stored(ledger)?.map_or(0, |(_, records)| records),
        already,
    })
}

/// What linkage is told about a donor.
pub fn record_of(donor: &Donor) -> Record {
    let empty = Person::default();
    let mut people = donor.kind.people();
    let first = people.next().unwrap_or(&empty);
    let second = people.next().unwrap_or(&empty);
    let is_person = matches!(donor.kind, DonorKind::Household { .. });
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Record {
        id: donor.row.0,
        kind: if is_person { RecordKind::Person } else { RecordKind::Organization },
        title: text(&first.title),
        first: first.first.clone(),
        middle: text(&first.middle),
        last: first.last.clone(),
        suffix: text(&first.suffix),
        nickname: text(&first.nickname),
        maiden: text(&first.maiden),
        gender: text(&first.gender),
        second_first: second.first.clone(),
        second_last: second.last.clone(),
        organization: donor.kind.organization_name().unwrap_or_default().to_owned(),
        birth: first.birth,
        addresses: donor
            .reach
            .addresses
            .iter()
            .map(|a| Place {
                line1: a.line1.clone(),
                line2: a.line2.clone(),
                city: a.city.clone(),
                state: a.state.clone(),
                postal: a.postal.clone(),
            })
            .collect(),
        phones: donor.reach.phones.iter().map(|p| p.number.clone()).collect(),
        emails: donor.reach.emails.iter().map(|e| e.address.clone()).collect(),
        household_id: donor.household_id.clone().unwrap_or_default(),
        texts: Vec::new(),
    }
}
