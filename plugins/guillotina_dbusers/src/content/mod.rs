//! Content types.

pub mod groups;
pub mod users;
