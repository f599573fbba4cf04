//! Webhooks: subscriptions, and the signed deliveries that events become. The world only queues them; the server sends them,
//! and to this computer alone.

use super::gift_reads::whole_gift;
use super::kept::{create, read, remove, set, show};
use super::notes::NOTE;
use super::projects::shown as shown_project;
use super::{Asked, Route};
use crate::habits::{SignatureForm, WebhookShape};
use crate::operators::Kind::{Boolean, Int, String as Text};
use crate::render_contact::{addresses, full_contact};
use crate::reply::Reply;
use crate::shelf::{self, Family, Need, Record, text};
use crate::world::World;
use base64::Engine as _;
use hmac::{KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const WEBHOOK: Family = Family {
    name: "Webhook",
    id: "id",
    first_id: 301,
    fields: &[
        ("payloadUrl", Text, Need::Filled),
        ("secret", Text, Need::Free),
        ("active", Boolean, Need::Free),
        ("contactCreate", Boolean, Need::Free),
        ("contactUpdate", Boolean, Need::Free),
        ("giftCreate", Boolean, Need::Free),
        ("giftUpdate", Boolean, Need::Free),
        ("giftDelete", Boolean, Need::Free),
        ("projectCreate", Boolean, Need::Free),
        ("projectUpdate", Boolean, Need::Free),
        ("projectDelete", Boolean, Need::Free),
        ("formSubmission", Boolean, Need::Free),
        ("contactNoteCreate", Boolean, Need::Free),
        ("contactNoteUpdate", Boolean, Need::Free),
        ("contactNoteDelete", Boolean, Need::Free),
        ("eventCreate", Boolean, Need::Free),
        ("eventUpdate", Boolean, Need::Free),
        ("eventDelete", Boolean, Need::Free),
    ],
    parameters: &[("Webhook Id", Int, "id")],
    finish: flags_as_false,
};

/// Most records of one delivery.
const MODELS_MAX: usize = 50;
/// The wait before a delivery is tried a second time; it doubles with every try.
const RETRY_MS: i64 = 60_000;

/// A flag that was not written is false.
fn flags_as_false(_world: &World, record: &mut Record) {
    for (name, kind, _) in WEBHOOK.fields {
        if *kind == Boolean && record.get(*name).is_none_or(Value::is_null) {
            record.insert((*name).to_string(), json!(false));
        }
    }
}

pub(super) const ROUTES: [Route; 5] = [
    ("POST", "api/Webhook", |world, asked| create(world, &WEBHOOK, asked)),
    ("GET", "api/Webhook/{id}", |world, asked| read(world, &WEBHOOK, asked)),
    ("PUT", "api/Webhook/{id}", overwrite),
    ("PUT", "api/Webhook/{id}/Active", |world, asked| {
        let active = asked.call.parameter("active").is_some_and(|text| text.eq_ignore_ascii_case("true"));
        set(world, &WEBHOOK, asked.id(0), &[("active", json!(active))])
    }),
    ("DELETE", "api/Webhook/{id}", |world, asked| remove(world, &WEBHOOK, asked)),
];

/// A PUT replaces a subscription whole, whatever other PUTs do.
fn overwrite(world: &mut World, asked: &Asked) -> Reply {
    let id = asked.id(0);
    if world.shelves.get(&WEBHOOK, id).is_none() {
        return Reply::missing(&world.rules);
    }
    match asked.fields(world).map(|fields| shelf::read(world, &WEBHOOK, fields, None)) {
        Err(refusal) => refusal,
        Ok(Err(wrong)) => Reply::refused(&world.rules, &wrong),
        Ok(Ok(record)) => {
            if let Some(kept) = world.shelves.get_mut(&WEBHOOK, id) {
                kept.extend(record);
            }
            show(world, &WEBHOOK, id)
        }
    }
}

/// One request to a subscriber.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookDelivery {
    /// Counts from 1.
    pub id: u64,
    /// The subscription.
    pub webhook_id: i64,
    /// Where it goes.
    pub url: String,
    /// `GiftCreate` ...
    pub event: String,
    /// The body, to the byte.
    pub body: String,
    /// The header that carries the signature.
    pub header: String,
    /// HMAC-SHA256 of the body under the subscription's secret.
    pub signature: String,
    /// When it is sent next, milliseconds since 1970; none when it is on its way, answered, or given up.
    pub due_ms: Option<i64>,
    /// How often it was sent.
    pub tries: u8,
    /// What the subscriber answered: none before the first answer.
    pub taken: Option<bool>,
}

