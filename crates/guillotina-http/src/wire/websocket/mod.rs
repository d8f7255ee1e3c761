//! WebSockets (RFC 6455): a socket is read by tungstenite and written by this module.
//!
//! Reading needs a protocol machine (masks, fragments, UTF-8, close codes), and tungstenite's is a proven one. Writing
//! needs none: a server's frames are not masked, so a [`Frame`] is encoded once and the same bytes go to every
//! socket, several frames in one system call, without a copy per socket.
//!
//! A socket lives in one task, the one that calls [`WebSocketReceiver::next`]: that call also writes, pings and
//! notices a shutdown. [`WebSocketSender::send`] only appends to a bounded queue and wakes that task.

mod allowance;
mod frame;
mod handshake;
mod outbox;
mod pipe;
mod receiver;
mod speech;
mod watch;

pub use frame::{Frame, close_code};
pub use handshake::{HandshakeError, Upgrade, UpgradeError, WebSocketKey};
pub use outbox::{SendError, WebSocketSender};
pub use receiver::WebSocketReceiver;
pub use watch::Closings;
pub(crate) use watch::Watch;

/// A message from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Valid UTF-8.
    Text(String),
    /// Any bytes.
    Binary(bytes::Bytes),
}

/// An accepted socket.
pub struct WebSocket {
    sender: WebSocketSender,
    receiver: WebSocketReceiver,
}

impl WebSocket {
    /// The two halves. The sender may be cloned and kept anywhere; the receiver drives the socket, which ends when it
    /// is dropped.
    pub fn split(self) -> (WebSocketSender, WebSocketReceiver) {
        (self.sender, self.receiver)
    }

    /// The sending half alone, to be kept beside the socket.
    pub(crate) fn sender(&self) -> &WebSocketSender {
        &self.sender
    }

    /// Says why, waits for the client to answer (at most `websocket_close_ms`) and ends the socket.
    pub async fn close(self, code: u16, reason: &str) {
        self.sender.close(code, reason);
        self.receiver.drain().await;
    }
}

impl std::fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("WebSocket").field(&self.sender.id()).finish()
    }
}
