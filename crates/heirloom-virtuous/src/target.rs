//! Where calls go and with which token: the only maker of requests.

use bytes::Bytes;
use heirloom_model::{ItemKind, SourceName};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use http::{Method, Request};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use crate::pacer::Permit;
use crate::reading::Reply;
use crate::wire::DetailKind;

/// The vendor's one host.
const LIVE_HOST: &str = "api.virtuoussoftware.com";

/// Makes calls, several at a time; the network and the simulator's world implement it.
pub trait Transport {
    /// Sends a request, once, without waiting for its answer: never repeated, no redirect followed.
    fn begin(&mut self, ticket: u64, request: Request<Bytes>, permit: Permit);

    /// Waits up to `wait_ms` for any call that was begun; gives each back once, with its ticket.
    /// Every call comes back within the transport's own deadline, answered or not.
    fn poll(&mut self, wait_ms: i64) -> Option<(u64, Reply)>;

    /// Sends a request and waits for its answer; for a caller that has no other in the air.
    fn call(&mut self, request: Request<Bytes>, permit: Permit) -> Reply {
        self.begin(u64::MAX, request, permit);
        loop {
            if let Some((u64::MAX, reply)) = self.poll(60_000) {
                return reply;
            }
        }
    }
}

/// What a call makes, and so where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// Gifts, in a list made by [`crate::gift_list`].
    Gifts,
    /// Contacts, in a list made by [`crate::contact_list`].
    Contacts,
    /// One contact, made by [`crate::one_contact`].
    Contact,
    /// One detail of a contact, or a promise, sealed by [`crate::seal_detail`] or [`crate::seal_promise`].
    Detail(DetailKind),
}

impl Creation {
    /// `gifts`, `contacts`, `contact`, or the kind of the detail: kept with each attempt.
    pub fn as_str(self) -> &'static str {
        match self {
            Creation::Gifts => "gifts",
            Creation::Contacts => "contacts",
            Creation::Contact => "contact",
            Creation::Detail(kind) => kind.as_str(),
        }
    }

    fn path(self) -> &'static [&'static str] {
        match self {
            Creation::Gifts => &["api", "v2", "Gift", "Transactions"],
            Creation::Contacts => &["api", "Contact", "Batch"],
            Creation::Contact => &["api", "Contact", "Transaction"],
            Creation::Detail(kind) => kind.path(),
        }
    }
}

/// Marks a request that an [`crate::Approval`] stands behind; others may only read.
#[derive(Clone, Copy)]
pub(crate) struct Approved;

/// Marks a sign-in: it carries a password or refresh token, and creates nothing.
#[derive(Clone, Copy)]
pub(crate) struct SigningIn;

/// Why a target is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither the vendor's host nor this computer.
    #[error("send a token to {0}: only {LIVE_HOST} and this computer are allowed")]
    Host(String),
    /// Plain http to another computer, or no web address at all.
    #[error("use {0}: the vendor is reached by https only")]
    Scheme(String),
    /// The token holds characters that no header can carry.
    #[error("use this token: it is empty, or holds spaces, quotes or line breaks")]
    Token,
}

/// A base address and a token. The token is in no Debug, Display or error text.
pub struct Target {
    base: Url,
    bearer: HeaderValue,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Target({})", self.base)
    }
}

impl Target {
    /// A target: https to the vendor's host, or http(s) to this computer.
    ///
    /// # Errors
    /// [`TargetError`] for any other host or scheme, and for a token that is no header value.
    pub fn new(base: Url, token: SecretString) -> Result<Self, TargetError> {
        check_address(&base)?;
        let token = token.expose_secret().trim();
        let plain = !token.is_empty() && token.bytes().all(|b| b.is_ascii_graphic() && b != b'"');
        if !plain {
            return Err(TargetError::Token);
        }
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| TargetError::Token)?;
        bearer.set_sensitive(true);
        Ok(Target { base, bearer })
    }

    /// The vendor itself.
    ///
    /// # Errors
    /// [`TargetError::Token`].
    pub fn virtuous(token: SecretString) -> Result<Self, TargetError> {
        Self::new(live_address(), token)
    }

    /// Whether this is the vendor's own host rather than this computer.
    pub fn is_live(&self) -> bool {
        is_live(&self.base)
    }

    /// The base address; holds no secret.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The address of a path whose segments are escaped one by one.
    fn address(&self, segments: &[&str], query: &str) -> String {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url.set_query((!query.is_empty()).then_some(query));
        url.set_fragment(None);
        url.to_string()
    }

    fn request(&self, method: Method, address: &str, body: Bytes) -> Request<Bytes> {
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = address.parse().expect("a parsed address is a request's address");
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.bearer.clone());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static("heirloom/0.1"));
        if !request.body().is_empty() {
            let json = HeaderValue::from_static("application/json");
            request.headers_mut().insert(CONTENT_TYPE, json);
        }
        request
    }

    pub(crate) fn get(&self, segments: &[&str]) -> Request<Bytes> {
        self.request(Method::GET, &self.address(segments, ""), Bytes::new())
    }

    /// A query: a POST that creates nothing.
    pub(crate) fn query(&self, segments: &[&str], query: &str, body: String) -> Request<Bytes> {
        self.request(Method::POST, &self.address(segments, query), body.into())
    }

    /// What a plan holds: creates. Only a [`crate::Sender`] asks for it.
    pub(crate) fn creation(&self, what: Creation, body: String) -> Request<Bytes> {
        let mut request = self.request(Method::POST, &self.address(what.path(), ""), body.into());
        request.extensions_mut().insert(Approved);
        request
    }

    /// A change to a subscription. Only a [`crate::Registrar`] asks for it.
    pub(crate) fn change(&self, method: Method, segments: &[&str], body: String) -> Request<Bytes> {
        let mut request = self.request(method, &self.address(segments, ""), body.into());
        request.extensions_mut().insert(Approved);
        request
    }

    /// A look for one item by source and key.
    pub(crate) fn look(&self, kind: ItemKind, source: &SourceName, key: &str) -> Request<Bytes> {
        let resource = match kind {
            ItemKind::Gift => "Gift",
            ItemKind::Contact | ItemKind::Detail => "Contact",
        };
        self.get(&["api", resource, source.as_str(), key])
    }
}

