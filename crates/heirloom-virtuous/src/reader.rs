//! Reads from the vendor, page by page: an allow-list that cannot create anything. A failed
//! read is an error, never an empty list.

mod ask;
mod failure;
mod page;

use heirloom_model::{Currency, ItemKind, Moment, PromiseKind, SourceName, TargetContact, TargetGift};
use serde_json::Value;

pub use self::failure::ReadFailure;
use self::page::{PAGE_ROWS, all_of, any_of, condition, is_more, query, rows_after, still_there, unreadable};
use crate::found::{Lookup, Organization, Project};
use crate::pacer::{Pacer, WindowSeen};
use crate::parse;
use crate::target::{Target, Transport};
use crate::webhook::{Webhook, webhook};
use crate::wire::{DetailKind, PromiseSeen};

/// Keys that one query asks for at most: each is a group of its own.
pub const NAMED_MAX: usize = 100;

/// Pages of projects at most.
const PROJECT_PAGES_MAX: usize = 200;

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
    /// Rows asked for at once.
    page_rows: usize,
}

impl<'t, T: Transport, C: Clock> Reader<'t, T, C> {
    /// A reader.
    pub fn new(transport: &'t mut T, target: &'t Target, pacer: &'t mut Pacer, clock: &'t mut C) -> Self {
        Reader { transport, target, pacer, clock, connected: false, page_rows: PAGE_ROWS }
    }

    /// Reads which organization the token belongs to; also the check of the token.
    ///
    /// # Errors
    /// [`ReadFailure`].
    pub fn organization(&mut self) -> Result<Organization, ReadFailure> {
        let what = "the organization";
        let target = self.target;
        let value = self.value(what, &|_| target.get(&["api", "Organization", "Current"]))?;
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
            // From the last one on that is known: what somebody deletes meanwhile moves it.
            let known = found.pop();
            let page = query(self.target, &["api", "Project", "Query"], found.len(), &[]);
            let value = self.value(what, &page)?;
            let (rows, total) = parse::page(&value).map_err(|why| unreadable(what, why))?;
            for row in rows {
                let project = parse::project(row).ok_or(unreadable(what, "a row has no id"))?;
                found.push(project);
            }
            let first = found.get(found.len() - rows.len()).map(|one| one.id);
            still_there(known.as_ref().map(|one| one.id), first, what)?;
            let is_new = rows.len() > usize::from(known.is_some());
            if !is_new || !is_more(rows.len(), total, found.len()) {
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
        let value = self.value(what, &|_| match list {
            Lookup::Tags => target.get(&["api", "Tag"]),
            Lookup::NonCashTypes => target.get(&["api", "Gift", "NonCashGiftTypes"]),
            Lookup::ContactTypes => target.get(&["api", "Contact", "Types"]),
            Lookup::GiftFields => target.get(&["api", "Gift", "CustomFields"]),
            Lookup::Premiums => query(target, &["api", "Premium", "Query"], 0, &[])(PAGE_ROWS),
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

    /// Reads the pledges or schedules that follow those `seen`, up to 1,000, by id, and whether there are
    /// more. The names of their parameters are published nowhere: they are read by place, in the order of
    /// ids, where what is added meanwhile comes last. `seen` is how many, and the id of the last.
    ///
    /// # Errors
    /// [`ReadFailure`]; also if a row has no contact, or if somebody deleted one of those `seen` meanwhile.
    pub fn promises_page(
        &mut self,
        kind: PromiseKind,
        seen: (usize, i64),
        currency: Currency,
    ) -> Result<(Vec<PromiseSeen>, bool), ReadFailure> {
        let (seen, last) = seen;
        let skip = seen.saturating_sub(1);
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
        let mut found = found.ok_or(unreadable(what, "a row has no id or no contact"))?;
        if seen > 0 {
            still_there(Some(last), found.first().map(|one| one.id), what)?;
            found.remove(0);
        }
        let more = !found.is_empty() && is_more(rows.len(), total, skip + rows.len());
        Ok((found, more))
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
        let value = self.value(what, &|_| target.get(&["api", "ContactAddress", "ByContact", &id]))?;
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
        let request = |_| target.look(ItemKind::Contact, source, key);
        let Some(value) = self.found(what, &request)? else {
            return Ok(None);
        };
        if !parse::is_contact(&value, source.as_str(), key) {
            return Err(unreadable(what, "it is about something else"));
        }
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
        let request = |_| target.look(ItemKind::Gift, source, key);
        let Some(value) = self.found(what, &request)? else {
            return Ok(None);
        };
        if !parse::is_gift(&value, source.as_str(), key) {
            return Err(unreadable(what, "it is about something else"));
        }
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
        let request = |_| target.get(&["api", "Contact", &id]);
        let Some(value) = self.found(what, &request)? else {
            return Ok(None);
        };
        parse::contact(&value).map(Some).ok_or(unreadable(what, "it has no id"))
    }

    /// Reads a webhook's subscription; `None` if there is none of that id.
    ///
    /// # Errors
    /// [`ReadFailure`].
    pub fn webhook(&mut self, id: i64) -> Result<Option<Webhook>, ReadFailure> {
        let what = "a webhook";
        let (target, id) = (self.target, id.to_string());
        let request = |_| target.get(&["api", "Webhook", &id]);
        let Some(value) = self.found(what, &request)? else {
            return Ok(None);
        };
        webhook(&value).map(Some).ok_or(unreadable(what, "it has no id"))
    }
}

#[cfg(test)]
mod tests;
