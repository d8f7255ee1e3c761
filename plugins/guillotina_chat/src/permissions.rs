//! Who takes part in a conversation.

use guillotina::prelude::*;

role! { pub PARTICIPANT = "guillotina_chat.ConversationParticipant", "Conversation Participant", "Users that are part of a conversation" }
grant! { PARTICIPANT => [perms::VIEW_CONTENT, perms::ACCESS_CONTENT, perms::ADD_CONTENT] }
