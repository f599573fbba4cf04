//! A request as far as the vendor looks at it, and its path as the vendor's platform takes it apart.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// One request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Call {
    pub method: String,
    pub path: String,
    pub query: String,
    pub authorization: Option<String>,
    pub content_type: String,
    pub body: Vec<u8>,
}

impl Call {
    /// Reads what counts out of an HTTP request.
    pub(crate) fn of(request: http::Request<Bytes>) -> Call {
        let header = |name: http::HeaderName| {
            request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Call {
            method: request.method().as_str().to_string(),
            path: request.uri().path().to_string(),
            query: request.uri().query().unwrap_or_default().to_string(),
            authorization: header(http::header::AUTHORIZATION),
            content_type: header(http::header::CONTENT_TYPE).unwrap_or_default(),
            body: request.into_body().to_vec(),
        }
    }

    /// The bearer token; none when the header is not `Bearer`, one space, and a word.
    pub(crate) fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.authorization.as_deref()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("Bearer").then_some(token)
    }

    /// Whether a token is asked for: the one path that needs none.
    pub(crate) fn is_token_request(&self) -> bool {
        self.path.trim_end_matches('/').eq_ignore_ascii_case("/token")
    }

    /// A field of a form in the body, its name in any case.
    pub(crate) fn form(&self, name: &str) -> String {
        let body = String::from_utf8_lossy(&self.body);
        let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(key, _)| decode(key, true).eq_ignore_ascii_case(name));
        found.map(|(_, value)| decode(value, true)).unwrap_or_default()
    }

    /// Whether the request could change anything: all but GETs, and POSTs that only ask.
    pub(crate) fn creates(&self) -> bool {
        let path = self.path.trim_end_matches('/').to_ascii_lowercase();
        let asks = ["/query", "/query/fullgift", "/query/fullcontact", "/search", "/token"];
        match self.method.as_str() {
            "GET" | "HEAD" => false,
            "POST" => !asks.iter().any(|end| path.ends_with(end)),
            _ => true,
        }
    }

    /// The path's segments, decoded before they are split (as IIS does); none when one has a character that ASP.NET refuses.
    pub(crate) fn segments(&self) -> Option<Vec<String>> {
        let decoded = decode(&self.path, false);
        let dangerous = |c: char| matches!(c, '<' | '>' | '*' | '%' | '&' | ':' | '\\' | '?');
        if decoded.contains(dangerous) {
            return None;
        }
        Some(decoded.split('/').filter(|part| !part.is_empty()).map(String::from).collect())
    }

    /// The decoded value of a query parameter, its name in any case.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        let mut found = pairs.filter(|(key, _)| decode(key, true).eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| decode(value, true))
    }
}

/// Decodes `%XX`, and `+` as a space where a form is read.
fn decode(text: &str, form: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text.get(at + 1..at + 3).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) if form => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}
