//! `heirloom dedupe review`, `decide` and `undo`: what a person says of two donors.

use std::io::{BufRead, IsTerminal, Write};

use clap::Args;
use heirloom_ledger::{LedgerError, PairRuling, Ruled};
use serde_json::json;

use super::dedupe_questions::{Order, Question, crm_id, document, donor, line_of, questions, show};
use super::dedupe_sides::sides;
use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::line::wall_clock;
use crate::migration::Migration;
use crate::out::{Out, link_line};
use crate::stages::likeness::match_contacts;
use crate::stages::link::link;
use crate::stages::links::Links;

/// What `dedupe decide` is told.
#[derive(Args)]
pub struct DecideArgs {
    /// A donor's id in the old system
    a: String,
    /// Another's, or crm:ID for a contact that exists at Virtuous
    b: String,
    /// They are one
    #[arg(long, required_unless_present = "different", conflicts_with = "different")]
    same: bool,
    /// They are two
    #[arg(long)]
    different: bool,
    /// Who says so
    #[arg(long)]
    initials: String,
    /// How they know
    #[arg(long, default_value = "")]
    note: String,
}

/// What `dedupe undo` is told.
#[derive(Args)]
pub struct UndoArgs {
    /// A donor's id in the old system
    a: String,
    /// Another's, or crm:ID
    b: String,
    /// Who says so
    #[arg(long)]
    initials: String,
    /// Why
    #[arg(long, default_value = "")]
    note: String,
}

/// What `dedupe review` is told.
#[derive(Args)]
pub struct ReviewArgs {
    /// Who decides; asked for on a terminal
    #[arg(long)]
    initials: Option<String>,
    /// What comes first
    #[arg(long, value_enum, default_value_t = Order::Money)]
    by: Order,
}

/// Records that two donors are one, or two.
pub fn decide(setting: &Setting, args: &DecideArgs) -> Result<Said> {
    let migration = setting.migration()?;
    let ruling = if args.same { PairRuling::Same } else { PairRuling::Different };
    let ruled = Ruled { ruling: Some(ruling), initials: &args.initials, note: &args.note, at: wall_clock() };
    record(&migration, &args.a, &args.b, ruled)?;
    settle(setting, &migration)?;
    let stands = stands(&migration, &args.a, &args.b, Some(ruling))?;
    setting.out.line(&format!(
        "{} and {}: {}, said {}. {stands}",
        args.a,
        args.b,
        ruling.as_str(),
        args.initials
    ));
    setting.next("heirloom dedupe");
    Said::new(json!({ "a": args.a, "b": args.b, "ruling": ruling.as_str(), "stands": stands }), Exit::Done)
}

/// Takes back what was said of two donors.
pub fn undo(setting: &Setting, args: &UndoArgs) -> Result<Said> {
    let migration = setting.migration()?;
    let known = match crm_id(&args.b)? {
        None => {
            let rows = (donor(&migration, &args.a)?.row, donor(&migration, &args.b)?.row);
            let is = |r: &heirloom_ledger::RuledPair| (r.a, r.b) == (rows.0.min(rows.1), rows.0.max(rows.1));
            migration.ledger.pair_rulings()?.iter().any(is)
        }
        Some(target) => {
            let row = donor(&migration, &args.a)?.row;
            migration.ledger.match_rulings()?.iter().any(|r| (r.row, r.target) == (row, target))
        }
    };
    if !known {
        let what = format!("nothing was said of {} and {}", args.a, args.b);
        return Err(Failure::usage(what, "heirloom dedupe explain shows what was"));
    }
    let ruled = Ruled { ruling: None, initials: &args.initials, note: &args.note, at: wall_clock() };
    record(&migration, &args.a, &args.b, ruled)?;
    settle(setting, &migration)?;
    let stands = stands(&migration, &args.a, &args.b, None)?;
    setting.out.line(&format!("{} and {}: taken back, said {}. {stands}", args.a, args.b, args.initials));
    setting.next("heirloom dedupe");
    Said::new(json!({ "a": args.a, "b": args.b, "ruling": null, "stands": stands }), Exit::Done)
}

fn record(migration: &Migration, a: &str, b: &str, ruled: Ruled<'_>) -> Result<()> {
    if ruled.initials.trim().is_empty() {
        return Err(Failure::usage("a ruling needs the initials of whoever makes it", "give --initials"));
    }
    let row = donor(migration, a)?.row;
    let done = match crm_id(b)? {
        Some(target) => {
            let found = migration.ledger.target_contacts(Some(target - 1), 1)?;
            if !found.iter().any(|c| c.id == target) {
                let what = format!("no contact {target} was read from Virtuous");
                return Err(Failure::usage(what, "run  heirloom plan  to read its contacts"));
            }
            migration.ledger.rule_match(row, target, ruled)
        }
        None => {
            let other = donor(migration, b)?.row;
            if other == row {
                return Err(Failure::usage("both ids are of one record", "say two different donors"));
            }
            migration.ledger.rule_pair(row, other, ruled)
        }
    };
    done.map_err(|error| match error {
        LedgerError::Attempted { .. } => Failure::usage(
            format!(
                "{a}, {b}, or a gift of theirs was sent already: a ruling cannot change what is at Virtuous"
            ),
            "merge or part the contacts there by hand; later gifts follow a merge",
        ),
        other => other.into(),
    })
}

