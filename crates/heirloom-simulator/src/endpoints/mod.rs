//! The vendor's paths: one file for each family, each with its table of routes.

pub(crate) mod commitments;
mod contact_parts;
mod contact_reads;
mod contact_writes;
mod gift_reads;
mod gift_writes;
pub(crate) mod kept;
mod lookups;
mod notes;
mod organization;
mod projects;
pub(crate) mod segments;
mod tags;
pub(crate) mod token;
mod transactions;
pub(crate) mod webhooks;

use crate::body::Fields;
use crate::query::{Query, Table, Terms};
use crate::reply::Reply;
use crate::request::Call;
use crate::time;
use crate::world::World;
use serde::Serialize;
use serde_json::Value;

/// A request that has found its endpoint.
pub(crate) struct Asked<'c> {
    pub call: &'c Call,
    /// What stands in the blanks of the path.
    pub blanks: Vec<String>,
    pub body: Value,
}

/// A method, a path with `{blanks}`, and what answers it.
pub(crate) type Route = (&'static str, &'static str, fn(&mut World, &Asked) -> Reply);

/// Every route there is.
pub(crate) const ROUTES: [&[Route]; 16] = [
    &transactions::ROUTES,
    &contact_reads::ROUTES,
    &contact_writes::ROUTES,
    &contact_parts::ROUTES,
    &gift_reads::ROUTES,
    &gift_writes::ROUTES,
    &projects::ROUTES,
    &segments::ROUTES,
    &commitments::ROUTES,
    &tags::ROUTES,
    &notes::ROUTES,
    &kept::ROUTES,
    &lookups::ROUTES,
    &organization::ROUTES,
    &webhooks::ROUTES,
    &token::ROUTES,
];

/// Every method and path that is served, as the documentation lists them.
pub fn served_paths() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.into_iter().flatten().map(|(method, path, _)| (*method, *path))
}

impl Asked<'_> {
    /// A blank as it was sent.
    pub(crate) fn blank(&self, at: usize) -> &str {
        self.blanks.get(at).map_or("", String::as_str)
    }

    /// A blank that is an id; 0 (no record's) when it is none.
    pub(crate) fn id(&self, at: usize) -> i64 {
        self.blank(at).parse().unwrap_or(0)
    }

    /// The fields of the body; a refusal when it is no object.
    pub(crate) fn fields(&self, world: &World) -> Result<Fields<'_>, Reply> {
        Fields::of(&self.body)
            .ok_or_else(|| Reply::bad_request(&world.rules, "body", "The request body must be an object."))
    }

    /// `skip` and `take` of the URL, `take` at most `max`.
    pub(crate) fn window(&self, max: usize) -> (usize, usize) {
        let count = |name: &str, default| {
            self.call.parameter(name).and_then(|text| text.parse().ok()).unwrap_or(default)
        };
        (count("skip", 0), count("take", 10).min(max))
    }

    /// What a search looks for, in lower case: `search` of the body.
    pub(crate) fn search(&self) -> String {
        Fields::of(&self.body).map(|fields| fields.text("search").to_lowercase()).unwrap_or_default()
    }

    /// Runs a query; gives the positions of its page and how many match in all.
    pub(crate) fn query(
        &self,
        world: &World,
        table: &impl Table,
        body: &Value,
    ) -> Result<(Vec<u32>, usize), Reply> {
        let terms = Terms {
            today: time::day(world.zone(), world.now_ms),
            operators: world.rules.operators,
            names_checked: world.rules.query_names_checked,
            paging_in_body: world.rules.paging_in_body,
        };
        Query::read(body, table, terms, &|name| self.call.parameter(name))
            .map(|query| query.run(table))
            .map_err(|text| Reply::bad_request(&world.rules, "query", &text))
    }

    /// `{list, total}` of what a query over this table finds.
    pub(crate) fn page<T: Serialize>(
        &self,
        world: &World,
        table: &impl Table,
        write: impl Fn(u32) -> T,
    ) -> Reply {
        match self.query(world, table, &self.body) {
            Ok((page, total)) => list(page.into_iter().map(write).collect(), total),
            Err(refusal) => refusal,
        }
    }

    /// The part of a list that `skip` and `take` of the URL name, as `{list, total}`.
    pub(crate) fn cut<T: Serialize>(&self, items: Vec<T>) -> Reply {
        let (skip, take) = self.window(1000);
        let total = items.len();
        list(items.into_iter().skip(skip).take(take).collect(), total)
    }

    /// `{list, total}` of the records whose `parameter` is the id in the first blank.
    pub(crate) fn page_of<T: Serialize>(
        &self,
        world: &World,
        table: &impl Table,
        parameter: &str,
        write: impl Fn(u32) -> T,
    ) -> Reply {
        let condition = serde_json::json!({"parameter": parameter, "operator": "Is", "value": self.blank(0)});
        let body = serde_json::json!({"groups": [{"conditions": [condition]}]});
        match self.query(world, table, &body) {
            Ok((page, total)) => list(page.into_iter().map(write).collect(), total),
            Err(refusal) => refusal,
        }
    }
}

/// A record, or 404.
pub(crate) fn or_missing(world: &World, found: Option<impl Serialize>) -> Reply {
    found.map_or_else(|| Reply::missing(&world.rules), |value| Reply::json(&value))
}

/// `{list, total}`.
pub(crate) fn list(items: Vec<impl Serialize>, total: usize) -> Reply {
    #[derive(Serialize)]
    struct Page<T> {
        list: Vec<T>,
        total: usize,
    }
    Reply::json(&Page { list: items, total })
}
