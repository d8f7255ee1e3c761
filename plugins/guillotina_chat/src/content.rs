//! Content types (rows H-001, H-002).
//!
//! Who wrote something and when is kept in read-only fields, which the object has from the beginning: the Dublin Core
//! fields `creators` and `creation_date` are the client's to change.

use guillotina::prelude::*;
use std::collections::HashSet;

/// How many users a conversation has at most, with the one who made it.
const MOST_USERS: usize = 200;
/// Bytes of a user's id, at most.
const LONGEST_ID: usize = 255;

/// A private room: only its users read it and write to it.
#[content_type(base = Folder, behaviors(IDublinCore), allowed_types(Message), invariants(users_are_few))]
pub struct Conversation {
    /// Ids of the users that take part.
    #[field(index = "keyword")]
    pub users: Vec<String>,
    /// Id of the user who made it, who always takes part.
    #[field(readonly, default_factory = maker)]
    pub started_by: String,
    /// When it was made.
    #[field(readonly, kind = "datetime", default_factory = moment)]
    pub started: String,
}

/// One line said in a conversation.
#[content_type(base = Item, behaviors(IDublinCore, IAttachment), globally_addable = false)]
pub struct Message {
    /// What is said.
    #[field(index = "text", required, max_length = 10_000)]
    pub text: String,
    /// Id of the user who said it.
    #[field(readonly, default_factory = maker)]
    pub author: String,
    /// When it was said.
    #[field(readonly, kind = "datetime", default_factory = moment)]
    pub sent: String,
}

/// Whose request makes the object: nothing of its body was read yet.
fn maker(object: &Resource) -> String {
    object.owner().unwrap_or_default()
}

/// When the object is made.
fn moment(object: &Resource) -> String {
    object.creation_date().unwrap_or_default()
}

/// Every message goes to each of them, and every change compares them.
fn users_are_few(conversation: &Conversation) -> Result<(), Invalid> {
    let refused = |why: String| Err(Invalid::new(&why).field("users"));
    if conversation.users.iter().any(|user| user.is_empty() || user.len() > LONGEST_ID) {
        return refused(format!("the id of a user has 1 to {LONGEST_ID} bytes"));
    }
    let mut all: HashSet<&str> = conversation.users.iter().map(String::as_str).collect();
    all.insert(&conversation.started_by);
    if all.len() > MOST_USERS {
        return refused(format!("a conversation has at most {MOST_USERS} users, with the one who made it"));
    }
    Ok(())
}