/// Whether an address is the vendor's own.
pub(crate) fn is_live(base: &Url) -> bool {
    base.domain() == Some(LIVE_HOST)
}

/// The vendor's own address.
pub(crate) fn live_address() -> Url {
    Url::parse("https://api.virtuoussoftware.com/").expect("the vendor's address is an address")
}

/// A sign-in form for an address that was checked.
pub(crate) fn token_request(base: &Url, form: String) -> Request<Bytes> {
    let mut url = base.clone();
    url.set_path("/Token");
    url.set_query(None);
    url.set_fragment(None);
    let mut request = Request::new(Bytes::from(form));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url.as_str().parse().expect("a parsed address is a request's address");
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(USER_AGENT, HeaderValue::from_static("heirloom/0.1"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    request.extensions_mut().insert(SigningIn);
    request
}

/// Whether a token may go to this address.
pub(crate) fn check_address(url: &Url) -> Result<(), TargetError> {
    let local = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let vendor = url.domain() == Some(LIVE_HOST) && url.port().is_none();
    if !url.username().is_empty() || url.password().is_some() || !(local || vendor) {
        return Err(TargetError::Host(url.host_str().unwrap_or("nowhere").to_owned()));
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if local => Ok(()),
        other => Err(TargetError::Scheme(other.to_owned())),
    }
}

/// Whether a request cannot create or change anything: the allow-list of reads.
pub(crate) fn is_read(request: &Request<Bytes>) -> bool {
    let path = request.uri().path().to_ascii_lowercase();
    match *request.method() {
        Method::GET => true,
        Method::POST => ["/query", "/query/fullgift", "/query/fullcontact", "/segment/search"]
            .iter()
            .any(|end| path.ends_with(end)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(base: &str) -> Result<Target, TargetError> {
        let token = SecretString::from("v_secret-token".to_owned());
        Target::new(Url::parse(base).unwrap(), token)
    }

    #[test]
    fn a_token_goes_to_the_vendor_or_to_this_computer_only() {
        for good in [
            "https://api.virtuoussoftware.com",
            "http://127.0.0.1:8080/",
            "http://localhost:9",
            "http://[::1]:9/",
            "https://127.0.0.2/",
        ] {
            assert!(target(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.virtuoussoftware.com",
            "https://api.virtuoussoftware.com.evil.example",
            "https://evil.example/api.virtuoussoftware.com",
            "https://api.virtuoussoftware.com:8443",
            "https://user@api.virtuoussoftware.com",
            "http://192.168.0.1",
            "http://127.0.0.1.evil.example",
            "ftp://localhost/",
        ] {
            assert!(target(bad).is_err(), "{bad}");
        }
        assert!(target("https://api.virtuoussoftware.com").unwrap().is_live());
        assert!(!target("http://127.0.0.1:1").unwrap().is_live());
    }

    #[test]
    fn the_token_shows_nowhere() {
        let target = target("http://127.0.0.1:8080/").unwrap();
        let source = SourceName::new("old").unwrap();
        let request = target.look(ItemKind::Gift, &source, "A~20B");
        assert!(!format!("{target:?} {request:?}").contains("secret"));
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer v_secret-token");
        assert_eq!(request.uri(), "http://127.0.0.1:8080/api/Gift/old/A~20B");
        for bad in ["", "a b", "\"quoted\"", "line\nbreak"] {
            let error = Target::virtuous(SecretString::from(bad.to_owned())).unwrap_err();
            assert_eq!(error, TargetError::Token);
        }
    }

    #[test]
    fn what_creates_is_no_read() {
        let target = target("http://127.0.0.1:8080/").unwrap();
        let details = DetailKind::ALL.into_iter().map(Creation::Detail);
        for what in [Creation::Gifts, Creation::Contacts, Creation::Contact].into_iter().chain(details) {
            assert!(!is_read(&target.creation(what, "{}".into())));
        }
        let query = target.query(&["api", "Gift", "Query", "FullGift"], "skip=0&take=1000", "{}".into());
        assert!(is_read(&query));
        assert_eq!(query.uri().path_and_query().unwrap(), "/api/Gift/Query/FullGift?skip=0&take=1000");
    }
}
