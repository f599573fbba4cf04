//! Signing in: OAuth's password and refresh grants at `POST /Token`, with a second factor.
//! Secrets are in no Debug, no error and no address; a sign-in is sent once.

use bytes::Bytes;
use heirloom_model::Moment;
use http::Request;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::header;
use crate::pacer::Permit;
use crate::parse;
use crate::reading::{Reply, get};
use crate::target::{TargetError, Transport, check_address, token_request};

/// How to sign in.
#[derive(Debug)]
pub enum Grant {
    /// As a person.
    Password {
        /// Their sign-in name.
        user: String,
        /// Their password.
        password: SecretString,
        /// The code of the second factor, once the vendor asked for it.
        code: Option<SecretString>,
    },
    /// With the refresh token of an earlier sign-in.
    Refresh {
        /// The token.
        refresh: SecretString,
    },
}

/// What a sign-in gave. Keep both tokens: a refresh may change both.
#[derive(Debug)]
pub struct Tokens {
    /// For calls.
    pub access: SecretString,
    /// For the next refresh.
    pub refresh: Option<SecretString>,
    /// When the access token ends, if the vendor said so.
    pub expires: Option<Moment>,
}

/// How a sign-in ended well.
#[derive(Debug)]
pub enum SignedIn {
    /// In.
    Tokens(Tokens),
    /// The vendor has sent a code to the person: sign in again with it.
    CodeNeeded,
}

/// Why a sign-in failed. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInFailure {
    /// The address is not one that a password may go to.
    #[error(transparent)]
    Address(#[from] TargetError),
    /// The vendor said no.
    #[error("sign in: the vendor refused ({status} {code})")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The vendor's error code; empty if it gave none that is plainly one.
        code: String,
    },
    /// No whole answer.
    #[error("sign in: {why}")]
    Unreachable {
        /// Why.
        why: String,
    },
    /// An answer that makes no sense.
    #[error("sign in: the answer holds no token")]
    Unreadable,
}

/// Signs in at `base`, with one request.
///
/// # Errors
/// [`SignInFailure`].
pub fn sign_in<T: Transport>(
    transport: &mut T,
    base: &Url,
    grant: &Grant,
    permit: Permit,
    now: Moment,
) -> Result<SignedIn, SignInFailure> {
    match transport.call(request(base, grant)?, permit) {
        Reply::Answered { status: 200, body, .. } => tokens(&body, now).ok_or(SignInFailure::Unreadable),
        Reply::Answered { status: 202, .. } => Ok(SignedIn::CodeNeeded),
        Reply::Answered { status, body, .. } => {
            Err(SignInFailure::Refused { status, code: plain_code(&body).unwrap_or_default() })
        }
        Reply::NotConnected { why } => {
            Err(SignInFailure::Unreachable { why: format!("no connection: {why}") })
        }
        Reply::Lost { why } => Err(SignInFailure::Unreachable { why }),
    }
}

fn request(base: &Url, grant: &Grant) -> Result<Request<Bytes>, TargetError> {
    check_address(base)?;
    let mut form = Serializer::new(String::new());
    match grant {
        Grant::Password { user, password, code } => {
            form.append_pair("grant_type", "password");
            form.append_pair("username", user);
            form.append_pair("password", password.expose_secret());
            if let Some(code) = code {
                form.append_pair("otp", code.expose_secret().trim());
            }
        }
        Grant::Refresh { refresh } => {
            form.append_pair("grant_type", "refresh_token");
            form.append_pair("refresh_token", refresh.expose_secret());
        }
    }
    Ok(token_request(base, form.finish()))
}

/// The answer's tokens. Its `.expires` is believed before `expires_in`, which is seen to be
/// wrong in published samples.
fn tokens(body: &Bytes, now: Moment) -> Option<SignedIn> {
    let value = parse::json(body).ok()?;
    let text = |key: &str| get(&value, key).and_then(Value::as_str).filter(|t| !t.is_empty());
    if text("error") == Some("awaiting_verification") {
        return Some(SignedIn::CodeNeeded);
    }
    let seconds = get(&value, "expires_in").and_then(Value::as_i64).filter(|s| *s > 0);
    let expires = text(".expires").and_then(header::stamp);
    let expires = expires.or(seconds.map(|s| now.plus_ms(s.saturating_mul(1_000))));
    let secret = |text: &str| SecretString::from(text.to_owned());
    Some(SignedIn::Tokens(Tokens {
        access: secret(text("access_token")?),
        refresh: text("refresh_token").map(secret),
        expires,
    }))
}

