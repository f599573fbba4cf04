//! The world as JSON text, so that a served simulator survives a restart.

use crate::world::World;
use serde::{Deserialize, Serialize};

/// The version of the format.
const VERSION: u32 = 1;

/// A snapshot that cannot be read.
#[derive(Debug)]
pub struct SnapshotError(String);

impl std::fmt::Display for SnapshotError {
    fn fmt(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(out, "read the simulator's saved state: {}", self.0)
    }
}

impl std::error::Error for SnapshotError {}

#[derive(Serialize)]
struct Written<'w> {
    version: u32,
    world: &'w World,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    version: u32,
    world: World,
}

impl World {
    /// Writes everything the world holds; the same world gives the same text.
    pub fn to_json(&self) -> String {
        let written = Written { version: VERSION, world: self };
        serde_json::to_string(&written).expect("a world has only text keys and finite numbers")
    }

    /// Reads what `to_json` wrote.
    ///
    /// # Errors
    /// The text is no snapshot, or one of another version.
    pub fn from_json(text: &str) -> Result<World, SnapshotError> {
        let read: Read = serde_json::from_str(text).map_err(|error| {
            SnapshotError(format!("not a snapshot (line {}, column {})", error.line(), error.column()))
        })?;
        if read.version != VERSION {
            return Err(SnapshotError(format!("version {} is not {VERSION}", read.version)));
        }
        let mut world = read.world;
        world.people.reindex();
        world.projects.reindex();
        world.giving.reindex();
        world.rows.reindex();
        Ok(world)
    }
}
