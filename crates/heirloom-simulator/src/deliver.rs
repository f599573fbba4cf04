//! The way between client and vendor: a request is delivered, lost, doubled, delayed or answered by somebody else.

use crate::faults::{Delivered, FaultKind};
use crate::reply::Reply;
use crate::request::Call;
use crate::world::World;
use bytes::Bytes;
use serde_json::json;

impl World {
    /// Delivers a request with what `rules.faults` draws for it; at most one fault a request.
    pub fn deliver(&mut self, now_ms: i64, request: http::Request<Bytes>) -> Delivered {
        let call = Call::of(request);
        self.advance(now_ms);
        self.reply_delay_ms = 0;
        self.deliveries += 1;
        let faults = &self.rules.faults;
        let open = self.faults_done < faults.faults_max && (call.creates() || !faults.creating_only);
        let (kind, coin) = if open { faults.draw(self.deliveries) } else { (None, false) };
        let Some(kind) = kind else {
            return Delivered::Response(self.take(now_ms, &call));
        };
        self.faults_done += 1;
        self.spoil(now_ms, call, kind, coin)
    }

    /// How long the latest delivered answer took, milliseconds; a client whose deadline is shorter has to count it as lost.
    pub fn reply_delay_ms(&self) -> i64 {
        self.reply_delay_ms
    }

    /// Delivers a request with a fault.
    fn spoil(&mut self, now_ms: i64, call: Call, kind: FaultKind, coin: bool) -> Delivered {
        let strange = |reply: Reply| Delivered::Response(bare(reply));
        match kind {
            FaultKind::DropBefore => return Delivered::LostBeforeEffect,
            FaultKind::RefuseConnection => return Delivered::NeverArrived,
            FaultKind::LateEffect => {
                self.send_late(call);
                return Delivered::LostBeforeEffect;
            }
            FaultKind::Http502HtmlBefore => return strange(Reply::html(502, "502 Bad Gateway")),
            FaultKind::Http503Before => {
                return strange(Reply {
                    status: 503,
                    kind: "",
                    body: Vec::new(),
                    headers: vec![("retry-after", "30".into())],
                });
            }
            FaultKind::Foreign200 => {
                return strange(Reply::html(200, "Welcome to the guest network"));
            }
            FaultKind::Redirect => {
                let mut reply = Reply::html(302, "Object moved");
                reply.headers.push(("location", "https://login.example.net/".into()));
                return strange(reply);
            }
            FaultKind::Bare429 => {
                return strange(Reply { status: 429, kind: "", body: Vec::new(), headers: Vec::new() });
            }
            FaultKind::Spurious401 => return strange(Reply::unauthorized(&self.rules)),
            _ => {}
        }
        let response = self.arrive(now_ms, &call, kind);
        match kind {
            FaultKind::LoseReply => Delivered::LostAfterEffect,
            FaultKind::Http500AfterEffect => {
                let body = json!({"error": {"code": "INTERNAL_ERROR", "message": "An unexpected error occurred.", "details": []}});
                strange(Reply::status(500, &body))
            }
            FaultKind::Http502HtmlAfter => strange(Reply::html(502, "502 Bad Gateway")),
            FaultKind::Truncated200 => strange(Reply {
                status: 200,
                kind: "application/json; charset=utf-8",
                body: b"{\"list\":[{\"id\":1,".to_vec(),
                headers: Vec::new(),
            }),
            FaultKind::Doubled => {
                let second = self.arrive(now_ms, &call, kind);
                Delivered::Response(if coin { second } else { response })
            }
            FaultKind::Slow => {
                self.reply_delay_ms = i64::from(self.rules.faults.slow_ms);
                Delivered::Response(response)
            }
            _ => Delivered::Response(response),
        }
    }

    /// Lets a request arrive and notes its fault.
    fn arrive(&mut self, now_ms: i64, call: &Call, kind: FaultKind) -> http::Response<Bytes> {
        let response = self.take(now_ms, call);
        if let Some(seen) = self.requests.last_mut() {
            seen.fault = Some(kind);
        }
        response
    }

    /// Puts a request on a long way.
    fn send_late(&mut self, call: Call) {
        let due_ms = self.now_ms.saturating_add(self.rules.faults.late_by_ms);
        let place = self.late.partition_point(|(at, _)| *at <= due_ms);
        self.late.insert(place, (due_ms, call));
    }
}

/// An answer of somebody in between: no rate headers.
fn bare(reply: Reply) -> http::Response<Bytes> {
    let mut response = http::Response::new(Bytes::from(reply.body));
    *response.status_mut() =
        http::StatusCode::from_u16(reply.status).unwrap_or(http::StatusCode::BAD_GATEWAY);
    let kind = (!reply.kind.is_empty()).then(|| ("content-type", reply.kind.to_string()));
    for (name, value) in kind.into_iter().chain(reply.headers) {
        if let Ok(value) = http::HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
