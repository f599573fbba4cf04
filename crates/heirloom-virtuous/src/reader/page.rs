//! Queries and the pages that answer them.

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use super::ReadFailure;
use crate::found::Project;
use crate::parse;
use crate::target::Target;

/// Rows asked for at once; the vendor's maximum.
pub(super) const PAGE_ROWS: usize = 1_000;

/// A 4xx that another try would not change.
pub(super) fn is_final(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 408 | 425 | 429)
}

pub(super) fn unreadable(what: &'static str, why: &'static str) -> ReadFailure {
    ReadFailure::Unreadable { what, why }
}

pub(super) fn condition(parameter: &str, operator: &str, value: &str) -> Value {
    json!({ "parameter": parameter, "operator": operator, "value": value })
}

pub(super) fn query<'a>(
    target: &'a Target,
    path: &'a [&'a str],
    skip: usize,
    conditions: &[Value],
) -> impl Fn(usize) -> Request<Bytes> + 'a {
    let groups = match conditions {
        [] => json!([]),
        some => json!([{ "conditions": some }]),
    };
    let body = json!({ "groups": groups, "sortBy": "Id", "descending": "false" }).to_string();
    move |take| target.query(path, &format!("skip={skip}&take={take}"), body.clone())
}

/// A query of rows that meet any of several groups of conditions.
pub(super) fn any_of<'a>(
    target: &'a Target,
    path: &'a [&'a str],
    groups: &[Vec<Value>],
) -> impl Fn(usize) -> Request<Bytes> + 'a {
    let groups: Vec<Value> = groups.iter().map(|conditions| json!({ "conditions": conditions })).collect();
    let body = json!({ "groups": groups, "sortBy": "Id", "descending": "false" }).to_string();
    move |take| target.query(path, &format!("skip=0&take={take}"), body.clone())
}

pub(super) fn is_more(rows: usize, total: Option<u64>, seen: usize) -> bool {
    rows > 0 && (rows >= PAGE_ROWS || total.is_none_or(|total| total > seen as u64))
}

/// Whether the last row that is known stands where it stood: of a list that is read by place, each further
/// page begins with it. Else something before it was deleted meanwhile, and another row is hidden.
pub(super) fn still_there(
    known: Option<i64>,
    first: Option<i64>,
    what: &'static str,
) -> Result<(), ReadFailure> {
    match known {
        Some(_) if known != first => Err(unreadable(what, "its pages moved while they were read")),
        _ => Ok(()),
    }
}

pub(super) fn all_of(
    mut found: Vec<Project>,
    total: Option<u64>,
    what: &'static str,
) -> Result<Vec<Project>, ReadFailure> {
    let rows = found.len();
    found.sort_by_key(|p| p.id);
    found.dedup_by_key(|p| p.id);
    if found.len() != rows || total.is_some_and(|total| total > rows as u64) {
        return Err(unreadable(what, "its pages do not make one list"));
    }
    Ok(found)
}

pub(super) fn rows_after<R>(
    value: &Value,
    after_id: i64,
    what: &'static str,
    read: impl Fn(&Value) -> Option<R>,
    id: impl Fn(&R) -> i64,
) -> Result<(Vec<R>, bool), ReadFailure> {
    let (rows, total) = parse::page(value).map_err(|why| unreadable(what, why))?;
    let mut found = Vec::with_capacity(rows.len());
    let mut last = after_id;
    for row in rows {
        let record = read(row).ok_or(unreadable(what, "a row has no id"))?;
        if id(&record) <= last {
            return Err(unreadable(what, "its rows are not in order of their ids"));
        }
        last = id(&record);
        found.push(record);
    }
    let more = is_more(rows.len(), total, rows.len());
    Ok((found, more))
}
