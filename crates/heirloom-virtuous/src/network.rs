//! The real network: one client without retries, redirects or connection reuse, with
//! deadlines and a cap on answers. The only place that opens a connection.

use std::error::Error as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Request;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::pacer::Permit;
use crate::reading::Reply;
use crate::target::{Approved, SigningIn, Target, Transport, check_address, is_live, is_read};

const CONNECT: Duration = Duration::from_secs(10);
const WHOLE: Duration = Duration::from_secs(60);
/// Longer answers are given up.
const BODY_MAX: usize = 8 * 1024 * 1024;

/// Why there is no way to the network.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No thread or socket to be had.
    #[error("start the network: {0}")]
    Runtime(#[from] std::io::Error),
    /// TLS or root certificates are missing.
    #[error("set up secure connections: {0}")]
    Client(String),
}

/// Calls over the real network; each comes back when its answer is whole or the deadline passed.
///
/// Refuses, without opening a connection, every host but the target's kind and every request
/// that is neither a read nor approved. Must not be used inside a tokio runtime.
#[derive(Debug)]
pub struct HttpTransport {
    runtime: Runtime,
    client: reqwest::Client,
    deadline: Duration,
    back: UnboundedSender<(u64, Reply)>,
    came: UnboundedReceiver<(u64, Reply)>,
}

impl HttpTransport {
    /// A way to the target: https always verified, plain http to this computer only.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn new(target: &Target) -> Result<Self, TransportError> {
        Self::with_deadline(is_live(target.base()), WHOLE)
    }

    /// A way to an address without a token yet, to sign in.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn to(base: &url::Url) -> Result<Self, TransportError> {
        Self::with_deadline(is_live(base), WHOLE)
    }

    fn with_deadline(live: bool, whole: Duration) -> Result<Self, TransportError> {
        // A second installation fails and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build()?;
        let mut builder = reqwest::Client::builder()
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT)
            .timeout(whole)
            .referer(false)
            .http1_only();
        if live {
            builder = builder.https_only(true);
        } else {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|e| TransportError::Client(cause(&e)))?;
        let (back, came) = unbounded_channel();
        Ok(HttpTransport { runtime, client, deadline: whole + CONNECT, back, came })
    }
}

impl Transport for HttpTransport {
    fn begin(&mut self, ticket: u64, request: Request<Bytes>, _permit: Permit) {
        let (back, client, deadline) = (self.back.clone(), self.client.clone(), self.deadline);
        let refused = allowed(&request).err();
        self.runtime.spawn(async move {
            let reply = match refused {
                Some(why) => Reply::NotConnected { why },
                None => match tokio::time::timeout(deadline, exchange(&client, request)).await {
                    Ok(reply) => reply,
                    Err(_) => lost("no whole answer within the deadline".to_owned()),
                },
            };
            // Nobody is left to hear it only when the whole run has ended.
            let _ = back.send((ticket, reply));
        });
    }

    fn poll(&mut self, wait_ms: i64) -> Option<(u64, Reply)> {
        let wait = Duration::from_millis(wait_ms.max(0).unsigned_abs());
        let came = &mut self.came;
        self.runtime.block_on(async { tokio::time::timeout(wait, came.recv()).await.ok().flatten() })
    }
}

/// Whether a request may leave this computer.
fn allowed(request: &Request<Bytes>) -> Result<(), String> {
    let url = url::Url::parse(&request.uri().to_string()).map_err(|e| e.to_string())?;
    check_address(&url).map_err(|e| format!("cannot {e}"))?;
    let extensions = request.extensions();
    let signs_in = extensions.get::<SigningIn>().is_some() && url.path() == "/Token";
    if is_read(request) || signs_in || extensions.get::<Approved>().is_some() {
        Ok(())
    } else {
        Err("the request was not approved".to_owned())
    }
}

async fn exchange(client: &reqwest::Client, request: Request<Bytes>) -> Reply {
    let request = match reqwest::Request::try_from(request) {
        Ok(request) => request,
        Err(error) => return Reply::NotConnected { why: cause(&error) },
    };
    match client.execute(request).await {
        Ok(response) => whole(response).await,
        Err(error) if error.is_connect() || error.is_builder() => Reply::NotConnected { why: cause(&error) },
        Err(error) => lost(cause(&error)),
    }
}

/// Reads the whole answer, or calls it lost.
async fn whole(mut response: reqwest::Response) -> Reply {
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), text)
        })
        .collect();
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > BODY_MAX => {
                return lost("the answer is longer than 8 MiB".to_owned());
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return lost(cause(&error)),
        }
    }
    Reply::Answered { status, headers, body: body.freeze() }
}

fn lost(why: String) -> Reply {
    Reply::Lost { why }
}

