//! The add-on (row K-001).

use crate::content::groups::Group;
use crate::content::users::User;
use crate::directory::{self, Kept};
use crate::interfaces::IDBUsersLayer;
use guillotina::constraints::{delete_by, set_owner};
use guillotina::prelude::*;

/// Gives a container users and groups of its own.
#[addon(name = "dbusers", title = "Guillotina DB Users", layer = dyn IDBUsersLayer)]
pub struct DBUsersAddon;

impl Addon for DBUsersAddon {
    async fn install(container: Content<Container>, request: Request) -> Result {
        make::<User>(&container, &request, "Users").await?;
        make::<Group>(&container, &request, "Groups").await
    }

    async fn uninstall(container: Content<Container>, request: Request) -> Result {
        if let Some(users) = directory::folder::<User>(&container).await? {
            delete_by(&users, &request).await?;
        }
        if let Some(groups) = directory::folder::<Group>(&container).await? {
            delete_by(&groups, &request).await?;
        }
        Ok(())
    }
}

/// Makes the folder of a type, unless it is there.
///
/// # Errors
/// 409 when something else has its id.
async fn make<T: Kept>(container: &Resource, request: &Request, title: &str) -> Result {
    if directory::folder::<T>(container).await?.is_some() {
        return Ok(());
    }
    // Whoever may install add-ons gets these folders, also where the type's add permission is for others.
    let new = NewContent::of(T::Manager::TYPE_NAME).id(T::FOLDER).fields(json!({"title": title})).by_code();
    let folder = new.add_to(container, request).await?;
    folder.set_attribute("contributors", json!([]));
    set_owner(&folder, request.user().id()).await
}
