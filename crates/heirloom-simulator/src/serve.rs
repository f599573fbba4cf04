//! The world behind a socket on this machine only: a thin shell with the wall clock, faults as drawn, and a door for the person at `/_sim/`.

use crate::admin;
use crate::ask::post_webhook;
use crate::faults::Delivered;
use crate::line::{Cutter, Lines};
use crate::world::World;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::watch;

/// How soon a changed world is written to its file; a world that takes long to write is written less often.
const SAVE_EVERY: Duration = Duration::from_secs(1);
/// How often it is looked whether a webhook is due.
const POST_EVERY: Duration = Duration::from_millis(50);
/// Most bytes of a request body that are read; the world refuses smaller ones by its own rule.
const BODY_MAX: usize = 64 * 1024 * 1024;

/// The clock a served world lives by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Clock {
    /// The wall clock, plus what `POST /_sim/clock?advance_ms=` has added since the start.
    #[default]
    Real,
}

/// How to serve.
#[derive(Debug, Clone, Default)]
pub struct ServeOptions {
    /// Where the world is kept: read at the start if it is there (it then wins over the world given), written within a
    /// second of every change and at the stop.
    pub state_file: Option<PathBuf>,
    /// The clock.
    pub clock: Clock,
}

/// A running server.
pub struct Served {
    /// Where it listens: 127.0.0.1 and the port.
    pub address: SocketAddr,
    stop: watch::Sender<bool>,
    thread: JoinHandle<io::Result<()>>,
}

/// What requests share.
pub(crate) struct Shared {
    world: Mutex<Kept>,
    state_file: Option<PathBuf>,
}

/// The world and what belongs to its serving.
pub(crate) struct Kept {
    pub world: World,
    /// Milliseconds added to the wall clock.
    pub ahead_ms: i64,
    pub changed: bool,
}

impl Kept {
    /// Now, by the clock of this world.
    pub(crate) fn now_ms(&self) -> i64 {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64);
        wall.saturating_add(self.ahead_ms)
    }
}

impl Shared {
    /// The world; a panic of an earlier request does not take it away.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Kept> {
        self.world.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Writes a changed world to its file, through a second file, so that a crash leaves the old one or the new one.
    fn save(&self) -> io::Result<()> {
        let Some(path) = &self.state_file else {
            return Ok(());
        };
        let text = {
            let mut kept = self.lock();
            if !std::mem::take(&mut kept.changed) {
                return Ok(());
            }
            kept.world.to_json()
        };
        let beside = path.with_extension("writing");
        std::fs::write(&beside, text)?;
        std::fs::rename(&beside, path)
    }
}

/// Serves a world on 127.0.0.1 at a port (0 = any that is free), on a thread and runtime of its own.
///
/// # Errors
/// The port is taken, the state file cannot be read or is none, or no thread can be started.
pub fn start(world: World, port: u16, options: ServeOptions) -> io::Result<Served> {
    let world = match &options.state_file {
        Some(path) if path.exists() => read_state(path)?,
        _ => world,
    };
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let mut kept = Kept { world, ahead_ms: 0, changed: true };
    // A world that has been sent ahead stays there over a restart.
    kept.ahead_ms = kept.world.seen_ms().saturating_sub(kept.now_ms()).max(0);
    let shared = Arc::new(Shared { world: Mutex::new(kept), state_file: options.state_file });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (stop, stopped) = watch::channel(false);
    let body = move || runtime.block_on(serve(listener, shared, stopped));
    let thread = std::thread::Builder::new().name("heirloom-simulator".into()).spawn(body)?;
    Ok(Served { address, stop, thread })
}

