//! `heirloom dedupe explain A B`: why two donors are, or are not, one; and what their contact keeps.

use heirloom_ledger::Cluster;
use heirloom_linkage::{Explained, File, Record};
use heirloom_model::{Donor, RowId};
use heirloom_report::words;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::dedupe_questions::{crm_id, donor};
use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::migration::Migration;
use crate::stages::groups::{ContactGroup, Kept, contact_groups};
use crate::stages::link::{all_donors, record_of};
use crate::stages::link_model;
use crate::stages::links::Links;

/// Explains a pair.
pub fn explain(setting: &Setting, a: &str, b: &str) -> Result<Said> {
    let migration = setting.look()?;
    let one = donor(&migration, a)?;
    if let Some(target) = crm_id(b)? {
        return explain_match(setting, &migration, &one, target);
    }
    let other = donor(&migration, b)?;
    let Some((model, learned_of)) = link_model::stored(&migration.ledger)? else {
        return Err(Failure::usage("the donors are not linked yet", "run  heirloom check  first"));
    };
    let donors = all_donors(&migration)?;
    let records: Vec<Record> = donors.par_iter().map(record_of).collect();
    let file = File::read(&records);
    for found in [&one, &other] {
        let name = words::safe(&found.display_name());
        setting.out.line(&format!("{}  {name}  {}", found.legacy_id, migration.name_row(found.row)));
    }
    let Some(explained) = file.explain_by(&model, one.row.0, other.row.0) else {
        let what = if one.row == other.row {
            "This is one record."
        } else {
            "A person and an organization are never taken for one."
        };
        setting.out.line(what);
        setting.next("heirloom dedupe");
        return Said::new(json!({ "a": a, "b": b, "never": what }), Exit::Done);
    };
    show_score(setting, &explained, learned_of);
    let mut document = score_document(&explained);
    document["a"] = json!(a);
    document["b"] = json!(b);
    document["standing"] = show_standing(setting, &migration, &file, &one, &other)?;
    document["contact"] = show_contacts(setting, &migration, &donors, &one, &other)?;
    setting.next(&format!("heirloom dedupe decide {a} {b} --same --initials XX    # or --different"));
    Said::new(document, Exit::Done)
}

fn show_score(setting: &Setting, explained: &Explained, learned_of: u64) {
    let mut sum = 0.0;
    for level in explained.levels.iter().filter(|l| l.level != "missing") {
        sum += level.bits;
        let text =
            format!("{:<27} {:<36} {:>+8.2} bits  {:>+8.2}", level.field, level.level, level.bits, sum);
        setting.out.line(&format!("  {text}"));
    }
    let missing: Vec<&str> =
        explained.levels.iter().filter(|l| l.level == "missing").map(|l| l.field).collect();
    if !missing.is_empty() {
        setting.out.line(&format!(
            "  {:<27} {:<36} {:>+8.2} bits",
            "missing, says nothing",
            missing.join(", "),
            0.0
        ));
    }
    let percent = explained.probability() * 100.0;
    setting.out.line(&format!(
        "  {:+.2} bits: {percent:.2} % that they are one (1 bit doubles the odds)",
        explained.bits
    ));
    let met = if explained.rules.is_empty() {
        "no rule: they were not compared".into()
    } else {
        explained.rules.join(", ")
    };
    setting.out.stage("met by", &met);
    setting.out.stage(
        "weights",
        &format!("learned from {}, kept until  heirloom redo link", words::count(learned_of, "record")),
    );
}

fn score_document(explained: &Explained) -> Value {
    let level = |l: &heirloom_linkage::Level| json!({ "field": l.field, "level": l.level, "bits": l.bits });
    json!({
        "levels": explained.levels.iter().map(level).collect::<Vec<_>>(),
        "bits": explained.bits,
        "probability": explained.probability(),
        "met_by": explained.rules,
    })
}

/// Whether they are one, two of a household, or two; by which links, or why not; and what was said.
fn show_standing(
    setting: &Setting,
    migration: &Migration,
    file: &File,
    one: &Donor,
    other: &Donor,
) -> Result<Value> {
    let ledger = &migration.ledger;
    let clusters: Option<(Cluster, Cluster)> =
        ledger.cluster_of_row(one.row)?.zip(ledger.cluster_of_row(other.row)?);
    let (text, same) = match clusters {
        None => ("not linked yet", false),
        Some((x, y)) if x.person == y.person => ("one donor", true),
        Some((x, y)) if x.contact == y.contact => ("two people of one contact", false),
        Some(_) => ("two contacts", false),
    };
    setting.out.stage("are", text);
    let links = Links::read(ledger)?;
    let mut path = Vec::new();
    if same {
        let model = link_model::stored(ledger)?.map(|(model, _)| model);
        for (from, to) in links.path(one.row, other.row) {
            let ids = (legacy_id(migration, from)?, legacy_id(migration, to)?);
            let probability =
                model.as_ref().and_then(|m| file.explain_by(m, from.0, to.0)).map(|e| e.probability());
            let percent = probability.map_or(String::new(), |p| format!(", {:.2} %", p * 100.0));
            setting.out.stage("joined by", &format!("{} and {}{percent}", ids.0, ids.1));
            path.push(json!({ "a": ids.0, "b": ids.1, "probability": probability }));
        }
    }
    let apart = links.kept_apart(one.row, other.row);
    if let Some(why) = apart {
        setting.out.stage("kept apart", why);
    }
    let rows = (one.row.min(other.row), one.row.max(other.row));
    let ruled = ledger.pair_rulings()?.into_iter().find(|r| (r.a, r.b) == rows);
    if let Some(ruled) = &ruled {
        let note =
            if ruled.note.is_empty() { String::new() } else { format!(": {}", words::safe(&ruled.note)) };
        setting.out.stage(
            "ruled",
            &format!("{}, said {} on {}{note}", ruled.ruling.as_str(), ruled.initials, ruled.at),
        );
    }
    Ok(json!({
        "are": text,
        "joined_by": path,
        "kept_apart": apart,
        "ruled": ruled.map(|r| json!({ "ruling": r.ruling.as_str(), "initials": r.initials, "note": r.note })),
    }))
}

