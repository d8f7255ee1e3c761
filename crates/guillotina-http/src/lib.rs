//! The server: traversal, service dispatch, CORS, limits and WebSockets.
//!
//! A request's way: [`wire`] reads it within its limits, [`handler`] checks what needs no database, [`traversal`] walks the path,
//! [`dispatch`] finds the user, decides, and runs the service in a transaction that is committed before anything of
//! the answer is sent (row C-020); [`reply`] renders it.

// The attributes emit paths under `::guillotina`.
extern crate self as guillotina;

pub mod cors;
pub mod dispatch;
pub mod files;
pub mod handler;
pub mod hub;
mod ops;
pub mod path;
pub mod proxies;
pub mod reply;
mod request_info;
pub mod serve;
pub mod socket;
pub mod streams;
pub mod traversal;
pub mod wire;
mod ws;

pub use guillotina_content::*;
pub use hub::{SocketHub, SocketRegistration};
pub use request_info::{RequestInfo, request_info};
pub use serve::{Listening, ServeError, serve};
pub use socket::WebSocket;
pub use streams::{Streams, Subscription};

/// What the attributes' output refers to.
#[doc(hidden)]
pub mod __rt {
    pub use guillotina_content::__rt::*;
}
