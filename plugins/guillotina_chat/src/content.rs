//! Content types (rows H-001, H-002).

use guillotina::prelude::*;

/// A private room: only its users read it and write to it.
#[content_type(base = Folder, behaviors(IDublinCore), allowed_types(Message))]
pub struct Conversation {
    /// Ids of the users that take part.
    #[field(index = "keyword")]
    pub users: Vec<String>,
}

/// One line said in a conversation.
#[content_type(base = Item, behaviors(IDublinCore, IAttachment), globally_addable = false)]
pub struct Message {
    /// What is said.
    #[field(index = "text", required)]
    pub text: String,
}
