//! From a request to a socket.

use super::WebSocket;
use super::outbox::{Outbox, WebSocketSender};
use super::receiver::WebSocketReceiver;
use crate::wire::connection::Conn;
use crate::wire::incoming::Incoming;
use crate::wire::io::ConnIo;
use crate::wire::limits::ms;
use crate::wire::reply::Reply;
use http::header::{
    CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, Method, Request, StatusCode, Version};
use hyper::upgrade::OnUpgrade;
use std::sync::Arc;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Why a request that asks for a WebSocket can't become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// A browser's WebSocket always begins with GET over HTTP/1.1.
    #[error(
        "a WebSocket begins with GET over HTTP/1.1 and Connection: Upgrade; check the client, or the proxy in between"
    )]
    Request,
    /// Another version than 13.
    #[error("only WebSocket version 13 is spoken; use a client of RFC 6455")]
    Version,
    /// No valid key.
    #[error("Sec-WebSocket-Key must be 16 bytes in base64, once; check the client")]
    Key,
    /// The request came over no connection.
    #[error("this request came over no connection that could become a socket; send it over HTTP")]
    Detached,
}

impl HandshakeError {
    /// The answer to give: 426 with the version spoken here, or 400.
    pub fn reply(&self) -> Reply {
        let status =
            if *self == HandshakeError::Version { StatusCode::UPGRADE_REQUIRED } else { StatusCode::BAD_REQUEST };
        let mut reply = Reply::reason(status, &self.to_string());
        if *self == HandshakeError::Version {
            reply.headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
            // RFC 9110: a 426 names the protocol; with Upgrade goes Connection
            reply.headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            reply.headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        }
        reply
    }
}

/// The key of a valid handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketKey(String);

impl WebSocketKey {
    /// The value of `Sec-WebSocket-Accept` that belongs to it.
    pub fn accept(&self) -> String {
        derive_accept_key(self.0.as_bytes())
    }
}

impl Incoming {
    /// Whether the request asks for a WebSocket, and whether it does so correctly. None for an ordinary request.
    pub fn websocket_key(&self) -> Result<Option<WebSocketKey>, HandshakeError> {
        let headers = &self.parts.headers;
        if !has_token(headers, &UPGRADE, "websocket") {
            return Ok(None);
        }
        if self.parts.method != Method::GET
            || self.parts.version != Version::HTTP_11
            || !has_token(headers, &CONNECTION, "upgrade")
        {
            return Err(HandshakeError::Request);
        }
        if only(headers, &SEC_WEBSOCKET_VERSION) != Some("13") {
            return Err(HandshakeError::Version);
        }
        let key = only(headers, &SEC_WEBSOCKET_KEY).filter(|key| is_key(key)).ok_or(HandshakeError::Key)?;
        Ok(Some(WebSocketKey(key.to_owned())))
    }

    /// Accepts the socket: the reply to give, and what becomes the socket once it is sent. `protocol` must be one
    /// that the client offered.
    pub fn accept(self, key: &WebSocketKey, protocol: Option<HeaderValue>) -> Result<(Reply, Upgrade), HandshakeError> {
        let conn = self.conn.ok_or(HandshakeError::Detached)?;
        let mut reply = Reply::empty(StatusCode::SWITCHING_PROTOCOLS);
        let headers = &mut reply.headers;
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, HeaderValue::try_from(key.accept()).map_err(|_| HandshakeError::Key)?);
        if let Some(protocol) = protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, protocol);
        }
        let on = hyper::upgrade::on(Request::from_parts(self.parts, ()));
        Ok((reply, Upgrade { on, conn }))
    }
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .any(|t| t.trim().eq_ignore_ascii_case(token))
}

/// The value of a header that stands there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let value = all.next()?.to_str().ok()?;
    all.next().is_none().then_some(value.trim())
}

/// 16 bytes in base64: 22 digits and two signs of padding.
fn is_key(key: &str) -> bool {
    key.len() == 24
        && key
            .strip_suffix("==")
            .is_some_and(|k| k.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/'))
}

/// The connection did not become a socket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// The client was gone before the handshake was out.
    #[error("the connection ended during the WebSocket handshake: {0}; the client has to connect again")]
    Ended(String),
    /// The reply of [`Incoming::accept`] was not sent in time.
    #[error("the WebSocket handshake took too long; return the reply of `accept` at once")]
    Late,
}

