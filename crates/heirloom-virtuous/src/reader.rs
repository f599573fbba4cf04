//! Reads from the vendor, page by page: an allow-list that cannot create anything. A failed
//! read is an error, never an empty list.

mod failure;
mod found;
mod page;

use bytes::Bytes;
use heirloom_model::{Currency, ItemKind, Moment, PromiseKind, SourceName, TargetContact, TargetGift};
use http::Request;
use serde_json::Value;

pub use self::failure::ReadFailure;
pub use self::found::{Lookup, Organization, Project};
use self::page::{all_of, any_of, condition, is_final, is_more, query, rows_after, unreadable};
use crate::pacer::{Pacer, Permit, Slot, WindowSeen};
use crate::parse;
use crate::reading::{Reply, error_code};
use crate::target::{Target, Transport};
use crate::webhook::{Webhook, webhook};
use crate::wire::{DetailKind, PromiseSeen};

/// Keys that one query asks for at most: each is a group of its own.
pub const NAMED_MAX: usize = 100;

/// Pages of projects at most.
const PROJECT_PAGES_MAX: usize = 200;
/// A read is tried this often before it fails.
const TRIES_MAX: u32 = 6;
const RETRY_MS: i64 = 15_000;
const RETRY_MAX_MS: i64 = 15 * 60_000;
/// A vendor that has never answered is tried this often: the address or the network is wrong, and
/// whoever waits at the keyboard can see to it.
const FIRST_TRIES_MAX: u32 = 3;
const FIRST_RETRY_MS: i64 = 2_000;
/// Longer than this is not waited for, but reported.
const PAUSE_MS: i64 = 65 * 60_000;

/// Whoever owns the clock: the wall's, or a rehearsal's.
pub trait Clock {
    /// The present moment.
    fn now(&mut self) -> Moment;
    /// Waits until a moment, for a reason.
    fn wait(&mut self, until: Moment, why: &str) -> Waited;
    /// Records that a request is about to leave, so that no restart forgets it; if that cannot
    /// be recorded, the request must not leave.
    #[must_use]
    fn leaving(&mut self, at: Moment, what: &str) -> bool;
    /// Keeps the window as last seen, over a restart.
    fn keep(&mut self, window: WindowSeen);
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The moment came.
    Done,
    /// Somebody wants to stop.
    Interrupted,
}

/// Reads from one organization. Every call takes a permit of the pacer and is told to the clock.
pub struct Reader<'t, T: Transport, C: Clock> {
    transport: &'t mut T,
    target: &'t Target,
    pacer: &'t mut Pacer,
    clock: &'t mut C,
    /// Whether a connection was ever made.
    connected: bool,
}

impl<'t, T: Transport, C: Clock> Reader<'t, T, C> {
    /// A reader.
    pub fn new(transport: &'t mut T, target: &'t Target, pacer: &'t mut Pacer, clock: &'t mut C) -> Self {
        Reader { transport, target, pacer, clock, connected: false }
    }

    /// Reads which organization the token belongs to; also the check of the token.
    ///
    /// # Errors
    /// [`ReadFailure`].
    pub fn organization(&mut self) -> Result<Organization, ReadFailure> {
        let what = "the organization";
        let target = self.target;
        let value = self.value(what, &|| target.get(&["api", "Organization", "Current"]))?;
        parse::organization(&value).ok_or(unreadable(what, "it names no organization"))
    }

    /// Reads all projects, by id.
    ///
    /// # Errors
    /// [`ReadFailure`]; also if the pages do not make the stated total.
    pub fn projects(&mut self) -> Result<Vec<Project>, ReadFailure> {
        let what = "the projects";
        let mut found: Vec<Project> = Vec::new();
        for _ in 0..PROJECT_PAGES_MAX {
            let page = query(self.target, &["api", "Project", "Query"], found.len(), &[]);
            let value = self.value(what, &page)?;
            let (rows, total) = parse::page(&value).map_err(|why| unreadable(what, why))?;
            for row in rows {
                found.push(parse::project(row).ok_or(unreadable(what, "a row has no id"))?);
            }
            if !is_more(rows.len(), total, found.len()) {
                return all_of(found, total, what);
            }
        }
        Err(unreadable(what, "there is no end of pages"))
    }

