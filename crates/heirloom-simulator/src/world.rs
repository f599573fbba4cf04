//! The organization as a state machine: requests, nights and people go in, answers and effects come out. No clock of its own.

use crate::body::sum_minor;
use crate::endpoints::segments::{CAMPAIGN, SEGMENT};
use crate::endpoints::token::Keys;
use crate::endpoints::webhooks::Outbox;
use crate::facts::{
    ContactRecord, Effect, EffectKind, GiftRecord, ImportFacts, ImportKind, ImportState, ProjectRecord,
    RequestSeen, SeedContact,
};
use crate::giving::Giving;
use crate::lag::Unseen;
use crate::limit::Used;
use crate::people::People;
use crate::projects::Projects;
use crate::request::Call;
use crate::rows::{Import, RowState, Rows};
use crate::rules::Rules;
use crate::shelf::Shelves;
use crate::{routes, time};
use bytes::Bytes;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::sync::OnceLock;

/// One vendor organization.
///
/// The same rules and the same calls with the same times give the same answers, byte for byte.
/// Time never runs backwards: a `now_ms` behind the latest one seen is taken as the latest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct World {
    pub(crate) rules: Rules,
    pub(crate) now_ms: i64,
    pub(crate) next_midnight_ms: Option<i64>,
    pub(crate) used: Used,
    pub(crate) people: People,
    pub(crate) projects: Projects,
    pub(crate) giving: Giving,
    pub(crate) tags: Vec<String>,
    pub(crate) rows: Rows,
    pub(crate) log: Vec<Effect>,
    pub(crate) requests: Vec<RequestSeen>,
    pub(crate) creating_posts: u64,
    /// Requests on their way that will arrive by themselves, by rising time.
    pub(crate) late: Vec<(i64, Call)>,
    pub(crate) deliveries: u64,
    pub(crate) faults_done: u32,
    pub(crate) reply_delay_ms: i64,
    /// Segments, pledges, notes and their neighbours.
    #[serde(default)]
    pub(crate) shelves: Shelves,
    #[serde(default)]
    pub(crate) keys: Keys,
    #[serde(default)]
    pub(crate) outbox: Outbox,
    #[serde(default)]
    pub(crate) unseen: Unseen,
    #[serde(skip)]
    zone: OnceLock<TimeZone>,
}

impl World {
    /// Makes an organization without contacts, gifts or projects.
    pub fn new(rules: Rules) -> World {
        World {
            rules,
            now_ms: i64::MIN,
            next_midnight_ms: None,
            used: Used::default(),
            people: People::default(),
            projects: Projects::default(),
            giving: Giving::default(),
            tags: Vec::new(),
            rows: Rows::default(),
            log: Vec::new(),
            requests: Vec::new(),
            creating_posts: 0,
            late: Vec::new(),
            deliveries: 0,
            faults_done: 0,
            reply_delay_ms: 0,
            shelves: Shelves::default(),
            keys: Keys::default(),
            outbox: Outbox::default(),
            unseen: Unseen::default(),
            zone: OnceLock::new(),
        }
    }

    /// What is assumed about the vendor.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What is assumed, to change in the middle of a run (a changed zone counts from the next midnight on).
    pub fn rules_mut(&mut self) -> &mut Rules {
        self.zone = OnceLock::new();
        &mut self.rules
    }

    /// Answers a request as the vendor would, without any fault on the way.
    pub fn handle(&mut self, now_ms: i64, request: http::Request<Bytes>) -> http::Response<Bytes> {
        self.take(now_ms, &Call::of(request))
    }

    /// `handle`, of a request already read.
    pub(crate) fn take(&mut self, now_ms: i64, call: &Call) -> http::Response<Bytes> {
        self.advance(now_ms);
        routes::answer(self, call)
    }

    /// Lets the midnights (if `auto_night`) and late arrivals up to `now_ms` happen, in their order.
    pub fn advance(&mut self, now_ms: i64) {
        let now_ms = now_ms.max(self.now_ms);
        loop {
            let midnight = self.next_midnight_ms.filter(|at| *at <= now_ms && self.rules.auto_night);
            let late = self.late.first().map(|(at, _)| *at).filter(|at| *at <= now_ms);
            match (midnight, late) {
                (None, None) => break,
                (Some(at), late) if late.is_none_or(|late| at <= late) => self.pass_midnight(at, now_ms),
                _ => {
                    let (at, call) = self.late.remove(0);
                    self.now_ms = self.now_ms.max(at);
                    routes::answer(self, &call);
                }
            }
        }
        self.now_ms = now_ms;
        if self.next_midnight_ms.is_none() {
            self.next_midnight_ms = Some(time::next_midnight(self.zone(), now_ms));
        }
    }