/// What is to be told, and what was.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outbox {
    /// Event, kind of record, the record.
    news: Vec<(String, String, Value)>,
    pub sent: Vec<WebhookDelivery>,
}

impl World {
    /// Every webhook delivery so far, in order.
    pub fn deliveries(&self) -> &[WebhookDelivery] {
        &self.outbox.sent
    }

    /// Takes the deliveries that are due; each has to be answered by `delivery_answered`.
    pub fn due_deliveries(&mut self, now_ms: i64) -> Vec<WebhookDelivery> {
        let due = |one: &&mut WebhookDelivery| one.due_ms.is_some_and(|at| at <= now_ms);
        let taken = self.outbox.sent.iter_mut().filter(due).map(|one| {
            (one.due_ms, one.tries) = (None, one.tries.saturating_add(1));
            one.clone()
        });
        taken.collect()
    }

    /// Notes how a subscriber answered: anything but 2xx is sent again later, so often as the rules say.
    pub fn delivery_answered(&mut self, id: u64, taken: bool, now_ms: i64) {
        let retries = self.rules.webhook_retries;
        let place = usize::try_from(id).ok().and_then(|id| id.checked_sub(1));
        if let Some(one) = place.and_then(|at| self.outbox.sent.get_mut(at)) {
            one.taken = Some(taken);
            if !taken && one.tries <= retries {
                let doublings = u32::from(one.tries.saturating_sub(1)).min(10);
                one.due_ms = Some(now_ms.saturating_add(RETRY_MS << doublings));
            }
        }
    }

    /// Sends an event about a record again (or the newest of its kind), as a person tests a listener.
    /// Gives how many deliveries it became; none when there is no such record.
    pub fn trigger(&mut self, event: &str, id: Option<i64>, now_ms: i64) -> Option<usize> {
        self.advance(now_ms);
        let (event, kind) = EVENTS.iter().find(|(name, _)| name.eq_ignore_ascii_case(event))?;
        let newest = match *kind {
            "gift" => self.giving.gifts.last().map(|gift| gift.id),
            "contact" => self.people.contacts.last().map(|contact| contact.id),
            "project" => self.projects.all.last().map(|project| project.id),
            _ => self.shelves.all(&NOTE).last().map(|note| shelf::id_of(&NOTE, note)),
        };
        let model = self.model(kind, id.or(newest)?)?;
        self.outbox.news.push((event.to_string(), kind.to_string(), model));
        let before = self.outbox.sent.len();
        self.publish();
        Some(self.outbox.sent.len() - before)
    }

    /// Notes an event, if anybody listens for it.
    pub(crate) fn happened(&mut self, event: &str, id: i64) {
        if self.subscribers(event).next().is_none() {
            return;
        }
        let kind = EVENTS.iter().find(|(name, _)| *name == event).map_or("", |(_, kind)| *kind);
        if let Some(model) = self.model(kind, id) {
            self.outbox.news.push((event.to_string(), kind.to_string(), model));
        }
    }

    /// The active subscriptions of an event.
    fn subscribers(&self, event: &str) -> impl Iterator<Item = &Record> {
        let (first, rest) = event.split_at(event.len().min(1));
        let flag = first.to_ascii_lowercase() + rest;
        let is = move |record: &&Record| {
            [&*flag, "active"].iter().all(|key| record.get(*key) == Some(&json!(true)))
        };
        self.shelves.all(&WEBHOOK).iter().filter(is)
    }

