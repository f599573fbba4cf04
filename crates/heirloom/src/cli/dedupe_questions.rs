//! What waits for a person about duplicates: the questions, in order, and how they are shown.

use std::collections::{BTreeMap, BTreeSet};

use clap::ValueEnum;
use heirloom_ledger::{MatchDoubt, Pair, Verdict};
use heirloom_model::{Donor, RowId};
use heirloom_report::words;
use serde_json::{Value, json};

use super::Setting;
use crate::failure::{Failure, Result};
use crate::migration::Migration;
use crate::stages::link::all_donors;

/// What comes first in a list of pairs.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    /// The pair that gave most.
    Money,
    /// The pair that is most probably one.
    Probability,
}

/// A question for a person: are these two one?
pub(super) struct Question {
    /// Our donor.
    pub a: Donor,
    /// The other: a donor's id, or `crm:ID`.
    pub b_id: String,
    /// The other's name.
    pub b_name: String,
    /// Probability that they are one, in millionths.
    pub probability_ppm: u32,
    /// What both gave, in minor units.
    pub minor: i128,
    /// The score's parts.
    pub reasons: String,
}

/// Everything that waits for a person, in order.
pub(super) fn questions(migration: &Migration, by: Order) -> Result<Vec<Question>> {
    let ledger = &migration.ledger;
    if ledger.linked()?.is_none() {
        return Err(Failure::usage("the donors are not linked yet", "run  heirloom check  first"));
    }
    let ruled: BTreeSet<(RowId, RowId)> = ledger.pair_rulings()?.into_iter().map(|r| (r.a, r.b)).collect();
    let donors: BTreeMap<RowId, Donor> = all_donors(migration)?.into_iter().map(|d| (d.row, d)).collect();
    let mut given: BTreeMap<String, i128> = BTreeMap::new();
    for giving in ledger.giving()?.into_iter().filter(|g| g.currency == migration.settings.currency) {
        given.insert(giving.donor, giving.minor);
    }
    let gave = |donor: &Donor| given.get(&donor.legacy_id).copied().unwrap_or(0);
    let of_pair = |pair: Pair| {
        let (a, b) = (donors.get(&pair.a)?, donors.get(&pair.b)?);
        Some(Question {
            a: a.clone(),
            b_id: b.legacy_id.clone(),
            b_name: b.display_name(),
            probability_ppm: pair.probability_ppm,
            minor: gave(a) + gave(b),
            reasons: pair.reasons,
        })
    };
    let pairs = ledger.pairs(Some(Verdict::Review))?;
    let open = pairs.into_iter().filter(|p| !ruled.contains(&(p.a, p.b)));
    let mut questions: Vec<Question> = open.filter_map(of_pair).collect();
    for doubt in ledger.doubts()? {
        questions.extend(of_doubt(migration, &donors, &doubt, &gave)?);
    }
    questions.sort_by(|x, y| {
        let key = |q: &Question| match by {
            Order::Money => (q.minor, q.probability_ppm.into()),
            Order::Probability => (q.probability_ppm.into(), q.minor),
        };
        key(y).cmp(&key(x)).then_with(|| (x.a.row, &x.b_id).cmp(&(y.a.row, &y.b_id)))
    });
    Ok(questions)
}

fn of_doubt(
    migration: &Migration,
    donors: &BTreeMap<RowId, Donor>,
    doubt: &MatchDoubt,
    gave: &impl Fn(&Donor) -> i128,
) -> Result<Option<Question>> {
    let found = migration.ledger.target_contacts(Some(doubt.target - 1), 1)?;
    let name = found.into_iter().find(|c| c.id == doubt.target).map(|c| c.name).unwrap_or_default();
    let Some(a) = donors.get(&doubt.contact) else { return Ok(None) };
    Ok(Some(Question {
        a: a.clone(),
        b_id: format!("crm:{}", doubt.target),
        b_name: format!("{name} at Virtuous ({})", doubt.why),
        probability_ppm: doubt.probability_ppm,
        minor: gave(a),
        reasons: doubt.reasons.clone(),
    }))
}

/// Prints the first questions, then how many there are and what they are worth.
pub(super) fn show(setting: &Setting, migration: &Migration, questions: &[Question], shown: usize) {
    let currency = migration.settings.currency;
    for question in questions.iter().take(shown) {
        setting.out.line(&line_of(question, currency));
    }
    if questions.len() > shown {
        let more = words::number((questions.len() - shown) as u64);
        setting.out.line(&format!("  and {more} more: --all shows them"));
    }
    let total: i128 = {
        let mut counted = BTreeSet::new();
        let firsts = questions.iter().filter(|q| counted.insert(q.a.row));
        firsts.map(|q| q.minor).sum()
    };
    setting.out.line(&match questions.is_empty() {
        true => "Nothing about duplicates is open.".to_owned(),
        false => format!(
            "{} for your eyes; the donors in them gave {}.",
            words::count(questions.len() as u64, "pair"),
            words::money(total, currency)
        ),
    });
}

/// One question on one line.
pub(super) fn line_of(question: &Question, currency: heirloom_model::Currency) -> String {
    let name = |text: &str| words::clip(&words::safe(text), 36);
    format!(
        "  {:>5.1} %  {:>14}  {}  {}  =?  {}  {}",
        f64::from(question.probability_ppm) / 10_000.0,
        words::money(question.minor, currency),
        question.a.legacy_id,
        name(&question.a.display_name()),
        question.b_id,
        name(&question.b_name),
    )
}

/// The questions for `--json`.
pub(super) fn document(questions: &[Question]) -> Vec<Value> {
    let one = |q: &Question| {
        json!({
            "a": q.a.legacy_id,
            "b": q.b_id,
            "probability": f64::from(q.probability_ppm) / 1e6,
            "minor": q.minor.to_string(),
            "reasons": q.reasons,
        })
    };
    questions.iter().map(one).collect()
}

/// The donor with this id.
pub(super) fn donor(migration: &Migration, id: &str) -> Result<Donor> {
    migration.ledger.donor_by_legacy_id(id)?.ok_or_else(|| {
        Failure::usage(
            format!("no donor that went on has the id \"{id}\""),
            "say the id as the old system writes it; heirloom explain row:N shows held rows",
        )
    })
}

/// The contact that `crm:ID` names; `None` for a donor's id.
pub(super) fn crm_id(text: &str) -> Result<Option<i64>> {
    let Some(id) = text.strip_prefix("crm:") else { return Ok(None) };
    let failure =
        || Failure::usage(format!("\"{text}\" names no contact"), "say crm: and the contact's number");
    id.parse().map(Some).map_err(|_| failure())
}
