//! The add-on (row H-004).

use guillotina::prelude::*;

/// Prepares a container for conversations.
#[addon(name = "guillotina_chat", title = "Guillotina chat")]
pub struct ChatAddon;

impl Addon for ChatAddon {
    async fn install(container: Content<Container>, _request: Request) -> Result {
        container.role_permissions().grant_no_inherit(perms::ACCESS_CONTENT, roles::MEMBER);
        let rooms = match container.child::<Folder>("conversations").await? {
            Some(rooms) => rooms,
            None => container.create::<Folder>("conversations").await?,
        };
        // Not inherited: in the training it is, and then every member reads and writes in every room.
        rooms.role_permissions().grant_no_inherit(perms::ADD_CONTENT, roles::MEMBER);
        rooms.role_permissions().grant_no_inherit(perms::ACCESS_CONTENT, roles::MEMBER);
        Ok(())
    }
}
