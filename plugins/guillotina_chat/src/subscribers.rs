//! What happens when conversations and messages are added or changed (row H-005).

use crate::content::{Conversation, Message};
use crate::permissions::PARTICIPANT;
use crate::utility::IMessageSender;
use guillotina::prelude::*;
use std::collections::HashSet;

/// Keeps the participants' roles in step with `users`, both ways; who made a conversation always takes part in it.
#[subscriber(on(ObjectAdded, ObjectModified))]
async fn conversation_changed(conversation: Content<Conversation>, _event: &ObjectEvent) -> Result {
    let Conversation { users, started_by, .. } = &*conversation.read();
    let mut wanted = HashSet::new();
    let everybody: Vec<&String> = users.iter().chain([started_by]).filter(|user| wanted.insert(*user)).collect();
    if !everybody.iter().copied().eq(users) {
        conversation.update(|c| c.users = everybody.iter().copied().cloned().collect());
    }
    let roles = conversation.principal_roles();
    let held: HashSet<String> = roles.principals(PARTICIPANT).into_iter().collect();
    for gone in held.iter().filter(|user| !wanted.contains(user)) {
        roles.remove(PARTICIPANT, gone);
    }
    for new in everybody.into_iter().filter(|user| !held.contains(*user)) {
        roles.assign(PARTICIPANT, new);
    }
    Ok(())
}

/// Hands a new message to the sender.
#[subscriber]
async fn message_added(
    message: Content<Message>,
    _event: &ObjectAdded,
    request: Request,
    sender: Utility<dyn IMessageSender>,
) -> Result {
    sender.send_message(&message, &request).await
}
