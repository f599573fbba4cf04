//! What people read on stdout: stage lines with counts and totals, made from the ledger.

use std::collections::BTreeMap;
use std::io::Write;

use heirloom_ledger::PlanFacts;
use heirloom_model::{Code, Currency, ItemKind, Pile, Tally};
use heirloom_report::words;

use crate::failure::Result;
use crate::migration::Migration;
use crate::reporting::Money;
use crate::stages::details::PROMISED_PROJECT;
use crate::stages::details::account::DetailPlaces;
use crate::stages::link::Linked;
use crate::stages::map::Mapped;
use crate::stages::plan::Planned;
use crate::stages::read::FileRead;

/// Where results go: text as it happens, or nothing until one JSON document at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Out {
    /// Lines on stdout.
    Text,
    /// Silence; the caller prints a document.
    Json,
}

impl Out {
    /// Prints one line of text.
    pub fn line(self, text: &str) {
        if self == Out::Text {
            print_line(text);
        }
    }

    /// Prints a stage's line: its name, then what it came to.
    pub fn stage(self, name: &str, text: &str) {
        self.line(&format!("  {name:<10} {text}"));
    }
}

/// Prints to stdout; a reader who went away (`| head`) is no reason to stop the work.
pub fn print_line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A count and a total: `2,412 gifts  $512,340.25`.
pub fn tally(tally: Tally, noun: &str, currency: Currency) -> String {
    format!("{:>16}  {:>16}", words::count(tally.rows, noun), words::money(tally.minor, currency))
}

/// Prints what reading came to, file by file.
pub fn read_lines(out: Out, files: &[FileRead]) {
    for file in files {
        let already = if file.already { "  (read before)" } else { "" };
        out.stage("read", &format!("{:>16}  {}{already}", words::count(file.rows, "row"), file.facts.name));
    }
}

/// Prints what mapping came to: piles with their money, and the rule of each exclusion.
///
/// # Errors
/// Storage.
pub fn map_lines(out: Out, migration: &Migration, mapped: &Mapped) -> Result<Money> {
    let currency = migration.settings.currency;
    for change in &mapped.again {
        out.stage("map", change);
    }
    let money = Money::of(migration)?;
    out.stage("gifts", &tally(money.read(), "row", currency));
    for pile in [Pile::Excluded, Pile::SetAside, Pile::Repeat, Pile::Held] {
        for (rule, sum) in sums(&money, pile) {
            let words = if pile == Pile::Held { "wait until a person has mended them" } else { &rule };
            out.stage(&format!("  {}", pile.as_str()), &format!("{}  {words}", tally(sum, "row", currency)));
        }
    }
    let gifts = [Pile::Ready, Pile::WaitingForDonor];
    out.stage("  ready", &tally(money.of_piles(&gifts), "row", currency));
    let sealed = money.of_piles(&crate::reporting::SEALED);
    if sealed.rows > 0 {
        out.stage("  in plans", &tally(sealed, "row", currency));
    }
    out.stage("counted", &money.rows().line());
    for (file, said) in &money.control_totals {
        out.stage("control", &format!("{file}: {said}"));
    }
    for line in crate::reporting::other_currencies(&money) {
        out.stage("  foreign", &line.line());
    }
    let mut donors: Vec<String> = Vec::new();
    for (pile, rule, rows) in migration.ledger.donor_piles()? {
        let what = if pile == Pile::Ready || pile == Pile::WaitingForDonor { "ready" } else { pile.as_str() };
        let rule = rule.map(|r| format!(" ({r})")).unwrap_or_default();
        donors.push(format!("{} {what}{rule}", words::number(rows)));
    }
    out.stage("donors", &donors.join(", "));
    Ok(money)
}

fn sums(money: &Money, pile: Pile) -> Vec<(String, Tally)> {
    let lines: Vec<_> = money.lines.iter().filter(|l| l.pile == pile).cloned().collect();
    heirloom_model::PileLine::sum_by(&lines, |l| l.rule.clone().unwrap_or_default()).into_iter().collect()
}

