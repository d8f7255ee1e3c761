//! Lists (rows H-007, H-008).

use crate::content::{Conversation, Message};
use guillotina::prelude::*;

/// The caller's conversations, oldest first.
#[service(method = GET, name = "@conversations", permission = perms::ACCESS_CONTENT)]
async fn conversations(container: Content<Container>, request: Request, user: CurrentUser) -> Result<Json> {
    let rooms = container.get::<Folder>("conversations").await?;
    let mine = rooms.children::<Conversation>().filter(move |c| c.read().users.contains(user.id()));
    request.summaries(mine).sorted_by("creation_date").await
}

/// A conversation's messages, oldest first.
#[service(method = GET, name = "@messages", permission = perms::ACCESS_CONTENT)]
async fn messages(conversation: Content<Conversation>, request: Request) -> Result<Json> {
    request.summaries(conversation.children::<Message>()).sorted_by("creation_date").await
}
