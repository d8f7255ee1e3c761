//! Lists (rows H-007, H-008).

use crate::content::{Conversation, Message};
use crate::paging::Paging;
use guillotina::prelude::*;

/// The caller's conversations, oldest first; at most 500, and the header `Link` leads to those before them.
#[service(method = GET, name = "@conversations", permission = perms::ACCESS_CONTENT)]
async fn conversations(container: Content<Container>, request: Request, user: CurrentUser) -> Result<Answer> {
    let paging = Paging::of(&request)?;
    paging.summaries(mine(&container, user).await?, &request).await
}

/// A conversation's messages, oldest first; at most 500, and the header `Link` leads to those before them.
#[service(method = GET, name = "@messages", permission = perms::ACCESS_CONTENT)]
async fn messages(conversation: Content<Conversation>, request: Request) -> Result<Answer> {
    let paging = Paging::of(&request)?;
    paging.summaries(conversation.children::<Message>().collect().await?, &request).await
}

/// The conversations in which the user takes part.
pub async fn mine(container: &Content<Container>, user: CurrentUser) -> Result<Vec<Content<Conversation>>> {
    let rooms = container.get::<Folder>("conversations").await?;
    rooms.children::<Conversation>().filter(move |c| c.read().users.contains(user.id())).collect().await
}
