//! The message sender (row H-010): from a committed message to the sockets of its conversation's users.
//!
//! A message is published by its own transaction, to the channel of each user of the conversation. So it is sent after
//! its commit only, in commit order, and whoever is away gets it later; a slow reader loses its own socket (close
//! code 4429) and delays nobody.

use crate::content::{Conversation, Message};
use guillotina::metrics::Counter;
use guillotina::prelude::*;
use guillotina::streams::user_channel;

/// Sends messages to the users that are connected.
#[interface]
pub trait IMessageSender {
    /// Streams the messages of the caller in this container, until the socket is closed.
    async fn listen(&self, container: &Content<Container>, request: &Request, socket: WebSocket) -> Result;
    /// Publishes a message for every user of its conversation, once its transaction has committed.
    async fn send_message(&self, message: &Content<Message>, request: &Request) -> Result;
}

/// `[load_utilities."guillotina_chat.message_sender".settings]`
#[settings]
pub struct MessageSenderSettings {
    /// Messages that may wait to be sent. Sockets that would miss one beyond that are told to come back (1013).
    #[default(65_536)]
    pub queue: usize,
}

/// Keeps the sockets by user, and what is on its way to them.
#[utility(provides = dyn IMessageSender)]
pub struct MessageSenderUtility {
    streams: Streams,
    messages: Counter,
}

impl AsyncUtility for MessageSenderUtility {
    type Settings = MessageSenderSettings;

    async fn create(settings: MessageSenderSettings, app: App) -> Result<Self> {
        let streams = Streams::new(&app, settings.queue);
        let messages = app.metrics().counter("guillotina_chat_messages", "Messages that were written.")?;
        let live = streams.clone();
        app.metrics().observe("guillotina_chat_sockets", "Sockets that messages go to.", move || live.len() as f64)?;
        Ok(MessageSenderUtility { streams, messages })
    }

    async fn initialize(self: Arc<Self>, shutdown: Shutdown) -> Result {
        self.streams.deliver(shutdown).await;
        Ok(())
    }
}

#[interface]
impl IMessageSender for MessageSenderUtility {
    async fn listen(&self, container: &Content<Container>, request: &Request, socket: WebSocket) -> Result {
        self.streams.run(socket, Subscription::of_user(container, request)).await
    }

    async fn send_message(&self, message: &Content<Message>, request: &Request) -> Result {
        let container = message.container();
        let conversation = message.parent::<Conversation>()?;
        // Somebody who is taken out meanwhile must not get it: then the message is written again, for the others.
        message.tx().require_unchanged(&conversation);
        let users = conversation.read().users.clone();
        let to = users.iter().map(|user| user_channel(&container, user));
        let messages = self.messages.clone();
        message.tx().after_commit(move |_| messages.add(1));
        message.tx().publish(message, to, request.summary(message).await?)
    }
}
