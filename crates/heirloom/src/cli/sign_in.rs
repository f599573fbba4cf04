//! `heirloom sign-in`: a person's name and password become tokens in a file of their own.

use std::io::{BufRead, IsTerminal};
use std::path::Path;

use console::Term;
use heirloom_virtuous::{Grant, SignedIn};
use secrecy::SecretString;
use serde_json::json;

use super::{Said, Setting};
use crate::connect::{address, sign_in_at};
use crate::failure::{Exit, Failure, Result};
use crate::secrets::keep;

/// Signs in and keeps the tokens.
pub fn sign_in(setting: &Setting, user: &str, file: &Path, target: Option<&str>) -> Result<Said> {
    let base = address(target)?;
    let password = secret(setting, "HEIRLOOM_PASSWORD", "Password: ")?;
    let grant = |code| Grant::Password { user: user.to_owned(), password: password.clone(), code };
    let code = || secret(setting, "HEIRLOOM_CODE", "The code that Virtuous has sent you: ");
    let signed_in = match sign_in_at(&base, &grant(None))? {
        SignedIn::CodeNeeded => sign_in_at(&base, &grant(Some(code()?)))?,
        done => done,
    };
    let SignedIn::Tokens(tokens) = signed_in else {
        return Err(Failure::Target {
            what: "the code was not accepted: Virtuous asks for another".into(),
            exit: Exit::Credentials,
        });
    };
    keep(file, &tokens)?;
    setting.out.line(&format!("Signed in. The tokens are in {}, which only you can read.", file.display()));
    setting.next(&format!("heirloom plan --token-file {}", file.display()));
    Said::new(json!({ "token_file": file, "expires": tokens.expires.map(|at| at.to_string()) }), Exit::Done)
}

/// A secret from the environment, from a terminal without showing it, or a line of standard input.
fn secret(setting: &Setting, variable: &str, prompt: &str) -> Result<SecretString> {
    if let Some(text) = std::env::var(variable).ok().filter(|text| !text.is_empty()) {
        return Ok(text.into());
    }
    let unread = |error: std::io::Error| {
        Failure::usage(format!("cannot read what you type: {error}"), format!("set {variable}"))
    };
    let text = if std::io::stdin().is_terminal() {
        if setting.common.no_input {
            return Err(Failure::usage(format!("{variable} is not set"), format!("set {variable}")));
        }
        eprint!("{prompt}");
        Term::stderr().read_secure_line().map_err(unread)?
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map_err(unread)?;
        line
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(Failure::usage("nothing was typed", format!("type it, pipe it in, or set {variable}")));
    }
    Ok(text.to_owned().into())
}
