//! The operating system's own store of secrets, in a program that was built with it (`--features keyring`): the
//! Keychain of macOS, the Credential Manager of Windows, the kernel's keyring of Linux, which a restart empties.

use crate::failure::Result;

/// A token file of this name stands for the store.
pub const NAME: &str = "@keyring";

#[cfg(feature = "keyring")]
mod store {
    use super::Result;
    use crate::failure::Failure;

    fn entry() -> Result<keyring::Entry> {
        keyring::Entry::new("heirloom", "virtuous").map_err(|error| failed("open", &error))
    }

    fn failed(what: &str, error: &keyring::Error) -> Failure {
        // Linux says the same of what is not there and of what it does not allow.
        let why = match error {
            keyring::Error::NoEntry => "this computer does not allow it".to_owned(),
            error => error.to_string(),
        };
        Failure::usage(format!("cannot {what} the keyring: {why}"), "use --token-file with a file instead")
    }

    /// What is kept; empty if nothing is.
    pub fn read() -> Result<String> {
        match entry()?.get_password() {
            Err(keyring::Error::NoEntry) => Ok(String::new()),
            read => read.map_err(|error| failed("read", &error)),
        }
    }

    /// Keeps a text in place of what was there.
    pub fn keep(text: &str) -> Result<()> {
        entry()?.set_password(text).map_err(|error| failed("write to", &error))
    }
}

#[cfg(not(feature = "keyring"))]
mod store {
    use super::Result;
    use crate::failure::Failure;

    fn absent() -> Failure {
        Failure::usage(
            "this program was built without the operating system's keyring",
            "build it with  cargo build --release --features keyring, or use --token-file with a file",
        )
    }

    /// Fails: there is no store.
    pub fn read() -> Result<String> {
        Err(absent())
    }

    /// Fails: there is no store.
    pub fn keep(_: &str) -> Result<()> {
        Err(absent())
    }
}

pub use store::{keep, read};
