//! The product, from outside: one binary with a module for each theme, since linking is what such tests cost.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod addons;
mod application;
mod chat;
mod commands;
mod conflicts;
mod content;
mod cors;
mod crash;
mod differential;
mod errors;
mod explain;
mod files;
mod limits;
mod login;
mod new_plugin;
mod operation;
mod recorded;
mod rights;
mod settings;
mod sharing;
mod streams;
mod stress;
mod training;
mod users;
mod websockets;
