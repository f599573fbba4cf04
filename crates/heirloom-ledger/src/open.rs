//! Creating, opening, copying; what a ledger is of, and which world it is bound to.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use heirloom_model::Moment;
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::door::{CommitHook, Core, Desk, Door};
use crate::error::{LedgerError, Result};
use crate::lock::Lock;
use crate::platform::{private_dir, private_file};
use crate::schema::{Found, VERSION, look_at, migrate, set_up, set_up_statements};
use crate::{Identity, Ledger, Look, World};

/// Pages copied at a time by a backup.
const BACKUP_PAGES: i32 = 4_096;

impl Ledger {
    /// Creates a ledger; its folder too, if there is none.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] if there is a file with anything in it; [`LedgerError::InUse`].
    pub fn create(path: &Path, identity: &Identity) -> Result<Ledger> {
        let io = |doing, source| LedgerError::Io { doing, path: path.to_owned(), source };
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            private_dir(folder).map_err(|e| io("make the folder of", e))?;
        }
        let lock = Lock::take(path, Lock::PATIENCE)?;
        private_file(path).map_err(|e| io("create", e))?;
        let mut conn = connect(path)?;
        let found = look_at(&conn)?;
        if found != Found::Blank && read_identity(&conn).is_ok_and(|i| i.is_some()) {
            return Err(LedgerError::Exists { path: path.to_owned() });
        }
        match found {
            Found::Foreign => {
                return Err(LedgerError::Exists { path: path.to_owned() });
            }
            Found::Blank => {
                set_up(&conn)?;
                migrate(&mut conn, 0, None)?;
            }
            // A creation that was cut off before its last step.
            Found::Ledger(version) => {
                set_up(&conn)?;
                migrate(&mut conn, version, None)?;
            }
        }
        Ledger::start(conn, Some((path, lock)), Some(identity))
    }

    /// Opens a ledger, takes its lock and brings it to this program's version.
    ///
    /// # Errors
    /// [`LedgerError::Missing`], [`LedgerError::InUse`], [`LedgerError::NotALedger`],
    /// [`LedgerError::Newer`].
    pub fn open(path: &Path) -> Result<Ledger> {
        Ledger::open_in(path, Lock::PATIENCE)
    }

    /// Opens a ledger for a look: as [`Ledger::open`] does if nobody works with it, else beside whoever does.
    ///
    /// # Errors
    /// As [`Ledger::open`] and [`Ledger::look_beside`].
    pub fn open_to_look(path: &Path) -> Result<Ledger> {
        match Ledger::open_in(path, Lock::A_MOMENT) {
            Err(LedgerError::InUse { holder }) => Ledger::look_beside(path, &holder),
            opened => opened,
        }
    }

    fn open_in(path: &Path, patience: u32) -> Result<Ledger> {
        if !path.is_file() {
            return Err(LedgerError::Missing { path: path.to_owned() });
        }
        let lock = Lock::take(path, patience)?;
        let mut conn = connect(path)?;
        let missing = || LedgerError::Missing { path: path.to_owned() };
        let version = match look_at(&conn)? {
            Found::Ledger(version) => version,
            Found::Blank => return Err(missing()),
            Found::Foreign => return Err(LedgerError::NotALedger { path: path.to_owned() }),
        };
        set_up(&conn)?;
        migrate(&mut conn, version, Some(path))?;
        if read_identity(&conn)?.is_none() {
            return Err(missing());
        }
        Ledger::start(conn, Some((path, lock)), None)
    }

    /// Looks at a ledger that another process works with, `holder`: all that is asked is answered from
    /// one moment of it, the one of this call, and every write through this handle is refused. Takes no lock.
    ///
    /// # Errors
    /// [`LedgerError::InUse`] if there is nothing to look at yet, or a change of format is due;
    /// [`LedgerError::Newer`].
    pub fn look_beside(path: &Path, holder: &str) -> Result<Ledger> {
        let conn = connect_to_look(path)?;
        match look_at(&conn)? {
            Found::Ledger(found) if found > VERSION => {
                return Err(LedgerError::Newer { found, known: VERSION });
            }
            Found::Ledger(VERSION) if read_identity(&conn)?.is_some() => {}
            _ => return Err(LedgerError::InUse { holder: holder.to_owned() }),
        }
        Ledger::looking(Door::to_file(conn, None)?, Some(holder))
    }

    /// Gives the lock back, and only looks from now on, at this moment: whoever comes next may work.
    ///
    /// # Errors
    /// [`LedgerError::Refused`] of a ledger in memory, which nobody else can open; if it cannot be read.
    pub fn only_look(self) -> Result<Ledger> {
        let path = self.door.call(|core| Ok(core.path()))?;
        let path = path.ok_or_else(|| LedgerError::refused("only look at a ledger in memory"))?;
        // Open before the lock is freed, with `self`: nobody comes between.
        Ledger::looking(Door::to_file(connect_to_look(&path)?, None)?, None)
    }

    fn looking(door: Door, worker: Option<&str>) -> Result<Ledger> {
        door.call(Core::hold)?;
        let look = Some(Look { worker: worker.map(Arc::from) });
        Ok(Ledger { reader: None, door: Arc::new(door), chunks: Arc::default(), look })
    }

    /// Who works with this ledger while this handle only looks at it.
    pub fn worker(&self) -> Option<&str> {
        self.look.as_ref()?.worker.as_deref()
    }

    /// Whether nothing can be kept through this handle.
    pub fn only_looks(&self) -> bool {
        self.look.is_some()
    }

    /// A ledger in memory, gone with its last handle.
    ///
    /// # Errors
    /// If memory is short.
    pub fn in_memory(identity: &Identity) -> Result<Ledger> {
        let mut conn = Connection::open_in_memory()?;
        set_up(&conn)?;
        migrate(&mut conn, 0, None)?;
        Ledger::start(conn, None, Some(identity))
    }

    /// A copy in memory, for simulations: nothing done to it reaches this ledger.
    ///
    /// # Errors
    /// If the ledger cannot be read or memory is short.
    pub fn copy_in_memory(&self) -> Result<Ledger> {
        let conn = self.door.call(|core| {
            let mut copy = Connection::open_in_memory()?;
            Backup::new(&core.conn, &mut copy)?.run_to_completion(BACKUP_PAGES, Duration::ZERO, None)?;
            set_up(&copy)?;
            Ok(copy)
        })?;
        Ledger::start(conn, None, None)
    }

    /// A handle to what is left of a ledger in memory after a crash: what was committed, and nothing
    /// that was remembered beside it. All earlier handles are dead from then on.
    ///
    /// # Errors
    /// If it is a file, or crashed before.
    pub fn crash_in_memory(&self) -> Result<Ledger> {
        Ok(Ledger::of(None, self.door.crash()?))
    }

    /// Writes a consistent copy to a new file that only its owner can read.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] if there is a file already.
    pub fn backup_to(&self, path: &Path) -> Result<()> {
        let path = path.to_owned();
        if path.exists() {
            return Err(LedgerError::Exists { path });
        }
        private_file(&path).map_err(|source| LedgerError::Io {
            doing: "create",
            path: path.clone(),
            source,
        })?;
        self.door.call(move |core| {
            core.conn
                .backup("main", &path, None::<fn(rusqlite::backup::Progress)>)
                .map_err(|source| LedgerError::Store { doing: "back up the ledger", source })
        })
    }

    /// `file` is where it lies, with the lock on it; a ledger in memory is read by its writer.
    fn start(conn: Connection, file: Option<(&Path, Lock)>, identity: Option<&Identity>) -> Result<Ledger> {
        let (reader, door) = match file {
            Some((path, lock)) => {
                (Some(Door::to_file(connect_to_read(path)?, None)?), Door::to_file(conn, Some(lock))?)
            }
            None => (None, Door::to_memory(conn)),
        };
        let ledger = Ledger::of(reader, door);
        if let Some(identity) = identity.cloned() {
            ledger.commit("create the ledger", move |desk| write_identity(desk, &identity))?;
        }
        Ok(ledger)
    }

    fn of(reader: Option<Door>, door: Door) -> Ledger {
        let (reader, door) = (reader.map(Arc::new), Arc::new(door));
        Ledger { reader, door, chunks: Arc::default(), look: None }
    }

    /// What this ledger is of.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn identity(&self) -> Result<Identity> {
        self.look("read what the ledger is of", |desk| {
            let identity = read_identity(desk.conn)?;
            identity.ok_or_else(|| LedgerError::damaged("the ledger's identity"))
        })
    }

    /// Binds the ledger to a world and an organization, `name (id)`, once and for ever. One that was
    /// renamed is known by its id, and bound under its new name.
    ///
    /// # Errors
    /// [`LedgerError::WrongWorld`] or [`LedgerError::WrongOrganization`] if it is bound otherwise.
    pub fn bind_world(&self, world: World, organization: &str) -> Result<()> {
        let wanted = organization.to_owned();
        self.commit("bind the ledger", move |desk| match binding(desk.conn)? {
            Some((bound, _)) if bound != world => Err(LedgerError::WrongWorld { bound, wanted: world }),
            Some((_, bound)) if bound == wanted => Ok(()),
            Some((_, bound)) if id_of(&bound).is_some_and(|id| id_of(&wanted) == Some(id)) => {
                desk.conn.execute("UPDATE binding SET organization = ?1", [wanted])?;
                Ok(())
            }
            Some((_, bound)) => Err(LedgerError::WrongOrganization { bound, wanted }),
            None => {
                desk.conn.execute(
                    "INSERT INTO binding (one, world, organization) VALUES (1, ?1, ?2)",
                    params![world.as_str(), wanted],
                )?;
                Ok(())
            }
        })
    }

    /// The world and organization it is bound to.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn binding(&self) -> Result<Option<(World, String)>> {
        self.look("read the ledger's binding", |desk| binding(desk.conn))
    }

    /// Asks `hook` at both sides of every commit from now on (for tests of crashes); `None` ends it.
    ///
    /// # Errors
    /// If the ledger's thread has stopped.
    pub fn watch_commits(&self, hook: Option<CommitHook>) -> Result<()> {
        self.door.call(move |core| {
            core.hook = hook;
            Ok(())
        })
    }
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// A connection that cannot write: it sees what was committed when its query began.
fn connect_to_read(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(Duration::from_millis(5_000))?;
    set_up_statements(&conn)?;
    Ok(conn)
}