    /// Reads the names of a list that gifts and contacts refer to.
    ///
    /// # Errors
    /// [`ReadFailure`]; [`ReadFailure::Refused`] where the token may not read it.
    pub fn names(&mut self, list: Lookup) -> Result<Vec<String>, ReadFailure> {
        let what = list.as_str();
        let target = self.target;
        let value = self.value(what, &|| match list {
            Lookup::Tags => target.get(&["api", "Tag"]),
            Lookup::NonCashTypes => target.get(&["api", "Gift", "NonCashGiftTypes"]),
            Lookup::ContactTypes => target.get(&["api", "Contact", "Types"]),
            Lookup::GiftFields => target.get(&["api", "Gift", "CustomFields"]),
            Lookup::Premiums => query(target, &["api", "Premium", "Query"], 0, &[])(),
            // Its paging is reported broken: all of it is asked for at once.
            Lookup::Segments => {
                let body = "{\"search\":\"\"}".to_owned();
                target.query(&["api", "Segment", "Search"], "skip=0&take=100000", body)
            }
        })?;
        let rows = value.as_array().or_else(|| value.get("list").and_then(Value::as_array));
        let rows = rows.ok_or(unreadable(what, "it has no list"))?;
        let names = rows.iter().map(|row| parse::listed(row, list.key())).filter(|name| !name.is_empty());
        Ok(names.collect())
    }

    /// Reads up to 1,000 contacts with ids above `after_id`, by id, and whether there are more.
    ///
    /// # Errors
    /// [`ReadFailure`]; also if a row has no id or the order is not by id.
    pub fn contacts_page(&mut self, after_id: i64) -> Result<(Vec<TargetContact>, bool), ReadFailure> {
        let what = "the contacts";
        let cursor = condition("Contact Id", "GreaterThan", &after_id.to_string());
        let path = ["api", "Contact", "Query", "FullContact"];
        let value = self.value(what, &query(self.target, &path, 0, &[cursor]))?;
        rows_after(&value, after_id, what, parse::contact, |c| c.id)
    }

    /// Reads up to 1,000 gifts of a source with ids above `after_id`, by id, and whether
    /// there are more.
    ///
    /// # Errors
    /// As [`Reader::contacts_page`].
    pub fn gifts_page(
        &mut self,
        source: &SourceName,
        after_id: i64,
    ) -> Result<(Vec<TargetGift>, bool), ReadFailure> {
        let what = "the gifts";
        let conditions = [
            condition("Transaction Source", "Is", source.as_str()),
            condition("Gift Id", "GreaterThan", &after_id.to_string()),
        ];
        let path = ["api", "Gift", "Query", "FullGift"];
        let value = self.value(what, &query(self.target, &path, 0, &conditions))?;
        let at = self.clock.now();
        rows_after(&value, after_id, what, |row| parse::gift(row, at), |g| g.id)
    }

    /// Reads up to 1,000 pledges or schedules from the `skip`th on, by id, and whether there are more.
    /// The names of their parameters are published nowhere: they are read by place, in the order of ids,
    /// where what is added meanwhile comes last.
    ///
    /// # Errors
    /// [`ReadFailure`]; also if a row has no contact.
    pub fn promises_page(
        &mut self,
        kind: PromiseKind,
        skip: usize,
        currency: Currency,
    ) -> Result<(Vec<PromiseSeen>, bool), ReadFailure> {
        let what = match kind {
            PromiseKind::Pledge => "the pledges",
            PromiseKind::Recurring => "the schedules",
        };
        let mut path = DetailKind::of_promise(kind).path().to_vec();
        path.push("Query");
        let value = self.value(what, &query(self.target, &path, skip, &[]))?;
        let (rows, total) = parse::page(&value).map_err(|why| unreadable(what, why))?;
        let read = |row| PromiseSeen::of(kind, row, currency).filter(|seen| seen.id > 0);
        let found: Option<Vec<PromiseSeen>> = rows.iter().map(read).collect();
        let found = found.ok_or(unreadable(what, "a row has no id or no contact"))?;
        Ok((found, is_more(rows.len(), total, skip + rows.len())))
    }

