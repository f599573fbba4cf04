//! What was sent and decided: plans, duplicates, comparison, doubt, decisions, provenance.

use std::collections::BTreeMap;

use heirloom_ledger::{Ledger, Verdict};
use heirloom_model::ItemState;
use heirloom_report::{DoubtLine, Duplicates, PairLine, PlanLine, ReconcileLine};

use super::EXAMPLES_MAX;
use crate::failure::Result;
use crate::migration::Migration;
use crate::stages::reconcile::Compared;

pub(super) fn plans(migration: &Migration) -> Result<Vec<PlanLine>> {
    let mut lines = Vec::new();
    for plan in migration.ledger.plans()? {
        let mut states: BTreeMap<usize, (ItemState, u64, i128)> = BTreeMap::new();
        for item in migration.ledger.item_states(plan.id)? {
            let order = ItemState::ALL.iter().position(|s| *s == item.state).unwrap_or(0);
            let entry = states.entry(order).or_insert((item.state, 0, 0));
            entry.1 += 1;
            entry.2 += item.amount.map_or(0, |m| i128::from(m.minor()));
        }
        lines.push(PlanLine {
            name: plan.name,
            kind: plan.kind,
            items: plan.items,
            minor: plan.total.iter().map(|(_, minor)| minor).sum(),
            batch: migration.settings.batch.clone(),
            states: states.into_values().collect(),
            digest: plan.digest.short(),
        });
    }
    Ok(lines)
}

pub(super) fn duplicates(migration: &Migration) -> Result<Duplicates> {
    let ledger = &migration.ledger;
    let donors = crate::stages::link::all_donors(migration)?;
    let names: BTreeMap<_, _> = donors.iter().map(|d| (d.row, d.legacy_id.clone())).collect();
    let mut persons: BTreeMap<_, u64> = BTreeMap::new();
    for cluster in ledger.clusters()? {
        *persons.entry(cluster.person).or_default() += 1;
    }
    let mut largest: Vec<(String, u64)> = persons
        .iter()
        .filter(|(_, size)| **size > 1)
        .map(|(row, size)| (names.get(row).cloned().unwrap_or_default(), *size))
        .collect();
    largest.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    largest.truncate(EXAMPLES_MAX);
    let review = ledger.pairs(Some(Verdict::Review))?;
    let name = |row| names.get(&row).cloned().unwrap_or_else(|| migration.name_row(row));
    Ok(Duplicates {
        sure: persons.values().map(|size| size - 1).sum(),
        review: review.len() as u64,
        largest,
        examples: review
            .iter()
            .take(EXAMPLES_MAX)
            .map(|p| PairLine {
                a: name(p.a),
                b: name(p.b),
                percent: p.probability_ppm / 10_000,
                reasons: p.reasons.clone(),
            })
            .collect(),
    })
}

pub(super) fn reconcile_line(compared: Compared) -> ReconcileLine {
    let differences = compared.differs.iter().take(20).map(ToString::to_string);
    let missing = compared.missing.iter().take(20).map(|one| format!("{}: {}", one.key, one.why));
    ReconcileLine {
        gifts: compared.items,
        gifts_minor: compared.agree.1,
        agree: compared.agree.0,
        waiting: compared.waiting.0,
        differs: compared.differs.len() as u64,
        missing: compared.missing.len() as u64,
        unexpected: compared.unexpected.len() as u64,
        not_checked: compared.not_checked.0,
        differences: differences.chain(missing).collect(),
    }
}

pub(super) fn doubts(ledger: &Ledger) -> Result<Vec<DoubtLine>> {
    let mut lines = Vec::new();
    for plan in ledger.plans()? {
        for item in ledger.item_states(plan.id)? {
            if item.state.is_in_doubt() {
                let since = item.latest().map(|at| at.to_string()).unwrap_or_default();
                lines.push(DoubtLine {
                    key: item.key,
                    minor: item.amount.map_or(0, |m| i128::from(m.minor())),
                    since,
                    parked: item.state == ItemState::Parked,
                });
            }
        }
    }
    Ok(lines)
}

pub(super) fn decisions(ledger: &Ledger) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for row in ledger.org_fact_rows()? {
        lines.push(format!("{}: {} is {} ({})", row.initials, row.name.as_str(), row.value, row.evidence));
    }
    for ruling in ledger.rulings()? {
        lines.push(format!(
            "{}: {} was {} ({})",
            ruling.initials,
            ruling.key,
            ruling.ruling.as_str(),
            ruling.note
        ));
    }
    Ok(lines)
}

pub(super) fn provenance(migration: &Migration) -> Result<Vec<(String, String)>> {
    let mut lines = vec![("program".to_owned(), format!("heirloom {}", env!("CARGO_PKG_VERSION")))];
    for file in migration.ledger.files()? {
        lines.push((format!("file {} ({})", file.name, file.role), file.digest.short()));
    }
    for mapping in &migration.mappings {
        lines.push((format!("mapping {}", mapping.name()), mapping.digest().short()));
    }
    Ok(lines)
}
