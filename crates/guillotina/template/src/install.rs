//! The add-on.

use crate::permissions::NOTE_READER;
use guillotina::prelude::*;

/// Prepares a container for notes.
#[addon(name = "my_plugin", title = "My plugin")]
pub struct MyPluginAddon;

impl Addon for MyPluginAddon {
    async fn install(container: Content<Container>, _request: Request) -> Result {
        let notes = match container.child::<Folder>("notes").await? {
            Some(notes) => notes,
            None => container.create::<Folder>("notes").await?,
        };
        // Members may come in; what they may do with a note is theirs by the role.
        container.role_permissions().grant_no_inherit(perms::ACCESS_CONTENT, roles::MEMBER);
        notes.role_permissions().grant(perms::ACCESS_CONTENT, NOTE_READER);
        Ok(())
    }
}
