//! Where users and groups are: `users/{id}` and `groups/{id}` of their container.

use crate::content::groups::{Group, GroupManager};
use crate::content::users::{User, UserManager};
use guillotina::prelude::*;

/// A type that is kept in a folder of its own.
pub(crate) trait Kept: ContentData {
    /// The type of that folder.
    type Manager: ContentData;
    /// Its id in the container.
    const FOLDER: &'static str;
    /// What one is called in an answer about a missing one; with a capital letter.
    const WORD: &'static str;
}

impl Kept for User {
    type Manager = UserManager;
    const FOLDER: &'static str = "users";
    const WORD: &'static str = "User";
}

impl Kept for Group {
    type Manager = GroupManager;
    const FOLDER: &'static str = "groups";
    const WORD: &'static str = "Group";
}

/// The folder; `None` when there is none, or something else of that id.
pub(crate) async fn folder<T: Kept>(container: &Resource) -> Result<Option<Content<T::Manager>>> {
    let found = container.tx().child(container, T::FOLDER).await?;
    Ok(found.and_then(|folder| folder.cast().ok()))
}

/// The folder.
///
/// # Errors
/// 404 when the add-on is not installed.
pub(crate) async fn folder_or_404<T: Kept>(container: &Resource) -> Result<Content<T::Manager>> {
    let missing =
        || Error::not_found(format!("{} has no folder {}: install the add-on dbusers", container.path(), T::FOLDER));
    folder::<T>(container).await?.ok_or_else(missing)
}

/// One of them; `None` when there is none of that id.
pub(crate) async fn find<T: Kept>(container: &Resource, id: &str) -> Result<Option<Content<T>>> {
    let Some(folder) = folder::<T>(container).await? else {
        return Ok(None);
    };
    let found = folder.tx().child(&folder, id).await?;
    Ok(found.and_then(|found| found.cast().ok()))
}

/// The one that the request's route names.
///
/// # Errors
/// 404 when there is none (rows S-103, S-108).
pub(crate) async fn matched<T: Kept>(container: &Resource, request: &Request, variable: &str) -> Result<Content<T>> {
    let id = request.matched(variable).unwrap_or_default();
    find::<T>(container, id).await?.ok_or_else(|| Error::not_found(format!("{} {id} not found", T::WORD)))
}
