//! Webhooks as hints: whether a body is signed with our secret, is new, and speaks of our own records.
//! Nothing here says that a gift exists; only a reading does.

pub mod server;

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use heirloom_model::{Digest, Moment};
use heirloom_report::words;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::failure::{Failure, Result};
use crate::platform::private_file;

/// The file of hints.
const BOOK: &str = "hints.jsonl";

/// Bodies of which is remembered that they came; more, and the oldest memory is given up.
const REMEMBERED_MAX: usize = 100_000;

/// Headers looked at for a signature where none is named.
const HEADERS_MAX: usize = 100;

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Encoding {
    /// As the vendor's support page says.
    Base64,
    /// As the vendor's documentation presumes.
    Hex,
}

/// What a delivery must be signed with, and how.
pub struct Signature {
    /// The shared secret.
    pub secret: SecretString,
    /// The header that carries it; every header is tried if none is named.
    pub header: Option<String>,
    /// How it is written; either way if it is not said.
    pub encoding: Option<Encoding>,
}

impl Signature {
    /// Whether a raw body is signed; compared in constant time.
    pub fn fits(&self, headers: &HeaderMap, body: &[u8]) -> bool {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.expose_secret().as_bytes()) else {
            return false;
        };
        mac.update(body);
        let named = |name: &http::HeaderName| {
            self.header.as_ref().is_none_or(|wanted| name.as_str().eq_ignore_ascii_case(wanted))
        };
        let offered = headers.iter().filter(|(name, _)| named(name)).take(HEADERS_MAX);
        let texts = offered.filter_map(|(_, value)| value.to_str().ok());
        texts.flat_map(|text| self.decoded(text.trim())).any(|bytes| mac.clone().verify_slice(&bytes).is_ok())
    }

    fn decoded(&self, text: &str) -> Vec<Vec<u8>> {
        let text = text.strip_prefix("sha256=").unwrap_or(text);
        let mut found = Vec::new();
        if self.encoding != Some(Encoding::Hex) {
            found.extend(base64::engine::general_purpose::STANDARD.decode(text).ok());
        }
        if self.encoding != Some(Encoding::Base64) {
            found.extend(hex(text));
        }
        found.retain(|bytes| bytes.len() == 32);
        found
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|c| Some(c.to_digit(16)? as u8)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect())
}

/// Something of ours was made or changed there, somebody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// `GiftCreate` …
    pub event: String,
    /// `gift` or `contact`.
    pub kind: &'static str,
    /// The target's id.
    pub target: i64,
    /// Our key.
    pub key: String,
}

/// The hints in a body about records of one source; none for a body that is something else.
pub fn hints(body: &[u8], source: &str) -> Vec<Hint> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let event = words::clip(value["event"].as_str().unwrap_or_default(), 40);
    let single = std::slice::from_ref(&value);
    let models = value["models"].as_array().map_or(single, Vec::as_slice);
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let ours = |value: &Value| text(value).eq_ignore_ascii_case(source);
    let mut found = Vec::new();
    for model in models {
        let mut add = |kind, record: &Value, key: &Value| {
            let target = record["id"].as_i64().unwrap_or_default();
            let key = words::clip(&text(key), 120);
            found.push(Hint { event: event.clone(), kind, target, key });
        };
        let gift = &model["gift"];
        if ours(&gift["transactionSource"]) {
            add("gift", gift, &gift["transactionId"]);
        }
        let contact = &model["contact"];
        let references = contact["contactReferences"].as_array().map_or(&[][..], Vec::as_slice);
        if let Some(reference) = references.iter().find(|r| ours(&r["source"])) {
            add("contact", contact, &reference["id"]);
        }
    }
    found
}

/// What became of one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It gave so many hints.
    Hints(usize),
    /// It came before.
    Repeat,
    /// It is about records that are not ours.
    Foreign,
}

/// The file of hints beside the ledger: a line each, no donor in it.
pub struct HintBook {
    folder: PathBuf,
    source: String,
    remembered: HashSet<Digest>,
}

impl HintBook {
    /// Opens the book in a folder, for its owner alone; what came before is remembered.
    ///
    /// # Errors
    /// [`Failure::Write`] if it cannot be made.
    pub fn open(folder: &Path, source: &str) -> Result<HintBook> {
        private_file(folder, BOOK).map_err(|error| Failure::write(&folder.join(BOOK), error))?;
        let text = std::fs::read_to_string(folder.join(BOOK)).unwrap_or_default();
        let lines = text.lines().rev().take(REMEMBERED_MAX);
        let digest = |line: &str| {
            let value: Value = serde_json::from_str(line).ok()?;
            hex(value["body"].as_str()?)?.try_into().ok().map(Digest)
        };
        Ok(HintBook {
            remembered: lines.filter_map(digest).collect(),
            folder: folder.to_owned(),
            source: source.to_owned(),
        })
    }

