//! The wire against raw TCP clients: what no well-behaved client library would send.

// helpers of tests are no tests to the linter
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bodies;
mod client;
mod frames;
mod limits;
mod requests;
mod server;
mod shutdown;
mod smuggling;
mod sockets;