/// A connection for a look. It changes nothing by itself; whoever closes last, a look too, brings what was
/// committed from beside the file into it, for which the file must be open for writing.
fn connect_to_look(path: &Path) -> Result<Connection> {
    let conn = connect(path)?;
    conn.busy_timeout(Duration::from_millis(5_000))?;
    conn.pragma_update(None, "query_only", true)?;
    set_up_statements(&conn)?;
    Ok(conn)
}

fn write_identity(desk: &mut Desk<'_>, identity: &Identity) -> Result<()> {
    desk.conn.execute(
        "INSERT INTO identity (one, ledger_id, name, source, currency, created, exported_on)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            identity.ledger_id,
            identity.name,
            identity.source,
            identity.currency,
            identity.created.0,
            identity.exported_on
        ],
    )?;
    Ok(())
}

fn read_identity(conn: &Connection) -> Result<Option<Identity>> {
    let world = binding(conn)?.map(|(world, _)| world);
    let identity = conn
        .query_row(
            "SELECT ledger_id, name, source, currency, created, exported_on FROM identity ORDER BY one",
            [],
            |r| {
                Ok(Identity {
                    ledger_id: r.get(0)?,
                    name: r.get(1)?,
                    source: r.get(2)?,
                    currency: r.get(3)?,
                    world,
                    created: Moment(r.get(4)?),
                    exported_on: r.get(5)?,
                })
            },
        )
        .optional()?;
    Ok(identity)
}

/// The id in `name (id)`.
fn id_of(organization: &str) -> Option<&str> {
    organization.strip_suffix(')')?.rsplit_once(" (").map(|(_, id)| id)
}

fn binding(conn: &Connection) -> Result<Option<(World, String)>> {
    let found: Option<(String, String)> = conn
        .query_row("SELECT world, organization FROM binding ORDER BY one", [], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    found
        .map(|(world, organization)| match World::parse(&world) {
            Some(world) => Ok((world, organization)),
            None => Err(LedgerError::damaged("the ledger's binding")),
        })
        .transpose()
}
