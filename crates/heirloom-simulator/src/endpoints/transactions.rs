//! The endpoints of the import pipeline; what they do is in `submit`.

use super::Route;
use crate::submit;

pub(super) const ROUTES: [Route; 4] = [
    ("POST", "api/v2/Gift/Transaction", |world, asked| submit::gift(world, &asked.body)),
    ("POST", "api/v2/Gift/Transactions", |world, asked| submit::gifts(world, &asked.body)),
    ("POST", "api/Contact/Transaction", |world, asked| submit::contact(world, &asked.body)),
    ("POST", "api/Contact/Batch", |world, asked| submit::contacts(world, &asked.body)),
];
