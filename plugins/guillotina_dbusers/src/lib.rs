//! Users and groups that are objects of a container.
//!
//! A user is found by the id of its object in `users`, a group by its id in `groups`; the add-on `dbusers` makes both
//! folders. The permissions are those of the framework (`perms::ADD_USER`, `ADD_GROUP`, `MANAGE_USERS`, `NOBODY`).
//!
//! | module | |
//! | --- | --- |
//! | [`content`] | the types User, UserManager, Group and GroupManager |
//! | [`users`] | who a request is made by |
//! | `subscribers` | passwords are hashed, each user belongs to itself, users and groups stay in step |
//! | `services` | `@users`, `@groups`, `@user_info`, `@available-roles`, and adding users and groups |
//! | `adapters`, `serializers` | ids of users, summaries |
//! | `install` | the add-on |

mod adapters;
pub mod content;
mod directory;
mod install;
pub mod interfaces;
mod membership;
mod passwords;
mod serializers;
mod services;
mod subscribers;
pub mod users;

pub use content::groups::{Group, GroupManager};
pub use content::users::{User, UserManager};

guillotina::application! {
    name = "guillotina.contrib.dbusers",
    title = "Guillotina DB users",
    settings = "settings.toml",
}
