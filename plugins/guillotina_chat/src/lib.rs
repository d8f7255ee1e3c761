//! Conversations, messages and live delivery: Guillotina's training application, and the model of a plugin.

mod content;
mod install;
mod page;
mod paging;
mod permissions;
mod serialize;
mod services;
mod subscribers;
mod utility;
mod ws;

pub use content::{Conversation, Message};
pub use page::ChatSettings;
pub use utility::IMessageSender;

guillotina::application! {
    name = "guillotina_chat",
    title = "Guillotina chat",
    requires = ["guillotina.contrib.dbusers"],
    settings = "settings.toml",
}
