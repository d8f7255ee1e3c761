//! My plugin: notes, and a utility that counts how often any of them is read. One component of each kind, to begin with.
//!
//! | module | components |
//! | --- | --- |
//! | `permissions` | a permission, a role, a grant |
//! | `content` | a content type, a behaviour, an event |
//! | `counter` | an interface, a utility with settings |
//! | `services` | services, a section of the settings, an adapter for summaries |
//! | `subscribers` | a subscriber |
//! | `stream` | a WebSocket |
//! | `install` | an add-on |
//! | `commands` | a command |

mod commands;
mod content;
mod counter;
mod install;
mod permissions;
mod services;
mod stream;
mod subscribers;

pub use content::{IPinned, MyPluginNote, NoteRead};
pub use counter::ICounter;

guillotina::application! {
    name = "my_plugin",
    title = "My plugin",
    settings = "settings.toml",
}
