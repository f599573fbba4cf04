//! Answers before they become HTTP, and the six shapes a refusal can take.

use crate::habits::ErrorShape;
use crate::rules::Rules;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub status: u16,
    pub kind: &'static str,
    pub body: Vec<u8>,
    pub headers: Vec<(&'static str, String)>,
}

/// One thing wrong with a body: where, and what.
#[derive(Debug, Clone)]
pub(crate) struct Complaint {
    pub field: String,
    pub code: &'static str,
    pub text: String,
}

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html";
const PLAIN: &str = "text/plain; charset=utf-8";

impl Reply {
    /// 200 with nothing in it, as the transaction endpoints answer.
    pub(crate) fn empty() -> Reply {
        Reply { status: 200, kind: "", body: Vec::new(), headers: Vec::new() }
    }

    /// 200 with JSON.
    pub(crate) fn json(value: &impl Serialize) -> Reply {
        Reply::status(200, value)
    }

    /// JSON under any status.
    pub(crate) fn status(status: u16, value: &impl Serialize) -> Reply {
        let body = serde_json::to_vec(value).expect("answers have text keys and finite numbers");
        Reply { status, kind: JSON, body, headers: Vec::new() }
    }

    /// An HTML page under any status.
    pub(crate) fn html(status: u16, title: &str) -> Reply {
        let body = format!(
            "<!DOCTYPE html>\r\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
        );
        Reply { status, kind: HTML, body: body.into_bytes(), headers: Vec::new() }
    }

    /// 401 as recorded in 2019, or as plain text, which the documentation allows for.
    pub(crate) fn unauthorized(rules: &Rules) -> Reply {
        let text = "Authorization has been denied for this request.";
        let mut reply = if rules.plain_401 {
            Reply { kind: PLAIN, body: text.into(), ..Reply::empty() }
        } else {
            Reply::json(&json!({ "message": text }))
        };
        reply.status = 401;
        reply.headers.push(("www-authenticate", "Bearer".into()));
        reply
    }

    /// 204 or 200 for a record that is gone.
    pub(crate) fn gone(rules: &Rules) -> Reply {
        Reply { status: rules.delete_status, ..Reply::empty() }
    }

    /// 403 for a resource that the permission group lacks.
    pub(crate) fn forbidden(rules: &Rules) -> Reply {
        let text = "You do not have permission to access this resource.";
        let complaints = [Complaint { field: "permission".into(), code: "FORBIDDEN", text: text.into() }];
        refusal(rules.error_shape, 403, "FORBIDDEN", text, &complaints)
    }

    /// 409 for something that must be unique and is not.
    pub(crate) fn conflict(rules: &Rules, field: &str, text: &str) -> Reply {
        let complaints = [Complaint { field: field.into(), code: "CONFLICT", text: text.into() }];
        refusal(
            rules.error_shape,
            409,
            "CONFLICT",
            "The request conflicts with an existing record.",
            &complaints,
        )
    }

    /// 404 for a record that is not there (or not yet).
    pub(crate) fn missing(rules: &Rules) -> Reply {
        let complaints = [Complaint { field: "id".into(), code: "NOT_FOUND", text: "Not found.".into() }];
        refusal(rules.error_shape, 404, "NOT_FOUND", "The requested record was not found.", &complaints)
    }

    /// 404 for a path nobody serves.
    pub(crate) fn no_route(path: &str) -> Reply {
        let text = format!("No HTTP resource was found that matches the request URI '{path}'.");
        Reply::status(404, &json!({ "message": text }))
    }

    /// 400 and the like for a body that will not do, in the organization's error shape.
    pub(crate) fn refused(rules: &Rules, complaints: &[Complaint]) -> Reply {
        let status = rules.refusal_status;
        let code = match status {
            409 => "CONFLICT",
            422 => "VALIDATION_FAILED",
            _ => "BAD_REQUEST",
        };
        refusal(rules.error_shape, status, code, "The request is invalid.", complaints)
    }

    /// 400 for a request that cannot be understood.
    pub(crate) fn bad_request(rules: &Rules, field: &str, text: &str) -> Reply {
        let complaints = [Complaint { field: field.into(), code: "BAD_REQUEST", text: text.into() }];
        refusal(rules.error_shape, 400, "BAD_REQUEST", "The request is invalid.", &complaints)
    }
}

/// Writes a refusal in one of the six shapes. Every shape but E3 carries the complaints' texts; E3's message does.
fn refusal(shape: ErrorShape, status: u16, code: &str, message: &str, complaints: &[Complaint]) -> Reply {
    let texts = || complaints.iter().map(|one| one.text.as_str()).collect::<Vec<_>>().join(" ");
    match shape {
        ErrorShape::E1 => {
            let details: Vec<Value> = complaints
                .iter()
                .map(|one| json!({"field": one.field, "code": one.code, "message": one.text}))
                .collect();
            Reply::status(status, &json!({"error": {"code": code, "message": message, "details": details}}))
        }
        ErrorShape::E2 => {
            Reply::status(status, &json!({"message": message, "modelState": by_field(complaints)}))
        }
        ErrorShape::E3 => Reply::status(status, &json!({"message": texts()})),
        ErrorShape::E4 => {
            Reply::status(status, &json!({"error": code.to_ascii_lowercase(), "error_description": texts()}))
        }
        ErrorShape::E5 => Reply::status(status, &json!({"errors": by_field(complaints)})),
        ErrorShape::E6 => Reply::html(status, &texts()),
    }
}

/// Field names with their texts, in the order of the complaints.
fn by_field(complaints: &[Complaint]) -> Map<String, Value> {
    let mut map = Map::new();
    for one in complaints {
        let texts = map.entry(one.field.clone()).or_insert_with(|| json!([]));
        if let Value::Array(texts) = texts {
            texts.push(json!(one.text));
        }
    }
    map
}
