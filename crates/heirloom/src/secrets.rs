//! Where tokens come from and are kept: a file that only its owner can read, standard input, the
//! environment, or the operating system's keyring. Never an argument. A file holds an API key, or what a sign-in gave.

use std::io::{Read, Write};
use std::path::Path;

use heirloom_model::Moment;
use heirloom_virtuous::Tokens;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};
use crate::keyring;

/// A token file that stands for standard input.
const STDIN: &str = "-";

/// What is kept.
#[derive(Debug)]
pub enum Kept {
    /// An API key, or any bearer token that cannot be renewed.
    Key(SecretString),
    /// What a sign-in gave.
    SignIn(Tokens),
}

impl Kept {
    /// The token for calls.
    pub fn access(&self) -> &SecretString {
        match self {
            Kept::Key(key) => key,
            Kept::SignIn(tokens) => &tokens.access,
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    access_token: String,
    refresh_token: Option<String>,
    expires: Option<String>,
}

/// The token from `--token-file` (`-` is standard input, `@keyring` the system's store), else from `HEIRLOOM_TOKEN`.
///
/// # Errors
/// [`Failure::Usage`] for a file that is not there, or that others can read.
pub fn kept(file: Option<&Path>) -> Result<Option<Kept>> {
    let text = match file {
        None => std::env::var("HEIRLOOM_TOKEN").unwrap_or_default(),
        Some(path) if path == Path::new(STDIN) => {
            let mut text = String::new();
            std::io::stdin().lock().read_to_string(&mut text).map_err(|error| {
                Failure::usage(format!("cannot read the token from standard input: {error}"), "pipe it in")
            })?;
            text
        }
        Some(path) if path == Path::new(keyring::NAME) => keyring::read()?,
        Some(path) => read_private(path)?,
    };
    parse(text.trim())
}

fn parse(text: &str) -> Result<Option<Kept>> {
    if !text.starts_with('{') {
        return Ok((!text.is_empty()).then(|| Kept::Key(SecretString::from(text.to_owned()))));
    }
    // The parser's own words could quote the token.
    let unreadable =
        || Failure::usage("the token file is not what sign-in writes", "run  heirloom sign-in  again");
    let file: File = serde_json::from_str(text).map_err(|_| unreadable())?;
    if file.version != 1 {
        return Err(unreadable());
    }
    let expires =
        file.expires.map(|text| text.parse::<jiff::Timestamp>().map_err(|_| unreadable())).transpose()?;
    Ok(Some(Kept::SignIn(Tokens {
        access: file.access_token.into(),
        refresh: file.refresh_token.map(SecretString::from),
        expires: expires.map(|at| Moment(at.as_millisecond())),
    })))
}

/// A secret of the user's own making, such as the one that signs webhooks, from a file that only they can read.
///
/// # Errors
/// [`Failure::Usage`] for a file that is not there, is empty, or that others can read.
pub fn shared_secret(path: &Path) -> Result<SecretString> {
    let text = read_private(path)?;
    let text = text.trim();
    if text.len() < 16 {
        return Err(Failure::usage(
            format!("the secret in {} is shorter than 16 characters", path.display()),
            "put a long random word into it",
        ));
    }
    Ok(SecretString::from(text.to_owned()))
}

fn read_private(path: &Path) -> Result<String> {
    let wrong = |error: std::io::Error| {
        Failure::usage(format!("cannot read the token file {}: {error}", path.display()), "check its name")
    };
    let metadata = std::fs::metadata(path).map_err(wrong)?;
    if readable_by_others(&metadata) {
        return Err(Failure::usage(
            format!("others on this computer can read the token file {}", path.display()),
            format!("run  chmod 600 {}", path.display()),
        ));
    }
    std::fs::read_to_string(path).map_err(wrong)
}

/// Keeps what a sign-in gave, in place of what was there, in a file that only its owner can read.
///
/// # Errors
/// [`Failure::Write`]; the old file is whole then.
pub fn keep(path: &Path, tokens: &Tokens) -> Result<()> {
    let expires = tokens.expires.and_then(|at| jiff::Timestamp::from_millisecond(at.0).ok());
    let file = File {
        version: 1,
        access_token: tokens.access.expose_secret().to_owned(),
        refresh_token: tokens.refresh.as_ref().map(|t| t.expose_secret().to_owned()),
        expires: expires.map(|at| at.to_string()),
    };
    let text = serde_json::to_string_pretty(&file).map_err(|e| Failure::write(path, e.into()))?;
    if path == Path::new(keyring::NAME) {
        return keyring::keep(&text);
    }
    let beside = path.with_extension("new");
    let failed = |error| Failure::write(path, error);
    // A rest of an earlier attempt may have been readable by others.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    let mut out = private_new(&beside).map_err(failed)?;
    out.write_all(text.as_bytes()).and_then(|()| out.sync_all()).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

#[cfg(unix)]
fn private_new(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private_new(path: &Path) -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).create_new(true).open(path)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(access: &str) -> Tokens {
        Tokens {
            access: SecretString::from(access.to_owned()),
            refresh: Some(SecretString::from("r-1".to_owned())),
            expires: Some(Moment(1_795_435_200_000)),
        }
    }

    #[test]
    fn what_a_sign_in_gave_is_kept_for_its_owner_only_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for access in ["a-1", "a-2"] {
            keep(&path, &tokens(access)).unwrap();
            let Some(Kept::SignIn(read)) = kept(Some(&path)).unwrap() else { panic!("no sign-in") };
            assert_eq!(read.access.expose_secret(), access);
            assert_eq!(read.refresh.unwrap().expose_secret(), "r-1");
            assert_eq!(read.expires, Some(Moment(1_795_435_200_000)));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[cfg(unix)]
    #[test]
    fn a_token_that_others_can_read_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "v_key\n").unwrap();
        for (mode, usable) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o644, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(kept(Some(&path)).is_ok(), usable, "{mode:o}");
        }
        keep(&path, &tokens("a-1")).unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[cfg(not(feature = "keyring"))]
    #[test]
    fn without_the_systems_keyring_its_name_is_no_file_and_says_what_to_do() {
        let name = Path::new(keyring::NAME);
        for failure in [kept(Some(name)).unwrap_err(), keep(name, &tokens("a-1")).unwrap_err()] {
            assert!(failure.to_string().contains("built without"), "{failure}");
        }
        assert!(!name.exists());
    }

    #[test]
    fn a_damaged_file_is_told_without_its_content() {
        for text in
            ["{\"version\":1,\"access_token\":\"v_secret\"", "{\"version\":2,\"access_token\":\"v_secret\"}"]
        {
            let failure = parse(text).unwrap_err();
            assert!(!format!("{failure} {failure:?}").contains("v_secret"));
        }
        assert!(parse("").unwrap().is_none());
        assert!(matches!(parse("v_key").unwrap(), Some(Kept::Key(_))));
    }
}
