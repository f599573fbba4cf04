//! Who we are at the target, and how to reach it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use heirloom_ledger::World;
use heirloom_model::Moment;
use heirloom_virtuous::{
    Grant, HttpTransport, PaceTerms, Pacer, SignInFailure, SignedIn, Slot, Target, Tokens, TransportError,
    sign_in,
};
use secrecy::SecretString;
use url::Url;

use crate::approval::unexpected;
use crate::cli::target_args::TargetArgs;
use crate::failure::{Exit, Failure, Result};
use crate::line::{Line, LiveLine, WallClock, wall_clock};
use crate::migration::Migration;
use crate::progress::Progress;
use crate::secrets::{Kept, keep, kept};

/// Under which name the address is kept.
const ADDRESS_FACT: &str = "address";

/// The vendor's own address.
const VENDOR: &str = "https://api.virtuoussoftware.com/";

/// The token that the simulator takes unless it was told another.
const SIMULATOR_TOKEN: &str = "heirloom-simulator";

/// A sign-in that ends so soon is renewed before it is used.
const RENEW_BEFORE_MS: i64 = 10 * 60_000;

/// A target, and whether its sign-in can still be renewed if the vendor does not accept it.
pub struct Entrance {
    /// Where, with the token.
    pub target: Target,
    /// It was renewed just now: a token that is refused all the same is no matter of time.
    is_fresh: bool,
}

/// Address and token from the arguments and the environment; a sign-in that is about to end is
/// renewed.
///
/// # Errors
/// A missing or readable-by-all token, or an address that is neither the vendor's nor this computer's.
pub fn entrance(args: &TargetArgs, migration: &Migration) -> Result<Entrance> {
    let base = base(args, migration)?;
    let mut is_fresh = false;
    let kept = match kept(args.token_file.as_deref())? {
        Some(Kept::SignIn(tokens)) if file(args).is_some() && ends_soon(&tokens, wall_clock()) => {
            is_fresh = true;
            Some(Kept::SignIn(renew(args, &base, tokens)?))
        }
        Some(kept) => Some(kept),
        None if is_vendor(&base) => None,
        None => Some(Kept::Key(SIMULATOR_TOKEN.to_owned().into())),
    };
    let kept = kept.ok_or_else(|| Failure::Target {
        what: "there is no token for Virtuous: give --token-file FILE, or set HEIRLOOM_TOKEN; for the simulator, \
               --target http://127.0.0.1:8787"
            .into(),
        exit: Exit::Credentials,
    })?;
    Ok(Entrance { target: at(base, kept.access().clone())?, is_fresh })
}

/// [`entrance`], for a single call.
///
/// # Errors
/// As [`entrance`].
pub fn target(args: &TargetArgs, migration: &Migration) -> Result<Target> {
    Ok(entrance(args, migration)?.target)
}

/// The target with a renewed sign-in, for a 401 in the middle of a run; `None` if there is
/// nothing to renew.
///
/// # Errors
/// A refusal, or no answer.
pub fn renewed(args: &TargetArgs, migration: &Migration) -> Result<Option<Target>> {
    if file(args).is_none() {
        return Ok(None);
    }
    match kept(args.token_file.as_deref())? {
        Some(Kept::SignIn(tokens)) if tokens.refresh.is_some() => {
            let base = base(args, migration)?;
            let tokens = renew(args, &base, tokens)?;
            Ok(Some(at(base, tokens.access)?))
        }
        _ => Ok(None),
    }
}

/// Does `work`; if the vendor does not accept the token, once more with a renewed one. Gives the target
/// that worked.
///
/// # Errors
/// Whatever `work` gives; a refusal of the renewal.
pub fn renewing<T>(
    args: &TargetArgs,
    migration: &Migration,
    Entrance { target, is_fresh }: Entrance,
    mut work: impl FnMut(&Target) -> Result<T>,
) -> Result<(Target, T)> {
    let done = work(&target);
    if matches!(done, Err(Failure::Target { exit: Exit::Credentials, .. }))
        && !is_fresh
        && let Some(renewed) = renewed(args, migration)?
    {
        let done = work(&renewed)?;
        return Ok((renewed, done));
    }
    Ok((target, done?))
}

/// The file in which renewed tokens can be kept: those of a pipe or of the environment would be lost.
fn file(args: &TargetArgs) -> Option<&Path> {
    args.token_file.as_deref().filter(|path| *path != Path::new("-"))
}

fn base(args: &TargetArgs, migration: &Migration) -> Result<Url> {
    let remembered = remembered(migration)?;
    address(args.target.as_deref().or(remembered.as_deref()))
}

/// The vendor's address, or the one given.
///
/// # Errors
/// [`Failure::Usage`] for what is no address.
pub fn address(given: Option<&str>) -> Result<Url> {
    let text = given.unwrap_or(VENDOR);
    Url::parse(text).map_err(|error| {
        Failure::usage(
            format!("\"{text}\" is not an address: {error}"),
            "give something like --target http://127.0.0.1:8787",
        )
    })
}

fn is_vendor(base: &Url) -> bool {
    base.as_str() == VENDOR
}

fn at(base: Url, token: SecretString) -> Result<Target> {
    let live = is_vendor(&base);
    Target::new(base, token).map_err(|error| match live {
        true => Failure::Target { what: format!("cannot use this token: {error}"), exit: Exit::Credentials },
        false => Failure::usage(
            format!("cannot use this address: {error}"),
            "give the simulator's address, or none for Virtuous itself",
        ),
    })
}

fn ends_soon(tokens: &Tokens, now: Moment) -> bool {
    tokens.refresh.is_some() && tokens.expires.is_some_and(|at| at.since_ms(now) < RENEW_BEFORE_MS)
}

/// Renews a sign-in, once, and keeps both new tokens before either is used.
fn renew(args: &TargetArgs, base: &Url, tokens: Tokens) -> Result<Tokens> {
    let Some(refresh) = tokens.refresh else {
        return Ok(tokens);
    };
    let SignedIn::Tokens(mut new) = sign_in_at(base, &Grant::Refresh { refresh: refresh.clone() })? else {
        return Err(Failure::Target {
            what: "Virtuous wants you to sign in again".into(),
            exit: Exit::Credentials,
        });
    };
    // The vendor may keep the refresh token as it is, and then need not repeat it.
    new.refresh = new.refresh.or(Some(refresh));
    if let Some(path) = file(args) {
        keep(path, &new)?;
    }
    Ok(new)
}

/// Signs in with one request.
///
/// # Errors
/// [`Failure::Target`]; never holds a secret.
pub fn sign_in_at(base: &Url, grant: &Grant) -> Result<SignedIn> {
    let now = wall_clock();
    let mut transport = HttpTransport::to(base).map_err(no_network)?;
    // One request of a person's own; whatever they ran before has its own record of the hour.
    let Slot::Go(permit) = Pacer::new(PaceTerms::default(), &[], None, now).next_slot(now) else {
        return Err(unexpected(&"a new pacer gives no permit"));
    };
    sign_in(&mut transport, base, grant, permit, now).map_err(|failure| {
        let exit = match &failure {
            SignInFailure::Unreachable { .. } => Exit::Paused,
            _ => Exit::Credentials,
        };
        Failure::Target { what: format!("cannot {failure}"), exit }
    })
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
    let transport = HttpTransport::new(target).map_err(no_network)?;
    Ok(Line { transport, clock: WallClock::new(migration.ledger.clone(), stop, progress) })
}

fn no_network(error: TransportError) -> Failure {
    Failure::Target { what: format!("cannot use the network: {error}"), exit: Exit::Unexpected }
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
