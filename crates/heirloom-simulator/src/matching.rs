//! How a row finds its contact: candidates from all signals, scored, and what is certain enough.

use crate::draft::ContactDraft;
use crate::facts::ContactRecord;
use crate::habits::Matching;
use crate::likeness::{digits, fold, name_key, nearly, place, same_value, street_key};
use crate::people::People;

/// What an index is kept by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Reference,
    Email,
    Phone,
    /// Name, street and postal code.
    Place,
    /// Street and postal code, abbreviations written out.
    Street,
    Name,
}

/// From so many points on a candidate is certain.
const CERTAIN: u32 = 50;
/// From so many points on a candidate is shown to a person.
const SHOWN: u32 = 20;

/// What was found for a row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The contacts that are certain, best first.
    pub certain: Vec<i64>,
    /// Whether others may be meant.
    pub doubtful: bool,
}

impl People {
    /// The contacts made before `before` that a draft may be about.
    pub(crate) fn find(&self, how: Matching, draft: &ContactDraft, source: &str, before: i64) -> Found {
        match how {
            Matching::FirstSignal => {
                let signals = self.signals(draft, source, before);
                let first = signals.into_iter().take(5).find(|ids| !ids.is_empty());
                Found { certain: first.unwrap_or_default(), doubtful: false }
            }
            Matching::Scored => self.scored(draft, source, before),
        }
    }

    /// What each signal gives: id, reference, e-mail, phone, name with place; then street, name.
    fn signals(&self, draft: &ContactDraft, source: &str, before: i64) -> [Vec<i64>; 7] {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_lowercase());
        let known = draft.id.filter(|id| *id < before && self.get(*id).is_some());
        let name = full_name(draft);
        let seen = |signal, key| self.seen(signal, key, before);
        [
            known.map(|id| self.survivor(id)).into_iter().collect(),
            seen(Signal::Reference, given(&draft.reference).map(|id| fold(source, &id))),
            seen(Signal::Email, given(&draft.email)),
            seen(Signal::Phone, digits(&draft.phone)),
            seen(Signal::Place, place(&name, &draft.address1, &draft.postal)),
            seen(Signal::Street, street_key(&draft.address1, &draft.postal)),
            seen(Signal::Name, name_key(&name)),
        ]
    }

    /// Scores every candidate. An id or a reference decides alone.
    fn scored(&self, draft: &ContactDraft, source: &str, before: i64) -> Found {
        let signals = self.signals(draft, source, before);
        for sure in &signals[..2] {
            if !sure.is_empty() {
                return Found { certain: sure.clone(), doubtful: false };
            }
        }
        let mut all: Vec<i64> = signals.into_iter().flatten().collect();
        all.sort_unstable();
        all.dedup();
        let mut points: Vec<(u32, i64)> = all
            .into_iter()
            .filter_map(|id| self.get(id).map(|contact| (score(contact, draft), id)))
            .filter(|(points, _)| *points >= SHOWN)
            .collect();
        points.sort_by_key(|(points, id)| (std::cmp::Reverse(*points), *id));
        let best = points.first().map_or(0, |(points, _)| *points);
        let certain: Vec<i64> = points
            .iter()
            .filter(|(points, _)| *points >= CERTAIN && *points == best)
            .map(|(_, id)| *id)
            .collect();
        Found { doubtful: certain.is_empty() && !points.is_empty(), certain }
    }
}

/// The name a draft goes by.
fn full_name(draft: &ContactDraft) -> String {
    if draft.last.is_empty() { draft.name.clone() } else { format!("{} {}", draft.first, draft.last) }
}

/// The points of a contact: e-mail 50, phone 50, name 25 (misspelt 20), street and postal code 30.
/// So an e-mail or a phone is certain alone, a name with its street is, and a name or a street alone is not.
fn score(contact: &ContactRecord, draft: &ContactDraft) -> u32 {
    let has = |value: &str| {
        let mut methods = contact.individuals.iter().flat_map(|one| &one.methods);
        !value.is_empty() && methods.any(|method| same_value(&method.value, value))
    };
    let name = full_name(draft);
    let wanted = name_key(&name);
    let people = contact.individuals.iter().map(|one| format!("{} {}", one.first, one.last));
    let names: Vec<String> =
        people.chain([contact.name.clone()]).filter_map(|name| name_key(&name)).collect();
    let exact = wanted.as_ref().is_some_and(|wanted| names.contains(wanted));
    let misspelt = wanted.as_ref().is_some_and(|wanted| names.iter().any(|name| nearly(name, wanted)));
    let street = street_key(&draft.address1, &draft.postal);
    let streets = contact.addresses.iter().filter_map(|one| street_key(&one.address1, &one.postal));
    let housed = street.is_some_and(|street| streets.into_iter().any(|other| other == street));
    let named = match (exact, misspelt) {
        (true, _) => 25,
        (false, true) => 20,
        _ => 0,
    };
    50 * u32::from(has(&draft.email)) + 50 * u32::from(has(&draft.phone)) + named + 30 * u32::from(housed)
}
