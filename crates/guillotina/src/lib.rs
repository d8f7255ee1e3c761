//! Guillotina: a server for trees of typed objects behind a REST and WebSocket API, and the framework it is made with.
//!
//! A plugin depends on this crate alone and begins with `use guillotina::prelude::*;`. A server names its plugins:
//!
//! ```no_run
//! # mod my_plugin { guillotina::application! { name = "my_plugin", title = "My plugin" } }
//! guillotina::main![my_plugin];
//! ```

// Beside what it offers: without a use of the crate the linker would leave the built-in services out.
/// What the services of every object do, for services of a plugin that do it under another name or permission.
pub use guillotina_api::content as services;

pub mod cli;

pub use guillotina_http::addons::Addon;
pub use guillotina_http::{
    App, AsyncUtility, Call, Clock, Container, Content, ContentData, ContentInterface, Context, CurrentUser, Database,
    Error, Folder, Inject, Invalid, Item, Json, Located, NewContent, Provided, Request, Resource, Result, Settings,
    Shutdown, SocketHub, SocketRegistration, Streams, Subscription, Tx, UserId, Utility, WebSocket, adding, addons,
    answer, app, application, auth, behaviors, body, children, commands, constraints, deserialize, directives, error,
    events, grant, ids, indexes, interfaces, lookup, metrics, naming, permission, plugin, registration, registry, role,
    serialize, start, static_files, streams, utilities, wire,
};
pub use guillotina_macros::{
    adapter, addon, behavior, command, content_type, event, interface, schema, service, settings, subscriber, utility,
    websocket,
};
pub use guillotina_security as security;

/// Channels and locks that may be held across an await, for the background work of utilities.
pub use tokio::sync;

/// What the attributes' output refers to.
#[doc(hidden)]
pub mod __rt {
    pub use guillotina_http::__rt::*;
}

/// The containers of the section `provision`: path and ids of the users.
pub(crate) fn provisioned(app: &App) -> Vec<(String, Vec<String>)> {
    let containers = &app.core().provision.containers;
    containers
        .iter()
        .map(|c| (format!("/{}/{}", c.database, c.id), c.users.iter().map(|u| u.id.clone()).collect()))
        .collect()
}

/// The main function of a server with these plugins: `guillotina::main![guillotina_dbusers, guillotina_chat];`
///
/// It takes each crate's `PLUGIN`, so a plugin that is only in `Cargo.toml` cannot be missed.
#[macro_export]
macro_rules! main {
    ($($plugin:path),* $(,)?) => {
        fn main() -> ::std::process::ExitCode {
            $crate::cli::main(&[$({
                use $plugin as plugin;
                &plugin::PLUGIN
            }),*])
        }
    };
    ($($other:tt)*) => {
        compile_error!("guillotina::main! takes the crates of the plugins: guillotina::main![my_plugin, other_plugin];");
    };
}

/// What a plugin's source begins with.
pub mod prelude {
    pub use crate::addons::Addon;
    pub use crate::answer::Answer;
    pub use crate::auth::{IUserIdentifier, Identified};
    pub use crate::behaviors::{IAttachment, IDublinCore, IMultiAttachment};
    pub use crate::children::Children;
    pub use crate::commands::CommandCall;
    pub use crate::error::Error;
    pub use crate::events::*;
    pub use crate::interfaces::*;
    pub use crate::registration::Method;
    pub use crate::security::{Permission, Principal, Role, Setting, perms, roles};
    pub use crate::serialize::default_summary;
    pub use crate::utilities::NoSettings;
    pub use crate::wire::{Frame, Message as SocketMessage, WebSocketReceiver, WebSocketSender, close_code};
    pub use crate::{
        App, AsyncUtility, Container, Content, ContentData, CurrentUser, Database, Folder, Invalid, Item, Json,
        Located, NewContent, Request, Resource, Result, Settings, Shutdown, SocketHub, SocketRegistration, Streams,
        Subscription, Tx, UserId, Utility, WebSocket, adapter, addon, application, behavior, command, content_type,
        event, grant, interface, permission, role, schema, service, settings, static_files, subscriber, utility,
        websocket,
    };
    pub use serde_json::{Map, Value, json};
    pub use std::sync::Arc;
}
