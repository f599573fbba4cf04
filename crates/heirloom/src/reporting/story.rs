//! The answer first: sentence, tiles, the chain that must add up, what to do, what to type next.

use std::collections::BTreeSet;

use heirloom_ledger::{ItemLine, Ledger, SENT_BEFORE, Verdict};
use heirloom_model::{Code, ItemKind, ItemState, Pile, RowId, Tally};
use heirloom_report::{ChainKind, ChainLine, Tile, Todo, Tone, words};

use super::tables::rules;
use super::{Money, SEALED, donors_in_doubt, ids_taken, in_the_air};
use crate::batches::batches;
use crate::failure::Result;
use crate::migration::Migration;
use crate::runs::{Runs, WaitsFor};
use crate::stages::preflight::{BY_HAND, LackingRows, lacking_found};
use crate::stages::reconcile::{differing, missing};
use crate::stages::reread::Corrected;

pub(super) fn answer(
    migration: &Migration,
    money: &Money,
    differing: u64,
    corrected: &[Corrected],
) -> Result<String> {
    let currency = migration.settings.currency;
    let text =
        |t: Tally| format!("{} worth {}", words::count(t.rows, "row"), words::money(t.minor, currency));
    let read = money.read();
    let confirmed = money.of_piles(&[Pile::Confirmed]);
    let mut held = money.of_piles(&[Pile::Held]);
    let lost = money.of_piles(&[Pile::Refused, Pile::Discarded]);
    held.merge(lost);
    held.merge(money.alike);
    let lacking = lacking_codes(&migration.ledger)?;
    if confirmed.rows > 0 {
        // Once gifts have arrived, one that still waits for its donor waits for a person.
        held.merge(lacking.due);
        held.merge(money.of_piles(&[Pile::WaitingForDonor]));
    } else {
        held.merge(lacking.gifts);
    }
    let excluded = money.of_piles(&[Pile::Excluded, Pile::SetAside, Pile::Repeat, Pile::Superseded]);
    let open = Tally {
        rows: read.rows.saturating_sub(confirmed.rows + held.rows + excluded.rows),
        minor: read.minor - confirmed.minor - held.minor - excluded.minor,
    };
    if differing > 0 {
        let gone = missing(&migration.ledger)?.len() as u64;
        return Ok(format!("{}; {} confirmed.", apart_words(differing - gone, gone), text(confirmed)));
    }
    if confirmed.rows == 0 {
        let mut ready = money.of_piles(&[Pile::WaitingForDonor]);
        ready.merge(money.ready());
        ready.rows = ready.rows.saturating_sub(lacking.gifts.rows);
        ready.minor -= lacking.gifts.minor;
        let need = if held.rows == 1 { "needs" } else { "need" };
        return Ok(format!(
            "{} read; {} ready to go; {} {need} a person.",
            text(read),
            text(ready),
            text(held)
        ));
    }
    if open.rows > 0 {
        return Ok(format!(
            "{} of {} confirmed; still on the way: {}.",
            text(confirmed),
            text(read),
            text(open)
        ));
    }
    let since = corrected_words(corrected);
    if held.rows > 0 {
        let (sent, kept) = match lost.rows {
            0 => ("sent", "Held for a person"),
            _ => ("that arrived", "Held, refused or discarded"),
        };
        let (confirmed, held) = (text(confirmed), text(held));
        return Ok(format!("Everything {sent} is confirmed: {confirmed}. {kept}: {held}.{since}"));
    }
    if !since.is_empty() {
        return Ok(format!("Everything is confirmed as it was sent: {}.{since}", text(confirmed)));
    }
    Ok(format!("Everything is confirmed: {}. Nothing was lost and nothing was doubled.", text(confirmed)))
}