/// Lets clusters and matches follow the rulings.
fn settle(setting: &Setting, migration: &Migration) -> Result<()> {
    let linked = link(migration, &setting.progress)?;
    match_contacts(migration)?;
    link_line(setting.out, linked);
    Ok(())
}

/// How two donors stand now, and why, if that is not as it was said.
fn stands(migration: &Migration, a: &str, b: &str, ruling: Option<PairRuling>) -> Result<String> {
    let ledger = &migration.ledger;
    let one = donor(migration, a)?.row;
    if let Some(target) = crm_id(b)? {
        let cluster = ledger.cluster_of_row(one)?.map(|c| c.contact);
        let known = ledger.matches()?.iter().any(|m| Some(m.contact) == cluster && m.target == target);
        return Ok(if known {
            "Their gifts go to that contact.".into()
        } else {
            "They are not that contact.".into()
        });
    }
    let other = donor(migration, b)?.row;
    let (Some(x), Some(y)) = (ledger.cluster_of_row(one)?, ledger.cluster_of_row(other)?) else {
        return Ok(String::new());
    };
    let text = match (x.person == y.person, x.contact == y.contact) {
        (true, _) => "They are one donor.",
        (_, true) => "They are two people of one contact.",
        _ => "They are two contacts.",
    };
    let links = Links::read(ledger)?;
    let why = match links.kept_apart(one, other) {
        Some(why) if ruling == Some(PairRuling::Same) && x.person != y.person => format!(" ({why})"),
        _ => String::new(),
    };
    Ok(format!("{text}{why}"))
}

/// Goes through the open pairs one by one; without a terminal it lists them.
pub fn review(setting: &Setting, args: &ReviewArgs) -> Result<Said> {
    let migration = setting.migration()?;
    let open = questions(&migration, args.by)?;
    let terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if !terminal || setting.common.no_input || setting.out == Out::Json {
        show(setting, &migration, &open, open.len());
        let exit = if open.is_empty() { Exit::Done } else { Exit::NeedsPerson };
        match open.first() {
            None => setting.next("heirloom plan"),
            Some(first) => setting.next(&format!(
                "heirloom dedupe decide {} {} --same --initials XX    # or --different",
                first.a.legacy_id, first.b_id
            )),
        }
        return Said::new(json!({ "open": document(&open) }), exit);
    }
    let mut answers = std::io::stdin().lock();
    let initials = match &args.initials {
        Some(initials) => initials.clone(),
        None => ask(&mut answers, "Your initials:").unwrap_or_default(),
    };
    let decided = go_through(&migration, &open, &initials, &mut answers)?;
    if decided > 0 {
        settle(setting, &migration)?;
    }
    let left = questions(&migration, args.by)?.len();
    setting.out.line(&format!("{decided} decided, {left} open."));
    setting.next(if left > 0 { "heirloom dedupe review" } else { "heirloom plan" });
    Said::new(
        json!({ "decided": decided, "open": left }),
        if left > 0 { Exit::NeedsPerson } else { Exit::Done },
    )
}

/// Asks about each pair; gives how many were decided.
fn go_through(
    migration: &Migration,
    open: &[Question],
    initials: &str,
    answers: &mut impl BufRead,
) -> Result<usize> {
    let mut decided = 0;
    for (at, question) in open.iter().enumerate() {
        crate::out::print_line(&format!("\n{} of {}", at + 1, open.len()));
        crate::out::print_line(&line_of(question, migration.settings.currency));
        for line in sides(migration, &question.a.legacy_id, &question.b_id)? {
            crate::out::print_line(&line);
        }
        crate::out::print_line(&format!("         {}", question.reasons));
        let ruling = loop {
            match ask(answers, "[s]ame, [d]ifferent, [l]ater, [q]uit?").as_deref() {
                Some("s" | "same") => break Some(PairRuling::Same),
                Some("d" | "different") => break Some(PairRuling::Different),
                Some("l" | "later" | "") => break None,
                Some("q" | "quit") | None => return Ok(decided),
                Some(_) => {}
            }
        };
        if let Some(ruling) = ruling {
            let ruled = Ruled { ruling: Some(ruling), initials, note: "", at: wall_clock() };
            record(migration, &question.a.legacy_id, &question.b_id, ruled)?;
            decided += 1;
        }
    }
    Ok(decided)
}

fn ask(answers: &mut impl BufRead, question: &str) -> Option<String> {
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "{question} ");
    let _ = out.flush();
    let mut line = String::new();
    let read = answers.read_line(&mut line).unwrap_or(0);
    (read > 0).then(|| line.trim().to_lowercase())
}
