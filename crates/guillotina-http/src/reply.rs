//! From a service's answer or error to what goes out (contract section 2, rows C-027, C-035).

use crate::wire::{Reply, ReplyBody};
use bytes::Bytes;
use guillotina_content::answer::{Answer, AnswerBody};
use guillotina_content::error::{Cause, Error};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, SERVER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

/// Row C-027.
const SERVER_NAME: HeaderValue = HeaderValue::from_static(concat!("Guillotina/", env!("CARGO_PKG_VERSION")));
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// No browser guesses that data is a page.
const NO_SNIFFING: HeaderValue = HeaderValue::from_static("nosniff");

/// What only errors need to know.
pub struct ErrorContext<'a> {
    /// The id of the request, which an unknown error is logged under.
    pub uid: &'a str,
    /// For the log.
    pub method: &'a str,
    /// For the log.
    pub path: &'a str,
    /// Whether internal errors are shown to the client (setting `debug`).
    pub debug: bool,
}

/// Puts the framework's headers and the answer's own into `headers`, and renders the body.
pub fn answer(answer: Answer, mut headers: HeaderMap) -> Reply {
    headers.insert(SERVER, SERVER_NAME);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFFING);
    for (name, value) in answer.headers {
        headers.insert(name, value);
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = match answer.body {
        AnswerBody::Empty => ReplyBody::Empty,
        AnswerBody::Raw(bytes) => ReplyBody::Bytes(bytes),
        AnswerBody::Rendered(bytes) => {
            headers.insert(CONTENT_TYPE, JSON);
            ReplyBody::Bytes(bytes)
        }
        AnswerBody::Json(value) => {
            headers.insert(CONTENT_TYPE, JSON);
            ReplyBody::Bytes(render(&value))
        }
    };
    Reply { status, headers, body }
}

fn render(value: &Value) -> Bytes {
    // Values always have a JSON text; an empty one would be a broken answer, so say what it is.
    serde_json::to_vec(value).map_or_else(|_| Bytes::from_static(b"null"), Bytes::from)
}

/// The answer to an error.
pub fn error(error: &Error, cx: &ErrorContext<'_>, headers: HeaderMap) -> Reply {
    if let Cause::Answer(given) = error.cause() {
        return answer(given.clone(), headers);
    }
    let (status, body) = form(error, cx);
    let mut reply = answer(Answer::json(body).with_status(status), headers);
    match error.cause() {
        // Row C-022: 409 without body.
        Cause::Conflict(_) | Cause::Queue(_) => {
            reply.headers.remove(CONTENT_TYPE);
            reply.body = ReplyBody::Empty;
        }
        Cause::Busy { retry_after, .. } => {
            reply.headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        _ => {}
    }
    reply
}

/// Status and body of the answer to an error.
pub(crate) fn form(error: &Error, cx: &ErrorContext<'_>) -> (u16, Value) {
    let known = |kind: &str, reason: &str, details: &str, message: String| json!({"reason": reason, "details": details, "type": kind, "eid": cx.uid, "message": message});
    match error.cause() {
        Cause::Http { status, body } if body.is_null() => (*status, json!({})),
        Cause::Http { status, body } => (*status, body.clone()),
        Cause::Unauthorized(m) => {
            (401, known("Unauthorized", "unauthorized", "Not authorized to execute action", m.clone()))
        }
        Cause::Precondition(m) => {
            (412, known("PreconditionFailed", "preconditionFailed", "", format!("Precondition Failed {m}")))
        }
        Cause::NotAllowed(m) => {
            (412, known("PreconditionFailed", "notAllowed", "Type not allowed to be added here", m.clone()))
        }
        Cause::ConflictId(m) => (409, known("ConflictId", "conflictId", "This ID already exists", m.clone())),
        Cause::InvalidJson(m) => (
            412,
            json!({"reason": "jsonDecodeError", "details": "Failed to parse the JSON payload", "type": "PreconditionFailed", "eid": cx.uid, "message": m}),
        ),
        Cause::Deserialization(errors) => {
            let mut body = known(
                "DeserializationError",
                "deserializationError",
                "Could not deserialize the content",
                "DeserializationError()".into(),
            );
            body["deserialization_errors"] = errors.iter().map(|e| e.to_json()).collect();
            (412, body)
        }
        Cause::InvalidContentType(name) => (
            412,
            known(
                "DeserializationError",
                "deserializationError",
                "Could not deserialize the content",
                format!("Invalid type: {name}"),
            ),
        ),
        Cause::Response { kind, message, reason, status } => {
            let mut body = json!({"error": {"type": kind, "message": message}});
            if let Some((name, details)) = reason {
                body["reason"] = json!(name);
                body["details"] = json!(details);
                body["type"] = json!(kind);
            }
            (*status, body)
        }
        Cause::Answer(answer) => (answer.status, json!({})),
        Cause::Conflict(_) | Cause::Queue(_) => (409, json!({})),
        Cause::Busy { status, what, .. } => (*status, json!({"reason": format!("busy: {what}; try again")})),
        Cause::Full(m) => (507, json!({ "reason": m })),
        Cause::Internal(_) => (500, unknown(error, cx)),
    }
}

/// Row E-001: the client gets an id; what happened is in the log under the same id.
fn unknown(error: &Error, cx: &ErrorContext<'_>) -> Value {
    tracing::error!(eid = cx.uid, method = cx.method, path = cx.path, %error, "a request failed");
    let mut body = json!({
        "message": format!("Error on execution of view {}", cx.uid),
        "reason": "unknownError",
        "details": "Encountered unknown error",
        "eid": cx.uid,
    });
    if cx.debug {
        body["traceback"] = json!(error.to_string());
    }
    body
}

/// The answer to a method that nothing has (row C-008).
pub fn method_not_allowed(mut headers: HeaderMap) -> Reply {
    headers.insert(http::header::ALLOW, HeaderValue::from_static("CONNECT,DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"));
    answer(Answer::json(json!({})).with_status(405), headers)
}

/// How often the request was replayed (row C-022).
pub const RETRY_COUNT: HeaderName = HeaderName::from_static("x-retry-transaction-count");
/// The request's id (row C-028).
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