    /// One midnight; when nothing waits, all midnights up to `now_ms` pass at once.
    fn pass_midnight(&mut self, at_ms: i64, now_ms: i64) {
        let from = if self.rows.held.is_empty() && self.late.is_empty() { now_ms } else { at_ms };
        self.midnight(at_ms);
        self.next_midnight_ms = Some(time::next_midnight(self.zone(), from));
    }

    /// The latest time seen; 0 before any.
    pub(crate) fn seen_ms(&self) -> i64 {
        self.now_ms.max(0)
    }

    /// The organization's zone.
    pub(crate) fn zone(&self) -> &TimeZone {
        self.zone.get_or_init(|| time::zone(&self.rules.zone))
    }

    /// An instant as the organization's records show it.
    pub(crate) fn stamp(&self, ms: i64) -> String {
        time::stamp_to(ms, self.rules.stamp_digits)
    }

    /// When the next midnight will happen by itself; none before a first request or without `auto_night`.
    pub fn next_midnight_ms(&self) -> Option<i64> {
        self.next_midnight_ms.filter(|_| self.rules.auto_night)
    }

    /// Every import, by id.
    pub fn imports(&self) -> Vec<ImportFacts> {
        self.rows.imports.iter().map(|import| self.rows.facts(import)).collect()
    }

    /// Kind, source and id of every row that waits for a person in an import.
    pub fn waiting_rows(&self) -> impl Iterator<Item = (ImportKind, &str, &str)> {
        let waiting = self.rows.all.iter().filter(|row| row.state == RowState::Bundled);
        waiting.map(|row| (row.kind, &*row.source, &*row.id))
    }

    /// The unfinished import of an id, or else the newest of that name.
    pub(crate) fn bundled(&self, name_or_id: &str) -> Option<usize> {
        let open = |import: &&Import| import.state == ImportState::Bundled;
        let by_id = name_or_id.trim().parse::<i64>().ok();
        let imports = &self.rows.imports;
        let found = imports.iter().filter(open).find(|import| Some(import.id) == by_id);
        let found = found.or_else(|| {
            imports.iter().filter(open).rfind(|import| import.name.eq_ignore_ascii_case(name_or_id))
        });
        found.map(|import| (import.id - 1) as usize)
    }

    /// How many rows wait for midnight.
    pub fn held(&self) -> u64 {
        self.rows.held.len() as u64
    }

    /// Makes a contact that exists already; gives its id.
    pub fn seed_contact(&mut self, contact: SeedContact) -> i64 {
        for tag in &contact.tags {
            self.know_tag(tag);
        }
        self.people.seed(contact)
    }

    /// Makes a project, or renames and (de)activates the one with that code; gives its id.
    pub fn seed_project(&mut self, code: &str, name: &str, active: bool) -> i64 {
        self.projects.seed(code, name, active)
    }

    /// Makes a campaign, which no endpoint makes; gives its id.
    pub fn seed_campaign(&mut self, name: &str) -> i64 {
        let record = [("name".to_string(), serde_json::Value::from(name))];
        self.shelves.add(&CAMPAIGN, record.into_iter().collect())
    }

    /// Makes a segment of that code; gives its id.
    pub fn seed_segment(&mut self, code: &str) -> i64 {
        let record = [("name", code), ("code", code)];
        let record = record.map(|(key, value)| (key.to_string(), serde_json::Value::from(value)));
        self.shelves.add(&SEGMENT, record.into_iter().collect())
    }

    /// Makes a tag known.
    pub fn seed_tag(&mut self, name: &str) {
        self.know_tag(name);
    }

