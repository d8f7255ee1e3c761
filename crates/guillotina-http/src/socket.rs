//! `#[websocket]`: permission in a short transaction, the upgrade, then the handler as a task that is waited for.
//!
//! A socket outlives what it was opened with, so its right is looked at again: when the token ends the client is told 4401, and
//! when the user is gone or has lost the permission, 4403.

use crate::dispatch::{self, Allowed, Raw};
use crate::request_info::request_info;
use crate::traversal;
use crate::wire::{self, Incoming, Limits, Reply, WebSocketKey, WebSocketReceiver, WebSocketSender, close_code};
use guillotina_content::app::View;
use guillotina_content::registration::WebSocketDecl;
use guillotina_content::{App, Call, CurrentUser, Error, Inject, Resource, Result};
use guillotina_security::perms;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, sleep_until};

/// An accepted socket, for the one parameter of a `#[websocket]` that takes it.
pub struct WebSocket(wire::WebSocket);

impl WebSocket {
    /// The half that sends and the half that receives. The socket lives until both are dropped or one side closes it.
    pub fn split(self) -> (WebSocketSender, WebSocketReceiver) {
        self.0.split()
    }

    /// Closes it with a code of RFC 6455 (or 4000 to 4999) and a reason.
    pub async fn close(self, code: u16, reason: &str) {
        self.0.close(code, reason).await;
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebSocket")
    }
}

impl Inject for WebSocket {
    fn inject(call: &Call) -> Result<Self> {
        let socket = call.handover.lock().take().and_then(|s| s.downcast::<wire::WebSocket>().ok());
        socket
            .map(|s| WebSocket(*s))
            .ok_or_else(|| Error::internal("a WebSocket can be taken once, and in a #[websocket] only"))
    }
}

/// What a socket rests on, for as long as it is open.
pub struct Right {
    /// The path that it was opened at.
    segments: Vec<String>,
    /// When the token ends, in seconds since 1970.
    ends: Option<u64>,
}

impl Right {
    /// What the request presents at a place.
    pub fn new(app: &App, raw: &Raw, database: &str, container: Option<&Resource>) -> Right {
        let ends = raw
            .credentials
            .as_ref()
            .and_then(|presented| dispatch::with_realm(database, container, |realm| app.auth().ends(realm, presented)));
        Right { segments: raw.segments.clone(), ends }
    }

    /// How long the token lasts.
    fn rest(&self) -> Option<Duration> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.ends.map(|ends| Duration::from_secs(ends).saturating_sub(now))
    }

    /// Whether the user may still have the socket.
    async fn holds(&self, app: &App, user: &CurrentUser, decl: &WebSocketDecl) -> Result<bool> {
        let Some(database) = traversal::database(app, &self.segments) else { return Ok(true) };
        let check = |tx: guillotina_content::Tx| async move {
            let found = traversal::walk(&tx, &self.segments[1..]).await?;
            let container = found.container.as_ref();
            let who = dispatch::principal_now(app, tx.database().name(), container, user).await?;
            let open = decl.allow_access || found.context.allows(app, &who, perms::ACCESS_CONTENT.id());
            // When the object is gone, the tail is longer than the view's name.
            let here = found.tail.first().map(String::as_str) == decl.name.split('/').next();
            Ok(here && open && found.context.allows(app, &who, decl.permission.id()))
        };
        database.read(check).await
    }

    /// Waits until the right ends; says with what code the socket is to be closed, and why.
    async fn end(&self, app: &App, user: &CurrentUser, decl: &WebSocketDecl) -> (u16, &'static str) {
        let begin = Instant::now();
        let token = self.rest().and_then(|rest| begin.checked_add(rest));
        let every = app.section::<Limits>().map_or_else(|_| Limits::default(), |limits| Limits::clone(&limits));
        let every = Some(wire::ms(every.websocket_recheck_ms)).filter(|every| !every.is_zero());
        loop {
            let check = every.map(|every| Instant::now() + every);
            let Some(next) = token.into_iter().chain(check).min() else { return std::future::pending().await };
            sleep_until(next).await;
            if token.is_some_and(|token| token <= next) {
                return (close_code::TOKEN_EXPIRED, "the token has ended: connect again with a new one");
            }
            // In a box, as a socket spends its life in waiting for it.
            match Box::pin(self.holds(app, user, decl)).await {
                Ok(true) => {}
                Ok(false) => return (close_code::FORBIDDEN, "you may not have this any more"),
                Err(error) => tracing::warn!(%error, "the right of a socket could not be checked; it is tried again"),
            }
        }
    }
}

/// A copy of the headers that shares nothing with them: each is a part of the buffer that the whole head was read into, and
/// a socket would keep that for as long as it lives.
pub fn own_headers(headers: &HeaderMap) -> HeaderMap {
    let mut own = HeaderMap::with_capacity(headers.keys_len());
    for (name, value) in headers {
        let copied = (HeaderName::from_bytes(name.as_str().as_bytes()), HeaderValue::from_bytes(value.as_bytes()));
        if let (Ok(name), Ok(value)) = copied {
            own.append(name, value);
        }
    }
    own
}

/// Answers an upgrade request, and lets the handler run once the connection is a socket.
pub fn accept(app: &App, incoming: Incoming, key: &WebSocketKey, allowed: Allowed, right: Right) -> Reply {
    let Allowed { view: View::WebSocket(decl, place), request, context, .. } = allowed else {
        return Reply::reason(http::StatusCode::BAD_REQUEST, "this is not a WebSocket: send an ordinary request");
    };
    let (reply, upgrade) = match incoming.accept(key, None) {
        Ok(accepted) => accepted,
        Err(error) => return error.reply(),
    };
    let app_here = app.clone();
    let handling = async move {
        let socket = match upgrade.socket().await {
            Ok(socket) => socket,
            Err(error) => return tracing::debug!(%error, "a socket did not come about"),
        };
        let (sender, user) = (socket.sender().clone(), request.user());
        // The transaction that found the context has ended; the handler opens short ones of its own.
        let call = Call::new(request, context).within(None);
        *call.handover.lock() = Some(Box::new(socket));
        let mut handler = (decl.handler)(&call);
        let ended = tokio::select! {
            ended = &mut handler => ended,
            (code, reason) = right.end(&app_here, &user, decl) => {
                sender.close(code, reason);
                handler.await
            }
        };
        if let Err(error) = ended {
            tracing::error!(socket = decl.name, %place, %error, "a WebSocket handler failed");
        }
    };
    // Its lines in the log carry the id of the request that it began with.
    match request_info() {
        Some(info) => app.tasks().spawn(info.scope(handling)),
        None => app.tasks().spawn(handling),
    };
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_copied_whole() {
        let mut headers = HeaderMap::new();
        headers.append("x-own", HeaderValue::from_static("1"));
        headers.append("x-own", HeaderValue::from_bytes(b"\xff").unwrap());
        headers.append("host", HeaderValue::from_static("h"));
        assert_eq!(own_headers(&headers), headers);
    }
}
