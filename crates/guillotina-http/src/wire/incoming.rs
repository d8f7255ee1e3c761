//! A request, and who answers it.

use super::body::Body;
use super::connection::Conn;
use super::reply::Reply;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

/// Who answers requests.
///
/// The future is dropped at its next await point when the client goes away before it is answered; work that must not
/// stop half-way belongs in a task of its own. A panic is answered 500 and costs that connection alone.
pub trait Handler: Send + Sync + 'static {
    /// Answers one request.
    fn call(&self, request: Incoming) -> impl Future<Output = Reply> + Send;
}

/// A request whose head was read and found valid.
pub struct Incoming {
    /// Method, target, version and headers.
    pub parts: http::request::Parts,
    /// The body, not read yet.
    pub body: Body,
    /// The other end of the connection: a proxy's address, if there is one in front.
    pub peer: SocketAddr,
    pub(crate) conn: Option<Arc<Conn>>,
}

impl Incoming {
    /// A request that came over no connection, for tests and for calls within the process. It can't become a socket.
    pub fn detached(parts: http::request::Parts, body: Body, peer: SocketAddr) -> Incoming {
        Incoming { parts, body, peer, conn: None }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // headers carry credentials
        f.debug_struct("Incoming")
            .field("method", &self.parts.method)
            .field("path", &self.parts.uri.path())
            .field("peer", &self.peer)
            .finish()
    }
}