    /// Takes a signed body: notes its hints, once.
    ///
    /// # Errors
    /// [`Failure::Write`]; the body is not remembered then, so that its repeat is taken.
    pub fn take(&mut self, body: &[u8], now: Moment) -> Result<Taken> {
        let digest = Digest::of(body);
        if self.remembered.contains(&digest) {
            return Ok(Taken::Repeat);
        }
        let hints = hints(body, &self.source);
        if hints.is_empty() {
            return Ok(Taken::Foreign);
        }
        let mut text = String::new();
        for hint in &hints {
            let line = json!({
                "at": now.to_string(), "event": hint.event, "kind": hint.kind, "target": hint.target,
                "key": hint.key, "body": hexed(&digest.0),
            });
            text += &format!("{line}\n");
        }
        let path = self.folder.join(BOOK);
        let made = private_file(&self.folder, BOOK);
        made.and_then(|_| std::fs::OpenOptions::new().append(true).open(&path))
            .and_then(|mut book| book.write_all(text.as_bytes()))
            .map_err(|error| Failure::write(&path, error))?;
        if self.remembered.len() >= REMEMBERED_MAX {
            self.remembered.clear();
        }
        self.remembered.insert(digest);
        Ok(Taken::Hints(hints.len()))
    }
}

/// Keys of gifts that were hinted at after a second (as text, in order), the newest first, each once.
pub fn hinted_gifts(folder: &Path, since: &str, at_most: usize) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(BOOK)).unwrap_or_default();
    let mut seen = HashSet::new();
    let hints = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let fresh = hints.take_while(|hint| hint["at"].as_str().is_some_and(|at| at > since));
    let gifts = fresh.filter(|hint| hint["kind"] == "gift");
    let keys = gifts.filter_map(|hint| hint["key"].as_str().map(str::to_owned));
    keys.filter(|key| seen.insert(key.to_lowercase())).take(at_most).collect()
}

fn hexed(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(header: Option<&str>, encoding: Option<Encoding>) -> Signature {
        Signature { secret: "Jefe".to_owned().into(), header: header.map(str::to_owned), encoding }
    }

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(http::HeaderName::from_static(name), value.parse().unwrap())])
    }

    // RFC 4231, test case 2.
    const BODY: &[u8] = b"what do ya want for nothing?";
    const HEX: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const BASE64: &str = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";

    #[test]
    fn a_wrong_signature_is_refused_in_either_encoding() {
        let any = signature(None, None);
        assert!(any.fits(&headers("x-virtuous-signature", HEX), BODY));
        assert!(any.fits(&headers("anything", BASE64), BODY));
        assert!(!any.fits(&headers("anything", BASE64), b"what do ya want for something?"));
        assert!(!any.fits(&headers("anything", &HEX.replace('5', "6")), BODY));
        assert!(!any.fits(&HeaderMap::new(), BODY));
        assert!(!any.fits(&headers("anything", ""), BODY));
        let named = signature(Some("X-Signature"), Some(Encoding::Hex));
        assert!(named.fits(&headers("x-signature", HEX), BODY));
        assert!(!named.fits(&headers("x-other", HEX), BODY));
        assert!(!named.fits(&headers("x-signature", BASE64), BODY));
    }

    const GIFTS: &[u8] = br#"{"event":"GiftCreate","models":[
        {"gift":{"id":9,"transactionSource":"OLD","transactionId":"G-1","contactName":"Pat Morgan"}},
        {"gift":{"id":10,"transactionSource":"Raise","transactionId":"77"}},
        {"gift":{"id":11,"transactionSource":null,"transactionId":null}}]}"#;

    #[test]
    fn a_replay_is_taken_once_and_a_foreign_source_never() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = HintBook::open(folder.path(), "old").unwrap();
        let now = Moment(1_700_000_000_000);
        assert_eq!(book.take(GIFTS, now).unwrap(), Taken::Hints(1));
        assert_eq!(book.take(GIFTS, now).unwrap(), Taken::Repeat);
        let mut again = HintBook::open(folder.path(), "old").unwrap();
        assert_eq!(again.take(GIFTS, now).unwrap(), Taken::Repeat);
        assert_eq!(
            HintBook::open(folder.path(), "elsewhere").unwrap().take(b"{}", now).unwrap(),
            Taken::Foreign
        );
        let text = std::fs::read_to_string(folder.path().join("hints.jsonl")).unwrap();
        assert_eq!(text.lines().count(), 1);
        assert!(text.contains("G-1") && !text.contains("Morgan"), "{text}");
    }

    #[test]
    fn both_shapes_of_a_body_give_hints() {
        let single = br#"{"event":"ContactUpdate","contact":{"id":5,"contactReferences":[{"source":"old","id":107}]}}"#;
        let found = hints(single, "old");
        assert_eq!(
            found,
            [Hint { event: "ContactUpdate".into(), kind: "contact", target: 5, key: "107".into() }]
        );
        assert_eq!(hints(GIFTS, "raise")[0].target, 10);
        assert!(hints(b"\xff\xfe not json", "old").is_empty());
    }
}