    /// Reads the gifts of some keys in one query, by id; at most [`NAMED_MAX`] keys are asked for. A key
    /// whose gift is not among them says nothing.
    ///
    /// # Errors
    /// As [`Reader::contacts_page`].
    pub fn gifts_named(
        &mut self,
        source: &SourceName,
        keys: &[String],
    ) -> Result<Vec<TargetGift>, ReadFailure> {
        let what = "the gifts";
        let of_key = |key: &String| {
            vec![
                condition("Transaction Source", "Is", source.as_str()),
                condition("Transaction Id", "Is", key),
            ]
        };
        let groups: Vec<Vec<Value>> = keys.iter().take(NAMED_MAX).map(of_key).collect();
        let value = self.value(what, &any_of(self.target, &["api", "Gift", "Query", "FullGift"], &groups))?;
        let at = self.clock.now();
        Ok(rows_after(&value, 0, what, |row| parse::gift(row, at), |g| g.id)?.0)
    }

    /// Reads the addresses of a contact: street, city, state, postal code.
    ///
    /// # Errors
    /// [`ReadFailure`].
    pub fn addresses(&mut self, contact: i64) -> Result<Vec<(String, String, String, String)>, ReadFailure> {
        let what = "the addresses of a contact";
        let (target, id) = (self.target, contact.to_string());
        let value = self.value(what, &|| target.get(&["api", "ContactAddress", "ByContact", &id]))?;
        let rows = value.as_array().or_else(|| value.get("list").and_then(Value::as_array));
        let rows = rows.ok_or(unreadable(what, "it has no list"))?;
        Ok(rows.iter().filter_map(parse::address).collect())
    }

    /// Reads the contact with this reference; `None` says only that it cannot be seen now.
    ///
    /// # Errors
    /// [`ReadFailure`].
    pub fn contact_by_reference(
        &mut self,
        source: &SourceName,
        key: &str,
    ) -> Result<Option<TargetContact>, ReadFailure> {
        let what = "a contact";
        let target = self.target;
        let request = || target.look(ItemKind::Contact, source, key);
        let Some(body) = self.body(what, &request)? else {
            return Ok(None);
        };
        if !parse::is_contact(&body, source.as_str(), key) {
            return Err(unreadable(what, "it is about something else"));
        }
        let value = parse::json(&body).map_err(|why| unreadable(what, why))?;
        Ok(parse::contact(&value))
    }

    /// Reads the gift with this key; `None` says only that no gift can be seen now: what is held, or
    /// waits for a person, cannot, or is shown without an id.
    ///
    /// # Errors
    /// [`ReadFailure`].
    pub fn gift(&mut self, source: &SourceName, key: &str) -> Result<Option<TargetGift>, ReadFailure> {
        let what = "a gift";
        let target = self.target;
        let request = || target.look(ItemKind::Gift, source, key);
        let Some(body) = self.body(what, &request)? else {
            return Ok(None);
        };
        if !parse::is_gift(&body, source.as_str(), key) {
            return Err(unreadable(what, "it is about something else"));
        }
        let value = parse::json(&body).map_err(|why| unreadable(what, why))?;
        let at = self.clock.now();
        Ok(parse::gift(&value, at))
    }

    /// Reads a contact by the target's own id, listed or not; `None` if there is none.
    ///
    /// # Errors
    /// [`ReadFailure`].
    pub fn contact(&mut self, id: i64) -> Result<Option<TargetContact>, ReadFailure> {
        let what = "a contact";
        let (target, id) = (self.target, id.to_string());
        let request = || target.get(&["api", "Contact", &id]);
        let Some(body) = self.body(what, &request)? else {
            return Ok(None);
        };
        let value = parse::json(&body).map_err(|why| unreadable(what, why))?;
        parse::contact(&value).map(Some).ok_or(unreadable(what, "it has no id"))
    }

