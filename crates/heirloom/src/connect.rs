//! Who we are at the target, and how to reach it.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use heirloom_ledger::World;
use heirloom_virtuous::{HttpTransport, Target};
use url::Url;

use crate::cli::args::TargetArgs;
use crate::failure::{Exit, Failure, Result};
use crate::line::{Line, LiveLine, WallClock, wall_clock};
use crate::migration::Migration;
use crate::progress::Progress;

/// Under which name the address is kept.
const ADDRESS_FACT: &str = "address";

/// The token that the simulator takes unless it was told another.
const SIMULATOR_TOKEN: &str = "heirloom-simulator";

/// Address and token from the arguments and the environment.
///
/// # Errors
/// A missing or readable-by-all token, or an address that is neither the vendor's nor this computer's.
pub fn target(args: &TargetArgs, migration: &Migration) -> Result<Target> {
    let remembered = remembered(migration)?;
    let base = match args.target.as_ref().or(remembered.as_ref()) {
        Some(text) => Some(Url::parse(text).map_err(|error| {
            Failure::usage(
                format!("\"{text}\" is not an address: {error}"),
                "give something like --target http://127.0.0.1:8787",
            )
        })?),
        None => None,
    };
    let given = token(args)?;
    match base {
        None => {
            let token = given.ok_or_else(|| Failure::Target {
                what: "there is no token for Virtuous".into(),
                exit: Exit::Credentials,
            })?;
            Target::virtuous(token.into()).map_err(|error| Failure::Target {
                what: format!("cannot use this token: {error}"),
                exit: Exit::Credentials,
            })
        }
        Some(base) => {
            let token = given.unwrap_or_else(|| SIMULATOR_TOKEN.to_owned());
            Target::new(base, token.into()).map_err(|error| {
                Failure::usage(
                    format!("cannot use this address: {error}"),
                    "give the simulator's address, or none for Virtuous itself",
                )
            })
        }
    }
}

/// The simulator's address that this ledger was planned with: a rehearsal is never sent elsewhere.
fn remembered(migration: &Migration) -> Result<Option<String>> {
    let bound = migration.ledger.binding()?.map(|(world, _)| world);
    let facts = migration.ledger.target_facts()?;
    let address = facts.into_iter().find(|(name, _, _)| name == ADDRESS_FACT).map(|(_, address, _)| address);
    Ok(address.filter(|_| bound == Some(World::Rehearsal)))
}

/// Keeps the address for later commands.
///
/// # Errors
/// Storage.
pub fn remember(migration: &Migration, target: &Target) -> Result<()> {
    Ok(migration.ledger.save_target_fact(ADDRESS_FACT, target.base().as_str(), wall_clock())?)
}

fn token(args: &TargetArgs) -> Result<Option<String>> {
    let Some(path) = &args.token_file else {
        return Ok(std::env::var("HEIRLOOM_TOKEN")
            .ok()
            .map(|t| t.trim().to_owned())
            .filter(|t| !t.is_empty()));
    };
    let metadata = std::fs::metadata(path).map_err(|error| {
        Failure::usage(format!("cannot read the token file {}: {error}", path.display()), "check its name")
    })?;
    if readable_by_others(&metadata) {
        return Err(Failure::usage(
            format!("others on this computer can read the token file {}", path.display()),
            format!("run  chmod 600 {}", path.display()),
        ));
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(format!("cannot read the token file {}: {error}", path.display()), "check its name")
    })?;
    Ok(Some(text.trim().to_owned()))
}

#[cfg(unix)]
fn readable_by_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn readable_by_others(_: &std::fs::Metadata) -> bool {
    false
}

/// A line to the target over the network; `stop` ends its waits.
///
/// # Errors
/// A network library that cannot start.
pub fn live_line(
    migration: &Migration,
    target: &Target,
    stop: Arc<AtomicBool>,
    progress: Progress,
) -> Result<LiveLine> {
    let transport = HttpTransport::new(target).map_err(|error| Failure::Target {
        what: format!("cannot use the network: {error}"),
        exit: Exit::Unexpected,
    })?;
    Ok(Line { transport, clock: WallClock::new(migration.ledger.clone(), stop, progress) })
}

/// A flag that Ctrl-C or a polite kill sets; a second Ctrl-C ends the process at once, which the ledger survives.
///
/// # Errors
/// A platform without signals.
pub fn stop_flag() -> Result<Arc<AtomicBool>> {
    use std::sync::atomic::Ordering;
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Failure::Target { what: format!("cannot listen for Ctrl-C: {error}"), exit: Exit::Unexpected }
    })?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            while tokio::signal::ctrl_c().await.is_ok() {
                if flag.swap(true, Ordering::SeqCst) {
                    std::process::exit(i32::from(Exit::Interrupted.code()));
                }
                eprintln!("  stopping after the call in the air (Ctrl-C again to leave at once)");
            }
        });
    });
    Ok(stop)
}
