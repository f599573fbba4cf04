//! What came back from one call, and what it says, before anything is decided.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;

/// Longest text of the vendor's that is kept.
const TEXT_MAX: usize = 500;

/// What came back from one call.
#[derive(Clone, PartialEq, Eq)]
pub enum Reply {
    /// A whole answer.
    Answered {
        /// HTTP status.
        status: u16,
        /// Header names in lower case, with values.
        headers: Vec<(String, String)>,
        /// The body.
        body: Bytes,
    },
    /// No connection was made: nothing was sent.
    NotConnected {
        /// Why.
        why: String,
    },
    /// Something was sent and no whole answer came.
    Lost {
        /// Why.
        why: String,
    },
}

impl Reply {
    /// The HTTP status, if there was a whole answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Reply::Answered { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// The headers; none without an answer.
    pub fn headers(&self) -> &[(String, String)] {
        match self {
            Reply::Answered { headers, .. } => headers,
            _ => &[],
        }
    }
}

impl fmt::Debug for Reply {
    /// Without body and headers: a body may hold donors.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Answered { status, body, .. } => {
                write!(f, "Answered({status}, {} bytes)", body.len())
            }
            Reply::NotConnected { why } => write!(f, "NotConnected({why})"),
            Reply::Lost { why } => write!(f, "Lost({why})"),
        }
    }
}

/// What a reply to a sending says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// 200 and no error in it.
    Taken,
    /// A 4xx that says "already exists".
    Exists { text: String },
    /// 400, 409 or 422 with a reason.
    Refused { status: u16, text: String },
    /// 401, 403, 404, 413, 415 or 429: certainly without effect.
    NoEffect { status: u16 },
    /// Nothing was sent.
    NotConnected { why: String },
    /// Anything else: nobody knows.
    Unknown { why: String },
}

/// Reads a reply to a sending.
pub(crate) fn read(reply: &Reply) -> Reading {
    let (status, body) = match reply {
        Reply::NotConnected { why } => return Reading::NotConnected { why: why.clone() },
        Reply::Lost { why } => return Reading::Unknown { why: why.clone() },
        Reply::Answered { status, body, .. } => (*status, body.as_ref()),
    };
    match status {
        200 => read_ok(body),
        400..=499 if says_exists(body) => Reading::Exists { text: words(body) },
        401 | 403 | 404 | 413 | 415 | 429 => Reading::NoEffect { status },
        400 | 409 | 422 => match reason(body) {
            Some(text) => Reading::Refused { status, text },
            None => unknown(format!("{status} without a reason")),
        },
        _ => unknown(format!("status {status}")),
    }
}

fn unknown(why: String) -> Reading {
    Reading::Unknown { why }
}

fn read_ok(body: &[u8]) -> Reading {
    let Ok(text) = std::str::from_utf8(body) else {
        return unknown("200 with a body that is not text".to_owned());
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Reading::Taken;
    }
    match serde_json::from_str::<Value>(text) {
        Err(_) => unknown("200 with a body that is not whole JSON".to_owned()),
        Ok(value) if is_error(&value) => unknown("200 with an error in it".to_owned()),
        Ok(_) => Reading::Taken,
    }
}

/// Whether JSON has one of the error shapes E1 to E5 (or is a list that holds one).
fn is_error(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(is_error),
        Value::Object(_) => {
            let shown = |key: &str| get(value, key).filter(|v| !v.is_null());
            shown("error").is_some_and(|v| v.is_object() || v.is_string())
                || shown("errors").is_some_and(|v| v.is_object() || v.is_array())
                || shown("message").is_some_and(Value::is_string)
                || shown("modelState").is_some_and(Value::is_object)
        }
        _ => false,
    }
}

/// A field by name, ignoring case as the vendor's own binder does.
pub(crate) fn get<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, found)| found)
}

fn says_exists(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body).to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").contains("already exists")
}

/// The vendor's reason in words: from one of the shapes E1 to E5, else none.
fn reason(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}').trim()).ok()?;
    let mut parts = Vec::new();
    match get(&value, "error") {
        Some(Value::Object(_)) => error_object(&value, &mut parts),
        Some(Value::String(code)) => parts.push(code.clone()),
        _ => {}
    }
    for key in ["error_description", "message"] {
        parts.extend(get(&value, key).and_then(Value::as_str).map(str::to_owned));
    }
    for key in ["modelState", "errors"] {
        if let Some(found) = get(&value, key) {
            strings(found, "", &mut parts);
        }
    }
    let joined =
        parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
    (!joined.is_empty()).then(|| shorten(&joined))
}

fn error_object(value: &Value, parts: &mut Vec<String>) {
    let Some(error) = get(value, "error") else {
        return;
    };
    for key in ["code", "message"] {
        parts.extend(get(error, key).and_then(Value::as_str).map(str::to_owned));
    }
    if let Some(details) = get(error, "details") {
        strings(details, "", parts);
    }
}

/// Every string below a value, with the name it stands under.
fn strings(value: &Value, name: &str, parts: &mut Vec<String>) {
    match value {
        Value::String(text) if name.is_empty() => parts.push(text.clone()),
        Value::String(text) => parts.push(format!("{name}: {text}")),
        Value::Array(items) => items.iter().for_each(|v| strings(v, name, parts)),
        Value::Object(fields) => fields.iter().for_each(|(key, v)| strings(v, key, parts)),
        _ => {}
    }
}

/// The reason, or the body's own text, shortened.
fn words(body: &[u8]) -> String {
    reason(body).unwrap_or_else(|| shorten(String::from_utf8_lossy(body).trim()))
}

fn shorten(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match clean.char_indices().nth(TEXT_MAX) {
        None => clean,
        Some((end, _)) => clean[..end].to_owned(),
    }
}

/// The first code of an error body that is plainly a code (`VALIDATION_FAILED`), never prose.
pub(crate) fn error_code(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let code = get(get(&value, "error")?, "code")?.as_str()?;
    let plain = code.len() <= 40 && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    plain.then(|| code.to_owned())
}
