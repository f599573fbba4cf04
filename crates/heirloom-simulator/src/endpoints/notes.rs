//! Notes about contacts.

use super::Route;
use super::kept::{by_contact, create, query, query_options, read, remove, replace};
use crate::operators::Kind::{Boolean, Date, Int, String};
use crate::reply::Reply;
use crate::shelf::{Family, Need, as_kept};

pub(crate) const NOTE: Family = Family {
    name: "ContactNote",
    id: "id",
    first_id: 12_001,
    fields: &[
        ("contactId", Int, Need::Contact),
        ("type", String, Need::Filled),
        ("note", String, Need::Filled),
        ("noteDateTime", Date, Need::Free),
        ("important", Boolean, Need::Free),
        ("private", Boolean, Need::Free),
        ("timeSpent", Int, Need::Free),
    ],
    parameters: &[
        ("Contact Note Id", Int, "id"),
        ("Contact Id", Int, "contactId"),
        ("Note Type", String, "type"),
        ("Note Date", Date, "noteDateTime"),
        ("Create DateTime UTC", Date, "createDateTimeUtc"),
    ],
    finish: as_kept,
};

pub(super) const ROUTES: [Route; 8] = [
    ("POST", "api/ContactNote", |world, asked| create(world, &NOTE, asked)),
    ("GET", "api/ContactNote/{id}", |world, asked| read(world, &NOTE, asked)),
    ("PUT", "api/ContactNote/{id}", |world, asked| replace(world, &NOTE, asked)),
    ("DELETE", "api/ContactNote/{id}", |world, asked| remove(world, &NOTE, asked)),
    ("GET", "api/ContactNote/ByContact/{contactId}", |world, asked| by_contact(world, &NOTE, asked)),
    ("POST", "api/ContactNote/Query", |world, asked| query(world, &NOTE, asked)),
    ("GET", "api/ContactNote/QueryOptions", |world, _| query_options(world, &NOTE)),
    ("GET", "api/ContactNote/Types", |_, _| Reply::json(&["Call", "Email", "General", "Letter", "Meeting"])),
];
