//! What a person does in the import tool: press Run, resolve rows, discard.

use crate::draft::{ContactDraft, GiftDraft};
use crate::endpoints::commitments;
use crate::facts::{DesignationRecord, EffectKind, GiftRecord, ImportKind, ImportState};
use crate::habits::{Person, Tags, Twins};
use crate::rows::{Bucket, Payload, RowState};
use crate::world::World;

impl World {
    /// Presses Run on every unfinished import, oldest first, and deals with rows that are not Ready as `rules.person` does.
    pub fn run_imports(&mut self, now_ms: i64) {
        self.run_imports_as(self.rules.person, now_ms);
    }

    /// The same, as another person would.
    pub fn run_imports_as(&mut self, person: Person, now_ms: i64) {
        self.advance(now_ms);
        for import in 0..self.rows.imports.len() {
            self.run_as(import, person);
        }
        self.publish();
    }

    /// Presses Run on one import; false when there is no unfinished one of that id.
    pub fn run_import(&mut self, import_id: i64, now_ms: i64) -> bool {
        self.advance(now_ms);
        match self.bundled(&import_id.to_string()) {
            Some(import) => {
                self.run_as(import, self.rules.person);
                self.publish();
                true
            }
            None => false,
        }
    }

    /// Discards all waiting rows of an import, named by id or name; false when there is no unfinished one.
    pub fn discard_import(&mut self, name_or_id: &str, now_ms: i64) -> bool {
        self.advance(now_ms);
        let Some(import) = self.bundled(name_or_id) else {
            return false;
        };
        for at in self.rows.imports[import].rows.clone() {
            self.discard(at);
        }
        self.rows.imports[import].state = ImportState::Discarded;
        true
    }

    /// Discards the newest waiting row with a key, gift or contact; false when there is none.
    pub fn discard_row(&mut self, source: &str, id: &str, now_ms: i64) -> bool {
        self.advance(now_ms);
        let kinds = [ImportKind::Gifts, ImportKind::Contacts];
        let keyed = kinds.iter().flat_map(|kind| self.rows.with_key(*kind, source, id)).copied();
        let waiting = keyed.filter(|at| self.rows.all[*at].state == RowState::Bundled).max();
        let Some(at) = waiting else { return false };
        self.discard(at);
        self.close_if_empty((self.rows.all[at].import_id - 1) as usize);
        true
    }

    /// Discards a row that waits in an import.
    fn discard(&mut self, at: usize) {
        let row = &mut self.rows.all[at];
        if row.state != RowState::Bundled {
            return;
        }
        (row.state, row.payload) = (RowState::Discarded, Payload::Gone);
        let kind = match row.kind {
            ImportKind::Gifts => EffectKind::DiscardedGift,
            ImportKind::Contacts => EffectKind::DiscardedContact,
        };
        self.note(at, kind, None);
    }

    /// Runs an import as a person of that kind would.
    pub(crate) fn run_as(&mut self, import: usize, person: Person) {
        if self.rows.imports[import].state != ImportState::Bundled {
            return;
        }
        let before = self.next_contact();
        let waiting = |world: &World, at: usize| world.rows.all[at].state == RowState::Bundled;
        let rows: Vec<usize> =
            self.rows.imports[import].rows.iter().copied().filter(|at| waiting(self, *at)).collect();
        if self.rules.rematch_on_run {
            for at in
                rows.iter().filter(|at| self.rows.all[**at].suggestion.is_none()).copied().collect::<Vec<_>>()
            {
                self.sort_row(at, before);
            }
        }
        for at in rows {
            match (self.rows.all[at].bucket, person) {
                (Bucket::Ready, _) | (_, Person::AcceptAll) => self.import_row(at),
                (_, Person::ReadyOnly) => {}
                (_, Person::DiscardRest) => self.discard(at),
            }
        }
        self.close_if_empty(import);
    }

    /// Closes an import in which nothing waits any more.
    fn close_if_empty(&mut self, import: usize) {
        let states = || self.rows.imports[import].rows.iter().map(|at| self.rows.all[*at].state);
        if states().any(|state| state == RowState::Bundled) {
            return;
        }
        let ran = states().any(|state| state == RowState::Imported);
        self.rows.imports[import].state = if ran { ImportState::Run } else { ImportState::Discarded };
    }

