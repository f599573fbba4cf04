//! `heirloom reconcile`: what was sealed against what is there. Reads the target, and cannot send.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use heirloom_model::{Currency, Tally};
use heirloom_report::words;
use serde_json::{Map, Value, json};

use super::target_args::{QuotaArgs, TargetArgs};
use super::{Said, Setting};
use crate::connect::{entrance, live_line, renewing};
use crate::failure::{Exit, Failure, Result};
use crate::migration::Migration;
use crate::out::details_text;
use crate::reporting::{self, Occasion};
use crate::stages::details::account::DetailPlaces;
use crate::stages::reconcile::{Cell, Compared, Place, Reconciled, reconcile as compare};
use crate::write::write_report;

/// Examples of one kind on the screen; the JSON document has them all.
const EXAMPLES_MAX: usize = 10;

/// Compares contacts and gifts with the target.
pub fn reconcile(setting: &Setting, at: &TargetArgs, quota: &QuotaArgs) -> Result<Said> {
    let migration = setting.migration()?;
    let entrance = entrance(at, &migration)?;
    let never = Arc::new(AtomicBool::new(false));
    let mut line = live_line(&migration, &entrance.target, never, setting.progress)?;
    let (_, mut done) = renewing(at, &migration, entrance, |target| {
        let mut done = compare(&migration, &mut line, target, quota.pace(), setting.progress)?;
        match done.failed.take_if(|failure| failure.exit() == Exit::Credentials) {
            Some(refused) => Err(refused),
            None => Ok(done),
        }
    })?;
    let failed = done.failed.take();
    let currency = migration.settings.currency;
    say(setting, &done, currency);
    let mut all = DetailPlaces::default();
    done.details.values().for_each(|places| all.merge(places));
    if all.all() > 0 {
        let count = words::count(all.all(), "detail");
        setting.out.stage("details", &format!("{count} of contacts: {}", details_text(&done.details)));
    }
    if done.hinted > 0 {
        let count = words::count(done.hinted, "gift");
        setting.out.stage("hints", &format!("{count} that webhooks spoke of, looked at first"));
    }
    let totals = totals(&migration, &done)?;
    setting.out.stage("totals", &totals.text);
    for (place, cell) in done.cells.untied().take(EXAMPLES_MAX) {
        setting.out.stage("  apart", &cell_text(place, cell, currency));
    }
    let mut document = json!({
        "contacts": compared_json(&done.contacts),
        "gifts": compared_json(&done.gifts),
        "cells": done.cells.0.iter().map(|(place, cell)| cell_json(place, cell)).collect::<Vec<_>>(),
        "details": done.details.iter().map(|(what, places)| ((*what).to_owned(), details_json(places))).collect::<Map<String, Value>>(),
        "hinted": done.hinted,
        "totals_tie": totals.tie && failed.is_none(),
        "failed": failed.as_ref().map(ToString::to_string),
    });
    let wrong = done.contacts.is_wrong() || done.gifts.is_wrong() || !totals.tie;
    let missing = !(done.contacts.missing.is_empty() && done.gifts.missing.is_empty());
    let report =
        reporting::build(&migration, Occasion { compared: Some(done.gifts), ..Occasion::default() })?;
    let paths = write_report(&migration.folder, &report)?;
    setting.out.line("");
    if let Some(failure) = &failed {
        setting.out.line(&format!(
            "NOT ALL OF IT WAS READ: {failure}. What was not read is not checked, and is not called missing."
        ));
    }
    setting.out.line(&report.answer);
    setting.out.line(&format!("Report: {}", paths.0.display()));
    let next = match (&failed, missing) {
        (Some(_), _) => "heirloom reconcile",
        (None, true) => "heirloom unresolved",
        (None, false) => report.next.as_str(),
    };
    setting.next(next);
    document["next"] = next.into();
    Said::new(document, exit(&migration, wrong, failed)?)
}

/// The first of 9, 8, 4, 12, 3 that fits.
fn exit(migration: &Migration, wrong: bool, failed: Option<Failure>) -> Result<Exit> {
    let mut fitting = vec![reporting::standing(migration)?];
    fitting.extend(wrong.then_some(Exit::Differences));
    fitting.extend(failed.map(|failure| failure.exit()));
    Ok(Exit::most_urgent(&fitting))
}

fn say(setting: &Setting, done: &Reconciled, currency: Currency) {
    for (what, found) in [("contacts", &done.contacts), ("gifts", &done.gifts)] {
        setting.out.stage(what, &compared_text(found, currency));
        for one in found.differs.iter().take(EXAMPLES_MAX) {
            setting.out.stage("  differs", &one.to_string());
        }
        for one in found.missing.iter().take(EXAMPLES_MAX) {
            let amount = one.amount.map(|m| format!(" {m}")).unwrap_or_default();
            setting.out.stage("  missing", &format!("{}{amount}: {}", one.key, one.why));
        }
        for one in found.joined.iter().take(EXAMPLES_MAX) {
            let keys: Vec<String> = one.keys.iter().map(|key| words::clip(key, 40)).collect();
            setting
                .out
                .stage("  joined", &format!("{} are contact {} there", keys.join(" and "), one.target));
        }
        for one in found.unexpected.iter().take(EXAMPLES_MAX) {
            let amount = one.amount.map(|m| format!(" {m}")).unwrap_or_default();
            let text = format!(
                "{}{amount} is there as {} under our name, and was never sealed here",
                words::clip(&one.key, 60),
                one.target
            );
            setting.out.stage("  unexpected", &text);
        }
    }
}

struct Totals {
    text: String,
    tie: bool,
}

