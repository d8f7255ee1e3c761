//! Interfaces of this application.

use guillotina::prelude::*;

/// The layer of requests to containers in which the add-on is installed.
#[interface]
pub trait IDBUsersLayer {}
