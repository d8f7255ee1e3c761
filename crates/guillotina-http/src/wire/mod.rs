//! The wire: HTTP/1.1 and WebSockets over TCP, with every limit set.
//!
//! This module turns bytes into [`Incoming`] requests and [`Reply`] values back into bytes. It knows nothing of
//! objects, traversal or settings files; the rest of the crate implements [`Handler`].
//!
//! * [`Server`] listens, [`Bound::serve`] runs until its token is cancelled and then stops in an orderly way.
//! * [`Limits`] holds every bound: header sizes, times, connections, socket queues.
//! * [`Body`] reads a request's body with a size limit and a minimum pace.
//! * [`WebSocket`] is an accepted socket; a [`Frame`] is encoded once and shared by all the sockets it goes to.
//!
//! ```no_run
//! use guillotina_http::wire::{Handler, Incoming, Limits, Reply, Server};
//! use std::time::Duration;
//! use tokio_util::sync::CancellationToken;
//!
//! struct Hello;
//!
//! impl Handler for Hello {
//!     async fn call(&self, _request: Incoming) -> Reply {
//!         Reply::json(http::StatusCode::OK, r#"{"hello":"world"}"#)
//!     }
//! }
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let bound = Server::bind("127.0.0.1:8080".parse()?, Limits::default()).await?;
//! let stop = CancellationToken::new();
//! bound.serve(Hello, stop, Duration::from_secs(30)).await;
//! # Ok(())
//! # }
//! ```

mod body;
mod connection;
mod head;
mod incoming;
mod io;
mod limits;
mod reply;
mod server;
mod shared;
mod websocket;

pub use body::{Body, BodyError};
pub use incoming::{Handler, Incoming};
pub use limits::Limits;
pub(crate) use limits::ms;
pub use reply::{Reply, ReplyBody};
pub use server::{BindError, Bound, Ended, Server};
pub use shared::Traffic;
pub use websocket::{
    Closings, Frame, HandshakeError, Message, SendError, Upgrade, UpgradeError, WebSocket, WebSocketKey,
    WebSocketReceiver, WebSocketSender, close_code,
};
