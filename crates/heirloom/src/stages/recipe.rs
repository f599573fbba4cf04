//! What plans are made from besides their rows, and what of it changed since one was sealed.

use std::collections::BTreeMap;

use heirloom_ledger::PlanFacts;
use heirloom_model::{Digest, Hasher};

use crate::failure::Result;
use crate::migration::Migration;

/// The stage under whose recipes the parts are kept.
const STAGE: &str = "plan";

/// What a plan is made from, part by part, each with its digest: when one differs, the plan is stale.
///
/// # Errors
/// Storage.
fn recipe_parts(migration: &Migration) -> Result<Vec<(String, Digest)>> {
    let ledger = &migration.ledger;
    let mut parts = vec![("the settings".to_owned(), Digest::of(migration.settings.text.as_bytes()))];
    for mapping in &migration.mappings {
        let name = mapping.name();
        let newest = ledger.newest_recipe(&format!("map {name}"))?.map(|(_, digest, _)| digest);
        parts.push((format!("the mapping {name}"), mapping.digest()));
        parts.push((format!("the files of the mapping {name}"), newest.unwrap_or(Digest([0; 32]))));
    }
    let linked = ledger.linked()?.unwrap_or(0);
    parts.push(("who is the same donor".to_owned(), Digest::of(&linked.to_le_bytes())));
    let mut ruled = Hasher::new();
    for one in ledger.match_rulings()? {
        ruled.field(format!("{} {} {}", one.row.0, one.target, one.ruling.as_str()).as_bytes());
    }
    parts.push(("a decision about who is a contact there already".to_owned(), ruled.finish()));
    Ok(parts)
}

/// The parts as one text, by whose digest a plan knows them.
fn text(parts: &[(String, Digest)]) -> String {
    let lines: Vec<String> = parts.iter().map(|(name, digest)| format!("{digest} {name}")).collect();
    lines.join("\n")
}

/// The digest of what a plan would be made from now.
///
/// # Errors
/// Storage.
pub(super) fn plan_recipe(migration: &Migration) -> Result<Digest> {
    Ok(Digest::of(text(&recipe_parts(migration)?).as_bytes()))
}

/// The same, kept with its parts, so that it can be said later which of them changed.
///
/// # Errors
/// Storage.
pub(super) fn keep_recipe(migration: &Migration) -> Result<Digest> {
    let text = text(&recipe_parts(migration)?);
    let digest = Digest::of(text.as_bytes());
    migration.ledger.recipe(STAGE, digest, &text)?;
    Ok(digest)
}

/// Which parts are not as they were when a plan was sealed, in words; none if it is not stale.
///
/// # Errors
/// Storage.
pub fn changed_since(migration: &Migration, plan: &PlanFacts) -> Result<Vec<String>> {
    let now = recipe_parts(migration)?;
    if plan.recipe == Digest::of(text(&now).as_bytes()) {
        return Ok(Vec::new());
    }
    let kept = migration.ledger.recipe_text(STAGE, plan.recipe)?.unwrap_or_default();
    let before: BTreeMap<&str, &str> =
        kept.lines().filter_map(|line| line.split_once(' ')).map(|(digest, name)| (name, digest)).collect();
    let differs =
        now.iter().filter(|(name, digest)| before.get(name.as_str()) != Some(&&*digest.to_string()));
    let mut names: Vec<String> = differs.map(|(name, _)| name.clone()).collect();
    let here = |name: &str| now.iter().any(|(one, _)| one == name);
    names.extend(before.keys().filter(|name| !here(name)).map(|name| (*name).to_owned()));
    Ok(names)
}
