//! Summaries (row H-006): what lists and sockets show.

use crate::content::{Conversation, Message};
use guillotina::prelude::*;

#[adapter(provides = dyn IResourceSerializeToJsonSummary)]
async fn conversation_summary(conversation: Content<Conversation>, request: Request) -> Result<Json> {
    let mut summary = default_summary(&conversation, &request).await?;
    summary.insert("creation_date", &conversation.read().started);
    summary.insert("title", conversation.title());
    summary.insert("users", &conversation.read().users);
    Ok(summary)
}

#[adapter(provides = dyn IResourceSerializeToJsonSummary)]
async fn message_summary(message: Content<Message>, request: Request) -> Result<Json> {
    let mut summary = default_summary(&message, &request).await?;
    summary.insert("creation_date", &message.read().sent);
    summary.insert("text", &message.read().text);
    summary.insert("author", &message.read().author);
    summary.insert("conversation_id", message.parent::<Conversation>()?.id());
    Ok(summary)
}
