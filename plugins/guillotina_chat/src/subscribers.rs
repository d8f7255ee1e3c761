//! What happens when conversations and messages are added or changed (row H-005).

use crate::content::{Conversation, Message};
use crate::permissions::PARTICIPANT;
use crate::utility::IMessageSender;
use guillotina::prelude::*;

/// Keeps the participants' roles in step with `users`, both ways; who made a conversation always takes part in it.
#[subscriber(on(ObjectAdded, ObjectModified))]
async fn conversation_changed(conversation: Content<Conversation>, _event: &ObjectEvent) -> Result {
    let mut users = conversation.read().users.clone();
    if let Some(creator) = conversation.owner().filter(|creator| !users.contains(creator)) {
        users.push(creator);
        conversation.update(|c| c.users = users.clone());
    }
    let roles = conversation.principal_roles();
    for gone in roles.principals(PARTICIPANT).iter().filter(|p| !users.contains(p)) {
        roles.remove(PARTICIPANT, gone);
    }
    for user in &users {
        roles.assign(PARTICIPANT, user);
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
