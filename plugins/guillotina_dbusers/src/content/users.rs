//! Users and their folder (rows T-004, T-005).

use guillotina::prelude::*;

/// The folder `users` of a container.
#[content_type(base = Folder, behaviors(IDublinCore), allowed_types(User), globally_addable = false)]
pub struct UserManager;

/// Somebody who can log in to the container. The id of the object is what the user is known by.
#[content_type(base = Folder, behaviors(IDublinCore), add_permission = perms::ADD_USER, globally_addable = false)]
pub struct User {
    /// The name that the user logs in with: the id.
    #[field(title = "Username", kind = "text_line")]
    pub username: Option<String>,
    /// The e-mail address.
    #[field(title = "Email", kind = "text_line", index = "keyword", index_name = "user_email")]
    pub email: Option<String>,
    /// The full name.
    #[field(title = "Name", kind = "text_line", index = "textkeyword", index_name = "user_name")]
    pub name: Option<String>,
    /// Hashed as soon as it is given (row A-010); nobody reads it.
    #[field(title = "Password", kind = "text_line", min_length = 1, max_length = 1024, read_permission = perms::NOBODY)]
    pub password: Option<String>,
    /// Ids of the groups that the user belongs to.
    #[field(title = "Groups", kind = "text_line", index = "textkeyword", write_permission = perms::MANAGE_USERS)]
    pub user_groups: Vec<String>,
    /// Ids of the roles that the user has in the whole container.
    #[field(title = "Roles", kind = "text_line", index = "textkeyword", write_permission = perms::MANAGE_USERS)]
    pub user_roles: Vec<String>,
    /// Ids of the permissions that the user has in the whole container.
    #[field(title = "Permissions", kind = "text_line", write_permission = perms::MANAGE_USERS)]
    pub user_permissions: Vec<String>,
    /// A disabled user cannot log in, and its tokens no longer count.
    #[field(title = "Disabled", index = "boolean", write_permission = perms::MANAGE_USERS)]
    pub disabled: bool,
    /// Whatever else an application wants to know about the user.
    #[field(title = "Properties")]
    pub properties: Map<String, Value>,
}
