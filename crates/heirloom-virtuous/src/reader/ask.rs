//! One read: a permit, the call, and what is tried again.

use bytes::Bytes;
use http::Request;
use serde_json::Value;

use super::page::{is_final, unreadable};
use super::{Clock, ReadFailure, Reader, Waited};
use crate::pacer::{Permit, Slot};
use crate::parse;
use crate::reading::{Reply, error_code};
use crate::target::Transport;
use heirloom_model::Moment;

/// A read is tried this often before it fails.
const TRIES_MAX: u32 = 6;
const RETRY_MS: i64 = 15_000;
const RETRY_MAX_MS: i64 = 15 * 60_000;
/// A vendor that has never answered is tried this often: the address or the network is wrong, and
/// whoever waits at the keyboard can see to it.
const FIRST_TRIES_MAX: u32 = 3;
const FIRST_RETRY_MS: i64 = 2_000;
/// Answers of one read that are lost before shorter pages are asked for: too long an answer is lost each time.
const LOST_MAX: u32 = 2;
/// Answers of one read that may be no JSON: more of them are a page of somebody else's, and no accident.
const UNREAD_MAX: u32 = 3;
/// Rows of a page at least.
const PAGE_ROWS_MIN: usize = 10;
/// Longer than this is not waited for, but reported.
const PAUSE_MS: i64 = 65 * 60_000;

impl<T: Transport, C: Clock> Reader<'_, T, C> {
    pub(super) fn value(
        &mut self,
        what: &'static str,
        request: &dyn Fn(usize) -> Request<Bytes>,
    ) -> Result<Value, ReadFailure> {
        self.found(what, request)?.ok_or(ReadFailure::Refused { what, status: 404, code: String::new() })
    }

    /// What a 200 says, `None` for a 404. Reads may be repeated, so anything passing is; also an answer that
    /// was cut on its way, which is not whole.
    pub(super) fn found(
        &mut self,
        what: &'static str,
        request: &dyn Fn(usize) -> Request<Bytes>,
    ) -> Result<Option<Value>, ReadFailure> {
        let mut last = String::new();
        let (mut lost, mut unread) = (0, 0);
        for attempt in 0..TRIES_MAX {
            let first = !self.connected;
            if first && attempt >= FIRST_TRIES_MAX {
                break;
            }
            if attempt > 0 {
                let pause = if first { FIRST_RETRY_MS } else { RETRY_MS << (2 * (attempt - 1)) };
                let until = self.clock.now().plus_ms(pause.min(RETRY_MAX_MS));
                self.wait(until, &format!("{what} could not be read: {last}"))?;
            }
            let permit = self.permit()?;
            match self.call(what, request(self.page_rows), permit)? {
                Reply::Answered { status: 200, body, .. } => match parse::json(&body) {
                    Ok(value) => return Ok(Some(value)),
                    Err(why) => {
                        unread += 1;
                        if unread >= UNREAD_MAX {
                            return Err(unreadable(what, why));
                        }
                        last = why.to_owned();
                    }
                },
                Reply::Answered { status: 404, .. } => return Ok(None),
                Reply::Answered { status: 401, .. } => return Err(ReadFailure::Credentials),
                Reply::Answered { status, body, .. } if is_final(status) => {
                    let code = error_code(&body).unwrap_or_default();
                    return Err(ReadFailure::Refused { what, status, code });
                }
                Reply::Answered { status, .. } => last = format!("status {status}"),
                Reply::NotConnected { why } => last = format!("no connection: {why}"),
                Reply::Lost { why } => {
                    last = why;
                    lost += 1;
                    if lost >= LOST_MAX {
                        self.page_rows = (self.page_rows / 2).max(PAGE_ROWS_MIN);
                    }
                }
            }
        }
        Err(ReadFailure::Unreachable { what, why: last })
    }

    fn call(
        &mut self,
        what: &'static str,
        request: Request<Bytes>,
        permit: Permit,
    ) -> Result<Reply, ReadFailure> {
        let at = self.clock.now();
        if !self.clock.leaving(at, what) {
            return Err(ReadFailure::Unrecorded);
        }
        let reply = self.transport.call(request, permit);
        self.connected |= !matches!(reply, Reply::NotConnected { .. });
        self.pacer.came_back();
        if let Some(status) = reply.status() {
            let now = self.clock.now();
            self.pacer.saw(status, reply.headers(), at, now);
        }
        if let Some(window) = self.pacer.window() {
            self.clock.keep(window);
        }
        Ok(reply)
    }

    fn permit(&mut self) -> Result<Permit, ReadFailure> {
        loop {
            let now = self.clock.now();
            match self.pacer.next_slot(now) {
                Slot::Go(permit) => return Ok(permit),
                Slot::At(until, why) if until.since_ms(now) > PAUSE_MS => {
                    return Err(ReadFailure::Paused { until, why });
                }
                Slot::At(until, why) => self.wait(until, &why)?,
            }
        }
    }

    fn wait(&mut self, until: Moment, why: &str) -> Result<(), ReadFailure> {
        match self.clock.wait(until, why) {
            Waited::Done => Ok(()),
            Waited::Interrupted => Err(ReadFailure::Interrupted),
        }
    }
}