/// What is at the target otherwise than it was sent, and what is not there at all.
fn apart_words(differing: u64, gone: u64) -> String {
    let said = |items: u64, one: &str, many: &str| {
        let verb = if items == 1 { one } else { many };
        (items > 0).then(|| format!("{} at the target {verb}", words::count(items, "item")))
    };
    let parts = [
        said(differing, "differs from what was sent", "differ from what was sent"),
        said(gone, "is missing", "are missing"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What was corrected after it was sent, as a sentence of its own; nothing if nothing was.
fn corrected_words(corrected: &[Corrected]) -> String {
    match corrected.len() {
        0 => String::new(),
        1 => " 1 item was corrected here since, and is not yet so in Virtuous (heirloom unresolved).".into(),
        many => format!(
            " {} were corrected here since, and are not yet so in Virtuous (heirloom unresolved).",
            words::count(many as u64, "item")
        ),
    }
}

pub(super) fn tiles(money: &Money) -> Vec<Tile> {
    let tile = |label: &str, tally: Tally, tone: Tone| Tile {
        label: label.into(),
        rows: tally.rows,
        minor: tally.minor,
        tone,
    };
    let mut held = money.of_piles(&[Pile::Held, Pile::Refused, Pile::InDoubt, Pile::Parked]);
    held.merge(money.alike);
    let mut way = money.of_piles(&[Pile::WaitingForDonor, Pile::Unsent, Pile::Waiting]);
    way.merge(money.ready());
    vec![
        tile("In the files", money.read(), Tone::Plain),
        tile("Confirmed", money.of_piles(&[Pile::Confirmed]), Tone::Good),
        tile("On the way", way, if way.rows > 0 { Tone::Wait } else { Tone::Plain }),
        tile("Need a person", held, if held.rows > 0 { Tone::Act } else { Tone::Good }),
    ]
}

/// From the file's total to the target's total, as a sum that must come out even.
pub(super) fn chain(money: &Money) -> Vec<ChainLine> {
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
    let sent_before = Tally { rows: money.sent_before(), minor: 0 };
    if sent_before.rows > 0 {
        chain.push(line(SENT_BEFORE, sent_before, ChainKind::Minus));
    }
    for pile in
        [Pile::Held, Pile::SetAside, Pile::Superseded, Pile::Repeat, Pile::Ready, Pile::WaitingForDonor]
    {
        let mut tally = money.of_piles(&[pile]);
        if pile == Pile::Repeat {
            tally.rows -= sent_before.rows;
        }
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

/// What somebody must do, the most urgent first.
struct List(Vec<Todo>);

impl List {
    fn push(&mut self, what: &str, owner: &str, tally: Tally, command: &str) {
        if tally.rows > 0 {
            self.0.push(Todo {
                what: what.into(),
                owner: owner.into(),
                rows: tally.rows,
                minor: tally.minor,
                command: command.into(),
            });
        }
    }
}

pub(super) fn todo(migration: &Migration, money: &Money, corrected: &[Corrected]) -> Result<Vec<Todo>> {
    let mut list = List(Vec::new());
    let unsent = of_items(migration, corrected, &mut list)?;
    of_rows(migration, money, &mut list)?;
    of_imports(migration, &mut list)?;
    // Nobody seals or sends beside a run that is at work.
    if migration.ledger.worker().is_none() {
        for (name, tally) in &unsent {
            list.push(&format!("send {name}"), "you", *tally, &format!("heirloom apply {name}"));
        }
        list.push("seal what is ready", "you", money.ready(), "heirloom plan");
    }
    Ok(list.0)
}

/// What was sent, and wants a person's word. Gives each plan with what of it is unsent.
fn of_items(migration: &Migration, corrected: &[Corrected], list: &mut List) -> Result<Vec<(String, Tally)>> {
    let (mut doubtful, mut discarded, mut unsent) = (Tally::default(), Tally::default(), Vec::new());
    let (mut flying, air) = (Tally::default(), in_the_air(&migration.ledger)?);
    let (mut refused, mut taken, ids) = (Tally::default(), Tally::default(), ids_taken(&migration.ledger)?);
    for plan in migration.ledger.plans()? {
        let mut to_send = Tally::default();
        for line in migration.ledger.item_states(plan.id)?.iter().filter(|l| !l.free && !l.replaced) {
            match line.state {
                ItemState::InDoubt if air.iter().any(|span| span.contains(&line.item)) => {
                    flying.add(line.amount)
                }
                ItemState::InDoubt | ItemState::Parked => doubtful.add(line.amount),
                ItemState::Refused if ids.iter().any(|span| span.contains(&line.item)) => {
                    taken.add(line.amount);
                }
                ItemState::Refused => refused.add(line.amount),
                ItemState::Discarded => discarded.add(line.amount),
                ItemState::Unsent => to_send.add(line.amount),
                _ => {}
            }
        }
        unsent.push((plan.name, to_send));
    }
    let items = |rows| Tally { rows, minor: 0 };
    let gone = missing(&migration.ledger)?.len() as u64;
    let apart = differing(&migration.ledger)?.len() as u64 - gone;
    list.push(
        "wait for answers: in the air, or of a run that was stopped",
        "the run at work",
        flying,
        "heirloom status",
    );
    list.push("rule on what nobody can know from here", "you", doubtful, "heirloom unresolved");
    list.push(
        "look whether it is there: its id is taken in Virtuous (read again after Run)",
        "you",
        taken,
        "heirloom reconcile",
    );
    list.push("look at what the vendor refused", "you", refused, "heirloom report");
    let mut changed = Tally::default();
    corrected.iter().for_each(|one| changed.add(one.line.amount));
    list.push("change in Virtuous what was corrected here since", "you", changed, "heirloom unresolved");
    list.push("look at what differs there from what was sent", "you", items(apart), "heirloom reconcile");
    list.push("look for what should be there and is not", "you", items(gone), "heirloom unresolved");
    let again = "heirloom unresolved resolve ID --as again --initials XX";
    list.push("say whether what was discarded may go again", "you", discarded, again);
    Ok(unsent)
}

/// Rows and donors that wait for a person before they can be sent, and what no endpoint takes.
fn of_rows(migration: &Migration, money: &Money, list: &mut List) -> Result<()> {
    let held = money.of_piles(&[Pile::Held]);
    list.push("correct what is held, in the mapping or the file", "you", held, "heirloom check");
    list.push("say whether it was sent under another id", "you", money.alike, "heirloom unresolved");
    for (_, what, found) in lacking_found(&migration.ledger)? {
        let rows = Tally { rows: found.rows, minor: found.minor };
        list.push(&format!("make in Virtuous: {what}"), "whoever sets up Virtuous", rows, "heirloom plan");
    }
    let facts = migration.ledger.target_facts()?;
    let by_hand = facts.iter().filter(|(name, _, _)| name == BY_HAND).flat_map(|(_, value, _)| value.lines());
    for (count, what) in by_hand.filter_map(|line| line.split_once(' ')) {
        let rows = Tally { rows: count.parse().unwrap_or_default(), minor: 0 };
        list.push(&format!("enter by hand: {what}"), "you", rows, "heirloom handover");
    }
    let review = migration.ledger.pairs(Some(Verdict::Review))?.len() as u64;
    let review = Tally { rows: review, minor: 0 };
    list.push("look at pairs that may be one donor", "you", review, "heirloom dedupe");
    let doubts: BTreeSet<RowId> = migration.ledger.doubts()?.into_iter().map(|d| d.contact).collect();
    let doubts = Tally { rows: doubts.len() as u64, minor: 0 };
    list.push("say which donors exist at Virtuous already", "you", doubts, "heirloom dedupe");
    Ok(())
}

/// What is accepted, and waits for somebody at the vendor.
fn of_imports(migration: &Migration, list: &mut List) -> Result<()> {
    let (imports, runs) = (batches(migration)?, Runs::of(migration)?);
    for (for_whom, what) in [
        (WaitsFor::Run, "check the imports and press Run"),
        (
            WaitsFor::Match,
            "press Run where nobody did, and match or complete what is left (Match Needed, Update Needed)",
        ),
    ] {
        let mut sum = Tally::default();
        imports.iter().for_each(|batch| sum.merge(runs.waiting(batch, for_whom)));
        list.push(what, "whoever runs imports in Virtuous", sum, "heirloom handover");
    }
    Ok(())
}

/// The first plan that has an item in this state.
fn plan_with(migration: &Migration, state: ItemState) -> Result<Option<String>> {
    for plan in migration.ledger.plans()? {
        if migration.ledger.item_states(plan.id)?.iter().any(|line| line.state == state) {
            return Ok(Some(plan.name));
        }
    }
    Ok(None)
}

/// The next thing to type.
pub(super) fn next_step(migration: &Migration, money: &Money, corrected: &[Corrected]) -> Result<String> {
    if money.of_piles(&[Pile::InDoubt, Pile::Parked]).rows > 0 || donors_in_doubt(&migration.ledger)? {
        return Ok("heirloom unresolved".into());
    }
    if let Some(name) = plan_with(migration, ItemState::Unsent)? {
        return Ok(format!("heirloom apply {name}"));
    }
    if !missing(&migration.ledger)?.is_empty() {
        return Ok("heirloom unresolved".into());
    }
    let (imports, runs) = (batches(migration)?, Runs::of(migration)?);
    let waits_for = |whom| imports.iter().any(|batch| runs.waiting(batch, whom).rows > 0);
    if waits_for(WaitsFor::Run) {
        return Ok("let the night pass, let somebody press Run, then  heirloom reconcile".into());
    }
    let lacking = lacking_codes(&migration.ledger)?;
    if money.ready().rows > lacking.due.rows {
        return Ok("heirloom plan".into());
    }
    if waits_for(WaitsFor::Match) {
        return Ok("let somebody press Run where nobody did, and match or complete what is left, then  heirloom reconcile".into());
    }
    // Details are in no import.
    if plan_with(migration, ItemState::Waiting)?.is_some() {
        return Ok("heirloom reconcile".into());
    }
    if lacking.rows > 0 {
        return Ok(
            "let somebody make in Virtuous what is lacking (heirloom status), then  heirloom plan".into()
        );
    }
    if money.of_piles(&[Pile::WaitingForDonor]).rows > 0 {
        let discarded = plan_of_discarded_donors(migration)?;
        return Ok(match (migration.ledger.doubts()?.is_empty(), discarded) {
            (false, _) => "heirloom dedupe".into(),
            (true, Some(name)) => {
                format!(
                    "heirloom unresolved resolve plan:{name} --as again --initials XX    # its donors were discarded"
                )
            }
            (true, None) => "heirloom plan".into(),
        });
    }
    if !corrected.is_empty() {
        return Ok("heirloom unresolved".into());
    }
    Ok("heirloom verify".into())
}

/// A plan whose donors were discarded, and wait for a word that they may go again.
fn plan_of_discarded_donors(migration: &Migration) -> Result<Option<String>> {
    for plan in migration.ledger.plans()?.into_iter().filter(|plan| plan.kind == ItemKind::Contact) {
        let gone = |line: &ItemLine| line.state == ItemState::Discarded && !line.free && !line.replaced;
        if migration.ledger.item_states(plan.id)?.iter().any(gone) {
            return Ok(Some(plan.name));
        }
    }
    Ok(None)
}

/// What waits for something to be made at the target; a tag may be made by sending it.
fn lacking_codes(ledger: &Ledger) -> Result<LackingRows> {
    let mut sum = LackingRows::default();
    for (_, _, found) in lacking_found(ledger)?.iter().filter(|(code, _, _)| *code == Code::LacksCode) {
        sum.merge(*found);
    }
    Ok(sum)
}