/// `invalid_grant` and the like, never prose.
fn plain_code(body: &Bytes) -> Option<String> {
    let value = parse::json(body).ok()?;
    let code = get(&value, "error")?.as_str()?;
    let plain = code.len() <= 40 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    plain.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pacer::{PaceTerms, Pacer, Slot};

    const NOW: Moment = Moment(1_795_435_200_000);

    struct Vendor {
        answer: Option<(u16, String)>,
        seen: Vec<(String, String)>,
    }

    impl Transport for Vendor {
        fn begin(&mut self, _: u64, request: Request<Bytes>, _: Permit) {
            let line = format!("{} {}", request.method(), request.uri());
            assert!(!request.headers().contains_key("authorization"));
            assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
            self.seen.push((line, String::from_utf8_lossy(request.body()).into_owned()));
        }

        fn poll(&mut self, _: i64) -> Option<(u64, Reply)> {
            let (status, body) = self.answer.take().expect("one request");
            Some((u64::MAX, Reply::Answered { status, headers: vec![], body: body.into() }))
        }
    }

    fn secret(text: &str) -> SecretString {
        SecretString::from(text.to_owned())
    }

    fn password(code: Option<&str>) -> Grant {
        let code = code.map(secret);
        Grant::Password { user: "dana@example.org".into(), password: secret("p&ss wörd"), code }
    }

    fn ask(grant: &Grant, status: u16, body: &str) -> (Result<SignedIn, SignInFailure>, String) {
        let mut vendor = Vendor { answer: Some((status, body.to_owned())), seen: vec![] };
        let Slot::Go(permit) = Pacer::new(PaceTerms::default(), &[], None, NOW).next_slot(NOW) else {
            unreachable!("the first call may go")
        };
        let base = Url::parse("http://127.0.0.1:9/").unwrap();
        let ended = sign_in(&mut vendor, &base, grant, permit, NOW);
        assert_eq!(vendor.seen[0].0, "POST http://127.0.0.1:9/Token");
        (ended, vendor.seen[0].1.clone())
    }

    #[test]
    fn the_forms_are_as_the_vendor_wants_them() {
        let (_, form) = ask(&password(None), 202, "");
        assert_eq!(form, "grant_type=password&username=dana%40example.org&password=p%26ss+w%C3%B6rd");
        let (_, form) = ask(&password(Some(" 123456\n")), 202, "");
        assert!(form.ends_with("&otp=123456"), "{form}");
        let (_, form) = ask(&Grant::Refresh { refresh: secret("r-1") }, 202, "");
        assert_eq!(form, "grant_type=refresh_token&refresh_token=r-1");
    }

    #[test]
    fn tokens_come_with_their_end_from_whichever_field_is_there() {
        let check = |rest: &str, expected_s: Option<i64>| {
            let body = format!("{{\"access_token\":\"a-1\",\"refresh_token\":\"r-2\"{rest}}}");
            match ask(&password(None), 200, &body).0.unwrap() {
                SignedIn::Tokens(tokens) => {
                    assert_eq!(tokens.access.expose_secret(), "a-1");
                    assert_eq!(tokens.refresh.unwrap().expose_secret(), "r-2");
                    assert_eq!(tokens.expires.map(|at| at.since_ms(NOW) / 1_000), expected_s, "{rest}");
                }
                other => panic!("{other:?}"),
            }
        };
        check("", None);
        check(",\"expires_in\":3599", Some(3_599));
        check(",\"expires_in\":3599,\".expires\":\"Tue, 08 Dec 2026 12:00:00 GMT\"", Some(1_296_000));
    }

    #[test]
    fn a_second_factor_is_asked_for_and_a_refusal_says_why() {
        let asked = "{\"error\":\"awaiting_verification\",\"error_description\":\"sent\"}";
        for status in [200, 202] {
            assert!(matches!(ask(&password(None), status, asked).0, Ok(SignedIn::CodeNeeded)));
        }
        let refused = |status: u16, code: &str| SignInFailure::Refused { status, code: code.to_owned() };
        let body = "{\"error\":\"invalid_grant\",\"error_description\":\"p&ss is wrong\"}";
        assert_eq!(ask(&password(None), 400, body).0.unwrap_err(), refused(400, "invalid_grant"));
        assert_eq!(ask(&password(None), 302, "<html>").0.unwrap_err(), refused(302, ""));
        for junk in ["", "<html>", "{}", "{\"access_token\":\"\"}"] {
            assert_eq!(ask(&password(None), 200, junk).0.unwrap_err(), SignInFailure::Unreadable);
        }
    }

    #[test]
    fn a_password_goes_nowhere_else_and_shows_nowhere() {
        for bad in ["http://api.virtuoussoftware.com/", "https://example.com/", "http://192.168.1.1/"] {
            assert!(request(&Url::parse(bad).unwrap(), &password(None)).is_err(), "{bad}");
        }
        let grant = password(Some("123456"));
        let shown = format!("{grant:?} {:?}", ask(&grant, 400, "{}").0);
        assert!(!shown.contains("p&ss") && !shown.contains("123456"), "{shown}");
    }
}
