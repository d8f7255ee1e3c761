//! Whole-product tests over real sockets against the real binary.
//!
//! [`Server`] is a running process in a folder of its own, [`Client`] speaks HTTP/1.1 to it, [`Socket`] WebSockets, [`Connection`]
//! bytes, and [`replay`] compares its answers with those recorded from Guillotina. What fails, panics: this is how a test ends.
//!
//! The crate is a plugin too ([`plugin`]): content, services and failures that only the tests need. The binary `test-server`
//! is the product with this plugin.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod binary;
mod connection;
pub mod events;
mod http;
pub mod plugin;
mod process;
mod recorded;
pub mod recorder;
pub mod samples;
mod server;
mod socket;
mod stream;

pub use binary::Binary;
pub use connection::{Connection, Frame};
pub use http::{Answer, Client};
pub use process::{Output, allow_open_files, run};
pub use recorded::replay;
pub use server::{PEOPLE, SETTINGS, Server};
pub use socket::Socket;
pub use stream::StreamReader;

guillotina::application! {
    name = "guillotina_tests",
    title = "What only the tests need",
    requires = ["guillotina_chat"],
}