    /// A record as webhooks show it.
    fn model(&self, kind: &str, id: i64) -> Option<Value> {
        Some(match kind {
            "gift" => {
                let gift = self.giving.get(id)?;
                let mut model = serde_json::to_value(whole_gift(self, gift)).ok()?;
                // Custom fields are a map here, and an array elsewhere.
                model["customFields"] = gift.extras.get("customFields").cloned().unwrap_or_else(|| json!({}));
                model
            }
            "contact" => {
                let contact = self.people.get(id)?;
                let mut model = full_contact(self, contact);
                model["customContactType"] = model["contactType"].clone();
                // Its addresses stand here whatever whole contacts show elsewhere.
                model["contactAddresses"] = json!(addresses(contact));
                model
            }
            "project" => shown_project(self, self.projects.by_id(id)?),
            _ => Value::Object(self.shelves.get(&NOTE, id)?.clone()),
        })
    }

    /// Turns what has happened into deliveries: neighbours of one kind go together, where the rules say so.
    pub(crate) fn publish(&mut self) {
        let news = std::mem::take(&mut self.outbox.news);
        let most = if self.rules.webhook_shape == WebhookShape::Single { 1 } else { MODELS_MAX };
        for alike in news.chunk_by(|a, b| a.0 == b.0) {
            for part in alike.chunks(most) {
                let body = self.webhook_body(part).to_string();
                let subscribers: Vec<Record> = self.subscribers(&part[0].0).cloned().collect();
                subscribers.iter().for_each(|subscriber| self.post(subscriber, &part[0].0, &body));
            }
        }
    }

    /// The body of one delivery.
    fn webhook_body(&self, part: &[(String, String, Value)]) -> Value {
        let one =
            |(_, kind, model): &(String, String, Value)| Map::from_iter([(kind.clone(), model.clone())]);
        let mut body = Map::from_iter([("event".to_string(), json!(part[0].0))]);
        match self.rules.webhook_shape {
            WebhookShape::Models => {
                body.insert("models".into(), json!(part.iter().map(one).collect::<Vec<_>>()));
            }
            WebhookShape::Single => body.extend(one(&part[0])),
        }
        Value::Object(body)
    }

    /// Queues a delivery, unless it is one of those that get lost.
    fn post(&mut self, subscriber: &Record, event: &str, body: &str) {
        let id = self.outbox.sent.len() as u64 + 1;
        let mixed = (self.rules.seed ^ id).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let lost = (mixed ^ (mixed >> 31)) % 100 < u64::from(self.rules.webhook_lost_percent);
        self.outbox.sent.push(WebhookDelivery {
            id,
            webhook_id: shelf::id_of(&WEBHOOK, subscriber),
            url: text(subscriber, "payloadUrl").into(),
            event: event.into(),
            body: body.into(),
            header: self.rules.webhook_header.clone(),
            signature: signature(self.rules.webhook_signature, text(subscriber, "secret"), body),
            due_ms: (!lost).then_some(self.now_ms),
            tries: 0,
            taken: None,
        });
    }
}

/// Events, and the kind of record they are about.
const EVENTS: [(&str, &str); 10] = [
    ("ContactCreate", "contact"),
    ("ContactUpdate", "contact"),
    ("GiftCreate", "gift"),
    ("GiftUpdate", "gift"),
    ("GiftDelete", "gift"),
    ("ProjectCreate", "project"),
    ("ProjectUpdate", "project"),
    ("ContactNoteCreate", "contactNote"),
    ("ContactNoteUpdate", "contactNote"),
    ("ContactNoteDelete", "contactNote"),
];

/// The signature of a body.
fn signature(form: SignatureForm, secret: &str, body: &str) -> String {
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(body.as_bytes());
    let bytes = mac.finalize().into_bytes();
    match form {
        SignatureForm::Base64 => base64::engine::general_purpose::STANDARD.encode(bytes),
        SignatureForm::Hex => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standard() {
        // RFC 4231, test case 2.
        let sign = |form| signature(form, "Jefe", "what do ya want for nothing?");
        assert_eq!(
            sign(SignatureForm::Hex),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(sign(SignatureForm::Base64), "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    }
}
