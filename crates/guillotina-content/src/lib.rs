//! Guillotina's content model: resources and content types, behaviours, events, add-ons, utilities, and the users'
//! view of a transaction.
//!
//! Nothing here speaks HTTP: [`Request`] is data (method, path, headers, user) that a command or a test can make too.

// The attributes emit paths under `::guillotina`; the crates below the façade answer to that name themselves.
extern crate self as guillotina;

pub mod __rt;
pub mod adding;
pub mod addons;
pub mod answer;
pub mod app;
pub mod auth;
pub mod behaviors;
pub mod body;
pub mod call;
pub mod children;
pub mod clock;
pub mod commands;
pub mod constraints;
pub mod content;
pub mod defaults;
pub mod deserialize;
pub mod directives;
pub mod error;
pub mod events;
mod field_map;
pub mod fields;
pub mod ids;
pub mod indexes;
pub mod inject;
pub mod interfaces;
pub mod json;
pub mod lookup;
pub mod metrics;
pub mod naming;
pub mod plugin;
pub mod provision;
pub mod registration;
pub mod registry;
pub mod request;
pub mod resource;
pub mod root;
pub mod schemas;
pub mod serialize;
pub mod settings;
pub mod start;
pub mod state;
pub mod static_files;
pub mod transaction;
pub mod types;
pub mod utilities;

pub use adding::NewContent;
pub use app::App;
pub use call::{Call, Located};
pub use clock::Clock;
pub use content::{Container, Content, ContentData, Folder, Item};
pub use error::{Error, Result};
pub use guillotina_db::Position;
pub use guillotina_schema::Invalid;
pub use inject::{Adapted, Context, Inject, Settings};
pub use json::Json;
pub use request::{CurrentUser, Request, UserId};
pub use resource::{ContentInterface, Resource};
pub use root::{Database, TransactionStats};
pub use transaction::Tx;
pub use utilities::{AsyncUtility, Provided, Shutdown, Utility};

/// A boxed future, as the erased halves of handlers return it.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
