//! The real network: one client without retries, redirects or connection reuse, with
//! deadlines and a cap on answers. The only place that opens a connection.

use std::error::Error as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Request;
use tokio::runtime::Runtime;

use crate::pacer::Permit;
use crate::reading::Reply;
use crate::target::{Approved, Target, Transport, check_address, is_read};

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

/// Calls over the real network; blocks until the answer is whole or the deadline passed.
///
/// Refuses, without opening a connection, every host but the target's kind and every request
/// that is neither a read nor approved. Must not be used inside a tokio runtime.
#[derive(Debug)]
pub struct HttpTransport {
    runtime: Runtime,
    client: reqwest::Client,
}

impl HttpTransport {
    /// A way to the target: https always verified, plain http to this computer only.
    ///
    /// # Errors
    /// [`TransportError`].
    pub fn new(target: &Target) -> Result<Self, TransportError> {
        // A second installation fails and changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let mut builder = reqwest::Client::builder()
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .referer(false)
            .http1_only();
        if target.is_live() {
            builder = builder.https_only(true);
        } else {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|e| TransportError::Client(cause(&e)))?;
        Ok(HttpTransport { runtime, client })
    }
}

impl Transport for HttpTransport {
    fn call(&mut self, request: Request<Bytes>, _permit: Permit) -> Reply {
        if let Err(why) = allowed(&request) {
            return Reply::NotConnected { why };
        }
        let client = &self.client;
        self.runtime.block_on(async {
            match tokio::time::timeout(WHOLE + CONNECT, exchange(client, request)).await {
                Ok(reply) => reply,
                Err(_) => lost("no whole answer within the deadline".to_owned()),
            }
        })
    }
}

/// Whether a request may leave this computer.
fn allowed(request: &Request<Bytes>) -> Result<(), String> {
    let url = url::Url::parse(&request.uri().to_string()).map_err(|e| e.to_string())?;
    check_address(&url).map_err(|e| format!("cannot {e}"))?;
    if is_read(request) || request.extensions().get::<Approved>().is_some() {
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
        Err(error) if error.is_connect() || error.is_builder() => {
            Reply::NotConnected { why: cause(&error) }
        }
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
    Reply::Answered {
        status,
        headers,
        body: body.freeze(),
    }
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
