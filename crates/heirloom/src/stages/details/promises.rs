//! Promises as details of their contacts: each pledge and schedule of the files, once.

use std::collections::BTreeMap;

use heirloom_ledger::{Ledger, Promised};
use heirloom_model::{PromiseKind, RowId, escape_id};
use heirloom_virtuous::{DetailKind, PromiseInput, PromiseSeen, promise_key, seal_promise};

use super::fate::{Fate, Going, judge, used_twice};
use super::promises_there::PromisesThere;
use super::{One, SealedBefore, Stand, World, what_is};
use crate::failure::Result;
use crate::migration::Migration;
use crate::stages::addressees::Addressees;
use crate::stages::there::{PROJECT_IDS, follow};

/// Visits every promise; two rows with one id are one promise, and the other row is for a person.
pub(in crate::stages) fn each_promise(
    migration: &Migration,
    at: &Addressees<'_>,
    world: &World<'_>,
    before: &SealedBefore,
    visit: &mut impl FnMut(One) -> Result<()>,
) -> Result<()> {
    let ledger = &migration.ledger;
    let all = ledger.promises()?;
    if all.is_empty() {
        return Ok(());
    }
    let payments = ledger.payments()?;
    let twice = used_twice(&all);
    let mut seals = Seals {
        migration,
        projects: project_ids(ledger)?,
        there: PromisesThere::of(ledger, &world.merged, migration.settings.currency)?,
    };
    for promised in &all {
        let promise = &promised.promise;
        let id = escape_id(&promise.id);
        let key = promise_key(promise.kind, &id);
        let is_twice = twice.contains(&(promise.kind, id.to_lowercase()));
        let stand = match before.promises.get(&key) {
            Some(row) if is_twice && *row != promised.row && is_among(&all, *row) => Stand::ByHand(TWICE),
            Some(_) => Stand::Sealed,
            None if is_twice => Stand::ByHand(TWICE),
            None => match judge(promised, &payments, migration.settings.exported_on) {
                Fate::Over(why) => Stand::Over(why),
                Fate::ByHand(why) => Stand::ByHand(why),
                Fate::Goes(going) => match at.contact_of_donor(promise.donor.as_deref()) {
                    None => Stand::Waits,
                    Some(contact) => seals.stand_of(promise.kind, &id, follow(&world.merged, contact), going),
                },
            },
        };
        let what = what_is(DetailKind::of_promise(promise.kind));
        visit(One { what, row: promised.row, key, stand })?;
    }
    Ok(())
}

const TWICE: &str = "whose id another row has too";
const UNREAD: &str = "that may be in Virtuous already: this token may not read them there";

fn is_among(all: &[Promised], row: RowId) -> bool {
    all.binary_search_by_key(&row, |p| p.row).is_ok()
}

struct Seals<'m> {
    migration: &'m Migration,
    projects: BTreeMap<String, i64>,
    there: PromisesThere,
}

impl Seals<'_> {
    fn stand_of(&mut self, kind: PromiseKind, id: &str, contact: i64, going: Going) -> Stand {
        let Some(project) = self.projects.get(&going.project.to_lowercase()) else {
            return Stand::Lacks(going.project);
        };
        if !self.there.is_read(kind) {
            return Stand::ByHand(UNREAD);
        }
        let settings = &self.migration.settings;
        if kind == PromiseKind::Recurring && going.amount.currency() != settings.currency {
            return Stand::ByHand("in another currency, which Virtuous cannot say of them");
        }
        let input = PromiseInput {
            kind,
            id,
            source: settings.source.as_str(),
            contact,
            project: (*project, &going.project),
            amount: going.amount,
            home: settings.currency,
            starts: going.starts,
            next: going.next,
            ends: going.ends,
            frequency: going.frequency,
            installments: going.installments,
        };
        let Ok(sealed) = seal_promise(&input) else {
            return Stand::ByHand("that no call takes as they are written");
        };
        let seen = PromiseSeen::open(&sealed.key, &sealed.body, settings.currency);
        match seen.is_some_and(|seen| self.there.claim(kind, &seen)) {
            true => Stand::There,
            false => Stand::Due(Box::new(sealed)),
        }
    }
}

fn project_ids(ledger: &Ledger) -> Result<BTreeMap<String, i64>> {
    let facts = ledger.target_facts()?;
    let text = facts.iter().find(|(name, _, _)| name == PROJECT_IDS).map(|(_, text, _)| text.as_str());
    let lines = text.unwrap_or_default().lines().filter_map(|line| line.split_once(' '));
    Ok(lines.filter_map(|(id, code)| Some((code.trim().to_lowercase(), id.parse().ok()?))).collect())
}
