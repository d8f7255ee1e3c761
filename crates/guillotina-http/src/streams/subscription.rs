//! Who listens to what, from where, and what of it may still be seen.

use guillotina_content::{Container, Content, Database, Position, Request, Resource, Result};
use guillotina_db::Logged;
use guillotina_security::{Permission, Principal, perms};
use std::sync::Arc;

/// The channel of one user of a container: two containers may each have a bob.
pub fn user_channel(container: &Resource, user: &str) -> Arc<str> {
    let container = container.global_id();
    let mut channel = String::with_capacity(container.len() + user.len() + 1);
    channel.push_str(&container);
    channel.push('/');
    channel.push_str(user);
    channel.into()
}

/// Where a stream begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// With what is committed from now on.
    Now,
    /// With what was committed after a position. `None` is one that cannot be: the client is told where the stream stands.
    After(Option<Position>),
}

impl Since {
    /// What the query of a request says: `?since=N`, or nothing.
    pub fn of(request: &Request) -> Since {
        match request.query_value("since") {
            None => Since::Now,
            Some(text) => Since::After(text.parse().ok().map(Position)),
        }
    }
}

/// What a socket gets.
pub struct Subscription {
    /// The database that is published in.
    pub database: Database,
    /// The channels that are listened to.
    pub channels: Vec<Arc<str>>,
    /// Who listens: what they may not see any more is not replayed.
    pub reader: Arc<Principal>,
    /// What they need on the subject of a frame for it to be replayed.
    pub permission: Permission,
    /// Where it begins.
    pub since: Since,
}

impl Subscription {
    /// What is published to the caller in this container, from where the caller says.
    pub fn of_user(container: &Content<Container>, request: &Request) -> Subscription {
        let user = request.user();
        Subscription {
            database: container.tx().database().clone(),
            channels: vec![user_channel(container, user.id())],
            reader: user.principal().clone(),
            permission: perms::VIEW_CONTENT,
            since: Since::of(request),
        }
    }

    /// What came after a position and may be seen at this moment, both in one state of the database.
    pub(super) async fn page(&self, after: Option<Position>, limit: u32) -> Result<Page> {
        self.database
            .read(|tx| async move {
                let found = tx.published(&self.channels, after, limit).await?;
                let full = found.entries.len() >= limit as usize;
                let mut entries = Vec::with_capacity(found.entries.len());
                for logged in found.entries {
                    let visible = match &logged.entry.subject {
                        Some(subject) => tx.object(subject).await?.is_some_and(|subject| self.may_see(&subject)),
                        None => true,
                    };
                    if visible {
                        entries.push(logged);
                    }
                }
                Ok(Page { known: found.known, entries, full, position: found.position })
            })
            .await
    }

    fn may_see(&self, subject: &Resource) -> bool {
        subject.allows(&self.reader, self.permission.id())
    }
}

/// A page of what was missed.
pub(super) struct Page {
    /// Whether the log knows the position.
    pub known: bool,
    /// What may be seen.
    pub entries: Vec<Logged>,
    /// Whether there may be more.
    pub full: bool,
    /// Where it ends.
    pub position: Position,
}