    /// Makes a row's records.
    fn import_row(&mut self, at: usize) {
        let payload = std::mem::replace(&mut self.rows.all[at].payload, Payload::Gone);
        self.rows.all[at].state = RowState::Imported;
        match payload {
            Payload::Contact(draft) => {
                let contact = self.contact_for(at, &draft);
                self.note(at, EffectKind::ImportedContact, Some(contact));
            }
            Payload::Gift(gift) => {
                let contact = self.contact_for(at, &gift.contact);
                let mut gift = *gift;
                let credits = self.credits_of(at, &mut gift);
                gift.extras.extend(credits);
                let id = self.make_gift(at, gift, contact);
                self.note(at, EffectKind::ImportedGift, Some(id));
                self.happened("GiftCreate", id);
            }
            Payload::Gone => {}
        }
    }

    /// The contact a row matched, or a new one; it takes over what the row says.
    fn contact_for(&mut self, at: usize, draft: &ContactDraft) -> i64 {
        let source = self.rows.all[at].source.clone();
        let mut matched = self.rows.all[at].suggestion;
        if matched.is_none() && self.rules.twins == Twins::OneContact {
            let found = self.people.find(self.rules.matching, draft, &source, i64::MAX);
            matched = found.certain.first().copied();
        }
        let id = match matched {
            Some(id) => self.people.survivor(id),
            None => {
                let id = self.people.make(draft, self.now_ms);
                self.note(at, EffectKind::NewContact, Some(id));
                id
            }
        };
        let tags = self.tags_of(draft);
        self.people.absorb(id, draft, &source, &tags, self.now_ms);
        self.happened(if matched.is_some() { "ContactUpdate" } else { "ContactCreate" }, id);
        id
    }

    /// The tags of a draft that take effect.
    fn tags_of(&mut self, draft: &ContactDraft) -> Vec<String> {
        match self.rules.tags {
            Tags::Ignored => Vec::new(),
            Tags::Made => {
                draft.tags.iter().for_each(|tag| self.know_tag(tag));
                draft.tags.clone()
            }
            Tags::AttachedIfKnown => {
                let known = |tag: &&String| self.tags.iter().any(|known| known.eq_ignore_ascii_case(tag));
                draft.tags.iter().filter(known).cloned().collect()
            }
        }
    }

    /// Makes a gift of a row.
    fn make_gift(&mut self, at: usize, draft: GiftDraft, contact_id: i64) -> i64 {
        let designations = draft.designations.iter().map(|part| {
            let known = self
                .projects
                .of(part.project_id, &part.code)
                .map(|project| (project.id, project.code.clone()));
            let (project_id, code) = known
                .unwrap_or_else(|| (self.projects.seed(&part.code, &part.code, true), part.code.clone()));
            DesignationRecord { project_id, code, amount_minor: part.amount_minor }
        });
        let designations: Vec<DesignationRecord> = designations.collect();
        let (source, key) = (self.rows.all[at].source.clone(), self.rows.all[at].id.clone());
        let paid = commitments::pay(self, &draft, &source, &key, contact_id);
        let row = &self.rows.all[at];
        if let Some(contact) = self.people.get_mut(contact_id) {
            contact.giving_minor = contact.giving_minor.saturating_add(draft.amount_minor);
            if contact.last_gift.as_ref().is_none_or(|(date, _)| *date <= draft.gift_date) {
                contact.last_gift = Some((draft.gift_date.clone(), draft.amount_minor));
            }
        }
        self.giving.add(GiftRecord {
            id: 0,
            source: row.source.clone(),
            transaction_id: row.id.clone(),
            contact_id,
            gift_type: draft.gift_type,
            gift_date: draft.gift_date,
            amount_minor: draft.amount_minor,
            currency: draft.currency,
            batch: draft.batch,
            receipt_date: draft.receipt_date,
            designations,
            extras: draft.extras.into_iter().chain(paid).collect(),
            import_id: row.import_id,
            created_ms: self.now_ms,
            modified_ms: self.now_ms,
        })
    }
}