/// A socket to be. The reply that came with it must be returned to the client, meanwhile a task of its own waits:
///
/// ```
/// use guillotina_http::wire::{Frame, Incoming, Reply};
/// use http::StatusCode;
///
/// async fn echo(request: Incoming) -> Reply {
///     let key = match request.websocket_key() {
///         Ok(Some(key)) => key,
///         Ok(None) => return Reply::empty(StatusCode::NOT_FOUND),
///         Err(error) => return error.reply(),
///     };
///     let (reply, upgrade) = match request.accept(&key, None) {
///         Ok(accepted) => accepted,
///         Err(error) => return error.reply(),
///     };
///     tokio::spawn(async move {
///         let Ok(socket) = upgrade.socket().await else { return };
///         let (sender, mut receiver) = socket.split();
///         while let Some(message) = receiver.next().await {
///             if sender.send(Frame::text(format!("{message:?}"))).is_err() {
///                 break;
///             }
///         }
///     });
///     reply
/// }
/// ```
pub struct Upgrade {
    on: OnUpgrade,
    conn: Arc<Conn>,
}

impl Upgrade {
    /// Waits until the reply is sent and the connection is a socket, at most `websocket_handshake_ms`.
    pub async fn socket(self) -> Result<WebSocket, UpgradeError> {
        let Upgrade { on, conn } = self;
        let limits = &conn.shared.limits;
        let upgraded = match tokio::time::timeout(ms(limits.websocket_handshake_ms), on).await {
            Ok(Ok(upgraded)) => upgraded,
            Ok(Err(error)) => return Err(UpgradeError::Ended(error.to_string())),
            Err(_) => return Err(UpgradeError::Late),
        };
        let Ok(parts) = upgraded.downcast::<ConnIo>() else {
            return Err(UpgradeError::Ended("another transport took it over".to_owned()));
        };
        let (stream, ahead, guard) = parts.io.into_parts();
        let mut early = parts.read_buf.to_vec();
        early.extend_from_slice(&ahead);
        // best effort: without it the kernel's own bound holds
        let _ = socket2::SockRef::from(&stream).set_send_buffer_size(limits.websocket_kernel_send_bytes);
        let (frames, bytes) = (limits.websocket_send_queue_frames, limits.websocket_send_queue_bytes);
        let outbox = Outbox::new(frames, bytes, &conn.shared.watch);
        let sender = WebSocketSender::new(outbox.clone());
        Ok(WebSocket { sender, receiver: WebSocketReceiver::new(stream, early, guard.into_socket(), outbox) })
    }
}

impl std::fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Upgrade").field(&self.conn.peer).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::body::Body;

    fn request(headers: &[(&str, &str)]) -> Incoming {
        let mut r = Request::builder().uri("/@ws");
        for (name, value) in headers {
            r = r.header(*name, *value);
        }
        Incoming::detached(r.body(()).unwrap().into_parts().0, Body::empty(), "127.0.0.1:1".parse().unwrap())
    }

    const GOOD: [(&str, &str); 4] = [
        ("upgrade", "WebSocket"),
        ("connection", "keep-alive, Upgrade"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];

    #[test]
    fn the_example_of_the_rfc() {
        let key = request(&GOOD).websocket_key().unwrap().unwrap();
        assert_eq!(key.accept(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(request(&GOOD).accept(&key, None).unwrap_err(), HandshakeError::Detached);
    }

    #[test]
    fn what_is_missing_or_wrong() {
        assert_eq!(request(&[]).websocket_key(), Ok(None));
        for (i, error) in [(1, HandshakeError::Request), (2, HandshakeError::Version), (3, HandshakeError::Key)] {
            let mut headers = GOOD.to_vec();
            headers.remove(i);
            assert_eq!(request(&headers).websocket_key(), Err(error));
            headers.insert(i, (GOOD[i].0, "8"));
            assert_eq!(request(&headers).websocket_key(), Err(error));
        }
        let mut twice = GOOD.to_vec();
        twice.push(GOOD[3]);
        assert_eq!(request(&twice).websocket_key(), Err(HandshakeError::Key));
        assert_eq!(HandshakeError::Version.reply().status, 426);
    }
}
