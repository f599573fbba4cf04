//! Soft credits: whom a gift's passthroughs name, found as a gift's own contact is.

use crate::body::{Fields, decimal, exponent, scalar};
use crate::draft::{Complaints, ContactDraft, GiftDraft};
use crate::facts::{EffectKind, GiftRecord};
use crate::render::units;
use crate::world::World;
use serde_json::{Map, Value, json};

/// Most `giftPassthroughs` of one gift.
const CREDITS_MAX: usize = 100;

/// What is wrong with `giftPassthroughs` at once: too many of them, or one contact twice.
pub(crate) fn check(fields: Fields, wrong: &mut Complaints) {
    let sent = fields.list("giftPassthroughs");
    if sent.len() > CREDITS_MAX {
        wrong.add("giftPassthroughs", "TOO_MANY", "No more than 100 passthroughs are allowed.".into());
    }
    let mut ids: Vec<i64> =
        sent.iter().filter_map(Fields::of).filter_map(|one| one.int("contactId")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    if ids.len() < all {
        wrong.add("giftPassthroughs", "DUPLICATE_CONTACT", "A contact can be credited only once.".into());
    }
}

/// Whom a gift credits, by what whole gifts show of it.
pub(crate) fn credited(gift: &GiftRecord) -> Vec<i64> {
    let one = gift.extras.get("contactPassthroughId").and_then(|id| scalar(id).parse().ok());
    let several =
        gift.extras.get("giftPassthroughs").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let several = several.iter().filter_map(Fields::of).filter_map(|one| one.int("contactId"));
    one.into_iter().chain(several).collect()
}

impl World {
    /// What whole gifts show of a draft's soft credits; `giftPassthroughs` win over a single passthrough.
    pub(crate) fn credits_of(&mut self, at: usize, gift: &mut GiftDraft) -> Map<String, Value> {
        let one = gift.extras.shift_remove("passthroughContact");
        let id = gift.extras.shift_remove("passthroughContactId");
        let several = gift.extras.shift_remove("giftPassthroughs");
        let mut shown = Map::new();
        let several = several.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if several.is_empty() {
            let draft = one.as_ref().and_then(Fields::of).map(ContactDraft::carried);
            let draft = draft.or_else(|| by_id(scalar(id.as_ref()?).parse().ok()));
            if let Some(found) = draft.and_then(|draft| self.credited_contact(at, &draft)) {
                shown.insert("contactPassthroughId".into(), json!(found));
            }
            return shown;
        }
        let mut credits: Vec<Value> = Vec::new();
        for one in several.iter().filter_map(Fields::of) {
            let draft = match one.object("passthroughContact") {
                Some(contact) if one.int("contactId").is_none() => Some(ContactDraft::carried(contact)),
                _ => by_id(one.int("contactId")),
            };
            let Some(found) = draft.and_then(|draft| self.credited_contact(at, &draft)) else { continue };
            let amount = decimal(&one.text("amount"), exponent(&gift.currency));
            let amount = amount.map(|minor| units(minor, &gift.currency));
            credits.push(json!({"contactId": found, "amount": amount}));
        }
        shown.insert("giftPassthroughs".into(), Value::Array(credits));
        shown
    }

    /// The contact that a credit names: known by its id, matched, or (where that is done) made.
    fn credited_contact(&mut self, at: usize, draft: &ContactDraft) -> Option<i64> {
        if draft.is_bare() && draft.id.is_none_or(|id| self.people.get(id).is_none()) {
            return None;
        }
        let source = self.rows.all[at].source.clone();
        let found = self.people.find(self.rules.matching, draft, &source, i64::MAX).certain.first().copied();
        if found.is_some() || !self.rules.passthrough_contacts_made {
            return found.map(|id| self.people.survivor(id));
        }
        let id = self.people.make(draft, self.now_ms);
        self.note(at, EffectKind::NewContact, Some(id));
        self.people.absorb(id, draft, &source, &[], self.now_ms);
        self.happened("ContactCreate", id);
        Some(id)
    }
}

/// A contact of which only the id is said.
fn by_id(id: Option<i64>) -> Option<ContactDraft> {
    id.map(|id| ContactDraft { id: Some(id), ..ContactDraft::default() })
}