/// Reads a world from its file.
fn read_state(path: &Path) -> io::Result<World> {
    let text = std::fs::read_to_string(path)?;
    World::from_json(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

impl Served {
    /// Waits until the server ends, which it does only by `POST /_sim/stop` or a failure of the socket.
    ///
    /// # Errors
    /// The socket failed, or the state file could not be written at the end.
    pub fn wait(self) -> io::Result<()> {
        let Served { thread, stop, .. } = self;
        let ended = thread.join().unwrap_or_else(|_| Err(io::Error::other("the server's thread panicked")));
        drop(stop);
        ended
    }

    /// Ends the server: connections are closed and the state file is written.
    ///
    /// # Errors
    /// As `wait`.
    pub fn stop(self) -> io::Result<()> {
        // The receiver is gone only when the server has ended already.
        let _ = self.stop.send(true);
        self.wait()
    }
}

/// Accepts and answers until told to stop.
async fn serve(
    listener: std::net::TcpListener,
    shared: Arc<Shared>,
    stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = Lines(tokio::net::TcpListener::from_std(listener)?);
    let (ask, asked) = watch::channel(false);
    let state = Arc::clone(&shared);
    let answer = move |request: Request<Body>| respond(Arc::clone(&state), ask.clone(), request);
    let service = axum::Router::new().fallback(answer).into_make_service_with_connect_info::<Cutter>();
    let server = tokio::spawn(async move { axum::serve(listener, service).await });
    let postman = tokio::spawn(deliver_webhooks(Arc::clone(&shared)));
    let (mut stopped, mut asked) = (stopped, asked);
    let mut pause = SAVE_EVERY;
    let ended = loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => break Ok(()),
            _ = asked.wait_for(|stop| *stop) => break Ok(()),
            () = tokio::time::sleep(pause) => {
                let begun = std::time::Instant::now();
                shared.save()?;
                pause = SAVE_EVERY.max(begun.elapsed() * 10);
            }
        }
        if server.is_finished() {
            break Err(io::Error::other("the server ended by itself"));
        }
    };
    // Lets the answer to a stop request leave before the connection is closed.
    tokio::time::sleep(Duration::from_millis(50)).await;
    server.abort();
    postman.abort();
    shared.save()?;
    ended
}

/// Lets midnights happen when nobody asks, and posts webhooks as they fall due.
async fn deliver_webhooks(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(POST_EVERY).await;
        let due = {
            let mut kept = shared.lock();
            let now_ms = kept.now_ms();
            if kept.world.next_midnight_ms().is_some_and(|at| at <= now_ms) {
                kept.world.advance(now_ms);
                kept.changed = true;
            }
            kept.world.due_deliveries(now_ms)
        };
        for delivery in due {
            let id = delivery.id;
            let taken = tokio::task::spawn_blocking(move || post_webhook(&delivery)).await.unwrap_or(false);
            let mut kept = shared.lock();
            let now_ms = kept.now_ms();
            kept.world.delivery_answered(id, taken, now_ms);
            kept.changed = true;
        }
    }
}

/// Answers one HTTP request: the vendor's paths through `World::deliver`, `/_sim/` through the admin door.
async fn respond(
    shared: Arc<Shared>,
    ask: watch::Sender<bool>,
    request: Request<Body>,
) -> http::Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_MAX).await else {
        return plain(413, "the body is too long or was cut off");
    };
    let cut = parts.extensions.get::<ConnectInfo<Cutter>>().map(|info| info.0.clone());
    let request = Request::from_parts(parts, body);
    if request.uri().path() == "/_sim/stop" {
        // The receiver lives as long as the server does.
        let _ = ask.send(true);
        return plain(200, "stopping");
    }
    let (delivered, delay_ms) = {
        let mut kept = shared.lock();
        kept.changed |= request.method() != http::Method::GET;
        if request.uri().path().starts_with("/_sim/") {
            return admin::answer(&mut kept, &request).map(Body::from);
        }
        let now_ms = kept.now_ms();
        kept.changed = true;
        let delivered = kept.world.deliver(now_ms, request);
        (delivered, kept.world.reply_delay_ms())
    };
    if delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(delay_ms.unsigned_abs())).await;
    }
    match delivered {
        Delivered::Response(response) => response.map(Body::from),
        Delivered::LostAfterEffect | Delivered::LostBeforeEffect | Delivered::NeverArrived => {
            cut.inspect(Cutter::cut);
            http::Response::new(Body::empty())
        }
    }
}

/// A short answer in plain text.
fn plain(status: u16, text: &'static str) -> http::Response<Body> {
    let mut response = http::Response::new(Body::from(text));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::BAD_REQUEST);
    let server = http::HeaderValue::from_static("heirloom-simulator");
    response.headers_mut().insert("server", server);
    response
}