/// The innermost reason, without the address.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "timed out".to_owned();
    }
    let mut reason: &dyn std::error::Error = error;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    match error.source() {
        Some(_) => reason.to_string(),
        None => "the request could not be made".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pacer::{PaceTerms, Pacer, Slot};
    use heirloom_model::{ItemKind, Moment, SourceName};

    use crate::target::Creation;
    use secrecy::SecretString;
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn permit() -> Permit {
        match Pacer::new(PaceTerms::default(), &[], None, Moment(0)).next_slot(Moment(0)) {
            Slot::Go(permit) => permit,
            Slot::At(..) => unreachable!("the first call may go"),
        }
    }

    fn target(base: &str) -> Target {
        let token = SecretString::from("v_secret".to_owned());
        Target::new(url::Url::parse(base).unwrap(), token).unwrap()
    }

    /// A server that reads each request, writes the same bytes and closes; counts connections.
    fn server(answer: Vec<u8>) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}/", listener.local_addr().unwrap());
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                counted.fetch_add(1, Ordering::SeqCst);
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                let is_whole = |seen: &[u8]| {
                    let tls = seen.first() == Some(&0x16);
                    let get = seen.starts_with(b"GET") && seen.ends_with(b"\r\n\r\n");
                    tls || get || seen.ends_with(b"}")
                };
                while !is_whole(&seen) {
                    match stream.read(&mut buffer) {
                        Ok(n) if n > 0 => seen.extend_from_slice(&buffer[..n]),
                        _ => break,
                    }
                }
                if answer == b"hang" {
                    std::thread::sleep(Duration::from_secs(3));
                } else {
                    let _ = stream.write_all(&answer);
                }
            }
        });
        (base, count)
    }

    fn send(base: &str) -> Reply {
        let target = target(base);
        let mut transport = HttpTransport::with_deadline(false, Duration::from_millis(1_000)).unwrap();
        transport.call(target.creation(Creation::Gifts, "{\"transactions\":[]}".into()), permit())
    }

    fn status_line(status: &str, body: &str) -> Vec<u8> {
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nX-RateLimit-Limit: 5000\r\nLocation: /elsewhere\r\n\r\n{body}", body.len()).into_bytes()
    }

    #[test]
    fn each_call_is_one_request_whatever_comes_back() {
        for status in
            ["200 OK", "302 Found", "307 Temporary Redirect", "429 Too Many", "500 Oops", "503 Busy"]
        {
            let (base, count) = server(status_line(status, "x"));
            match send(&base) {
                Reply::Answered { status: found, headers, body } => {
                    assert!(status.starts_with(&found.to_string()));
                    assert_eq!(body, "x");
                    assert!(headers.contains(&("x-ratelimit-limit".into(), "5000".into())));
                }
                other => panic!("{status}: {other:?}"),
            }
            std::thread::sleep(Duration::from_millis(50));
            assert_eq!(count.load(Ordering::SeqCst), 1, "{status}");
        }
    }

    #[test]
    fn an_answer_that_is_not_whole_is_lost_and_not_asked_for_again() {
        let cut = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\"".to_vec();
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n".to_vec();
        for answer in [
            Vec::new(),
            b"hang".to_vec(),
            b"HTTP/1.1 200".to_vec(),
            b"nonsense\r\n\r\n".to_vec(),
            cut,
            chunked,
        ] {
            let (base, count) = server(answer.clone());
            let reply = send(&base);
            assert!(matches!(reply, Reply::Lost { .. }), "{reply:?} {answer:?}");
            std::thread::sleep(Duration::from_millis(50));
            assert_eq!(count.load(Ordering::SeqCst), 1);
        }
    }

    #[test]
    fn an_endless_answer_is_given_up_at_the_cap() {
        let long = "x".repeat(BODY_MAX + 1);
        let (base, _) = server(status_line("200 OK", &long));
        assert!(matches!(send(&base), Reply::Lost { why } if why.contains("8 MiB")));
        let unsized_ = format!("HTTP/1.1 200 OK\r\n\r\n{long}").into_bytes();
        let (base, _) = server(unsized_);
        assert!(matches!(send(&base), Reply::Lost { why } if why.contains("8 MiB")));
        let (base, _) = server(status_line("200 OK", &long[1..]));
        assert!(matches!(send(&base), Reply::Answered { body, .. } if body.len() == BODY_MAX));
    }

    #[test]
    fn without_a_connection_nothing_was_sent() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let reply = send(&format!("http://127.0.0.1:{port}/"));
        assert!(matches!(reply, Reply::NotConnected { .. }), "{reply:?}");
    }

    #[test]
    fn a_server_that_speaks_no_tls_gets_no_token() {
        let (base, _) = server(status_line("200 OK", "x"));
        let reply = send(&base.replace("http://", "https://"));
        assert!(matches!(reply, Reply::NotConnected { .. }), "{reply:?}");
    }

    #[test]
    fn what_is_not_approved_does_not_leave() {
        let (base, count) = server(status_line("200 OK", "{}"));
        let target = target(&base);
        let mut transport = HttpTransport::new(&target).unwrap();
        let mut unapproved = target.creation(Creation::Gifts, "{}".into());
        unapproved.extensions_mut().clear();
        let reply = transport.call(unapproved, permit());
        assert!(matches!(reply, Reply::NotConnected { .. }));
        let mut elsewhere = target.get(&["api", "Organization", "Current"]);
        *elsewhere.uri_mut() = "https://example.com/api".parse().unwrap();
        let reply = transport.call(elsewhere, permit());
        assert!(matches!(reply, Reply::NotConnected { .. }));
        assert_eq!(count.load(Ordering::SeqCst), 0);
        let source = SourceName::new("old").unwrap();
        let reply = transport.call(target.look(ItemKind::Gift, &source, "A"), permit());
        assert_eq!(reply.status(), Some(200));
    }

    #[test]
    fn a_client_for_the_vendor_can_be_built_from_ring_and_the_systems_certificates() {
        let live = Target::virtuous(SecretString::from("v_x".to_owned())).unwrap();
        HttpTransport::new(&live).unwrap();
    }
}