/// Prints what linking came to.
pub fn link_line(out: Out, linked: Linked) {
    out.stage(
        "link",
        &format!(
            "{:>16}  {}, {}; {} surely the same as another, {} for your eyes",
            words::count(linked.records, "record"),
            words::count(linked.persons, "donor"),
            words::count(linked.contacts, "contact"),
            words::number(linked.records - linked.persons),
            words::count(linked.review, "pair"),
        ),
    );
    // What a few records taught says little of many.
    if linked.learned_of > 0 && linked.records >= 2 * linked.learned_of {
        let few = words::number(linked.learned_of);
        out.stage("", &format!("{few} of them taught what is alike; heirloom redo link learns from all"));
    }
}

/// Prints what was sealed and what stayed behind.
pub fn plan_lines(out: Out, planned: &Planned, currency: Currency) {
    if !planned.dropped.is_empty() {
        out.stage("dropped", &format!("{}: nothing of it was sent; sealed anew", planned.dropped.join(", ")));
    }
    if planned.taken_back > 0 {
        let items = words::count(planned.taken_back, "unsent item");
        out.stage("taken back", &format!("{items} of started plans that had gone stale; sealed anew"));
    }
    for plan in &planned.plans {
        out.stage("plan", &format!("{}  {}", plan_tally(plan, currency), plan.name));
    }
    if planned.waiting.0 > 0 {
        let waiting = Tally { rows: planned.waiting.0, minor: planned.waiting.1 };
        out.stage(
            "  waiting",
            &format!("{}  until their donors exist there", tally(waiting, "gift", currency)),
        );
    }
    if planned.alike.rows > 0 {
        let gifts = tally(planned.alike, "gift", currency);
        out.stage(
            "  held",
            &format!("{gifts}  may have been sent under another id: heirloom unresolved names both"),
        );
    }
    for ((what, code), found) in planned.lacking.iter().take(20) {
        let (rows, minor) = (&found.rows, &found.minor);
        if *what == PROMISED_PROJECT {
            let waiting = words::count(*rows, "promise");
            out.stage(
                "  lacking",
                &format!(
                    "{waiting:>16}  {:>16}  wait for the project \"{code}\" [{}]: make it there first",
                    "",
                    Code::LacksCode
                ),
            );
            continue;
        }
        if *what == "tag" {
            let donors = words::count(*rows, "donor");
            out.stage(
                "  lacking",
                &format!(
                    "{donors:>16}  {:>16}  carry the tag \"{code}\" [{}]: make it there first",
                    "",
                    Code::LacksTag
                ),
            );
            continue;
        }
        let held = tally(Tally { rows: *rows, minor: *minor }, "gift", currency);
        out.stage(
            "  lacking",
            &format!(
                "{held}  wait for the {what} \"{code}\" [{}]: make it there, then plan again",
                Code::LacksCode
            ),
        );
    }
    forecast_lines(out, planned);
    if planned.held > 0 {
        let held = words::count(planned.held, "contact");
        out.stage("  held", &format!("{held} may exist there already: heirloom dedupe shows them"));
    }
    for (what, problem) in planned.refused.iter().take(5) {
        out.stage("  not sealed", &format!("{what}: {} is wrong ({})", problem.field, problem.code));
    }
}