    /// Reads a webhook's subscription; `None` if there is none of that id.
    ///
    /// # Errors
    /// [`ReadFailure`].
    pub fn webhook(&mut self, id: i64) -> Result<Option<Webhook>, ReadFailure> {
        let what = "a webhook";
        let (target, id) = (self.target, id.to_string());
        let request = || target.get(&["api", "Webhook", &id]);
        let Some(body) = self.body(what, &request)? else {
            return Ok(None);
        };
        let value = parse::json(&body).map_err(|why| unreadable(what, why))?;
        webhook(&value).map(Some).ok_or(unreadable(what, "it has no id"))
    }

    fn value(
        &mut self,
        what: &'static str,
        request: &dyn Fn() -> Request<Bytes>,
    ) -> Result<Value, ReadFailure> {
        let body = self.body(what, request)?.ok_or(ReadFailure::Refused {
            what,
            status: 404,
            code: String::new(),
        })?;
        parse::json(&body).map_err(|why| unreadable(what, why))
    }

    /// The body of a 200, `None` for a 404. Reads may be repeated, so anything passing is.
    fn body(
        &mut self,
        what: &'static str,
        request: &dyn Fn() -> Request<Bytes>,
    ) -> Result<Option<Bytes>, ReadFailure> {
        let mut last = String::new();
        for attempt in 0..TRIES_MAX {
            let first = !self.connected;
            if first && attempt >= FIRST_TRIES_MAX {
                break;
            }
            if attempt > 0 {
                let pause = if first { FIRST_RETRY_MS } else { RETRY_MS << (2 * (attempt - 1)) };
                let until = self.clock.now().plus_ms(pause.min(RETRY_MAX_MS));
                self.wait(until, &format!("{what} could not be read: {last}"))?;
            }
            let permit = self.permit()?;
            match self.call(what, request(), permit)? {
                Reply::Answered { status: 200, body, .. } => return Ok(Some(body)),
                Reply::Answered { status: 404, .. } => return Ok(None),
                Reply::Answered { status: 401, .. } => return Err(ReadFailure::Credentials),
                Reply::Answered { status, body, .. } if is_final(status) => {
                    let code = error_code(&body).unwrap_or_default();
                    return Err(ReadFailure::Refused { what, status, code });
                }
                Reply::Answered { status, .. } => last = format!("status {status}"),
                Reply::NotConnected { why } => last = format!("no connection: {why}"),
                Reply::Lost { why } => last = why,
            }
        }
        Err(ReadFailure::Unreachable { what, why: last })
    }

    fn call(
        &mut self,
        what: &'static str,
        request: Request<Bytes>,
        permit: Permit,
    ) -> Result<Reply, ReadFailure> {
        let at = self.clock.now();
        if !self.clock.leaving(at, what) {
            return Err(ReadFailure::Unrecorded);
        }
        let reply = self.transport.call(request, permit);
        self.connected |= !matches!(reply, Reply::NotConnected { .. });
        self.pacer.came_back();
        if let Some(status) = reply.status() {
            let now = self.clock.now();
            self.pacer.saw(status, reply.headers(), now);
        }
        if let Some(window) = self.pacer.window() {
            self.clock.keep(window);
        }
        Ok(reply)
    }

    fn permit(&mut self) -> Result<Permit, ReadFailure> {
        loop {
            let now = self.clock.now();
            match self.pacer.next_slot(now) {
                Slot::Go(permit) => return Ok(permit),
                Slot::At(until, why) if until.since_ms(now) > PAUSE_MS => {
                    return Err(ReadFailure::Paused { until, why });
                }
                Slot::At(until, why) => self.wait(until, &why)?,
            }
        }
    }

    fn wait(&mut self, until: Moment, why: &str) -> Result<(), ReadFailure> {
        match self.clock.wait(until, why) {
            Waited::Done => Ok(()),
            Waited::Interrupted => Err(ReadFailure::Interrupted),
        }
    }
}

#[cfg(test)]
mod tests;
