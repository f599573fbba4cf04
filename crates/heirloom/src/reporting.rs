//! Fills the report model from the ledger: every number in every form of output comes from here.

use std::collections::BTreeMap;

use heirloom_ledger::{Ledger, Verdict};
use heirloom_mapping::RecordKind;
use heirloom_model::{Code, Finding, ItemState, Pile, PileLine, Tally};
use heirloom_report::{
    Agreement, ChainKind, ChainLine, DoubtLine, Duplicates, FileLine, FindingGroup, PairLine, PlanLine,
    ReconcileLine, Rehearsal, Report, RuleLine, Tile, Todo, Tone, VERSION, words,
};

use crate::balance::donor_balance;
use crate::failure::{Exit, Result};
use crate::migration::Migration;
use crate::stages::reconcile::Compared;
use crate::stages::verify::{Control, controls, name_row};

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
    /// All lines by pile, year and type.
    pub lines: Vec<PileLine>,
    /// The files' worth by the independent reader.
    pub controls: Vec<Control>,
}

impl Money {
    /// Reads the sums.
    ///
    /// # Errors
    /// Storage.
    pub fn of(migration: &Migration) -> Result<Money> {
        Ok(Money { lines: migration.ledger.piles()?, controls: controls(migration)? })
    }

    /// The sum of some piles.
    pub fn of_piles(&self, piles: &[Pile]) -> Tally {
        let mut sum = Tally::default();
        self.lines.iter().filter(|l| piles.contains(&l.pile)).for_each(|l| sum.merge(l.tally));
        sum
    }

