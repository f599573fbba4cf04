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
mod deliver;
mod draft;
mod facts;
mod faults;
mod giving;
mod likeness;
mod limit;
mod line;
mod night;
mod people;
mod projects;
mod query;
mod reads;
mod render;
mod render_contact;
mod reply;
mod request;
mod routes;
mod rows;
mod rules;
mod run;
pub mod serve;
mod snapshot;
mod submit;
mod tables;
#[cfg(test)]
mod tests;
mod time;
mod world;

pub use ask::ask;
pub use facts::{
    ContactRecord, DesignationRecord, Effect, EffectKind, GiftRecord, ImportFacts, ImportKind, ImportState,
    Individual, Method, PostalAddress, ProjectRecord, RequestSeen, SeedContact, body_digest,
};
pub use faults::{Delivered, FaultKind, Faults};
pub use rules::{
    ContactBatch, CreateImport, ErrorShape, LimitChange, Lists, Person, Repeats, RepeatsBlind, ResetHeader,
    Rules, Tags, Twins, Window,
};
pub use snapshot::SnapshotError;
pub use world::World;
