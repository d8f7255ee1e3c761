//! A whole application in a test: real settings, components, transactions and services, without a process or a port.
//!
//! ```
//! use guillotina_testing::TestApp;
//! use guillotina_testing::json;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! // A plugin's own tests name it here: TestApp::with(&[&crate::PLUGIN]).
//! let app = TestApp::with(&[]).await;
//! let site = app.container("site", &[]).await;
//! let alice = app.user("alice");
//!
//! app.root().post(&site, json!({"@type": "Folder", "id": "plans"})).await.expect(201);
//! alice.get(&format!("{site}/plans")).await.expect(401);
//! app.stop().await;
//! # });
//! ```
//!
//! [`TestApp`] is the application, [`Client`] asks it within the process, and [`Socket`] is a WebSocket over a loopback port that is
//! opened when the first one is. What fails, panics: this is how a test ends.
#![allow(clippy::expect_used, reason = "a test fails where it is wrong")]

mod app;
mod client;
mod socket;
mod users;

pub use app::{TestApp, TestBuilder};
pub use client::{Answer, Client};
pub use guillotina::Clock;
pub use serde_json::{Value, json};
pub use socket::Socket;

guillotina::application! {
    name = "guillotina_testing",
    title = "Users for tests",
    settings = "settings.toml",
}
