//! `POST /Token`: a password, or a refresh token, for a bearer token. Errors have the OAuth server's shape (E4).

use super::{Asked, Route};
use crate::reply::Reply;
use crate::rules::Rules;
use crate::time::{DAY_MS, http_date};
use crate::world::World;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Life of an access token.
const ACCESS_MS: i64 = 15 * DAY_MS;
/// Life of a refresh token.
const REFRESH_MS: i64 = 365 * DAY_MS;

/// A token that was given out.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Key {
    token: String,
    until_ms: i64,
}

/// The tokens that were given out.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Keys {
    access: Vec<Key>,
    refresh: Vec<Key>,
    given: u64,
}

impl Keys {
    /// Whether a bearer token opens the organization: the API key, or an access token that has not run out.
    pub(crate) fn opens(&self, rules: &Rules, token: Option<&str>, now_ms: i64) -> bool {
        let Some(token) = token else { return false };
        token == rules.token || self.access.iter().any(|key| key.token == token && now_ms < key.until_ms)
    }

    /// Takes every access token back, as when a user is signed out; refresh tokens stay.
    pub(crate) fn revoke(&mut self) {
        self.access.clear();
    }

    /// A new token; the same calls give the same ones.
    fn give(&mut self, kind: &str, seed: u64) -> String {
        self.given += 1;
        let mixed = (seed ^ self.given).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{kind}-{}-{:016x}", self.given, mixed ^ (mixed >> 29))
    }
}

pub(super) const ROUTES: [Route; 1] = [("POST", "Token", token)];

/// An OAuth error.
fn denied(code: &str, text: &str) -> Reply {
    Reply::status(400, &json!({"error": code, "error_description": text}))
}

/// `POST /Token`.
fn token(world: &mut World, asked: &Asked) -> Reply {
    let form = |name: &str| asked.call.form(name);
    let now_ms = world.now_ms;
    match form("grant_type").as_str() {
        "password" => {
            let rules = &world.rules;
            if !form("username").eq_ignore_ascii_case(&rules.username) || form("password") != rules.password {
                return denied("invalid_grant", "The user name or password is incorrect.");
            }
            match form("otp") {
                otp if rules.otp.is_empty() || otp == rules.otp => grant(world, None),
                otp if otp.is_empty() => Reply::status(
                    202,
                    &json!({"error": "awaiting_verification", "error_description": "2-step verification code (OTP) sent."}),
                ),
                _ => denied("invalid_grant", "The verification code is incorrect."),
            }
        }
        "refresh_token" => {
            let given = form("refresh_token");
            let known = |key: &Key| key.token == given && now_ms < key.until_ms;
            match world.keys.refresh.iter().position(known) {
                Some(at) => grant(world, Some(at)),
                None => denied("invalid_grant", "The refresh token is not valid."),
            }
        }
        _ => denied("unsupported_grant_type", "The grant type is not supported."),
    }
}

/// Gives tokens out; `old` is the place of the refresh token that was used.
fn grant(world: &mut World, old: Option<usize>) -> Reply {
    let (now_ms, seed) = (world.now_ms, world.rules.seed);
    let access = world.keys.give("access", seed);
    world.keys.access.retain(|key| now_ms < key.until_ms);
    world.keys.access.push(Key { token: access.clone(), until_ms: now_ms + ACCESS_MS });
    let refresh = match old.filter(|_| !world.rules.refresh_tokens_rotate) {
        Some(at) => world.keys.refresh[at].token.clone(),
        None => {
            old.map(|at| world.keys.refresh.remove(at));
            let token = world.keys.give("refresh", seed);
            world.keys.refresh.push(Key { token: token.clone(), until_ms: now_ms + REFRESH_MS });
            token
        }
    };
    Reply::json(&json!({
        "access_token": access,
        "token_type": "bearer",
        "expires_in": ACCESS_MS / 1000 - 1,
        "refresh_token": refresh,
        "userName": world.rules.username,
        "twoFactorEnabled": if world.rules.otp.is_empty() { "False" } else { "True" },
        ".issued": http_date(now_ms),
        ".expires": http_date(now_ms + ACCESS_MS),
    }))
}