    /// What the files hold, by the independent reader.
    pub fn read(&self) -> Tally {
        let mut sum = Tally::default();
        self.controls.iter().for_each(|c| sum.merge(c.tally));
        sum
    }
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

/// Builds the report of a migration as it stands.
///
/// # Errors
/// Storage.
pub fn build(migration: &Migration, occasion: Occasion) -> Result<Report> {
    let ledger = &migration.ledger;
    let money = Money::of(migration)?;
    let settings = &migration.settings;
    let facts: BTreeMap<String, String> =
        ledger.target_facts()?.into_iter().map(|(name, value, _)| (name, value)).collect();
    let next = match occasion.next {
        Some(next) => next,
        None => next_step(migration, &money)?,
    };
    Ok(Report {
        version: VERSION,
        migration: settings.name.clone(),
        organization: facts.get("organization").cloned().unwrap_or_default(),
        source: settings.source.to_string(),
        currency: settings.currency,
        exported_on: settings.exported_on,
        answer: answer(migration, &money),
        tiles: tiles(&money),
        chain: chain(&money),
        todo: todo(migration, &money)?,
        files: files(migration, &money)?,
        by_year: agreements(&money.lines, |l| l.bucket.year.map(|y| y.to_string())),
        by_fund: agreements(&ledger.fund_piles()?, |l| l.bucket.fund.clone()),
        by_type: agreements(&money.lines, |l| l.bucket.gift_type.clone()),
        excluded: rules(&money.lines, Pile::Excluded),
        blanks: blanks(ledger)?,
        piles: Pile::ALL.into_iter().map(|p| (p, money.of_piles(&[p]))).filter(|(_, t)| t.rows > 0).collect(),
        findings: findings(ledger)?,
        donors: donor_balance(migration)?,
        duplicates: duplicates(migration)?,
        plans: plans(migration)?,
        reconcile: occasion.compared.map(reconcile_line).filter(|line| line.gifts > 0),
        in_doubt: doubts(ledger)?,
        decisions: decisions(ledger)?,
        provenance: provenance(migration)?,
        rehearsal: occasion.rehearsal,
        next,
    })
}

/// The exit code that fits how things stand: rows that need a person, doubt, waiting at the vendor.
///
/// # Errors
/// Storage.
pub fn standing(migration: &Migration) -> Result<Exit> {
    let money = Money::of(migration)?;
    let mut fitting = Vec::new();
    if money.of_piles(&[Pile::InDoubt, Pile::Parked]).rows > 0 || donors_in_doubt(&migration.ledger)? {
        fitting.push(Exit::InDoubt);
    }
    if money.of_piles(&[Pile::Waiting]).rows > 0 {
        fitting.push(Exit::WaitingAtVendor);
    }
    let donors = migration.ledger.donor_piles()?;
    if money.of_piles(&[Pile::Held, Pile::Refused]).rows > 0 || donors.iter().any(|(p, _, _)| *p == Pile::Held) {
        fitting.push(Exit::NeedsPerson);
    }
    Ok(Exit::most_urgent(&fitting))
}

fn donors_in_doubt(ledger: &Ledger) -> Result<bool> {
    for plan in ledger.plans()? {
        let doubtful = |s: ItemState| matches!(s, ItemState::InDoubt | ItemState::Parked);
        if ledger.item_states(plan.id)?.iter().any(|l| doubtful(l.state)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn answer(migration: &Migration, money: &Money) -> String {
    let currency = migration.settings.currency;
    let text = |t: Tally| {
        format!("{} worth {}", words::count(t.rows, "row"), words::money(t.minor, currency))
    };
    let read = money.read();
    let confirmed = money.of_piles(&[Pile::Confirmed]);
    let held = money.of_piles(&[Pile::Held]);
    let excluded = money.of_piles(&[Pile::Excluded, Pile::SetAside, Pile::Repeat, Pile::Superseded]);
    let open = Tally {
        rows: read.rows.saturating_sub(confirmed.rows + held.rows + excluded.rows),
        minor: read.minor - confirmed.minor - held.minor - excluded.minor,
    };
    if confirmed.rows == 0 {
        let ready = money.of_piles(&[Pile::Ready, Pile::WaitingForDonor]);
        return format!("{} read; {} ready to go; {} need a person.", text(read), text(ready), text(held));
    }
    if open.rows > 0 {
        return format!("{} of {} confirmed; {} still on their way.", text(confirmed), text(read), text(open));
    }
    if held.rows > 0 {
        return format!("Everything sent is confirmed: {}. {} are held for a person.", text(confirmed), text(held));
    }
    format!("Everything is confirmed: {}. Nothing was lost and nothing was doubled.", text(confirmed))
}

fn tiles(money: &Money) -> Vec<Tile> {
    let tile = |label: &str, tally: Tally, tone: Tone| Tile {
        label: label.into(),
        rows: tally.rows,
        minor: tally.minor,
        tone,
    };
    let held = money.of_piles(&[Pile::Held, Pile::Refused, Pile::InDoubt, Pile::Parked]);
    let way = money.of_piles(&[Pile::Ready, Pile::WaitingForDonor, Pile::Unsent, Pile::Waiting]);
    vec![
        tile("In the files", money.read(), Tone::Plain),
        tile("Confirmed", money.of_piles(&[Pile::Confirmed]), Tone::Good),
        tile("On the way", way, if way.rows > 0 { Tone::Wait } else { Tone::Plain }),
        tile("Need a person", held, if held.rows > 0 { Tone::Act } else { Tone::Good }),
    ]
}

/// From the file's total to the target's total, as a sum that must come out even.
fn chain(money: &Money) -> Vec<ChainLine> {
    let line = |label: &str, tally: Tally, kind: ChainKind| ChainLine {
        label: label.into(),
        rows: tally.rows,
        minor: tally.minor,
        kind,
        note: String::new(),
    };
    let mut chain = vec![line("read from the files", money.read(), ChainKind::Start)];
    for rule in rules(&money.lines, Pile::Excluded) {
        let tally = Tally { rows: rule.rows, minor: rule.minor };
        chain.push(line(&format!("excluded: {}", rule.rule), tally, ChainKind::Minus));
    }
    for pile in [Pile::Held, Pile::SetAside, Pile::Superseded, Pile::Repeat, Pile::Ready, Pile::WaitingForDonor] {
        let tally = money.of_piles(&[pile]);
        if tally.rows > 0 {
            chain.push(line(pile.as_str(), tally, ChainKind::Minus));
        }
    }
    chain.push(line("sealed in plans", money.of_piles(&SEALED), ChainKind::Subtotal));
    for pile in SEALED.into_iter().filter(|p| *p != Pile::Confirmed) {
        let tally = money.of_piles(&[pile]);
        if tally.rows > 0 {
            chain.push(line(pile.as_str(), tally, ChainKind::Minus));
        }
    }
    chain.push(line("confirmed in the CRM", money.of_piles(&[Pile::Confirmed]), ChainKind::End));
    chain
}

fn agreements(lines: &[PileLine], key: impl Fn(&PileLine) -> Option<String>) -> Vec<Agreement> {
    let mut table: BTreeMap<(bool, String), Agreement> = BTreeMap::new();
    for line in lines {
        let key = key(line);
        let label = key.clone().unwrap_or_else(|| "unknown".into());
        let row = table.entry((key.is_none(), label.clone())).or_insert_with(|| Agreement {
            label,
            agrees: true,
            ..Agreement::default()
        });
        row.file.merge(line.tally);
        match line.pile {
            Pile::Excluded | Pile::SetAside | Pile::Superseded | Pile::Repeat => row.excluded.merge(line.tally),
            Pile::Held => row.held.merge(line.tally),
            Pile::Ready | Pile::WaitingForDonor => {}
            sealed => {
                row.sent.merge(line.tally);
                if sealed == Pile::Confirmed {
                    row.confirmed.merge(line.tally);
                }
            }
        }
    }
    let mut rows: Vec<Agreement> = table.into_values().collect();
    for row in &mut rows {
        row.agrees = row.confirmed == row.sent
            && row.file.rows == row.excluded.rows + row.held.rows + row.sent.rows
            && row.file.minor == row.excluded.minor + row.held.minor + row.sent.minor;
    }
    rows
}

fn rules(lines: &[PileLine], pile: Pile) -> Vec<RuleLine> {
    let of_pile: Vec<PileLine> = lines.iter().filter(|l| l.pile == pile).cloned().collect();
    PileLine::sum_by(&of_pile, |l| l.rule.clone().unwrap_or_default())
        .into_iter()
        .map(|(rule, tally)| RuleLine { rule, rows: tally.rows, minor: tally.minor })
        .collect()
}

fn blanks(ledger: &Ledger) -> Result<Vec<RuleLine>> {
    let mut sums: BTreeMap<String, Tally> = BTreeMap::new();
    for found in ledger.findings()?.iter().filter(|f| f.finding.code == Code::BlankMapped) {
        let column = found.finding.column.clone().unwrap_or_default();
        sums.entry(format!("{column} {}", found.finding.detail).trim().to_owned()).or_default().add(found.amount);
    }
    Ok(sums.into_iter().map(|(rule, t)| RuleLine { rule, rows: t.rows, minor: t.minor }).collect())
}

fn findings(ledger: &Ledger) -> Result<Vec<FindingGroup>> {
    let mut examples: BTreeMap<Code, Vec<Finding>> = BTreeMap::new();
    let mut tallies: BTreeMap<Code, Tally> = BTreeMap::new();
    for found in ledger.findings()? {
        let code = found.finding.code;
        tallies.entry(code).or_default().add(found.amount);
        let list = examples.entry(code).or_default();
        if list.len() < EXAMPLES_MAX {
            list.push(found.finding);
        }
    }
    let mut values: BTreeMap<Code, Vec<(String, u64, i128)>> = BTreeMap::new();
    for group in ledger.finding_groups()? {
        values.entry(group.code).or_default().push((group.seen, group.rows, group.minor));
    }
    let group_of = |(code, tally): (Code, Tally)| FindingGroup {
        code,
        rows: tally.rows,
        minor: tally.minor,
        values: values.remove(&code).unwrap_or_default(),
        examples: examples.remove(&code).unwrap_or_default(),
    };
    let mut groups: Vec<FindingGroup> = tallies.into_iter().map(group_of).collect();
    groups.sort_by_key(|g| (g.code.severity(), std::cmp::Reverse(g.minor), g.code));
    Ok(groups)
}

fn files(migration: &Migration, money: &Money) -> Result<Vec<FileLine>> {
    let mut lines = Vec::new();
    for file in migration.ledger.files()? {
        let end = file.finished.clone().unwrap_or_default();
        let mut notes = end.notes.clone();
        notes.extend(end.masked.iter().map(|(column, cells)| {
            format!("{} of column \"{column}\" masked and not kept", words::count(*cells, "cell"))
        }));
        let worth: Vec<&Control> = money.controls.iter().filter(|c| c.file == file.name).collect();
        let is_gifts = migration
            .mappings_of(RecordKind::Gift)
            .any(|m| file.role.starts_with(&format!("{}:", m.name())));
        let digest = file.digest.short();
        if worth.is_empty() || !is_gifts {
            lines.push(FileLine { name: file.name, sheet: None, rows: end.rows, minor: 0, notes, digest });
            continue;
        }
        for control in worth {
            lines.push(FileLine {
                name: file.name.clone(),
                sheet: control.sheet.clone(),
                rows: control.tally.rows,
                minor: control.tally.minor,
                notes: std::mem::take(&mut notes),
                digest: digest.clone(),
            });
        }
    }
    Ok(lines)
}

fn todo(migration: &Migration, money: &Money) -> Result<Vec<Todo>> {
    let mut list = Vec::new();
    let mut push = |what: &str, owner: &str, tally: Tally, command: &str| {
        if tally.rows > 0 {
            list.push(Todo {
                what: what.into(),
                owner: owner.into(),
                rows: tally.rows,
                minor: tally.minor,
                command: command.into(),
            });
        }
    };
    push(
        "rule on what nobody can know from here",
        "you",
        money.of_piles(&[Pile::InDoubt, Pile::Parked]),
        "heirloom unresolved",
    );
    push("correct what is held", "you", money.of_piles(&[Pile::Held]), "heirloom report");
    push("look at what the vendor refused", "you", money.of_piles(&[Pile::Refused]), "heirloom report");
    let review = migration.ledger.pairs(Some(Verdict::Review))?.len() as u64;
    push("look at pairs that may be one donor", "you", Tally { rows: review, minor: 0 }, "heirloom report");
    push(
        "check the imports and press Run",
        "whoever runs imports in Virtuous",
        money.of_piles(&[Pile::Waiting]),
        "heirloom reconcile",
    );
    push("send the plan", "you", money.of_piles(&[Pile::Unsent]), "heirloom apply");
    push("seal what is ready", "you", money.of_piles(&[Pile::Ready]), "heirloom plan");
    Ok(list)
}

fn plans(migration: &Migration) -> Result<Vec<PlanLine>> {
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

fn duplicates(migration: &Migration) -> Result<Duplicates> {
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
    let name = |row| names.get(&row).cloned().unwrap_or_else(|| name_row(migration, row));
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

fn reconcile_line(compared: Compared) -> ReconcileLine {
    let differences = compared.differs.iter().take(20).map(|(key, fields)| format!("{key}: {}", fields.join(", ")));
    ReconcileLine {
        gifts: compared.items,
        gifts_minor: compared.agree.1,
        agree: compared.agree.0,
        waiting: compared.waiting.0,
        differs: compared.differs.len() as u64,
        missing: compared.missing.len() as u64,
        unexpected: compared.unexpected.len() as u64,
        not_checked: compared.not_checked,
        differences: differences.collect(),
    }
}

fn doubts(ledger: &Ledger) -> Result<Vec<DoubtLine>> {
    let mut lines = Vec::new();
    for plan in ledger.plans()? {
        for item in ledger.item_states(plan.id)? {
            if matches!(item.state, ItemState::InDoubt | ItemState::Parked) {
                lines.push(DoubtLine {
                    key: item.key,
                    minor: item.amount.map_or(0, |m| i128::from(m.minor())),
                    since: item.last_attempt.map(|at| at.to_string()).unwrap_or_default(),
                    parked: item.state == ItemState::Parked,
                });
            }
        }
    }
    Ok(lines)
}

fn decisions(ledger: &Ledger) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for row in ledger.org_fact_rows()? {
        lines.push(format!("{}: {} is {} ({})", row.initials, row.name.as_str(), row.value, row.evidence));
    }
    for ruling in ledger.rulings()? {
        lines.push(format!("{}: {} was {} ({})", ruling.initials, ruling.key, ruling.ruling.as_str(), ruling.note));
    }
    Ok(lines)
}

fn provenance(migration: &Migration) -> Result<Vec<(String, String)>> {
    let mut lines = vec![("program".to_owned(), format!("heirloom {}", env!("CARGO_PKG_VERSION")))];
    for file in migration.ledger.files()? {
        lines.push((format!("file {} ({})", file.name, file.role), file.digest.short()));
    }
    for mapping in &migration.mappings {
        lines.push((format!("mapping {}", mapping.name()), mapping.digest().short()));
    }
    Ok(lines)
}

/// The next thing to type.
fn next_step(migration: &Migration, money: &Money) -> Result<String> {
    if money.of_piles(&[Pile::InDoubt, Pile::Parked]).rows > 0 || donors_in_doubt(&migration.ledger)? {
        return Ok("heirloom unresolved".into());
    }
    for plan in migration.ledger.plans()? {
        let states = migration.ledger.item_states(plan.id)?;
        if states.iter().any(|l| l.state == ItemState::Unsent) {
            return Ok(format!("heirloom apply {}", plan.name));
        }
        if states.iter().any(|l| l.state == ItemState::Waiting) {
            return Ok("let the night pass, let somebody press Run, then  heirloom reconcile".into());
        }
    }
    if money.of_piles(&[Pile::Ready, Pile::WaitingForDonor]).rows > 0 {
        return Ok("heirloom plan".into());
    }
    Ok("heirloom verify".into())
}
