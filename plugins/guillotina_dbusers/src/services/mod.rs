//! Services. Nothing here needs a search index: users and groups are looked up and listed in their folders.

mod body;
mod groups;
mod lists;
mod roles;
mod users;
