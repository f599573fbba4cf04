//! The ear: answers on this computer alone, within limits, and hands signed bodies to the book of hints.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, Response, StatusCode};

use super::{HintBook, Signature, Taken};
use crate::failure::{Failure, Result};
use crate::line::wall_clock;

/// Largest body: the vendor's batches were seen to pass a megabyte, and a known receiver takes five.
const BODY_MAX: usize = 8 * 1024 * 1024;

/// Longest time for a body to arrive.
const BODY_SECONDS: u64 = 10;

/// What came in while listening.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Hints about our own records.
    pub hints: u64,
    /// Deliveries that came before.
    pub repeats: u64,
    /// Deliveries about other records.
    pub foreign: u64,
    /// Bodies without our signature, too large, too slow, or no POST.
    pub refused: u64,
}

struct Shared {
    signature: Signature,
    book: Mutex<HintBook>,
    heard: Mutex<Heard>,
}

/// Listens on 127.0.0.1 until `stop` is set, or until so many hints came.
///
/// # Errors
/// A port that is taken.
pub fn listen(
    port: u16,
    signature: Signature,
    book: HintBook,
    hints_max: Option<u64>,
    stop: &AtomicBool,
    tell: impl FnOnce(SocketAddr),
) -> Result<Heard> {
    let wrong = |error: std::io::Error| {
        Failure::usage(format!("cannot listen on port {port}: {error}"), "take another one with --port")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(wrong)?;
    let shared = Arc::new(Shared { signature, book: Mutex::new(book), heard: Mutex::default() });
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(wrong)?;
        tell(listener.local_addr().map_err(wrong)?);
        let state = shared.clone();
        let answer = move |request: Request<Body>| answer(state.clone(), request);
        let service = axum::Router::new().fallback(answer).into_make_service();
        let server = tokio::spawn(async move { axum::serve(listener, service).await });
        loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let enough = hints_max.is_some_and(|max| shared.heard().hints >= max);
            if stop.load(Ordering::SeqCst) || enough || server.is_finished() {
                break;
            }
        }
        // Lets the last answer leave.
        tokio::time::sleep(Duration::from_millis(50)).await;
        server.abort();
        Ok(shared.heard())
    })
}

impl Shared {
    fn heard(&self) -> Heard {
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, add: impl FnOnce(&mut Heard)) {
        add(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The status for a signed body.
    fn take(&self, body: &[u8]) -> StatusCode {
        let taken = self.book.lock().unwrap_or_else(PoisonError::into_inner).take(body, wall_clock());
        match taken {
            Ok(Taken::Hints(n)) => self.count(|heard| heard.hints += n as u64),
            Ok(Taken::Repeat) => self.count(|heard| heard.repeats += 1),
            Ok(Taken::Foreign) => self.count(|heard| heard.foreign += 1),
            // What could not be noted should come again.
            Err(_) => return StatusCode::SERVICE_UNAVAILABLE,
        }
        StatusCode::OK
    }
}

async fn answer(shared: Arc<Shared>, request: Request<Body>) -> Response<Body> {
    let status = judge(&shared, request).await;
    if !status.is_success() {
        shared.count(|heard| heard.refused += 1);
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

async fn judge(shared: &Shared, request: Request<Body>) -> StatusCode {
    if request.method() != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED;
    }
    let (parts, body) = request.into_parts();
    let whole = tokio::time::timeout(Duration::from_secs(BODY_SECONDS), axum::body::to_bytes(body, BODY_MAX));
    match whole.await {
        Err(_) => StatusCode::REQUEST_TIMEOUT,
        Ok(Err(_)) => StatusCode::PAYLOAD_TOO_LARGE,
        Ok(Ok(body)) if shared.signature.fits(&parts.headers, &body) => shared.take(&body),
        Ok(Ok(_)) => StatusCode::UNAUTHORIZED,
    }
}
