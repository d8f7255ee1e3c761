//! Groups and their folder (rows T-006, T-007).

use guillotina::prelude::*;

/// The folder `groups` of a container.
#[content_type(base = Folder, behaviors(IDublinCore), allowed_types(Group), globally_addable = false)]
pub struct GroupManager;

/// Users who have something in common. The id of the object is what the group is known by.
#[content_type(base = Folder, behaviors(IDublinCore), add_permission = perms::ADD_GROUP, globally_addable = false)]
pub struct Group {
    /// The name that people see.
    #[field(title = "Group name", kind = "text_line", index = "textkeyword", index_name = "group_name")]
    pub name: Option<String>,
    /// What the group is for.
    #[field(title = "Group description", kind = "text_line")]
    pub description: Option<String>,
    /// Ids of the roles that its users have in the whole container.
    #[field(title = "Roles", kind = "text_line", index = "textkeyword", index_name = "group_user_roles", write_permission = perms::MANAGE_USERS)]
    pub user_roles: Vec<String>,
    /// Ids of its users.
    #[field(title = "Users", kind = "text_line", index = "textkeyword", index_name = "group_users", write_permission = perms::MANAGE_USERS)]
    pub users: Vec<String>,
}