/// What will wait for clicks at the vendor, and what contacts have beyond their first bodies.
fn forecast_lines(out: Out, planned: &Planned) {
    let f = &planned.forecast;
    if f.match_needed + f.update_needed > 0 {
        let most =
            f.most_lacking().map(|(field, count)| format!("; {} lack an {field}", words::number(count)));
        let half_named = (f.half_named > 0).then(|| {
            let many = words::number(f.half_named);
            format!("; {many} lack a first or last name, which somebody must add there in any case")
        });
        out.stage(
            "  clicks",
            &format!(
                "{:>16}  will wait in Match Needed and {} in Update Needed for somebody's click{}{}; in Import Settings, \"Create New Contacts with no match\" saves {} of them",
                words::number(f.match_needed),
                words::number(f.update_needed),
                most.unwrap_or_default().replace("an phone", "a phone"),
                half_named.unwrap_or_default(),
                words::number(f.saved_by_creating()),
            ),
        );
    }
    let gifts = planned.plans.iter().filter(|plan| plan.kind == ItemKind::Gift);
    let gifts: u64 = gifts.map(|plan| plan.items).sum();
    if gifts > 0 {
        out.stage(
            "  runs",
            &format!(
                "{:>16}  will be Ready for Import, as they name their contacts by id; in Import Settings, \"Automatically import any records in Ready for Import after bundling\" saves pressing Run",
                words::number(gifts),
            ),
        );
    }
    let d = &planned.details;
    // Where nothing was sealed and nothing waits, it was said before.
    if d.all > 0 && (!planned.plans.is_empty() || d.waiting > 0) {
        let listed = |all: &BTreeMap<String, u64>| -> String {
            all.iter()
                .map(|(what, count)| format!("{} {what}", words::number(*count)))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let by_hand = if d.by_hand.is_empty() { "none".to_owned() } else { listed(&d.by_hand) };
        let over = if d.over.is_empty() { String::new() } else { format!("; not sent: {}", listed(&d.over)) };
        out.stage(
            "  details",
            &format!(
                "{:>16}  second people, further addresses, e-mails, phones, ids, open pledges, live schedules: {} in a plan, {} there already, {} wait for their contacts; to enter by hand: {by_hand}{over}",
                words::number(d.all),
                words::number(d.sealed),
                words::number(d.there),
                words::number(d.waiting),
            ),
        );
    }
}

/// Where the details of contacts are, kind by kind: `pledges 1 confirmed, 2 waiting`.
pub fn details_text(account: &BTreeMap<&'static str, DetailPlaces>) -> String {
    let kinds = account.iter().filter(|(_, places)| places.all() > 0).map(|(what, places)| {
        let some = places.named().into_iter().filter(|(_, count)| *count > 0);
        let some: Vec<String> =
            some.map(|(name, count)| format!("{} {name}", words::number(count))).collect();
        format!("{what} {}", some.join(", "))
    });
    kinds.collect::<Vec<_>>().join("; ")
}

/// A plan's size: items, and money where it carries gifts.
pub fn plan_tally(plan: &PlanFacts, currency: Currency) -> String {
    let minor = plan.total.iter().map(|(_, minor)| minor).sum();
    match plan.kind {
        ItemKind::Gift => tally(Tally { rows: plan.items, minor }, "gift", currency),
        kind => format!("{:>16}  {:>16}", words::count(plan.items, kind.as_str()), ""),
    }
}

/// Whether every year and every fund agrees, in words; with the ones that do not.
pub fn agreement_lines(report: &heirloom_report::Report) -> Vec<String> {
    let mut lines = Vec::new();
    let confirmed: Tally = report.by_year.iter().fold(Tally::default(), |mut sum, row| {
        sum.merge(row.confirmed);
        sum
    });
    let open: Vec<String> = [("year", &report.by_year), ("fund", &report.by_fund)]
        .into_iter()
        .flat_map(|(what, rows)| {
            rows.iter().filter(|r| !r.agrees).map(move |r| {
                format!(
                    "{what} {}: sent {}, confirmed {}",
                    r.label,
                    words::money(r.sent.minor, report.currency),
                    words::money(r.confirmed.minor, report.currency)
                )
            })
        })
        .collect();
    if open.is_empty() {
        lines.push(format!(
            "Every year and every fund agrees: {} confirmed.",
            words::money(confirmed.minor, report.currency)
        ));
    } else {
        lines.push("NOT every year and fund agrees:".to_owned());
        lines.extend(open.into_iter().map(|line| format!("  {line}")));
    }
    let held: Tally = report.by_year.iter().fold(Tally::default(), |mut sum, row| {
        sum.merge(row.held);
        sum
    });
    if held.rows > 0 {
        let rows = words::count(held.rows, "row");
        let money = words::money(held.minor, report.currency);
        lines.push(format!("Held for a person, or waiting for a donor who is: {rows}, {money}."));
    }
    lines
}