fn legacy_id(migration: &Migration, row: RowId) -> Result<String> {
    Ok(migration.ledger.donor_by_row(row)?.map(|d| d.legacy_id).unwrap_or_default())
}

/// What the contact of each of the two carries; once if they share one.
fn show_contacts(
    setting: &Setting,
    migration: &Migration,
    donors: &[Donor],
    one: &Donor,
    other: &Donor,
) -> Result<Value> {
    let groups = contact_groups(donors, &migration.ledger.clusters()?);
    let mut shown = Vec::new();
    for group in groups.iter().filter(|g| g.members.iter().any(|d| d.row == one.row || d.row == other.row)) {
        shown.push(show_group(setting, migration, group));
    }
    Ok(json!(shown))
}

fn show_group(setting: &Setting, migration: &Migration, group: &ContactGroup<'_>) -> Value {
    let survivor = group.survivor();
    setting.out.line(&format!(
        "The contact {} carries, of {}:",
        group.key(),
        words::count(group.members.len() as u64, "record")
    ));
    let mut lines: Vec<Value> = Vec::new();
    let mut tell = |what: &str, value: &str, from: &Donor, rule: &str| {
        let place = migration.name_row(from.row);
        setting.out.line(&format!(
            "  {what:<10} {:<40} {}  {place}  ({rule})",
            words::clip(&words::safe(value), 40),
            from.legacy_id
        ));
        lines.push(
            json!({ "what": what, "value": value, "record": from.legacy_id, "at": place, "rule": rule }),
        );
    };
    tell("name", &survivor.display_name(), survivor, "the record with the most filled fields");
    let sent = |at: usize| match at {
        0 => "sent: the survivor's first, else the first record's that has one",
        _ => "kept: due in a later plan",
    };
    for (at, kept) in group.addresses().iter().enumerate() {
        let Kept { value: a, from } = kept;
        let parts = [&a.line1, &a.line2, &a.city, &a.state, &a.postal];
        let text: Vec<&str> = parts.into_iter().map(String::as_str).filter(|t| !t.is_empty()).collect();
        tell("address", &text.join(", "), from, sent(at));
    }
    for (at, kept) in group.emails().iter().enumerate() {
        tell("e-mail", &kept.value.address, kept.from, sent(at));
    }
    for (at, kept) in group.phones().iter().enumerate() {
        tell("phone", &kept.value.number, kept.from, sent(at));
    }
    for (at, kept) in group.references().iter().enumerate() {
        tell("id", kept.value, kept.from, if at == 0 { "sent as its reference" } else { sent(at) });
    }
    for flag in group.flags() {
        let from = group.members.iter().find(|d| d.flags.contains(&flag)).unwrap_or(&survivor);
        tell("flag", flag.as_str(), from, "sent: of any record");
    }
    json!({ "contact": group.key(), "records": group.members.len(), "carries": lines })
}

/// What is known of a donor and a contact of the target.
fn explain_match(setting: &Setting, migration: &Migration, one: &Donor, target: i64) -> Result<Said> {
    let ledger = &migration.ledger;
    let contact = ledger.cluster_of_row(one.row)?.map(|c| c.contact);
    setting.out.line(&format!(
        "{}  {}  and contact {target} at Virtuous",
        one.legacy_id,
        words::safe(&one.display_name())
    ));
    let matched = ledger.matches()?.into_iter().find(|m| Some(m.contact) == contact && m.target == target);
    let doubt = ledger.doubts()?.into_iter().find(|d| Some(d.contact) == contact && d.target == target);
    let ruled = ledger.match_rulings()?.into_iter().find(|r| r.row == one.row && r.target == target);
    if let Some(matched) = &matched {
        setting.out.stage("are one", &format!("by {}", matched.how));
    }
    if let Some(doubt) = &doubt {
        let percent = f64::from(doubt.probability_ppm) / 10_000.0;
        setting
            .out
            .stage("open", &format!("{percent:.1} %, {}: the contact is held until you decide", doubt.why));
        setting.out.stage("because", &doubt.reasons);
    }
    if let Some(ruled) = &ruled {
        setting.out.stage(
            "ruled",
            &match ruled.initials.is_empty() {
                true => format!("{}: {}", ruled.ruling.as_str(), ruled.note),
                false => format!("{}, said {} on {}", ruled.ruling.as_str(), ruled.initials, ruled.at),
            },
        );
    }
    if matched.is_none() && doubt.is_none() && ruled.is_none() {
        setting.out.line("They are not alike enough to ask about.");
    }
    let id = &one.legacy_id;
    setting
        .next(&format!("heirloom dedupe decide {id} crm:{target} --same --initials XX    # or --different"));
    let document = json!({
        "a": id,
        "b": format!("crm:{target}"),
        "matched": matched.map(|m| m.how),
        "open": doubt.map(|d| json!({ "probability": f64::from(d.probability_ppm) / 1e6, "why": d.why, "reasons": d.reasons })),
        "ruled": ruled.map(|r| r.ruling.as_str()),
    });
    Said::new(document, Exit::Done)
}
