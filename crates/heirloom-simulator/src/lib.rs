//! The vendor's API, played locally: a pure state machine with virtual time, faults from a seed, and an exact log of effects.
//! It knows none of Heirloom's other crates; bytes are all it shares with the client.
//!
//! ```
//! use heirloom_simulator::{Rules, World};
//! let mut world = World::new(Rules::default());
//! world.seed_project("GEN", "General Fund", true);
//! let request = http::Request::get("/api/Organization/Current")
//!     .header("Authorization", "Bearer heirloom-simulator")
//!     .body(bytes::Bytes::new())
//!     .unwrap();
//! let response = world.handle(1_800_000_000_000, request);
//! assert_eq!(response.headers()["server"], "heirloom-simulator");
//! ```

mod admin;
mod ask;
mod body;
mod credits;
mod custom;
mod deliver;
mod digest;
mod draft;
mod draw;
mod endpoints;
mod facts;
mod faults;
mod giving;
mod habits;
mod lag;
mod lenient;
mod likeness;
mod limit;
mod line;
mod matching;
mod night;
mod operators;
mod people;
mod projects;
mod query;
mod render;
mod render_contact;
mod reply;
mod request;
mod routes;
mod rows;
mod rules;
mod run;
pub mod serve;
mod shelf;
mod snapshot;
mod submit;
mod tables;
#[cfg(test)]
mod tests;
mod time;
mod world;

pub use ask::{ask, ask_with};
pub use digest::body_digest;
pub use endpoints::served_paths;
pub use endpoints::webhooks::WebhookDelivery;
pub use facts::{
    ContactRecord, DesignationRecord, Effect, EffectKind, GiftRecord, ImportFacts, ImportKind, ImportState,
    Individual, Method, PostalAddress, ProjectRecord, RequestSeen, SeedContact,
};
pub use faults::{Delivered, FaultKind, Faults};
pub use habits::{
    ContactBatch, CreateImport, CustomField, ErrorShape, LimitChange, Lists, Matching, Operators, Person,
    Put, Repeats, RepeatsBlind, ResetHeader, SignatureForm, Tags, Ties, Twins, Unknown, WebhookShape, Window,
};
pub use rules::Rules;
pub use snapshot::SnapshotError;
pub use world::World;
