//! Which items a person means who rules: all that is in doubt, a plan, an import, or one by its id.

use std::collections::BTreeSet;

use heirloom_ledger::{ItemLine, PlanFacts};
use heirloom_model::{ItemKind, ItemState, Ruling, escape_id};

use crate::batches::Nights;
use crate::failure::{Failure, Result};
use crate::migration::Migration;
use crate::stages::reconcile::missing;

/// An item by its id: a donor and a gift may have the same one.
pub(super) struct ById<'w> {
    id: &'w str,
    kind: Option<ItemKind>,
    keys: [String; 2],
}

impl<'w> ById<'w> {
    pub(super) fn of(what: &'w str) -> Self {
        let kinds = [("gift:", ItemKind::Gift), ("donor:", ItemKind::Contact), ("detail:", ItemKind::Detail)];
        let named = kinds.iter().find_map(|(prefix, kind)| Some((what.strip_prefix(prefix)?, *kind)));
        let (id, kind) = named.map_or((what, None), |(id, kind)| (id, Some(kind)));
        ById { id, kind, keys: [id.to_owned(), escape_id(id)] }
    }

    fn means(&self, plan: &PlanFacts, line: &ItemLine) -> bool {
        self.names(plan.kind, &line.key)
    }

    pub(super) fn names(&self, kind: ItemKind, key: &str) -> bool {
        self.kind.is_none_or(|meant| meant == kind) && self.keys.iter().any(|own| own == key)
    }

    /// Refuses an id that is a donor's and a gift's: what is said of one is not true of the other.
    pub(super) fn one_kind(&self, kinds: &BTreeSet<&'static str>) -> Result<()> {
        if kinds.len() < 2 {
            return Ok(());
        }
        let id = self.id;
        Err(Failure::usage(
            format!("\"{id}\" names more than one: {}", Vec::from_iter(kinds.iter().copied()).join(" and ")),
            format!("say which: gift:{id}, donor:{id} or detail:{id}"),
        ))
    }
}

/// The items meant: `all` doubtful ones, those of `plan:NAME` or of the import `batch:NAME` (or of
/// all gifts of a batch label), or one by its id. Only `discarded` and `run` may be said of what
/// waits. That something waits because somebody said that it was sent can be taken back with
/// `not-sent`, by its id alone: whoever says it of a whole import means the rest.
pub(super) fn choose(migration: &Migration, what: &str, ruling: Ruling) -> Result<Vec<ItemLine>> {
    let plan_name = what.strip_prefix("plan:");
    let batch = what.strip_prefix("batch:");
    let by_id = ById::of(what);
    let nights = Nights::of(migration)?;
    let label = batch == Some(migration.settings.batch.as_str());
    let missing = missing(&migration.ledger)?;
    let said = migration.ledger.rulings()?;
    let said_sent = |line: &ItemLine| {
        let last = said.iter().rev().find(|r| r.key == line.key && r.body_digest == line.digest);
        last.is_some_and(|r| r.ruling == Ruling::Sent)
    };
    let (mut chosen, mut kinds) = (Vec::new(), BTreeSet::new());
    for plan in migration.ledger.plans()? {
        for line in migration.ledger.item_states(plan.id)? {
            let is_it = by_id.means(&plan, &line);
            // "All" never means what merely waits: an import is named by itself, its plan or an item.
            let also_waiting = what != "all"
                && match ruling {
                    Ruling::Discarded | Ruling::Run => true,
                    Ruling::NotSent => is_it && said_sent(&line),
                    Ruling::Sent => false,
                };
            let gone = is_it && ruling == Ruling::Discarded && missing.contains_key(&line.item);
            let open = line.state.is_in_doubt() || gone || (also_waiting && line.state == ItemState::Waiting);
            let of_batch =
                || batch.is_some_and(|name| nights.import_of(&plan, &line).as_deref() == Some(name));
            let of_label = label && plan.kind == ItemKind::Gift;
            let of_all = what == "all" || plan_name == Some(plan.name.as_str());
            if open && (of_all || is_it || of_label || of_batch()) {
                kinds.extend(is_it.then_some(plan.kind.as_str()));
                chosen.push(line);
            }
        }
    }
    by_id.one_kind(&kinds)?;
    chosen.sort_by_key(|line| line.item);
    Ok(chosen)
}

/// What was refused or discarded, and may go again if a person says so: by its id or of a plan.
pub(super) fn given_up_by(migration: &Migration, what: &str) -> Result<Vec<ItemLine>> {
    let by_id = ById::of(what);
    let over = |line: &ItemLine| {
        matches!(line.state, ItemState::Refused | ItemState::Discarded) && !line.free && !line.replaced
    };
    let (mut chosen, mut kinds) = (Vec::new(), BTreeSet::new());
    for plan in migration.ledger.plans()? {
        for line in migration.ledger.item_states(plan.id)?.into_iter().filter(over) {
            let is_it = by_id.means(&plan, &line);
            if is_it || what == format!("plan:{}", plan.name) {
                kinds.extend(is_it.then_some(plan.kind.as_str()));
                chosen.push(line);
            }
        }
    }
    by_id.one_kind(&kinds)?;
    Ok(chosen)
}

/// Whoever rules says who they are.
pub(super) fn signed(initials: &str) -> Result<()> {
    match initials.trim() {
        "" => Err(Failure::usage("a ruling needs the initials of whoever makes it", "give --initials")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_a_donor_and_a_gift_have_must_be_said_with_its_kind() {
        let plain = ById::of("1001");
        assert_eq!((plain.id, plain.kind), ("1001", None));
        assert!(plain.one_kind(&["gift"].into()).is_ok());
        let both = plain.one_kind(&["contact", "gift"].into()).unwrap_err().to_string();
        assert!(both.contains("\"1001\" names more than one: contact and gift"), "{both}");
        for (words, kind) in [
            ("gift:1001", ItemKind::Gift),
            ("donor:1001", ItemKind::Contact),
            ("detail:1001", ItemKind::Detail),
        ] {
            let named = ById::of(words);
            assert_eq!((named.id, named.kind), ("1001", Some(kind)));
        }
    }
}