    /// Adds a tag unless it is known in some case.
    pub(crate) fn know_tag(&mut self, name: &str) {
        if !self.tags.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            self.tags.push(name.into());
        }
    }

    /// Merges a contact into another, as a person in Data Health: its gifts move, and it shows `mergedIntoContactId`.
    /// False when one of them is not there, or both are one.
    pub fn merge_contacts(&mut self, from: i64, into: i64, now_ms: i64) -> bool {
        let into = self.people.survivor(into);
        if from == into || self.people.get(into).is_none() || self.people.get(from).is_none() {
            return false;
        }
        self.advance(now_ms);
        let moved: Vec<usize> = self.giving.with_contact(from).iter().map(|at| *at as usize).collect();
        for at in moved {
            let gift = &mut self.giving.gifts[at];
            (gift.contact_id, gift.modified_ms) = (into, self.now_ms);
        }
        self.giving.reindex();
        let now_ms = self.now_ms;
        if let Some(contact) = self.people.get_mut(from) {
            (contact.merged_into, contact.modified_ms) = (Some(into), now_ms);
        }
        if let Some(contact) = self.people.get_mut(into) {
            contact.modified_ms = now_ms;
        }
        self.people.any_hidden = true;
        self.retotal(from);
        self.retotal(into);
        true
    }

    /// Counts a contact's giving again.
    pub(crate) fn retotal(&mut self, contact_id: i64) {
        let gifts = self.giving.with_contact(contact_id).iter().map(|at| &self.giving.gifts[*at as usize]);
        let sum = sum_minor(gifts.clone().map(|gift| gift.amount_minor));
        let last = gifts.max_by(|a, b| a.gift_date.cmp(&b.gift_date));
        let last = last.map(|gift| (gift.gift_date.clone(), gift.amount_minor));
        if let Some(contact) = self.people.get_mut(contact_id) {
            (contact.giving_minor, contact.last_gift) = (sum, last);
        }
    }

    /// Writes an effect that no row of the import caused into the log.
    pub(crate) fn note_direct(
        &mut self,
        kind: EffectKind,
        record_id: Option<i64>,
        source: &str,
        id: &str,
        amount_minor: i64,
    ) {
        self.log.push(Effect {
            at_ms: self.now_ms,
            request_no: self.requests.len() as u64 + 1,
            kind,
            source: source.into(),
            id: id.into(),
            amount_minor,
            record_id,
            body_digest: 0,
        });
    }

    /// Stamps a contact that was written directly, logs it, and tells who listens.
    pub(crate) fn note_contact(&mut self, kind: EffectKind, id: i64) {
        let now_ms = self.now_ms;
        let Some(contact) = self.people.get_mut(id) else { return };
        contact.modified_ms = now_ms;
        let (source, reference) = contact.references.first().cloned().unwrap_or_default();
        self.note_direct(kind, Some(id), &source, &reference, 0);
        let event = if kind == EffectKind::DirectContact { "ContactCreate" } else { "ContactUpdate" };
        self.happened(event, id);
    }

    /// Logs a gift that was written directly, and tells who listens.
    pub(crate) fn note_gift(&mut self, kind: EffectKind, id: i64) {
        let Some(gift) = self.giving.get(id) else { return };
        let (source, key, amount_minor) =
            (gift.source.clone(), gift.transaction_id.clone(), gift.amount_minor);
        self.note_direct(kind, Some(id), &source, &key, amount_minor);
        self.happened(
            match kind {
                EffectKind::DirectGift => "GiftCreate",
                EffectKind::DeletedGift => "GiftDelete",
                _ => "GiftUpdate",
            },
            id,
        );
    }

    /// Every effect so far, in order.
    pub fn log(&self) -> &[Effect] {
        &self.log
    }

    /// Every request that arrived, in order.
    pub fn requests(&self) -> &[RequestSeen] {
        &self.requests
    }

    /// How many POSTs to endpoints that create have arrived, whatever they were answered.
    pub fn creating_posts(&self) -> u64 {
        self.creating_posts
    }

    /// The gifts that exist, by id.
    pub fn gifts(&self) -> &[GiftRecord] {
        &self.giving.gifts
    }

    /// The contacts that exist, by id.
    pub fn contacts(&self) -> &[ContactRecord] {
        &self.people.contacts
    }

    /// The projects that exist, by id.
    pub fn projects(&self) -> &[ProjectRecord] {
        &self.projects.all
    }

    /// The tags that are known, in the order they became so.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }
}
