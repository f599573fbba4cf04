//! What was corrected here after it was sent: the list for whoever changes it in Virtuous, and their word.

use std::collections::BTreeSet;

use heirloom_ledger::{ItemLine, Ledger, Stage};
use heirloom_model::{ItemKind, RowId, Tally};
use heirloom_report::words;
use serde_json::{Value, json};

use super::meant::{ById, signed};
use super::{Said, Setting};
use crate::failure::{Exit, Failure, Result};
use crate::line::wall_clock;
use crate::migration::Migration;
use crate::reporting;
use crate::stages::reread::{Corrected, corrected};

/// Lists what is still to be changed or reversed there.
pub(super) fn list_corrected(setting: &Setting, migration: &Migration) -> Result<Vec<Value>> {
    let all = corrected(&migration.ledger)?;
    for one in &all {
        let at = one.target.map_or_else(|| "not seen there yet".to_owned(), |id| format!("there as {id}"));
        let who = format!("{} {}", name_of(one.kind), words::clip(&one.key, 40));
        setting.out.stage(one.what_to_do(), &format!("{who}, {at}: {}", changes_text(one)));
    }
    if !all.is_empty() {
        let mut sum = Tally::default();
        all.iter().for_each(|one| sum.add(one.line.amount));
        setting.out.line(&format!(
            "{}, {}, read otherwise now than they were sent; nothing sends them again. Change them in Virtuous, reverse \
             what should not be there, look at what cannot be read now; reconcile sees it, or say it with --as corrected.",
            words::count(sum.rows, "item"),
            words::money(sum.minor, migration.settings.currency)
        ));
    }
    Ok(all.iter().map(document).collect())
}

fn document(one: &Corrected) -> Value {
    let fields = one.reread.fields.iter();
    let fields = fields.map(|field| json!({ "field": field.field, "sent": field.sent, "now": field.now }));
    json!({
        "key": one.key, "kind": name_of(one.kind), "target": one.target, "do": one.what_to_do(),
        "fields": fields.collect::<Vec<_>>(), "alike": one.alike,
    })
}

fn name_of(kind: ItemKind) -> &'static str {
    if kind == ItemKind::Gift { "gift" } else { "donor" }
}

/// What reads otherwise now, in words.
pub(super) fn changes_text(one: &Corrected) -> String {
    let nothing = |text: &str| if text.is_empty() { "nothing".to_owned() } else { words::clip(text, 60) };
    let fields = one.reread.fields.iter();
    let texts = fields.map(|f| format!("{}: sent {}, now {}", f.field, nothing(&f.sent), nothing(&f.now)));
    let alike =
        one.alike.iter().map(|key| format!("{} is alike, and waits for a word", words::clip(key, 40)));
    texts.chain(alike).collect::<Vec<_>>().join("; ")
}

/// Records that a person changed there what was corrected here.
pub(super) fn say_corrected(
    setting: &Setting,
    migration: &Migration,
    what: &str,
    initials: &str,
    note: &str,
) -> Result<Said> {
    let by_id = ById::of(what);
    let (mut chosen, mut kinds) = (Vec::new(), BTreeSet::new());
    for one in corrected(&migration.ledger)? {
        let is_it = by_id.names(one.kind, &one.key);
        if what == "all" || is_it {
            kinds.extend(is_it.then_some(one.kind.as_str()));
            chosen.push(one);
        }
    }
    by_id.one_kind(&kinds)?;
    if chosen.is_empty() {
        return Err(Failure::usage(
            format!("\"{what}\" names nothing that was corrected after it was sent"),
            "run  heirloom unresolved  to see what was",
        ));
    }
    signed(initials)?;
    let rows: Vec<_> = chosen.iter().map(|one| one.reread.row).collect();
    migration.ledger.say_corrected(&rows, initials, note, wall_clock())?;
    let count = words::count(chosen.len() as u64, "item");
    setting.out.line(&format!("{count}: changed in Virtuous (said {initials})."));
    let next = reporting::build(migration, reporting::Occasion::default())?.next;
    setting.next(&next);
    let keys: Vec<&str> = chosen.iter().map(|one| one.key.as_str()).collect();
    Said::new(json!({ "ruled": keys, "as": "corrected", "next": next }), Exit::Done)
}

/// Whether some of them were corrected since they were sent.
pub(super) fn reads_otherwise(ledger: &Ledger, chosen: &[ItemLine]) -> Result<bool> {
    let rereads: BTreeSet<RowId> = ledger.rereads()?.into_iter().map(|one| one.row).collect();
    if rereads.is_empty() {
        return Ok(false);
    }
    // What is sent of a donor stands on the row by which his contact is known.
    let members = ledger.clusters()?.into_iter().filter(|one| rereads.contains(&one.row));
    let rows: BTreeSet<RowId> = members.map(|one| one.contact).chain(rereads.iter().copied()).collect();
    Ok(chosen.iter().any(|line| rows.contains(&line.row)))
}

/// What was corrected since it was sent goes as it reads now, not as it was sent.
pub(super) fn map_again(setting: &Setting, migration: &Migration) -> Result<()> {
    migration.ledger.redo(Stage::Map)?;
    setting.out.line("They go as they read now: the next check or plan maps them again.");
    Ok(())
}
