//! `@ws`: GET requests over one socket (rows V-001 to V-008).
//!
//! The client sends `{"op": "get", "path": "/a/@sharing?x=1", "id": "1"}`, as text or binary, and gets a binary frame
//! `{"data": "<the body>", "id": "1"}` or `{"error": "…", "id": "1"}`. Paths begin at the container. Each request has a
//! transaction of its own that writes nothing, and the rights that its user has at that moment.

use crate::dispatch::{self, NO_ACCESS, Raw};
use crate::reply::{self, ErrorContext};
use crate::socket::WebSocket;
use crate::traversal;
use crate::wire::{Frame, Message, ReplyBody, close_code};
use crate::{handler, path};
use guillotina_content::error::Cause;
use guillotina_content::registration::Method;
use guillotina_content::{Container, Content, Error, Request, Result};
use guillotina_macros::websocket;
use guillotina_security::perms;
use http::HeaderMap;
use serde_json::{Map, Value, json};

/// GET requests over one socket.
#[websocket(name = "@ws", permission = perms::ACCESS_CONTENT)]
async fn ws(container: Content<Container>, request: Request, socket: WebSocket) -> Result {
    let (sender, mut receiver) = socket.split();
    while let Some(message) = receiver.next().await {
        let answer = match Op::read(&message) {
            Ok(Op::Close) => {
                sender.close(close_code::NORMAL, "");
                break;
            }
            Ok(Op::Ignored) => continue,
            // In a box, as a socket spends its life in waiting for the next frame.
            Ok(Op::Get { path, id }) => receiver.during(Box::pin(get(&container, &request, &path, id))).await,
            Err(answer) => answer,
        };
        // A client that asks and does not read is waited for, not cut.
        if !receiver.during(sender.ready()).await || sender.send(Frame::binary(answer.to_string())).is_err() {
            break;
        }
    }
    receiver.drain().await;
    Ok(())
}

/// What a client asks for.
#[derive(Debug, PartialEq)]
enum Op {
    Get { path: String, id: Value },
    Close,
    Ignored,
}

impl Op {
    /// Reads a frame; the error is the answer to one that says nothing (rows V-003 ⚠, V-008 ⚠).
    fn read(message: &Message) -> Result<Op, Value> {
        let parsed: Result<Map<String, Value>, _> = match message {
            Message::Text(text) => serde_json::from_str(text),
            Message::Binary(bytes) => serde_json::from_slice(bytes),
        };
        let Ok(frame) = parsed else { return Err(error("The frame is not a JSON object", json!("0"))) };
        let id = frame.get("id").cloned().unwrap_or(json!("0"));
        let Some(op) = frame.get("op").and_then(Value::as_str) else {
            return Err(error("The frame has no `op`: send get or close", id));
        };
        match op.to_lowercase().as_str() {
            "close" => Ok(Op::Close),
            "get" => {
                let path = frame.get("path").or_else(|| frame.get("value")).and_then(Value::as_str);
                let Some(path) = path else { return Err(error("The frame has no `path`", id)) };
                Ok(Op::Get { path: path.to_owned(), id })
            }
            _ => Ok(Op::Ignored),
        }
    }
}

fn error(message: &str, id: Value) -> Value {
    json!({"error": message, "id": id})
}

/// The frame that answers a request.
async fn get(container: &Content<Container>, socket: &Request, path: &str, id: Value) -> Value {
    match answer(container, socket, path).await {
        Ok(body) => json!({"data": body, "id": id}),
        Err(failed) => match failed.cause() {
            // Row V-004: without an id.
            Cause::Http { status: 401, body } if body["reason"] == NO_ACCESS => json!({"error": "Not allowed"}),
            Cause::Http { status: 401, .. } => error("No view access", id),
            Cause::Http { status: 404, .. } => error("Not found", id),
            _ => error(&words(&failed, socket, path), id),
        },
    }
}

/// The body of a GET request in the container.
async fn answer(container: &Content<Container>, socket: &Request, path: &str) -> Result<String> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut segments = path::split(path).map_err(handler::bad_path)?;
    segments.insert(0, container.id().to_string());
    let database = container.tx().database().clone();
    let raw = Raw {
        method: Method::GET,
        path: format!("/{}/{}", database.name(), segments.join("/")),
        segments,
        query: query.to_owned(),
        headers: socket.headers.clone(),
        body: bytes::Bytes::new(),
        base_url: socket.base_url.clone(),
        uid: socket.uid.clone(),
        credentials: None,
        peer: socket.peer,
    };
    let (raw, user) = (&raw, socket.user());
    let found = database.read(|tx| {
        let user = user.clone();
        async move {
            let (app, name) = (socket.app(), tx.database().name().clone());
            let found = traversal::walk(&tx, &raw.segments).await?;
            let who = dispatch::principal_now(app, &name, found.container.as_ref(), &user).await?;
            let allowed = dispatch::find_for(app, raw, &name, found, who).await?;
            handler::call_view(app, allowed).await
        }
    });
    let reply = reply::answer(found.await?, HeaderMap::new());
    match reply.body {
        ReplyBody::Empty => Ok(String::new()),
        ReplyBody::Bytes(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        ReplyBody::Stream(_) => {
            Err(Error::http(406, json!({"reason": "This is not for a socket: send an HTTP request"})))
        }
    }
}

/// What a failed request says, in the words of its HTTP answer; an unknown error is in the log (row E-001).
fn words(failed: &Error, socket: &Request, path: &str) -> String {
    let context = ErrorContext { uid: &socket.uid, method: "GET", path, debug: socket.app().core().debug };
    let (status, body) = reply::form(failed, &context);
    let said = ["message", "reason", "text"].iter().find_map(|key| body[*key].as_str());
    said.map_or_else(|| format!("Answer {status}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_frames_say_v_003_v_008() {
        let read = |text: &str| Op::read(&Message::Text(text.to_owned()));
        let get = |path: &str, id: Value| Ok(Op::Get { path: path.to_owned(), id });
        assert_eq!(read(r#"{"op":"GET","path":"/a","id":"7"}"#), get("/a", json!("7")));
        assert_eq!(read(r#"{"op":"get","value":"/a"}"#), get("/a", json!("0")));
        assert_eq!(Op::read(&Message::Binary(br#"{"op":"close"}"#.as_slice().into())), Ok(Op::Close));
        assert_eq!(read(r#"{"op":"dance"}"#), Ok(Op::Ignored));
        for (bad, id) in [("no json", "0"), ("[]", "0"), (r#"{"id":"3"}"#, "3"), (r#"{"op":"get","id":"4"}"#, "4")] {
            let answer = read(bad).unwrap_err();
            assert!(answer["id"] == id && answer["error"].is_string(), "{bad}: {answer}");
        }
    }
}