/// Whether both sides tie to the cent in every cell, and this side to what its plans say of themselves.
fn totals(migration: &Migration, done: &Reconciled) -> Result<Totals> {
    let currency = migration.settings.currency;
    let sealed = done.cells.sum(|cell| cell.sealed);
    let there = done.cells.sum(|cell| cell.there);
    // What was corrected there counts on both sides as it is now.
    let mut plans = done.gifts.corrected.minor;
    for plan in migration.ledger.plans()? {
        plans += plan.total.iter().map(|(_, minor)| minor).sum::<i128>();
        // A row that went again is in two plans, and counts in the later one.
        let replaced = migration.ledger.item_states(plan.id)?.into_iter().filter(|line| line.replaced);
        plans -=
            replaced.filter_map(|line| line.amount).map(|amount| i128::from(amount.minor())).sum::<i128>();
    }
    let untied = done.cells.untied().count();
    let all = done.cells.0.len();
    let tie = untied == 0 && plans == sealed.minor;
    let mut text = format!(
        "{} of {} cells by year, fund and type account for every cent: sealed {}, there {}",
        words::number((all - untied) as u64),
        words::number(all as u64),
        words::money(sealed.minor, currency),
        words::money(there.minor, currency),
    );
    for (side, what) in [
        (done.cells.sum(|cell| cell.waiting), "waiting"),
        (done.cells.sum(|cell| cell.missing), "missing"),
        (done.cells.sum(|cell| cell.not_checked), "not checked"),
    ] {
        if side.rows > 0 {
            text += &format!(", {what} {}", words::money(side.minor, currency));
        }
    }
    if plans != sealed.minor {
        text += &format!("; THE PLANS THEMSELVES SAY {}", words::money(plans, currency));
    }
    Ok(Totals { text, tie })
}

fn cell_text(place: &Place, cell: &Cell, currency: Currency) -> String {
    let year = place.year.map_or("unknown".to_owned(), |year| year.to_string());
    let tally = |t: Tally| format!("{} {}", words::number(t.rows), words::money(t.minor, currency));
    format!(
        "{year}  {}  {}: sealed {}, there {}, waiting {}, missing {}, not checked {}",
        words::clip(&place.fund, 30),
        words::clip(&place.gift_type, 30),
        tally(cell.sealed),
        tally(cell.there),
        tally(cell.waiting),
        tally(cell.missing),
        tally(cell.not_checked),
    )
}

fn compared_text(found: &Compared, currency: Currency) -> String {
    let mut text = format!("{} of {} agree", words::number(found.agree.0), words::number(found.items));
    if found.agree.1 != 0 {
        text += &format!(", {}", words::money(found.agree.1, currency));
    }
    if found.corrected.rows > 0 {
        let count = words::number(found.corrected.rows);
        text += &format!(" ({count} as corrected here after the sending)");
    }
    let since = found.waiting_since.map(|at| format!(" since {at}")).unwrap_or_default();
    let waiting = format!("waiting at the vendor{since}");
    for (number, minor, what) in [
        (found.waiting.0, found.waiting.1, waiting.as_str()),
        (found.differs.len() as u64, 0, "differ"),
        (found.missing.len() as u64, 0, "missing"),
        (found.unexpected.len() as u64, 0, "unexpected"),
        (found.not_checked.0, found.not_checked.1, "not checked"),
        (found.joined_away(), 0, "made one with another of ours by the vendor's matching"),
    ] {
        if number > 0 {
            let money =
                if minor == 0 { String::new() } else { format!(" {}", words::money(minor, currency)) };
            text += &format!(", {}{money} {what}", words::number(number));
        }
    }
    text
}

fn compared_json(found: &Compared) -> Value {
    let differs = found.differs.iter().map(|one| {
        let fields = one.fields.iter().map(|f| json!({ "field": f.field, "sent": f.sent, "there": f.found }));
        json!({ "key": one.key, "target": one.target, "fields": fields.collect::<Vec<_>>() })
    });
    let amount = |m: Option<heirloom_model::Money>| m.map(|m| m.to_plain());
    let missing = found.missing.iter();
    let missing = missing.map(|one| json!({ "key": one.key, "amount": amount(one.amount), "why": one.why }));
    let unexpected = found
        .unexpected
        .iter()
        .map(|one| json!({ "key": one.key, "target": one.target, "amount": amount(one.amount) }));
    json!({
        "items": found.items,
        "agree": found.agree.0,
        "agree_minor": found.agree.1.to_string(),
        "corrected": found.corrected.rows,
        "waiting": found.waiting.0,
        "waiting_minor": found.waiting.1.to_string(),
        "waiting_since": found.waiting_since.map(|at| at.to_string()),
        "differs": differs.collect::<Vec<_>>(),
        "missing": missing.collect::<Vec<_>>(),
        "unexpected": unexpected.collect::<Vec<_>>(),
        "not_checked": found.not_checked.0,
        "not_checked_minor": found.not_checked.1.to_string(),
        "joined": found.joined_away(),
        "joined_as": found.joined.iter().map(|one| json!({ "target": one.target, "keys": one.keys })).collect::<Vec<_>>(),
    })
}

fn details_json(places: &DetailPlaces) -> Value {
    let named = places.named().into_iter().map(|(name, count)| (name.replace(' ', "_"), count.into()));
    Value::Object(named.chain([("all".to_owned(), places.all().into())]).collect())
}

fn cell_json(place: &Place, cell: &Cell) -> Value {
    let tally = |t: Tally| json!({ "designations": t.rows, "minor": t.minor.to_string() });
    json!({
        "year": place.year,
        "fund": place.fund,
        "type": place.gift_type,
        "sealed": tally(cell.sealed),
        "there": tally(cell.there),
        "waiting": tally(cell.waiting),
        "missing": tally(cell.missing),
        "not_checked": tally(cell.not_checked),
        "unexpected": tally(cell.unexpected),
        "ties": cell.ties(),
    })
}
