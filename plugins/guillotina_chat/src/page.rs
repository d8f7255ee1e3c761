//! The page at `/chat/`, and what it asks for beside the API.

use crate::content::Message;
use crate::paging::{Paging, Ranked};
use crate::services::mine;
use guillotina::children::Pages;
use guillotina::prelude::*;

// ANCHOR: static_files
static_files! {
    path = "chat",
    title = "Chat",
    folder = "page",
    files = [
        "index.html", "icon.svg", "chat.css", "chat.js", "api.js", "dom.js", "list.js", "room.js", "starting.js",
        "store.js", "stream.js",
    ],
}
// ANCHOR_END: static_files

/// How many people one answer names.
const MOST_PEOPLE: usize = 50;

/// `[guillotina_chat]`
#[settings(section = "guillotina_chat")]
pub struct ChatSettings {
    /// Paths of the containers that the page offers to sign in to, such as `/db/container`. Empty: those of
    /// `provision` with the add-on.
    #[default]
    pub containers: Vec<String>,
}

/// The containers that the page offers to sign in to.
#[service(method = GET, name = "@chat", permission = perms::ACCESS_CONTENT)]
async fn places(app: App, settings: Settings<ChatSettings>) -> Result<Json> {
    if !settings.containers.is_empty() {
        return Ok(json!({"containers": settings.containers}).into());
    }
    let provisioned =
        app.core().provision.containers.iter().filter(|c| c.addons.iter().any(|a| a == "guillotina_chat"));
    let paths: Vec<String> = provisioned.map(|c| format!("/{}/{}", c.database, c.id)).collect();
    Ok(json!({ "containers": paths }).into())
}

/// The caller's conversations, each with its last message, by the time of that; at most 500, and the header `Link` leads
/// to those before them.
#[service(method = GET, name = "@inbox", permission = perms::ACCESS_CONTENT)]
async fn inbox(container: Content<Container>, request: Request, user: CurrentUser) -> Result<Answer> {
    let paging = Paging::of(&request)?;
    let mut all = Vec::new();
    for conversation in mine(&container, user).await? {
        let messages = conversation.children::<Message>().collect().await?;
        let last = messages.into_iter().map(|message| (message.rank(), message)).max_by(|(a, _), (b, _)| a.cmp(b));
        let (time, _) = last.as_ref().map_or_else(|| conversation.rank(), |(rank, _)| rank.clone());
        all.push(((time, conversation.id()), (conversation, last)));
    }
    let (page, next) = paging.cut(all);
    let mut entries = Vec::with_capacity(page.len());
    for (conversation, last) in page {
        let mut entry = request.summary(&conversation).await?;
        if let Some((_, last)) = last {
            entry.insert("last_message", request.summary(&last).await?.0);
        }
        entries.push(entry.0);
    }
    Ok(Paging::answer(entries, next))
}

/// Ids of other users whose id holds the text `q`, for whom a conversation can be started with.
#[service(method = GET, name = "@people", permission = perms::ACCESS_CONTENT)]
async fn people(container: Content<Container>, request: Request, user: CurrentUser) -> Result<Json> {
    let wanted = request.query_value("q").unwrap_or_default().to_lowercase();
    let Some(users) = container.child::<Folder>("users").await? else {
        return Ok(json!({"people": [], "more": false}).into());
    };
    let mut pages = Pages::of(users.tx(), Some(&users), None);
    let mut found: Vec<Arc<str>> = Vec::new();
    while found.len() <= MOST_PEOPLE
        && let Some(page) = pages.next().await?
    {
        let ids = page.iter().map(|person| person.id());
        found.extend(ids.filter(|id| **id != **user.id() && id.to_lowercase().contains(&wanted)));
    }
    let more = found.len() > MOST_PEOPLE;
    found.truncate(MOST_PEOPLE);
    Ok(json!({"people": found, "more": more}).into())
}
